"""The interface of a registry kind: what answers for `kind = "…"` in a `[registries]` table.

from terra.spec import RegistryOrder, RegistryTools, hookimpl

class CatalogueKind:
    kind = "catalogue"

    def open(self, order: RegistryOrder, tools: RegistryTools) -> Index: ...

@hookimpl
def terra_register_registry() -> CatalogueKind:
    return CatalogueKind()
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from terra.model.values import field, value
from terra.ports import DocumentCache, Index, Reporter, Runner, Transport

if TYPE_CHECKING:
    from collections.abc import Mapping


@value
class RegistryOrder:
    """Which registry to open.

    Attributes:
        location: What identifies it: its kind and normalised address, without credentials.
        label: What the user calls it; the location where there is no label.
        address: Where it is, normalised, with the credentials of the user's own `config.toml` where it names
            any; None for the place that the kind's own tool is configured with.
        trusted: Whether the user's or the machine's own configuration names it: the project's files have no say
            in it then.
        module_namespace: What stands for the namespace of names that have none, in a registry of modules; the
            empty string for the usual one.
        root_sha256: What the user pinned the root of a signed registry to, or None.
    """

    location: str
    label: str
    address: str | None = field(default_factory=lambda: None, repr=False)
    trusted: bool = False
    module_namespace: str = ""
    root_sha256: str | None = None


@value
class RegistryTools:
    """What a registry works with; see `FetchTools` for those of the same name.

    Attributes:
        cache: Documents as last read, with the validators to ask again.
    """

    transport: Transport
    cache: DocumentCache
    runner: Runner
    reporter: Reporter
    environment: Mapping[str, str]
    project: Path


class RegistryKind(Protocol):
    """One kind of registry."""

    @property
    def kind(self) -> str:
        """What stands after `kind =`: lower case letters."""

    def open(self, order: RegistryOrder, tools: RegistryTools) -> Index:
        """Return the registry; nothing need be read before it is asked for a name.

        Raises:
            UsageError: It cannot be a registry of this kind.
        """
