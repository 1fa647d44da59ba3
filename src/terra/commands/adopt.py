"""`terra adopt FOLDER --as NAME@VERSION`: a folder that was copied by hand becomes a plugin, as it stands.

The release is the base, the folder is the user's: what differs is an edit, what is missing was taken away, and what
the release never had stays. A plugin's place is its name below the set's folder, so that a folder elsewhere has to
move, which only `move` allows: then the blocks that call it are rewritten in the same plan.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from terra.commands import naming, opening, recording, refusals
from terra.commands.adopt_rewriting import loosened, path_warnings
from terra.commands.adopt_words import folder_at
from terra.commands.applying import apply_plan, ignored_by_git
from terra.commands.drafting import Draft, draw, part_of
from terra.commands.edits import foreign_in
from terra.commands.gathering import Wish, gather
from terra.commands.registries import Registries
from terra.errors import UsageError
from terra.model.lock import DELETED
from terra.model.plan import Action, Plan, PluginChange
from terra.model.values import replace, value
from terra.vendor.plan import Choice, Sides, paths_of, plan_plugin
from terra.vendor.survey import survey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terra.commands.gathering import Gathered
    from terra.commands.moving import Moved
    from terra.commands.opening import OpenProject
    from terra.commands.toolbox import Toolbox
    from terra.model.name import Name
    from terra.model.plan import Conflict, FileChange
    from terra.model.version import Version
    from terra.vendor.survey import Standing


@value
class AdoptRequest:
    """What `terra adopt` was asked to do with a folder.

    Attributes:
        path: The folder, relative to where the user stands.
        text: `NAME@VERSION`, or a direct source.
        move: Whether it may go to where the set wants it.
        restore: Whether files of the release that it lacks come back.
    """

    path: str
    text: str
    set: str = ""
    registry: str | None = None
    move: bool = False
    restore: bool = False
    dry_run: bool = False
    diff: bool = False


@value
class AdoptReport:
    """What `terra adopt` did with a folder, or with `dry_run` would do.

    Attributes:
        folder: Where it stands afterwards, relative to the project.
        moved_from: Where it stood, where that was elsewhere.
        equal: Files that are the release's, here and below relative to the folder.
        edited: Files that differ from it.
        missing: Files of it that are not there, and stay away.
        restored: Files of it that were not there, and came.
        foreign: Files that it never had.
        callers: Blocks that were rewritten, as `FILE:LINE`.
        left: What of the old folder did not move.
    """

    project: Path
    name: Name
    version: Version
    folder: str
    plan: Plan
    moved_from: str | None = None
    equal: tuple[str, ...] = ()
    edited: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    restored: tuple[str, ...] = ()
    foreign: tuple[str, ...] = ()
    callers: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    dry_run: bool = False
    diff: str | None = None
    warnings: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()


@value
class _Compared:
    """A folder beside a release: what happens to the release's files if it stays where it is."""

    files: tuple[FileChange, ...]
    folder: str
    mine: dict[str, Standing]
    foreign: tuple[str, ...]

    def having(self, action: Action, *, there: bool, same: bool = False) -> tuple[str, ...]:
        """Return the files with an action, that are there or not, and the release's or not."""
        return tuple(
            each.path.removeprefix(f"{self.folder}/")
            for each in self.files
            if each.action is action
            and (each.found is not None) is there
            and (not there or (each.file is not None and each.file.sha256 in self.mine[each.path].same_as) is same)
        )


def adopt(request: AdoptRequest, toolbox: Toolbox) -> AdoptReport:
    """Take a folder into a set as a release that the user edited.

    Raises:
        UsageError: The folder cannot be a plugin, or would have to move.
        ResolveError: There is no such release, or it does not fit what the set has.
        FetchError: Something could not be had.
        IntegrityError: Something is not what it must be.
        ConflictError: Something stands where the folder would have to go.
    """
    with opening.for_writing(toolbox) as opened:
        place = folder_at(request.path, opened, toolbox)
        registries = Registries(opened, toolbox, only=request.registry)
        asked = naming.parse(request.text, workdir=toolbox.workdir, project=opened.folder)
        _refuse_held(asked.name, place, request, opened)
        gathered = gather(Wish((asked,)), opened, request.set, registries, toolbox)
        if asked.explicit and asked.requirement.specifier.is_exact:  # which release it is, not which ones will do
            gathered = tuple(map(loosened, gathered))
        refusals.refuse_moves(gathered, opened, request.set, registries)
        adopted = next(each for each in gathered if each.asked is not None)
        _refuse_held(adopted.acquired.name, place, request, opened)
        target = f"{opened.set(request.set).folder}/{adopted.acquired.name}"
        compared = _compare(place, adopted, request, opened)
        moved = _moved(place, target, request, opened, [each for each in gathered if each is not adopted])
        part = part_of(gathered, opened, request.set, toolbox)
        others = tuple(each for each in part.targets if each.name != adopted.acquired.name)
        dry_run = request.dry_run or request.diff
        drawn = draw(Draft(opened, (replace(part, targets=others),)), Choice.ASK, toolbox, dry_run=dry_run)
        files = moved.at_new_place(compared.files) if moved else compared.files
        change = PluginChange(adopted.acquired.name, request.set, None, adopted.acquired.version, files)
        after = _without_missing(adopted.acquired.name, request, compared, drawn.after)
        documents = (*(moved.callers if moved else ()), *recording.documents(opened, after))
        plan = Plan((change, *drawn.plan.changes), documents)
        report = _report(request, opened, plan, compared, moved)
        warnings = tuple(text for each in gathered for text in each.acquired.warnings)
        if moved:
            warnings += tuple(path_warnings({target: opened.folder / place}))
        report = replace(
            report,
            conflicts=drawn.conflicts,
            warnings=warnings,
            ignored=() if dry_run else ignored_by_git(opened.folder, plan, toolbox),
        )
        if not dry_run:  # the last thing that can fail: what is reported has happened
            apply_plan(opened, plan, toolbox)
        return report


def _refuse_held(name: Name, place: str, request: AdoptRequest, opened: OpenProject) -> None:
    locked = opened.lock.find(request.set, name)
    if locked is not None:
        message = f"`{locked.id}` is in the project already"
        raise UsageError(message, hint=f"`terra update {name}` moves it to another release", subjects=(name.text,))
    for each in opened.lock.plugins:
        folder = f"{opened.set(each.set).folder}/{each.name}"
        if f"{place}/".startswith(f"{folder}/") or folder.startswith(f"{place}/"):
            message = f"`{place}` is not a copy made by hand: `{each.id}` is in `{folder}`"
            raise UsageError(message, hint="`terra list` shows what the project holds", subjects=(place,))


def _compare(place: str, adopted: Gathered, request: AdoptRequest, opened: OpenProject) -> _Compared:
    tree, content = adopted.acquired.cached.tree, adopted.acquired.cached.folder
    mine = survey(opened.folder, paths_of(place, tree))
    line = opened.set(request.set).find(adopted.acquired.name)
    exclude = line.exclude if line else ()
    sides = Sides(adopted.acquired.name, place, tree, tree, content, mine, exclude, restore=request.restore)
    files, conflicts = plan_plugin(sides, Choice.ASK)
    refusals.refuse_conflicts(conflicts)  # a folder where a file is expected, and the like
    foreign = tuple(sorted(foreign_in(opened.folder / place, tree.by_path)))
    return _Compared(files, place, mine, foreign)


def _without_missing(name: Name, request: AdoptRequest, compared: _Compared, after: OpenProject) -> OpenProject:
    """Return the project with the files that stay away recorded, or the next sync would bring them."""
    locked = after.lock.find(request.set, name)
    missing = tuple((each, DELETED) for each in sorted(compared.having(Action.KEEP, there=False)))
    return recording.with_locked((locked,), after, {name: missing}) if locked and missing else after


def _moved(
    place: str, target: str, request: AdoptRequest, opened: OpenProject, others: Sequence[Gathered]
) -> Moved | None:
    if place == target:
        return None
    from terra.commands.moving import moved, refuse_to_move, refuse_to_move_needed

    folder = opened.set(request.set).folder
    needed = {f"{folder}/{each.acquired.name}": f"{each.acquired.name}@{each.acquired.version}" for each in others}
    refuse_to_move_needed(place, needed)
    found = moved(place, target, opened)
    if not request.move:
        refuse_to_move(found, request.path, request.text)
    return found


def _report(
    request: AdoptRequest, opened: OpenProject, plan: Plan, compared: _Compared, moved: Moved | None
) -> AdoptReport:
    change = plan.changes[0]
    assert change.to is not None  # noqa: S101  # a plugin that comes
    edited = {*compared.having(Action.KEEP, there=True), *(moved.rewritten if moved else ())}
    equal = compared.having(Action.KEEP, there=True, same=True)
    return AdoptReport(
        opened.folder,
        change.plugin,
        change.to,
        moved.target if moved else compared.folder,
        plan,
        moved_from=moved.place if moved else None,
        equal=tuple(each for each in equal if each not in edited),
        edited=tuple(sorted(edited - {*compared.foreign})),
        missing=compared.having(Action.KEEP, there=False),
        restored=compared.having(Action.CREATE, there=False),
        foreign=compared.foreign,
        callers=moved.blocks if moved else (),
        left=moved.left if moved else (),
        dry_run=request.dry_run or request.diff,
        diff=_diff(plan, opened) if request.diff else None,
    )


def _diff(plan: Plan, opened: OpenProject) -> str:
    from terra.vendor.difference import diff_of

    return diff_of(plan, opened.folder)
