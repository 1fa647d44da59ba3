"""Which file that a release brings is one that it no longer has under another name: told by what they hold."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from terra.vendor.merge import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

_ALIKE = 0.6  # share of lines in common from which a new file is taken for a renamed one
_MAX_PAIRS = 10_000  # of files that are gone and files that are new; each pair is compared


def renames(gone: Mapping[str, Path], new: Mapping[str, Path]) -> dict[str, str]:
    """Return the new name of each file that was renamed, by its old one.

    The pairs that are most alike come first, of equal ones those that keep their file's name; no file is taken twice.

    Args:
        gone: Files that a release no longer has, with where their bytes are, unedited.
        new: Files that it has and the one before had not.
    """
    if len(gone) * len(new) > _MAX_PAIRS:
        return {}
    before = {name: lines for name, path in gone.items() if (lines := _lines(path)) is not None}
    after = {name: lines for name, path in new.items() if (lines := _lines(path)) is not None}
    pairs = (
        (_share(lines, others), _base_name(old) == _base_name(name), old, name)
        for old, lines in before.items()
        for name, others in after.items()
    )
    return _best(sorted((each for each in pairs if each[0] >= _ALIKE), key=lambda each: (-each[0], not each[1], each)))


def _best(pairs: Iterable[tuple[float, bool, str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    taken: set[str] = set()
    for _, _, old, name in pairs:
        if old not in found and name not in taken:
            found[old] = name
            taken.add(name)
    return found


def _share(lines: Counter[bytes], others: Counter[bytes]) -> float:
    total = lines.total() + others.total()
    return 2 * (lines & others).total() / total if total else 0.0


def _lines(path: Path) -> Counter[bytes] | None:
    if path.stat().st_size > MAX_BYTES:
        return None
    return Counter(path.read_bytes().splitlines())


def _base_name(path: str) -> str:
    return path.rpartition("/")[2]
