"""Find one release for every name, or say why there is none.

The algorithm is resolvelib's; the order in which things are wanted never decides. A search that failed is
run again with less and less of what the user wants, until only what cannot stand together is left: that is
what the error speaks of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from resolvelib import ResolutionImpossible, Resolver
from resolvelib.resolvers import ResolutionTooDeep

from terra.errors import ResolveError, TerraError, UnknownPluginError
from terra.model.requirement import ANY, Requirement
from terra.model.values import replace
from terra.resolve.explain import Dispute, explain, given_up, two_answers, unanswered
from terra.resolve.provider import Provider, TwoAnswersError, UnansweredError
from terra.resolve.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terra.model.name import Name
    from terra.resolve.provider import Candidate, Catalogue, Need

_ROUNDS = 2_000  # in search of what goes together
_ROUNDS_OF_NEED = 4  # more for each need: a plugin costs one round where nothing has to be searched
_ROUNDS_TO_EXPLAIN = 400
_NARROWED = 24  # more wishes than this are not tried one by one


def resolve(needs: Sequence[Need], catalogue: Catalogue) -> tuple[Candidate, ...]:
    """Return one candidate per name, sorted by name.

    Raises:
        UnknownPluginError: A name is needed that no registry knows.
        ResolveError: No set of versions fits, with the chain of who wants what.
    """
    wanted, search, rounds = _sorted(needs), _Search(catalogue), _rounds(needs)
    try:
        found = search.run(wanted, rounds)
    except ResolutionTooDeep as error:
        conflicts = tuple(search.trace.conflicts(search.known))
        raise given_up(rounds, Dispute(tuple(wanted), conflicts, search.trace, search.known), catalogue) from error
    if found is None:
        raise explain(_dispute(wanted, search), catalogue)
    return found


def attempt(needs: Sequence[Need], catalogue: Catalogue) -> tuple[Candidate, ...] | None:
    """Return what `resolve` would, or None where it would say why there is nothing.

    Raises:
        FetchError: A registry could not be reached.
        UnknownPluginError: No registry knows a name that one of the needs has.
    """
    try:
        return _Search(catalogue).run(_sorted(needs), _rounds(needs))
    except UnknownPluginError as error:
        if any(need.requirement.name.text in error.subjects for need in needs):
            raise  # no release of another plugin makes a name known that the project itself asks for
        return None
    except (ResolveError, ResolutionTooDeep):
        return None


def _rounds(needs: Sequence[Need]) -> int:
    return _ROUNDS + _ROUNDS_OF_NEED * len(needs)


def _sorted(needs: Sequence[Need]) -> list[Need]:
    return sorted(needs, key=lambda each: (each.requirement.name, str(each.requirement)))


class _Search:
    """Runs of resolvelib over one catalogue; `trace` is that of the last."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._provider = Provider(catalogue)
        self.trace = Trace()

    def run(self, needs: Sequence[Need], rounds: int) -> tuple[Candidate, ...] | None:
        """Return a solution, or None where there is none.

        Raises:
            ResolveError: A name has no answer, or more than one.
            ResolutionTooDeep: The rounds do not suffice.
        """
        self.trace = Trace()
        try:
            result = Resolver(self._provider, self.trace).resolve(needs, max_rounds=rounds)
        except ResolutionImpossible as error:
            self._take(error)
            return None
        except TwoAnswersError as error:
            raise two_answers(error.found, self.trace) from error
        except UnansweredError as error:
            raise unanswered(error.need, error.error, self.trace) from error
        return tuple(result.mapping[name] for name in sorted(result.mapping))

    def _take(self, error: ResolutionImpossible) -> None:  # type: ignore[type-arg]
        by_name: dict[Name, list[Need]] = {}
        for cause in error.causes:
            by_name.setdefault(cause.requirement.requirement.name, []).append(cause.requirement)
        for needs in by_name.values():
            self.trace.clash(needs)

    def known(self, name: Name) -> Sequence[Candidate]:
        """Return every release of a name that this search has seen."""
        return self._provider.known(name)


def _dispute(needs: Sequence[Need], search: _Search) -> Dispute:
    """Return what cannot stand together, from a search that has just failed."""
    trace, conflicts = search.trace, search.trace.conflicts(search.known)
    concerned = trace.roots(need for conflict in conflicts for need in conflict)
    few = [each for each in needs if each.requirement.name in concerned]
    if len(few) <= _NARROWED and _fails(few, search):
        for each in tuple(few):
            rest = [other for other in few if other is not each]
            if rest and _fails(rest, search):
                few = rest
        _fails(few, search)
        trace, conflicts = search.trace, search.trace.conflicts(search.known) or conflicts
    return Dispute(tuple(few), tuple(conflicts), trace, search.known, _ways_out(few, needs, search))


def _fails(needs: Sequence[Need], search: _Search) -> bool:
    try:
        return search.run(needs, _ROUNDS_TO_EXPLAIN) is None
    except (TerraError, ResolutionTooDeep):
        return False


def _ways_out(few: Sequence[Need], needs: Sequence[Need], search: _Search) -> tuple[tuple[Need, Candidate], ...]:
    """Return each requirement of the user without which all fits, with the release that is chosen then."""
    found = []
    for need in few if len(few) <= _NARROWED else ():
        if need.requirement.specifier == ANY:
            continue
        name = need.requirement.name
        loose = replace(need, requirement=Requirement(name))
        try:
            solution = search.run([loose if each is need else each for each in needs], _ROUNDS_TO_EXPLAIN)
        except (TerraError, ResolutionTooDeep):
            continue
        found += [(need, each) for each in solution or () if each.name == name]
    return tuple(found)
