"""`terra adopt FOLDER`: of which release a folder that was copied by hand is likely a copy.

Names say where to look: the folder's own manifest, its path, and what registries list. The files decide. A release
that the cache has costs nothing; of the others a bounded number is fetched, verified like any.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from terra.commands import opening
from terra.commands.acquiring import Order, acquire, acquire_all
from terra.commands.adopt_words import folder_at
from terra.commands.catalogue import Catalogue
from terra.commands.likeness import Copy, Proposal
from terra.commands.matching import Matcher, likest, words_of
from terra.commands.registries import Registries
from terra.errors import TerraError, UnknownPluginError
from terra.model.name import Name
from terra.model.requirement import Requirement
from terra.model.values import value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from terra.commands.opening import OpenProject
    from terra.commands.toolbox import Toolbox
    from terra.model.stages import Cached
    from terra.model.version import Version
    from terra.resolve.provider import Candidate

FETCHED = 8  # archives, at most
_NAMES = 6
_VERSIONS = 20  # of a name, the newest
_NEAR = 40  # percent
_MAX_TEXT = 1 << 20
_MANIFEST = "terra-plugin.toml"


@value
class ProposalRequest:
    """A folder, relative to where the user stands, and what may be said of it already.

    Attributes:
        text: A name whose releases alone are looked at, with a requirement or without; None for any.
    """

    path: str
    text: str | None = None
    set: str = ""
    registry: str | None = None


@value
class ProposalReport:
    """The releases that are near, the nearest first.

    Attributes:
        looked_at: How many were compared.
        next: The command that takes the first.
    """

    path: str
    proposals: tuple[Proposal, ...]
    looked_at: int
    next: str


def propose(request: ProposalRequest, toolbox: Toolbox) -> ProposalReport:
    """Return the releases of which a folder may be a copy.

    Raises:
        UnknownPluginError: None is near.
        UsageError: It is no folder of the project.
        FetchError: A registry that must be asked could not be reached.
    """
    opened = opening.for_reading(toolbox)
    place = folder_at(request.path, opened, toolbox)
    search = _Search(place, opened, request, toolbox)
    found = sorted(search.found(), key=lambda each: (-each.likeness, each.missing + each.extra))
    near = tuple(each for each in found if each.likeness >= _NEAR)
    if not near:
        message = f"`{request.path}` is no copy of any of the {len(found)} releases that were compared with it"
        hint = f"name the release: `terra adopt {request.path} --as NAME@VERSION`; `terra search` finds names"
        raise UnknownPluginError(message, hint=hint, subjects=(request.path,))
    best = near[0]
    moves = " --move" if place != f"{opened.set(request.set).folder}/{best.name}" else ""
    in_set = f" --set {request.set}" if request.set else ""
    command = f"terra adopt {shlex.quote(request.path)} --as {best.name}@{best.version}{moves}{in_set}"
    return ProposalReport(request.path, near, len(found), command)


class _Search:
    """Compares releases with one folder, the likeliest first."""

    def __init__(self, place: str, opened: OpenProject, request: ProposalRequest, toolbox: Toolbox) -> None:
        self._opened = opened
        self._toolbox = toolbox
        self._requirement = Requirement.parse(request.text) if request.text else None
        registries = Registries(opened, toolbox, only=request.registry)
        held = [each.name for each in opened.lock.in_set(request.set)]
        self._matcher = Matcher(Catalogue(opened, request.set, registries, moving=held), registries, toolbox.reporter)
        self._place = place
        self._mine = Copy(place, opened.folder)

    def found(self) -> Iterator[Proposal]:
        """Yield every release that could be compared."""
        budget = FETCHED
        for wave in self._waves():
            free = [each for each in wave if self._is_free(each)]
            paid = [each for each in wave if each not in free][:budget]
            budget -= len(paid)
            for candidate, cached, version in self._opened_of([*free, *paid]):
                registry = self._matcher.registry_of(candidate)
                yield self._mine.beside(candidate.name, version, registry, cached)

    def _waves(self) -> Iterator[list[Candidate]]:
        """Yield releases to compare: the stated one and the same tree, the newest of each name, then the others."""
        by_name = [list(self._releases(name))[:_VERSIONS] for name in self._names()]
        every = [each for releases in by_name for each in releases]
        sure = [each for each in every if self._is_sure(each)]
        seen = set(map(id, sure))
        for column in range(max(map(len, by_name), default=0)):
            if column == 0:
                yield sure
            wave = [releases[column] for releases in by_name if column < len(releases)]
            yield [each for each in wave if id(each) not in seen]

    def _is_sure(self, candidate: Candidate) -> bool:
        manifest = self._mine.manifest
        is_stated = manifest is not None and (candidate.name, candidate.version) == (manifest.name, manifest.version)
        return is_stated or candidate.release.tree == self._mine.tree.digest

    def _names(self) -> list[Name]:
        if self._requirement is not None:
            return [self._requirement.name]
        stated = [self._mine.manifest.name.text] if self._mine.manifest else []
        near = likest(words_of("/".join(self._place.split("/")[-2:])), self._matcher.names(), _NAMES)
        return [Name(text) for text in dict.fromkeys([*stated, *near]) if Name.is_name(text)]

    def _releases(self, name: Name) -> Iterator[Candidate]:
        try:
            candidates = self._matcher.candidates(name)
        except TerraError as error:
            if self._requirement is not None:
                raise
            self._toolbox.reporter.warn(f"`{name}` was not compared: {error.message}")
            return
        if not candidates and self._requirement is not None:
            message = f"no registry has `{name}`"
            raise UnknownPluginError(message, hint=f"`terra search {name.last}` finds names", subjects=(name.text,))
        specifier = self._requirement.specifier if self._requirement else None
        for each in candidates:
            if each.version is None or specifier is None or specifier.allows(each.version):
                yield each

    def _is_free(self, candidate: Candidate) -> bool:
        return candidate.release.source.is_local or self._cached(candidate) is not None

    def _cached(self, candidate: Candidate) -> Cached | None:
        release = candidate.release
        if release.tree is None or release.version is None:
            return None
        return self._toolbox.store.find_tree(release.name, release.version, release.tree)

    def _opened_of(self, candidates: Sequence[Candidate]) -> Iterator[tuple[Candidate, Cached, Version]]:
        unknown: list[Candidate] = []
        for each in candidates:
            cached = self._cached(each)
            if cached is not None and each.version is not None:
                yield each, cached, each.version
            else:
                unknown.append(each)
        orders = [Order(each.release) for each in unknown]
        try:
            found = acquire_all(orders, self._opened.policy, self._toolbox) if orders else []
        except TerraError:  # one of them: the others are asked for by themselves
            for each in unknown:
                yield from self._alone(each)
            return
        yield from ((each, one.cached, one.version) for each, one in zip(unknown, found, strict=True))

    def _alone(self, candidate: Candidate) -> Iterator[tuple[Candidate, Cached, Version]]:
        try:
            acquired = acquire(Order(candidate.release), self._opened.policy, self._toolbox)
        except TerraError as error:
            self._toolbox.reporter.warn(f"`{candidate.id}` was not compared: {error.message}")
        else:
            yield candidate, acquired.cached, acquired.version
