"""Which releases are chosen: the resolver's answer, with what is locked in its place and what moves in front."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.model.requirement import Requirement, Specifier
from terra.model.values import replace
from terra.resolve.provider import Candidate, Need, allows, newest_first
from terra.resolve.solve import attempt, resolve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terra.commands.catalogue import Catalogue

_NARROWED = 20  # versions of one plugin that are tried in turn


def solve(needs: Sequence[Need], catalogue: Catalogue) -> tuple[Candidate, ...]:
    """Return the releases that meet all needs: what is locked stays where it can, what is to move is the newest.

    Raises:
        ResolveError: None do.
    """
    catalogue.expect((need.requirement.name, None) for need in needs)
    if not catalogue.unlocked:
        found = attempt(needs, catalogue)
        if found is not None and not _is_held_back(found, needs, catalogue):
            return found
        # What is locked stays where it can: only when it cannot are all releases looked at.
        catalogue.unlocked = True
        if found is not None:
            catalogue.is_held_back = True
    return resolve(_narrowed(needs, catalogue) if catalogue.is_held_back else needs, catalogue)


def _is_held_back(found: Sequence[Candidate], needs: Sequence[Need], catalogue: Catalogue) -> bool:
    """Tell whether something that is to move is not as new as its need allows, while other things stay locked."""
    if not catalogue.moving or not any(each.locked for each in found):
        return False
    chosen = {each.name: each.version for each in found}
    return any(
        one.version is not None and (chosen.get(need.requirement.name) or one.version) < one.version
        for need in _moving(needs, catalogue)
        for one in _fitting(need, catalogue)
    )


def _narrowed(needs: Sequence[Need], catalogue: Catalogue) -> Sequence[Need]:
    """Return the needs with the newest that can be had of what is to move: what stays locked gives way to it."""
    for need in _moving(needs, catalogue):
        for one in _fitting(need, catalogue)[:_NARROWED]:
            exact = Requirement(one.name, Specifier.parse(f"=={one.version}"))
            trial = [replace(each, requirement=exact) if each is need else each for each in needs]
            if attempt(trial, catalogue) is not None:
                needs = trial
                break
    return needs


def _moving(needs: Sequence[Need], catalogue: Catalogue) -> list[Need]:
    return [each for each in needs if each.requirement.name in catalogue.moving]


def _fitting(need: Need, catalogue: Catalogue) -> list[Candidate]:
    found = catalogue.candidates(need.requirement.name, None)
    return newest_first(each for each in found if each.version is not None and allows(need, each))
