"""Ranges of versions as npm writes them: `^1.2`, `~1.2.3`, `1.x`, `1.2 - 2`, `>=1 <2 || 3.0.0-rc.1`.

The grammar is that of the `semver` package inside npm (https://github.com/npm/node-semver#ranges), in its
strict form: text that it takes only in its loose form, where it leaves out what it cannot read, is no range
here. A pre-release is allowed only beside a comparator with one of the same `X.Y.Z`. The libraries for this
in Python were held against npm's own: one refuses `>= 1` and `~>1.2`, the other takes `x.1` for any version.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from terra.model.values import value

if TYPE_CHECKING:
    from terra.model.version import Version

_LONGEST = 1024
_NUMBER = r"0|[1-9][0-9]{0,14}"
_PART = rf"({_NUMBER}|[xX*])"
_IDENTIFIER = rf"(?:[0-9]*[a-zA-Z-][0-9a-zA-Z-]*|{_NUMBER})"
_PARTIAL = rf"([v=]*){_PART}(?:\.{_PART}(?:\.{_PART}(?:-({_IDENTIFIER}(?:\.{_IDENTIFIER})*))?)?)?"
_COMPARATOR = re.compile(rf"(\^|~>?|[<>]?=?){_PARTIAL}")
_HYPHEN = re.compile(rf"{_PARTIAL} - {_PARTIAL}")
_BUILD = re.compile(r"\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*")
_GAP = re.compile(r"(?<=[<>=~^])\s+(?=[v=0-9xX*])")
_LOWEST = "0"  # the pre-release below every other: `<2.0.0-0` keeps those of 2.0.0 out
Key = tuple[int, int, int, tuple[tuple[int, int, str], ...]]
_FINAL = ((2, 0, ""),)  # above every pre-release


class _NotARangeError(Exception):
    """The text is something else, a dist-tag perhaps."""


@value
class Comparator:
    """`>=1.2.3-rc.1`: an operator (`<`, `<=`, `>`, `>=`, or `=`) and a version, as SemVer 2.0 orders it."""

    operator: str
    numbers: tuple[int, int, int]
    prerelease: str = ""

    @property
    def key(self) -> Key:
        """What versions are compared by."""
        return _key(self.numbers, self.prerelease)

    def allows(self, key: Key) -> bool:
        """Tell whether a version is on the right side."""
        match self.operator:
            case "<":
                return key < self.key
            case "<=":
                return key <= self.key
            case ">":
                return key > self.key
            case ">=":
                return key >= self.key
            case _:
                return key == self.key


@value
class NpmRange:
    """A range: one of its alternatives must hold, and of that every comparator; an empty one holds for any."""

    text: str
    alternatives: tuple[tuple[Comparator, ...], ...]

    @classmethod
    def read(cls, text: str) -> NpmRange | None:
        """Return the range in `text`, or None where it is none."""
        if len(text) > _LONGEST or not text.isascii():
            return None
        try:
            alternatives = tuple(_alternative(part) for part in " ".join(text.split()).split("||"))
        except _NotARangeError:
            return None
        return cls(text.strip(), ((),) if () in alternatives else alternatives)  # beside `*` nothing else counts

    @property
    def is_any(self) -> bool:
        """Whether it was written as `*` or in another way that leaves every version open."""
        return self.alternatives == ((),)

    @property
    def exact(self) -> str | None:
        """The one version that will do, as it is written without `v` and `=`; None where more may."""
        if len(self.alternatives) != 1 or len(self.alternatives[0]) != 1:
            return None
        (only,) = self.alternatives[0]
        if only.operator != "=":
            return None
        return ".".join(map(str, only.numbers)) + (f"-{only.prerelease}" if only.prerelease else "")

    def allows(self, version: Version) -> bool:
        """Tell whether a version will do; a pre-release only where one of its own `X.Y.Z` is named."""
        numbers = (version.major, version.minor, version.patch)
        prerelease = str(version).partition("-")[2]
        key = _key(numbers, prerelease)
        return any(
            all(each.allows(key) for each in alternative)
            and (not prerelease or any(each.prerelease and each.numbers == numbers for each in alternative))
            for alternative in self.alternatives
        )


def _key(numbers: tuple[int, int, int], prerelease: str) -> Key:
    """Return what SemVer 2.0, section 11 compares: numbers below texts, fewer identifiers below more."""
    if not prerelease:
        return (*numbers, _FINAL)
    parts = prerelease.split(".")
    return (*numbers, tuple((0, int(each), "") if each.isdigit() else (1, 0, each) for each in parts))


def _alternative(text: str) -> tuple[Comparator, ...]:
    text = _BUILD.sub("", text.strip())
    hyphen = _HYPHEN.fullmatch(text)
    if hyphen is not None:
        groups = hyphen.groups()
        found = [*_from(_Partial.of(groups[:5])), *_to(_Partial.of(groups[5:]))]
    else:
        found = [each for word in _GAP.sub("", text).split() for each in _comparators(word)]
    return tuple(each for each in found if each != Comparator(">=", (0, 0, 0)))  # npm takes `>=0.0.0` for any


@value
class _Partial:
    """A version of which parts may be left open (None), and what was written before it."""

    prefix: str
    parts: tuple[int | None, int | None, int | None]
    prerelease: str

    @classmethod
    def of(cls, groups: tuple[str | None, ...]) -> _Partial:
        major, minor, patch = (int(each) if each and each.isdigit() else None for each in groups[1:4])
        return cls(groups[0] or "", (major, minor, patch), groups[4] or "")

    @property
    def given(self) -> int:
        """How many parts stand before the first open one."""
        return next((place for place, part in enumerate(self.parts) if part is None), 3)

    @property
    def numbers(self) -> tuple[int, int, int]:
        """The parts, open ones and what follows them as 0."""
        major, minor, patch = (part or 0 if place < self.given else 0 for place, part in enumerate(self.parts))
        return major, minor, patch

    @property
    def is_out_of_order(self) -> bool:
        """Whether a number stands after an open part, as in `1.x.3`."""
        return any(part is not None for part in self.parts[self.given :])

    def next(self, place: int) -> tuple[int, int, int]:
        """Return the numbers with the one at `place` raised, and zeros after it."""
        major, minor, patch = self.numbers
        return [(major + 1, 0, 0), (major, minor + 1, 0), (major, minor, patch + 1)][place]

    def as_written(self, operator: str) -> Comparator:
        """Return a comparator of a whole version."""
        if self.prefix not in ("", "v"):
            raise _NotARangeError
        return Comparator(operator, self.numbers, self.prerelease)


_NONE = Comparator("<", (0, 0, 0), _LOWEST)


def _comparators(word: str) -> list[Comparator]:
    match = _COMPARATOR.fullmatch(word)
    if match is None:
        raise _NotARangeError
    operator, partial = match[1], _Partial.of(match.groups()[1:])
    if operator[:1] in ("~", "^"):
        place = _caret_place(partial) if operator == "^" else min(partial.given - 1, 1)
        return _between(partial, place) if partial.given else []
    if partial.is_out_of_order:
        raise _NotARangeError
    return _plain(operator, partial)


def _caret_place(partial: _Partial) -> int:
    """Return the place of the number that may not grow: the first that is not 0, else the last given."""
    for place in range(partial.given):
        if partial.numbers[place]:
            return place
    return partial.given - 1


def _between(partial: _Partial, place: int) -> list[Comparator]:
    prerelease = partial.prerelease if partial.given == len(partial.parts) else ""
    return [Comparator(">=", partial.numbers, prerelease), Comparator("<", partial.next(place), _LOWEST)]


def _plain(operator: str, partial: _Partial) -> list[Comparator]:
    given = partial.given
    if given == len(partial.parts):
        return [partial.as_written(operator or "=")]
    if not given:
        return [_NONE] if operator in ("<", ">") else []
    match operator:
        case ">" | ">=":
            return [Comparator(">=", partial.next(given - 1) if operator == ">" else partial.numbers)]
        case "<" | "<=":
            return [Comparator("<", partial.next(given - 1) if operator == "<=" else partial.numbers, _LOWEST)]
        case _:
            return _between(partial, given - 1)


def _from(partial: _Partial) -> list[Comparator]:
    if partial.given == len(partial.parts):
        return [partial.as_written(">=")]
    return [Comparator(">=", partial.numbers)] if partial.given else []


def _to(partial: _Partial) -> list[Comparator]:
    if partial.given == len(partial.parts):
        return [partial.as_written("<=")]
    return [Comparator("<", partial.next(partial.given - 1), _LOWEST)] if partial.given else []
