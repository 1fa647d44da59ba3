"""What stands in a project beside what its documents say: the lock beside `terra.toml`, the files beside the lock."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from terra.commands.fitting import Target
from terra.errors import UsageError
from terra.model.lock import DELETED
from terra.vendor.plan import is_excluded, paths_of
from terra.vendor.survey import survey

if TYPE_CHECKING:
    from terra.commands.opening import OpenProject
    from terra.commands.toolbox import Toolbox
    from terra.model.lock import LockedPlugin
    from terra.model.name import Name
    from terra.model.project import Wanted


def refuse_without_manifest(opened: OpenProject) -> None:
    """Refuse to make anything what a `terra.toml` says that is not there: everything would have to go.

    Raises:
        UsageError: There is none.
    """
    if opened.manifest_bytes is None:
        message = f"there is no `terra.toml` in `{opened.folder}`, nor above it"
        is_lost = bool(opened.lock.plugins)
        hint = "restore it from version control" if is_lost else "`terra add NAME` begins a project"
        raise UsageError(message, hint=hint, subjects=(str(opened.folder),))


def departing(opened: OpenProject, set_name: str, toolbox: Toolbox) -> tuple[Name, ...]:
    """Return the plugins of which `terra.toml` asks for something else than is locked, or that are not locked.

    Raises:
        UsageError: A source or a registry of `terra.toml` cannot be read.
    """
    found = []
    for line in opened.set(set_name).plugins:
        locked = opened.lock.find(set_name, line.name)
        if locked is None or _departure(line, locked, opened, toolbox):
            found.append(line.name)
    return tuple(found)


def departures(opened: OpenProject, set_name: str, toolbox: Toolbox) -> tuple[str, ...]:
    """Return, in words, where the lock of a set is not what `terra.toml` asks for; usually nothing.

    Raises:
        UsageError: A source or a registry of `terra.toml` cannot be read.
    """
    from terra.commands.drafting import unneeded

    lines = opened.set(set_name).plugins
    where = f" in the set `{set_name}`" if set_name else ""
    found = []
    for line in lines:
        locked = opened.lock.find(set_name, line.name)
        why = "is not locked" if locked is None else _departure(line, locked, opened, toolbox)
        found += [f"`{line.name}`{where} {why}"] if why else []
    for each in opened.lock.in_set(set_name):
        for need in each.requires:
            other = opened.lock.find(set_name, need.name)
            if other is None:
                found.append(f"`{need.name}`{where} is not locked, and `{each.id}` needs it")
    names = {line.name for line in lines}
    return (
        *found,
        *(f"`{each.id}`{where} is locked, and nothing asks for it" for each in unneeded(opened.lock, set_name, names)),
    )


def _departure(line: Wanted, locked: LockedPlugin, opened: OpenProject, toolbox: Toolbox) -> str:
    if not line.specifier.allows(locked.version, prereleases=True):
        return f"is locked at {locked.version}, and terra.toml asks for {line.specifier}"
    if line.source is not None:
        from terra.commands.fetching import admits
        from terra.commands.naming import from_line

        source = from_line(line).source
        same = locked.registry is None and source is not None and admits(source, locked.source, toolbox)
        return (
            "" if same else f"is locked from `{locked.registry or locked.source}`, and terra.toml says `{line.source}`"
        )
    if locked.registry is None:
        return f"is locked from `{locked.source}`, and terra.toml asks a registry for it"
    if line.registry is not None and line.registry != locked.registry:
        from terra.commands.registries import Registries

        registries = Registries(opened, toolbox)
        wanted, held = (registries.resolve(each, opened.folder).location for each in (line.registry, locked.registry))
        if wanted != held:
            return f"is locked from `{locked.registry}`, and terra.toml asks `{line.registry}`"
    return ""


def is_clean(locked: LockedPlugin, opened: OpenProject) -> bool:
    """Tell whether every file of a locked plugin stands there as it was released or accepted.

    Raises:
        UnsafeTargetError: A path leads through a link.
    """
    folder = f"{opened.set(locked.set).folder}/{locked.name}"
    line = opened.set(locked.set).find(locked.name)
    accepted = dict(locked.edited)
    mine = survey(opened.folder, paths_of(folder, locked.tree))
    for file in locked.tree.files:
        standing = mine.get(f"{folder}/{file.path}")
        if line is not None and is_excluded(file.path, line.exclude):
            if standing is not None and file.sha256 in standing.same_as:
                return False  # it is excluded since it was written
            continue
        if standing is None:
            if accepted.get(file.path) != DELETED:
                return False
        elif file.sha256 in standing.same_as:
            if standing.executable not in (None, file.executable):
                return False
        elif accepted.get(file.path) not in standing.same_as:
            return False
    return True


def target_of_lock(locked: LockedPlugin, payload: Path | None, opened: OpenProject, toolbox: Toolbox) -> Target:
    """Return what makes a plugin what the lock says, from whatever release of it stands there.

    Args:
        locked: What the lock says.
        payload: The folder that holds its bytes; None where files are only compared.
        opened: The project.
        toolbox: The adapters.
    """
    from terra.commands.ancestry import ancestor_of
    from terra.commands.bases import ancestor_folder

    folder = f"{opened.set(locked.set).folder}/{locked.name}"
    stands = bool(survey(opened.folder, paths_of(folder, locked.tree)))
    before = ancestor_of(locked, opened, toolbox, fetch=payload is not None)
    return Target(
        name=locked.name,
        set=locked.set,
        from_=before.version if stands else None,
        to=locked.version,
        base=before.tree,
        theirs=locked.tree,
        content=payload or Path(),
        ancestor=partial(ancestor_folder, before, opened, toolbox) if payload else lambda: None,
        accepted=locked.edited,
        locked=locked.tree,
    )
