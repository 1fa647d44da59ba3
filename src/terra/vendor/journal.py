"""The journal: what a running apply has said it will do, written before the first file is touched.

    .terra-journal/          in the project's folder, there only while terra writes
      new/0001 …             the bytes to be put in place, complete and flushed
      old/0001 …             what stood there, moved aside
      plan.json              the operations; as long as it is there, the apply can be undone
      done.json              plan.json after the last operation: only the folder is left to remove

A folder without either file was never started: nothing of the project was touched.

A journal can undo, so it can move and delete: one that came with a clone must not be obeyed. The terra
home of whoever wrote it holds a random number for it, `journals/<sha256 of the folder's path>`, and a
journal without its number is refused.
"""

from __future__ import annotations

import hashlib
import os
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from terra.errors import SystemFailureError
from terra.model.tree import is_inside
from terra.model.values import fields_of, value
from terra.system import fs

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

FOLDER = ".terra-journal"
_FORMAT = 1
_LIMIT = 64 << 20


@value
class Operation:
    """One file to write, replace or delete.

    Attributes:
        path: Relative to the project, with `/`.
        number: Names the files in `new/` and `old/`.
        found: sha256 of what stood there when the plan was made; None for nothing.
        new: sha256 of what will stand there; None for a deletion.
        gapless: Whether the file may never be absent, not for an instant: the project's own documents.
    """

    path: str
    number: str
    found: str | None
    new: str | None
    gapless: bool = False


class Journal:
    """The journal of one project; every path of it is made from the project's folder.

    Args:
        project: The project's folder.
        home: The terra home, which vouches for the journal.
    """

    def __init__(self, project: Path, home: Path) -> None:
        self.project = project
        self.folder = project / FOLDER
        name = hashlib.sha256(os.fsencode(project.resolve())).hexdigest()
        self._number = home / "journals" / name

    def new(self, operation: Operation) -> Path:
        """Return where the bytes to be put in place are staged."""
        return self.folder.joinpath("new", operation.number)

    def old(self, operation: Operation) -> Path:
        """Return where what stood there is moved to."""
        return self.folder.joinpath("old", operation.number)

    def open(self) -> None:
        """Make the folders; the caller holds the project's lock, and nothing is left of another run."""
        os.mkdir(self.folder, 0o700)
        os.mkdir(self.folder / "new")
        os.mkdir(self.folder / "old")

    def declare(self, operations: Iterable[Operation], folders: Iterable[str]) -> None:
        """Write down what will be done and which folders will be made; from here on a crash is undone."""
        import json

        fs.sync_folder(self.folder / "new")
        number = os.urandom(16).hex()
        self._number.parent.mkdir(parents=True, exist_ok=True)
        fs.write_atomic(self._number, number.encode())
        document = {
            "terra-journal": _FORMAT,
            "number": number,
            "operations": [fields_of(each) for each in operations],
            "folders": list(folders),
        }
        fs.write_atomic(self.folder / "plan.json", json.dumps(document).encode())
        fs.sync_folder(self.project)

    def commit(self) -> None:
        """Say that everything was done; from here on a crash is not undone."""
        os.rename(self.folder / "plan.json", self.folder / "done.json")
        with suppress(OSError):  # it is done: failing now would say that it is not
            fs.sync_folder(self.folder)

    @property
    def is_committed(self) -> bool:
        """Whether everything was done."""
        return fs.kind_of(self.folder) == "folder" and fs.kind_of(self.folder / "done.json") == "file"

    def close(self) -> None:
        """Remove the journal, its plan first: without one, what else is left undoes nothing."""
        with suppress(FileNotFoundError):
            os.unlink(self.folder / "plan.json")
        fs.remove_tree(self.folder)
        with suppress(FileNotFoundError):
            os.unlink(self._number)

    def read(self, name: str = "plan.json") -> tuple[tuple[Operation, ...], tuple[str, ...]] | None:
        """Return the operations and folders of a run that did not end, or None where nothing was touched.

        Args:
            name: `done.json` for a run that did, but for what comes after the commit.

        Raises:
            SystemFailureError: The journal is not of this user's, or cannot be understood; nothing may be
                written over it.
        """
        kind = fs.kind_of(self.folder)
        if kind is None:
            return None
        if kind != "folder":
            message = f"`{self.folder}` is not a folder that terra made"
            raise SystemFailureError(message, hint="move it away, and run the command again", subjects=(FOLDER,))
        path = self.folder / name
        if fs.kind_of(path) is None:
            return None
        import json

        try:
            document = json.loads(fs.read(path, _LIMIT))
            self._refuse_stranger(document["number"])
            return _OPERATIONS[document["terra-journal"]](document)
        except (AttributeError, KeyError, OSError, RecursionError, TypeError, ValueError) as error:
            message = f"`{path}` of an interrupted run cannot be understood"
            hint = "upgrade terra; what stood in the project before is in its folder `old`"
            raise SystemFailureError(message, hint=hint, subjects=(str(path),)) from error

    def _refuse_stranger(self, number: str) -> None:
        known = fs.read(self._number, _LIMIT).decode() if fs.kind_of(self._number) == "file" else ""
        if not known or known != number:
            message = f"`{self.folder}` was not written by your terra on this machine"
            hint = "it may have come with the repository: look into it, and remove it; its `old` holds what stood here"
            raise SystemFailureError(message, hint=hint, subjects=(FOLDER,))


def _operations(document: dict[str, Any]) -> tuple[tuple[Operation, ...], tuple[str, ...]]:
    operations = tuple(Operation(**each) for each in document["operations"])
    folders = tuple(document["folders"])
    wrong = [each for each in (*(one.path for one in operations), *folders) if not is_inside(each)]
    wrong += [each.number for each in operations if not re.fullmatch(r"[0-9]{6}", each.number)]
    if wrong:
        raise ValueError(wrong)
    return operations, folders


_OPERATIONS = {_FORMAT: _operations}
