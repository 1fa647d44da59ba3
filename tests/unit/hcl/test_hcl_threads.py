"""Files are read by several threads at once, as when twenty plugins are opened side by side."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from terra.hcl.deadline import Deadline
from terra.hcl.native import read_native
from terra.system.parallel import in_parallel

FILE = b"".join(b'variable "v%d" {\n  default = "x%d"\n}\n' % (number, number) for number in range(50))


@pytest.fixture
def _restless() -> Iterator[None]:
    """Threads take turns after every few steps, so that what they share is broken at once."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("_restless")
def test_threads_do_not_disturb_each_other():
    def read() -> list[str]:
        return [each.name for each in read_native("main.tf", FILE, Deadline.after(60)).inputs]

    found = in_parallel([read] * 60, 6)
    assert all(names == [f"v{number}" for number in range(50)] for names in found)
