"""Which plugins answer a search, and in which order: pure, of summaries alone.

Every word must be found. The nearest place counts: the whole name, a part of it, its beginning, anywhere in it, then
a tag or the provider, then the beginning of a word of the description. Where the words are all of the name after its
namespace it comes first, and of names that are as near the one with the fewest other words. Case does not matter.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from terra.model.values import value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from terra.model.summary import Summary

_PART, _PREFIX, _CONTAINED, _TAG, _DESCRIPTION = range(1, 6)


@value
class Query:
    """What is searched for, in folded case.

    Attributes:
        words: Each must be found.
        tags: Each must be a tag.
        provider: What the provider must be, or the end of it after a `/`; None for any.
    """

    words: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    provider: str | None = None

    @classmethod
    def of(cls, texts: Iterable[str], tags: Iterable[str] = (), provider: str | None = None) -> Query:
        """Return the query in words as they were typed, of which one text may hold several."""
        words = tuple(dict.fromkeys(word.casefold() for text in texts for word in text.split()))
        folded = tuple(stripped for tag in tags if (stripped := tag.strip().casefold()))
        return cls(words, folded, (provider or "").strip().casefold() or None)

    @property
    def needles(self) -> tuple[str, ...]:
        """What an answer's texts must hold, wherever."""
        return tuple(dict.fromkeys((*self.words, *self.tags, *((self.provider,) if self.provider else ()))))


def ranked(query: Query, summaries: Iterable[Summary]) -> list[Summary]:
    """Return the summaries that answer a query, the nearest first, by name where they are as near."""
    asked = _Asked(query)
    found = [(rank, each.name.text, each) for each in summaries if (rank := asked.rank(each)) is not None]
    return [each for _, _, each in sorted(found, key=lambda hit: hit[:2])]


class _Asked:
    """A query made ready for thousands of summaries."""

    def __init__(self, query: Query) -> None:
        self._provider = query.provider
        self._tags = {*query.tags}
        self._exact = {"-".join(query.words), "/".join(query.words)}
        self._parts = {part for word in query.words for part in word.replace("/", "-").split("-")}
        self._words = [(word, re.compile(rf"(?<!\w){re.escape(word)}")) for word in query.words]

    def rank(self, summary: Summary) -> tuple[int, int, int, int] | None:
        """Return how far a summary is from the query, less is nearer; None where it is no answer."""
        if not self._is_asked_for(summary):
            return None
        name, farthest, together = summary.name.text, 0, 0
        for word, begins in self._words:
            distance = _distance_of_name(word, name) if word in name else _distance_of_rest(word, begins, summary)
            if distance is None:
                return None
            farthest, together = max(farthest, distance), together + distance
        own = name.rpartition("/")[2]
        exact = 0 if name in self._exact else 1 if own in self._exact else 2
        others = len({*own.split("-")} - self._parts) if 0 < farthest < _TAG else 0
        return exact, farthest, together, others

    def _is_asked_for(self, summary: Summary) -> bool:
        if self._provider is not None:
            provider = (summary.provider or "").casefold()
            if self._provider not in (provider, provider.rpartition("/")[2]):
                return False
        return not self._tags or self._tags <= {tag.casefold() for tag in summary.tags}


def _distance_of_name(word: str, name: str) -> int:
    """Return how far a word is from the name that it is in."""
    parts = {*name.split("/"), *name.replace("/", "-").split("-")}
    if word in parts:
        return _PART
    return _PREFIX if name.startswith(word) or any(part.startswith(word) for part in parts) else _CONTAINED


def _distance_of_rest(word: str, begins: re.Pattern[str], summary: Summary) -> int | None:
    if word == (summary.provider or "").casefold() or word in [tag.casefold() for tag in summary.tags]:
        return _TAG
    return _DESCRIPTION if begins.search(summary.description.casefold()) else None
