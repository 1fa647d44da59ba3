"""What the algorithm asks of the world, as small protocols; `wiring` alone chooses who answers."""

from __future__ import annotations

from typing import Protocol

from terra.model.values import value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from terra.model.digest import Digest
    from terra.model.name import Name
    from terra.model.release import Listing
    from terra.model.stages import Cached, Verified
    from terra.model.summary import Summary
    from terra.model.version import Version


@value
class Response:
    """The end of an exchange over the network.

    Attributes:
        url: The address that answered, after redirects.
        status: 200; 304 where the validator that was sent still holds; 204 where `location` is all that there is.
        body: The bytes; empty for a download, for 204 and for 304.
        etag: The validator to send next time.
        sha256: Hex digest of the bytes, computed as they came; empty for 304.
        size: How many bytes came.
        content_type: Media type in lower case without parameters, or the empty string.
        location: Where a module is, as a module registry writes it into the header `X-Terraform-Get`.
    """

    url: str
    status: int
    body: bytes = b""
    etag: str | None = None
    sha256: str = ""
    size: int = 0
    content_type: str = ""
    location: str | None = None


class Progress(Protocol):
    """Told how a download goes."""

    def __call__(self, done: int, total: int | None) -> None:
        """Take note that `done` bytes of `total` (None: not known) have come."""


class Transport(Protocol):
    """The network, for reading.

    `authorization` is the value of the header of that name; it goes to the origin of `url` and no other, and
    stands in for the credentials that the user keeps for terra itself.
    """

    def admit(self, url: str) -> None:
        """Refuse an address where terra does not go, before another program is sent there.

        Raises:
            UsageError: It is no http(s) URL, or plain http to where the user did not allow it.
            PolicyError: It is an address that no server of the network has.
            OfflineError: The network is off.
        """

    def read(
        self, url: str, *, limit: int, etag: str | None = None, accept: str = "*/*", authorization: str | None = None
    ) -> Response:
        """Return a document of at most `limit` bytes; 304 where `etag` still holds, 204 with a `location`.

        Raises:
            FetchError: It could not be had; `AuthenticationError`, `HTTPStatusError` for a status.
        """

    def download(  # noqa: PLR0913  # one exchange has this many sides
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
        """Write a body of at most `limit` bytes to the new file `target`, without any content encoding.

        Raises:
            FetchError: It could not be had whole.
            IntegrityError: The server sent more than `size` or `limit` bytes.
        """


class Reporter(Protocol):
    """The person at the terminal, spoken to while a command runs."""

    def detail(self, message: str) -> None:
        """Say what only `-v` shows."""

    def note(self, message: str) -> None:
        """Say what is going on."""

    def warn(self, message: str) -> None:
        """Say what the user should know although the command goes on."""

    def download(self, label: str) -> AbstractContextManager[Progress]:
        """Show one download while the context lasts."""

    def working(self, label: str) -> AbstractContextManager[Progress]:
        """Say what is being done while the context lasts, if it lasts; the progress is in parts, not bytes."""

    def confirm(self, question: str) -> bool | None:
        """Ask yes or no; None where nobody can be asked."""

    def choose(self, question: str, answers: Mapping[str, str]) -> str | None:
        """Ask, again until it is one, for a letter of `answers`, which say what each is; None where nobody can be."""


class Index(Protocol):
    """A registry: turns names into releases."""

    @property
    def location(self) -> str:
        """What identifies the registry: its normalised location."""

    @property
    def label(self) -> str:
        """What the user calls it; the location where there is no label."""

    @property
    def asks_by_name(self) -> bool:
        """Whether each name costs a request of its own: then several names may be asked for at once.

        Raises:
            FetchError: That cannot be told: the registry could not be read.
            InvalidDocumentError: Its first document is none.
        """

    def find(self, name: Name) -> Listing | None:
        """Return what the registry says of `name`, None where it does not know it.

        Raises:
            FetchError: The registry could not be reached.
            InvalidDocumentError: The registry's document cannot be read at all.
        """

    def names(self) -> Sequence[str]:
        """Return every name that the registry lists, for near names."""

    def summaries(self, needles: Sequence[str] = ()) -> Sequence[Summary] | None:
        """Return every plugin that the registry lists, None where it lists none of them.

        Args:
            needles: Texts in folded case: what does not hold them all, in name, description, tags or provider,
                may be left out.

        Raises:
            FetchError: The registry could not be reached.
            InvalidDocumentError: The registry's document cannot be read at all.
        """


class DocumentCache(Protocol):
    """Documents of registries as last read, with the validators to ask again."""

    def load(self, url: str) -> tuple[bytes, str | None] | None:
        """Return bytes and ETag of the document last stored for `url`, or None."""

    def save(self, url: str, body: bytes, etag: str | None) -> None:
        """Keep a document; failing to is no error."""


class Store(Protocol):
    """The content-addressed cache of archives and payloads."""

    def find_tree(self, name: Name, version: Version, digest: Digest) -> Cached | None:
        """Return the payload with this tree hash, hashed again; a damaged one is removed and None."""

    def find_archive(self, digest: Digest) -> Path | None:
        """Return the archive with this digest, hashed again; a damaged one is removed and None."""

    def put(self, verified: Verified) -> Cached:
        """Keep a payload and the archive that it came from."""

    def remembered(self, url: str) -> tuple[Digest, str | None] | None:
        """Return digest and ETag of the archive last fetched from `url`, or None."""

    def remember(self, url: str, digest: Digest, etag: str | None) -> None:
        """Note what `url` gave, for a conditional request or an offline run."""


@value
class Command:
    """A program to run: its words, where, with which environment, for how long (seconds), and how much it may print.

    Attributes:
        limit: Bytes of each stream.
    """

    argv: tuple[str, ...]
    folder: Path | None = None
    environment: Mapping[str, str] | None = None
    timeout: float = 60.0
    limit: int = 64 << 20


@value
class Outcome:
    """How a program ended, with what it printed as text."""

    exit: int
    out: str
    err: str


class Runner(Protocol):
    """Other programs."""

    def run(self, command: Command) -> Outcome:
        """Run a program to its end.

        Raises:
            SystemFailureError: It could not be started, or ran out of time.
        """
