"""TOML that terra writes by hand is read by the standard library as the same text."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terra.wire import toml

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@given(TEXTS)
def test_a_quoted_text_is_read_as_the_same(text: str):
    quoted = toml.quote(text)
    assert tomllib.loads(f"x = {quoted}")["x"] == text
    assert tomllib.loads(f"{quoted} = 1") == {text: 1}
    assert quoted.isprintable() or not any(ord(each) < 0x20 or ord(each) == 0x7F for each in quoted)


@given(st.lists(TEXTS, max_size=4))
def test_an_array_is_read_as_the_same_and_stands_on_one_line(texts: list[str]):
    written = toml.array(texts)
    assert tomllib.loads(f"x = {written}")["x"] == texts
    assert "\n" not in written


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("", '""'),
        ("a\\b", r'"a\\b"'),
        ('"', r'"\""'),
        ("a\nb\r\t", r'"a\nb\r\t"'),
        ("\x00\x1f\x7f", r'"\u0000\u001f\u007f"'),
        ("ü€😀", '"ü€😀"'),
    ],
)
def test_examples(text: str, quoted: str):
    assert toml.quote(text) == quoted
