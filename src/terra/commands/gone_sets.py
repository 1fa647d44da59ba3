"""Sets that only `terra.lock` still has, since their table was taken out of `terra.toml`, which alone says where.

Where their files are is then what an earlier commit of `terra.toml` said, else the folder that a set has by default.
A folder that another set has by now is that set's: nothing in it is touched. And only what terra left on this machine
goes: a commit can write both a lock and a history, and would have files deleted that terra never wrote.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from terra.commands.drafting import Part
from terra.commands.targets import leaving
from terra.model.project import DEFAULT_FOLDER, PluginSet
from terra.model.values import replace
from terra.project import left
from terra.system import fs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terra.commands.opening import OpenProject
    from terra.commands.toolbox import Toolbox
    from terra.model.lock import LockedPlugin


class Place(Enum):
    """Whose the folder of a set is that goes: its files go only where it is its own."""

    ITS_OWN = auto()
    ANOTHERS = auto()
    NOWHERE = auto()
    UNKNOWN = auto()  # of no plugin of the set does this machine know that terra left it


def with_gone_sets(opened: OpenProject, names: Sequence[str], toolbox: Toolbox) -> OpenProject:
    """Return the project with sets that are gone from `terra.toml`, without any line, in the folders that they had."""
    gone = tuple(
        PluginSet(each, _folder(each, opened, toolbox)) for each in names if opened.project.find_set(each) is None
    )
    if not gone:
        return opened
    return replace(opened, project=replace(opened.project, sets=(*opened.project.sets, *gone)))


def leaving_set(opened: OpenProject, name: str, toolbox: Toolbox) -> Part:
    """Return the change that takes everything of a set away; its files too, where the folder is its own."""
    plugins = opened.lock.in_set(name)
    is_its_own = _place_of(opened, name, toolbox) is Place.ITS_OWN
    targets = tuple(leaving(each) for each in _left_here(opened, name, toolbox)) if is_its_own else ()
    return Part(name, targets=targets, gone=tuple(each.name for each in plugins))


def notes_of(opened: OpenProject, names: Sequence[str], toolbox: Toolbox) -> tuple[str, ...]:
    """Return a note for each set that goes and of which no file is touched, as it is before they go."""
    places = ((each, _place_of(opened, each, toolbox)) for each in names)
    return tuple(_note(opened, each, place) for each, place in places if place is not Place.ITS_OWN)


def _place_of(opened: OpenProject, name: str, toolbox: Toolbox) -> Place:
    if _owner(opened, name) is not None:
        return Place.ANOTHERS
    if fs.kind_of(opened.folder / opened.set(name).folder) is None:
        return Place.NOWHERE
    return Place.ITS_OWN if _left_here(opened, name, toolbox) else Place.UNKNOWN


def _left_here(opened: OpenProject, name: str, toolbox: Toolbox) -> list[LockedPlugin]:
    """Return the plugins of a set that terra left on this machine as they are locked."""
    notes = list(left.load(toolbox.home, opened.folder))
    found = ((each, [note.find(name, each.name) for note in notes]) for each in opened.lock.in_set(name))
    return [each for each, noted in found if any(one is not None and one.tree == each.tree for one in noted)]


def _note(opened: OpenProject, name: str, place: Place) -> str:
    folder, owner = opened.set(name).folder, _owner(opened, name)
    forgotten = f"the set `{name}` is out of terra.lock, and its files stay"
    if owner is not None:
        whose = f"the set `{owner.name}`" if owner.name else "the default set"
        return f"{forgotten}: `{folder}` is where {whose} has its plugins"
    if place is Place.UNKNOWN:
        return f"{forgotten} in `{folder}`: terra did not put them there on this machine, so delete them yourself"
    return f"{forgotten}, if there are any: there is no `{folder}`, and terra.toml names no other folder any more"


def _owner(opened: OpenProject, name: str) -> PluginSet | None:
    folder = f"{opened.set(name).folder}/"
    others = [each for each in opened.project.every_set if each.name != name]
    return next(
        (each for each in others if f"{each.folder}/".startswith(folder) or folder.startswith(f"{each.folder}/")), None
    )


def _folder(name: str, opened: OpenProject, toolbox: Toolbox) -> str:
    from terra.commands.git import earlier_projects

    earlier = (each.find_set(name) for each in earlier_projects(opened.folder, toolbox))
    found = next((each for each in earlier if each is not None), None)
    return found.folder if found is not None else f"{name}/{DEFAULT_FOLDER}"
