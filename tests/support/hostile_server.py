"""Servers that do to a client what it must survive; every request is noted, so that tests see what arrived where."""

from __future__ import annotations

import gzip
import socket
import struct
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

DOCUMENT = b'{"name": "aws-s3"}\n'
ETAG = '"v1"'


@dataclass(frozen=True)
class Seen:
    """One request that arrived."""

    path: str
    headers: dict[str, str]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        """Say nothing: that a client breaks off is what is tested."""


@dataclass
class HostileServer:
    """One origin on 127.0.0.1.

    Attributes:
        routes: What to do for a path, its query left out; tests add their own.
        seen: The requests so far.
        connections: How many connections were opened.
    """

    scheme: str = "http"
    host: str = "127.0.0.1"
    port: int = 0
    routes: dict[str, Callable[[Handler], None]] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    connections: int = 0

    def url(self, path: str = "/") -> str:
        """Return the URL of a path."""
        return f"{self.scheme}://{self.host}:{self.port}{path}"

    def redirect(self, path: str, location: str, status: int = 302) -> None:
        """Let a path redirect."""
        self.routes[path] = lambda handler: handler.answer(status, Location=location)

    def headers(self, path: str) -> list[dict[str, str]]:
        """Return the headers of every request for a path, names in lower case."""
        return [seen.headers for seen in self.seen if seen.path.partition("?")[0] == path]


class Handler(BaseHTTPRequestHandler):
    """Answers GET by the routes of its server's `HostileServer`."""

    protocol_version = "HTTP/1.1"
    origin: HostileServer

    def setup(self):
        super().setup()
        self.origin.connections += 1

    def log_message(self, *_):
        """Keep the tests quiet."""

    def do_GET(self):  # the standard library's name
        self.origin.seen.append(Seen(self.path, {name.lower(): value for name, value in self.headers.items()}))
        route = self.origin.routes.get(self.path.partition("?")[0])
        with suppress(OSError):  # the client may break off at any time
            if route is None:
                self.answer(404, b"nothing here")
            else:
                route(self)

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Send a whole answer; `_` in a name of a header is `-`."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if status not in (204, 304):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def head(self, status: int = 200, **headers: str) -> None:
        """Send the head alone, and close the connection after the body that follows."""
        self.close_connection = True
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()


def in_turn(*answers: Callable[[Handler], None]) -> Callable[[Handler], None]:
    """Return a route that gives each answer once, then the last one for ever."""
    left = list(answers)

    def route(handler: Handler) -> None:
        (left.pop(0) if len(left) > 1 else left[0])(handler)

    return route


def _document(handler: Handler) -> None:
    if handler.headers["If-None-Match"] == ETAG:
        handler.answer(304, ETag=ETAG)
    else:
        handler.answer(200, DOCUMENT, ETag=ETAG)


def _short(handler: Handler) -> None:
    handler.head(Content_Length="1000")
    handler.wfile.write(b"x" * 10)


def _long(handler: Handler) -> None:
    handler.head(Content_Length="10")
    handler.wfile.write(b"x" * 1000)


def _both(handler: Handler) -> None:
    handler.head(Content_Length="5", Transfer_Encoding="chunked")
    handler.wfile.write(b"a\r\n0123456789\r\n0\r\n\r\n")


def _infinite(handler: Handler) -> None:
    handler.head(Transfer_Encoding="chunked")
    for _ in range(4000):
        handler.wfile.write(b"10000\r\n" + bytes(65536) + b"\r\n")


def _undelimited(handler: Handler) -> None:
    handler.head()
    handler.wfile.write(b"x" * 1000)


def _slow_body(handler: Handler) -> None:
    handler.head(Content_Length="1000")
    _drip(handler, b"x" * 1000)


def _slow_head(handler: Handler) -> None:
    handler.close_connection = True
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    _drip(handler, b"X-Slow: " + b"x" * 1000)


def _drip(handler: Handler, data: bytes) -> None:
    for byte in data:
        handler.wfile.write(bytes((byte,)))
        handler.wfile.flush()
        time.sleep(0.05)


def _silent(handler: Handler) -> None:
    handler.close_connection = True
    time.sleep(5)


def _reset(handler: Handler) -> None:
    handler.close_connection = True


def _cut(handler: Handler) -> None:
    """Send half of the body, then reset the connection."""
    handler.head(Content_Length="200000")
    handler.wfile.write(b"x" * 100_000)
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


def _garbage(handler: Handler) -> None:
    handler.close_connection = True
    handler.wfile.write(b"SSH-2.0-OpenSSH_9.2\r\n")


def _bomb(handler: Handler) -> None:
    handler.answer(200, gzip.compress(bytes(20 << 20), 9), Content_Encoding="gzip")


def _bomb_chain(handler: Handler) -> None:
    body = b"x"
    for _ in range(50):
        body = gzip.compress(body, 1)
    handler.answer(200, body, Content_Encoding=", ".join(["gzip"] * 50))


def _big_header(handler: Handler) -> None:
    handler.answer(200, X_A="a" * 200_000)


def _many_headers(handler: Handler) -> None:
    handler.answer(200, **{f"X_{number}": "a" for number in range(200)})


_ROUTES: dict[str, Callable[[Handler], None]] = {
    "/document": _document,
    "/short": _short,
    "/long": _long,
    "/both": _both,
    "/infinite": _infinite,
    "/undelimited": _undelimited,
    "/slow": _slow_body,
    "/slow-head": _slow_head,
    "/silent": _silent,
    "/reset": _reset,
    "/cut": _cut,
    "/garbage": _garbage,
    "/bomb-gzip": _bomb,
    "/bomb-chain": _bomb_chain,
    "/big-header": _big_header,
    "/many-headers": _many_headers,
    "/unauthorized": lambda handler: handler.answer(401, b"who are you", WWW_Authenticate="Bearer"),
    "/forbidden": lambda handler: handler.answer(403, b"not you"),
    "/gone": lambda handler: handler.answer(410),
    "/teapot": lambda handler: handler.answer(418),
}


@contextmanager
def hostile_server(context: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> Iterator[HostileServer]:
    """Run an origin while the context lasts, over TLS where `context` is given.

    Args:
        context: A server's TLS context.
        host: What the origin calls itself in `url`; it always listens on 127.0.0.1.
    """
    origin = HostileServer("https" if context else "http", host, routes=dict(_ROUTES))
    for path, location in (
        ("/to-file", "file:///etc/hostname"),
        ("/to-ftp", "ftp://127.0.0.1:1/x"),
        ("/loop", "/loop"),
    ):
        origin.redirect(path, location)
    server = _Server(("127.0.0.1", 0), type("Bound", (Handler,), {"origin": origin}))
    origin.port = server.server_port
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield origin
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
