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
from terra.model.lock import Lock
from terra.model.values import replace
from terra.project.discovery import LOCKFILE
from terra.system import fs
from terra.wire import lock_toml

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from terra.model.name import Name

_LIMIT = 64 << 20  # bytes, as of a lock
_KEPT = 5


def load(home: Path, project: Path) -> Iterator[Lock]:
    """Yield the locks with which terra left the project, the last one first."""
    for path in _paths(home, project):
        with suppress(OSError, InvalidDocumentError):
            data = fs.read_document(path, _LIMIT)
            if data is not None:
                yield lock_toml.read_lock(data, LOCKFILE)


def save(home: Path, project: Path, seen: Collection[tuple[str, Name]]) -> None:
    """Note the project's lock as it is now; failing to is no error.

    Args:
        home: The terra home.
        project: The project's folder.
        seen: Set and name of the plugins whose files are now as terra meant them under this lock. Of every other one
            the note stays as it was: a lock that another's commit brought says nothing of files that nobody looked at.
    """
    with suppress(OSError, InvalidDocumentError):
        paths, data = _paths(home, project), fs.read_document(project / LOCKFILE, _LIMIT)
        last = fs.read_document(paths[0], _LIMIT)
        if data is None or data == last:
            return
        lock = lock_toml.read_lock(data, LOCKFILE)
        if not all((each.set, each.name) in seen for each in lock.plugins):
            data = lock_toml.write_lock(_noted(lock, next(load(home, project), Lock()), seen))
            if data == last:
                return
        paths[0].parent.mkdir(parents=True, exist_ok=True)
        for older, newer in zip(reversed(paths), reversed(paths[:-1]), strict=False):
            with suppress(FileNotFoundError):
                os.replace(newer, older)
        fs.write_atomic(paths[0], data, lasting=False)


def _noted(lock: Lock, before: Lock, seen: Collection[tuple[str, Name]]) -> Lock:
    found = (each if (each.set, each.name) in seen else before.find(each.set, each.name) for each in lock.plugins)
    return replace(lock, plugins=tuple(each for each in found if each is not None))


def _paths(home: Path, project: Path) -> list[Path]:
    name = hashlib.sha256(os.fsencode(project.resolve())).hexdigest()
    return [home / "left" / f"{name}.{number}.lock" for number in range(_KEPT)]
