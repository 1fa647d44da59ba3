"""Folders of the project that may be copies made by hand: below a folder of folders, or called by module blocks.

Of which release one is a copy is not looked for here: that is a question for each folder by itself.
"""

from __future__ import annotations

import os
import posixpath
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from terra.commands import opening
from terra.commands.adopt.calls import called_below, unread_warnings
from terra.commands.adopt.given import folder_at, refuse_plugin
from terra.commands.terraform_files import passes_over
from terra.errors import SourceNotFoundError, UsageError
from terra.model.terraform import TERRAFORM_ENDINGS
from terra.model.values import value
from terra.system import fs
from terra.system.upwards import repository_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from terra.commands.adopt.calls import CalledIn
    from terra.commands.opening import OpenProject
    from terra.commands.toolbox import Toolbox


@value
class Copied:
    """A folder with Terraform files that is no plugin of the project.

    Attributes:
        folder: Relative to the project.
        callers: The blocks that call it, as `FILE:LINE` relative to the project.
        command: What says of which release it may be a copy.
    """

    folder: str
    callers: tuple[str, ...]
    command: str


@value
class CopiesReport:
    """The folders below one that holds no module itself."""

    path: str
    copies: tuple[Copied, ...]
    warnings: tuple[str, ...] = ()


def is_module(path: str, toolbox: Toolbox) -> bool:
    """Tell whether a folder has Terraform files of its own, and so may be a copy of a release."""
    return _has_terraform(Path(os.path.normpath(toolbox.workdir / os.path.expanduser(path))))


def copies_below(path: str, toolbox: Toolbox) -> CopiesReport:
    """Return the modules below a folder; what is in one is a part of it.

    Raises:
        SourceNotFoundError: There is no such folder, or no Terraform file below it.
        UsageError: It is no folder of the project.
    """
    opened = opening.for_reading(toolbox)
    place = folder_at(path, opened, toolbox)
    refuse_plugin(place, opened, may_hold=True)
    found = list(_modules(place, opened))
    if not found:
        _refuse_empty(path, holds=any(each.startswith(f"{place}/") for each in _plugin_folders(opened)))
    files = list(called_below(repository_of(opened.folder) or opened.folder, opened.folder))
    callers = _callers(files, opened)
    copies = tuple(_copied(each, callers, toolbox, opened) for each in _called_first(found, callers))
    return CopiesReport(path, copies, tuple(unread_warnings(files)))


def _refuse_empty(path: str, *, holds: bool) -> NoReturn:
    if holds:
        message = f"every module in `{path}` is a plugin of the project"
        raise UsageError(message, hint="`terra list` shows what the project holds", subjects=(path,))
    message = f"there is no Terraform file in `{path}`"
    raise SourceNotFoundError(message, hint="name the folder that was copied by hand", subjects=(path,))


def called_copies(files: Iterable[CalledIn], opened: OpenProject, toolbox: Toolbox) -> tuple[Copied, ...]:
    """Return the folders that blocks of some files call, and that are no plugins."""
    callers = _callers(files, opened)
    plugins = set(_plugin_folders(opened))
    whole = {*plugins, *callers}  # what is in a plugin or a copy is a part of it
    found = [
        each for each in callers if each not in plugins and not any(each.startswith(f"{folder}/") for folder in whole)
    ]
    return tuple(_copied(each, callers, toolbox, opened) for each in _called_first(sorted(found), callers))


def _called_first(found: Sequence[str], callers: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Yield copies in the order to adopt them: each after those that it calls, as far as there is such an order."""

    def copy_of(path: str) -> str | None:
        return next((each for each in found if f"{path}/".startswith(f"{each}/")), None)

    calls: dict[str, set[str | None]] = {each: set() for each in found}
    for called, blocks in callers.items():
        for caller in filter(None, map(copy_of, blocks)):
            calls[caller] |= {copy_of(called)} - {caller}
    waiting = list(found)
    while waiting:
        chosen = next((each for each in waiting if calls[each].isdisjoint(waiting)), waiting[0])
        waiting.remove(chosen)
        yield chosen


def _callers(files: Iterable[CalledIn], opened: OpenProject) -> dict[str, list[str]]:
    """Return the blocks that call modules in the project from outside of them, by the folder that they call."""
    found: dict[str, list[str]] = {}
    for file in files:
        for call in file.calls:
            folder = _called(file.path, call.source or "")
            if folder is not None and _has_terraform(opened.folder / folder):
                found.setdefault(folder, []).append(f"{file.path}:{call.place.line}")
    return found


def _called(path: str, source: str) -> str | None:
    """Return the folder of the project that a source in a file names, where the file is not in it."""
    top = source.partition("//")[0]
    folder = posixpath.normpath(posixpath.join(posixpath.dirname(path), top))
    is_other = folder != "." and not folder.startswith("..") and not path.startswith(f"{folder}/")
    return folder if is_other and top.startswith(("./", "../")) else None


def _copied(folder: str, callers: dict[str, list[str]], toolbox: Toolbox, opened: OpenProject) -> Copied:
    shown = os.path.relpath(opened.folder / folder, toolbox.workdir).replace(os.sep, "/")
    return Copied(folder, tuple(callers.get(folder, ())), f"terra adopt {shlex.quote(shown)}")


def _modules(place: str, opened: OpenProject) -> Iterator[str]:
    plugins = set(_plugin_folders(opened))
    waiting = [place]
    while waiting:
        folder = waiting.pop(0)
        if folder in plugins:
            continue
        if _has_terraform(opened.folder / folder):
            yield folder
            continue
        with os.scandir(opened.folder / folder) as entries:
            names = sorted(each.name for each in entries if each.is_dir(follow_symlinks=False))
        waiting += [f"{folder}/{name}" for name in names if not passes_over(name)]


def _plugin_folders(opened: OpenProject) -> Iterator[str]:
    for each in opened.lock.plugins:
        found = opened.project.find_set(each.set)
        if found is not None:
            yield found.folder_of(each.name)


def _has_terraform(folder: Path) -> bool:
    if fs.kind_of(folder) != "folder":
        return False
    with os.scandir(folder) as entries:
        return any(each.name.endswith(TERRAFORM_ENDINGS) and each.is_file(follow_symlinks=False) for each in entries)
