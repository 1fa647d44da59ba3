"""Words of the command line that cannot be used: what was probably meant.

argparse says what it did not understand; this looks up the nearest word that the command at hand has.
"""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING

from terra.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# What other package managers call it.
_ELSEWHERE = {
    "install": "add",
    "i": "add",
    "get": "add",
    "ls": "list",
    "show": "info",
    "upgrade": "update",
    "uninstall": "remove",
    "rm": "remove",
}
_INVALID = re.compile(r"invalid choice: '([^']*)'")
_ALIKE = 0.7  # of difflib's ratio: `--bogus` is not `--verbose`
_NEAR = 2  # commands that one word may have meant
_UNKNOWN = "unrecognized arguments: "


def explained(error: UsageError, parser: argparse.ArgumentParser, argv: Sequence[str]) -> UsageError:
    """Return what argparse says of a command line, with the word that was probably meant.

    Args:
        error: What the parser raised.
        parser: The whole parser, with every command.
        argv: The command line.

    Raises:
        UsageError: An option is given twice, which is what confused argparse.
    """
    refuse_twice(parser, argv)
    at = list(_path(parser, argv))[-1]
    hint = f"`{at.prog} --help` shows what there is"
    meant = _choice(error.message, at) or _option(error.message, at, parser)
    message = _no_command(error.message) if at is parser else error.message
    return UsageError(message, hint=f"{meant} {hint}" if meant else hint, subjects=error.subjects)


def _no_command(message: str) -> str:
    """Return what is said of a word that is no command, without the names of all of them."""
    match = _INVALID.search(message) if message.startswith("argument COMMAND: ") else None
    return f"there is no command `{match[1]}`" if match else message


def refuse_twice(parser: argparse.ArgumentParser, argv: Sequence[str]) -> None:
    """Refuse an option that can have one value and is given two: argparse would drop the first without a word.

    Raises:
        UsageError: There is one.
    """
    at = list(_path(parser, argv))[-1]
    single = {text for each in at._actions if type(each) is argparse._StoreAction for text in each.option_strings}  # noqa: SLF001
    given = _long_options(argv)
    twice = next((each for each in given if given.count(each) > 1 and each in single), None)
    if twice is not None:
        message = f"`{twice}` is given twice"
        raise UsageError(message, hint=f"`{at.prog}` takes it once: run it once for each", subjects=(twice,))


def _long_options(argv: Sequence[str]) -> list[str]:
    """Return the long options of a command line as often as they are given, without their values."""
    words = argv[: argv.index("--")] if "--" in argv else argv
    return [each.partition("=")[0] for each in words if each.startswith("--")]


def _path(parser: argparse.ArgumentParser, argv: Sequence[str]) -> Iterator[argparse.ArgumentParser]:
    """Yield the parser and those of the command and the action that the words name."""
    yield parser
    for word in argv:
        below = commands_of(parser).get(word)
        if below is not None:
            yield (parser := below)


def commands_of(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """Return the commands, or the actions of a command, by their names."""
    found: dict[str, argparse.ArgumentParser] = {}
    for action in parser._actions:  # noqa: SLF001  # argparse has no public way to its actions
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            found.update(action.choices)
    return found


def _choice(message: str, at: argparse.ArgumentParser) -> str | None:
    match = _INVALID.search(message)
    if match is None:
        return None
    known = [str(each) for action in at._actions for each in action.choices or ()]  # noqa: SLF001
    elsewhere = [_ELSEWHERE.get(match[1], "")]
    near = [each for each in elsewhere if each in known] or _near(match[1], known, _NEAR)
    return f"did you mean {' or '.join(f'`{each}`' for each in near)}?" if near else None


def _option(message: str, at: argparse.ArgumentParser, parser: argparse.ArgumentParser) -> str | None:
    if not message.startswith(_UNKNOWN):
        return None
    words = [each.partition("=")[0] for each in message.removeprefix(_UNKNOWN).split()]
    word = next((each for each in words if each.startswith("-")), None)
    if word is None:
        return None
    others = [f"`{each.prog}`" for each in _all(parser) if each is not at and word in _options(each)]
    if others:
        return f"`{word}` goes with {', '.join(others)};"
    known = _options(at)
    near = [each for each in known if each.startswith(word) and word != "-"] or _near(word, known)
    return f"did you mean `{near[0]}`?" if near else None


def _all(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield parser
    for each in commands_of(parser).values():
        yield from _all(each)


def _options(parser: argparse.ArgumentParser) -> list[str]:
    return [text for action in parser._actions for text in action.option_strings]  # noqa: SLF001


def _near(word: str, known: Sequence[str], most: int = 1) -> list[str]:
    from difflib import get_close_matches

    return get_close_matches(word, known, most, _ALIKE)
