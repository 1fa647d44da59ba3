"""From `Staged` to `Verified`: every check of one release, in one place and without I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.errors import IntegrityError
from terra.model.interface import Interface
from terra.model.lock import LockedPlugin
from terra.model.project import Policy
from terra.model.requirement import Requirement
from terra.model.stages import Verified
from terra.model.values import field, value
from terra.model.version import UNVERSIONED, Version
from terra.trust import policy, references

if TYPE_CHECKING:
    from terra.model.digest import Digest
    from terra.model.name import Name
    from terra.model.release import Release
    from terra.model.stages import Fetched, Staged


@value
class Evidence:
    """What a release is held against.

    Attributes:
        archive_digests: The archive's digests in every algorithm that was asked for.
        interface: What the payload's Terraform files declare.
        locked: What the lock says of the same version from the same registry, if anything.
    """

    policy: Policy
    archive_digests: tuple[Digest, ...] = ()
    interface: Interface = field(default_factory=Interface)
    locked: LockedPlugin | None = None


def verify(release: Release, fetched: Fetched, staged: Staged, evidence: Evidence) -> Verified:
    """Return the release as proven.

    Args:
        release: What was asked for.
        fetched: The bytes that came.
        staged: The payload in them.
        evidence: What they are held against.

    Raises:
        IntegrityError: Checksum, tree or name differ, or a module source leaves the plugin.
        PolicyError: A policy refuses it.
    """
    tree_digest = staged.tree.digest
    warnings = [
        *_check_archive(release, fetched, tree_digest, evidence),
        *_check_tree(release, tree_digest, evidence.locked),
        *policy.check(release, fetched, evidence.policy, evidence.interface),
    ]
    name = _check_name(release, staged)
    dependencies = _dependencies(release, staged)
    references.check(name, staged.tree, dependencies, evidence.interface)
    version, version_warnings = _version(release, fetched, staged)
    return Verified(
        release=release,
        name=name,
        version=version,
        folder=staged.folder,
        tree=staged.tree,
        tree_digest=tree_digest,
        archive=None if fetched.digest is None else fetched.path,
        archive_digest=fetched.digest,
        archive_size=fetched.size,
        dependencies=dependencies,
        manifest=staged.manifest,
        source=fetched.source or release.source,
        commit=fetched.commit,
        warnings=(*warnings, *version_warnings, *_parse_warnings(evidence.interface)),
    )


def check_archive(release: Release, digests: tuple[Digest, ...]) -> None:
    """Hold an archive's bytes against the checksum that was promised, before anything looks into them.

    Raises:
        IntegrityError: With both.
    """
    wanted = release.checksum
    if wanted is not None:
        actual = next((each for each in digests if each.algorithm == wanted.algorithm), None)
        if actual != wanted:
            message = (
                f"`{release.source}` has another checksum: expected {wanted}, got {actual or 'none: it is a folder'}"
            )
            hint = "the bytes are not those that the registry or the command line promised: ask who publishes them"
            raise IntegrityError(message, hint=hint, subjects=(release.id,))


def _check_archive(release: Release, fetched: Fetched, tree: Digest, evidence: Evidence) -> list[str]:
    check_archive(release, evidence.archive_digests)
    locked = None if release.checksum else evidence.locked
    if locked is None or locked.archive is None or fetched.digest in (None, locked.archive):
        return []
    if evidence.policy.require_checksum or tree != locked.tree.digest:
        raise _moved(release, f"archive {locked.archive}", f"{fetched.digest}")
    # GitHub's generated archives are not byte-stable: the same files may come in other bytes.
    return [f"the archive of `{release.id}` has other bytes than the lock says, and the same files"]


def _check_tree(release: Release, tree: Digest, locked: LockedPlugin | None) -> list[str]:
    if release.tree is not None and release.tree != tree:
        message = f"`{release.id}` has another tree: expected {release.tree}, got {tree}"
        hint = "the files are not those that the registry promised: ask who publishes it"
        raise IntegrityError(message, hint=hint, subjects=(release.id,))
    if locked is not None and not release.source.names_path and locked.tree.digest != tree:
        raise _moved(release, f"tree {locked.tree.digest}", f"{tree}")
    return []


def _moved(release: Release, expected: str, got: str) -> IntegrityError:
    message = f"`{release.id}` has other bytes than `terra.lock` says: expected {expected}, got {got}"
    hint = "a release never changes: ask its publisher, and do not take it before you know why"
    return IntegrityError(message, hint=hint, subjects=(release.id,))


def _check_name(release: Release, staged: Staged) -> Name:
    # Several names normalise to one distribution, and anyone can list anyone's archive: the name inside decides.
    inside = staged.stated_name
    if inside is not None and release.registry is not None and inside != release.name:
        message = f"`{release.source}` says inside that it is `{inside}`, expected `{release.name}`"
        hint = f"the registry's entry for `{release.name}` points at another plugin"
        raise IntegrityError(message, hint=hint, subjects=(release.name.text, inside.text))
    return release.name


def _dependencies(release: Release, staged: Staged) -> tuple[Requirement, ...]:
    if staged.manifest is None:
        return release.dependencies or ()
    return tuple(Requirement(each.name, each.specifier) for each in staged.manifest.dependencies)


def _version(release: Release, fetched: Fetched, staged: Staged) -> tuple[Version, list[str]]:
    inside = staged.manifest.version if staged.manifest and staged.manifest.version else staged.manifest_version
    if release.version is not None and inside is not None and release.version != inside:
        return release.version, [f"`{release.id}` says inside that it is {inside}: the registry's version is taken"]
    return release.version or inside or fetched.version or UNVERSIONED, []


def _parse_warnings(interface: Interface) -> list[str]:
    return [f"`{place}` does not parse as Terraform" for place in interface.unparsed]
