from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terra.errors import InvalidDocumentError
from terra.model.digest import Digest
from terra.model.git import Remote
from terra.model.git_template import Template
from terra.model.name import Name
from terra.model.requirement import Requirement
from terra.model.source import Anchor, Locator
from terra.model.version import Version
from terra.wire.registry_entry import read_source
from terra.wire.registry_json import RegistryDocument, read_registry

LOCAL = Anchor("/home/you/repo")
REMOTE = Anchor("https://terra.example/acme/")
HEX = "3c4d" * 16


def read(value: object, anchor: Anchor = LOCAL) -> RegistryDocument:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return read_registry(data, "registry.json", anchor, "acme")


def test_the_original_form():
    found = read(
        [
            {
                "name": "aws-s3",
                "description": "S3 bucket",
                "version": "v0.1",
                "source": "https://h.example/v0.1.0.zip//modules/s3",
                "checksum": f"sha256:{HEX}",
                "tree": f"sha256-{HEX}",
                "size": 12,
                "tags": ["aws"],
                "provider": "aws",
                "dependencies": {"aws-kms": ">=0.2,<1"},
                "yanked": True,
                "deprecated": {"reason": "old", "replacement": "aws-s4"},
                "unknown": 1,
            },
            {"name": "aws-sqs", "description": "SQS queue", "source": "npm:@terra/aws-sqs@0.1.0"},
        ]
    )
    s3, sqs = found.listings
    (release,) = s3.releases
    assert (s3.description, s3.tags, s3.provider, s3.deprecated) == ("S3 bucket", ("aws",), "aws", "old; use `aws-s4`")
    assert (release.id, release.registry, release.anchor) == ("aws-s3@0.1.0", "acme", LOCAL)
    assert release.source == Locator("https", "https://h.example/v0.1.0.zip", "modules/s3")
    assert (release.checksum, release.tree, release.size) == (Digest.sha256(HEX), Digest.sha256(HEX), 12)
    assert (release.dependencies, release.yanked) == ((Requirement.parse("aws-kms>=0.2,<1"),), "")
    assert (sqs.releases[0].version, sqs.releases[0].dependencies, sqs.releases[0].yanked) == (None, None, None)
    assert (found.issues, s3.issues, sqs.issues) == ((), (), ())


def test_the_form_with_versions():
    found = read(
        {
            "terra-registry": 1,
            "name": "acme",
            "include": ["teams/net/registry.json"],
            "plugins": [
                {
                    "name": "aws-s3",
                    "tags": ["aws"],
                    "latest": "0.2.0",
                    "versions": {
                        "0.2.0": {"source": "workspace:packages/aws-s3", "dependencies": {}, "yanked": False},
                        "0.1.0": {"source": "x.zip", "yanked": "leaks"},
                    },
                }
            ],
        }
    )
    assert (found.name, found.includes, found.issues) == ("acme", ("teams/net/registry.json",), ())
    new, old = found.listings[0].releases
    assert (new.version, new.source, new.dependencies, new.yanked) == (
        Version(0, 2, 0),
        Locator("workspace", "packages/aws-s3"),
        (),
        None,
    )
    assert (old.source, old.yanked) == (Locator("file", "x.zip"), "leaks")


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (b'{"terra-registry": 1,\n  "plugins": [}', "line 2, column 15"),
        (b"", "line 1, column 1"),
        (b"[\n\xff]", "line 2"),
        (b"[" * 100_000, "nesting"),
        (b"[NaN]", "a number"),
        (b"3", "the document"),
        (b'{"plugins": []}', "terra-registry"),
        (b'{"terra-registry": true, "plugins": []}', "terra-registry"),
        (b'{"terra-registry": 2, "plugins": []}', "terra-registry"),
        (b'{"terra-registry": 1, "plugins": {}}', "plugins"),
        (b'{"terra-registry": 1, "plugin": "plugins/{name}.json"}', "plugins"),
    ],
)
def test_a_document_that_is_none_is_refused_with_its_place(data: bytes, where: str):
    with pytest.raises(InvalidDocumentError) as caught:
        read(data)
    assert [issue.where for issue in caught.value.issues] == [where]
    assert caught.value.exit == 2


def test_a_newer_format_says_what_to_do():
    with pytest.raises(InvalidDocumentError) as caught:
        read({"terra-registry": 2})
    assert caught.value.hint == "upgrade terra"


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"checksum": "sha256-xyz"}, "[0].checksum"),
        ({"checksum": 3}, "[0].checksum"),
        ({"tree": "md5-1"}, "[0].tree"),
        ({"size": -1}, "[0].size"),
        ({"size": True}, "[0].size"),
        ({"version": "1.2.3-1"}, "[0].version"),
        ({"version": 1.2}, "[0].version"),
        ({"source": ""}, "[0].source"),
        ({"source": None}, "[0].source"),
        ({"source": "https://[half"}, "[0].source"),
        ({"source": "https:///x.zip"}, "[0].source"),
        ({"source": "a\nb"}, "[0].source"),
        ({"source": None, "git": "https://x", "tag": "v{version}"}, "[0].git"),
        ({"source": None, "git": 3}, "[0].git"),
        ({"source": None, "git": "ext::sh -c x"}, "[0].git"),
        ({"source": None, "git": "https://joe:x@h/y"}, "[0].git"),
        ({"source": None, "git": "https://h/y//sub"}, "[0].git"),
        ({"source": None, "git": "https://h/y?ref=v1"}, "[0].git"),
        ({"git": "https://h/y"}, "[0].source"),
        ({"source": None, "git": "https://h/y", "version": "1.0.0"}, "[0].version"),
        ({"source": None, "git": "https://h/y", "checksum": "sha256-x"}, "[0].checksum"),
        ({"source": None, "git": "https://h/y", "versions": {}}, "[0].versions"),
        ({"source": None, "git": "https://h/y", "tag": "v1"}, "[0].tag"),
        ({"source": None, "git": "https://h/y", "tag": ""}, "[0].tag"),
        ({"source": None, "git": "https://h/y", "tag": "{version}-{version}"}, "[0].tag"),
        ({"source": None, "git": "https://h/y", "tag": "-{version}"}, "[0].tag"),
        ({"source": None, "git": "https://h/y", "tag": "a b{version}"}, "[0].tag"),
        ({"source": None, "git": "https://h/y", "tag": 1}, "[0].tag"),
        ({"source": None, "git": "https://h/y", "subdir": "../x"}, "[0].subdir"),
        ({"source": None, "git": "https://h/y", "subdir": "a?b"}, "[0].subdir"),
        ({"dependencies": {"aws-kms": "soon"}}, "[0].dependencies.aws-kms"),
        ({"dependencies": {"Aws": "*"}}, "[0].dependencies.Aws"),
        ({"dependencies": {"aws-kms": None}}, "[0].dependencies.aws-kms"),
        ({"dependencies": ["aws-kms"]}, "[0].dependencies"),
        ({"yanked": 1}, "[0].yanked"),
        ({"versions": []}, "[0].versions"),
        ({"versions": {"1.0.0": {"source": "x", "checksum": "no"}}}, '[0].versions."1.0.0".checksum'),
        ({"versions": {"1.0.0": {}}}, '[0].versions."1.0.0".source'),
        ({"versions": {"1.0.0": 3}}, '[0].versions."1.0.0"'),
        ({"versions": {"1.0.0+b": {"source": "x"}}}, '[0].versions."1.0.0+b"'),
    ],
)
def test_a_wrong_entry_gives_no_release_and_hides_no_other(change: dict[str, object], where: str):
    bad, good = read([{"name": "bad", "source": "x.zip", **change}, {"name": "good", "source": "y.zip"}]).listings
    assert bad.releases == ()
    assert [issue.where for issue in bad.issues] == [where]
    assert (len(good.releases), good.issues) == (1, ())


@pytest.mark.parametrize("change", [{"description": 1}, {"tags": "aws"}, {"provider": []}, {"deprecated": 3}])
def test_a_wrong_description_leaves_the_release(change: dict[str, object]):
    (listing,) = read([{"name": "x", "source": "x.zip", **change}]).listings
    assert (len(listing.releases), len(listing.issues)) == (1, 1)


def test_a_wrong_version_leaves_the_others():
    versions = {"1.0": {"source": "a"}, "2.0.0-1": {"source": "b"}, "v1.0.0": {"source": "c"}, "3.0.0": {"source": "d"}}
    (listing,) = read({"terra-registry": 1, "plugins": [{"name": "x", "versions": versions}]}).listings
    assert [str(release.version) for release in listing.releases] == ["1.0.0", "3.0.0"]
    assert [issue.where for issue in listing.issues] == [
        'plugins[0].versions."2.0.0-1"',
        'plugins[0].versions."v1.0.0"',
    ]


def test_entries_without_a_usable_name_are_issues_of_the_document():
    found = read([3, {}, {"name": "AWS"}, {"name": "x", "source": "1"}, {"name": "x", "source": "2"}])
    assert [issue.where for issue in found.issues] == ["[0]", "[1].name", "[2].name", "[4].name"]
    assert [str(each.releases[0].source) for each in found.listings] == ["file:1"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a/x.zip", "https://terra.example/acme/a/x.zip"),
        ("../x.zip//sub/dir", "https://terra.example/x.zip//sub/dir"),
        ("x.zip?v=1", "https://terra.example/acme/x.zip?v=1"),
        ("file:x.zip//sub", "https://terra.example/acme/x.zip//sub"),
        ("https://other.example/x.zip", "https://other.example/x.zip"),
        ("npm:@terra/x@1.0.0", "npm:@terra/x@1.0.0"),
    ],
)
def test_relative_sources_of_the_network_are_joined(text: str, expected: str):
    assert str(read_source(text, REMOTE)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "workspace:x",
        "WORKSPACE:x",
        "file:///etc",
        "FILE:///etc",
        "file:/etc",
        "file:C:/x",
        "file:~/x",
        "file:https://evil.example/x.zip",
        "//evil.example/x.zip",
        "file://evil.example/x.zip",
        "\\\\evil.example\\x",
        "/etc/x",
        "x:y",
    ],
)
def test_the_network_names_nothing_on_this_machine_and_no_other_origin_by_accident(text: str):
    assert read_source(text, REMOTE) is None
    (listing,) = read([{"name": "x", "source": text}], REMOTE).listings
    assert "may name" in str(listing.issues[0])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("workspace:x", Locator("workspace", "x")),
        ("file:///etc/x.zip", Locator("file", "/etc/x.zip")),
        ("../x//sub", Locator("file", "../x", "sub")),
    ],
)
def test_a_file_of_this_machine_names_what_it_likes(text: str, expected: Locator):
    assert read_source(text, LOCAL) == expected


def test_a_template_stands_for_the_tags_of_a_repository():
    entry = {"name": "vpc", "git": "https://h/mono.git", "tag": "vpc/v{version}", "subdir": "/modules/vpc/"}
    (plain, full) = read(
        [{"name": "s3", "git": "git@h:s3"}, {**entry, "dependencies": {"s3": ">=1"}, "yanked": "bad", "tags": ["aws"]}]
    ).listings
    assert (plain.releases, plain.issues) == ((), ())
    assert plain.template == Template(Remote("git@h:s3", "ssh", "h"), LOCAL)
    assert plain.template.tag == "v{version}"
    assert full.template == Template(
        Remote("https://h/mono.git", "https", "h"),
        LOCAL,
        "vpc/v{version}",
        "modules/vpc",
        (Requirement.parse("s3>=1"),),
        "bad",
    )
    assert full.tags == ("aws",)


def test_a_template_on_the_network_names_no_folder_of_this_machine():
    entries = [{"name": "a", "git": "../x"}, {"name": "b", "git": "file:///x"}, {"name": "c", "git": "https://h/c"}]
    far, here = read(entries, REMOTE).listings, read(entries).listings
    assert [bool(each.issues) for each in far] == [True, True, False]
    assert [bool(each.template) for each in far] == [False, False, True]
    assert [bool(each.template) for each in here] == [True, True, True]


def test_half_a_surrogate_pair_can_be_written_again():
    (listing,) = read(b'[{"name": "x", "source": "x", "description": "\\ud800 \\ud83d\\ude00 \\\\ud800"}]').listings
    assert listing.description == "\ufffd \U0001f600 \\ud800"


_KEYS = st.sampled_from(
    [
        "terra-registry",
        "plugins",
        "name",
        "source",
        "versions",
        "1.0.0",
        "checksum",
        "size",
        "include",
        "yanked",
        "git",
        "tag",
        "subdir",
        "dependencies",
        "deprecated",
        "tags",
        "reason",
        "version",
    ]
)
_TEXTS = st.text(max_size=8) | st.sampled_from(
    ["aws-s3", "https://[", "file:///x", "1.0.0", "*", "sha256-", "//", "x:"]
)
_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | _TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_KEYS | st.text(max_size=3), inner, max_size=6),
    max_leaves=30,
)
_ENTRY = st.fixed_dictionaries(
    {"name": st.just("x")}, optional=dict.fromkeys(("source", "versions", "size", "git", "tag", "subdir"), _ANY)
)


@settings(max_examples=300, deadline=None)
@given(
    _ANY | st.lists(_ENTRY | _ANY) | st.fixed_dictionaries({"terra-registry": st.just(1), "plugins": st.lists(_ENTRY)}),
    st.sampled_from([LOCAL, REMOTE]),
)
def test_any_json_is_a_document_or_refused(value: object, anchor: Anchor):
    try:
        found = read(value, anchor)
    except InvalidDocumentError:
        return
    assert isinstance(found, RegistryDocument)
    assert all(Name.is_name(each.name.text) for each in found.listings)
    if anchor.is_remote:
        assert not any(release.source.is_local for each in found.listings for release in each.releases)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=50))
def test_any_bytes_are_a_document_or_refused(data: bytes):
    with suppress(InvalidDocumentError):
        assert isinstance(read(data), RegistryDocument)
