"""How terra left a project on this machine: its last locks, kept in the terra home.

The lock of the project may be another one since, by another's commit, while the files are not. A note that is gone,
or cannot be read, is none.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from terra.errors import InvalidDocumentError
from terra.project.discovery import LOCKFILE
from terra.system import fs
from terra.wire import lock_toml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from terra.model.lock import Lock

_LIMIT = 64 << 20  # bytes, as of a lock
_KEPT = 5


def load(home: Path, project: Path) -> Iterator[Lock]:
    """Yield the locks with which terra left the project, the last one first."""
    for path in _paths(home, project):
        with suppress(OSError, InvalidDocumentError):
            data = fs.read_document(path, _LIMIT)
            if data is not None:
                yield lock_toml.read_lock(data, LOCKFILE)


def save(home: Path, project: Path) -> None:
    """Note the project's lock as it is now; failing to is no error."""
    with suppress(OSError, InvalidDocumentError):
        paths, data = _paths(home, project), fs.read_document(project / LOCKFILE, _LIMIT)
        if data is None or data == fs.read_document(paths[0], _LIMIT):
            return
        paths[0].parent.mkdir(parents=True, exist_ok=True)
        for older, newer in zip(reversed(paths), reversed(paths[:-1]), strict=False):
            with suppress(FileNotFoundError):
                os.replace(newer, older)
        fs.write_atomic(paths[0], data, lasting=False)


def _paths(home: Path, project: Path) -> list[Path]:
    name = hashlib.sha256(os.fsencode(project.resolve())).hexdigest()
    return [home / "left" / f"{name}.{number}.lock" for number in range(_KEPT)]
