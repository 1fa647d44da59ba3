from __future__ import annotations

from pathlib import Path

import pytest

from terra.errors import FetchError, HTTPStatusError, OfflineError
from terra.index import documents as room
from terra.index.documents import Documents
from terra.model.source import Anchor
from terra.testing.fakes import FakeTransport, MemoryDocumentCache, RecordingReporter

URL = "https://terra.example/acme/registry.json?a=b"


def test_a_url_is_read_once_in_a_run_and_validated_in_the_next():
    transport, cache = FakeTransport({URL: b"[1]"}), MemoryDocumentCache()
    first = Documents(transport, cache, RecordingReporter())
    assert first.load(URL) == first.load(URL) == (b"[1]", Anchor("https://terra.example/acme/"))
    assert transport.requests == [(URL, None)]

    assert Documents(transport, cache, RecordingReporter()).load(URL)[0] == b"[1]"
    etag = cache.documents[URL][1]
    assert etag is not None
    assert transport.requests[1:] == [(URL, etag)]

    transport.documents[URL] = b"[2]"
    assert Documents(transport, cache, RecordingReporter()).load(URL)[0] == b"[2]"
    assert cache.documents[URL][0] == b"[2]"


def test_offline_the_copy_is_used_and_said():
    transport, cache, reporter = FakeTransport(), MemoryDocumentCache(), RecordingReporter()
    transport.offline = True
    with pytest.raises(OfflineError):
        Documents(transport, cache, reporter).load(URL)
    cache.save(URL, b"[]", None)
    assert Documents(transport, cache, reporter).load(URL)[0] == b"[]"
    assert reporter.details == [f"offline: `{URL}` as last read"]


def test_a_server_that_fails_is_not_covered_up_by_the_copy():
    transport, cache = FakeTransport({URL: b"[]"}), MemoryDocumentCache()
    cache.save(URL, b"[]", None)
    transport.statuses[URL] = 500
    with pytest.raises(HTTPStatusError):
        Documents(transport, cache, RecordingReporter()).load(URL)


def test_a_file_is_read_without_the_network(tmp_path: Path):
    transport = FakeTransport()
    documents = Documents(transport, MemoryDocumentCache(), RecordingReporter())
    (tmp_path / "registry.json").write_bytes(b"[]")
    assert documents.load(str(tmp_path / "registry.json")) == (b"[]", Anchor(str(tmp_path)))
    assert transport.requests == []


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    documents = Documents(FakeTransport(), MemoryDocumentCache(), RecordingReporter())
    with pytest.raises(FetchError, match="does not exist") as caught:
        documents.load(str(tmp_path / "registry.json"))
    assert caught.value.exit == 4
    with pytest.raises(FetchError, match="is no file"):
        documents.load(str(tmp_path))
    monkeypatch.setattr(room, "MAX_BYTES", 1)
    (tmp_path / "registry.json").write_bytes(b"[]")
    with pytest.raises(FetchError, match="too large"):
        documents.load(str(tmp_path / "registry.json"))
