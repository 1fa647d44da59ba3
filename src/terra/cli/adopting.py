"""`adopt`: words, and which of its reports is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from terra.cli.options import choice_of, command, registry_option, set_option, writing_options
from terra.cli.verbs import Shown
from terra.errors import UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable

    from terra.cli.parser import Parser
    from terra.cli.terminal import Painter
    from terra.commands.reports import ChangeReport
    from terra.commands.toolbox import Toolbox


def _adopt_words(commands: Any, after: Parser) -> None:  # noqa: ANN401  # argparse's own
    parser = command(commands, after, "adopt", "take in what was copied by hand, or is called from elsewhere")
    parser.add_argument(
        "path", metavar="PATH", help="a copy, a folder of copies, or a .tf file or folder with module blocks"
    )
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
    writing_options(parser)


def _adopt(options: argparse.Namespace, toolbox: Toolbox, _: Parser) -> Shown:
    from terra.commands.adopt.copies import is_module
    from terra.commands.adopt.given import is_folder, is_terraform, is_whole_project, names_one_release

    if options.alias is not None and (options.blocks or options.rewrite):
        message = "`--as` goes with a folder that is a copy, `--blocks` and `--rewrite` with module blocks"
        raise UsageError(message, hint="the release of a block stands in its source")
    if options.alias is not None and names_one_release(options.alias):
        return _folder(options, toolbox)
    if options.move or options.restore:
        message = "`--move` and `--restore` go with `--as NAME@VERSION`"
        raise UsageError(message, hint="`terra adopt FOLDER` proposes releases")
    has_blocks = options.blocks or options.rewrite or is_terraform(options.path, toolbox)
    if has_blocks or (not options.alias and is_whole_project(options.path, toolbox)):
        return _blocks(options, toolbox)
    if is_folder(options.path, toolbox) and not is_module(options.path, toolbox):
        return _copies(options, toolbox)
    return _proposals(options, toolbox)


def _folder(options: argparse.Namespace, toolbox: Toolbox) -> Shown:
    from terra.cli.adopted import folder_document, folder_lines
    from terra.commands.adopt.folder import FolderRequest, adopt_folder

    request = FolderRequest(
        path=options.path,
        text=options.alias,
        set=options.set,
        registry=options.registry,
        move=options.move,
        restore=options.restore,
        choice=choice_of(options),
        dry_run=options.dry_run or options.diff,
        diff=options.diff,
    )
    report = adopt_folder(request, toolbox)

    def lines(paint: Painter, *, quiet: bool, verbose: bool) -> Iterable[str]:
        return folder_lines(report, paint, quiet=quiet, verbose=verbose)

    return _shown(lines, lambda: folder_document(report), report.changed)


def _proposals(options: argparse.Namespace, toolbox: Toolbox) -> Shown:
    from terra.cli.adopted import proposal_document, proposal_lines
    from terra.commands.adopt.proposals import ProposalRequest, propose

    report = propose(ProposalRequest(options.path, options.alias, options.set, options.registry), toolbox)

    def lines(paint: Painter, *, verbose: bool, **_: bool) -> Iterable[str]:
        return proposal_lines(report, paint, verbose=verbose)

    return _shown(lines, lambda: proposal_document(report))


def _copies(options: argparse.Namespace, toolbox: Toolbox) -> Shown:
    from terra.cli.adopted import copies_document, copies_lines
    from terra.commands.adopt.copies import copies_below

    report = copies_below(options.path, toolbox)
    return _shown(
        lambda paint, **_: copies_lines(report, paint), lambda: copies_document(report), warnings=report.warnings
    )


def _blocks(options: argparse.Namespace, toolbox: Toolbox) -> Shown:
    from terra.cli.adopted import blocks_document, blocks_lines
    from terra.commands.adopt.blocks import BlocksRequest, adopt_blocks

    request = BlocksRequest(
        path=options.path,
        set=options.set,
        registry=options.registry,
        rewrite=options.rewrite,
        choice=choice_of(options),
        dry_run=options.dry_run or options.diff,
        diff=options.diff,
    )
    report = adopt_blocks(request, toolbox)

    def lines(paint: Painter, *, quiet: bool, verbose: bool) -> Iterable[str]:
        return blocks_lines(report, options.path, paint, quiet=quiet, verbose=verbose)

    return _shown(lines, lambda: blocks_document(report), report.changed, report.warnings)


def _shown(
    lines: Callable[..., Iterable[str]],
    document: Callable[[], dict[str, Any]],
    changed: ChangeReport | None = None,
    warnings: tuple[str, ...] = (),
) -> Shown:
    diff = changed.diff if changed else None

    def as_text(paint: Painter, *, quiet: bool, verbose: bool) -> str:
        if diff is not None:
            from terra.cli.change_text import coloured_diff

            return coloured_diff(diff, paint)
        return "".join(f"{line}\n" for line in lines(paint, quiet=quiet, verbose=verbose))

    said = (*warnings, *(changed.warnings if changed else ()))

    def as_document() -> dict[str, Any]:
        from terra.cli.document import change, conflict

        return {
            "dry_run": changed.dry_run if changed else False,
            "proposals": [],
            "copies": [],
            "blocks": [],
            **document(),
            "changes": [change(each) for each in changed.plan.changes] if changed else [],
            "conflicts": [conflict(each) for each in changed.conflicts] if changed else [],
            "warnings": list(said),
            **({"diff": diff} if diff is not None else {}),
        }

    return Shown("adopt", as_text, as_document, said, changed.exit if changed else 0, exact=diff)


WORDS = {"adopt": _adopt_words}
VERBS = {"adopt": _adopt}
