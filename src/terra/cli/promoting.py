"""`promote`: words; its report is that of every command that changes plugins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from terra.cli.options import choice_of, command, writing_options

if TYPE_CHECKING:
    import argparse

    from terra.cli.parser import Parser
    from terra.cli.verbs import Shown
    from terra.commands.toolbox import Toolbox


def _promote_words(commands: Any, after: Parser) -> None:  # noqa: ANN401  # argparse's own
    parser = command(commands, after, "promote", "give one set exactly the releases that another has locked")
    parser.add_argument("from_", metavar="FROM", help="a set of terra.toml, or `default`")
    parser.add_argument("to", metavar="TO", help="the set that gets them")
    parser.add_argument(
        "names", nargs="*", default=[], metavar="NAME", help="a plugin, with what it needs; all without"
    )
    parser.add_argument("--prune", action="store_true", help="take away the plugins that only TO has")
    writing_options(parser)
    parser.add_argument(
        "--allow-registry-change", action="store_true", help="let a locked plugin come from another registry"
    )


def _promote(options: argparse.Namespace, toolbox: Toolbox, _: Parser) -> Shown:
    from terra.cli.changing import shown
    from terra.commands.promote import PromoteRequest, promote

    request = PromoteRequest(
        from_=options.from_,
        to=options.to,
        names=tuple(options.names),
        prune=options.prune,
        choice=choice_of(options),
        dry_run=options.dry_run or options.diff,
        diff=options.diff,
        allow_registry_change=options.allow_registry_change,
    )
    return shown(promote(request, toolbox))


WORDS = {"promote": _promote_words}
VERBS = {"promote": _promote}
