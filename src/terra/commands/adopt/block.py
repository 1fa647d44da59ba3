"""A module block that calls from elsewhere, and the job of letting a plugin serve it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.model.values import value

if TYPE_CHECKING:
    from terra.commands.adopt.blocks import BlocksRequest
    from terra.commands.adopt.serving import Match
    from terra.commands.opening import OpenProject
    from terra.commands.registries import Registries
    from terra.commands.toolbox import Toolbox
    from terra.model.interface import ModuleCall
    from terra.model.project import PluginSet
    from terra.model.version import Version


@value
class Job:
    """A request with what it is done in."""

    request: BlocksRequest
    opened: OpenProject
    registries: Registries
    toolbox: Toolbox

    @property
    def plugins(self) -> PluginSet:
        """The set into which plugins come."""
        return self.opened.set(self.request.set)


@value
class Block:
    """One module block that calls something from elsewhere.

    Attributes:
        path: Of its file, relative to the project.
        to: What its source is to be; None where nothing serves it.
    """

    path: str
    call: ModuleCall
    match: Match
    to: str | None = None

    @property
    def where(self) -> str:
        """File and line."""
        return f"{self.path}:{self.call.place.line}"

    @property
    def version(self) -> Version | None:
        """Of the release that serves it."""
        return self.match.candidate.version if self.match.candidate else None
