"""What an error has to do with what was asked: who names the release that failed, and why it is read at all.

An error is raised where the failure is seen, which knows one address. Here the rest is added to it.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from terra.errors import PayloadError, ResolveError, SourceNotFoundError, TerraError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from terra.commands.catalogue import Catalogue
    from terra.commands.chain import Registry
    from terra.commands.naming import Asked
    from terra.commands.opening import OpenProject
    from terra.commands.registries import Registries
    from terra.model.lock import LockedPlugin
    from terra.model.name import Name
    from terra.model.release import Release
    from terra.model.version import Version

_PACKAGES = {"pypi": "pip", "npm": "npm"}
_TOGETHER = "terra.toml has it, and what one set has is resolved together"


@contextmanager
def of_entries(entries: Iterable[tuple[Release, Registry | None]]) -> Iterator[None]:
    """Say of a folder, file or ref that is not there which entry of which registry names it."""
    try:
        yield
    except SourceNotFoundError as error:
        for release, registry in entries:
            if registry is not None and registry.kind is None and str(release.source) in error.subjects:
                error.add_reason(
                    f"the entry `{release.name}` of `{_document(release, registry)}` names `{release.source}`",
                    hint="mend the entry's source, or bring back what it names",
                )
                error.subjects = tuple(dict.fromkeys((*error.subjects, release.name.text)))
        raise


@contextmanager
def of_lines(names: Collection[Name]) -> Iterator[None]:
    """Say why lines of `terra.toml` are read that nobody asked for."""
    try:
        yield
    except TerraError as error:
        _tell_unasked(error, names)
        raise


@contextmanager
def of_package(asked: Sequence[Asked], registries: Callable[[], Registries]) -> Iterator[None]:
    """Say of a package that is none of terra's how its plugin is asked for, where a registry of its kind is there."""
    try:
        yield
    except (ResolveError, PayloadError) as error:
        sources = [(each, each.source) for each in asked if each.source is not None]
        for each, source in sources:
            is_it = len(sources) == 1 or str(source) in error.subjects
            kind = source.scheme if source.scheme in _PACKAGES else None
            found = next((one for one in registries().chain if one.kind == kind), None) if is_it and kind else None
            if found is not None and kind is not None:
                hint = f"`{kind}:` asks where {_PACKAGES[kind]} asks; the registry `{found.written}` is asked by name"
                error.hint = f"{hint}: `terra add {_plugin(each, source.location)}`"
        raise


@contextmanager
def of_solution(asked: Sequence[Asked], catalogue: Catalogue, opened: OpenProject, set_name: str) -> Iterator[None]:
    """Say why a name is in the way that nobody asked for, and of a locked one that its folder has moved on."""
    try:
        yield
    except TerraError as error:
        names = {*catalogue.fresh, *(each.name for each in asked)}
        if names and not any(name.text in error.subjects for name in names):
            lines = (line.name for line in opened.set(set_name).plugins if line.name not in names)
            _tell_unasked(error, [name for name in lines if name.text in error.subjects])
        if isinstance(error, ResolveError):
            _tell_folders(error, asked, catalogue, opened, set_name)
        raise


def tell_moved_on(error: ResolveError, locked: LockedPlugin, held: Version) -> None:
    """Say that a locked plugin cannot be had again, since its folder holds another version."""
    error.add_reason(
        f"`{locked.id}` is locked, and can no longer be had: `{locked.source}` holds {held} now",
        hint=f"bring {locked.version} back to that folder, or take what it holds: `terra add {locked.name}@{held}`",
    )


def _tell_unasked(error: TerraError, names: Collection[Name]) -> None:
    if names:
        shown = ", ".join(f"`{name}`" for name in names)
        error.add_reason(f"{shown} {'was' if len(names) == 1 else 'were'} not asked for now: {_TOGETHER}")


def _tell_folders(
    error: ResolveError, asked: Sequence[Asked], catalogue: Catalogue, opened: OpenProject, set_name: str
) -> None:
    for text in error.subjects:
        locked = next((each for each in opened.lock.in_set(set_name) if each.name.text == text), None)
        held = catalogue.held_now(locked) if locked is not None else None
        wished = [each.requirement.specifier for each in asked if each.name.text == text]
        if locked is None or held is None or not all(each.allows(locked.version, prereleases=True) for each in wished):
            continue
        tell_moved_on(error, locked, held)


def _document(release: Release, registry: Registry) -> str:
    """Return the registry's document that has an entry; of one that it includes the folder."""
    folder, location = release.anchor.location.rstrip("/"), registry.location.rstrip("/")
    document = location if location.endswith(".json") else f"{location}/registry.json"
    return document if os.path.dirname(document) == folder else f"{folder}/"


def _plugin(asked: Asked, location: str) -> str:
    from terra.sources.pasted import name_of_package

    return name_of_package(location) or str(asked.name)
