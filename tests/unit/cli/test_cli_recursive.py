"""The order of exit codes, from which the worst of many projects is taken."""

from __future__ import annotations

import inspect

import pytest

from terra import errors
from terra.cli.recursive import SEVERITY, Ended, _Prefixed, _severity
from terra.testing.fakes import RecordingReporter


def test_every_exit_code_but_that_of_an_interrupt_has_a_place():
    classes = [each for _, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, errors.TerraError)]
    codes = {each.exit for each in classes} - {errors.InterruptedRunError.exit}
    assert set(SEVERITY) == codes | {0, 7}


@pytest.mark.parametrize(
    ("codes", "worst"),
    [((0, 7), 7), ((7, 1, 0), 1), ((1, 2, 7), 2), ((4, 3), 4), ((4, 6), 6), ((6, 5, 4), 5), ((99, 5), 99)],
)
def test_the_worst(codes: tuple[int, ...], worst: int):
    assert max(codes, key=_severity) == worst


def test_an_error_gives_its_own_code():
    assert Ended("x", error=errors.PolicyError("no")).exit == 5


def test_a_project_asks_nobody_and_says_its_path():
    reporter = RecordingReporter(answer=True, letter="m")
    prefixed = _Prefixed(reporter, "one")
    assert prefixed.confirm("?") is None
    assert prefixed.choose("?", {"m": "merge"}) is None
    prefixed.warn("w")
    prefixed.note("n")
    prefixed.detail("d")
    with prefixed.download("a@1.0.0") as progress:
        progress(3, 3)
    assert (reporter.warnings, reporter.notes, reporter.details) == (["one: w"], ["one: n"], ["one: d"])
    assert reporter.downloads == {"one: a@1.0.0": 3}
    assert reporter.questions == []
