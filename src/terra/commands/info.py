"""`terra info`: what a plugin is, before or after it was added."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.commands import naming, opening, reasons
from terra.commands.acquired import Acquired, Order
from terra.commands.acquiring import acquire
from terra.commands.registries import Registries
from terra.errors import ResolveError, UsageError
from terra.hcl.interface import read_interface
from terra.model.release import Listing, Release
from terra.model.source import Anchor
from terra.model.values import value
from terra.resolve.provider import Candidate, Need, allows, newest_first

if TYPE_CHECKING:
    from terra.commands.opening import OpenProject
    from terra.commands.toolbox import Toolbox
    from terra.model.interface import Interface
    from terra.model.lock import LockedPlugin


@value
class InfoReport:
    """What is known of a plugin.

    Attributes:
        listing: What the registry says; None for a direct source.
        shown: The release whose files were read.
        installed: What the project's default set holds of it, or None.
    """

    shown: Acquired
    interface: Interface
    listing: Listing | None = None
    registry: str | None = None
    installed: LockedPlugin | None = None


def info(text: str, registry: str | None, toolbox: Toolbox) -> InfoReport:
    """Return what is known of the plugin that `text` names: `NAME`, `NAME@VERSION`, a path or an address.

    Raises:
        UnknownPluginError: No registry knows the name.
        ResolveError: It has no such version.
        FetchError: Something could not be had.
    """
    opened = opening.for_reading(toolbox)
    asked = naming.parse(text, workdir=toolbox.workdir, project=opened.folder)
    if asked.source is not None and registry is not None:
        message = f"`{text}` is a path or an address: `--registry` goes with a name"
        raise UsageError(message, hint="leave one of them out", subjects=(text,))
    if asked.source is not None:
        release = Release(asked.name, None, asked.source, Anchor(str(opened.folder)))
        with reasons.of_package([asked], lambda: Registries(opened, toolbox)):
            shown = acquire(Order(release, named=False), opened.policy, toolbox)
        return InfoReport(shown, read_interface(shown.cached.folder))
    return _by_name(asked, Registries(opened, toolbox, only=registry), opened, toolbox)


def _by_name(asked: naming.Asked, registries: Registries, opened: OpenProject, toolbox: Toolbox) -> InfoReport:
    locked = opened.lock.find("", asked.name)
    line = opened.set("").find(asked.name)
    if locked is not None and locked.registry is None and registries.only is None:
        release = Release(asked.name, None, locked.source, Anchor(str(opened.folder)))
        shown = acquire(Order(release), opened.policy, toolbox)
        return InfoReport(shown, read_interface(shown.cached.folder), installed=locked)
    explicit = line.registry if line and line.registry else locked.registry if locked else None
    registry, listing = registries.find(asked.name, registries.for_name(asked.name, explicit))
    release = _choose(asked, listing)
    with reasons.of_entries([(release, registry)]):
        shown = acquire(Order(release), opened.policy, toolbox)
    if asked.explicit and not asked.requirement.specifier.allows(shown.version, prereleases=True):
        error = _no_version(asked, str(shown.version))
        if locked is not None and shown.source.names_path and asked.requirement.specifier.allows(locked.version):
            reasons.tell_moved_on(error, locked, shown.version)
        raise error
    return InfoReport(shown, read_interface(shown.cached.folder), listing, registry.written, locked)


def _choose(asked: naming.Asked, listing: Listing) -> Release:
    candidates = [Candidate(each, each.version) for each in listing.releases]
    fitting = [each for each in candidates if allows(Need(asked.requirement), each)]
    # A plugin that has pre-releases or yanked versions only is still worth looking at.
    chosen = newest_first(fitting or ([] if asked.explicit else candidates))
    if not chosen:
        versions = ", ".join(str(each.version) for each in newest_first(candidates) if each.version) or "none"
        raise _no_version(asked, versions)
    return chosen[0].release


def _no_version(asked: naming.Asked, versions: str) -> ResolveError:
    message = f"no version of `{asked.name}` fits `{asked.requirement}`: there is {versions}"
    return ResolveError(message, hint=f"`terra info {asked.name}` shows the newest", subjects=(asked.name.text,))
