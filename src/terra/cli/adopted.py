"""The reports of `adopt`, as lines for a person and as the keys of its document that are each one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from terra.cli import change_text, text
from terra.cli.terminal import line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from terra.cli.terminal import Painter
    from terra.commands.adopt.block import Block
    from terra.commands.adopt.blocks import BlocksReport
    from terra.commands.adopt.copies import Copied, CopiesReport
    from terra.commands.adopt.folder import FolderReport
    from terra.commands.adopt.proposals import ProposalReport

_MOST = 10  # proposals that are shown without `-v`, and callers of a folder
_SEVERAL = 3  # releases that are named one by one
_LISTS = ("equal", "edited", "missing", "restored", "foreign", "callers", "left")


def folder_lines(report: FolderReport, paint: Painter, *, quiet: bool, verbose: bool) -> Iterator[str]:
    """Yield what a folder became."""
    name = paint.paint("bold", report.name.text)
    moved = f", moved from {report.moved_from}" if report.moved_from else ""
    same = text.count(len(report.equal), "file", "files")
    renamed = dict(report.renamed)
    released = {here: path for path, here in report.renamed}
    yield f"{paint.paint('green', '+')} {name} {report.version}  {report.folder}{moved}  {same} as released"
    yield from (f"    edited {path}" for path in report.edited)
    for path in report.missing:
        if path not in renamed:
            yield f"    missing {path}: stays away, `--restore` brings it"
    yield from (f"    {paint.paint('green', 'restored')} {path}" for path in report.restored)
    for path in report.foreign:
        if path in released:
            yield f"    kept {path}: the release's {released[path]}, which no update finds under this name"
        else:
            yield f"    kept {path}: not of the release"
    yield from (f"    rewritten {where}" for where in report.callers)
    yield from (f"    left {path}" for path in report.left)
    for each in report.changed.plan.changes[1:]:
        yield from change_text.change(each, paint, verbose=verbose)
    yield from change_text.stopped(report.changed.conflicts, paint)
    if report.changed.dry_run:
        yield from ("", change_text.not_written(report.changed.conflicts))
    elif not quiet:
        init = ", and run `terraform init`" if report.moved_from else ""
        yield from ("", f"Next: commit `{report.folder}`, `terra.toml`, `terra.lock`{init}.")


def folder_document(report: FolderReport) -> dict[str, Any]:
    """Return what a folder became."""
    adopted = {
        "name": str(report.name),
        "version": str(report.version),
        "folder": report.folder,
        "moved_from": report.moved_from,
        **{key: list(getattr(report, key)) for key in _LISTS},
        "renamed": [{"released": path, "here": here} for path, here in report.renamed],
    }
    return {"adopted": adopted}


def proposal_lines(report: ProposalReport, paint: Painter, *, verbose: bool) -> Iterator[str]:
    """Yield the releases of which a folder may be a copy."""
    shown = report.proposals if verbose else report.proposals[: max(_MOST, report.best)]
    rows = [["release", "alike", "equal", "edited", "missing", "extra", "registry"]]
    for each in shown:
        counts = (each.equal, each.edited, each.missing, each.extra)
        rows.append([f"{each.name}@{each.version}", f"{each.likeness}%", *map(str, counts), each.registry])
    yield from text.table(rows, paint).splitlines()
    if report.compared < report.known:
        yield paint.paint("dim", f"Compared: {report.compared} of {report.known} releases, around the nearest.")
    yield ""
    yield from _ties(report)
    if report.next is not None:
        yield f"Next: `{report.next}`, if it is a copy of that; with `--diff` to see everything first."


def _ties(report: ProposalReport) -> Iterator[str]:
    best = report.proposals[: report.best]
    if len(best) == 1:
        return
    named = [f"`{each.name}@{each.version}`" for each in best]
    listed = ", ".join(named[:-1]) + f" and {named[-1]}" if len(named) <= _SEVERAL else f"The first {len(named)}"
    if report.next is not None:
        yield f"{listed} fit equally well. The oldest loses nothing: an update brings what came after it."
        return
    yield f"{listed} fit equally well, and which plugin it is a copy of only you can tell:"
    seen = set()
    for each, command in zip(best, report.commands, strict=False):
        if each.name not in seen:
            seen.add(each.name)
            yield f"    {command}"


def proposal_document(report: ProposalReport) -> dict[str, Any]:
    """Return the releases of which a folder may be a copy."""
    found = [
        {
            "name": str(each.name),
            "version": str(each.version),
            "registry": each.registry,
            "equal": each.equal,
            "edited": each.edited,
            "missing": each.missing,
            "extra": each.extra,
            "likeness": each.likeness,
            "best": number < report.best,
            "next": command,
        }
        for number, (each, command) in enumerate(zip(report.proposals, report.commands, strict=True))
    ]
    return {"proposals": found, "next": report.next, "compared": report.compared, "known": report.known}


def copies_lines(report: CopiesReport, paint: Painter) -> Iterator[str]:
    """Yield the modules below a folder that is none."""
    many = text.count(len(report.copies), "folder", "folders")
    order = ", to be adopted in this order" if len(report.copies) > 1 else ""
    yield f"`{report.path}` is no module itself, and holds {many} with Terraform files{order}:"
    yield from _copied(report.copies, paint)


def copies_document(report: CopiesReport) -> dict[str, Any]:
    """Return the modules below a folder that is none."""
    return {"copies": [_copy(each) for each in report.copies]}


def _copied(copies: Sequence[Copied], paint: Painter) -> Iterator[str]:
    for each in copies:
        others = f" and {len(each.callers) - 1} more" if len(each.callers) > 1 else ""
        by = f"called by {each.callers[0]}{others}" if each.callers else "called by no module block"
        yield f"{paint.paint('bold', line(each.folder))}: {line(by)}"
        yield f"    copied by hand? `{line(each.command)}` says of which release"


def _copy(each: Copied) -> dict[str, Any]:
    return {"folder": each.folder, "callers": list(each.callers), "next": each.command}


def blocks_lines(report: BlocksReport, path: str, paint: Painter, *, quiet: bool, verbose: bool) -> Iterator[str]:
    """Yield what module blocks call, and what became of them."""
    if not report.blocks:
        yield f"No module block in `{path}` calls anything from elsewhere."
    for each in report.blocks:
        called = line(" ".join(filter(None, (each.call.source, each.call.version))))
        yield f'{paint.paint("bold", each.where)}: module "{line(each.call.name)}"  {called}'
        if each.to is None:
            yield f"    {paint.paint('yellow', 'stays')}: {line(each.match.why)}"
        else:
            version = f" {each.version}" if each.version else ""  # of some, only the archive knows it
            release = f"{each.match.name}{version} of {line(each.match.registry)}"
            yield f"    {paint.paint('green', 'rewritten' if report.changed else 'served')}: {each.to}  ({release})"
    if report.changed is None:
        yield from _copied(report.copies, paint)
        if report.next is not None and not quiet:
            yield from ("", f"Next: `{report.next}` vendors them, with `--diff` to see everything first.")
        return
    for change in report.changed.plan.changes:
        yield from change_text.change(change, paint, verbose=verbose)
    yield from change_text.stopped(report.changed.conflicts, paint)
    if report.changed.dry_run:
        yield from ("", change_text.not_written(report.changed.conflicts))
    elif report.changed.plan.writes and not quiet:
        yield from ("", "Next: run `terraform init`, and see in `terraform plan` that the resources are the same.")


def blocks_document(report: BlocksReport) -> dict[str, Any]:
    """Return what module blocks call, and what became of them."""
    return {
        "blocks": [_block(each) for each in report.blocks],
        "copies": [_copy(each) for each in report.copies],
        "next": report.next,
    }


def _block(each: Block) -> dict[str, Any]:
    return {
        "path": each.path,
        "line": each.call.place.line,
        "module": each.call.name,
        "source": each.call.source,
        "version": each.call.version,
        "plugin": str(each.match.name) if each.to is not None else None,
        "release": str(each.version) if each.to is not None and each.version else None,
        "registry": each.match.registry if each.to is not None else None,
        "to": each.to,
        "why": each.match.why or None,
    }
