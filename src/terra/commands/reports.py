"""The report of a command that changes plugins, and the last steps that all of them share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from terra.commands.applying import apply_plan, ignored_by_git
from terra.commands.drafting import draw
from terra.model.plan import Conflict, Plan
from terra.model.values import value
from terra.vendor.plan import Choice

if TYPE_CHECKING:
    from terra.commands.drafting import Draft
    from terra.commands.toolbox import Toolbox


@value
class ChangeReport:
    """What a command that changes plugins did, or with `dry_run` would do.

    Attributes:
        command: Its name.
        notes: What the user should know of it that is no change of a file, in words.
        warnings: Of the releases that came.
        ignored: Written files that git would not commit.
        exit: 0, or 7 where a check found that something is to be done.
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
        shown = draw(draft, Choice.MERGE, toolbox, dry_run=True)
    text = None
    if diff:
        from terra.vendor.difference import diff_of

        text = diff_of(shown.plan, opened.folder)
    report = ChangeReport(
        command,
        opened.folder,
        shown.plan,
        drawn.conflicts,
        dry_run,
        text,
        ignored=() if dry_run else ignored_by_git(opened.folder, drawn.plan, toolbox),
    )
    if not dry_run:  # the last thing that can fail: what is reported has happened
        apply_plan(opened, drawn.plan, toolbox)
    return report
