"""Which registry answers for a name: one name, one registry (DESIGN section "One name, one registry")."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from terra.commands.chain import INSTALLED, Registry
from terra.errors import FetchError, InvalidDocumentError, TerraError, UnknownPluginError, UsageError
from terra.index.locate import normalise_location
from terra.model.values import replace
from terra.project.discovery import find_workspace_registry

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from terra.commands.opening import OpenProject
    from terra.commands.toolbox import Toolbox
    from terra.model.name import Name
    from terra.model.project import RegistryEntry
    from terra.model.release import Listing
    from terra.ports import Index

_NEAR = 3
_PARALLEL = 8
_EMBEDDED = "registry"
_OF_KIND = re.compile(r"(?!https?:|file:)([a-z][a-z0-9-]*):([a-z][a-z0-9+.-]*://.*)?")
_ADD_ONE = "add one: `terra registry add NAME URL-OR-FOLDER`, or ask one only: `--registry URL-OR-FOLDER`"


class Registries:
    """The chain of registries of one project, in the order in which they are asked.

    Args:
        opened: The project.
        toolbox: Opens each registry when it is first asked.
        only: A label or location that is asked alone.
    """

    def __init__(self, opened: OpenProject, toolbox: Toolbox, only: str | None = None) -> None:
        self._opened = opened
        self._toolbox = toolbox
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
        return tuple(each for each in self._chain if each.kind != INSTALLED or self._index(each).names())

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
        for registry in registries:
            listing = self._index(registry).find(name)
            if listing is not None:
                if listing.issues and not listing.releases:
                    hint = f"the entry for `{name}` in `{registry.location}` is its keeper's to mend"
                    raise InvalidDocumentError(registry.written, listing.issues, hint=hint)
                for issue in listing.issues:
                    self._toolbox.reporter.warn(f"`{registry.written}` has a bad entry for `{name}`: {issue}")
                return registry, listing
        raise self._unknown(name, registries)

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

    def names_of(self, registry: Registry) -> Sequence[str]:
        """Return every name of one registry."""
        return self._index(registry).names()

    def names(self) -> dict[str, Registry]:
        """Return every name with the registry that has it."""
        found: dict[str, Registry] = {}
        for registry in self.chain:
            for name in self._index(registry).names():
                found.setdefault(name, registry)
        return found

    def _index(self, registry: Registry) -> Index:
        if registry.problem is not None:
            raise UsageError(registry.problem, subjects=(registry.written,))
        from terra.spec import RegistryOrder

        is_trusted = not registry.is_the_projects and registry.label is not None
        order = RegistryOrder(registry.location, registry.written, registry.address, trusted=is_trusted)
        return self._toolbox.index(order, registry.kind)

    def _all(self) -> Iterator[Registry]:
        for entry in self._opened.project.registries:
            yield replace(self._labelled(entry, self._opened.folder), is_the_projects=True)
        for start in (self._opened.folder, self._toolbox.workdir):
            workspace = find_workspace_registry(start)
            if workspace is not None:
                location = normalise_location(str(workspace), start)
                yield Registry(location, self._written(location))
        yield Registry.installed()
        for settings in (self._toolbox.user, self._toolbox.machine):
            for entry in settings.registries:
                yield self._labelled(entry, self._toolbox.home)
        embedded = self._toolbox.home / _EMBEDDED
        if embedded.is_dir():
            yield Registry(normalise_location(str(embedded), embedded), "embedded", "embedded")

    def _labelled(self, entry: RegistryEntry, folder: Path) -> Registry:
        if entry.kind == "terraform":
            problem = f"the registry `{entry.label}` is of kind `{entry.kind}`, which this version cannot read"
            return Registry(
                f"{entry.kind}:{entry.url or ''}", entry.label, entry.label, entry.namespaces, problem=problem
            )
        if entry.kind is not None:
            return self._with_login(Registry.of_kind(entry.kind, entry.url, folder, entry.label, entry.namespaces))
        assert entry.url is not None  # noqa: S101  # its reader refuses one without
        return Registry(normalise_location(entry.url, folder), entry.label, entry.label, entry.namespaces)

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
        registries = tuple(each for each in registries if each.kind != INSTALLED or self._index(each).names())
        if not registries:
            return UnknownPluginError(
                f"`{name}` is not known: there is no registry to ask", hint=_ADD_ONE, subjects=(name.text,)
            )
        asked = ", ".join(f"`{each.written}`" for each in registries)
        message = f"`{name}` is not in {asked}"
        near = self._near(name, registries)
        hint = f"near it: {', '.join(f'`{each}`' for each in near)}" if near else f"another may have it; {_ADD_ONE}"
        return UnknownPluginError(message, hint=hint, subjects=(name.text,))

    def _near(self, name: Name, registries: tuple[Registry, ...]) -> list[str]:
        from difflib import get_close_matches

        names: list[str] = []
        for registry in registries:
            try:
                names += self._index(registry).names()
            except (FetchError, InvalidDocumentError):
                continue
        contained = [each for each in names if name.text in each.split("/")[-1].split("-")]
        return list(dict.fromkeys([*get_close_matches(name.text, names, _NEAR), *contained]))[:_NEAR]


def _merged(registries: Sequence[Registry]) -> tuple[Registry, ...]:
    """Return each registry once, where it comes first; with the login that the user's own entry for it has.

    One that the user or the machine names too is not the project's: `kind = "npm"` in a clone is no say in theirs.
    """
    found: dict[str, Registry] = {}
    for each in registries:
        first = found.setdefault(each.location, each)
        if each.has_login and not first.has_login:
            first = found[each.location] = replace(first, address=each.address)
        if first.is_the_projects and not each.is_the_projects:
            found[each.location] = replace(first, is_the_projects=False)
    return tuple(found.values())
