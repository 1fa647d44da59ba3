"""What an extension of terra imports: the hook marker, the interfaces of what hooks hand over, and their values.

What an extension raises for a person to read are the classes of `terra.errors`.
"""

from __future__ import annotations

from terra.model.digest import Digest
from terra.model.name import Name
from terra.model.release import Listing, Release
from terra.model.requirement import Requirement
from terra.model.source import Anchor, Locator
from terra.model.stages import Fetched
from terra.model.tree import Tree, TreeFile
from terra.model.version import Version
from terra.spec.admission import Admission, Application, InstalledPlugin
from terra.spec.hooks import hookimpl, hookspec
from terra.spec.registry import RegistryKind, RegistryOrder, RegistryTools
from terra.spec.source import BatchSource, FetchOrder, FetchTools, RangedSource, Source
from terra.spec.watched import Offer, WatchedSource

__all__ = [
    "Admission",
    "Anchor",
    "Application",
    "BatchSource",
    "Digest",
    "FetchOrder",
    "FetchTools",
    "Fetched",
    "InstalledPlugin",
    "Listing",
    "Locator",
    "Name",
    "Offer",
    "RangedSource",
    "RegistryKind",
    "RegistryOrder",
    "RegistryTools",
    "Release",
    "Requirement",
    "Source",
    "Tree",
    "TreeFile",
    "Version",
    "WatchedSource",
    "hookimpl",
    "hookspec",
]
