"""Probes: side by side, each in its place of the report, and none waited for without end."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from terra.commands.probing import Observation, Probe, probed
from terra.errors import FetchError

OK = Observation("x", "ok", "is there")


def test_one_that_never_answers_is_a_finding_and_keeps_what_it_found():
    never = threading.Event()

    def look() -> Iterator[Observation]:
        yield OK
        never.wait()
        yield OK

    slow = Probe("slow", look, "problem", "look at it")
    try:
        found = probed([slow, Probe("x", lambda: iter((OK,)))], patience=0.2)
    finally:
        never.set()
    assert found == (OK, Observation("slow", "problem", "no answer within 0.2 seconds", "look at it"), OK)


def test_probes_run_side_by_side():
    both = threading.Barrier(2)

    def look() -> Iterator[Observation]:
        both.wait(20)
        yield OK

    assert probed([Probe("x", look), Probe("x", look)]) == (OK, OK)


@pytest.mark.parametrize("error", [FetchError("it is gone", hint="bring it back"), PermissionError(13, "denied", "/x")])
def test_a_failure_is_a_problem_and_keeps_what_was_found(error: Exception):
    def look() -> Iterator[Observation]:
        yield OK
        raise error

    first, second = probed([Probe("x", look)])
    assert first == OK
    assert second.state == "problem"
    assert second.hint
