"""What an extension of terra imports: the hook marker, and the interfaces of what hooks hand over."""

from __future__ import annotations

from terra.spec.admission import Admission, Application, InstalledPlugin
from terra.spec.hooks import hookimpl, hookspec
from terra.spec.registry import RegistryKind, RegistryOrder, RegistryTools
from terra.spec.source import BatchSource, FetchOrder, FetchTools, RangedSource, Source

__all__ = [
    "Admission",
    "Application",
    "BatchSource",
    "FetchOrder",
    "FetchTools",
    "InstalledPlugin",
    "RangedSource",
    "RegistryKind",
    "RegistryOrder",
    "RegistryTools",
    "Source",
    "hookimpl",
    "hookspec",
]
