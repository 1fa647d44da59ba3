"""`terra adopt main.tf`: blocks that call from elsewhere what a registry has, and the same resources afterwards."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.components import require
from support.git_server import git_server
from support.project import Terra, Workspace, snapshot, write_files
from support.served import served
from support.terraform import Terraform

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "acme/aws-vpc"
MODULE = """variable "name" {
  type = string
}

resource "terraform_data" "this" {
  input = var.name
}

output "id" {
  value = terraform_data.this.output
}
"""
SUB = 'output "two" {\n  value = 2\n}\n'


def write_registry(workspace: Workspace, entries: dict[str, dict[str, Any]]) -> None:
    plugins = [{"name": name, **entry} for name, entry in entries.items()]
    workspace.write({"terra-registry": 1, "plugins": plugins})


@pytest.fixture
def project(workspace: Workspace, terra: Terra) -> Path:
    """A project whose registry has 1.3.0 and 1.4.0 of one plugin, with a module below it."""
    versions = {}
    for version in ("1.3.0", "1.4.0"):
        write_files(workspace.folder / f"vpc-{version}", {"main.tf": MODULE, "modules/sub/main.tf": SUB})
        versions[version] = {"source": f"workspace:vpc-{version}", "dependencies": {}}
    write_registry(workspace, {NAME: {"versions": versions}})
    (terra.cwd / "terra.toml").write_text(f'[registries.acme]\nurl = "{workspace.registry}"\n')
    return terra.cwd


def block(label: str, source: str, version: str | None = None, rest: str = '  name    = "x"\n') -> str:
    stated = f'  version = "{version}"\n' if version else ""
    return f'module "{label}" {{\n  source  = "{source}"\n{stated}{rest}}}\n'


def blocks(terra: Terra, *words: str) -> dict[str, dict[str, Any]]:
    """Return what is said of each block, by its label."""
    return {each["module"]: each for each in terra("adopt", *words, "--json").json["blocks"]}


def test_what_serves_a_module_of_a_registry(project: Path, terra: Terra) -> None:
    calls = {
        "a": ("acme/vpc/aws", "~> 1.3"),
        "b": ("acme/vpc/aws//modules/sub", None),
        "c": ("acme/vpc/aws", "~> 2.0"),
        "d": ("other.example/acme/vpc/aws", "1.3.0"),
        "e": ("acme/unknown/aws", "1.3.0"),
        "f": ("./modules/x", None),
        "g": ("s3::https://h.example/x.zip", None),
    }
    write_files(project, {"main.tf": "".join(block(name, *call) for name, call in calls.items())})
    before = snapshot(project)
    found = blocks(terra, "main.tf")
    assert snapshot(project) == before
    assert set(found) == set("abcdeg")
    assert (found["a"]["to"], found["a"]["release"]) == (f"./plugins/{NAME}", "1.4.0")
    assert found["b"]["to"] == f"./plugins/{NAME}//modules/sub"
    assert (found["a"]["line"], found["b"]["line"]) == (1, 6)
    assert "no release for `~> 2.0`" in found["c"]["why"]
    assert "no configured registry is at `other.example`" in found["d"]["why"]
    assert found["e"]["why"] == "no registry has `acme/aws-unknown`"
    assert "`s3::`" in found["g"]["why"]
    assert [found[each]["to"] for each in "cdeg"] == [None] * 4


def test_rewriting_touches_those_lines_alone(project: Path, terra: Terra) -> None:
    before = "# mine\r\n" + block("a", "acme/vpc/aws", "~> 1.3").replace("\n", "\r\n") + "locals {x=1}\r\n"
    write_files(
        project, {"envs/dev/main.tf": before, "other.tf": 'module "o" { source = "git::https://h.example/x?ref=v1" }\n'}
    )
    (project / "envs/dev/main.tf").chmod(0o600)
    dry = terra("adopt", ".", "--rewrite", "--dry-run")
    assert "Nothing was written" in dry.out
    diff = terra("adopt", ".", "--rewrite", "--diff").out
    assert not (project / "plugins").exists()
    terra("adopt", ".", "--rewrite")
    after = (
        f'# mine\r\nmodule "a" {{\r\n  source = "../../plugins/{NAME}"\r\n  name   = "x"\r\n}}\r\nlocals {{x=1}}\r\n'
    )
    assert (project / "envs/dev/main.tf").read_bytes() == after.encode()
    assert (project / "envs/dev/main.tf").stat().st_mode & 0o777 == 0o600
    assert "https://h.example" in (project / "other.tf").read_text()
    assert (project / "plugins" / NAME / "main.tf").read_text() == MODULE
    assert f'"{NAME}" = "~>1.3"' in (project / "terra.toml").read_text()
    assert '-  source  = "acme/vpc/aws"' in diff
    written = snapshot(project)
    assert "other.tf:1" in terra("adopt", ".", "--rewrite").out
    assert snapshot(project) == written


def test_two_blocks_share_one_release(project: Path, terra: Terra) -> None:
    write_files(project, {"main.tf": block("a", "acme/vpc/aws", "< 1.4") + block("b", "acme/vpc/aws", ">= 1.3")})
    assert {each["release"] for each in blocks(terra, ".").values()} == {"1.3.0"}
    terra("adopt", ".", "--rewrite")
    assert f'id = "{NAME}@1.3.0"' in (project / "terra.lock").read_text()
    write_files(project, {"more.tf": block("c", "acme/vpc/aws", ">= 1.4")})
    assert f"the project holds `{NAME}@1.3.0`" in blocks(terra, "more.tf")["c"]["why"]


def test_the_version_that_ran_is_taken_where_it_serves(project: Path, terra: Terra) -> None:
    ran = {"Modules": [{"Key": "a", "Source": "modules.example/acme/vpc/aws", "Version": "1.3.0", "Dir": "x"}]}
    write_files(project, {"main.tf": block("a", "acme/vpc/aws", "~> 1.3"), "other.tf": ""})
    write_files(project, {".terraform/modules/modules.json": json.dumps(ran)})
    assert blocks(terra, "main.tf")["a"]["release"] == "1.3.0"
    terra("adopt", "main.tf", "--rewrite")
    assert f'id = "{NAME}@1.3.0"' in (project / "terra.lock").read_text()
    assert f'"{NAME}" = "~>1.3"' in (project / "terra.toml").read_text()


def test_two_blocks_that_no_release_serves_both_stay(project: Path, terra: Terra) -> None:
    write_files(project, {"main.tf": block("a", "acme/vpc/aws", "1.3.0") + block("b", "acme/vpc/aws", "1.4.0")})
    for each in blocks(terra, ".", "--rewrite").values():
        assert "`main.tf:1`, `main.tf:6`" in each["why"]
    assert not (project / "plugins").exists()


def test_a_folder_that_the_release_lacks(project: Path, terra: Terra) -> None:
    write_files(project, {"main.tf": block("a", "acme/vpc/aws//modules/none", "1.4.0")})
    before = snapshot(project)
    found = blocks(terra, ".", "--rewrite")["a"]
    assert found["why"] == f"`{NAME}` 1.4.0 has no module in `modules/none`, only at its top, in `modules/sub`"
    assert snapshot(project) == before


def test_the_user_s_file_in_the_way_stops_all(project: Path, terra: Terra) -> None:
    write_files(project, {"main.tf": block("a", "acme/vpc/aws"), f"plugins/{NAME}/main.tf": "# mine\n"})
    before = snapshot(project)
    assert "`--overwrite` takes the plugin's" in terra("adopt", "main.tf", "--rewrite", exit=6).err
    assert "nor would it be" in terra("adopt", "main.tf", "--rewrite", "--dry-run", exit=6).out
    assert snapshot(project) == before
    terra("adopt", "main.tf", "--rewrite", "--skip-existing")
    assert (project / "plugins" / NAME / "main.tf").read_text() == "# mine\n"
    assert (project / "plugins" / NAME / "modules/sub/main.tf").read_text() == SUB
    assert f"./plugins/{NAME}" in (project / "main.tf").read_text()


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"a.tf.json": json.dumps({"module": {"a": {"source": "acme/vpc/aws"}}})}, "written as JSON"),
        ({"a.tf": block("a", "acme/vpc/aws") + "}}\n"}, "does not parse"),
        ({"a.tf": block("a", "acme/vpc/aws", rest="  version = local.v\n")}, "not a plain text"),
    ],
)
def test_what_cannot_be_rewritten_stays(project: Path, terra: Terra, files: dict[str, str | bytes], said: str) -> None:
    write_files(project, files)
    before = snapshot(project)
    assert said in blocks(terra, ".", "--rewrite")["a"]["why"]
    assert snapshot(project) == before


def test_a_file_outside_the_project_is_not_written(project: Path, terra: Terra, tmp_path: Path) -> None:
    write_files(tmp_path, {"main.tf": block("a", "acme/vpc/aws")})
    assert "is outside the project" in terra("adopt", str(tmp_path / "main.tf"), "--rewrite", exit=2).err
    (project / "link.tf").symlink_to(tmp_path / "main.tf")
    assert "is a link" in terra("adopt", "link.tf", "--rewrite", exit=5).err


@pytest.fixture
def repository(workspace: Workspace, terra: Terra) -> Iterator[str]:
    """A repository with two tags, which a registry names by a template; its address."""
    with git_server(workspace.folder / "git") as server:
        made = server.repository("vpc")
        made.commit({"modules/vpc/main.tf": MODULE, "modules/vpc/sub/main.tf": SUB}, "v1.0.0")
        made.commit({"modules/vpc/main.tf": f"{MODULE}# 1.1\n"}, "v1.1.0")
        url = f"{server.url}vpc"
        write_registry(workspace, {"net": {"git": url, "tag": "v{version}", "subdir": "modules/vpc"}})
        (terra.cwd / "terra.toml").write_text(f'[registries.acme]\nurl = "{workspace.registry}"\n')
        yield url


def test_a_repository_is_the_plugin_that_is_tagged_there(repository: str, terra: Terra) -> None:
    calls = {
        "a": f"git::{repository}//modules/vpc?ref=v1.0.0",
        "b": f"git::{repository}//modules/vpc/sub?ref=v1.0.0",
        "c": f"git::{repository}//modules/vpc?ref=main",
        "d": f"git::{repository}//modules/vpc",
        "e": f"git::{repository}//elsewhere?ref=v1.0.0",
    }
    write_files(terra.cwd, {"main.tf": "".join(block(name, source) for name, source in calls.items())})
    found = blocks(terra, ".", "--rewrite")
    assert (found["a"]["to"], found["a"]["release"]) == ("./plugins/net", "1.0.0")
    assert found["b"]["to"] == "./plugins/net//sub"
    assert "has no release for `main`" in found["c"]["why"]
    assert "names no `?ref=`" in found["d"]["why"]
    assert found["e"]["why"] == "no registry has a release at that address"
    assert 'net = ">=1.0.0,<2"' in (terra.cwd / "terra.toml").read_text()
    assert 'id = "net@1.0.0"' in (terra.cwd / "terra.lock").read_text()


def test_the_plan_shows_the_same_resources(workspace: Workspace, terra: Terra) -> None:
    """Terraform itself, before and after: an archive with the folder that forges wrap a release in."""
    require("terraform")
    path, checksum = workspace.archive("vpc-1.2.0", {"vpc-1.2.0/main.tf": MODULE, "vpc-1.2.0/modules/sub/main.tf": SUB})
    assert checksum.endswith(hashlib.sha256(path.read_bytes()).hexdigest())
    with served(workspace.folder) as (url, _):
        entry = {"source": f"{url}/{path.name}", "checksum": checksum}
        write_registry(workspace, {"net": {"versions": {"1.2.0": entry}}})
        top = f"{url}/{path.name}//vpc-1.2.0"
        rest = 'output "two" {\n  value = "${module.b.two}${module.a.id}"\n}\n'
        text = block("a", top).replace("source  =", "source =").replace("name    =", "name   =")
        sub = f'\nmodule "b" {{\n  source = "{top}/modules/sub"\n}}\n\n'
        write_files(terra.cwd, {"main.tf": f"{text}{sub}{rest}"})
        terraform = Terraform(terra.cwd)
        terraform("fmt", "-check", "-no-color")
        applied = terraform.apply()
        terra("adopt", "main.tf", "--rewrite", "--registry", f"{url}/registry.json")
    assert "./plugins/net//modules/sub" in (terra.cwd / "main.tf").read_text()
    terraform("fmt", "-check", "-no-color")
    terraform("init", "-no-color")
    terraform("plan", "-no-color", "-detailed-exitcode")  # 2 where anything would change
    assert terraform.apply() == applied


def test_a_module_s_own_path_in_a_value_is_said(project: Path, terra: Terra, workspace: Workspace) -> None:
    write_files(workspace.folder / "vpc-1.4.0", {"path.tf": 'output "p" {\n  value = abspath(path.module)\n}\n'})
    write_files(project, {"main.tf": block("a", "acme/vpc/aws")})
    ended = terra("adopt", "main.tf", "--rewrite", "--dry-run")
    assert f"`plugins/{NAME}/path.tf:2` has `path.module` in a value" in ended.err


def test_the_diff_applies(project: Path, terra: Terra) -> None:
    write_files(project, {"main.tf": block("a", "acme/vpc/aws", "~> 1.3")})
    diff = terra("adopt", "main.tf", "--rewrite", "--diff").out
    subprocess.run([require("git"), "apply", "-"], input=diff.encode(), cwd=project, check=True, capture_output=True)
    by_git = snapshot(project)
    subprocess.run([require("git"), "apply", "-R", "-"], input=diff.encode(), cwd=project, check=True)
    terra("adopt", "main.tf", "--rewrite")
    assert snapshot(project) == by_git
