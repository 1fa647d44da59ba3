"""Registries that are asked for one name after the other: they do not tell which of their packages are plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terra.model.name import Name
    from terra.model.release import Listing
    from terra.model.summary import Summary
    from terra.spec import RegistryOrder, RegistryTools


class AskedIndex:
    """A registry that reads nothing before it is asked for a name, and asks for each once in a run."""

    def __init__(self, order: RegistryOrder, tools: RegistryTools) -> None:
        self._order = order
        self._tools = tools
        self._listings: dict[Name, Listing | None] = {}

    @property
    def location(self) -> str:
        """What identifies the registry: its kind and normalised address."""
        return self._order.location

    @property
    def label(self) -> str:
        """What the user calls the registry."""
        return self._order.label

    @property
    def asks_by_name(self) -> bool:
        """Whether each name costs a request."""
        return True

    def names(self) -> Sequence[str]:
        """Return nothing: most packages there are no plugins."""
        return ()

    def summaries(self, needles: Sequence[str] = ()) -> Sequence[Summary] | None:  # noqa: ARG002  # the port's
        """Return None: what cannot be listed cannot be searched."""
        return None

    def find(self, name: Name) -> Listing | None:
        """Return the releases of a plugin's package, or None where the registry has no such package.

        Raises:
            AuthenticationError: The registry asks for credentials, or refuses those that were found.
            FetchError: It cannot be reached.
            InvalidDocumentError: What it answers is no document of a package.
            IntegrityError: It is of another package.
            PolicyError: Another host answers for it, or it leads where terra never goes.
            UsageError: Nothing says where it is, or it is reached by plain http.
        """
        if name not in self._listings:
            self._listings[name] = self._find(name)
        return self._listings[name]

    def _find(self, name: Name) -> Listing | None:
        raise NotImplementedError
