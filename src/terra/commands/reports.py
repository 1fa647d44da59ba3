"""What every command that changes plugins ends with: plan, say what that means, and only then apply it.

    prepared = prepare("update", draft, request, toolbox)
    report = prepared.report  # and what the command has to say itself
    commit(prepared, toolbox)
    return report

All that can fail comes before `commit`, which is the last thing that can: what is reported has happened.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from terra.commands.applying import apply_plan, ignored_by_git
from terra.commands.change_words import shown_by, why_stopped
from terra.commands.drafting import draw
from terra.commands.unaccepted import unaccepted
from terra.errors import ConflictError
from terra.model.plan import Action, Conflict, Plan
from terra.model.values import replace, value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terra.commands.drafting import Draft, Drawn
    from terra.commands.opening import OpenProject
    from terra.commands.toolbox import Toolbox
    from terra.model.name import Name
    from terra.vendor.plan import Choice


class ChangeRequest(Protocol):
    """What every command that changes plugins is asked.

    Attributes:
        choice: What is to become of files of the user's that are in the way.
        dry_run: Whether nothing is written.
        diff: Whether the report has what would change, as a diff.
    """

    @property
    def choice(self) -> Choice: ...  # noqa: D102
    @property
    def dry_run(self) -> bool: ...  # noqa: D102
    @property
    def diff(self) -> bool: ...  # noqa: D102


@value
class ChangeReport:
    """What a command that changes plugins did, or with `dry_run` would do.

    Attributes:
        command: Its name.
        notes: What the user should know of it that is no change of a file, in words.
        warnings: What is to be looked at, and what the releases that came had to say.
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
    exit: int = 0
    is_check: bool = False

    def warning(self, *more: str) -> ChangeReport:
        """Return the report with further warnings; none is taken back."""
        return replace(self, warnings=tuple(dict.fromkeys((*self.warnings, *more))))


@value
class Prepared:
    """A change that is planned and not yet applied.

    Attributes:
        plan: What is to be applied; a diff may show another one, with both sides of what is in conflict.
        report: What it means.
        clean: Set and name of plugins that were looked at and are as the lock says.
    """

    opened: OpenProject
    plan: Plan
    report: ChangeReport
    clean: tuple[tuple[str, Name], ...] = ()


def prepare(command: str, draft: Draft, request: ChangeRequest, toolbox: Toolbox) -> Prepared:
    """Plan a draft, and say what will have happened; nothing is written.

    Raises:
        ConflictError: Bytes that the user wrote would be lost.
        UnsafeTargetError: A file would be written through a link, or in place of one.
        UsageError: `terra.toml` cannot be edited.
    """
    drawn = shown = draw(draft, request.choice, toolbox, dry_run=request.dry_run)
    if request.diff and drawn.conflicts:  # the diff is how to see what a conflict is about
        shown = draw(draft, shown_by(drawn.conflicts), toolbox, dry_run=True)
    project = draft.opened.folder
    report = ChangeReport(
        command,
        project,
        shown.plan,
        drawn.conflicts,
        request.dry_run,
        _diff_of(shown.plan, project) if request.diff else None,
        exit=ConflictError.exit if drawn.conflicts else 0,  # a dry run ends as the run would
    )
    ignored = () if request.dry_run else _ignored(drawn.plan, project, toolbox)
    report = report.warning(*_warnings(draft, drawn, shown if request.diff else None), *ignored)
    clean = tuple((part.set, name) for part in draft.parts for name in part.clean)
    return Prepared(draft.opened, drawn.plan, report, clean)


def commit(prepared: Prepared, toolbox: Toolbox) -> None:
    """Apply what was prepared, unless it is a dry run.

    Raises:
        ConflictError: A file is not what it was when the plan was made.
        PolicyError: An extension refuses it.
    """
    if not prepared.report.dry_run:
        apply_plan(prepared.opened, prepared.plan, toolbox, prepared.clean)


def _diff_of(plan: Plan, project: Path) -> str:
    """Return what a plan changes, as `git apply` reads it."""
    from terra.vendor import difference

    return difference.diff_of(plan, project)


def _warnings(draft: Draft, drawn: Drawn, shown: Drawn | None) -> Iterator[str]:
    """Yield what is to be looked at before or after a plan, and what the releases say that come with it.

    Args:
        draft: What changes.
        drawn: Its plan, not yet applied.
        shown: The plan that a diff shows, where one does.
    """
    yield from (f"`{path}` gets conflict markers: choose a side at each `<<<<<<<`" for path in _marked(drawn.plan))
    if shown is not None:
        both = _marked(shown.plan)
        for each in drawn.conflicts:
            how = "shown with conflict markers" if each.path in both else "in conflict"
            yield f"`{each.path}` is {how}: {why_stopped(each)}"
    yield from unaccepted(draft, drawn.plan)
    files = [file for each in drawn.plan.changes if each.from_ is not None for file in each.files]
    if drawn.conflicts or any(each.action is not Action.KEEP for each in files):
        from terra.commands.breaking import broken_callers

        yield from broken_callers(draft, drawn)
    yield from (text for part in draft.parts for each in part.gathered for text in each.acquired.warnings)


def _marked(plan: Plan) -> tuple[str, ...]:
    """Return the files that a plan leaves with conflict markers."""
    return tuple(file.path for each in plan.changes for file in each.files if file.conflicts)


def _ignored(plan: Plan, project: Path, toolbox: Toolbox) -> tuple[str, ...]:
    """Say that git ignores what is to be committed, in one line."""
    paths = ignored_by_git(project, plan, toolbox)
    if not paths:
        return ()
    others = f" and {len(paths) - 1} more of what was written" if len(paths) > 1 else ""
    return (f"git ignores `{paths[0]}`{others}, and plugins are meant to be committed",)
