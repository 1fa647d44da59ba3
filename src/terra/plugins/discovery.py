"""What is installed beside terra: entry points of the two groups, read without importing anything.

The scan reads `entry_points.txt` of every distribution on the path itself: with 200 of them it takes a few
milliseconds, where `importlib.metadata` and pluggy's loader take seventy.
https://packaging.python.org/specifications/entry-points/
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from terra.model.values import value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PLUGINS = "terra.plugins"
EXTENSIONS = "terra.extensions"


@value
class EntryPoint:
    """One line of an `entry_points.txt`, with the `.dist-info` folder that it stands in."""

    group: str
    name: str
    value: str
    metadata: Path


def entry_points(folders: Iterable[str]) -> tuple[EntryPoint, ...]:
    """Return the entry points of terra's groups; of two distributions with one name the first on the path counts.

    Args:
        folders: The path of the interpreter, `sys.path`.
    """
    found: list[EntryPoint] = []
    seen: set[str] = set()
    for folder in dict.fromkeys(folders):
        for metadata in _metadata_folders(folder or os.curdir):
            distribution = os.path.basename(metadata).partition("-")[0].lower()
            text = _text_of(os.path.join(metadata, "entry_points.txt"))
            if "terra." not in text or distribution in seen:
                continue
            seen.add(distribution)
            found += _parse(text, Path(metadata))
    return tuple(found)


def enabled(found: Iterable[EntryPoint], disabled: str) -> tuple[EntryPoint, ...]:
    """Return the extensions among entry points, but for those that the user leaves out.

    Args:
        found: Of both groups.
        disabled: Names of extensions with commas between them, or `*` for all.
    """
    left_out = {name.strip() for name in disabled.split(",")}
    extensions = (each for each in found if each.group == EXTENSIONS)
    return tuple(each for each in extensions if "*" not in left_out and each.name not in left_out)


def _metadata_folders(folder: str) -> Iterator[str]:
    try:
        with os.scandir(folder) as entries:
            yield from sorted(entry.path for entry in entries if entry.name.endswith(".dist-info"))
    except OSError:
        return


def _text_of(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def _parse(text: str, metadata: Path) -> Iterator[EntryPoint]:
    group = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("[") and line.endswith("]"):
            group = line[1:-1].strip()
        elif group in (PLUGINS, EXTENSIONS) and not line.startswith(("#", ";")):
            name, separator, target = (part.strip() for part in line.partition("="))
            if separator and name and target:
                yield EntryPoint(group, name, target, metadata)
