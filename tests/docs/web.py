"""A static host on loopback, with ETags, and with a bearer token where one is asked for."""

from __future__ import annotations

import hashlib
import threading
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def serving(folder: Path, token: str | None = None) -> Iterator[str]:
    """Serve the files of a folder, which may come into being later; yield the origin."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if token is not None and self.headers.get("Authorization") != f"Bearer {token}":
                self._answer(HTTPStatus.UNAUTHORIZED, {"WWW-Authenticate": "Bearer"})
                return
            path = folder / unquote(urlsplit(self.path).path).lstrip("/")
            if ".." in path.parts or not path.is_file():
                self._answer(HTTPStatus.NOT_FOUND, {})
                return
            body = path.read_bytes()
            etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
            if self.headers.get("If-None-Match") == etag:
                self._answer(HTTPStatus.NOT_MODIFIED, {"ETag": etag})
            else:
                self._answer(HTTPStatus.OK, {"ETag": etag}, body)

        def log_message(self, *_: object) -> None:
            pass

        def _answer(self, status: HTTPStatus, headers: dict[str, str], body: bytes = b"") -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
