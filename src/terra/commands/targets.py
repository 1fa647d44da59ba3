"""What is to stand of the plugins of a set, beside what stands there: the only place that makes targets."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from terra.commands.ancestry import ancestor_of
from terra.commands.bases import base_folder
from terra.commands.edits import comparison_of
from terra.commands.fitting import NOTHING, Target
from terra.model.values import replace, value

if TYPE_CHECKING:
    from pathlib import Path

    from terra.commands.gathering import Gathered
    from terra.commands.opening import OpenProject
    from terra.commands.toolbox import Toolbox
    from terra.model.lock import LockedPlugin
    from terra.model.name import Name
    from terra.model.stages import Cached
    from terra.model.tree import Tree
    from terra.model.version import Version


@value
class Coming:
    """A release that is to stand in a set.

    Attributes:
        content: The folder that holds its bytes; None where files are only compared.
    """

    name: Name
    set: str
    version: Version
    tree: Tree
    content: Path | None

    @classmethod
    def gathered(cls, each: Gathered, set_name: str) -> Coming:
        """Return a release that was gathered for a set."""
        acquired = each.acquired
        return cls(acquired.name, set_name, acquired.version, acquired.cached.tree, acquired.cached.folder)

    @classmethod
    def locked(cls, locked: LockedPlugin, payload: Cached | None, set_name: str) -> Coming:
        """Return a locked release, on its way into its own set or another one."""
        return cls(locked.name, set_name, locked.version, locked.tree, payload.folder if payload else None)


def target_of(coming: Coming, opened: OpenProject, toolbox: Toolbox, *, restore: bool = True) -> Target:
    """Return the target of a release; a plugin that moves keeps what the user deleted away.

    Args:
        coming: The release.
        opened: The project.
        toolbox: The adapters.
        restore: Whether files that the user deleted come back of a plugin that does not move.
    """
    held = opened.lock.find(coming.set, coming.name)
    target = Target(
        name=coming.name,
        set=coming.set,
        from_=None,
        to=coming.version,
        base=None,
        theirs=coming.tree,
        content=coming.content,
        restore=restore,
    )
    if held is None:
        return target
    before = ancestor_of(held, opened, toolbox, coming=coming.tree, fetch=coming.content is not None)
    return replace(
        target,
        from_=before.version,
        base=before.tree,
        ancestor=partial(base_folder, before, opened, toolbox),
        restore=restore and before.tree == coming.tree,
        accepted=held.edited,
        locked=held.tree,
    )


def target_of_lock(locked: LockedPlugin, payload: Cached | None, opened: OpenProject, toolbox: Toolbox) -> Target:
    """Return what makes a plugin what the lock says, from whatever release of it stands there.

    It is there already as far as the project is concerned: what the user deleted comes back, even where it moves.

    Args:
        locked: What the lock says.
        payload: Its bytes; None where files are only compared.
        opened: The project.
        toolbox: The adapters.
    """
    target = target_of(Coming.locked(locked, payload, locked.set), opened, toolbox)
    stands = bool(comparison_of(locked, opened).standing)
    return replace(target, from_=target.from_ if stands else None, restore=True)


def leaving(locked: LockedPlugin) -> Target:
    """Return the target of a plugin that goes."""
    return Target(
        name=locked.name,
        set=locked.set,
        from_=locked.version,
        to=None,
        base=locked.tree,
        theirs=NOTHING,
        content=None,
        accepted=locked.edited,
        locked=locked.tree,
    )
