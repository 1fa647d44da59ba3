from __future__ import annotations

import pytest

from terra.errors import UsageError
from terra.system.origins import Origin
from terra.system.proxies import Proxies, Proxy


def find(url, **environment):
    return Proxies.from_environment(environment).find(Origin.parse(url))


def test_each_scheme_has_its_own():
    assert find("https://a.example") is None
    assert find("https://a.example", HTTP_PROXY="http://p:1") is None
    assert find("https://a.example", HTTPS_PROXY="http://p:1") == Proxy("http://p:1")
    assert find("http://a.example", ALL_PROXY="p:1") == Proxy("http://p:1")
    assert find("https://a.example", ALL_PROXY="http://p:1", HTTPS_PROXY="http://q:2") == Proxy("http://q:2")
    assert find("https://a.example", https_proxy="http://l:1", HTTPS_PROXY="http://u:2") == Proxy("http://l:1")
    assert find("https://a.example", HTTPS_PROXY="") is None


def test_login_is_kept_apart():
    proxy = find("https://a.example", HTTPS_PROXY="http://me:p%40ss@p:3128")
    assert proxy == Proxy("http://p:3128", "me:p@ss")
    assert "p@ss" not in repr(proxy)


@pytest.mark.parametrize("value", ["socks5://p:1", "http://", "http://p:x", "ftp://p", "http://[::1"])
def test_not_a_proxy(value):
    with pytest.raises(UsageError, match="`HTTPS_PROXY`"):
        find("https://a.example", HTTPS_PROXY=value)
    assert find("http://a.example", HTTPS_PROXY=value) is None


@pytest.mark.parametrize(
    ("exceptions", "url", "past"),
    [
        ("*", "https://a.example", True),
        ("a.example", "https://a.example", True),
        ("example", "https://a.example", True),
        (".example", "https://a.example", True),
        ("*.example", "https://a.example", True),
        ("x.org, A.example ", "https://a.example", True),
        ("b.example", "https://a.example", False),
        ("ample", "https://a.example", False),
        ("a.example:8443", "https://a.example:8443", True),
        ("a.example:8443", "https://a.example", False),
        ("10.0.0.0/8", "https://10.1.2.3", True),
        ("10.0.0.0/8", "https://11.1.2.3", False),
        ("127.0.0.1", "https://127.0.0.1:8443", True),
        ("127.0.0.1:1", "https://127.0.0.1:8443", False),
        ("::1", "https://[::1]:8443", True),
        ("[::1]", "https://[::1]:8443", True),
        ("", "https://a.example", False),
        (",", "https://a.example", False),
    ],
)
def test_exceptions(exceptions, url, past):
    assert (find(url, HTTPS_PROXY="http://p:1", NO_PROXY=exceptions) is None) is past
