"""`terra add`: the corridor, one screen of verbs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.commands import gathering, naming, opening, refusals
from terra.commands.drafting import Draft, part_of
from terra.commands.registries import Registries
from terra.commands.reports import commit, prepare
from terra.errors import UsageError
from terra.model.plan import Action
from terra.model.values import value
from terra.vendor.plan import Choice

if TYPE_CHECKING:
    from terra.commands.gathering import Gathered
    from terra.commands.opening import OpenProject
    from terra.commands.reports import ChangeReport
    from terra.commands.toolbox import Toolbox
    from terra.model.plan import PluginChange
    from terra.model.project import PluginSet
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
        folder: Where it stands, relative to the project.
    """

    change: PluginChange
    origin: str
    block: str | None = None
    left_out: tuple[LeftOut, ...] = ()
    folder: str = ""


@value
class AddReport:
    """What `terra add` did, or with `dry_run` would do.

    Attributes:
        folder: The set's, relative to the project.
        changed: What changes in the project.
        added: What is new, moves, or was asked for.
    """

    folder: str
    changed: ChangeReport
    added: tuple[Added, ...]


def add(request: AddRequest, toolbox: Toolbox) -> AddReport:
    """Put plugins into the project, locked.

    Raises:
        UsageError: The request, or a document of the project, cannot be used.
        ResolveError: A name is unknown, or no set of versions fits.
        FetchError: Something could not be had.
        IntegrityError: Something is not what it must be.
        ConflictError: Bytes that the user wrote would be lost.
    """
    with opening.for_change(toolbox, dry_run=request.dry_run) as opened:
        asked = _parse(request, opened, toolbox)
        registries = Registries(opened, toolbox, only=request.registry)
        gathered = gathering.gather(gathering.Wish(asked), opened, request.set, registries, toolbox)
        if not request.allow_registry_change:
            refusals.refuse_other_origin(gathered, opened, request.set, registries)
        draft = Draft(opened, (part_of(gathered, opened, request.set, toolbox),))
        prepared = prepare("add", draft, request, toolbox)
        changes = {each.plugin: each for each in prepared.report.plan.changes}
        plugins = opened.set(request.set)
        added = [_added(each, changes[each.acquired.name], plugins, opened, toolbox) for each in gathered]
        commit(prepared, toolbox)
        return AddReport(plugins.folder, prepared.report, tuple(added))


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


def _added(each: Gathered, change: PluginChange, plugins: PluginSet, opened: OpenProject, toolbox: Toolbox) -> Added:
    acquired = each.acquired
    origin = each.registry.written if each.registry else str(acquired.release.source)
    touched = any(file.action is not Action.KEEP for file in change.files)
    folder, block = plugins.folder_of(acquired.name), None
    if touched and each.asked is not None:
        from terra.commands.module import block_for

        block = block_for(acquired.name, acquired.cached.folder, opened.folder / folder, toolbox.workdir)
    return Added(change, origin, block, acquired.left_out, folder)
