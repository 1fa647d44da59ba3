"""What the cache and the registries say against the lock; neither is mended here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.commands.chain import INSTALLED
from terra.commands.finding import CONTRADICTS, TOLD, UNREACHABLE, Finding
from terra.errors import FetchError, UnknownPluginError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from terra.commands.catalogue import Catalogue
    from terra.commands.opening import OpenProject
    from terra.commands.toolbox import Toolbox
    from terra.model.lock import LockedPlugin
    from terra.model.release import Release
    from terra.resolve.provider import Candidate


def in_cache(plugins: Sequence[LockedPlugin], toolbox: Toolbox) -> list[Finding]:
    """Return what the cache holds of the locked releases and is not what it was; what it lacks is no finding."""
    if not (toolbox.home / "plugins").is_dir():  # and none is made for this
        return []
    from terra.store.damage import damaged_archive, damaged_payload

    found = []
    for each in dict.fromkeys(plugins):
        payload = damaged_payload(toolbox.store, each.name, each.version, each.tree.digest)
        if payload is not None:
            found.append(_damage(each, str(payload[0]), str(each.tree.digest), payload[1]))
        held = each.archive if each.archive is not None and each.archive.algorithm == "sha256" else None
        archive = damaged_archive(toolbox.store, held) if held is not None else None
        if archive is not None:
            found.append(_damage(each, str(archive[0]), str(held), archive[1]))
    return found


def _damage(locked: LockedPlugin, path: str, expected: str, got: str) -> Finding:
    why = "damaged in the cache: the next command that needs it fetches it again"
    return Finding("cache", locked.name.text, locked.set, path, expected, got, why, CONTRADICTS)


def in_registries(plugins: Sequence[LockedPlugin], opened: OpenProject, toolbox: Toolbox) -> list[Finding]:
    """Return what the registries say of the locked releases that is not what the lock says.

    A release without a registry is asked about nowhere, and neither is one that was installed beside terra. A registry
    that cannot be reached is one finding, and is not asked again: each time may be a minute of patience.

    Raises:
        InvalidDocumentError: What a registry says cannot be read.
    """
    asked = [each for each in plugins if each.registry not in (None, INSTALLED)]
    if not asked:
        return []
    from terra.commands.catalogue import Catalogue
    from terra.commands.registries import Registries

    registries = Registries(opened, toolbox)
    found: list[Finding] = []
    down: set[str | None] = set()
    with toolbox.reporter.working("asking registries") as progress:
        for set_name in dict.fromkeys(each.set for each in asked):
            here = [each for each in asked if each.set == set_name]
            catalogue = Catalogue(opened, set_name, registries, moving=[each.name for each in here])
            catalogue.expect((each.name, None) for each in here if each.registry not in down)
            for done, each in enumerate(here, 1):
                try:
                    found += _of_registry(each, catalogue) if each.registry not in down else ()
                except FetchError as error:
                    down.add(each.registry)
                    found.append(_unreachable(each, error))
                progress(done, len(here))
    return found


def _unreachable(locked: LockedPlugin, error: FetchError) -> Finding:
    return Finding("registry", "", locked.set, "", locked.registry, None, error.message, UNREACHABLE)


def _of_registry(locked: LockedPlugin, catalogue: Catalogue) -> Iterator[Finding]:
    try:
        listed = catalogue.candidates(locked.name, None)
    except UnknownPluginError:
        yield _contradiction(locked, f"`{locked.registry}` no longer knows it")
        return
    release = _same(locked, listed)
    if release is None:
        if not _keeps_no_history(locked, listed):
            yield _contradiction(locked, f"`{locked.registry}` no longer lists it")
        return
    if release.yanked is not None:
        why = f"yanked: {release.yanked}" if release.yanked else "yanked"
        yield Finding("yanked", locked.name.text, locked.set, "", locked.id, None, why, TOLD)
    for kind, ours, theirs in (
        ("archive", locked.archive, release.checksum),
        ("tree", locked.tree.digest, release.tree),
    ):
        if ours is not None and theirs is not None and ours.algorithm == theirs.algorithm and ours != theirs:
            yield _contradiction(locked, f"`{locked.registry}` says another {kind} of it", str(ours), str(theirs))


def _same(locked: LockedPlugin, listed: Sequence[Candidate]) -> Release | None:
    found = next((each for each in listed if each.version == locked.version and each.release.version is not None), None)
    if found is not None:
        return found.release
    # An entry without a version is this release as long as it names the same address.
    unversioned = (each.release for each in listed if each.release.version is None)
    return next((each for each in unversioned if each.source == locked.source), None)


def _keeps_no_history(locked: LockedPlugin, listed: Sequence[Candidate]) -> bool:
    """Tell whether the registry lists one release of a name at a time, and a later one by now: that is its way."""
    if any(each.release.version is None for each in listed):
        return True
    return len(listed) == 1 and listed[0].version is not None and listed[0].version > locked.version


def _contradiction(locked: LockedPlugin, why: str, expected: str | None = None, got: str | None = None) -> Finding:
    return Finding("archive", locked.name.text, locked.set, "", expected or locked.id, got, why, CONTRADICTS)
