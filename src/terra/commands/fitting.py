"""Plan: fit proven payloads into the project, or take plugins out of it."""

from __future__ import annotations

from pathlib import Path
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
    from collections.abc import Callable, Mapping, Sequence

    from terra.commands.ancestry import Ancestor
    from terra.commands.gathering import Gathered
    from terra.commands.opening import OpenProject
    from terra.model.lock import LockedPlugin
    from terra.vendor.survey import Standing

NOTHING = Tree(())


@value
class Target:
    """What is to stand of one plugin of a set, and what stood there.

    Attributes:
        from_: The version that was there; None for a plugin that was not.
        base: What terra wrote last time; None for a plugin that is not locked.
        theirs: What is to stand; `NOTHING` for a plugin that goes.
        content: The folder that holds the bytes of `theirs`.
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
    content: Path
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


def target_of(  # noqa: PLR0913  # the three sides, and what is known of them
    each: Gathered,
    locked: LockedPlugin | None,
    set_name: str,
    before: Ancestor | None,
    folder: Callable[[], Path | None],
    *,
    restore: bool,
) -> Target:
    """Return the target of a plugin that was gathered; one that moves keeps what the user deleted away.

    Args:
        each: The plugin.
        locked: What the lock says of it, if anything.
        set_name: The set.
        before: The release that its files are of.
        folder: Returns where the bytes of that are, or None.
        restore: Whether files that the user deleted come back.
    """
    acquired = each.acquired
    moves = before is not None and before.tree != acquired.cached.tree
    return Target(
        name=acquired.name,
        set=set_name,
        from_=before.version if before else None,
        to=acquired.version,
        base=before.tree if before else None,
        theirs=acquired.cached.tree,
        content=acquired.cached.folder,
        ancestor=folder,
        restore=restore and not moves,
        accepted=locked.edited if locked else (),
        locked=locked.tree if locked else None,
    )


def leaving(locked: LockedPlugin) -> Target:
    """Return the target of a plugin that goes."""
    return Target(
        locked.name,
        locked.set,
        locked.version,
        None,
        locked.tree,
        NOTHING,
        Path(),
        accepted=locked.edited,
        locked=locked.tree,
    )


def fit(targets: Sequence[Target], opened: OpenProject, choice: Choice) -> tuple[Fitted, ...]:
    """Return everything that reaching the targets means, in their order.

    Raises:
        UnsafeTargetError: A file would be written through a link, or in place of one.
        ConflictError: A file changed while it was read.
    """
    found = tuple(_fit_one(each, opened, choice) for each in targets)
    _refuse_links([conflict for each in found for conflict in each.conflicts])
    return found


def _fit_one(target: Target, opened: OpenProject, choice: Choice) -> Fitted:
    plugins = opened.set(target.set)
    folder, line = f"{plugins.folder}/{target.name}", plugins.find(target.name)
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
    is_compared_only = target.content == Path()  # as by `sync --check`, which fetches no bytes to merge
    if is_compared_only or not is_contested(planned.changes, planned.conflicts):
        return planned
    from terra.vendor.merging import Texts, needs_base, settle

    files, conflicts = planned.changes, planned.conflicts
    base = target.ancestor() if needs_base(sides, files, conflicts) else None
    version = "" if target.to in (None, UNVERSIONED) else f" {target.to}"
    return settle(sides, files, conflicts, choice, Texts(project, base, f"{target.name}{version}"))


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


def changes_of(fitted: Sequence[Fitted]) -> tuple[PluginChange, ...]:
    """Return the changes alone."""
    return tuple(each.change for each in fitted)


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
