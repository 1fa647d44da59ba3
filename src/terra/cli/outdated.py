"""`outdated`: words, and the report as text and JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from terra.cli.options import command, one_set_option, recursive_option
from terra.cli.terminal import Painter
from terra.cli.verbs import Shown

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from terra.cli.parser import Parser
    from terra.commands.outdated import OutdatedReport, Outlook
    from terra.commands.toolbox import Toolbox
    from terra.model.version import Version


def _outdated_words(commands: Any, after: Parser) -> None:  # noqa: ANN401  # argparse's own
    parser = command(commands, after, "outdated", "show what is newer than what is locked")
    one_set_option(parser)
    recursive_option(parser)
    parser.add_argument("--exit-code", action="store_true", help="exit 7 if anything is newer")


def _outdated(options: argparse.Namespace, toolbox: Toolbox, _: Parser) -> Shown:
    from terra.commands.outdated import NEWER, outdated

    report = outdated(options.set, toolbox)

    def as_text(paint: Painter, *, quiet: bool, verbose: bool) -> str:
        return _outdated_text(report, paint, quiet=quiet, verbose=verbose)

    newer = NEWER if options.exit_code and report.has_newer else 0
    return Shown("outdated", as_text, lambda: _document(report), exit=newer)


def _outdated_text(report: OutdatedReport, paint: Painter, *, quiet: bool, verbose: bool) -> str:
    from terra.cli.text import not_locked

    pending = not_locked(report.unlocked)
    shown = [each for each in report.plugins if verbose or each.is_newer or _remarks(each)]
    if not shown:
        return pending or ("" if quiet else "Nothing is newer than what is locked.\n")
    return _rows(shown, paint) + pending


def _rows(shown: Sequence[Outlook], paint: Painter) -> str:
    """Return a row for each; on a terminal that is too narrow for one, what there is to say stands below it."""
    from terra.cli.columns import broken, room
    from terra.cli.text import table

    has_sets = any(each.plugin.set for each in shown)
    rows = [["plugin", "current", "compatible", "latest", *(["set"] if has_sets else []), ""]]
    for each in shown:
        current = each.plugin.version if each.plugin.is_versioned else None
        versions = [_version(current), _version(each.compatible), _version(each.latest)]
        rows.append(
            [each.plugin.name.text, *versions, *([each.plugin.set] if has_sets else []), "; ".join(_remarks(each))]
        )
    width = room()
    if width is None or all(len(line) <= width for line in table(rows, Painter(colour=False)).splitlines()):
        return table(rows, paint)
    heads = table([row[:-1] for row in rows], paint).splitlines()
    lines = [line for head, row in zip(heads, rows, strict=True) for line in (head, *broken(row[-1], "    "))]
    return "".join(f"{line}\n" for line in lines)


def _remarks(each: Outlook) -> list[str]:
    from terra.cli.terminal import line

    remarks = []
    if each.yanked is not None:
        remarks.append(f"yanked: {line(each.yanked)}" if each.yanked else "yanked")
    if each.deprecated is not None:
        remarks.append(f"deprecated: {line(each.deprecated)}" if each.deprecated else "deprecated")
    return [*remarks, *([each.note] if each.note else [])]


def _version(version: Version | None) -> str:
    return str(version) if version is not None else "-"


def _document(report: OutdatedReport) -> dict[str, Any]:
    return {
        "plugins": [_outlook(each) for each in report.plugins],
        "unlocked": [{"name": each.name.text, "set": each.set} for each in report.unlocked],
    }


def _outlook(each: Outlook) -> dict[str, Any]:
    return {
        "name": each.plugin.name.text,
        "set": each.plugin.set,
        "current": str(each.plugin.version),
        "compatible": str(each.compatible) if each.compatible else None,
        "latest": str(each.latest) if each.latest else None,
        "newer": each.is_newer,
        "yanked": each.yanked,
        "deprecated": each.deprecated,
        "note": each.note,
    }


WORDS = {"outdated": _outdated_words}
VERBS = {"outdated": _outdated}
