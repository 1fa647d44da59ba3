"""Servers and transports for the tests of the network."""

from __future__ import annotations

import ssl
import time
from typing import TYPE_CHECKING

import pytest
import trustme

from support.hostile_server import HostileServer, hostile_server
from terra.system.credentials import Credentials
from terra.system.http import HttpTransport
from terra.system.network import NetworkSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def origin() -> Iterator[HostileServer]:
    """A server over plain http."""
    with hostile_server() as server:
        yield server


@pytest.fixture
def other_origin() -> Iterator[HostileServer]:
    """Another one: the same host, another port, so another origin."""
    with hostile_server() as server:
        yield server


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """A certificate authority that no system trusts."""
    return trustme.CA()


@pytest.fixture(scope="session")
def authority_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its certificate."""
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture(scope="session")
def server_certificate(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and chain for `localhost` and 127.0.0.1."""
    path = tmp_path_factory.mktemp("certificate") / "server.pem"
    authority.issue_cert("localhost", "127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(path))
    return path


@pytest.fixture
def tls_origin(server_certificate: Path) -> Iterator[HostileServer]:
    """A server over TLS, with a certificate of the private authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server_certificate)
    with hostile_server(context, host="localhost") as server:
        yield server


@pytest.fixture
def trusted(authority_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process trust the private authority, as a user does it."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority_file))
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)


class Waits:
    """A clock that notes how long it was asked to wait and does not."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.today = 1_800_000_000.0

    def now(self) -> float:
        """Return a fixed time of day."""
        return self.today

    def elapsed(self) -> float:
        """Return the time that really passes."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Note it."""
        self.slept.append(seconds)


@pytest.fixture
def waits() -> Waits:
    """The clock of `transport`."""
    return Waits()


@pytest.fixture
def transport(waits: Waits) -> Iterator[Callable[..., HttpTransport]]:
    """Make transports: credentials from nowhere but `environment` and `configured`; settings as named."""
    made: list[HttpTransport] = []

    def make(environment=(), configured=(), **settings) -> HttpTransport:
        made.append(
            HttpTransport(
                NetworkSettings("terra/test", **settings), Credentials(dict(environment), configured), clock=waits
            )
        )
        return made[-1]

    yield make
    for each in made:
        each.close()
