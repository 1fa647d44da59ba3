from __future__ import annotations

import json
from pathlib import Path

import pytest

from terra.errors import FetchError, InvalidDocumentError, SourceNotFoundError, UsageError
from terra.index import simple as room
from terra.index.documents import Documents
from terra.index.simple import SimpleIndex
from terra.model.git import Remote
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
        self.tags: dict[str, list[str]] = {}
        self.listed: list[str] = []
        self.index: Index = SimpleIndex(root, "acme", documents_of, self.reporter, self.list_tags)

    def list_tags(self, remote: Remote) -> list[str]:
        self.listed.append(remote.address)
        if remote.address not in self.tags:
            raise FetchError(remote.address)
        return self.tags[remote.address]

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
    assert scene.reporter.warnings == ["1 other entry of the registry `acme` cannot be used; `-v` lists it"]
    assert f"`{text}`" in scene.reporter.details[0]


def test_bad_entries_are_counted_once_but_not_the_one_that_is_asked_for():
    entries = [{"name": "bad", "source": "x", "size": -1}, {"name": "worse"}, 3, {"name": "good", "source": "x"}]
    scene = Scene({ROOT: entries})
    listing = scene.find("bad")
    assert (listing.releases, [issue.where for issue in listing.issues]) == ((), ["[0].size"])
    assert scene.reporter.warnings == ["2 other entries of the registry `acme` cannot be used; `-v` lists them"]
    assert scene.reporter.details == [
        f"in `{ROOT}`, `[2]`: expected a table, got `3`",
        f"in `{ROOT}`, `[1].source`: expected a text, got nothing",
    ]
    assert len(scene.find("good").releases) == 1
    scene.index.names()
    assert scene.reporter.warnings[1:] == ["1 other entry of the registry `acme` cannot be used; `-v` lists it"]
    assert scene.reporter.details[2:] == [f"in `{ROOT}`, `[0].size`: expected a number of bytes, got `-1`"]


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


MONO = "https://git.example/mono"


def template(name: str, **fields: object) -> dict[str, object]:
    return {
        "terra-registry": 1,
        "plugins": [{"name": name, "git": MONO, **fields}, {"name": "other", "source": "x.zip"}],
    }


def test_the_tags_of_a_template_are_its_releases():
    fields = {"tag": "vpc/v{version}", "subdir": "modules/vpc", "dependencies": {"s3": "*"}, "yanked": "old"}
    scene = Scene({ROOT: template("vpc", **fields)})
    plain = ["vpc/v1.2.0", "vpc/v0.9.0-rc.1", "vpc/v1.10"]
    passed_over = ["v3.0.0", "eks/v1.0.0", "vpc/v", "vpc/vnext", "vpc/v1/2", "vpc/vv4.0.0", "vpc/v5.0.0/"]
    scene.tags[MONO] = [*passed_over, *plain, "vpc/v1.10.0", "vpc/v2.0.0-1"]
    assert scene.find("other") is not None
    assert list(scene.index.names()) == ["vpc", "other"]
    assert scene.listed == [], "only when its name is asked for"
    found = scene.find("vpc")
    releases = {str(each.version): each for each in found.releases}
    assert sorted(releases) == ["0.9.0-rc.1", "1.10.0", "1.2.0"]
    assert {each.registry for each in found.releases} == {"acme"}
    assert {each.yanked for each in found.releases} == {"old"}
    assert {str(each.dependencies[0].name) for each in found.releases} == {"s3"}
    assert str(releases["1.2.0"].source) == f"git:{MONO}//modules/vpc?ref=vpc/v1.2.0"
    assert str(releases["1.10.0"].source).endswith("?ref=vpc/v1.10.0"), "as terra spells the version"
    assert ["`vpc/v1.10`" in each or "`vpc/v2.0.0-1`" in each for each in found.skipped] == [True, True]
    assert len(scene.reporter.details) == 2
    assert scene.find("vpc") == found
    assert scene.listed == [MONO]


def test_a_tag_is_quoted_in_an_address():
    scene = Scene({ROOT: template("vpc", tag="a+b@{version}")})
    scene.tags[MONO] = ["a+b@1.0.0"]
    assert str(scene.find("vpc").releases[0].source) == f"git:{MONO}?ref=a%2Bb%401.0.0"


def test_a_template_without_tags_is_not_an_empty_plugin():
    scene = Scene({ROOT: template("vpc")})
    with pytest.raises(FetchError):
        scene.find("vpc")
    scene.tags[MONO] = ["x"]
    with pytest.raises(SourceNotFoundError, match="no tags like"):
        scene.find("vpc")
    scene.tags[MONO] = ["v1.0.0"]
    assert len(scene.find("vpc").releases) == 1


def test_a_template_beside_its_registry(tmp_path: Path):
    (tmp_path / "registry.json").write_text(json.dumps([{"name": "vpc", "git": "../repositories/vpc"}]))
    scene = Scene({}, str(tmp_path / "registry.json"))
    scene.tags[str(tmp_path.parent / "repositories/vpc")] = ["v1.0.0"]
    (release,) = scene.find("vpc").releases
    assert (str(release.source), release.anchor.location) == ("git:../repositories/vpc?ref=v1.0.0", str(tmp_path))


def test_without_a_lister_of_tags_a_template_is_said_to_need_one(tmp_path: Path):
    (tmp_path / "registry.json").write_text(json.dumps([{"name": "vpc", "git": MONO}]))
    reporter = RecordingReporter()
    documents = Documents(FakeTransport(), MemoryDocumentCache(), reporter)
    index = SimpleIndex(str(tmp_path / "registry.json"), "acme", documents, reporter)
    with pytest.raises(UsageError, match="cannot be listed"):
        index.find(Name("vpc"))


def test_summaries_have_the_newest_version_that_is_for_everyone():
    versions = {
        "1.0.0": {"source": "a.zip"},
        "1.2.0": {"source": "a.zip"},
        "1.10.0": {"source": "a.zip", "yanked": True},
        "2.0.0-rc.1": {"source": "a.zip"},
    }
    entry = {"name": "a", "description": "S3", "tags": ["t"], "provider": "aws", "versions": versions}
    scene = Scene(
        {ROOT: {"terra-registry": 1, "plugins": [entry], "include": ["b.json"]}, BASE + "b.json": document("b")}
    )
    first, second = scene.index.summaries()
    assert (first.name, first.description, first.tags, first.provider) == (Name("a"), "S3", ("t",), "aws")
    assert (str(first.latest), first.registry, second.name, second.latest) == ("1.2.0", "acme", Name("b"), None)
    assert [each.name.text for each in scene.index.summaries(("s3",))] == ["a"]
    assert scene.index.find(Name("b")) is not None


def test_summaries_are_kept_as_long_as_every_document_is_the_same():
    scene = Scene({ROOT: document("a", include=("b.json",)), BASE + "b.json": document("b")})
    reads: list[str] = []

    def names() -> list[str]:
        index = SimpleIndex(ROOT, "acme", Documents(scene.transport, cache, scene.reporter), scene.reporter)
        index._read_next = lambda: (reads.append("x"), type(index)._read_next(index))[1]  # type: ignore[method-assign]
        return [each.name.text for each in index.summaries()]

    cache = MemoryDocumentCache()
    assert names() == ["a", "b"]
    assert len(reads) == 2
    assert names() == ["a", "b"]
    assert len(reads) == 2
    scene.transport.documents[BASE + "b.json"] = json.dumps(document("c")).encode()
    assert names() == ["a", "c"]
    scene.transport.documents[ROOT] = json.dumps(document("a")).encode()
    del scene.transport.documents[BASE + "b.json"]
    assert names() == ["a"]


def test_bad_entries_are_counted_with_kept_summaries_too():
    scene = Scene({ROOT: {"terra-registry": 1, "plugins": [{"name": "Bad"}, {"name": "a", "source": "a.zip"}]}})
    cache = MemoryDocumentCache()
    for _ in range(2):
        scene.reporter.warnings.clear()
        index = SimpleIndex(ROOT, "acme", Documents(scene.transport, cache, scene.reporter), scene.reporter)
        assert [each.name.text for each in index.summaries()] == ["a"]
        assert scene.reporter.warnings == ["1 other entry of the registry `acme` cannot be used; `-v` lists it"]
