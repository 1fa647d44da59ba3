"""`terra list`: what the project holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.commands import opening
from terra.errors import UsageError
from terra.model.values import value
from terra.vendor.plan import is_excluded
from terra.vendor.survey import survey

if TYPE_CHECKING:
    from terra.commands.opening import OpenProject
    from terra.commands.toolbox import Toolbox
    from terra.model.lock import LockedPlugin


@value
class Held:
    """One plugin of the project: `edited` and `missing` are paths relative to its folder."""

    plugin: LockedPlugin
    edited: tuple[str, ...]
    missing: tuple[str, ...]


@value
class ListReport:
    """What a project holds, by set and name."""

    plugins: tuple[Held, ...]


def list_plugins(set_name: str | None, toolbox: Toolbox) -> ListReport:
    """Return what is locked, with what was edited since.

    Args:
        set_name: One set only; None for all.
        toolbox: The adapters.

    Raises:
        UsageError: There is no such set.
        UnsafeTargetError: A plugin's folder is a link.
    """
    opened = opening.for_reading(toolbox)
    if set_name is not None:
        opened.set(set_name)
    plugins = [each for each in opened.lock.plugins if set_name in (None, each.set)]
    return ListReport(tuple(held(each, opened) for each in plugins))


def held(plugin: LockedPlugin, opened: OpenProject) -> Held:
    """Return one locked plugin with what was edited since.

    Raises:
        UnsafeTargetError: Its folder is a link.
    """
    found = opened.project.find_set(plugin.set)
    if found is None:
        message = f"`terra.lock` has plugins of the set `{plugin.set}`, which `terra.toml` does not have"
        raise UsageError(message, hint=f"add a `[sets.{plugin.set}]` table to terra.toml", subjects=(plugin.set,))
    line = found.find(plugin.name)
    wanted = [file for file in plugin.tree.files if not (line and is_excluded(file.path, line.exclude))]
    folder = f"{found.folder}/{plugin.name}"
    standing = survey(opened.folder, [f"{folder}/{file.path}" for file in wanted])
    edited, missing = [], []
    for file in wanted:
        mine = standing.get(f"{folder}/{file.path}")
        if mine is None:
            missing.append(file.path)
        elif file.sha256 not in mine.same_as or mine.executable not in (None, file.executable):
            edited.append(file.path)
    return Held(plugin, tuple(edited), tuple(missing))
