"""What is tried again, how long terra waits in between, and what is not worth it."""

from __future__ import annotations

from email.utils import formatdate

import pytest

from support.components import free_port
from support.hostile_server import DOCUMENT, in_turn
from terra.errors import FetchError, HTTPStatusError, IntegrityError
from terra.system.pace import PaceLimits

LIMIT = 1 << 20


def failing(status, **headers):
    return lambda handler: handler.answer(status, b"sorry", **headers)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_server_in_trouble_is_asked_again(origin, transport, waits, status):
    origin.routes["/x"] = in_turn(failing(status), failing(status), origin.routes["/document"])
    assert transport().read(origin.url("/x"), limit=LIMIT).body == DOCUMENT
    assert len(waits.slept) == 2


def test_giving_up_names_the_last_status(origin, transport, waits):
    origin.routes["/x"] = failing(503)
    with pytest.raises(HTTPStatusError, match="503 Service Unavailable") as caught:
        transport(retries=2).read(origin.url("/x"), limit=LIMIT)
    assert caught.value.status == 503
    assert (len(origin.seen), len(waits.slept)) == (3, 2)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 422, 501])
def test_refusal_is_final(origin, transport, status):
    origin.routes["/x"] = failing(status)
    with pytest.raises(FetchError):
        transport().read(origin.url("/x"), limit=LIMIT)
    assert len(origin.seen) == 1


@pytest.mark.parametrize("broken", ["/short", "/reset", "/cut", "/slow"])
def test_broken_body_is_fetched_again_from_the_start(origin, transport, tmp_path, broken):
    origin.routes["/x"] = in_turn(origin.routes[broken], origin.routes["/document"])
    limits = PaceLimits(rate=500, window=0.2)
    transport(pace=limits).download(origin.url("/x"), tmp_path / "x", limit=LIMIT)
    assert (tmp_path / "x").read_bytes() == DOCUMENT


def test_wrong_bytes_are_not_fetched_again(origin, transport, tmp_path):
    with pytest.raises(IntegrityError):
        transport().download(origin.url("/document"), tmp_path / "x", limit=LIMIT, size=3)
    assert len(origin.seen) == 1


def test_waits_grow_and_are_random(origin, transport, waits):
    origin.routes["/x"] = failing(500)
    for _ in range(8):
        with pytest.raises(HTTPStatusError):
            transport(retries=5, backoff=1.0, longest_wait=4.0).read(origin.url("/x"), limit=LIMIT)
    rounds = [waits.slept[start : start + 5] for start in range(0, 40, 5)]
    for nth, bound in enumerate((1.0, 2.0, 4.0, 4.0, 4.0)):
        column = [each[nth] for each in rounds]
        assert all(0 <= wait <= bound for wait in column)
        assert len(set(column)) > 1
    assert max(waits.slept) > 1.0


@pytest.mark.parametrize(
    ("value", "waited"),
    [
        ("7", 7),
        ("0", 0),
        ("86400", 60),
        (formatdate(1_800_000_009, usegmt=True), 9),
        (formatdate(1_700_000_000, usegmt=True), 0),
        (formatdate(1_900_000_000, usegmt=True), 60),
    ],
)
def test_server_says_when_to_come_back(origin, transport, waits, value, waited):
    origin.routes["/x"] = in_turn(failing(429, Retry_After=value), origin.routes["/document"])
    transport().read(origin.url("/x"), limit=LIMIT)
    assert waits.slept == [waited]


def test_nonsense_in_retry_after_is_no_reason_to_fail(origin, transport, waits):
    origin.routes["/x"] = in_turn(failing(503, Retry_After="soon ½"), origin.routes["/document"])
    transport().read(origin.url("/x"), limit=LIMIT)
    assert len(waits.slept) == 1


def test_no_wait_beyond_the_end_of_the_call(origin, transport, waits):
    origin.routes["/x"] = failing(503, Retry_After="50")
    with pytest.raises(HTTPStatusError):
        transport(pace=PaceLimits(total=10)).read(origin.url("/x"), limit=LIMIT)
    assert (waits.slept, len(origin.seen)) == ([], 1)


def test_nobody_there(transport, waits):
    port = free_port()
    with pytest.raises(FetchError, match=f"`http://127.0.0.1:{port}` cannot be reached: connection refused"):
        transport(retries=2).read(f"http://127.0.0.1:{port}/x", limit=LIMIT)
    assert len(waits.slept) == 2


def test_connection_that_the_server_closed_meanwhile_is_no_failure(origin, transport):
    def once(handler):
        handler.answer(200, DOCUMENT)
        handler.close_connection = True

    origin.routes["/x"] = once
    reader = transport()
    for _ in range(3):
        assert reader.read(origin.url("/x"), limit=LIMIT).body == DOCUMENT
