"""What a command needs to stand in a project before it begins: a `terra.toml`, and the sets of it and of the lock."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from terra.errors import UsageError
from terra.model.values import value

if TYPE_CHECKING:
    from pathlib import Path

    from terra.commands.opening import OpenProject
    from terra.model.name import Name

_SHOWN = 4  # projects of a repository


@value
class Unlocked:
    """A plugin that `terra.toml` asks for and `terra.lock` does not have."""

    name: Name
    set: str


def refuse_without_manifest(opened: OpenProject) -> None:
    """Refuse to say anything of a project, or to do anything in it, where there is no `terra.toml`.

    Raises:
        UsageError: There is none.
    """
    if opened.manifest_bytes is None:
        message = f"there is no `terra.toml` in `{opened.folder}`, nor above it"
        is_lost = bool(opened.lock.plugins)
        hint = "restore it from version control" if is_lost else _near(opened.folder)
        raise UsageError(message, hint=hint or "`terra add NAME` begins a project", subjects=(str(opened.folder),))


def _near(folder: Path) -> str:
    """Say which projects the repository has in which the user stands; nothing outside of one, or where it has none."""
    from terra.commands.projects import projects_in
    from terra.system.upwards import repository_of

    repository = repository_of(folder)
    found = projects_in(repository) if repository is not None else ()
    if not found:
        return ""
    paths = sorted((os.path.relpath(each).replace(os.sep, "/") for each in found), key=lambda path: path.count("/"))
    rest = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return f"the projects here: {', '.join(f'`{each}`' for each in paths[:_SHOWN])}{rest} (`--project {paths[0]}`)"


def unlocked(opened: OpenProject, set_name: str | None) -> tuple[Unlocked, ...]:
    """Return what the lines of `terra.toml` ask for and the lock does not have, in one set or in all."""
    sets = opened.project.every_set if set_name is None else (opened.set(set_name),)
    missing = [Unlocked(line.name, each.name) for each in sets for line in each.plugins]
    return tuple(each for each in missing if opened.lock.find(each.set, each.name) is None)


def sets_of(opened: OpenProject) -> list[str]:
    """Return the names of the sets of `terra.toml`, then of those that only the lock still has."""
    names = [each.name for each in opened.project.every_set]
    return [*names, *sorted({each.set for each in opened.lock.plugins} - {*names})]
