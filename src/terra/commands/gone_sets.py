"""Sets that only `terra.lock` still has, since their table was taken out of `terra.toml`, which alone says where.

Where their files are is then what an earlier commit of `terra.toml` said, else the folder that a set has by default.
A folder that another set has by now is that set's: nothing in it is touched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.commands.drafting import Part
from terra.commands.fitting import leaving
from terra.model.project import DEFAULT_FOLDER, PluginSet
from terra.model.values import replace
from terra.system import fs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terra.commands.opening import OpenProject
    from terra.commands.toolbox import Toolbox


def with_gone_sets(opened: OpenProject, names: Sequence[str], toolbox: Toolbox) -> OpenProject:
    """Return the project with sets that are gone from `terra.toml`, without any line, in the folders that they had."""
    gone = tuple(
        PluginSet(each, _folder(each, opened, toolbox)) for each in names if opened.project.find_set(each) is None
    )
    if not gone:
        return opened
    return replace(opened, project=replace(opened.project, sets=(*opened.project.sets, *gone)))


def leaving_set(opened: OpenProject, name: str) -> Part:
    """Return the change that takes everything of a set away; edited files stay, and those of which `left_of` tells."""
    plugins = opened.lock.in_set(name)
    targets = () if left_of(opened, name) else tuple(leaving(each) for each in plugins)
    return Part(name, targets=targets, gone=tuple(each.name for each in plugins))


def left_of(opened: OpenProject, name: str) -> str:
    """Say why no file of a set is touched that goes; the empty string where its files go too."""
    folder, owner = opened.set(name).folder, _owner(opened, name)
    forgotten = f"the set `{name}` is out of terra.lock, and its files stay"
    if owner is not None:
        whose = f"the set `{owner.name}`" if owner.name else "the default set"
        return f"{forgotten}: `{folder}` is where {whose} has its plugins"
    if fs.kind_of(opened.folder / folder) is None:
        return f"{forgotten}, if there are any: there is no `{folder}`, and terra.toml names no other folder any more"
    return ""


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
