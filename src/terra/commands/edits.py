"""How the files in a plugin's folder differ from the release that is locked: edits, and what terra never wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.errors import UnknownPluginError, UsageError
from terra.model.lock import DELETED
from terra.model.name import Name
from terra.model.values import replace, value
from terra.system import fs
from terra.vendor.plan import is_excluded, paths_of
from terra.vendor.survey import look, survey

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from terra.commands.opening import OpenProject
    from terra.model.lock import LockedPlugin
    from terra.model.tree import TreeFile
    from terra.vendor.survey import Standing

# What Terraform and git leave where they are run: nobody added it.
_DROPPED_FOLDERS = (".terraform", ".git")
_DROPPED_FILES = (".terraform.lock.hcl",)


@value
class Edit:
    """One file that is not as it was released.

    Attributes:
        kind: `changed`, `missing`, `extra`, or `endings` for text that differs in its line endings alone.
        name: Relative to the plugin's folder; `path` is relative to the project.
        file: As released; None for an extra one.
        standing: What stands there; None for a missing one.
        accepted: Whether `terra accept` recorded it as it is.
    """

    kind: str
    plugin: LockedPlugin
    name: str
    path: str
    file: TreeFile | None = None
    standing: Standing | None = None
    accepted: bool = False

    @property
    def is_mode_only(self) -> bool:
        """Whether the text is as released, and the file was made executable, or no longer is."""
        return self.file is not None and self.standing is not None and self.file.sha256 in self.standing.same_as

    @property
    def recorded(self) -> str:
        """What `terra accept` writes of it; of a changed mode the release's own hash."""
        if self.standing is None:
            return DELETED
        return self.file.sha256 if self.is_mode_only and self.file is not None else self.standing.sha256


def folder_of_plugin(locked: LockedPlugin, opened: OpenProject) -> str:
    """Return the folder of a locked plugin, relative to the project.

    Raises:
        UsageError: The lock has it in a set that `terra.toml` does not have.
    """
    found = opened.project.find_set(locked.set)
    if found is None:
        message = f"`terra.lock` has plugins of the set `{locked.set}`, which `terra.toml` does not have"
        raise UsageError(message, hint=f"add a `[sets.{locked.set}]` table to terra.toml", subjects=(locked.set,))
    return f"{found.folder}/{locked.name}"


def edits_of(locked: LockedPlugin, opened: OpenProject) -> tuple[Edit, ...]:
    """Return the files of a locked plugin that are not as released, and those that differ in line endings.

    Raises:
        UnsafeTargetError: A path leads through a link.
    """
    folder, accepted = folder_of_plugin(locked, opened), dict(locked.edited)
    mine = survey(opened.folder, paths_of(folder, locked.tree))
    found = []
    for file in _wanted(locked, opened):
        path = f"{folder}/{file.path}"
        standing, record = mine.get(path), accepted.get(file.path)
        if standing is None:
            found.append(Edit("missing", locked, file.path, path, file, accepted=record == DELETED))
        elif file.sha256 not in standing.same_as or standing.executable not in (None, file.executable):
            found.append(Edit("changed", locked, file.path, path, file, standing, record in standing.same_as))
        elif file.sha256 != standing.sha256:
            found.append(Edit("endings", locked, file.path, path, file, standing))
    return tuple(found)


def lost_of(locked: LockedPlugin, opened: OpenProject) -> tuple[Edit, ...]:
    """Return the accepted edits that are not there any more: the files stand as they were released."""
    folder, released = folder_of_plugin(locked, opened), locked.tree.by_path
    meant = {name: sha256 for name, sha256 in locked.edited if sha256 != DELETED and name in released}
    mine = survey(opened.folder, tuple(f"{folder}/{name}" for name in meant))
    found = []
    for name, sha256 in meant.items():
        path, file = f"{folder}/{name}", released[name]
        standing = mine.get(path)
        if standing is not None and file.sha256 in standing.same_as and sha256 not in standing.same_as:
            found.append(Edit("changed", locked, name, path, replace(file, sha256=sha256), standing))
    return tuple(found)


def extra_of(locked: LockedPlugin, opened: OpenProject) -> tuple[Edit, ...]:
    """Return what stands in a plugin's folder that is no file of it, but for what Terraform itself leaves there."""
    folder = folder_of_plugin(locked, opened)
    names = {file.path for file in _wanted(locked, opened)}
    paths = [(name, f"{folder}/{name}") for name in foreign_in(opened.folder / folder, names)]
    return tuple(Edit("extra", locked, name, path, standing=look(opened.folder / path)) for name, path in paths)


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


def _wanted(locked: LockedPlugin, opened: OpenProject) -> list[TreeFile]:
    line = opened.set(locked.set).find(locked.name)
    return [file for file in locked.tree.files if line is None or not is_excluded(file.path, line.exclude)]


def chosen(opened: OpenProject, names: Sequence[str], set_name: str | None) -> tuple[LockedPlugin, ...]:
    """Return locked plugins by their names, all without names; of one set, or of every one.

    Raises:
        UnknownPluginError: A name is not locked there.
        UsageError: There is no such set, or a name cannot be one.
    """
    wanted = locked_names(opened, names, set_name)
    there = [each for each in opened.lock.plugins if set_name in (None, each.set)]
    return tuple(each for each in there if not wanted or each.name in wanted)


def locked_names(opened: OpenProject, texts: Sequence[str], set_name: str | None) -> tuple[Name, ...]:
    """Return the names of locked plugins, each once, in the order in which they were given.

    Raises:
        UnknownPluginError: One is not locked in the set, or without a set in any.
        UsageError: There is no such set, or a name cannot be one.
    """
    if set_name is not None:
        opened.set(set_name)
    there = {each.name for each in opened.lock.plugins if set_name in (None, each.set)}
    wanted = tuple(Name.parse(text) for text in dict.fromkeys(texts))
    for name in wanted:
        if name not in there:
            where = f" in the set `{set_name}`" if set_name else ""
            message = f"`{name}` is not locked{where}"
            hint = f"`terra add {name}` adds it, `terra list` shows what there is"
            raise UnknownPluginError(message, hint=hint, subjects=(name.text,))
    return wanted
