"""The hooks of terra's plugin host, for pluggy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from terra.spec.source import Source

hookspec = pluggy.HookspecMarker("terra")
hookimpl = pluggy.HookimplMarker("terra")


@hookspec
def terra_register_source() -> Source:  # type: ignore[empty-body]  # a specification has no body
    """Return a source: where releases of its schemes come from."""
