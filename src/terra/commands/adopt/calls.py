"""The `module` blocks below a folder, each with its file as it was read; what vendored plugins call is not theirs.

No dot folders, such as `.terraform`, and no `node_modules` are looked into. A file that is too large to be parsed is
one that was not read, never one without blocks.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from terra.hcl.endings import MAX_FILE_BYTES, TERRAFORM
from terra.model.values import field, value
from terra.model.version import Version
from terra.system import fs

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from terra.model.interface import ModuleCall

_MAX_MODULES_JSON = 1 << 20
_SECONDS = 10.0


@value
class CalledIn:
    """The blocks of one file.

    Attributes:
        path: Relative to the project, with `/`; it may begin with `../`.
        data: The bytes that the spans of the blocks are of.
        is_broken: Whether the file does not parse whole: nothing of it is to be rewritten.
        is_unread: Whether it is too large to be parsed, and what it calls is not known.
    """

    path: str
    calls: tuple[ModuleCall, ...]
    data: bytes = field(default_factory=bytes, repr=False)
    is_broken: bool = False
    is_unread: bool = False

    @property
    def is_json(self) -> bool:
        """Whether it is in the syntax that has no spans."""
        return self.path.endswith(".json")


def called_below(top: Path, project: Path, but: Collection[str] = ()) -> Iterator[CalledIn]:
    """Yield the files at or below `top` that have module blocks, or may have, in the order of their paths.

    Args:
        top: A file, or a folder.
        project: What the paths are relative to.
        but: Folders, absolute, that are not looked into.
    """
    for path in [str(top)] if top.is_file() else _files(str(top), but):
        found = _called_in(path, project)
        if found is not None and (found.calls or found.is_unread):
            yield found


def unread_warnings(files: Iterable[CalledIn]) -> Iterator[str]:
    """Yield a warning for each file whose blocks are not known."""
    for each in files:
        if each.is_unread:
            size = f"{MAX_FILE_BYTES >> 20} MiB"
            yield f"`{each.path}` is larger than {size} and was not read: look for its module blocks"


def version_that_ran(file: Path, call: ModuleCall) -> Version | None:
    """Return the version of a registry's module that `terraform init` last chose for a block; None where none did.

    Args:
        file: The block's file.
        call: The block.
    """
    from terra.errors import InvalidDocumentError
    from terra.wire.json_document import decode_json

    path = file.parent / ".terraform" / "modules" / "modules.json"
    try:
        data = fs.read_document(path, _MAX_MODULES_JSON)
        found = decode_json(data, str(path)) if data is not None else None
    except InvalidDocumentError:  # Terraform's own, and only a preference
        return None
    entries = found.get("Modules") if isinstance(found, dict) else None
    top = (call.source or "").partition("//")[0]
    for each in entries if isinstance(entries, list) else []:
        found = each if isinstance(each, dict) else {}
        source, version = found.get("Source"), found.get("Version")
        if found.get("Key") == call.name and isinstance(source, str) and isinstance(version, str) and top in source:
            return Version.read(version)
    return None


def _files(top: str, but: Collection[str]) -> Iterator[str]:
    waiting = _last_first(top)  # no recursion: folders may be deeper than Python's stack
    while waiting:
        entry = waiting.pop()
        if entry.name.startswith(".") or entry.name == "node_modules" or entry.path in but:
            continue
        if entry.is_dir(follow_symlinks=False):
            waiting += _last_first(entry.path)
        elif entry.name.endswith(TERRAFORM) and entry.is_file(follow_symlinks=False):
            yield entry.path


def _last_first(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda each: each.name, reverse=True)
    except FileNotFoundError:  # gone since; what cannot be read is an error: it may hold a block that must change
        return []


def _called_in(path: str, project: Path) -> CalledIn | None:
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except FileNotFoundError:
        return None
    relative = os.path.relpath(path, project).replace(os.sep, "/")
    if len(data) > MAX_FILE_BYTES:
        return CalledIn(relative, (), is_unread=True)
    if b"module" not in data:
        return None
    if path.endswith(".json"):
        from terra.hcl.json_syntax import read_json

        return CalledIn(relative, read_json(relative, data).module_calls, data)
    from terra.hcl.deadline import Deadline
    from terra.hcl.native import read_native

    interface = read_native(relative, data, Deadline.after(_SECONDS))
    return CalledIn(relative, interface.module_calls, data, is_broken=bool(interface.unparsed))
