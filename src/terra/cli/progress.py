"""What lasts is seen on a terminal: a bar for each download, and after a second a line that says what is being done.

Nothing is drawn before its time, since drawing costs more than most commands.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from terra.cli.drawing import Drawing

_PATIENCE = 0.4  # seconds until a download is worth drawing
_SILENCE = 1.0  # seconds until somebody wonders what a command is doing
_STEP = 0.1  # seconds between two looks at it


class Bar:
    """The progress of one download.

    Args:
        drawing: Returns what draws.
        label: What is downloaded.
    """

    def __init__(self, drawing: Callable[[], Drawing], label: str) -> None:
        self._drawing = drawing
        self._label = label
        self._started = time.monotonic()
        self._line: int | None = None

    def __call__(self, done: int, total: int | None) -> None:
        """Draw how many bytes are here, of how many."""
        if self._line is None:
            if time.monotonic() - self._started < _PATIENCE:
                return
            self._line = self._drawing().add(self._label, total, in_bytes=True)
        self._drawing().move(self._line, self._label, done, total)

    def end(self) -> None:
        """Take the bar away."""
        if self._line is not None:
            self._drawing().remove(self._line)


class Work:
    """Something that is being done, with how many of its parts are, where they are counted."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.done = 0
        self.total: int | None = None

    def __call__(self, done: int, total: int | None) -> None:
        """Note how many parts are done, of how many."""
        self.done, self.total = done, total


class Watch:
    """Says what a command is doing, as soon as that lasts: of all that is going on, what began last.

    Args:
        drawing: Returns what draws.
    """

    def __init__(self, drawing: Callable[[], Drawing]) -> None:
        self._drawing = drawing
        self._going_on: list[Work] = []
        self._lock = threading.Lock()
        self._since = time.monotonic()
        self._is_asking = False

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Begin no line while somebody is asked: the time is theirs."""
        self._is_asking = True
        try:
            yield
        finally:
            self._since, self._is_asking = time.monotonic(), False

    @contextmanager
    def command(self, label: str) -> Iterator[None]:
        """Watch a command while the context lasts."""
        ended = threading.Event()
        with self.working(label):
            thread = threading.Thread(target=self._draw, args=(ended,), daemon=True)
            thread.start()
            try:
                yield
            finally:
                ended.set()
                thread.join()

    @contextmanager
    def working(self, label: str) -> Iterator[Work]:
        """Note what is being done while the context lasts."""
        work = Work(label)
        with self._lock:
            self._going_on.append(work)
        try:
            yield work
        finally:
            with self._lock:
                self._going_on.remove(work)

    def _draw(self, ended: threading.Event) -> None:
        while self._is_asking or time.monotonic() - self._since < _SILENCE:
            if ended.wait(_STEP):
                return
        drawing = self._drawing()
        line = drawing.add("", in_bytes=False)
        while True:
            with self._lock:
                last = self._going_on[-1]
            drawing.move(line, last.label, last.done, last.total)
            if ended.wait(_STEP):
                drawing.remove(line)
                return
