"""The words of the command line, and the option defaults that the environment gives."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any, NoReturn

from terra.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TRUE = ("1", "true", "yes", "on")
_FALSE = ("0", "false", "no", "off", "")


class Parser(argparse.ArgumentParser):
    """argparse that raises `UsageError` instead of leaving the process."""

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401  # argparse's own
        super().__init__(**{"formatter_class": _formatter, "allow_abbrev": False, **settings})

    def error(self, message: str) -> NoReturn:
        """Raise what is wrong with the words."""
        raise UsageError(message, hint=f"`{self.prog} --help` shows what there is")

    def print_help(self, file: Any = None) -> None:  # noqa: ANN401  # argparse's own
        """Print the help, or fail: argparse's own would hide that it could not."""
        stream = file or sys.stdout
        stream.write(self.format_help())
        stream.flush()


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
    guess = next((word for word in argv if word in _COMMANDS and word != "completion"), None)
    for name, add in _COMMANDS.items():
        if guess in (None, name):
            add(commands, after)
    _take_defaults(parser, environment)
    return parser


def _formatter(prog: str) -> argparse.HelpFormatter:
    """Draw help with rich on a terminal only: it costs more to import than the rest of a command."""
    if not sys.stdout.isatty():
        return argparse.HelpFormatter(prog, max_help_position=32, width=100)
    from rich_argparse import RichHelpFormatter

    return RichHelpFormatter(prog, max_help_position=32)


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


def _command(commands: Any, after: Parser, name: str, text: str, **extra: Any) -> Parser:  # noqa: ANN401  # argparse's own
    parser: Parser = commands.add_parser(
        name, help=text, description=f"{text[0].upper()}{text[1:]}.", parents=[after], **extra
    )
    return parser


def _init(commands: Any, after: Parser) -> None:  # noqa: ANN401
    parser = _command(commands, after, "init", "make a project of this folder")
    parser.add_argument("--name", help="name of the project; the folder's by default")
    parser.add_argument("--plugins-dir", metavar="DIR", default="plugins", help="where plugins go (plugins)")
    parser.add_argument(
        "--git-attributes",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="keep git from changing line endings of plugins; asked on a terminal",
    )


def _add(commands: Any, after: Parser) -> None:  # noqa: ANN401
    parser = _command(commands, after, "add", "put plugins into the project, locked")
    parser.add_argument("plugins", nargs="+", metavar="PLUGIN", help="NAME, NAME@VERSION, a path, or SCHEME:…")
    _set_option(parser)
    parser.add_argument("--as", dest="alias", metavar="NAME", help="name of a plugin given by path or address")
    parser.add_argument("--checksum", metavar="sha256-HEX", help="what the archive at an address must hash to")
    _registry_option(parser)
    parser.add_argument("--dry-run", action="store_true", help="show what would be done, write nothing")
    parser.add_argument("--diff", action="store_true", help="show every change as a diff, write nothing")
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--overwrite", action="store_true", help="take the plugin's files over mine")
    choice.add_argument("--skip-existing", action="store_true", help="keep my files where both are")
    parser.add_argument(
        "--allow-registry-change", action="store_true", help="let a locked plugin come from another registry"
    )


def _list(commands: Any, after: Parser) -> None:  # noqa: ANN401
    parser = _command(commands, after, "list", "show what the project holds")
    parser.add_argument("--set", metavar="NAME", help="one set only")
    parser.add_argument("--installed", action="store_true", help="show the plugins that are installed beside terra")


def _info(commands: Any, after: Parser) -> None:  # noqa: ANN401
    parser = _command(commands, after, "info", "show versions, inputs and outputs of a plugin")
    parser.add_argument("plugin", metavar="PLUGIN", help="NAME, NAME@VERSION, a path, or SCHEME:…")
    _registry_option(parser)


def _module(commands: Any, after: Parser) -> None:  # noqa: ANN401
    parser = _command(commands, after, "module", "print the module block of plugins in the project")
    parser.add_argument("names", nargs="+", metavar="NAME", help="a plugin of the project")
    _set_option(parser)


def _cache(commands: Any, after: Parser) -> None:  # noqa: ANN401
    parser = _command(commands, after, "cache", "look at or empty the cache")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True, title="actions")
    _command(actions, after, "dir", "print where the cache is")
    _command(actions, after, "list", "show what the cache holds")
    _command(actions, after, "verify", "hash everything again")
    prune = _command(actions, after, "prune", "remove what the cache holds")
    prune.add_argument("--older-than", metavar="AGE", help="keep what is younger: 30m, 12h, 30d, 4w")


def _registry(commands: Any, after: Parser) -> None:  # noqa: ANN401
    parser = _command(commands, after, "registry", "choose which registries the project asks")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True, title="actions")
    _command(actions, after, "list", "show the registries in the order in which they are asked")
    add = _command(actions, after, "add", "add a registry to terra.toml")
    add.add_argument("label", metavar="NAME", help="what the project calls it")
    add.add_argument(
        "location", nargs="?", metavar="URL-OR-FOLDER", help="a registry.json, the folder of one, or a package index"
    )
    add.add_argument("--kind", help="what it is, where it is no registry of terra's own: pypi or npm")


def _doctor(commands: Any, after: Parser) -> None:  # noqa: ANN401
    _command(commands, after, "doctor", "look for what is wrong and say what to do")


def _completion(commands: Any, after: Parser) -> None:  # noqa: ANN401
    parser = _command(commands, after, "completion", "print the completion script of a shell")
    parser.add_argument("shell", choices=("bash", "zsh", "tcsh"), help="the shell")


_COMMANDS = {
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


def _set_option(parser: Parser) -> None:
    parser.add_argument("--set", metavar="NAME", default="", help="a set of terra.toml; the default set without")


def _registry_option(parser: Parser) -> None:
    parser.add_argument("--registry", metavar="NAME-OR-LOCATION", help="ask this registry only")


def _take_defaults(parser: argparse.ArgumentParser, environment: Mapping[str, str]) -> None:
    """Give every option the default that `TERRA_<OPTION>` says, here and in every command."""
    for action in parser._actions:  # noqa: SLF001  # argparse has no public way to its actions
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            for each in dict.fromkeys(action.choices.values()):
                _take_defaults(each, environment)
        elif action.option_strings and action.default is not argparse.SUPPRESS:
            _take_default(parser, action, environment)


def _take_default(parser: argparse.ArgumentParser, action: argparse.Action, environment: Mapping[str, str]) -> None:
    variable = "TERRA_" + action.option_strings[-1].lstrip("-").removeprefix("no-").replace("-", "_").upper()
    text = environment.get(variable)
    if text is None or action.dest in ("help", "version"):
        return
    if action.nargs != 0:
        if action.choices is not None and text not in action.choices:
            raise _bad_variable(variable, text, tuple(map(str, action.choices)))
        parser.set_defaults(**{action.dest: text})
        return
    if text.lower() not in (*_TRUE, *_FALSE):
        raise _bad_variable(variable, text, ("1", "0"))
    parser.set_defaults(**{action.dest: text.lower() in _TRUE})


def _bad_variable(variable: str, text: str, expected: tuple[str, ...]) -> UsageError:
    words = " or ".join(f"`{each}`" for each in expected)
    message = f"the environment variable {variable} is `{text}`, expected {words}"
    return UsageError(message, hint=f"`unset {variable}` takes it away", subjects=(variable,))
