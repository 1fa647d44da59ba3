"""What terra wrote last time: the bytes of a locked release, from the cache or fetched again by digest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.commands.acquiring import Order, acquire
from terra.commands.catalogue import Catalogue
from terra.errors import TerraError

if TYPE_CHECKING:
    from pathlib import Path

    from terra.commands.opening import OpenProject
    from terra.commands.registries import Registries
    from terra.commands.toolbox import Toolbox
    from terra.model.lock import LockedPlugin
    from terra.model.stages import Cached


def pristine(locked: LockedPlugin, opened: OpenProject, registries: Registries, toolbox: Toolbox) -> Cached | None:
    """Return a locked release as it was released, or None, with a warning, where it is nowhere to be had."""
    cached = toolbox.store.find_tree(locked.name, locked.version, locked.tree.digest)
    if cached is not None:
        return cached
    try:
        release = Catalogue(opened, locked.set, registries).listed(locked)
        acquired = acquire(Order(release, locked), opened.policy, toolbox)
    except TerraError as error:
        toolbox.reporter.warn(f"`{locked.id}` cannot be had any more: {error.message}")
        return None
    if acquired.cached.tree == locked.tree:
        return acquired.cached
    toolbox.reporter.warn(f"`{locked.id}` cannot be had any more: `{locked.source}` holds something else now")
    return None


def base_folder(locked: LockedPlugin, opened: OpenProject, registries: Registries, toolbox: Toolbox) -> Path | None:
    """Return the folder with the bytes of a locked release, or None where it is nowhere to be had."""
    cached = pristine(locked, opened, registries, toolbox)
    return cached.folder if cached else None
