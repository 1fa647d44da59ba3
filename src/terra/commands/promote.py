"""`terra promote`: one set gets exactly what another has locked, so that what was tried is what is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.commands import opening
from terra.commands.callers import refuse_called
from terra.commands.drafting import Draft, Part
from terra.commands.edits import locked_names
from terra.commands.opening import DEFAULT, set_called
from terra.commands.promote_refusals import refuse_missing_folders, refuse_other_origins, refuse_unfit
from terra.commands.promotion import Promotion, gone_of, lines_of
from terra.commands.registries import Registries
from terra.commands.reports import commit, prepare
from terra.commands.standing import refuse_without_manifest
from terra.commands.targets import Coming, leaving, target_of
from terra.errors import UsageError
from terra.model.values import value
from terra.vendor.plan import Choice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terra.commands.opening import OpenProject
    from terra.commands.reports import ChangeReport
    from terra.commands.toolbox import Toolbox
    from terra.model.lock import LockedPlugin
    from terra.model.name import Name
    from terra.model.project import Wanted

_STILL_CALLED = "take those blocks out first, or promote without `--prune`"


@value
class PromoteRequest:
    """What `terra promote` was asked to do.

    Attributes:
        from_: The set whose locked releases are taken.
        to: The set that gets them.
        names: The plugins, with what they need; everything where there are none.
        prune: Whether plugins go that only `to` has.
    """

    from_: str
    to: str
    names: tuple[str, ...] = ()
    prune: bool = False
    choice: Choice = Choice.ASK
    dry_run: bool = False
    diff: bool = False
    allow_registry_change: bool = False


def promote(request: PromoteRequest, toolbox: Toolbox) -> ChangeReport:
    """Give a set the releases that another has locked: same trees, sources, registries; not the edits.

    Raises:
        UsageError: There is no such set, or both are one.
        UnknownPluginError: A name is not locked there.
        ResolveError: What the set has beside them does not go with them.
        FetchError: A release could not be had.
        IntegrityError: A release is not what the lock says, or a name would come from another registry.
        ConflictError: Bytes that the user wrote would be lost, or what is to go is still called.
    """
    with opening.for_change(toolbox, dry_run=request.dry_run) as opened:
        refuse_without_manifest(opened)
        promotion = _promotion(request, opened)
        registries = Registries(opened, toolbox)
        if not request.allow_registry_change:
            refuse_other_origins(promotion, registries)
        lines = lines_of(promotion)
        gone = gone_of(promotion, lines, prune=request.prune)
        refuse_unfit(promotion, {each.name for each in gone})
        if request.prune:
            refuse_called(gone, opened, _STILL_CALLED)
        part = _part(promotion, lines, gone, registries, toolbox, prune=request.prune)
        prepared = prepare("promote", Draft(opened, (part,)), request, toolbox)
        report = prepared.report.warning(*_unlocked(promotion, request.names))
        commit(prepared, toolbox)
        return report


def _promotion(request: PromoteRequest, opened: OpenProject) -> Promotion:
    from_, to = (opened.set(set_called(each, opened.project)).name for each in (request.from_, request.to))
    if from_ == to:
        message = f"`{request.from_}` and `{request.to}` are one set"
        raise UsageError(message, hint=f"the default set is called `{DEFAULT}` here", subjects=(request.to,))
    if request.prune and request.names:
        message = "`--prune` and names do not go together: it takes away what is not named"
        raise UsageError(message, hint="`terra remove NAME` takes away one plugin")
    names = locked_names(opened, request.names, from_)
    left = {each.name for each in opened.lock.unneeded(from_, names)} if names else set()
    return Promotion(opened, from_, to, tuple(each for each in opened.lock.in_set(from_) if each.name not in left))


def _part(  # noqa: PLR0913  # what comes and what goes, and where from
    promotion: Promotion,
    lines: dict[Name, Wanted],
    gone: Sequence[LockedPlugin],
    registries: Registries,
    toolbox: Toolbox,
    *,
    prune: bool,
) -> Part:
    from terra.commands.restoring import locked_payloads

    plugins, present = promotion.plugins, promotion.opened.set(promotion.to)
    payloads = locked_payloads(plugins, promotion.opened, registries, toolbox)
    refuse_missing_folders(promotion, payloads, {each.name for each in gone}, toolbox)
    coming = [Coming.locked(*pair, promotion.to) for pair in zip(plugins, payloads, strict=True)]
    targets = [target_of(each, promotion.opened, toolbox) for each in coming]
    left = [line.name for line in present.plugins if prune and line.name not in promotion.names]
    return Part(
        promotion.to,
        targets=(*targets, *(leaving(each) for each in gone)),
        gone=tuple(dict.fromkeys([*(each.name for each in gone), *left])),
        lines=tuple(line for line in lines.values() if line != present.find(line.name)),
        locked=tuple(promotion.locked(each, is_direct=each.name in lines) for each in plugins),
    )


def _unlocked(promotion: Promotion, names: Sequence[str]) -> tuple[str, ...]:
    lines = [] if names else [line.name for line in promotion.opened.set(promotion.from_).plugins]
    missing = [each for each in lines if promotion.opened.lock.find(promotion.from_, each) is None]
    where = promotion.from_ or DEFAULT
    return tuple(f"`{name}` is asked for in the set `{where}`, and not locked" for name in missing)
