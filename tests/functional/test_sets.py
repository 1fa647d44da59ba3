"""Two sets of one project: each a folder, a resolution and lock entries of its own."""

from __future__ import annotations

import shutil
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from support.expected import refused
from support.graph import Graph, call
from support.project import MAIN, snapshot

if TYPE_CHECKING:
    from pathlib import Path

    from support.project import Terra

HEAD = '[registries.here]\nurl = "../here"\n'
DEV = '[sets.dev]\ndir = "envs/dev/plugins"\n'


@pytest.fixture
def project(terra: Terra, isolated: Path) -> Path:
    """A project with a set `dev`, and three releases of aws-s3 that need aws-kms of the same number."""
    graph = Graph(isolated / "here")
    for minor in (1, 2, 3):
        version = f"0.{minor}.0"
        graph.add(f"aws-kms@{version}", files={"main.tf": f"# kms {version}\n{MAIN}"})
        text = f'# s3 {version}\n{call("../aws-kms", "kms")[:-2]}  name = "{version}"\n}}\n'
        output = 'output "id" {\n  value = module.kms.id\n}\n'
        needs = {"aws-kms": f">={version},<0.{minor + 1}"}
        graph.add(f"aws-s3@{version}", needs, {"main.tf": text, "outputs.tf": output})
    graph.write()
    (terra.cwd / "terra.toml").write_text(HEAD + DEV)
    return terra.cwd


def locked(project: Path) -> list[tuple[str | None, str]]:
    text = (project / "terra.lock").read_text()
    return [(each.get("set"), each["id"]) for each in tomllib.loads(text).get("plugin", [])]


def manifest(project: Path) -> dict[str, Any]:
    return tomllib.loads((project / "terra.toml").read_text())


def first_line(project: Path, path: str) -> str:
    return (project / path / "main.tf").read_text().partition("\n")[0]


def test_one_plugin_in_two_sets_with_different_versions(terra: Terra, project: Path) -> None:
    terra("add", "aws-s3@>=0.1,<0.2")
    before = snapshot(project / "plugins")
    terra("add", "--set", "dev", "aws-s3@>=0.2,<0.3")
    assert locked(project) == [
        (None, "aws-kms@0.1.0"),
        (None, "aws-s3@0.1.0"),
        ("dev", "aws-kms@0.2.0"),
        ("dev", "aws-s3@0.2.0"),
    ]
    assert manifest(project)["plugins"] == {"aws-s3": ">=0.1,<0.2"}
    assert manifest(project)["sets"]["dev"] == {"dir": "envs/dev/plugins", "plugins": {"aws-s3": ">=0.2,<0.3"}}
    assert snapshot(project / "plugins") == before, "an add to one set touched the other"
    for folder, version in (("plugins", "0.1.0"), ("envs/dev/plugins", "0.2.0")):
        assert first_line(project, f"{folder}/aws-s3") == f"# s3 {version}"
        assert first_line(project, f"{folder}/aws-kms") == f"# kms {version}"


def test_add_to_the_default_set_touches_no_other(terra: Terra, project: Path) -> None:
    terra("add", "--set", "dev", "aws-s3@0.2.0")
    (project / "envs/dev/plugins/aws-s3/main.tf").write_text("# edited\n")
    (project / "envs/dev/plugins/aws-s3/backend.tf").write_text("# mine\n")
    before = snapshot(project / "envs")
    terra("add", "aws-s3@0.1.0", "--overwrite")
    terra("add", "aws-s3@0.3.0", "--overwrite")
    assert snapshot(project / "envs") == before
    assert ("dev", "aws-s3@0.2.0") in locked(project)


def test_what_is_bare_means_the_set_s_own_line(terra: Terra, project: Path) -> None:
    terra("add", "aws-s3@0.1.0")
    terra("add", "--set", "dev", "aws-s3")
    assert ("dev", "aws-s3@0.3.0") in locked(project), "the default set's line and lock say nothing here"
    assert manifest(project)["sets"]["dev"]["plugins"] == {"aws-s3": ">=0.3.0,<0.4"}
    assert "\n= aws-s3 0.3.0  same files" in terra("add", "--set", "dev", "aws-s3").out


def test_conflict_in_one_set_says_its_line(terra: Terra, project: Path) -> None:
    terra("add", "--set", "dev", "aws-kms@0.1.0")
    terra("add", "aws-s3@0.2.0")
    said = ["the project wants `aws-kms@0.1.0` (set `dev` of terra.toml)", "`aws-s3@0.2.0` wants `aws-kms>=0.2.0,<0.3`"]
    refused(terra, "add", "--set", "dev", "aws-s3@0.2.0", exit=3, says=said, hint="aws-kms@0.2.0")
    terra("add", "--set", "dev", "aws-s3")
    assert locked(project)[2:] == [("dev", "aws-kms@0.1.0"), ("dev", "aws-s3@0.1.0")]


def test_plugins_that_do_not_fit_go_into_two_sets(terra: Terra, isolated: Path) -> None:
    """What the hint of a conflict says to do works."""
    graph = Graph(isolated / "here").add("a@1.0.0", {"key": ">=2"}).add("b@1.0.0", {"key": "<2"})
    graph.add("key@1.0.0").add("key@2.0.0").write()
    (terra.cwd / "terra.toml").write_text(HEAD + DEV)
    refused(terra, "add", "a", "b", exit=3, says=["no version of `key` fits"], hint="`--set NAME`")
    terra("add", "a")
    terra("add", "--set", "dev", "b")
    assert [each for _, each in locked(terra.cwd)] == ["a@1.0.0", "key@2.0.0", "b@1.0.0", "key@1.0.0"]


def test_reports_of_sets(terra: Terra, project: Path) -> None:
    terra("add", "aws-s3@0.1.0")
    terra("add", "--set", "dev", "aws-s3@0.2.0")
    every = {(each["set"], each["name"], each["version"]) for each in terra("list", "--json").json["plugins"]}
    assert {("dev", "aws-s3", "0.2.0"), ("dev", "aws-kms", "0.2.0")} < every
    assert len(every) == 4
    dev = terra("list", "--set", "dev", "--json").json["plugins"]
    assert [(each["name"], each["version"], each["direct"]) for each in dev] == [
        ("aws-kms", "0.2.0", False),
        ("aws-s3", "0.2.0", True),
    ]
    assert 'source = "./envs/dev/plugins/aws-s3"' in terra("module", "--set", "dev", "aws-s3").out
    assert 'source = "./plugins/aws-s3"' in terra("module", "aws-s3").out
    assert "0.1.0" in terra("info", "aws-s3").out


def test_set_that_there_is_not(terra: Terra, project: Path) -> None:
    for words in (("add", "aws-s3"), ("module", "aws-s3"), ("list",)):
        said = ["`prod` is not a set of this project", "`dev`"]
        refused(terra, *words, "--set", "prod", exit=2, says=said, hint="[sets.prod]")


def test_set_is_renamed_while_plugins_of_it_are_locked(terra: Terra, project: Path) -> None:
    """The lock's entries are of the old name, so nothing may be taken for the new set's, or be lost."""
    terra("add", "aws-s3@0.1.0")
    terra("add", "--set", "dev", "aws-s3@0.2.0")
    text = (project / "terra.toml").read_text()
    (project / "terra.toml").write_text(text.replace("[sets.dev]", "[sets.test]").replace("[sets.dev.", "[sets.test."))
    assert "its set is gone from terra.toml" in terra("list").out
    files = snapshot(project / "envs")
    terra("add", "--set", "test", "aws-s3")
    assert snapshot(project / "envs") == files, "the same release stands where it stood"
    assert ("test", "aws-s3@0.2.0") in locked(project)
    assert ("dev", "aws-s3@0.2.0") in locked(project), "terra forgets no file that it wrote"
    terra("sync")
    assert snapshot(project / "envs") == files
    assert ("dev", "aws-s3@0.2.0") not in locked(project)


def test_edit_in_a_renamed_set_is_not_overwritten(terra: Terra, project: Path) -> None:
    terra("add", "--set", "dev", "aws-s3@0.2.0")
    (project / "envs/dev/plugins/aws-s3/main.tf").write_text("# edited\n")
    text = (project / "terra.toml").read_text()
    (project / "terra.toml").write_text(text.replace("[sets.dev]", "[sets.test]").replace("[sets.dev.", "[sets.test."))
    refused(terra, "add", "--set", "test", "aws-s3", exit=6, says=["envs/dev/plugins/aws-s3/main.tf"], hint="--diff")


def test_folder_of_a_set_is_moved_while_plugins_of_it_are_locked(terra: Terra, project: Path) -> None:
    terra("add", "--set", "dev", "aws-s3@0.2.0")
    text = (project / "terra.toml").read_text()
    (project / "terra.toml").write_text(text.replace("envs/dev/plugins", "environments/dev"))
    missing = {each["name"]: each.get("missing") for each in terra("list", "--json").json["plugins"]}
    assert set(missing) == {"aws-s3", "aws-kms"}
    terra("add", "--set", "dev", "aws-s3", "aws-kms")
    assert first_line(project, "environments/dev/aws-s3") == "# s3 0.2.0"
    assert first_line(project, "envs/dev/plugins/aws-s3") == "# s3 0.2.0", "files elsewhere are nobody's to delete"
    assert [name for name, _ in locked(project)] == ["dev", "dev"]


def test_folder_of_a_set_is_moved_with_its_files(terra: Terra, project: Path) -> None:
    terra("add", "--set", "dev", "aws-s3@0.2.0")
    shutil.move(project / "envs/dev/plugins", project / "moved")
    (project / "moved/aws-s3/main.tf").write_text("# edited\n")
    text = (project / "terra.toml").read_text()
    (project / "terra.toml").write_text(text.replace("envs/dev/plugins", "moved"))
    before = snapshot(project)
    out = terra("add", "--set", "dev", "aws-s3", "aws-kms").out
    assert "kept moved/aws-s3/main.tf" in out
    assert snapshot(project / "moved") == {
        path.removeprefix("moved/"): what
        for path, what in before.items()
        if path.startswith("moved/") and path != "moved/"
    }


@pytest.mark.parametrize("folder", ["plugins", "plugins/dev", "Plugins", "./plugins", "envs/../plugins"])
def test_sets_may_not_share_a_folder(terra: Terra, project: Path, folder: str) -> None:
    (project / "terra.toml").write_text(f'{HEAD}[sets.dev]\ndir = "{folder}"\n')
    refused(terra, "add", "--set", "dev", "aws-s3", exit=2, says=["`sets.dev.dir`"], hint="")


def test_direct_source_in_a_set(terra: Terra, project: Path) -> None:
    (project / "mine").mkdir()
    (project / "mine/main.tf").write_text(MAIN)
    terra("add", "--set", "dev", "./mine")
    assert manifest(project)["sets"]["dev"]["plugins"] == {"mine": {"source": "file:mine"}}
    assert (project / "envs/dev/plugins/mine/main.tf").read_text() == MAIN
    assert "plugins" not in manifest(project)
