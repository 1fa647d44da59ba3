"""Downloads that last are drawn on a terminal, one bar each, and leave nothing behind."""

from __future__ import annotations

import http.server
import io
import os
import threading
import time
import zipfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pexpect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.project import Terra

CHUNK = 50_000


def archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as made:
        made.writestr("main.tf", "# x\n")
        made.writestr("data.bin", os.urandom(20 * CHUNK))
    return out.getvalue()


@contextmanager
def slow_server() -> Iterator[str]:
    """Serve one archive in twenty pieces, over about two seconds."""
    data = archive()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            for start in range(0, len(data), CHUNK):
                self.wfile.write(data[start : start + CHUNK])
                time.sleep(0.1)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def seen(terra: Terra, *words: str) -> str:
    child = pexpect.spawn(
        str(terra.program), [*words], cwd=str(terra.cwd), env={**os.environ, "TERM": "xterm-256color"}, timeout=60
    )
    child.setwinsize(30, 120)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    return bytes(child.before).decode(errors="replace")


def test_one_bar_for_each_download(terra: Terra) -> None:
    with slow_server() as url:
        drawn = seen(terra, "add", f"{url}/one.zip", f"{url}/two.zip")
    bars, _, report = drawn.rpartition("B/s")
    assert all(f"{name} " in bars for name in ("one", "two"))
    assert "/1.0 MB" in bars
    assert "paste into a .tf file" in report, "the report comes after the bars"


def test_quiet_draws_nothing(terra: Terra) -> None:
    with slow_server() as url:
        assert "MB" not in seen(terra, "add", f"{url}/one.zip", "--quiet")


def test_a_pipe_gets_no_bars(terra: Terra) -> None:
    with slow_server() as url:
        ended = terra("add", f"{url}/one.zip")
    assert "MB" not in ended.out + ended.err
