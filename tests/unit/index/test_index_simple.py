from __future__ import annotations

import json
from pathlib import Path

import pytest

from terra.errors import FetchError, InvalidDocumentError
from terra.index import simple as room
from terra.index.documents import Documents
from terra.index.simple import SimpleIndex
from terra.model.name import Name
from terra.ports import Index
from terra.testing.fakes import FakeTransport, MemoryDocumentCache, RecordingReporter

ROOT = "https://terra.example/acme/registry.json"
BASE = "https://terra.example/acme/"


class Scene:
    def __init__(self, documents: dict[str, object], root: str = ROOT) -> None:
        self.transport = FakeTransport({url: json.dumps(value).encode() for url, value in documents.items()})
        self.reporter = RecordingReporter()
        documents_of = Documents(self.transport, MemoryDocumentCache(), self.reporter)
        self.index: Index = SimpleIndex(root, "acme", documents_of, self.reporter)

    def find(self, name: str):
        return self.index.find(Name.parse(name))


def document(*names: str, include: tuple[str, ...] = ()) -> dict[str, object]:
    plugins = [{"name": name, "source": f"{name}.zip"} for name in names]
    return {"terra-registry": 1, "include": list(include), "plugins": plugins}


def test_includes_are_read_breadth_first_and_only_when_needed():
    scene = Scene(
        {
            ROOT: document("a", include=("x/registry.json", "y/registry.json#f")),
            BASE + "x/registry.json": document("b", include=("deep.json", "../registry.json")),
            BASE + "y/registry.json": document("b", "c"),
            BASE + "x/deep.json": document("d"),
        }
    )
    assert scene.transport.requests == []
    assert scene.find("a") is not None
    assert list(scene.transport.counts) == [ROOT]
    assert str(scene.find("b").releases[0].source) == BASE + "x/b.zip"
    assert BASE + "y/registry.json" not in scene.transport.counts
    assert scene.find("c") is not None
    assert BASE + "x/deep.json" not in scene.transport.counts
    assert scene.find("nowhere") is None
    assert list(scene.index.names()) == ["a", "b", "c", "d"]
    assert set(scene.transport.counts.values()) == {1}
    assert (scene.index.location, scene.index.label) == (ROOT, "acme")


def test_includes_of_a_folder_are_relative_to_the_file_that_names_them(tmp_path: Path):
    (tmp_path / "teams/net").mkdir(parents=True)
    (tmp_path / "teams/registry.json").write_text(json.dumps(document(include=("net/registry.json",))))
    (tmp_path / "teams/net/registry.json").write_text(json.dumps(document("vpc", include=("../registry.json",))))
    scene = Scene({}, str(tmp_path / "teams/registry.json"))
    release = scene.find("vpc").releases[0]
    assert (str(release.source), release.anchor.location) == ("file:vpc.zip", str(tmp_path / "teams/net"))
    assert scene.find("nowhere") is None


@pytest.mark.parametrize(
    "text", ["http://terra.example/x.json", "file:///etc/x.json", "https://[x", "https://u:p@h.example/x.json", "ftp:x"]
)
def test_a_document_of_the_network_includes_nothing_less(text: str):
    scene = Scene({ROOT: document("a", include=(text, "b.json")), BASE + "b.json": document("b")})
    assert scene.find("b") is not None
    assert list(scene.transport.counts) == [ROOT, BASE + "b.json"]
    assert len(scene.reporter.warnings) == 1
    assert f"`{text}`" in scene.reporter.warnings[0]


def test_bad_entries_are_warned_of_once_but_not_the_one_that_is_asked_for():
    entries = [{"name": "bad", "source": "x", "size": -1}, {"name": "worse"}, 3, {"name": "good", "source": "x"}]
    scene = Scene({ROOT: entries})
    listing = scene.find("bad")
    assert (listing.releases, [issue.where for issue in listing.issues]) == ((), ["[0].size"])
    assert scene.reporter.warnings == [
        f"in `{ROOT}`, `[2]`: expected a table, got `3`",
        f"in `{ROOT}`, `[1].source`: expected a text, got nothing",
    ]
    assert len(scene.find("good").releases) == 1
    scene.index.names()
    assert scene.reporter.warnings[2:] == [f"in `{ROOT}`, `[0].size`: expected a number of bytes, got `-1`"]


def test_an_included_document_that_is_missing_or_broken_is_an_error_every_time():
    scene = Scene({ROOT: document("a", include=("b.json", "c.json"))})
    for _ in range(2):
        with pytest.raises(FetchError):
            scene.find("b")
    scene.transport.documents[BASE + "b.json"] = b"<html>"
    with pytest.raises(InvalidDocumentError) as caught:
        scene.find("b")
    assert caught.value.path == BASE + "b.json"
    assert scene.find("a") is not None


def test_the_number_of_documents_is_bounded(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(room, "MAX_DOCUMENTS", 3)
    few = {ROOT: document(include=("1.json", "1.json", "2.json")), BASE + "1.json": [], BASE + "2.json": []}
    assert Scene(few).find("a") is None
    many = {**few, BASE + "1.json": document(include=("3.json",)), BASE + "3.json": []}
    with pytest.raises(InvalidDocumentError, match="at most 3 documents"):
        Scene(many).find("a")


def test_the_depth_of_includes_is_bounded():
    chain = {BASE + f"{each}.json": document(include=(f"{each + 1}.json",)) for each in range(room.MAX_DEPTH + 1)}
    with pytest.raises(InvalidDocumentError, match="16 deep"):
        Scene(chain, BASE + "0.json").find("a")
