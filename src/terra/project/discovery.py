"""Find the project and the workspace's registry upwards from a folder."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MANIFEST = "terra.toml"
LOCKFILE = "terra.lock"
REGISTRY = "registry.json"


def find_project(start: Path) -> Path | None:
    """Return the nearest folder from `start` upwards that holds a `terra.toml`, or None."""
    return next((folder for folder in _upwards(start) if _is_ours(folder / MANIFEST, start)), None)


def is_project(folder: Path) -> bool:
    """Tell whether a folder itself holds a `terra.toml`, of the user's or of the folder's owner."""
    return _is_ours(folder / MANIFEST, folder)


def find_workspace_registry(start: Path) -> Path | None:
    """Return the nearest `registry.json` from `start` upwards, or None."""
    return next((folder / REGISTRY for folder in _upwards(start) if _is_ours(folder / REGISTRY, start)), None)


def find_repository(start: Path) -> Path:
    """Return the nearest folder from `start` upwards that is a repository's root, else `start` itself."""
    return next((folder for folder in _upwards(start) if (folder / ".git").exists()), start)


def _is_ours(path: Path, start: Path) -> bool:
    """Tell whether a file is there and of the user's, or of the owner of the folder in which the user stands."""
    return path.is_file() and _owner(path) in (_user(), _owner(start))


def _upwards(start: Path) -> Iterator[Path]:
    """Yield `start` and the folders above it, up to the repository's root or the first of another owner.

    A file that a stranger can put above the user's folders, as in `/tmp`, must not steer terra.
    """
    owner = _owner(start)
    for folder in (start, *start.parents):
        if _owner(folder) not in (owner, _user()):
            return
        yield folder
        if (folder / ".git").exists():
            return


def _owner(folder: Path) -> int:
    return os.stat(folder).st_uid


def _user() -> int:
    return os.getuid() if hasattr(os, "getuid") else 0
