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
    from collections.abc import Sequence

    from terra.commands.gathering import Gathered
    from terra.commands.opening import OpenProject
    from terra.model.lock import Lock


def documents(gathered: Sequence[Gathered], opened: OpenProject, set_name: str) -> tuple[FileChange, ...]:
    """Return how the two documents change.

    Raises:
        UnsafeTargetError: One of them is no regular file.
    """
    locked = tuple(_locked(each, opened, set_name) for each in gathered)
    lock = opened.lock.with_(locked, _registries(gathered, opened))
    documents = [
        _document(MANIFEST, opened.manifest_bytes, _manifest(gathered, opened, set_name)),
        _document(LOCKFILE, opened.lock_bytes, lockfile.encode(_settled(lock))),
    ]
    for each in documents:
        if each is not None:
            _refuse_document_link(opened, each.path)
    return tuple(each for each in documents if each is not None)


def _refuse_document_link(opened: OpenProject, path: str) -> None:
    kind = fs.kind_of(opened.folder / path)
    if kind not in (None, "file"):
        message = f"`{path}` is a {kind}, expected a file"
        raise UnsafeTargetError(message, hint="put a regular file in its place", subjects=(path,))


def _settled(lock: Lock) -> Lock:
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
        return replace(before, direct=before.direct or each.asked is not None)
    same = before is not None and before.tree == acquired.cached.tree
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
        edited=before.edited if before and same else (),
        edit_reason=before.edit_reason if before and same else None,
    )


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
