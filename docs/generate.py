# ruff: noqa: INP001  # docs is not a package: this is its one program
"""Write what of the reference follows from the program: `python docs/generate.py`.

The whole of `reference/commands.md` is made from the parser, of `reference/hooks.md` from `terra.spec`. In
`reference/environment.md` and `reference/errors.md` only what stands between `<!-- generated -->` and
`<!-- end -->` is. Nothing depends on the version of Python, the width of the terminal or the environment.
`tests/docs/test_reference.py` fails where a page is stale.
"""

from __future__ import annotations

import argparse
import inspect
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from terra import errors, spec
from terra.cli import parser as words
from terra.errors import TerraError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

REFERENCE = Path(__file__).parent / "reference"
_MARKED = re.compile(r"(<!-- generated -->\n).*?(<!-- end -->)", re.DOTALL)
_TITLES = ("argument or option", "what it is")
_INTRODUCTION = """\
# Commands

<!-- Made by `python docs/generate.py` from the parser: change that, not this page. -->

```text
terra [OPTION…] COMMAND [OPTION…] [ARGUMENT…]
```

An option of every command may be given before its name or after it. Its default can stand in the environment, see
[environment](environment.md). What each exit code means is in [exit codes](exit-codes.md), what `--json` prints
in [JSON](json.md). `terra --version` prints the version, `terra COMMAND --help` what is on this page.
"""

_HOOKS_INTRODUCTION = """\
# Hooks

<!-- Made by `python docs/generate.py` from `terra.spec`: change that, not this page. -->

An extension is a distribution that is installed beside terra, with an entry point in the group `terra.extensions`. It
imports from `terra.spec`, and from `terra.model`, `terra.errors` and `terra.ports` for what the signatures name.
[Write an extension](../how-to/write-an-extension.md) shows one whole."""


def pages() -> dict[Path, str]:
    """Return every page with generated parts, as it must be."""
    return {
        REFERENCE / "commands.md": commands(),
        REFERENCE / "hooks.md": hooks(),
        REFERENCE / "environment.md": _filled(REFERENCE / "environment.md", variables()),
        REFERENCE / "errors.md": _filled(REFERENCE / "errors.md", error_classes()),
    }


def commands() -> str:
    """Return the page of the commands."""
    parser = words.build({})
    everywhere = [each for each in _options(parser) if each.dest not in ("help", "version")]
    parts = [_INTRODUCTION, "## Options of every command\n", _table(map(_option_row, everywhere))]
    for name, command in _commands(parser):
        parts += _command(f"terra {name}", command, {each.dest for each in everywhere})
    return "\n".join(parts)


def variables() -> str:
    """Return the table of the variables that are options."""
    parser = words.build({})
    rows: dict[tuple[str, str], list[str]] = {}
    for name, command in (("every command", parser), *_commands(parser)):
        for each in _options(command):
            if each.default is not argparse.SUPPRESS and each.dest not in ("help", "version"):
                variable, values = words_of(each)
                rows.setdefault((variable, values), []).append(name if command is parser else f"`{name}`")
    lines = [(f"`{variable}`", values, ", ".join(used)) for (variable, values), used in sorted(rows.items())]
    return _table(lines, ("variable", "value", "option of"))


def words_of(action: argparse.Action) -> tuple[str, str]:
    """Return the environment variable of an option, and what it may be."""
    variable = "TERRA_" + action.option_strings[-1].lstrip("-").removeprefix("no-").replace("-", "_").upper()
    if action.nargs == 0:
        return variable, "`1` or `0`"
    if action.choices:
        return variable, ", ".join(f"`{each}`" for each in action.choices)
    return variable, f"{action.metavar or action.dest.upper()}"


def error_classes() -> str:
    """Return the table of the classes of errors."""
    found = [each for each in vars(errors).values() if inspect.isclass(each) and issubclass(each, TerraError)]
    rows = [(f"`{each.code}`", str(each.exit), _sentence(each)) for each in found]
    return _table(rows, ("code", "exit", "what happened"))


def hooks() -> str:
    """Return the page of the hooks, and of what `terra.spec` exports for them."""
    parts = [_HOOKS_INTRODUCTION, "## Hooks"]
    for name, hook in vars(spec.hooks).items():
        if name.startswith("terra_"):
            parts += [f"### {name}", _code(f"def {name}{_signature(hook)}"), _prose(hook)]
    parts.append("## Values and interfaces")
    for name in spec.__all__:
        member = getattr(spec, name)
        if inspect.isclass(member):
            parts += [f"### {name}", _prose(member), *_members(member)]
    return "\n\n".join(parts)


def _members(member: type) -> Iterator[str]:
    shown = {name: each for name, each in vars(member).items() if not name.startswith("_")}
    if fields := getattr(member, "__match_args__", ()):
        yield _code("\n".join(f"{field}: {member.__annotations__[field]}" for field in fields))
    for name, each in shown.items():
        if isinstance(each, property):
            yield f"- `{name}`: {_first(each)}"
        elif inspect.isfunction(each):
            yield f"- `{name}{_signature(each)}`: {_first(each)}"


def _signature(function: Callable[..., object]) -> str:
    return str(inspect.signature(function)).replace("'", "").replace("(self, ", "(").replace("(self)", "()")


def _prose(member: object) -> str:
    """Return a docstring with its sections as lists."""
    lines, section = [], ""
    for line in (inspect.getdoc(member) or "").splitlines():
        if line in ("Args:", "Attributes:", "Returns:", "Raises:"):
            section = line
            lines.append("")
        elif section and line.strip():
            text = line.strip()
            named = re.match(r"(\w+): (.*)", text) if line.startswith("    ") and not line.startswith("     ") else None
            lines.append(f"- `{named[1]}`: {named[2]}" if named else f"  {text}")
        else:
            lines.append(line)
    return "\n".join(lines).strip()


def _first(member: object) -> str:
    return (inspect.getdoc(member) or "").partition("\n\n")[0].replace("\n", " ")


def _code(text: str) -> str:
    return f"```python\n{text}\n```"


def _sentence(error: type[TerraError]) -> str:
    if error is TerraError:
        return "Something else, such as a bug in terra."
    return (inspect.getdoc(error) or "").partition("\n\n")[0].replace("\n", " ")


def _filled(path: Path, text: str) -> str:
    return _MARKED.sub(lambda match: f"{match[1]}\n{text}\n{match[2]}", path.read_text())


def _commands(parser: argparse.ArgumentParser, before: str = "") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Yield every command that can be run with its words; `cache` alone cannot."""
    for action in parser._actions:  # noqa: SLF001  # argparse has no public way to its actions
        if not isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            continue
        for name, command in action.choices.items():
            inner = list(_commands(command, f"{before}{name} "))
            yield from inner or [(f"{before}{name}", command)]


def _options(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    return [action for action in parser._actions if action.option_strings]  # noqa: SLF001


def _command(title: str, command: argparse.ArgumentParser, everywhere: set[str]) -> Iterator[str]:
    own = [each for each in _options(command) if each.dest not in everywhere and each.dest != "help"]
    arguments = [each for each in command._actions if not each.option_strings]  # noqa: SLF001
    usage = " ".join([title, *(["[OPTION…]"] if own else []), *map(_usage, arguments)])
    yield f"\n## {title}\n"
    yield f"{command.description}\n"
    yield f"```text\n{usage}\n```\n"
    rows = [(f"`{_metavar(each)}`".replace("|", "\\|"), each.help or "") for each in arguments]
    yield _table([*rows, *map(_option_row, own)])


def _usage(action: argparse.Action) -> str:
    name = _metavar(action)
    return f"{name}…" if action.nargs == "+" else name


def _metavar(action: argparse.Action) -> str:
    if action.metavar is None and action.choices:
        return "|".join(map(str, action.choices))
    return str(action.metavar or action.dest.upper())


def _option_row(action: argparse.Action) -> tuple[str, str]:
    value = "" if action.nargs == 0 else f" {_metavar(action)}"
    spelt = ", ".join(f"`{each}{value}`" for each in action.option_strings)
    return spelt.replace("|", "\\|"), action.help or ""


def _table(rows: Iterator[Sequence[str]] | Sequence[Sequence[str]], titles: Sequence[str] = _TITLES) -> str:
    lines = [tuple(row) for row in rows]
    if not lines:
        return "It has no options of its own."
    return "\n".join(f"| {' | '.join(line)} |" for line in (titles, ["---"] * len(titles), *lines))


if __name__ == "__main__":
    for page, text in pages().items():
        written = text if text.endswith("\n") else f"{text}\n"
        if page.read_text() != written if page.exists() else True:
            page.write_text(written)
            sys.stdout.write(f"{page.name}\n")
