"""npm's ranges, held against what the `semver` package inside npm answers (`cases/npm-ranges.json`)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from terra.model.npm_range import NpmRange
from terra.model.version import Version

_TABLE = json.loads((Path(__file__).parent / "cases/npm-ranges.json").read_text())["cases"]


@pytest.mark.parametrize(("text", "allowed", "refused"), _TABLE, ids=[repr(each[0]) for each in _TABLE])
def test_a_range_allows_what_npm_allows(text: str, allowed: list[str] | None, refused: list[str] | None):
    found = NpmRange.read(text)
    if allowed is None or refused is None:
        assert found is None
        return
    assert found is not None
    assert [each for each in allowed if not found.allows(Version.parse(each))] == []
    assert [each for each in refused if found.allows(Version.parse(each))] == []


def test_the_table_says_yes_no_and_no_range():
    answers = [each[1] for each in _TABLE]
    assert sum(each is None for each in answers) > 30
    assert sum(bool(each) for each in answers) > 100


@pytest.mark.parametrize(
    ("text", "exact"),
    [
        ("1.2.3", "1.2.3"),
        ("=1.2.3", "1.2.3"),
        (" v1.2.3 ", "1.2.3"),
        ("1.2.3-rc.1", "1.2.3-rc.1"),
        ("1.2.3-1", "1.2.3-1"),
        ("1.2.3+build.5", "1.2.3"),
        ("1.2", None),
        ("^1.2.3", None),
        (">=1.2.3", None),
        ("1.2.3 || 1.2.4", None),
        ("1.2.3 <2", None),
        ("*", None),
    ],
)
def test_one_version_alone_is_known_as_exact(text: str, exact: str | None):
    found = NpmRange.read(text)
    assert found is not None
    assert found.exact == exact


@pytest.mark.parametrize("text", ["", "*", "x", " ", ">=0.0.0", "1 || *"])
def test_what_leaves_every_version_open_is_known(text: str):
    found = NpmRange.read(text)
    assert found is not None
    assert found.is_any


@pytest.mark.parametrize("text", ["latest", "next", "1.2.3-é", "1" * 2000, "2-legacy", "4.x-lts"])
def test_a_tag_is_no_range(text: str):
    assert NpmRange.read(text) is None
