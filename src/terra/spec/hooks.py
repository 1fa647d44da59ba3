"""The hooks of terra's plugin host, for pluggy.

An extension is a distribution with an entry point in the group `terra.extensions`, whose module has
functions of these names, marked with `hookimpl`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from terra.spec.admission import Admission, Application, InstalledPlugin
    from terra.spec.registry import RegistryKind
    from terra.spec.source import Source

hookspec = pluggy.HookspecMarker("terra")
hookimpl = pluggy.HookimplMarker("terra")


@hookspec
def terra_register_source() -> Source:  # type: ignore[empty-body]  # a specification has no body, here and below
    """Return a source: where releases of its schemes come from.

    Called once, before the first release of a scheme that is not known yet is fetched. The first extension
    that answers for a scheme has it; nobody takes one of terra's own.
    """


@hookspec
def terra_register_registry() -> RegistryKind:  # type: ignore[empty-body]
    """Return a registry kind: what answers for `kind = "…"` in a `[registries]` table.

    Called once, before the first registry of a kind is opened. Nobody takes one of terra's own kinds.
    """


@hookspec
def terra_register_plugin() -> InstalledPlugin:  # type: ignore[empty-body]
    """Return a plugin that is installed beside terra.

    terra registers one implementation for each entry point of the group `terra.plugins`.
    """


@hookspec
def terra_verify_release(release: Admission) -> str | None:
    """Return why a release must not enter the project, or None.

    Called for every release that passed terra's own checks, from the network or from the cache. A text
    refuses it with exit code 5, and so does an exception: what cannot be checked does not pass. Nothing
    that is returned makes a release pass that terra refuses.
    """


@hookspec
def terra_before_apply(application: Application) -> str | None:
    """Return why a plan must not be applied, or None; an exception refuses it too.

    Called once all is proven and planned, before the first byte of the project changes.
    """


@hookspec
def terra_after_apply(application: Application) -> None:
    """Take note of a plan that was applied; an exception is a warning, for nothing can be undone."""
