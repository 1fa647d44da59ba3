"""A static tree: `terra-registry.json`, one document for each plugin, and a search index.

A name costs one small document, however many the registry has; nothing is read before it is asked for. Documents
are asked for with the validators of their copies; the shards of the search index are named by their sha256, so a copy
is never asked for again. The tree's metadata is not read yet: a registry whose root is pinned is refused before this.
"""

from __future__ import annotations

from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from terra.index.documents import is_url
from terra.model.source import Anchor
from terra.wire.static_tree import read_plugin_document, read_static_tree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terra.index.documents import Documents
    from terra.index.summaries import Lines
    from terra.model.name import Name
    from terra.model.release import Listing
    from terra.model.summary import Summary
    from terra.ports import Reporter
    from terra.wire.search_index import Room, Shard
    from terra.wire.static_tree import StaticTree


class StaticIndex:
    """Implements `ports.Index` over a static tree.

    Args:
        location: The registry's normalised location, which identifies it.
        label: What the user calls it.
        documents: Reads its documents.
        reporter: Told of what is wrong with them.
        document: The location of `terra-registry.json`.
    """

    def __init__(self, location: str, label: str, documents: Documents, reporter: Reporter, *, document: str) -> None:
        self._location = location
        self._label = label
        self._documents = documents
        self._reporter = reporter
        self._document = document
        self._listings: dict[Name, Listing | None] = {}

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
        """Whether each name costs a request.

        Raises:
            FetchError: The registry could not be read.
            InvalidDocumentError: Its first document is none.
        """
        return is_url(self._document) and bool(self._tree)

    def find(self, name: Name) -> Listing | None:
        """Return the listing of `name`, with an issue for each bad version; None where there is no such document.

        Raises:
            FetchError: A document could not be read.
            InvalidDocumentError: A document is none, or of another plugin.
        """
        if name not in self._listings:
            document = self._address(self._tree.document_of(name))
            self._listings[name] = self._read(name, document) if self._documents.has(document) else None
        return self._listings[name]

    def names(self) -> Sequence[str]:
        """Return every name of the search index; none where there is no such index.

        Raises:
            FetchError: A document could not be read.
            InvalidDocumentError: A document is none.
            IntegrityError: A shard has other bytes than its name says.
        """
        return [each.name.text for each in self.summaries() or ()]

    def summaries(self, needles: Sequence[str] = ()) -> Sequence[Summary] | None:
        """Return the summaries that hold every needle, and perhaps others; None without a search index.

        Raises:
            FetchError: A document could not be read.
            InvalidDocumentError: A document is none.
            IntegrityError: A shard has other bytes than its name says.
        """
        return self._lines.matching(needles, self._label) if self._tree.search else None

    @cached_property
    def _tree(self) -> StaticTree:
        data, _ = self._documents.load(self._document)
        return read_static_tree(data, self._document)

    @cached_property
    def _anchor(self) -> Anchor:
        return self._documents.load(self._document)[1]

    @cached_property
    def _lines(self) -> Lines:
        from terra.index.summaries import current, tell_unusable

        lines = current(self._location, self._documents, self._made)
        tell_unusable(self._label, lines.unusable, lines.unusable_count, self._reporter)
        return lines

    def _read(self, name: Name, document: str) -> Listing:
        data, _ = self._documents.load(document)
        return read_plugin_document(data, document, name, self._anchor, self._label)

    def _made(self) -> Lines:
        """Read the whole search index."""
        from terra.index.summaries import Lines, listed, sha256_of
        from terra.system.parallel import in_parallel
        from terra.wire.search_index import Room, kept_of, read_search_index

        assert self._tree.search is not None  # noqa: S101  # there is an index to be read
        index = self._address(self._tree.search)
        data, _ = self._documents.load(index)
        shards = read_search_index(data, index)
        with self._reporter.working(f"search index of {self._label}") as progress:
            done: list[Shard] = []
            room = Room()

            def read(shard: Shard) -> bytes:
                lines = self._shard(shard, room)
                done.append(shard)
                progress(len(done), len(shards))
                return lines

            unpacked = in_parallel([partial(read, each) for each in shards])
        lines, bad = kept_of(unpacked, index, self._label)
        root, _ = self._documents.load(self._document)
        documents = ((self._document, sha256_of(root)), (index, sha256_of(data)))
        return Lines(lines, documents, *listed(f"in `{index}`, `{each[:200]}` is no line" for each in bad))

    def _shard(self, shard: Shard, room: Room) -> bytes:
        from terra.wire.search_index import read_shard

        location = self._address(shard.path)
        return read_shard(self._documents.load_named(location, shard.sha256), location, room)

    def _address(self, relative: str) -> str:
        """Return the location of a document below the registry's folder."""
        anchor = self._anchor
        return anchor.join(relative) if is_url(anchor.location) else str(Path(anchor.location, relative))
