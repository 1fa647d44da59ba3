"""Look at the files of a project that a plan is about."""

from __future__ import annotations

import hashlib
import os
import stat
from typing import TYPE_CHECKING

from terra.errors import UnsafeTargetError
from terra.model.tree import is_inside
from terra.model.values import value
from terra.system import fs

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_TEXT_LIMIT = 16 << 20  # bytes; a larger file is compared byte for byte only


@value
class Standing:
    """What stands at a path: its kind, and for a file the digests that it counts as.

    Attributes:
        sha256: Hex digest of the bytes.
        same_as: Digests of the same text with other line endings, the bytes' own among them; that one alone where
            it is the one that was hoped for.
        executable: None where the system has no such mark.
        blocked_by: Of kind `blocked`: the file that stands where a folder on the way must be.
    """

    kind: str
    sha256: str = ""
    same_as: frozenset[str] = frozenset()
    executable: bool | None = None
    blocked_by: str = ""


def survey(project: Path, paths: Iterable[str], hoped: Mapping[str, str] | None = None) -> dict[str, Standing]:
    """Return what stands at each of `paths`, which are relative to the project with `/`; nothing: no entry.

    Args:
        project: An absolute folder.
        paths: What to look at.
        hoped: sha256 in hex by path; a file that has the one hoped for is not looked at any further.

    Raises:
        UnsafeTargetError: A path leads through a link, or out of the project, or has a name that terra does not write.
    """
    found: dict[str, Standing] = {}
    checked: set[str] = {""}
    for path in paths:
        refuse_name(path)
        blocking = _blocking(project, path.rpartition("/")[0], checked)
        if blocking is None:
            standing = look(os.path.join(project, path), hoped.get(path, "") if hoped else "")
        else:
            standing = Standing("blocked", blocked_by=blocking) if blocking else None
        if standing is not None:
            found[path] = standing
    return found


def refuse_name(path: str) -> None:
    """Refuse a path that no plan may have: what it leads to, or is called, on another system is something else.

    Args:
        path: Relative to the project, with `/`.

    Raises:
        UnsafeTargetError: It leads out of the project, or a name in it has a character that terra does not write.
    """
    if is_inside(path):
        return
    if any(part in ("", ".", "..") for part in path.split("/")):
        message, hint = f"`{path}` is not a path inside the project", "`terra.lock` may be damaged, or a stranger's"
    else:
        shown = "".join(each if each.isprintable() else "?" for each in path)
        message = f"`{shown}` has `:`, `\\` or a control character in its name, and terra writes no such file"
        hint = "give it another name"
    raise UnsafeTargetError(message, hint=hint, subjects=(path,))


def look(path: str | Path, hoped: str = "") -> Standing | None:
    """Return what stands at one path itself, or None.

    Args:
        path: Absolute.
        hoped: sha256 in hex; a file that has it is not looked at any further.
    """
    try:
        status = os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    if not stat.S_ISREG(status.st_mode):
        kind = fs.kind_of(path)
        return None if kind is None else Standing(kind)
    executable = bool(status.st_mode & 0o111) if os.name == "posix" else None
    if status.st_size > _TEXT_LIMIT:
        sha256 = fs.sha256_of(path)[0]
        return Standing("file", sha256, frozenset((sha256,)), executable)
    data = fs.read(path, status.st_size + 1)  # one that grows meanwhile has other bytes in any case
    return standing_of(data, executable, hoped)


def standing_of(data: bytes, executable: bool | None = None, hoped: str = "") -> Standing:  # noqa: FBT001  # no switch
    """Return a file with these bytes as `look` returns it."""
    sha256 = hashlib.sha256(data).hexdigest()
    others = () if sha256 == hoped else _other_endings(data)
    return Standing("file", sha256, frozenset((sha256, *others)), executable)


def _other_endings(data: bytes) -> list[str]:
    """Return the digests that git's `core.autocrlf` may have turned into this one, both ways."""
    if b"\n" not in data or b"\0" in data:
        return []
    unix = data.replace(b"\r\n", b"\n")
    return [hashlib.sha256(text).hexdigest() for text in (unix, unix.replace(b"\n", b"\r\n"))]


def _blocking(project: Path, folder: str, checked: set[str]) -> str | None:
    """Return None where `folder` is there, "" where nothing is, else the file that stands on the way."""
    if folder in checked:
        return None
    above = _blocking(project, folder.rpartition("/")[0], checked)
    if above is not None:
        return above
    kind = fs.kind_of(os.path.join(project, folder))
    if kind == "link":
        message = f"`{folder}` is a link: terra writes no file through a link"
        raise UnsafeTargetError(message, hint="replace the link by a folder, or set `plugins-dir`", subjects=(folder,))
    if kind == "folder":
        checked.add(folder)
        return None
    return "" if kind is None else folder
