from __future__ import annotations

from pathlib import Path

import pytest

from terra.errors import AuthenticationError, FetchError, HTTPStatusError, OfflineError, PolicyError, UsageError
from terra.index.documents import Documents
from terra.index.locate import normalise_location, open_index
from terra.model.name import Name
from terra.ports import Index
from terra.testing.fakes import FakeTransport, MemoryDocumentCache, RecordingReporter

BASE = "https://terra.example/acme/"
ENTRY = b'[{"name": "a", "source": "a.zip"}]'


def open_at(location: str, transport: FakeTransport, cache: MemoryDocumentCache | None = None) -> Index:
    reporter = RecordingReporter()
    return open_index(location, "acme", Documents(transport, cache or MemoryDocumentCache(), reporter), reporter)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("HTTPS://Terra.Example:443/acme#top", "https://terra.example/acme/"),
        ("https://terra.example", "https://terra.example/"),
        ("https://terra.example/a/../b/R.json?v=1", "https://terra.example/b/R.json?v=1"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080/"),
        ("https://[::1]:8443/x", "https://[::1]:8443/x/"),
    ],
)
def test_urls_have_one_spelling(text: str, expected: str, tmp_path: Path):
    assert normalise_location(text, tmp_path) == expected
    assert normalise_location(expected, tmp_path) == expected


def test_paths_are_absolute_and_without_links(tmp_path: Path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    folder = tmp_path.resolve()
    assert normalise_location("link/registry.json", tmp_path) == str(folder / "real/registry.json")
    assert normalise_location(f"file://{folder}/a%20b", tmp_path) == str(folder / "a b")
    assert normalise_location("file:x/..", tmp_path) == str(folder)


@pytest.mark.parametrize(
    "text", ["https://u:p@h.example/", "https://u@h.example/", "https://", "https://[x", "ftp://h/x"]
)
def test_other_locations_are_refused_without_showing_a_password(text: str, tmp_path: Path):
    with pytest.raises(UsageError) as caught:
        normalise_location(text, tmp_path)
    assert ":p@" not in str(caught.value)


@pytest.mark.parametrize("text", ["a\0b", "https://h.example:99999/"])
def test_nonsense_is_a_usage_error(text: str, tmp_path: Path):
    with pytest.raises(UsageError):
        normalise_location(text, tmp_path)


def test_a_json_location_is_simple_and_not_read_before_it_is_asked():
    transport = FakeTransport({BASE + "x.json": ENTRY})
    index = open_at(BASE + "x.json", transport)
    assert transport.requests == []
    assert index.find(Name("a")) is not None


def test_a_folder_holds_a_registry_json_and_stays_its_own_identity(tmp_path: Path):
    transport = FakeTransport({BASE + "registry.json": ENTRY})
    index = open_at(BASE, transport)
    assert (index.location, index.names()) == (BASE, ["a"])
    assert transport.counts[BASE + "registry.json"] == 1

    (tmp_path / "registry.json").write_bytes(ENTRY)
    assert open_at(str(tmp_path), FakeTransport()).names() == ["a"]


def test_a_static_tree_goes_before_a_registry_json(tmp_path: Path):
    tree = b'{"terra-registry": 1}'
    plugin = b'{"terra-plugin": 1, "name": "b", "versions": {"1.0.0": {"source": "b.zip"}}}'
    for location, index in (
        (
            BASE,
            open_at(
                BASE,
                FakeTransport(
                    {BASE + "terra-registry.json": tree, BASE + "plugins/b.json": plugin, BASE + "registry.json": ENTRY}
                ),
            ),
        ),
        (str(tmp_path), open_at_folder(tmp_path, tree, plugin)),
    ):
        assert index.location == location
        assert index.find(Name("a")) is None
        assert index.find(Name("b")) is not None


def open_at_folder(folder: Path, tree: bytes, plugin: bytes) -> Index:
    (folder / "plugins").mkdir()
    (folder / "terra-registry.json").write_bytes(tree)
    (folder / "plugins" / "b.json").write_bytes(plugin)
    (folder / "registry.json").write_bytes(ENTRY)
    return open_at(str(folder), FakeTransport())


def test_a_pinned_registry_is_refused_unread():
    for location, documents in ((BASE, {BASE + "registry.json": ENTRY}), (BASE + "x.json", {BASE + "x.json": ENTRY})):
        transport, reporter = FakeTransport(documents), RecordingReporter()
        with pytest.raises(PolicyError, match="signed registries are not there yet") as caught:
            open_index(
                location,
                "acme",
                Documents(transport, MemoryDocumentCache(), reporter),
                reporter,
                root_sha256="ab" * 32,
            )
        assert (caught.value.exit, transport.requests) == (5, [])


def test_nothing_there_names_what_was_looked_for(tmp_path: Path):
    for location in (BASE, str(tmp_path)):
        with pytest.raises(FetchError, match=r"`terra-registry.json` and `registry.json`") as caught:
            open_at(location, FakeTransport())
        assert caught.value.exit == 4


def test_forbidden_may_mean_absent_but_is_said_where_nothing_is_found():
    transport = FakeTransport({BASE + "registry.json": ENTRY})
    transport.statuses[BASE + "terra-registry.json"] = 403
    assert open_at(BASE, transport).names() == ["a"]
    transport.statuses[BASE + "registry.json"] = 403
    with pytest.raises(AuthenticationError):
        open_at(BASE, transport)


def test_a_server_that_fails_is_no_absence():
    transport = FakeTransport({BASE + "registry.json": ENTRY})
    transport.statuses[BASE + "terra-registry.json"] = 503
    with pytest.raises(HTTPStatusError):
        open_at(BASE, transport)


def test_offline_a_folder_is_opened_from_its_copy():
    transport, cache = FakeTransport(), MemoryDocumentCache()
    transport.offline = True
    with pytest.raises(OfflineError):
        open_at(BASE, transport, cache)
    cache.save(BASE + "registry.json", ENTRY, None)
    assert open_at(BASE, transport, cache).names() == ["a"]
