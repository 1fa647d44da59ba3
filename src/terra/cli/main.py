"""The error boundary: run one command, print its report, turn what went wrong into an exit code."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TextIO

from terra.cli import parser as words
from terra.cli.terminal import Painter, Terminal, clean, is_terminal, redacted, takes_colour
from terra.errors import InterruptedRunError, TerraError, UnprintableError, UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator, Mapping, Sequence

    from terra.cli.verbs import Shown


def run(argv: Sequence[str]) -> int:
    """Run the command line `argv` and return the exit code."""
    with _interruptible():
        code = _guarded(argv)
    for stream in (sys.stdout, sys.stderr):
        _flush(stream)
    return code


def _flush(stream: TextIO | None) -> None:
    """Flush a stream; one that takes nothing is pointed at nothing, or Python would complain at exit."""
    try:
        if stream is not None:
            stream.flush()
    except (OSError, ValueError):
        _let_go_of(stream)


def _guarded(argv: Sequence[str]) -> int:
    as_json = "--json" in argv or os.environ.get("TERRA_JSON", "").lower() in ("1", "true", "yes", "on")
    verbose, colour = False, "auto"
    try:
        parser, options = _parse(argv)
        as_json, verbose, colour = options.json, options.verbose, options.color
        return _run(parser, options, os.environ)
    except UnprintableError as error:
        return _fail(error, as_json=False, colour=colour)  # stdout takes nothing, no document either
    except TerraError as error:
        return _fail(error, as_json=as_json, colour=colour)
    except KeyboardInterrupt:
        return _fail(InterruptedRunError("interrupted: the project is as it was before"), as_json=as_json)
    except BrokenPipeError:
        _let_go_of(sys.stdout)
        return 1
    except Exception as error:  # noqa: BLE001  # the boundary: a bug must not look like a crash of the machine
        from terra.cli.failing import as_terra_error

        return _fail(as_terra_error(error, verbose=verbose), as_json=as_json)


def _parse(argv: Sequence[str]) -> tuple[words.Parser, argparse.Namespace]:
    argv = words.as_help(argv)
    parser, options = _parsed(argv)
    if len({each.partition("=")[0] for each in argv}) < len(argv):
        from terra.cli.mistakes import refuse_twice

        refuse_twice(parser, argv)
    return parser, options


def _parsed(argv: Sequence[str]) -> tuple[words.Parser, argparse.Namespace]:
    """Parse with the guessed command's parser alone; what that refuses is worded by the whole one."""
    if not {"-h", "--help"} & {*argv}:
        try:
            parser = words.build(os.environ, argv)
            return parser, parser.parse_args(argv)
        except UsageError:
            pass
    parser = words.build(os.environ)
    try:
        return parser, parser.parse_args(argv)
    except UsageError as error:
        from terra.cli.mistakes import explained

        raise explained(error, parser, argv) from None


def _run(parser: words.Parser, options: argparse.Namespace, environment: Mapping[str, str]) -> int:
    from terra import __version__

    if options.command is None and options.json and not options.version:
        parser.error("no command was given")
    if options.version or options.command is None:
        sys.stdout.write(f"terra {__version__}\n" if options.version else parser.format_help())
        return 0 if options.version else 2
    from terra.cli import verbs
    from terra.wiring import Wired, workdir

    terminal = _terminal(options, environment)
    wired = Wired(terminal, environment, workdir(options.project), offline=options.offline)
    with terminal.command(f"terra {options.command}"), wired as toolbox:
        shown = verbs.run(options, toolbox, parser)
    _listen_again()
    for warning in shown.warnings:
        terminal.warn(warning)
    try:
        _print(shown, options, environment)
    except BrokenPipeError:
        _let_go_of(sys.stdout)
    except KeyboardInterrupt:
        _let_go_of(sys.stdout)
        message = "interrupted after it was done: only its result was not printed"
        raise InterruptedRunError(message, hint="`terra list` shows the project as it is") from None
    except OSError as error:
        _let_go_of(sys.stdout)
        message = f"the command is done, and its result could not be printed: {(error.strerror or '').lower()}"
        raise UnprintableError(message, hint="look at where the output goes") from error
    return shown.exit


def _let_go_of(stream: TextIO | None) -> None:
    """Point a stream at nothing: without this, Python would complain once more at exit."""
    with suppress(OSError, ValueError):
        if stream is not None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _terminal(options: argparse.Namespace, environment: Mapping[str, str]) -> Terminal:
    return Terminal(
        colour=takes_colour(sys.stderr, options.color, no_color=bool(environment.get("NO_COLOR"))),
        quiet=options.quiet or options.json,
        verbose=options.verbose,
        interactive=is_terminal(sys.stdin) and is_terminal(sys.stderr) and not options.json,
        drawn=is_terminal(sys.stderr),
    )


def _print(shown: Shown, options: argparse.Namespace, environment: Mapping[str, str]) -> None:
    if options.json:
        _print_json({"terra": 1, "command": shown.command, **shown.document()})
        return
    if shown.exact is not None and not is_terminal(sys.stdout):
        _write_bytes(shown.exact.encode("utf-8", "surrogateescape"))
        return
    colour = takes_colour(sys.stdout, options.color, no_color=bool(environment.get("NO_COLOR")))
    _write(clean(redacted(shown.text(Painter(colour=colour), quiet=options.quiet, verbose=options.verbose))))


def _write(text: str) -> None:
    """Write whole lines to stdout, in its own encoding, whatever that lacks."""
    if sys.stdout is not None:
        encoding = sys.stdout.encoding or "utf-8"
        sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()


def _write_bytes(data: bytes) -> None:
    if sys.stdout is not None:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


def _print_json(document: dict[str, object]) -> None:
    import json

    _write(json.dumps(document, indent=2) + "\n")


def _fail(error: TerraError, *, as_json: bool, colour: str = "auto") -> int:
    if as_json:
        from terra.cli.failing import facts_of

        with suppress(OSError):
            _print_json({"terra": 1, "error": facts_of(error)})
        return error.exit
    painter = Painter(colour=takes_colour(sys.stderr, colour, no_color=bool(os.environ.get("NO_COLOR"))))
    lines = [f"{painter.paint('red', 'error:')} {error.message}"]
    lines += [f"{painter.paint('cyan', 'hint:')} {error.hint}"] if error.hint else []
    with suppress(OSError):  # nobody can be told
        if sys.stderr is not None:
            sys.stderr.write(clean(redacted("\n".join(lines))) + "\n")
            sys.stderr.flush()
    return error.exit


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let a polite kill undo what is half done, as Ctrl-C does; leave the process's signals as they were."""
    import signal
    import threading

    if threading.current_thread() is not threading.main_thread():
        yield
        return

    numbers = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    _listen_again()
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _listen_again() -> None:
    """Let Ctrl-C and a polite kill interrupt; the end of an apply turns them off, since it comes too late then."""
    import signal
    import threading

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, stop)
        if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # as `nohup` asks
            signal.signal(signal.SIGHUP, stop)
