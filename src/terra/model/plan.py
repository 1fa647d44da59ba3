"""Plans: everything that a command will do to a project, complete before the first byte is written."""

from __future__ import annotations

import hashlib
from enum import Enum
from pathlib import Path

from terra.model.name import Name
from terra.model.tree import TreeFile
from terra.model.values import value
from terra.model.version import Version


class Action(Enum):
    """What happens to one file."""

    CREATE = "create"
    REPLACE = "replace"
    MERGE = "merge"
    DELETE = "delete"
    KEEP = "keep"


@value
class FileChange:
    """What happens to one file of the project.

    Attributes:
        path: Relative to the project, with `/`.
        why: For people: `new`, `edited since it was added`, …
        file: What will stand there, with the mode and digest of the bytes; None for delete and keep.
        content: The file to copy the bytes from; None where `data` has them.
        data: The bytes themselves, of a merge or a document.
        found: sha256 of the bytes that stood there when the plan was made; None for no file.
        conflicts: How many places of a merge will have conflict markers.
        differs: Of what is kept: whether it is not as the release has it, which is the user's doing.
        mode: The permission bits, where others than those of `file` are wanted.
    """

    path: str
    action: Action
    why: str
    file: TreeFile | None = None
    content: Path | None = None
    data: bytes | None = None
    found: str | None = None
    conflicts: int = 0
    differs: bool = False
    mode: int | None = None


def document_change(path: str, before: bytes | None, after: bytes) -> FileChange:
    """Return the change of one of the project's own documents, from its bytes, None for no file, to others."""
    found = None if before is None else hashlib.sha256(before).hexdigest()
    action = Action.CREATE if before is None else Action.REPLACE
    file = TreeFile(path, hashlib.sha256(after).hexdigest())
    return FileChange(path, action, "the project's own", file, data=after, found=found)


@value
class PluginChange:
    """What happens to one plugin: `from_` is None for one that was not there."""

    plugin: Name
    set: str
    from_: Version | None
    to: Version | None
    files: tuple[FileChange, ...]


@value
class Conflict:
    """A file that the plan may not touch without being told to.

    Attributes:
        kind: What stands there. Of a file the user may decide; anything else is in the way, whatever they say.
    """

    plugin: Name
    path: str
    why: str
    kind: str = "file"

    @property
    def is_in_the_way(self) -> bool:
        """Whether no option gives up what stands there."""
        return self.kind != "file"


@value
class Plan:
    """The changes of plugins, then of the project's own documents, which go in last."""

    changes: tuple[PluginChange, ...] = ()
    documents: tuple[FileChange, ...] = ()

    @property
    def writes(self) -> tuple[FileChange, ...]:
        """Every change that touches the disk, in the order in which it is done."""
        files = [file for change in self.changes for file in change.files]
        return tuple(file for file in (*files, *self.documents) if file.action is not Action.KEEP)
