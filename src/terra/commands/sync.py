"""`terra sync`: make the plugins of a project what its lock says, and the lock what `terra.toml` asks for."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from terra.commands import opening
from terra.commands.drafting import Draft, Part
from terra.commands.reports import ChangeReport, done
from terra.commands.standing import departing, departures, is_clean, refuse_without_manifest
from terra.model.lock import DELETED
from terra.model.plan import Action, Plan
from terra.model.values import replace, value
from terra.vendor.plan import Choice

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from terra.commands.fitting import Target
    from terra.commands.opening import OpenProject
    from terra.commands.toolbox import Toolbox
    from terra.model.lock import LockedPlugin

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
    with _opened(request, toolbox) as opened:
        refuse_without_manifest(opened)
        names = [request.set] if request.set is not None else [each.name for each in opened.project.every_set]
        pending = {each: departures(opened, each, toolbox) for each in names}
        reasons = tuple(reason for each in names for reason in pending[each])
        if reasons and (request.locked or request.check):
            return _out_of_date(request, opened, reasons)
        parts = tuple(_part(request, opened, each, toolbox, is_pending=bool(pending[each])) for each in names)
        report = done("sync", Draft(opened, parts), request.choice, toolbox, dry_run=request.dry_run, diff=request.diff)
        warnings = tuple(warning for part in parts for each in part.gathered for warning in each.acquired.warnings)
        notes = tuple(note for part in parts for target in part.targets for note in _lost(target, report))
        is_stale = request.check and bool(report.plan.writes or report.conflicts)
        warnings = (*warnings, *notes)
        return replace(report, warnings=warnings, exit=NOT_IN_SYNC if is_stale else 0, is_check=request.check)


def _lost(target: Target, report: ChangeReport) -> list[str]:
    """Say of which missing files an accepted edit was recorded: terra never had its bytes."""
    edited = {name for name, sha256 in target.accepted if sha256 != DELETED}
    changes = [each.files for each in report.plan.changes if (each.plugin, each.set) == (target.name, target.set)]
    missing = [file.path for files in changes for file in files if file.action is Action.CREATE]
    return [
        f"`{path}` comes as it was released: its accepted edit is in your version control, if anywhere"
        for path in missing
        if any(path.endswith(f"/{target.name}/{name}") for name in edited)
    ]


@contextmanager
def _opened(request: SyncRequest, toolbox: Toolbox) -> Iterator[OpenProject]:
    if request.check:  # nothing is written, so nothing has to be held: the project may be read-only
        yield opening.for_reading(toolbox)
        return
    with opening.for_writing(toolbox) as opened:
        yield opened


def _out_of_date(request: SyncRequest, opened: OpenProject, reasons: tuple[str, ...]) -> ChangeReport:
    return ChangeReport(
        "sync", opened.folder, Plan(), dry_run=True, notes=reasons, exit=NOT_IN_SYNC, is_check=request.check
    )


def _part(request: SyncRequest, opened: OpenProject, set_name: str, toolbox: Toolbox, *, is_pending: bool) -> Part:
    part = _resolved(opened, set_name, toolbox) if is_pending else Part(set_name)
    done_already = {*part.gone, *(each.acquired.name for each in part.gathered)}
    rest = [each for each in opened.lock.in_set(set_name) if each.name not in done_already]
    dirty = [each for each in rest if not is_clean(each, opened)]
    if not dirty:
        return part
    compared = request.check and request.choice is Choice.ASK and not request.diff
    return replace(part, targets=(*part.targets, *_targets(dirty, opened, toolbox, compared=compared)))


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
    refusals.refuse_moves(gathered, opened, set_name, registries)
    refusals.refuse_other_bytes(gathered, opened, set_name)
    # The lines of terra.toml are the user's, who wrote them before this: they stay as they are.
    gathered = tuple(replace(each, asked=None) for each in gathered)
    return part_of(gathered, opened, set_name, toolbox, prune_direct=True)


def _targets(dirty: Sequence[LockedPlugin], opened: OpenProject, toolbox: Toolbox, *, compared: bool) -> list[Target]:
    """Return what makes plugins what the lock says; nothing is fetched where files are only compared."""
    from terra.commands.standing import target_of_lock

    if compared:
        return [target_of_lock(each, None, opened, toolbox) for each in dirty]
    from terra.commands.registries import Registries
    from terra.commands.restoring import locked_payloads

    registries = Registries(opened, toolbox)
    payloads = locked_payloads(dirty, opened, registries, toolbox)
    return [
        target_of_lock(each, payload.folder, opened, toolbox) for each, payload in zip(dirty, payloads, strict=True)
    ]
