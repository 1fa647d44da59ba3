"""What a hand-made copy calls where its release calls the plugins that it needs.

Once the copy has moved, the release's own line calls the plugin. That is right where nothing stood there, or what is
as released. Anything else holds what somebody wrote, which a fresh plugin in its place would leave behind for good: it
has to become that plugin first.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from terra.commands.adopt.calls import called_below
from terra.commands.adopt.likeness import Copy
from terra.commands.adopt.proposals import NEAR
from terra.commands.edits import foreign_in
from terra.hcl.interface import read_interface
from terra.model.name import Name
from terra.model.terraform import is_read
from terra.model.values import value
from terra.system import fs
from terra.trust.references import sibling_of
from terra.vendor.plan import paths_of
from terra.vendor.survey import survey

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from terra.commands.acquired import Acquired
    from terra.commands.opening import OpenProject
    from terra.model.interface import ModuleCall

_MANIFEST = "terra-plugin.toml"


@value
class StandIn:
    """A block of a copy that calls some folder for a plugin.

    Attributes:
        where: File and line.
        source: As the block has it.
        folder: What it calls, relative to the project.
        plugin: What the release calls there.
        is_own: Whether the line is the release's, so that the copy's place decides what it calls.
    """

    where: str
    source: str
    folder: str
    plugin: str
    is_own: bool


@value
class Judged:
    """What becomes of the blocks of a copy that is to move.

    Attributes:
        kept: The blocks, as `FILE:LINE`, that are not written again: they will call plugins.
        first: What has to become a plugin before.
        warnings: What is to be known of the others.
    """

    kept: frozenset[str] = frozenset()
    first: tuple[StandIn, ...] = ()
    warnings: tuple[str, ...] = ()


class StandIns:
    """Judges the blocks of a copy.

    Args:
        coming: The releases that come with it.
        opened: The project.
        set_name: The set that gets them.
    """

    def __init__(self, coming: Sequence[Acquired], opened: OpenProject, set_name: str) -> None:
        self._opened = opened
        self._set = opened.set(set_name)
        self._coming = {each.name.text: each for each in coming}
        self._held = {each.name.text: each for each in opened.lock.in_set(set_name)}
        self._plugins = {opened.set(each.set).folder_of(each.name) for each in opened.lock.plugins}

    def judge(self, place: str, copied: Acquired) -> Judged:
        """Return what becomes of the blocks of a copy.

        Args:
            place: The copy, relative to the project.
            copied: The release that it is a copy of.
        """
        kept: list[str] = []
        first: list[StandIn] = []
        warnings: list[str] = []
        for each in self._of(place, copied):
            found = self._obstacles(each, {place})
            if each.is_own and not found:
                kept.append(each.where)
                warnings += self._told(each)
            elif any(map(self._is_kept_out, found or [each])):
                plugin = f"the plugin `{each.plugin}`, which its release calls there"
                warnings.append(
                    f"`{self._set.folder_of(copied.name)}` goes on calling `{each.folder}`, and not {plugin}"
                )
            elif each.is_own or self._is_like(each):
                first += found or [each]
        return Judged(frozenset(kept), tuple(dict.fromkeys(first)), tuple(dict.fromkeys(warnings)))

    def id(self, plugin: str) -> str:
        """Return `name@version` of a plugin that comes."""
        return f"{plugin}@{self._coming[plugin].version}"

    def _of(self, place: str, copied: Acquired) -> Iterator[StandIn]:
        """Yield the blocks that call a folder which is no plugin, where the release calls a plugin."""
        released = self._released(copied)
        for file in called_below(self._opened.folder / place, self._opened.folder):
            folder = posixpath.dirname(file.path)
            for call in file.calls:
                theirs, plugin = released.get((folder[len(place) + 1 :], call.name), (None, ""))
                called = posixpath.normpath(posixpath.join(folder, (call.source or "").partition("//")[0]))
                if theirs is not None and call.is_local and called not in self._plugins:
                    where = f"{file.path}:{call.place.line}"
                    yield StandIn(where, call.source or "", called, plugin, call.source == theirs.source)

    def _released(self, copied: Acquired) -> dict[tuple[str, str], tuple[ModuleCall, str]]:
        """Return the blocks of a release that call plugins, by folder and label, each with the plugin."""
        needed = {each.name.text for each in copied.dependencies}
        calls = read_interface(copied.cached.folder).module_calls if needed else ()
        found = ((call, sibling_of(call, copied.name, needed)) for call in calls)
        return {
            (posixpath.dirname(call.place.path), call.name): (call, sibling[0])
            for call, sibling in found
            if sibling is not None
        }

    def _obstacles(self, each: StandIn, seen: set[str]) -> list[StandIn]:
        """Return what a plugin would leave behind if it took the place of a folder: that, or what that calls."""
        if fs.kind_of(self._opened.folder / each.folder) is None:
            return []
        if not self._is_released(each):
            return [each]
        coming = self._coming.get(each.plugin)
        inner = self._of(each.folder, coming) if coming and each.folder not in seen else ()
        return [found for one in inner for found in self._obstacles(one, {*seen, each.folder})]

    def _is_kept_out(self, each: StandIn) -> bool:
        """Tell whether a folder cannot become the plugin: the set has it already, or it is not in the project."""
        return each.plugin in self._held or each.folder.startswith("../")

    def _is_released(self, each: StandIn) -> bool:
        """Tell whether a folder is a plugin as released, though files that Terraform does not read may be missing."""
        if each.folder.startswith("../"):
            return False
        held = self._held.get(each.plugin)
        tree = held.tree if held else self._coming[each.plugin].cached.tree
        project = self._opened.folder
        mine = survey(project, paths_of(each.folder, tree))
        for path, file in tree.by_path.items():
            standing = mine.get(f"{each.folder}/{path}")
            if (standing is None and is_read(path)) or (standing and file.sha256 not in standing.same_as):
                return False
        return {*foreign_in(project / each.folder, tree.by_path)} <= {_MANIFEST}

    def _is_like(self, each: StandIn) -> bool:
        if fs.kind_of(self._opened.folder / each.folder) != "folder":
            return False
        coming = self._coming[each.plugin]
        copy = Copy(each.folder, self._opened.folder)
        return copy.beside(coming.name, coming.version, "", coming.cached).alike >= NEAR

    def _told(self, each: StandIn) -> list[str]:
        if fs.kind_of(self._opened.folder / each.folder) is None:
            return []
        plugin = f"`{self._set.folder_of(Name(each.plugin))}`"
        return [f"{plugin} is called in place of `{each.folder}`, which is the same: remove that once nothing calls it"]
