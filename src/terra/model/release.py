"""Releases as registries offer them, before a byte of them was read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.errors import Issue
from terra.model.digest import Digest
from terra.model.name import Name
from terra.model.requirement import Requirement
from terra.model.source import Anchor, Locator
from terra.model.values import field, value
from terra.model.version import Version

if TYPE_CHECKING:
    from collections.abc import Callable

    from terra.model.git_template import Template


@value
class Release:
    """One release of a plugin, as a registry or the command line names it.

    Attributes:
        name: The plugin.
        version: None where only the archive itself knows it.
        source: Where the bytes are, relative to `anchor`.
        anchor: The folder of the document that names the source.
        registry: Label or location of the registry; None for a direct source.
        index: URL of the package index that holds the source, which may carry the user's credentials; None for
            the one that pip or npm is configured with.
        trusted: Whether the user's or the machine's own configuration names the registry: the project's files have
            no say in it then.
        checksum: What the archive's bytes must hash to, where the document says so.
        tree: What the payload must hash to, where the document says so.
        size: Bytes of the archive, where the document says so.
        dependencies: None where only the archive itself knows them.
        yanked: The reason, an empty text for a yank without one, None where it is not yanked.
        late: Where the registry says only of a chosen release where it is: returns the release with `source`,
            `anchor` and `checksum` as the registry says them now. Until then `source` is where that is asked.
    """

    name: Name
    version: Version | None
    source: Locator
    anchor: Anchor
    registry: str | None = None
    checksum: Digest | None = None
    tree: Digest | None = None
    size: int | None = None
    dependencies: tuple[Requirement, ...] | None = None
    yanked: str | None = None
    index: str | None = field(default_factory=lambda: None, repr=False)
    trusted: bool = False
    late: Callable[[Release], Release] | None = field(default_factory=lambda: None, repr=False)

    @property
    def id(self) -> str:
        """`name@version`, or the name alone while the version is not known."""
        return f"{self.name}@{self.version}" if self.version else self.name.text


@value
class Listing:
    """What one registry says of one name: its releases in any order, and what is wrong with its entry.

    A listing with issues and no releases is a name that the registry knows but spells badly. `skipped` are
    versions, as the registry spells them, that terra cannot order or take, each with the reason. Where there
    is a `template`, the releases are the tags of a repository, which were not looked at yet.
    """

    name: Name
    releases: tuple[Release, ...]
    description: str = ""
    tags: tuple[str, ...] = ()
    provider: str | None = None
    deprecated: str | None = None
    issues: tuple[Issue, ...] = ()
    skipped: tuple[str, ...] = ()
    template: Template | None = None
