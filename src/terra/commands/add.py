"""`terra add`: the corridor, one screen of verbs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.commands import gathering, naming, opening, refusals
from terra.commands.applying import apply_plan, ignored_by_git
from terra.commands.change_words import shown_by
from terra.commands.drafting import Draft, draw, part_of
from terra.commands.registries import Registries
from terra.commands.reports import diff_of, warnings_of
from terra.errors import ConflictError, UsageError
from terra.model.plan import Action
from terra.model.values import replace, value
from terra.vendor.plan import Choice

if TYPE_CHECKING:
    from pathlib import Path

    from terra.commands.drafting import Drawn
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
    warnings: tuple[str, ...] = ()

    @property
    def every_warning(self) -> tuple[str, ...]:
        """What is to be looked at, and what the releases had to say."""
        return (*self.warnings, *(text for each in self.added for text in each.warnings))

    @property
    def exit(self) -> int:
        """The exit code; a dry run ends as the run would."""
        return ConflictError.exit if self.conflicts else 0


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
        gathered = gathering.gather(gathering.Wish(asked), opened, request.set, registries, toolbox)
        if not request.allow_registry_change:
            refusals.refuse_other_origin(gathered, opened, request.set, registries)
        draft = Draft(opened, (part_of(gathered, opened, request.set, toolbox),))
        drawn = shown = draw(draft, request.choice, toolbox, dry_run=request.dry_run)
        if request.diff and drawn.conflicts:  # the diff is how to see what a conflict is about
            shown = draw(draft, shown_by(drawn.conflicts), toolbox, dry_run=True)
        report = replace(
            _report(request, opened, gathered, shown, toolbox),
            conflicts=drawn.conflicts,
            warnings=warnings_of(draft, drawn, shown if request.diff else None),
        )
        if not request.dry_run:  # the last thing that can fail: what is reported has happened
            apply_plan(opened, drawn.plan, toolbox)
        return report


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


def _report(
    request: AddRequest, opened: OpenProject, gathered: tuple[Gathered, ...], drawn: Drawn, toolbox: Toolbox
) -> AddReport:
    folder = opened.set(request.set).folder
    by_name = {change.plugin: change for change in drawn.plan.changes}
    added = tuple(_added(each, by_name[each.acquired.name], folder, opened, toolbox) for each in gathered)
    return AddReport(
        project=opened.folder,
        folder=folder,
        plan=drawn.plan,
        added=added,
        dry_run=request.dry_run,
        diff=diff_of(drawn.plan, opened.folder) if request.diff else None,
        ignored=() if request.dry_run else ignored_by_git(opened.folder, drawn.plan, toolbox),
    )


def _added(each: Gathered, change: PluginChange, folder: str, opened: OpenProject, toolbox: Toolbox) -> Added:
    acquired = each.acquired
    origin = each.registry.written if each.registry else str(acquired.release.source)
    touched = any(file.action is not Action.KEEP for file in change.files)
    block = None
    if touched and each.asked is not None:
        from terra.commands.module import block_for

        block = block_for(acquired.name, acquired.cached.folder, opened.folder / folder, toolbox.workdir)
    return Added(change, origin, block, acquired.left_out, acquired.warnings)
