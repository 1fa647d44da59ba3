"""Options that several commands have, worded once."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terra.cli.parser import Parser
    from terra.vendor.plan import Choice

_CHOICES = {  # by the option, the value of `Choice` that it means
    "overwrite": ("overwrite", "take the plugin's files over mine, whole"),
    "skip_existing": ("skip", "keep my files where both are, whole"),
    "merge": ("merge", "merge, with conflict markers where both changed the same lines"),
    "ours": ("ours", "merge, with my lines where both changed the same ones"),
    "theirs": ("theirs", "merge, with the plugin's lines where both changed the same ones"),
}


class Several(argparse.Action):
    """An option that may be given more than once; the first time takes the place of what the environment says."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,  # noqa: ARG002  # argparse's own signature
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,  # noqa: ARG002
    ) -> None:
        """Take one more value."""
        known = getattr(namespace, self.dest)
        setattr(namespace, self.dest, [*([] if known is self.default else known), values])


def command(commands: Any, after: Parser, name: str, text: str, **extra: Any) -> Parser:  # noqa: ANN401  # argparse's own
    """Return the parser of a command, with the options that every command takes."""
    parser: Parser = commands.add_parser(
        name, help=text, description=f"{text[0].upper()}{text[1:]}.", parents=[after], **extra
    )
    return parser


def set_option(parser: Parser) -> None:
    """Take `--set`, the default set without."""
    parser.add_argument("--set", metavar="NAME", default="", help="a set of terra.toml; the default set without")


def one_set_option(parser: Parser) -> None:
    """Take `--set`, every set without."""
    parser.add_argument("--set", metavar="NAME", help="one set of terra.toml; every set without")


def recursive_option(parser: Parser) -> None:
    """Take `--recursive`, with which `cli.recursive` runs the command."""
    parser.add_argument("--recursive", action="store_true", help="in every project below, with one report for all")


def registry_option(parser: Parser) -> None:
    """Take `--registry`."""
    parser.add_argument("--registry", metavar="NAME-OR-LOCATION", help="ask this registry only")


def writing_options(parser: Parser) -> None:
    """Take what every command has that writes a plugin's files."""
    parser.add_argument("--dry-run", action="store_true", help="show what would be done, write nothing")
    parser.add_argument("--diff", action="store_true", help="show every change as a diff, write nothing")
    choice = parser.add_mutually_exclusive_group()
    for dest, (_, text) in _CHOICES.items():
        choice.add_argument(f"--{dest.replace('_', '-')}", action="store_true", help=text)


def choice_of(options: argparse.Namespace) -> Choice:
    """Return what the user said about files of theirs."""
    from terra.vendor.plan import Choice

    return Choice(next((choice for dest, (choice, _) in _CHOICES.items() if getattr(options, dest)), "ask"))
