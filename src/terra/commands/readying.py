"""What lock and cache have of a release, and where the rest of it is, before a byte is fetched."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from terra.commands.acquired import Acquired, Order
from terra.commands.fetching import Errand, admits
from terra.errors import UsageError
from terra.model.lock import LockedPlugin
from terra.model.source import Locator
from terra.model.values import replace, value
from terra.trust import policy as policies

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from terra.commands.toolbox import Toolbox
    from terra.model.project import Policy
    from terra.model.release import Release
    from terra.model.requirement import Requirement
    from terra.model.stages import Verified


@value
class Ready:
    """An order with what the lock and the cache have of it, or with the errand to run for it."""

    order: Order
    errand: Errand
    held: Acquired | None = None
    is_late: bool = False


def ready(order: Order, policy: Policy, toolbox: Toolbox) -> Ready:
    """Return an order with what the lock and the cache have of it.

    Raises:
        PolicyError: A policy or an extension refuses it.
        UsageError: Its address may not stand where it stands.
    """
    _check(order.release, policy, toolbox)
    errand = _errand(order.release, order.locked, toolbox)
    held = _from_lock(errand, policy, toolbox)
    if held is None and order.refetch is not None:
        errand = _errand(order.refetch(), order.locked, toolbox)
        _check(errand.release, policy, toolbox)
    elif held is not None and order.release.late is not None:
        policies.check_source(replace(held.release, source=held.source), policy)
    return Ready(order, errand, held)


def _check(release: Release, policy: Policy, toolbox: Toolbox) -> None:
    if release.late is None:  # else it has no address yet
        policies.check_source(release, policy)
        _check_found(release, toolbox)


def _located(each: Ready, policy: Policy, toolbox: Toolbox) -> Ready:
    """Ask the registry where a release is that it says only now; its address may be another each time."""
    late = each.errand.release.late
    if each.held is not None or late is None:
        return each
    release, locked = late(each.errand.release), each.errand.locked
    _check(release, policy, toolbox)
    stays = locked is not None and locked.source.scheme == release.source.scheme
    return replace(each, errand=Errand(release, locked if stays else None), is_late=True)


def all_located(found: Sequence[Ready], policy: Policy, toolbox: Toolbox) -> list[Ready]:
    """Return orders whose errands have an address, asked of the registries that say it only now.

    Raises:
        FetchError: A registry could not be reached.
        PolicyError: A policy refuses the address.
    """
    calls = [partial(_located, each, policy, toolbox) for each in found]
    if sum(each.held is None and each.errand.release.late is not None for each in found) < 2:  # noqa: PLR2004  # several
        return [call() for call in calls]
    from terra.system.parallel import in_parallel

    return in_parallel(calls)


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
    show_to_extensions(locked, cached.folder, locked.requires, toolbox)
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


def show_to_extensions(
    found: Verified | LockedPlugin, folder: Path, dependencies: tuple[Requirement, ...], toolbox: Toolbox
) -> None:
    """Let the extensions look at a release that is about to enter the project, where there are any."""
    if not toolbox.extensions:
        return
    from terra.spec import Admission

    registry = found.registry if isinstance(found, LockedPlugin) else found.release.registry
    admission = Admission(found.name, found.version, found.source, registry, found.tree, folder, dependencies)
    toolbox.host.verify(admission)
