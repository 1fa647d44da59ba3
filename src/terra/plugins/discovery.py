"""What is installed beside terra: entry points of the two groups, read without importing anything.

The scan reads `entry_points.txt` of every distribution on the path itself: with 200 of them it takes a few
milliseconds, where `importlib.metadata` and pluggy's loader take seventy. It refuses nothing and reports
nothing: what is no distribution, or cannot be read, is not there. A relative entry of the path is passed over,
since it means another folder wherever the user stands, and a clone must not bring extensions along.
https://packaging.python.org/specifications/entry-points/
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from terra.model.values import value
from terra.wire.dist_info import normalised, read_entry_points

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PLUGINS = "terra.plugins"
EXTENSIONS = "terra.extensions"
# NAME-VERSION.dist-info; NAME.egg-info, NAME-VERSION-pyX.Y.egg-info of a development install. What pip moved
# aside when it was cut off begins with `~`.
_METADATA = re.compile(r"([A-Za-z0-9][A-Za-z0-9._]*?)(?:-.*)?\.(?:dist|egg)-info")


@value
class EntryPoint:
    """One line of an `entry_points.txt`.

    Attributes:
        group: One of terra's two.
        distribution: The normalised name of the distribution that has the line.
        metadata: Its absolute `.dist-info` or `.egg-info` folder.
    """

    group: str
    name: str
    value: str
    distribution: str
    metadata: Path


def entry_points(folders: Iterable[str]) -> tuple[EntryPoint, ...]:
    """Return the entry points of terra's groups; of two distributions with one name the first on the path counts.

    Args:
        folders: The path of the interpreter, `sys.path`; what is no folder holds no distribution.
    """
    found: list[EntryPoint] = []
    seen: set[str] = set()
    for folder in dict.fromkeys(folders):
        for file_name, distribution in _distributions(folder):
            if distribution in seen:
                continue
            seen.add(distribution)
            metadata = os.path.join(folder, file_name)
            text = _text_of(os.path.join(metadata, "entry_points.txt"))
            if "terra." in text:
                found += _ours(text, distribution, Path(metadata))
    return tuple(found)


def enabled(found: Iterable[EntryPoint], disabled: str) -> tuple[EntryPoint, ...]:
    """Return the extensions among entry points, but for those that the user leaves out.

    Args:
        found: Of both groups.
        disabled: Names of extensions or of their distributions with commas between them, or `*` for all.
    """
    left_out = {name.strip() for name in disabled.split(",") if name.strip()}
    if "*" in left_out:
        return ()
    distributions = {normalised(name) for name in left_out}
    extensions = (each for each in found if each.group == EXTENSIONS)
    return tuple(each for each in extensions if each.name not in left_out and each.distribution not in distributions)


def _distributions(folder: str) -> Iterator[tuple[str, str]]:
    """Yield the metadata folders of a folder, with the normalised names of their distributions."""
    if not os.path.isabs(folder):
        return
    try:
        names = os.listdir(folder)
    except OSError:
        return
    for name in sorted(each for each in names if each.endswith((".dist-info", ".egg-info"))):
        match = _METADATA.fullmatch(name)
        if match is not None:
            yield name, normalised(match[1])


def _text_of(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def _ours(text: str, distribution: str, metadata: Path) -> Iterator[EntryPoint]:
    for group, name, target in read_entry_points(text):
        if group in (PLUGINS, EXTENSIONS):
            yield EntryPoint(group, name, target, distribution, metadata)
