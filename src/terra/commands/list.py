"""`terra list`: what the project holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.commands import opening
from terra.commands.edits import edits_of
from terra.model.values import value

if TYPE_CHECKING:
    from terra.commands.opening import OpenProject
    from terra.commands.toolbox import Toolbox
    from terra.model.lock import LockedPlugin


@value
class Held:
    """One plugin of the project; all paths are relative to its folder.

    Attributes:
        accepted: Those of `edited` and `missing` that `terra accept` recorded as they are.
    """

    plugin: LockedPlugin
    edited: tuple[str, ...]
    missing: tuple[str, ...]
    accepted: tuple[str, ...] = ()


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
        UsageError: The lock has it in a set that `terra.toml` does not have.
        UnsafeTargetError: Its folder is a link.
    """
    edits = [each for each in edits_of(plugin, opened) if each.kind != "endings"]
    return Held(
        plugin,
        tuple(each.name for each in edits if each.kind == "changed"),
        tuple(each.name for each in edits if each.kind == "missing"),
        tuple(each.name for each in edits if each.accepted),
    )
