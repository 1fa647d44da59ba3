"""A static https server on loopback: nginx where it is installed, else Python's in a process of its own.

HTTP/1.1 with connections kept, TLS with a certificate of an authority made for the run. As a program:
`servers.py certificates FOLDER` makes both, `servers.py serve ROOT PEM PORT` serves.
"""

from __future__ import annotations

import http.server
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from measure import NotRunError

_SYSTEM_FOLDERS = "/usr/local/sbin:/usr/sbin:/sbin"  # where servers are, and a user's PATH often is not
_PATIENCE = 20.0  # seconds until a server must answer
_PLACES = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its address without a final `/`, the certificate to trust, and what it is."""

    url: str
    authority: Path
    program: str


@contextmanager
def serving(root: Path, folder: Path) -> Iterator[Server]:
    """Serve the files of `root` over https while the context lasts.

    Args:
        root: What is served.
        folder: For certificates, configuration and logs; made.

    Raises:
        NotRunError: No server came up.
    """
    folder.mkdir()
    _make_certificates(folder)
    port = _free_port()
    nginx = shutil.which("nginx", path=os.pathsep.join((os.environ.get("PATH", ""), _SYSTEM_FOLDERS)))
    if nginx is None:
        argv = [sys.executable, __file__, "serve", str(root), str(folder / "server.pem"), str(port)]
    else:
        argv = [nginx, "-c", _configure(root, folder, port), "-e", f"{folder}/error.log", "-p", str(folder)]
    with (folder / "output.log").open("wb") as out:
        process = subprocess.Popen(argv, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    try:
        _wait(process, port, folder / "output.log")
        yield Server(f"https://127.0.0.1:{port}", folder / "authority.pem", _described(nginx))
    finally:
        _end(process)


def _make_certificates(folder: Path) -> None:
    # In a process of its own: what the driver holds in memory counts as its children's until they exec.
    made = subprocess.run(
        [sys.executable, __file__, "certificates", str(folder)], capture_output=True, text=True, check=False
    )
    if made.returncode != 0:
        message = f"no certificates: {made.stderr.strip()[-300:]}"
        raise NotRunError(message)


def _configure(root: Path, folder: Path, port: int) -> str:
    places = " ".join(f"{kind}_temp_path {folder}/{kind};" for kind in _PLACES)
    pem = folder / "server.pem"
    path = folder / "nginx.conf"
    path.write_text(f"""
daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log; events {{}}
http {{
  access_log off; {places}
  types {{ text/html html; application/json json; application/gzip gz tgz; }}
  server {{
    listen 127.0.0.1:{port} ssl; ssl_certificate {pem}; ssl_certificate_key {pem}; root {root};
    keepalive_requests 10000;
    location ~ ^/v1/modules/bench/([a-z0-9-]+)/aws/[^/]+/download$ {{
      add_header X-Terraform-Get "/modules/$1.tar.gz?archive=tar.gz"; return 204;
    }}
  }}
}}""")
    return str(path)


def _described(nginx: str | None) -> str:
    if nginx is None:
        return "Python's http.server, threaded"
    shown = subprocess.run([nginx, "-v"], capture_output=True, text=True, check=False)
    return (shown.stderr or shown.stdout).strip().rpartition(" ")[2] or "nginx"


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    ends = time.monotonic() + _PATIENCE
    while time.monotonic() < ends and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    message = f"the server did not come up: {log.read_text(errors='replace')[-500:]}"
    raise NotRunError(message)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(8)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        self.request.do_handshake()  # here, in the connection's own thread
        super().setup()

    def do_GET(self) -> None:
        """Send a file, or where Terraform finds a module."""
        match = re.fullmatch(r"/v1/modules/bench/([a-z0-9-]+)/aws/[^/]+/download", self.path)
        if match is None:
            super().do_GET()
            return
        self.send_response(204)
        self.send_header("X-Terraform-Get", f"/modules/{match[1]}.tar.gz?archive=tar.gz")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _serve(root: str, pem: str, port: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), partial(_Quiet, directory=root))
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.serve_forever()


def _certificates(folder: str) -> None:
    import trustme

    authority = trustme.CA()
    authority.cert_pem.write_to_path(f"{folder}/authority.pem")
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(f"{folder}/server.pem")


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        _serve(*sys.argv[2:])
    else:
        _certificates(sys.argv[2])
