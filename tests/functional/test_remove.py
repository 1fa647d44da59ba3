"""`terra remove`: what terra wrote goes, what the user wrote stays, and nothing that is still used is taken away."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from support.components import require
from support.expected import refused, warnings_of
from support.graph import Graph, call
from support.living import HEAD
from support.project import snapshot, write_files

if TYPE_CHECKING:
    from pathlib import Path

    from support.project import Terra

MANIFEST = f"""# The head.
{HEAD}
[plugins]
# Why there is a bucket.
aws-s3 = "*"  # and why any

# The network.
vpc = "*"

[policy]
# The end.
remote-modules = "warn"
"""


@pytest.fixture
def project(terra: Terra, isolated: Path) -> Path:
    """A project with aws-s3, which needs aws-kms, which needs aws-iam, and with vpc."""
    graph = Graph(isolated / "here").add("aws-iam@0.1.0").add("aws-kms@0.1.0", {"aws-iam": "*"})
    graph.add("aws-s3@0.1.0", {"aws-kms": "*"}, {"main.tf": "# s3\n", "a/b/x.tf": "# x\n", "y.tf": "# y\n"})
    graph.add("vpc@0.1.0").write()
    (terra.cwd / "terra.toml").write_text(MANIFEST)
    terra("sync")
    return terra.cwd


def test_what_is_unedited_goes_with_what_nobody_else_needs(terra: Terra, project: Path) -> None:
    out = terra("remove", "aws-s3").out
    assert os.listdir(project / "plugins") == ["vpc"], "no empty folder stays"
    assert all(f"- {name} 0.1.0" in out for name in ("aws-s3", "aws-kms", "aws-iam"))
    assert 'id = "vpc@0.1.0"' in (project / "terra.lock").read_text()
    assert "aws-" not in (project / "terra.lock").read_text()
    terra("sync", "--check")


def test_comments_of_the_manifest_survive(terra: Terra, project: Path) -> None:
    terra("remove", "aws-s3")
    text = (project / "terra.toml").read_text()
    for line in ("# The head.", "# Why there is a bucket.", "# The network.\nvpc = ", "[policy]\n# The end.\n"):
        assert line in text
    assert "aws-s3" not in text


def test_what_is_edited_or_foreign_stays_and_is_named(terra: Terra, project: Path) -> None:
    mine = {"y.tf": "# mine\n", "a/b/own.tf": "# own\n", "terraform.tfvars": "x = 1\n"}
    write_files(project / "plugins/aws-s3", mine)  # type: ignore[arg-type]
    (project / "plugins/aws-s3/main.tf").write_bytes(b"# s3\r\n")
    out = terra("remove", "aws-s3").out
    left = {path: what for path, what in snapshot(project / "plugins/aws-s3").items() if what != "folder"}
    assert set(left) == set(mine)
    assert "kept plugins/aws-s3/y.tf: edited" in out
    assert "kept plugins/aws-s3/a/b/own.tf: not written by terra" in out
    assert "kept plugins/aws-s3/terraform.tfvars: not written by terra" in out


def test_json(terra: Terra, project: Path) -> None:
    write_files(project / "plugins/vpc", {"own.tf": "# own\n"})
    (change,) = terra("remove", "vpc", "--json").json["changes"]
    assert (change["plugin"], change["from"], change["to"], change["set"]) == ("vpc", "0.1.0", None, "")
    assert [(each["path"], each["action"]) for each in change["files"]] == [
        ("plugins/vpc/main.tf", "delete"),
        ("plugins/vpc/own.tf", "keep"),
    ]


def test_git_is_asked_of_what_is_left_alone(terra: Terra, project: Path) -> None:
    """The document has the warnings that the text has; a file that went is none to be committed."""
    subprocess.run([require("git"), "init", "-q", str(project)], check=True, timeout=60)
    (project / ".gitignore").write_text("plugins/\n")
    assert terra("remove", "vpc", "--json").json["warnings"] == []
    (project / ".gitignore").write_text("terra.lock\n")
    ended = terra("remove", "aws-s3", "--json")
    assert ended.json["warnings"] == ["git ignores `terra.lock`, and plugins are meant to be committed"]
    assert warnings_of(ended) == ended.json["warnings"]


def test_what_terraform_left_is_one_line(terra: Terra, project: Path) -> None:
    write_files(project / "plugins/vpc", {".terraform/modules/a": "1", ".terraform/modules/b": "2"})
    out = terra("remove", "vpc").out
    assert [line for line in out.splitlines() if "kept" in line] == [
        "    kept plugins/vpc/.terraform/: not written by terra"
    ]


def test_calls_of_own_files_below_the_plugins_folder(terra: Terra, project: Path) -> None:
    """A plugin's files as released call dependencies; the user's own beside them, and edits, are calls like any."""
    write_files(project / "plugins/aws-s3", {"mine.tf": call("../vpc")})
    refused(terra, "remove", "vpc", exit=6, says=["plugins/aws-s3/mine.tf:1"], hint="--force")
    (project / "plugins/aws-s3/mine.tf").unlink()
    write_files(project / "plugins", {"aws-s3/main.tf": call("../vpc"), "vpc/own.tf": call("../vpc/sub")})
    refused(terra, "remove", "vpc", exit=6, says=["plugins/aws-s3/main.tf:1"], hint="--force")
    terra("remove", "aws-s3", "vpc")


def test_files_as_released_are_no_calls(terra: Terra, isolated: Path) -> None:
    graph = Graph(isolated / "here").add("key@1.0.0")
    graph.add("app@1.0.0", {"key": "*"}, {"main.tf": call("../key")}).write()
    (terra.cwd / "terra.toml").write_text(f'{HEAD}\n[plugins]\napp = "*"\n')
    terra("sync")
    assert "main.tf" not in terra("usage", "key").out
    terra("remove", "app")


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("big.tf", "# x\n" * 300_000 + call("./plugins/vpc"), "is larger than 1 MiB"),
        ("broken.tf.json", '{"module": {"x": {"source": "./plugins/vpc"}', "does not parse"),
        ("broken.tf", 'module "x" {\n  source = "./plugins/vpc"\n', "does not parse"),
    ],
)
def test_file_that_cannot_be_read_and_names_it(terra: Terra, project: Path, name: str, data: str, why: str) -> None:
    write_files(project, {name: data})
    found = terra("usage", "vpc", "--json").json["plugins"][0]
    assert [each["path"] for each in found["callers"] + found["unread"]] == [name]
    says = [name, why] if found["unread"] else [f"{name}:1"]
    refused(terra, "remove", "vpc", exit=6, says=["`vpc`", *says], hint="--force")
    terra("remove", "aws-s3")
    terra("remove", "vpc", "--force")


@pytest.mark.skipif(not os.path.exists("/proc/self/mem"), reason="needs a file that nobody can read from its start")
def test_file_that_cannot_be_opened(terra: Terra, project: Path) -> None:
    (project / "closed.tf").symlink_to("/proc/self/mem")
    assert terra("remove", "vpc", "--json", exit=6).json["error"]["subjects"] == ["closed.tf"]


def test_the_default_set_is_called_default(terra: Terra, project: Path) -> None:
    terra("add", "aws-iam", "--set", "default")
    assert "aws-iam" in terra("list", "--set", "default").out
    terra("update", "vpc", "--set", "default", "--recursive")
    terra("remove", "vpc", "--set", "default")
    assert not (project / "plugins/vpc").exists()
    with (project / "terra.toml").open("a") as manifest:
        manifest.write("\n[sets.default]\n")
    refused(
        terra,
        "remove",
        "aws-s3",
        "--set",
        "default",
        exit=3,
        says=["not locked in the set `default`"],
        hint="leave `--set` out",
    )


def test_dry_run_and_diff_write_nothing(terra: Terra, project: Path) -> None:
    before = snapshot(project)
    assert "Nothing was written" in terra("remove", "vpc", "--dry-run").out
    diff = terra("remove", "vpc", "--diff").out
    assert "deleted file mode 100644" in diff
    assert '-vpc = "*"' in diff
    assert snapshot(project) == before


def test_dependency_that_another_needs(terra: Terra, project: Path) -> None:
    said = ["`aws-kms` is needed by other plugins", "aws-s3@0.1.0 needs aws-kms"]
    refused(terra, "remove", "aws-kms", exit=6, says=said, hint="--force")
    refused(terra, "remove", "aws-iam", "aws-s3", exit=6, says=["aws-kms@0.1.0 needs aws-iam"], hint="--force")
    terra("remove", "aws-kms", "aws-s3")
    assert os.listdir(project / "plugins") == ["vpc"]


def test_dependency_that_stays_because_it_is_asked_for(terra: Terra, project: Path) -> None:
    terra("add", "aws-kms")
    terra("remove", "aws-s3")
    assert sorted(os.listdir(project / "plugins")) == ["aws-iam", "aws-kms", "vpc"]
    terra("sync", "--check")


def test_asked_for_and_needed(terra: Terra, project: Path) -> None:
    """What another needs cannot go, asked for or not."""
    terra("add", "aws-kms")
    refused(terra, "remove", "aws-kms", exit=6, says=["aws-s3@0.1.0 needs aws-kms"], hint="--force")


def test_force_takes_what_is_needed(terra: Terra, project: Path) -> None:
    terra("remove", "aws-kms", "--force")
    assert sorted(os.listdir(project / "plugins")) == ["aws-s3", "vpc"]
    assert "`aws-kms` is not locked, and `aws-s3@0.1.0` needs it" in terra("sync", "--check", exit=7).out


def test_module_blocks_that_still_call_it(terra: Terra, project: Path) -> None:
    write_files(
        project, {"main.tf": f"# first\n{call('./plugins/vpc', 'net')}", "envs/dev/x.tf": call("../../plugins/vpc//a")}
    )
    said = ["`vpc` is still called by module blocks", 'main.tf:2: module "net"', 'envs/dev/x.tf:1: module "x"']
    refused(terra, "remove", "vpc", exit=6, says=said, hint="--force")
    document = terra("remove", "vpc", "--json", exit=6).json
    assert document["error"]["subjects"] == ["envs/dev/x.tf:1", "main.tf:2"]
    terra("remove", "vpc", "--force")
    assert not (project / "plugins/vpc").exists()
    assert (project / "main.tf").exists()


def test_calls_of_a_dependency_that_would_go(terra: Terra, project: Path) -> None:
    write_files(project, {"main.tf": call("./plugins/aws-kms")})
    refused(terra, "remove", "aws-s3", exit=6, says=["`aws-kms` is still called", "main.tf:1"], hint="--force")


def test_set(terra: Terra, project: Path) -> None:
    with (project / "terra.toml").open("a") as manifest:
        manifest.write('\n[sets.dev]\ndir = "dev"\n\n[sets.dev.plugins]\nvpc = "*"  # of dev\naws-s3 = "*"\n')
    terra("sync")
    before = snapshot(project / "plugins")
    terra("remove", "vpc", "--set", "dev")
    assert snapshot(project / "plugins") == before
    assert sorted(os.listdir(project / "dev")) == ["aws-iam", "aws-kms", "aws-s3"]
    text = (project / "terra.toml").read_text()
    assert text.count("vpc") == 1
    refused(
        terra,
        "remove",
        "vpc",
        "--set",
        "dev",
        exit=3,
        says=["`vpc` is not locked in the set `dev`"],
        hint="leave `--set` out",
    )
    refused(terra, "remove", "vpc", "--set", "prod", exit=2, says=["`prod`"], hint="[sets.prod]")


@pytest.mark.parametrize("manifest", [MANIFEST, MANIFEST.replace("\n", "\r\n"), f'{HEAD}\n[plugins]\nvpc = "*"'])
def test_remove_after_add_restores_the_folder(terra: Terra, isolated: Path, manifest: str) -> None:
    graph = Graph(isolated / "here").add("aws-iam@0.1.0").add("aws-kms@0.1.0", {"aws-iam": "*"})
    graph.add("aws-s3@0.1.0").add("vpc@0.1.0").add("new@0.1.0", {"aws-kms": "*"}).write()
    write_files(terra.cwd, {"terra.toml": manifest.encode(), "plugins/new/own.tf": "# own\n", "main.tf": "# m\n"})
    terra("sync")
    before = snapshot(terra.cwd)
    terra("add", "new")
    assert snapshot(terra.cwd) != before
    terra("remove", "new")
    after = snapshot(terra.cwd)
    if not manifest.endswith("\n"):  # a line after it needs an end
        before.pop("terra.toml")
        after.pop("terra.toml")
    assert after == before


def test_line_that_was_never_locked(terra: Terra, project: Path) -> None:
    with (project / "terra.toml").open("a") as manifest:
        manifest.write('\n[sets.dev]\ndir = "dev"\nplugins = { vpc = "*" }\n')
    terra("remove", "vpc", "--set", "dev")
    assert "dev" in (project / "terra.toml").read_text()
    assert (project / "plugins/vpc/main.tf").exists()


def test_folder_that_is_gone_already(terra: Terra, project: Path) -> None:
    import shutil

    shutil.rmtree(project / "plugins")
    out = terra("remove", "vpc").out
    assert "files were gone already" in out
    assert "vpc" not in (project / "terra.lock").read_text()


def test_unknown_name(terra: Terra, project: Path) -> None:
    refused(terra, "remove", "nothing", exit=3, says=["`nothing` is not locked"], hint="terra list")


@pytest.mark.skipif(os.name != "posix", reason="links")
def test_link_in_place_of_the_folder(terra: Terra, project: Path, isolated: Path) -> None:
    """Nothing is deleted through a link."""
    (project / "plugins/vpc").rename(isolated / "elsewhere")
    (project / "plugins/vpc").symlink_to(isolated / "elsewhere")
    refused(terra, "remove", "vpc", exit=5, says=["`plugins/vpc` is a link"], hint="")
    assert (isolated / "elsewhere/main.tf").exists()
