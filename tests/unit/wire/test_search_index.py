from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terra.errors import InvalidDocumentError
from terra.model.name import Name
from terra.model.summary import Summary
from terra.wire import search_index as room
from terra.wire.search_index import (
    Room,
    kept_of,
    lines_of,
    matching,
    read_kept,
    read_lines,
    read_search_index,
    read_shard,
)

SHA = "ab" * 32
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
SUMMARIES = st.builds(
    Summary,
    name=st.sampled_from([Name("a"), Name("my-company/vpc")]),
    description=TEXT,
    tags=st.lists(TEXT, max_size=2).map(tuple),
    provider=st.none() | TEXT.filter(bool),
    latest=st.none() | st.just("1.2.3"),
    registry=st.just("acme"),
)


def index(*paths: Any, **keys: Any):
    document = {"terra-search": 1, "shards": [{"path": path, "count": 1} for path in paths], **keys}
    return read_search_index(json.dumps(document).encode(), "search/index.json")


def test_a_shard_is_named_by_its_digest():
    (shard,) = index(f"search/{SHA}.json.gz", later=True)
    assert (shard.path, shard.sha256) == (f"search/{SHA}.json.gz", SHA)
    assert index() == ()


@pytest.mark.parametrize(
    "path",
    [
        "search/x.json.gz",
        f"../{SHA}.json.gz",
        f"/{SHA}.json.gz",
        f"https://h.example/{SHA}.json.gz",
        f"search/{SHA}.json",
        f"x/../{SHA}.json.gz",
        7,
    ],
)
def test_a_shard_elsewhere_or_without_digest_is_refused(path: object):
    with pytest.raises(InvalidDocumentError, match=r"shards\[0\].path"):
        index(path)


def test_the_number_of_shards_is_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(room, "MOST_SHARDS", 1)
    with pytest.raises(InvalidDocumentError, match="at most 1"):
        index(f"a/{SHA}.json.gz", f"b/{'cd' * 32}.json.gz")


def test_a_shard_is_unpacked_within_bounds(monkeypatch: pytest.MonkeyPatch):
    packed = gzip.compress(b"x" * 1000)
    assert read_shard(packed, "x", Room()) == b"x" * 1000
    for data in (packed[:-4], b"no gzip", b""):
        with pytest.raises(InvalidDocumentError):
            read_shard(data, "x", Room())
    monkeypatch.setattr(room, "MOST_BYTES", 1999)
    left = Room()
    assert read_shard(packed, "x", left) == b"x" * 1000
    with pytest.raises(InvalidDocumentError, match="at most"):
        read_shard(packed, "x", left)


def test_a_large_shard_is_unpacked_whole():
    lines = b"".join(b"%d\n" % number for number in range(400_000))
    assert read_shard(gzip.compress(lines), "x", Room()) == lines


@pytest.mark.parametrize("path", [f"search/{SHA}.json.gz", f"other/{SHA}.json.gz"])
def test_no_shard_is_listed_twice(path: str):
    with pytest.raises(InvalidDocumentError, match=r"shards\[1\].path"):
        index(f"search/{SHA}.json.gz", path)


def test_the_lines_of_an_index_are_kept_and_counted(monkeypatch: pytest.MonkeyPatch):
    good = b'["aws-s3","S3",["aws"],"aws","1.0.0"]\n'
    assert kept_of([b"\n \n" + good, b"{}\n\r\n"], "index.json", "acme") == (good, ["{}"])
    monkeypatch.setattr(room, "MOST_LINES", 2)
    assert kept_of([good, b"\n\n" + good], "index.json", "acme") == (good * 2, [])
    with pytest.raises(InvalidDocumentError, match="at most 2 lines"):
        kept_of([good, good + b" \n"], "index.json", "acme")


def test_a_line_is_bounded(monkeypatch: pytest.MonkeyPatch):
    line = b'["aws-s3", "%b", [], null, null]' % (b"x" * 2000)
    monkeypatch.setattr(room, "MOST_LINE_BYTES", len(line))
    assert len(read_lines([line], "acme")[0]) == 1
    monkeypatch.setattr(room, "MOST_LINE_BYTES", len(line) - 1)
    found, (said,) = read_lines([line], "acme")
    assert (found, len(said)) == ([], 800)


def test_a_bad_line_never_hides_a_good_one():
    good = b'["aws-s3", "S3", ["aws"], "aws", "1.0.0", null, "more"]'
    bad = [
        b"{}",
        b"[",
        b'["Bad Name", "", [], null, null]',
        b'["a", "", [], null]',
        b'["a", 1, [], null, null]',
        b'["a", "", "tag", null, null]',
        b'["a", "", [1], null, null]',
        b'["a", "\\ud800", [], null, null]',
        b'[["a"], "", [], null, null]',
        b'{"a": 1}',
        b'["a", "", [], null, null, true]',
    ]
    found, said = read_lines([*bad, good], "acme")
    assert found == [Summary(Name("aws-s3"), "S3", ("aws",), "aws", "1.0.0", "acme")]
    assert len(said) == len(bad)


def test_what_is_absent_is_read():
    found, _ = read_lines([b'["a", null, null, null, null]', b'["b", "", [], "", "1.2.3-4"]'], "acme")
    assert found == [Summary(Name("a"), registry="acme"), Summary(Name("b"), registry="acme")]


@given(st.lists(SUMMARIES, max_size=4), st.lists(TEXT, max_size=2))
def test_kept_lines_are_read_back_and_none_that_holds_the_needles_is_passed_over(
    summaries: list[Summary], needles: list[str]
):
    lines = lines_of(summaries)
    assert read_kept(matching(lines, ()), "acme") == summaries
    folded = [each.casefold() for each in needles]
    found = read_kept(matching(lines, folded), "acme")
    for each in summaries:
        texts = [text.casefold() for text in (each.name.text, each.description, *each.tags, each.provider or "")]
        if all(any(needle in text for text in texts) for needle in folded):
            assert each in found


def test_lines_without_the_needles_are_passed_over():
    summaries = [Summary(Name("aws-s3"), "Straße"), Summary(Name("vpc"), 'Ein "Netz"', ("Größe",))]
    lines = lines_of(summaries)

    def names(*needles: str) -> list[str]:
        return [each.name.text for each in read_kept(matching(lines, needles), "")]

    assert names("strasse") == ["aws-s3"]
    assert names('"netz"') == ["vpc"]
    assert names("größe", "vpc") == ["vpc"]
    assert names("größe", "s3") == []
    assert names("s3") == ["aws-s3"]
    assert names("absent") == []


def test_why_a_plugin_is_deprecated_is_kept_with_and_without_folded_text():
    lines = [b'["a", "old", [], null, null, "use b"]', '["b", "Straße", [], null, null, ""]'.encode()]
    found, said = read_lines([*lines, '["c", "Straße", [], null, null]'.encode()], "acme")
    assert ([each.deprecated for each in found], said) == (["use b", "", None], [])
    kept = lines_of(found)
    assert read_kept(matching(kept, ["strasse"]), "acme") == found[1:]
    assert read_kept(matching(kept, []), "acme") == found
