"""Read `terra.lock` of a project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.model.lock import Lock
from terra.project.discovery import LOCKFILE
from terra.system import fs
from terra.wire import lock_toml

if TYPE_CHECKING:
    from pathlib import Path

_LIMIT = 64 << 20  # bytes; 100 a file, so 600,000 files


def load(folder: Path) -> tuple[Lock, bytes | None]:
    """Return what the project's `terra.lock` says, and its bytes; an absent one holds nothing.

    Raises:
        InvalidDocumentError: With every issue of the document.
    """
    data = fs.read_document(folder / LOCKFILE, _LIMIT)
    if data is None:
        return Lock(), None
    return lock_toml.read_lock(data, LOCKFILE), data


def encode(lock: Lock) -> bytes:
    """Return the bytes of a `terra.lock`."""
    return lock_toml.write_lock(lock)
