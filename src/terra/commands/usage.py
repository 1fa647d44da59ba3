"""`terra usage`: who uses a plugin: module blocks of the whole repository, and other plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.commands import opening
from terra.commands.callers import Caller, Unread, callers
from terra.commands.edits import chosen
from terra.model.requirement import Requirement
from terra.model.values import value

if TYPE_CHECKING:
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
        UsageError: There is no such set.
    """
    opened = opening.for_reading(toolbox)
    plugins = chosen(opened, names, set_name)
    there = callers(opened, [(each.set, each.name) for each in plugins])
    return UsageReport(
        tuple(
            Used(
                each,
                tuple(one for one in there.found if (one.set, one.plugin) == (each.set, each.name)),
                tuple(
                    Needing(other, need)
                    for other in opened.lock.in_set(each.set)
                    for need in other.requires
                    if need.name == each.name
                ),
                tuple(one for one in there.unread if (one.set, one.plugin) == (each.set, each.name)),
            )
            for each in plugins
        )
    )
