"""The option defaults that the environment gives."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from terra.cli.options import Several
from terra.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

_TRUE = ("1", "true", "yes", "on")
_FALSE = ("0", "false", "no", "off", "")


def take_defaults(parser: argparse.ArgumentParser, environment: Mapping[str, str]) -> None:
    """Give every option the default that `TERRA_<OPTION>` says, here and in every command."""
    for action in parser._actions:  # noqa: SLF001  # argparse has no public way to its actions
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            for each in dict.fromkeys(action.choices.values()):
                take_defaults(each, environment)
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
        several = isinstance(action, Several)
        parser.set_defaults(**{action.dest: [text] if several else text})
        return
    if text.lower() not in (*_TRUE, *_FALSE):
        raise _bad_variable(variable, text, ("1", "0"))
    parser.set_defaults(**{action.dest: text.lower() in _TRUE})


def _bad_variable(variable: str, text: str, expected: tuple[str, ...]) -> UsageError:
    words = " or ".join(f"`{each}`" for each in expected)
    message = f"the environment variable {variable} is `{text}`, expected {words}"
    return UsageError(message, hint=f"`unset {variable}` takes it away", subjects=(variable,))
