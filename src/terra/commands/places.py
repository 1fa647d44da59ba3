"""Which registries are asked for a name, and whether the lock has a say in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.commands import binding
from terra.commands.chain import INSTALLED

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from terra.commands.chain import Registry
    from terra.commands.opening import OpenProject
    from terra.commands.registries import Registries
    from terra.model.lock import LockedPlugin
    from terra.model.name import Name
    from terra.resolve.provider import Candidate


class Places:
    """The way from a name to those who answer for it, in one set of a project.

    Args:
        opened: The project.
        set_name: The set.
        registries: Who answers for names.
        fresh: The names that the user asks for now; more may come.
    """

    def __init__(self, opened: OpenProject, set_name: str, registries: Registries, fresh: AbstractSet[Name]) -> None:
        self._opened = opened
        self._set = set_name
        self._registries = registries
        self._fresh = fresh

    def of(self, name: Name, parent: Candidate | None) -> tuple[Registry, ...]:
        """Return the registries to ask for a name, in order (DESIGN section "One name, one registry").

        What the user asks one registry for now is what he asks for; of everything else the project's line
        decides, then the lock, then the registry of the plugin that needs it.
        """
        registries = self._registries
        asked_there = registries.only is not None and name in self._fresh
        explicit = None if asked_there else self._explicit_registry(name)
        if explicit is not None:
            line = self._opened.set(self._set).find(name)
            if line is not None and line.registry:
                named = registries.resolve(line.registry, self._opened.folder)
                binding.refuse_other(name, named, registries, is_option=False)
            return (registries.bound(name) or registries.resolve(explicit, self._opened.folder),)
        if parent is None or asked_there or self._opened.set(self._set).find(name) is not None:
            return registries.for_name(name)
        return self._places_of_need(name, parent)

    def _places_of_need(self, name: Name, parent: Candidate) -> tuple[Registry, ...]:
        registry = parent.release.registry
        if registry is None or self._registries.bound(name) is not None:
            return self._registries.for_name(name)
        first = self._registries.resolve(registry, self._opened.folder)
        if first.kind != INSTALLED:
            return (first,)
        # What is installed is a release of some registry that nobody noted: the others may have what it needs.
        return (first, *(each for each in self._registries.for_name(name) if each.location != first.location))

    def _explicit_registry(self, name: Name) -> str | None:
        line = self._opened.set(self._set).find(name)
        if line is not None and line.registry:
            return line.registry
        locked = self.lock_of(name)
        return locked.registry if locked is not None else None

    def lock_of(self, name: Name) -> LockedPlugin | None:
        """Return the lock's word on a name, unless the user now asks another registry for it."""
        locked = self._opened.lock.find(self._set, name)
        if locked is None or name not in self._fresh or self._registries.only is None:
            return locked
        return locked if locked.registry and self._location(locked.registry) == self._registries.only.location else None

    def _location(self, written: str) -> str:
        return self._registries.resolve(written, self._opened.folder).location
