"""One release: fetch, open, verify, cache; or take what the cache holds of it.

What opens archives and reads Terraform is imported where it is used: a plugin that is locked and
cached needs none of it, and starts in half the time.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from terra.commands.fetching import Errand, admits, fetch, fetch_together
from terra.errors import UsageError
from terra.model.lock import LockedPlugin
from terra.model.source import Locator
from terra.model.values import replace, value
from terra.system import fs
from terra.trust import policy as policies

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from terra.commands.toolbox import Toolbox
    from terra.model.digest import Digest
    from terra.model.name import Name
    from terra.model.plugin import PluginManifest
    from terra.model.project import Policy
    from terra.model.release import Release
    from terra.model.requirement import Requirement
    from terra.model.stages import Cached, Fetched, LeftOut, Staged, Verified
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


def acquire_all(orders: Sequence[Order], policy: Policy, toolbox: Toolbox) -> list[Acquired]:
    """Acquire every order, in parallel where more than one needs the network; results in order.

    Raises:
        TerraError: The first that failed.
    """
    ready = _all_located([_ready(order, policy, toolbox) for order in orders], policy, toolbox)
    remote = [each.errand for each in ready if each.held is None and not each.errand.release.source.is_local]
    if not remote:
        return [each.held or _finish(each, None, policy, toolbox) for each in ready]
    with toolbox.store.scratch() as scratch:
        fetched = fetch_together(remote, scratch, toolbox)
        tasks = [partial(_finish, each, fetched.get(each.errand), policy, toolbox) for each in ready]
        if len(remote) == 1:  # nothing to do side by side
            return [task() for task in tasks]
        from terra.system.parallel import in_parallel

        _ = toolbox.transport, toolbox.runner  # made before the threads that share them
        return in_parallel(tasks, _PARALLEL)


def acquire(order: Order, policy: Policy, toolbox: Toolbox) -> Acquired:
    """Return a release as proven and cached.

    Raises:
        FetchError: It could not be had.
        IntegrityError: It is not what it must be.
        PolicyError: A policy or an extension refuses it.
    """
    return acquire_all([order], policy, toolbox)[0]


@value
class _Ready:
    """An order with what the lock and the cache have of it, or with the errand to run for it."""

    order: Order
    errand: Errand
    held: Acquired | None = None
    is_late: bool = False


def _ready(order: Order, policy: Policy, toolbox: Toolbox) -> _Ready:
    _check(order.release, policy, toolbox)
    errand = _errand(order.release, order.locked, toolbox)
    held = _from_lock(errand, policy, toolbox)
    if held is None and order.refetch is not None:
        errand = _errand(order.refetch(), order.locked, toolbox)
        _check(errand.release, policy, toolbox)
    elif held is not None and order.release.late is not None:
        policies.check_source(replace(held.release, source=held.source), policy)
    return _Ready(order, errand, held)


def _check(release: Release, policy: Policy, toolbox: Toolbox) -> None:
    if release.late is None:  # else it has no address yet
        policies.check_source(release, policy)
        _check_found(release, toolbox)


def _located(each: _Ready, policy: Policy, toolbox: Toolbox) -> _Ready:
    """Ask the registry where a release is that it says only now; its address may be another each time."""
    late = each.errand.release.late
    if each.held is not None or late is None:
        return each
    release, locked = late(each.errand.release), each.errand.locked
    _check(release, policy, toolbox)
    stays = locked is not None and locked.source.scheme == release.source.scheme
    return replace(each, errand=Errand(release, locked if stays else None), is_late=True)


def _all_located(ready: Sequence[_Ready], policy: Policy, toolbox: Toolbox) -> list[_Ready]:
    calls = [partial(_located, each, policy, toolbox) for each in ready]
    if sum(each.held is None and each.errand.release.late is not None for each in ready) < 2:  # noqa: PLR2004  # several
        return [call() for call in calls]
    from terra.system.parallel import in_parallel

    _ = toolbox.transport, toolbox.store  # made before the threads that share them
    return in_parallel(calls, _PARALLEL)


def _check_found(release: Release, toolbox: Toolbox) -> None:
    """Refuse to copy from the environment what the plugin host did not find there.

    A document could name any folder of this machine that it calls the metadata of a distribution.

    Raises:
        UsageError: The address stands in a document, or on the command line.
    """
    source = release.source
    if source.scheme != "installed":
        return
    for plugin in toolbox.host.installed():
        subdir = plugin.module.replace(".", "/") if plugin.editable is not None else ""
        address = Locator("installed", f"{plugin.distribution}=={plugin.version}", subdir)
        if (source, release.anchor.location) == (address, str(plugin.metadata)):
            return
    message = f"`{source}` is not an address to write down: what is installed is found by its name"
    raise UsageError(message, hint="`terra list --installed` shows the names", subjects=(str(source),))


def _errand(release: Release, locked: LockedPlugin | None, toolbox: Toolbox) -> Errand:
    """Return what to fetch: of an address that means many releases the one that is locked."""
    if release.late is not None:  # the address of the lock is of its day: what the lock says of the release stays
        return Errand(release, locked if locked is not None and locked.registry == release.registry else None)
    if locked is None or not admits(release.source, locked.source, toolbox):
        return Errand(release)
    source = release.source if release.source.is_local else locked.source
    return Errand(replace(release, source=source), locked)


def _finish(ready: _Ready, fetched: Fetched | None, policy: Policy, toolbox: Toolbox) -> Acquired:
    if ready.held is not None:
        return ready.held
    from terra.archive.payload import open_payload
    from terra.hcl.interface import read_interface
    from terra.trust.verify import Evidence, check_archive, verify

    order, errand, release = ready.order, ready.errand, ready.errand.release
    with toolbox.store.scratch() as scratch:
        fetched = fetched or fetch(errand, scratch, toolbox)
        if ready.is_late:
            from terra.model.go_getter import lasting

            release = replace(release, source=lasting(release.source))  # no message has a signature in it
            fetched = replace(fetched, source=fetched.source or release.source)
        if fetched.source is not None:  # an editable install is a folder, whatever was asked for
            policies.check_source(replace(release, source=fetched.source), policy)
        digests = _digests(fetched, release.checksum)
        check_archive(release, digests)
        # A direct source is whatever the address holds: only a registry promises a name.
        name = release.name if release.registry else None
        staged = open_payload(fetched, scratch / "payload", name=name, allow_files=policy.allow_files or ())
        if not order.named and staged.stated_name is not None:
            release = replace(release, name=staged.stated_name)
        interface = read_interface(staged.folder)
        locked = errand.locked if _is_same(errand, fetched, staged) else None
        verified = verify(release, fetched, staged, Evidence(policy, digests, interface, locked))
        _show_to_extensions(verified, verified.folder, verified.dependencies, toolbox)
        return _kept(verified, fetched, staged, toolbox)


def _show_to_extensions(
    found: Verified | LockedPlugin, folder: Path, dependencies: tuple[Requirement, ...], toolbox: Toolbox
) -> None:
    """Let the extensions look at a release that is about to enter the project, where there are any."""
    if not toolbox.extensions:
        return
    from terra.spec import Admission

    registry = found.registry if isinstance(found, LockedPlugin) else found.release.registry
    admission = Admission(found.name, found.version, found.source, registry, found.tree, folder, dependencies)
    toolbox.host.verify(admission)


def _kept(verified: Verified, fetched: Fetched, staged: Staged, toolbox: Toolbox) -> Acquired:
    release = verified.release
    cached = toolbox.store.put(verified)
    if verified.archive_digest is not None and release.source.scheme in ("http", "https"):
        toolbox.store.remember(str(release.source), verified.archive_digest, fetched.etag)
    return Acquired(
        release=release,
        source=verified.source,
        commit=verified.commit,
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


def _is_same(errand: Errand, fetched: Fetched, staged: Staged) -> bool:
    """Tell whether the lock speaks of these very bytes: of this version, wherever the version is stated."""
    if errand.locked is None:
        return False
    inside = staged.manifest.version if staged.manifest else None
    stated = errand.release.version or inside or staged.manifest_version or fetched.version
    return stated in (None, errand.locked.version)


def _from_lock(errand: Errand, policy: Policy, toolbox: Toolbox) -> Acquired | None:
    release, locked = errand.release, errand.locked
    if locked is None or release.source.is_local:
        return None
    cached = toolbox.store.find_tree(locked.name, locked.version, locked.tree.digest)
    if cached is None:
        return None
    if release.checksum is not None and release.checksum != locked.archive:
        return None
    from terra.archive.selection import refuse_acting

    refuse_acting([file.path for file in locked.tree.files], policy.allow_files or (), locked.id)
    if policy.refuses_content:  # nothing comes past a policy out of the cache
        from terra.hcl.interface import read_interface

        policies.check_content(release, policy, read_interface(cached.folder))
    _show_to_extensions(locked, cached.folder, locked.requires, toolbox)
    return Acquired(
        release=replace(release, name=locked.name),
        source=locked.source,
        commit=locked.commit,
        name=locked.name,
        version=locked.version,
        cached=cached,
        archive_digest=locked.archive,
        archive_size=locked.size or 0,
        dependencies=locked.requires,
        from_cache=True,
    )


def _digests(fetched: Fetched, wanted: Digest | None) -> tuple[Digest, ...]:
    if fetched.digest is None:
        return ()
    if wanted is None or wanted.algorithm == "sha256":
        return (fetched.digest,)
    return fetched.digest, fs.digest_of(fetched.path, wanted.algorithm)
