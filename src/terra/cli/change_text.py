"""Changes of a project, and what stops them, as lines for a person."""

from __future__ import annotations

import os
from collections import Counter
from typing import TYPE_CHECKING

from terra.cli.terminal import line
from terra.commands.change_words import ways_out, why, why_stopped
from terra.model.plan import Action, Reason

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from terra.cli.terminal import Painter
    from terra.commands.add import Added, AddReport
    from terra.model.plan import Conflict, PluginChange
    from terra.model.version import Version

_ACTIONS = {Action.CREATE: "new", Action.REPLACE: "replaced", Action.MERGE: "merged", Action.DELETE: "deleted"}
_LOSING = (Reason.EDITED, Reason.FOREIGN, Reason.THEIRS)  # why a file is replaced in which bytes of the user stood


def add(report: AddReport, paint: Painter, *, quiet: bool, verbose: bool) -> str:
    """Return what `terra add` did."""
    changed = report.changed
    if changed.diff is not None:
        return coloured_diff(changed.diff, paint)
    lines = [each for one in report.added for each in _added(one, paint, verbose=verbose)]
    lines += [each for one in changed.plan.changes if one.to is None for each in change(one, paint, verbose=verbose)]
    lines += stopped(changed.conflicts, paint)
    if changed.dry_run:
        return "\n".join([*lines, "", not_written(changed.conflicts)]) + "\n"
    blocks = [each.block for each in report.added if each.block]
    if blocks and not quiet:
        lines += ["", paint.paint("dim", "# paste into a .tf file"), "\n".join(blocks).rstrip("\n")]
        lines += ["", f"Next: fill in the placeholders, commit {_commit(report)}, and run `terraform init`."]
    return "\n".join(lines) + "\n"


def _added(each: Added, paint: Painter, *, verbose: bool) -> Iterable[str]:
    yield from change(each.change, paint, verbose=verbose, where=each.folder, origin=each.origin)
    if verbose:
        for out in each.left_out:
            yield paint.paint("dim", f"    left out {out.path}: {out.why}")


def is_idle(each: PluginChange) -> bool:
    """Tell whether nothing happens to a plugin that is worth a line."""
    return each.from_ == each.to and all(file.action is Action.KEEP and not file.differs for file in each.files)


def change(each: PluginChange, paint: Painter, *, verbose: bool, where: str = "", origin: str = "") -> Iterable[str]:
    """Yield the lines of what happens to one plugin."""
    counts = Counter(file.action for file in each.files)
    did = ", ".join(f"{counts[action]} {word}" for action, word in _ACTIONS.items() if counts[action])
    moves = each.from_ is not None and each.from_ != each.to
    version = _step(each.from_, each.to) if each.from_ and each.to and moves else str(each.to or each.from_)
    sign, style = ("+", "green") if each.from_ is None else ("~", "yellow") if did or moves else ("=", "dim")
    sign, style = ("-", "red") if each.to is None else (sign, style)
    name, place = paint.paint("bold", each.plugin.text), f" in {where}" if where else ""
    source = f"  (from {line(origin)})" if origin else ""
    in_set = f" [{each.set}]" if each.set and not where else ""
    idle = "same files"
    if any(file.differs for file in each.files):
        idle = "nothing deleted" if each.to is None else "yours kept"
    elif each.to is None:
        idle = "files were gone already"
    what = f"{did or idle}{place if did or each.to else ''}"
    yield f"{paint.paint(style, sign)} {name} {version}{in_set}  {what}{source}"
    for file in each.files:
        if file.action is Action.MERGE:
            yield f"    {paint.paint('red' if file.conflicts else 'green', 'merged')} {file.path}: {why(file)}"
        elif file.action is Action.KEEP and file.differs:
            yield f"    kept {file.path}: {why(file, leaves=each.to is None)}"
        elif file.action in (Action.REPLACE, Action.DELETE) and file.reason in _LOSING:
            did = "overwritten" if file.action is Action.REPLACE else "deleted"
            yield f"    {paint.paint('red', did)} {file.path}: {why(file)}"
        elif verbose and file.action is not Action.KEEP:
            yield f"    {file.action.value} {file.path}"
        elif file.action is Action.CREATE and file.reason not in (Reason.NEW, Reason.MISSING):
            yield f"    new {file.path}: {why(file)}"


def _step(before: Version, after: Version) -> str:
    return f"{before} -> {after}, older" if after < before else f"{before} -> {after}"


def stopped(conflicts: Iterable[Conflict], paint: Painter) -> Iterable[str]:
    """Yield the lines of what stops a command."""
    return (f"{paint.paint('red', '!')} {each.path}: {why_stopped(each)}" for each in conflicts)


def not_written(conflicts: Sequence[Conflict]) -> str:
    """Return the last line of a dry run."""
    if not conflicts:
        return "Nothing was written (--dry-run)."
    return f"Nothing was written (--dry-run), nor would it be without: {ways_out(conflicts)}."


def _commit(report: AddReport) -> str:
    root = os.path.relpath(report.changed.project)
    committed = (report.folder, "terra.toml", "terra.lock")
    return ", ".join(f"`{os.path.normpath(os.path.join(root, each))}`" for each in committed)


def coloured_diff(diff: str, paint: Painter) -> str:
    """Return a unified diff for a terminal."""
    styles = {"+": "green", "-": "red", "@": "cyan"}
    lines = diff.split("\n")
    return "\n".join(paint.paint(styles[each[0]], each) if each[:1] in styles else each for each in lines)
