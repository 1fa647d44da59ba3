"""`terra module`: the block to paste, for plugins that the project holds."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from terra.commands import opening
from terra.commands.standing import refuse_without_manifest
from terra.errors import ResolveError
from terra.hcl.block import module_block
from terra.hcl.interface import read_interface
from terra.model.name import Name
from terra.model.values import value

if TYPE_CHECKING:
    from pathlib import Path

    from terra.commands.toolbox import Toolbox


@value
class ModuleReport:
    """Blocks by plugin name, in the order asked for."""

    blocks: tuple[tuple[Name, str], ...]


def module(names: tuple[str, ...], set_name: str, toolbox: Toolbox) -> ModuleReport:
    """Return a module block for each name, from the files as they stand in the project.

    Raises:
        UsageError: There is no `terra.toml`, or no such set.
        UnknownPluginError: The project does not hold a plugin.
        ResolveError: The files of one are gone.
    """
    opened = opening.for_reading(toolbox)
    refuse_without_manifest(opened)
    plugins = opened.set(set_name)
    blocks = []
    for name in map(Name.parse, names):
        folder = opened.folder / plugins.folder_of(name)
        is_locked = opened.lock.find(set_name, name) is not None
        if is_locked and not folder.is_dir():
            message = f"the files of `{name}` are gone from `{folder}`"
            raise ResolveError(message, hint=f"`terra add {name}` writes them again", subjects=(name.text,))
        if not is_locked:
            from terra.commands.unknown import not_locked_in

            raise not_locked_in(name, opened, set_name)
        blocks.append((name, block_for(name, folder, folder, toolbox.workdir)))
    return ModuleReport(tuple(blocks))


def block_for(name: Name, payload: Path, vendored: Path, workdir: Path) -> str:
    """Return the block.

    Args:
        name: The plugin.
        payload: The folder that holds its files now.
        vendored: The plugin's folder in the project, absolute.
        workdir: Where the block will be pasted: its `source` is relative to that.
    """
    relative = os.path.relpath(vendored, workdir).replace(os.sep, "/")
    source = relative if relative.startswith("../") else f"./{relative}"
    return module_block(name.text, source, read_interface(payload))
