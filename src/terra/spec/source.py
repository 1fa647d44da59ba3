"""The interface of a source: one kind of place that a release's bytes can be in.

An extension writes two things, a class and a hook:

    from terra.spec import FetchOrder, FetchTools, hookimpl

    class FloppySource:
        schemes = ("floppy",)

        def fetch(self, order: FetchOrder, tools: FetchTools) -> Fetched: ...

    @hookimpl
    def terra_register_source() -> FloppySource:
        return FloppySource()
"""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from terra.model.source import Anchor, Locator
from terra.model.stages import Fetched
from terra.model.values import value
from terra.ports import Progress, Reporter, Transport


@value
class FetchOrder:
    """What to fetch.

    Attributes:
        locator: The address as written.
        anchor: What a relative address is relative to.
        size: Bytes that the archive must have, where that is known.
        etag: Validator of the copy that terra holds; a source that finds it still valid returns None.
    """

    locator: Locator
    anchor: Anchor
    size: int | None = None
    etag: str | None = None


@value
class FetchTools:
    """What a source works with; a source opens no connection and no file elsewhere."""

    transport: Transport
    quarantine: Path
    reporter: Reporter
    progress: Progress


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
            IntegrityError: More came than was announced.
        """
