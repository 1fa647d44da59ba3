"""The projects of a big repository: every `terra.toml` below a folder.

Not looked into are the folders of plugins, dot folders such as `.terraform`, `node_modules`, and links.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from terra.commands.opening import set_called
from terra.errors import TerraError, UsageError
from terra.model.name import Name
from terra.model.project import DEFAULT_FOLDER
from terra.project import lockfile, manifest
from terra.project.discovery import MANIFEST, is_project

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_SKIPPED = "node_modules"


def projects_below(start: Path) -> tuple[Path, ...]:
    """Return the folders of the projects in `start` and below it, sorted.

    Raises:
        UsageError: There is none.
    """
    found = projects_in(start)
    if not found:
        message = f"there is no `{MANIFEST}` in `{start}`, or below it"
        raise UsageError(message, hint="`terra init` makes a project of a folder", subjects=(str(start),))
    return found


def projects_in(start: Path) -> tuple[Path, ...]:
    """Return the folders of the projects in `start` and below it, sorted; perhaps none."""
    return tuple(sorted(_walk(start)))


def _walk(start: Path) -> Iterator[Path]:
    waiting = [start]
    plugins: set[Path] = set()
    while waiting:
        folder = waiting.pop()
        if folder in plugins:
            continue
        try:
            with os.scandir(folder) as found:
                below = [each.name for each in found if each.is_dir(follow_symlinks=False)]
            is_one = is_project(folder)  # which tells too whose file it is
        except OSError:
            continue
        waiting += [folder / name for name in below if not name.startswith(".") and name != _SKIPPED]
        if is_one:
            plugins |= _plugin_folders(folder)
            yield folder


def _plugin_folders(project: Path) -> set[Path]:
    """Return where a project has plugins; of one whose `terra.toml` cannot be read, where most have them."""
    try:
        sets = manifest.load(project)[0].every_set
    except (TerraError, OSError):
        return {project / DEFAULT_FOLDER}
    return {project / each.folder for each in sets}


def concerned(projects: Sequence[Path], names: Sequence[str], set_name: str | None) -> tuple[Path, ...]:
    """Return the projects that have one of the plugins, and the set; all where neither is asked for.

    A project whose documents cannot be read is concerned: it has to say so.

    Raises:
        UnknownPluginError: A plugin is locked in none of them.
        UsageError: None of them has such a set.
    """
    wanted = [Name.parse(text) for text in names]
    held = {each: _held(each, set_name) for each in projects}
    if all(each is not None and not each[0] for each in held.values()):
        message = f"`{set_name}` is not a set of any of the {len(projects)} projects"
        raise UsageError(message, hint=f"add a `[sets.{set_name}]` table to terra.toml", subjects=(set_name or "",))
    for name in wanted:
        if all(each is not None and name not in each[1] for each in held.values()):
            from terra.commands.unknown import not_locked

            there = {other for each in held.values() if each is not None for other in each[1]}
            raise not_locked(name, f" in any of the {len(projects)} projects", there, "terra list --recursive")
    return tuple(
        folder
        for folder, each in held.items()
        if each is None or (each[0] and (not wanted or not each[1].isdisjoint(wanted)))
    )


def names_in(project: Path, names: Sequence[str], set_name: str | None) -> tuple[str, ...]:
    """Return those of the names that a project has locked; all of them where that cannot be told."""
    held = _held(project, set_name)
    return tuple(each for each in names if held is None or Name.parse(each) in held[1])


def _held(project: Path, set_name: str | None) -> tuple[bool, frozenset[Name]] | None:
    """Return whether a project has the set, and what it has locked there; None where it cannot be read."""
    try:
        has_set = True
        if set_name is not None:
            document = manifest.load(project)[0]
            set_name = set_called(set_name, document)
            has_set = document.find_set(set_name) is not None
        lock = lockfile.load(project)[0]
    except (TerraError, OSError):
        return None
    return has_set, frozenset(each.name for each in lock.plugins if set_name in (None, each.set))
