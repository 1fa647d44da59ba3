"""`terra adopt FOLDER --as NAME@VERSION`: a folder that was copied by hand becomes a plugin, as it stands.

The release is the base, the folder is the user's: what differs is an edit, what is missing was taken away, and what
the release never had stays. A plugin's place is its name below the set's folder, so that a folder elsewhere has to
move, which only `move` allows: then the blocks that call it are rewritten in the same plan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.commands import naming, opening, refusals
from terra.commands.adopt.beside import beside
from terra.commands.adopt.given import folder_at, refuse_plugin
from terra.commands.adopt.rewriting import loosened, path_warnings
from terra.commands.drafting import Draft, part_of
from terra.commands.fitting import Fitted
from terra.commands.gathering import Wish, gather
from terra.commands.registries import Registries
from terra.commands.reports import commit, prepare
from terra.errors import UsageError
from terra.model.lock import DELETED
from terra.model.plan import Action, PluginChange
from terra.model.values import replace, value
from terra.vendor.plan import Choice

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from terra.commands.adopt.beside import Beside
    from terra.commands.adopt.relocation import Relocation
    from terra.commands.drafting import Part
    from terra.commands.gathering import Gathered
    from terra.commands.opening import OpenProject
    from terra.commands.reports import ChangeReport
    from terra.commands.toolbox import Toolbox
    from terra.model.name import Name
    from terra.model.version import Version


@value
class FolderRequest:
    """What `terra adopt` was asked to do with a folder.

    Attributes:
        path: The folder, relative to where the user stands.
        text: `NAME@VERSION`, or a direct source.
        move: Whether it may go to where the set wants it.
        restore: Whether files of the release that it lacks come back.
        choice: What is to become of files in the way of the plugins that come with it.
    """

    path: str
    text: str
    set: str = ""
    registry: str | None = None
    move: bool = False
    restore: bool = False
    choice: Choice = Choice.ASK
    dry_run: bool = False
    diff: bool = False


@value
class FolderReport:
    """What `terra adopt` did with a folder, or with `dry_run` would do.

    Attributes:
        folder: Where it stands afterwards, relative to the project.
        changed: What changes in the project; the plugin that the folder becomes is the first of its plan.
        moved_from: Where it stood, where that was elsewhere.
        equal: Files that are the release's, here and below relative to the folder.
        edited: Files that differ from it.
        missing: Files of it that are not there, and stay away.
        restored: Files of it that were not there, and came.
        foreign: Files that it never had.
        renamed: Missing files that are there under another name: both names.
        callers: Blocks that were rewritten, as `FILE:LINE`.
        left: What of the old folder did not move.
    """

    name: Name
    version: Version
    folder: str
    changed: ChangeReport
    moved_from: str | None = None
    equal: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    restored: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    callers: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


def adopt_folder(request: FolderRequest, toolbox: Toolbox) -> FolderReport:
    """Take a folder into a set as a release that the user edited.

    Raises:
        UsageError: The folder cannot be a plugin, or would have to move.
        ResolveError: There is no such release, or it does not fit what the set has.
        FetchError: Something could not be had.
        IntegrityError: Something is not what it must be.
        ConflictError: Something stands where the folder, or what comes with it, would have to go.
    """
    with opening.for_change(toolbox, dry_run=request.dry_run) as opened:
        place = folder_at(request.path, opened, toolbox)
        gathered = _gathered(place, request, opened, toolbox)
        adopted = gathered[0]
        line = opened.set(request.set).find(adopted.acquired.name)
        exclude = line.exclude if line else ()
        compared = beside(place, adopted.acquired, exclude, opened.folder, restore=request.restore)
        moved = _moved(place, gathered, request, opened, toolbox)
        draft = _draft(compared, adopted, moved, part_of(gathered, opened, request.set, toolbox), opened)
        prepared = prepare("adopt", draft, request, toolbox)
        warnings = _warnings(moved, opened.folder / place) if moved else ()
        report = _report(adopted, compared, moved, prepared.report.warning(*warnings))
        commit(prepared, toolbox)
        return report


def _gathered(place: str, request: FolderRequest, opened: OpenProject, toolbox: Toolbox) -> tuple[Gathered, ...]:
    """Return the release that the folder is a copy of, and after it what that needs."""
    registries = Registries(opened, toolbox, only=request.registry)
    asked = naming.parse(request.text, workdir=toolbox.workdir, project=opened.folder)
    _refuse_locked(asked.name, request, opened)
    refuse_plugin(place, opened)
    gathered = gather(Wish((asked,)), opened, request.set, registries, toolbox)
    if asked.explicit and asked.requirement.specifier.is_exact:  # which release it is, not which ones will do
        gathered = tuple(map(loosened, gathered))
    refusals.refuse_other_origin(gathered, opened, request.set, registries)
    adopted = next(each for each in gathered if each.asked is not None)
    _refuse_locked(adopted.acquired.name, request, opened)
    return (adopted, *(each for each in gathered if each is not adopted))


def _refuse_locked(name: Name, request: FolderRequest, opened: OpenProject) -> None:
    locked = opened.lock.find(request.set, name)
    if locked is not None:
        message = f"`{locked.id}` is in the project already"
        hint = f"`terra update {name}` moves it to another release, and `--set` takes a copy into another set"
        raise UsageError(message, hint=hint, subjects=(name.text,))


def _moved(
    place: str, gathered: Sequence[Gathered], request: FolderRequest, opened: OpenProject, toolbox: Toolbox
) -> Relocation | None:
    if place == opened.set(request.set).folder_of(gathered[0].acquired.name):
        return None
    from terra.commands.adopt.moving import moved

    return moved(place, gathered, request, opened, toolbox)


def _draft(compared: Beside, adopted: Gathered, moved: Relocation | None, part: Part, opened: OpenProject) -> Draft:
    """Return the change of the project: the folder's own files are known, and the next sync must not bring more."""
    name, version = adopted.acquired.name, adopted.acquired.version
    files = moved.at_new_place(compared.files) if moved else compared.files
    missing = tuple((each, DELETED) for each in sorted(compared.missing))
    fitted = Fitted(PluginChange(name, part.set, None, version, files), (), missing)
    others = tuple(each for each in part.targets if each.name != name)
    return Draft(opened, (replace(part, targets=others, fitted=(fitted,)),), moved.callers if moved else ())


def _warnings(moved: Relocation, here: Path) -> Iterator[str]:
    yield from moved.warnings
    yield from path_warnings({moved.target: here})


def _report(adopted: Gathered, compared: Beside, moved: Relocation | None, changed: ChangeReport) -> FolderReport:
    compared = compared.after(_rewritten(moved)) if moved else compared
    return FolderReport(
        adopted.acquired.name,
        adopted.acquired.version,
        moved.target if moved else compared.folder,
        changed,
        moved_from=moved.place if moved else None,
        equal=compared.having(Action.KEEP, there=True, same=True),
        edited=compared.having(Action.KEEP, there=True),
        missing=compared.missing,
        restored=compared.having(Action.CREATE, there=False),
        foreign=compared.foreign,
        renamed=compared.renamed,
        callers=moved.new_blocks if moved else (),
        left=moved.left if moved else (),
    )


def _rewritten(moved: Relocation) -> dict[str, bytes]:
    """Return the files that move with other bytes than they had, relative to the folder."""
    below = len(moved.target) + 1
    return {each.path[below:]: each.data for each in moved.files if each.data is not None}
