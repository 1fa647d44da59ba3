"""Decide what happens to each file of a plugin; pure.

Three sides: `base` is what terra wrote last time (the lock), `theirs` is the release, `mine` is what
stands in the project now. docs/reference/files.md has the table.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from terra.model.lock import DELETED
from terra.model.patterns import matched_depth
from terra.model.plan import Action, Conflict, FileChange, Reason
from terra.model.values import field, replace, value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from terra.model.name import Name
    from terra.model.tree import Tree, TreeFile
    from terra.vendor.survey import Standing


class Choice(Enum):
    """What the user said about files that terra may not touch by itself.

    `OVERWRITE` and `SKIP` take or leave whole files. The others merge first: where both sides changed the same
    lines, `MERGE` writes conflict markers, `OURS` keeps the user's lines and `THEIRS` takes the release's.
    """

    ASK = "ask"
    OVERWRITE = "overwrite"
    SKIP = "skip"
    MERGE = "merge"
    OURS = "ours"
    THEIRS = "theirs"


@value
class Sides:
    """The three sides of one plugin.

    Attributes:
        folder: The plugin's folder relative to the project, with `/`.
        base: What the lock says terra wrote; None for a plugin that is not locked.
        theirs: The release.
        content: The folder that holds the release's bytes; None where files are only compared.
        mine: What stands in the project, by path relative to the project.
        exclude: The project's own patterns of paths that it does not want.
        restore: Whether a file that the user deleted comes back; else it stays away where the release does not
            change it.
        accepted: What `terra accept` recorded, by path: sha256, or `DELETED`.
        kept: Paths whose bytes are an accepted edit: the user's, whatever else has the same.
    """

    name: Name
    folder: str
    base: Tree | None
    theirs: Tree
    content: Path | None
    mine: Mapping[str, Standing]
    exclude: tuple[str, ...] = ()
    restore: bool = True
    accepted: Mapping[str, str] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()

    def bytes_of(self, name: str) -> Path | None:
        """Return the file that holds the bytes of one of the release's; None where files are only compared."""
        return self.content / name if self.content is not None else None


@value
class Settled:
    """What happens to a plugin's files, and what stops it, once everything is merged that can be.

    Attributes:
        carried: Where the edits of a file are now that were merged without a conflict, by where they were.
    """

    changes: tuple[FileChange, ...]
    conflicts: tuple[Conflict, ...]
    carried: Mapping[str, str] = field(default_factory=dict)


def paths_of(folder: str, *trees: Tree | None) -> tuple[str, ...]:
    """Return every path of the trees below `folder`, which is what has to be surveyed."""
    names = {file.path for tree in trees if tree for file in tree.files}
    return tuple(f"{folder}/{name}" for name in sorted(names))


def plan_plugin(sides: Sides, choice: Choice) -> tuple[tuple[FileChange, ...], tuple[Conflict, ...]]:
    """Return what happens to the plugin's files, and the files that stop it unless the user says more."""
    base, theirs = (sides.base.by_path if sides.base else {}), sides.theirs.by_path
    changes: list[FileChange] = []
    conflicts: list[Conflict] = []
    for name in sorted({*base, *theirs}):
        wanted = None if is_excluded(name, sides.exclude) else theirs.get(name)
        outcome = _decide(sides, name, base.get(name), wanted, choice)
        if isinstance(outcome, Conflict):
            conflicts.append(outcome)
        elif outcome is not None:
            changes.append(outcome)
    return tuple(changes), tuple(conflicts)


def is_contested(changes: Sequence[FileChange], conflicts: Sequence[Conflict]) -> bool:
    """Tell whether anything in a plan may be merged: a conflict, or an edited file that the release left out."""
    return bool(conflicts) or any(is_left_edited(each) for each in changes)


def is_left_edited(change: FileChange) -> bool:
    """Tell whether a change of `plan_plugin` leaves a file there that the user edited and the release has no more."""
    return change.action is Action.KEEP and change.file is None and change.found is not None


def is_excluded(path: str, patterns: tuple[str, ...]) -> bool:
    """Tell whether the project's `exclude` names a path, in the language of `[files] exclude`."""
    return bool(patterns) and matched_depth(tuple(path.split("/")), patterns) > 0


def _decide(  # noqa: PLR0911  # one line per row of the table
    sides: Sides, name: str, base: TreeFile | None, theirs: TreeFile | None, choice: Choice
) -> FileChange | Conflict | None:
    path = f"{sides.folder}/{name}"
    mine = sides.mine.get(path)
    is_ours = base is not None and mine is not None and base.sha256 in mine.same_as and name not in sides.kept
    if theirs is None:
        # What the release renamed would stand there twice: a module has each variable once.
        is_given_up = choice is Choice.OVERWRITE and bool(sides.theirs.files) and name not in sides.theirs.by_path
        return _leaving(path, base, mine, is_ours=is_ours, is_given_up=is_given_up)
    if mine is None:
        return _absent(sides, name, base, theirs, choice)
    if mine.kind == "blocked":
        return Conflict(sides.name, mine.blocked_by, Reason.IN_THE_WAY, mine.kind)
    if mine.kind != "file":
        return Conflict(sides.name, path, Reason.IN_THE_WAY, mine.kind)
    if theirs.sha256 in mine.same_as:
        if base is not None and base.executable == mine.executable != theirs.executable:
            return FileChange(path, Action.REPLACE, Reason.MODE, theirs, sides.bytes_of(name), found=mine.sha256)
        differs = mine.executable not in (None, theirs.executable)
        reason = Reason.OWN_MODE if differs else Reason.UNCHANGED
        return FileChange(path, Action.KEEP, reason, theirs, found=mine.sha256, differs=differs)
    theirs = _as_marked(theirs, base, mine)
    replaced = FileChange(path, Action.REPLACE, Reason.UPDATED, theirs, sides.bytes_of(name), found=mine.sha256)
    if is_ours:
        return replaced
    reason = Reason.EDITED if base is not None else Reason.FOREIGN
    if choice is Choice.OVERWRITE:
        return replace(replaced, reason=reason)
    if choice is Choice.SKIP or (base is not None and base.sha256 == theirs.sha256):
        return FileChange(path, Action.KEEP, reason, theirs, found=mine.sha256, differs=True)
    return Conflict(sides.name, path, reason)


def _as_marked(theirs: TreeFile, base: TreeFile | None, mine: Standing) -> TreeFile:
    """Return a file of the release with the mode that the user gave it, where they changed it."""
    if base is None or mine.executable in (None, base.executable):
        return theirs
    return replace(theirs, executable=bool(mine.executable))


def _absent(sides: Sides, name: str, base: TreeFile | None, theirs: TreeFile, choice: Choice) -> FileChange | Conflict:
    path = f"{sides.folder}/{name}"
    is_accepted = sides.accepted.get(name) == DELETED
    reason = Reason.NEW if base is None else Reason.MISSING
    created = FileChange(path, Action.CREATE, reason, theirs, sides.bytes_of(name))
    if base is None or (sides.restore and not is_accepted):
        return created
    is_meant = is_accepted and choice in (Choice.ASK, Choice.MERGE)
    if is_meant or base.sha256 == theirs.sha256 or choice in (Choice.SKIP, Choice.OURS):
        return FileChange(path, Action.KEEP, Reason.DELETED, differs=True)
    if choice is not Choice.ASK:  # nothing stands there, so nothing of the user's is lost
        return replace(created, reason=Reason.DELETED)
    return Conflict(sides.name, path, Reason.DELETED)


def _leaving(
    path: str, base: TreeFile | None, mine: Standing | None, *, is_ours: bool, is_given_up: bool
) -> FileChange | None:
    if base is None or mine is None or mine.kind != "file":
        return None
    if is_ours:
        return FileChange(path, Action.DELETE, Reason.DROPPED, found=mine.sha256)
    if is_given_up:
        return FileChange(path, Action.DELETE, Reason.EDITED, found=mine.sha256)
    return FileChange(path, Action.KEEP, Reason.DROPPED, found=mine.sha256, differs=True)
