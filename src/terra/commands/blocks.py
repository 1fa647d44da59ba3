"""The module block that a user pastes, for a plugin in a set."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from terra.hcl.block import module_block
from terra.hcl.interface import read_interface

if TYPE_CHECKING:
    from pathlib import Path

    from terra.model.name import Name


def block_for(name: Name, payload: Path, plugins: Path, workdir: Path) -> str:
    """Return the block.

    Args:
        name: The plugin.
        payload: The folder that holds its files now.
        plugins: The set's folder in the project, absolute.
        workdir: Where the block will be pasted: its `source` is relative to that.
    """
    relative = os.path.relpath(plugins.joinpath(*name.parts), workdir).replace(os.sep, "/")
    source = relative if relative.startswith("../") else f"./{relative}"
    return module_block(name.text, source, read_interface(payload))
