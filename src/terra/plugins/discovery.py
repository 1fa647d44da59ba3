"""What is installed beside terra: entry points of the two groups, read without importing anything.

The scan reads `entry_points.txt` of every distribution on the path itself: with 200 of them it takes a few
milliseconds, where `importlib.metadata` and pluggy's loader take seventy. It refuses nothing and reports
nothing: what is no distribution, or cannot be read, is not there. A clone must not bring extensions along: a
relative entry of the path is passed over, since it means another folder wherever the user stands, and so is what
`PYTHONPATH` puts there of the project's own repository.
https://packaging.python.org/specifications/entry-points/
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from terra.model.name import normalised
from terra.model.values import value
from terra.wire.dist_info import read_entry_points

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

PLUGINS = "terra.plugins"
EXTENSIONS = "terra.extensions"
_LARGEST = 1 << 20  # bytes of an `entry_points.txt` that are read
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


def own_folders(folders: Iterable[str], environment: Mapping[str, str], repository: Path) -> tuple[str, ...]:
    """Return the entries of the interpreter's path but for those that a clone can have filled.

    At its start Python makes the relative entries of `PYTHONPATH` absolute, so that they are looked for by what they
    came from. The repository's own virtual environment is the user's, if terra runs in it.

    Args:
        folders: The path of the interpreter, `sys.path`.
        environment: Of the process.
        repository: The absolute root of the project's repository.
    """
    written = environment.get("PYTHONPATH")
    if not written:
        return tuple(folders)
    planted = {_real(each) for each in written.split(os.pathsep) if _can_be_planted(each, repository)}
    return tuple(each for each in folders if _real(each) not in planted)


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


def _can_be_planted(folder: str, repository: Path) -> bool:
    if not os.path.isabs(folder):
        return True
    is_environment = _is_below(sys.prefix, repository) and _is_below(folder, sys.prefix)
    return _is_below(folder, repository) and not is_environment


def _real(folder: str) -> str:
    return os.path.normcase(os.path.realpath(folder))


def _is_below(folder: str, above: str | Path) -> bool:
    return Path(_real(folder)).is_relative_to(_real(str(above)))


def _text_of(path: str) -> str:
    try:
        with open(path, "rb") as file:
            return file.read(_LARGEST).decode(errors="replace")
    except OSError:
        return ""


def _ours(text: str, distribution: str, metadata: Path) -> Iterator[EntryPoint]:
    for group, name, target in read_entry_points(text):
        if group in (PLUGINS, EXTENSIONS):
            yield EntryPoint(group, name, target, distribution, metadata)
