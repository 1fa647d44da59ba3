from __future__ import annotations

import base64
import os

import pytest

from terra.errors import UsageError
from terra.model.project import Credential
from terra.system.credentials import Credentials, how_to_give, variable
from terra.system.origins import Origin


def shown(credentials, url):
    found = credentials.find(Origin.parse(url))
    return found and found.value


def basic(name, password):
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


@pytest.fixture
def netrc(tmp_path):
    path = tmp_path / "netrc"

    def write(text):
        path.write_text(text)
        path.chmod(0o600)
        return {"NETRC": str(path)}

    return write


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("TERRA_TOKEN_TERRA_EXAMPLE", "https://terra.example/x"),
        ("TERRA_TOKEN_MY__HOST_EXAMPLE", "https://my-host.example/"),
        ("TERRA_TOKEN_TERRA_EXAMPLE_8443", "https://terra.example:8443/"),
        ("TERRA_TOKEN_LOCALHOST_8080", "http://localhost:8080/"),
        ("TERRA_TOKEN___1_8080", "http://[::1]:8080/"),
    ],
)
def test_token_of_the_environment(name, url):
    assert shown(Credentials({name: "t0ken\n"}), url) == "Bearer t0ken"


@pytest.mark.parametrize(
    "url",
    [
        "https://terra.example:8443/",
        "https://sub.terra.example/",
        "https://example/",
        "http://terra.example/",
        "http://terra.example:443/",
    ],
)
def test_token_of_the_environment_is_for_one_origin(url):
    assert shown(Credentials({"TERRA_TOKEN_TERRA_EXAMPLE": "t0ken"}), url) is None


def test_configured():
    configured = (
        Credential("https://a.example", token="t0ken"),
        Credential("https://b.example:8443/", username="me", password="pw"),
        Credential("http://intranet", token="plain"),
    )
    credentials = Credentials({}, configured)
    assert shown(credentials, "https://a.example:443/x") == "Bearer t0ken"
    assert shown(credentials, "https://b.example:8443/") == basic("me", "pw")
    assert shown(credentials, "http://intranet/") == "Bearer plain"
    for other in ("https://b.example/", "http://a.example/", "https://intranet/", "https://c.example/"):
        assert shown(credentials, other) is None


def test_netrc(netrc):
    credentials = Credentials(
        netrc("machine a.example login me password pw\nmachine a.example:8443 login other password pw2\n")
    )
    assert shown(credentials, "https://a.example/") == basic("me", "pw")
    assert shown(credentials, "https://a.example:8443/") == basic("other", "pw2")
    assert shown(credentials, "https://a.example:9000/") is None
    assert shown(credentials, "http://a.example/") is None


def test_netrc_default_is_for_nobody(netrc):
    assert shown(Credentials(netrc("default login me password pw\n")), "https://default/") is None


def test_netrc_in_the_home_folder(tmp_path):
    (tmp_path / ".netrc").write_text("machine a.example login me password pw\n")
    (tmp_path / ".netrc").chmod(0o600)
    assert shown(Credentials({"HOME": str(tmp_path)}), "https://a.example/") == basic("me", "pw")
    assert shown(Credentials({"HOME": str(tmp_path), "NETRC": ""}), "https://a.example/") is None


@pytest.mark.parametrize("environment", [{}, {"NETRC": "gone"}, {"HOME": "gone"}])
def test_no_netrc_is_fine(environment, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    credentials = Credentials(environment)
    assert shown(credentials, "https://a.example/") is None


def test_netrc_that_cannot_be_read_is_none(netrc):
    assert shown(Credentials(netrc("machine a.example login me\nS3CRET pw\n")), "https://a.example/") is None


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
def test_netrc_that_others_can_read_is_read(netrc):
    environment = netrc("machine a.example login me password pw\n")
    os.chmod(environment["NETRC"], 0o644)
    assert shown(Credentials(environment), "https://a.example/") == basic("me", "pw")


def test_order(netrc):
    environment = netrc("machine a.example login me password pw\n")
    configured = (Credential("https://a.example", token="configured"),)
    assert shown(Credentials(environment), "https://a.example/") == basic("me", "pw")
    assert shown(Credentials(environment, configured), "https://a.example/") == "Bearer configured"
    environment["TERRA_TOKEN_A_EXAMPLE"] = "environment"
    assert shown(Credentials(environment, configured), "https://a.example/") == "Bearer environment"


@pytest.mark.parametrize("token", ["a b", "a\r\nX-Evil: 1", "tökén", '"quoted" x', " "])
def test_token_that_cannot_stand_in_a_header(token):
    with pytest.raises(UsageError, match="`TERRA_TOKEN_A_EXAMPLE`") as caught:
        shown(Credentials({"TERRA_TOKEN_A_EXAMPLE": token}), "https://a.example/")
    assert not token.strip() or token not in str(caught.value)


def test_secrets_are_not_shown():
    found = Credentials({"TERRA_TOKEN_A_EXAMPLE": "t0ken"}).find(Origin.parse("https://a.example"))
    assert found is not None
    assert "t0ken" not in repr(found)


def test_how_to_give_names_what_is_looked_up():
    hint = how_to_give(Origin.parse("https://my-host.example:8443"))
    assert "TERRA_TOKEN_MY__HOST_EXAMPLE_8443" in hint
    assert '[credentials."https://my-host.example:8443"]' in hint
    assert "machine my-host.example:8443" in hint
    plain = how_to_give(Origin.parse("http://intranet"))
    assert "[credentials." in plain
    assert "TERRA_TOKEN" not in plain
    assert "netrc" not in plain


def test_no_two_hosts_have_one_variable():
    hosts = (
        "terra.corp.example",
        "terra-corp.example",
        "terra.corp-example",
        "terra-corp-example",
        "terra_corp.example",
    )
    names = {variable(Origin.parse(f"https://{host}")) for host in hosts}
    assert len(names) == len(hosts)
