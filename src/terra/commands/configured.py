"""Which registries are there to ask in a project, in the order of DESIGN section "One name, one registry".

Nothing is opened for it: what is named is not looked at.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from terra.commands.chain import Registry
from terra.index.locate import normalise_location
from terra.model.values import replace
from terra.project.discovery import find_workspace_registry

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from terra.commands.opening import OpenProject
    from terra.commands.toolbox import Toolbox
    from terra.model.project import RegistryEntry, Settings

_EMBEDDED = "registry"


def configured(opened: OpenProject, toolbox: Toolbox, user: Settings) -> tuple[Registry, ...]:
    """Return every registry that anything names, in order; one that two name is there twice.

    Raises:
        UsageError: A location cannot be one.
    """
    return tuple(_configured(opened, toolbox, user))


def _configured(opened: OpenProject, toolbox: Toolbox, user: Settings) -> Iterator[Registry]:
    for entry in opened.project.registries:
        yield replace(_labelled(entry, opened.folder, toolbox), is_the_projects=True, origin="project")
    for start in (opened.folder, toolbox.workdir):
        workspace = find_workspace_registry(start)
        if workspace is not None:
            location = normalise_location(str(workspace), start)
            yield Registry(location, written(location, opened.folder), origin="workspace")
    yield Registry.installed()
    for origin, settings in (("user", user), ("machine", toolbox.machine)):
        for entry in settings.registries:
            yield replace(_labelled(entry, toolbox.home, toolbox), origin=origin)
    embedded = toolbox.home / _EMBEDDED
    if embedded.is_dir():
        yield Registry(normalise_location(str(embedded), embedded), "embedded", "embedded", origin="embedded")


def _labelled(entry: RegistryEntry, folder: Path, toolbox: Toolbox) -> Registry:
    if entry.kind is not None:
        found = Registry.of_kind(entry.kind, entry.url, folder, entry.label, entry.namespaces)
        return replace(with_login(found, toolbox), module_namespace=entry.module_namespace)
    assert entry.url is not None  # noqa: S101  # its reader refuses one without
    location = normalise_location(entry.url, folder)
    return Registry(location, entry.label, entry.label, entry.namespaces, root_sha256=entry.root_sha256)


def with_login(registry: Registry, toolbox: Toolbox) -> Registry:
    """Return a registry with the login that its own tool cannot find by itself: pip does not know terra's."""
    return registry.with_login(toolbox.user.credentials) if registry.kind == "pypi" else registry


def written(location: str, project: Path) -> str:
    """Return a location as `terra.lock` has it: a path relative to the project."""
    return location if "://" in location else os.path.relpath(location, project).replace(os.sep, "/")


def merged(registries: Sequence[Registry]) -> tuple[Registry, ...]:
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
