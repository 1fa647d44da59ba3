"""`terra usage`: who uses a plugin: module blocks of the whole repository, and other plugins.

What a plugin calls by a requirement of its own is a need of it, whether or not its files were edited since; what the
user wrote into one that has no such need is a block like any other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.commands import opening
from terra.commands.callers import Caller, Unread, callers
from terra.commands.edits import chosen
from terra.commands.standing import refuse_without_manifest
from terra.model.requirement import Requirement
from terra.model.values import value

if TYPE_CHECKING:
    from terra.commands.callers import Callers
    from terra.commands.opening import OpenProject
    from terra.commands.toolbox import Toolbox
    from terra.model.lock import LockedPlugin


@value
class Needing:
    """A plugin that requires another one."""

    plugin: LockedPlugin
    requirement: Requirement


@value
class Used:
    """One locked plugin with everything that uses it, and the files that may and could not be read."""

    plugin: LockedPlugin
    callers: tuple[Caller, ...]
    needed_by: tuple[Needing, ...]
    unread: tuple[Unread, ...] = ()


@value
class UsageReport:
    """Who uses the plugins that were asked about, by set and name."""

    plugins: tuple[Used, ...]


def usage(names: tuple[str, ...], set_name: str | None, toolbox: Toolbox) -> UsageReport:
    """Return who uses plugins.

    Args:
        names: The plugins.
        set_name: One set only; None for every set that has them.
        toolbox: The adapters.

    Raises:
        UnknownPluginError: A plugin is not locked.
        UsageError: There is no `terra.toml`, or no such set.
    """
    opened = opening.for_reading(toolbox)
    refuse_without_manifest(opened)
    plugins = chosen(opened, names, set_name)
    there = callers(opened, [(each.set, each.name) for each in plugins])
    return UsageReport(tuple(_used(each, there, opened) for each in plugins))


def _used(plugin: LockedPlugin, there: Callers, opened: OpenProject) -> Used:
    needing = tuple(
        Needing(other, need)
        for other in opened.lock.in_set(plugin.set)
        for need in other.requires
        if need.name == plugin.name
    )
    folders = tuple(f"{opened.set(each.plugin.set).folder_of(each.plugin.name)}/" for each in needing)
    blocks = [each for each in there.found if _is_of(each, plugin) and not each.path.startswith(folders)]
    return Used(plugin, tuple(blocks), needing, tuple(each for each in there.unread if _is_of(each, plugin)))


def _is_of(each: Caller | Unread, plugin: LockedPlugin) -> bool:
    return (each.set, each.plugin) == (plugin.set, plugin.name)
