"""Locks of folders, by which terras wait for each other."""

from __future__ import annotations

import errno
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_PATIENCE = 1.0  # seconds until the user is told that another process holds a lock


@contextmanager
def locked(folder: Path, fallback: Path, on_wait: Callable[[], None], *, shared: bool = False) -> Iterator[None]:
    """Hold the lock of a folder against other processes while the context lasts.

    The folder itself is locked (flock), which leaves no trace in it; where the system cannot lock a
    folder, the file `fallback` is. The system frees the lock when the process ends, however it ends.

    Args:
        folder: An existing folder.
        fallback: Made, with the folders above it, only where it is needed.
        on_wait: Called once when the lock could not be had for a second.
        shared: Whether others that share it may hold it too.
    """
    descriptor = _lockable(folder, fallback)
    try:
        started, told = time.monotonic(), False
        while not _try_lock(descriptor, shared=shared):
            if not told and time.monotonic() - started >= _PATIENCE:
                on_wait()
                told = True
            time.sleep(0.02)
        yield
    finally:
        os.close(descriptor)


def _lockable(folder: Path, fallback: Path) -> int:
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            _try_lock(descriptor, shared=True)
        except OSError as error:  # NFS locks only what is open for writing
            os.close(descriptor)
            if error.errno not in (errno.EBADF, errno.ENOLCK, errno.EOPNOTSUPP, errno.EINVAL):
                raise
        else:
            return descriptor
    fallback.parent.mkdir(parents=True, exist_ok=True)
    return os.open(fallback, os.O_RDWR | os.O_CREAT, 0o644)


def _try_lock(descriptor: int, *, shared: bool) -> bool:
    # filelock costs 45 ms of import for these lines, more than the rest of a cached `terra add`.
    if os.name == "nt":
        import msvcrt

        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        except PermissionError:
            return shared  # no shared locks there: sharers do without
        return True
    import fcntl

    try:
        fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
