"""Do what a plan says, whole or not at all."""

from __future__ import annotations

import hashlib
import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

from terra.errors import ConflictError, IntegrityError
from terra.model.plan import Action
from terra.system import flushing, fs
from terra.vendor.journal import Journal, Operation
from terra.vendor.rollback import remove_left_folders, roll_back
from terra.vendor.survey import survey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from terra.model.plan import FileChange, Plan

_HINT = "run the command again: it looks at the project afresh"


def apply(project: Path, plan: Plan, home: Path, before_commit: Callable[[], None] = lambda: None) -> None:
    """Write, replace and delete what the plan says; any failure puts everything back.

    The caller holds the project's lock and has recovered what an earlier run left.

    Args:
        project: The project's folder, which exists.
        plan: Complete; a file that changed since it was made is a conflict.
        home: The terra home, which vouches for the journal.
        before_commit: Called when everything is in place: from here on an interrupt would come too late.

    Raises:
        ConflictError: A file is not what it was when the plan was made.
        IntegrityError: Bytes in the cache are not what the plan says.
        UnsafeTargetError: A path leads through a link.
        OSError: The system said no.
    """
    writes = plan.writes
    if not writes:
        return
    journal = Journal(project, home)
    operations: list[Operation] = []
    try:
        journal.open()
        gapless = {change.path for change in plan.documents}
        operations = [_stage(journal, number, change, gapless) for number, change in enumerate(writes)]
        copied = zip(operations, writes, strict=True)
        flushing.flush_files([journal.new(each) for each, change in copied if each.new and change.data is None])
        folders = _missing_folders(project, operations)
        journal.declare(operations, folders)
        _perform(journal, operations, folders)
        remove_left_folders(project, operations)  # a rollback makes them again
        before_commit()
        journal.commit()
    except BaseException as error:
        # An interrupt after the commit came too late: what was asked for is done.
        if not (journal.is_committed and isinstance(error, KeyboardInterrupt)):
            roll_back(journal)
            raise
    with suppress(OSError):  # it is done: what is left of the journal goes with the next command
        journal.close()


def _stage(journal: Journal, number: int, change: FileChange, gapless: set[str]) -> Operation:
    """Put the new bytes of one file into the journal, hashed as they are copied."""
    sha256 = change.file.sha256 if change.file and change.action is not Action.DELETE else None
    operation = Operation(change.path, f"{number:06d}", change.found, sha256, gapless=change.path in gapless)
    if change.file is None or sha256 is None:
        return operation
    target = journal.new(operation)
    mode = change.file.mode if change.mode is None else change.mode
    if change.data is not None:
        fs.write_new(target, change.data, _mode(journal.project / change.path, mode) if operation.gapless else mode)
        actual = hashlib.sha256(change.data).hexdigest()
    elif change.content is not None:
        actual = fs.copy(change.content, target, mode, flushed=False)
    else:
        actual = "nothing"
    if actual != sha256:
        message = f"`{change.path}` would get other bytes than planned: expected sha256-{sha256}, got sha256-{actual}"
        raise IntegrityError(message, hint="`terra cache verify` finds a damaged cache", subjects=(change.path,))
    return operation


def _mode(path: Path, usual: int) -> int:
    """Return the mode of a document of the user's as it is, or the usual one for a new one."""
    return stat.S_IMODE(os.lstat(path).st_mode) if fs.kind_of(path) == "file" else usual


def _missing_folders(project: Path, operations: Iterable[Operation]) -> list[str]:
    """Return the folders to make, outermost first, after looking once more for links on the way."""
    survey(project, [operation.path for operation in operations])
    wanted: set[str] = set()
    for operation in operations:
        folder = operation.path.rpartition("/")[0] if operation.new else ""
        while folder and folder not in wanted and not os.path.exists(os.path.join(project, folder)):
            wanted.add(folder)
            folder = folder.rpartition("/")[0]
    return sorted(wanted)


def _perform(journal: Journal, operations: list[Operation], folders: list[str]) -> None:
    for folder in folders:
        os.mkdir(journal.project / folder)
    for operation in operations:
        _perform_one(journal, operation)
    written = {operation.path.rpartition("/")[0] for operation in operations}
    flushing.sync_folders([journal.project / folder for folder in written])


def _perform_one(journal: Journal, operation: Operation) -> None:
    target, new = journal.project / operation.path, journal.new(operation)
    if operation.found is not None:
        _set_aside(journal, operation, target)
    if operation.new is None:
        return
    if operation.gapless and operation.found is not None:
        _replace(journal, operation, new, target)
        return
    _place(new, target, operation)


def _set_aside(journal: Journal, operation: Operation, target: Path) -> None:
    """Move what stands at the target into the journal and see that it is what the plan saw.

    Moving first and looking then leaves no instant in which another program's write could be lost.
    """
    old = journal.old(operation)
    try:
        if operation.gapless:
            _link_aside(target, old)
        else:
            os.rename(target, old)
    except FileNotFoundError as error:
        raise _changed(operation) from error
    if fs.kind_of(old) != "file" or fs.sha256_of(old)[0] != operation.found:
        raise _changed(operation)


def _link_aside(target: Path, old: Path) -> None:
    try:
        os.link(target, old, follow_symlinks=False)
    except OSError:  # a file system without hard links
        fs.copy(target, old)


def _replace(journal: Journal, operation: Operation, new: Path, target: Path) -> None:
    """Put a document in place at once, and see that nobody wrote the old one meanwhile.

    Before: an editor that saves by rename made another file of it. After: one that writes into the file
    wrote into `old`, which is a second link to it.
    """
    old = journal.old(operation)
    if os.lstat(old).st_nlink > 1 and not os.path.samefile(old, target):
        raise _changed(operation)
    if fs.sha256_of(target)[0] != operation.found:
        raise _changed(operation)
    os.replace(new, target)
    if fs.sha256_of(old)[0] != operation.found:
        raise _changed(operation)


def _place(new: Path, target: Path, operation: Operation) -> None:
    """Put the staged file at a path where nothing may stand; a hard link refuses to overwrite, a rename would."""
    try:
        os.link(new, target)
    except FileExistsError as error:
        raise _changed(operation) from error
    except OSError:  # a file system without hard links
        if fs.kind_of(target) is not None:
            raise _changed(operation) from None
        os.rename(new, target)
    else:
        os.unlink(new)


def _changed(operation: Operation) -> ConflictError:
    message = f"`{operation.path}` changed while terra was working: nothing was written"
    return ConflictError(message, hint=_HINT, subjects=(operation.path,))
