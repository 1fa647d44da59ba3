"""What `workspace:` and `file:` share: a path of this machine, relative to the document that names it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from terra.errors import SourceNotFoundError, UsageError

if TYPE_CHECKING:
    from terra.spec import FetchOrder


def check_local(order: FetchOrder) -> None:
    """Refuse a path of this machine in a document that was read over the network.

    Raises:
        UsageError: The document is remote, or the path is empty.
    """
    if order.anchor.is_remote:
        message = f"`{order.locator}` in `{order.anchor.location}` names a path of this machine"
        raise UsageError(message, hint="a registry read over the network names `https:` sources")
    if not order.locator.location:
        message = f"`{order.locator}` names no path"
        raise UsageError(message, subjects=(str(order.locator),))


def resolve(order: FetchOrder) -> Path:
    """Return the absolute path that the order names.

    Raises:
        SourceNotFoundError: Nothing is there.
    """
    written = os.path.expanduser(order.locator.location)
    path = Path(os.path.normpath(os.path.join(order.anchor.location, written)))
    if not path.exists():
        message = f"there is no file or folder `{path}`"
        raise SourceNotFoundError(
            message, hint="check the path, and the folder that it starts from", subjects=(str(order.locator),)
        )
    return path
