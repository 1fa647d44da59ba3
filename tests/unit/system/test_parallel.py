"""Several things at once: results in order, the first failure at once, nothing new after it."""

from __future__ import annotations

import threading
from itertools import pairwise

import pytest

from terra.system import parallel
from terra.system.parallel import in_parallel

WAIT = 20.0  # seconds until a test that hangs gives up


def test_results_come_in_the_order_of_the_calls():
    """Each call ends only after the one behind it has: in order they could never end."""
    done = [threading.Event() for _ in range(5)]
    done[-1].set()

    def call(number: int) -> int:
        if number < 4:
            assert done[number + 1].wait(WAIT)
        done[number].set()
        return number

    assert in_parallel([lambda number=number: call(number) for number in range(5)], 5) == [0, 1, 2, 3, 4]


def test_nothing_to_do():
    assert in_parallel([], 4) == []


@pytest.mark.parametrize("workers", [1, 2, 7, 100])
def test_each_is_called_once_whatever_the_number_of_threads(workers: int):
    called: list[int] = []
    calls = [lambda number=number: called.append(number) or number * number for number in range(20)]
    assert in_parallel(calls, workers) == [number * number for number in range(20)]
    assert sorted(called) == list(range(20))


def test_no_more_threads_than_said():
    seen: set[int] = set()
    barrier = threading.Barrier(3)

    def call() -> None:
        seen.add(threading.get_ident())
        barrier.wait(WAIT)

    in_parallel([call] * 9, 3)
    assert len(seen) == 3


def test_one_thread_goes_in_order():
    called: list[int] = []
    in_parallel([lambda number=number: called.append(number) for number in range(9)], 1)
    assert all(one < other for one, other in pairwise(called))


@pytest.mark.parametrize("error", [ValueError("first"), KeyboardInterrupt(), SystemExit(3)])
def test_what_a_call_raises_is_raised(error: BaseException):
    def fail() -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        in_parallel([lambda: None, fail, lambda: None], 2)
    assert caught.value is error


def test_the_first_failure_does_not_wait_for_the_slowest_and_nothing_new_begins(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(parallel, "_GRACE", 0.0)
    is_running, may_end, begun = threading.Event(), threading.Event(), []

    def slow() -> None:
        is_running.set()
        assert may_end.wait(WAIT)

    def fail() -> None:
        assert is_running.wait(WAIT)
        message = "first"
        raise ValueError(message)

    threads = set(threading.enumerate())
    try:
        with pytest.raises(ValueError, match="first"):
            in_parallel([slow, fail, *[lambda: begun.append(1)] * 5], 2)
        left = set(threading.enumerate()) - threads
        assert len(left) == 1
        assert all(each.daemon for each in left)
    finally:
        may_end.set()
    for each in left:
        each.join(WAIT)
    assert begun == []


def test_what_runs_gets_a_moment_to_end(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(parallel, "_GRACE", WAIT)
    failed, ended = threading.Event(), []

    def slow() -> None:
        assert failed.wait(WAIT)
        ended.append(1)

    def fail() -> None:
        failed.set()
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011
        in_parallel([slow, fail], 2)
    assert ended == [1]


def test_an_interrupt_while_waiting_ends_at_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(parallel, "_GRACE", 0.0)
    may_end, begun = threading.Event(), []

    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(parallel, "_taken", interrupted)
    threads = set(threading.enumerate())
    try:
        with pytest.raises(KeyboardInterrupt):
            in_parallel([lambda: may_end.wait(WAIT), lambda: begun.append(1)], 1)
    finally:
        may_end.set()
    for each in set(threading.enumerate()) - threads:
        each.join(WAIT)
    assert begun == []
