from __future__ import annotations

import pytest

from terra.archive.names import broken_rule, folded, linked_path, printable
from terra.model.patterns import matched_depth, may_reach_into

SAFE = [
    "main.tf",
    "a/b/c.tf",
    ".gitignore",
    "..a",
    "a..b",
    "été/ß.tf",
    "日本.tf",
    "a b.tf",
    "~x",
    "x~",
    "com.tf",
    "console",
]
UNSAFE = [
    *(
        "",
        "/a",
        "../a",
        "a/..",
        "a/./b",
        "a//b",
        "a\\b",
        "C:",
        "a:b",
        "a\0b",
        "a\nb",
        "a\x7f",
        "a*",
        "a?",
        "<",
        ">",
        "|",
        '"',
    ),
    *(
        "a.",
        "a ",
        "a./b",
        "-a",
        "b/-a",
        "CON",
        "con.txt",
        "Aux",
        "nul .tf",
        "LPT1.a.b",
        "com¹.tf",
        "CONIN$",
        "GIT~1",
        "ab~12.tf",
    ),
    *(
        "a\u202eb",
        "a\u200cb",
        "\ufeffa",
        "a\x85b",
        "a\ue000",
        "a\u2028",
        "\ud800",
        "\u2024\u2024/x",
        "\u2025/x",
        "a\uff0fb",
        "a\u2026",
        "\uff23\uff2f\uff2e",
        "\uff0da",
    ),
]


@pytest.mark.parametrize("path", SAFE)
def test_a_safe_name_breaks_no_rule(path):
    assert broken_rule(path) is None


@pytest.mark.parametrize("path", UNSAFE)
def test_an_unsafe_name_breaks_one(path):
    assert broken_rule(path) is not None


@pytest.mark.parametrize(
    ("one", "other"), [("A", "a"), ("ﬁ", "fi"), ("é", "e\u0301"), ("ß", "SS"), ("K", "k"), ("\u017f", "S")]
)
def test_names_that_a_file_system_may_take_for_one_fold_to_one(one, other):
    assert folded(one) == folded(other)


def test_a_link_leads_where_a_file_system_would_lead_it():
    assert linked_path("a/b/l", "../c/./d") == "a/c/d"
    assert linked_path("l", "a/../b") == "b"
    assert [linked_path("a/l", each) for each in ("../../x", "/x", "", "x/", "a\\b")] == [None] * 5


def test_printable_text_is_short_and_harmless():
    assert printable("a\x1b[2J\u202e\x85b") == "a[2Jb"
    assert len(printable("x" * 10_000)) == 100


@pytest.mark.parametrize(
    ("pattern", "path", "depth"),
    [
        ("docs/**", "docs/a/b", 1),
        ("docs/**", "docs", 0),
        ("docs/", "docs/a", 1),
        ("docs/", "docs", 0),
        ("docs", "a/docs/b", 2),
        ("docs", "docs", 1),
        ("*.md", "a/b/x.md", 3),
        ("a/*.md", "a/x.md", 2),
        ("a/*.md", "a/b/x.md", 0),
        ("a/**/x", "a/x", 2),
        ("a/**/x", "a/b/c/x/y", 4),
        ("**", "a/b", 2),
        ("**/x/**", "a/x/b", 2),
        ("a/b", "b", 0),
        ("A", "a", 0),
        ("[ab]?", "b1", 1),
        ("*" * 50 + "b", "a" * 200, 0),
        ("**/" * 50 + "b", "a/" * 30 + "a", 0),
    ],
)
def test_patterns(pattern, path, depth):
    assert matched_depth(tuple(path.split("/")), [pattern]) == depth


@pytest.mark.parametrize(
    ("pattern", "folder", "reaches"),
    [
        ("a/b/**", "a", True),
        ("a/b/**", "a/b/c", True),
        ("a/b/**", "b", False),
        ("**/x", "any/where", True),
        ("*.json", "any/where", True),
        (".tool/x", ".git", False),
        (".tool", ".tool", True),
    ],
)
def test_where_a_pattern_may_reach(pattern, folder, reaches):
    assert may_reach_into(tuple(folder.split("/")), [pattern]) is reaches
