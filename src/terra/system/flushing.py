"""Bring many files to the disk: each waits for the disk alone, many at a time wait together."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from terra.system import fs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

_MANY = 32  # files from which on threads are worth their start
_PARALLEL = 16


def flush_files(paths: Sequence[Path]) -> None:
    """Flush complete files to the disk; many at a time share what the disk does.

    Raises:
        OSError: One of them could not be written whole.
    """
    if os.name == "posix":  # elsewhere a file is flushed by whoever has it open for writing: `copy` did
        _each(_flush_file, paths)


def sync_folders(paths: Sequence[Path]) -> None:
    """Flush the entries of folders to the disk, where the system can; many at a time share what the disk does."""
    _each(fs.sync_folder, paths)


def _each(flush_one: Callable[[Path], None], paths: Sequence[Path]) -> None:
    if len(paths) < _MANY:
        for path in paths:
            flush_one(path)
        return
    from terra.system.parallel import in_parallel

    in_parallel([partial(flush_one, path) for path in paths], _PARALLEL)


def _flush_file(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
