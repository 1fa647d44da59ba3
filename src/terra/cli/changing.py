"""`update`, `sync`, `remove`: words, and reports as text and JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from terra.cli.options import choice_of, command, one_set_option, recursive_option, writing_options
from terra.cli.verbs import Shown, document_of
from terra.errors import StaleError

if TYPE_CHECKING:
    import argparse

    from terra.cli.parser import Parser
    from terra.cli.terminal import Painter
    from terra.commands.reports import ChangeReport
    from terra.commands.toolbox import Toolbox

_NOTHING = {"update": "Everything is as new as terra.toml allows.", "sync": "Everything is as terra.lock says."}


def _update_words(commands: Any, after: Parser) -> None:  # noqa: ANN401  # argparse's own
    parser = command(commands, after, "update", "move plugins to newer releases, with your edits merged in")
    parser.add_argument("names", nargs="*", metavar="NAME", help="a plugin of the project; all without")
    parser.add_argument("--latest", action="store_true", help="let terra.toml ask for newer releases than it does")
    parser.add_argument("--report", metavar="FILE", help="write what the update brings to FILE, for a pull request")
    one_set_option(parser)
    recursive_option(parser)
    writing_options(parser)
    parser.add_argument(
        "--allow-registry-change", action="store_true", help="let a locked plugin come from another registry"
    )


def _update(options: argparse.Namespace, toolbox: Toolbox, _: Parser) -> Shown:
    from terra.commands.update import UpdateRequest, update

    request = UpdateRequest(
        names=tuple(options.names),
        set=options.set,
        latest=options.latest,
        choice=choice_of(options),
        dry_run=options.dry_run or options.diff,
        diff=options.diff,
        allow_registry_change=options.allow_registry_change,
        report=options.report,
    )
    return shown(update(request, toolbox))


def _sync_words(commands: Any, after: Parser) -> None:  # noqa: ANN401
    parser = command(commands, after, "sync", "make the plugins what terra.lock says")
    parser.add_argument("--locked", action="store_true", help="never write terra.lock: exit 7 if it would change")
    parser.add_argument("--check", action="store_true", help="write nothing: exit 7 if anything is not in sync")
    one_set_option(parser)
    recursive_option(parser)
    writing_options(parser)


def _sync(options: argparse.Namespace, toolbox: Toolbox, _: Parser) -> Shown:
    from terra.commands.sync import SyncRequest, sync

    request = SyncRequest(
        set=options.set,
        locked=options.locked,
        check=options.check,
        choice=choice_of(options),
        dry_run=options.dry_run or options.diff or options.check,
        diff=options.diff,
    )
    return shown(sync(request, toolbox))


def _remove_words(commands: Any, after: Parser) -> None:  # noqa: ANN401
    parser = command(commands, after, "remove", "take plugins out of the project")
    parser.add_argument("names", nargs="+", metavar="NAME", help="a plugin of the project")
    parser.add_argument("--set", metavar="NAME", default="", help="a set of terra.toml; the default set without")
    parser.add_argument("--force", action="store_true", help="also where something still uses it")
    parser.add_argument("--dry-run", action="store_true", help="show what would be done, write nothing")
    parser.add_argument("--diff", action="store_true", help="show every change as a diff, write nothing")


def _remove(options: argparse.Namespace, toolbox: Toolbox, _: Parser) -> Shown:
    from terra.commands.remove import RemoveRequest, remove

    request = RemoveRequest(
        names=tuple(options.names),
        set=options.set,
        force=options.force,
        dry_run=options.dry_run or options.diff,
        diff=options.diff,
    )
    return shown(remove(request, toolbox))


def shown(report: ChangeReport) -> Shown:
    """Return the report of a command that changes plugins, in both its forms."""

    def as_text(paint: Painter, *, quiet: bool, verbose: bool) -> str:
        return _text(report, paint, quiet=quiet, verbose=verbose)

    return Shown(
        report.command, as_text, document_of("changed", report), report.warnings, report.exit, exact=report.diff
    )


def _text(report: ChangeReport, paint: Painter, *, quiet: bool, verbose: bool) -> str:
    from terra.cli import change_text

    if report.diff is not None:
        return change_text.coloured_diff(report.diff, paint)
    quiet_ones = [] if verbose else [each for each in report.plan.changes if change_text.is_idle(each)]
    changes = [each for each in report.plan.changes if each not in quiet_ones]
    lines = [line for each in changes for line in change_text.change(each, paint, verbose=verbose)]
    lines += change_text.stopped(report.conflicts, paint)
    lines += [] if quiet and not report.exit else list(report.notes)
    if not lines:
        lines += [] if quiet else [_NOTHING.get(report.command, "Nothing to do.")]
    elif report.dry_run and report.exit != StaleError.exit and (report.plan.writes or report.conflicts):
        lines += ["", change_text.not_written(report.conflicts)]
    elif report.is_check and not report.exit and not quiet:
        lines += ["", "In sync with terra.lock, but for what is kept."]
    if report.exit == StaleError.exit and not quiet:
        lines += [] if report.is_check else ["", "Nothing was written (--locked): terra.lock would have to change."]
        lines += ["", "Next: run `terra sync`, and commit what it writes."]
    return "".join(f"{line}\n" for line in lines)


WORDS = {"update": _update_words, "sync": _sync_words, "remove": _remove_words}
VERBS = {"update": _update, "sync": _sync, "remove": _remove}
