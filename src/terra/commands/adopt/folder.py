"""`terra adopt FOLDER --as NAME@VERSION`: a folder that was copied by hand becomes a plugin, as it stands.

The release is the base, the folder is the user's: what differs is an edit, what is missing was taken away, and what
the release never had stays. A plugin's place is its name below the set's folder, so that a folder elsewhere has to
move, which only `move` allows: then the blocks that call it are rewritten in the same plan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.commands import naming, opening, refusals
from terra.commands.adopt.beside import beside
from terra.commands.adopt.given import command, folder_at, refuse_plugin
from terra.commands.adopt.rewriting import loosened, path_warnings
from terra.commands.drafting import Draft, part_of
from terra.commands.fitting import Fitted
from terra.commands.gathering import Wish, gather
from terra.commands.git import ignored
from terra.commands.registries import Registries
from terra.commands.reports import done
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
    with opening.for_writing(toolbox) as opened:
        place = folder_at(request.path, opened, toolbox)
        gathered = _gathered(place, request, opened, toolbox)
        adopted, others = gathered[0], gathered[1:]
        line = opened.set(request.set).find(adopted.acquired.name)
        exclude = line.exclude if line else ()
        compared = beside(place, adopted.acquired, exclude, opened.folder, restore=request.restore)
        moved = _relocation(place, adopted, others, request, opened)
        draft = _draft(compared, adopted, moved, part_of(gathered, opened, request.set, toolbox), opened)
        warnings = tuple(_warnings(gathered, moved, opened.folder / place))
        unseen = () if request.dry_run or moved else _ignored(compared, opened, toolbox)
        changed = done("adopt", draft, request.choice, toolbox, dry_run=request.dry_run, diff=request.diff)
        changed = replace(changed, warnings=warnings, ignored=(*unseen, *changed.ignored))
        return _report(adopted, compared, moved, changed)


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
        raise UsageError(message, hint=f"`terra update {name}` moves it to another release", subjects=(name.text,))


def _relocation(
    place: str, adopted: Gathered, others: Sequence[Gathered], request: FolderRequest, opened: OpenProject
) -> Relocation | None:
    folder = opened.set(request.set).folder
    target = f"{folder}/{adopted.acquired.name}"
    if place == target:
        return None
    from terra.commands.adopt.immovable import refuse_to_move_needed
    from terra.commands.adopt.relocation import refuse_to_move, relocation

    needed = {f"{folder}/{each.acquired.name}": f"{each.acquired.name}@{each.acquired.version}" for each in others}
    refuse_to_move_needed(place, needed)
    found = relocation(place, target, opened)
    if not request.move:
        words = ("--as", request.text, "--move")
        refuse_to_move(found, command(request.path, *words, set_name=request.set, registry=request.registry))
    return found


def _draft(compared: Beside, adopted: Gathered, moved: Relocation | None, part: Part, opened: OpenProject) -> Draft:
    """Return the change of the project: the folder's own files are known, and the next sync must not bring more."""
    name, version = adopted.acquired.name, adopted.acquired.version
    files = moved.at_new_place(compared.files) if moved else compared.files
    missing = tuple((each, DELETED) for each in sorted(compared.missing))
    fitted = Fitted(PluginChange(name, part.set, None, version, files), (), missing)
    others = tuple(each for each in part.targets if each.name != name)
    return Draft(opened, (replace(part, targets=others, fitted=(fitted,)),), moved.callers if moved else ())


def _warnings(gathered: Sequence[Gathered], moved: Relocation | None, here: Path) -> Iterator[str]:
    yield from (text for each in gathered for text in each.acquired.warnings)
    if moved:
        yield from moved.warnings
        yield from path_warnings({moved.target: here})


def _ignored(compared: Beside, opened: OpenProject, toolbox: Toolbox) -> tuple[str, ...]:
    """Return the files that stand where they stay, and that git would not commit."""
    standing = [each.path for each in compared.files if each.action is Action.KEEP and each.found is not None]
    return ignored(opened.folder, standing, toolbox)


def _report(adopted: Gathered, compared: Beside, moved: Relocation | None, changed: ChangeReport) -> FolderReport:
    edited = {*compared.having(Action.KEEP, there=True), *(moved.rewritten if moved else ())}
    equal = compared.having(Action.KEEP, there=True, same=True)
    return FolderReport(
        adopted.acquired.name,
        adopted.acquired.version,
        moved.target if moved else compared.folder,
        changed,
        moved_from=moved.place if moved else None,
        equal=tuple(each for each in equal if each not in edited),
        edited=tuple(sorted(edited - {*compared.foreign})),
        missing=compared.missing,
        restored=compared.having(Action.CREATE, there=False),
        foreign=compared.foreign,
        renamed=compared.renamed,
        callers=moved.blocks if moved else (),
        left=moved.left if moved else (),
    )
