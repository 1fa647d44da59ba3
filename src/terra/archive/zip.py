"""Zip archives: every member's own header must say what the directory says, and nothing lies between.

All headers are read and compared before the first file is written. A data descriptor is accepted where
it is there and agrees, as streaming writers leave it.
https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

from terra.archive.zip_directory import DEFLATED, DESCRIPTOR, Entry, extra_fields, read_directory, widened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from terra.archive.guard import Guard
    from terra.archive.stage import Taker

_LOCAL = struct.Struct("<4s5H3L2H")
_CHUNK = 1 << 16
_RAW = -15  # zlib's number for deflated data without a header
_PACKING_EFFORT = 0b110
_DESCRIPTORS = {12: "<3L", 16: "<4x3L", 20: "<L2Q", 24: "<4xL2Q"}


def read_zip(file: BinaryIO, guard: Guard, stage: Taker) -> None:
    """Write the members of a zip archive to `stage`.

    Args:
        file: Seekable.
        guard: Checks every member.
        stage: Takes the files.

    Raises:
        UnsafeArchiveError: The archive breaks a rule, or is damaged.
    """
    entries, end = read_directory(file, guard)
    places = []
    at = 0
    for entry, limit in zip(entries, [*(entry.offset for entry in entries), end][1:], strict=True):
        if entry.offset != at:
            guard.refuse("does not start where the member before it ends", entry.name)
        data_at = _check_local(file, entry, limit, guard)
        places.append((entry, guard.admit(entry.name, entry.kind, entry.size), data_at))
        at = limit
    if at != end:
        guard.refuse("has bytes that belong to no member")
    for entry, path, data_at in places:
        file.seek(data_at)
        _write(entry, path, _checked(_unpacked(file, entry, guard), entry, guard), guard, stage)


def _check_local(file: BinaryIO, entry: Entry, limit: int, guard: Guard) -> int:
    file.seek(entry.offset)
    header = file.read(_LOCAL.size)
    if len(header) < _LOCAL.size or header[:4] != b"PK\3\4":
        guard.refuse("has no header of its own", entry.name)
    _, _, flags, method, _, _, crc, packed, size, name_length, extra_length = _LOCAL.unpack(header)
    name, extra = file.read(name_length), file.read(extra_length)
    if name != entry.raw_name or method != entry.method or (flags ^ entry.flags) & ~_PACKING_EFFORT:
        guard.refuse("has a header that contradicts the directory", entry.name)
    sizes = widened([size, packed], extra_fields(extra, name, guard))
    described = bool(flags & DESCRIPTOR)
    stated = zip((crc, *(sizes or (-1, -1))), (entry.crc, entry.size, entry.packed), strict=True)
    if not all(here == there or (described and here == 0) for here, there in stated):
        guard.refuse("has a header that contradicts the directory", entry.name)
    data_at: int = entry.offset + _LOCAL.size + name_length + extra_length
    left = limit - data_at - entry.packed
    if left and not (described and _describes(file, data_at + entry.packed, left, entry)):
        guard.refuse("has bytes after it that belong to no member, or runs into the next", entry.name)
    if described and not left:
        guard.refuse("lacks the data descriptor that it announces", entry.name)
    return data_at


def _describes(file: BinaryIO, at: int, length: int, entry: Entry) -> bool:
    layout = _DESCRIPTORS.get(length)
    if layout is None:
        return False
    file.seek(at)
    data = file.read(length)
    signed = layout.startswith("<4x")
    if len(data) != length or (signed and data[:4] != b"PK\7\x08"):
        return False
    described: tuple[int, ...] = struct.unpack(layout, data)
    return described == (entry.crc, entry.packed, entry.size)


def _write(entry: Entry, path: str, chunks: Iterator[bytes], guard: Guard, stage: Taker) -> None:
    if entry.kind == "file":
        stage.add(path, chunks, executable=entry.executable)
    elif entry.kind == "link":
        if entry.size > guard.limits.link:
            guard.refuse("is a link with a target that is too long", entry.name)
        stage.add_link(path, b"".join(chunks).decode(errors="replace"))
    elif b"".join(chunks):
        guard.refuse("is a folder and has bytes", entry.name)


def _checked(chunks: Iterator[bytes], entry: Entry, guard: Guard) -> Iterator[bytes]:
    crc = size = 0
    for chunk in chunks:
        crc, size = zlib.crc32(chunk, crc), size + len(chunk)
        if size > entry.size:
            break
        yield chunk
    if size != entry.size or crc != entry.crc:
        guard.refuse("is not what its header says: other size or checksum", entry.name)


def _unpacked(file: BinaryIO, entry: Entry, guard: Guard) -> Iterator[bytes]:
    left = entry.packed
    if entry.method != DEFLATED:
        while left and (data := file.read(min(left, _CHUNK))):
            left -= len(data)
            yield data
        return
    engine, data = zlib.decompressobj(_RAW), b""
    while not engine.eof:
        if not data:
            data = file.read(min(left, _CHUNK))
            left -= len(data)
        try:
            out = engine.decompress(data, _CHUNK)
        except zlib.error:
            guard.refuse("is damaged", entry.name)
        if not data and not out and not engine.eof:
            guard.refuse("is cut short", entry.name)
        data = engine.unconsumed_tail
        yield out
    if engine.unused_data or data or left:
        guard.refuse("has bytes after its data", entry.name)
