"""What `terra.toml` and `terra.lock` say once proven payloads are in the project: values to bytes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from terra.errors import UnsafeTargetError
from terra.model.lock import LockedPlugin, LockedRegistry
from terra.model.plan import FileChange, document_change
from terra.model.project import Wanted
from terra.model.requirement import ANY, Specifier
from terra.model.source import Locator
from terra.model.values import replace
from terra.model.version import UNVERSIONED
from terra.project import lockfile, manifest
from terra.project.discovery import LOCKFILE, MANIFEST
from terra.system import fs

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from terra.commands.gathering import Gathered
    from terra.commands.opening import OpenProject
    from terra.model.lock import Lock
    from terra.model.name import Name


def with_gathered(
    gathered: Sequence[Gathered],
    opened: OpenProject,
    set_name: str,
    accepted: Mapping[Name, tuple[tuple[str, str], ...]],
) -> OpenProject:
    """Return the project as it is once the plugins are in a set of it.

    Args:
        gathered: The plugins, proven.
        opened: The project before.
        set_name: The set.
        accepted: The accepted edits that survive, by plugin.
    """
    locked = tuple(
        _with_edits(_locked(each, opened, set_name), accepted.get(each.acquired.name, ())) for each in gathered
    )
    lock = _without_unnamed(opened.lock.with_(locked, _registries(gathered, opened)))
    return _rewritten(opened, lock, _manifest(gathered, opened, set_name))


def with_locked(
    locked: Sequence[LockedPlugin], opened: OpenProject, accepted: Mapping[Name, tuple[tuple[str, str], ...]]
) -> OpenProject:
    """Return the project with the lock's word on some plugins, and the accepted edits that survive, by plugin.

    One of which nothing is said keeps those that it has.
    """
    plugins = tuple(_with_edits(each, accepted.get(each.name, each.edited)) for each in locked)
    return _rewritten(opened, _without_unnamed(opened.lock.with_(plugins)), opened.manifest_bytes)


def without(opened: OpenProject, set_name: str, names: Collection[Name]) -> OpenProject:
    """Return the project without some plugins of a set."""
    lock, data = opened.lock.without(set_name, names), opened.manifest_bytes
    lines = [name for name in names if opened.set(set_name).find(name) is not None]
    if data is not None and lines:
        data = manifest.without_plugins(data, set_name, lines)
    return _rewritten(opened, lock, data)


def with_lines(opened: OpenProject, set_name: str, lines: Sequence[Wanted]) -> OpenProject:
    """Return the project with other lines of a set's plugins in `terra.toml`."""
    assert opened.manifest_bytes is not None  # noqa: S101  # the lines are changed ones of it
    return _rewritten(opened, opened.lock, manifest.with_plugins(opened.manifest_bytes, set_name, tuple(lines)))


def _rewritten(opened: OpenProject, lock: Lock, data: bytes | None) -> OpenProject:
    if data is None or data == opened.manifest_bytes:
        return replace(opened, lock=lock)
    return replace(opened, lock=lock, manifest_bytes=data, project=manifest.read(data))


def documents(before: OpenProject, after: OpenProject) -> tuple[FileChange, ...]:
    """Return how the two documents change from one state of a project to another.

    Raises:
        UnsafeTargetError: One of them is no regular file.
    """
    changes = []
    if after.manifest_bytes is not None:
        changes.append(_document(MANIFEST, before.manifest_bytes, after.manifest_bytes))
    if after.lock is not before.lock and (after.lock_bytes is not None or after.lock.plugins):
        changes.append(_document(LOCKFILE, before.lock_bytes, lockfile.encode(after.lock)))
    found = tuple(each for each in changes if each is not None)
    for each in found:
        _refuse_document_link(before, each.path)
    return found


def _refuse_document_link(opened: OpenProject, path: str) -> None:
    kind = fs.kind_of(opened.folder / path)
    if kind not in (None, "file"):
        message = f"`{path}` is a {kind}, expected a file"
        raise UnsafeTargetError(message, hint="put a regular file in its place", subjects=(path,))


def _without_unnamed(lock: Lock) -> Lock:
    """Drop registries that no plugin names any more."""
    named = {each.registry for each in lock.plugins}
    return replace(lock, registries=tuple(each for each in lock.registries if each.name in named))


def _document(path: str, before: bytes | None, after: bytes) -> FileChange | None:
    if before is not None and b"\r\n" in before:  # a clone with core.autocrlf: keep its line endings
        after = after.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    if before == after:
        return None
    return document_change(path, before, after)


def _manifest(gathered: Sequence[Gathered], opened: OpenProject, set_name: str) -> bytes:
    present = opened.set(set_name)
    lines = []
    for each in gathered:
        line = _line(each, present.find(each.acquired.name))
        if line is not None and line != present.find(line.name):
            lines.append(line)
    if opened.manifest_bytes is None:
        return manifest.new(opened.folder.name, tuple(lines))
    return manifest.with_plugins(opened.manifest_bytes, set_name, tuple(lines)) if lines else opened.manifest_bytes


def _line(each: Gathered, present: Wanted | None) -> Wanted | None:
    """Return what `terra.toml` says of a plugin after the add; None for one that only another plugin needs."""
    if each.asked is None:
        return None
    acquired, asked = each.acquired, each.asked
    exclude = present.exclude if present else ()
    if asked.source is not None:
        return Wanted(acquired.name, source=str(asked.source), checksum=asked.checksum, exclude=exclude)
    registry = _registry_line(each, present)
    if asked.explicit:
        return Wanted(acquired.name, asked.requirement.specifier, registry, exclude=exclude)
    if present is not None and present.source is None and present.specifier.allows(acquired.version, prereleases=True):
        return Wanted(acquired.name, present.specifier, registry, exclude=exclude)
    is_versioned = acquired.version != UNVERSIONED
    specifier = Specifier.compatible_with(acquired.version) if is_versioned else ANY
    return Wanted(acquired.name, specifier, registry, exclude=exclude)


def _registry_line(each: Gathered, present: Wanted | None) -> str | None:
    if each.registry is not None and each.registry.asked_alone:
        return each.registry.written
    return present.registry if present else None


def _locked(each: Gathered, opened: OpenProject, set_name: str) -> LockedPlugin:
    acquired = each.acquired
    before = opened.lock.find(set_name, acquired.name)
    if acquired.from_cache and before is not None:
        asks = opened.set(set_name).find(acquired.name) is not None
        return replace(before, direct=asks or each.asked is not None)
    return LockedPlugin(
        name=acquired.name,
        version=acquired.version,
        set=set_name,
        source=_portable(acquired.source, each, opened),
        tree=acquired.cached.tree,
        registry=each.registry.written if each.registry else None,
        archive=acquired.archive_digest,
        size=acquired.archive_size if acquired.archive_digest else None,
        commit=acquired.commit,
        direct=each.asked is not None or opened.set(set_name).find(acquired.name) is not None,
        requires=acquired.dependencies,
        hooks=bool(acquired.manifest and acquired.manifest.hooks),
        edit_reason=before.edit_reason if before else None,
    )


def _with_edits(locked: LockedPlugin, accepted: tuple[tuple[str, str], ...]) -> LockedPlugin:
    return replace(locked, edited=accepted, edit_reason=locked.edit_reason if accepted else None)


def _portable(source: Locator, each: Gathered, opened: OpenProject) -> Locator:
    """Return a local source as the lock writes it: relative to the registry's folder, or to `terra.toml`."""
    anchor = each.acquired.release.anchor
    if not source.names_path or anchor.is_remote:
        return source
    base = opened.folder
    if each.registry is not None and each.registry.kind is None and "://" not in each.registry.location:
        location = Path(each.registry.location)
        base = location.parent if location.suffix == ".json" else location
    absolute = os.path.normpath(os.path.join(anchor.location, os.path.expanduser(source.location)))
    return Locator(source.scheme, os.path.relpath(absolute, base).replace(os.sep, "/"), source.subdir)


def _registries(gathered: Sequence[Gathered], opened: OpenProject) -> tuple[LockedRegistry, ...]:
    labelled = {each.registry.written: each.registry for each in gathered if each.registry and each.registry.label}
    return tuple(LockedRegistry(name, _from_project(each.location, opened)) for name, each in labelled.items())


def _from_project(location: str, opened: OpenProject) -> str:
    return (
        location
        if "://" in location or location.endswith(":")
        else os.path.relpath(location, opened.folder).replace(os.sep, "/")
    )
