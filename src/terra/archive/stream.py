"""The bytes of a tar archive, unpacked a piece at a time and never beyond a bound.

One gzip member or one xz stream, to its last byte: what follows it, other programs would read and terra
would not. RFC 1952; https://tukaani.org/xz/xz-file-format.txt
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from terra.archive.guard import Guard

_CHUNK = 1 << 16
_GZIP = 31  # zlib's number for a gzip header and trailer around the data
_CUT = "is cut short"
_TRAILING = "has bytes after its end"


class Blocks:
    """A stream read in exact amounts; the end may not come before what was asked for."""

    def __init__(self, chunks: Iterator[bytes], guard: Guard) -> None:
        self._chunks = chunks
        self._guard = guard
        self._chunk = b""
        self._at = 0

    def take(self, size: int) -> bytes:
        """Return the next `size` bytes."""
        return b"".join(self.pieces(size))

    def pieces(self, size: int) -> Iterator[bytes]:
        """Yield the next `size` bytes in pieces, all of which must be consumed."""
        while size:
            if self._at == len(self._chunk):
                self._chunk, self._at = next(self._chunks, b""), 0
                if not self._chunk:
                    self._guard.refuse(_CUT)
            piece = self._chunk[self._at : self._at + size]
            self._at += len(piece)
            size -= len(piece)
            yield piece

    def rest(self) -> Iterator[bytes]:
        """Yield what is left of the stream."""
        yield self._chunk[self._at :]
        yield from self._chunks


def unpack(file: BinaryIO, form: str, guard: Guard) -> Blocks:
    """Return the unpacked stream of a file.

    Args:
        file: Open at its start.
        form: `tar`, `tar.gz` or `tar.xz`.
        guard: Whose limits bound the stream; its errors are raised while the stream is read.
    """
    match form:
        case "tar.gz":
            chunks = _gunzip(file, guard)
        case "tar.xz":
            chunks = _unxz(file, guard)
        case _:
            chunks = iter(lambda: file.read(_CHUNK), b"")
    return Blocks(_bounded(chunks, guard), guard)


def _bounded(chunks: Iterator[bytes], guard: Guard) -> Iterator[bytes]:
    limit, total = guard.limits.total_size + guard.limits.overhead, 0
    for chunk in chunks:
        total += len(chunk)
        if total > limit:
            guard.refuse(f"unpacks to more than {limit >> 20} MiB")
        yield chunk


def _gunzip(file: BinaryIO, guard: Guard) -> Iterator[bytes]:
    engine, data = zlib.decompressobj(_GZIP), b""
    while not engine.eof:
        data = data or file.read(_CHUNK)
        try:
            out = engine.decompress(data, _CHUNK)
        except zlib.error:
            guard.refuse("is not a gzip file, or is damaged")
        if not data and not out and not engine.eof:
            guard.refuse(_CUT)
        data = engine.unconsumed_tail
        if out:
            yield out
    if engine.unused_data or data or file.read(1):
        guard.refuse(_TRAILING)


def _unxz(file: BinaryIO, guard: Guard) -> Iterator[bytes]:
    import lzma

    engine = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=guard.limits.xz_memory)
    while not engine.eof:
        data = file.read(_CHUNK) if engine.needs_input else b""
        cut = engine.needs_input and not data
        try:
            out = engine.decompress(data, _CHUNK)
        except lzma.LZMAError as error:
            if "memory" in str(error).lower():
                rule = f"needs more than {guard.limits.xz_memory >> 20} MiB of memory to unpack"
                guard.refuse(rule, hint="pack it with `xz -6` or gzip")
            guard.refuse("is not an xz file, or is damaged")
        if cut and not out and not engine.eof:
            guard.refuse(_CUT)
        if out:
            yield out
    if engine.unused_data or file.read(1):
        guard.refuse(_TRAILING)
