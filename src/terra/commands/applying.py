"""The end of every command that writes: ask about the user's files, then apply, all or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.commands import refusals
from terra.project import left
from terra.vendor.apply import apply
from terra.vendor.plan import Choice

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from terra.commands.fitting import Fitted
    from terra.commands.opening import OpenProject
    from terra.commands.toolbox import Toolbox
    from terra.model.plan import Conflict, Plan

_CHOICES = {"m": Choice.MERGE, "o": Choice.OURS, "t": Choice.THEIRS}


def settled(
    fitted: tuple[Fitted, ...], again: Callable[[Choice], tuple[Fitted, ...]], toolbox: Toolbox
) -> tuple[Fitted, ...]:
    """Return a plan without conflicts: ask on a terminal what to do about them; without one, stop.

    Args:
        fitted: The plan with its conflicts.
        again: Makes the plan again with what the user chose.
        toolbox: The adapters.

    Raises:
        ConflictError: Bytes that the user wrote would be lost.
    """
    conflicts = [conflict for each in fitted for conflict in each.conflicts]
    if not conflicts:
        return fitted
    refusals.refuse_in_the_way(conflicts)
    stopped = [each.change for each in fitted if each.conflicts]
    chosen = _ask(conflicts, was_there=any(each.from_ is not None for each in stopped), toolbox=toolbox)
    if chosen is None:
        refusals.refuse_conflicts(conflicts)
        return fitted
    answered = again(chosen)
    refusals.refuse_conflicts([conflict for each in answered for conflict in each.conflicts])
    return answered


def _ask(conflicts: Sequence[Conflict], *, was_there: bool, toolbox: Toolbox) -> Choice | None:
    if not was_there:
        listed = "".join(f"\n  {each.path}: {each.why}" for each in conflicts)
        answer = toolbox.reporter.confirm(f"These files would be overwritten{listed}\nOverwrite them?")
        return Choice.OVERWRITE if answer else None
    listed = "".join(f"\n  {each.path}: {each.why}" for each in conflicts)
    question = f"Both you and the new release changed{listed}\n"
    answers = {"m": "both, with conflict markers", "o": "ours: your lines", "t": "theirs: the release's", "q": "quit"}
    return _CHOICES.get(toolbox.reporter.choose(question, answers) or "")


def apply_plan(opened: OpenProject, plan: Plan, toolbox: Toolbox) -> None:
    """Apply the plan, with what extensions have to say before and after.

    Raises:
        ConflictError: A file is not what it was when the plan was made.
        PolicyError: An extension refuses it.
    """
    if not plan.writes:
        left.save(toolbox.home, opened.folder)
        return
    if not toolbox.extensions:
        apply(opened.folder, plan, toolbox.home, toolbox.finish)
        left.save(toolbox.home, opened.folder)
        return
    from terra.spec import Application

    application = Application(opened.folder, plan)
    toolbox.host.before_apply(application)
    apply(opened.folder, plan, toolbox.home, toolbox.finish)
    left.save(toolbox.home, opened.folder)
    toolbox.host.after_apply(application)


def ignored_by_git(project: Path, plan: Plan, toolbox: Toolbox) -> tuple[str, ...]:
    """Return the written files that git would not commit: a plugin is meant to be committed."""
    written = [change.path for change in plan.writes]
    if not written:
        return ()
    from terra.commands.git import ignored

    return ignored(project, written, toolbox)
