"""A plugin moves where it was asked to, and from nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from support.expected import refused
from support.project import MAIN, Workspace, write_files

if TYPE_CHECKING:
    from pathlib import Path

    from support.project import Terra


def registry(folder: Path, **versions: dict[str, Any]) -> Path:
    """Write a registry of plugins: name -> version -> dependencies."""
    workspace = Workspace(folder)
    plugins = []
    for name, releases in versions.items():
        entries = {}
        for version, dependencies in releases.items():
            source = f"p/{name}-{version}"
            write_files(folder / source, {"main.tf": f"# {folder.name} {name} {version}\n"})
            entries[version] = {"source": f"file:{source}", "dependencies": dependencies}
        plugins.append({"name": name, "versions": entries})
    workspace.write({"terra-registry": 1, "plugins": plugins})
    return folder


def test_two_registries_that_answer_for_one_name(terra: Terra, isolated: Path) -> None:
    """Never the best version over several: that is how a stranger's 9.0.0 would win."""
    registry(isolated / "one", a={"1.0.0": {"d": "*"}}, d={"1.0.0": {}})
    registry(isolated / "two", b={"1.0.0": {"d": "*"}}, d={"9.0.0": {}})
    text = '[registries.one]\nurl = "../one"\n[registries.two]\nurl = "../two"\n'
    (terra.cwd / "terra.toml").write_text(text)
    refused(terra, "add", "a", "b", exit=3, says=["`d`", "`a@1.0.0`", "`b@1.0.0`", "`one`", "`two`"], hint="namespaces")
    (terra.cwd / "terra.toml").write_text(f'{text}namespaces = ["d"]\n')
    terra("add", "a", "b")
    assert (terra.cwd / "plugins/d/main.tf").read_text() == "# two d 9.0.0\n"


def test_one_archive_under_two_names(terra: Terra, workspace: Workspace) -> None:
    workspace.archive("x", {"main.tf": MAIN})
    terra("add", "../workspace/x.zip", "--as", "one")
    terra("add", "../workspace/x.zip", "--as", "two")
    assert [each["name"] for each in terra("list", "--json").json["plugins"]] == ["one", "two"]


def test_an_entry_that_points_elsewhere_now(terra: Terra, workspace: Workspace) -> None:
    """The original form without versions: a new release is a new address."""
    for version in ("0.1.0", "0.2.0"):
        manifest = f'[plugin]\nname = "x"\nversion = "{version}"\n'
        workspace.archive("x", {"main.tf": f"# {version}\n", "terra-plugin.toml": manifest}, f"x-{version}.zip")
    entry = {"name": "x", "source": "file:x-0.1.0.zip"}
    workspace.write([entry])
    terra("add", "x", "--registry", "../workspace")
    workspace.write([{**entry, "source": "file:x-0.2.0.zip"}])
    terra("add", "x@0.2.0")
    assert (terra.cwd / "plugins/x/main.tf").read_text() == "# 0.2.0\n"


def test_a_line_of_the_manifest_is_direct(terra: Terra, workspace: Workspace) -> None:
    workspace.simple("a", "b")
    (terra.cwd / "terra.toml").write_text('[plugins]\nb = "*"\n[registries.r]\nurl = "../workspace"\n')
    terra("add", "a")
    assert {each["name"]: each["direct"] for each in terra("list", "--json").json["plugins"]} == {"a": True, "b": True}


def test_one_language_of_patterns(terra: Terra, workspace: Workspace) -> None:
    """`exclude` of the project means what `[files] exclude` of the author means."""
    files = {"main.tf": MAIN, "docs/a.md": "a", "docs/deep/b.md": "b"}
    workspace.plugin("p", files)
    line = 'p = { source = "file:../workspace/packages/plugins/p", exclude = ["docs/*.md"] }'
    (terra.cwd / "terra.toml").write_text(f"[plugins]\n{line}\n")
    terra("add", "p")
    assert sorted(each.name for each in (terra.cwd / "plugins/p").rglob("*.md")) == ["b.md"]


def test_what_was_done_before_a_cut_is_not_said_to_be_undone(terra: Terra, workspace: Workspace) -> None:
    workspace.simple("naming")
    terra("add", "naming", "--registry", "../workspace")
    write_files(terra.cwd / ".terra-journal", {"done.json": "{}", "old/000000": "x"})
    ended = terra("list")
    assert "as it is before" not in ended.err
    assert "cut off" not in ended.err
    assert not (terra.cwd / ".terra-journal").exists()
