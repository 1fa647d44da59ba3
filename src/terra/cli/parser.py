"""The words of the command line."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any, NoReturn

from terra.cli.columns import columns
from terra.cli.defaults import take_defaults
from terra.cli.options import command, recursive_option, registry_option, set_option, writing_options
from terra.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_WIDEST = 100  # columns of help


class Parser(argparse.ArgumentParser):
    """argparse that raises `UsageError` instead of leaving the process."""

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401  # argparse's own
        super().__init__(**{"formatter_class": _formatter, "allow_abbrev": False, **settings})

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:  # noqa: ANN401  # argparse's own
        """Parse words, of a command with options between names as well: argparse's own way takes names in one row."""
        is_command = self._subparsers is None and args is not None
        return super().parse_known_args(self._options_first(args) if is_command else args, namespace)

    def _options_first(self, words: Sequence[str]) -> Sequence[str]:
        """Return the words with every option and its value before the names; as they are where a value is missing."""
        options: list[str] = []
        names: list[str] = []
        left = iter(words)
        for word in left:
            if word == "--":
                return [*options, word, *names, *left]
            if not _is_option(word):
                names.append(word)
                continue
            options.append(word)
            action = self._option_string_actions.get(word)
            if action is not None and action.nargs is None:
                value = next(left, "--")
                if _is_option(value):
                    return words
                options.append(value)
        return [*options, *names]

    def error(self, message: str) -> NoReturn:
        """Raise what is wrong with the words."""
        raise UsageError(message, hint=f"`{self.prog} --help` shows what there is")

    def print_help(self, file: Any = None) -> None:  # noqa: ANN401  # argparse's own
        """Print the help, or fail: argparse's own would hide that it could not."""
        stream = file or sys.stdout
        stream.write(self.format_help())
        stream.flush()


def _is_option(word: str) -> bool:
    return word.startswith("-") and word != "-"


def as_help(argv: Sequence[str]) -> Sequence[str]:
    """Return `terra help COMMAND` as `terra COMMAND --help`, which other programs have both."""
    return [*argv[1:], "--help"] if argv and argv[0] == "help" else argv


def build(environment: Mapping[str, str], argv: Sequence[str] = ()) -> Parser:
    """Return the parser of the command line.

    Args:
        environment: `TERRA_<OPTION>` in it is the default of an option.
        argv: The words to be parsed, from which the command is guessed: only its parser is then made,
            since making all of them takes longer than parsing. Without a guess all are made.

    Raises:
        UsageError: Such a variable has a value that its option cannot have.
    """
    everywhere = _everywhere()
    parser = Parser(
        prog="terra", description="The package manager for Terraform building blocks.", parents=[everywhere]
    )
    parser.add_argument("-V", "--version", action="store_true", help="show the version and exit")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    after = _everywhere(suppress=True)
    guess = next((word for word in argv if word in COMMANDS and word != "completion"), None)
    for name in COMMANDS:
        if guess in (None, name):
            words = _WORDS.get(name) or theme_of(name).WORDS[name]
            words(commands, after)
    take_defaults(parser, environment)
    return parser


def _formatter(prog: str) -> argparse.HelpFormatter:
    """Draw help with rich on a terminal only: it costs more to import than the rest of a command."""
    width = min(_WIDEST, columns() - 2)
    if not sys.stdout.isatty():
        return argparse.HelpFormatter(prog, max_help_position=32, width=width)
    from rich_argparse import RichHelpFormatter

    return RichHelpFormatter(prog, max_help_position=32, width=width)


def _everywhere(*, suppress: bool = False) -> Parser:
    """Return the options that every command takes, before its name or after it."""
    parser = Parser(add_help=False)
    group = parser.add_argument_group("everywhere")
    default: dict[str, Any] = {"default": argparse.SUPPRESS} if suppress else {}
    group.add_argument("--json", action="store_true", help="print one JSON document on stdout", **default)
    group.add_argument("-q", "--quiet", action="store_true", help="say less", **default)
    group.add_argument("-v", "--verbose", action="store_true", help="say more, with tracebacks", **default)
    colour: dict[str, Any] = default or {"default": "auto"}
    group.add_argument("--color", choices=("auto", "always", "never"), help="colour the output", **colour)
    group.add_argument("--project", metavar="DIR", help="work as if started in DIR", **default)
    group.add_argument("--offline", action="store_true", help="use the cache only", **default)
    return parser


def _init(commands: Any, after: Parser) -> None:  # noqa: ANN401
    parser = command(commands, after, "init", "make a project of this folder")
    parser.add_argument("--name", help="name of the project; the folder's by default")
    parser.add_argument("--plugins-dir", metavar="DIR", default="plugins", help="where plugins go (plugins)")
    parser.add_argument(
        "--git-attributes",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="keep git from changing line endings of plugins; asked on a terminal",
    )
    parser.add_argument("--dry-run", action="store_true", help="show what would be done, write nothing")


def _add(commands: Any, after: Parser) -> None:  # noqa: ANN401
    parser = command(commands, after, "add", "put plugins into the project, locked")
    parser.add_argument("plugins", nargs="+", metavar="PLUGIN", help="NAME, NAME@VERSION, a path, or SCHEME:…")
    set_option(parser)
    parser.add_argument("--as", dest="alias", metavar="NAME", help="name of a plugin given by path or address")
    parser.add_argument("--checksum", metavar="sha256-HEX", help="what the archive at an address must hash to")
    registry_option(parser)
    writing_options(parser)
    parser.add_argument(
        "--allow-registry-change", action="store_true", help="let a locked plugin come from another registry"
    )


def _list(commands: Any, after: Parser) -> None:  # noqa: ANN401
    parser = command(commands, after, "list", "show what the project holds")
    parser.add_argument("--set", metavar="NAME", help="one set only")
    recursive_option(parser)
    parser.add_argument("--installed", action="store_true", help="show the plugins that are installed beside terra")


def _info(commands: Any, after: Parser) -> None:  # noqa: ANN401
    parser = command(commands, after, "info", "show versions, inputs and outputs of a plugin")
    parser.add_argument("plugin", metavar="PLUGIN", help="NAME, NAME@VERSION, a path, or SCHEME:…")
    registry_option(parser)


def _module(commands: Any, after: Parser) -> None:  # noqa: ANN401
    parser = command(commands, after, "module", "print the module block of plugins in the project")
    parser.add_argument("names", nargs="+", metavar="NAME", help="a plugin of the project")
    set_option(parser)


def _cache(commands: Any, after: Parser) -> None:  # noqa: ANN401
    parser = command(commands, after, "cache", "look at or empty the cache")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True, title="actions")
    command(actions, after, "dir", "print where the cache is")
    command(actions, after, "list", "show what the cache holds")
    command(actions, after, "verify", "hash everything again")
    prune = command(actions, after, "prune", "remove what the cache holds")
    prune.add_argument("--older-than", metavar="AGE", help="keep what is younger: 30m, 12h, 30d, 4w")
    prune.add_argument("--dry-run", action="store_true", help="show what would be done, remove nothing")


def _registry(commands: Any, after: Parser) -> None:  # noqa: ANN401
    parser = command(commands, after, "registry", "choose which registries the project asks")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True, title="actions")
    command(actions, after, "list", "show the registries in the order in which they are asked")
    add = command(actions, after, "add", "add a registry to terra.toml, or to your own config.toml")
    add.add_argument("label", metavar="NAME", help="what the project calls it")
    add.add_argument(
        "location", nargs="?", metavar="URL-OR-FOLDER", help="a registry.json, the folder of one, or a package index"
    )
    add.add_argument("--kind", help="what it is, where it is no registry of terra's own: pypi, npm or terraform")
    add.add_argument("--namespaces", metavar="N,…", default="", help="names beginning with these come from it alone")
    remove = command(actions, after, "remove", "take a registry out of terra.toml, or out of your own config.toml")
    remove.add_argument("label", metavar="NAME", help="what `terra registry list` calls it")
    remove.add_argument("--force", action="store_true", help="also where plugins of the project come from it")
    for each in (add, remove):
        each.add_argument("--user", action="store_true", help="edit your own config.toml, for all projects")
        each.add_argument("--dry-run", action="store_true", help="show what would be done, write nothing")


def _doctor(commands: Any, after: Parser) -> None:  # noqa: ANN401
    command(commands, after, "doctor", "look for what is wrong and say what to do")


def _completion(commands: Any, after: Parser) -> None:  # noqa: ANN401
    parser = command(commands, after, "completion", "print the completion script of a shell")
    parser.add_argument("shell", choices=("bash", "zsh", "tcsh"), help="the shell")


# The commands in the order of the help, each with the module that has its words and its verb, where not here.
COMMANDS: dict[str, str] = {
    "init": "",
    "add": "",
    "update": "changing",
    "sync": "changing",
    "remove": "changing",
    "adopt": "adopting",
    "promote": "promoting",
    "diff": "diffing",
    "accept": "checking",
    "verify": "checking",
    "list": "",
    "outdated": "outdated",
    "tree": "looking",
    "why": "looking",
    "usage": "looking",
    "info": "",
    "search": "searching",
    "module": "",
    "cache": "",
    "registry": "",
    "doctor": "",
    "completion": "",
}
_WORDS = {
    "init": _init,
    "add": _add,
    "list": _list,
    "info": _info,
    "module": _module,
    "cache": _cache,
    "registry": _registry,
    "doctor": _doctor,
    "completion": _completion,
}


def theme_of(command: str) -> Any:  # noqa: ANN401  # a module with `WORDS` and `VERBS`
    """Return the module that has the words and the verb of a command."""
    from importlib import import_module

    return import_module(f"terra.cli.{COMMANDS[command]}")
