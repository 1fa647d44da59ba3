"""A registry that several threads ask: one of them at a time, but where each name is a request of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from threading import RLock

from terra.index.shared import SharedIndex
from terra.model.name import Name
from terra.model.release import Listing
from terra.model.summary import Summary
from terra.system.parallel import in_parallel


class Slow:
    """A registry that fails where two ask at once."""

    location, label, asks_by_name = "/r/registry.json", "acme", False

    def __init__(self) -> None:
        self.busy = threading.Lock()

    def find(self, name: Name) -> Listing | None:
        assert self.busy.acquire(blocking=False), "two at once"
        time.sleep(0.005)
        self.busy.release()
        return Listing(name, ())

    def names(self) -> Sequence[str]:
        return [name.name.text for name in [self.find(Name("a"))] if name]

    def summaries(self, needles: Sequence[str] = ()) -> Sequence[Summary] | None:
        assert not needles
        self.find(Name("a"))
        return None


def test_one_at_a_time():
    lock, slow = RLock(), Slow()
    shared = [SharedIndex(slow, lock) for _ in range(4)]
    calls = [call for each in shared for call in (lambda each=each: each.find(Name("a")), each.names, each.summaries)]
    found = in_parallel(calls, 8)
    assert found == [Listing(Name("a"), ()), ["a"], None] * 4
    assert (shared[0].location, shared[0].label) == ("/r/registry.json", "acme")


class ByName(Slow):
    """A registry that answers only when as many ask at once as it has names."""

    asks_by_name = True

    def __init__(self, names: int) -> None:
        super().__init__()
        self.together = threading.Barrier(names)

    def find(self, name: Name) -> Listing | None:
        self.together.wait(timeout=30)
        return Listing(name, ())


def test_side_by_side_where_each_name_is_a_request():
    lock, index = RLock(), ByName(4)
    shared = [SharedIndex(index, lock) for _ in range(4)]
    assert all(each.asks_by_name for each in shared)
    calls = [lambda each=each, name=name: each.find(Name(name)) for each, name in zip(shared, "abcd", strict=True)]
    assert in_parallel(calls) == [Listing(Name(name), ()) for name in "abcd"]
