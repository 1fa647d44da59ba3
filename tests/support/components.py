"""Real programs as servers: started on loopback in a temporary folder, waited for, ended by their own pid."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_SYSTEM_FOLDERS = "/usr/local/sbin:/usr/sbin:/sbin"  # where servers are, and a user's PATH often is not


@dataclass(frozen=True)
class Component:
    """A program that runs."""

    pid: int
    log: Path

    def printed(self) -> str:
        """Return what it wrote to its output so far."""
        return self.log.read_text(errors="replace")


def require(program: str) -> str:  # noqa: RET503  # `unavailable` never returns
    """Return the path of a program; without it skip the test on a developer's machine, fail it in CI."""
    found = shutil.which(program, path=os.pathsep.join((os.environ.get("PATH", ""), _SYSTEM_FOLDERS)))
    if found is not None:
        return found
    unavailable(f"needs the program `{program}`")


def unavailable(message: str) -> NoReturn:
    """Skip the test on a developer's machine, fail it in CI: what is not tested there is not tested."""
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


def free_port() -> int:
    """Return a port of 127.0.0.1 that nothing listens on at the moment."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def accepts(port: int) -> Callable[[], bool]:
    """Return a probe: whether something accepts connections at the port of 127.0.0.1."""

    def probe() -> bool:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return True
        except OSError:
            return False

    return probe


@contextmanager
def running(
    argv: Sequence[str],
    ready: Callable[[], bool],
    folder: Path,
    *,
    environment: Mapping[str, str] | None = None,
    patience: float = 30.0,
) -> Iterator[Component]:
    """Run a server while the context lasts.

    Args:
        argv: The program and its arguments; it must stay in the foreground.
        ready: Probe that tells whether it answers.
        folder: Its working and temporary folder.
        environment: Variables beside PATH, HOME and TMPDIR; nothing else is handed on.
        patience: Seconds until it must be ready.
    """
    log = folder / "output.log"
    variables = {"PATH": os.environ.get("PATH", ""), "HOME": str(folder), "TMPDIR": str(folder), **(environment or {})}
    with log.open("wb") as out:
        process = subprocess.Popen(
            argv,
            cwd=folder,
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    component = Component(process.pid, log)
    try:
        _wait(process, ready, component, patience)
        yield component
    finally:
        _end(process)


def _wait(process: subprocess.Popen[bytes], ready: Callable[[], bool], component: Component, patience: float) -> None:
    ends = time.monotonic() + patience
    while not ready():
        if process.poll() is not None or time.monotonic() > ends:
            pytest.fail(
                f"`{process.args!r}` did not become ready (exit {process.poll()}):\n{component.printed()[-3000:]}"
            )
        time.sleep(0.02)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the group that the process leads, which is its own and its children's alone."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, sign)
        with suppress(subprocess.TimeoutExpired):
            process.wait(8)
            return


@contextmanager
def nginx(
    folder: Path, root: Path, certificate: Path | None = None, extra: str = "", outside: str = ""
) -> Iterator[str]:
    """Serve the files of `root` by nginx and yield the URL, ending in `/`.

    Args:
        folder: For its configuration and temporary files; made.
        root: What is served.
        certificate: PEM file with key and chain, for TLS; None for plain http.
        extra: More lines for the `server` block.
        outside: More lines for the `http` block around it.
    """
    program = require("nginx")
    folder.mkdir()
    port = free_port()
    tls = f"ssl_certificate {certificate}; ssl_certificate_key {certificate};" if certificate else ""
    places = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in _NGINX_PLACES)
    (folder / "nginx.conf").write_text(f"""
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log; events {{}}
http {{
  access_log {folder}/access.log; {places}
  types {{ application/json json; application/gzip gz tgz; application/zip zip; }} {outside}
  server {{ listen 127.0.0.1:{port}{" ssl" if certificate else ""}; {tls} root {root}; {extra} }}
}}""")
    argv = [program, "-c", f"{folder}/nginx.conf", "-e", f"{folder}/error.log", "-p", str(folder)]
    with running(argv, accepts(port), folder):
        yield f"http{'s' if certificate else ''}://localhost:{port}/"


_NGINX_PLACES = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@dataclass(frozen=True)
class ForwardProxy:
    """A running proxy: its address, and the file in which it notes what it was asked."""

    port: int
    log: Path

    def asked(self) -> str:
        """Return its log."""
        return self.log.read_text()


@contextmanager
def tinyproxy(folder: Path, login: tuple[str, str] | None = None) -> Iterator[ForwardProxy]:
    """Run a forward proxy on loopback that asks for `login`, or for nothing."""
    program = require("tinyproxy")
    folder.mkdir()
    port, log = free_port(), folder / "tinyproxy.log"
    log.touch()
    auth = f"BasicAuth {login[0]} {login[1]}\n" if login else ""
    fixed = "Listen 127.0.0.1\nAllow 127.0.0.1\nTimeout 30\nMaxClients 50\nLogLevel Info\n"
    (folder / "tinyproxy.conf").write_text(f'Port {port}\nLogFile "{log}"\n{fixed}{auth}')
    with running([program, "-d", "-c", str(folder / "tinyproxy.conf")], accepts(port), folder):
        yield ForwardProxy(port, log)
