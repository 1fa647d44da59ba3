"""Tar archives: regular files, folders and symbolic links, in the dialects that are written today.

ustar, pax and GNU long names. Refused: hard links, devices, sparse files, a size that two headers
disagree about, extended headers that change a file's bytes, and anything after the end.
https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from terra.archive.names import printable
from terra.model.values import value

if TYPE_CHECKING:
    from typing import BinaryIO

    from terra.archive.guard import Guard, Kind
    from terra.archive.stage import Taker
    from terra.archive.stream import Blocks

_BLOCK = 512
_END = bytes(_BLOCK)
_PADDING = 1 << 20  # zero bytes after the end blocks; GNU tar pads to 10 KiB
_MAGIC = (b"ustar\x0000", b"ustar  \0")
_SET_ID = 0o7000
_OCTAL = re.compile(rb" *([0-7]*)")
_LENGTH = re.compile(rb"([1-9][0-9]{0,5}) ")
_NAMING = ("path", "linkpath", "size")
# Times, owners and extended attributes: nothing of them is kept, so nothing of them is read.
_HARMLESS = re.compile(
    r"comment|[amc]time|[ug]id|[ug]name"
    r"|SCHILY\.(xattr\..*|acl\..*|dev|ino|nlink|fflags)|LIBARCHIVE\..*|RHT\.security\..*|MSWINDOWS\..*|NODETAR\..*",
    re.DOTALL,
)


@dataclass(slots=True)
class _Extended:
    """What the headers before a member say of it."""

    pax: dict[str, str] | None = None
    gnu: dict[str, str] = field(default_factory=dict)


@value
class _Header:
    """One header block."""

    name: str
    size: int
    mode: int
    type: bytes
    link: str


def read_tar(file: BinaryIO, form: str, guard: Guard, stage: Taker) -> None:
    """Write the members of a tar archive to `stage`.

    Args:
        file: Open at its start; read twice, so that every member is checked before any is written.
        form: `tar`, `tar.gz` or `tar.xz`.
        guard: Checks every member.
        stage: Takes the files.

    Raises:
        UnsafeArchiveError: The archive breaks a rule, or is damaged.
    """
    from terra.archive.stage import Rehearsal

    _read_once(file, form, guard.afresh(), Rehearsal())
    file.seek(0)
    _read_once(file, form, guard, stage)


def _read_once(file: BinaryIO, form: str, guard: Guard, taker: Taker) -> None:
    from terra.archive.stream import unpack

    blocks, extended = unpack(file, form, guard), _Extended()
    while (block := blocks.take(_BLOCK)) != _END:
        header = _parse(block, guard)
        if header.type in (b"x", b"g", b"L", b"K"):
            _extend(extended, header, blocks, guard)
        else:
            _read_member(header, extended, blocks, guard, taker)
            extended = _Extended()
    if extended.pax is not None or extended.gnu or blocks.take(_BLOCK) != _END:
        guard.refuse("has no proper end")
    _check_rest(blocks, guard)


def _check_rest(blocks: Blocks, guard: Guard) -> None:
    total = 0
    for piece in blocks.rest():
        total += len(piece)
        if piece.count(0) != len(piece) or total > _PADDING:
            guard.refuse("has bytes after its end")


def _parse(block: bytes, guard: Guard) -> _Header:
    magic = block[257:265]
    checksum = sum(block) - sum(block[148:156]) + 8 * ord(" ")
    if magic not in _MAGIC or _number(block[148:156]) != checksum:
        guard.refuse("is not a tar archive, or is damaged")
    name = _cut(block[0:100])
    prefix = _cut(block[345:500]) if magic == _MAGIC[0] else b""
    size, mode = _number(block[124:136]), _number(block[100:108])
    text = _text(prefix + b"/" + name if prefix else name, guard)
    if size is None or mode is None:
        guard.refuse("has a size or mode that is not a plain number", text)
    return _Header(text, size, mode, block[156:157], _text(_cut(block[157:257]), guard))


def _extend(extended: _Extended, header: _Header, blocks: Blocks, guard: Guard) -> None:
    if header.size > guard.limits.header:
        guard.refuse(f"has an extended header of more than {guard.limits.header >> 10} KiB")
    data = blocks.take(header.size)
    blocks.take(-header.size % _BLOCK)
    if header.type in (b"x", b"g"):
        records = _records(data, guard)
        if header.type == b"g":
            if any(key in records for key in _NAMING) or extended.pax is not None or extended.gnu:
                guard.refuse("has a global header that changes its members")
            return
        if extended.pax is not None or extended.gnu:
            guard.refuse("has two extended headers for one member")
        extended.pax = records
        return
    key = "path" if header.type == b"L" else "linkpath"
    if extended.pax is not None or key in extended.gnu:
        guard.refuse("has two extended headers for one member")
    extended.gnu[key] = _text(data.removesuffix(b"\0"), guard)


def _records(data: bytes, guard: Guard) -> dict[str, str]:
    records: dict[str, str] = {}
    at = 0
    while at < len(data):
        match = _LENGTH.match(data, at)
        end = at + int(match[1]) if match else 0
        if match is None or not match.end() < end <= len(data) or data[end - 1 : end] != b"\n":
            guard.refuse("has a damaged extended header")
        key, separator, value = data[match.end() : end - 1].partition(b"=")
        name = _text(key, guard)
        if not separator or name in records or not (name in _NAMING or _HARMLESS.fullmatch(name)):
            guard.refuse(f"has an extended header that is not allowed: `{printable(name)}`")
        records[name] = _text(value, guard) if name in _NAMING else ""
        at = end
    return records


def _read_member(header: _Header, extended: _Extended, blocks: Blocks, guard: Guard, taker: Taker) -> None:
    said = extended.gnu if extended.pax is None else extended.pax
    name, kind = said.get("path", header.name), _kind(header.type)
    if kind is None:
        guard.refuse("is neither a regular file, nor a folder, nor a symbolic link", name)
    if said.get("size", str(header.size)) != str(header.size):
        guard.refuse("has two sizes", name)
    if kind != "file" and header.size:
        guard.refuse("is no file and has bytes", name)
    if kind == "file" and header.mode & _SET_ID:
        guard.refuse("is marked setuid, setgid or sticky", name)
    path = guard.admit(name, kind, header.size)
    if kind == "file":
        taker.add(path, blocks.pieces(header.size), executable=bool(header.mode & 0o111))
        blocks.take(-header.size % _BLOCK)
    elif kind == "link":
        taker.add_link(path, said.get("linkpath", header.link))


def _kind(flag: bytes) -> Kind | None:
    kinds: dict[bytes, Kind] = {b"0": "file", b"\0": "file", b"5": "folder", b"2": "link"}
    return kinds.get(flag)


def _cut(data: bytes) -> bytes:
    return data.partition(b"\0")[0]


def _text(data: bytes, guard: Guard) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        guard.refuse("has a name that is not UTF-8", data.decode(errors="replace"))


def _number(data: bytes) -> int | None:
    match = _OCTAL.fullmatch(_cut(data).rstrip(b" "))
    return int(match[1] or b"0", 8) if match else None
