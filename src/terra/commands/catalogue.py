"""Candidates for the resolver: from direct sources, from the lock, from registries, with what opening taught."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.commands import binding
from terra.commands.chain import INSTALLED
from terra.commands.places import Places
from terra.errors import ResolveError, UnknownPluginError
from terra.model.release import Release
from terra.model.source import Anchor
from terra.model.values import replace
from terra.resolve.provider import Candidate

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from terra.commands.acquired import Acquired
    from terra.commands.chain import Registry
    from terra.commands.opening import OpenProject
    from terra.commands.registries import Registries
    from terra.model.lock import LockedPlugin
    from terra.model.name import Name
    from terra.model.source import Locator
    from terra.model.version import Version


class Catalogue:
    """Implements `resolve.provider.Catalogue` for one set of a project.

    What is locked is the only candidate of its name until `unlocked` is set: a plugin moves only where
    it must. A folder of this machine is always read afresh, so the lock never stands in for it.

    Args:
        opened: The project.
        set_name: The set.
        registries: Who answers for names.
        fresh: The names that the user asked for now.
        moving: The names for which the lock has no say.
    """

    def __init__(
        self,
        opened: OpenProject,
        set_name: str,
        registries: Registries,
        fresh: Iterable[Name] = (),
        moving: Iterable[Name] = (),
    ) -> None:
        self._opened = opened
        self._set = set_name
        self._registries = registries
        self._direct: dict[Name, Candidate] = {}
        self._listed: dict[tuple[Name, str], tuple[Candidate, ...]] = {}
        self._routes: dict[tuple[Name, tuple[str, ...]], tuple[Candidate, ...]] = {}
        self._skipped: dict[Name, tuple[str, ...]] = {}
        self._learnt: dict[Release, Acquired] = {}
        self._answered: dict[Release, Registry] = {}
        self._needed: set[Name] = set()
        self.moving = frozenset(moving)
        self.fresh = {*fresh, *self.moving}
        self._places = Places(opened, set_name, registries, self.fresh)
        self.unlocked = False
        self.is_held_back = False

    def expect(self, needs: Iterable[tuple[Name, Candidate | None]]) -> None:
        """Read what registries say of the names that will be asked for, where that is more than one.

        Args:
            needs: Each name with the plugin that needs it, None for the user: it may decide who answers.
        """
        pairs = []
        for name, parent in needs:
            locked = self._places.lock_of(name)
            if name in self._direct or (locked is not None and self._stays(locked)):
                continue
            first = next(iter(self._places.of(name, parent)), None)
            if first is not None and (first, name) not in pairs:
                pairs.append((first, name))
        if len(pairs) > 1:
            self._registries.read_ahead(pairs)

    def candidates(self, name: Name, parent: Candidate | None) -> Sequence[Candidate]:
        """Return every release of `name` that may be chosen.

        Raises:
            UnknownPluginError: No registry knows the name.
        """
        if name in self._direct:
            return (self._direct[name],)
        locked = self._places.lock_of(name)
        if locked is not None and parent is not None and parent.name in self.fresh | self._needed:
            self._needed.add(name)  # it is brought with whatever is missing of it
        if locked is not None and self._stays(locked):
            return (self._locked_candidate(locked),)
        # A registry's release is never the one that is locked as a direct source, whatever its version.
        is_held = locked is not None and locked.registry is not None and name not in self.moving
        version = locked.version if locked is not None and is_held else None
        listed = (self._informed(each) for each in self._list(name, parent))
        return [replace(each, locked=each.version == version) if version else each for each in listed]

    def skipped(self, name: Name) -> Sequence[str]:
        """Return the versions of `name` that its registry lists and that cannot be taken, each with the reason."""
        return self._skipped.get(name, ())

    def is_settled(self, candidate: Candidate) -> bool:
        """Tell whether a chosen release is known well enough: opened, or locked and not asked for now."""
        stays = candidate.locked and candidate.name not in self.fresh | self._needed
        return candidate.release in self._learnt or stays

    def locked(self, release: Release) -> LockedPlugin | None:
        """Return what the lock says of this very release, or None."""
        found = self._places.lock_of(release.name)
        return found if found is not None and release.version in (None, found.version) else None

    def release_of(self, locked: LockedPlugin) -> Release:
        """Return a locked release as the lock has it, without asking anyone."""
        return self._locked_candidate(locked).release

    def listed(self, locked: LockedPlugin) -> Release:
        """Return a locked release as its registry, or `terra.toml`, names it now.

        Raises:
            ResolveError: The registry no longer lists it.
        """
        if locked.registry is None:
            line = self._opened.set(self._set).find(locked.name)
            checksum = line.checksum if line else None
            return Release(locked.name, None, locked.source, self._anchor, checksum=checksum)
        if locked.registry == INSTALLED and not self._is_installed(locked):  # another machine had it installed
            return self._from_an_index(locked)
        found = next((each for each in self._list(locked.name, None) if each.version in (None, locked.version)), None)
        if found is None:
            message = f"`{locked.id}` is locked, and `{locked.registry}` no longer lists it"
            raise ResolveError(message, hint=f"`terra info {locked.name}` lists the versions", subjects=(locked.id,))
        return found.release

    def held_now(self, locked: LockedPlugin) -> Version | None:
        """Return the version that the folder of a locked plugin was found to hold, where that is another one."""
        learnt = (each for each in self._learnt.values() if each.name == locked.name and each.source.names_path)
        return next((each.version for each in learnt if each.version != locked.version), None)

    def registry_of(self, release: Release) -> Registry | None:
        """Return who answered for a release; None for a direct source."""
        return self._answered.get(release)

    def acquired(self, candidate: Candidate) -> Acquired | None:
        """Return what opening the release gave, or None."""
        return self._learnt.get(candidate.release)

    def learn(self, asked: Release, acquired: Acquired) -> None:
        """Take note of what opening a release gave."""
        self._learnt[asked] = acquired

    def learn_direct(self, acquired: Acquired) -> None:
        """Take note of a direct source: it alone answers for its name.

        Raises:
            PolicyError: Its archive states a name that is bound to a registry.
        """
        self.refuse_bound(acquired.name, acquired.release.source)
        self._learnt[acquired.release] = acquired
        self._direct[acquired.name] = Candidate(acquired.release, acquired.version, acquired.dependencies)

    def refuse_bound(self, name: Name, source: Locator) -> None:
        """Refuse a direct source for a name that is bound to a registry.

        Raises:
            PolicyError: It is, and the source is not the repository's own code.
        """
        binding.refuse_source(name, source, self._registries, self._opened.folder)

    @property
    def _anchor(self) -> Anchor:
        return Anchor(str(self._opened.folder))

    def _stays(self, locked: LockedPlugin) -> bool:
        """Tell whether the lock is the only answer for a name.

        A direct source that nobody asked about always stays: no registry may answer for its name.
        """
        if self._is_read_again(locked) or locked.name in self.moving:
            return False
        comes_in = locked.name in self.fresh or locked.name in self._needed
        if comes_in and binding.is_astray(locked, self._registries, self._opened.folder):
            return False  # the lock may be a stranger's, and cannot say where a name is that is bound
        if locked.name in self.fresh:
            return not self.unlocked and not locked.source.is_local
        return locked.registry is None or not self.unlocked

    def _is_read_again(self, locked: LockedPlugin) -> bool:
        """Tell whether it is a folder of a registry which one needs that is asked for: both are worked on together."""
        return locked.name in self._needed and locked.registry is not None and locked.source.names_path

    def _from_an_index(self, locked: LockedPlugin) -> Release:
        """Return a plugin that was locked as installed as the first package index of the chain would have it.

        Never as pip's own default has it: a name of the company's would go to a public index.

        Raises:
            UnknownPluginError: No registry of kind `pypi` is configured.
        """
        release = self._locked_candidate(locked).release
        bound = self._registries.bound(locked.name)
        chain = (bound,) if bound is not None else self._registries.chain
        index = next((each for each in chain if each.kind == "pypi"), None)
        if index is None or locked.source.scheme != "pypi":
            message = f"`{locked.id}` is locked as installed beside terra, and is not installed here"
            hint = f"`pip install {locked.name.distribution}=={locked.version}`, or add a registry of kind `pypi`"
            raise UnknownPluginError(message, hint=hint, subjects=(locked.id,))
        return replace(release, index=index.address)

    def _is_installed(self, locked: LockedPlugin) -> bool:
        try:
            return any(each.version == locked.version for each in self._list(locked.name, None))
        except UnknownPluginError:
            return False

    def _locked_candidate(self, locked: LockedPlugin) -> Candidate:
        registry = self._registries.resolve(locked.registry, self._opened.folder) if locked.registry else None
        release = Release(
            locked.name,
            locked.version,
            locked.source,
            self._anchor,
            locked.registry,
            dependencies=locked.requires,
            index=registry.address if registry else None,
            trusted=registry is not None and registry.is_trusted,
        )
        if registry is not None:
            self._answered[release] = registry
        return Candidate(release, locked.version, locked.requires, locked=True)

    def _list(self, name: Name, parent: Candidate | None) -> tuple[Candidate, ...]:
        places = self._places.of(name, parent)
        route = (name, tuple(each.location for each in places))
        if route not in self._routes:
            self._routes[route] = self._find(name, places)
        return self._routes[route]

    def _find(self, name: Name, places: tuple[Registry, ...]) -> tuple[Candidate, ...]:
        registry, listing = self._registries.find(name, places)
        if (name, registry.location) not in self._listed:  # by whichever route: one registry gives one answer
            releases = [replace(each, registry=registry.written) for each in listing.releases]
            self._answered.update(dict.fromkeys(releases, registry))
            self._skipped[name] = listing.skipped
            found = tuple(Candidate(each, each.version, each.dependencies or ()) for each in releases)
            self._listed[name, registry.location] = found
        return self._listed[name, registry.location]

    def _informed(self, candidate: Candidate) -> Candidate:
        known = self._learnt.get(candidate.release)
        return candidate if known is None else Candidate(candidate.release, known.version, known.dependencies)
