"""`terra accept`: record in `terra.lock` that the user's edits of plugins are meant to be there.

An edit is recorded with its hash, so another edit of the same file is one to accept again. Files that the user added
are theirs already. A file in which a merge left its conflict markers is no edit that anybody means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.commands import opening, recording
from terra.commands.edits import chosen, comparison_of, conflicts_in, extra_of
from terra.commands.standing import refuse_without_manifest
from terra.errors import PolicyError, UnsafeTargetError, UsageError
from terra.model.plan import Plan
from terra.model.values import replace, value

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from terra.commands.opening import OpenProject
    from terra.commands.toolbox import Toolbox
    from terra.model.lock import LockedPlugin
    from terra.vendor.comparison import Compared

_SHOWN = 20  # conflict markers


@value
class AcceptRequest:
    """What `terra accept` was asked to do.

    Attributes:
        names: The plugins; all of them where `everything` is set.
        reason: Why, for whoever reads the lock; None keeps what it says, an empty text takes that away.
        force: Whether conflict markers may stay.
    """

    names: tuple[str, ...] = ()
    everything: bool = False
    set: str | None = None
    reason: str | None = None
    force: bool = False
    dry_run: bool = False


@value
class Accepted:
    """What the lock says of one plugin from now on, and the edits that it records; without any, it held some before."""

    plugin: LockedPlugin
    edits: tuple[Compared, ...]


@value
class AcceptReport:
    """What was recorded, or with `dry_run` would be; plugins of which the lock says the same as before are left out.

    Attributes:
        added: Files of the user's in the folders of the plugins, which are never recorded.
    """

    project: Path
    changes: tuple[Accepted, ...]
    unchanged: int
    dry_run: bool = False
    added: tuple[str, ...] = ()


def accept(request: AcceptRequest, toolbox: Toolbox) -> AcceptReport:
    """Record the edits of plugins, in place of what was recorded of them.

    Raises:
        UsageError: No plugin was named, or a conflict marker stands in one of the files.
        UnknownPluginError: A name is not locked.
        PolicyError: The policy refuses edits.
        UnsafeTargetError: Something that is no file stands in place of one.
    """
    if bool(request.names) == request.everything:
        message = "name the plugins, or say `--all`" if not request.names else "`--all` takes no names"
        raise UsageError(message, hint="`terra verify` shows which were edited")
    with opening.for_change(toolbox, dry_run=request.dry_run) as opened:
        refuse_without_manifest(opened)
        plugins = chosen(opened, request.names, request.set)
        if opened.policy.edits == "refuse":
            message = "the policy of this project, user or machine refuses edits of plugins"
            hint = "`terra diff` shows them, and `git apply -R` takes what it shows back"
            raise PolicyError(message, hint=hint, subjects=[each.name.text for each in plugins])
        edits = {each: _edits(each, opened) for each in plugins}
        if not request.force:
            _refuse_markers([edit for each in plugins for edit in edits[each]], opened)
        after = {each: _recorded(each, edits[each], request.reason) for each in plugins}
        changed = tuple(each for each in plugins if after[each] != each)
        if changed and not request.dry_run:
            _write(opened, tuple(after[each] for each in changed), toolbox)
        found = tuple(Accepted(after[each], edits[each]) for each in changed)
        added = tuple(extra.path for each in plugins for extra in extra_of(each, opened))
        return AcceptReport(opened.folder, found, len(plugins) - len(changed), request.dry_run, added)


def _edits(locked: LockedPlugin, opened: OpenProject) -> tuple[Compared, ...]:
    found = comparison_of(locked, opened).edits
    for each in found:
        if each.standing is not None and each.standing.kind != "file":
            kind = "file" if each.standing.kind == "blocked" else each.standing.kind
            message = f"`{each.standing.blocked_by or each.path}` is a {kind}: no edit that can be accepted"
            raise UnsafeTargetError(
                message, hint="put the file back, or delete what stands there", subjects=(each.path,)
            )
    return found


def _refuse_markers(edits: Sequence[Compared], opened: OpenProject) -> None:
    found = [f"{each.path}:{line}" for each in edits for line in conflicts_in(each, opened)]
    if found:
        more = "".join(f"\n  {each}" for each in found[1:_SHOWN])
        rest = f"\n  and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
        message = f"`{found[0]}` is a conflict marker of a merge{more}{rest}"
        hint = "choose between both sides, or say `--force` if it belongs there"
        raise UsageError(message, hint=hint, subjects=found[:_SHOWN])


def _recorded(locked: LockedPlugin, edits: Sequence[Compared], reason: str | None) -> LockedPlugin:
    """Return what the lock says of a plugin with these edits; without any, no reason for them either."""
    recorded = tuple(sorted((each.name, each.to_record) for each in edits))
    kept = locked.edit_reason if reason is None else reason or None
    return replace(locked, edited=recorded, edit_reason=kept if recorded else None)


def _write(opened: OpenProject, plugins: tuple[LockedPlugin, ...], toolbox: Toolbox) -> None:
    from terra.commands.applying import apply_plan

    after = replace(opened, lock=opened.lock.with_(plugins))
    seen = [(each.set, each.name) for each in plugins]
    apply_plan(opened, Plan((), recording.documents(opened, after)), toolbox, seen)
