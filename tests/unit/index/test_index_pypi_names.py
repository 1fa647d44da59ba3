"""Which plugins a package index lists: the names on its root page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from terra.errors import FetchError
from terra.index.pypi import PypiKind
from terra.spec import RegistryOrder, RegistryTools
from terra.testing.fakes import FakeRunner, FakeTransport, MemoryDocumentCache, RecordingReporter

ROOT = "https://index.example/simple/"
JSON = json.dumps({"projects": [{"name": each} for each in ("terra-aws-s3", "Terra_VPC", "sdk", "terra-", 7)]}).encode()
HTML = b"<!DOCTYPE html><body><h1>terra-title</h1><a href='x'>terra-aws-s3</a><a>Terra_VPC</a> terra-text <a>sdk</a>"


class Scene:
    def __init__(self, page: bytes | None, address: str | None = ROOT) -> None:
        self.transport = FakeTransport({} if page is None else {ROOT: page})
        self.cache = MemoryDocumentCache()
        self.address = address

    def names(self) -> Sequence[str] | None:
        reporter, runner = RecordingReporter(), FakeRunner()
        tools = RegistryTools(self.transport, self.cache, runner, reporter, {"HOME": "/nowhere"}, Path("/nowhere"))
        index = PypiKind().open(RegistryOrder(f"pypi:{self.address}", "corp", self.address), tools)
        found = index.summaries(("x",))
        assert found is None or {each.registry for each in found} <= {"corp"}
        return None if found is None else [each.name.text for each in found]


@pytest.mark.parametrize("page", [JSON, b"\xef\xbb\xbf " + JSON, HTML])
def test_either_form_of_the_page_lists_the_plugins(page: bytes) -> None:
    assert Scene(page).names() == ["aws-s3", "vpc"]


def test_a_page_without_projects_lists_none() -> None:
    assert Scene(b'{"projects": {}}').names() == []
    assert Scene(b"<a>unfinished").names() == []


def test_the_page_is_asked_for_with_its_validator_and_read_offline() -> None:
    scene = Scene(HTML)
    for _ in range(2):
        assert scene.names() == ["aws-s3", "vpc"]
    assert [etag is None for _, etag in scene.transport.requests] == [True, False]
    scene.transport.offline = True
    assert scene.names() == ["aws-s3", "vpc"]


def test_what_cannot_be_listed_is_none() -> None:
    assert Scene(None).names() is None
    assert Scene(b"{").names() is None
    own = Scene(HTML, None)
    assert own.names() is None
    assert own.transport.requests == []


def test_an_index_that_fails_is_not_one_that_lists_nothing() -> None:
    scene = Scene(HTML)
    for status in (503, 429, 401):
        scene.transport.statuses[ROOT] = status
        with pytest.raises(FetchError):
            scene.names()
