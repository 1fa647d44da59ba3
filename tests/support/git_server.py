"""Repositories made with git itself, and a server for them: `git http-backend` behind http on loopback.

https://git-scm.com/docs/git-http-backend
"""

from __future__ import annotations

import base64
import os
import subprocess
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

from support.components import require
from support.project import write_files

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

IDENTITY = {
    f"GIT_{role}_{key}": text
    for role in ("AUTHOR", "COMMITTER")
    for key, text in (("NAME", "terra"), ("EMAIL", "terra@example.test"), ("DATE", "2026-01-01T00:00:00Z"))
}


@dataclass(frozen=True)
class Repository:
    """A repository with a work tree, as an author has it."""

    folder: Path

    @classmethod
    def new(cls, folder: Path, *options: str) -> Repository:
        """Make an empty one with the branch `main`."""
        require("git")
        folder.mkdir(parents=True)
        made = cls(folder)
        made.git("init", "--quiet", "--initial-branch=main", *options)
        return made

    def git(self, *words: str, data: bytes | None = None) -> str:
        """Run git in it, without any configuration of the machine's; return what it printed."""
        environment = {name: text for name, text in os.environ.items() if not name.startswith("GIT_")}
        ended = subprocess.run(
            ["git", "-c", "core.autocrlf=false", *words],
            cwd=self.folder,
            env={**environment, **IDENTITY, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"},
            input=data,
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert ended.returncode == 0, f"git {' '.join(words)}: {ended.stderr.decode(errors='replace')}"
        return ended.stdout.decode().strip()

    def commit(self, files: dict[str, str | bytes], *tags: str) -> str:
        """Write files, commit everything, tag it; return the commit's hash."""
        write_files(self.folder, files)
        self.git("add", "--all", "--force")
        self.git("commit", "--quiet", "--allow-empty", "--message", "a change")
        for tag in tags:
            self.git("tag", tag)
        return self.head

    def commit_raw(self, entries: list[tuple[str, str, bytes]]) -> str:
        """Commit a tree as written, which `git add` would refuse; return the commit's hash.

        Args:
            entries: Mode, path of one part, and bytes; for mode 160000 the bytes are the hex of a commit, for
                mode 40000 that of a tree.
        """
        tree = b""
        for mode, path, data in entries:
            is_hash = mode in ("160000", "40000")
            digest = data.decode() if is_hash else self.git("hash-object", "-w", "--stdin", data=data)
            tree += f"{mode} {path}".encode() + b"\0" + bytes.fromhex(digest)
        written = self.git("hash-object", "-w", "-t", "tree", "--literally", "--stdin", data=tree)
        commit = self.git("commit-tree", "-m", "raw", written)
        self.git("update-ref", "refs/heads/main", commit)
        return commit

    @property
    def head(self) -> str:
        """The hash of what HEAD is."""
        return self.git("rev-parse", "HEAD")


@dataclass
class GitServer:
    """A running server of the repositories in a folder.

    Attributes:
        url: Ends in `/`; a repository is below it by the name of its folder.
        login: Name and password that it asks for; None for nobody's.
        asked: Method and path with query of every request.
        logins: The logins that came, in clear.
        protocol: Whether clients may speak the protocol's version 2, which gives out any commit by its hash.
        dumb: Whether it serves files alone, as a static host does.
        redirect: Where every request is sent on to; the path is added.
        environment: Further variables for `git http-backend`.
    """

    root: Path
    url: str = ""
    login: tuple[str, str] | None = None
    asked: list[str] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    protocol: bool = True
    dumb: bool = False
    redirect: str | None = None
    environment: dict[str, str] = field(default_factory=dict)

    def repository(self, name: str) -> Repository:
        """Make an empty repository that is served as `name`."""
        return Repository.new(self.root / name)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Say nothing: a client that breaks off is not what is tested."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_of: GitServer

    def log_message(self, *_):
        """Keep the tests quiet."""

    def do_GET(self):
        self._answer(b"")

    def do_POST(self):
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            body = b""
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer(body)

    def _answer(self, body: bytes) -> None:
        server = self.server_of
        server.asked.append(f"{self.command} {self.path}")
        if server.redirect:
            self._send(302, {"Location": server.redirect.rstrip("/") + self.path}, b"")
        elif not self._is_let_in():
            self._send(401, {"WWW-Authenticate": 'Basic realm="terra"'}, b"who are you?\n")
        elif server.dumb:
            self._send_file()
        else:
            self._run_backend(body)

    def _is_let_in(self) -> bool:
        header = self.headers.get("Authorization", "")
        given = base64.b64decode(header.removeprefix("Basic ")).decode() if header else ""
        if given:
            self.server_of.logins.append(given)
        return self.server_of.login is None or given == ":".join(self.server_of.login)

    def _send_file(self) -> None:
        path = self.server_of.root / self.path.partition("?")[0].lstrip("/")
        if path.is_file():
            self._send(200, {"Content-Type": "text/plain"}, path.read_bytes())
        else:
            self._send(404, {}, b"")

    def _run_backend(self, body: bytes) -> None:
        path, _, query = self.path.partition("?")
        name, _, rest = path.lstrip("/").partition("/")
        inner = f"/{name}/.git/{rest}" if (self.server_of.root / name / ".git").is_dir() else path
        variables = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.server_of.root),
            "GIT_PROJECT_ROOT": str(self.server_of.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": inner,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "REMOTE_ADDR": "127.0.0.1",
            **self.server_of.environment,
        }
        if self.server_of.protocol:
            variables["GIT_PROTOCOL"] = self.headers.get("Git-Protocol", "")
        ended = subprocess.run(
            ["git", "http-backend"], env=variables, input=body, capture_output=True, timeout=60, check=False
        )
        head, _, content = ended.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
        self._send(int(headers.pop("Status", "200").split()[0]), headers, content)

    def _send(self, status: int, headers: dict[str, str], content: bytes) -> None:
        self.send_response(status)
        for name, text in headers.items():
            self.send_header(name, text)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextmanager
def git_server(root: Path, context: ssl.SSLContext | None = None) -> Iterator[GitServer]:
    """Serve the repositories in a folder while the context lasts, over TLS where a context is given."""
    require("git")
    root.mkdir(parents=True, exist_ok=True)
    state = GitServer(root)
    handler: Callable[..., BaseHTTPRequestHandler] = type("Handler", (_Handler,), {"server_of": state})
    server = _Server(("127.0.0.1", 0), handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    host, scheme = ("localhost", "https") if context else ("127.0.0.1", "http")
    state.url = f"{scheme}://{host}:{server.server_address[1]}/"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
