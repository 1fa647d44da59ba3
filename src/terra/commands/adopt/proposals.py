"""`terra adopt FOLDER`: of which release a folder that was copied by hand is likely a copy."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from terra.commands import opening
from terra.commands.adopt.given import command, folder_at, refuse_plugin
from terra.commands.adopt.likeness import Proposal
from terra.commands.adopt.narrowing import Narrowing
from terra.errors import UnknownPluginError
from terra.model.values import value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terra.commands.toolbox import Toolbox

NEAR = 0.4  # of the lines, for a folder to be taken for a copy
_TELLING = 0.1  # below it no release is worth a name: some lines are everywhere


@value
class ProposalRequest:
    """A folder, relative to where the user stands, and what may be said of it already.

    Attributes:
        text: A name whose releases alone are looked at, with a requirement or without; None for any.
    """

    path: str
    text: str | None = None
    set: str = ""
    registry: str | None = None


@value
class ProposalReport:
    """The releases that are near, the nearest first; of those that fit equally well the oldest first.

    Attributes:
        best: How many of them fit equally well, and better than the others.
        commands: What takes each.
        compared: How many releases were compared with the folder.
        known: How many there are of the plugins that were looked at.
    """

    path: str
    proposals: tuple[Proposal, ...]
    best: int
    commands: tuple[str, ...]
    compared: int
    known: int

    @property
    def next(self) -> str | None:
        """The command that takes the first; None where another plugin fits as well, and only the user can tell."""
        names = {each.name for each in self.proposals[: self.best]}
        return self.commands[0] if len(names) == 1 else None


def propose(request: ProposalRequest, toolbox: Toolbox) -> ProposalReport:
    """Return the releases of which a folder may be a copy.

    Of two that fit equally well the older is taken: what the newer changed comes by an update then, and is merged.
    Taken as a copy of the newer, the folder would have those changes undone for good.

    Raises:
        UnknownPluginError: None is near.
        UsageError: It is no folder of the project, or one of its plugins.
        FetchError: A registry that must be asked could not be reached.
    """
    opened = opening.for_reading(toolbox)
    place = folder_at(request.path, opened, toolbox)
    refuse_plugin(place, opened)
    search = Narrowing(place, opened, request, toolbox)
    with toolbox.reporter.working(f"comparing {request.path} with releases"):
        found = sorted(search.found(), key=lambda each: (each.rank, each.name, each.version))
    near = tuple(each for each in found if each.alike >= NEAR)
    if not near:
        raise _nothing_near(request, found)
    best = sum(1 for each in near if each.rank == near[0].rank)
    plugins = opened.set(request.set)
    commands = tuple(_command(each, request, moves=place != plugins.folder_of(each.name)) for each in near)
    return ProposalReport(request.path, near, best, commands, len(found), search.known)


def _nothing_near(request: ProposalRequest, found: Sequence[Proposal]) -> UnknownPluginError:
    what = f"`{request.path}`"
    hint = f"name the release: `terra adopt {shlex.quote(request.path)} --as NAME@VERSION`; `terra search` finds names"
    if not found:
        message = f"{what} was compared with nothing: no registry of this project lists a release"
        hint = f"`terra registry add NAME LOCATION` adds a registry; or {hint}"
    else:
        several = f"the {len(found)} releases that it was compared with"
        one = "the one release that it was compared with"
        best = found[0]
        if best.alike < _TELLING:
            message = f"{what} is not like {one}" if len(found) == 1 else f"{what} is like none of {several}"
        else:
            nearest = f"`{best.name}@{best.version}` is the nearest, {best.likeness}% alike"
            message = f"{what} is no copy of {one if len(found) == 1 else f'any of {several}'}: {nearest}"
    return UnknownPluginError(message, hint=hint, subjects=(request.path,))


def _command(proposal: Proposal, request: ProposalRequest, *, moves: bool) -> str:
    words = ("--as", f"{proposal.name}@{proposal.version}", *(("--move",) if moves else ()))
    return command(request.path, *words, set_name=request.set, registry=request.registry)
