"""A static host on loopback, with ETags, with a bearer token or a login where one is asked for."""

from __future__ import annotations

import base64
import hashlib
import threading
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_TYPES = {".html": "text/html; charset=utf-8", ".json": "application/json"}


@contextmanager
def serving(
    folder: Path, token: str | None = None, login: str | None = None, asked: Callable[[str], None] = lambda _: None
) -> Iterator[str]:
    """Serve the files of a folder, which may come into being later; yield the origin.

    The file of an address that ends in `/` is `index.html` there, as of any static host.

    Args:
        folder: What is served.
        token: A bearer token that is asked for.
        login: `NAME:PASSWORD` that is asked for.
        asked: Told of each path, relative to the folder, before it is answered.
    """
    wanted = f"Bearer {token}" if token else None
    if login:
        wanted = f"Basic {base64.b64encode(login.encode()).decode()}"

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if wanted is not None and self.headers.get("Authorization") != wanted:
                self._answer(HTTPStatus.UNAUTHORIZED, {"WWW-Authenticate": f'{wanted.partition(" ")[0]} realm="x"'})
                return
            address = unquote(urlsplit(self.path).path).lstrip("/")
            asked(address)
            path = folder / (f"{address}index.html" if address.endswith("/") else address)
            if path.is_dir():
                path /= "index.json"  # the document of an npm package stands where its tarballs do
            if ".." in path.parts or not path.is_file():
                self._answer(HTTPStatus.NOT_FOUND, {})
                return
            body = path.read_bytes()
            kind = _TYPES.get(path.suffix, "application/octet-stream")
            etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
            if self.headers.get("If-None-Match") == etag:
                self._answer(HTTPStatus.NOT_MODIFIED, {"ETag": etag})
            else:
                self._answer(HTTPStatus.OK, {"ETag": etag, "Content-Type": kind}, body)

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
