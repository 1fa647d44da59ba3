"""Which registry answers for a name: one name, one registry (DESIGN section "One name, one registry")."""

from __future__ import annotations

import os
import re
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from terra.commands.chain import INSTALLED, Registry
from terra.commands.unknown import nowhere, unknown
from terra.errors import FetchError, InvalidDocumentError, TerraError, UnknownPluginError, UsageError
from terra.index.locate import normalise_location
from terra.model.values import replace
from terra.project.discovery import find_workspace_registry

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from terra.commands.opening import OpenProject
    from terra.commands.toolbox import Toolbox
    from terra.model.name import Name
    from terra.model.project import RegistryEntry, Settings
    from terra.model.release import Listing
    from terra.model.summary import Summary
    from terra.ports import Index

_PARALLEL = 8
_EMBEDDED = "registry"
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
        self._user = user
        everything = tuple(self._all())
        self._bindings = tuple(each for each in everything if each.namespaces)
        self._chain = _merged(everything)
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
            found = Registry(normalised, self._written(normalised))
        else:
            found = self._with_login(Registry.of_kind(match[1], match[2], folder))
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
        """Ask package indexes for names side by side: each name is a request of its own there.

        What fails is left to the real question, which fails again with its reason.
        """
        from terra.system.parallel import in_parallel

        indexes = {registry.location: self._index(registry) for registry, _ in pairs}

        def ask(index: Index, name: Name) -> None:
            with suppress(TerraError):
                index.find(name)

        in_parallel([partial(ask, indexes[registry.location], name) for registry, name in pairs], _PARALLEL)

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

    def _all(self) -> Iterator[Registry]:
        for entry in self._opened.project.registries:
            yield replace(self._labelled(entry, self._opened.folder), is_the_projects=True, origin="project")
        for start in (self._opened.folder, self._toolbox.workdir):
            workspace = find_workspace_registry(start)
            if workspace is not None:
                location = normalise_location(str(workspace), start)
                yield Registry(location, self._written(location), origin="workspace")
        yield Registry.installed()
        for origin, settings in (("user", self._user or self._toolbox.user), ("machine", self._toolbox.machine)):
            for entry in settings.registries:
                yield replace(self._labelled(entry, self._toolbox.home), origin=origin)
        embedded = self._toolbox.home / _EMBEDDED
        if embedded.is_dir():
            yield Registry(normalise_location(str(embedded), embedded), "embedded", "embedded", origin="embedded")

    def _labelled(self, entry: RegistryEntry, folder: Path) -> Registry:
        if entry.kind is not None:
            found = Registry.of_kind(entry.kind, entry.url, folder, entry.label, entry.namespaces)
            return replace(self._with_login(found), module_namespace=entry.module_namespace)
        assert entry.url is not None  # noqa: S101  # its reader refuses one without
        location = normalise_location(entry.url, folder)
        return Registry(location, entry.label, entry.label, entry.namespaces, root_sha256=entry.root_sha256)

    def _with_login(self, registry: Registry) -> Registry:
        """Return a registry with the login that its own tool cannot find by itself: pip does not know terra's."""
        return registry.with_login(self._toolbox.user.credentials) if registry.kind == "pypi" else registry

    def _written(self, location: str) -> str:
        if "://" in location:
            return location
        return os.path.relpath(location, self._opened.folder).replace(os.sep, "/")

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


def _merged(registries: Sequence[Registry]) -> tuple[Registry, ...]:
    """Return each registry once, where it comes first; with the login and the pin that any entry for it has.

    One that the user or the machine names too is not the project's: `kind = "npm"` in a clone is no say in theirs.
    """
    found: dict[str, Registry] = {}
    for each in registries:
        first = found.setdefault(each.location, each)
        if each.has_login and not first.has_login:
            first = found[each.location] = replace(first, address=each.address)
        if each.root_sha256 and not first.root_sha256:
            first = found[each.location] = replace(first, root_sha256=each.root_sha256)
        if first.is_the_projects and not each.is_the_projects:
            found[each.location] = replace(first, is_the_projects=False)
    return tuple(found.values())
