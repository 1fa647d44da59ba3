"""`workspace:packages/plugins/aws-s3`: a folder beside the registry's file, always read afresh."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from terra.errors import UsageError
from terra.model.stages import Fetched
from terra.sources.folder import check_local, resolve
from terra.spec import hookimpl

if TYPE_CHECKING:
    from terra.spec import FetchOrder, FetchTools


class WorkspaceSource:
    """Points at a folder of the workspace; nothing is copied or cached by it."""

    schemes = ("workspace",)

    def check(self, order: FetchOrder) -> None:
        """Refuse an address in a remote document, or one that leaves the workspace.

        Raises:
            UsageError: What is wrong with it.
        """
        check_local(order)
        parts = order.locator.location.replace("\\", "/").split("/")
        if order.locator.location.startswith(("/", "~")) or ".." in parts:
            message = f"`{order.locator}` leaves the workspace"
            raise UsageError(message, hint="use `file:` for a folder elsewhere", subjects=(str(order.locator),))

    def fetch(self, order: FetchOrder, tools: FetchTools) -> Fetched:
        """Point at the folder.

        Raises:
            SourceNotFoundError: It is not there.
            UsageError: It is a file.
        """
        path = resolve(order)
        if not path.is_dir():
            message = f"`{order.locator}` is a file, expected a folder"
            raise UsageError(message, hint="use `file:` for an archive", subjects=(str(order.locator),))
        if not path.resolve().is_relative_to(Path(order.anchor.location).resolve()):
            message = f"`{order.locator}` leads out of the workspace by a link"
            raise UsageError(message, hint="use `file:` for a folder elsewhere", subjects=(str(order.locator),))
        tools.reporter.detail(f"reading `{path}`")
        return Fetched(path, "folder", order.locator.subdir, path.name)


@hookimpl
def terra_register_source() -> WorkspaceSource:
    """Hand the source to the host."""
    return WorkspaceSource()
