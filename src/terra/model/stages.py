"""The values of the corridor, each named for what has been proven: fetched, staged, verified, cached.

`Verified` is constructed by `trust` alone and is the only thing that a store accepts (a test reads
the source for it), so nothing unproven reaches the cache or a project.
"""

from __future__ import annotations

from pathlib import Path

from terra.model.digest import Digest
from terra.model.name import Name
from terra.model.plugin import PluginManifest
from terra.model.release import Release
from terra.model.requirement import Requirement
from terra.model.source import Locator
from terra.model.tree import Tree
from terra.model.values import value
from terra.model.version import Version


@value
class Fetched:
    """The bytes of a release in quarantine, or a folder of this machine; nothing is proven of them.

    Attributes:
        path: The archive file, or the folder.
        form: `folder`, `unpacked-wheel`, `zip`, `tar`, `tar.gz`, `tar.xz` or `whl`.
        subdir: Folder inside it that holds the payload, or the empty string.
        file_name: What the source calls it, for a wheel's own checks and for naming.
        digest: sha256 of the archive, computed while it was copied; None for a folder.
        size: Bytes of the archive; 0 for a folder.
        etag: The validator that the server sent, for the next conditional request.
        source: The exact address of the bytes, where the one that was asked leaves a choice: what is locked.
        version: What the place says that the version is; a manifest knows better.
        commit: Full hash of the git commit that the files are of.
        promised: Whether the place itself said what the bytes must hash to, and they do.
    """

    path: Path
    form: str
    subdir: str = ""
    file_name: str = ""
    digest: Digest | None = None
    size: int = 0
    etag: str | None = None
    source: Locator | None = None
    version: Version | None = None
    commit: str | None = None
    promised: bool = False

    @property
    def is_folder(self) -> bool:
        """Whether there is no archive: the files stand in a folder."""
        return self.form in ("folder", "unpacked-wheel")


@value
class LeftOut:
    """A file of the archive that is not part of the payload, why, and the file of the payload that refers to it."""

    path: str
    why: str
    referred_by: str = ""


@value
class Staged:
    """A payload in a private folder: regular files only, every name checked, nothing compared yet.

    Attributes:
        folder: Private folder that holds exactly the files of `tree`.
        manifest: The author's manifest, where the archive carries one.
        manifest_version: A version that the archive states elsewhere (`package.json`, a wheel's name).
        left_out: What the default exclusions kept out.
        entry: The plugin name of a wheel's entry point.
        pointers: The files that are only pointers of Git LFS.
    """

    folder: Path
    tree: Tree
    manifest: PluginManifest | None = None
    manifest_version: Version | None = None
    left_out: tuple[LeftOut, ...] = ()
    entry: str | None = None
    pointers: tuple[str, ...] = ()

    @property
    def stated_name(self) -> Name | None:
        """The name that the archive states: its manifest's, else its entry point's."""
        if self.manifest is not None:
            return self.manifest.name
        return Name(self.entry) if self.entry is not None and Name.is_name(self.entry) else None


@value
class Verified:
    """A payload that is what was asked for; only `trust` constructs it."""

    release: Release
    name: Name
    version: Version
    folder: Path
    tree: Tree
    tree_digest: Digest
    archive: Path | None
    archive_digest: Digest | None
    archive_size: int
    dependencies: tuple[Requirement, ...]
    manifest: PluginManifest | None
    source: Locator
    commit: str | None = None
    warnings: tuple[str, ...] = ()


@value
class Cached:
    """A verified payload in the store, read back and hashed again."""

    folder: Path
    tree: Tree
