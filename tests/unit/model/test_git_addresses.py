"""What may reach a command line of git, and what may not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terra.errors import UsageError
from terra.model.git import Remote, Revision, is_ref, version_in_tag
from terra.model.git_template import Template
from terra.model.source import Anchor, Locator


@pytest.mark.parametrize(
    ("text", "protocol", "host", "web"),
    [
        ("https://h.example/a/b.git", "https", "h.example", "https://h.example/a/b.git"),
        ("https://h.example:8443/a", "https", "h.example:8443", "https://h.example:8443/a"),
        ("http://127.0.0.1:8080/a", "http", "127.0.0.1:8080", "http://127.0.0.1:8080/a"),
        ("https://[::1]:1/a", "https", "[::1]:1", "https://[::1]:1/a"),
        ("ssh://git@h.example:22/a", "ssh", "h.example:22", "https://h.example/"),
        ("ssh://[::1]/a", "ssh", "[::1]", "https://[::1]/"),
        ("git@h.example:a/b.git", "ssh", "h.example", "https://h.example/"),
        ("h:a", "ssh", "h", "https://h/"),
        ("h:~joe/a::b", "ssh", "h", "https://h/"),
    ],
)
def test_addresses_of_hosts(text: str, protocol: str, host: str, web: str):
    remote = Remote.parse(text)
    assert (remote.address, remote.protocol, remote.host, remote.web_address) == (text, protocol, host, web)
    assert remote.beside(Anchor("/r")) == remote


@pytest.mark.parametrize(
    ("text", "path"),
    [("../a b", "/r/a b"), ("./x::y", "/r/x/x::y"), ("/abs", "/abs"), ("file:///a%20b", "/a b"), (".", "/r/x")],
)
def test_addresses_of_folders(text: str, path: str):
    assert Remote.parse(text).beside(Anchor("/r/x")) == Remote(path, "file")


REFUSED = [
    *("", "-x", "--upload-pack=x", "x", "a/b", "github.example/a/b", "ext::sh", "fd::17", "a+b::c", "::x", "\n"),
    *("git://h/x", "ftp://h/x", "ssh://-oX/x", "ssh://-u@h/x", "ssh://h/-x", "h:-x", "-u@h:x", "u@-h:x", "h: x"),
    *("https:///x", "https://h", "https://h/", "https://u@h/x", "https://u:p@h/x", "ssh://u:p@h/x", "https://h:x/y"),
    *(
        "https://h/a b",
        "https://h/a\x00",
        "https://h/a\tb",
        "https://h/a?x",
        "./a?b",
        "file://h/x",
        "file:x",
        "https://[x/y",
    ),
]


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_address(text: str):
    with pytest.raises(UsageError):
        Remote.parse(text)


def test_the_users_own_configuration_may_hold_a_login():
    assert Remote.parse("https://u:p@h/x", own=True).web_address == "https://h/x"
    with pytest.raises(UsageError):
        Remote.parse("ext::sh", own=True)


@given(st.text(max_size=20) | st.from_regex(r"[-a-z:/@.~]{0,20}", fullmatch=True))
def test_nothing_that_is_taken_is_an_option_or_a_helper(text: str):
    try:
        remote = Remote.parse(text)
    except UsageError:
        return
    assert not remote.address.startswith("-")
    assert not remote.host.startswith("-")
    assert remote.protocol in ("https", "http", "ssh", "file")
    assert "::" not in remote.address.partition("/")[0] or remote.protocol == "ssh"


@pytest.mark.parametrize(
    ("text", "ref"),
    [
        ("git:https://h/x", None),
        ("git:https://h/x//sub?ref=v1.0", "v1.0"),
        ("git:git@h:x//sub?ref=vpc/v1", "vpc/v1"),
        ("git:https://h/x?ref=vpc%401.0", "vpc@1.0"),
        ("git:https://h/x?ref=v1+b&depth=1", "v1+b"),
    ],
)
def test_the_ref_of_an_address(text: str, ref: str | None):
    locator = Locator.parse(text)
    assert locator is not None
    assert Revision.of(locator).ref == ref
    assert str(locator) == text


@pytest.mark.parametrize(
    "query", ["ref=", "ref=-x", "ref=a..b", "ref=a%20b", "ref=a&ref=b", "sshkey=x", "ref=@{u}", "x"]
)
def test_queries_that_are_none(query: str):
    with pytest.raises(UsageError):
        Revision.of(Locator("git", f"https://h/x?{query}"))


def test_a_whole_commit_is_one():
    assert Revision.of(Locator("git", f"https://h/x?ref={'a1' * 20}")).commit == "a1" * 20
    assert Revision.of(Locator("git", f"https://h/x?ref={'a1' * 32}")).commit == "a1" * 32
    assert Revision.of(Locator("git", f"https://h/x?ref={'a1' * 19}")).commit is None


@pytest.mark.parametrize(
    "text",
    ["", "@", "-x", ".x", "a/.x", "a..b", "a@{1}", "a b", "a~1", "a^", "a:b", "a*", "a?", "a[", "a\\b", "x.lock"],
)
def test_what_is_no_ref(text: str):
    assert not is_ref(text)


@pytest.mark.parametrize(
    ("tag", "version"),
    [
        ("v1.2.0", "1.2.0"),
        ("1.2", "1.2.0"),
        ("vpc/v1.2.0", "1.2.0"),
        ("aws-s3-1.2.0-rc.1", "1.2.0-rc.1"),
        ("vpc@1.2.0", "1.2.0"),
        ("vpc_v2", "2.0.0"),
        ("1.2.3-1", "None"),
        ("release-2024-v1.0", "None"),
        ("v1.0.0/x", "None"),
        ("stable", "None"),
    ],
)
def test_the_version_in_a_tag(tag: str, version: str):
    assert str(version_in_tag(tag)) == version


def test_a_template_and_its_tags():
    template = Template(Remote.parse("https://h/x"), Anchor("/r"), "a/v{version}-x", "sub")
    assert template.version_in("a/v1.0-x") == "1.0"
    assert [template.version_in(tag) for tag in ("a/v-x", "a/v1.0", "b/v1.0-x", "a/v1/0-x", "a/vv1-x", "a/v-")] == [
        None
    ] * 6
    assert template.source("a/v1.0-x") == Locator.parse("git:https://h/x//sub?ref=a/v1.0-x")
