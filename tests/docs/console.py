"""Read the console blocks of a page and run them, in order, in one bash session.

A page says what is run and what comes out:

    ```console
    $ terra list
    naming  0.1.0  ../registry.json
    ```

- A line `$ command` is run; lines `> more` after it belong to it. What follows is the expected output, of
  stdout and stderr together. A line `...` stands for any number of lines, `...` within a line for any text.
- The exit code must be 0, or not 0 where the expected output has a line that starts with `error:`, or with
  `"error":` in JSON.
- `<!-- setup: commands -->` is run and not shown. `$EXAMPLES` has the examples of the repository, `$WORKSPACE`
  is its workspace, `$PUBLISH` the program `publish.py`, which fills package indexes.
- `<!-- needs: program -->` goes with the next block, which is left out where the program is absent.
- `<!-- serve: ~/folder as https://modules.example -->` serves a folder on loopback while the page is run;
  `with token WORD` at its end asks for that bearer token, `with login NAME:PASSWORD` for those. In the
  commands the address stands for `http://127.0.0.1:PORT`, its host for `127.0.0.1:PORT`, and
  `TERRA_TOKEN_MODULES_EXAMPLE` for the variable of that host; in the output it is the other way round. Plain
  http is for loopback only, so the page shows what a reader types, and TLS is tested elsewhere.
- `<!-- environment: venv -->` runs the page in a virtual environment with terra, pip and build backends,
  `~/.venv`, into which it may install.
- A session starts in the home folder, which the page calls `/home/you`.
"""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from terra.system.credentials import variable
from terra.system.origins import Origin

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

ROOT = Path(__file__).parents[2]
SHOWN_HOME = "/home/you"
_COMMENT = re.compile(r"<!-- (setup|needs|serve|environment): (.*?) ?-->", re.DOTALL)
_BLOCK = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
_SERVE = re.compile(r"(\S+) as (https://\S+?)(?: with (token|login) (\S+))?")


@dataclass(frozen=True)
class Step:
    """One command of a page; `expected` None is a hidden one, whose output does not matter."""

    command: str
    expected: tuple[str, ...] | None = None
    line: int = 0
    needs: str | None = None


@dataclass(frozen=True)
class Served:
    """A folder, relative to the home, that is served as an origin."""

    folder: str
    origin: str
    token: str | None = None
    login: str | None = None


@dataclass(frozen=True)
class Page:
    """What a page asks to be run."""

    path: Path
    steps: tuple[Step, ...]
    served: tuple[Served, ...]
    in_venv: bool = False

    @property
    def needs(self) -> frozenset[str]:
        """The programs without which some blocks cannot run."""
        return frozenset(step.needs for step in self.steps if step.needs)


@dataclass(frozen=True)
class Ran:
    """A step with what came out; None where it was not reached."""

    step: Step
    exit: int | None
    output: str


@dataclass
class Session:
    """Where and as whom the commands are run.

    Attributes:
        home: Its home folder.
        programs: Put in front of PATH.
        origins: What is shown of an origin, and what stands for it.
    """

    home: Path
    programs: Path
    origins: dict[str, str] = field(default_factory=dict)

    def run(self, page: Page, without: frozenset[str] = frozenset()) -> list[Ran]:
        """Run every step but those that need one of the programs `without`."""
        steps = [step for step in page.steps if step.needs not in without]
        folder = self.home.parent / "console"
        folder.mkdir()
        script = folder / "script"
        script.write_text("".join(_wrapped(self._real(step.command), number) for number, step in enumerate(steps)))
        subprocess.run(
            ["bash", "--noprofile", "--norc", str(script), str(folder)],
            cwd=self.home,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            check=False,
            timeout=240,
        )
        return [self._ran(step, folder, number) for number, step in enumerate(steps)]

    def _environment(self) -> Mapping[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("TERRA_", "VIRTUAL_ENV"))}
        path = os.pathsep.join((str(self.programs), kept.get("PATH", "")))
        examples = ROOT / "docs" / "examples"
        return {
            **kept,
            "PATH": path,
            "HOME": str(self.home),
            "EXAMPLES": str(examples),
            "WORKSPACE": str(examples / "workspace"),
            "PUBLISH": str(Path(__file__).with_name("publish.py")),
            "CHECKPOINT_DISABLE": "1",
            "GIT_CEILING_DIRECTORIES": str(self.home.parent),
        }

    def _ran(self, step: Step, folder: Path, number: int) -> Ran:
        status = folder / f"{number}.exit"
        if not status.exists():
            return Ran(step, None, "")
        output = (folder / f"{number}.out").read_text(errors="replace")
        return Ran(step, int(status.read_text()), self._shown(output))

    def _pairs(self) -> Iterator[tuple[str, str]]:
        for shown, real in self.origins.items():
            ours, theirs = Origin.parse(shown), Origin.parse(real)
            yield shown, real
            yield variable(ours), variable(theirs)
            yield ours.authority, theirs.authority
        yield SHOWN_HOME, str(self.home)

    def _real(self, text: str) -> str:
        for shown in self.origins:
            text = re.sub(rf"https://(?=[^/@\s]+@{re.escape(shown.partition('//')[2])})", "http://", text)
        for shown, real in self._pairs():
            text = text.replace(shown, real)
        return text

    def _shown(self, text: str) -> str:
        for shown, real in self._pairs():
            text = text.replace(real, shown)
        return text


def read_page(path: Path) -> Page:
    """Return the steps of a page, in its order."""
    text = path.read_text()
    found = sorted([*_COMMENT.finditer(text), *_BLOCK.finditer(text)], key=lambda match: match.start())
    steps: list[Step] = []
    served: list[Served] = []
    needs: str | None = None
    in_venv = False
    for match in found:
        line = text.count("\n", 0, match.start()) + 1
        if match.re is _BLOCK:
            if match[2] == "console":
                steps += _commands(_dedent(match[3], match[1]), line, needs)
                needs = None
        elif match[1] == "setup":
            steps.append(Step(match[2], line=line))
        elif match[1] == "needs":
            needs = match[2]
        elif match[1] == "environment":
            assert match[2] == "venv", f"cannot understand `environment: {match[2]}`"
            in_venv = True
        else:
            served.append(_served(match[2]))
    return Page(path, tuple(steps), tuple(served), in_venv)


def blocks(path: Path) -> list[tuple[str, str]]:
    """Return the language and the text of every fenced block."""
    return [(match[2], _dedent(match[3], match[1])) for match in _BLOCK.finditer(path.read_text())]


def matches(expected: Sequence[str], output: str) -> bool:
    """Tell whether an output is as a page shows it."""
    pattern = "".join(_pattern(line) for line in expected)
    return re.fullmatch(pattern, "".join(f"{line.rstrip()}\n" for line in output.splitlines())) is not None


def problem(ran: Ran) -> str | None:
    """Return what is wrong with a step, or None."""
    step, shown = ran.step, f"line {ran.step.line}: $ {ran.step.command}\n"
    if ran.exit is None:
        return f"{shown}was not reached"
    if step.expected is None:
        return f"{shown}exit {ran.exit}\n{ran.output}" if ran.exit else None
    fails = any(line.lstrip().startswith(("error:", '"error":')) for line in step.expected)
    if fails != bool(ran.exit):
        return f"{shown}exit {ran.exit}, expected {'another' if fails else 'none'}\n{ran.output}"
    if not matches(step.expected, ran.output):
        expected = "\n".join(step.expected)
        return f"{shown}--- the page says\n{expected}\n--- it prints\n{ran.output}"
    return None


def _wrapped(command: str, number: int) -> str:
    # A group runs in the session itself, so that `cd` and `export` last; `$?` is handed from one to the next.
    out, status = f'"$1/{number}.out"', f'"$1/{number}.exit"'
    return f'{{\n{command}\n}} >{out} 2>&1 </dev/null\n_status=$?; echo $_status >{status}; (exit "$_status")\n'


def _dedent(text: str, indent: str) -> str:
    return "".join(line.removeprefix(indent) for line in text.splitlines(keepends=True))


def _commands(text: str, line: int, needs: str | None) -> Iterator[Step]:
    command: list[str] = []
    output: list[str] = []
    at = line
    for offset, each in enumerate(text.splitlines(), 1):
        if each.startswith("$ "):
            if command:
                yield Step("\n".join(command), tuple(output), at, needs)
            command, output, at = [each[2:]], [], line + offset
        elif command and not output and each.startswith("> "):
            command.append(each[2:])
        elif command and not output and each == ">":
            command.append("")
        else:
            output.append(each.rstrip())
    if command:
        yield Step("\n".join(command), tuple(output), at, needs)


def _served(text: str) -> Served:
    match = _SERVE.fullmatch(text.strip())
    assert match is not None, f"cannot understand `serve: {text}`"
    secret = {match[3]: match[4]} if match[3] else {}
    return Served(match[1].removeprefix("~/"), match[2], **secret)


def _pattern(line: str) -> str:
    if line.strip() == "...":
        return r"(?:.*\n)*?"
    return re.escape(line.rstrip()).replace(r"\.\.\.", ".*?") + r"\n"
