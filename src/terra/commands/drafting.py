"""A change of a project before it is planned: what each set is to hold. Every command that writes draws one.

with opening.for_change(toolbox, dry_run=…) as opened:
    draft = Draft(opened, (Part(…), …))
    prepared = prepare(command, draft, request, toolbox)
    commit(prepared, toolbox)
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from terra.commands import recording
from terra.commands.applying import without_conflicts
from terra.commands.fitting import accepted_of, conflicts_of, fit, fit_answered
from terra.commands.opening import OpenProject
from terra.commands.targets import Coming, leaving, target_of
from terra.model.name import Name
from terra.model.plan import Conflict, Plan
from terra.model.values import value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terra.commands.fitting import Fitted, Target
    from terra.commands.gathering import Gathered
    from terra.commands.toolbox import Toolbox
    from terra.model.lock import LockedPlugin
    from terra.model.plan import FileChange
    from terra.model.project import Wanted
    from terra.vendor.plan import Choice


@value
class Part:
    """What changes in one set.

    Attributes:
        gathered: Plugins that the lock, and where they were asked for `terra.toml`, will say.
        targets: What is to stand in the folder; of plugins that stay locked as they are too.
        gone: Plugins that leave the lock, and their lines of `terra.toml`.
        lines: Lines of `terra.toml` that say something else, or are new.
        locked: What the lock will say as it stands here, but for the user's edits: those that survive are added.
        fitted: What happens to plugins of which that is known already.
        clean: Plugins that were looked at and are as the lock says.
    """

    set: str
    gathered: tuple[Gathered, ...] = ()
    targets: tuple[Target, ...] = ()
    gone: tuple[Name, ...] = ()
    lines: tuple[Wanted, ...] = ()
    locked: tuple[LockedPlugin, ...] = ()
    fitted: tuple[Fitted, ...] = ()
    clean: tuple[Name, ...] = ()


@value
class Draft:
    """A project and what changes in its sets, and with them in files that are no plugin's."""

    opened: OpenProject
    parts: tuple[Part, ...]
    files: tuple[FileChange, ...] = ()


@value
class Drawn:
    """A complete plan, what stops it, and the project as it is afterwards."""

    plan: Plan
    conflicts: tuple[Conflict, ...]
    after: OpenProject


def draw(draft: Draft, choice: Choice, toolbox: Toolbox, *, dry_run: bool) -> Drawn:
    """Return the plan of a draft; conflicts are asked about on a terminal, and stop the run without one.

    Args:
        draft: What changes.
        choice: What the user said about files of theirs.
        toolbox: The adapters.
        dry_run: Whether conflicts are only to be shown.

    Raises:
        ConflictError: Bytes that the user wrote would be lost.
        UnsafeTargetError: A file would be written through a link, or in place of one.
        UsageError: `terra.toml` cannot be edited.
    """
    targets = [target for part in draft.parts for target in part.targets]
    fitted = fit(targets, draft.opened, choice)
    if not dry_run:
        answered = partial(fit_answered, targets, draft.opened)
        fitted = without_conflicts(fitted, answered, draft.opened.folder, toolbox)
    fitted = (*(each for part in draft.parts for each in part.fitted), *fitted)
    after = _after(draft, fitted)
    conflicts = conflicts_of(fitted)
    # What nothing is to be said of is not written again, even where terra would lay it out in another way.
    documents = recording.documents(draft.opened, after) if after is not draft.opened else ()
    plan = Plan(tuple(each.change for each in fitted), (*draft.files, *documents))
    return Drawn(plan, conflicts, after)


def _after(draft: Draft, fitted: Sequence[Fitted]) -> OpenProject:
    after = draft.opened
    for part in draft.parts:
        accepted = accepted_of([each for each in fitted if each.change.set == part.set])
        if part.lines:
            after = recording.with_lines(after, part.set, part.lines)
        if part.gathered:
            after = recording.with_gathered(part.gathered, after, part.set, accepted)
        if part.locked:
            after = recording.with_locked(part.locked, after, accepted)
        if part.gone:
            after = recording.without(after, part.set, part.gone)
    return after


def part_of(  # noqa: PLR0913  # a set, what it gets, and what that is compared with
    gathered: tuple[Gathered, ...],
    opened: OpenProject,
    set_name: str,
    toolbox: Toolbox,
    *,
    restore: bool = True,
    prune_direct: bool = False,
    lines: tuple[Wanted, ...] = (),
) -> Part:
    """Return the change of a set that gets what was gathered, and loses what nothing needs any more.

    Args:
        gathered: The plugins, proven.
        opened: The project.
        set_name: The set.
        toolbox: The adapters.
        restore: Whether files that the user deleted come back.
        prune_direct: Whether a plugin goes whose line the user took out of `terra.toml` by hand.
        lines: Lines of `terra.toml` that say something else.
    """
    targets = [target_of(Coming.gathered(each, set_name), opened, toolbox, restore=restore) for each in gathered]
    after = recording.with_gathered(gathered, opened, set_name, {}) if gathered else opened
    roots = {line.name for line in after.set(set_name).plugins}
    gone = [each for each in after.lock.unneeded(set_name, roots) if prune_direct or not each.direct]
    targets += [leaving(each) for each in gone]
    return Part(set_name, gathered, tuple(targets), tuple(each.name for each in gone), lines)
