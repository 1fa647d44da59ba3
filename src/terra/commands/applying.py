"""The end of every command that writes: ask about the user's files, then apply, all or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.commands import refusals
from terra.commands.change_words import choices_of, shown_by
from terra.commands.fitting import conflicts_of
from terra.errors import ConflictError
from terra.model.plan import Action, Plan
from terra.model.values import replace
from terra.project import left
from terra.vendor.apply import apply
from terra.vendor.plan import Choice

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence
    from pathlib import Path

    from terra.commands.fitting import Fitted
    from terra.commands.opening import OpenProject
    from terra.commands.toolbox import Toolbox
    from terra.model.name import Name
    from terra.model.plan import Conflict

_LETTERS = {Choice.MERGE: "m", Choice.OURS: "o", Choice.SKIP: "o", Choice.THEIRS: "t", Choice.OVERWRITE: "t"}
_MEANINGS = {
    Choice.MERGE: "both, with conflict markers",
    Choice.OURS: "ours: your lines there, the release's elsewhere",
    Choice.SKIP: "ours: your files stay as they are",
    Choice.THEIRS: "theirs: the release's lines there, yours elsewhere",
    Choice.OVERWRITE: "theirs: the plugin's files take the place of yours",
}


def without_conflicts(
    fitted: tuple[Fitted, ...],
    answered: Callable[[Choice, Collection[str]], tuple[Fitted, ...]],
    project: Path,
    toolbox: Toolbox,
) -> tuple[Fitted, ...]:
    """Return a plan without conflicts: ask on a terminal what to do about them; without one, stop.

    Args:
        fitted: The plan with its conflicts.
        answered: Makes the plan again with what the user chose for some files.
        project: The project's folder.
        toolbox: The adapters.

    Raises:
        ConflictError: Bytes that the user wrote would be lost.
    """
    conflicts = conflicts_of(fitted)
    if not conflicts:
        return fitted
    refusals.refuse_in_the_way(conflicts)
    paths = [each.path for each in conflicts]
    chosen = _ask(conflicts, lambda choice: _difference(paths, answered(choice, paths), project), toolbox)
    if chosen is None:
        refusals.refuse_conflicts(conflicts)
        return fitted
    settled = answered(chosen, paths)
    refusals.refuse_conflicts(conflicts_of(settled))
    return settled


def _ask(conflicts: Sequence[Conflict], difference: Callable[[Choice], str], toolbox: Toolbox) -> Choice | None:
    """Return what the user wants; None where nobody can be asked.

    Raises:
        ConflictError: They want to stop.
    """
    choices = choices_of(conflicts)
    answers = {
        **{_LETTERS[each]: _MEANINGS[each] for each in choices},
        "d": "show the difference",
        "q": "quit, nothing is written",
    }
    answer = toolbox.reporter.choose(refusals.question(conflicts), answers)
    while answer == "d":
        answer = toolbox.reporter.choose(difference(shown_by(conflicts)), answers)
    if answer == "q":
        message = "stopped, and nothing was written"
        raise ConflictError(message, subjects=[each.path for each in conflicts])
    return next((each for each in choices if _LETTERS[each] == answer), None)


def _difference(paths: Sequence[str], answered: Sequence[Fitted], project: Path) -> str:
    """Return the contested files as a diff from how they stand to what a choice makes of them."""
    from terra.vendor.difference import diff_of

    changes = [
        replace(each.change, files=tuple(file for file in each.change.files if file.path in paths or file.contested))
        for each in answered
    ]
    return diff_of(Plan(tuple(changes)), project)


def apply_plan(opened: OpenProject, plan: Plan, toolbox: Toolbox, clean: Iterable[tuple[str, Name]] = ()) -> None:
    """Apply the plan, with what extensions have to say before and after.

    Args:
        opened: The project.
        plan: What is to be done.
        toolbox: The adapters.
        clean: Set and name of plugins that were looked at and are as the lock says.

    Raises:
        ConflictError: A file is not what it was when the plan was made.
        PolicyError: An extension refuses it.
    """
    seen = {*clean, *((each.set, each.plugin) for each in plan.changes)}
    if not plan.writes:
        left.save(toolbox.home, opened.folder, seen)
        return
    if not toolbox.extensions:
        apply(opened.folder, plan, toolbox.home, toolbox.finish)
        left.save(toolbox.home, opened.folder, seen)
        return
    from terra.spec import Application

    application = Application(opened.folder, plan)
    toolbox.host.before_apply(application)
    apply(opened.folder, plan, toolbox.home, toolbox.finish)
    left.save(toolbox.home, opened.folder, seen)
    toolbox.host.after_apply(application)


def ignored_by_git(project: Path, plan: Plan, toolbox: Toolbox) -> tuple[str, ...]:
    """Return the files that git would not commit: what is written, and of a new plugin what stands there already."""
    written = [each.path for each in plan.writes if each.action is not Action.DELETE]
    new = [file for each in plan.changes if each.from_ is None for file in each.files]
    standing = [each.path for each in new if each.action is Action.KEEP and each.found is not None]
    if not (standing or written):
        return ()
    from terra.commands.git import ignored

    return ignored(project, [*standing, *written], toolbox)
