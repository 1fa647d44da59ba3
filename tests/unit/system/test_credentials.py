from __future__ import annotations

import base64
import os

import pytest

from terra.errors import UsageError
from terra.model.project import Credential
from terra.system.credentials import Credentials, how_to_give
from terra.system.origins import Origin


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
        ("TERRA_TOKEN_MY_HOST_EXAMPLE", "https://my-host.example/"),
        ("TERRA_TOKEN_TERRA_EXAMPLE_8443", "https://terra.example:8443/"),
        ("TERRA_TOKEN_LOCALHOST_8080", "http://localhost:8080/"),
        ("TERRA_TOKEN___1_8080", "http://[::1]:8080/"),
    ],
)
def test_token_of_the_environment(name, url):
    assert Credentials({name: "t0ken\n"}).for_origin(url) == "Bearer t0ken"


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
    assert Credentials({"TERRA_TOKEN_TERRA_EXAMPLE": "t0ken"}).for_origin(url) is None


def test_configured():
    configured = (
        Credential("https://a.example", token="t0ken"),
        Credential("https://b.example:8443/", username="me", password="pw"),
        Credential("http://intranet", token="plain"),
    )
    credentials = Credentials({}, configured)
    assert credentials.for_origin("https://a.example:443/x") == "Bearer t0ken"
    assert credentials.for_origin("https://b.example:8443/") == basic("me", "pw")
    assert credentials.for_origin("http://intranet/") == "Bearer plain"
    for other in ("https://b.example/", "http://a.example/", "https://intranet/", "https://c.example/"):
        assert credentials.for_origin(other) is None


def test_netrc(netrc):
    credentials = Credentials(
        netrc("machine a.example login me password pw\nmachine a.example:8443 login other password pw2\n")
    )
    assert credentials.for_origin("https://a.example/") == basic("me", "pw")
    assert credentials.for_origin("https://a.example:8443/") == basic("other", "pw2")
    assert credentials.for_origin("https://a.example:9000/") is None
    assert credentials.for_origin("http://a.example/") is None
    assert credentials.warnings == []


def test_netrc_default_is_for_nobody(netrc):
    assert Credentials(netrc("default login me password pw\n")).for_origin("https://default/") is None


def test_netrc_in_the_home_folder(tmp_path):
    (tmp_path / ".netrc").write_text("machine a.example login me password pw\n")
    (tmp_path / ".netrc").chmod(0o600)
    assert Credentials({"HOME": str(tmp_path)}).for_origin("https://a.example/") == basic("me", "pw")
    assert Credentials({"HOME": str(tmp_path), "NETRC": ""}).for_origin("https://a.example/") is None


@pytest.mark.parametrize("environment", [{}, {"NETRC": "gone"}, {"HOME": "gone"}])
def test_no_netrc_is_fine(environment, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    credentials = Credentials(environment)
    assert credentials.for_origin("https://a.example/") is None
    assert credentials.warnings == []


def test_netrc_that_cannot_be_read_is_a_warning_without_its_content(netrc):
    credentials = Credentials(netrc("machine a.example login me\nS3CRET pw\n"))
    assert credentials.for_origin("https://a.example/") is None
    [warning] = credentials.warnings
    assert "line 2" in warning
    assert "S3CRET" not in warning


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
def test_netrc_that_others_can_read_is_a_warning(netrc):
    environment = netrc("machine a.example login me password pw\n")
    os.chmod(environment["NETRC"], 0o644)
    credentials = Credentials(environment)
    assert credentials.for_origin("https://a.example/") == basic("me", "pw")
    assert "chmod 600" in credentials.warnings[0]


def test_order(netrc):
    environment = netrc("machine a.example login me password pw\n")
    configured = (Credential("https://a.example", token="configured"),)
    assert Credentials(environment).for_origin("https://a.example/") == basic("me", "pw")
    assert Credentials(environment, configured).for_origin("https://a.example/") == "Bearer configured"
    environment["TERRA_TOKEN_A_EXAMPLE"] = "environment"
    assert Credentials(environment, configured).for_origin("https://a.example/") == "Bearer environment"


@pytest.mark.parametrize("token", ["a b", "a\r\nX-Evil: 1", "tökén", '"quoted" x', " "])
def test_token_that_cannot_stand_in_a_header(token):
    with pytest.raises(UsageError, match="`TERRA_TOKEN_A_EXAMPLE`") as caught:
        Credentials({"TERRA_TOKEN_A_EXAMPLE": token}).for_origin("https://a.example/")
    assert not token.strip() or token not in str(caught.value)


def test_secrets_are_not_shown():
    found = Credentials({"TERRA_TOKEN_A_EXAMPLE": "t0ken"}).find(Origin.parse("https://a.example"))
    assert found is not None
    assert "t0ken" not in repr(found)


def test_how_to_give_names_what_is_looked_up():
    hint = how_to_give(Origin.parse("https://my-host.example:8443"))
    assert "TERRA_TOKEN_MY_HOST_EXAMPLE_8443" in hint
    assert '[credentials."https://my-host.example:8443"]' in hint
    assert "machine my-host.example:8443" in hint
    plain = how_to_give(Origin.parse("http://intranet"))
    assert "[credentials." in plain
    assert "TERRA_TOKEN" not in plain
    assert "netrc" not in plain
