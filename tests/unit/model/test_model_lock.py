"""What a lock holds, and how it is asked: `terra.model.lock`."""

from __future__ import annotations

import pytest

from terra.model.lock import Lock, LockedPlugin
from terra.model.name import Name
from terra.model.source import Locator
from terra.model.tree import Tree
from terra.model.values import replace
from terra.model.version import Version


def plugin(name: str, set_name: str = "") -> LockedPlugin:
    version = Version.read("1.0.0")
    assert version is not None
    return LockedPlugin(Name(name), version, set_name, Locator("file", name), Tree(()))


HELD = (plugin("a"), plugin("b"), plugin("a", "dev"))


def test_find_and_in_set():
    lock = Lock(HELD)
    assert lock.find("", Name("a")) is HELD[0]
    assert lock.find("dev", Name("a")) is HELD[2]
    assert lock.find("dev", Name("b")) is None
    assert lock.find("prod", Name("a")) is None
    assert (lock.in_set(""), lock.in_set("dev"), lock.in_set("prod")) == (HELD[:2], HELD[2:], ())


def test_what_was_asked_is_no_part_of_the_value():
    asked, other = Lock(HELD), Lock(HELD)
    asked.find("", Name("a"))
    assert (asked, hash(asked), repr(asked)) == (other, hash(other), repr(other))
    with pytest.raises(AttributeError):
        asked._by_set = {}  # type: ignore[misc]
    assert replace(asked, plugins=HELD[1:]).find("", Name("a")) is None, "another lock finds its own"


def test_many_are_looked_through_once():
    """Each find of a list would compare half of 4,000 plugins."""

    class Counted(tuple[LockedPlugin, ...]):
        __slots__ = ()
        seen = 0

        def __iter__(self):
            for each in super().__iter__():
                Counted.seen += 1
                yield each

    held = Counted(plugin(f"p{number:04}") for number in range(4_000))
    lock = Lock(held)
    assert all(lock.find("", each.name) is each for each in tuple(held))
    assert Counted.seen <= 3 * len(held)
