"""Source folders: a checkout, a workspace member, a `file:` folder; read afresh and never through a link.

The rules of archives hold for what is kept: the same names, the same limits, and the one link that is
allowed, to a regular file inside the same folder.
"""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from terra.archive.guard import LIMITS, Guard, Limits
from terra.archive.names import linked_path
from terra.archive.selection import Rules, skips
from terra.archive.stage import CHUNK, Stage
from terra.errors import InvalidDocumentError
from terra.system import fs
from terra.wire.plugin_toml import FILE_NAME, MAX_SIZE, read_plugin_manifest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import BinaryIO

    from terra.model.tree import TreeFile

_READ = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class SourceFolder:
    """A folder of this machine, as far as `prefix` and `rules` let a payload root need it; without rules, all of it."""

    def __init__(self, archive: str, root: Path, prefix: str, rules: Rules | None, limits: Limits = LIMITS) -> None:
        self.archive = archive
        self._root = root
        self._limits = limits
        self._looked = (prefix, rules)
        self._found: dict[str, fs.Found] = {}
        skipped: set[str] = set()

        def skip(folder: str) -> bool:
            if rules is not None and _is_left_out(folder, prefix, rules):
                skipped.add(folder)
            return folder in skipped

        for found in fs.scan(root, skip):
            if found.kind != "folder":
                self._found[found.path] = found
        self.paths: Sequence[str] = (*self._found, *(f"{folder}/" for folder in sorted(skipped)))

    def read(self, path: str, limit: int) -> bytes:
        """Return at most `limit` bytes of a file; of what it names, where it is a link."""
        with self._open(self._resolve(path, self._guard()).path) as stream:
            return stream.read(limit)

    def narrowed(self, prefix: str, rules: Rules) -> SourceFolder:
        """Return the folder looked at again, where another prefix or other rules hold."""
        if self._looked == (prefix, rules):
            return self
        return SourceFolder(self.archive, self._root, prefix, rules, self._limits)

    def deliver(self, prefix: str, kept: Sequence[str], into: Path) -> tuple[Path, tuple[TreeFile, ...]]:
        """Copy files, checking each.

        Raises:
            UnsafeArchiveError: A file breaks a rule of the archive guard.
        """
        guard = self._guard()
        stage = Stage(into, guard)
        for path in kept:
            found = self._resolve(prefix + path, guard)
            admitted = guard.admit(path, "file", found.size)
            stage.add(admitted, self._bounded(found, path, guard), executable=found.executable)
        return into, stage.finish()

    def _guard(self) -> Guard:
        return Guard(self.archive, None, self._limits)

    def _bounded(self, found: fs.Found, path: str, guard: Guard) -> Iterator[bytes]:
        size = 0
        with self._open(found.path) as stream:
            while chunk := stream.read(CHUNK):
                size += len(chunk)
                if size > found.size:
                    guard.refuse("grows while it is read", path)
                yield chunk

    def _resolve(self, path: str, guard: Guard) -> fs.Found:
        found = self._found[path]
        if found.kind == "file":
            return found
        if found.kind != "link":
            guard.refuse("is neither a regular file, nor a folder, nor a symbolic link", path)
        target = linked_path(path, os.readlink(self._root / path).replace(os.sep, "/"))
        named = self._found.get(target or "") or self._look_up(target)
        if named is None or named.kind != "file":
            rule = "is a link to something else than a regular file of the same folder"
            guard.refuse(rule, path, hint="put a copy of the file in its place")
        return named

    def _look_up(self, path: str | None) -> fs.Found | None:
        """Return a regular file that was not looked at, with no link on the way to it."""
        parts = path.split("/") if path else []
        for depth in range(1, len(parts)):
            if fs.kind_of(self._root / "/".join(parts[:depth])) != "folder":
                return None
        if not path or fs.kind_of(self._root / path) != "file":
            return None
        status = (self._root / path).lstat()
        return fs.Found(path, "file", bool(status.st_mode & 0o111) and os.name == "posix", status.st_size)

    def _open(self, path: str) -> BinaryIO:
        return os.fdopen(os.open(self._root / path, _READ), "rb")


def open_folder(archive: str, root: Path, subdir: str, limits: Limits = LIMITS) -> SourceFolder:
    """Return a source folder, looked into as far as `subdir` and a manifest that stands there need.

    Args:
        archive: What messages call the folder.
        root: The folder; links in it are not followed.
        subdir: Where the payload is in it, or the empty string.
        limits: How much a payload may ask for.
    """
    prefix = "" if not subdir or set(subdir) & set("*?[") else subdir + "/"
    manifest_at, rules = root / prefix / FILE_NAME, Rules()
    if fs.kind_of(manifest_at) == "file":
        with suppress(InvalidDocumentError):  # refused with its full path once the payload root is known
            rules = Rules.of(read_plugin_manifest(fs.read(manifest_at, MAX_SIZE + 1), FILE_NAME))
    return SourceFolder(archive, root, prefix, rules, limits)


def open_unpacked(archive: str, root: Path, limits: Limits = LIMITS) -> SourceFolder:
    """Return the folder of an unpacked wheel, all of it: what describes the payload stands beside it.

    Args:
        archive: What messages call it.
        root: The folder; links in it are not followed.
        limits: How much a payload may ask for.
    """
    return SourceFolder(archive, root, "", None, limits)


def _is_left_out(folder: str, prefix: str, rules: Rules) -> bool:
    if prefix.startswith(folder + "/"):
        return False
    return not folder.startswith(prefix) or skips(folder[len(prefix) :], rules)
