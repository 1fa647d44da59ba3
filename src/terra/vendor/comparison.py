"""How what stands in a plugin's folder differs from a release: the one place that says so. Pure.

Text that differs from the release in its line endings alone is as released. A mode is compared where the system has
one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.model.lock import DELETED
from terra.model.values import value
from terra.vendor.plan import is_excluded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from terra.model.tree import Tree, TreeFile
    from terra.vendor.survey import Standing


@value
class Compared:
    """One file: as it was released, as it stands, and what `terra accept` recorded of it.

    Attributes:
        name: Relative to the plugin's folder; `path` is relative to the project.
        file: As released; None for one that the release does not have.
        standing: What stands there; None for nothing.
        recorded: sha256 of the edit that was accepted, `DELETED`, or None.
    """

    name: str
    path: str
    file: TreeFile | None = None
    standing: Standing | None = None
    recorded: str | None = None

    @property
    def is_text_released(self) -> bool:
        """Whether what stands there says what the release does, whatever its mode."""
        return self.file is not None and self.standing is not None and self.file.sha256 in self.standing.same_as

    @property
    def is_mode_only(self) -> bool:
        """Whether the text is as released, and the file was made executable, or no longer is."""
        if self.file is None or self.standing is None or not self.is_text_released:
            return False
        return self.standing.executable not in (None, self.file.executable)

    @property
    def kind(self) -> str:
        """`changed`, `missing`, `extra`, `endings` for other line endings alone, or the empty string."""
        if self.standing is None:
            return "missing" if self.file is not None else ""
        if self.file is None:
            return "extra"
        if self.is_mode_only or not self.is_text_released:
            return "changed"
        return "endings" if self.file.sha256 != self.standing.sha256 else ""

    @property
    def is_edit(self) -> bool:
        """Whether the user changed or deleted the file."""
        return self.kind in ("changed", "missing")

    @property
    def is_accepted(self) -> bool:
        """Whether it is an edit that `terra accept` recorded as it is."""
        if self.standing is None:
            return self.is_edit and self.recorded == DELETED
        return self.is_edit and self.recorded in self.standing.same_as

    @property
    def is_lost(self) -> bool:
        """Whether an edit was accepted, and the file stands there as it was released."""
        if self.standing is None or self.recorded in (None, DELETED):
            return False
        return self.is_text_released and self.recorded not in self.standing.same_as

    @property
    def to_record(self) -> str:
        """What `terra accept` records of it; of a changed mode the release's own hash."""
        if self.standing is None:
            return DELETED
        return self.file.sha256 if self.file is not None and self.is_mode_only else self.standing.sha256


@value
class Comparison:
    """A plugin's folder beside a release.

    Attributes:
        wanted: Every file of the release that the project wants.
        unwanted: Those that its `exclude` names.
    """

    wanted: tuple[Compared, ...]
    unwanted: tuple[Compared, ...] = ()

    @property
    def edits(self) -> tuple[Compared, ...]:
        """The files that the user changed or deleted."""
        return tuple(each for each in self.wanted if each.is_edit)

    @property
    def lost(self) -> tuple[Compared, ...]:
        """The files whose accepted edit is not there any more."""
        return tuple(each for each in self.wanted if each.is_lost)

    @property
    def endings(self) -> tuple[Compared, ...]:
        """The files that differ in their line endings alone."""
        return tuple(each for each in self.wanted if each.kind == "endings")

    @property
    def is_clean(self) -> bool:
        """Whether everything stands there as released or accepted, and nothing that is not wanted any more."""
        return all(each.is_accepted for each in self.edits) and not any(each.is_text_released for each in self.unwanted)

    @property
    def is_changed(self) -> bool:
        """Whether any file says something that neither the release nor an accepted edit does."""
        return any(each.kind == "changed" and not (each.is_mode_only or each.is_accepted) for each in self.wanted)

    @property
    def released(self) -> frozenset[str]:
        """The names of the files that say what the release does."""
        return frozenset(each.name for each in (*self.wanted, *self.unwanted) if each.is_text_released)

    @property
    def standing(self) -> tuple[Compared, ...]:
        """The files of the release in whose place something stands."""
        return tuple(each for each in (*self.wanted, *self.unwanted) if each.standing is not None)


def compare(
    folder: str,
    tree: Tree,
    mine: Mapping[str, Standing],
    recorded: Mapping[str, str],
    exclude: tuple[str, ...] = (),
) -> Comparison:
    """Return how files stand beside those of a release.

    Args:
        folder: The plugin's folder relative to the project, with `/`.
        tree: The release.
        mine: What stands in the project, by path relative to it.
        recorded: What `terra accept` recorded, by path relative to the folder.
        exclude: The project's patterns of files that it does not want.
    """
    wanted: list[Compared] = []
    unwanted: list[Compared] = []
    for file in tree.files:
        path = f"{folder}/{file.path}"
        one = Compared(file.path, path, file, mine.get(path), recorded.get(file.path))
        (unwanted if is_excluded(file.path, exclude) else wanted).append(one)
    return Comparison(tuple(wanted), tuple(unwanted))
