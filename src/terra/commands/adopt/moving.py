"""The move of a copy to where its set wants it, with what it calls for the plugins that its release needs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from terra.commands.adopt.given import command
from terra.commands.adopt.immovable import refuse_to_move_needed, refuse_unadopted
from terra.commands.adopt.relocation import refuse_to_move, relocation
from terra.commands.adopt.stand_ins import StandIns
from terra.model.values import replace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terra.commands.adopt.folder import FolderRequest
    from terra.commands.adopt.relocation import Relocation
    from terra.commands.adopt.stand_ins import StandIn
    from terra.commands.gathering import Gathered
    from terra.commands.opening import OpenProject
    from terra.commands.toolbox import Toolbox


def moved(
    place: str, gathered: Sequence[Gathered], request: FolderRequest, opened: OpenProject, toolbox: Toolbox
) -> Relocation:
    """Return the move of a copy.

    Args:
        place: Where it is, relative to the project, and not its place.
        gathered: The release that it is a copy of, and after it what comes with that.
        request: How it was asked for.
        opened: The project.
        toolbox: The adapters.

    Raises:
        UsageError: It cannot move, or was not asked to.
        ConflictError: Something stands at its place.
        UnsafeTargetError: There is something in it that terra does not write.
    """
    folder = opened.set(request.set).folder
    copied, coming = gathered[0].acquired, [each.acquired for each in gathered[1:]]
    target = f"{folder}/{copied.name}"
    ids = {each.name.text: f"{each.name}@{each.version}" for each in coming}
    refuse_to_move_needed(place, {f"{folder}/{name}": id_ for name, id_ in ids.items()})
    judged = StandIns(coming, opened, request.set).judge(place, copied)
    refuse_unadopted(place, judged.first, ids, _adopting(judged.first, request, opened, toolbox))
    found = relocation(place, target, opened, judged.kept)
    if not request.move:
        words = ("--as", request.text, "--move")
        refuse_to_move(found, command(request.path, *words, set_name=request.set, registry=request.registry))
    return replace(found, warnings=(*judged.warnings, *found.warnings))


def _adopting(first: Sequence[StandIn], request: FolderRequest, opened: OpenProject, toolbox: Toolbox) -> str:
    """Return what says of which release the first of some copies is one."""
    if not first:
        return ""
    shown = os.path.relpath(opened.folder / first[0].folder, toolbox.workdir).replace(os.sep, "/")
    return command(shown, "--as", first[0].plugin, set_name=request.set, registry=request.registry)
