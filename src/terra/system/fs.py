"""Files: create without clobbering, replace at once, hash, walk without following links.

Nothing here overwrites a file that it did not mean to: new files are made with `O_EXCL` and never
through a link, and a file is replaced only by the rename of a complete and flushed one. `OSError`
passes through; `cli.main` words it.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
import time
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO, Literal

from terra.errors import InvalidDocumentError, Issue
from terra.model.digest import Digest
from terra.model.values import value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from _typeshed import ReadableBuffer

_CHUNK = 1 << 18
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
Kind = Literal["file", "folder", "link", "other"]


@value
class Found:
    """What `scan` found: a path relative to the root with `/`, its kind, and for a file mode and size in bytes."""

    path: str
    kind: Kind
    executable: bool = False
    size: int = 0


class _Whole(io.FileIO):
    """A file without a buffer that takes all of what it is given, where the system may take a part."""

    def write(self, data: ReadableBuffer, /) -> int:
        left = view = memoryview(data)
        while left:
            left = left[super().write(left) :]
        return len(view)


def create(path: str | Path, mode: int = 0o644) -> BinaryIO:
    """Open a new file for writing, never through a link; what is written goes out at once.

    Args:
        path: Must not exist.
        mode: Permission bits, whatever the process's umask says.

    Raises:
        FileExistsError: Something stands at `path`.
    """
    descriptor = os.open(path, _NEW, mode)
    if hasattr(os, "fchmod"):
        os.fchmod(descriptor, mode)
    return _Whole(descriptor, "wb")


def read(path: str | Path, limit: int) -> bytes:
    """Return the bytes of a regular file, at most `limit` of them, never through a link."""
    with os.fdopen(os.open(path, _READ), "rb", buffering=0) as stream:
        data = stream.read(limit)
        while data and len(data) < limit and (more := stream.read(limit - len(data))):
            data += more
    return data


def sha256_of(path: str | Path) -> tuple[str, int]:
    """Return hex sha256 and size in bytes of a regular file, never through a link."""
    digest, size = hashlib.sha256(), 0
    with os.fdopen(os.open(path, _READ), "rb", buffering=0) as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            size += len(chunk)
    return digest.hexdigest(), size


def digest_of(path: Path, algorithm: str) -> Digest:
    """Return the digest of a regular file by `sha256`, `sha384` or `sha512`."""
    with os.fdopen(os.open(path, _READ), "rb") as stream:
        return Digest(algorithm, hashlib.file_digest(stream, algorithm).hexdigest())


def copy(source: Path, target: Path, mode: int = 0o644, *, flushed: bool = True) -> str:
    """Copy `source` to the new file `target`; return the hex sha256 of what was copied.

    Args:
        source: The bytes.
        target: Where nothing may stand.
        mode: Of the new file.
        flushed: Whether the bytes are on the disk when this returns; else `flushing.flush_files` sees to it.
    """
    digest = hashlib.sha256()
    with os.fdopen(os.open(source, _READ), "rb", buffering=0) as stream, create(target, mode) as out:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            out.write(chunk)
        if flushed or os.name != "posix":
            flush(out)
    return digest.hexdigest()


def write_new(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write the new file `path`, flushed to the disk."""
    with create(path, mode) as stream:
        stream.write(data)
        flush(stream)


def write_atomic(path: Path, data: bytes, mode: int = 0o644, *, lasting: bool = True) -> None:
    """Put `data` at `path` at once: a reader, or a crash, sees the old bytes or the new, never a part.

    Args:
        path: Where; what stands there is replaced.
        data: All of it.
        mode: Of a new file.
        lasting: Whether it must survive a power cut; not for what is checked when it is read, and can be had again.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}-{time.monotonic_ns()}.new")
    try:
        with create(beside, mode) as stream:
            stream.write(data)
            if lasting:
                flush(stream)
        os.replace(beside, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(beside)
        raise
    if lasting:
        sync_folder(path.parent)


def flush(stream: BinaryIO) -> None:
    """Flush a stream to the disk, so that a rename after it survives a power cut with the bytes."""
    stream.flush()
    os.fsync(stream.fileno())


def sync_folder(path: Path) -> None:
    """Flush the entries of a folder to the disk, where the system can."""
    if os.name != "posix":
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network file systems refuse to
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_document(path: Path, limit: int) -> bytes | None:
    """Return the bytes of a document of the user's, links followed; None where there is none.

    Raises:
        InvalidDocumentError: It is no regular file, or has more than `limit` bytes.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except (FileNotFoundError, NotADirectoryError):
        return None
    with os.fdopen(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise InvalidDocumentError(str(path), [Issue("document", "a regular file", "something else")])
        data = stream.read(limit + 1)
    if len(data) > limit:
        raise InvalidDocumentError(str(path), [Issue("document", f"at most {limit} bytes", "more")])
    return data


def kind_of(path: str | Path) -> Kind | None:
    """Return what stands at `path` itself, a link being a link; None for nothing."""
    try:
        mode = os.lstat(path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
    return _kind(mode)


def scan(root: Path, skip: Callable[[str], bool] = lambda _: False) -> Iterator[Found]:
    """Yield what is below `root`, depth first and sorted, never following a link.

    Args:
        root: A folder.
        skip: Asked with the relative path of each folder; one that it names is yielded but not entered.
    """
    waiting = _last_first(str(root), "")  # no recursion: a stranger's folders may be deeper than Python's stack
    while waiting:
        prefix, entry = waiting.pop()
        path = prefix + entry.name
        status = entry.stat(follow_symlinks=False)
        kind = _kind(status.st_mode)
        if kind == "file":
            yield Found(path, kind, bool(status.st_mode & 0o111) and os.name == "posix", status.st_size)
            continue
        yield Found(path, kind)
        if kind == "folder" and not skip(path):
            waiting += _last_first(entry.path, path + "/")


def remove_tree(path: Path) -> None:
    """Remove a file or a folder with all that is in it, read-only content too; nothing there is fine."""
    match kind_of(path):
        case None:
            return
        case "folder":
            with suppress(OSError):
                os.chmod(path, 0o700)
            for entry in list(os.scandir(path)):
                remove_tree(path / entry.name)
            os.rmdir(path)
        case _:
            if os.name == "nt":  # a read-only file cannot be removed there
                os.chmod(path, stat.S_IWRITE)
            os.unlink(path)


def remove_empty(folder: Path, stop: Path) -> None:
    """Remove `folder` and the folders above it, below `stop`, as long as they are empty."""
    while folder != stop and stop in folder.parents:
        try:
            os.rmdir(folder)
        except OSError:
            return
        folder = folder.parent


def _kind(mode: int) -> Kind:
    if stat.S_ISREG(mode):
        return "file"
    if stat.S_ISDIR(mode):
        return "folder"
    return "link" if stat.S_ISLNK(mode) else "other"


def _last_first(folder: str, prefix: str) -> list[tuple[str, os.DirEntry[str]]]:
    with os.scandir(folder) as entries:
        return [(prefix, each) for each in sorted(entries, key=lambda entry: entry.name, reverse=True)]
