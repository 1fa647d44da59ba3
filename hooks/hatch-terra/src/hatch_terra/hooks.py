"""What hatchling finds by the entry point `terra` of the group `hatch`: the two hooks, both called `terra`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hatchling.plugin import hookimpl

if TYPE_CHECKING:
    from hatch_terra.build_hook import TerraBuildHook
    from hatch_terra.metadata_hook import TerraMetadataHook


@hookimpl
def hatch_register_metadata_hook() -> type[TerraMetadataHook]:
    """Hand `[tool.hatch.metadata.hooks.terra]` to hatchling."""
    from hatch_terra.metadata_hook import TerraMetadataHook

    return TerraMetadataHook


@hookimpl
def hatch_register_build_hook() -> type[TerraBuildHook]:
    """Hand `[tool.hatch.build.hooks.terra]` to hatchling."""
    from hatch_terra.build_hook import TerraBuildHook

    return TerraBuildHook
