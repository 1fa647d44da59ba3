"""What a registry says of a package, read from documents of every quality."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest

from terra.errors import IntegrityError, InvalidDocumentError
from terra.model.digest import Digest
from terra.wire.packument import Packument, read_packument

URL = "https://npm.example/@terra%2faws-sqs"
PACKAGE = "@terra/aws-sqs"


def sri(algorithm: str, data: bytes = b"tarball") -> str:
    return f"{algorithm}-{base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}"


def digest(algorithm: str, data: bytes = b"tarball") -> Digest:
    return Digest(algorithm, hashlib.new(algorithm, data).hexdigest())


def entry(version: str, **facts: Any) -> dict[str, Any]:
    dist = {"tarball": f"https://npm.example/{version}.tgz", "integrity": sri("sha512"), **facts.pop("dist", {})}
    return {"name": PACKAGE, "version": version, "dist": dist, **facts}


def read(versions: Any, **facts: Any) -> Packument:
    return read_packument(json.dumps({"name": PACKAGE, "versions": versions, **facts}).encode(), URL, PACKAGE)


def test_versions_stand_newest_first_with_what_is_said_of_them():
    found = read(
        {each: entry(each) for each in ("0.9.0", "0.10.0", "0.10.0-rc.2")},
        **{"dist-tags": {"latest": "0.9.0", "next": "0.10.0-rc.2", "odd": 3}},
        description="a  queue\n",
        keywords=["aws", 1],
    )
    assert [str(each.version) for each in found.versions] == ["0.10.0", "0.10.0-rc.2", "0.9.0"]
    assert found.versions[0].tarball == "https://npm.example/0.10.0.tgz"
    assert found.tags == {"latest": "0.9.0", "next": "0.10.0-rc.2"}
    assert found.latest is not None
    assert found.latest == found.find("0.9.0")
    assert (found.description, found.keywords) == ("a queue", ("aws",))
    assert (found.skipped, found.issues) == ((), ())


@pytest.mark.parametrize("version", ["1.2.3-1", "1.2.3+build", "1.2", "v1.2.3", "1.2.3-beta", "1.0.0rc1", "x", ""])
def test_what_cannot_be_ordered_is_skipped(version: str):
    found = read({version: entry(version), "0.1.0": entry("0.1.0")}, **{"dist-tags": {"latest": version}})
    assert [str(each.version) for each in found.versions] == ["0.1.0"]
    assert found.skipped == (version,)
    assert found.latest is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (sri("sha512"), (digest("sha512"),)),
        (f"{sri('sha256')} {sri('sha512')}?x {sri('sha384')}", (digest("sha512"),)),
        (f"{sri('sha384')}\n{sri('sha1')}", (digest("sha384"),)),
        (f"{sri('sha512')} {sri('sha512', b'other')}", (digest("sha512"), digest("sha512", b"other"))),
        (f"sha512-short {sri('sha256')}", (digest("sha256"),)),
        (sri("sha1"), ()),
        (sri("md5"), ()),
        ("sha512-", ()),
        ("", ()),
        (None, ()),
        (["sha512-x"], ()),
    ],
)
def test_the_strongest_integrity_counts_and_sha1_is_none(text: Any, expected: tuple[Digest, ...]):
    facts = {"integrity": text, "shasum": hashlib.sha1(b"tarball").hexdigest()}
    assert read({"0.1.0": entry("0.1.0", dist=facts)}).versions[0].integrity == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [("use  another\n", "use another"), ("", None), (False, None), (None, None), (True, "its publisher deprecated it")],
)
def test_a_deprecation_is_a_text(said: Any, expected: str | None):
    assert read({"0.1.0": entry("0.1.0", deprecated=said)}).versions[0].deprecated == expected


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        (None, 'versions."0.1.0"'),
        ([], 'versions."0.1.0"'),
        ({}, 'versions."0.1.0".dist'),
        ({"dist": "x"}, 'versions."0.1.0".dist'),
        ({"dist": {}}, 'versions."0.1.0".dist.tarball'),
        ({"dist": {"tarball": 3}}, 'versions."0.1.0".dist.tarball'),
        *(
            ({"dist": {"tarball": url}}, 'versions."0.1.0".dist.tarball')
            for url in (
                "file:///etc/passwd",
                "ftp://npm.example/x.tgz",
                "/x.tgz",
                "https://",
                "https://user:pw@npm.example/x.tgz",
                "https://npm.example\\@o.example/x.tgz",
                "https://npm.example/a b",
                "https://npm.example/a\nb",
                "javascript:x",
            )
        ),
    ],
)
def test_a_bad_version_is_named_and_hides_no_good_one(wrong: Any, where: str):
    found = read({"0.1.0": wrong, "0.2.0": entry("0.2.0")})
    assert [str(each.version) for each in found.versions] == ["0.2.0"]
    assert where in [issue.where for issue in found.issues]


def test_a_document_of_another_package_is_refused():
    with pytest.raises(IntegrityError, match="of another package: expected `@terra/aws-sqs`, got `@terra/other`"):
        read({}, name="@terra/other")


def test_a_version_has_the_name_that_it_states():
    found = read({"0.1.0": entry("0.1.0", name="@evil/bar"), "0.2.0": {"dist": entry("0.2.0")["dist"]}})
    assert [each.package for each in found.versions] == [None, "@evil/bar"]


def test_a_tarball_may_be_elsewhere():
    found = read({"0.1.0": entry("0.1.0", dist={"tarball": "http://127.0.0.1:8081/x.tgz?token=1"})})
    assert found.versions[0].tarball == "http://127.0.0.1:8081/x.tgz?token=1"


def test_the_abbreviated_and_the_emptied_document_are_read():
    assert read({}).versions == ()
    assert read_packument(json.dumps({"name": PACKAGE, "time": {}}).encode(), URL, PACKAGE).versions == ()
    assert read_packument(b"{}", URL, PACKAGE).tags == {}
    assert read([]).issues[0].where == "versions"


@pytest.mark.parametrize("document", [b"", b"[]", b'"x"', b"{", b"\xff"])
def test_what_is_no_document_of_the_package_is_refused(document: bytes):
    with pytest.raises(InvalidDocumentError) as caught:
        read_packument(document, URL, PACKAGE)
    assert caught.value.path == URL
