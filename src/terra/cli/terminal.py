"""The person at the terminal: messages, questions and progress go to stderr, results to stdout.

Everything passes `clean`: text from registries and archives must not steer a terminal.
"""

from __future__ import annotations

import os
import re
import sys
import threading
from contextlib import contextmanager, nullcontext, suppress
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from terra.cli.drawing import Drawing
    from terra.cli.progress import Watch
    from terra.ports import Progress

_STYLES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
_RESET = "\x1b[0m"
# C0 and C1 controls but tab and newline, and the characters that reorder or hide text (bidi, zero width, tags).
_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]"
)
# A style travels as a mark that no text from outside can hold, since nobody knows this run's number.
_NONCE = os.urandom(8).hex()
_MARK = re.compile(rf"\x00{_NONCE}:(\w*)\x00")
# A password may hold a slash; a path may hold `/@`, as npm's do, after a host that may have a port. Without the
# two slashes only what has a colon is a login: `npm:x@1` is none.
_LOGIN = r"[^\s/@`:]+:(?!\d{1,5}/)[^\s@`]*"
_URL_LOGIN = re.compile(
    rf"(\b[a-z][a-z0-9+.-]{{0,20}}://)(?:{_LOGIN}|[^\s/@`]+(?:/[^\s@`]*[^\s@`/])?)@(?=[\w\[.-])", re.IGNORECASE
)
_BARE_LOGIN = re.compile(rf"(\b[a-z][a-z0-9+.-]{{0,20}}:/?)(?!/){_LOGIN}@(?=[\w\[.-])", re.IGNORECASE)
_TOKEN = re.compile(
    r"([?&][^=?&\s`]*(?:token|secret|passw|sig|key|credential)[^=?&\s`]*=)[^&\s`]+", re.IGNORECASE
)  # a name ends at the next `?`, or each one would be looked through as far as the line goes
_MOST = 4_000  # characters of a line; what comes from outside can be as long as it likes


def clean(text: str) -> str:
    """Return `text` without control characters, terra's own styles made visible to the terminal."""
    parts = _MARK.split(text)
    for position, part in enumerate(parts):
        if position % 2:
            parts[position] = f"\x1b[{_STYLES[part]}m" if part else _RESET
        else:
            parts[position] = _CONTROL.sub("\ufffd", part)
    return "".join(parts)


def redacted(text: str) -> str:
    """Return `text` without the user names, passwords and tokens of the addresses in it."""
    return "\n".join(_redacted_line(each) for each in text.split("\n"))


def _redacted_line(text: str) -> str:
    text = text if len(text) <= _MOST else f"{text[:_MOST]}…"
    for login in (_URL_LOGIN, _BARE_LOGIN):
        text = login.sub(r"\1***@", text)
    return _TOKEN.sub(r"\1***", text)


def line(text: str) -> str:
    """Return `text` on one line: what comes from outside writes no lines of its own."""
    return " ".join(text.split())


class Painter:
    """Styles for one stream: marks where it takes colour, nothing where not."""

    def __init__(self, *, colour: bool) -> None:
        self.colour = colour

    def paint(self, style: str, text: str) -> str:
        """Return `text` in a style, to be passed through `clean` before it is written."""
        return f"\x00{_NONCE}:{style}\x00{text}\x00{_NONCE}:\x00" if self.colour and text else text


def takes_colour(stream: TextIO | None, choice: str, *, no_color: bool) -> bool:
    """Tell whether a stream is written in colour: `always`, `never`, or `auto` for a terminal without NO_COLOR."""
    if choice != "auto":
        return choice == "always"
    return is_terminal(stream) and not no_color


def is_terminal(stream: TextIO | None) -> bool:
    """Tell whether a stream is a terminal; a daemon starts programs without streams."""
    return stream is not None and stream.isatty()


class Terminal(Painter):
    """Implements `ports.Reporter` on stderr.

    Args:
        colour: Whether stderr takes colour.
        quiet: Notes are not shown.
        verbose: Details are shown.
        interactive: Whether somebody can be asked.
        drawn: Whether stderr is a terminal, on which progress can be drawn.
    """

    def __init__(self, *, colour: bool, quiet: bool, verbose: bool, interactive: bool, drawn: bool) -> None:
        super().__init__(colour=colour)
        self.verbose = verbose
        self._quiet = quiet
        self._interactive = interactive
        self._is_drawn = drawn and not quiet
        self._lock = threading.Lock()
        self._drawn: Drawing | None = None
        self._watch: Watch | None = None
        self._warned: set[str] = set()

    def detail(self, message: str) -> None:
        """Say what only `-v` shows."""
        if self.verbose:
            self._say(self.paint("dim", message))

    def note(self, message: str) -> None:
        """Say what is going on."""
        if not self._quiet:
            self._say(message)

    def warn(self, message: str) -> None:
        """Say what the user should know, once."""
        if message not in self._warned:
            self._warned.add(message)
            self._say(f"{self.paint('yellow', 'warning:')} {message}")

    def confirm(self, question: str) -> bool | None:
        """Ask yes or no; None where nobody can be asked."""
        if not self._interactive:
            return None
        with self._undrawn():
            self._say(f"{question} {self.paint('bold', '[y/N]')} ", end="")
            answer = sys.stdin.readline()
        return answer.strip().lower() in ("y", "yes")

    def choose(self, question: str, answers: Mapping[str, str]) -> str | None:
        """Ask, again until it is one, for a letter of `answers`, which say what each is; None where nobody can be."""
        if not self._interactive:
            return None
        listed = "".join(f"  {self.paint('bold', letter)}  {meaning}\n" for letter, meaning in answers.items())
        letters = self.paint("bold", f"[{'/'.join(answers)}]")
        with self._undrawn():
            self._say(f"{question}\n{listed}", end="")
            while True:  # a slip of the finger costs no run
                self._say(f"{letters} ", end="")
                line = sys.stdin.readline()
                answer = line.strip().lower()
                if answer in answers or not line:
                    return answer or None

    @contextmanager
    def download(self, label: str) -> Iterator[Progress]:
        """Show one download while the context lasts, if it lasts long enough to be looked at."""
        if not self._is_drawn:
            yield lambda _done, _total: None
            return
        from terra.cli.progress import Bar

        bar = Bar(self._drawing, clean(label))
        try:
            yield bar
        finally:
            bar.end()

    @contextmanager
    def working(self, label: str) -> Iterator[Progress]:
        """Say what is being done while the context lasts, if somebody may wonder."""
        if self._watch is None:
            yield lambda _done, _total: None
            return
        with self._watch.working(clean(label)) as work:
            yield work

    @contextmanager
    def command(self, label: str) -> Iterator[None]:
        """Watch over a command while the context lasts: what it does, and by its own name where it does not say."""
        if not self._is_drawn:
            yield
            return
        from terra.cli.progress import Watch

        self._watch = Watch(self._drawing)
        with self._watch.command(clean(label)):
            yield

    @contextmanager
    def _undrawn(self) -> Iterator[None]:
        """Keep what is drawn, or would be, away from a question."""
        with (
            self._watch.asking() if self._watch is not None else nullcontext(),
            self._drawn.hidden() if self._drawn is not None else nullcontext(),
        ):
            yield

    def _drawing(self) -> Drawing:
        """Return what draws, made when the first line is."""
        with self._lock:
            if self._drawn is None:
                from terra.cli.drawing import Drawing

                self._drawn = Drawing()
            return self._drawn

    def _say(self, text: str, end: str = "\n") -> None:
        if sys.stderr is None:  # a daemon starts programs without streams
            return
        with suppress(OSError):  # nobody can be told
            sys.stderr.write(clean(redacted(text)) + end)
            sys.stderr.flush()
