"""`tree`, `why`, `usage`: words, and reports as text and JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from terra.cli.options import command, one_set_option, recursive_option
from terra.cli.verbs import Shown

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from terra.cli.parser import Parser
    from terra.cli.terminal import Painter
    from terra.commands.toolbox import Toolbox
    from terra.commands.tree import Chain, SetTree, Step, TreeReport, WhyReport
    from terra.commands.usage import UsageReport, Used

_USAGE = (
    "Show the module blocks of this repository that call a plugin, and the plugins that need it. What plugins call by "
    "their requirements is said as their need; a call that you wrote into a plugin which has no such need is a block."
)


def _tree_words(commands: Any, after: Parser) -> None:  # noqa: ANN401  # argparse's own
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
    parser.description = _USAGE
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


WORDS = {"tree": _tree_words, "why": _why_words, "usage": _usage_words}
VERBS = {"tree": _tree, "why": _why, "usage": _usage}
