"""Through tinyproxy: http forwarded, https by CONNECT, with and without its password, and past it."""

from __future__ import annotations

import pytest

from support.components import free_port, tinyproxy
from support.hostile_server import DOCUMENT
from terra.errors import AuthenticationError, FetchError, PolicyError, UsageError
from terra.model.project import Credential
from terra.system.proxies import Proxies

LIMIT = 1 << 20
LOGIN = ("terra", "s3cr3t")


@pytest.fixture
def proxy(tmp_path):
    with tinyproxy(tmp_path / "proxy", LOGIN) as running:
        yield running


def named(url, **more):
    return Proxies.from_environment({"HTTP_PROXY": url, "HTTPS_PROXY": url, **more})


def with_login(proxy):
    return named(f"http://{':'.join(LOGIN)}@127.0.0.1:{proxy.port}")


@pytest.mark.component
def test_http_is_forwarded(origin, proxy, transport):
    reader = transport(proxies=with_login(proxy), configured=(Credential(origin.url(), token="mine"),))
    assert reader.read(origin.url("/document?a=b"), limit=LIMIT).body == DOCUMENT
    [seen] = origin.seen
    assert seen.path == "/document?a=b"
    assert seen.headers["host"] == f"127.0.0.1:{origin.port}"
    assert "tinyproxy" in seen.headers["via"]
    assert "proxy-authorization" not in seen.headers
    assert seen.headers["authorization"] == "Bearer mine"


@pytest.mark.component
@pytest.mark.usefixtures("trusted")
def test_https_is_tunnelled(tls_origin, proxy, transport):
    reader = transport(proxies=with_login(proxy), configured=(Credential(tls_origin.url(), token="mine"),))
    for _ in range(2):
        assert reader.read(tls_origin.url("/document"), limit=LIMIT).body == DOCUMENT
    assert tls_origin.connections == 1
    assert "via" not in tls_origin.seen[0].headers
    assert f"CONNECT localhost:{tls_origin.port}" in proxy.asked()
    assert "mine" not in proxy.asked()


@pytest.mark.component
@pytest.mark.usefixtures("trusted")
def test_redirect_goes_through_the_proxy_too(origin, tls_origin, proxy, transport):
    origin.redirect("/x", tls_origin.url("/document"))
    assert transport(proxies=with_login(proxy)).read(origin.url("/x"), limit=LIMIT).body == DOCUMENT
    assert f"CONNECT localhost:{tls_origin.port}" in proxy.asked()


@pytest.mark.component
@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("login", ["", "terra:wr0ng@"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_proxy_that_wants_a_password_says_so(*, request, proxy, transport, waits, login, scheme):
    server = request.getfixturevalue("tls_origin" if scheme == "https" else "origin")
    reader = transport(proxies=named(f"http://{login}127.0.0.1:{proxy.port}"))
    with pytest.raises(AuthenticationError, match=f"the proxy `http://127.0.0.1:{proxy.port}`") as caught:
        reader.read(server.url("/document"), limit=LIMIT)
    assert "wr0ng" not in str(caught.value)
    assert (server.seen, waits.slept) == ([], [])


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_proxy_that_is_dead(origin, tls_origin, transport, scheme):
    server = tls_origin if scheme == "https" else origin
    port = free_port()
    with pytest.raises(FetchError, match=f"the proxy `http://127.0.0.1:{port}` cannot be reached: connection refused"):
        transport(proxies=named(f"http://u:p4ss@127.0.0.1:{port}"), retries=0).read(server.url("/x"), limit=LIMIT)
    past = named(f"http://127.0.0.1:{port}", NO_PROXY="localhost,127.0.0.1")
    assert transport(proxies=past).read(server.url("/document"), limit=LIMIT).body == DOCUMENT


@pytest.mark.component
@pytest.mark.usefixtures("trusted")
def test_untrusted_server_behind_the_proxy_is_the_servers_fault(tls_origin, proxy, transport, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(FetchError, match=f"the certificate of `https://localhost:{tls_origin.port}` is not accepted"):
        transport(proxies=with_login(proxy)).read(tls_origin.url("/x"), limit=LIMIT)


@pytest.mark.component
def test_host_that_the_proxy_cannot_reach(proxy, transport):
    with pytest.raises(FetchError, match=r"the proxy `.*` does not let terra through to `https://127.0.0.1:.*status 5"):
        transport(proxies=with_login(proxy), retries=0).read(f"https://127.0.0.1:{free_port()}/", limit=LIMIT)


def test_spelt_out_link_local_address_is_refused_before_any_proxy(transport):
    with pytest.raises(PolicyError, match="link-local"):
        transport(proxies=named("http://127.0.0.1:1")).read("https://169.254.169.254/", limit=LIMIT)


def test_proxy_of_another_kind(transport):
    with pytest.raises(UsageError, match=r"`HTTPS_PROXY` is `socks5://127.0.0.1:1`"):
        transport(proxies=named("socks5://me:p4ss@127.0.0.1:1")).read("https://terra.example/", limit=LIMIT)
