"""Undo an apply that did not end, in this run or one that crashed; bytes of the user's are never given up."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from terra.errors import TerraError
from terra.system import fs
from terra.vendor.journal import Journal
from terra.vendor.survey import survey

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from terra.vendor.journal import Operation

SAVED = ".before-terra"


def recover(project: Path, home: Path) -> tuple[str, ...] | None:
    """Finish or undo what an interrupted run left; the caller holds the project's lock.

    Returns:
        None where nothing had to be undone; else the paths that were kept beside a file that the user wrote
        after the crash, usually none.

    Raises:
        SystemFailureError: The journal cannot be understood.
    """
    journal = Journal(project, home)
    if fs.kind_of(journal.folder) is None or journal.is_committed:
        _finish(journal)
        journal.close()  # nothing is left, or nothing but the folder of a run that was done
        return None
    return roll_back(journal)


def remove_left_folders(project: Path, operations: Iterable[Operation]) -> None:
    """Remove the folders that are empty since their files were deleted."""
    for operation in operations:
        if operation.new is None:
            fs.remove_empty((project / operation.path).parent, project)


def _finish(journal: Journal) -> None:
    """Do what a run that was cut off after its commit had left to do; a journal of a stranger's is only removed."""
    with suppress(OSError, TerraError):
        found = journal.read("done.json") if fs.kind_of(journal.folder) is not None else None
        if found is not None:
            survey(journal.project, [operation.path for operation in found[0]])  # no link on the way since
            remove_left_folders(journal.project, found[0])


def roll_back(journal: Journal) -> tuple[str, ...]:
    """Put back what stood in the project, remove what was made, and remove the journal."""
    found = journal.read()
    saved: list[str] = []
    if found is not None:
        operations, folders = found
        survey(journal.project, [operation.path for operation in operations])  # no link on the way since
        for operation in reversed(operations):
            kept = _undo(journal, operation)
            saved += [kept] if kept else []
        for folder in reversed(folders):
            with suppress(OSError):  # not made yet, or the user put something into it
                os.rmdir(journal.project / folder)
    journal.close()
    return tuple(saved)


def _undo(journal: Journal, operation: Operation) -> str | None:
    target, old = journal.project / operation.path, journal.old(operation)
    standing = fs.sha256_of(target)[0] if fs.kind_of(target) == "file" else fs.kind_of(target)
    if fs.kind_of(old) not in (None, "file"):  # not what the plan saw there: the user's
        if standing is not None:
            return _lay_beside(journal, old, target)
        os.rename(old, target)
        return None
    if fs.kind_of(old) is None:
        if operation.found is None and standing == operation.new and _is_placed(journal, operation):
            os.unlink(target)
        return None
    if _is_second_link(old, target) or (operation.gapless and standing == operation.found):
        return None  # a document that was not replaced yet; the copy of it may be half done
    is_what_stood = fs.sha256_of(old)[0] == operation.found  # else something was put there just before it was moved
    if standing is None or (is_what_stood and standing in {operation.new, operation.found}):
        target.parent.mkdir(parents=True, exist_ok=True)  # the user may have removed it since
        os.replace(old, target)
        return None
    return _lay_beside(journal, old, target)


def _lay_beside(journal: Journal, old: Path, target: Path) -> str:
    """Keep what the user wrote at the target after the crash, and lay what stood there before beside it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(target.name + SAVED)
    while fs.kind_of(beside) is not None:
        beside = beside.with_name(beside.name + "~")
    os.rename(old, beside)
    return beside.relative_to(journal.project).as_posix()


def _is_second_link(old: Path, target: Path) -> bool:
    return fs.kind_of(target) == "file" and os.path.samefile(old, target)


def _is_placed(journal: Journal, operation: Operation) -> bool:
    """Tell whether the target is ours: the staged file is gone, or is the same file by a second link."""
    staged = journal.new(operation)
    return fs.kind_of(staged) is None or os.path.samefile(staged, journal.project / operation.path)
