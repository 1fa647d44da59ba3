"""What terra wrote last time: the bytes of a locked release, from the cache or fetched again by digest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.errors import TerraError

if TYPE_CHECKING:
    from pathlib import Path

    from terra.commands.opening import OpenProject
    from terra.commands.registries import Registries
    from terra.commands.toolbox import Toolbox
    from terra.model.lock import LockedPlugin


def base_folder(  # noqa: PLR0913  # a release, and how far to go for it
    locked: LockedPlugin,
    opened: OpenProject,
    toolbox: Toolbox,
    *,
    registries: Registries | None = None,
    fetch: bool = True,
    is_told: bool = True,
) -> Path | None:
    """Return the folder with the bytes of a locked release, or None where it is nowhere to be had.

    Args:
        locked: What a lock says.
        opened: The project.
        toolbox: The adapters.
        registries: Those of the project, where they are at hand.
        fetch: Whether it may be fetched again.
        is_told: Whether the user is warned of one that cannot be had.
    """
    cached = toolbox.store.find_tree(locked.name, locked.version, locked.tree.digest)
    if cached is not None or not fetch:
        return cached.folder if cached else None
    from terra.commands.registries import Registries
    from terra.commands.restoring import locked_payloads  # resolvelib comes with it

    try:
        return locked_payloads([locked], opened, registries or Registries(opened, toolbox), toolbox)[0].folder
    except TerraError as error:
        if is_told:
            toolbox.reporter.warn(f"`{locked.id}` cannot be had: {error.message}")
        return None
