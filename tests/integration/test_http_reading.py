"""Documents and downloads from a server that behaves, and what is left when it does not."""

from __future__ import annotations

import hashlib
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.hostile_server import DOCUMENT, ETAG, Handler
from terra.errors import AuthenticationError, FetchError, HTTPStatusError, IntegrityError, OfflineError, UsageError
from terra.system.offline import OfflineTransport
from terra.system.pace import PaceLimits

LIMIT = 1 << 20


def test_document(origin, transport):
    response = transport().read(origin.url("/document"), limit=LIMIT)
    assert (response.status, response.body, response.etag) == (200, DOCUMENT, ETAG)
    assert (response.sha256, response.size) == (hashlib.sha256(DOCUMENT).hexdigest(), len(DOCUMENT))
    assert response.url == origin.url("/document")


def test_request_says_who_asks_and_wants_no_encoding(origin, transport):
    transport().read(origin.url("/document?x=1"), limit=LIMIT)
    [seen] = origin.seen
    assert seen.path == "/document?x=1"
    assert seen.headers["host"] == f"127.0.0.1:{origin.port}"
    assert seen.headers["user-agent"] == "terra/test"
    assert seen.headers["accept-encoding"] == "identity"
    assert not {"authorization", "cookie", "if-none-match"} & set(seen.headers)


def test_validator_that_holds_saves_the_body(origin, transport):
    response = transport().read(origin.url("/document"), limit=LIMIT, etag=ETAG)
    assert (response.status, response.body, response.etag) == (304, b"", ETAG)
    assert transport().read(origin.url("/document"), limit=LIMIT, etag='"v0"').body == DOCUMENT


def test_not_modified_without_a_validator_is_no_answer(origin, transport):
    origin.routes["/x"] = lambda handler: handler.answer(304)
    with pytest.raises(HTTPStatusError, match="304"):
        transport().read(origin.url("/x"), limit=LIMIT)


def test_connection_is_used_again_also_after_errors_redirects_and_304(origin, transport):
    origin.redirect("/moved", "/document")
    reader = transport()
    for path in ("/document", "/moved", "/document"):
        reader.read(origin.url(path), limit=LIMIT, etag=ETAG)
    with pytest.raises(HTTPStatusError):
        reader.read(origin.url("/missing"), limit=LIMIT)
    reader.read(origin.url("/document"), limit=LIMIT)
    assert (len(origin.seen), origin.connections) == (6, 1)


def test_download(origin, transport, tmp_path):
    data = os.urandom(300_000)
    origin.routes["/x.zip"] = lambda handler: handler.answer(200, data)
    told = []
    response = transport().download(
        origin.url("/x.zip"), tmp_path / "x", limit=LIMIT, size=len(data), progress=lambda *state: told.append(state)
    )
    assert (tmp_path / "x").read_bytes() == data
    assert (response.sha256, response.size, response.body) == (hashlib.sha256(data).hexdigest(), len(data), b"")
    assert told[-1] == (300_000, 300_000)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert len(told) == 5


def test_download_of_nothing(origin, transport, tmp_path):
    origin.routes["/empty"] = lambda handler: handler.answer(200)
    assert transport().download(origin.url("/empty"), tmp_path / "x", limit=LIMIT, size=0).size == 0
    assert (tmp_path / "x").read_bytes() == b""


def test_download_chunked(origin, transport, tmp_path):
    def chunked(handler: Handler) -> None:
        handler.head(Transfer_Encoding="chunked")
        handler.wfile.write(b"3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n")

    origin.routes["/x"] = chunked
    transport().download(origin.url("/x"), tmp_path / "x", limit=LIMIT, size=6)
    assert (tmp_path / "x").read_bytes() == b"abcdef"


def test_download_not_modified_makes_no_file(origin, transport, tmp_path):
    response = transport().download(origin.url("/document"), tmp_path / "x", limit=LIMIT, etag=ETAG)
    assert response.status == 304
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("make", ["write_text", "link"])
def test_download_never_writes_over_or_through_anything(origin, transport, tmp_path, make):
    target = tmp_path / "x"
    if make == "link":
        target.symlink_to(tmp_path / "elsewhere")
    else:
        target.write_text("mine")
    with pytest.raises(FileExistsError):
        transport().download(origin.url("/document"), target, limit=LIMIT)
    assert make == "link" or target.read_text() == "mine"
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    ("path", "size", "error"),
    [
        ("/short", None, FetchError),
        ("/short", 1000, FetchError),
        ("/undelimited", 2000, FetchError),
        ("/undelimited", 999, IntegrityError),
        ("/long", 1000, IntegrityError),
        ("/both", None, FetchError),
        ("/infinite", None, IntegrityError),
        ("/infinite", 100_000, IntegrityError),
        ("/document", 5, IntegrityError),
        ("/document", 500, IntegrityError),
        ("/bomb-gzip", None, FetchError),
        ("/bomb-chain", None, FetchError),
        ("/big-header", None, FetchError),
        ("/many-headers", None, FetchError),
        ("/garbage", None, FetchError),
        ("/reset", None, FetchError),
        ("/cut", 200_000, FetchError),
        ("/missing", None, HTTPStatusError),
        ("/unauthorized", None, AuthenticationError),
    ],
)
def test_nothing_is_left_of_a_download_that_failed(*, origin, transport, tmp_path, path, size, error):
    with pytest.raises(error) as caught:
        transport().download(origin.url(path), tmp_path / "x", limit=LIMIT, size=size)
    assert type(caught.value) is error
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["/short", "/both", "/infinite", "/bomb-gzip", "/big-header", "/garbage", "/reset"])
def test_document_that_cannot_be_read(origin, transport, path):
    with pytest.raises((FetchError, IntegrityError)):
        transport().read(origin.url(path), limit=LIMIT)


def test_server_is_heard_no_longer_than_needed(origin, transport, tmp_path):
    written = []

    def endless(handler: Handler) -> None:
        handler.head(Content_Length=str(1 << 40))
        while True:
            handler.wfile.write(bytes(1 << 16))
            written.append(1)

    def endless_chunks(handler: Handler) -> None:
        handler.head(Transfer_Encoding="chunked")
        while True:
            handler.wfile.write(b"10000\r\n" + bytes(1 << 16) + b"\r\n")
            written.append(1)

    for route in (endless, endless_chunks):
        origin.routes["/x"] = route
        with pytest.raises(IntegrityError, match="larger than expected: expected at most 1000 bytes"):
            transport().download(origin.url("/x"), tmp_path / "x", limit=1000)
    assert len(written) < 400  # what fits the buffers of two sockets


def test_announced_size_is_enough_to_refuse(origin, transport, tmp_path):
    def announce(handler: Handler) -> None:
        handler.head(Content_Length="2000")

    origin.routes["/x"] = announce
    with pytest.raises(IntegrityError, match="expected at most 1000 bytes, got 2000 bytes"):
        transport().download(origin.url("/x"), tmp_path / "x", limit=1000)


@pytest.mark.parametrize("length", ["+19", "-1", "19, 20", "0x13", "nineteen"])
def test_length_that_is_none(origin, transport, length):
    def pretend(handler: Handler) -> None:
        handler.head(Content_Length=length)
        handler.wfile.write(DOCUMENT)

    origin.routes["/x"] = pretend
    with pytest.raises(FetchError):
        transport(retries=0).read(origin.url("/x"), limit=LIMIT)


def test_length_said_twice(origin, transport):
    def stutter(handler: Handler) -> None:
        handler.head(Content_Length=str(len(DOCUMENT)), content_length=str(len(DOCUMENT)))
        handler.wfile.write(DOCUMENT)

    origin.routes["/x"] = stutter
    assert transport().read(origin.url("/x"), limit=LIMIT).body == DOCUMENT


def test_interrupt_leaves_nothing_and_passes(origin, transport, tmp_path):
    def interrupt(_done, _total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        transport().download(origin.url("/document"), tmp_path / "x", limit=LIMIT, progress=interrupt)
    assert list(tmp_path.iterdir()) == []


def test_failure_of_the_disk_is_not_one_of_the_network(origin, transport, tmp_path):
    with pytest.raises(FileNotFoundError):
        transport().download(origin.url("/document"), tmp_path / "no" / "x", limit=LIMIT)
    assert len(origin.seen) == 1


@pytest.mark.parametrize("path", ["/slow", "/slow-head"])
def test_drip_is_given_up(origin, transport, tmp_path, path):
    limits = PaceLimits(silence=2, total=30, rate=500, window=0.3)
    with pytest.raises(FetchError, match="fewer than 500 bytes per second"):
        transport(pace=limits, retries=0).download(origin.url(path), tmp_path / "x", limit=LIMIT)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["/slow", "/slow-head", "/silent"])
def test_total_is_an_end(origin, transport, path):
    limits = PaceLimits(silence=20, total=0.4, rate=0, window=20)
    with pytest.raises(FetchError, match=r"did not finish within 0.4 s"):
        transport(pace=limits).read(origin.url(path), limit=LIMIT)


def test_silence_is_an_end(origin, transport):
    with pytest.raises(FetchError, match=r"sent nothing for 0.2 s"):
        transport(pace=PaceLimits(silence=0.2), retries=0).read(origin.url("/silent"), limit=LIMIT)


def test_threads_share_a_transport(origin, transport, tmp_path):
    files = {f"/{number}": os.urandom(200_000 + number) for number in range(24)}
    for path, data in files.items():
        origin.routes[path] = lambda handler, data=data: handler.answer(200, data)
    reader = transport()
    together = threading.Barrier(6, timeout=30)

    def fetch(path):
        if int(path[1:]) < 6:
            together.wait()
        return reader.download(origin.url(path), tmp_path / path[1:], limit=LIMIT).sha256

    with ThreadPoolExecutor(6) as pool:
        digests = dict(zip(files, pool.map(fetch, files), strict=True))
    assert digests == {path: hashlib.sha256(data).hexdigest() for path, data in files.items()}
    assert all((tmp_path / path[1:]).read_bytes() == data for path, data in files.items())
    assert origin.connections <= 6


def test_not_found_says_which_status(origin, transport):
    for path, status in (("/missing", 404), ("/gone", 410), ("/teapot", 418)):
        with pytest.raises(HTTPStatusError, match=str(status)) as caught:
            transport().read(origin.url(path), limit=LIMIT)
        assert caught.value.status == status
    assert len(origin.seen) == 3


@pytest.mark.parametrize("url", ["http://example.com/x", "http://10.0.0.1/x", "http://localhost.example/x"])
def test_plain_http_is_for_this_machine(transport, url):
    with pytest.raises(UsageError, match="plain http") as caught:
        transport().read(url, limit=LIMIT)
    assert "allow-http" in caught.value.hint


def test_offline():
    with pytest.raises(OfflineError, match="offline") as caught:
        OfflineTransport().read("https://name:pass@terra.example/x?token=secret", limit=1)
    assert "secret" not in str(caught.value)
    assert "pass" not in str(caught.value)
    assert caught.value.hint
