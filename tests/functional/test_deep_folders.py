"""Folders that are deeper than Python's stack: every command looks into them, in time, and none breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.project import write_files
from terra.system import fs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.project import Terra, Workspace

_DEPTH = 1200


@pytest.fixture
def deep(terra: Terra, workspace: Workspace) -> Iterator[Terra]:
    """A project with deep folders in its plugin and beside it."""
    write_files(terra.cwd, {"terra.toml": f'[registries.acme]\nurl = "{workspace.simple("vpc")}"\n'})
    terra("add", "vpc")
    tops = (terra.cwd / "plugins/vpc/deep", terra.cwd / "deep")
    deepest = [_dig(top) for top in tops]
    yield terra
    for folder in deepest:  # the runner's own clean-up recurses
        fs.remove_empty(folder, terra.cwd)


def _dig(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for _ in range(_DEPTH):
        folder /= "d"
        folder.mkdir()
    return folder


def test_deep_folders_are_looked_into(deep: Terra) -> None:
    for words in (("verify",), ("diff",), ("adopt", ".", "--blocks"), ("list", "--recursive"), ("remove", "vpc")):
        ended = deep(*words)
        assert "nests too deeply" not in ended.err
        assert "a bug" not in ended.err
