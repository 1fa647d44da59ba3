"""Wheels: everything that pip and uv leave unchecked, before a byte of one is believed.

Every file stands in RECORD with its sha256 and nothing else does; file name, `.dist-info` and METADATA
agree; nothing would be installed outside the wheel's own packages or run at Python's start.
PEP 427, PEP 376, https://packaging.python.org/specifications/binary-distribution-format/
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING

from terra.model.name import normalised
from terra.model.values import value
from terra.system import fs
from terra.wire import dist_info

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from terra.archive.guard import Guard
    from terra.model.tree import TreeFile

_FILE_NAME = re.compile(
    r"(?P<name>[A-Za-z0-9][A-Za-z0-9._]*)-(?P<version>[A-Za-z0-9.!+_]+)(-[0-9][A-Za-z0-9_.]*)?"
    r"-[A-Za-z0-9_.]+-[A-Za-z0-9_.]+-[A-Za-z0-9_.]+\.whl"
)
_SCRIPT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_TEXT_LIMIT = 4 << 20
_SIGNATURES = ("RECORD", "RECORD.jws", "RECORD.p7s")
_DATA_SCHEMES = ("data", "headers", "scripts")  # purelib and platlib would shadow other distributions
_SCRIPT_GROUPS = ("console_scripts", "gui_scripts")


@value
class WheelName:
    """What the file name of a wheel says: its distribution and version, as written there."""

    name: str
    version: str


def parse_wheel_name(file_name: str) -> WheelName | None:
    """Return what a wheel's file name says, or None where it is not one (PEP 427)."""
    match = _FILE_NAME.fullmatch(file_name)
    return WheelName(match["name"], match["version"]) if match else None


def check_wheel(folder: Path, files: Sequence[TreeFile], file_name: str, guard: Guard) -> None:
    """Compare an unpacked wheel with what it says of itself.

    Args:
        folder: Where it was unpacked.
        files: Every file of it.
        file_name: The wheel's own name.
        guard: Words the refusals.

    Raises:
        UnsafeArchiveError: Something differs.
    """
    by_path = {file.path: file for file in files}
    wheel = parse_wheel_name(file_name)
    if wheel is None:
        guard.refuse("does not have the file name of a wheel")
    info = info_folder(by_path)
    if info is None:
        guard.refuse("does not have exactly one `.dist-info` folder")
    _check_identity(folder, info, wheel, by_path, guard)
    _check_places(by_path, info, guard)
    _check_record(folder, info, by_path, guard)
    if f"{info}/entry_points.txt" in by_path:
        _check_scripts(read_entry_points(_read(folder, f"{info}/entry_points.txt", guard), guard), guard)


def info_folder(paths: Iterable[str]) -> str | None:
    """Return the name of the wheel's one `.dist-info` folder, None where there are none or several."""
    found = {top for top in (path.partition("/")[0] for path in paths if "/" in path) if top.endswith(".dist-info")}
    return found.pop() if len(found) == 1 else None


def read_entry_points(text: str, guard: Guard) -> dict[str, dict[str, str]]:
    """Return the names and values of each group of an `entry_points.txt`.

    https://packaging.python.org/specifications/entry-points/

    Raises:
        UnsafeArchiveError: It has a line of another form, or a name twice.
    """
    groups: dict[str, dict[str, str]] = {}
    try:
        for group, name, value in dist_info.read_entry_points(text, strict=True):
            groups.setdefault(group, {})[name] = value
    except ValueError:
        guard.refuse("has a line that is not an entry point", "entry_points.txt")
    return groups


def _check_identity(folder: Path, info: str, wheel: WheelName, by_path: Mapping[str, TreeFile], guard: Guard) -> None:
    for required in ("METADATA", "WHEEL", "RECORD"):
        if f"{info}/{required}" not in by_path:
            guard.refuse(f"has no `{required}`")
    name, _, version = info.removesuffix(".dist-info").partition("-")
    metadata = dist_info.read_headers(_read(folder, f"{info}/METADATA", guard))
    said = [(name, version), *zip(metadata.get("name", [""]), metadata.get("version", [""]), strict=False)]
    if any(len(metadata.get(key, ())) != 1 for key in ("name", "version")) or not all(
        normalised(each) == normalised(wheel.name) and _same_version(its_version, wheel.version)
        for each, its_version in said
    ):
        guard.refuse("has a name or version that differs between file name, `.dist-info` and METADATA")
    stated = dist_info.read_headers(_read(folder, f"{info}/WHEEL", guard)).get("wheel-version", [])
    if len(stated) != 1 or not re.fullmatch(r"1\.[0-9]+", stated[0]):
        guard.refuse("is not a wheel of version 1")


def _check_places(by_path: Mapping[str, TreeFile], info: str, guard: Guard) -> None:
    data = info.removesuffix(".dist-info") + ".data"
    for path in by_path:
        top, _, rest = path.partition("/")
        if path.lower().endswith(".pth") and "/" not in path:
            guard.refuse("runs at every start of Python", path)
        if not top.lower().endswith(".data") or not rest:
            continue
        scheme, _, name = rest.partition("/")
        if top != data or scheme not in _DATA_SCHEMES:
            guard.refuse("would be installed outside the wheel's own packages", path)
        if scheme == "scripts" and not _SCRIPT.fullmatch(name):
            guard.refuse("is not a script with a plain name", path)


def _check_record(folder: Path, info: str, by_path: Mapping[str, TreeFile], guard: Guard) -> None:
    unsigned = {f"{info}/{name}" for name in _SIGNATURES}
    seen = set()
    try:
        rows = list(dist_info.read_record(_read(folder, f"{info}/RECORD", guard)))
    except ValueError:
        guard.refuse("is not a table", "RECORD")
    for row in rows:
        if row.size is None or row.path in seen or row.path not in by_path:
            guard.refuse("is in RECORD twice, or in RECORD and not in the wheel", row.path)
        seen.add(row.path)
        if row.path in unsigned and not row.written:
            continue
        if row.written.rstrip("=") != _record_hash(by_path[row.path]) or not _has_size(folder, row.path, row.size):
            guard.refuse("is not what RECORD says: other sha256 or size", row.path)
    missing = sorted(by_path.keys() - seen - unsigned)
    if missing:
        guard.refuse("is not in RECORD", missing[0])


def _check_scripts(groups: Mapping[str, Mapping[str, str]], guard: Guard) -> None:
    for group in _SCRIPT_GROUPS:
        for name in groups.get(group, {}):
            if not _SCRIPT.fullmatch(name):
                guard.refuse("is not a script with a plain name", name)


def _record_hash(file: TreeFile) -> str:
    return "sha256=" + base64.urlsafe_b64encode(bytes.fromhex(file.sha256)).rstrip(b"=").decode()


def _has_size(folder: Path, path: str, stated: str) -> bool:
    return not stated or stated == str((folder / path).stat().st_size)


def _same_version(one: str, other: str) -> bool:
    if one == other:
        return True
    from packaging.version import InvalidVersion, Version

    try:
        return Version(one.replace("_", "+")) == Version(other.replace("_", "+"))
    except InvalidVersion:
        return False


def _read(folder: Path, path: str, guard: Guard) -> str:
    data = fs.read(folder / path, _TEXT_LIMIT + 1)
    if len(data) > _TEXT_LIMIT:
        guard.refuse(f"is larger than {_TEXT_LIMIT >> 20} MiB", path)
    try:
        return data.decode()
    except UnicodeDecodeError:
        guard.refuse("is not UTF-8", path)
