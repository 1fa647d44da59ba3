"""`depot:aws-s3`, `depot:aws-s3/0.1.0`: an archive `aws-s3-0.1.0.zip` in the folder that `DEPOT_FOLDER` names.

Without a version the newest is meant, and the lock has the one that it was. A file `aws-s3-0.1.0.zip.sha256`
beside an archive is its checksum, as `sha256sum` writes it.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from terra.errors import IntegrityError, SourceNotFoundError, UsageError
from terra.spec import Digest, Fetched, Locator, Name, Version

if TYPE_CHECKING:
    from collections.abc import Mapping

    from terra.spec import FetchOrder, FetchTools

_ARCHIVE = re.compile(r"(?P<name>.+)-(?P<version>\d+\.\d+\.\d+(-(alpha|beta|rc)\.\d+)?)\.zip")


class DepotSource:
    """A `terra.spec.RangedSource`: `depot:NAME` means many releases, `depot:NAME/VERSION` one."""

    schemes = ("depot",)

    def check(self, order: FetchOrder) -> None:
        """Refuse what is no name and version.

        Raises:
            UsageError: What is wrong with the address.
        """
        name, slash, version = order.locator.location.partition("/")
        if not Name.is_name(name) or (slash and Version.read(version) is None):
            message = f"`{order.locator}` is not a plugin of a depot"
            raise UsageError(message, hint="write `depot:NAME` or `depot:NAME/VERSION`", subjects=(str(order.locator),))

    def admits(self, asked: Locator, held: Locator) -> bool:
        """Tell whether the release that is locked is one of those that the address means."""
        return "/" not in asked.location and held.location.startswith(f"{asked.location}/")

    def fetch(self, order: FetchOrder, tools: FetchTools) -> Fetched:
        """Copy the archive into quarantine.

        Raises:
            SourceNotFoundError: The depot does not have it.
            IntegrityError: It is not what its checksum says.
        """
        name, _, wanted = order.locator.location.partition("/")
        found = _archives(_folder(tools.environment), name)
        version = Version.read(wanted) if wanted else _newest(found)
        if version is None or version not in found:
            message = f"`{order.locator}` is not in the depot"
            there = ", ".join(f"`depot:{name}/{each}`" for each in sorted(found))
            hint = f"it has {there}" if there else "look at the folder that `DEPOT_FOLDER` names"
            raise SourceNotFoundError(message, hint=hint, subjects=(str(order.locator),))
        copy = Path(shutil.copyfile(found[version], tools.quarantine / found[version].name))
        digest = hashlib.sha256(copy.read_bytes()).hexdigest()
        return Fetched(
            copy,
            "zip",
            subdir=order.locator.subdir,
            file_name=copy.name,
            digest=Digest.sha256(digest),
            size=copy.stat().st_size,
            source=Locator("depot", f"{name}/{version}", order.locator.subdir),
            version=version,
            promised=_is_promised(found[version], digest),
        )


def _folder(environment: Mapping[str, str]) -> Path:
    folder = environment.get("DEPOT_FOLDER")
    if not folder:
        message = "there is no depot: `DEPOT_FOLDER` is not set"
        raise UsageError(message, hint="set it to the folder that holds the archives")
    return Path(folder)


def _archives(folder: Path, name: str) -> dict[Version, Path]:
    """Return the archives of one plugin by version."""
    found: dict[Version, Path] = {}
    for path in folder.glob(f"{name}-*.zip"):
        match = _ARCHIVE.fullmatch(path.name)
        version = Version.read(match["version"]) if match and match["name"] == name else None
        if version is not None:
            found[version] = path
    return found


def _newest(found: Mapping[Version, Path]) -> Version | None:
    """Return the newest release; a pre-release only where there is nothing else."""
    return max(found, key=lambda version: (not version.is_prerelease, version), default=None)


def _is_promised(archive: Path, digest: str) -> bool:
    """Hold an archive against the checksum beside it; tell whether there is one."""
    beside = archive.with_name(f"{archive.name}.sha256")
    if not beside.exists():
        return False
    expected = beside.read_text("utf-8").split()[:1]
    if expected != [digest]:
        message = f"`{archive.name}` has another checksum: expected {' '.join(expected) or 'one'}, got {digest}"
        raise IntegrityError(message, hint="ask who keeps the depot", subjects=(archive.name,))
    return True
