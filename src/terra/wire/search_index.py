"""What a search reads: `search/index.json`, its shards, and the same lines as terra keeps them.

A line is `[name,description,[tags],provider,latest]`, with a sixth element, the reason, where the plugin is deprecated.
Strangers write the shards in any spelling that JSON allows; terra keeps them in one, so that the bytes can be searched
before anything is decoded: UTF-8 without escapes that need not be, and where folding the case changes more than A to Z,
the folded text as a seventh element.
"""

from __future__ import annotations

import re
import threading
import zlib
from typing import TYPE_CHECKING, Any

from terra.errors import InvalidDocumentError, Issue
from terra.model.name import Name
from terra.model.summary import Summary
from terra.model.values import value
from terra.model.version import Version

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

FORMAT = 1
MOST_SHARDS = 4096
MOST_BYTES = 64 << 20  # of all lines of one index
MOST_LINES = 1 << 20  # of one index
MOST_LINE_BYTES = 1 << 20  # a longer line is none: what it decodes to may take many times its size
_CHUNK = 1 << 20
_SHOWN_BYTES = 800  # of a bad line
_SHARD = re.compile(r"(?:[\w.~-]+/)*([0-9a-f]{64})\.json\.gz", re.ASCII)
_LINE = re.compile(rb"[^\n]+")
_COLUMNS, _MOST_COLUMNS = 5, 6


@value
class Shard:
    """One file of a search index: its address relative to the registry's folder, and the sha256 of its bytes."""

    path: str
    sha256: str


class Room:
    """What the shards of one index may still unpack to; they are read by several threads."""

    def __init__(self) -> None:
        self._left = MOST_BYTES
        self._lock = threading.Lock()

    def take(self, size: int) -> bool:
        """Take bytes of it; tell whether there were as many."""
        with self._lock:
            self._left -= size
            return self._left >= 0


def read_search_index(data: bytes, document: str) -> tuple[Shard, ...]:
    """Return the shards that a `search/index.json` names.

    Args:
        data: The whole document.
        document: Its path or URL, for messages.

    Raises:
        InvalidDocumentError: It is none, of an unknown format number, or a shard is not named by its sha256, or twice.
    """
    from terra.wire.fields import Fields
    from terra.wire.static_tree import is_below, read_table

    fields = Fields(read_table(data, document, "terra-search", FORMAT))
    shards: dict[str, Shard] = {}
    for each in fields.tables("shards"):
        path = each.text("path", required=True)
        match = _SHARD.fullmatch(path)
        if match is not None and match[1] in shards:
            each.note("path", "each shard once", path)
        elif match is not None and is_below(path):
            shards[match[1]] = Shard(path, match[1])
        elif path:
            each.note("path", "a path below the registry's folder, ending in `<sha256>.json.gz`", path)
    if len(shards) > MOST_SHARDS:
        fields.note("shards", f"at most {MOST_SHARDS}", len(shards))
    fields.finish(document, hint="it is its keeper's to mend")
    return tuple(shards.values())


def read_shard(data: bytes, document: str, room: Room) -> bytes:
    """Return the lines of a shard, unpacked.

    Args:
        data: The whole file.
        document: Its path or URL, for messages.
        room: What it and the other shards of its index may unpack to.

    Raises:
        InvalidDocumentError: It is no whole gzip file, or there is no room for what is in it.
    """
    unpacker = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)  # gzip, RFC 1952
    parts = []
    try:
        while not unpacker.eof:
            parts.append(unpacker.decompress(data, _CHUNK))
            data = unpacker.unconsumed_tail
            if not room.take(len(parts[-1])):
                expected = f"at most {MOST_BYTES >> 20} MiB of lines in all shards"
                raise InvalidDocumentError(document, [Issue("the file", expected, "more")])
            if not parts[-1] and not data and not unpacker.eof:
                raise InvalidDocumentError(document, [Issue("the file", "a whole gzip file", "the beginning of one")])
    except zlib.error as error:
        raise InvalidDocumentError(document, [Issue("the file", "gzip", str(error))]) from error
    return b"".join(parts)


def kept_of(shards: Iterable[bytes], document: str, registry: str) -> tuple[bytes, list[str]]:
    """Return the lines of a whole index as terra keeps them, and those that are none as they stand.

    Args:
        shards: Unpacked.
        document: Path or URL of the index, for messages.
        registry: Label or location of the registry.

    Raises:
        InvalidDocumentError: There are too many lines.
    """
    kept: list[bytes] = []  # a summary at a time: many of them are many times the size of their lines
    bad: list[str] = []
    for number, match in enumerate(match for shard in shards for match in _LINE.finditer(shard)):
        if number == MOST_LINES:
            raise InvalidDocumentError(document, [Issue("shards", f"at most {MOST_LINES} lines", "more")])
        if line := match[0].strip():
            found, refused = read_lines([line], registry)
            kept.append(lines_of(found))
            bad += refused
    return b"".join(kept), bad


def lines_of(summaries: Iterable[Summary]) -> bytes:
    """Return summaries as terra keeps them; the registry is left out."""
    return b"".join(map(_line_of, summaries))


def matching(lines: bytes, needles: Sequence[str]) -> Iterator[bytes]:
    """Yield the kept lines that hold every needle, in any case; they may hold it where it does not count.

    Args:
        lines: As `lines_of` made them.
        needles: Folded texts; without any every line is yielded.
    """
    wanted = sorted((_escaped(each) for each in needles if each), key=len)
    if not wanted:
        yield from lines.splitlines()
        return
    folded = lines.lower()  # A to Z alone: what else folds stands in the seventh element
    longest, others = wanted[-1], wanted[:-1]
    found = folded.find(longest)
    while found >= 0:
        start, end = folded.rfind(b"\n", 0, found) + 1, folded.find(b"\n", found)
        if all(folded.find(each, start, end) >= 0 for each in others):
            yield lines[start:end]
        found = folded.find(longest, end)


def read_kept(lines: Iterable[bytes], registry: str) -> list[Summary]:
    """Return lines that `lines_of` made as summaries.

    Args:
        lines: Whole ones.
        registry: Label or location of the registry.
    """
    import json

    rows = json.loads(b"[%b]" % b",".join(lines))
    return [
        Summary(Name(row[0]), row[1], tuple(row[2]), row[3], row[4], registry, row[5] if len(row) > _COLUMNS else None)
        for row in rows
    ]


def read_lines(lines: Iterable[bytes], registry: str) -> tuple[list[Summary], list[str]]:
    """Return the lines of a shard as summaries, and those that are none as they stand.

    Args:
        lines: Whatever a stranger wrote.
        registry: Label or location of the registry.
    """
    import json

    found, bad = [], []
    for line in lines:
        try:
            found.append(_summary(json.loads(line if len(line) <= MOST_LINE_BYTES else b""), registry))
        except (ValueError, TypeError, RecursionError):
            bad.append(line[:_SHOWN_BYTES].decode(errors="replace"))
    return found, bad


def _summary(row: Any, registry: str) -> Summary:
    """Return the summary in a row.

    Raises:
        ValueError: The row is none; a TypeError where something in it is of another type.
    """
    if not isinstance(row, list):
        raise TypeError
    name, description, tags, provider, latest, deprecated = (*row, None)[:_MOST_COLUMNS]
    texts = (name, description or "", provider or "", latest or "", deprecated or "", *(tags or ()))
    "".join(texts).encode()  # no half surrogate pairs
    if not isinstance(tags, list | None) or not Name.is_name(name):
        raise ValueError
    version = Version.read(latest) if latest else None
    spelt = str(version) if version else None
    return Summary(Name(name), description or "", tuple(tags or ()), provider or None, spelt, registry, deprecated)


def _line_of(summary: Summary) -> bytes:
    row = [summary.name.text, summary.description, list(summary.tags), summary.provider, summary.latest]
    row += [] if summary.deprecated is None else [summary.deprecated]
    text = " ".join((summary.description, *summary.tags, summary.provider or ""))
    folded = text.casefold()
    if folded.encode() != text.encode().lower():
        row += [*([None] if summary.deprecated is None else []), folded]
    return f"{_dumped(row)}\n".encode()


def _dumped(row: list[Any]) -> str:
    import json

    return json.dumps(row, ensure_ascii=False, separators=(",", ":"))


def _escaped(text: str) -> bytes:
    """Return a folded text as it stands inside a kept line."""
    return _dumped([text])[2:-2].encode()
