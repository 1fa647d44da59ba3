"""The one writer: new regular files below a private folder, hashed as they are written.

It never writes a link, never overwrites, and gives every file mode 0644, or 0755.
"""

from __future__ import annotations

import errno
import hashlib
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from terra.archive.names import linked_path
from terra.model.tree import TreeFile
from terra.system import fs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from terra.archive.guard import Guard

CHUNK = 1 << 16


@contextmanager
def emptied_on_failure(into: Path) -> Iterator[None]:
    """Make sure that `into` is an empty folder now, and again if the context fails.

    Raises:
        FileExistsError: There is something in it.
    """
    try:
        os.mkdir(into, 0o700)
    except FileNotFoundError:
        into.mkdir(0o700, parents=True)
    except FileExistsError:
        if os.listdir(into):
            raise FileExistsError(errno.EEXIST, "the folder is not empty", str(into)) from None
    try:
        yield
    except BaseException:
        for entry in list(into.iterdir()):
            fs.remove_tree(entry)
        raise


class Taker(Protocol):
    """What a format's reader hands members to, each once and with a path that a guard admitted."""

    def add(self, path: str, chunks: Iterable[bytes], *, executable: bool = False) -> None:
        """Take one file, all of it."""

    def add_link(self, path: str, target: str) -> None:
        """Take a symbolic link."""


class Rehearsal:
    """Takes members and writes nothing, so that a refusal comes before the first file."""

    def add(self, _path: str, chunks: Iterable[bytes], *, executable: bool = False) -> None:
        """Read a file to its end."""
        del executable
        for _ in chunks:
            pass

    def add_link(self, path: str, target: str) -> None:
        """Forget a symbolic link, which only the whole archive can judge."""


class Stage:
    """Files written so far below `into`; the paths come from a `Guard`, which has checked them."""

    def __init__(self, into: Path, guard: Guard) -> None:
        self._into = str(into)
        self._guard = guard
        self._folders: set[str] = {""}
        self._files: dict[str, TreeFile] = {}
        self._sizes: dict[str, int] = {}
        self._links: list[tuple[str, str]] = []

    def add(self, path: str, chunks: Iterable[bytes], *, executable: bool = False) -> None:
        """Write one file."""
        self._make_folder(path.rpartition("/")[0])
        digest, size = hashlib.sha256(), 0
        with fs.create(self._on_disk(path), 0o755 if executable else 0o644) as out:
            for chunk in chunks:
                digest.update(chunk)
                out.write(chunk)
                size += len(chunk)
        self._files[path] = TreeFile(path, digest.hexdigest(), executable)
        self._sizes[path] = size

    def add_link(self, path: str, target: str) -> None:
        """Note a symbolic link, to be written as a copy once every file is there."""
        self._links.append((path, target))

    def finish(self) -> tuple[TreeFile, ...]:
        """Write the links as copies, and return every file, sorted by the bytes of the paths.

        Raises:
            UnsafeArchiveError: A link does not name a regular file of the same archive.
        """
        regular = dict(self._files)
        for path, target in self._links:
            source = linked_path(path, target)
            if source is None or source not in regular:
                rule = "is a link to something else than a regular file of the same archive"
                self._guard.refuse(rule, path)
            self._guard.grow(path, self._sizes[source])
            with open(self._on_disk(source), "rb", buffering=0) as stream:
                self.add(path, iter(lambda: stream.read(CHUNK), b""), executable=regular[source].executable)
        return tuple(sorted(self._files.values(), key=lambda file: file.path.encode()))

    def _make_folder(self, folder: str) -> None:
        if folder in self._folders:
            return
        self._make_folder(folder.rpartition("/")[0])
        os.mkdir(self._on_disk(folder), 0o755)
        self._folders.add(folder)

    def _on_disk(self, path: str) -> str:
        return f"{self._into}/{path}"  # no `Path`, which costs as much as the file
