"""Downloads that last are drawn on a terminal, one bar each, and leave nothing behind."""

from __future__ import annotations

import http.server
import io
import json
import os
import threading
import time
import zipfile
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pexpect
import pytest

from support.living import Living, changed

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
def serving(handler: type[http.server.BaseHTTPRequestHandler]) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


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

    with serving(Handler) as url:
        yield url


@contextmanager
def slow_registry(seconds: float) -> Iterator[str]:
    """Serve a registry that takes its time to answer."""
    plugin = {"name": "aws-s3", "source": "file:nowhere.zip", "description": "A bucket"}
    document = json.dumps({"terra-registry": 1, "name": "x", "plugins": [plugin]}).encode()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            time.sleep(seconds)
            self.send_response(200)
            self.send_header("Content-Length", str(len(document)))
            self.end_headers()
            self.wfile.write(document)

        def log_message(self, *_: object) -> None:
            pass

    with serving(Handler) as url:
        yield f"{url}/registry.json"


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


def test_what_is_waited_for_is_said_after_a_second(terra: Terra) -> None:
    with slow_registry(2.5) as url:
        drawn = seen(terra, "search", "bucket", "--registry", url)
    assert "asking 127.0.0.1" in drawn
    assert "1 s" in drawn
    assert "aws-s3" in drawn.rstrip().splitlines()[-1], "the result comes after, and whole"


def test_what_is_over_at_once_is_not_announced(terra: Terra) -> None:
    with slow_registry(0) as url:
        drawn = seen(terra, "search", "bucket", "--registry", url)
    assert "asking" not in drawn


def test_quiet_draws_nothing(terra: Terra) -> None:
    with slow_server() as url:
        assert "MB" not in seen(terra, "add", f"{url}/one.zip", "--quiet")


def test_a_pipe_gets_no_bars(terra: Terra) -> None:
    with slow_server() as url:
        ended = terra("add", f"{url}/one.zip")
    assert "MB" not in ended.out + ended.err


def test_nothing_is_drawn_over_a_question(terra: Terra) -> None:
    project = Living(terra, terra.cwd.parent).release("0.1.0").add()
    project.release("0.2.0", {"main.tf": changed(l3="# theirs")})
    project.write(main_tf=changed(l3="# mine"))
    child = pexpect.spawn(str(terra.program), ["update"], cwd=str(terra.cwd), env={**os.environ, "TERM": "xterm"})
    child.setwinsize(30, 120)
    child.expect(r"m/o/t")
    with pytest.raises(pexpect.TIMEOUT):
        child.expect("terra update", timeout=2)
    child.sendline("o")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
