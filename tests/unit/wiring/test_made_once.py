"""An adapter is made once, whichever threads ask for it, and tried again after a failure."""

from __future__ import annotations

import threading
from threading import RLock

import pytest

from terra.system.parallel import in_parallel
from terra.wiring.once import made_once


class Holder:
    """Makes things, slowly enough for all threads to come meanwhile."""

    def __init__(self, threads: int) -> None:
        self.making = RLock()
        self.made: list[str] = []
        self.coming = threading.Barrier(threads)
        self.fails = True

    @made_once
    def inner(self) -> object:
        """What another is made of."""
        self.made.append("inner")
        return object()

    @made_once
    def outer(self) -> list[object]:
        """What is made of another."""
        threading.Event().wait(0.02)
        self.made.append("outer")
        return [self.inner]

    @made_once
    def broken(self) -> int:
        """What cannot be made the first time."""
        if self.fails:
            message = "not yet"
            raise OSError(message)
        return 1


def test_threads_share_one():
    holder = Holder(6)

    def ask() -> list[object]:
        holder.coming.wait(timeout=30)
        return holder.outer

    found = in_parallel([ask] * 6)
    assert all(each is holder.outer for each in found)
    assert holder.made == ["outer", "inner"]


def test_a_failure_is_tried_again():
    holder = Holder(1)
    with pytest.raises(OSError, match="not yet"):
        _ = holder.broken
    holder.fails = False
    assert holder.broken == 1


def test_the_class_has_the_property_itself():
    assert Holder.outer.__doc__ == "What is made of another."
