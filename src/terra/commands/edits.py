"""How the files in a plugin's folder differ from the release that is locked: edits, and what terra never wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.model.name import Name
from terra.system import fs
from terra.vendor.comparison import Compared, Comparison, compare
from terra.vendor.plan import is_excluded, paths_of
from terra.vendor.survey import look, survey

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from terra.commands.opening import OpenProject
    from terra.model.lock import LockedPlugin
    from terra.model.tree import Tree

# What Terraform and git leave where they are run: nobody added it.
_DROPPED_FOLDERS = (".terraform", ".git")
_DROPPED_FILES = (".terraform.lock.hcl",)

_SHOWN = 8  # lines with conflict markers


def comparison_of(locked: LockedPlugin, opened: OpenProject, tree: Tree | None = None) -> Comparison:
    """Return how the files of a locked plugin stand beside its release, or beside another one.

    Args:
        locked: The plugin.
        opened: The project.
        tree: The other release.

    Raises:
        UsageError: The lock has it in a set that `terra.toml` does not have.
        UnsafeTargetError: A path leads through a link.
    """
    plugins = opened.set(locked.set)
    folder, line = plugins.folder_of(locked.name), plugins.find(locked.name)
    released = tree or locked.tree
    accepted = dict(locked.edited)  # which may be the same text with other line endings
    hoped = {f"{folder}/{file.path}": file.sha256 for file in released.files if file.path not in accepted}
    mine = survey(opened.folder, paths_of(folder, released), hoped)
    return compare(folder, released, mine, accepted, line.exclude if line else ())


def extra_of(locked: LockedPlugin, opened: OpenProject) -> tuple[Compared, ...]:
    """Return what stands in a plugin's folder that is no file of it, but for what Terraform itself leaves there."""
    plugins = opened.set(locked.set)
    folder, line = plugins.folder_of(locked.name), plugins.find(locked.name)
    exclude = line.exclude if line else ()
    names = {file.path for file in locked.tree.files if not is_excluded(file.path, exclude)}
    paths = [(name, f"{folder}/{name}") for name in foreign_in(opened.folder / folder, names)]
    return tuple(Compared(name, path, standing=look(opened.folder / path)) for name, path in paths)


def foreign_in(folder: Path, known: Collection[str], *, dropped: bool = False) -> Iterator[str]:
    """Yield the files in a plugin's folder that are none of it, relative to the folder; nothing where there is none.

    Args:
        folder: The folder; nothing is looked for through a link.
        known: The plugin's files.
        dropped: Whether what Terraform and git leave there counts too: a folder of theirs as one, with `/` at its end.
    """
    if fs.kind_of(folder) != "folder":
        return
    for found in fs.scan(folder, lambda path: path.rpartition("/")[2] in _DROPPED_FOLDERS):
        name = found.path.rpartition("/")[2]
        if found.kind == "folder":
            if dropped and name in _DROPPED_FOLDERS:
                yield f"{found.path}/"
        elif found.path not in known and (dropped or name not in _DROPPED_FILES):
            yield found.path


def conflicts_in(file: Compared, opened: OpenProject) -> tuple[int, ...]:
    """Return the numbers, from 1, of the lines of an edited file on which a merge left conflict markers."""
    if file.standing is None or file.standing.kind != "file":
        return ()
    from terra.vendor.markers import conflict_lines

    return conflict_lines((opened.folder / file.path).read_bytes())


def at_lines(lines: Sequence[int]) -> str:
    """Return in words where conflict markers are."""
    more = f" and {len(lines) - _SHOWN} more" if len(lines) > _SHOWN else ""
    return f"conflict markers at line{'s' if len(lines) > 1 else ''} {', '.join(map(str, lines[:_SHOWN]))}{more}"


def chosen(opened: OpenProject, names: Sequence[str], set_name: str | None) -> tuple[LockedPlugin, ...]:
    """Return locked plugins by their names, all without names; of one set, or of every one of `terra.toml`.

    Raises:
        UnknownPluginError: A name is not locked there.
        UsageError: There is no such set, or a name cannot be one.
    """
    wanted = locked_names(opened, names, set_name)
    return tuple(each for each in _there(opened, set_name) if not wanted or each.name in wanted)


def locked_names(opened: OpenProject, texts: Sequence[str], set_name: str | None) -> tuple[Name, ...]:
    """Return the names of locked plugins, each once, in the order in which they were given.

    Raises:
        UnknownPluginError: One is not locked in the set, or without a set in any.
        UsageError: There is no such set, or a name cannot be one.
    """
    if set_name is not None:
        opened.set(set_name)
    there = {each.name for each in _there(opened, set_name)}
    wanted = tuple(Name.parse(text) for text in dict.fromkeys(texts))
    for name in wanted:
        if name not in there:
            from terra.commands.unknown import not_locked_in

            raise not_locked_in(name, opened, set_name)
    return wanted


def _there(opened: OpenProject, set_name: str | None) -> list[LockedPlugin]:
    """Return what is locked in the sets that `terra.toml` has: where the files of another are, it does not say."""
    sets = {each.name for each in opened.project.every_set if set_name in (None, each.name)}
    return [each for each in opened.lock.plugins if each.set in sets]
