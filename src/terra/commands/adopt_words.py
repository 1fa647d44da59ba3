"""What `terra adopt` was given: a folder of the project, the project itself, and one release or only a plugin."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from terra.commands import opening
from terra.errors import SourceNotFoundError, UsageError
from terra.model.requirement import Requirement
from terra.model.source import Locator, is_path
from terra.system import fs

if TYPE_CHECKING:
    from terra.commands.opening import OpenProject
    from terra.commands.toolbox import Toolbox


def folder_at(text: str, opened: OpenProject, toolbox: Toolbox) -> str:
    """Return a folder of the project, relative to it with `/`.

    Raises:
        SourceNotFoundError: There is none.
        UsageError: It is the project's own folder, holds it, or is outside it.
    """
    absolute = Path(os.path.normpath(toolbox.workdir / os.path.expanduser(text)))
    if fs.kind_of(absolute) != "folder":
        kind = fs.kind_of(absolute)
        message = f"`{text}` is a {kind}, expected a folder" if kind else f"there is no folder `{text}`"
        raise SourceNotFoundError(message, hint="name the folder that was copied by hand", subjects=(text,))
    place = os.path.relpath(absolute, opened.folder).replace(os.sep, "/")
    if place == "." or place.startswith("..") or os.path.isabs(place):
        message = f"`{text}` is not a folder inside the project `{opened.folder}`"
        raise UsageError(message, hint="a plugin stands inside the project that has it", subjects=(text,))
    return place


def names_one_release(text: str) -> bool:
    """Tell whether `--as` says of which release a folder is a copy, rather than only of which plugin."""
    if is_path(text) or Locator.parse(text) is not None:
        return True
    return Requirement.parse(text).specifier.is_exact


def is_whole_project(path: str, toolbox: Toolbox) -> bool:
    """Tell whether a path is the project's folder or holds it: then its blocks are meant, and it is no copy."""
    absolute = Path(os.path.normpath(toolbox.workdir / os.path.expanduser(path)))
    folder = opening.folder_of(toolbox)
    return absolute == folder or absolute in folder.parents
