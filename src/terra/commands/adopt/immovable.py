"""What stops a folder from going to another place."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from terra.errors import ConflictError, SystemFailureError, UsageError
from terra.hcl.reading import TOO_LARGE
from terra.system import fs
from terra.vendor.survey import refuse_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from terra.commands.adopt.calls import CalledIn
    from terra.commands.adopt.stand_ins import StandIn
    from terra.commands.opening import OpenProject

STAYS = (".terraform",)  # what `terraform init` made there, and makes again
_REPOSITORY = ".git"


def refuse_places(place: str, target: str, opened: OpenProject) -> None:
    """Refuse a folder that cannot be at its new place, or leave its old one.

    Raises:
        UsageError: One place is in the other, or it holds the project's plugins or a repository.
        ConflictError: Something stands at the target.
    """
    if f"{target}/".startswith(f"{place}/") or place.startswith(f"{target}/"):
        message = f"`{place}` cannot move to `{target}`: one is in the other"
        raise UsageError(message, hint="move it aside first", subjects=(place,))
    if not _is_free(opened.folder / target):
        message = f"`{place}` cannot move to `{target}`: something is there"
        raise ConflictError(message, hint="look at it, and move it away", subjects=(target,))
    _refuse_repositories(place, opened)
    inner = [each.folder for each in opened.project.every_set if f"{each.folder}/".startswith(f"{place}/")]
    if inner:
        message = f"`{place}` holds `{inner[0]}`, where the project's plugins are"
        raise UsageError(message, hint="name the folder of one module", subjects=(place,))


def _is_free(path: Path) -> bool:
    kind = fs.kind_of(path)
    return kind is None or (kind == "folder" and not any(path.iterdir()))


def _refuse_repositories(place: str, opened: OpenProject) -> None:
    passed_over = (*STAYS, _REPOSITORY)
    for each in fs.scan(opened.folder / place, lambda path: posixpath.basename(path) in passed_over):
        if posixpath.basename(each.path) == _REPOSITORY:
            repository = posixpath.dirname(f"{place}/{each.path}")
            message = f"`{repository}` is a repository of its own, or a submodule of git"
            hint = "take its `.git` away first, or `git rm --cached` the submodule"
            raise UsageError(message, hint=hint, subjects=(repository,))


def refuse_to_move_needed(place: str, needed: Mapping[str, str]) -> None:
    """Refuse to move a folder that stands where a plugin that comes with it will be.

    Args:
        place: The folder that is to move, relative to the project.
        needed: What comes with it, by the folder that it will be in.

    Raises:
        UsageError: One folder is the other, or in it.
    """
    for folder, id_ in needed.items():
        if f"{place}/".startswith(f"{folder}/") or folder.startswith(f"{place}/"):
            message = f"`{place}` cannot move: `{id_}`, which comes with it, will be in `{folder}`"
            raise UsageError(message, hint=f"move `{place}` aside first, and adopt it there", subjects=(place, folder))


def refuse_unadopted(place: str, first: Sequence[StandIn], ids: Mapping[str, str], command: str) -> None:
    """Refuse to move a copy away from others that have to become plugins before it.

    Args:
        place: The copy that is to move, relative to the project.
        first: The blocks that call others.
        ids: What would come in the place of each, by the plugin's name.
        command: What says of which release the first of the others is a copy.

    Raises:
        UsageError: There is one.
    """
    if not first:
        return
    lines = (
        f"{each.where}: `{each.source}` is `{each.folder}`, and `{ids[each.plugin]}` would take its place"
        for each in first
    )
    message = f"`{place}` needs plugins of which it calls copies, and those would be left behind"
    hint = f"adopt what it calls first: `{command}` says of which release that is a copy"
    subjects = (place, *dict.fromkeys(each.folder for each in first))
    raise UsageError("\n  ".join((message, *lines)), hint=hint, subjects=subjects)


def refuse_unread(files: Iterable[CalledIn]) -> None:
    """Refuse a move where a block may call the folder from what could not be looked into.

    Raises:
        SystemFailureError: A file could not be opened, or a folder listed; one that is too large is a warning.
    """
    for each in files:
        if each.unread and each.unread != TOO_LARGE:
            message = f"`{each.path}` {each.unread}, and a block in it may call what is to move"
            raise SystemFailureError(message, hint="let it be read, or move it aside", subjects=(each.path,))


def refuse_unwritable(files: Sequence[CalledIn], opened: OpenProject) -> None:
    """Refuse a move that makes a `source` wrong which terra cannot write.

    Raises:
        UsageError: It stands outside the project, is JSON, or its file does not parse.
        UnsafeTargetError: The file has a name that terra does not write.
    """
    for each in files:
        if each.path.startswith("../"):
            message = (
                f"`{each.path}` calls it and is outside the project `{opened.folder}`, whose files alone are written"
            )
            raise UsageError(
                message, hint="put terra.toml above both, or change that source yourself", subjects=(each.path,)
            )
        refuse_name(each.path)
        if each.is_json or each.is_broken:
            why = "is written as JSON" if each.is_json else "does not parse"
            message = f"`{each.path}` has a `source` that the move makes wrong, and {why}"
            raise UsageError(message, hint="move the folder yourself, then adopt it there", subjects=(each.path,))
