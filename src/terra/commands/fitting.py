"""Plan and apply: fit proven payloads into the project, its manifest and its lock in the same journal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.commands.recording import documents
from terra.errors import UnsafeTargetError
from terra.model.plan import Conflict, Plan, PluginChange
from terra.model.values import value
from terra.vendor.plan import Choice, Sides, paths_of, plan_plugin
from terra.vendor.survey import survey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terra.commands.gathering import Gathered
    from terra.commands.opening import OpenProject


@value
class Fit:
    """A complete plan, with what stops it."""

    plan: Plan
    conflicts: tuple[Conflict, ...]


def fit(gathered: Sequence[Gathered], opened: OpenProject, set_name: str, choice: Choice) -> Fit:
    """Return everything that putting the plugins into the project means.

    Raises:
        UnsafeTargetError: A file would be written through a link, or in place of one.
    """
    changes: list[PluginChange] = []
    conflicts: list[Conflict] = []
    for each in gathered:
        change, stopping = _fit_one(each, opened, set_name, choice)
        changes.append(change)
        conflicts += stopping
    _refuse_links(conflicts)
    return Fit(Plan(tuple(changes), documents(gathered, opened, set_name)), tuple(conflicts))


def _fit_one(
    each: Gathered, opened: OpenProject, set_name: str, choice: Choice
) -> tuple[PluginChange, tuple[Conflict, ...]]:
    plugins = opened.set(set_name)
    acquired, locked = each.acquired, opened.lock.find(set_name, each.acquired.name)
    folder = f"{plugins.folder}/{acquired.name}"
    base = locked.tree if locked else None
    line = plugins.find(acquired.name)
    sides = Sides(
        name=acquired.name,
        folder=folder,
        base=base,
        theirs=acquired.cached.tree,
        content=acquired.cached.folder,
        mine=survey(opened.folder, paths_of(folder, base, acquired.cached.tree)),
        exclude=line.exclude if line else (),
    )
    files, conflicts = plan_plugin(sides, choice)
    change = PluginChange(acquired.name, set_name, locked.version if locked else None, acquired.version, files)
    return change, conflicts


def _refuse_links(conflicts: Sequence[Conflict]) -> None:
    links = [each for each in conflicts if each.kind == "link"]
    if links:
        message = f"`{links[0].path}` is a link: terra neither follows nor replaces one"
        hint = "move the link away, or put a file in its place"
        raise UnsafeTargetError(message, hint=hint, subjects=[each.path for each in links])
