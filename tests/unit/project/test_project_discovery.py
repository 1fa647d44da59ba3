"""The project is found upwards, as far as the repository's root and no stranger's folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from terra.project.discovery import find_project, find_workspace_registry
from terra.system import upwards

FINDERS = [(find_project, "terra.toml", False), (find_workspace_registry, "registry.json", True)]


@pytest.fixture(params=FINDERS, ids=["project", "registry"])
def finder(request: pytest.FixtureRequest, tmp_path: Path):
    """A function from a folder to the folder found, relative to `tmp_path`, and the file's name."""
    find, name, is_file = request.param

    def found(start: Path) -> str | None:
        answer = find(start)
        if answer is None or not answer.is_relative_to(tmp_path):
            return None
        return (answer.parent if is_file else answer).relative_to(tmp_path).as_posix()

    return found, name


def make(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()


def test_the_nearest_wins(tmp_path: Path, finder):
    find, name = finder
    make(tmp_path, f"a/{name}", f"a/b/{name}", "a/b/c/x")
    assert find(tmp_path / "a") == "a"
    assert find(tmp_path / "a/b") == "a/b"
    assert find(tmp_path / "a/b/c") == "a/b"


@pytest.mark.parametrize("git", ["a/b/.git/HEAD", "a/b/.git"])
def test_the_root_of_the_repository_is_the_last_to_be_looked_at(tmp_path: Path, finder, git: str):
    """`.git` is a file in a worktree and in a submodule."""
    find, name = finder
    make(tmp_path, f"a/{name}", git, "a/b/c/x")
    assert find(tmp_path / "a/b/c") is None
    make(tmp_path, f"a/b/{name}")
    assert find(tmp_path / "a/b/c") == "a/b"


def test_a_folder_of_that_name_is_no_document(tmp_path: Path, finder):
    find, name = finder
    make(tmp_path, f"a/{name}", f"a/b/{name}/x")
    assert find(tmp_path / "a/b") == "a"


def owned(monkeypatch: pytest.MonkeyPatch, owners: dict[Path, int], user: int = 1000) -> None:
    """Let folders have owners: each path that of its nearest entry."""

    def owner(path: Path) -> int:
        return next((owners[each] for each in (path, *path.parents) if each in owners), 0)

    monkeypatch.setattr(upwards, "_owner", owner)
    monkeypatch.setattr(upwards, "_maker", owner)
    monkeypatch.setattr(upwards, "_user", lambda: user)


def test_a_strangers_folder_ends_the_way_up(tmp_path: Path, finder, monkeypatch: pytest.MonkeyPatch):
    find, name = finder
    make(tmp_path, f"shared/{name}", "shared/mine/x/y")
    owned(monkeypatch, {tmp_path: 0, tmp_path / "shared": 2000, tmp_path / "shared/mine": 1000})
    assert find(tmp_path / "shared/mine/x") is None
    make(tmp_path, f"shared/mine/{name}")
    assert find(tmp_path / "shared/mine/x") == "shared/mine"


def test_what_is_above_a_stranger_is_not_reached(tmp_path: Path, finder, monkeypatch: pytest.MonkeyPatch):
    find, name = finder
    make(tmp_path, f"mine/{name}", "mine/theirs/mine/x")
    theirs = tmp_path / "mine/theirs"
    owned(monkeypatch, {tmp_path: 1000, theirs: 2000, theirs / "mine": 1000})
    assert find(theirs / "mine") is None


def test_standing_in_a_folder_of_another_owner_its_own_documents_count(
    tmp_path: Path, finder, monkeypatch: pytest.MonkeyPatch
):
    """A root in a container works in a mounted folder of the user's."""
    find, name = finder
    make(tmp_path, f"mounted/{name}", "mounted/x/y")
    owned(monkeypatch, {tmp_path: 0, tmp_path / "mounted": 1000}, user=0)
    assert find(tmp_path / "mounted/x") == "mounted"


def test_a_strangers_document_in_a_folder_of_mine_does_not_steer(
    tmp_path: Path, finder, monkeypatch: pytest.MonkeyPatch
):
    find, name = finder
    make(tmp_path, f"a/{name}")
    owned(monkeypatch, {tmp_path: 1000, tmp_path / "a" / name: 2000})
    assert find(tmp_path / "a") is None
