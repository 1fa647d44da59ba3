"""`terra update --report`: what a pull request says of an update."""

from __future__ import annotations

import errno
import os
import sys
from typing import TYPE_CHECKING

import pytest

from support.expected import refused
from support.graph import Graph
from support.project import Terra, Workspace, snapshot, write_files
from terra.cli.main import run

if TYPE_CHECKING:
    from pathlib import Path

OLD = 'variable "name" {\n  type = string\n}\n\n\n\n\n\noutput "id" {\n  value = 1\n}\n\n\n\n\n\n# the end\n'
NEW = OLD.replace("string", "list(string)") + 'variable "key" {\n  type = string\n}\n'
CHANGELOG = "# Changelog\n\n## 0.2.0\n- a key, fixes #12, by @octocat\n\n## 0.1.0\n- first\n"


def release(workspace: Workspace, name: str, version: str, files: dict[str, str | bytes]) -> str:
    """Write one release of a plugin beside others; return its source."""
    folder = workspace.folder / "releases" / name / version
    manifest = f'[plugin]\nname = "{name}"\nversion = "{version}"\n'
    write_files(folder, {**files, "terra-plugin.toml": manifest})
    return f"workspace:releases/{name}/{version}"


@pytest.fixture
def project(terra: Terra, workspace: Workspace) -> Path:
    """A project with an old release, whose registry has a newer one."""
    new = {"main.tf": NEW, "a.tf": "# a\n", "CHANGELOG.md": CHANGELOG}
    versions = {
        "0.1.0": {"source": release(workspace, "aws-s3", "0.1.0", {"main.tf": OLD, "a.tf": "# a\n"})},
        "0.2.0": {"source": release(workspace, "aws-s3", "0.2.0", new)},
    }
    workspace.write({"terra-registry": 1, "name": "acme", "plugins": [{"name": "aws-s3", "versions": versions}]})
    toml = terra.cwd / "terra.toml"
    toml.write_text('[registries.acme]\nurl = "../workspace"\n')
    terra("add", "aws-s3@0.1.0", "--quiet")
    toml.write_text(toml.read_text().replace('"0.1.0"', '">=0.1,<1"'))
    return terra.cwd


def test_report(terra: Terra, project: Path) -> None:
    main = project / "plugins/aws-s3/main.tf"
    main.write_text(main.read_text().replace("value = 1", "value = 2"))
    (project / "plugins/aws-s3/a.tf").write_text("# mine\n")
    terra("update", "--report", "pr.md")
    text = (project / "pr.md").read_text()
    assert "# Update aws-s3 from 0.1.0 to 0.2.0" in text
    assert "| `aws-s3` | - | 0.1.0 | 0.2.0 | `acme` | **look** |" in text
    assert text.index("`key` of type `string`") < text.index("`string` → `list(string)` (type)")
    assert "`plugins/aws-s3/main.tf` has your edits merged in" in text
    assert "`plugins/aws-s3/a.tf` stays as it is here: edited since it was added" in text
    assert "- a key, fixes #\u200b12, by @\u200boctocat" in text
    assert "- first" not in text
    terra("update", "--report", "pr.md")
    assert "Nothing to update" in (project / "pr.md").read_text(), "an earlier report is replaced"


def test_report_of_everything_that_stays_the_users(terra: Terra, project: Path, workspace: Workspace) -> None:
    """What is told is what differs, however the reason for it is worded."""
    files = {name: f"# {name}\n" for name in ("edited.tf", "deleted.tf", "left.tf", "mode.tf", "same.tf")}
    new: dict[str, str | bytes] = {name: text for name, text in files.items() if name != "left.tf"}
    versions = {
        "0.1.0": {"source": release(workspace, "vpc", "0.1.0", {**files, "both.tf": "# old\n"})},
        "0.2.0": {"source": release(workspace, "vpc", "0.2.0", {**new, "both.tf": "# new\n", "foreign.tf": "# new\n"})},
    }
    workspace.write({"terra-registry": 1, "name": "acme", "plugins": [{"name": "vpc", "versions": versions}]})
    (project / "terra.toml").write_text('[registries.acme]\nurl = "../workspace"\n')
    (project / "terra.lock").unlink()
    terra("add", "vpc@0.1.0", "--quiet")
    toml = project / "terra.toml"
    toml.write_text(toml.read_text().replace('"0.1.0"', '">=0.1,<1"'))
    folder = project / "plugins/vpc"
    write_files(folder, dict.fromkeys(("edited.tf", "left.tf", "both.tf", "foreign.tf"), "# mine\n"))
    (folder / "deleted.tf").unlink()
    (folder / "mode.tf").chmod(0o755)
    (folder / "same.tf").write_bytes(b"# same.tf\r\n")
    terra("update", "--skip-existing", "--report", "pr.md")
    lines = (project / "pr.md").read_text().splitlines()
    told = [line.split("`")[1] for line in lines if " stays as it is here: " in line]
    stays = [
        "both.tf",
        "deleted.tf",
        "edited.tf",
        "foreign.tf",
        "left.tf",
        *(["mode.tf"] if os.name == "posix" else []),
    ]
    assert told == [f"plugins/vpc/{name}" for name in stays]


def test_report_of_an_accepted_edit_that_is_merged(terra: Terra, project: Path) -> None:
    main = project / "plugins/aws-s3/main.tf"
    main.write_text(main.read_text().replace("value = 1", "value = 2"))
    terra("accept", "aws-s3")
    terra("update", "--report", "pr.md")
    text = (project / "pr.md").read_text()
    assert "- `plugins/aws-s3/main.tf` has your edits merged in, and stays accepted\n" in text
    assert text.count("`plugins/aws-s3/main.tf`") == 1


def test_report_of_what_a_release_needs(terra: Terra, isolated: Path) -> None:
    graph = Graph(isolated / "here")
    graph.add("top@1.0.0", {"old": "*", "same": "*", "kept": ">=1,<2"})
    graph.add("top@1.1.0", {"new": "*", "same": "*", "kept": ">=1.1,<2"})
    for name in ("old@1.0.0", "new@1.0.0", "same@1.0.0", "kept@1.1.0"):
        graph.add(name)
    graph.write()
    toml = terra.cwd / "terra.toml"
    toml.write_text('[registries.here]\nurl = "../here"\n')
    terra("add", "top@1.0.0", "--quiet")
    toml.write_text(toml.read_text().replace('"1.0.0"', '">=1,<2"'))
    terra("update", "--report", "pr.md")
    text = (terra.cwd / "pr.md").read_text()
    said = ["newly needs `new`", "no longer needs `old`", "needs `kept>=1.1,<2`, before `kept>=1,<2`"]
    assert all(f"- {each}\n" in text for each in said)
    assert "needs `same`" not in text
    assert "| `new` | - | - | 1.0.0 | `here` | new |" in text
    assert "| `old` | - | 1.0.0 | - | `here` | goes |" in text


def test_report_of_a_dry_run(terra: Terra, project: Path) -> None:
    main = project / "plugins/aws-s3/main.tf"
    main.write_text(main.read_text().replace("string", "number"))
    before = snapshot(project)
    terra("update", "aws-s3", "--dry-run", "--report", "../pr.md", exit=6)
    assert snapshot(project) == before
    text = (project.parent / "pr.md").read_text()
    assert "**Conflicts, nothing can be written:** `plugins/aws-s3/main.tf`" in text


def test_report_of_a_merge_with_markers(terra: Terra, project: Path) -> None:
    main = project / "plugins/aws-s3/main.tf"
    main.write_text(main.read_text().replace("string", "number"))
    refused(terra, "update", "--report", "../pr.md", exit=6, says=["main.tf"], hint="--diff")
    refusal = (project.parent / "pr.md").read_text()
    assert "**Conflicts, nothing can be written:** `plugins/aws-s3/main.tf`" in refusal
    assert refusal.count("`plugins/aws-s3/main.tf`") == 1
    assert 'id = "aws-s3@0.1.0"' in (project / "terra.lock").read_text()
    terra("update", "--merge", "--report", "pr.md")
    assert "**Conflict markers to be resolved:** `plugins/aws-s3/main.tf`" in (project / "pr.md").read_text()


def test_report_beside_yanked_and_deprecated(terra: Terra, project: Path, workspace: Workspace) -> None:
    text = workspace.registry.read_text().replace('"versions"', '"deprecated": "use vpc", "versions"')
    text = text.replace('0.1.0"}', '0.1.0", "yanked": "leaks"}')
    workspace.registry.write_text(text)
    terra("update", "--report", "pr.md")
    said = (project / "pr.md").read_text()
    assert "0.1.0 was yanked: `leaks`" in said
    assert "**The plugin is deprecated:** `use vpc" in said


@pytest.mark.parametrize("content", ["mine\n", "<!-- terra"])
def test_report_over_a_file_of_the_user(terra: Terra, project: Path, content: str) -> None:
    (project / "pr.md").write_text(content)
    before = snapshot(project)
    refused(terra, "update", "--report", "pr.md", exit=6, says=["`pr.md`"], hint="another file")
    assert snapshot(project) == before


def test_report_over_an_empty_file(terra: Terra, project: Path) -> None:
    (project / "pr.md").touch()
    terra("update", "--report", "pr.md")
    assert "aws-s3" in (project / "pr.md").read_text()


def test_report_where_none_can_be(terra: Terra, project: Path) -> None:
    before = snapshot(project)
    refused(terra, "update", "--report", "no/pr.md", exit=2, says=["no"], hint="mkdir")
    refused(terra, "update", "--report", "plugins", exit=2, says=["folder"], hint="another file")
    (project / "link.md").symlink_to("terra.toml")
    refused(terra, "update", "--report", "link.md", exit=2, says=["link"], hint="another file")
    (project / "link.md").unlink()
    assert snapshot(project) == before


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_report_that_the_system_refuses(terra: Terra, project: Path) -> None:
    """Nothing says that nothing was changed: the update was done before its report."""
    assert "the update is done, and its report" in terra("update", "--report", "/proc/report.md", exit=1).err
    assert 'id = "aws-s3@0.2.0"' in (project / "terra.lock").read_text()


@pytest.mark.parametrize("broken", ["terra.commands.release_notes.between", "terra.commands.applying.apply"])
def test_a_failure_leaves_all_as_it_was(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], broken: str
) -> None:
    """What the error says is so: the report is made before anything is written, and written after everything is."""

    def refuse(*_: object) -> None:
        raise OSError(errno.EIO, "input/output error")

    monkeypatch.setattr(broken, refuse)
    monkeypatch.chdir(project)
    before = snapshot(project)
    assert run(["update", "--report", "pr.md"]) == 1
    assert "nothing of the project was changed" in capsys.readouterr().err
    assert snapshot(project) == before
