"""The report of a command that changes plugins, and the last steps that all of them share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from terra.commands.applying import apply_plan, ignored_by_git
from terra.commands.change_words import shown_by, why_stopped
from terra.commands.drafting import draw
from terra.commands.unaccepted import unaccepted
from terra.errors import ConflictError
from terra.model.plan import Action, Conflict, Plan
from terra.model.values import value

if TYPE_CHECKING:
    from terra.commands.drafting import Draft, Drawn
    from terra.commands.toolbox import Toolbox
    from terra.vendor.plan import Choice


@value
class ChangeReport:
    """What a command that changes plugins did, or with `dry_run` would do.

    Attributes:
        command: Its name.
        notes: What the user should know of it that is no change of a file, in words.
        warnings: What is to be looked at, and what the releases that came had to say.
        ignored: Written files that git would not commit.
        exit: 0; 6 where a run that writes would refuse; 7 where a check found that something is to be done.
        is_check: Whether nothing was asked for but to look.
    """

    command: str
    project: Path
    plan: Plan
    conflicts: tuple[Conflict, ...] = ()
    dry_run: bool = False
    diff: str | None = None
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    exit: int = 0
    is_check: bool = False


def done(  # noqa: PLR0913  # what is to be done, and how it was asked for
    command: str, draft: Draft, choice: Choice, toolbox: Toolbox, *, dry_run: bool, diff: bool
) -> ChangeReport:
    """Plan a draft, apply it unless `dry_run`, and say what happened.

    Raises:
        ConflictError: Bytes that the user wrote would be lost.
        UnsafeTargetError: A file would be written through a link, or in place of one.
        UsageError: `terra.toml` cannot be edited.
    """
    opened = draft.opened
    drawn = shown = draw(draft, choice, toolbox, dry_run=dry_run)
    if diff and drawn.conflicts:  # the diff is how to see what a conflict is about
        shown = draw(draft, shown_by(drawn.conflicts), toolbox, dry_run=True)
    report = ChangeReport(
        command,
        opened.folder,
        shown.plan,
        drawn.conflicts,
        dry_run,
        diff_of(shown.plan, opened.folder) if diff else None,
        warnings=warnings_of(draft, drawn, shown if diff else None),
        ignored=() if dry_run else ignored_by_git(opened.folder, drawn.plan, toolbox),
        exit=ConflictError.exit if drawn.conflicts else 0,  # a dry run ends as the run would
    )
    if not dry_run:  # the last thing that can fail: what is reported has happened
        apply_plan(opened, drawn.plan, toolbox)
    return report


def diff_of(plan: Plan, project: Path) -> str:
    """Return what a plan changes, as `git apply` reads it."""
    from terra.vendor import difference

    return difference.diff_of(plan, project)


def warnings_of(draft: Draft, drawn: Drawn, shown: Drawn | None = None) -> tuple[str, ...]:
    """Return what is to be looked at before or after a plan: conflict markers, and blocks that do not fit any more.

    Args:
        draft: What changes.
        drawn: Its plan, not yet applied.
        shown: The plan that a diff shows, where one does.
    """
    found = [f"`{path}` gets conflict markers: choose a side at each `<<<<<<<`" for path in marked(drawn.plan)]
    if shown is not None:
        both = marked(shown.plan)
        found += [
            f"`{each.path}` is {'shown with conflict markers' if each.path in both else 'in conflict'}: "
            f"{why_stopped(each)}"
            for each in drawn.conflicts
        ]
    found += unaccepted(draft, drawn.plan)
    files = [file for each in drawn.plan.changes if each.from_ is not None for file in each.files]
    if not drawn.conflicts and all(each.action is Action.KEEP for each in files):
        return tuple(found)
    from terra.commands.breaking import broken_callers

    return (*found, *broken_callers(draft, drawn))


def marked(plan: Plan) -> tuple[str, ...]:
    """Return the files that a plan leaves with conflict markers."""
    return tuple(file.path for each in plan.changes for file in each.files if file.conflicts)
