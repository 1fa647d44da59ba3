"""`terra add`: the corridor, one screen of verbs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.commands import fitting, gathering, naming, opening, refusals
from terra.commands.registries import Registries
from terra.errors import UsageError
from terra.model.plan import Action
from terra.model.values import replace, value
from terra.vendor.apply import apply
from terra.vendor.plan import Choice

if TYPE_CHECKING:
    from pathlib import Path

    from terra.commands.gathering import Gathered
    from terra.commands.opening import OpenProject
    from terra.commands.toolbox import Toolbox
    from terra.model.plan import Conflict, Plan, PluginChange
    from terra.model.stages import LeftOut


@value
class AddRequest:
    """What `terra add` was asked to do."""

    texts: tuple[str, ...]
    set: str = ""
    alias: str | None = None
    checksum: str | None = None
    registry: str | None = None
    choice: Choice = Choice.ASK
    dry_run: bool = False
    diff: bool = False
    allow_registry_change: bool = False


@value
class Added:
    """One plugin of the report.

    Attributes:
        origin: Where it came from, for people.
        block: A module block to paste, for a plugin that the user asked for and that is new or moved.
    """

    change: PluginChange
    origin: str
    block: str | None = None
    left_out: tuple[LeftOut, ...] = ()
    warnings: tuple[str, ...] = ()


@value
class AddReport:
    """What `terra add` did, or with `dry_run` would do."""

    project: Path
    folder: str
    plan: Plan
    added: tuple[Added, ...]
    dry_run: bool = False
    diff: str | None = None
    ignored: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()


def add(request: AddRequest, toolbox: Toolbox) -> AddReport:
    """Put plugins into the project, locked.

    Raises:
        UsageError: The request, or a document of the project, cannot be used.
        ResolveError: A name is unknown, or no set of versions fits.
        FetchError: Something could not be had.
        IntegrityError: Something is not what it must be.
        ConflictError: Bytes that the user wrote would be lost.
    """
    with opening.for_writing(toolbox) as opened:
        asked = _parse(request, opened, toolbox)
        registries = Registries(opened, toolbox, only=request.registry)
        gathered = gathering.gather(asked, opened, request.set, registries, toolbox)
        if not request.allow_registry_change:
            refusals.refuse_moves(gathered, opened, request.set, registries)
        fit = fitting.fit(gathered, opened, request.set, request.choice)
        if fit.conflicts and not request.dry_run:
            fit = _settle(fit, gathered, opened, request, toolbox)
        shown = fit
        if request.diff and fit.conflicts:  # the diff is how to see what a conflict is about
            shown = fitting.fit(gathered, opened, request.set, Choice.OVERWRITE)
        report = replace(_report(request, opened, gathered, shown, toolbox), conflicts=fit.conflicts)
        if not request.dry_run:  # the last thing that can fail: what is reported has happened
            _apply(opened, fit.plan, toolbox)
        return report


def _apply(opened: OpenProject, plan: Plan, toolbox: Toolbox) -> None:
    """Apply the plan, with what extensions have to say before and after."""
    if not toolbox.extensions:
        apply(opened.folder, plan, toolbox.home, toolbox.finish)
        return
    from terra.spec import Application

    application = Application(opened.folder, plan)
    toolbox.host.before_apply(application)
    apply(opened.folder, plan, toolbox.home, toolbox.finish)
    toolbox.host.after_apply(application)


def _parse(request: AddRequest, opened: OpenProject, toolbox: Toolbox) -> tuple[naming.Asked, ...]:
    if (request.alias or request.checksum) and len(request.texts) != 1:
        message = "`--as` and `--checksum` go with one source"
        raise UsageError(message, hint="add the others by a command of their own")
    return tuple(
        naming.parse(
            text, workdir=toolbox.workdir, project=opened.folder, alias=request.alias, checksum=request.checksum
        )
        for text in dict.fromkeys(request.texts)
    )


def _settle(
    fit: fitting.Fit, gathered: tuple[Gathered, ...], opened: OpenProject, request: AddRequest, toolbox: Toolbox
) -> fitting.Fit:
    """Ask on a terminal what to do about the user's files; without one, stop."""
    refusals.refuse_in_the_way(fit.conflicts)
    listed = "".join(f"\n  {each.path}: {each.why}" for each in fit.conflicts)
    answer = toolbox.reporter.confirm(f"These files would be overwritten{listed}\nOverwrite them?")
    if answer:
        return fitting.fit(gathered, opened, request.set, Choice.OVERWRITE)
    refusals.refuse_conflicts(fit.conflicts)
    return fit


def _report(
    request: AddRequest, opened: OpenProject, gathered: tuple[Gathered, ...], fit: fitting.Fit, toolbox: Toolbox
) -> AddReport:
    folder = opened.set(request.set).folder
    by_name = {change.plugin: change for change in fit.plan.changes}
    added = tuple(_added(each, by_name[each.acquired.name], folder, opened, toolbox) for each in gathered)
    written = [change.path for change in fit.plan.writes]
    return AddReport(
        project=opened.folder,
        folder=folder,
        plan=fit.plan,
        added=added,
        dry_run=request.dry_run,
        diff=_diff(fit.plan, opened) if request.diff else None,
        ignored=_ignored_by_git(opened.folder, written, toolbox) if written and not request.dry_run else (),
    )


def _added(each: Gathered, change: PluginChange, folder: str, opened: OpenProject, toolbox: Toolbox) -> Added:
    acquired = each.acquired
    origin = each.registry.written if each.registry else str(acquired.release.source)
    touched = any(file.action is not Action.KEEP for file in change.files)
    block = None
    if touched and each.asked is not None:
        from terra.commands.blocks import block_for

        block = block_for(acquired.name, acquired.cached.folder, opened.folder / folder, toolbox.workdir)
    return Added(change, origin, block, acquired.left_out, acquired.warnings)


def _diff(plan: Plan, opened: OpenProject) -> str:
    from terra.vendor.difference import diff_of

    return diff_of(plan, opened.folder)


def _ignored_by_git(project: Path, paths: list[str], toolbox: Toolbox) -> tuple[str, ...]:
    """Return the written files that git would not commit: a plugin is meant to be committed."""
    from terra.commands.git import ignored

    return ignored(project, paths, toolbox.runner)
