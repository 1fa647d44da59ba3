"""Merge what both the user and the new release changed: from conflicts of a plan to changes, where that can be.

Reads the three sides of each such file. A file that the release renamed is found by what it holds, and takes the
user's edits with it.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from terra.errors import ConflictError
from terra.model.plan import Action, Conflict, FileChange, Reason
from terra.model.tree import TreeFile
from terra.model.values import replace, value
from terra.vendor.merge import Favour, is_text, merge
from terra.vendor.plan import Choice, Settled, is_left_edited
from terra.vendor.renames import renames

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from terra.vendor.merge import Merged
    from terra.vendor.plan import Sides

_FAVOURS = {Choice.OURS: Favour.MINE, Choice.THEIRS: Favour.THEIRS}
_REASONS = {Favour.NEITHER: Reason.MARKED, Favour.MINE: Reason.OURS, Favour.THEIRS: Reason.THEIRS}


@value
class Texts:
    """Where the bytes of the three sides are: `base` is None where the release is nowhere to be had any more."""

    project: Path
    base: Path | None
    theirs: Path
    label: str


def needs_base(sides: Sides, changes: Sequence[FileChange], conflicts: Sequence[Conflict]) -> bool:
    """Tell whether merging would look at what terra wrote last time."""
    if sides.base is None:
        return False
    known = sides.base.by_path
    contested = any(each.kind == "file" and _name(sides, each.path) in known for each in conflicts)
    return contested or bool(_left(sides, changes) and _new(sides, changes))


def settle(
    sides: Sides, changes: Sequence[FileChange], conflicts: Sequence[Conflict], choice: Choice, texts: Texts
) -> Settled:
    """Return the plan of a plugin with everything merged that can be.

    Raises:
        ConflictError: A file is not what it was when the plan was made.
    """
    settled = {each.path: each for each in changes}
    open_ones: list[Conflict] = []
    carried: dict[str, str] = {}
    for each in conflicts:
        outcome, is_clean = _settle(sides, each, choice, texts) if each.kind == "file" else (each, False)
        if isinstance(outcome, Conflict):
            open_ones.append(outcome)
        else:
            settled[outcome.path] = outcome
        carried |= {each.path: each.path} if is_clean else {}
    for left, target in _renamed(sides, changes, texts):
        moved, is_clean = _carry(sides, left, target, choice, texts)
        if isinstance(moved, Conflict):
            open_ones.append(moved)
        elif moved is not None:
            new = _name(sides, target.path)
            settled[left.path] = FileChange(left.path, Action.DELETE, Reason.RENAMED, found=left.found, other=new)
            settled[target.path] = moved
        carried |= {left.path: target.path} if is_clean else {}
    return Settled(tuple(settled[path] for path in sorted(settled)), tuple(open_ones), carried)


def _settle(sides: Sides, conflict: Conflict, choice: Choice, texts: Texts) -> tuple[FileChange | Conflict, bool]:
    """Return what happens to a contested file, and whether both sides' edits are in it."""
    name = _name(sides, conflict.path)
    mine, theirs = sides.mine.get(conflict.path), sides.theirs.by_path[name]
    base = sides.base.by_path.get(name) if sides.base else None
    if mine is None:
        return conflict, False  # nothing to merge
    data, released = _mine(texts.project / conflict.path, mine.sha256), (texts.theirs / name).read_bytes()
    if (base is None or texts.base is None) and choice is Choice.ASK:  # nothing says which side changed what
        return replace(conflict, is_text=is_text(data) and is_text(released)), False
    ancestor = (texts.base / name).read_bytes() if base is not None and texts.base is not None else b""
    merged = merge(ancestor, data, released, _favour(choice), texts.label)
    if merged is None:
        return _whole(sides, conflict, choice, mine.sha256, theirs), False
    if merged.contested and choice is Choice.ASK:
        return replace(conflict, lines=merged.contested), False
    is_clean = not merged.contested and base is not None and texts.base is not None
    is_mine = mine.executable is not None and (
        mine.executable != base.executable if base is not None else choice is not Choice.THEIRS
    )
    executable = mine.executable if is_mine else theirs.executable
    if merged.data == data and mine.executable in (None, executable):
        reason = Reason.OURS if merged.contested else Reason.EDITED
        return FileChange(conflict.path, Action.KEEP, reason, found=mine.sha256, differs=True), is_clean
    return _change(TreeFile(conflict.path, "", bool(executable)), merged, choice, mine.sha256), is_clean


def _favour(choice: Choice) -> Favour:
    return _FAVOURS.get(choice, Favour.NEITHER)


def _whole(sides: Sides, conflict: Conflict, choice: Choice, found: str, theirs: TreeFile) -> FileChange | Conflict:
    """Decide of a file that cannot be merged line by line."""
    if choice is Choice.OURS:
        return FileChange(conflict.path, Action.KEEP, Reason.OURS, found=found, differs=True)
    if choice is Choice.THEIRS:
        name = _name(sides, conflict.path)
        return FileChange(conflict.path, Action.REPLACE, Reason.THEIRS, theirs, sides.bytes_of(name), found=found)
    return replace(conflict, is_text=False)


def _change(file: TreeFile, merged: Merged, choice: Choice, found: str | None, other: str = "") -> FileChange:
    reason = _REASONS[_favour(choice)] if merged.contested else Reason.MERGED
    file = replace(file, sha256=hashlib.sha256(merged.data).hexdigest())
    places = len(merged.contested)
    return FileChange(
        file.path, Action.MERGE, reason, file, data=merged.data, found=found, contested=places, other=other
    )


def _mine(path: Path, sha256: str) -> bytes:
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != sha256:
        message = f"`{path.name}` changed while terra was working: nothing was written"
        raise ConflictError(
            message, hint="run the command again: it looks at the project afresh", subjects=(str(path),)
        )
    return data


def _name(sides: Sides, path: str) -> str:
    return path[len(sides.folder) + 1 :]


def _left(sides: Sides, changes: Sequence[FileChange]) -> list[FileChange]:
    """Return the edited files that the release has no longer; one that the project excludes is still there."""
    there = sides.theirs.by_path
    return [each for each in changes if is_left_edited(each) and _name(sides, each.path) not in there]


def _new(sides: Sides, changes: Sequence[FileChange]) -> list[FileChange]:
    """Return the files that come and were in no release before."""
    before = sides.base.by_path if sides.base else {}
    return [each for each in changes if each.action is Action.CREATE and _name(sides, each.path) not in before]


def _renamed(sides: Sides, changes: Sequence[FileChange], texts: Texts) -> list[tuple[FileChange, FileChange]]:
    """Return the edited files that the release renamed, each with the file that it is now."""
    left, new = _left(sides, changes), {_name(sides, each.path): each for each in _new(sides, changes)}
    if not left or not new or sides.base is None or texts.base is None:
        return []
    # Files that nobody edited are looked at too: one of them may be what a new file was.
    gone = {name: texts.base / name for name in sides.base.by_path if name not in sides.theirs.by_path}
    found = renames(gone, {name: texts.theirs / name for name in new})
    names = ((each, found.get(_name(sides, each.path))) for each in left)
    return [(each, new[name]) for each, name in names if name is not None]


def _carry(
    sides: Sides, left: FileChange, target: FileChange, choice: Choice, texts: Texts
) -> tuple[FileChange | Conflict | None, bool]:
    name, found = _name(sides, left.path), left.found
    if texts.base is None or found is None or target.content is None or target.file is None:
        return None, False
    sides_of = ((texts.base / name).read_bytes(), _mine(texts.project / left.path, found), target.content.read_bytes())
    merged = merge(*sides_of, _favour(choice), texts.label)
    if merged is None:
        return None, False
    if merged.contested and choice is Choice.ASK:
        new = _name(sides, target.path)
        return Conflict(sides.name, left.path, Reason.RENAMED, lines=merged.contested, other=new), False
    file = TreeFile(target.path, "", target.file.executable)
    return _change(file, merged, choice, None, name), not merged.contested
