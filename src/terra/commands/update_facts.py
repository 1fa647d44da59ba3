"""The facts of `terra update --report`: what the releases bring, read from them, and the file that is written.

A report replaces an earlier report and an empty file, never anything else: the name may be of a file of the user's.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from terra.commands.change_words import why, why_stopped
from terra.errors import ConflictError, SystemFailureError, TerraError, UsageError
from terra.model.plan import Action
from terra.model.values import replace
from terra.system import fs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terra.commands.drafting import Draft, Part
    from terra.commands.fitting import Target
    from terra.commands.gathering import Gathered
    from terra.commands.registries import Registries
    from terra.commands.reports import ChangeReport
    from terra.commands.toolbox import Toolbox
    from terra.commands.update import UpdateRequest
    from terra.commands.update_report import Move
    from terra.model.interface import Interface
    from terra.model.plan import PluginChange
    from terra.model.release import Listing
    from terra.model.requirement import Requirement

_LONGEST_CHANGELOG = 1 << 20  # bytes that are read


def report_file(text: str, toolbox: Toolbox) -> Path:
    """Return the absolute path of a report that may be written, asked before anything else is.

    Args:
        text: As the user wrote it, relative to the folder in which the user stands.
        toolbox: The adapters.

    Raises:
        UsageError: Its folder is not there, or it is no file.
        ConflictError: A file stands there that is no report.
    """
    from terra.commands.update_report import MARK

    path = toolbox.workdir / Path(text).expanduser()
    if not path.parent.is_dir():
        message = f"`{path.parent}`, where the report is to be written, is not a folder"
        raise UsageError(message, hint=f"`mkdir -p {path.parent}` makes it", subjects=(text,))
    kind = fs.kind_of(path)
    if kind not in (None, "file"):
        message = f"`{text}` is a {kind}, expected a file or nothing"
        raise UsageError(message, hint="name another file for the report", subjects=(text,))
    if kind == "file" and fs.read(path, len(MARK)) not in (b"", MARK.encode()):
        message = f"`{text}` is a file that no report of terra's begins, and it would be overwritten"
        raise ConflictError(message, hint="name another file for the report, or move that one away", subjects=(text,))
    return path


def report_text(draft: Draft, report: ChangeReport, registries: Registries) -> str:
    """Return what an update does as Markdown; releases are read for it, and one that is not cached is fetched."""
    from terra.commands.update_report import report_of

    return report_of(moves_of(draft, report, registries))


def write_report(path: Path, text: str, *, dry_run: bool) -> None:
    """Write what an update did, or with `--dry-run` would do.

    Raises:
        SystemFailureError: The system refused it; the update itself is done.
    """
    try:
        fs.write_atomic(path, text.encode(), lasting=False)
    except OSError as error:
        what = "shown" if dry_run else "done"
        message = f"the update is {what}, and its report could not be written: {_reason(error)}"
        raise SystemFailureError(message, hint=f"look at `{path.parent}`", subjects=(str(path),)) from error


def report_refusal(  # noqa: PLR0913, PLR0917  # the update, and the error that it ends with
    path: Path, draft: Draft, request: UpdateRequest, registries: Registries, toolbox: Toolbox, error: ConflictError
) -> None:
    """Write what an update would do that files of the user stop, with those files; a failure is told by the error."""
    from terra.commands.reports import prepare

    would = prepare("update", draft, replace(request, dry_run=True, diff=False), toolbox).report
    text = report_text(draft, would, registries)
    try:
        fs.write_atomic(path, text.encode(), lasting=False)
    except OSError as failure:
        error.add_reason(f"the report could not be written either: {_reason(failure)}")


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()


def moves_of(draft: Draft, report: ChangeReport, registries: Registries) -> tuple[Move, ...]:
    """Return every plugin of an update that comes, goes or moves."""
    changes = {(each.plugin, each.set): each for each in report.plan.changes}
    found = []
    for part in draft.parts:
        for target in part.targets:
            if target.base == target.theirs and target.from_ == target.to:
                continue
            change = changes[target.name, target.set]
            found.append(_move(target, change, part, draft, registries))
    folders = {(each.name, each.set): f"{draft.opened.set(each.set).folder_of(each.name)}/" for each in found}
    return tuple(_with_conflicts(each, folders[each.name, each.set], report) for each in found)


def _move(target: Target, change: PluginChange, part: Part, draft: Draft, registries: Registries) -> Move:
    from terra.commands.update_report import Move

    gathered = next((each for each in part.gathered if each.acquired.name == target.name), None)
    locked = draft.opened.lock.find(target.set, target.name)
    move = Move(target.name, target.set, target.from_, target.to)
    if gathered is None:  # it goes
        return replace(move, origin=locked.registry or str(locked.source)) if locked else move
    move = _with_release(move, gathered, registries)
    if target.from_ is None:
        return move
    needs = _needs(locked.requires if locked else (), gathered.acquired.dependencies)
    return replace(_with_files(_with_content(move, target), change), needs=needs)


def _needs(
    before: Sequence[Requirement], after: Sequence[Requirement]
) -> tuple[tuple[Requirement | None, Requirement | None], ...]:
    old, new = ({each.name: each for each in needs} for needs in (before, after))
    every = ((old.get(name), new.get(name)) for name in sorted({*old, *new}))
    return tuple((was, now) for was, now in every if was != now)


def _with_release(move: Move, gathered: Gathered, registries: Registries) -> Move:
    release = gathered.acquired.release
    origin = gathered.registry.written if gathered.registry else str(gathered.acquired.source)
    listing = _listing(gathered, registries)
    yanks = {each.version: each.yanked for each in listing.releases} if listing else {}
    return replace(
        move,
        origin=origin,
        yanked=release.yanked if release.yanked is not None else yanks.get(move.to),
        was_yanked=yanks.get(move.from_),
        deprecated=listing.deprecated if listing else None,
    )


def _listing(gathered: Gathered, registries: Registries) -> Listing | None:
    """Return what the registry says of the plugin; the index was asked already, and remembers."""
    if gathered.registry is None:
        return None
    with suppress(TerraError):
        return registries.find(gathered.acquired.name, (gathered.registry,))[1]
    return None


def _with_content(move: Move, target: Target) -> Move:
    from terra.commands.release_notes import between
    from terra.hcl.interface import read_interface
    from terra.model.interface_change import compare

    if target.content is None:  # nothing was fetched to look into
        return move
    folder = target.ancestor()
    old = _interface(folder) if folder is not None else None
    new = read_interface(target.content)
    changelog = _changelog(target)
    text = fs.read(target.content / changelog, _LONGEST_CHANGELOG).decode(errors="replace") if changelog else ""
    return replace(
        move,
        interface=compare(old, new) if old is not None else None,
        inputs={each.name: each for each in new.inputs},
        changelog=changelog,
        notes=between(text, move.name, move.from_, move.to) if move.from_ and move.to else "",
    )


def _interface(folder: Path) -> Interface | None:
    from terra.hcl.interface import read_interface

    with suppress(TerraError):
        return read_interface(folder)
    return None


def _changelog(target: Target) -> str | None:
    from terra.commands.release_notes import NAMES

    by_name = {file.path.lower(): file.path for file in target.theirs.files}
    return next((by_name[each] for each in NAMES if each in by_name), None)


def _with_files(move: Move, change: PluginChange) -> Move:
    kept = [each for each in change.files if each.action is Action.KEEP and each.differs]
    merged = [each for each in change.files if each.action is Action.MERGE]
    stays = {each.path for each in (*kept, *merged)} & {*change.accepted}
    return replace(
        move,
        accepted=tuple(sorted(stays)),
        edited=tuple((each.path, why(each)) for each in kept if each.path not in stays),
        merged=tuple((each.path, each.conflicts) for each in merged),
    )


def _with_conflicts(move: Move, folder: str, report: ChangeReport) -> Move:
    found: Sequence[tuple[str, str]] = [
        (each.path, why_stopped(each)) for each in report.conflicts if each.path.startswith(folder)
    ]
    stopped = {path for path, _ in found}
    edited = tuple(each for each in move.edited if each[0] not in stopped)
    accepted = tuple(path for path in move.accepted if path not in stopped)
    return replace(move, conflicts=tuple(found), edited=edited, accepted=accepted)
