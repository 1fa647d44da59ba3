"""The summaries of a registry's plugins, kept as lines that can be searched before they are decoded.

They are made once of the registry's documents, and hold as long as those have the same bytes. Of a registry on the
network they also hold for `FRESH` seconds without asking: what a search shows decides nothing that is installed, and
a question over https takes longer than the search.

The kept document is a head, one line of JSON, and the lines of `terra.wire.search_index`.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from terra.index.documents import is_url
from terra.model.values import field, replace, value
from terra.system.clock import SystemClock
from terra.wire.search_index import matching, read_kept

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from terra.index.documents import Documents
    from terra.model.summary import Summary
    from terra.ports import DocumentCache, Reporter
    from terra.system.clock import Clock

FORMAT = 2
FRESH = 600.0  # seconds
MAX_WARNINGS = 20  # bad entries that are listed at once; the rest is counted


@value
class Lines:
    """The summaries of one registry.

    Attributes:
        body: The lines.
        documents: Locations of the documents that they were made of, each with the sha256 of its bytes.
        unusable: What is wrong with entries that were left out, as far as it is listed.
        unusable_count: How many those are.
        read: When they were found to hold, in seconds since 1970-01-01 UTC.
    """

    body: bytes = field(repr=False)
    documents: tuple[tuple[str, str], ...]
    unusable: tuple[str, ...] = ()
    unusable_count: int = 0
    read: float = 0.0

    def matching(self, needles: Sequence[str], label: str) -> Sequence[Summary]:
        """Return the summaries that hold every needle, and perhaps others."""
        return read_kept(matching(self.body, needles), label)


def fresh(
    location: str, label: str, cache: DocumentCache, reporter: Reporter, clock: Clock | None = None
) -> Lines | None:
    """Return the lines of a registry on the network that were read a moment ago, or None; nothing is asked."""
    kept = _load(location, cache) if is_url(location) else None
    age = (clock or SystemClock()).now() - kept.read if kept else FRESH
    if kept is None or not 0 <= age < FRESH:
        return None
    reporter.detail(f"`{label}` as read {age / 60:.0f} minutes ago")
    tell_unusable(label, kept.unusable, kept.unusable_count, reporter)
    return kept


def current(location: str, documents: Documents, make: Callable[[], Lines], clock: Clock | None = None) -> Lines:
    """Return the lines of a registry, made anew where its documents are other ones.

    Args:
        location: The registry's normalised location.
        documents: Reads its documents, and keeps the lines.
        make: Makes the lines of the documents.
        clock: Tells the time.

    Raises:
        FetchError: A document could not be read.
        InvalidDocumentError: A document is none.
    """
    kept = _load(location, documents.cache)
    is_new = kept is None or not _holds(kept, documents)
    lines = make() if kept is None or is_new else kept
    if is_new or is_url(location):
        lines = replace(lines, read=(clock or SystemClock()).now())
        documents.cache.save(_key(location), _head(lines) + lines.body, None)
    return lines


def listed(messages: Iterable[str]) -> tuple[tuple[str, ...], int]:
    """Return the first of many messages, and their number."""
    every = tuple(messages)
    return every[:MAX_WARNINGS], len(every)


def tell_unusable(label: str, messages: Sequence[str], count: int, reporter: Reporter) -> None:
    """Count the bad entries of a registry; only `-v` lists what nobody asked for."""
    for message in messages:
        reporter.detail(message)
    if count:
        entries = "1 other entry" if count == 1 else f"{count} other entries"
        more = "lists it" if count == 1 else "lists them"
        if count > MAX_WARNINGS:
            more = f"lists {MAX_WARNINGS}"
        reporter.warn(f"{entries} of the registry `{label}` cannot be used; `-v` {more}")


def sha256_of(data: bytes) -> str:
    """Return the sha256 of a document in hex."""
    return hashlib.sha256(data).hexdigest()


def _holds(kept: Lines, documents: Documents) -> bool:
    from terra.errors import HTTPStatusError

    try:
        return all(sha256_of(documents.load(location)[0]) == sha256 for location, sha256 in kept.documents)
    except HTTPStatusError:  # a document that is included no longer, and gone: what is there now says so
        return False


def _key(location: str) -> str:
    return f"the summaries of {location}"


def _head(lines: Lines) -> bytes:
    import json

    facts = {
        "terra-summaries": FORMAT,
        "documents": lines.documents,
        "read": lines.read,
        "unusable": lines.unusable,
        "unusable-count": lines.unusable_count,
    }
    return json.dumps(facts).encode() + b"\n"


def _load(location: str, cache: DocumentCache) -> Lines | None:
    """Return what was kept, or None where nothing is that this terra reads."""
    import json

    found = cache.load(_key(location))
    head, newline, body = found[0].partition(b"\n") if found else (b"", b"", b"")
    try:
        facts: dict[str, Any] = json.loads(head) if newline else {}
    except ValueError:
        return None
    if facts.get("terra-summaries") != FORMAT:
        return None
    documents = tuple((location, sha256) for location, sha256 in facts["documents"])
    return Lines(body, documents, tuple(facts["unusable"]), facts["unusable-count"], facts["read"])
