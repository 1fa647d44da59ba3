"""Names: what they resolve to is looked at, and what was looked at is what is connected to."""

from __future__ import annotations

import socket
from contextlib import contextmanager

import pytest

from support.hostile_server import DOCUMENT
from terra.errors import FetchError, PolicyError

LIMIT = 1 << 20


@pytest.fixture
def name_server(monkeypatch):
    """Answer for made-up names as a hostile name server does: another address at each question."""
    asked = []

    @contextmanager
    def answering(name, *rounds):
        left = [list(each) for each in rounds]

        def resolve(host, port, *_, **__):
            assert host == name
            asked.append(host)
            addresses = left.pop(0)
            return [
                (socket.AF_INET6 if ":" in each else socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port))
                for each in addresses
            ]

        with monkeypatch.context() as patch:
            patch.setattr(socket, "getaddrinfo", resolve)
            yield asked

    return answering


@pytest.mark.parametrize(
    "addresses",
    [["169.254.169.254"], ["fe80::1"], ["::ffff:169.254.1.1"], ["192.0.0.192"], ["127.0.0.1", "169.254.169.254"]],
)
def test_name_of_a_link_local_address(name_server, transport, waits, addresses):
    with (
        name_server("metadata.example", addresses),
        pytest.raises(PolicyError, match=r"`metadata\.example` has the address"),
    ):
        transport().read("https://metadata.example/", limit=LIMIT)
    assert waits.slept == []


def test_name_is_asked_for_once(origin, name_server, transport):
    url = f"http://registry.example:{origin.port}"
    with name_server("registry.example", ["127.0.0.1"], ["169.254.169.254"]) as asked:
        body = transport(allow_http=(url,)).read(f"{url}/document", limit=LIMIT).body
    assert (body, asked) == (DOCUMENT, ["registry.example"])


def test_next_address_is_tried(origin, name_server, transport):
    url = f"http://registry.example:{origin.port}"
    with name_server("registry.example", ["127.9.9.9", "127.0.0.1"]):
        assert transport(allow_http=(url,)).read(f"{url}/document", limit=LIMIT).body == DOCUMENT


def test_localhost_that_is_another_machine(name_server, transport):
    with name_server("localhost", ["10.0.0.1"]), pytest.raises(PolicyError, match="not this machine"):
        transport().read("http://localhost/", limit=LIMIT)


def test_unknown_name(transport, waits):
    with pytest.raises(FetchError, match=r"the name of `https://terra\.invalid` cannot be resolved"):
        transport(retries=1).read("https://terra.invalid/", limit=LIMIT)
    assert len(waits.slept) <= 1
