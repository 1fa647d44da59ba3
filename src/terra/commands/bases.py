"""What terra wrote last time: the bytes of a locked release, from the cache or fetched again by digest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.commands.registries import Registries
from terra.commands.restoring import locked_payloads
from terra.errors import TerraError

if TYPE_CHECKING:
    from pathlib import Path

    from terra.commands.ancestry import Ancestor
    from terra.commands.opening import OpenProject
    from terra.commands.toolbox import Toolbox
    from terra.model.lock import LockedPlugin
    from terra.model.stages import Cached


def pristine(locked: LockedPlugin, opened: OpenProject, registries: Registries, toolbox: Toolbox) -> Cached | None:
    """Return a locked release as it was released, or None, with a warning, where it is nowhere to be had."""
    try:
        return locked_payloads([locked], opened, registries, toolbox)[0]
    except TerraError as error:
        toolbox.reporter.warn(f"`{locked.id}` cannot be had any more: {error.message}")
        return None


def base_folder(locked: LockedPlugin, opened: OpenProject, registries: Registries, toolbox: Toolbox) -> Path | None:
    """Return the folder with the bytes of a locked release, or None where it is nowhere to be had."""
    cached = pristine(locked, opened, registries, toolbox)
    return cached.folder if cached else None


def ancestor_folder(ancestor: Ancestor, opened: OpenProject, toolbox: Toolbox) -> Path | None:
    """Return the folder with the bytes of the release that a plugin's files are of, or None; called only to merge."""
    return base_folder(ancestor.locked, opened, Registries(opened, toolbox), toolbox)
