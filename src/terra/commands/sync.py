"""`terra sync`: make the plugins of a project what its lock says, and the lock what `terra.toml` asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.commands import opening
from terra.commands.departures import Why, departures, redirected, worded
from terra.commands.drafting import Draft, Part
from terra.commands.edits import comparison_of
from terra.commands.gone_sets import leaving_set, notes_of, with_gone_sets
from terra.commands.reports import ChangeReport, commit, prepare
from terra.commands.standing import refuse_without_manifest, sets_of
from terra.commands.targets import target_of_lock
from terra.model.lock import DELETED
from terra.model.plan import Action, Reason
from terra.model.values import replace, value
from terra.vendor.plan import Choice

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from terra.commands.departures import Departure
    from terra.commands.fitting import Target
    from terra.commands.opening import OpenProject
    from terra.commands.toolbox import Toolbox
    from terra.model.lock import LockedPlugin
    from terra.model.name import Name

NOT_IN_SYNC = 7


@value
class SyncRequest:
    """What `terra sync` was asked to do.

    Attributes:
        set: One set only; None for all.
        locked: Whether the lock may not be written.
        check: Whether nothing may be written, and being out of sync is exit 7.
    """

    set: str | None = None
    locked: bool = False
    check: bool = False
    choice: Choice = Choice.ASK
    dry_run: bool = False
    diff: bool = False


def sync(request: SyncRequest, toolbox: Toolbox) -> ChangeReport:
    """Write what is missing, replace what is stale, keep what was edited.

    Raises:
        ResolveError: No set of versions fits what `terra.toml` asks for beyond the lock.
        FetchError: Something could not be had.
        IntegrityError: Something is not what the lock says.
        ConflictError: The locked version moved under an edit.
    """
    with opening.for_change(toolbox, dry_run=request.check or request.dry_run) as found:
        refuse_without_manifest(found)
        names = [request.set] if request.set is not None else sets_of(found)
        pending = {each: departures(found, each, toolbox) for each in names}
        reasons = tuple(worded(departure) for each in names for departure in pending[each])
        is_out_of_date = bool(reasons) and (request.locked or request.check)
        is_compared = request.check or is_out_of_date
        fetch = not is_compared or request.diff or request.choice is not Choice.ASK  # the bytes are looked at
        gone = {each for each in names if found.project.find_set(each) is None}
        opened = with_gone_sets(found, sorted(gone), toolbox)
        if is_out_of_date:
            parts = tuple(
                _stale(opened, each, pending[each], toolbox, fetch=fetch) for each in names if each not in gone
            )
            return _out_of_date(request, Draft(opened, parts), reasons, toolbox)
        parts = tuple(
            leaving_set(opened, each, toolbox)
            if each in gone
            else _part(opened, each, pending[each], toolbox, fetch=fetch)
            for each in names
        )
        of_sets = notes_of(opened, sorted(gone), toolbox)
        prepared = prepare("sync", Draft(opened, parts), request, toolbox)
        report = prepared.report
        notes = (_redirected(each, opened) for part in parts for each in part.locked)
        of_edits = (note for part in parts for target in part.targets for note in _lost(target, opened, report))
        is_stale = request.check and bool(report.plan.writes or report.conflicts)
        report = replace(
            report.warning(*of_edits, *of_sets, *_doubted(report)),
            notes=tuple(notes),
            exit=NOT_IN_SYNC if is_stale else report.exit,
            is_check=request.check,
        )
        commit(prepared, toolbox)
        return report


def _redirected(locked: LockedPlugin, opened: OpenProject) -> str:
    if locked.direct:
        return f"`{locked.id}` is locked as one that terra.toml asks for now"
    others = opened.lock.in_set(locked.set)
    needing = dict.fromkeys(f"`{each.name}`" for each in others for need in each.requires if need.name == locked.name)
    return f"`{locked.id}` stays as one that terra.toml does not ask for: needed by {', '.join(needing)}"


def _lost(target: Target, opened: OpenProject, report: ChangeReport) -> list[str]:
    """Say of which missing files an accepted edit was recorded: terra never had its bytes."""
    folder = opened.set(target.set).folder_of(target.name)
    edited = {f"{folder}/{name}" for name, sha256 in target.accepted if sha256 != DELETED}
    if not edited:
        return []
    changes = [each.files for each in report.plan.changes if (each.plugin, each.set) == (target.name, target.set)]
    missing = [file.path for files in changes for file in files if file.action is Action.CREATE]
    return [
        f"`{path}` comes as it was released: its accepted edit is in your version control, if anywhere"
        for path in missing
        if path in edited
    ]


def _doubted(report: ChangeReport) -> list[str]:
    """Say of what is kept as an edit that it may be another release: without its history git cannot tell which."""
    from terra.commands.git import is_shallow

    files = [file for each in report.plan.changes if each.to is not None for file in each.files]
    kept = [file.path for file in files if file.action is Action.KEEP and file.reason is Reason.EDITED]
    if not kept or not is_shallow(report.project):
        return []
    more = f" and {len(kept) - 1} more" if len(kept) > 1 else ""
    doubt = "a shallow clone does not tell whether another release stands there, `git fetch --unshallow` does"
    return [f"`{kept[0]}`{more} counts as edited: {doubt}"]


def _out_of_date(request: SyncRequest, draft: Draft, reasons: tuple[str, ...], toolbox: Toolbox) -> ChangeReport:
    """Return where the lock is not what `terra.toml` asks for, and where files are not what the lock says."""
    report = prepare("sync", draft, replace(request, dry_run=True), toolbox).report
    of_lock = reasons if request.diff else ()  # a diff has no place for them
    report = report.warning(*of_lock, *_doubted(report))
    return replace(report, notes=reasons, exit=NOT_IN_SYNC, is_check=request.check)


def _stale(opened: OpenProject, set_name: str, pending: Sequence[Departure], toolbox: Toolbox, *, fetch: bool) -> Part:
    unasked = {each.name for each in pending if each.why is Why.UNASKED}  # their files would go, whatever they are
    return Part(set_name, targets=_targets(opened, set_name, unasked, toolbox, fetch=fetch))


def _part(opened: OpenProject, set_name: str, pending: Sequence[Departure], toolbox: Toolbox, *, fetch: bool) -> Part:
    part = _resolved(opened, set_name, pending, toolbox) if pending else Part(set_name)
    has = {*part.gone, *(each.acquired.name for each in part.gathered)}
    targets = _targets(opened, set_name, has, toolbox, fetch=fetch)
    locked = tuple(each for each in redirected(opened, set_name) if each.name not in has)
    dirty = {each.name for each in targets}
    clean = tuple(each.name for each in opened.lock.in_set(set_name) if each.name not in has | dirty)
    return replace(part, targets=(*part.targets, *targets), locked=locked, clean=clean)


def _targets(
    opened: OpenProject, set_name: str, besides: Collection[Name], toolbox: Toolbox, *, fetch: bool
) -> tuple[Target, ...]:
    """Return what makes the plugins of a set but for some what the lock says; without `fetch` only to compare."""
    rest = [each for each in opened.lock.in_set(set_name) if each.name not in besides]
    dirty = [each for each in rest if not comparison_of(each, opened).is_clean]
    if not dirty:
        return ()
    if not fetch:
        return tuple(target_of_lock(each, None, opened, toolbox) for each in dirty)
    from terra.commands.registries import Registries
    from terra.commands.restoring import locked_payloads

    payloads = locked_payloads(dirty, opened, Registries(opened, toolbox), toolbox)
    return tuple(target_of_lock(*pair, opened, toolbox) for pair in zip(dirty, payloads, strict=True))


def _resolved(opened: OpenProject, set_name: str, pending: Sequence[Departure], toolbox: Toolbox) -> Part:
    """Resolve what `terra.toml` asks for beyond the lock; what is locked stays where it can."""
    from terra.commands import gathering, naming, refusals
    from terra.commands.drafting import part_of
    from terra.commands.registries import Registries

    registries = Registries(opened, toolbox)
    asked = tuple(naming.from_line(each.line) for each in pending if each.line is not None and each.line.source)
    moving = frozenset(each.name for each in pending if each.line is not None and each.locked is not None)
    gathered = gathering.gather(gathering.Wish(asked, moving), opened, set_name, registries, toolbox)
    refusals.refuse_other_origin(gathered, opened, set_name, registries)
    refusals.refuse_other_bytes(gathered, opened, set_name)
    # The lines of terra.toml are the user's, who wrote them before this: they stay as they are.
    gathered = tuple(replace(each, asked=None) for each in gathered)
    return part_of(gathered, opened, set_name, toolbox, prune_direct=True)
