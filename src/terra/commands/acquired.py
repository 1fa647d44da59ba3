"""What is asked for when one release is acquired, and what is known of it afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.model.terraform import module_folders
from terra.model.values import value

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from terra.model.digest import Digest
    from terra.model.lock import LockedPlugin
    from terra.model.name import Name
    from terra.model.plugin import PluginManifest
    from terra.model.release import Release
    from terra.model.requirement import Requirement
    from terra.model.source import Locator
    from terra.model.stages import Cached, LeftOut
    from terra.model.tree import Tree
    from terra.model.version import Version


@value
class Order:
    """One release to acquire.

    Attributes:
        locked: What the lock says of it, if anything.
        named: Whether the name is said rather than guessed from an address.
        refetch: Returns the release as its registry names it now, for a locked one that the cache lost.
    """

    release: Release
    locked: LockedPlugin | None = None
    named: bool = True
    refetch: Callable[[], Release] | None = None


@value
class Acquired:
    """A release, proven and in the cache.

    Attributes:
        source: The exact address of the bytes, as the lock has it.
        commit: The git commit, where they came from one.
        from_cache: Whether no byte was fetched and nothing opened: the lock and the cache had it.
    """

    release: Release
    source: Locator
    name: Name
    version: Version
    cached: Cached
    archive_digest: Digest | None
    archive_size: int
    dependencies: tuple[Requirement, ...]
    manifest: PluginManifest | None = None
    left_out: tuple[LeftOut, ...] = ()
    warnings: tuple[str, ...] = ()
    commit: str | None = None
    from_cache: bool = False


def rootless(name: Name, tree: Tree) -> list[str]:
    """Say that a payload is a folder of modules rather than one: its own block would do nothing."""
    modules = module_folders(file.path for file in tree.files)
    if "" in modules or not modules:
        return []
    folders = ", ".join(f"`{each}`" for each in sorted(modules)[:3])
    return [f"`{name}` has no Terraform files at its top, only in {folders}: call those, or add one by `//`"]


def pointed(release: Release, pointers: Sequence[str]) -> list[str]:
    """Say which files of a payload are elsewhere."""
    from terra.archive.pointers import named

    told = f"`{release.id}` has only Git LFS pointers for {named(pointers)}: terra fetches none, so those come"
    return [told] if pointers else []


def missed(release: Release, left_out: Sequence[LeftOut]) -> list[str]:
    """Say which of the files that were left out the payload seems to need."""
    return [
        f"`{release.id}` leaves out `{each.path}`, which {each.referred_by} refers to: "
        f"`include` under `[files]` of its terra-plugin.toml brings it back"
        for each in left_out
        if each.referred_by
    ]
