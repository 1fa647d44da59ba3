"""Sources that can tell what there is now for an address, without fetching any of it: `terra outdated` asks them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from terra.model.values import value
from terra.model.version import Version
from terra.spec.source import Source

if TYPE_CHECKING:
    from terra.spec.source import FetchOrder, FetchTools


@value
class Offer:
    """What a source has now for an address.

    Attributes:
        meant: The version that fetching the address would bring; None where it is not known, or there is none.
        newest: The newest final version that there is at all.
        commit: Of git, the commit that the address means.
        yanked: Versions that were withdrawn, each with the reason.
        deprecated: Versions that should not be used any more, each with the reason.
    """

    meant: Version | None = None
    newest: Version | None = None
    commit: str | None = None
    yanked: tuple[tuple[Version, str], ...] = ()
    deprecated: tuple[tuple[Version, str], ...] = ()


@runtime_checkable
class WatchedSource(Source, Protocol):
    """A source that can be asked what is new."""

    def offer(self, order: FetchOrder, tools: FetchTools) -> Offer:
        """Return what there is now for an address.

        Raises:
            ResolveError: There is no such package, or no such ref.
            FetchError: It cannot be reached.
        """
