"""Nothing that comes from outside steers a terminal."""

from __future__ import annotations

import io
import re
import sys
import unicodedata
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from terra.cli import terminal
from terra.cli.terminal import Painter, Terminal, clean, line, redacted, takes_colour

HIDDEN = {"Cc", "Cf", "Zl", "Zp"}
PAINTER = Painter(colour=True)


def steering(text: str) -> list[str]:
    """Return the characters of a text that a terminal acts on, or that hide or reorder others."""
    return [each for each in text if each not in "\t\n" and unicodedata.category(each) in HIDDEN]


@given(st.text())
@example("\x1b]0;title\x07")
@example("\x1b[31mred\x1b[0m")
@example("\x9b31m")
@example("abc\rdef\b\b\x7f")
@example("\u202eevil\u2066\u200b\ufeff\u00ad\U000e0041")
@example("\u0600\u06dd\u110bd\ufff9\U0001d173")
def test_no_text_keeps_a_control_character(text: str):
    cleaned = clean(text)
    allowed = {each for each in text if unicodedata.category(each) == "Cf" and not terminal._CONTROL.match(each)}
    assert set(steering(cleaned)) <= allowed
    assert len(cleaned) == len(text)
    assert [each for each, other in zip(text, cleaned, strict=True) if each != other] == [
        each for each in text if terminal._CONTROL.match(each)
    ]


@given(st.text(st.characters(categories=["Cc"], exclude_characters="\t\n")))
def test_every_control_character_is_shown_as_a_mark(text: str):
    assert clean(text) == "\ufffd" * len(text)


@pytest.mark.parametrize(
    "each", ["\u202a", "\u202e", "\u2066", "\u2069", "\u200e", "\u200f", "\u061c", "\u200b", "\u2028", "\ufeff"]
)
def test_what_reorders_or_hides_text_is_shown_as_a_mark(each: str):
    assert clean(f"a{each}b") == "a\ufffdb"


def test_plain_text_stays():
    text = "ü€😀 日本\tx\n  `aws-s3` … ✓"
    assert clean(text) == text


@pytest.mark.parametrize("style", ["bold", "red", "dim"])
def test_own_styles_become_visible(style: str):
    assert clean(PAINTER.paint(style, "text")) == f"\x1b[{terminal._STYLES[style]}mtext\x1b[0m"
    assert Painter(colour=False).paint(style, "text") == "text"
    assert PAINTER.paint(style, "") == ""


@given(st.text(), st.sampled_from(sorted(terminal._STYLES)))
def test_a_style_around_any_text_lets_nothing_of_it_through(text: str, style: str):
    painted = clean(PAINTER.paint(style, text))
    body = painted.removeprefix(f"\x1b[{terminal._STYLES[style]}m").removesuffix("\x1b[0m")
    assert body == clean(text)
    assert "\x1b" not in body


@given(st.from_regex(r"\x00[0-9a-f]{0,16}:(red|bold|)\x00", fullmatch=True))
@example("\x00:red\x00")
@example("\x000123456789abcdef:red\x00")
def test_a_forged_mark_is_no_colour(mark: str):
    assert "\x1b" not in clean(f"a{mark}b")


def test_a_mark_cannot_be_finished_from_inside():
    forged = PAINTER.paint("red", "x\x00:bold\x00\x1b[5m")
    assert re.findall("\x1b[^m]*m", clean(forged)) == ["\x1b[31m", "\x1b[0m"]


@given(st.text())
def test_one_line_is_one_line(text: str):
    assert len(clean(line(text)).splitlines()) <= 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("https://joe:s3cret@h/x", "https://***@h/x"),
        ("at `https://s3cret@h/x` and http://a:s3cret@b", "at `https://***@h/x` and http://***@b"),
        ("https://h/x?token=s3cret&a=1", "https://h/x?token=***&a=1"),
        ("https://h/x?next=https://i/?token=s3cret&a=1", "https://h/x?next=https://i/?token=***&a=1"),
        ("https://h/x?a=1&X-Amz-Signature=s3cret", "https://h/x?a=1&X-Amz-Signature=***"),
        (
            "https://h/@terra%2faws-s3 and https://h/npm/@terra/x",
            "https://h/@terra%2faws-s3 and https://h/npm/@terra/x",
        ),
        ("https://joe:s3/cret@h/x and https://joe:s3cret/@h", "https://***@h/x and https://***@h"),
        ("http://127.0.0.1:80/@terra%2fx", "http://127.0.0.1:80/@terra%2fx"),
        ("npm:x@latest || 3", "npm:x@latest || 3"),
        ("git:joe:s3cret@h/x", "git:***@h/x"),
        ("git:git@h:x/y.git", "git:git@h:x/y.git"),
        ("npm:@terra/aws-sqs@0.1.0", "npm:@terra/aws-sqs@0.1.0"),
        ("aws-s3@0.1.0 from https://h/x", "aws-s3@0.1.0 from https://h/x"),
        ("`https://h/x` has `aws-s3@0.1.0`", "`https://h/x` has `aws-s3@0.1.0`"),
    ],
)
def test_secrets_of_addresses_are_not_shown(text: str, expected: str):
    assert redacted(text) == expected


class Stream(io.StringIO):
    def __init__(self, text: str = "", *, is_terminal: bool = False) -> None:
        super().__init__(text)
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


@pytest.mark.parametrize(
    ("stream", "choice", "no_color", "expected"),
    [
        (Stream(is_terminal=True), "auto", False, True),
        (Stream(is_terminal=True), "auto", True, False),
        (Stream(), "auto", False, False),
        (None, "auto", False, False),
        (Stream(), "always", True, True),
        (None, "always", False, True),
        (Stream(is_terminal=True), "never", False, False),
    ],
)
def test_when_colour_is_taken(stream: Any, choice: str, no_color: bool, expected: bool):
    assert takes_colour(stream, choice, no_color=no_color) is expected


def spoken(monkeypatch: pytest.MonkeyPatch, answer: str = "", **facts: bool) -> tuple[Terminal, Stream]:
    stream = Stream()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(sys, "stdin", Stream(answer))
    usual = {"colour": False, "quiet": False, "verbose": False, "interactive": False, "drawn": False}
    return Terminal(**{**usual, **facts}), stream


@pytest.mark.parametrize(
    ("quiet", "verbose", "expected"),
    [
        (False, False, "note\nwarning: warn\n"),
        (True, False, "warning: warn\n"),
        (False, True, "detail\nnote\nwarning: warn\n"),
    ],
)
def test_what_is_said(monkeypatch: pytest.MonkeyPatch, quiet: bool, verbose: bool, expected: str):
    found, stream = spoken(monkeypatch, quiet=quiet, verbose=verbose)
    found.detail("detail")
    found.note("note")
    found.warn("warn")
    found.warn("warn")
    assert stream.getvalue() == expected


@pytest.mark.parametrize("say", ["detail", "note", "warn", "confirm"])
def test_everything_that_is_said_is_clean(monkeypatch: pytest.MonkeyPatch, say: str):
    found, stream = spoken(monkeypatch, verbose=True, interactive=True)
    getattr(found, say)("\x1b[31m\u202e")
    assert steering(stream.getvalue()) == []


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("y\n", True), ("YES\n", True), (" yes ", True), ("n\n", False), ("\n", False), ("", False)],
)
def test_an_answer(monkeypatch: pytest.MonkeyPatch, answer: str, expected: bool):
    assert spoken(monkeypatch, answer, interactive=True)[0].confirm("Sure?") is expected


def test_nobody_is_asked_where_nobody_can_answer(monkeypatch: pytest.MonkeyPatch):
    found, stream = spoken(monkeypatch, "y\n")
    assert found.confirm("Sure?") is None
    assert stream.getvalue() == ""


def test_without_streams_nothing_is_said(monkeypatch: pytest.MonkeyPatch):
    found, _ = spoken(monkeypatch, verbose=True)
    monkeypatch.setattr(sys, "stderr", None)
    found.note("x")


def test_a_download_that_is_not_drawn_takes_any_progress(monkeypatch: pytest.MonkeyPatch):
    found, stream = spoken(monkeypatch)
    with found.download("x") as progress:
        progress(1, None)
        progress(2, 2)
    assert stream.getvalue() == ""
