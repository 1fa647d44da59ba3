"""What is drawn on a terminal while a command lasts, by rich; imported when the first line is drawn.

Nothing of it stays, and while somebody is asked nothing is drawn.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, DownloadColumn, Progress, ProgressColumn, Task, TaskID, TextColumn
from rich.progress import TransferSpeedColumn as SpeedColumn
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator


class Drawing:
    """Every line that a run draws."""

    def __init__(self) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), _Amount())
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self._lines = 0
        self._is_hidden = False
        self._lock = threading.Lock()

    def add(self, label: str, total: int | None = None, *, in_bytes: bool) -> int:
        """Draw one more line, and return its number."""
        task = self._progress.add_task(escape(label), total=total, in_bytes=in_bytes)
        self._count(1)
        return task

    def move(self, line: int, label: str, done: int, total: int | None) -> None:
        """Draw what a line stands for now, and how much of it is done."""
        self._progress.update(TaskID(line), description=escape(label), completed=done, total=total)

    def remove(self, line: int) -> None:
        """Take a line away."""
        self._progress.remove_task(TaskID(line))
        self._count(-1)

    @contextmanager
    def hidden(self) -> Iterator[None]:
        """Draw nothing while the context lasts."""
        self._hide(is_hidden=True)
        try:
            yield
        finally:
            self._hide(is_hidden=False)

    def _count(self, more: int) -> None:
        with self._lock:
            self._lines += more
            self._show()

    def _hide(self, *, is_hidden: bool) -> None:
        with self._lock:
            self._is_hidden = is_hidden
            self._show()

    def _show(self) -> None:
        if self._lines and not self._is_hidden:
            self._progress.start()
        else:
            self._progress.stop()


class _Amount(ProgressColumn):
    """How much of a download is here, and how fast; of other work its parts, and since when."""

    def __init__(self) -> None:
        super().__init__()
        self._bytes = DownloadColumn()
        self._speed = SpeedColumn()

    def render(self, task: Task) -> Text:
        if task.fields["in_bytes"]:
            return Text.assemble(self._bytes.render(task), " ", self._speed.render(task))
        parts = f"{int(task.completed)} of {int(task.total)}, " if task.total else ""
        return Text(f"{parts}{int(task.elapsed or 0)} s", style="progress.elapsed")
