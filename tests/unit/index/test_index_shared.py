"""A registry that several threads ask: one of them at a time, and what it says is what it says to one."""

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

    location, label = "/r/registry.json", "acme"

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
