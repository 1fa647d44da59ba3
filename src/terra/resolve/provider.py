"""The questions that resolvelib asks, answered for plugins.

What goes wrong while it asks is raised as a value with its causes; `explain` alone words them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from resolvelib import AbstractProvider

from terra.errors import UnknownPluginError
from terra.model.name import Name
from terra.model.release import Release
from terra.model.requirement import Requirement
from terra.model.values import value
from terra.model.version import UNVERSIONED, Version

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import Any


@value
class Need:
    """A requirement and who has it: None is the user.

    Attributes:
        place: Where the user wrote it, in words; the empty text for a requirement of a plugin.
    """

    requirement: Requirement
    parent: Candidate | None = None
    place: str = ""


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

    @property
    def id(self) -> str:
        """`name@version`, or the name alone while the version is not known."""
        return f"{self.name}@{self.version}" if self.version else self.name.text


class Catalogue(Protocol):
    """Where candidates come from."""

    def candidates(self, name: Name, parent: Candidate | None) -> Sequence[Candidate]:
        """Return every release of `name`, in any order; of the parent, its registry alone may decide who answers.

        Raises:
            UnknownPluginError: No registry knows the name.
        """

    def skipped(self, name: Name) -> Sequence[str]:
        """Return the versions of `name` that are listed and cannot be taken, each with the reason."""


class TwoAnswersError(Exception):
    """More than one registry answers for a name: `found` are their releases by the need that asked."""

    def __init__(self, found: Sequence[tuple[Need, Sequence[Candidate]]]) -> None:
        super().__init__()
        self.found = found


class UnansweredError(Exception):
    """A name that is needed is one that no registry knows; `error` is what was said of it."""

    def __init__(self, need: Need, error: UnknownPluginError) -> None:
        super().__init__()
        self.need = need
        self.error = error


class Provider(AbstractProvider):  # type: ignore[type-arg]  # resolvelib's variables are ours below
    """Implements resolvelib's provider over a catalogue, which it asks once for each name and asking registry."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._known: dict[tuple[Name, bool, str | None], Sequence[Candidate]] = {}

    def identify(self, requirement_or_candidate: Need | Candidate) -> Name:
        """Return the plugin's name."""
        if isinstance(requirement_or_candidate, Need):
            return requirement_or_candidate.requirement.name
        return requirement_or_candidate.name

    def get_preference(  # resolvelib's own signature
        self,
        identifier: Name,
        resolutions: Mapping[Name, Candidate],  # noqa: ARG002
        candidates: Mapping[Name, Iterator[Candidate]],
        information: Mapping[Name, Iterator[Any]],
        backtrack_causes: Sequence[Any],
    ) -> tuple[bool, bool, int, str]:
        """Return what decides which name is chosen next: what lately conflicted, what the user wants, the rest.

        Of these, what leaves the fewest choices comes first: a conflict is then met before much was built on it.
        """
        conflicted = any(cause.requirement.requirement.name == identifier for cause in backtrack_causes)
        is_wanted = any(each.parent is None for each in information[identifier])
        return not conflicted, not is_wanted, sum(1 for _ in candidates[identifier]), identifier.text

    def find_matches(
        self,
        identifier: Name,
        requirements: Mapping[Name, Iterator[Need]],
        incompatibilities: Mapping[Name, Iterator[Candidate]],
    ) -> Iterable[Candidate]:
        """Return the releases that answer every need, in the order in which they are tried."""
        needs = list(requirements[identifier])
        refused = list(incompatibilities[identifier])
        found = self._answers(identifier, needs)
        fitting = [each for each in found if each not in refused and all(allows(need, each) for need in needs)]
        return newest_first(fitting)

    def is_satisfied_by(self, requirement: Need, candidate: Candidate) -> bool:
        """Tell whether a candidate answers a need."""
        return allows(requirement, candidate)

    def get_dependencies(self, candidate: Candidate) -> Iterable[Need]:
        """Return what a candidate needs."""
        return [Need(requirement, candidate) for requirement in candidate.dependencies]

    def known(self, name: Name) -> Sequence[Candidate]:
        """Return every release of a name that was asked for by now."""
        return max((found for key, found in self._known.items() if key[0] == name), key=len, default=())

    def _answers(self, name: Name, needs: Sequence[Need]) -> Sequence[Candidate]:
        found = [(need, self._ask(name, need)) for need in needs]
        origins = {each.release.registry for _, candidates in found for each in candidates}
        if len(origins) > 1:
            raise TwoAnswersError(found)
        return max((candidates for _, candidates in found), key=len, default=())

    def _ask(self, name: Name, need: Need) -> Sequence[Candidate]:
        parent = need.parent
        key = (name, parent is None, parent.release.registry if parent else None)
        if key not in self._known:
            try:
                self._known[key] = self._catalogue.candidates(name, parent)
            except UnknownPluginError as error:
                raise UnansweredError(need, error) from error
        return self._known[key]


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
