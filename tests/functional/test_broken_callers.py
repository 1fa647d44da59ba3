"""A release that module blocks of the project do not fit any more: said by file and line, once files change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.expected import warnings_of
from support.graph import Graph
from support.living import Living
from support.project import write_files

if TYPE_CHECKING:
    from pathlib import Path

    from support.project import Terra

OLD = """variable "name" {
  type = string
}

variable "zones" {
  type    = string
  default = ""
}

output "id" {
  value = 1
}
"""
NEW = """variable "cidr" {
  type = string
}

variable "zones" {
  type    = list(string)
  default = []
}
"""
NET = """module "net" {
  source = "./plugins/vpc"
  name   = "x"
  zones  = "a"
}

output "id" {
  value = module.net.id
}
"""
SAID = [
    (
        '`net.tf:1`, module "net", does not fit vpc 0.2.0: give it `cidr` (string), take out `name`, '
        "see that `zones` is list(string), which was string"
    ),
    "`net.tf:8` reads `module.net.id`, and vpc 0.2.0 has no such output",
]


@pytest.fixture
def living(terra: Terra, isolated: Path) -> Living:
    found = Living(terra, isolated).release("0.1.0", {"main.tf": OLD}).add()
    return found.release("0.2.0", {"main.tf": NEW})


@pytest.mark.parametrize("words", [("update",), ("update", "--dry-run"), ("add", "vpc@0.2.0"), ("update", "-q")])
def test_what_does_not_fit_is_said(terra: Terra, living: Living, words: tuple[str, ...]) -> None:
    write_files(living.project, {"net.tf": NET})
    assert warnings_of(terra(*words)) == SAID


def test_it_is_in_the_document_and_said_once(terra: Terra, living: Living) -> None:
    write_files(living.project, {"net.tf": NET})
    assert terra("update", "--json").json["warnings"] == SAID
    assert terra("update", "--json").json["warnings"] == [], "nothing changes any more"


def test_a_block_that_fits_is_no_warning(terra: Terra, living: Living) -> None:
    fitting = 'module "net" {\n  source = "./plugins/vpc"\n  cidr   = "x"\n}\n'
    write_files(living.project, {"net.tf": fitting, "other.tf": 'output "id" {\n  value = module.other.id\n}\n'})
    assert warnings_of(terra("update")) == []


def test_what_only_looks_like_a_read_is_none(terra: Terra, living: Living) -> None:
    other = 'output "q" {\n  value = [module.net.k, aws_vpc.y.id] # module.net.id\n}\n'
    call = 'module "net" {\n  source = "./plugins/vpc"\n  cidr   = "x"\n}\n'
    write_files(living.project, {"net.tf": call, "other.tf": other})
    assert warnings_of(terra("update")) == []


def test_a_link_that_leads_nowhere_stops_nothing(terra: Terra, living: Living) -> None:
    write_files(living.project, {"net.tf": NET, "notes": "mine\n"})
    (living.project / "loop.tf").symlink_to("loop.tf")
    (living.project / "below.tf").symlink_to("notes/below.tf")
    assert "net.tf:1" in terra("usage", "vpc").out
    assert warnings_of(terra("update")) == SAID


def test_an_input_that_i_added_myself_stays(terra: Terra, living: Living) -> None:
    """What stands there afterwards counts, with the user's edits in it."""
    living.write(own_tf='variable "cidr" {\n  default = ""\n}\n')
    living.release("0.2.0", {"main.tf": OLD.replace("value = 1", "value = 2")})
    block = NET.replace('"a"\n', '"a"\n  cidr   = "x"\n')
    write_files(living.project, {"net.tf": block})
    assert warnings_of(terra("update")) == []


def test_a_folder_of_the_plugin_that_goes(terra: Terra, isolated: Path) -> None:
    living = Living(terra, isolated).release("0.1.0", {"main.tf": OLD, "modules/sub/main.tf": OLD}).add()
    living.release("0.2.0", {"main.tf": OLD})
    write_files(living.project, {"net.tf": 'module "sub" {\n  source = "./plugins/vpc/modules/sub"\n}\n'})
    expected = '`net.tf:1`, module "sub", calls `modules/sub` of vpc, and vpc 0.2.0 has no module there'
    assert warnings_of(terra("update")) == [expected]


def test_a_release_in_conflict_counts_as_it_comes(terra: Terra, living: Living) -> None:
    living.write(main_tf=OLD.replace('"name"', '"called"'))
    write_files(living.project, {"net.tf": NET})
    assert any("`cidr` (string)" in each for each in warnings_of(terra("update", "--dry-run", exit=6)))
    assert any("`cidr` (string)" in each for each in warnings_of(terra("update", "--merge")))


def test_promote_says_it_too(terra: Terra, isolated: Path) -> None:
    living = Living(terra, isolated).release("0.1.0", {"main.tf": OLD}).release("0.2.0", {"main.tf": NEW})
    manifest = living.project / "terra.toml"
    manifest.write_text(manifest.read_text() + '[sets.dev]\ndir = "dev"\n')
    terra("add", "vpc@0.1.0")
    terra("add", "vpc@0.2.0", "--set", "dev")
    write_files(living.project, {"net.tf": NET})
    assert warnings_of(terra("promote", "dev", "default")) == SAID


@pytest.mark.parametrize("how", ["folder", "blocks"])
def test_adopt_says_it_of_what_it_moves(terra: Terra, isolated: Path, how: str) -> None:
    """The plugin that is adopted needs a newer release of one that is edited and called."""
    living = Living(terra, isolated).release("0.1.0", {"main.tf": OLD}).release("0.2.0", {"main.tf": NEW})
    living.graph.add("acme/aws-app@1.0.0", {"vpc": ">=0.2"}, {"main.tf": "# app\n"}).write()
    living.add("0.1.0")
    living.write(main_tf=OLD.replace('"name"', '"called"'))
    address = 'module "app" {\n  source  = "acme/app/aws"\n  version = "1.0.0"\n}\n'
    write_files(living.project, {"net.tf": NET, "plugins/acme/aws-app/main.tf": "# app\n", "app.tf": address})
    words = ["adopt", "plugins/acme/aws-app", "--as", "acme/aws-app@1.0.0", "--merge"]
    if how == "blocks":
        (living.project / "plugins/acme/aws-app/main.tf").unlink()
        words = ["adopt", "app.tf", "--rewrite", "--merge"]
    warnings = terra(*words, "--json").json["warnings"]
    assert any("`plugins/vpc/main.tf` gets conflict markers" in each for each in warnings)
    assert any(each.startswith("`net.tf:1`") and "`cidr` (string)" in each for each in warnings)


def test_what_is_too_large_to_be_read_is_claimed_neither_new_nor_gone(terra: Terra, isolated: Path) -> None:
    """`zones` was in a file of 0.1.0, and is in one of 0.3.0, that nobody parses."""
    zones = 'variable "zones" {\n  type = string\n}\n'
    large = zones + "# x" * 400_000
    living = Living(terra, isolated).release("0.1.0", {"main.tf": "# old\n", "large.tf": large}).add()
    write_files(living.project, {"net.tf": 'module "net" {\n  source = "./plugins/vpc"\n}\n'})
    living.release("0.2.0", {"main.tf": zones})
    assert not [each for each in warnings_of(terra("update")) if "net.tf" in each]
    write_files(living.project, {"net.tf": 'module "net" {\n  source = "./plugins/vpc"\n  zones  = "a"\n}\n'})
    living.release("0.3.0", {"main.tf": "# new\n", "large.tf": large})
    assert not [each for each in warnings_of(terra("update")) if "net.tf" in each]


def test_what_goes_and_is_still_called_is_said(terra: Terra, isolated: Path) -> None:
    """A line taken out of terra.toml by hand takes the plugin along, and a block is left behind."""
    Graph(isolated / "here").add("vpc@0.1.0", {"kms": "*"}, {"main.tf": "# vpc\n"}).add("kms@0.1.0").write()
    head = '[registries.here]\nurl = "../here"\n'
    (terra.cwd / "terra.toml").write_text(f'{head}\n[plugins]\nvpc = "*"\n')
    terra("sync")
    (terra.cwd / "net.tf").write_text('module "net" {\n  source = "./plugins/vpc"\n}\n')
    (terra.cwd / "terra.toml").write_text(head)
    said = '`net.tf:1`, module "net", calls vpc, which goes'
    assert said in terra("sync", "--dry-run").err
    assert terra("sync", "--json").json["warnings"] == [said]
