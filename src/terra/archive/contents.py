"""What an opened archive, or a source folder, holds, before the payload is chosen from it."""

from __future__ import annotations

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

    def deliver(self, prefix: str, kept: Sequence[str], into: Path) -> tuple[TreeFile, ...]:
        """Put files into the empty folder `into`, at their paths relative to `prefix`."""


class Extracted:
    """An archive, unpacked in a private folder."""

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

    def deliver(self, prefix: str, kept: Sequence[str], into: Path) -> tuple[TreeFile, ...]:
        """Move files; their hashes were computed as they were unpacked."""
        for folder in sorted({path.rpartition("/")[0] for path in kept}):
            (into / folder).mkdir(mode=0o755, parents=True, exist_ok=True)
        for path in kept:
            (self._folder / (prefix + path)).rename(into / path)
        return tuple(replace(self._files[prefix + path], path=path) for path in kept)
