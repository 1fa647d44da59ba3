"""Which registry answers for a name: one name, one registry (DESIGN section "One name, one registry")."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from terra.commands.chain import INSTALLED, Registry
from terra.commands.configured import configured, merged, with_login, written
from terra.commands.unknown import nowhere, unknown
from terra.errors import FetchError, InvalidDocumentError, TerraError, UnknownPluginError, UsageError
from terra.index.locate import normalise_location
from terra.model.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from terra.commands.opening import OpenProject
    from terra.commands.toolbox import Toolbox
    from terra.model.name import Name
    from terra.model.project import Settings
    from terra.model.release import Listing
    from terra.model.summary import Summary
    from terra.ports import Index

_OF_KIND = re.compile(r"(?!https?:|file:)([a-z][a-z0-9-]*):([a-z][a-z0-9+.-]*://.*)?")


class Registries:
    """The chain of registries of one project, in the order in which they are asked.

    Args:
        opened: The project.
        toolbox: Opens each registry when it is first asked.
        only: A label or location that is asked alone.
        user: The user's configuration, where it was changed in this run.
    """

    def __init__(
        self, opened: OpenProject, toolbox: Toolbox, only: str | None = None, *, user: Settings | None = None
    ) -> None:
        self._opened = opened
        self._toolbox = toolbox
        everything = configured(opened, toolbox, user or toolbox.user)
        self._bindings = tuple(each for each in everything if each.namespaces)
        self._chain = merged(everything)
        self._only = replace(self.resolve(only, toolbox.workdir), asked_alone=True) if only else None

    @property
    def only(self) -> Registry | None:
        """The registry that is asked alone, where the user said so."""
        return self._only

    @property
    def chain(self) -> tuple[Registry, ...]:
        """Every registry that is asked for a name that nothing binds; what is installed only where anything is."""
        if self._only:
            return (self._only,)
        return tuple(each for each in self._chain if each.kind != INSTALLED or self._has_installed(each))

    def _has_installed(self, registry: Registry) -> bool:
        """Tell whether anything is installed beside terra; to ask the plugin host costs more than most commands."""
        return bool(self._toolbox.entry_points) and bool(self._index(registry).names())

    def resolve(self, text: str, folder: Path) -> Registry:
        """Return the registry that a label or location means; a relative location is relative to `folder`.

        Raises:
            UsageError: The location cannot be one.
        """
        labelled = [each for each in self._chain if each.label == text]
        if len(labelled) > 1:
            places = ", ".join(f"`{each.location}`" for each in labelled)
            message = f"`{text}` is the name of more than one registry: {places}"
            raise UsageError(message, hint="give one of them another name", subjects=(text,))
        if labelled:
            return labelled[0]
        locked = next((each for each in self._opened.lock.registries if each.name == text), None)
        if locked is not None:
            found = self._at(locked.location, self._opened.folder)
            return found if found.label else replace(found, written=text, label=text)
        return Registry.installed() if text == INSTALLED else self._at(text, folder)

    def _at(self, location: str, folder: Path) -> Registry:
        """Return the registry at a location, the one of the chain where it is there."""
        match = _OF_KIND.fullmatch(location)
        if match is None:
            normalised = normalise_location(location, folder)
            found = Registry(normalised, written(normalised, self._opened.folder))
        else:
            found = with_login(Registry.of_kind(match[1], match[2], folder), self._toolbox)
        return next((each for each in self._chain if each.location == found.location), found)

    def for_name(self, name: Name, explicit: str | None = None) -> tuple[Registry, ...]:
        """Return the registries to ask for `name`, in order.

        Args:
            name: The plugin.
            explicit: A label or location that the project's line or the lock names, relative to the project.
        """
        bound = self.bound(name)
        if bound is not None:
            return (bound,)
        if self._only is not None:
            return (self._only,)
        if explicit is not None:
            return (self.resolve(explicit, self._opened.folder),)
        return self._chain

    def bound(self, name: Name) -> Registry | None:
        """Return the registry whose `namespaces` bind a name, or None."""
        # What the machine and the user bind, a project cannot bind elsewhere.
        bindings = sorted(self._bindings, key=lambda each: each.is_the_projects)
        found = next((each for each in bindings if name.parts[0] in each.namespaces), None)
        return None if found is None else next(each for each in self._chain if each.location == found.location)

    def find(self, name: Name, registries: tuple[Registry, ...]) -> tuple[Registry, Listing]:
        """Return the first registry that knows `name`, with what it says.

        Raises:
            UnknownPluginError: None does, with near names, or there is none to ask.
            FetchError: One cannot be reached: it is never skipped, or another could answer in its place.
            InvalidDocumentError: Its entry for the name is wrong.
        """
        for position, registry in enumerate(registries):
            with self._first_of(registries[position:], name):
                listing = self._index(registry).find(name)
            if listing is not None:
                if listing.issues and not listing.releases:
                    hint = f"the entry for `{name}` in `{registry.location}` is its keeper's to mend"
                    raise InvalidDocumentError(registry.written, listing.issues, hint=hint)
                for issue in listing.issues:
                    self._toolbox.reporter.warn(f"`{registry.written}` has a bad entry for `{name}`: {issue}")
                return registry, listing
        raise self._unknown(name, registries)

    @contextmanager
    def _first_of(self, registries: Sequence[Registry], name: Name) -> Iterator[None]:
        """Say of a registry that cannot be asked why it is, where others may have the name."""
        first, *later = registries
        try:
            yield
        except (FetchError, InvalidDocumentError) as error:
            others = ", ".join(f"`{each.written}`" for each in later if each.kind != INSTALLED)
            if others:
                reason = f"`{first.written}` is asked for `{name}` before {others}, and is never skipped"
                error.add_reason(f"{reason}: another could answer in its place")
            raise

    def read_ahead(self, pairs: Sequence[tuple[Registry, Name]]) -> None:
        """Ask for names side by side, where each name is a request of its own.

        What fails is left to the real question, which fails again with its reason.
        """
        asked = [(self._index(registry), name) for registry, name in pairs if self._asks_by_name(registry)]
        if len(asked) < 2:  # noqa: PLR2004  # several
            return
        from terra.system.parallel import in_parallel

        def ask(index: Index, name: Name) -> None:
            with suppress(TerraError):
                index.find(name)

        in_parallel([partial(ask, index, name) for index, name in asked])

    def _asks_by_name(self, registry: Registry) -> bool:
        try:
            return self._index(registry).asks_by_name
        except TerraError:  # it is asked again, and then fails with its reason
            return False

    def find_in(self, registry: Registry, name: Name) -> Listing | None:
        """Return what one registry says of a name, or None where it does not know it.

        Raises:
            TerraError: It cannot be reached, or what it says cannot be read.
        """
        return self._index(registry).find(name)

    def names_of(self, registry: Registry) -> Sequence[str]:
        """Return every name of one registry."""
        return self._index(registry).names()

    def summaries_of(self, registry: Registry, needles: Sequence[str]) -> Sequence[Summary] | None:
        """Return what one registry lists, perhaps without what does not hold the folded `needles`; None for nothing.

        A registry on the network whose list was read a moment ago is not asked again.

        Raises:
            TerraError: It cannot be reached, or what it says cannot be read.
        """
        from terra.index.summaries import fresh

        if registry.kind is None and registry.root_sha256 is None:
            lines = fresh(registry.location, registry.written, self._toolbox.store, self._toolbox.reporter)
            if lines is not None:
                return lines.matching(needles, registry.written)
        return self._index(registry).summaries(needles)

    def names(self) -> dict[str, Registry]:
        """Return every name with the registry that has it."""
        found: dict[str, Registry] = {}
        for registry in self.chain:
            for name in self._index(registry).names():
                found.setdefault(name, registry)
        return found

    def _index(self, registry: Registry) -> Index:
        if registry.label is None and registry.kind is None and not _is_there(registry.location):
            raise nowhere(registry, [each.label for each in self._chain if each.label])
        from terra.spec import RegistryOrder

        order = RegistryOrder(
            registry.location,
            registry.written,
            registry.address,
            trusted=registry.is_trusted,
            module_namespace=registry.module_namespace,
            root_sha256=registry.root_sha256,
        )
        return self._toolbox.index(order, registry.kind)

    def _unknown(self, name: Name, registries: tuple[Registry, ...]) -> UnknownPluginError:
        if any(each.name == name and each.registry == INSTALLED for each in self._opened.lock.plugins):
            message = f"`{name}` is not installed beside terra"
            return UnknownPluginError(message, hint=f"`pip install {name.distribution}`", subjects=(name.text,))
        asked = [each for each in registries if each.kind != INSTALLED or self._index(each).names()]
        return unknown(name, asked, self._readable_names(asked))

    def _readable_names(self, registries: Sequence[Registry]) -> Iterator[str]:
        for registry in registries:
            with suppress(FetchError, InvalidDocumentError):
                yield from self._index(registry).names()


def _is_there(location: str) -> bool:
    return "://" in location or os.path.exists(location)
