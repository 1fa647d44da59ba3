"""What a folder held when it was added is kept: the base that a later update compares both sides with."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest

from support.project import MAIN, Terra, Workspace, snapshot, write_files
from terra.model.digest import Digest
from terra.model.name import Name
from terra.model.tree import Tree, TreeFile
from terra.model.version import Version
from terra.store.disk import DiskStore

if TYPE_CHECKING:
    from pathlib import Path

FIRST: dict[str, str | bytes] = {
    "main.tf": MAIN,
    "modules/a/main.tf": "# a\n",
    "docs/empty.md": "",
    "data.bin": bytes(range(256)),
}
KINDS = ["./mine", "workspace", "registry", "subfolder"]


@pytest.fixture
def home(isolated: Path) -> Path:
    return isolated / "terra"


class Folder:
    """A plugin in a folder, and how it is added."""

    def __init__(self, terra: Terra, workspace: Workspace, kind: str) -> None:
        self.terra = terra
        self.words: tuple[str, ...] = ("add", "./mine")
        self.folder = terra.cwd / "mine"
        if kind == "subfolder":
            self.folder, self.words = terra.cwd / "mono/parts/mine", ("add", "./mono//parts/mine")
        elif kind in ("workspace", "registry"):
            self.folder = workspace.folder / "packages/mine"
            scheme = "workspace" if kind == "workspace" else "file"
            workspace.write([{"name": "mine", "source": f"{scheme}:packages/mine"}])
            self.words = ("add", "mine", "--registry", "../workspace")
        write_files(self.folder, FIRST)

    def add(self, *more: str) -> None:
        self.terra(*self.words, *more)

    def locked(self) -> tuple[Version, Tree]:
        [plugin] = tomllib.loads((self.terra.cwd / "terra.lock").read_text())["plugin"]
        assert "archive" not in plugin, "a folder has none"
        version = Version.parse(plugin["id"].partition("@")[2])
        return version, Tree.of([TreeFile.parse(line) for line in plugin["files"]])


def record(home: Path, version: Version, tree: Tree) -> dict[str, bytes] | None:
    """Return the files that the cache has for a tree of `mine`, as a later run finds them."""
    found = DiskStore(home, print).find_tree(Name("mine"), version, tree.digest)
    if found is None:
        return None
    assert found.tree == tree
    return {each.path: (found.folder / each.path).read_bytes() for each in tree.files}


def as_bytes(files: dict[str, str | bytes]) -> dict[str, bytes]:
    return {path: data if isinstance(data, bytes) else data.encode() for path, data in files.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_every_byte_of_a_folder_is_kept(terra: Terra, workspace: Workspace, home: Path, kind: str) -> None:
    plugin = Folder(terra, workspace, kind)
    plugin.add()
    version, tree = plugin.locked()
    write_files(plugin.folder, {"main.tf": "# changed\n"})
    (plugin.folder / "data.bin").unlink()
    assert record(home, version, tree) == as_bytes(FIRST)


@pytest.mark.parametrize("kind", KINDS)
def test_each_state_that_was_added_is_kept(terra: Terra, workspace: Workspace, home: Path, kind: str) -> None:
    """The version is the same, and often none: the tree tells them apart."""
    plugin = Folder(terra, workspace, kind)
    states = []
    for number in range(3):
        write_files(plugin.folder, {"main.tf": f"# {number}\n"})
        plugin.add()
        states.append(plugin.locked())
    assert len({str(tree.digest) for _, tree in states}) == 3
    for number, (version, tree) in enumerate(states):
        found = record(home, version, tree)
        assert found is not None
        assert found["main.tf"] == f"# {number}\n".encode()
    assert terra("cache", "verify").exit == 0


def test_base_is_what_was_added_and_not_what_was_edited_since(terra: Terra, workspace: Workspace, home: Path) -> None:
    plugin = Folder(terra, workspace, "./mine")
    plugin.add()
    version, tree = plugin.locked()
    vendored = terra.cwd / "plugins/mine/main.tf"
    vendored.write_text("# mine now\n")
    plugin.add()
    assert plugin.locked() == (version, tree), "nothing new came"
    assert record(home, version, tree) == as_bytes(FIRST)
    write_files(plugin.folder, {"main.tf": "# theirs now\n"})
    terra(*plugin.words, exit=6)
    terra(*plugin.words, "--skip-existing")
    assert vendored.read_text() == "# mine now\n"
    assert record(home, version, tree) == as_bytes(FIRST), "the base of the edit is still there"


def test_base_comes_back_with_the_next_add(terra: Terra, workspace: Workspace, home: Path, isolated: Path) -> None:
    """A clone on another machine, or a cache that was emptied."""
    plugin = Folder(terra, workspace, "./mine")
    plugin.add()
    version, tree = plugin.locked()
    other = isolated / "other-home"
    assert record(other, version, tree) is None
    terra(*plugin.words, TERRA_HOME=str(other))
    assert record(other, version, tree) == as_bytes(FIRST)


def test_damaged_record_is_no_base(terra: Terra, workspace: Workspace, home: Path) -> None:
    plugin = Folder(terra, workspace, "./mine")
    plugin.add()
    version, tree = plugin.locked()
    [kept] = [each for each in (home / "plugins/mine").rglob("main.tf") if each.parent.name.startswith("v")]
    kept.parent.chmod(0o755)
    kept.chmod(0o644)
    kept.write_text("# not what was added\n")
    assert record(home, version, tree) is None
    plugin.add()
    assert record(home, version, tree) == as_bytes(FIRST)


def test_dry_run_keeps_the_project_and_the_lock(terra: Terra, workspace: Workspace, home: Path) -> None:
    plugin = Folder(terra, workspace, "./mine")
    plugin.add()
    before = snapshot(terra.cwd)
    version, tree = plugin.locked()
    write_files(plugin.folder, {"main.tf": "# next\n"})
    plugin.add("--dry-run")
    write_files(plugin.folder, {"main.tf": MAIN})
    assert snapshot(terra.cwd) == before
    assert record(home, version, tree) == as_bytes(FIRST)


def test_files_that_are_left_out_are_no_part_of_the_base(terra: Terra, workspace: Workspace, home: Path) -> None:
    plugin = Folder(terra, workspace, "./mine")
    write_files(plugin.folder, {".git/config": "x", "terraform.tfstate": "{}", "node_modules/a.tf": "x"})
    plugin.add()
    version, tree = plugin.locked()
    assert record(home, version, tree) == as_bytes(FIRST)


def test_tree_of_the_lock_is_the_tree_hash(terra: Terra, workspace: Workspace) -> None:
    plugin = Folder(terra, workspace, "./mine")
    plugin.add()
    [held] = tomllib.loads((terra.cwd / "terra.lock").read_text())["plugin"]
    assert Digest.parse(held["tree"]) == plugin.locked()[1].digest
