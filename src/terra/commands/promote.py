"""`terra promote`: one set gets exactly what another has locked, so that what was tried is what is used."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from terra.commands import opening
from terra.commands.ancestry import ancestor_of
from terra.commands.bases import ancestor_folder
from terra.commands.callers import refuse_called
from terra.commands.drafting import Draft, Part, unneeded
from terra.commands.edits import locked_names
from terra.commands.fitting import Target, leaving
from terra.commands.opening import DEFAULT, set_called
from terra.commands.registries import Registries
from terra.commands.reports import done
from terra.errors import IntegrityError, ResolveError, UsageError
from terra.model.name import Name
from terra.model.project import Wanted
from terra.model.requirement import Specifier
from terra.model.values import replace, value
from terra.vendor.plan import Choice

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from terra.commands.opening import OpenProject
    from terra.commands.reports import ChangeReport
    from terra.commands.toolbox import Toolbox
    from terra.model.lock import LockedPlugin
    from terra.model.stages import Cached

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


@value
class _Step:
    """What moves: the releases as one set has them locked, to the set `to`."""

    opened: OpenProject
    from_: str
    to: str
    plugins: tuple[LockedPlugin, ...]

    @property
    def names(self) -> frozenset[Name]:
        return frozenset(each.name for each in self.plugins)

    def held(self, name: Name) -> LockedPlugin | None:
        """Return what the set that gets it has locked."""
        return self.opened.lock.find(self.to, name)


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
    with opening.for_writing(toolbox) as opened:
        step = _step(request, opened)
        registries = Registries(opened, toolbox)
        if not request.allow_registry_change:
            _refuse_moves(step, registries)
        lines = _lines(step)
        gone = _gone(step, lines, prune=request.prune)
        _refuse_unfit(step, {each.name for each in gone})
        if request.prune:
            refuse_called(gone, opened, _STILL_CALLED)
        part = _part(step, lines, gone, registries, toolbox, prune=request.prune)
        report = done("promote", Draft(opened, (part,)), request.choice, toolbox, **_how(request))
        return replace(report, warnings=_unlocked(step, request.names))


def _how(request: PromoteRequest) -> dict[str, bool]:
    return {"dry_run": request.dry_run, "diff": request.diff}


def _step(request: PromoteRequest, opened: OpenProject) -> _Step:
    from_, to = (opened.set(set_called(each, opened.project)).name for each in (request.from_, request.to))
    if from_ == to:
        message = f"`{request.from_}` and `{request.to}` are one set"
        raise UsageError(message, hint=f"the default set is called `{DEFAULT}` here", subjects=(request.to,))
    if request.prune and request.names:
        message = "`--prune` and names do not go together: it takes away what is not named"
        raise UsageError(message, hint="`terra remove NAME` takes away one plugin")
    locked = opened.lock.in_set(from_)
    names = locked_names(opened, request.names, from_)
    left = {each.name for each in unneeded(opened.lock, from_, names)} if names else set()
    return _Step(opened, from_, to, tuple(each for each in locked if each.name not in left))


def _refuse_moves(step: _Step, registries: Registries) -> None:
    """Stop where a name that the set has locked would come from another registry."""

    def place(locked: LockedPlugin) -> str | None:
        if locked.registry is None:
            return None
        return registries.resolve(locked.registry, step.opened.folder).location

    for each in step.plugins:
        held = step.held(each.name)
        if held is not None and held.registry != each.registry and place(held) != place(each):
            was, now = held.registry or held.source, each.registry or each.source
            message = f"`{each.name}` is locked from `{was}`, and would come from `{now}`"
            hint = "if that is meant, say `--allow-registry-change`"
            raise IntegrityError(message, hint=hint, subjects=(each.name.text,))


def _lines(step: _Step) -> dict[Name, Wanted]:
    """Return the lines that the set has in `terra.toml` afterwards of what it gets."""
    theirs, ours = step.opened.set(step.from_), step.opened.set(step.to)
    found = {each.name: _line(each, theirs.find(each.name), ours.find(each.name)) for each in step.plugins}
    return {name: line for name, line in found.items() if line is not None}


def _line(locked: LockedPlugin, theirs: Wanted | None, ours: Wanted | None) -> Wanted | None:
    """Return a line that allows the locked release; None for a plugin that neither set asks for itself."""
    if theirs is None and ours is None:
        return None
    exclude = ours.exclude if ours is not None else theirs.exclude if theirs is not None else ()
    if theirs is not None and theirs.source is not None:
        return replace(theirs, exclude=exclude)
    present = theirs if ours is None or ours.source is not None else ours
    specifier = present.specifier if present is not None else Specifier.compatible_with(locked.version)
    if not specifier.allows(locked.version, prereleases=True):
        specifier = specifier.moved_to(locked.version)
    registry = theirs.registry if theirs is not None else present.registry if present is not None else None
    return Wanted(locked.name, specifier, registry, exclude=exclude)


def _gone(step: _Step, lines: Collection[Name], *, prune: bool) -> tuple[LockedPlugin, ...]:
    """Return what leaves the set: what nothing needs any more, and with `prune` what only it has."""
    opened = step.opened
    moved = opened.lock.with_(tuple(replace(each, set=step.to) for each in step.plugins))
    roots = {line.name for line in opened.set(step.to).plugins if not prune or line.name in step.names} | {*lines}
    left = {each.name for each in unneeded(moved, step.to, roots)}
    return tuple(
        each
        for each in opened.lock.in_set(step.to)
        if each.name not in step.names and (prune or (not each.direct and each.name in left))
    )


def _refuse_unfit(step: _Step, gone: Collection[Name]) -> None:
    """Stop where a plugin that stays and one that comes do not go together."""
    staying = [each for each in step.opened.lock.in_set(step.to) if each.name not in step.names | {*gone}]
    after = {each.name: each for each in (*staying, *step.plugins)}
    for each in after.values():
        clash = next((name for name in after if name.clashes_with(each.name)), None)
        if clash is not None:
            message = f"`{each.name}` and `{clash}` cannot stand in one set: one is a folder of the other"
            raise ResolveError(message, hint="promote into a set that has neither", subjects=(each.name.text,))
        for need in each.requires:
            other = after.get(need.name)
            if other is not None and need.specifier.allows(other.version, prereleases=True):
                continue
            if each.name in step.names or need.name in step.names:
                there = f"which would be {other.version}" if other else "which is not locked"
                message = f"`{each.id}` needs `{need}`, {there}"
                hint = f"promote `{each.name if other else need.name}` too, or update it there first"
                raise ResolveError(message, hint=hint, subjects=(each.name.text, need.name.text))


def _part(  # noqa: PLR0913  # what comes and what goes, and where from
    step: _Step,
    lines: dict[Name, Wanted],
    gone: Sequence[LockedPlugin],
    registries: Registries,
    toolbox: Toolbox,
    *,
    prune: bool,
) -> Part:
    from terra.commands.restoring import locked_payloads

    opened, present = step.opened, step.opened.set(step.to)
    payloads = locked_payloads(step.plugins, opened, registries, toolbox)
    _check_together(step, payloads, {each.name for each in gone}, toolbox)
    targets = [_target(each, payload, step, toolbox) for each, payload in zip(step.plugins, payloads, strict=True)]
    left = [line.name for line in present.plugins if prune and line.name not in step.names]
    return Part(
        step.to,
        targets=(*targets, *(leaving(each) for each in gone)),
        gone=tuple(dict.fromkeys([*(each.name for each in gone), *left])),
        lines=tuple(line for line in lines.values() if line != present.find(line.name)),
        locked=tuple(_as_locked(each, step, is_direct=each.name in lines) for each in step.plugins),
    )


def _target(locked: LockedPlugin, payload: Cached, step: _Step, toolbox: Toolbox) -> Target:
    held = step.held(locked.name)
    before = ancestor_of(held, step.opened, toolbox, coming=locked.tree) if held else None
    return Target(
        name=locked.name,
        set=step.to,
        from_=before.version if before else None,
        to=locked.version,
        base=before.tree if before else None,
        theirs=locked.tree,
        content=payload.folder,
        ancestor=partial(ancestor_folder, before, step.opened, toolbox) if before else lambda: None,
        restore=before is None or before.tree == locked.tree,
        accepted=held.edited if held else (),
        locked=held.tree if held else None,
    )


def _as_locked(locked: LockedPlugin, step: _Step, *, is_direct: bool) -> LockedPlugin:
    held = step.held(locked.name)
    return replace(locked, set=step.to, direct=is_direct, edited=(), edit_reason=held.edit_reason if held else None)


def _check_together(step: _Step, payloads: Sequence[Cached], gone: Collection[Name], toolbox: Toolbox) -> None:
    """Refuse what calls a folder of another plugin that the release there does not have."""
    from terra.commands.siblings import Standing, check_together

    standing = [
        Standing(each.name, each.version, each.tree, each.requires, payload.folder, is_new=_moves(each, step))
        for each, payload in zip(step.plugins, payloads, strict=True)
    ]
    held = [each for each in step.opened.lock.in_set(step.to) if each.name not in step.names | {*gone}]
    check_together([*standing, *(Standing.of(None, each) for each in held)], step.opened, step.to, toolbox)


def _moves(locked: LockedPlugin, step: _Step) -> bool:
    held = step.held(locked.name)
    return held is None or held.tree != locked.tree


def _unlocked(step: _Step, names: Sequence[str]) -> tuple[str, ...]:
    lines = [line.name for line in step.opened.set(step.from_).plugins]
    missing = [each for each in lines if step.opened.lock.find(step.from_, each) is None and not names]
    return tuple(f"`{name}` is asked for in the set `{step.from_ or DEFAULT}`, and not locked" for name in missing)
