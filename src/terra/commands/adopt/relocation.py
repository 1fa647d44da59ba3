"""A folder of the project that goes to another place, with the module blocks that name it: as changes of a plan.

The blocks that call it, or something below it, and the blocks in it that call what is outside it, get another
source, by byte range. What else names the old path, such as a script, is not looked for.
"""

from __future__ import annotations

import hashlib
import os
import posixpath
import stat
from typing import TYPE_CHECKING, NoReturn

from terra.commands.adopt.calls import called_below, unread_warnings
from terra.commands.adopt.immovable import STAYS, refuse_places, refuse_unread, refuse_unwritable
from terra.errors import UnsafeTargetError, UsageError
from terra.hcl.rewrite import NewSource, with_sources
from terra.model.plan import Action, FileChange, Reason, document_change
from terra.model.tree import TreeFile
from terra.model.values import field, replace, value
from terra.system import fs
from terra.system.upwards import repository_of
from terra.vendor.survey import refuse_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from terra.commands.adopt.calls import CalledIn
    from terra.commands.opening import OpenProject
    from terra.model.interface import ModuleCall

_SHOWN = 10


@value
class _Edited:
    """The bytes of a file as they were read, and with other sources in them."""

    before: bytes
    after: bytes


@value
class Relocation:
    """A folder on its way.

    Attributes:
        place: Where it is, relative to the project.
        target: Where it goes.
        files: The changes that move it, but for those at its new place that a release has too.
        callers: The changes of the files outside that call it.
        blocks: The blocks that get another source, as `FILE:LINE`.
        left: What does not move.
        rewritten: The files in it whose blocks get another source, relative to it.
        warnings: What may call it and was not read.
    """

    place: str
    target: str
    files: tuple[FileChange, ...] = field(default_factory=tuple, repr=False)
    callers: tuple[FileChange, ...] = ()
    blocks: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    rewritten: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def new_blocks(self) -> tuple[str, ...]:
        """The blocks that get another source, where they are afterwards."""
        return tuple(_after(each, self.place, self.target) for each in self.blocks)

    def at_new_place(self, planned: Sequence[FileChange]) -> tuple[FileChange, ...]:
        """Return the move together with what was planned for a release's files as if they stayed."""
        moving = {each.path for each in self.files}
        here = [replace(each, path=self.target + each.path[len(self.place) :]) for each in planned]
        return (*self.files, *(each for each in here if each.path not in moving))


def relocation(place: str, target: str, opened: OpenProject, kept: Collection[str] = ()) -> Relocation:
    """Return what it means to move a folder; nothing is written.

    Args:
        place: Where it is, relative to the project.
        target: Where it goes.
        opened: The project.
        kept: Blocks in it, as `FILE:LINE`, that are right at its new place as they stand.

    Raises:
        UsageError: One place is in the other, or a block that calls it is outside the project.
        ConflictError: Something stands at the target.
        UnsafeTargetError: There is a link in it, or a file with a name that terra does not write.
        SystemFailureError: A file that may call it could not be opened, or a folder listed.
    """
    refuse_places(place, target, opened)
    inside, outside = _calls(place, opened)
    refuse_unread((*inside, *outside))
    own = dict(_new_sources(inside, opened, place, target, kept))
    others = dict(_new_sources(outside, opened, place, target))
    refuse_unwritable([*own, *others], opened)
    edited = {each.path: _Edited(each.data, with_sources(each.data, edits)) for each, edits in own.items()}
    files, left = _file_changes(place, target, opened, edited)
    callers = tuple(
        document_change(each.path, each.data, with_sources(each.data, edits)) for each, edits in others.items()
    )
    rewritten = tuple(each.path.removeprefix(f"{place}/") for each in own)
    return Relocation(
        place,
        target,
        files,
        callers,
        tuple(_places({**others, **own})),
        left,
        rewritten,
        tuple(unread_warnings((*inside, *outside))),
    )


def refuse_to_move(found: Relocation, command: str) -> NoReturn:
    """Refuse a move that was not asked for, and say what it would be, and which command asks for it.

    Raises:
        UsageError: Always.
    """
    shown = "".join(f"\n  {each}: its `source` would be rewritten" for each in found.blocks[:_SHOWN])
    unread = "".join(f"\n  {each}" for each in found.warnings)
    rest = f"\n  and {len(found.blocks) - _SHOWN} more" if len(found.blocks) > _SHOWN else ""
    message = (
        f"`{found.place}` would have to move to `{found.target}`, where its name says that it is{shown}{rest}{unread}"
    )
    hint = f"`{command}` moves it, with `--diff` to see everything first"
    raise UsageError(message, hint=hint, subjects=(found.place, *found.blocks))


def _calls(place: str, opened: OpenProject) -> tuple[list[CalledIn], list[CalledIn]]:
    """Return the files inside a folder, and those of the repository outside it, that have module blocks."""
    top = str(opened.folder / place)
    inside = list(called_below(opened.folder / place, opened.folder))
    return inside, list(called_below(repository_of(opened.folder) or opened.folder, opened.folder, {top}))


def _new_sources(
    files: Sequence[CalledIn], opened: OpenProject, place: str, target: str, kept: Collection[str] = ()
) -> Iterator[tuple[CalledIn, list[NewSource]]]:
    project = opened.folder.as_posix()
    for file in files:
        found = [
            (call, new)
            for call in file.calls
            if f"{file.path}:{call.place.line}" not in kept
            if (new := _new_source(file.path, call, project, place, target)) is not None
        ]
        if found:
            yield file, [NewSource(call.source_span or (0, 0), new) for call, new in found]


def _new_source(path: str, call: ModuleCall, project: str, place: str, target: str) -> str | None:
    """Return what a block's source must be once the folder has moved, or None where it stays right."""
    top, mark, subdir = (call.source or "").partition("//")
    if not top.startswith(("./", "../")) and top not in (".", ".."):
        return None
    called = posixpath.relpath(posixpath.join(project, posixpath.dirname(path), top), project)
    new_path, new_called = _after(path, place, target), _after(called, place, target)
    if (new_path, new_called) == (path, called):
        return None
    relative = posixpath.relpath(new_called, posixpath.dirname(new_path) or ".")
    source = relative if relative.startswith("..") else f"./{relative}"
    if posixpath.normpath(source) == posixpath.normpath(top):
        return None
    return f"{source}{mark}{subdir}"


def _after(path: str, place: str, target: str) -> str:
    return target + path[len(place) :] if path == place or path.startswith(f"{place}/") else path


def _places(files: Mapping[CalledIn, Sequence[NewSource]]) -> Iterator[str]:
    for file, edits in files.items():
        spans = {each.source_span for each in edits}
        yield from (f"{file.path}:{call.place.line}" for call in file.calls if call.source_span in spans)


def _file_changes(
    place: str, target: str, opened: OpenProject, edited: Mapping[str, _Edited]
) -> tuple[tuple[FileChange, ...], tuple[str, ...]]:
    changes: list[FileChange] = []
    left: list[str] = []
    for each in fs.scan(opened.folder / place, lambda path: path.rpartition("/")[2] in STAYS):
        old = f"{place}/{each.path}"
        if each.kind == "folder":
            left += [old] if each.path.rpartition("/")[2] in STAYS else []
        elif each.kind != "file":
            message = f"`{old}` is a {each.kind}, and terra moves files alone"
            raise UnsafeTargetError(
                message, hint="put a file in its place, or move the folder yourself", subjects=(old,)
            )
        else:
            changes += _one_file(old, f"{target}/{each.path}", opened, edited.get(old), executable=each.executable)
    return tuple(changes), tuple(left)


def _one_file(old: str, new: str, opened: OpenProject, edited: _Edited | None, *, executable: bool) -> list[FileChange]:
    refuse_name(old)
    path = opened.folder / old
    mode = stat.S_IMODE(os.lstat(path).st_mode) if os.name == "posix" else None
    if edited is None:
        found = sha256 = fs.sha256_of(path)[0]
    else:  # what was saved since it was read is not in what was rewritten
        found, sha256 = (hashlib.sha256(data).hexdigest() for data in (edited.before, edited.after))
    file = TreeFile(new, sha256, executable)
    content, data = (path, None) if edited is None else (None, edited.after)
    return [
        FileChange(new, Action.CREATE, Reason.MOVED, file, content, data, other=old, mode=mode),
        FileChange(old, Action.DELETE, Reason.MOVED, found=found, other=new),
    ]
