"""One release: fetch, open, verify, cache; or take what the cache holds of it.

What opens archives and reads Terraform is imported where it is used: a plugin that is locked and
cached needs none of it, and starts in half the time.
"""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

from terra.errors import OfflineError
from terra.model.form import file_name_of, form_of_source
from terra.model.stages import Fetched
from terra.model.values import replace, value
from terra.system import fs
from terra.trust import policy as policies

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from terra.commands.toolbox import Toolbox
    from terra.model.digest import Digest
    from terra.model.lock import LockedPlugin
    from terra.model.name import Name
    from terra.model.plugin import PluginManifest
    from terra.model.project import Policy
    from terra.model.release import Release
    from terra.model.requirement import Requirement
    from terra.model.stages import Cached, LeftOut, Staged, Verified
    from terra.model.version import Version

_PARALLEL = 8


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
        from_cache: Whether no byte was fetched and nothing opened: the lock and the cache had it.
    """

    release: Release
    name: Name
    version: Version
    cached: Cached
    archive_digest: Digest | None
    archive_size: int
    dependencies: tuple[Requirement, ...]
    manifest: PluginManifest | None = None
    left_out: tuple[LeftOut, ...] = ()
    warnings: tuple[str, ...] = ()
    from_cache: bool = False


def acquire_all(orders: Sequence[Order], policy: Policy, toolbox: Toolbox) -> list[Acquired]:
    """Acquire every order, in parallel where more than one needs the network; results in order.

    Raises:
        TerraError: The first that failed.
    """
    remote = sum(not order.release.source.is_local for order in orders)
    if remote < 2:  # noqa: PLR2004  # nothing to do side by side
        return [acquire(order, policy, toolbox) for order in orders]
    from terra.system.parallel import in_parallel

    _ = toolbox.store, toolbox.host, toolbox.transport  # made before the threads that share them
    return in_parallel([partial(acquire, order, policy, toolbox) for order in orders], _PARALLEL)


def acquire(order: Order, policy: Policy, toolbox: Toolbox) -> Acquired:
    """Return a release as proven and cached.

    Raises:
        FetchError: It could not be had.
        IntegrityError: It is not what it must be.
        PolicyError: A policy refuses it.
    """
    policies.check_source(order.release, policy)
    held = _from_lock(order, policy, toolbox)
    if held is not None:
        return held
    from terra.archive.payload import open_payload
    from terra.hcl.interface import read_interface
    from terra.trust.verify import Evidence, check_archive, verify

    release = order.refetch() if order.refetch else order.release
    policies.check_source(release, policy)
    with ExitStack() as stack:
        scratch = stack.enter_context(toolbox.store.scratch())
        fetched = _fetch(release, order.locked, scratch, toolbox)
        digests = _digests(fetched, release.checksum)
        check_archive(release, digests)
        # A direct source is whatever the address holds: only a registry promises a name.
        name = release.name if release.registry else None
        staged = open_payload(fetched, scratch / "payload", name=name, allow_files=policy.allow_files or ())
        if not order.named and staged.stated_name is not None:
            release = replace(release, name=staged.stated_name)
        interface = read_interface(staged.folder)
        locked = order.locked if _is_same(release, order.locked, staged) else None
        verified = verify(release, fetched, staged, Evidence(policy, digests, interface, locked))
        return _kept(verified, fetched, staged, toolbox)


def _kept(verified: Verified, fetched: Fetched, staged: Staged, toolbox: Toolbox) -> Acquired:
    release = verified.release
    cached = toolbox.store.put(verified)
    if verified.archive_digest is not None and not release.source.is_local:
        toolbox.store.remember(str(release.source), verified.archive_digest, fetched.etag)
    return Acquired(
        release=release,
        name=verified.name,
        version=verified.version,
        cached=cached,
        archive_digest=verified.archive_digest,
        archive_size=verified.archive_size,
        dependencies=verified.dependencies,
        manifest=verified.manifest,
        left_out=staged.left_out,
        warnings=(*verified.warnings, *_missed(release, staged.left_out), *_rootless(verified)),
    )


def _rootless(verified: Verified) -> list[str]:
    """Say that a payload is a folder of modules rather than one: its own block would do nothing."""
    terraform = [file.path for file in verified.tree.files if file.path.endswith((".tf", ".tf.json", ".tofu"))]
    if any("/" not in path for path in terraform):
        return []
    folders = ", ".join(f"`{each}`" for each in sorted({path.rpartition("/")[0] for path in terraform})[:3])
    return [f"`{verified.name}` has no Terraform files at its top, only in {folders}: call those, or add one by `//`"]


def _missed(release: Release, left_out: Sequence[LeftOut]) -> list[str]:
    """Say which of the files that were left out the payload seems to need."""
    return [
        f"`{release.id}` leaves out `{each.path}`, which {each.referred_by} refers to: "
        f"`include` under `[files]` of its terra-plugin.toml brings it back"
        for each in left_out
        if each.referred_by
    ]


def _is_same(release: Release, locked: LockedPlugin | None, staged: Staged) -> bool:
    """Tell whether the lock speaks of these very bytes: of this version, wherever the version is stated."""
    if locked is None or release.source != locked.source:
        return False
    inside = staged.manifest.version if staged.manifest else None
    return (release.version or inside or staged.manifest_version or locked.version) == locked.version


def _from_lock(order: Order, policy: Policy, toolbox: Toolbox) -> Acquired | None:
    locked = order.locked
    if locked is None or order.release.source.is_local or order.release.source != locked.source:
        return None
    cached = toolbox.store.find_tree(locked.name, locked.version, locked.tree.digest)
    if cached is None:
        return None
    if order.release.checksum is not None and order.release.checksum != locked.archive:
        return None
    from terra.archive.selection import refuse_acting

    refuse_acting([file.path for file in locked.tree.files], policy.allow_files or (), locked.id)
    if policy.refuses_content:  # nothing comes past a policy out of the cache
        from terra.hcl.interface import read_interface

        policies.check_content(order.release, policy, read_interface(cached.folder))
    return Acquired(
        release=replace(order.release, name=locked.name),
        name=locked.name,
        version=locked.version,
        cached=cached,
        archive_digest=locked.archive,
        archive_size=locked.size or 0,
        dependencies=locked.requires,
        from_cache=True,
    )


def _fetch(release: Release, locked: LockedPlugin | None, scratch: Path, toolbox: Toolbox) -> Fetched:
    """Take the archive from the cache where its digest is known, else from its source."""
    from terra.spec.source import FetchOrder, FetchTools

    is_locked = locked is not None and locked.source == release.source
    wanted = release.checksum or (locked.archive if locked and is_locked else None)
    held = _held_archive(release, wanted, toolbox)
    if held is not None:
        return held
    source = toolbox.host.source_for(release.source)
    url = str(release.source)
    known = None if release.source.is_local else toolbox.store.remembered(url)
    kept = _held_archive(release, known[0], toolbox) if known else None
    if kept is not None and toolbox.offline:
        toolbox.reporter.detail(f"`{url}` as last fetched: the network is off")
        return kept
    order = FetchOrder(release.source, release.anchor, release.size, known[1] if known and kept else None)
    source.check(order)
    try:
        with toolbox.reporter.download(release.id) as progress:
            fetched = source.fetch(order, FetchTools(toolbox.transport, scratch, toolbox.reporter, progress))
    except OfflineError as error:
        message = f"`{release.id}` is not in the cache, and the network is off"
        raise OfflineError(message, hint="run it once without `--offline`", subjects=(release.id,)) from error
    if fetched is not None:
        return fetched
    assert kept is not None and known is not None  # noqa: S101, PT018  # only then was an ETag sent
    return replace(kept, etag=known[1])


def _held_archive(release: Release, digest: Digest | None, toolbox: Toolbox) -> Fetched | None:
    form = form_of_source(release.source)
    if digest is None or form is None or digest.algorithm != "sha256" or release.source.is_local:
        return None
    path = toolbox.store.find_archive(digest)
    if path is None:
        return None
    file_name = file_name_of(release.source)
    return Fetched(path, form, release.source.subdir, file_name, digest, path.stat().st_size)


def _digests(fetched: Fetched, wanted: Digest | None) -> tuple[Digest, ...]:
    if fetched.digest is None:
        return ()
    if wanted is None or wanted.algorithm == "sha256":
        return (fetched.digest,)
    return fetched.digest, fs.digest_of(fetched.path, wanted.algorithm)
