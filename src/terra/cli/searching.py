"""`search`: words, and the report as text and JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from terra.cli.options import Several, command, registry_option
from terra.cli.verbs import Shown

if TYPE_CHECKING:
    import argparse

    from terra.cli.parser import Parser
    from terra.cli.terminal import Painter
    from terra.commands.search import SearchReport
    from terra.commands.toolbox import Toolbox
    from terra.model.summary import Summary

_MOST = 50  # results that are shown without `-v`
_GAP = 2  # characters between columns
_LEAST = 20  # characters of a description, however narrow the terminal


def _search_words(commands: Any, after: Parser) -> None:  # noqa: ANN401  # argparse's own
    parser = command(commands, after, "search", "find plugins by words, in every registry")
    words = "words of the name, tags or description: all must be; every plugin without"
    parser.add_argument("words", nargs="*", metavar="QUERY", help=words)
    parser.add_argument("--tag", action=Several, metavar="TAG", help="with this tag; may be given again")
    parser.add_argument("--provider", metavar="NAME", help="for this provider, such as aws")
    registry_option(parser)


def _search(options: argparse.Namespace, toolbox: Toolbox, _: Parser) -> Shown:
    from terra.commands.search import SearchRequest, search

    tags = [options.tag] if isinstance(options.tag, str) else options.tag or []  # TERRA_TAG is one text
    request = SearchRequest(tuple(options.words), tuple(tags), options.provider, options.registry)
    report = search(request, toolbox)
    asked = " ".join(f"`{each}`" for each in (*options.words, *tags, *filter(None, [options.provider])))

    def as_text(paint: Painter, *, verbose: bool, **_: bool) -> str:
        return _text(report, asked, paint, everything=verbose)

    warnings = tuple(f"`{written}` was not searched: {why}" for written, why in report.failed)
    return Shown("search", as_text, lambda: _document(report), warnings)


def _text(report: SearchReport, asked: str, paint: Painter, *, everything: bool) -> str:
    from terra.cli.text import table

    if not report.results:
        return _nothing(report, asked)
    shown = report.results if everything else report.results[:_MOST]
    several = len({each.registry for each in report.results}) > 1
    rows = _fitting([_row(each, with_registry=several) for each in shown])
    lines = [table(rows, paint).rstrip("\n")]
    left = len(report.results) - len(shown)
    if left:
        word = "another word as well" if asked else "a word"
        lines.append(f"... and {left} more: search for {word}, or see all with `-v`")
    return "\n".join(lines) + "\n"


def _fitting(rows: list[list[str]]) -> list[list[str]]:
    """Return the rows with descriptions that end where a terminal does; whole where the result is piped."""
    from terra.cli.columns import cut, room

    width = room()
    if width is None:
        return rows
    heads = zip(*(row[:-1] for row in rows), strict=True)
    left = width - sum(max(map(len, column)) + _GAP for column in heads)
    return [[*row[:-1], cut(row[-1], max(left, _LEAST))] for row in rows]


def _nothing(report: SearchReport, asked: str) -> str:
    places = ", ".join(f"`{each}`" for each in report.searched)
    if not places:
        return "No registry here lists what it has: `terra info NAME` asks for one name.\n"
    if not asked:
        return f"Nothing is in {places}.\n"
    fewer = ": all of it must be there, so less finds more" if " " in asked else ""
    return f"Nothing in {places} answers {asked}{fewer}.\n"


def _row(summary: Summary, *, with_registry: bool) -> list[str]:
    from terra.cli.terminal import line

    description = line(summary.description)
    if summary.deprecated is not None:
        mark = f"deprecated: {line(summary.deprecated)}" if summary.deprecated else "deprecated"
        description = f"({mark}) {description}"
    return [summary.name.text, summary.latest or "-", *([line(summary.registry)] if with_registry else []), description]


def _document(report: SearchReport) -> dict[str, Any]:
    return {
        "results": [
            {
                "name": each.name.text,
                "description": each.description,
                "latest": each.latest,
                "tags": list(each.tags),
                "provider": each.provider,
                "registry": each.registry,
                "deprecated": each.deprecated,
            }
            for each in report.results
        ],
        "unsearchable": list(report.unsearchable),
        "failed": [{"registry": written, "why": why} for written, why in report.failed],
    }


WORDS = {"search": _search_words}
VERBS = {"search": _search}
