"""`terra list`: what the project holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.commands import opening
from terra.commands.edits import comparison_of
from terra.commands.standing import Unlocked, refuse_without_manifest, unlocked
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
        in_gone_set: Whether `terra.toml` does not have its set any more, so that nobody knows where its files are.
    """

    plugin: LockedPlugin
    edited: tuple[str, ...]
    missing: tuple[str, ...]
    accepted: tuple[str, ...] = ()
    in_gone_set: bool = False


@value
class ListReport:
    """What a project holds, by set and name, and what `terra.toml` asks for beyond that."""

    plugins: tuple[Held, ...]
    unlocked: tuple[Unlocked, ...] = ()


def list_plugins(set_name: str | None, toolbox: Toolbox) -> ListReport:
    """Return what is locked, with what was edited since.

    Args:
        set_name: One set only; None for all.
        toolbox: The adapters.

    Raises:
        UsageError: There is no `terra.toml`, or no such set.
        UnsafeTargetError: A plugin's folder is a link.
    """
    opened = opening.for_reading(toolbox)
    refuse_without_manifest(opened)
    if set_name is not None:
        opened.set(set_name)
    plugins = [each for each in opened.lock.plugins if set_name in (None, each.set)]
    return ListReport(tuple(_held(each, opened) for each in plugins), unlocked(opened, set_name))


def _held(plugin: LockedPlugin, opened: OpenProject) -> Held:
    if opened.project.find_set(plugin.set) is None:
        return Held(plugin, (), (), in_gone_set=True)
    edits = comparison_of(plugin, opened).edits
    return Held(
        plugin,
        tuple(each.name for each in edits if each.kind == "changed"),
        tuple(each.name for each in edits if each.kind == "missing"),
        tuple(each.name for each in edits if each.is_accepted),
    )
