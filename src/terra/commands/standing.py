"""What stands in a project beside what its documents say: the lock beside `terra.toml`, the files beside the lock."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from terra.commands.edits import comparison_of
from terra.commands.fitting import Target
from terra.errors import UsageError
from terra.model.values import replace

if TYPE_CHECKING:
    from terra.commands.opening import OpenProject
    from terra.commands.toolbox import Toolbox
    from terra.model.lock import LockedPlugin
    from terra.model.name import Name
    from terra.model.project import Wanted

_WAS_ASKED = "asked for by terra.toml, and only other plugins need it now"
_WAS_NEEDED = "needed by other plugins alone, and terra.toml asks for it now"


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


def sets_of(opened: OpenProject) -> list[str]:
    """Return the names of the sets of `terra.toml`, then of those that only the lock still has."""
    names = [each.name for each in opened.project.every_set]
    return [*names, *sorted({each.set for each in opened.lock.plugins} - {*names})]


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

    locked_here = opened.lock.in_set(set_name)
    if opened.project.find_set(set_name) is None and locked_here:
        gone = f"in the set `{set_name}`, which terra.toml does not have any more"
        return tuple(f"`{each.id}` is locked {gone}" for each in locked_here)
    lines = opened.set(set_name).plugins
    where = f" in the set `{set_name}`" if set_name else ""
    found = []
    for line in lines:
        locked = opened.lock.find(set_name, line.name)
        why = "is not locked" if locked is None else _departure(line, locked, opened, toolbox)
        found += [f"`{line.name}`{where} {why}"] if why else []
    for each in locked_here:
        for need in each.requires:
            other = opened.lock.find(set_name, need.name)
            if other is None:
                found.append(f"`{need.name}`{where} is not locked, and `{each.id}` needs it")
    names = {line.name for line in lines}
    unasked = unneeded(opened.lock, set_name, names)
    found += [f"`{each.id}`{where} is locked, and nothing asks for it" for each in unasked]
    found += [
        f"`{each.id}`{where} is locked as {_WAS_NEEDED if each.direct else _WAS_ASKED}"
        for each in redirected(opened, set_name)
        if each.name not in {one.name for one in unasked}
    ]
    return tuple(found)


def redirected(opened: OpenProject, set_name: str) -> tuple[LockedPlugin, ...]:
    """Return, as the lock should have them, the plugins of which it is wrong whether `terra.toml` asks for them."""
    names = {line.name for line in opened.set(set_name).plugins}
    here = opened.lock.in_set(set_name)
    return tuple(replace(each, direct=not each.direct) for each in here if each.direct != (each.name in names))


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

    stands = bool(comparison_of(locked, opened).standing)
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
