"""The central directory of a zip archive: the list of members that every reader must agree on.

Refused: several disks, anything between the directory and the end of the file, zip64 records that say
something else than the plain ones, encryption, and methods beside stored and deflated.
https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
"""

from __future__ import annotations

import os
import stat
import struct
import zlib
from typing import TYPE_CHECKING

from terra.model.values import value

if TYPE_CHECKING:
    from typing import BinaryIO

    from terra.archive.guard import Guard, Kind

_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64 = struct.Struct("<4sLQL")
_CENTRAL = struct.Struct("<4s2B5H3L5H2L")
_MAX_COMMENT = 0xFFFF
_MAX32 = 0xFFFFFFFF
_NO_ZIP = "is not a zip archive, or is damaged"
_ZIP64, _UNICODE_PATH = 0x0001, 0x7075
_UNIX = (3, 19)  # hosts whose external attributes hold a Unix mode: Unix, macOS
STORED, DEFLATED = 0, 8
DESCRIPTOR = 1 << 3
_UTF8 = 1 << 11
_ALLOWED_FLAGS = 0b110 | DESCRIPTOR | _UTF8  # bits 1 and 2 tell how hard the packer tried


@value
class Entry:
    """One member, as the central directory describes it; sizes and offset in bytes."""

    raw_name: bytes
    name: str
    kind: Kind
    executable: bool
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    offset: int


@value
class _Directory:
    """Where the central directory is."""

    offset: int
    size: int
    count: int
    end: int


def read_directory(file: BinaryIO, guard: Guard) -> tuple[list[Entry], int]:
    """Return the members, sorted by their place in the file, and where the last one must end.

    Raises:
        UnsafeArchiveError: The directory breaks a rule, or is damaged.
    """
    directory = _locate(file, guard)
    if directory.offset + directory.size != directory.end:
        guard.refuse("has bytes before its start, or a directory that is not where it must be")
    if directory.count > guard.limits.members or directory.size > guard.limits.directory:
        guard.refuse(f"has more than {guard.limits.members} members")
    file.seek(directory.offset)
    data, at, entries = file.read(directory.size), 0, []
    for _ in range(directory.count):
        entry, at = _entry(data, at, guard)
        entries.append(entry)
    if at != len(data):
        guard.refuse("counts its members wrongly")
    return sorted(entries, key=lambda entry: entry.offset), directory.offset


def extra_fields(data: bytes, name: bytes, guard: Guard) -> dict[int, bytes]:
    """Return the extra fields of one header by their id.

    Raises:
        UnsafeArchiveError: They are damaged, or give the member another name.
    """
    fields: dict[int, bytes] = {}
    at = 0
    while at < len(data):
        if at + 4 > len(data):
            guard.refuse("has a damaged extra field", _shown(name))
        key, size = struct.unpack_from("<2H", data, at)
        value = data[at + 4 : at + 4 + size]
        if len(value) != size or key in fields:
            guard.refuse("has a damaged extra field", _shown(name))
        fields[key] = value
        at += 4 + size
    unicode_path = fields.get(_UNICODE_PATH)
    if unicode_path is not None and unicode_path != struct.pack("<BL", 1, zlib.crc32(name)) + name:
        guard.refuse("has another name in an extra field", _shown(name))
    return fields


def widened(values: list[int], extra: dict[int, bytes]) -> list[int] | None:
    """Return header values, the ones of all ones bits taken from the zip64 field; None where it lacks them."""
    source, at, result = extra.get(_ZIP64, b""), 0, []
    for narrow in values:
        wide = narrow
        if narrow == _MAX32:
            if at + 8 > len(source):
                return None
            (wide,) = struct.unpack_from("<Q", source, at)
            at += 8
        result.append(wide)
    return result


def _locate(file: BinaryIO, guard: Guard) -> _Directory:
    size = file.seek(0, os.SEEK_END)
    start = max(0, size - _END.size - _MAX_COMMENT)
    file.seek(start)
    tail = file.read(size - start)
    at = tail.rfind(b"PK\5\6")
    if at < 0 or at + _END.size > len(tail):
        guard.refuse(_NO_ZIP)
    _, disk, first_disk, count_here, count, length, offset, comment = _END.unpack_from(tail, at)
    if at + _END.size + comment != len(tail):
        guard.refuse("has bytes after its end")
    if disk or first_disk or count_here != count:
        guard.refuse("is one part of several")
    return _locate64(file, _Directory(offset, length, count, start + at), guard)


def _locate64(file: BinaryIO, plain: _Directory, guard: Guard) -> _Directory:
    locator_at = plain.end - _LOCATOR64.size
    end64_at = locator_at - _END64.size
    if end64_at < 0:
        return plain
    file.seek(end64_at)
    record, locator = file.read(_END64.size), file.read(_LOCATOR64.size)
    signature, disk, offset, disks = _LOCATOR64.unpack(locator)
    if signature != b"PK\6\7":
        return plain
    kind, length, _, _, here, first, count_here, count, size, start = _END64.unpack(record)
    if (kind, length, offset) != (b"PK\6\6", _END64.size - 12, end64_at) or disk or here or first or disks != 1:
        guard.refuse("has a zip64 record that is not where it must be")
    agrees = all(
        small in (wide, most)
        for small, wide, most in (
            (plain.count, count, 0xFFFF),
            (plain.size, size, _MAX32),
            (plain.offset, start, _MAX32),
        )
    )
    if not agrees or count_here != count:
        guard.refuse("has a zip64 record that contradicts the plain one")
    return _Directory(start, size, count, end64_at)


def _entry(data: bytes, at: int, guard: Guard) -> tuple[Entry, int]:
    if at + _CENTRAL.size > len(data) or data[at : at + 4] != b"PK\1\2":
        guard.refuse("counts its members wrongly")
    (_, _, host, _, flags, method, _, _, crc, packed, size, *lengths, disk, _, attributes, offset) = (
        _CENTRAL.unpack_from(data, at)
    )
    name_length, extra_length, comment_length = lengths
    at += _CENTRAL.size
    end = at + name_length + extra_length + comment_length
    raw_name = data[at : at + name_length]
    name = _name(raw_name, flags, host, guard)
    if end > len(data) or comment_length or disk:
        guard.refuse("has a comment or a disk number of its own, or a damaged entry", name)
    extra = extra_fields(data[at + name_length : end], raw_name, guard)
    wide = widened([size, packed, offset], extra)
    if wide is None:
        guard.refuse("lacks its zip64 sizes", name)
    size, packed, offset = wide
    if flags & ~_ALLOWED_FLAGS:
        guard.refuse("is encrypted, or packed in another way that is not allowed", name)
    if method not in (STORED, DEFLATED) or (method == STORED and packed != size):
        guard.refuse("is packed by another method than stored and deflated", name)
    mode = attributes >> 16 if host in _UNIX else 0
    kind = _kind(name, mode, guard)
    executable = kind == "file" and bool(mode & 0o111)
    return Entry(raw_name, name, kind, executable, flags, method, crc, packed, size, offset), end


def _kind(name: str, mode: int, guard: Guard) -> Kind:
    form = stat.S_IFMT(mode)
    if name.endswith("/") and form in (0, stat.S_IFDIR):
        return "folder"
    if name.endswith("/") or form not in (0, stat.S_IFREG, stat.S_IFLNK):
        guard.refuse("is neither a regular file, nor a folder, nor a symbolic link", name)
    if form == stat.S_IFLNK:
        return "link"
    if mode & 0o7000:
        guard.refuse("is marked setuid, setgid or sticky", name)
    return "file"


def _name(raw: bytes, flags: int, host: int, guard: Guard) -> str:
    # Info-ZIP in a C locale writes UTF-8 without saying so; another host's bytes would be a code page.
    if not (raw.isascii() or flags & _UTF8 or host in _UNIX):
        guard.refuse("has a name that is not said to be UTF-8", _shown(raw))
    try:
        return raw.decode()
    except UnicodeDecodeError:
        guard.refuse("has a name that is not UTF-8", _shown(raw))


def _shown(raw: bytes) -> str:
    return raw[:256].decode(errors="replace")
