"""The interface of a source: one kind of place that a release's bytes can be in.

An extension writes two things, a class and a hook:

    from terra.spec import FetchOrder, FetchTools, hookimpl

    class FloppySource:
        schemes = ("floppy",)

        def check(self, order: FetchOrder) -> None: ...

        def fetch(self, order: FetchOrder, tools: FetchTools) -> Fetched: ...

    @hookimpl
    def terra_register_source() -> FloppySource:
        return FloppySource()

A source whose addresses leave a choice, as a range of versions does, is a `RangedSource` too; one that
fetches many releases at the price of one is a `BatchSource`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from terra.model.digest import Digest
from terra.model.source import Anchor, Locator
from terra.model.stages import Fetched
from terra.model.values import field, value
from terra.ports import Progress, Reporter, Runner, Transport

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@value
class FetchOrder:
    """What to fetch.

    Attributes:
        locator: The address as written, or as the lock has it.
        anchor: What a relative address is relative to.
        size: Bytes that the archive must have, where that is known.
        etag: Validator of the copy that terra holds; a source that finds it still valid returns None.
        checksum: What the archive's bytes must hash to, where the registry or the lock says so.
        commit: The git commit that the lock has for this address.
        index: URL of the package index to ask, which may carry the user's credentials; None for the one that
            the index's own tool is configured with.
        trusted: Whether the user's or the machine's own configuration names the registry that is asked: the
            project's files have no say in it then.
    """

    locator: Locator
    anchor: Anchor
    size: int | None = None
    etag: str | None = None
    checksum: Digest | None = None
    commit: str | None = None
    index: str | None = field(default_factory=lambda: None, repr=False)
    trusted: bool = False


@value
class FetchTools:
    """What a source works with; a source opens no connection and starts no program elsewhere.

    Attributes:
        transport: The network; `admit` tells whether another program may be sent to an address.
        quarantine: A private folder of this call, for the bytes.
        reporter: The person at the terminal.
        progress: Told how the download goes.
        runner: Other programs.
        environment: The environment of the process.
        project: The absolute folder of the project, for a tool's own settings there.
    """

    transport: Transport
    quarantine: Path
    reporter: Reporter
    progress: Progress
    runner: Runner
    environment: Mapping[str, str]
    project: Path


class Source(Protocol):
    """One kind of place that a release's bytes can be in."""

    @property
    def schemes(self) -> tuple[str, ...]:
        """The schemes that this source answers for, in lower case, without the colon."""

    def check(self, order: FetchOrder) -> None:
        """Refuse an address that can never be fetched; touches neither disk nor network.

        Raises:
            UsageError: What is wrong with it.
        """

    def fetch(self, order: FetchOrder, tools: FetchTools) -> Fetched | None:
        """Bring the bytes into `tools.quarantine`, hashing as they come, or point at a folder.

        Returns:
            None where `order.etag` still holds.

        Raises:
            FetchError: They could not be had.
            IntegrityError: They are not what was promised, or more came than was announced.
        """


@runtime_checkable
class RangedSource(Source, Protocol):
    """A source of which one address can mean several releases; `Fetched.source` says which one it was."""

    def admits(self, asked: Locator, held: Locator) -> bool:
        """Tell whether the exact address `held`, which is locked, is one of those that `asked` means."""


@runtime_checkable
class BatchSource(Source, Protocol):
    """A source that fetches many releases at the price of one."""

    def fetch_together(self, orders: Sequence[FetchOrder], tools: FetchTools) -> Sequence[Fetched]:
        """Do what `fetch` does for each order, and return the results in order."""
