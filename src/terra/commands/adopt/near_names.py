"""Which of many names are likely the one that is meant by some words: of a path, or of an address."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_GENERIC = ("terraform", "module", "modules", "tf", "git", "zip", "tar", "gz", "tgz", "archive", "refs", "tags", "main")
_WORD = re.compile(r"[a-z0-9]+")


def words_of(text: str) -> list[str]:
    """Return the words of a path or an address that may be a part of a name."""
    return [word for word in _WORD.findall(text.lower()) if word not in _GENERIC]


def likest(words: Sequence[str], names: Iterable[str], most: int) -> list[str]:
    """Return the names that are most like some words, the likest first."""
    wanted = set(words)
    matcher = SequenceMatcher(None, b="-".join(words))  # it knows much of `b`, and little of `a`

    def likeness(name: str) -> tuple[float, str]:
        parts = {*_WORD.findall(name)}
        shared = len(parts & wanted) / len(parts | wanted) if wanted else 0.0
        matcher.set_seq1(name.replace("/", "-"))
        return -(shared + matcher.quick_ratio() / 2), name

    return sorted(names, key=likeness)[:most]
