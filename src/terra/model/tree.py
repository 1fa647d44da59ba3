"""Trees: what a payload is, whatever archive carried it."""

from __future__ import annotations

import hashlib
import re

from terra.errors import UsageError
from terra.model.digest import Digest
from terra.model.values import value

_FOREIGN = re.compile(r"[\x00-\x1f\x7f\\:]")
_LINE = re.compile(r"(644|755) ([0-9a-f]{64}) (.+)")


@value
class TreeFile:
    """One file of a payload.

    Attributes:
        path: Relative to the payload's root, with `/`.
        sha256: Hex digest of the bytes.
        executable: Whether the file is 0755; every other file is 0644.
    """

    path: str
    sha256: str
    executable: bool = False

    @classmethod
    def parse(cls, line: str) -> TreeFile:
        """Return the file in a line `<644|755> <sha256 hex> <path>` of a lock.

        Raises:
            UsageError: The line has another form.
        """
        match = _LINE.fullmatch(line)
        if match is None or not is_inside(match[3]):
            message = f"`{line}` is not `<644|755> <sha256> <path>`"
            raise UsageError(message, subjects=(line,))
        return cls(match[3], match[2], match[1] == "755")

    @property
    def mode(self) -> int:
        """The permission bits of the file."""
        return 0o755 if self.executable else 0o644

    def __str__(self) -> str:
        return f"{self.mode:o} {self.sha256} {self.path}"


@value
class Tree:
    """The files of a payload, sorted by the UTF-8 bytes of their paths; construct it with `of`."""

    files: tuple[TreeFile, ...]

    @classmethod
    def of(cls, files: list[TreeFile] | tuple[TreeFile, ...]) -> Tree:
        """Return the tree of `files`, which come in any order."""
        return cls(tuple(sorted(files, key=lambda file: file.path.encode())))

    @property
    def digest(self) -> Digest:
        """The tree hash: sha256 of the lines `<644|755> <sha256 hex> <path>` in order of the paths' bytes."""
        return Digest.sha256(hashlib.sha256("".join(f"{file}\n" for file in self.files).encode()).hexdigest())

    @property
    def by_path(self) -> dict[str, TreeFile]:
        """The files by their path."""
        return {file.path: file for file in self.files}


def is_inside(path: str) -> bool:
    """Tell whether a path stays below its root: a lock or a journal may come from a stranger's repository."""
    parts = path.split("/")
    return not (_FOREIGN.search(path) or any(part in ("", ".", "..") for part in parts))
