"""How like a folder is to a release: line by line, whatever the files are called that the lines stand in."""

from __future__ import annotations

import posixpath
from collections import Counter
from typing import TYPE_CHECKING

from terra.errors import InvalidDocumentError
from terra.model.name import Name
from terra.model.terraform import TERRAFORM_ENDINGS
from terra.model.tree import Tree, TreeFile, is_inside
from terra.model.values import value
from terra.model.version import Version
from terra.system import fs
from terra.vendor.survey import look

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from terra.model.plugin import PluginManifest
    from terra.model.stages import Cached

_MAX_TEXT = 1 << 20
_MANIFEST = "terra-plugin.toml"
_COMMENTS = (b"#", b"//")


@value
class Proposal:
    """One release beside the folder.

    Attributes:
        equal: How many files are the release's, by their text.
        edited: How many differ.
        missing: How many of the release are not there.
        extra: How many the release never had.
        alike: From 0 to 1, by the lines of the Terraform files in the folders that both have: comments aside, and
            wherever they stand, so that a renamed or split file is as like as it was.
    """

    name: Name
    version: Version
    registry: str
    equal: int
    edited: int
    missing: int
    extra: int
    alike: float

    @property
    def likeness(self) -> int:
        """Percent; 100 where nothing differs."""
        return int(100 * self.alike)

    @property
    def rank(self) -> tuple[float, int, int]:
        """What orders proposals, the nearest first; two of one rank fit equally well."""
        return -self.alike, -self.equal, self.edited + self.missing + self.extra

    @property
    def is_exact(self) -> bool:
        """Whether the folder is the release, file by file."""
        return not (self.edited or self.missing or self.extra)


class Copy:
    """A folder of the project that may be a copy of a release, read once.

    Attributes:
        tree: Its files, but for those whose names no release can have.
    """

    def __init__(self, place: str, project: Path) -> None:
        self._folder = project / place
        below = fs.scan(self._folder, lambda path: posixpath.basename(path).startswith("."))
        files = [each for each in below if each.kind == "file" and not posixpath.basename(each.path).startswith(".")]
        standing = {each.path: look(self._folder / each.path) for each in files}
        self._mine = {path: each for path, each in standing.items() if each is not None}
        self._lines = {path: lines_of(self._folder / path) for path in self._mine if path.endswith(TERRAFORM_ENDINGS)}
        named = [each for each in files if each.path in self._mine and _can_be_released(each.path)]
        self.tree = Tree.of([TreeFile(each.path, self._mine[each.path].sha256, each.executable) for each in named])
        self.manifest = self._read_manifest()

    def beside(self, name: Name, version: Version, registry: str, cached: Cached) -> Proposal:
        """Return a release compared with the folder."""
        theirs = cached.tree.by_path
        mine = {path for path in self._mine if path != _MANIFEST or _MANIFEST in theirs}
        both = mine & {*theirs}
        equal = {path for path in both if theirs[path].sha256 in self._mine[path].same_as}
        edited, missing, extra = len(both - equal), len({*theirs} - both), len(mine - both)
        alike = self._alike([path for path in theirs if path.endswith(TERRAFORM_ENDINGS)], equal, cached.folder)
        return Proposal(name, version, registry, len(equal), edited, missing, extra, alike)

    def _alike(self, theirs: Iterable[str], equal: set[str], content: Path) -> float:
        released = {path: self._lines[path] if path in equal else lines_of(content / path) for path in theirs}
        folders = {""} | ({*map(posixpath.dirname, self._lines)} & {*map(posixpath.dirname, released)})
        one, other = (_together(lines, folders) for lines in (self._lines, released))
        return shared(one, other)

    def _read_manifest(self) -> PluginManifest | None:
        from terra.wire.plugin_toml import read_plugin_manifest

        try:
            data = fs.read_document(self._folder / _MANIFEST, _MAX_TEXT)
            return read_plugin_manifest(data, _MANIFEST) if data is not None else None
        except InvalidDocumentError:  # the user's copy: the files say as much
            return None


def _can_be_released(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:  # not UTF-8: Python has surrogates for the bytes
        return False
    return is_inside(path)


def shared(one: Counter[bytes], other: Counter[bytes]) -> float:
    """Return how much two texts have in common, from 0 to 1: Dice's coefficient of their lines."""
    return 2 * (one & other).total() / max(one.total() + other.total(), 1)


def _together(lines: dict[str, Counter[bytes]], folders: set[str]) -> Counter[bytes]:
    found: Counter[bytes] = Counter()
    for path, each in lines.items():
        if posixpath.dirname(path) in folders:
            found.update(each)
    return found


def lines_of(path: Path) -> Counter[bytes]:
    """Return the lines of a text that say something; closing brackets are everywhere."""
    lines = (b" ".join(line.split()) for line in fs.read(path, _MAX_TEXT).splitlines())
    return Counter(line for line in lines if len(line) > 1 and not line.startswith(_COMMENTS))
