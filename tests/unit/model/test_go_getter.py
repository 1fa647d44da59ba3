"""Addresses as module registries write them, in go-getter's spelling."""

from __future__ import annotations

import pytest

from terra.errors import UsageError
from terra.model.go_getter import GoGetterAddress, lasting
from terra.model.source import Locator

ASKED = "https://registry.example/v1/modules/acme/vpc/aws/1.0.0/download"
HEX = "ab" * 32


def parse(text: str) -> GoGetterAddress:
    return GoGetterAddress.parse(text, ASKED)


@pytest.mark.parametrize(
    ("text", "source"),
    {
        "https://cdn.example/x.tar.gz": "https://cdn.example/x.tar.gz",
        "https://cdn.example/x.zip//modules/a": "https://cdn.example/x.zip//modules/a",
        f"https://cdn.example/x?archive=tar.gz&checksum=sha256:{HEX}": "https://cdn.example/x?archive=tar.gz",
        f"https://cdn.example/x?archive=zip&checksum=sha256:{HEX}//a": "https://cdn.example/x//a?archive=zip",
        f"https://cdn.example/x.zip//a?checksum=sha256:{HEX}": "https://cdn.example/x.zip//a",
        "https://cdn.example/x.zip?id=1&sig=a//b": "https://cdn.example/x.zip?id=1&sig=a//b",
        "https://cdn.example/x.txz": "https://cdn.example/x.txz?archive=tar.xz",
        "https::https://cdn.example/x.zip": "https://cdn.example/x.zip",
        "https://api.example/tarball/v1//*?archive=tar.gz": "https://api.example/tarball/v1?archive=tar.gz",
        "/archives/x.zip//a": "https://registry.example/archives/x.zip//a",
        "./x.zip": "https://registry.example/v1/modules/acme/vpc/aws/1.0.0/x.zip",
        "../../x.zip": "https://registry.example/v1/modules/acme/vpc/x.zip",
        "git::https://git.example/o/r.git//sub?ref=v1&depth=1": "git:https://git.example/o/r.git//sub?ref=v1",
        "git::ssh://git@git.example/o/r.git?ref=v1": "git:ssh://git@git.example/o/r.git?ref=v1",
        "git::git@git.example:o/r.git//sub?ref=v1": "git:git@git.example:o/r.git//sub?ref=v1",
        "git@git.example:o/r.git?ref=v1": "git:git@git.example:o/r.git?ref=v1",
        "github.com/o/r//sub?ref=v1": "git:https://github.com/o/r.git//sub?ref=v1",
        "github.com/o/r.git": "git:https://github.com/o/r.git",
        "git::github.com/o/r?ref=v1": "git:https://github.com/o/r.git?ref=v1",
    }.items(),
)
def test_an_address_is_a_source(text: str, source: str):
    assert str(parse(text).source) == source
    assert Locator.parse(source) == parse(text).source  # the lock reads it back


@pytest.mark.parametrize(
    ("stated", "digest", "unread"),
    [
        (f"sha256:{HEX}", f"sha256-{HEX}", None),
        (f"sha256%3A{HEX.upper()}", f"sha256-{HEX}", None),
        (HEX, f"sha256-{HEX}", None),
        (f"sha512:{HEX * 2}", f"sha512-{HEX * 2}", None),
        ("md5:" + "a" * 32, None, "md5"),
        ("b" * 40, None, "sha1"),
        ("file:https://cdn.example/sums", None, "file"),
    ],
)
def test_a_checksum_is_taken_from_the_address(stated: str, digest: str | None, unread: str | None):
    found = parse(f"https://cdn.example/x.zip?checksum={stated}&id=1")
    assert str(found.source) == "https://cdn.example/x.zip?id=1"
    assert (str(found.checksum) if found.checksum else None, found.unread) == (digest, unread)


@pytest.mark.parametrize(
    ("text", "says"),
    {
        "": "names an address that is none",
        "https://cdn.example/a b.zip": "names an address that is none",
        "https://cdn.example/x.zip\nX: y": "names an address that is none",
        "s3::https://s3.example/x.zip": "it comes by `s3::`, which terra has no source for",
        "gcs::https://gcs.example/x.zip": "it comes by `gcs::`",
        "hg::https://hg.example/x": "it comes by `hg::`",
        "ext::sh -c true": "names an address that is none",
        "file:///srv/x.zip": "is a path of the registry's own machine",
        "file::/srv/x.zip": "is a path of the registry's own machine",
        "git::/srv/x": "is a path of the registry's own machine",
        "git::file:///srv/x": "is a path of the registry's own machine",
        "git::--upload-pack=x": "is not an address of a git repository",
        "git::ext::x": "is not an address of a git repository",
        "acme/vpc/aws": "is not an address of an archive or a git repository",
        "ssh://git@git.example/o/r": "is not an address of an archive or a git repository",
        "github.com/o/r/tree/main": "is not an address of an archive or a git repository",
        "https://cdn.example/x": "is not an archive that terra opens",
        "https://cdn.example/x.tar.bz2": "is not an archive that terra opens",
        "https://cdn.example/x.zip//../a": "is no folder of an archive",
        "https://u:p4ss@cdn.example/x.zip": "has a user name or password in it",
        "git::https://u:p4ss@git.example/o/r": "has a user name or password in it",
        "git::https://git.example/o/r?sshkey=p4ss": "a `sshkey`, which terra does not hand to git",
        "git::https://git.example/o/r?ref=--x": "names no ref",
        "https://cdn.example/x.zip?checksum=sha256:ab": "is not a checksum",
        "https://cdn.example/x.zip?checksum=crc32:ab": "is not a checksum",
    }.items(),
)
def test_what_terra_does_not_take_is_refused_by_name(text: str, says: str):
    with pytest.raises(UsageError) as caught:
        parse(text)
    assert says in caught.value.message
    assert "p4ss" not in caught.value.message + str(caught.value.hint) + str(caught.value.subjects)


@pytest.mark.parametrize(
    ("query", "kept"),
    {
        "": "",
        "?id=1": "?id=1",
        "?archive=zip": "?archive=zip",
        "?X-Amz-Algorithm=A&X-Amz-Signature=s&X-Amz-Date=1": "",
        "?archive=zip&Expires=1&Signature=s&AWSAccessKeyId=k": "?archive=zip",
        "?GoogleAccessId=a&Expires=1&Signature=s": "",
        "?sv=1&se=2&sig=s": "",
        "?Policy=p&Key-Pair-Id=k": "",
        "?token=t": "",
        "?job_token=t&id=1": "",
        "?design=1&tokens=2": "?design=1&tokens=2",
    }.items(),
)
def test_a_signature_is_no_part_of_an_address_that_lasts(query: str, kept: str):
    assert lasting(Locator("https", f"https://cdn.example/x.zip{query}", "a")) == Locator(
        "https", f"https://cdn.example/x.zip{kept}", "a"
    )


def test_a_ref_of_git_is_no_signature():
    source = Locator("git", "https://git.example/r?ref=token")
    assert lasting(source) is source
