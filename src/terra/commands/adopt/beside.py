"""A folder beside the release that it is a copy of, file by file: what the adoption means for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.commands import refusals
from terra.commands.adopt.likeness import lines_of, shared
from terra.commands.edits import foreign_in
from terra.model.plan import Action
from terra.model.terraform import TERRAFORM_ENDINGS
from terra.model.values import replace, value
from terra.system import fs
from terra.vendor.plan import Choice, Sides, paths_of, plan_plugin
from terra.vendor.survey import standing_of, survey

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from terra.commands.acquired import Acquired
    from terra.model.plan import FileChange
    from terra.vendor.survey import Standing

_RENAMED = 0.6  # of the lines, for a file to be another one's under a new name


@value
class Beside:
    """What happens to the release's files if the folder stays where it is.

    Attributes:
        files: The changes, most of which keep what stands there.
        folder: Relative to the project.
        mine: What stands there, by its path in the project.
        foreign: What the release never had, relative to the folder.
        renamed: Files of the release that are missing, each with the foreign one that it became.
    """

    files: tuple[FileChange, ...]
    folder: str
    mine: dict[str, Standing]
    foreign: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...] = ()

    def having(self, action: Action, *, there: bool, same: bool = False) -> tuple[str, ...]:
        """Return the files with an action, that are there or not, and the release's or not."""
        return tuple(
            each.path.removeprefix(f"{self.folder}/")
            for each in self.files
            if each.action is action
            and (each.found is not None) is there
            and (not there or (each.file is not None and each.file.sha256 in self.mine[each.path].same_as) is same)
        )

    def after(self, rewritten: Mapping[str, bytes]) -> Beside:
        """Return it as it is once some files have other bytes: what was rewritten may be the release's text again.

        Args:
            rewritten: The bytes, by path relative to the folder.
        """
        mine = {f"{self.folder}/{path}": standing_of(data) for path, data in rewritten.items()}
        return replace(self, mine={**self.mine, **mine})

    @property
    def missing(self) -> tuple[str, ...]:
        """The files of the release that stay away."""
        return self.having(Action.KEEP, there=False)


def beside(place: str, acquired: Acquired, exclude: tuple[str, ...], project: Path, *, restore: bool) -> Beside:
    """Return a folder compared with a release.

    Args:
        place: The folder, relative to the project.
        acquired: The release.
        exclude: What the project does not want of it.
        project: The project's folder.
        restore: Whether files come back that the folder lacks.

    Raises:
        ConflictError: Something that is no file stands in the place of one.
        UnsafeTargetError: A path leads through a link.
    """
    tree, content = acquired.cached.tree, acquired.cached.folder
    mine = survey(project, paths_of(place, tree))
    sides = Sides(acquired.name, place, tree, tree, content, mine, exclude, restore=restore)
    files, conflicts = plan_plugin(sides, Choice.ASK)
    refusals.refuse_conflicts(conflicts)
    foreign = tuple(sorted(foreign_in(project / place, tree.by_path)))
    compared = Beside(files, place, mine, foreign)
    return replace(compared, renamed=tuple(_renamed(compared, content, project)))


def _renamed(compared: Beside, content: Path, project: Path) -> Iterator[tuple[str, str]]:
    """Yield the Terraform files of the release that are in the folder under another name, edited or not."""
    here = project / compared.folder
    own = [each for each in compared.foreign if each.endswith(TERRAFORM_ENDINGS) and fs.kind_of(here / each) == "file"]
    for path in compared.missing:
        if path.endswith(TERRAFORM_ENDINGS):
            released = lines_of(content / path)
            found = {name: shared(lines_of(here / name), released) for name in own}
            best = max(found, key=found.__getitem__, default="")
            if best and found[best] >= _RENAMED:
                yield path, best
