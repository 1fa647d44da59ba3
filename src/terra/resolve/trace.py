"""What a search came across: who needs what, and which needs nothing answers together.

Of a search that failed, resolvelib says the last conflict. A reader needs those of every version that was
tried, without what has nothing to do with them; both are found here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from resolvelib import BaseReporter

from terra.model.requirement import ANY
from terra.resolve.provider import Need, allows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from terra.model.name import Name
    from terra.resolve.provider import Candidate


class Trace(BaseReporter):  # type: ignore[type-arg]  # resolvelib's variables are ours below
    """Takes note of a search while it runs."""

    def __init__(self) -> None:
        self._needs: dict[Name, list[Need]] = {}
        self._seen: set[tuple[str, int]] = set()
        self._clashes: dict[tuple[str, ...], tuple[Need, ...]] = {}

    def adding_requirement(self, requirement: Need, parent: Candidate | None) -> None:
        """Take note of a need."""
        key = (str(requirement.requirement), id(parent))
        if key not in self._seen:
            self._seen.add(key)
            self._needs.setdefault(requirement.requirement.name, []).append(requirement)

    def rejecting_candidate(self, criterion: Any, candidate: Candidate) -> None:  # noqa: ANN401, ARG002  # its own type
        """Take note of the needs for which a candidate was given up."""
        self.clash([each.requirement for each in criterion.information])

    def clash(self, needs: Iterable[Need]) -> None:
        """Take note of needs of one name that nothing answered together."""
        sorted_needs = tuple(sorted(needs, key=_rank))
        self._clashes.setdefault(tuple(map(_text, sorted_needs)), sorted_needs)

    def conflicts(self, known: Callable[[Name], Sequence[Candidate]]) -> list[tuple[Need, ...]]:
        """Return every set of needs that no listed release answers, as small as it can be; sorted by name.

        Args:
            known: Returns what is listed of a name.
        """
        found: dict[tuple[str, ...], tuple[Need, ...]] = {}
        for needs in self._clashes.values():
            listed = known(needs[0].requirement.name)
            if not _answered(needs, listed):  # else it is what another conflict led to
                smallest = _smallest(needs, listed)
                found.setdefault(tuple(map(_text, smallest)), smallest)
        return [found[key] for key in sorted(found, key=lambda each: (_name(found[each]), each))]

    def chain(self, need: Need) -> list[Need]:
        """Return the shortest way from something that the user wants to this need, which is its last step."""
        waiting, seen = [[need]], {need.parent.name} if need.parent else set()
        for way in waiting:  # grows while it is walked
            parent = way[0].parent
            if parent is None:
                return way
            for each in self._needs.get(parent.name, ()):
                if allows(each, parent) and (each.parent is None or each.parent.name not in seen):
                    seen.update([each.parent.name] if each.parent else [])
                    waiting.append([each, *way])
        return [need]

    def roots(self, needs: Iterable[Need]) -> set[Name]:
        """Return the names that the user wants and that lead to any of these needs, by whichever way."""
        waiting, seen, found = list(needs), set(), set()
        for need in waiting:
            name = need.parent.name if need.parent else None
            if name is None:
                found.add(need.requirement.name)
            elif name not in seen:
                seen.add(name)
                waiting += self._needs.get(name, ())
        return found


def _answered(needs: Sequence[Need], listed: Sequence[Candidate]) -> bool:
    return any(all(allows(need, each) for need in needs) for each in listed)


def _smallest(needs: tuple[Need, ...], listed: Sequence[Candidate]) -> tuple[Need, ...]:
    """Return as few of the needs as do not hold together; what the user can change himself is kept longest."""
    for need in sorted(needs, key=_rank, reverse=True):
        rest = tuple(each for each in needs if each is not need)
        if rest and not _answered(rest, listed):
            needs = rest
    return needs


def _rank(need: Need) -> tuple[bool, bool, str, str]:
    specifier, parent = need.requirement.specifier, need.parent
    return parent is not None, specifier == ANY, parent.id if parent else "", str(need.requirement)


def _text(need: Need) -> str:
    return f"{need.parent.id if need.parent else ''} {need.requirement}"


def _name(needs: Sequence[Need]) -> str:
    return needs[0].requirement.name.text
