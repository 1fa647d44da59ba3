"""`terra registry list|add|remove`: which registries a project asks, in `terra.toml` and the user's `config.toml`."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from terra.commands import opening
from terra.commands.registries import Registries
from terra.commands.registry_checks import CONFIG, check_words, checked_url, place_of, refuse_taken
from terra.errors import ConflictError, UsageError
from terra.model.plan import Plan, document_change
from terra.model.project import RegistryEntry
from terra.model.values import value
from terra.project import manifest, settings
from terra.project.discovery import MANIFEST
from terra.system import locks
from terra.vendor.apply import apply

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from terra.commands.chain import Registry
    from terra.commands.opening import OpenProject
    from terra.commands.toolbox import Toolbox


@value
class RegistryRequest:
    """What `terra registry add` or `remove` was asked to do.

    Attributes:
        location: As written; relative to where the user stands.
        namespaces: First parts of names that it alone may serve.
        user: Whether the user's `config.toml` is meant, rather than `terra.toml`.
        force: Whether one goes that the project still uses.
    """

    label: str
    location: str | None = None
    kind: str | None = None
    namespaces: tuple[str, ...] = ()
    user: bool = False
    force: bool = False
    dry_run: bool = False


@value
class RegistryReport:
    """The registries that are asked, in order.

    Attributes:
        added: The label of a new one.
        removed: The label of one that went.
        document: What was edited, as the user calls it.
        used_by: Plugins that came from one that went, as `NAME@VERSION`, or as `NAME` where they are not locked.
        known_as: The label that the project has for the place of a new one.
    """

    project: Path
    chain: tuple[Registry, ...]
    added: str | None = None
    removed: str | None = None
    document: str = MANIFEST
    used_by: tuple[str, ...] = ()
    known_as: str | None = None
    dry_run: bool = False


def registry_list(toolbox: Toolbox) -> RegistryReport:
    """Return the registries that are asked for a name, in order."""
    opened = opening.for_reading(toolbox)
    return RegistryReport(opened.folder, Registries(opened, toolbox).chain)


def registry_add(request: RegistryRequest, toolbox: Toolbox) -> RegistryReport:
    """Write a `[registries.LABEL]` table, after opening the registry once.

    Raises:
        UsageError: The label is taken or not one, or the location cannot be a registry.
        FetchError: The registry cannot be reached.
    """
    check_words(request)
    if request.user:
        return _add_for_user(request, toolbox)
    with opening.for_change(toolbox, dry_run=request.dry_run) as opened:
        refuse_taken(request, opened.project.registries, opened.folder, toolbox)
        url = checked_url(request, opened.folder, toolbox)
        before = opened.manifest_bytes
        after = manifest.with_registry(
            before or manifest.new(opened.folder.name), request.label, url, request.kind, request.namespaces
        )
        _write(opened, before, after, request, toolbox)
        chain = _chain(opened, toolbox)
        return RegistryReport(opened.folder, chain, request.label, dry_run=request.dry_run)


def registry_remove(request: RegistryRequest, toolbox: Toolbox) -> RegistryReport:
    """Take a `[registries.LABEL]` table away.

    Raises:
        UsageError: There is none.
        ConflictError: Plugins of the project come from it, and `force` was not said.
    """
    if request.user:
        return _remove_for_user(request, toolbox)
    with opening.for_change(toolbox, dry_run=request.dry_run) as opened:
        before = opened.manifest_bytes
        if before is None or all(each.label != request.label for each in opened.project.registries):
            raise _no_such(request.label, opened.project.registries, MANIFEST, toolbox)
        used = _refuse_used(request, opened)
        after = manifest.without_registry(before, request.label)
        _write(opened, before, after, request, toolbox)
        chain = _chain(opened, toolbox)
        return RegistryReport(opened.folder, chain, removed=request.label, used_by=used, dry_run=request.dry_run)


def _add_for_user(request: RegistryRequest, toolbox: Toolbox) -> RegistryReport:
    path = toolbox.home / CONFIG
    opened = opening.for_reading(toolbox)
    with _config(toolbox, dry_run=request.dry_run):
        refuse_taken(request, settings.load(path).registries, None, toolbox)
        entry = RegistryEntry(request.label, checked_url(request, None, toolbox), request.kind, request.namespaces)
        settings.edit(path, settings.adding(entry), dry_run=request.dry_run)
    chain = Registries(opened, toolbox, user=settings.load(path)).chain
    place = place_of(request.location, request.kind, toolbox.workdir)
    known = next((each.label for each in chain if each.location == place and each.label != request.label), None)
    return RegistryReport(
        opened.folder, chain, request.label, document=str(path), known_as=known, dry_run=request.dry_run
    )


def _remove_for_user(request: RegistryRequest, toolbox: Toolbox) -> RegistryReport:
    path = toolbox.home / CONFIG
    opened = opening.for_reading(toolbox)
    with _config(toolbox, dry_run=request.dry_run):
        registries = settings.load(path).registries
        if all(each.label != request.label for each in registries):
            raise _no_such(request.label, registries, str(path), toolbox)
        is_the_projects_too = any(each.label == request.label for each in opened.project.registries)
        used = () if is_the_projects_too else _refuse_used(request, opened)
        settings.edit(path, settings.removing(request.label), dry_run=request.dry_run)
    chain = Registries(opened, toolbox, user=settings.load(path)).chain
    return RegistryReport(
        opened.folder, chain, removed=request.label, document=str(path), used_by=used, dry_run=request.dry_run
    )


@contextmanager
def _config(toolbox: Toolbox, *, dry_run: bool) -> Iterator[None]:
    """Hold the user's configuration against another terra, but for a dry run."""
    if dry_run:
        yield
        return
    _ = toolbox.store  # makes the home
    with locks.locked(
        toolbox.home, toolbox.home / "config.lock", lambda: toolbox.reporter.note("waiting for another terra")
    ):
        yield


def _no_such(label: str, registries: Sequence[RegistryEntry], document: str, toolbox: Toolbox) -> UsageError:
    known = ", ".join(f"`{each.label}`" for each in registries) or "none"
    hint = "`terra registry list` shows where each registry comes from"
    if document == MANIFEST and any(each.label == label for each in toolbox.user.registries):
        hint = f"it is one of your own: `terra registry remove {label} --user` takes it away"
    return UsageError(f"`{document}` has no registry `{label}`, it has: {known}", hint=hint, subjects=(label,))


def _refuse_used(request: RegistryRequest, opened: OpenProject) -> tuple[str, ...]:
    """Return the plugins that come from a registry.

    Raises:
        ConflictError: There are any, and they were not to be left behind.
    """
    lines = [(each.name, line) for each in opened.project.every_set for line in each.plugins]
    locked = {each.id for each in opened.lock.plugins if each.registry == request.label}
    asking = {
        line.name.text
        for set_name, line in lines
        if line.registry == request.label and opened.lock.find(set_name, line.name) is None
    }
    used = tuple(sorted(locked | asking))
    if used and not request.force:
        names = "".join(f"\n  {each}" for each in used)
        count = "1 plugin comes" if len(used) == 1 else f"{len(used)} plugins come"
        message = f"{count} from the registry `{request.label}`, and it was not removed{names}"
        raise ConflictError(message, hint="remove them first, or say `--force`", subjects=used)
    return used


def _write(opened: OpenProject, before: bytes | None, after: bytes, request: RegistryRequest, toolbox: Toolbox) -> None:
    if not request.dry_run:
        apply(opened.folder, Plan(documents=(document_change(MANIFEST, before, after),)), toolbox.home)


def _chain(opened: OpenProject, toolbox: Toolbox) -> tuple[Registry, ...]:
    return Registries(opening.read(opened.folder, toolbox), toolbox).chain
