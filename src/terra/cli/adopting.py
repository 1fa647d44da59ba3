"""`adopt`: words, and its three reports as text and JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from terra.cli.options import command, registry_option, set_option
from terra.cli.verbs import Shown, ignored
from terra.errors import UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator

    from terra.cli.parser import Parser
    from terra.cli.terminal import Painter
    from terra.commands.adopt import AdoptReport
    from terra.commands.adopt_blocks import Block, BlocksReport
    from terra.commands.likeness import Proposal
    from terra.commands.proposals import ProposalReport
    from terra.commands.toolbox import Toolbox
    from terra.model.plan import Conflict, Plan

_MOST = 10  # proposals that are shown without `-v`
_DRY = ("", "Nothing was written (--dry-run).")


def _adopt_words(commands: Any, after: Parser) -> None:  # noqa: ANN401  # argparse's own
    parser = command(commands, after, "adopt", "take in what was copied by hand, or is called from elsewhere")
    parser.add_argument("path", metavar="PATH", help="a folder that is a copy, or a .tf file or folder with its blocks")
    parser.add_argument("--as", dest="alias", metavar="NAME@VERSION", help="the release of which the folder is a copy")
    parser.add_argument(
        "--move", action="store_true", help="move the folder to its place, with the blocks that call it"
    )
    parser.add_argument("--restore", action="store_true", help="bring back files of the release that the copy lacks")
    parser.add_argument("--blocks", action="store_true", help="list the module blocks of a folder, which is no copy")
    parser.add_argument(
        "--rewrite", action="store_true", help="vendor what the module blocks call, and let them call it"
    )
    set_option(parser)
    registry_option(parser)
    parser.add_argument("--dry-run", action="store_true", help="show what would be done, write nothing")
    parser.add_argument("--diff", action="store_true", help="show every change as a diff, write nothing")


def _adopt(options: argparse.Namespace, toolbox: Toolbox, _: Parser) -> Shown:
    from terra.commands.adopt_words import is_whole_project, names_one_release

    if options.alias is not None and (options.blocks or options.rewrite):
        message = "`--as` goes with a folder that is a copy, `--blocks` and `--rewrite` with module blocks"
        raise UsageError(message, hint="the release of a block stands in its source")
    if options.alias is not None and names_one_release(options.alias):
        return _folder(options, toolbox)
    if options.move or options.restore:
        message = "`--move` and `--restore` go with `--as NAME@VERSION`"
        raise UsageError(message, hint="`terra adopt FOLDER` proposes releases")
    is_file = options.path.endswith((".tf", ".tofu", ".json"))
    if options.blocks or options.rewrite or is_file or (not options.alias and is_whole_project(options.path, toolbox)):
        return _blocks(options, toolbox)
    return _proposals(options, toolbox)


def _folder(options: argparse.Namespace, toolbox: Toolbox) -> Shown:
    from terra.commands.adopt import AdoptRequest, adopt

    request = AdoptRequest(
        path=options.path,
        text=options.alias,
        set=options.set,
        registry=options.registry,
        move=options.move,
        restore=options.restore,
        dry_run=options.dry_run,
        diff=options.diff,
    )
    report = adopt(request, toolbox)

    def as_text(paint: Painter, *, quiet: bool, verbose: bool) -> str:
        if report.diff is not None:
            return _diff(report.diff, paint)
        return "".join(f"{line}\n" for line in _folder_lines(report, paint, quiet=quiet, verbose=verbose))

    def document() -> dict[str, Any]:
        adopted = {
            "name": str(report.name),
            "version": str(report.version),
            "folder": report.folder,
            "moved_from": report.moved_from,
            **{key: list(getattr(report, key)) for key in _LISTS},
        }
        return _document(report.plan, report, adopted=adopted)

    warnings = (*report.warnings, *ignored(report.ignored))
    return Shown("adopt", as_text, document, warnings, exact=report.diff)


_LISTS = ("equal", "edited", "missing", "restored", "foreign", "callers", "left")


def _folder_lines(report: AdoptReport, paint: Painter, *, quiet: bool, verbose: bool) -> Iterator[str]:
    from terra.cli import text

    name = paint.paint("bold", report.name.text)
    moved = f", moved from {report.moved_from}" if report.moved_from else ""
    same = text.count(len(report.equal), "file", "files")
    yield f"{paint.paint('green', '+')} {name} {report.version}  {report.folder}{moved}  {same} as released"
    yield from (f"    edited {path}" for path in report.edited)
    yield from (f"    missing {path}: stays away, `--restore` brings it" for path in report.missing)
    yield from (f"    {paint.paint('green', 'restored')} {path}" for path in report.restored)
    yield from (f"    kept {path}: not of the release" for path in report.foreign)
    yield from (f"    rewritten {where}" for where in report.callers)
    yield from (f"    left {path}" for path in report.left)
    for each in report.plan.changes[1:]:
        yield from text.change(each, paint, verbose=verbose)
    yield from _stopped(report.conflicts, paint)
    if report.dry_run:
        yield from _DRY
    elif not quiet:
        init = ", and run `terraform init`" if report.moved_from else ""
        yield from ("", f"Next: commit `{report.folder}`, `terra.toml`, `terra.lock`{init}.")


def _proposals(options: argparse.Namespace, toolbox: Toolbox) -> Shown:
    from terra.commands.proposals import ProposalRequest, propose

    report = propose(ProposalRequest(options.path, options.alias, options.set, options.registry), toolbox)

    def as_text(paint: Painter, *, verbose: bool, **_: bool) -> str:
        return "".join(f"{line}\n" for line in _proposal_lines(report, paint, verbose=verbose))

    def document() -> dict[str, Any]:
        return _document(None, None, proposals=[_proposal(each) for each in report.proposals], next=report.next)

    return Shown("adopt", as_text, document)


def _proposal_lines(report: ProposalReport, paint: Painter, *, verbose: bool) -> Iterator[str]:
    from terra.cli.text import table

    shown = report.proposals if verbose else report.proposals[:_MOST]
    rows = [["release", "alike", "equal", "edited", "missing", "extra", "registry"]]
    for each in shown:
        counts = (each.equal, each.edited, each.missing, each.extra)
        rows.append([f"{each.name}@{each.version}", f"{each.likeness}%", *map(str, counts), each.registry])
    yield from table(rows, paint).splitlines()
    yield from ("", f"Next: `{report.next}`, if it is a copy of that; with `--diff` to see everything first.")


def _proposal(each: Proposal) -> dict[str, Any]:
    return {
        "name": str(each.name),
        "version": str(each.version),
        "registry": each.registry,
        "equal": each.equal,
        "edited": each.edited,
        "missing": each.missing,
        "extra": each.extra,
        "likeness": each.likeness,
    }


def _blocks(options: argparse.Namespace, toolbox: Toolbox) -> Shown:
    from terra.commands.adopt_blocks import BlocksRequest, adopt_blocks

    request = BlocksRequest(
        path=options.path,
        set=options.set,
        registry=options.registry,
        rewrite=options.rewrite,
        dry_run=options.dry_run,
        diff=options.diff,
    )
    report = adopt_blocks(request, toolbox)

    def as_text(paint: Painter, *, quiet: bool, verbose: bool) -> str:
        if report.diff is not None:
            return _diff(report.diff, paint)
        lines = _block_lines(report, options.path, paint, quiet=quiet, verbose=verbose)
        return "".join(f"{line}\n" for line in lines)

    def document() -> dict[str, Any]:
        return _document(report.plan, report, blocks=[_block(each) for each in report.blocks])

    warnings = (*report.warnings, *ignored(report.ignored))
    return Shown("adopt", as_text, document, warnings, exact=report.diff)


def _block_lines(report: BlocksReport, path: str, paint: Painter, *, quiet: bool, verbose: bool) -> Iterator[str]:
    from terra.cli import text
    from terra.cli.terminal import line

    if not report.blocks:
        yield f"No module block in `{path}` calls anything from elsewhere."
        return
    for each in report.blocks:
        called = line(" ".join(filter(None, (each.call.source, each.call.version))))
        yield f'{paint.paint("bold", each.where)}: module "{line(each.call.name)}"  {called}'
        if each.to is None:
            yield f"    {paint.paint('yellow', 'stays')}: {line(each.match.why)}"
        else:
            release = f"{each.match.name} {each.version or '-'} of {line(each.match.registry)}"
            yield f"    {paint.paint('green', 'rewritten' if report.rewritten else 'served')}: {each.to}  ({release})"
    for change in report.plan.changes:
        yield from text.change(change, paint, verbose=verbose)
    yield from _stopped(report.conflicts, paint)
    served = [each for each in report.blocks if each.to is not None]
    if report.rewritten and report.dry_run:
        yield from _DRY
    elif served and not quiet:
        todo = "run `terraform init`, and see in `terraform plan` that the resources are the same"
        ask = f"`terra adopt {path} --rewrite` vendors them, with `--diff` to see everything first"
        yield from ("", f"Next: {todo if report.rewritten else ask}.")


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


def _stopped(conflicts: Iterable[Conflict], paint: Painter) -> Iterator[str]:
    yield from (f"{paint.paint('red', '!')} {each.path}: {each.why}" for each in conflicts)


def _diff(diff: str, paint: Painter) -> str:
    from terra.cli.text import coloured_diff

    return coloured_diff(diff, paint)


def _document(plan: Plan | None, report: AdoptReport | BlocksReport | None, **own: Any) -> dict[str, Any]:  # noqa: ANN401
    from terra.cli.document import change

    conflicts = report.conflicts if report else ()
    return {
        "dry_run": report.dry_run if report else False,
        "proposals": [],
        "blocks": [],
        **own,
        "changes": [change(each) for each in (plan.changes if plan else ())],
        "conflicts": [{"plugin": str(each.plugin), "path": each.path, "why": each.why} for each in conflicts],
        "warnings": list(report.warnings) if report else [],
        **({"diff": report.diff} if report and report.diff is not None else {}),
    }


WORDS = {"adopt": _adopt_words}
VERBS = {"adopt": _adopt}
