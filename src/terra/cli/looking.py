"""`outdated`, `tree`, `why`, `usage`: words, and reports as text and JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from terra.cli.options import command, one_set_option, recursive_option
from terra.cli.verbs import Shown

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from terra.cli.parser import Parser
    from terra.cli.terminal import Painter
    from terra.commands.outdated import OutdatedReport, Outlook
    from terra.commands.toolbox import Toolbox
    from terra.commands.tree import Chain, SetTree, Step, TreeReport, WhyReport
    from terra.commands.usage import UsageReport, Used
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
    return Shown("outdated", as_text, lambda: {"plugins": [_outlook(each) for each in report.plugins]}, exit=newer)


def _outdated_text(report: OutdatedReport, paint: Painter, *, quiet: bool, verbose: bool) -> str:
    from terra.cli.text import table

    shown = [each for each in report.plugins if verbose or each.is_newer or _remarks(each)]
    if not shown:
        return "" if quiet else "Nothing is newer than what is locked.\n"
    has_sets = any(each.plugin.set for each in shown)
    rows = [["plugin", "current", "compatible", "latest", "set", ""]]
    for each in shown:
        current = each.plugin.version if each.plugin.is_versioned else None
        versions = [_version(current), _version(each.compatible), _version(each.latest)]
        rows.append([each.plugin.name.text, *versions, each.plugin.set, "; ".join(_remarks(each))])
    return table([row if has_sets else [*row[:4], *row[5:]] for row in rows], paint)


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


def _tree_words(commands: Any, after: Parser) -> None:  # noqa: ANN401
    parser = command(commands, after, "tree", "show which plugins need which")
    one_set_option(parser)
    recursive_option(parser)


def _tree(options: argparse.Namespace, toolbox: Toolbox, _: Parser) -> Shown:
    from terra.commands.tree import tree

    report = tree(options.set, toolbox)
    plugins = lambda: {"plugins": [each for one in report.sets for each in _nodes(one)]}  # noqa: E731
    return Shown("tree", lambda paint, **_: _tree_text(report, paint), plugins)


def _tree_text(report: TreeReport, paint: Painter) -> str:
    sets = [each for each in report.sets if each.roots or each.plugins]
    if not sets:
        return "No plugins yet: `terra add NAME` adds one.\n"
    has_names = any(each.set for each in sets)
    parts = []
    for each in sets:
        title = [paint.paint("dim", f"{each.set or 'default'}:")] if has_names else []
        stray = [f"{_named(one.name.text, str(one.version), paint)}, which nothing asks for" for one in each.stray]
        parts.append("\n".join([*title, *_branches(each, paint), *stray]))
    return "\n\n".join(parts) + "\n"


def _branches(tree: SetTree, paint: Painter) -> Iterator[str]:
    """Yield the lines of a tree; what a plugin needs is shown where it comes first, `(*)` stands for it later."""
    seen = set()
    waiting = [("", "", step) for step in reversed(tree.roots)]
    while waiting:
        mark, below, step = waiting.pop()
        name, plugin = step.requirement.name.text, step.plugin
        is_known = name in seen
        seen.add(name)
        version = str(plugin.version) if plugin else "not locked"
        text = f"{mark}{_named(name, version, paint)} {_wanted(step)}"
        yield f"{text} (*)" if is_known else text
        steps = tree.steps(plugin) if plugin and not is_known else ()
        branches = [("├── ", "│   ")] * (len(steps) - 1) + [("└── ", "    ")]
        further = [
            (f"{below}{own}", f"{below}{next_}", each) for (own, next_), each in zip(branches, steps, strict=False)
        ]
        waiting += reversed(further)


def _wanted(step: Step) -> str:
    """Return the requirement for people; `(*)` means something else in a tree."""
    text = step.requirement.specifier.text
    return "(any)" if text == "*" else f"({text})"


def _named(name: str, version: str, paint: Painter) -> str:
    return f"{paint.paint('bold', name)} {version}"


def _nodes(tree: SetTree) -> Iterator[dict[str, Any]]:
    lines = {step.requirement.name: step.requirement.specifier.text for step in tree.roots}
    for each in tree.plugins:
        yield {
            "name": each.name.text,
            "version": str(each.version),
            "set": each.set,
            "requirement": lines.get(each.name),
            "requires": [_step(step) for step in tree.steps(each)],
        }


def _step(step: Step) -> dict[str, Any]:
    return {
        "name": step.requirement.name.text,
        "requirement": step.requirement.specifier.text,
        "version": str(step.plugin.version) if step.plugin else None,
    }


def _why_words(commands: Any, after: Parser) -> None:  # noqa: ANN401
    parser = command(commands, after, "why", "show because of what a plugin is in the project")
    parser.add_argument("name", metavar="NAME", help="a plugin of the project")
    one_set_option(parser)


def _why(options: argparse.Namespace, toolbox: Toolbox, _: Parser) -> Shown:
    from terra.commands.tree import MOST, why

    report = why(options.name, options.set, toolbox)
    warnings = (f"there are more than {MOST} ways to `{report.name}`",) if report.is_cut else ()
    return Shown("why", lambda paint, **_: _why_text(report, paint), lambda: _why_document(report), warnings)


def _why_text(report: WhyReport, paint: Painter) -> str:
    lines = [_chain(each, paint) for each in report.chains]
    for each in report.stray:
        in_set = f" [{each.set}]" if each.set else ""
        lines.append(f"{_named(each.name.text, str(each.version), paint)}{in_set} is locked, and nothing asks for it")
    return "\n".join(lines) + "\n"


def _chain(chain: Chain, paint: Painter) -> str:
    start = f"terra.toml [{chain.set}]" if chain.set else "terra.toml"
    steps = [
        f"{_named(each.requirement.name.text, str(each.plugin.version if each.plugin else 'not locked'), paint)}"
        f" {_wanted(each)}"
        for each in chain.steps
    ]
    return " -> ".join([start, *steps])


def _why_document(report: WhyReport) -> dict[str, Any]:
    chains = [{"set": each.set, "steps": [_step(step) for step in each.steps]} for each in report.chains]
    return {"name": report.name.text, "chains": chains}


def _usage_words(commands: Any, after: Parser) -> None:  # noqa: ANN401
    parser = command(commands, after, "usage", "show the module blocks and plugins that use a plugin")
    parser.add_argument("names", nargs="+", metavar="NAME", help="a plugin of the project")
    one_set_option(parser)


def _usage(options: argparse.Namespace, toolbox: Toolbox, _: Parser) -> Shown:
    from terra.commands.usage import usage

    report = usage(tuple(options.names), options.set, toolbox)
    document = lambda: {"plugins": [_used(each) for each in report.plugins]}  # noqa: E731
    return Shown("usage", lambda paint, **_: _usage_text(report, paint), document)


def _usage_text(report: UsageReport, paint: Painter) -> str:
    from terra.cli.terminal import line

    lines = []
    for each in report.plugins:
        in_set = f" [{each.plugin.set}]" if each.plugin.set else ""
        lines.append(f"{_named(each.plugin.name.text, str(each.plugin.version), paint)}{in_set}")
        lines += [f'  {one.path}:{one.line}: module "{one.module}" {line(one.source)}' for one in each.callers]
        lines += [f"  {one.plugin.id} needs {one.requirement}" for one in each.needed_by]
        lines += [f"  {one.path}: {one.why}, and may call it" for one in each.unread]
        lines += [] if each.callers or each.needed_by or each.unread else ["  nothing uses it"]
    return "\n".join(lines) + "\n"


def _used(each: Used) -> dict[str, Any]:
    return {
        "name": each.plugin.name.text,
        "version": str(each.plugin.version),
        "set": each.plugin.set,
        "callers": [
            {"path": one.path, "line": one.line, "module": one.module, "source": one.source, "subdir": one.subdir}
            for one in each.callers
        ],
        "needed_by": [
            {
                "name": one.plugin.name.text,
                "version": str(one.plugin.version),
                "requirement": one.requirement.specifier.text,
            }
            for one in each.needed_by
        ],
        "unread": [{"path": one.path, "why": one.why} for one in each.unread],
    }


WORDS = {"outdated": _outdated_words, "tree": _tree_words, "why": _why_words, "usage": _usage_words}
VERBS = {"outdated": _outdated, "tree": _tree, "why": _why, "usage": _usage}
