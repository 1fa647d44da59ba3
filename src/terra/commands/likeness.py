"""How like a folder is to a release: file by file, and where both have a text, line by line."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from terra.commands.module_blocks import TERRAFORM
from terra.errors import InvalidDocumentError
from terra.model.name import Name
from terra.model.tree import Tree, TreeFile
from terra.model.values import value
from terra.model.version import Version
from terra.system import fs
from terra.vendor.survey import survey

if TYPE_CHECKING:
    from pathlib import Path

    from terra.model.plugin import PluginManifest
    from terra.model.stages import Cached
    from terra.vendor.survey import Standing

_MAX_TEXT = 1 << 20
_MANIFEST = "terra-plugin.toml"


@value
class Proposal:
    """One release beside the folder.

    Attributes:
        equal: How many files are the release's, by their text.
        edited: How many differ.
        missing: How many of the release are not there.
        extra: How many the release never had.
        likeness: Percent, by the lines of the Terraform files of both, and of other files that both have.
    """

    name: Name
    version: Version
    registry: str
    equal: int
    edited: int
    missing: int
    extra: int
    likeness: int


class Copy:
    """A folder of the project that may be a copy of a release, read once."""

    def __init__(self, place: str, project: Path) -> None:
        self._place = place
        self._project = project
        below = fs.scan(project / place, lambda path: path.rpartition("/")[2].startswith("."))
        self._files = [each for each in below if each.kind == "file" and not each.path.startswith(".")]
        self._mine = survey(project, [f"{place}/{each.path}" for each in self._files])
        self.tree = Tree.of([TreeFile(each.path, self._of(each.path).sha256, each.executable) for each in self._files])
        self.manifest = self._read_manifest()

    def beside(self, name: Name, version: Version, registry: str, cached: Cached) -> Proposal:
        """Return a release compared with the folder."""
        theirs = cached.tree.by_path
        mine = {each.path for each in self._files if each.path != _MANIFEST or _MANIFEST in theirs}
        both = mine & {*theirs}
        equal = {path for path in both if theirs[path].sha256 in self._of(path).same_as}
        likeness = sum(1.0 if path in equal else self._likeness(path, cached.folder) for path in both)
        counted = both | {path for path in mine | {*theirs} if path.endswith(TERRAFORM)}  # few copy the README
        percent = int(100 * likeness / len(counted)) if counted else 0
        edited, missing, extra = len(both - equal), len({*theirs} - both), len(mine - both)
        return Proposal(name, version, registry, len(equal), edited, missing, extra, percent)

    def _of(self, path: str) -> Standing:
        return self._mine[f"{self._place}/{path}"]

    def _likeness(self, path: str, content: Path) -> float:
        one, other = (_lines(folder / path) for folder in (self._project / self._place, content))
        shared = sum((one & other).values())
        return shared / max(one.total(), other.total(), 1)

    def _read_manifest(self) -> PluginManifest | None:
        from terra.wire.plugin_toml import read_plugin_manifest

        try:
            data = fs.read_document(self._project / self._place / _MANIFEST, _MAX_TEXT)
            return read_plugin_manifest(data, f"{self._place}/{_MANIFEST}") if data is not None else None
        except InvalidDocumentError:  # the user's copy: the files say as much
            return None


def _lines(path: Path) -> Counter[bytes]:
    """Return the lines of a text that say something; closing brackets are everywhere."""
    lines = (b" ".join(line.split()) for line in fs.read(path, _MAX_TEXT).splitlines())
    return Counter(line for line in lines if len(line) > 1)
