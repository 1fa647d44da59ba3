"""The repository's root, and who may say where it is; with real owners, which takes the rights of root."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from terra.system.upwards import repository_of

STRANGER = 54321
needs_root = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give files to another owner"
)


@pytest.fixture
def inner(tmp_path: Path) -> Path:
    """A folder with one above it, below one that holds a `.git`."""
    (tmp_path / "top/.git").mkdir(parents=True)
    (tmp_path / "top/a/b").mkdir(parents=True)
    return tmp_path / "top/a/b"


def below(inner: Path) -> Path | None:
    """The root that is found, if it is one of the test's own folders."""
    found = repository_of(inner)
    return found if found is not None and found.is_relative_to(inner.parents[2]) else None


def test_the_nearest_git_counts_a_file_too(inner: Path) -> None:
    assert below(inner) == inner.parents[1]
    (inner.parent / ".git").write_text("gitdir: elsewhere")
    assert below(inner) == inner.parent


def test_without_a_git_there_is_none(inner: Path) -> None:
    (inner.parents[1] / ".git").rmdir()
    assert below(inner) is None


@needs_root
def test_a_strangers_git_is_none(inner: Path) -> None:
    os.chown(inner.parents[1] / ".git", STRANGER, -1)
    assert below(inner) is None


@needs_root
def test_a_strangers_git_that_is_a_link_is_none(inner: Path) -> None:
    git = inner.parents[1] / ".git"
    git.rename(inner.parents[1] / "mine")
    git.symlink_to("mine")
    os.chown(git, STRANGER, -1, follow_symlinks=False)
    assert below(inner) is None


@needs_root
def test_nothing_is_looked_for_above_a_strangers_folder(inner: Path) -> None:
    os.chown(inner.parent, STRANGER, -1)
    assert below(inner) is None


@needs_root
def test_in_a_folder_of_another_owner_their_git_counts(inner: Path) -> None:
    """As in a container that runs as root, over a folder of the user's."""
    for each in (inner, inner.parent, inner.parents[1], inner.parents[1] / ".git"):
        os.chown(each, STRANGER, -1)
    assert below(inner) == inner.parents[1]
