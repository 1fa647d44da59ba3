"""`--recursive`: one command in every project below, side by side, with one report.

A command opts in by `options.recursive_option`; `verbs.run` does the rest. Each project has its own lock and journal;
cache, network and registries are shared. One that fails stops no other, and nobody is asked anything. The exit code
is the worst of all, in the order of `SEVERITY`.
"""

from __future__ import annotations

import argparse
import os
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from terra.cli.verbs import Shown
from terra.errors import InterruptedRunError, TerraError, UsageError
from terra.model.values import value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from terra.cli.parser import Parser
    from terra.cli.terminal import Painter
    from terra.commands.toolbox import Toolbox
    from terra.ports import Progress, Reporter

    Verb = Callable[[argparse.Namespace, Toolbox, Parser], Shown]

# From the best to the worst: an error is worse than a finding, and what may be an attack is worse than all else.
SEVERITY = (0, 7, 1, 2, 3, 4, 6, 5)


@value
class Ended:
    """How the command ended in one project: `path` is relative to where it was started."""

    path: str
    shown: Shown | None = None
    error: TerraError | None = None

    @property
    def exit(self) -> int:
        """The exit code of this project alone."""
        return self.error.exit if self.error else self.shown.exit if self.shown else 0


def run_recursive(verb: Verb, options: argparse.Namespace, toolbox: Toolbox, parser: Parser) -> Shown:
    """Run a command in every project below.

    Raises:
        UsageError: There is none, or none has the set; or one file would be the report of each.
        UnknownPluginError: No project has a plugin that is named.
        InterruptedRunError: The user stopped it.
    """
    from terra.commands.projects import concerned, projects_below
    from terra.system.parallel import in_parallel

    if getattr(options, "report", None) is not None:
        message = "`--report` and `--recursive` do not go together: a report is of one project"
        raise UsageError(message, hint="`terra update --project DIR --report FILE` writes the report of one project")
    names, set_name = getattr(options, "names", ()), getattr(options, "set", None)
    projects = concerned(projects_below(toolbox.workdir), names, set_name)
    calls = [partial(_ended, verb, options, toolbox, parser, each) for each in projects]
    try:
        ended = in_parallel(calls)
    except KeyboardInterrupt:
        message = "interrupted: each project is done, or as it was before"
        hint = "what was cut off in the middle is put back by the next command there"
        raise InterruptedRunError(message, hint=hint) from None
    warnings = tuple(f"{each.path}: {text}" for each in ended if each.shown for text in each.shown.warnings)

    def as_text(paint: Painter, *, quiet: bool, verbose: bool) -> str:
        return "\n".join(filter(None, [_text(each, paint, quiet=quiet, verbose=verbose) for each in ended]))

    worst = max((each.exit for each in ended), key=_severity, default=0)
    return Shown(options.command, as_text, lambda: {"projects": [_document(each) for each in ended]}, warnings, worst)


def _severity(exit_code: int) -> int:
    return SEVERITY.index(exit_code) if exit_code in SEVERITY else len(SEVERITY)


def _ended(verb: Verb, options: argparse.Namespace, toolbox: Toolbox, parser: Parser, folder: Path) -> Ended:
    from terra.cli.failing import as_terra_error
    from terra.commands.projects import names_in

    path = os.path.relpath(folder, toolbox.workdir).replace(os.sep, "/")
    own = argparse.Namespace(**vars(options))
    if getattr(own, "names", None):
        own.names = list(names_in(folder, own.names, getattr(own, "set", None)))
    try:
        return Ended(path, verb(own, toolbox.below(folder, _Prefixed(toolbox.reporter, path)), parser))
    except Exception as error:  # noqa: BLE001  # the boundary of one project: the others go on
        return Ended(path, error=as_terra_error(error, verbose=options.verbose))


def _text(each: Ended, paint: Painter, *, quiet: bool, verbose: bool) -> str:
    if each.error is not None:
        body = f"{paint.paint('red', 'error:')} {each.error.message}\n"
        body += f"{paint.paint('cyan', 'hint:')} {each.error.hint}\n" if each.error.hint else ""
    else:
        assert each.shown is not None  # noqa: S101  # it is one or the other
        body = each.shown.text(paint, quiet=quiet, verbose=verbose)
    return f"{paint.paint('bold', f'{each.path}:')}\n{body}" if body else ""


def _document(each: Ended) -> dict[str, Any]:
    from terra.cli.failing import facts_of

    if each.error is not None:
        return {"project": each.path, "error": facts_of(each.error)}
    assert each.shown is not None  # noqa: S101  # it is one or the other
    return {"project": each.path, **each.shown.document()}


class _Prefixed:
    """Implements `ports.Reporter`: says of which project it is, and asks nobody anything."""

    def __init__(self, reporter: Reporter, path: str) -> None:
        self._reporter = reporter
        self._path = path

    def detail(self, message: str) -> None:
        self._reporter.detail(f"{self._path}: {message}")

    def note(self, message: str) -> None:
        self._reporter.note(f"{self._path}: {message}")

    def warn(self, message: str) -> None:
        self._reporter.warn(f"{self._path}: {message}")

    @contextmanager
    def download(self, label: str) -> Iterator[Progress]:
        with self._reporter.download(f"{self._path}: {label}") as progress:
            yield progress

    @contextmanager
    def working(self, label: str) -> Iterator[Progress]:
        with self._reporter.working(f"{self._path}: {label}") as progress:
            yield progress

    def confirm(self, question: str) -> bool | None:  # noqa: ARG002  # the port's name
        return None

    def choose(self, question: str, answers: Mapping[str, str]) -> str | None:  # noqa: ARG002  # the port's names
        return None
