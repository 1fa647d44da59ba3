"""One thing that `terra verify` found, and what it weighs."""

from __future__ import annotations

from terra.errors import FetchError, IntegrityError, StaleError
from terra.model.values import value

DIFFERS = StaleError.exit
UNREACHABLE = FetchError.exit
CONTRADICTS = IntegrityError.exit
TOLD = 0


@value
class Finding:
    """One thing that is not as the lock says.

    Attributes:
        kind: `changed`, `missing`, `extra`, `lock`, `cache`, `archive`, `registry` or `yanked`.
        plugin: Its name; empty where it is about no single one.
        path: Of a file relative to the project, of the cache absolute; empty where it is about no file.
        expected: What the lock says, None where it says nothing; of a registry its name there.
        got: What there is, None for nothing.
        why: More in words; may be empty.
        exit: The exit code that it alone would give; 0 for what fails nothing.
        is_accepted: Whether it is an edit that `terra accept` recorded as it is.
        conflict_lines: Of a file in which a merge left conflict markers, their lines from 1.
    """

    kind: str
    plugin: str
    set: str
    path: str = ""
    expected: str | None = None
    got: str | None = None
    why: str = ""
    exit: int = DIFFERS
    is_accepted: bool = False
    conflict_lines: tuple[int, ...] = ()
