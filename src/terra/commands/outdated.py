"""`terra outdated`: what is newer than what is locked, within what the project asks for and beyond it.

Registries are asked what they list, and what `terra update` would choose is worked out from that. Only a release
whose registry does not say its version is opened, as an update would.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from terra.commands import opening
from terra.commands.acquiring import Order, acquire_all
from terra.commands.catalogue import Catalogue
from terra.commands.chain import INSTALLED
from terra.commands.fetching import offer_of
from terra.commands.naming import from_line
from terra.commands.registries import Registries
from terra.commands.standing import refuse_without_manifest
from terra.errors import UnknownPluginError
from terra.model.release import Release
from terra.model.requirement import Requirement
from terra.model.source import Anchor
from terra.model.values import replace, value
from terra.resolve.provider import Candidate, Need, allows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terra.commands.opening import OpenProject
    from terra.commands.toolbox import Toolbox
    from terra.model.lock import LockedPlugin
    from terra.model.name import Name
    from terra.model.version import Version
    from terra.spec.watched import Offer

NEWER = 7
_PARALLEL = 8


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
    """Every locked plugin, by set and name."""

    plugins: tuple[Outlook, ...]

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
    return OutdatedReport(tuple(found))


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
    solution = _solution([each for each in locked if known[each.name]], catalogue, set_name, opened)
    found = {}
    for each in locked:
        candidates = known[each.name]
        if candidates is None:
            gone = "it is not installed beside terra" if each.registry == INSTALLED else None
            found[each.name] = Outlook(each, note=gone or f"`{each.registry}` does not know it any more")
            continue
        compatible = solution.get(each.name) or _newest_allowed(each, candidates, set_name, opened)
        found[each.name] = _outlook(each, candidates, compatible, catalogue, registries)
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


class _AsLocked:
    """Implements `resolve.provider.Catalogue`: what a registry does not say of a release's needs is as it is locked."""

    def __init__(self, catalogue: Catalogue, opened: OpenProject, set_name: str) -> None:
        self._catalogue = catalogue
        self._needs = {each.name: each.requires for each in opened.lock.in_set(set_name)}

    def candidates(self, name: Name, parent: Candidate | None) -> Sequence[Candidate]:
        return [self._informed(each) for each in self._catalogue.candidates(name, parent)]

    def _informed(self, candidate: Candidate) -> Candidate:
        is_said = candidate.release.dependencies is not None or self._catalogue.acquired(candidate) is not None
        return candidate if is_said else replace(candidate, dependencies=self._needs.get(candidate.name, ()))

    def skipped(self, name: Name) -> Sequence[str]:
        return self._catalogue.skipped(name)


def _solution(
    locked: Sequence[LockedPlugin], catalogue: Catalogue, set_name: str, opened: OpenProject
) -> dict[Name, Version | None]:
    """Return what `terra update` would choose, nothing where there is no solution."""
    from terra.resolve.solve import attempt

    held = {each.name for each in opened.lock.in_set(set_name) if each.registry is None} | {
        each.name for each in locked
    }
    lines = [line for line in opened.set(set_name).plugins if line.name in held]
    needs = [Need(Requirement(line.name, line.specifier)) for line in lines]
    try:
        found = attempt(needs, _AsLocked(catalogue, opened, set_name))
    except UnknownPluginError:
        found = None
    return {each.name: each.version for each in found or ()}


def _newest_allowed(
    locked: LockedPlugin, candidates: Sequence[Candidate], set_name: str, opened: OpenProject
) -> Version | None:
    """Return the newest release that `terra.toml` and the locked releases of the other plugins allow."""
    line = opened.set(set_name).find(locked.name)
    needs = [Need(need) for each in opened.lock.in_set(set_name) for need in each.requires if need.name == locked.name]
    needs += [Need(Requirement(line.name, line.specifier))] if line else []
    fitting = [each.version for each in candidates if each.version and all(allows(need, each) for need in needs)]
    return max(fitting, default=None)


def _outlook(
    locked: LockedPlugin,
    candidates: Sequence[Candidate],
    compatible: Version | None,
    catalogue: Catalogue,
    registries: Registries,
) -> Outlook:
    final = [each for each in candidates if each.version and not each.version.is_prerelease]
    sound = [each.version for each in final if each.version and each.release.yanked is None]
    own = next((each for each in candidates if each.version == locked.version), None)
    registry = catalogue.registry_of(candidates[0].release) if candidates else None
    listing = registries.find(locked.name, (registry,))[1] if registry is not None else None
    return Outlook(
        locked,
        compatible,
        max(sound, default=None),
        own.release.yanked if own else None,
        listing.deprecated if listing else None,
        "" if own or not candidates else f"`{locked.registry}` does not list {locked.version} any more",
    )


def _direct(plugins: Sequence[LockedPlugin], opened: OpenProject, toolbox: Toolbox) -> list[Outlook]:
    """Return the outlook of direct sources, asked side by side; most cannot tell."""
    calls = [partial(_of_source, each, opened, toolbox) for each in plugins]
    if sum(not each.source.is_local for each in plugins) < 2:  # noqa: PLR2004  # nothing to do side by side
        return [call() for call in calls]
    from terra.system.parallel import in_parallel

    _ = toolbox.transport, toolbox.store, toolbox.runner, toolbox.host  # made before the threads that share them
    return in_parallel(calls, _PARALLEL)


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
