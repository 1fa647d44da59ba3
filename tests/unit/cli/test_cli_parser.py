"""The words of the command line, and what the environment says of them."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import pytest

from terra.cli import parser as words
from terra.cli.options import Several
from terra.cli.parser import COMMANDS
from terra.errors import UsageError

# Words that every command accepts, for each command and action.
LINES = {
    "init": ["init", "--name", "x"],
    "add": ["add", "aws-s3", "vpc@1.0", "--set", "dev"],
    "adopt": ["adopt", "modules/vpc"],
    "update": ["update", "aws-s3"],
    "sync": ["sync"],
    "remove": ["remove", "aws-s3"],
    "promote": ["promote", "dev", "prod", "aws-s3"],
    "diff": ["diff", "aws-s3"],
    "accept": ["accept", "aws-s3"],
    "verify": ["verify"],
    "list": ["list"],
    "outdated": ["outdated"],
    "tree": ["tree"],
    "why": ["why", "aws-kms"],
    "usage": ["usage", "aws-s3"],
    "info": ["info", "aws-s3"],
    "search": ["search", "bucket"],
    "module": ["module", "aws-s3"],
    "cache dir": ["cache", "dir"],
    "cache list": ["cache", "list"],
    "cache verify": ["cache", "verify"],
    "cache prune": ["cache", "prune", "--older-than", "30d"],
    "registry list": ["registry", "list"],
    "registry add": ["registry", "add", "corp", "https://h/"],
    "registry remove": ["registry", "remove", "corp"],
    "doctor": ["doctor"],
    "completion": ["completion", "bash"],
}


def actions(parser: argparse.ArgumentParser, path: str = "") -> Iterator[tuple[str, argparse.Action]]:
    """Every option of the parser and of the commands below it, with the words that lead there."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                yield from actions(below, f"{path} {name}".strip())
        elif action.option_strings:
            yield path, action


WHOLE = words.build({})
LONG = [
    (
        path,
        "TERRA_" + max(each.option_strings, key=len).removeprefix("--no-").lstrip("-").replace("-", "_").upper(),
        each,
    )
    for path, each in actions(WHOLE)
    if each.default is not argparse.SUPPRESS and each.dest not in ("help", "version")
]


def test_every_command_has_a_verb_and_a_line_here():
    assert {path.split()[0] for path, _ in actions(WHOLE) if path} == set(COMMANDS)
    assert {each.split()[0] for each in LINES} == set(COMMANDS)
    assert len(LONG) > 15


def line_for(path: str) -> list[str]:
    return next(line for name, line in LINES.items() if name.startswith(path))


def cases(*, are_flags: bool) -> list[tuple[str, str, argparse.Action]]:
    return [each for each in LONG if (each[2].nargs == 0) is are_flags]


@pytest.mark.parametrize("is_guessed", [True, False])
@pytest.mark.parametrize("text", ["1", "true", "YES", "on", "0", "false", "No", "off", ""])
@pytest.mark.parametrize(("path", "name", "action"), cases(are_flags=True), ids=lambda value: str(value)[:40])
def test_each_variable_of_a_flag(path: str, name: str, action: argparse.Action, text: str, is_guessed: bool):
    line = line_for(path)
    found = words.build({name: text}, line if is_guessed else ()).parse_args(line)
    assert getattr(found, action.dest) is (text.lower() in ("1", "true", "yes", "on"))


@pytest.mark.parametrize(("path", "name", "action"), cases(are_flags=False), ids=lambda value: str(value)[:40])
def test_each_variable_of_a_value(path: str, name: str, action: argparse.Action):
    text = str(next(iter(action.choices))) if action.choices else "from the environment"
    line = [word for word in line_for(path) if word not in ("--set", "dev", "--name", "x", "--older-than", "30d")]
    several = isinstance(action, Several)
    assert getattr(words.build({name: text}).parse_args(line), action.dest) == ([text] if several else text)
    given = str(list(action.choices)[-1]) if action.choices else "given"
    option = max(action.option_strings, key=len)
    found = getattr(words.build({name: text}).parse_args([*line, option, given]), action.dest)
    assert found == ([given] if several else given)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("TERRA_JSON", "perhaps", "expected `1` or `0`"),
        ("TERRA_OVERWRITE", "2", "expected `1` or `0`"),
        ("TERRA_COLOR", "red", "expected `auto` or `always` or `never`"),
        ("TERRA_GIT_ATTRIBUTES", "x", "expected `1` or `0`"),
    ],
)
def test_a_variable_that_no_option_can_have(name: str, text: str, expected: str):
    with pytest.raises(UsageError, match=f"the environment variable {name} is `{text}`, {expected}") as caught:
        words.build({name: text})
    assert caught.value.subjects == (name,)
    assert "unset" in (caught.value.hint or "")


def test_variables_of_other_things_are_left_alone():
    names = ("TERRA_HOME", "TERRA_HELP", "TERRA_VERSION", "TERRA_TOKEN_HOST", "TERRA_NEW", "JSON")
    found = words.build(dict.fromkeys(names, "x")).parse_args(["list"])
    assert vars(found) == vars(WHOLE.parse_args(["list"]))


EVERYWHERE = [["--json"], ["-q"], ["-v"], ["--color", "never"], ["--project", "list"], ["--offline"]]


@pytest.mark.parametrize("before", [[], *EVERYWHERE])
@pytest.mark.parametrize("after", [[], *EVERYWHERE])
@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_the_guessed_parser_says_what_the_whole_one_says(line: list[str], before: list[str], after: list[str]):
    """Or refuses the words, in which case the whole one is asked."""
    argv = [*before, *line, *after]
    whole = vars(WHOLE.parse_args(argv))
    try:
        guessed = vars(words.build({}, argv).parse_args(argv))
    except UsageError:
        assert "list" in [*before, *after]  # a value that looks like a command: the only guess that misses
    else:
        assert guessed == whole


@pytest.mark.parametrize(
    "argv", [["add"], ["nonsense"], ["list", "extra"], ["--colour"], ["cache"], ["add", "x", "--js"]]
)
def test_wrong_words_are_an_error_of_ours(argv: list[str]):
    for parser in (words.build({}), words.build({}, argv)):
        with pytest.raises(UsageError) as caught:
            parser.parse_args(argv)
        assert "--help` shows what there is" in (caught.value.hint or "")


def test_two_choices_at_once_are_refused():
    with pytest.raises(UsageError, match="not allowed with"):
        WHOLE.parse_args(["add", "x", "--overwrite", "--skip-existing"])


def test_options_stand_before_or_after_the_command():
    for argv in (["--json", "-v", "list"], ["list", "--json", "-v"], ["--json", "list", "-v"]):
        found = WHOLE.parse_args(argv)
        assert (found.json, found.verbose, found.quiet, found.command) == (True, True, False, "list")


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_an_option_may_stand_anywhere_between_names(line: list[str]):
    whole = vars(WHOLE.parse_args([*line, "-q"]))
    start = 2 if line[0] in ("cache", "registry") else 1
    places = [
        each for each in range(start, len(line) + 1) if not line[each - 1].startswith("-")
    ]  # a value follows those
    for place in places:
        argv = [*line[:place], "-q", *line[place:]]
        assert vars(words.build({}, argv).parse_args(argv)) == whole


def test_an_option_with_a_value_stands_between_names():
    found = WHOLE.parse_args(["search", "a", "--tag", "acme", "--registry=here", "bucket"])
    assert (found.words, found.tag, found.registry) == (["a", "bucket"], ["acme"], "here")
    found = WHOLE.parse_args(["registry", "add", "corp", "--kind", "pypi", "https://h/"])
    assert (found.label, found.kind, found.location) == ("corp", "pypi", "https://h/")
    found = WHOLE.parse_args(["remove", "e", "--force", "--", "f", "--dry-run"])
    assert (found.names, found.force, found.dry_run) == (["e", "f", "--dry-run"], True, False)


@pytest.mark.parametrize("argv", [["remove", "a", "b", "--set"], ["remove", "a", "--set", "--force", "b"]])
def test_a_name_is_never_the_value_of_an_option_that_lacks_one(argv: list[str]):
    with pytest.raises(UsageError, match="argument --set: expected one argument"):
        WHOLE.parse_args(argv)


@pytest.mark.parametrize(("columns", "widest"), [("60", 58), ("80", 78), ("300", 100)])
def test_help_is_as_wide_as_the_terminal(monkeypatch: pytest.MonkeyPatch, columns: str, widest: int):
    monkeypatch.setenv("COLUMNS", columns)
    bodies = [
        each.format_help().partition("\n\n")[2] for _, each in subparsers(WHOLE)
    ]  # argparse breaks no group of usage
    shown = [len(line) for body in bodies for line in body.splitlines()]
    assert widest - 8 <= max(shown) <= widest


def subparsers(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.items()


def test_help_is_a_command_as_well():
    assert words.as_help(["help"]) == ["--help"]
    assert words.as_help(["help", "cache", "prune"]) == ["cache", "prune", "--help"]
    assert words.as_help(["add", "help"]) == ["add", "help"]
