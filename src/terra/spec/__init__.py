"""What an extension of terra imports: the hook marker, and the interfaces of what hooks hand over."""

from __future__ import annotations

from terra.spec.hooks import hookimpl, hookspec
from terra.spec.source import FetchOrder, FetchTools, Source

__all__ = ["FetchOrder", "FetchTools", "Source", "hookimpl", "hookspec"]
