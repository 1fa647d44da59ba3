"""The report of an update: sections of changelogs, and text of strangers that must do nothing."""

from __future__ import annotations

import re

import pytest

from terra.commands.release_notes import between, code, harmless, quoted
from terra.commands.update_report import MARK, Move, report_of
from terra.model.interface import Input, Interface, Output, Place, RequiredProvider
from terra.model.interface_change import compare
from terra.model.name import Name
from terra.model.values import replace
from terra.model.version import Version

NAME = Name("aws-s3")
OLD, NEW = Version(1, 0, 0), Version(1, 2, 0)
HERE = Place("main.tf", 1)


@pytest.mark.parametrize(
    "headings",
    [
        ("## [1.2.0] - 2026-02-01", "## [1.1.0] - 2026-01-01", "## [1.0.0] - 2025-01-01"),
        ("## 1.2.0", "## 1.1.0", "## 1.0.0"),
        ("# v1.2.0 (2026-02-01)", "# v1.1.0 (2026-01-01)", "# v1.0.0 (2025-01-01)"),
        ("## [1.2.0](https://git.example/c/v1...v2) (2026-02-01)", "### [1.1.0](https://git.example)", "## 1.0.0"),
        ("## Version 1.2", "## Release v1.1", "## Version 1"),
        ("1.2.0 (2026)\n============", "1.1.0\n-----", "1.0.0\n====="),
        ("## aws-s3 1.2.0", "## aws-s3@1.1.0", "## terra-aws-s3: 1.0.0"),
    ],
)
def test_sections_between(headings: tuple[str, str, str]):
    new, middle, old = headings
    text = f"# Changelog\n\n## Unreleased\n- soon\n\n{new}\n### Added\n- two\n\n{middle}\n- one\n\n{old}\n- zero\n"
    found = between(text, NAME, OLD, NEW)
    assert ("- two" in found, "- one" in found, "- zero" in found, "- soon" in found) == (True, True, False, False)
    assert found.index("- two") < found.index("- one")
    assert "### Added" in found
    assert "- one" not in between(text, NAME, Version(1, 1, 0), NEW)
    assert not between(text, NAME, NEW, NEW)
    assert not between(text, NAME, NEW, OLD), "a release that is taken back brings nothing"


def test_a_heading_of_the_same_depth_ends_a_section():
    text = "# 1.2.0\n- two\n# Older\n- old\n"
    assert between(text, NAME, OLD, NEW) == "# 1.2.0\n- two"


def test_headings_in_blocks_of_code_are_none():
    text = "## 1.2.0\n```sh\n## 1.0.0\n```\n- two\n## 1.0.0\n- zero\n"
    assert between(text, NAME, OLD, NEW) == "## 1.2.0\n```sh\n## 1.0.0\n```\n- two"


@pytest.mark.parametrize("text", ["", "no heading", "## 2026-02-01\n- x", "## 1.2.0.4\n- x", "## other 1.2.0\n- x"])
def test_no_sections(text: str):
    assert between(text, NAME, OLD, NEW) == ""


@pytest.mark.parametrize(
    "text",
    [
        "thanks @octocat",
        "thanks @org/team",
        "fixes #12",
        "closes acme/x#12",
        "see !34, &5 and GH-7",
        "see https://git.example/o/r/issues/5",
        "see https://git.example/o/r/pull/5 and o/r/-/merge_requests/7",
    ],
)
def test_references_refer_to_nothing(text: str):
    found = harmless(text)
    assert not re.search(r"@\w|[#!&]\d|GH-\d|(issues|pull|merge_requests)/\d", found)
    assert found.replace("\u200b", "") == text, "a reader sees the same"


def test_hidden_text_is_dropped():
    assert harmless("a<!-- x\ny -->b") == "ab"
    assert harmless("a<!-- never closed\nb") == "a"
    assert harmless("a\u202eb\u0000c\x1b[31md\r\ne\u00ade") == "abc[31md\nee"


@pytest.mark.parametrize("text", ["```\n# out", "`````\nx", "~~~\n```\n", "a", "</details>"])
def test_nothing_ends_the_block(text: str):
    first, *middle, last = quoted(text, 1000).rstrip("\n").split("\n")
    fence = first.removesuffix("text")
    assert last == fence
    assert set(fence) == {"`"}
    assert not any(fence in line for line in middle)


def test_long_notes_are_cut():
    found = quoted("line\n" * 1000, 100)
    assert len(found) < 200
    assert "The rest is in" in found


@pytest.mark.parametrize("text", ["a|b", "`x`", "a\nb", "``", "|`|"])
def test_code_stays_in_its_cell(text: str):
    found = code(text)
    assert "\n" not in found
    assert not re.search(r"(?<!\\)\|", found)
    fence = re.match("`+", found)
    assert fence
    assert found.endswith(fence[0])
    assert fence[0] not in found[len(fence[0]) : -len(fence[0])]


def interfaces() -> tuple[Interface, Interface]:
    old = Interface(
        inputs=(Input("name", HERE, "string"), Input("gone", HERE, "string"), Input("n", HERE, "number", "1")),
        outputs=(Output("id", HERE),),
        providers=(RequiredProvider("aws", "x/aws", "~> 5.0", HERE),),
        required_version=">= 1.3",
    )
    new = Interface(
        inputs=(
            Input("name", HERE, "list(string)"),
            Input("key", HERE, "string", description="Its | `key` @you"),
            Input("n", HERE, "number", "2"),
        ),
        outputs=(Output("arn", HERE),),
        providers=(RequiredProvider("aws", "x/aws", "~> 6.0", HERE),),
        required_version=">= 1.5",
    )
    return old, new


def move(**more: object) -> Move:
    old, new = interfaces()
    inputs = {each.name: each for each in new.inputs}
    made = Move(NAME, "", OLD, NEW, "corp", compare(old, new), inputs)
    return replace(made, **more)


def test_report_says_everything():
    text = report_of(
        [
            move(
                notes="## 1.2.0\n- two",
                changelog="CHANGELOG.md",
                deprecated="use <b>vpc</b>",
                yanked="",
                was_yanked="it was bad",
                accepted=("plugins/aws-s3/a.tf",),
                edited=(("plugins/aws-s3/b.tf", "edited since it was added"),),
                merged=(("plugins/aws-s3/c.tf", 0), ("plugins/aws-s3/d.tf", 2)),
                conflicts=(("plugins/aws-s3/e.tf", "edited"),),
            )
        ]
    )
    assert text.startswith(f"{MARK}\n# Update aws-s3 from 1.0.0 to 1.2.0\n")
    assert "| `aws-s3` | - | 1.0.0 | 1.2.0 | `corp` | **look** |" in text
    order = ["Conflicts", "markers", "1.2.0 was yanked", "deprecated", "New required inputs", "may break", "Other"]
    places = [text.index(each) for each in order]
    assert places == sorted(places)
    for line in (
        "> - `key` of type `string`: ``Its \\| `key` @\u200byou``",
        "- input `gone` is gone",
        "- output `id` is gone",
        "- input `name`: `string` → `list(string)` (type)",
        "- provider `aws`: `x/aws ~> 5.0` → `x/aws ~> 6.0`",
        "- Terraform `required_version`: `>= 1.3` → `>= 1.5`",
        "- input `n`: `1` → `2` (default)",
        "- output `arn` is new",
        "- `plugins/aws-s3/a.tf` is edited, and the edit stays accepted",
        "- `plugins/aws-s3/c.tf` has your edits merged in",
        "- `plugins/aws-s3/d.tf` has 2 places with conflict markers",
        "```text\n## 1.2.0\n- two\n```",
        "1.0.0 was yanked: `it was bad`",
    ):
        assert line in text, line


def test_report_of_an_update_that_changes_nothing_for_callers():
    text = report_of([move(interface=compare(Interface(), Interface()))])
    assert "Inputs, outputs and required providers are the same." in text
    assert "**look**" not in text
    assert "brings no changelog" in text
    assert "not compared" in report_of([move(interface=None)])


def test_report_of_nothing():
    assert "Nothing to update" in report_of([])


def test_a_plugin_that_comes_or_goes_is_in_the_table():
    text = report_of([move(), Move(Name("aws-kms"), "dev", None, NEW), Move(Name("old"), "dev", OLD, None)])
    assert "| `aws-kms` | `dev` | - | 1.2.0 | - | new |" in text
    assert "| `old` | `dev` | 1.0.0 | - | - | goes |" in text
    assert text.count("\n## ") == 1


def test_report_has_an_end():
    many = [move(notes="x\n" * 50_000, changelog="CHANGELOG.md") for _ in range(300)]
    text = report_of(many)
    assert len(text) < 65_536
    assert "this report would be too long" in text
