"""Plan: fit proven payloads into the project, or take plugins out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.errors import UnsafeTargetError
from terra.model.lock import DELETED
from terra.model.name import Name
from terra.model.plan import Action, Conflict, PluginChange
from terra.model.tree import Tree
from terra.model.values import field, replace, value
from terra.model.version import UNVERSIONED, Version
from terra.vendor.plan import Choice, Settled, Sides, is_contested, paths_of, plan_plugin
from terra.vendor.survey import survey

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from terra.commands.opening import OpenProject
    from terra.vendor.survey import Standing

NOTHING = Tree(())


@value
class Target:
    """What is to stand of one plugin of a set, and what stood there.

    Attributes:
        from_: The version that was there; None for a plugin that was not.
        base: What terra wrote last time; None for a plugin that is not locked.
        theirs: What is to stand; `NOTHING` for a plugin that goes.
        content: The folder that holds the bytes of `theirs`; None where there are none, or files are only compared.
        ancestor: Returns the folder that holds the bytes of `base`, or None; called only to merge.
        restore: Whether a file that the user deleted comes back.
        accepted: What `terra accept` recorded, by path.
        locked: What the lock says, which need not be what stands there.
    """

    name: Name
    set: str
    from_: Version | None
    to: Version | None
    base: Tree | None
    theirs: Tree
    content: Path | None
    ancestor: Callable[[], Path | None] = field(default_factory=lambda: lambda: None, repr=False)
    restore: bool = True
    accepted: tuple[tuple[str, str], ...] = ()
    locked: Tree | None = None


@value
class Fitted:
    """What happens to one plugin, what stops it, and which accepted edits are still there then."""

    change: PluginChange
    conflicts: tuple[Conflict, ...]
    accepted: tuple[tuple[str, str], ...] = ()


def fit(targets: Sequence[Target], opened: OpenProject, choice: Choice) -> tuple[Fitted, ...]:
    """Return everything that reaching the targets means, in their order.

    Raises:
        UnsafeTargetError: A file would be written through a link, or in place of one.
        ConflictError: A file changed while it was read.
    """
    found = tuple(_fit_one(each, opened, choice) for each in targets)
    _refuse_links([conflict for each in found for conflict in each.conflicts])
    return found


def fit_answered(
    targets: Sequence[Target], opened: OpenProject, choice: Choice, paths: Collection[str]
) -> tuple[Fitted, ...]:
    """Return what `fit` says unasked, but for the files that the user was asked about, of which `choice` decides.

    Args:
        targets: What is to be reached.
        opened: The project.
        choice: The answer.
        paths: The files of the question; what conflicts only now is not settled by it.

    Raises:
        UnsafeTargetError: A file would be written through a link, or in place of one.
        ConflictError: A file changed while it was read.
    """
    pairs = zip(fit(targets, opened, Choice.ASK), fit(targets, opened, choice), strict=True)
    return tuple(_answered(unasked, answered, paths) for unasked, answered in pairs)


def _answered(unasked: Fitted, answered: Fitted, paths: Collection[str]) -> Fitted:
    if not any(each.path in paths for each in unasked.conflicts):
        return unasked
    left = tuple(each for each in unasked.conflicts if each.path not in paths)
    # What belongs to a file in conflict, as the other name of one that was renamed, is in neither list.
    decided = {*(each.path for each in unasked.change.files), *(each.path for each in left)}
    taken = [each for each in answered.change.files if each.path not in decided]
    theirs = {each.path for each in taken}
    accepted = sorted(
        (path, edit)
        for fitted, is_taken in ((unasked, False), (answered, True))
        for path, edit in zip(fitted.change.accepted, fitted.accepted, strict=True)
        if (path in theirs) is is_taken
    )
    files = tuple(sorted((*unasked.change.files, *taken), key=lambda each: each.path))
    change = replace(unasked.change, files=files, accepted=tuple(path for path, _ in accepted))
    return Fitted(change, left, tuple(edit for _, edit in accepted))


def _fit_one(target: Target, opened: OpenProject, choice: Choice) -> Fitted:
    plugins = opened.set(target.set)
    folder, line = plugins.folder_of(target.name), plugins.find(target.name)
    mine = survey(opened.folder, paths_of(folder, target.base, target.theirs))
    sides = Sides(
        name=target.name,
        folder=folder,
        base=target.base,
        theirs=target.theirs,
        content=target.content,
        mine=mine,
        exclude=line.exclude if line else (),
        restore=target.restore,
        accepted=dict(target.accepted),
        kept=_kept(target, folder, mine),
    )
    files, conflicts = plan_plugin(sides, choice)
    settled = Settled(files, conflicts)
    if target.theirs.files and choice not in (Choice.OVERWRITE, Choice.SKIP):
        settled = _merged(sides, settled, choice, target, opened.folder)
    accepted = _still_accepted(sides, settled)
    paths = tuple(f"{folder}/{name}" for name, _ in accepted)
    change = PluginChange(target.name, target.set, target.from_, target.to, settled.changes, paths)
    stopped = tuple(replace(each, from_=target.from_, to=target.to) for each in settled.conflicts)
    return Fitted(change, stopped, accepted)


def _kept(target: Target, folder: str, mine: Mapping[str, Standing]) -> frozenset[str]:
    """Return the paths whose bytes are an accepted edit; one of a file's mode alone has the lock's bytes."""
    released = target.locked.by_path if target.locked else {}
    return frozenset(
        path
        for path, sha256 in target.accepted
        if (standing := mine.get(f"{folder}/{path}")) is not None
        and sha256 in standing.same_as
        and (path not in released or released[path].sha256 != sha256)
    )


def _merged(sides: Sides, planned: Settled, choice: Choice, target: Target, project: Path) -> Settled:
    """Merge what can be merged; most plans have nothing of that, and then nothing is imported for it."""
    if target.content is None or not is_contested(planned.changes, planned.conflicts):
        return planned
    from terra.vendor.merging import Texts, needs_base, settle

    files, conflicts = planned.changes, planned.conflicts
    base = target.ancestor() if needs_base(sides, files, conflicts) else None
    version = "" if target.to in (None, UNVERSIONED) else f" {target.to}"
    return settle(sides, files, conflicts, choice, Texts(project, base, target.content, f"{target.name}{version}"))


def _still_accepted(sides: Sides, settled: Settled) -> tuple[tuple[str, str], ...]:
    """Return the accepted edits that survive: of files that the release left alone, deletions, what merged cleanly."""
    changes = {each.path: each for each in settled.changes}
    before = sides.base.by_path if sides.base else {}
    found = []
    for name, sha256 in sorted(sides.accepted.items()):
        path = f"{sides.folder}/{name}"
        old, new = before.get(name), sides.theirs.by_path.get(name)
        is_as_before = old is not None and new is not None and old.sha256 == new.sha256
        if is_as_before or sha256 == DELETED:
            found += [(name, sha256)] if path in changes and changes[path].action is Action.KEEP else []
            continue
        mine, now = sides.mine.get(path), changes.get(settled.carried.get(path, ""))
        if old is not None and new is not None and sha256 == old.sha256 and path in changes:  # of its mode alone
            found.append((name, new.sha256))
            continue
        if now is None or mine is None or sha256 not in mine.same_as:
            continue
        found.append((now.path[len(sides.folder) + 1 :], now.file.sha256 if now.file else sha256))
    return tuple(sorted(found))


def conflicts_of(fitted: Sequence[Fitted]) -> tuple[Conflict, ...]:
    """Return everything that stops the plan."""
    return tuple(conflict for each in fitted for conflict in each.conflicts)


def accepted_of(fitted: Sequence[Fitted]) -> Mapping[Name, tuple[tuple[str, str], ...]]:
    """Return the accepted edits that survive, by plugin."""
    return {each.change.plugin: each.accepted for each in fitted}


def _refuse_links(conflicts: Sequence[Conflict]) -> None:
    links = [each for each in conflicts if each.kind == "link"]
    if links:
        message = f"`{links[0].path}` is a link: terra neither follows nor replaces one"
        hint = "move the link away, or put a file in its place"
        raise UnsafeTargetError(message, hint=hint, subjects=[each.path for each in links])
