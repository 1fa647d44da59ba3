"""Do several things at once, and stop soon: neither Ctrl-C nor a failure waits for the slowest.

`concurrent.futures` joins its threads in any case, so that an interrupt would last as long as the
slowest download; the threads here are daemons, which get a moment to end and then end with the process.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

T = TypeVar("T")
AT_ONCE = 8  # of what waits for the network or for another program
_GRACE = 1.0  # seconds for what runs to end by itself


def in_parallel(calls: Sequence[Callable[[], T]], workers: int = AT_ONCE) -> list[T]:
    """Return what the calls return, in their order.

    Args:
        calls: Each run once, by one of the threads.
        workers: How many threads at most.

    Raises:
        BaseException: What the first call to fail raised; the others are left alone.
    """
    waiting: SimpleQueue[tuple[int, Callable[[], T]]] = SimpleQueue()
    ended: SimpleQueue[tuple[int, T | None, BaseException | None]] = SimpleQueue()
    for numbered in enumerate(calls):
        waiting.put(numbered)

    def work() -> None:
        while True:
            try:
                number, call = waiting.get_nowait()
            except Empty:
                return
            try:
                ended.put((number, call(), None))
            except BaseException as error:  # noqa: BLE001  # raised again where it is waited for
                ended.put((number, None, error))
                return

    threads = [threading.Thread(target=work, daemon=True) for _ in range(min(workers, len(calls)))]
    for thread in threads:
        thread.start()
    try:
        results = dict(_taken(ended) for _ in calls)
    except BaseException:
        _leave(threads, waiting)
        raise
    return [results[number] for number in range(len(calls))]


def _taken(ended: SimpleQueue[tuple[int, T | None, BaseException | None]]) -> tuple[int, T]:
    number, result, error = ended.get()
    if error is not None:
        raise error
    return number, cast("T", result)  # a call that did not fail has returned


def _leave(threads: Sequence[threading.Thread], waiting: SimpleQueue[tuple[int, Callable[[], T]]]) -> None:
    """Let nothing new begin, and give what runs a moment."""
    while not waiting.empty():
        with suppress(Empty):
            waiting.get_nowait()
    deadline = time.monotonic() + _GRACE
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
