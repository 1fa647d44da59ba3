"""`terra tree` and `terra why`: what is locked, and because of what; only the two documents are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.commands import opening
from terra.commands.standing import refuse_without_manifest
from terra.model.name import Name
from terra.model.requirement import Requirement
from terra.model.values import value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terra.commands.opening import OpenProject
    from terra.commands.toolbox import Toolbox
    from terra.model.lock import Lock, LockedPlugin

_TRIED = 20_000  # beginnings of a way
MOST = 1000  # chains to one plugin: their number may double with every floor of a graph


@value
class Step:
    """One step of a chain: what is required, and the release that answers it, or None where nothing is locked."""

    requirement: Requirement
    plugin: LockedPlugin | None


@value
class SetTree:
    """The plugins of one set.

    Attributes:
        roots: The lines of `terra.toml`, in their order.
        stray: What is locked and nothing asks for.
    """

    set: str
    lock: Lock
    roots: tuple[Step, ...]
    stray: tuple[LockedPlugin, ...] = ()

    @property
    def plugins(self) -> tuple[LockedPlugin, ...]:
        """What is locked, by name."""
        return self.lock.in_set(self.set)

    def steps(self, plugin: LockedPlugin) -> tuple[Step, ...]:
        """Return what a plugin requires, by name."""
        needs = sorted(plugin.requires, key=lambda each: each.name)
        return tuple(Step(need, self.lock.find(self.set, need.name)) for need in needs)


@value
class TreeReport:
    """The plugins of a project, by set."""

    sets: tuple[SetTree, ...]


@value
class Chain:
    """One way from a line of `terra.toml` to a plugin, which is its last step."""

    set: str
    steps: tuple[Step, ...]


@value
class WhyReport:
    """Every way to a plugin; `is_cut` where there are more than `MOST`."""

    name: Name
    chains: tuple[Chain, ...]
    stray: tuple[LockedPlugin, ...] = ()
    is_cut: bool = False


def tree(set_name: str | None, toolbox: Toolbox) -> TreeReport:
    """Return what is locked, as `terra.toml` leads to it.

    Args:
        set_name: One set only; None for all.
        toolbox: The adapters.

    Raises:
        UsageError: There is no `terra.toml`, or no such set.
    """
    opened = opening.for_reading(toolbox)
    refuse_without_manifest(opened)
    return TreeReport(_sets(set_name, opened))


def why(text: str, set_name: str | None, toolbox: Toolbox) -> WhyReport:
    """Return every chain of requirements that leads to a plugin.

    Raises:
        UnknownPluginError: It is not locked.
        UsageError: There is no `terra.toml`, or no such set.
    """
    from terra.commands.edits import locked_names

    opened = opening.for_reading(toolbox)
    refuse_without_manifest(opened)
    (name,) = locked_names(opened, (text,), set_name)
    chains: list[Chain] = []
    stray: list[LockedPlugin] = []
    for each in _sets(set_name, opened):
        for steps in _ways(each, name):
            if steps is None or len(chains) == MOST:
                return WhyReport(name, tuple(chains), is_cut=True)
            chains.append(Chain(each.set, steps))
        stray += [one for one in each.stray if one.name == name]
    return WhyReport(name, tuple(chains), tuple(stray))


def _sets(set_name: str | None, opened: OpenProject) -> tuple[SetTree, ...]:
    wanted = [opened.set(set_name)] if set_name is not None else opened.project.every_set
    return tuple(_set_tree(opened, each.name) for each in wanted)


def _set_tree(opened: OpenProject, set_name: str) -> SetTree:

    lock, lines = opened.lock, opened.set(set_name).plugins
    roots = tuple(Step(Requirement(line.name, line.specifier), lock.find(set_name, line.name)) for line in lines)
    return SetTree(set_name, lock, roots, lock.unneeded(set_name, [line.name for line in lines]))


def _ways(tree: SetTree, name: Name) -> Iterator[tuple[Step, ...] | None]:
    """Yield every way, the shortest first of those that begin alike, and None where it would take too long to find one.

    Where plugins need each other in circles, most ways lead nowhere.
    """
    leading = _leading_to(tree, name)
    waiting: list[tuple[Step, ...]] = [(step,) for step in reversed(tree.roots) if step.requirement.name in leading]
    tried = 0
    while waiting:
        way = waiting.pop()
        tried += 1
        if tried > _TRIED:
            yield None
            return
        last = way[-1]
        if last.requirement.name == name:
            yield way
        elif last.plugin is not None:
            seen = {each.requirement.name for each in way}
            steps = tree.steps(last.plugin)
            further = [one for one in steps if one.requirement.name in leading and one.requirement.name not in seen]
            waiting += [(*way, one) for one in reversed(further)]


def _leading_to(tree: SetTree, name: Name) -> set[Name]:
    found, waiting = {name}, [name]
    while waiting:
        target = waiting.pop()
        new = {each.name for each in tree.plugins if any(need.name == target for need in each.requires)} - found
        found |= new
        waiting += new
    return found
