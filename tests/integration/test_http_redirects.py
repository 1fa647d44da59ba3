"""Where redirects may lead, and that a credential stays with its origin."""

from __future__ import annotations

import traceback

import pytest

from support.hostile_server import DOCUMENT
from terra.errors import AuthenticationError, FetchError, PolicyError, TerraError, UsageError
from terra.model.project import Credential
from terra.system.pace import PaceLimits

LIMIT = 1 << 20
SECRET = "s3cr3t-token"  # made up


def give(server, token=SECRET):
    return Credential(f"{server.scheme}://{server.host}:{server.port}", token=token)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_followed(origin, transport, status):
    origin.redirect("/x", "document", status)
    response = transport().read(origin.url("/x"), limit=LIMIT)
    assert (response.body, response.url) == (DOCUMENT, origin.url("/document"))


def test_five_redirects_are_enough(origin, transport):
    for number in range(1, 6):
        origin.redirect(f"/{number}", f"/{number - 1}")
    origin.routes["/0"] = origin.routes["/document"]
    assert transport().read(origin.url("/5"), limit=LIMIT).body == DOCUMENT
    origin.redirect("/6", "/5")
    with pytest.raises(FetchError, match="more than 5 times"):
        transport().read(origin.url("/6"), limit=LIMIT)
    with pytest.raises(FetchError, match="more than 5 times"):
        transport().read(origin.url("/loop"), limit=LIMIT)


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/hostname",
        "ftp://127.0.0.1:1/x",
        "http://example.com/x",
        "http://169.254.169.254/latest/meta-data/",
        "https://169.254.169.254/latest/meta-data/",
        "https://2852039166/",
        "https://[::ffff:169.254.169.254]/",
        "https://[64:ff9b::a9fe:a9fe]/",
        "http://name:pass@127.0.0.1:1/",
        "http://[::1/",
        "http://127.0.0.1:99999/",
        "javascript:alert(1)",
        "//example.com/x",
    ],
)
def test_redirect_to_elsewhere_is_refused(origin, transport, location):
    origin.redirect("/x", location)
    with pytest.raises(PolicyError) as caught:
        transport().read(origin.url("/x"), limit=LIMIT)
    assert len(origin.seen) == 1
    assert "pass" not in str(caught.value)


def test_redirect_to_nowhere(origin, transport):
    origin.routes["/x"] = lambda handler: handler.answer(302)
    with pytest.raises(FetchError, match="redirects to nowhere"):
        transport().read(origin.url("/x"), limit=LIMIT)


@pytest.mark.usefixtures("trusted")
def test_https_never_leads_to_http(origin, tls_origin, transport):
    tls_origin.redirect("/x", origin.url("/document"))
    with pytest.raises(PolicyError, match="https never leads to http"):
        transport(allow_http=(origin.url(),)).read(tls_origin.url("/x"), limit=LIMIT)
    assert origin.seen == []


@pytest.mark.usefixtures("trusted")
def test_http_may_lead_to_https(origin, tls_origin, transport):
    origin.redirect("/x", tls_origin.url("/document"))
    assert transport(configured=(give(origin),)).read(origin.url("/x"), limit=LIMIT).url == tls_origin.url("/document")
    assert "authorization" in origin.headers("/x")[0]
    assert "authorization" not in tls_origin.headers("/document")[0]


@pytest.mark.usefixtures("trusted")
def test_every_origin_gets_its_own_credential_and_no_other(origin, other_origin, tls_origin, transport):
    """Out and back over four origins: only their own tokens arrive, one of them has none."""
    origin.redirect("/1", other_origin.url("/2"))
    other_origin.redirect("/2", f"http://localhost:{origin.port}/3")
    origin.redirect("/3", other_origin.url("/4"))
    other_origin.redirect("/4", tls_origin.url("/document"))
    reader = transport(configured=(give(origin, "first"), give(tls_origin, "second")))
    reader.read(origin.url("/1"), limit=LIMIT)
    assert origin.headers("/1")[0]["authorization"] == "Bearer first"
    assert "authorization" not in other_origin.headers("/2")[0]
    assert "authorization" not in origin.headers("/3")[0]  # `localhost` is another host than 127.0.0.1
    assert "authorization" not in other_origin.headers("/4")[0]
    assert tls_origin.headers("/document")[0]["authorization"] == "Bearer second"


def test_no_cookie_and_no_referrer_travels(origin, transport):
    origin.routes["/x"] = lambda handler: handler.answer(302, Location="/document", Set_Cookie="a=b")
    transport().read(origin.url("/x?token=secret"), limit=LIMIT)
    assert not {"cookie", "referer"} & set(origin.headers("/document")[0])


def test_credentials_from_netrc_and_environment(origin, other_origin, transport, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine 127.0.0.1:{origin.port} login me password {SECRET}\ndefault login x password y\n")
    reader = transport({"NETRC": str(netrc), f"TERRA_TOKEN_127_0_0_1_{other_origin.port}": "t0ken"})
    reader.read(origin.url("/document"), limit=LIMIT)
    reader.read(other_origin.url("/document"), limit=LIMIT)
    assert origin.seen[0].headers["authorization"].startswith("Basic ")
    assert other_origin.seen[0].headers["authorization"] == "Bearer t0ken"


def test_userinfo_in_an_address_is_refused(origin, transport):
    with pytest.raises(UsageError, match="user name or password in the address") as caught:
        transport().read(f"http://me:{SECRET}@127.0.0.1:{origin.port}/document", limit=LIMIT)
    assert SECRET not in str(caught.value) + str(caught.value.hint)
    assert origin.seen == []


@pytest.mark.parametrize("path", ["/unauthorized", "/forbidden"])
def test_being_refused_says_how_to_be_let_in(origin, transport, path):
    with pytest.raises(AuthenticationError, match="asks for credentials, and none were found") as caught:
        transport().read(origin.url(path), limit=LIMIT)
    assert f"http://127.0.0.1:{origin.port}" in caught.value.message
    for way in (f"TERRA_TOKEN_127_0_0_1_{origin.port}", "[credentials.", f"machine 127.0.0.1:{origin.port}"):
        assert way in caught.value.hint
    with pytest.raises(AuthenticationError, match=r"refuses the credentials from `.credentials") as caught:
        transport(configured=(give(origin),)).read(origin.url(path), limit=LIMIT)
    assert SECRET not in str(caught.value) + str(caught.value.hint)


FAILING = (
    *("/short", "/long", "/both", "/infinite", "/undelimited", "/slow", "/slow-head", "/silent", "/reset", "/garbage"),
    *("/bomb-gzip", "/big-header", "/unauthorized", "/forbidden", "/gone", "/missing"),
    *("/to-file", "/to-ftp", "/loop", "/busy", "/userinfo"),
)


@pytest.mark.parametrize("path", FAILING)
def test_no_error_tells_a_secret(origin, transport, tmp_path, path):
    """Neither the message nor anything in a traceback has the token or a value of the query."""
    origin.routes["/busy"] = lambda handler: handler.answer(503)
    origin.redirect("/userinfo", f"http://me:{SECRET}@127.0.0.1/?signature={SECRET}")
    reader = transport(
        configured=(give(origin),), pace=PaceLimits(silence=0.2, rate=500, window=0.2, total=2), retries=1
    )
    with pytest.raises(TerraError) as caught:
        reader.download(origin.url(f"{path}?sig={SECRET}&plain{SECRET}"), tmp_path / "x", limit=500, size=500)
    error = caught.value
    assert origin.seen[0].headers["authorization"] == f"Bearer {SECRET}"
    told = "".join(traceback.format_exception(error)) + repr(error.subjects) + str(error.hint)
    assert SECRET not in told
