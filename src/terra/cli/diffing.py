"""`diff`: words, and the report as text and JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from terra.cli.options import command, one_set_option
from terra.cli.verbs import Shown

if TYPE_CHECKING:
    import argparse

    from terra.cli.parser import Parser
    from terra.cli.terminal import Painter
    from terra.commands.diff import DiffReport, PluginInterface
    from terra.commands.toolbox import Toolbox
    from terra.model.interface_change import Changed, InterfaceChange


def _diff_words(commands: Any, after: Parser) -> None:  # noqa: ANN401  # argparse's own
    parser = command(commands, after, "diff", "show what you changed in plugins, as a diff that git applies")
    parser.add_argument("names", nargs="*", metavar="NAME", help="a plugin of the project; all without")
    parser.add_argument("--latest", action="store_true", help="show what `update --latest` would change instead")
    parser.add_argument("--interface", action="store_true", help="show inputs, outputs and providers only")
    parser.add_argument("--exit-code", action="store_true", help="exit 7 if anything differs")
    one_set_option(parser)


def _diff(options: argparse.Namespace, toolbox: Toolbox, _: Parser) -> Shown:
    from terra.commands.diff import DiffRequest, diff

    request = DiffRequest(
        names=tuple(options.names),
        set=options.set,
        latest=options.latest,
        interface=options.interface,
        exit_code=options.exit_code,
    )
    report = diff(request, toolbox)

    def as_text(paint: Painter, *, quiet: bool, verbose: bool) -> str:  # noqa: ARG001  # every text takes them
        return _different(report, paint, quiet=quiet)

    exact = report.patch if report.interfaces is None else None
    return Shown("diff", as_text, lambda: _diff_document(report), report.warnings, report.exit, exact=exact)


def _different(report: DiffReport, paint: Painter, *, quiet: bool) -> str:
    from terra.cli import change_text

    if report.files:
        shown = report.shown.replace("\r\n", "\n")  # a terminal has no other way to show a line of a CRLF text
        return change_text.coloured_diff(shown, paint)
    if report.interfaces:
        lines = [line for each in report.interfaces for line in _interface(each, paint)]
        return "".join(f"{line}\n" for line in lines)
    nothing = "An update would change nothing." if report.latest else "Nothing was changed since it was added."
    same = "No input, output or provider differs."
    return "" if quiet else f"{nothing if report.interfaces is None else same}\n"


def _interface(each: PluginInterface, paint: Painter) -> list[str]:
    where = f" [{each.set}]" if each.set else ""
    moves = f"{each.from_} -> {each.to}" if each.from_ != each.to else f"{each.from_}, as you changed it"
    head = f"{paint.paint('bold', each.plugin.text)} {moves}{where}"
    return [head, *(f"  {line}" for line in _interface_lines(each.change, paint))]


def _interface_lines(change: InterfaceChange, paint: Painter) -> list[str]:
    from terra.cli.terminal import line

    def named(sign: str, style: str, what: str, names: tuple[str, ...]) -> list[str]:
        return [f"{paint.paint(style, sign)} {what} {line(name)}" for name in names]

    def changed(what: str, each: Changed) -> str:
        old, new = (line(text) if text is not None else "none" for text in (each.old, each.new))
        return f"{paint.paint('yellow', '~')} {what}: {old} -> {new}"

    return [
        *named("!", "red", "now required input", change.new_required),
        *named("-", "red", "removed input", change.removed_inputs),
        *named("-", "red", "removed output", change.removed_outputs),
        *(changed(f"type of {line(each.name)}", each) for each in change.changed_types),
        *(changed(f"provider {line(each.name)}", each) for each in change.provider_changes),
        *([changed("required_version", change.required_version)] if change.required_version else []),
        *(changed(f"default of {line(each.name)}", each) for each in change.changed_defaults),
        *named("+", "green", "now optional input", change.new_optional),
        *named("+", "green", "new output", change.new_outputs),
    ]


def _diff_document(report: DiffReport) -> dict[str, Any]:
    return {
        "files": [
            {"path": each.path, "kind": "new" if each.old is None else "deleted" if each.new is None else "changed"}
            for each in report.files
        ],
        "diff": report.patch if report.interfaces is None else None,
        "interfaces": [_interface_document(each) for each in report.interfaces or ()],
        "warnings": list(report.warnings),
    }


def _interface_document(each: PluginInterface) -> dict[str, Any]:
    change = each.change

    def sides(changed: tuple[Changed, ...]) -> list[dict[str, Any]]:
        return [{"name": one.name, "old": one.old, "new": one.new} for one in changed]

    version = change.required_version
    return {
        "plugin": each.plugin.text,
        "set": each.set,
        "from": str(each.from_),
        "to": str(each.to),
        "new_required": list(change.new_required),
        "new_optional": list(change.new_optional),
        "removed_inputs": list(change.removed_inputs),
        "changed_types": sides(change.changed_types),
        "changed_defaults": sides(change.changed_defaults),
        "new_outputs": list(change.new_outputs),
        "removed_outputs": list(change.removed_outputs),
        "provider_changes": sides(change.provider_changes),
        "required_version": sides((version,)) if version else [],
    }


WORDS = {"diff": _diff_words}
VERBS = {"diff": _diff}
