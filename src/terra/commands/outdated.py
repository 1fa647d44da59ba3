"""`terra outdated`: what is newer than what is locked, within what the project asks for and beyond it.

Registries are asked what they list, and what `terra update` would choose is worked out from that. Only a release
whose registry does not say its version is opened, as an update would.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from terra.commands import opening
from terra.commands.acquired import Order
from terra.commands.acquiring import acquire_all
from terra.commands.catalogue import Catalogue
from terra.commands.chain import INSTALLED
from terra.commands.fetching import offer_of
from terra.commands.naming import from_line
from terra.commands.prospects import prospects_of
from terra.commands.registries import Registries
from terra.commands.standing import Unlocked, refuse_without_manifest, unlocked
from terra.errors import UnknownPluginError
from terra.model.release import Release
from terra.model.source import Anchor
from terra.model.values import value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terra.commands.opening import OpenProject
    from terra.commands.prospects import Prospects
    from terra.commands.toolbox import Toolbox
    from terra.model.lock import LockedPlugin
    from terra.model.name import Name
    from terra.model.version import Version
    from terra.resolve.provider import Candidate
    from terra.spec.watched import Offer

NEWER = 7


@value
class Outlook:
    """What is newer than one locked plugin.

    Attributes:
        compatible: The newest that `terra.toml` and the other plugins allow; None where it is not known.
        latest: The newest final release; None where it is not known, or there is none.
        yanked: Why the locked release was withdrawn, an empty text without a reason, None where it was not.
        deprecated: Why the plugin, or the locked release, should not be used any more; None where nobody says so.
        note: What else there is to say, for people.
        has_moved: Whether a ref of git means another commit than the locked one.
    """

    plugin: LockedPlugin
    compatible: Version | None = None
    latest: Version | None = None
    yanked: str | None = None
    deprecated: str | None = None
    note: str = ""
    has_moved: bool = False

    @property
    def is_newer(self) -> bool:
        """Whether anything is newer, within what the project asks for or beyond it."""
        newer = any(each is not None and each > self.plugin.version for each in (self.compatible, self.latest))
        return newer or self.has_moved


@value
class OutdatedReport:
    """Every locked plugin, by set and name, and what `terra.toml` asks for and is not locked."""

    plugins: tuple[Outlook, ...]
    unlocked: tuple[Unlocked, ...] = ()

    @property
    def has_newer(self) -> bool:
        """Whether any plugin has something newer."""
        return any(each.is_newer for each in self.plugins)


def outdated(set_name: str | None, toolbox: Toolbox) -> OutdatedReport:
    """Return what is newer than what is locked.

    Args:
        set_name: One set only; None for all.
        toolbox: The adapters.

    Raises:
        UsageError: There is no such set.
        FetchError: A registry or a source could not be reached.
    """
    opened = opening.for_reading(toolbox)
    refuse_without_manifest(opened)
    names = [opened.set(set_name).name] if set_name is not None else [each.name for each in opened.project.every_set]
    registries = Registries(opened, toolbox)
    found = [each for name in names for each in _of_set(name, opened, registries, toolbox)]
    return OutdatedReport(tuple(found), unlocked(opened, set_name))


def _of_set(set_name: str, opened: OpenProject, registries: Registries, toolbox: Toolbox) -> list[Outlook]:
    locked = opened.lock.in_set(set_name)
    listed = [each for each in locked if each.registry is not None]
    found = _listed(listed, set_name, opened, registries, toolbox) if listed else {}
    direct = [each for each in locked if each.registry is None]
    found.update(zip([each.name for each in direct], _direct(direct, opened, toolbox), strict=True))
    return [found[each.name] for each in locked]


def _listed(
    locked: Sequence[LockedPlugin], set_name: str, opened: OpenProject, registries: Registries, toolbox: Toolbox
) -> dict[Name, Outlook]:
    """Return the outlook of plugins from registries."""
    catalogue = Catalogue(opened, set_name, registries, moving=(each.name for each in locked))
    catalogue.expect((each.name, None) for each in locked)
    known = {each.name: _candidates(each, catalogue) for each in locked}
    _open_unknown(known, catalogue, opened, toolbox)
    known = {name: _candidates_again(name, each, catalogue) for name, each in known.items()}
    everything = opened.lock.in_set(set_name)
    unknown = {name for name, each in known.items() if not each}
    prospects = prospects_of(everything, unknown, catalogue, opened.set(set_name))
    found = {}
    for each in locked:
        candidates = known[each.name]
        if candidates is None:
            gone = "it is not installed beside terra" if each.registry == INSTALLED else None
            found[each.name] = Outlook(each, note=gone or f"`{each.registry}` does not know it any more")
            continue
        found[each.name] = _outlook(each, candidates, prospects, catalogue, registries)
    return found


def _candidates(locked: LockedPlugin, catalogue: Catalogue) -> Sequence[Candidate] | None:
    try:
        return catalogue.candidates(locked.name, None)
    except UnknownPluginError:
        return None


def _open_unknown(
    known: dict[Name, Sequence[Candidate] | None], catalogue: Catalogue, opened: OpenProject, toolbox: Toolbox
) -> None:
    """Open the releases whose versions only their archives know; from the cache where the address is the locked one."""
    unknown = [each for found in known.values() for each in found or () if each.version is None]
    orders = [Order(each.release, catalogue.locked(each.release)) for each in unknown]
    for each, acquired in zip(unknown, acquire_all(orders, opened.policy, toolbox) if orders else (), strict=True):
        catalogue.learn(each.release, acquired)


def _candidates_again(
    name: Name, known: Sequence[Candidate] | None, catalogue: Catalogue
) -> Sequence[Candidate] | None:
    is_settled = known is None or all(each.version is not None for each in known)
    return known if is_settled else catalogue.candidates(name, None)


def _outlook(
    locked: LockedPlugin,
    candidates: Sequence[Candidate],
    prospects: Prospects,
    catalogue: Catalogue,
    registries: Registries,
) -> Outlook:
    sound = [each for each in candidates if each.version and each.release.yanked is None]
    newest = max((each for each in sound if not _version(each).is_prerelease), key=_version, default=None)
    own = next((each for each in candidates if each.version == locked.version), None)
    registry = catalogue.registry_of(candidates[0].release) if candidates else None
    listing = registries.find(locked.name, (registry,))[1] if registry is not None else None
    compatible = prospects.compatible(locked.name, candidates)
    notes = ["" if own or not candidates else f"`{locked.registry}` does not list {locked.version} any more"]
    if newest is not None and _version(newest) > max(locked.version, compatible or locked.version):
        notes.append(prospects.in_the_way(locked.name, newest))
    return Outlook(
        locked,
        compatible,
        newest.version if newest else None,
        own.release.yanked if own else None,
        listing.deprecated if listing else None,
        "; ".join(filter(None, notes)),
    )


def _version(candidate: Candidate) -> Version:
    assert candidate.version is not None  # noqa: S101  # asked only of those that have one
    return candidate.version


def _direct(plugins: Sequence[LockedPlugin], opened: OpenProject, toolbox: Toolbox) -> list[Outlook]:
    """Return the outlook of direct sources, asked side by side; most cannot tell."""
    calls = [partial(_of_source, each, opened, toolbox) for each in plugins]
    if sum(not each.source.is_local for each in plugins) < 2:  # noqa: PLR2004  # nothing to do side by side
        return [call() for call in calls]
    from terra.system.parallel import in_parallel

    return in_parallel(calls)


def _of_source(locked: LockedPlugin, opened: OpenProject, toolbox: Toolbox) -> Outlook:
    line = opened.set(locked.set).find(locked.name)
    asked = from_line(line).source if line is not None and line.source else None
    if asked is None or asked.is_local or asked.scheme in ("http", "https"):
        return Outlook(locked)
    offer = offer_of(Release(locked.name, None, asked, Anchor(str(opened.folder))), toolbox)
    if offer is None:
        return Outlook(locked)
    if offer.commit is not None:
        return _of_commit(locked, offer)
    yanked, deprecated = dict(offer.yanked), dict(offer.deprecated)
    return Outlook(locked, offer.meant, offer.newest, yanked.get(locked.version), deprecated.get(locked.version))


def _of_commit(locked: LockedPlugin, offer: Offer) -> Outlook:
    moved = locked.commit is not None and offer.commit != locked.commit
    return Outlook(locked, note=f"its ref is commit {(offer.commit or '')[:12]} now" if moved else "", has_moved=moved)
