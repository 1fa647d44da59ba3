"""The check of a whole set: read what its plugins call, where a plugin that comes or moves can have changed it.

A run that brings nothing new reads nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from terra.model.name import Name
from terra.model.requirement import Requirement
from terra.model.tree import Tree
from terra.model.values import value
from terra.model.version import Version

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from terra.commands.acquired import Acquired
    from terra.commands.opening import OpenProject
    from terra.commands.toolbox import Toolbox
    from terra.model.lock import LockedPlugin


@value
class Standing:
    """One plugin of a solution, as it will stand in the set.

    Attributes:
        folder: Where the cache has its files; None for a plugin that stays as the lock has it.
        is_new: Whether its files were opened in this run, rather than known from the lock and the cache.
    """

    name: Name
    version: Version
    tree: Tree
    requires: tuple[Requirement, ...]
    folder: Path | None = None
    is_new: bool = False

    @classmethod
    def of(cls, acquired: Acquired | None, locked: LockedPlugin | None) -> Standing:
        """Return a plugin as it was acquired in this run, else as the lock has it."""
        if acquired is not None:
            held, is_new = acquired.cached, not acquired.from_cache
            return cls(acquired.name, acquired.version, held.tree, acquired.dependencies, held.folder, is_new)
        assert locked is not None  # noqa: S101  # a solution has nothing else
        return cls(locked.name, locked.version, locked.tree, locked.requires)


def check_together(plugins: Sequence[Standing], opened: OpenProject, set_name: str, toolbox: Toolbox) -> None:
    """Refuse a solution whose plugins call what the others lack, or each other in a circle.

    Raises:
        IntegrityError: With plugin, file and line of every such call.
    """
    callers = _concerned(plugins)
    if not callers:
        return
    from terra.hcl.interface import read_interface
    from terra.trust.siblings import Member, check_siblings

    members = []
    for each in plugins:
        folder = _folder(each, opened, set_name, toolbox) if each.name in callers else None
        members.append(Member(each.name, each.version, each.tree, read_interface(folder) if folder else None))
    check_siblings(members)


def _concerned(plugins: Sequence[Standing]) -> set[Name]:
    """Return the plugins whose calls may lead elsewhere than when they were last checked."""
    new = {each.name for each in plugins if each.is_new}
    needs = {each.name: {need.name for need in each.requires} for each in plugins if each.requires}
    if not new:
        return set()
    near = {name for name, needed in needs.items() if name in new or needed & new}
    # A circle closes where its last plugin comes: the others need not be its neighbours.
    return near | {name for name in needs if name not in near and name in _reached(name, needs)}


def _reached(start: Name, needs: Mapping[Name, set[Name]]) -> set[Name]:
    found: set[Name] = set()
    waiting = list(needs[start])
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += needs.get(name, ())
    return found


def _folder(each: Standing, opened: OpenProject, set_name: str, toolbox: Toolbox) -> Path | None:
    """Return where a plugin's files can be read: the cache, else the project's own copy."""
    if each.folder is not None:
        return each.folder
    cached = toolbox.store.find_tree(each.name, each.version, each.tree.digest)
    if cached is not None:
        return cached.folder
    vendored = opened.folder / opened.set(set_name).folder_of(each.name)
    return vendored if vendored.is_dir() else None
