"""What pip is asked for, in a grammar that leaves no room for anything else, and whether that is what came."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from terra.errors import IntegrityError, UsageError
from terra.model.values import value
from terra.system import fs

if TYPE_CHECKING:
    from collections.abc import Sequence

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,198}[A-Za-z0-9])?")  # PEP 508
_VERSION = re.compile(  # PEP 440, appendix B
    r"v?(?:\d+!)?\d+(?:\.\d+)*(?:[-_.]?(?:alpha|a|beta|b|preview|pre|c|rc)[-_.]?\d*)?"
    r"(?:-\d+|[-_.]?(?:post|rev|r)[-_.]?\d*)?(?:[-_.]?dev[-_.]?\d*)?(?:\+[a-z0-9]+(?:[-_.][a-z0-9]+)*)?",
    re.ASCII | re.IGNORECASE,
)
_LONGEST = 200  # letters of a version; Python reads no number of more than 4300 digits
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")


def is_name(text: str) -> bool:
    """Tell whether `text` is the name of a distribution (PEP 508)."""
    return _NAME.fullmatch(text) is not None


def is_version(text: str) -> bool:
    """Tell whether `text` is one version (PEP 440), of no more letters than a file name has room for."""
    return len(text) <= _LONGEST and _VERSION.fullmatch(text) is not None


@value
class Pinned:
    """One wheel to download.

    Attributes:
        distribution: Its name, in any spelling (PEP 508).
        version: The exact version (PEP 440).
        sha256: What the wheel must hash to, in hex, where that is known.
    """

    distribution: str
    version: str
    sha256: str | None = None

    def __str__(self) -> str:
        return f"{self.distribution}=={self.version}"


def check(pinned: Pinned) -> None:
    """Refuse what must not reach pip.

    Raises:
        UsageError: The name, version or hash is none.
    """
    check_name(pinned.distribution)
    if not is_version(pinned.version):
        message = f"`{pinned.version}` is not a version of a distribution"
        raise UsageError(message, hint="write it as PEP 440 has it: `1.2.3`", subjects=(pinned.version,))
    if pinned.sha256 is not None and _SHA256.fullmatch(pinned.sha256) is None:
        message = f"`{pinned.sha256}` is not a sha256 in hex"
        raise UsageError(message, subjects=(pinned.sha256,))


def check_name(distribution: str) -> None:
    """Refuse what is not the name of a distribution.

    Raises:
        UsageError: It is none.
    """
    if not is_name(distribution):
        message = f"`{distribution}` is not the name of a distribution"
        raise UsageError(message, hint="letters, digits, `.`, `-` and `_`", subjects=(distribution,))


def words_for(requirements: Sequence[Pinned], work: Path) -> tuple[str, ...]:
    """Return pip's words for the requirements; it checks the hashes of all or of none.

    Args:
        requirements: Each of them checked.
        work: A folder of this call, for a file of requirements.
    """
    if not all(each.sha256 for each in requirements):
        return ("--", *map(str, requirements))
    file = work / "requirements.txt"
    file.write_text("".join(f"{each} --hash=sha256:{each.sha256}\n" for each in requirements), encoding="ascii")
    return ("--require-hashes", "-r", str(file))


def matched(folder: Path, requirements: Sequence[Pinned]) -> list[Path]:
    """Return the wheels that came, in the order of what was asked.

    Raises:
        IntegrityError: One is missing, has another hash, or something else came.
    """
    from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
    from packaging.version import Version

    left = sorted(folder.iterdir()) if folder.is_dir() else []
    found = {}
    for path in tuple(left):
        try:
            name, version, *_ = parse_wheel_filename(path.name)
        except InvalidWheelFilename:
            continue
        if fs.kind_of(path) == "file":
            found[name, version] = path
    wheels = []
    for each in requirements:
        wheel = found.get((canonicalize_name(each.distribution), Version(each.version)))
        if wheel is None:
            got = ", ".join(f"`{path.name}`" for path in left) or "nothing"
            message = f"pip did not bring a wheel of `{each}`: got {got}"
            raise IntegrityError(message, subjects=(str(each),))
        _check_hash(wheel, each)
        wheels.append(wheel)
    unasked = [path.name for path in left if path not in wheels]
    if unasked:
        message = f"pip brought `{unasked[0]}`, which was not asked for"
        raise IntegrityError(message, subjects=unasked)
    return wheels


def _check_hash(wheel: Path, pinned: Pinned) -> None:
    """Compare the hash once more, since pip does not where some have one and others none."""
    if pinned.sha256 is None:
        return
    got, _ = fs.sha256_of(wheel)
    if got != pinned.sha256.lower():
        message = f"`{wheel.name}` has another checksum: expected sha256-{pinned.sha256.lower()}, got sha256-{got}"
        raise IntegrityError(message, subjects=(wheel.name,))
