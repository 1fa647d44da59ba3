"""Find the project and the workspace's registry upwards from a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.system.upwards import is_ours, upwards

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST = "terra.toml"
LOCKFILE = "terra.lock"
REGISTRY = "registry.json"


def find_project(start: Path) -> Path | None:
    """Return the nearest folder from `start` upwards that holds a `terra.toml`, or None."""
    return next((folder for folder in upwards(start) if _is_ours(folder / MANIFEST, start)), None)


def is_project(folder: Path) -> bool:
    """Tell whether a folder itself holds a `terra.toml`, of the user's or of the folder's owner."""
    return _is_ours(folder / MANIFEST, folder)


def find_workspace_registry(start: Path) -> Path | None:
    """Return the nearest `registry.json` from `start` upwards, or None."""
    return next((folder / REGISTRY for folder in upwards(start) if _is_ours(folder / REGISTRY, start)), None)


def _is_ours(path: Path, start: Path) -> bool:
    """Tell whether a document is there, put by the user or by the owner of the folder in which the user stands."""
    return path.is_file() and is_ours(path, start)
