"""What `Fields` notes and how it shows it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terra.errors import InvalidDocumentError, UsageError
from terra.wire.fields import Fields, show


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("text", "`text`"),
        ("", "``"),
        ("a\n  b\tc", "`a b c`"),
        (True, "`true`"),
        (False, "`false`"),
        (3, "`3`"),
        (1.5, "`1.5`"),
        ({"a": 1}, "a table"),
        ([1], "a list"),
        (None, "None"),
        (date(2026, 1, 2), "datetime.date(2026, 1, 2)"),
        ("x" * 58, "`" + "x" * 58 + "`"),
        ("x" * 59, "`" + "x" * 58 + "…"),
    ],
)
def test_show(value: object, shown: str):
    assert show(value) == shown


@given(st.text() | st.integers() | st.floats() | st.none() | st.lists(st.text()) | st.binary())
def test_what_is_shown_is_short_and_on_one_line(value: object):
    assert len(show(value)) <= 60
    assert len(show(value).splitlines()) <= 1


@pytest.mark.parametrize(
    ("key", "where"),
    [("name", "top.name"), ("a-b_c1", "top.a-b_c1"), ("a.b", 'top."a.b"'), ("a/b", 'top."a/b"'), ("", 'top.""')],
)
def test_the_place_of_a_key(key: str, where: str):
    assert Fields({}, "top").where(key) == where


def test_the_place_in_a_list():
    assert Fields({}).where("files[3]") == "files[3]"


def noted(table: dict[str, Any], ask: Any) -> list[str]:
    fields = Fields(table)
    ask(fields)
    return [str(issue) for issue in fields.issues]


@pytest.mark.parametrize(
    ("value", "ask", "expected"),
    [
        (1, lambda fields: fields.text("k"), ["`k`: expected a text, got `1`"]),
        ("x", lambda fields: fields.flag("k"), ["`k`: expected true or false, got `x`"]),
        (1, lambda fields: fields.flag("k"), ["`k`: expected true or false, got `1`"]),
        (True, lambda fields: fields.number("k"), ["`k`: expected a whole number, got `true`"]),
        (1.0, lambda fields: fields.number("k"), ["`k`: expected a whole number, got `1.0`"]),
        ("x", lambda fields: fields.texts("k"), ["`k`: expected a list, got `x`"]),
        (["a", 1], lambda fields: fields.texts("k"), ["`k[1]`: expected a text, got `1`"]),
        ("x", lambda fields: fields.table("k"), ["`k`: expected a table, got `x`"]),
        ([1], lambda fields: list(fields.tables("k")), ["`k[0]`: expected a table, got `1`"]),
        ("c", lambda fields: fields.text("k", "a", choices=("a", "b")), ["`k`: expected one of `a`, `b`, got `c`"]),
        ("s3cret", lambda fields: fields.forbid("k", "no token"), ["`k`: expected no token, got one"]),
        ("x", lambda fields: (fields.raw("a"), fields.unknown()), ["`k`: expected one of `a`, got an unknown key"]),
        ("x", lambda fields: (fields.keys(), fields.unknown()), []),
        ("x", lambda fields: (fields.forbid("k", "no"), fields.unknown()), ["`k`: expected no, got one"]),
    ],
)
def test_what_is_noted(value: object, ask: Any, expected: list[str]):
    assert noted({"k": value}, ask) == expected


def test_absent_is_the_default_and_no_issue_unless_required():
    fields = Fields({})
    assert (fields.text("a", "d"), fields.optional("b"), fields.flag("c", default=True)) == ("d", None, True)
    assert (fields.number("d"), fields.texts("e"), list(fields.tables("f"))) == (None, (), [])
    assert fields.issues == []
    fields.text("a", required=True)
    assert [str(issue) for issue in fields.issues] == ["`a`: expected a text, got nothing"]


def test_issues_of_inner_tables_are_those_of_the_document():
    top = Fields({"a": {"b": [{"c": 1}]}})
    (inner,) = top.table("a").tables("b")
    inner.text("c")
    with pytest.raises(InvalidDocumentError, match=r"`doc` has 1 problem\n  `a\.b\[0\]\.c`: expected a text") as caught:
        top.finish("doc", hint="mend it")
    assert caught.value.hint == "mend it"
    Fields({}).finish("doc")


def test_what_a_parser_refuses_is_noted():
    def parse(text: str) -> str:
        raise UsageError(text)

    fields = Fields({"k": "v"})
    assert fields.parsed("k", parse, "a thing", "d") == "d"
    assert [str(issue) for issue in fields.issues] == ["`k`: expected a thing, got `v`"]
