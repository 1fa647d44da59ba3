"""The documents of registries: read from this machine or the network, each once in a run.

A document of the network is asked for with the validator of the copy that is kept (RFC 9110, section 13.1.2). Where
that still holds, and offline, the copy is what is read. A document that cannot be read is not kept.
What a document's addresses are relative to is the address that was asked for, not the one that a redirect
led to: it is the same online and offline.
"""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urljoin

from terra.errors import FetchError, HTTPStatusError, IntegrityError, OfflineError
from terra.model.source import Anchor

if TYPE_CHECKING:
    from collections.abc import Callable

    from terra.ports import DocumentCache, Reporter, Response, Transport

MAX_BYTES = 32 << 20
_ABSENT = (404, 410)
_NOT_MODIFIED = 304
T = TypeVar("T")


class Documents:
    """Reads documents by their location: an absolute path, or an http(s) URL.

    Attributes:
        cache: Keeps a copy of each document of the network, and what is made of them.
    """

    def __init__(self, transport: Transport, cache: DocumentCache, reporter: Reporter) -> None:
        self._transport = transport
        self.cache = cache
        self._reporter = reporter
        self._loaded: dict[str, tuple[bytes, Anchor]] = {}
        self._reading: dict[str, Lock] = {}

    def load(self, location: str) -> tuple[bytes, Anchor]:
        """Return the bytes of a document and the folder that its addresses are relative to.

        Raises:
            FetchError: It is not there, cannot be read or is larger than `MAX_BYTES`.
        """
        if location not in self._loaded:
            with self._reading.setdefault(location, Lock()):  # several projects of a run ask for the same
                if location not in self._loaded:
                    self._loaded[location] = self._read(location)
        return self._loaded[location]

    def _read(self, location: str) -> tuple[bytes, Anchor]:
        if is_url(location):
            return self._read_url(location), Anchor(urljoin(location, "."))
        return _read_file(Path(location)), Anchor(str(Path(location).parent))

    def load_named(self, location: str, sha256: str) -> bytes:
        """Return the bytes of a document that is named by their sha256: a copy of it is never asked for again.

        Raises:
            FetchError: It is not there, cannot be read or is larger than `MAX_BYTES`.
            IntegrityError: Its bytes are other ones.
        """
        copy = self.cache.load(location) if is_url(location) else None
        if copy is not None and _sha256_of(copy[0]) == sha256:
            return copy[0]
        if is_url(location):
            response = self._transport.read(location, limit=MAX_BYTES)
            data, found = response.body, response.sha256
        else:
            data = _read_file(Path(location))
            found = _sha256_of(data)
        if found != sha256:
            message = f"`{location}` has other bytes than its name says: expected sha256-{sha256}, got sha256-{found}"
            raise IntegrityError(message, hint="the registry is broken: tell its keeper", subjects=(location,))
        if is_url(location):
            self.cache.save(location, data, None)
        return data

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
        def ask(etag: str | None) -> Response:
            return self._transport.read(url, limit=MAX_BYTES, etag=etag)

        return read_kept(url, ask, lambda body, _: body, self.cache, self._reporter)


def read_kept(
    url: str,
    ask: Callable[[str | None], Response],
    parse: Callable[[bytes, str], T],
    cache: DocumentCache,
    reporter: Reporter,
) -> T:
    """Return a document as it is now; offline as it was last read, which is then said.

    Args:
        url: Its address without credentials, under which the copy is kept.
        ask: Asks for it, with the validator of the copy.
        parse: Reads its bytes, of the media type that the answer states; of a copy it is the empty text.
        cache: Keeps the copy.
        reporter: Told of a copy that is used offline.

    Raises:
        OfflineError: The network is off, and there is no copy.
    """
    cached = cache.load(url)
    body, etag = cached or (b"", None)
    try:
        response = ask(etag)
    except OfflineError:
        if cached is None:
            raise
        reporter.detail(f"offline: `{url}` as last read")
        return parse(body, "")
    if response.status == _NOT_MODIFIED and cached is not None:
        return parse(body, "")
    found = parse(response.body, response.content_type)
    cache.save(url, response.body, response.etag)
    return found


def _sha256_of(data: bytes) -> str:
    import hashlib

    return hashlib.sha256(data).hexdigest()


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
