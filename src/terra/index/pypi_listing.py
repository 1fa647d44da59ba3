"""From the files of a distribution to the releases of a plugin.

A release is a version with a wheel for this Python: a source distribution would have to be run to be read. What
cannot be ordered safely, has no wheel or needs another Python is left out and listed with the reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.model.release import Listing, Release
from terra.model.source import Locator
from terra.model.values import replace
from terra.model.version import Version

if TYPE_CHECKING:
    from collections.abc import Iterable

    from terra.model.summary import Summary
    from terra.wire.simple_api import IndexFile, SimplePage

_PREFIX = "terra-"


def listing_of_files(base: Release, page: SimplePage) -> Listing:
    """Return the releases that an index's page offers, newest first.

    Args:
        base: What they have in common; its source is the distribution.
        page: The page of that distribution.
    """
    distribution = base.source.location
    ordered, skipped = _by_version(page.files, distribution)
    releases = []
    for version in sorted(ordered, reverse=True):
        wheels = [each for each in ordered[version] if each.is_wheel]
        fitting = [each for each in wheels if each.runs_here]
        chosen = max(fitting or wheels or ordered[version], key=_preference)
        spelling = chosen.version_of(distribution) or str(version)
        if not wheels:
            skipped.append(f"{spelling}: no wheel")
        elif not fitting:
            skipped.append(f"{spelling}: needs Python {chosen.requires_python}")
        else:
            known = chosen.is_pure or len(fitting) == 1  # of several for other machines, pip takes its own
            release = _release(base, version, spelling)
            releases.append(replace(release, checksum=chosen.sha256 if known else None, yanked=chosen.yanked))
            others = {each.version_of(distribution) or "" for each in wheels} - {spelling}
            skipped += [_twice(each, spelling) for each in sorted(others)]
    return Listing(base.name, tuple(releases), issues=page.issues, skipped=tuple(skipped))


def listing_of_versions(base: Release, versions: Iterable[str]) -> Listing:
    """Return the releases that have these versions, as pip lists them, in their order.

    Args:
        base: What they have in common; its source is the distribution.
        versions: In the spelling of PEP 440.
    """
    releases: dict[Version, Release] = {}
    skipped = []
    for spelling in versions:
        version = Version.read(spelling)
        if version is None:
            skipped.append(f"{spelling}: cannot be ordered")
        elif version in releases:
            skipped.append(_twice(spelling, releases[version].source.location.rpartition("=")[2]))
        else:
            releases[version] = _release(base, version, spelling)
    return Listing(base.name, tuple(releases.values()), skipped=tuple(skipped))


def named(projects: Iterable[str], registry: str) -> tuple[Summary, ...]:
    """Return the projects of an index that a plugin's name leads to: the plugin `vpc` is `terra-vpc` there.

    Args:
        projects: Normalised names.
        registry: Label or location of the index.
    """
    from terra.model.name import Name
    from terra.model.summary import Summary

    names = (each.removeprefix(_PREFIX) for each in projects if each.startswith(_PREFIX))
    return tuple(Summary(Name(each), registry=registry) for each in names if Name.is_name(each))


def _release(base: Release, version: Version, spelling: str) -> Release:
    return replace(base, version=version, source=Locator(base.source.scheme, f"{base.source.location}=={spelling}"))


def _twice(spelling: str, taken: str) -> str:
    return f"{spelling}: is {taken}, which is there too"


def _by_version(files: Iterable[IndexFile], distribution: str) -> tuple[dict[Version, list[IndexFile]], list[str]]:
    """Return the files of each version, and what cannot be ordered."""
    found: dict[Version, list[IndexFile]] = {}
    skipped = set()
    for file in files:
        spelling = file.version_of(distribution)
        version = Version.read(spelling) if spelling else None
        if version is not None:
            found.setdefault(version, []).append(file)
        elif spelling is not None:
            skipped.add(f"{spelling}: cannot be ordered")
    return found, sorted(skipped)


def _preference(file: IndexFile) -> tuple[bool, bool, tuple[int, str], str]:
    """Order the files of one version: what is not yanked, then what is for every machine, then as pip does."""
    return file.yanked is None, file.is_pure, file.build, file.filename
