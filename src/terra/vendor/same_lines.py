"""Which lines of two texts are the same ones, in bounded work; pure.

Lines that are there once in both texts are the anchors (patience diff), and difflib sees only what lies between
them and has none: it looks at every pair of equal lines again and again, which for thousands of `}` takes minutes.
What would take too much work is said to have nothing in common, which merges less and never wrongly.
"""

from __future__ import annotations

from bisect import bisect
from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    Span = tuple[int, int, int, int]  # start and end in the one, start and end in the other
    Block = tuple[int, int, int]  # where in the one, where in the other, how many lines

_WORK = 6_000_000  # looks at a line, about two seconds


class LineMatcher:
    """What merge3 asks of a matcher, as `difflib.SequenceMatcher` has it: the class is its contract."""

    def __init__(self, _: object, one: Sequence[bytes], other: Sequence[bytes]) -> None:
        self._one = one
        self._other = other
        self._work = _WORK

    def get_matching_blocks(self) -> list[Block]:
        """Return the equal runs in order, and an empty one at both ends."""
        blocks: list[Block] = []
        for i, j, count in sorted(self._blocks()):
            if blocks and blocks[-1][0] + blocks[-1][2] == i and blocks[-1][1] + blocks[-1][2] == j:
                i, j, count = blocks[-1][0], blocks[-1][1], blocks.pop()[2] + count  # noqa: PLW2901  # one run
            blocks.append((i, j, count))
        return [*blocks, (len(self._one), len(self._other), 0)]

    def _blocks(self) -> Iterator[Block]:
        waiting = [(0, len(self._one), 0, len(self._other))]
        while waiting:
            span, common = self._trimmed(waiting.pop())
            yield from common
            start, end, other_start, other_end = span
            self._work -= end - start + other_end - other_start
            if start == end or other_start == other_end or self._work < 0:
                continue
            anchors = self._anchors(span)
            if anchors:
                places = [(start, other_start), *anchors, (end, other_end)]
                waiting += [(i, i_end, j, j_end) for (i, j), (i_end, j_end) in pairwise(places)]
            else:
                yield from self._between(span)

    def _trimmed(self, span: Span) -> tuple[Span, list[Block]]:
        """Take what both begin and end with away; each span begins at an anchor."""
        one, other = self._one, self._other
        start, end, other_start, other_end = span
        ahead = 0
        most = min(end - start, other_end - other_start)
        while ahead < most and one[start + ahead] == other[other_start + ahead]:
            ahead += 1
        behind = 0
        while behind < most - ahead and one[end - behind - 1] == other[other_end - behind - 1]:
            behind += 1
        common = [(start, other_start, ahead), (end - behind, other_end - behind, behind)]
        left = (start + ahead, end - behind, other_start + ahead, other_end - behind)
        return left, [block for block in common if block[2]]

    def _anchors(self, span: Span) -> list[tuple[int, int]]:
        """Return the longest run, in the order of both, of lines that both have once."""
        places = _once(self._other, span[2], span[3])
        pairs = [(i, places[line]) for line, i in _once(self._one, span[0], span[1]).items() if line in places]
        tops: list[int] = []  # patience: the least end of a run of each length
        ends: list[int] = []
        before: list[int | None] = []
        for position, (_, j) in enumerate(pairs):
            length = bisect(tops, j)
            before.append(ends[length - 1] if length else None)
            tops[length : length + 1] = [j]
            ends[length : length + 1] = [position]
        found, last = [], ends[-1] if ends else None
        while last is not None:
            found.append(pairs[last])
            last = before[last]
        return found[::-1]

    def _between(self, span: Span) -> Iterator[Block]:
        """Match lines of which none is there once in both, where that can be afforded."""
        start, end, other_start, other_end = span
        one, other = self._one[start:end], self._other[other_start:other_end]
        counts = Counter(other)
        self._work -= sum(counts[line] for line in one) * min(len(one), len(other))
        if self._work < 0:
            return
        from difflib import SequenceMatcher

        for i, j, count in SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks()[:-1]:
            yield start + i, other_start + j, count


def _once(lines: Sequence[bytes], start: int, end: int) -> dict[bytes, int]:
    """Return where the lines are that a part of a text has once, in its order."""
    counts = Counter(lines[start:end])
    return {lines[i]: i for i in range(start, end) if counts[lines[i]] == 1}
