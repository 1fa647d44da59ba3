from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from terra.errors import (
    AuthenticationError,
    HTTPStatusError,
    IntegrityError,
    InvalidDocumentError,
    OfflineError,
)
from terra.index.documents import Documents
from terra.index.locate import open_index
from terra.index.summaries import FRESH, fresh
from terra.model.name import Name
from terra.ports import Index
from terra.system.clock import Clock
from terra.testing.fakes import FakeTransport, MemoryDocumentCache, RecordingReporter

BASE = "https://terra.example/acme/"
ROOT = BASE + "terra-registry.json"
SEARCH = BASE + "search/index.json"
NAMES = ("aws-s3", "my-company/vpc")


def document(value: object) -> bytes:
    return json.dumps(value).encode()


def plugin(name: str) -> bytes:
    return document({"terra-plugin": 1, "name": name, "versions": {"1.0.0": {"source": f"archives/{name}.zip"}}})


def shard(*rows: object) -> tuple[str, bytes]:
    packed = gzip.compress(b"".join(document(row) + b"\n" for row in rows), mtime=0)
    return f"search/{hashlib.sha256(packed).hexdigest()}.json.gz", packed


def row(name: str, description: str = "") -> list[Any]:
    return [name, description, [], None, "1.0.0"]


def tree(*shards: tuple[str, bytes], search: str | None = "search/index.json") -> dict[str, bytes]:
    listed = [{"path": path, "count": 1} for path, _ in shards]
    return {
        "terra-registry.json": document({"terra-registry": 1, "search": search}),
        "search/index.json": document({"terra-search": 1, "shards": listed}),
        **dict(shards),
        **{f"plugins/{name}.json": plugin(name) for name in NAMES},
    }


S3, VPC = shard(row("aws-s3", "bucket")), shard(row("my-company/vpc", "network"))


class Scene:
    """A static tree on the network; `open` is a run of its own with the same cache."""

    def __init__(self, files: dict[str, bytes] | None = None) -> None:
        self.transport = FakeTransport({BASE + path: data for path, data in (files or tree(S3, VPC)).items()})
        self.cache = MemoryDocumentCache()
        self.reporter = RecordingReporter()

    def open(self) -> Index:
        self.transport.requests.clear()
        documents = Documents(self.transport, self.cache, self.reporter)
        return open_index(BASE, "acme", documents, self.reporter)

    def asked(self) -> list[str]:
        return [url.removeprefix(BASE) for url, _ in self.transport.requests]

    def found(self, *needles: str) -> list[str]:
        return [each.name.text for each in self.open().summaries(needles) or ()]


def test_a_name_is_one_document_and_is_asked_for_once():
    scene = Scene()
    index = scene.open()
    for _ in range(2):
        listing = index.find(Name("my-company/vpc"))
    assert listing is not None
    (release,) = listing.releases
    assert str(release.source) == BASE + "archives/my-company/vpc.zip"
    assert (release.registry, index.location, index.label) == ("acme", BASE, "acme")
    assert scene.asked() == ["terra-registry.json", "plugins/my-company/vpc.json"]


def test_a_name_without_a_document_is_unknown():
    scene = Scene()
    index = scene.open()
    assert index.find(Name("nothing")) is None
    scene.transport.statuses[BASE + "plugins/gone.json"] = 410
    assert index.find(Name("gone")) is None


@pytest.mark.parametrize(("status", "error"), [(503, HTTPStatusError), (403, AuthenticationError)])
def test_a_server_that_fails_is_no_unknown_name(status: int, error: type[Exception]):
    scene = Scene()
    scene.transport.statuses[BASE + "plugins/aws-s3.json"] = status
    index = scene.open()
    for _ in range(2):
        with pytest.raises(error):
            index.find(Name("aws-s3"))


def test_documents_are_asked_for_with_their_validators_and_read_offline():
    scene = Scene()
    scene.open().find(Name("aws-s3"))
    index = scene.open()
    assert index.find(Name("aws-s3")) is not None
    assert [etag is not None for _, etag in scene.transport.requests] == [True, True]
    scene.transport.offline = True
    index = scene.open()
    assert index.find(Name("aws-s3")) is not None
    with pytest.raises(OfflineError):
        index.find(Name("my-company/vpc"))


def test_a_document_of_another_plugin_is_an_error():
    scene = Scene({**tree(), "plugins/aws-s3.json": plugin("aws-sqs")})
    with pytest.raises(InvalidDocumentError, match="expected `aws-s3`, got `aws-sqs`"):
        scene.open().find(Name("aws-s3"))


def test_a_folder_is_a_static_tree_too(tmp_path: Path):
    for path, data in tree(S3, VPC).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
    reporter = RecordingReporter()
    index = open_index(str(tmp_path), "acme", Documents(FakeTransport(), MemoryDocumentCache(), reporter), reporter)
    listing = index.find(Name("my-company/vpc"))
    assert listing is not None
    assert listing.releases[0].anchor.location == str(tmp_path)
    assert index.names() == list(NAMES)
    assert index.find(Name("nothing")) is None


def test_summaries_come_from_the_shards():
    scene = Scene()
    (found,) = scene.open().summaries(("bucket",)) or ()
    assert (found.name, found.description, str(found.latest), found.registry) == (
        Name("aws-s3"),
        "bucket",
        "1.0.0",
        "acme",
    )
    assert sorted(scene.asked()) == sorted(["terra-registry.json", "search/index.json", S3[0], VPC[0]])


def test_shards_in_the_cache_are_not_asked_for_again():
    scene = Scene()
    assert scene.found() == list(NAMES)
    assert scene.found() == list(NAMES)
    assert scene.asked() == ["terra-registry.json", "search/index.json"]
    other = shard(row("my-company/vpc", "other"))
    scene.transport.documents.update({BASE + path: data for path, data in tree(S3, other).items()})
    assert scene.found("other") == ["my-company/vpc"]
    assert scene.asked() == ["terra-registry.json", "search/index.json", other[0]]
    assert scene.found("network") == []


def test_a_shard_with_other_bytes_than_its_name_is_refused_and_not_kept():
    scene = Scene({**tree(S3, VPC), S3[0]: VPC[1]})
    for _ in range(2):
        with pytest.raises(IntegrityError, match="other bytes than its name says"):
            scene.found()
    assert BASE + S3[0] not in scene.cache.documents


def test_a_copy_of_a_shard_that_is_another_is_fetched_anew():
    scene = Scene()
    scene.cache.save(BASE + S3[0], b"damaged", None)
    assert scene.found("bucket") == ["aws-s3"]


def test_a_tree_without_a_search_index_lists_nothing():
    scene = Scene(tree(search=None))
    assert scene.open().summaries() is None
    assert scene.open().names() == []
    assert scene.open().find(Name("aws-s3")) is not None


def test_bad_lines_are_counted_each_time_and_hide_nothing():
    scene = Scene(tree(shard(row("aws-s3"), ["Bad Name"], "x")))
    for _ in range(2):
        scene.reporter.warnings.clear()
        assert scene.found() == ["aws-s3"]
        assert scene.reporter.warnings == ["2 other entries of the registry `acme` cannot be used; `-v` lists them"]
    assert any("Bad Name" in each for each in scene.reporter.details)


def test_summaries_are_read_offline():
    scene = Scene()
    scene.found()
    scene.transport.offline = True
    assert scene.found("bucket") == ["aws-s3"]
    scene.cache = MemoryDocumentCache()
    with pytest.raises(OfflineError):
        scene.found()


class At:
    """A clock that stands."""

    def __init__(self, now: float) -> None:
        self._now = now

    def now(self) -> float:
        return self._now

    def elapsed(self) -> float:
        return self._now

    def sleep(self, seconds: float) -> None:
        raise AssertionError(seconds)


def moment(scene: Scene, location: str = BASE, later: float = 0.0) -> bool:
    head = json.loads(scene.cache.documents[f"the summaries of {BASE}"][0].partition(b"\n")[0])
    clock: Clock = At(head["read"] + later)
    return fresh(location, "acme", scene.cache, scene.reporter, clock) is not None


def test_what_was_read_a_moment_ago_is_fresh():
    scene = Scene()
    assert fresh(BASE, "acme", scene.cache, scene.reporter) is None
    scene.found()
    assert moment(scene)
    assert moment(scene, later=FRESH - 1)
    assert not moment(scene, later=FRESH)
    assert not moment(scene, later=-1)
    assert not moment(scene, location=BASE + "other/")


def test_what_another_terra_kept_is_made_anew():
    scene = Scene()
    scene.found()
    key = f"the summaries of {BASE}"
    kept = scene.cache.documents[key][0]
    for head in (kept.replace(b'"terra-summaries": 2', b'"terra-summaries": 3'), b"", b"{}\n", b"nonsense\n"):
        scene.cache.save(key, head, None)
        assert fresh(BASE, "acme", scene.cache, scene.reporter) is None
        assert scene.found("bucket") == ["aws-s3"]
        assert scene.cache.documents[key][0].startswith(b'{"terra-summaries": 2')
