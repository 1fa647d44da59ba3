"""The `module` blocks below a folder, each with its file as it was read; what vendored plugins call is not theirs.

Links are passed over, since terra writes through none. A file that is too large to be parsed, or cannot be opened, and
a folder that cannot be listed are said not to be read: never that they have no blocks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.commands.terraform_files import terraform_files
from terra.model.terraform import JSON_ENDINGS
from terra.model.values import field, value
from terra.model.version import Version
from terra.system import fs

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from terra.commands.terraform_files import Standing
    from terra.model.interface import ModuleCall

_MAX_MODULES_JSON = 1 << 20


@value
class CalledIn:
    """The blocks of one file, or a file or folder of which they are not known.

    Attributes:
        path: Relative to the project, with `/`; it may begin with `../`.
        data: The bytes that the spans of the blocks are of.
        is_broken: Whether the file was read, and does not parse whole: nothing of it is to be rewritten.
        unread: Why it is not known what it calls; empty where it is.
    """

    path: str
    calls: tuple[ModuleCall, ...] = ()
    data: bytes = field(default_factory=bytes, repr=False)
    is_broken: bool = False
    unread: str = ""

    @property
    def is_json(self) -> bool:
        """Whether it is in the syntax that has no spans."""
        return self.path.endswith(JSON_ENDINGS)


def called_below(top: Path, project: Path, but: Collection[str] = ()) -> Iterator[CalledIn]:
    """Yield the files at or below `top` that have module blocks, or may have, in the order of their paths.

    Args:
        top: A file, or a folder.
        project: What the paths are relative to.
        but: Folders, absolute, that are not looked into.

    Raises:
        OSError: `top` is a file and cannot be opened.
    """
    for file in terraform_files(top, but):
        found = None if file.is_link else _called_in(file, project, is_asked_for=file.at == top)
        if found is not None and (found.calls or found.unread):
            yield found


def unread_warnings(files: Iterable[CalledIn]) -> Iterator[str]:
    """Yield a warning for each file or folder whose blocks are not known."""
    for each in files:
        if each.unread:
            yield f"`{each.path}` {each.unread} and was not read: look for its module blocks"


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


def _called_in(file: Standing, project: Path, *, is_asked_for: bool) -> CalledIn | None:
    from terra.hcl.reading import TOO_LARGE, is_too_large, load, read_file

    path = file.below(project)
    if file.unlisted:
        return CalledIn(path, unread="cannot be listed")
    try:
        data = load(file.at)
    except FileNotFoundError:
        return None
    except OSError as error:
        if is_asked_for:
            raise
        return CalledIn(path, unread=f"cannot be opened ({(error.strerror or '').lower()})")
    if is_too_large(data):
        return CalledIn(path, unread=TOO_LARGE)
    if b"module" not in data:
        return None
    interface = read_file(path, data)
    return CalledIn(path, interface.module_calls, data, is_broken=bool(interface.unparsed))
