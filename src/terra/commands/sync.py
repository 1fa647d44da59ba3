"""`terra sync`: make the plugins of a project what its lock says, and the lock what `terra.toml` asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.commands import opening
from terra.commands.drafting import Draft, Part, unneeded
from terra.commands.edits import comparison_of
from terra.commands.gone_sets import leaving_set, left_of, with_gone_sets
from terra.commands.reports import ChangeReport, done
from terra.commands.standing import departing, departures, redirected, refuse_without_manifest, sets_of
from terra.model.lock import DELETED
from terra.model.plan import Action, Reason
from terra.model.values import replace, value
from terra.vendor.plan import Choice

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

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
        reasons = tuple(reason for each in names for reason in pending[each])
        gone = {each for each in names if found.project.find_set(each) is None}
        opened = with_gone_sets(found, sorted(gone), toolbox)
        if reasons and (request.locked or request.check):
            return _out_of_date(request, opened, [each for each in names if each not in gone], reasons, toolbox)
        parts = tuple(
            leaving_set(opened, each) if each in gone else _part(request, opened, each, toolbox, pending=pending[each])
            for each in names
        )
        of_sets = [note for each in sorted(gone) if (note := left_of(opened, each))]  # as it is before they go
        report = done("sync", Draft(opened, parts), request.choice, toolbox, dry_run=request.dry_run, diff=request.diff)
        notes = (_redirected(each, opened) for part in parts for each in part.locked)
        of_releases = (warning for part in parts for each in part.gathered for warning in each.acquired.warnings)
        of_edits = (note for part in parts for target in part.targets for note in _lost(target, report))
        is_stale = request.check and bool(report.plan.writes or report.conflicts)
        return replace(
            report,
            notes=tuple(notes),
            warnings=(*report.warnings, *of_releases, *of_edits, *of_sets, *_doubted(report)),
            exit=NOT_IN_SYNC if is_stale else report.exit,
            is_check=request.check,
        )


def _redirected(locked: LockedPlugin, opened: OpenProject) -> str:
    if locked.direct:
        return f"`{locked.id}` is locked as one that terra.toml asks for now"
    others = opened.lock.in_set(locked.set)
    needing = dict.fromkeys(f"`{each.name}`" for each in others for need in each.requires if need.name == locked.name)
    return f"`{locked.id}` stays as one that terra.toml does not ask for: needed by {', '.join(needing)}"


def _lost(target: Target, report: ChangeReport) -> list[str]:
    """Say of which missing files an accepted edit was recorded: terra never had its bytes."""
    edited = {name for name, sha256 in target.accepted if sha256 != DELETED}
    if not edited:
        return []
    changes = [each.files for each in report.plan.changes if (each.plugin, each.set) == (target.name, target.set)]
    missing = [file.path for files in changes for file in files if file.action is Action.CREATE]
    return [
        f"`{path}` comes as it was released: its accepted edit is in your version control, if anywhere"
        for path in missing
        if any(path.endswith(f"/{target.name}/{name}") for name in edited)
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


def _out_of_date(
    request: SyncRequest, opened: OpenProject, names: Sequence[str], reasons: tuple[str, ...], toolbox: Toolbox
) -> ChangeReport:
    """Return where the lock is not what `terra.toml` asks for, and where files are not what the lock says."""
    parts = []
    for each in names:
        asked = {line.name for line in opened.set(each).plugins}
        unasked = {one.name for one in unneeded(opened.lock, each, asked)}  # their files would go, whatever they are
        targets = _targets(request, opened, each, unasked, toolbox, is_compared=True)
        parts.append(Part(each, targets=targets))
    report = done("sync", Draft(opened, tuple(parts)), request.choice, toolbox, dry_run=True, diff=request.diff)
    of_lock = reasons if request.diff else ()  # a diff has no place for them
    warnings = (*report.warnings, *of_lock, *_doubted(report))
    return replace(report, notes=reasons, warnings=warnings, exit=NOT_IN_SYNC, is_check=request.check)


def _part(
    request: SyncRequest, opened: OpenProject, set_name: str, toolbox: Toolbox, *, pending: Sequence[str]
) -> Part:
    part = _resolved(opened, set_name, toolbox) if pending else Part(set_name)
    has = {*part.gone, *(each.acquired.name for each in part.gathered)}
    targets = _targets(request, opened, set_name, has, toolbox, is_compared=request.check)
    locked = tuple(each for each in redirected(opened, set_name) if each.name not in has)
    return replace(part, targets=(*part.targets, *targets), locked=locked)


def _targets(  # noqa: PLR0913  # a set but for some plugins, and how its files are looked at
    request: SyncRequest,
    opened: OpenProject,
    set_name: str,
    besides: Collection[Name],
    toolbox: Toolbox,
    *,
    is_compared: bool,
) -> tuple[Target, ...]:
    """Return what makes plugins what the lock says; nothing is fetched where files are only compared."""
    rest = [each for each in opened.lock.in_set(set_name) if each.name not in besides]
    dirty = [each for each in rest if not comparison_of(each, opened).is_clean]
    if not dirty:
        return ()
    from terra.commands.standing import target_of_lock

    if is_compared and request.choice is Choice.ASK and not request.diff:
        return tuple(target_of_lock(each, None, opened, toolbox) for each in dirty)
    from terra.commands.registries import Registries
    from terra.commands.restoring import locked_payloads

    payloads = locked_payloads(dirty, opened, Registries(opened, toolbox), toolbox)
    pairs = zip(dirty, payloads, strict=True)
    return tuple(target_of_lock(each, payload.folder, opened, toolbox) for each, payload in pairs)


def _resolved(opened: OpenProject, set_name: str, toolbox: Toolbox) -> Part:
    """Resolve what `terra.toml` asks for beyond the lock; what is locked stays where it can."""
    from terra.commands import gathering, naming, refusals
    from terra.commands.drafting import part_of
    from terra.commands.registries import Registries

    registries = Registries(opened, toolbox)
    names = departing(opened, set_name, toolbox)
    asked = tuple(naming.from_line(each) for each in opened.set(set_name).plugins if each.source and each.name in names)
    moving = frozenset(each for each in names if opened.lock.find(set_name, each) is not None)
    gathered = gathering.gather(gathering.Wish(asked, moving), opened, set_name, registries, toolbox)
    refusals.refuse_other_origin(gathered, opened, set_name, registries)
    refusals.refuse_other_bytes(gathered, opened, set_name)
    # The lines of terra.toml are the user's, who wrote them before this: they stay as they are.
    gathered = tuple(replace(each, asked=None) for each in gathered)
    return part_of(gathered, opened, set_name, toolbox, prune_direct=True)
