"""What `terra adopt` was given: a folder of the project, the project itself, and one release or only a plugin."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from terra.commands import opening
from terra.errors import SourceNotFoundError, UnsafeTargetError, UsageError
from terra.model.requirement import Requirement
from terra.model.source import Locator, is_path
from terra.model.terraform import TERRAFORM_ENDINGS
from terra.system import fs

if TYPE_CHECKING:
    from terra.commands.opening import OpenProject
    from terra.commands.toolbox import Toolbox


def folder_at(text: str, opened: OpenProject, toolbox: Toolbox) -> str:
    """Return a folder of the project, relative to it with `/`.

    Raises:
        SourceNotFoundError: There is none.
        UsageError: It is the project's own folder, holds it, or is outside it.
        UnsafeTargetError: A link leads to it.
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
    _refuse_link(text, place, opened)
    return place


def _refuse_link(text: str, place: str, opened: OpenProject) -> None:
    parts = place.split("/")
    for count in range(1, len(parts)):
        above = "/".join(parts[:count])
        if fs.kind_of(opened.folder / above) == "link":
            message = f"`{text}` is behind the link `{above}`: terra neither follows nor replaces one"
            raise UnsafeTargetError(message, hint="name the folder itself, where it is", subjects=(text,))


def refuse_plugin(place: str, opened: OpenProject, *, may_hold: bool = False) -> None:
    """Refuse a folder that is a plugin of the project, is in one, or holds one.

    Args:
        place: The folder, relative to the project.
        opened: The project.
        may_hold: Whether plugins may be in it.

    Raises:
        UsageError: It is no copy made by hand.
    """
    for each in opened.lock.plugins:
        folder = opened.set(each.set).folder_of(each.name)
        if f"{place}/".startswith(f"{folder}/") or (not may_hold and folder.startswith(f"{place}/")):
            message = f"`{place}` is not a copy made by hand: `{each.id}` is in `{folder}`"
            raise UsageError(message, hint="`terra list` shows what the project holds", subjects=(place,))


def command(path: str, *words: str, set_name: str, registry: str | None) -> str:
    """Return what a user types to go on with a path, in the same set and with the same registry."""
    in_set = ("--set", set_name) if set_name else ()
    at = ("--registry", registry) if registry else ()
    return shlex.join(["terra", "adopt", path, *words, *in_set, *at])


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


def is_terraform(path: str, toolbox: Toolbox) -> bool:
    """Tell whether a path is a file, or would be one of Terraform: then its blocks are meant."""
    return path.endswith(TERRAFORM_ENDINGS) or (toolbox.workdir / os.path.expanduser(path)).is_file()


def is_folder(path: str, toolbox: Toolbox) -> bool:
    """Tell whether a path is a folder, and no link to one."""
    return fs.kind_of(Path(os.path.normpath(toolbox.workdir / os.path.expanduser(path)))) == "folder"
