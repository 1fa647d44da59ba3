"""Merge three texts line by line, over merge3; pure.

Line endings are not content: lines are compared without them. What the user has keeps its endings, and what
comes in gets those that the user's text has throughout. What is no text, or too large, is not merged at all.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from terra.model.plan import Lines
from terra.model.values import value

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MAX_BYTES = 1 << 20  # of each text


class Favour(Enum):
    """Whose lines stand where both sides changed the same ones."""

    NEITHER = "neither"
    MINE = "mine"
    THEIRS = "theirs"


@value
class Merged:
    """The text of a merge.

    Attributes:
        data: In the line endings of the user's text; with conflict markers where neither side was favoured.
        contested: Where both sides changed the user's text differently.
    """

    data: bytes
    contested: tuple[Lines, ...]


def merge(base: bytes, mine: bytes, theirs: bytes, favour: Favour, label: str) -> Merged | None:
    """Return `mine` with what changed from `base` to `theirs`, or None where these are no texts to merge.

    Args:
        base: What both sides began with; empty where they have nothing in common.
        mine: The user's text, UTF-8 or any encoding in which LF is one byte.
        theirs: The other text.
        favour: Whose lines stand where both changed the same ones.
        label: What the markers call the other side, such as `aws-s3 0.2.0`.
    """
    texts = (base, mine, theirs)
    if not all(map(is_text, texts)):
        return None
    ending = _ending(mine)
    base_lines, my_lines, their_lines = (_lines(text) for text in texts)
    if ending is not None:
        their_lines = [_ended(line, ending) for line in their_lines]
    parts, contested = _merged(base_lines, my_lines, their_lines, favour, label, ending or b"\n")
    return Merged(b"".join(_closed(parts, ending or b"\n")), tuple(contested))


def is_text(data: bytes) -> bool:
    """Tell whether bytes are a text that is merged."""
    return len(data) <= MAX_BYTES and b"\0" not in data


def _ending(text: bytes) -> bytes | None:
    """Return what every line of a text ends in; None where it has no ending, or more than one."""
    crlf, every = text.count(b"\r\n"), text.count(b"\n")
    if not every or crlf not in (0, every):
        return None
    return b"\r\n" if crlf else b"\n"


def _lines(text: bytes) -> list[bytes]:
    """Split as git does: LF alone ends a line."""
    lines = text.split(b"\n")
    return [line + b"\n" for line in lines[:-1]] + ([lines[-1]] if lines[-1] else [])


def _ended(line: bytes, ending: bytes) -> bytes:
    """Return a line with another ending; the last one of a text may have none."""
    return line if not line.endswith(b"\n") else line.removesuffix(b"\n").removesuffix(b"\r") + ending


def _compared(lines: Iterable[bytes]) -> list[bytes]:
    return [_ended(line, b"\n") for line in lines]


def _merged(  # noqa: PLR0913, PLR0917  # three texts, and how they are written
    base: list[bytes], mine: list[bytes], theirs: list[bytes], favour: Favour, label: str, ending: bytes
) -> tuple[list[bytes], list[Lines]]:
    from merge3 import Merge3

    from terra.vendor.same_lines import LineMatcher

    class Merger(Merge3[bytes]):
        """Keeps where lines that nobody changed stand in the user's text: they keep their endings."""

        def find_sync_regions(self) -> list[tuple[int, int, int, int, int, int]]:
            found = super().find_sync_regions()
            self.places = {region[0]: region[2] for region in found if region[1] > region[0]}
            return found

    # merge3 asks for a class whose parameters are named as difflib's are, and gives them by position.
    texts = _compared(base), _compared(mine), _compared(theirs)
    merger = Merger(*texts, sequence_matcher=LineMatcher)
    parts: list[bytes] = []
    contested: list[Lines] = []
    for region in merger.reprocess_merge_regions(merger.merge_regions()):
        if region[0] == "conflict":
            start, end, their_start, their_end = region[3:]
            contested.append(Lines(start + 1, end))
            parts += _contested(mine[start:end], theirs[their_start:their_end], favour, label, ending)
        elif region[0] == "unchanged":
            start = merger.places[region[1]]
            parts += mine[start : start + region[2] - region[1]]
        else:
            parts += (theirs if region[0] == "b" else mine)[region[1] : region[2]]
    return parts, contested


def _contested(mine: list[bytes], theirs: list[bytes], favour: Favour, label: str, ending: bytes) -> list[bytes]:
    if favour is Favour.MINE:
        return mine
    if favour is Favour.THEIRS:
        return theirs
    begin, middle, end = (text.encode() + ending for text in ("<<<<<<< yours", "=======", f">>>>>>> {label}"))
    return [begin, *mine, middle, *theirs, end]


def _closed(lines: Sequence[bytes], ending: bytes) -> list[bytes]:
    """End every line but the last: one that ended a text may stand in the middle of another now."""
    return [line if line.endswith(b"\n") else line + ending for line in lines[:-1]] + [*lines[-1:]]
