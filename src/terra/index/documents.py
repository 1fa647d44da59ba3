"""The documents of registries: read from this machine or the network, each once in a run.

A document of the network is asked for with the validator of the copy that the cache holds (RFC 9110,
section 13.1.2). Offline the copy itself is used. What a document's addresses are relative to is the
address that was asked for, not the one that a redirect led to: it is the same online and offline.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from terra.errors import FetchError, HTTPStatusError, OfflineError
from terra.model.source import Anchor

if TYPE_CHECKING:
    from terra.ports import DocumentCache, Reporter, Transport

MAX_BYTES = 32 << 20
_ABSENT = (404, 410)


class Documents:
    """Reads documents by their location: an absolute path, or an http(s) URL."""

    def __init__(self, transport: Transport, cache: DocumentCache, reporter: Reporter) -> None:
        self._transport = transport
        self._cache = cache
        self._reporter = reporter
        self._loaded: dict[str, tuple[bytes, Anchor]] = {}

    def load(self, location: str) -> tuple[bytes, Anchor]:
        """Return the bytes of a document and the folder that its addresses are relative to.

        Raises:
            FetchError: It is not there, cannot be read or is larger than `MAX_BYTES`.
        """
        if location not in self._loaded:
            if is_url(location):
                self._loaded[location] = self._read_url(location), Anchor(urljoin(location, "."))
            else:
                self._loaded[location] = _read_file(Path(location)), Anchor(str(Path(location).parent))
        return self._loaded[location]

    def has(self, location: str) -> bool:
        """Tell whether there is a document; one of the network is read for it.

        Raises:
            FetchError: That cannot be told: the registry could not be reached, or does not let us in.
        """
        if not is_url(location):
            return Path(location).is_file()
        try:
            self.load(location)
        except HTTPStatusError as error:
            if error.status in _ABSENT:
                return False
            raise
        return True

    def _read_url(self, url: str) -> bytes:
        cached = self._cache.load(url)
        body, etag = cached or (b"", None)
        try:
            response = self._transport.read(url, limit=MAX_BYTES, etag=etag)
        except OfflineError:
            if cached is None:
                raise
            self._reporter.detail(f"offline: `{url}` as last read")
            return body
        if response.status == 304 and cached is not None:  # noqa: PLR2004  # Not Modified
            return body
        self._cache.save(url, response.body, response.etag)
        return response.body


def is_url(location: str) -> bool:
    """Tell whether a location is of the network."""
    return location.startswith(("https://", "http://"))


def _read_file(path: Path) -> bytes:
    try:
        if not path.is_file():
            reason = "is no file" if path.exists() else "does not exist"
            message = f"the registry's file `{path}` {reason}"
            raise FetchError(message, subjects=(str(path),))
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        message = f"cannot read the registry's file `{path}`: {error.strerror}"
        raise FetchError(message, subjects=(str(path),)) from error
    if len(data) > MAX_BYTES:
        message = f"the registry's file `{path}` is too large: expected at most {MAX_BYTES >> 20} MiB"
        raise FetchError(message, subjects=(str(path),))
    return data
