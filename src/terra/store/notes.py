"""Short notes, many in one file: each is appended by one write, and of two with one key the last counts.

A file for each would cost the disk more than what it notes. Nothing is believed of a note, which is not flushed: a torn
one is none, and what it names is hashed before it is used.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from terra.system import fs

if TYPE_CHECKING:
    from pathlib import Path

_MOST = 1 << 20  # bytes; then the older half goes
_APPEND = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_END = b" ."


class Notes:
    """The notes in one file, which threads and processes share."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read: tuple[tuple[int, int], bytes] = ((0, 0), b"")

    def find(self, key: str) -> str | None:
        """Return what was noted last of a key, which has no space in it; None for nothing."""
        notes = self._all()
        at = notes.rfind(f"\n{key} ".encode())
        line = notes[at + 1 :].partition(b"\n")[0] if at >= 0 else b""
        if not line.endswith(_END):
            return None
        return line[len(key) + 1 : -len(_END)].decode(errors="replace")

    def add(self, key: str, text: str) -> None:
        """Note a text of one line.

        Raises:
            OSError: The system said no.
        """
        descriptor = os.open(self._path, _APPEND, 0o644)
        try:
            os.write(descriptor, f"\n{key} {text}".encode() + _END)  # the line break first: what was torn ends there
            size = os.fstat(descriptor).st_size
        finally:
            os.close(descriptor)
        if size > _MOST:
            notes = self._all()
            fs.write_atomic(self._path, notes[notes.find(b"\n", len(notes) // 2) :], lasting=False)

    def _all(self) -> bytes:
        """Return all notes, read again where there are more."""
        with suppress(OSError):
            status = os.stat(self._path)
            known, notes = self._read
            if known == (status.st_ino, status.st_size):
                return notes
            notes = fs.read(self._path, _MOST * 2)
            self._read = ((status.st_ino, len(notes)), notes)
            return notes
        return b""
