"""Value classes behave as frozen dataclasses do."""

from __future__ import annotations

import pytest

from terra.model.values import field, fields_of, ordered_value, replace, value


@ordered_value
class Point:
    x: int
    y: int = 0

    @property
    def sum(self) -> int:
        return self.x + self.y


@value
class Box:
    items: list[int] = field(default_factory=list)
    secret: str = field(default_factory=str, repr=False)


@value
class Empty:
    pass


@value
class Other:
    x: int
    y: int = 0


def test_fields_are_given_by_place_name_or_default() -> None:
    assert (Point(1).y, Point(1, 2).sum, Point(y=3, x=4).x) == (0, 3, 4)
    with pytest.raises(TypeError):
        Point()
    with pytest.raises(TypeError):
        Point(1, z=2)


def test_nothing_can_be_changed_or_added() -> None:
    for name in ("x", "new"):
        with pytest.raises(AttributeError):
            setattr(Point(1), name, 2)
    with pytest.raises(AttributeError):
        del Point(1).x
    assert not hasattr(Point(1), "__dict__")


def test_equal_by_class_and_fields() -> None:
    assert Point(1, 2) == Point(1, 2)
    assert Point(1, 2) != Point(2, 1)
    assert Point(1) != Other(1)
    assert Point(1) != (1, 0)
    assert len({Point(1), Point(1), Point(2), Empty(), Empty()}) == 3


def test_order_is_that_of_the_fields() -> None:
    assert sorted([Point(2), Point(1, 5), Point(1)]) == [Point(1), Point(1, 5), Point(2)]
    assert Point(1) <= Point(1) < Point(2) > Point(1) >= Point(1)
    with pytest.raises(TypeError):
        Other(1) < Other(2)  # noqa: B015
    with pytest.raises(TypeError):
        Point(1) < Other(2)  # noqa: B015


def test_a_default_is_made_anew_and_a_secret_is_not_shown() -> None:
    assert Box().items is not Box().items
    assert repr(Box([1], "s3cret")) == "Box(items=[1])"


def test_replace_and_fields_of() -> None:
    assert replace(Point(1, 2), y=5) == Point(1, 5)
    assert fields_of(Point(1, 2)) == {"x": 1, "y": 2}
    with pytest.raises(TypeError):
        replace(Point(1), z=1)


def test_match_by_place() -> None:
    match Point(1, 2):
        case Point(x, y):
            assert (x, y) == (1, 2)
        case _:
            pytest.fail("no match")
