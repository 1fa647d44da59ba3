"""A simple registry: one `registry.json`, and the documents that it includes.

Included documents are read breadth-first and only until the name is found; of two entries with one name
the first wins. A document of the network includes documents of the network alone, and never over less
than its own scheme. Their number and depth are bounded, and a document is read once however often it is
included, so a circle ends. The tags that a template stands for are listed when its name is asked for.
"""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from terra.errors import InvalidDocumentError, Issue
from terra.index.documents import is_url
from terra.index.templates import expanded, no_tags
from terra.model.values import value
from terra.wire.registry_json import read_registry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terra.index.documents import Documents
    from terra.index.summaries import Lines
    from terra.index.templates import Tags
    from terra.model.name import Name
    from terra.model.release import Listing
    from terra.model.source import Anchor
    from terra.model.summary import Summary
    from terra.ports import Reporter
    from terra.wire.registry_json import RegistryDocument

MAX_DOCUMENTS = 256
MAX_DEPTH = 16
_LARGE = 2 << 20  # bytes of a document that takes a moment to read


@value
class _Waiting:
    location: str
    depth: int


class SimpleIndex:
    """A registry of the simple form; reads nothing before it is asked for a name.

    Args:
        location: The registry's normalised location, which identifies it.
        label: What the user calls it.
        documents: Reads its documents.
        reporter: Told of each bad entry once, but not of the one that is asked for, and warned of their number.
        tags: Lists the tags of a repository.
        document: The location of `registry.json`, where `location` is its folder.
    """

    def __init__(  # noqa: PLR0913  # what it reads with, and where
        self,
        location: str,
        label: str,
        documents: Documents,
        reporter: Reporter,
        tags: Tags = no_tags,
        *,
        document: str | None = None,
    ) -> None:
        self._location = location
        self._label = label
        self._documents = documents
        self._reporter = reporter
        self._tags = tags
        root = document or location
        self._waiting = deque([_Waiting(root, 0)])
        self._known = {root}
        self._listings: dict[Name, Listing] = {}
        self._warnings: list[tuple[Name | None, str]] = []
        self._read: list[str] = []
        self._lines: Lines | None = None

    @property
    def location(self) -> str:
        """The registry's normalised location."""
        return self._location

    @property
    def label(self) -> str:
        """What the user calls the registry."""
        return self._label

    @property
    def asks_by_name(self) -> bool:
        """Whether each name costs a request: all are read together."""
        return False

    def find(self, name: Name) -> Listing | None:
        """Return the listing of `name`, with issues and perhaps no release where its entry is bad; or None.

        Raises:
            FetchError: A document that may hold the name could not be read, or the tags of its template.
            InvalidDocumentError: A document is no `registry.json`, or too many are included.
        """
        while name not in self._listings and self._waiting:
            self._read_next()
        self._warn(but_of=name)
        listing = self._listings.get(name)
        if listing is not None and listing.template is not None:
            listing = self._listings[name] = expanded(listing, listing.template, self._label, self._tags)
            for each in listing.skipped:
                self._reporter.detail(f"`{self._label}` has {each}")
        return listing

    def names(self) -> Sequence[str]:
        """Return every name of every document, in their order.

        Raises:
            FetchError: A document could not be read.
            InvalidDocumentError: A document is no `registry.json`, or too many are included.
        """
        while self._waiting:
            self._read_next()
        self._warn(but_of=None)
        return [name.text for name in self._listings]

    def summaries(self, needles: Sequence[str] = ()) -> Sequence[Summary]:
        """Return the summaries that hold every needle, and perhaps others; of a template without a version.

        Raises:
            FetchError: A document could not be read.
            InvalidDocumentError: A document is no `registry.json`, or too many are included.
        """
        from terra.index.summaries import current, tell_unusable

        if self._lines is None:
            self._lines = current(self._location, self._documents, self._made)
            tell_unusable(self._label, self._lines.unusable, self._lines.unusable_count, self._reporter)
        return self._lines.matching(needles, self._label)

    def _made(self) -> Lines:
        """Read every document, for its summaries."""
        from terra.index.summaries import Lines, listed, sha256_of
        from terra.wire.search_index import lines_of

        if self._waiting and len(self._documents.load(self._waiting[0].location)[0]) > _LARGE:
            self._reporter.note(f"reading the whole of `{self._label}`, once until it changes")
        while self._waiting:
            self._read_next()
        unusable, self._warnings = listed(message for _, message in self._warnings), []
        documents = tuple((each, sha256_of(self._documents.load(each)[0])) for each in self._read)
        return Lines(lines_of(map(_summary, self._listings.values())), documents, *unusable)

    def _read_next(self) -> None:
        waiting = self._waiting[0]  # it stays where reading it fails, so that asking again fails again
        data, anchor = self._documents.load(waiting.location)
        document = read_registry(data, waiting.location, anchor, self._label)
        self._take_includes(document, anchor, waiting)
        self._waiting.popleft()
        self._read.append(waiting.location)
        self._warnings += [(None, f"in `{waiting.location}`, {issue}") for issue in document.issues]
        for listing in document.listings:
            self._warnings += [(listing.name, f"in `{waiting.location}`, {issue}") for issue in listing.issues]
            self._listings.setdefault(listing.name, listing)

    def _take_includes(self, document: RegistryDocument, anchor: Anchor, parent: _Waiting) -> None:
        found: list[str] = []
        for text in document.includes:
            location = _join(anchor, text)
            if location is None:
                expected = "a relative path, or an https URL"
                self._warnings.append((None, f"in `{parent.location}`, {Issue('include', expected, f'`{text}`')}"))
            elif location not in self._known and location not in found:
                found.append(location)
        if found and (parent.depth >= MAX_DEPTH or len(self._known) + len(found) > MAX_DOCUMENTS):
            expected = f"at most {MAX_DOCUMENTS} documents, {MAX_DEPTH} deep"
            raise InvalidDocumentError(parent.location, [Issue("include", expected, "more")])
        self._known.update(found)
        self._waiting.extend(_Waiting(location, parent.depth + 1) for location in found)

    def _warn(self, but_of: Name | None) -> None:
        """Count the bad entries that were read since the last time; only `-v` lists what nobody asked for."""
        others = [message for name, message in self._warnings if name is None or name != but_of]
        self._warnings = [each for each in self._warnings if each[0] is not None and each[0] == but_of]
        if others:
            from terra.index.summaries import listed, tell_unusable

            tell_unusable(self._label, *listed(others), self._reporter)


def _summary(listing: Listing) -> Summary:
    from terra.model.summary import Summary

    versions = [each.version for each in listing.releases if each.version is not None and each.yanked is None]
    latest = max((each for each in versions if not each.is_prerelease), default=None)
    spelt = str(latest) if latest else None
    return Summary(
        listing.name,
        listing.description,
        listing.tags,
        listing.provider or None,
        spelt,
        deprecated=listing.deprecated,
    )


def _join(anchor: Anchor, text: str) -> str | None:
    """Return the location of an included document, or None where the including one may not name it."""
    try:
        if anchor.is_remote or is_url(text):
            return _join_url(anchor.location if anchor.is_remote else "", text)
        return None if ":" in text.partition("/")[0] else str(Path(anchor.location, text).resolve())
    except (ValueError, OSError):  # half a bracket, a port that is no number, a NUL
        return None


def _join_url(base: str, text: str) -> str | None:
    parts = urlsplit(urljoin(base, text))
    allowed = ("https",) if base.startswith("https://") else ("https", "http")  # plain http is the transport's to judge
    if parts.scheme not in allowed or not parts.hostname or "@" in parts.netloc:
        return None
    return parts._replace(fragment="").geturl()
