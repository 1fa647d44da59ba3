"""One release: fetch, open, verify, cache; or take what the cache holds of it.

What opens archives and reads Terraform is imported where it is used: a plugin that is locked and
cached needs none of it, and starts in half the time.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from terra.commands.acquired import Acquired, Order, missed, pointed, rootless
from terra.commands.fetching import Errand, fetch, fetch_together
from terra.commands.readying import Ready, all_located, ready, show_to_extensions
from terra.model.values import replace
from terra.system import fs
from terra.trust import policy as policies

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terra.commands.toolbox import Toolbox
    from terra.model.digest import Digest
    from terra.model.project import Policy
    from terra.model.stages import Fetched, Staged, Verified


def acquire_all(orders: Sequence[Order], policy: Policy, toolbox: Toolbox) -> list[Acquired]:
    """Acquire every order, in parallel where more than one needs the network; results in order.

    Raises:
        TerraError: The first that failed.
    """
    found = all_located([ready(order, policy, toolbox) for order in orders], policy, toolbox)
    remote = [each.errand for each in found if each.held is None and not each.errand.release.source.is_local]
    if not remote:
        return [each.held or _finish(each, None, policy, toolbox) for each in found]
    with toolbox.store.scratch() as scratch:
        fetched = fetch_together(remote, scratch, toolbox)
        tasks = [partial(_finish, each, fetched.get(each.errand), policy, toolbox) for each in found]
        if len(remote) == 1:  # nothing to do side by side
            return [task() for task in tasks]
        from terra.system.parallel import in_parallel

        return in_parallel(tasks)


def acquire(order: Order, policy: Policy, toolbox: Toolbox) -> Acquired:
    """Return a release as proven and cached.

    Raises:
        FetchError: It could not be had.
        IntegrityError: It is not what it must be.
        PolicyError: A policy or an extension refuses it.
    """
    return acquire_all([order], policy, toolbox)[0]


def _finish(found: Ready, fetched: Fetched | None, policy: Policy, toolbox: Toolbox) -> Acquired:
    if found.held is not None:
        return found.held
    from terra.archive.payload import open_payload
    from terra.hcl.interface import read_interface
    from terra.trust.verify import Evidence, check_archive, verify

    order, errand, release = found.order, found.errand, found.errand.release
    with toolbox.store.scratch() as scratch:
        fetched = fetched or fetch(errand, scratch, toolbox)
        if found.is_late:
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
        show_to_extensions(verified, verified.folder, verified.dependencies, toolbox)
        return _kept(verified, fetched, staged, toolbox)


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
        warnings=(*verified.warnings, *_warnings(verified, staged)),
    )


def _is_same(errand: Errand, fetched: Fetched, staged: Staged) -> bool:
    """Tell whether the lock speaks of these very bytes: of this version, wherever the version is stated."""
    if errand.locked is None:
        return False
    inside = staged.manifest.version if staged.manifest else None
    stated = errand.release.version or inside or staged.manifest_version or fetched.version
    return stated in (None, errand.locked.version)


def _warnings(verified: Verified, staged: Staged) -> list[str]:
    release = verified.release
    return [
        *missed(release, staged.left_out),
        *pointed(release, staged.pointers),
        *rootless(verified.name, verified.tree),
    ]


def _digests(fetched: Fetched, wanted: Digest | None) -> tuple[Digest, ...]:
    if fetched.digest is None:
        return ()
    if wanted is None or wanted.algorithm == "sha256":
        return (fetched.digest,)
    return fetched.digest, fs.digest_of(fetched.path, wanted.algorithm)
