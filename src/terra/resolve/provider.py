"""The questions that resolvelib asks, answered for plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from resolvelib import AbstractProvider, BaseReporter, ResolutionImpossible, Resolver
from resolvelib.resolvers import ResolutionTooDeep

from terra.errors import ResolveError
from terra.model.name import Name
from terra.model.release import Release
from terra.model.requirement import Requirement
from terra.model.values import value
from terra.model.version import UNVERSIONED, Version
from terra.resolve.explain import explain, two_answers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_ROUNDS = 2_000


@value
class Need:
    """A requirement and who has it: None is the user."""

    requirement: Requirement
    parent: Candidate | None = None


@value
class Candidate:
    """A release with what is known of it by now.

    Attributes:
        version: None while only the archive knows it: such a release answers any requirement, and is
            asked again once it was opened.
        locked: Whether the lock names it, which makes it the first choice.
    """

    release: Release
    version: Version | None
    dependencies: tuple[Requirement, ...] = ()
    locked: bool = False

    @property
    def name(self) -> Name:
        """The plugin."""
        return self.release.name


class Catalogue(Protocol):
    """Where candidates come from."""

    def candidates(self, name: Name, parent: Candidate | None) -> Sequence[Candidate]:
        """Return every release of `name`, in any order.

        Raises:
            UnknownPluginError: No registry knows the name.
        """


def resolve(needs: Sequence[Need], catalogue: Catalogue) -> tuple[Candidate, ...]:
    """Return one candidate per name, sorted by name.

    Raises:
        ResolveError: No set of versions fits, with the chain of who wants what.
    """
    try:
        result = Resolver(_Provider(catalogue), BaseReporter()).resolve(needs, max_rounds=_ROUNDS)
    except ResolutionImpossible as error:
        raise explain([(cause.requirement, cause.parent) for cause in error.causes], catalogue) from error
    except ResolutionTooDeep as error:
        message = f"no set of versions was found within {error.round_count} rounds"
        raise ResolveError(message, hint="narrow the requirements") from error
    return tuple(result.mapping[name] for name in sorted(result.mapping))


class _Provider(AbstractProvider):  # type: ignore[type-arg]  # resolvelib's variables are ours below
    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    def identify(self, requirement_or_candidate: Need | Candidate) -> Name:
        if isinstance(requirement_or_candidate, Need):
            return requirement_or_candidate.requirement.name
        return requirement_or_candidate.name

    def get_preference(  # resolvelib's own signature
        self,
        identifier: Name,
        resolutions: Mapping[Name, Candidate],  # noqa: ARG002
        candidates: Mapping[Name, Iterator[Candidate]],  # noqa: ARG002
        information: Mapping[Name, Iterator[object]],  # noqa: ARG002
        backtrack_causes: Sequence[object],  # noqa: ARG002
    ) -> str:
        return identifier.text

    def find_matches(
        self,
        identifier: Name,
        requirements: Mapping[Name, Iterator[Need]],
        incompatibilities: Mapping[Name, Iterator[Candidate]],
    ) -> Iterable[Candidate]:
        needs = list(requirements[identifier])
        refused = list(incompatibilities[identifier])
        found: list[Candidate] = []
        for parent in dict.fromkeys(need.parent for need in needs):
            found += [each for each in self._catalogue.candidates(identifier, parent) if each not in found]
        if len({each.release.registry for each in found}) > 1:
            raise two_answers(needs, found)
        fitting = [each for each in found if each not in refused and all(allows(need, each) for need in needs)]
        return newest_first(fitting)

    def is_satisfied_by(self, requirement: Need, candidate: Candidate) -> bool:
        return allows(requirement, candidate)

    def get_dependencies(self, candidate: Candidate) -> Iterable[Need]:
        return [Need(requirement, candidate) for requirement in candidate.dependencies]


def allows(need: Need, candidate: Candidate) -> bool:
    """Tell whether a candidate answers a need; a yanked release only an exact one, or the lock."""
    specifier = need.requirement.specifier
    if candidate.release.yanked is not None and not (candidate.locked or specifier.is_exact):
        return False
    if candidate.version is None:
        return True
    named_itself = candidate.locked or candidate.release.registry is None  # naming the bytes is asking for them
    return specifier.allows(candidate.version, prereleases=named_itself)


def newest_first(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return the candidates in the order in which they are tried: what is locked, then the newest."""
    return sorted(candidates, key=_preference, reverse=True)


def _preference(candidate: Candidate) -> tuple[bool, Version]:
    return candidate.locked, candidate.version or UNVERSIONED
