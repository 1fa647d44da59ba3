"""What an opened archive, or a source folder, holds, before the payload is chosen from it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol

from terra.model.values import replace
from terra.system import fs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from terra.archive.selection import Rules
    from terra.model.tree import TreeFile


class Contents(Protocol):
    """Files by their path with `/`; a path that ends in `/` is a folder that was not looked into."""

    @property
    def archive(self) -> str:
        """What messages call the archive or folder."""

    @property
    def paths(self) -> Sequence[str]:
        """Every path."""

    def read(self, path: str, limit: int) -> bytes:
        """Return at most `limit` bytes of a file."""

    def narrowed(self, prefix: str, rules: Rules) -> Contents:
        """Return the contents as far as a payload root and its rules need them."""

    def deliver(self, prefix: str, kept: Sequence[str], into: Path) -> tuple[Path, tuple[TreeFile, ...]]:
        """Return the folder, `into` or one in it, that holds the files below `prefix` that are kept and no others."""


class Extracted:
    """An archive, unpacked in the private folder where its payload is to be."""

    def __init__(self, archive: str, folder: Path, files: Sequence[TreeFile]) -> None:
        self.archive = archive
        self._folder = folder
        self._files = {file.path: file for file in files}
        self.paths: Sequence[str] = tuple(self._files)

    def read(self, path: str, limit: int) -> bytes:
        """Return at most `limit` bytes of a file."""
        return fs.read(self._folder / path, limit)

    def narrowed(self, _prefix: str, _rules: Rules) -> Extracted:
        """Return itself: what was unpacked is known already."""
        return self

    def deliver(self, prefix: str, kept: Sequence[str], into: Path) -> tuple[Path, tuple[TreeFile, ...]]:
        """Remove the other files below `prefix`; the hashes were computed as they were unpacked."""
        folder = into / prefix
        others = {path for path in self.paths if path.startswith(prefix)}.difference(prefix + path for path in kept)
        for path in others:
            os.unlink(into / path)
        for above in sorted({path.rpartition("/")[0] for path in others}, reverse=True):
            fs.remove_empty(into / above, folder)
        if prefix:
            os.chmod(folder, 0o700)  # as `into` is
        return folder, tuple(replace(self._files[prefix + path], path=path) for path in kept)
