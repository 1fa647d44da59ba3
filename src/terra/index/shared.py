"""A registry that several threads ask: one at a time, where what it reads for one name it reads for all of them.

Where each name is a request of its own they ask side by side, or the projects of a run would wait for each other.
"""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from terra.model.name import Name
    from terra.model.release import Listing
    from terra.model.summary import Summary
    from terra.ports import Index


class SharedIndex:
    """Implements `ports.Index` over another one, holding a lock while that reads what all share.

    Args:
        index: The registry.
        lock: The same for everyone who asks it.
    """

    def __init__(self, index: Index, lock: AbstractContextManager[bool]) -> None:
        self._index = index
        self._lock = lock

    @property
    def location(self) -> str:
        """The registry's normalised location."""
        return self._index.location

    @property
    def label(self) -> str:
        """What the project that asked first calls the registry."""
        return self._index.label

    @property
    def asks_by_name(self) -> bool:
        """Whether each name costs a request.

        Raises:
            FetchError: The registry could not be read.
            InvalidDocumentError: Its first document is none.
        """
        with self._lock:
            return self._index.asks_by_name

    def find(self, name: Name) -> Listing | None:
        """Return what the registry says of `name`, None where it does not know it.

        Raises:
            FetchError: The registry could not be reached.
            InvalidDocumentError: The registry's document cannot be read at all.
        """
        with nullcontext() if self.asks_by_name else self._lock:
            return self._index.find(name)

    def names(self) -> Sequence[str]:
        """Return every name that the registry lists."""
        with self._lock:
            return self._index.names()

    def summaries(self, needles: Sequence[str] = ()) -> Sequence[Summary] | None:
        """Return every plugin that the registry lists, None where it lists none of them.

        Raises:
            FetchError: The registry could not be reached.
            InvalidDocumentError: The registry's document cannot be read at all.
        """
        with self._lock:
            return self._index.summaries(needles)
