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


class Reason(Enum):
    """Why something happens to a file, or why nothing may; `commands.change_words` has the words for people."""

    NEW = "new"
    MISSING = "missing"
    UPDATED = "updated"
    MODE = "mode"
    UNCHANGED = "unchanged"
    OWN_MODE = "own-mode"  # the user made it executable, or no longer
    EDITED = "edited"
    FOREIGN = "foreign"  # not written by terra
    DELETED = "deleted"  # by the user
    DROPPED = "dropped"  # the release has it no longer
    RENAMED = "renamed"
    MERGED = "merged"  # both sides' changes are in it
    MARKED = "marked"  # both sides' lines are in it, with conflict markers
    OURS = "ours"  # the user's side was chosen
    THEIRS = "theirs"  # the release's side was chosen
    MOVED = "moved"  # as it is, to another folder
    DOCUMENT = "document"  # the project's own
    IN_THE_WAY = "in-the-way"  # no file stands there, or one where a folder must


@value
class Lines:
    """Lines of a file, counted from 1; `last` is `first - 1` for the place before `first`, where no line is."""

    first: int
    last: int


@value
class FileChange:
    """What happens to one file of the project.

    Attributes:
        path: Relative to the project, with `/`.
        file: What will stand there, with the mode and digest of the bytes; None for delete and keep.
        content: The file to copy the bytes from; None where `data` has them.
        data: The bytes themselves, of a merge or a document.
        found: sha256 of the bytes that stood there when the plan was made; None for no file.
        contested: How many places both the user and the release changed, whoever's lines stand there then.
        other: What it is renamed or moved from or to.
        differs: Of what is kept: whether it is not as the release has it, which is the user's doing.
        mode: The permission bits, where others than those of `file` are wanted.
    """

    path: str
    action: Action
    reason: Reason
    file: TreeFile | None = None
    content: Path | None = None
    data: bytes | None = None
    found: str | None = None
    contested: int = 0
    other: str = ""
    differs: bool = False
    mode: int | None = None

    @property
    def conflicts(self) -> int:
        """How many places have conflict markers."""
        return self.contested if self.reason is Reason.MARKED else 0


def document_change(path: str, before: bytes | None, after: bytes) -> FileChange:
    """Return the change of one of the project's own documents, from its bytes, None for no file, to others."""
    found = None if before is None else hashlib.sha256(before).hexdigest()
    action = Action.CREATE if before is None else Action.REPLACE
    file = TreeFile(path, hashlib.sha256(after).hexdigest())
    return FileChange(path, action, Reason.DOCUMENT, file, data=after, found=found)


@value
class PluginChange:
    """What happens to one plugin.

    Attributes:
        from_: None for one that was not there.
        to: None for one that goes.
        accepted: Paths of the edits that were accepted and stay so.
    """

    plugin: Name
    set: str
    from_: Version | None
    to: Version | None
    files: tuple[FileChange, ...]
    accepted: tuple[str, ...] = ()


@value
class Conflict:
    """A file that the plan may not touch without being told to.

    Attributes:
        kind: What stands there. Of a file the user may decide; anything else is in the way, whatever they say.
        lines: Of the user's file: what the release changed as well; nothing where that cannot be said.
        is_text: Whether it can be merged at all.
        other: The name that the release gives the file now.
        from_: The version that stands there; None for a plugin that comes.
        to: The version that would.
    """

    plugin: Name
    path: str
    reason: Reason
    kind: str = "file"
    lines: tuple[Lines, ...] = ()
    is_text: bool = True
    other: str = ""
    from_: Version | None = None
    to: Version | None = None

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
