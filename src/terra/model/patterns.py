"""Patterns over paths, as `[files] include` and `exclude` write them.

`*` and `?` stay within one part of a path, `**` stands for any number of parts, and a pattern that names a
folder means all that is in it. A pattern without `/` means any part of a path, as in `.gitignore`.
"""

from __future__ import annotations

from fnmatch import fnmatchcase

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def matched_depth(parts: tuple[str, ...], patterns: Iterable[str]) -> int:
    """Return how many leading parts of a path make the file or folder that a pattern names; 0 for none.

    Args:
        parts: The parts of a file's path.
        patterns: Any of them will do; the shortest match counts.
    """
    depths = [depth for pattern in patterns if (depth := _depth(parts, pattern))]
    return min(depths, default=0)


def may_reach_into(folder: tuple[str, ...], patterns: Iterable[str]) -> bool:
    """Tell whether a pattern could match something in a folder, or the folder itself."""
    return any(_reaches(folder, _split(pattern)) for pattern in patterns)


def _split(pattern: str) -> tuple[str, ...]:
    parts = tuple(pattern.removesuffix("/").split("/"))
    if len(parts) == 1 and parts[0] != "**":
        return ("**", *parts)
    return parts[:-1] if len(parts) > 1 and parts[-1] == "**" else parts


def _depth(parts: tuple[str, ...], pattern: str) -> int:
    wanted, is_folder = _split(pattern), pattern.endswith(("/", "/**"))
    if wanted == ("**",):
        return len(parts)
    # states: how many parts of the pattern are matched; every one advances at each part of the path
    states = _skip_any({0}, wanted)
    last = len(parts) - 1
    for depth, part in enumerate(parts):
        states = _advance(states, wanted, part)
        if len(wanted) in states and not (is_folder and depth == last):
            return depth + 1
    return 0


def _reaches(folder: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    states = _skip_any({0}, wanted)
    for part in folder:
        states = _advance(states, wanted, part)
        if len(wanted) in states:
            return True
    return bool(states)


def _advance(states: set[int], wanted: tuple[str, ...], part: str) -> set[int]:
    following: set[int] = set()
    for state in states:
        if state == len(wanted):
            continue
        if wanted[state] == "**":
            following.add(state)
        elif fnmatchcase(part, wanted[state]):
            following.add(state + 1)
    return _skip_any(following, wanted)


def _skip_any(states: set[int], wanted: tuple[str, ...]) -> set[int]:
    for state in sorted(states):
        following = state
        while following < len(wanted) and wanted[following] == "**":
            following += 1
            states.add(following)
    return states
