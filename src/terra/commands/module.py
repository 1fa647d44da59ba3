"""`terra module`: the block to paste, for plugins that the project holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.commands import opening
from terra.commands.blocks import block_for
from terra.errors import ResolveError
from terra.model.name import Name
from terra.model.values import value

if TYPE_CHECKING:
    from terra.commands.toolbox import Toolbox


@value
class ModuleReport:
    """Blocks by plugin name, in the order asked for."""

    blocks: tuple[tuple[Name, str], ...]


def module(names: tuple[str, ...], set_name: str, toolbox: Toolbox) -> ModuleReport:
    """Return a module block for each name, from the files as they stand in the project.

    Raises:
        ResolveError: The project does not hold a plugin.
    """
    opened = opening.for_reading(toolbox)
    folder = opened.folder / opened.set(set_name).folder
    blocks = []
    for name in map(Name.parse, names):
        is_locked = opened.lock.find(set_name, name) is not None
        if is_locked and not folder.joinpath(*name.parts).is_dir():
            message = f"the files of `{name}` are gone from `{folder.joinpath(*name.parts)}`"
            raise ResolveError(message, hint=f"`terra add {name}` writes them again", subjects=(name.text,))
        if not is_locked:
            held = ", ".join(f"`{each.name}`" for each in opened.lock.in_set(set_name)) or "none"
            message = f"`{name}` is not in this project, which has: {held}"
            raise ResolveError(message, hint=f"`terra add {name}` adds it", subjects=(name.text,))
        blocks.append((name, block_for(name, folder.joinpath(*name.parts), folder, toolbox.workdir)))
    return ModuleReport(tuple(blocks))
