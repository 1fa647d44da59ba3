from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terra.errors import UsageError
from terra.system.origins import HttpUrl, Origin, literal_address, redacted, split_login, why_refused


@pytest.mark.parametrize(
    ("text", "origin", "target"),
    [
        ("https://terra.example", "https://terra.example", "/"),
        ("HTTPS://Terra.Example:443/a/b?c=d#e", "https://terra.example", "/a/b?c=d"),
        ("http://127.0.0.1:8080/x", "http://127.0.0.1:8080", "/x"),
        ("https://[2001:DB8::1]:8443/x", "https://[2001:db8::1]:8443", "/x"),
        ("https://[::1]/x", "https://[::1]", "/x"),
        ("https://a_b.example/%20x y", "https://a_b.example", "/%20x y"),
    ],
)
def test_url(text, origin, target):
    url = HttpUrl.parse(text)
    assert (str(url.origin), url.target) == (origin, target)
    assert Origin.parse(origin) == url.origin
    assert HttpUrl.parse(url.text) == url


@pytest.mark.parametrize(
    "text",
    [
        "",
        "terra.example",
        "ftp://terra.example/",
        "file:///etc/passwd",
        "https:///x",
        "https://terra.example:0/",
        "https://terra.example:65536/",
        "https://terra.example:x/",
        "https://terra.example\\@evil.example/",
        "https://terra.example\\.evil.example/",
        "https://terra example/",
        "https://terra.example\r\nHost: evil/",
        "https://terra.example/\t",
        "https://térra.example/",
        "https://[::1/",
        "https://[127.0.0.1]/",
        "https://-terra.example/",
        "https://terra.example%2f@x/",
    ],
)
def test_not_a_url(text):
    with pytest.raises(UsageError):
        HttpUrl.parse(text)


@pytest.mark.parametrize(
    "text", ["https://me@terra.example/", "https://me:pw@terra.example/", "https://@terra.example/"]
)
def test_userinfo_is_refused_and_not_repeated(text):
    with pytest.raises(UsageError, match="user name or password") as caught:
        HttpUrl.parse(text)
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://h/p", "https://h/p"),
        ("https://me:pw@h:1/p?a=1&b=2&c#frag", "https://h:1/p?a=…&b=…&…"),
        ("https://a@b@h/p@q", "https://h/p@q"),
        ("https://h?token", "https://h?…"),
        ("https://h/p?", "https://h/p?…"),
        ("nonsense?x=y", "nonsense?x=…"),
    ],
)
def test_redacted(url, shown):
    assert redacted(url) == shown


@given(secret=st.text(alphabet="0123456789abcdef", min_size=12), tail=st.text())
def test_redaction_hides_whatever_follows(secret, tail):
    assert secret not in redacted(f"https://{secret}@host/p?a={secret}&b={tail}#{secret}")


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("2130706433", True),
        ("0x7f.1", True),
        ("localhost.example", False),
        ("127.0.0.1.example", False),
        ("10.0.0.1", False),
        ("0.0.0.0", False),
        ("1.2.3.4.5", False),
    ],
)
def test_loopback(host, loopback):
    assert Origin("http", host, 80).is_loopback is loopback


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("2852039166", "169.254.169.254"),
        ("0xa9fea9fe", "169.254.169.254"),
        ("0251.0376.0251.0376", "169.254.169.254"),
        ("169.16689662", "169.254.169.254"),
        ("fe80::1", "fe80::1"),
        ("1e100.net", None),
        ("cafe", None),
        ("abc.example", None),
    ],
)
def test_literal_address(host, address):
    assert literal_address(host) == (None if address is None else ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "169.254.0.1",
        "fe80::1",
        "fe80::1%eth0",
        "febf::1",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a9fe:a9fe",
        "2002:a9fe:a9fe::1",
        "192.0.0.192",
        "::ffff:192.0.0.192",
        "100.100.100.200",
        "168.63.129.16",
        "fd00:ec2::254",
        "fd20:ce::254",
        "0.0.0.0",
        "::",
        "::ffff:0.0.0.0",
        "224.0.0.1",
        "ff02::1",
    ],
)
def test_address_that_terra_never_connects_to(address):
    assert why_refused(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "::1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "100.64.0.1", "fd12::1", "93.184.216.34", "2606::1"],
)
def test_address_that_is_fine(address):
    assert why_refused(ipaddress.ip_address(address)) is None


@given(st.ip_addresses(v=4, network="169.254.0.0/16"))
def test_every_disguise_of_a_link_local_address_is_seen_through(address):
    number = int(address)
    for disguise in (f"::ffff:{address}", f"64:ff9b::{number >> 16:x}:{number & 0xFFFF:x}", str(number), hex(number)):
        found = literal_address(disguise)
        assert found is not None
        assert why_refused(found)


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("https://a.example/x", ("https://a.example/x", None, None)),
        ("https://me@a.example:8443/x?y=1#z", ("https://a.example:8443/x?y=1#z", "me", None)),
        ("https://jo%65:p%40ss%3A%C3%A9@a.example", ("https://a.example", "joe", "p@ss:é")),
        ("https://me:@a.example/", ("https://a.example/", "me", "")),
        ("https://:pw@a.example/", ("https://a.example/", "", "pw")),
        ("https://a@b:c@a.example/", ("https://a.example/", "a@b", "c")),
        ("https://a.example/@scope/x", ("https://a.example/@scope/x", None, None)),
        ("https://a.example?x=http://me:pw@b.example", ("https://a.example?x=http://me:pw@b.example", None, None)),
    ],
)
def test_the_login_of_an_address(url, parts):
    assert split_login(url) == parts


def test_an_address_that_two_parsers_read_differently_keeps_what_makes_it_refused():
    bare, name, password = split_login("https://good.example\\@evil.example/")
    assert (name, password) == (None, None)
    with pytest.raises(UsageError):
        HttpUrl.parse(bare)
