"""Compares one folder with releases: the likeliest first, and then ever nearer to the nearest.

Names say where to look: the folder's own manifest, its path, and what registries list. The files decide. A release
that the cache has costs nothing; of the others a bounded number is fetched, verified like any: the newest of each
name, and then those around the nearest, each time halfway to the next that is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.commands.acquired import Order
from terra.commands.acquiring import acquire, acquire_all
from terra.commands.adopt.likeness import Copy, Proposal
from terra.commands.adopt.near_names import likest, words_of
from terra.commands.adopt.serving import Matcher
from terra.commands.catalogue import Catalogue
from terra.commands.registries import Registries
from terra.errors import TerraError, UnknownPluginError
from terra.model.name import Name
from terra.model.requirement import Requirement

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from terra.commands.adopt.proposals import ProposalRequest
    from terra.commands.opening import OpenProject
    from terra.commands.toolbox import Toolbox
    from terra.model.stages import Cached
    from terra.model.version import Version
    from terra.resolve.provider import Candidate

FETCHED = 16  # archives, at most
_NAMES = 6
_FREE = 60  # releases whose files are on this machine, at most


class Narrowing:
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
        self._left = FETCHED
        self._seen: dict[int, Proposal | None] = {}  # by the candidate's identity; None for one that cannot be had
        self.known = 0

    def found(self) -> list[Proposal]:
        """Return every release that was compared: the sure ones, the newest of each name, and around the nearest."""
        by_name = {name: list(self._releases(name)) for name in self._names()}
        every = [each for releases in by_name.values() for each in releases]
        self.known = len(every)
        self._compare([each for each in every if self._is_sure(each)])
        self._compare([each for each in every if self._is_free(each)][:_FREE])
        self._compare([releases[0] for releases in by_name.values() if releases])
        while self._left > 0 and (nearer := list(self._nearer(by_name))):
            self._compare(nearer)
        return self._proposals(every)

    def _nearer(self, by_name: Mapping[Name, Sequence[Candidate]]) -> Iterator[Candidate]:
        """Yield the releases halfway between the nearest and those before and after it that were looked at."""
        best = min(self._proposals([each for found in by_name.values() for each in found]), key=_oldest, default=None)
        if best is None or best.is_exact:
            return
        releases = next(found for found in by_name.values() if any(self._seen.get(id(each)) is best for each in found))
        seen = [number for number, each in enumerate(releases) if id(each) in self._seen]
        here = next(number for number in seen if self._seen[id(releases[number])] is best)
        before = max((number for number in seen if number < here), default=-1)
        after = min((number for number in seen if number > here), default=len(releases))
        for middle in {(before + here + 1) // 2, (here + after) // 2} - {here, after}:
            yield releases[middle]

    def _proposals(self, candidates: Sequence[Candidate]) -> list[Proposal]:
        return [found for each in candidates if (found := self._seen.get(id(each))) is not None]

    def _compare(self, candidates: Sequence[Candidate]) -> None:
        new = [each for each in candidates if id(each) not in self._seen]
        free = [each for each in new if self._is_free(each)]
        paid = [each for each in new if each not in free][: self._left]
        self._left -= len(paid)
        self._seen.update((id(each), None) for each in (*free, *paid))
        for candidate, cached, version in self._opened_of([*free, *paid]):
            registry = self._matcher.registry_of(candidate)
            self._seen[id(candidate)] = self._mine.beside(candidate.name, version, registry, cached)

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


def _oldest(proposal: Proposal) -> tuple[tuple[float, int, int], Version]:
    return proposal.rank, proposal.version
