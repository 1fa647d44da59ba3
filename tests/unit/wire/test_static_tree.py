from __future__ import annotations

import json
from typing import Any

import pytest

from terra.errors import InvalidDocumentError
from terra.model.name import Name
from terra.model.requirement import Requirement
from terra.model.source import Anchor
from terra.model.version import Version
from terra.wire.static_tree import read_plugin_document, read_static_tree

REMOTE = Anchor("https://terra.example/acme/")
HERE = Anchor("/registry")
SHA = "ab" * 32


def tree(**keys: Any):
    return read_static_tree(json.dumps({"terra-registry": 1, **keys}).encode(), "terra-registry.json")


def plugin(name: str = "aws-s3", anchor: Anchor = REMOTE, **keys: Any):
    table = {"terra-plugin": 1, "name": name, "versions": {}, **keys}
    return read_plugin_document(json.dumps(table).encode(), "p.json", Name(name), anchor, "acme")


def test_the_least_tree_has_the_usual_places():
    least = tree()
    assert (least.search, least.metadata) == (None, None)
    assert least.document_of(Name("my-company/vpc")) == "plugins/my-company/vpc.json"


def test_unknown_keys_are_ignored():
    assert tree(plugin="p/{name}.v1.json", metadata="metadata/", new={"x": 1}).document_of(Name("a")) == "p/a.v1.json"
    assert plugin(new=[1], versions={"1.0.0": {"source": "a.zip", "signed": True}}).issues == ()


@pytest.mark.parametrize(
    "address",
    [
        "/etc/{name}.json",
        "../{name}.json",
        "x/../{name}.json",
        "https://h.example/{name}.json",
        "//h.example/{name}.json",
        "file:{name}.json",
        "p/{name}.json?x=1",
        "p\\{name}.json",
        "",
        "plugins/all.json",
        "{name}/{name}.json",
        "./{name}.json",
    ],
)
def test_a_place_outside_the_folder_is_refused(address: str):
    with pytest.raises(InvalidDocumentError, match="plugin"):
        tree(plugin=address)


def test_a_search_index_outside_the_folder_is_refused():
    with pytest.raises(InvalidDocumentError, match="search"):
        tree(search="https://other.example/index.json")


@pytest.mark.parametrize(("number", "hint"), [(2, "upgrade terra"), (True, None), (0, None), (None, None), ("1", None)])
def test_another_format_number_is_refused(number: object, hint: str | None):
    for key, read in (
        ("terra-registry", lambda data: read_static_tree(data, "x.json")),
        ("terra-plugin", lambda data: read_plugin_document(data, "x.json", Name("a"), REMOTE, "acme")),
    ):
        with pytest.raises(InvalidDocumentError) as caught:
            read(json.dumps({key: number, "name": "a", "versions": {}}).encode())
        assert (caught.value.exit, caught.value.issues[0].where) == (2, key)
        assert hint is None or caught.value.hint == hint


def test_addresses_are_relative_to_the_registry_and_not_to_the_document():
    release = plugin(versions={"1.0.0": {"source": "archives/a.tar.gz"}}).releases[0]
    assert str(release.source) == "https://terra.example/acme/archives/a.tar.gz"
    release = plugin(versions={"1.0.0": {"source": "archives/a.tar.gz"}}, anchor=HERE).releases[0]
    assert (release.source.scheme, release.source.location, release.anchor) == ("file", "archives/a.tar.gz", HERE)


def test_a_release_has_all_that_it_is_held_against():
    facts = {
        "source": "a.zip",
        "checksum": f"sha256-{SHA}",
        "size": 7,
        "tree": f"sha256:{SHA}",
        "dependencies": {"aws-kms": ">=0.2"},
        "yanked": "broken",
    }
    listing = plugin(
        description="S3", tags=["aws"], provider="aws", deprecated={"reason": "old"}, versions={"1.2.0": facts}
    )
    (release,) = listing.releases
    assert (release.version, release.size, release.yanked, release.registry) == (Version(1, 2, 0), 7, "broken", "acme")
    assert (str(release.checksum), str(release.tree)) == (f"sha256-{SHA}", f"sha256-{SHA}")
    assert release.dependencies == (Requirement.parse("aws-kms@>=0.2"),)
    assert (listing.description, listing.tags, listing.provider, listing.deprecated) == ("S3", ("aws",), "aws", "old")


@pytest.mark.parametrize(
    "bad",
    [
        {"source": "a.zip", "checksum": "sha256-xyz"},
        {"source": "a.zip", "tree": "md5-1"},
        {"source": "a.zip", "size": -1},
        {"source": "workspace:packages/a"},
        {"source": "file:///etc/a.zip"},
        {"source": "/a.zip"},
        {"source": "~/a.zip"},
        {},
        [],
        {"git": "https://git.example/x.git"},
    ],
)
def test_a_bad_version_never_hides_a_good_one(bad: object):
    listing = plugin(versions={"1.0.0": bad, "0.9.0": {"source": "a.zip"}, "nonsense": {"source": "a.zip"}})
    assert [str(each.version) for each in listing.releases] == ["0.9.0"]
    assert any("1.0.0" in each.where for each in listing.issues)
    assert any("nonsense" in each.where for each in listing.issues)


def test_a_template_means_nothing_here():
    listing = plugin(git="https://git.example/x.git", source="x.zip", versions={"1.0.0": {"source": "a.zip"}})
    assert (listing.template, len(listing.releases), listing.issues) == (None, 1, ())


def test_a_document_of_another_plugin_is_refused():
    data = b'{"terra-plugin": 1, "name": "other", "versions": {}}'
    with pytest.raises(InvalidDocumentError, match=r"`name`: expected `aws-s3`, got `other`"):
        read_plugin_document(data, "p.json", Name("aws-s3"), REMOTE, "acme")


@pytest.mark.parametrize("data", [b"", b"[]", b"\xff", b"[" * 100_000, b'{"terra-plugin": 1, "name": "aws-s3"}'])
def test_what_is_no_document_is_refused(data: bytes):
    with pytest.raises(InvalidDocumentError):
        read_plugin_document(data, "p.json", Name("aws-s3"), REMOTE, "acme")
