"""Three texts become one: endings, ends, what is no text, bounded work; git as the judge of what is disjoint."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from terra.model.plan import Lines
from terra.vendor.merge import MAX_BYTES, Favour, Merged, merge
from terra.vendor.same_lines import LineMatcher

BASE = b"one\ntwo\nthree\nfour\nfive\n"
MINE = BASE.replace(b"one", b"ONE")
THEIRS = BASE.replace(b"five", b"FIVE")
BOTH = MINE.replace(b"five", b"FIVE")
LINES = st.sampled_from([b"}", b"", b"  a = 1", b"  b = 2", b"resource {", b"# c", b"x", b"y"])


def merged(base: bytes, mine: bytes, theirs: bytes, favour: Favour = Favour.NEITHER) -> Merged:
    found = merge(base, mine, theirs, favour, "aws-s3 0.2.0")
    assert found is not None
    return found


def outcome(found: Merged) -> tuple[bytes, int]:
    """Return the text, and how many places both sides changed."""
    return found.data, len(found.contested)


def crlf(text: bytes) -> bytes:
    return text.replace(b"\n", b"\r\n")


def test_edits_of_different_lines_come_together():
    assert outcome(merged(BASE, MINE, THEIRS)) == (BOTH, 0)


def test_the_same_change_on_both_sides_is_no_conflict():
    assert outcome(merged(BASE, MINE, MINE)) == (MINE, 0)
    assert outcome(merged(BASE, MINE, BOTH)) == (BOTH, 0)


@pytest.mark.parametrize(
    ("favour", "expected"),
    [
        (Favour.NEITHER, b"one\n<<<<<<< yours\nmine\n=======\ntheirs\n>>>>>>> aws-s3 0.2.0\nthree\nfour\nFIVE\n"),
        (Favour.MINE, b"one\nmine\nthree\nfour\nFIVE\n"),
        (Favour.THEIRS, b"one\ntheirs\nthree\nfour\nFIVE\n"),
    ],
)
def test_one_conflict_beside_a_change_of_theirs(favour: Favour, expected: bytes):
    theirs = THEIRS.replace(b"two", b"theirs")
    assert outcome(merged(BASE, BASE.replace(b"two", b"mine"), theirs, favour)) == (expected, 1)


def test_markers_hold_only_what_differs():
    found = merged(b"", b"same\nmine\n", b"same\ntheirs\n")
    assert outcome(found) == (b"same\n<<<<<<< yours\nmine\n=======\ntheirs\n>>>>>>> aws-s3 0.2.0\n", 1)


def test_two_conflicts_are_counted():
    mine = BASE.replace(b"one", b"1").replace(b"five", b"5")
    theirs = BASE.replace(b"one", b"I").replace(b"five", b"V")
    assert merged(BASE, mine, theirs).contested == (Lines(1, 1), Lines(5, 5))


@pytest.mark.parametrize("base_ends", [bytes, crlf])
@pytest.mark.parametrize("mine_ends", [bytes, crlf])
@pytest.mark.parametrize("theirs_ends", [bytes, crlf])
def test_the_endings_are_those_of_the_users_text(base_ends, mine_ends, theirs_ends):  # type: ignore[no-untyped-def]
    found = merged(base_ends(BASE), mine_ends(MINE), theirs_ends(THEIRS))
    assert outcome(found) == (mine_ends(BOTH), 0)


def test_markers_end_as_the_users_lines_do():
    found = merged(crlf(b"a\n"), crlf(b"mine\n"), b"theirs\n")
    assert found.data == crlf(b"<<<<<<< yours\nmine\n=======\ntheirs\n>>>>>>> aws-s3 0.2.0\n")


@pytest.mark.parametrize("ends", [bytes, crlf])
def test_mixed_endings_conflict_with_nothing_and_stay(ends) -> None:  # type: ignore[no-untyped-def]
    """One line that an editor ended otherwise is no edit of the lines around it."""
    mine = b"ONE\r\ntwo\nthree\r\nfour\r\nfive\r\n"
    found = merged(ends(BASE), mine, ends(THEIRS))
    assert outcome(found) == (mine.replace(b"five\r\n", ends(b"FIVE\n")), 0)


def test_a_text_without_any_ending_takes_theirs():
    assert outcome(merged(b"a", b"a", b"a\r\nb\r\n")) == (b"a\r\nb\r\n", 0)
    assert outcome(merged(b"a", b"a", b"a\nb")) == (b"a\nb", 0)


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "expected"),
    [
        (b"a\nb\nc", b"A\nb\nc", b"a\nb\nC", b"A\nb\nC"),
        (b"a\nb\nc", b"A\nb\nc", b"a\nb\nc\n", b"A\nb\nc\n"),
        (b"a\nb\nc\n", b"A\nb\nc\n", b"a\nb\nc", b"A\nb\nc"),
        (b"a\nb\nc\n", b"a\nb\nc", b"A\nb\nc\n", b"A\nb\nc"),
    ],
)
def test_no_newline_at_the_end(base: bytes, mine: bytes, theirs: bytes, expected: bytes):
    assert outcome(merged(base, mine, theirs)) == (expected, 0)


def test_a_last_line_that_is_one_no_more_is_ended():
    found = merged(b"a", b"mine", b"theirs")
    assert found.data == b"<<<<<<< yours\nmine\n=======\ntheirs\n>>>>>>> aws-s3 0.2.0\n"


@pytest.mark.parametrize("position", range(3))
def test_what_is_no_text_or_too_large_is_not_merged(position: int):
    for odd in (b"\x89PNG\0\n", "text\n".encode("utf-16"), b"a" * MAX_BYTES + b"\n"):
        texts = [BASE, MINE, THEIRS]
        texts[position] = odd
        assert merge(*texts, Favour.NEITHER, "x") is None  # type: ignore[call-arg, arg-type, misc]


def test_other_encodings_of_text_are_merged():
    base = "größe\nx\ny\n".encode("latin-1")
    assert merged(base, base.replace(b"x", b"X"), base + b"z\n").data == base.replace(b"x", b"X") + b"z\n"


def test_only_lf_ends_a_line():
    base = "a\x0bb\x0cc\u2028d\re\nx\ny\n".encode()
    assert merged(base, base.replace(b"x", b"X"), base + b"z\n").data == base.replace(b"x", b"X") + b"z\n"


def test_nothing_in_common_is_one_conflict():
    assert len(merged(b"", b"mine\n", b"theirs\n").contested) == 1
    assert outcome(merged(b"", b"", b"theirs\n")) == (b"theirs\n", 0)
    assert outcome(merged(b"gone\n", b"", b"gone\n")) == (b"", 0)
    assert len(merged(b"gone\n", b"", b"changed\n").contested) == 1


@pytest.mark.parametrize(
    "text",
    [
        lambda side: b"".join(b"}\n%s%d\n" % (side, each) for each in range(20_000)),
        lambda side: b"}\n" * 200_000 + side + b"\n" + b"}\n" * 100_000,
        lambda side: b"".join(b"%d\n%s\n" % (each % 7, side if each % 11 else b"}") for each in range(100_000)),
        lambda side: b"".join(b"%d\n" % (each * ord(side) % 1009 % 40) for each in range(200_000)),
    ],
)
@pytest.mark.timeout(60)
def test_many_equal_lines_are_bounded_work(text) -> None:  # type: ignore[no-untyped-def]
    """Of the same texts difflib alone needs minutes to hours."""
    assert merge(text(b"b"), text(b"m"), text(b"t"), Favour.NEITHER, "x") is not None


@given(one=st.lists(LINES, max_size=40), other=st.lists(LINES, max_size=40))
def test_matching_blocks_are_equal_runs_in_order(one: list[bytes], other: list[bytes]):
    *blocks, last = LineMatcher(None, one, other).get_matching_blocks()
    assert last == (len(one), len(other), 0)
    i = j = 0
    for start, other_start, count in blocks:
        assert count > 0
        assert start >= i
        assert other_start >= j
        assert (start, other_start) != (i, j) or i == 0 or j == 0, "two blocks that are one"
        i, j = start + count, other_start + count
        assert one[start:i] == other[other_start:j]
    assert i <= len(one)
    assert j <= len(other)


def texts(lines: st.SearchStrategy[bytes] = LINES) -> st.SearchStrategy[bytes]:
    return st.tuples(st.lists(lines, max_size=25), st.sampled_from([b"", b"\n"])).map(
        lambda each: b"\n".join(each[0]) + (each[1] if each[0] else b"")
    )


@given(base=texts(), other=texts())
def test_what_one_side_alone_changed_is_taken(base: bytes, other: bytes):
    assert outcome(merged(base, base, other)) == (other, 0)
    assert outcome(merged(base, other, base)) == (other, 0)
    assert outcome(merged(base, other, other)) == (other, 0)


@given(base=texts(), mine=texts(), theirs=texts())
def test_sides_are_as_good_as_each_other(base: bytes, mine: bytes, theirs: bytes):
    one, other = merged(base, mine, theirs), merged(base, theirs, mine)
    assert (not one.contested) == (not other.contested)
    if not one.contested:
        assert one.data == other.data


@given(data=st.data())
def test_favour_loses_no_hunk_that_is_not_contested(data: st.DataObject):
    """Each of thirty lines apart from each other is changed by nobody, one side or both; each answer is known."""
    sides = data.draw(st.lists(st.sampled_from(["none", "mine", "theirs", "both"]), min_size=1, max_size=30))

    def text(*said: str) -> bytes:
        words = [(side if side in said or side == "both" else "base", n) for n, side in enumerate(sides)]
        return "".join(f"{who}{said[0] if who == 'both' else ''} {n}\nbetween {n}\n" for who, n in words).encode()

    base = "".join(f"base {n}\nbetween {n}\n" for n in range(len(sides))).encode()
    mine, theirs = text("mine"), text("theirs")
    for favour, winner in ((Favour.MINE, "mine"), (Favour.THEIRS, "theirs")):
        words = [(f"both{winner}" if side == "both" else side if side != "none" else "base") for side in sides]
        expected = "".join(f"{who} {n}\nbetween {n}\n" for n, who in enumerate(words)).encode()
        assert outcome(merged(base, mine, theirs, favour)) == (expected, sides.count("both"))


def git_merges(base: bytes, mine: bytes, theirs: bytes) -> bytes | None:
    """Return what `git merge-file` makes of it, or None for a conflict."""
    with tempfile.TemporaryDirectory() as name:
        for each, text in (("base", base), ("mine", mine), ("theirs", theirs)):
            (Path(name) / each).write_bytes(text)
        argv = ["git", "merge-file", "-p", "mine", "base", "theirs"]
        ended = subprocess.run(argv, cwd=name, capture_output=True, check=False, timeout=30)
    assert 0 <= ended.returncode < 128, ended.stderr
    return ended.stdout if ended.returncode == 0 else None


@st.composite
def edited(draw: st.DrawFn, lines: list[bytes]) -> bytes:
    """Draw edits of a text: some of its lines are replaced, removed, or get others before them."""
    found: list[bytes] = []
    for line in lines:
        what = draw(st.sampled_from(["keep"] * 7 + ["replace", "remove", "insert"]))
        found += {"keep": [line], "remove": []}.get(what, [draw(LINES), *([line] if what == "insert" else [])])
    return b"".join(line + b"\n" for line in found)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_what_git_merges_is_merged_to_the_same(data: st.DataObject):
    """The lines of the base are there once each, so that it is clear which of them was meant."""
    lines = [b"line %d" % number for number in range(data.draw(st.integers(0, 25)))]
    base = b"".join(line + b"\n" for line in lines)
    mine, theirs = data.draw(edited(lines)), data.draw(edited(lines))
    expected = git_merges(base, mine, theirs)
    assume(expected is not None)
    found = merged(base, mine, theirs)
    assert outcome(found) == (expected or b"", 0)
