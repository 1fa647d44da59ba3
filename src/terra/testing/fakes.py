"""Fakes of terra's ports, for the tests of terra and of its extensions.

Each one is a whole implementation in memory: what is put in comes out, and what was asked is kept.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from terra.errors import (
    AuthenticationError,
    FetchError,
    HTTPStatusError,
    IntegrityError,
    OfflineError,
    SystemFailureError,
)
from terra.ports import Response

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from terra.ports import Command, Outcome, Progress

_NO_CONTENT = 204
_NOT_FOUND = 404
_NOT_MODIFIED = 304
_UNAUTHORIZED = (401, 403, 407)


class FakeTransport:
    """A network that holds `documents` by URL; every other URL is a 404.

    The ETag of a document is made from its bytes, so it changes with them.

    Attributes:
        documents: Bytes by URL; change them between reads at will.
        statuses: URLs that answer with an error status instead.
        offline: Whether every request is refused as under `--offline`.
        types: Content types by URL.
        locations: What `X-Terraform-Get` says, by URL; where there is no document, the answer is a 204.
        requests: URL and sent ETag of every request, in order.
        shown: URL, `accept` and `authorization` of every request, in order.
    """

    def __init__(self, documents: Mapping[str, bytes] | None = None) -> None:
        self.documents = dict(documents or {})
        self.statuses: dict[str, int] = {}
        self.offline = False
        self.types: dict[str, str] = {}
        self.locations: dict[str, str] = {}
        self.shown: list[tuple[str, str, str | None]] = []
        self.requests: list[tuple[str, str | None]] = []

    @property
    def counts(self) -> Counter[str]:
        """How often each URL was asked for."""
        return Counter(url for url, _ in self.requests)

    def admit(self, url: str) -> None:
        """Let every address pass, unless the transport is offline.

        Raises:
            OfflineError: It is.
        """
        if self.offline:
            message = f"`{url}` is needed, and the network is off"
            raise OfflineError(message, subjects=(url,))

    def read(
        self, url: str, *, limit: int, etag: str | None = None, accept: str = "*/*", authorization: str | None = None
    ) -> Response:
        """Return the document of `url`, or 304 where `etag` is its own.

        Raises:
            FetchError: It is not there, larger than `limit`, or the transport is offline.
        """
        self.shown.append((url, accept, authorization))
        response = self._answer(url, etag)
        if response.size > limit:
            message = f"`{url}` is larger than {limit} bytes"
            raise FetchError(message, subjects=(url,))
        return response

    def download(  # noqa: PLR0913  # the port's arguments
        self,
        url: str,
        target: Path,
        *,
        limit: int,
        size: int | None = None,
        etag: str | None = None,
        progress: Progress | None = None,
        authorization: str | None = None,
    ) -> Response:
        """Write the document of `url` to the new file `target`.

        Raises:
            FetchError: It is not there, smaller than `size`, or the transport is offline.
            IntegrityError: It is larger than `size` or `limit`.
        """
        self.shown.append((url, "*/*", authorization))
        response = self._answer(url, etag)
        if response.status == _NOT_MODIFIED:
            return response
        if response.size > min(limit, limit if size is None else size):
            message = f"`{url}` sent more than was announced"
            raise IntegrityError(message, subjects=(url,))
        if size is not None and response.size < size:
            message = f"`{url}` ended early: expected {size} bytes, got {response.size}"
            raise FetchError(message, subjects=(url,))
        with target.open("xb") as file:
            file.write(response.body)
        if progress is not None:
            progress(response.size, size)
        return Response(url, response.status, b"", response.etag, response.sha256, response.size)

    def _answer(self, url: str, etag: str | None) -> Response:
        self.requests.append((url, etag))
        if self.offline:
            message = f"`{url}` is needed, and the network is off"
            raise OfflineError(message, subjects=(url,))
        status = self.statuses.get(url, 200 if url in self.documents or url in self.locations else _NOT_FOUND)
        if status in _UNAUTHORIZED:
            message = f"`{url}` answered {status}"
            raise AuthenticationError(message, subjects=(url,))
        if url in self.locations and url not in self.documents:
            return Response(url, _NO_CONTENT, location=self.locations[url])
        if url not in self.documents or url in self.statuses:
            message = f"`{url}` answered {status}"
            raise HTTPStatusError(message, status=status, subjects=(url,))
        body = self.documents[url]
        sha256 = hashlib.sha256(body).hexdigest()
        own = f'"{sha256[:16]}"'
        if etag == own:
            return Response(url, _NOT_MODIFIED, etag=own)
        return Response(url, 200, body, own, sha256, len(body), self.types.get(url, ""), self.locations.get(url))


class MemoryDocumentCache:
    """A cache of documents that lasts as long as the object; `documents` holds bytes and ETag by URL."""

    def __init__(self) -> None:
        self.documents: dict[str, tuple[bytes, str | None]] = {}

    def load(self, url: str) -> tuple[bytes, str | None] | None:
        """Return bytes and ETag of the document last stored for `url`, or None."""
        return self.documents.get(url)

    def save(self, url: str, body: bytes, etag: str | None) -> None:
        """Keep a document."""
        self.documents[url] = (body, etag)


class RecordingReporter:
    """A reporter that keeps what it is told.

    Attributes:
        details: What only `-v` would show.
        notes: What went on.
        warnings: What the user should know.
        downloads: The labels of the downloads shown, each with its last count of bytes.
        work: What was being done.
        questions: What was asked.
        answer: What `confirm` answers; None as where nobody can be asked.
        letter: What `choose` answers; None as where nobody can be asked.
    """

    def __init__(self, *, answer: bool | None = None, letter: str | None = None) -> None:
        self.details: list[str] = []
        self.notes: list[str] = []
        self.warnings: list[str] = []
        self.downloads: dict[str, int] = {}
        self.work: list[str] = []
        self.letter = letter
        self.questions: list[str] = []
        self.answer = answer

    def detail(self, message: str) -> None:
        """Keep what only `-v` shows."""
        self.details.append(message)

    def note(self, message: str) -> None:
        """Keep what is going on."""
        self.notes.append(message)

    def warn(self, message: str) -> None:
        """Keep a warning."""
        self.warnings.append(message)

    @contextmanager
    def download(self, label: str) -> Iterator[Progress]:
        """Count the bytes of one download."""
        self.downloads[label] = 0

        def progress(done: int, total: int | None) -> None:  # noqa: ARG001  # the port's name
            self.downloads[label] = done

        yield progress

    @contextmanager
    def working(self, label: str) -> Iterator[Progress]:
        """Keep what is being done."""
        self.work.append(label)
        yield lambda _done, _total: None

    def confirm(self, question: str) -> bool | None:
        """Answer as the test said."""
        self.questions.append(question)
        return self.answer

    def choose(self, question: str, answers: Mapping[str, str]) -> str | None:
        """Answer as the test said."""
        self.questions.append(question)
        return self.letter if self.letter in answers else None


class FakeRunner:
    """Other programs, each played by a function.

    Attributes:
        programs: Called with the command, by the name of the program without its folder.
        commands: What was run, in order.
    """

    def __init__(self, programs: Mapping[str, Callable[[Command], Outcome]] | None = None) -> None:
        self.programs = dict(programs or {})
        self.commands: list[Command] = []

    def run(self, command: Command) -> Outcome:
        """Hand the command to the function that plays its program.

        Raises:
            SystemFailureError: No such program is played.
        """
        self.commands.append(command)
        program = command.argv[0].replace("\\", "/").rpartition("/")[2]
        if program not in self.programs:
            message = f"`{command.argv[0]}` could not be started: No such file or directory"
            raise SystemFailureError(message, subjects=(command.argv[0],)) from FileNotFoundError(program)
        return self.programs[program](command)
