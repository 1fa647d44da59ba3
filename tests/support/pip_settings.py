"""Package indexes of plain files, and the places where pip finds its settings."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from support.environments import python_environment
from support.packages import packed, wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from support.hostile_server import Handler, HostileServer

PIPS = {"newest": ("--upgrade", "pip"), "oldest": ("pip==23.1.2",)}
PLACES = ("environment", "user", "global", "venv", "named")


@dataclass
class StaticIndex:
    """A package index (PEP 503) of an origin, which asks for a login where it has one.

    Attributes:
        origin: The server; its `seen` tells who asked.
        root: The path of the index.
        login: Name and password.
        headers: More headers for every page.
        is_for_pip: Whether it lets nobody in who does not call itself pip.
    """

    origin: HostileServer
    root: str = "/simple/"
    login: tuple[str, str] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    is_for_pip: bool = False
    _links: dict[str, list[str]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The address of the index, without the login."""
        return self.origin.url(self.root)

    def url_of(self, login: str) -> str:
        """Return the address with `NAME` or `NAME:PASSWORD` in it."""
        return self.url.replace("://", f"://{login}@")

    def add(self, distribution: str, version: str, text: str = "", attributes: str = "", *, hashed: bool = True) -> str:
        """Add a wheel with `text` in it, and return its sha256 in hex."""
        name, data = wheel(distribution.replace("-", "_"), version, {}, {"payload/main.tf": text})
        self.put(distribution, name, data, attributes, hashed=hashed)
        return hashlib.sha256(data).hexdigest()

    def put(self, distribution: str, name: str, data: bytes, attributes: str = "", *, hashed: bool = False) -> None:
        """Add a file of any name."""
        sha256 = f"#sha256={hashlib.sha256(data).hexdigest()}" if hashed else ""
        link = f'<a {attributes} href="../../files{self.root}{name}{sha256}">{name}</a>'
        self._links.setdefault(distribution, []).append(link)
        self._route(f"/files{self.root}{name}", lambda: data, "application/octet-stream")
        self._route(f"{self.root}{distribution}/", lambda: self._page(distribution), "text/html", **self.headers)

    def page(self, distribution: str, body: str) -> None:
        """Let the page of a distribution have this in its body, and nothing else."""
        data = f"<!DOCTYPE html><html><body>{body}</body></html>".encode()
        self._route(f"{self.root}{distribution}/", lambda: data, "text/html")

    def sends_on(self, distribution: str, location: str) -> None:
        """Let the page of a distribution be elsewhere."""
        self._route(f"{self.root}{distribution}/", bytes, "text/html", status=302, Location=location)

    def _page(self, distribution: str) -> bytes:
        return f"<!DOCTYPE html><html><body>{'<br>'.join(self._links[distribution])}</body></html>".encode()

    def _route(
        self, path: str, body: Callable[[], bytes], content_type: str, status: int = 200, **headers: str
    ) -> None:
        def route(handler: Handler) -> None:
            if self.is_for_pip and not handler.headers["User-Agent"].startswith("pip/"):
                handler.answer(403)
            elif self.login is not None and handler.headers["Authorization"] != basic(*self.login):
                handler.answer(401, b"", WWW_Authenticate='Basic realm="index"')
            else:
                handler.answer(status, body(), Content_Type=content_type, **headers)

        self.origin.routes[path] = route


def basic(name: str, password: str) -> str:
    """Return the Authorization header of a login."""
    return f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"


def pip_python(which: str, folder: Path) -> Path:
    """Return a Python of its own prefix, `folder`, with a pip of `PIPS`: nobody else reads its `pip.conf`."""
    programs = python_environment(f"pip-{which}", *PIPS[which])
    (packages,) = programs.parent.glob("lib/python*/site-packages")
    subprocess.run([sys.executable, "-I", "-m", "venv", "--without-pip", str(folder)], check=True)
    (own,) = folder.glob("lib/python*/site-packages")
    (own / "pip.pth").write_text(f"{packages}\n")
    return folder / "bin" / "python"


@dataclass
class Surroundings:
    """Where a pip of `python` finds its settings, below `folder`.

    Attributes:
        environment: Variables beside those of the process.
    """

    folder: Path
    python: Path
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def all(self) -> dict[str, str]:
        """The whole environment."""
        homes = {"HOME": str(self.folder / "home"), "XDG_CONFIG_DIRS": str(self.folder / "xdg"), "PIP_RETRIES": "0"}
        return {**os.environ, **homes, "PIP_CACHE_DIR": str(self.folder / "cache"), **self.environment}

    def configure(self, place: str, settings: Mapping[str, str], section: str = "global") -> None:
        """Write settings, named as pip's options, at one of `PLACES`."""
        if place == "environment":
            for name, text in settings.items():
                self.environment[f"PIP_{name.upper().replace('-', '_')}"] = text
            return
        path = {
            "user": self.folder / "home/.config/pip/pip.conf",
            "global": self.folder / "xdg/pip/pip.conf",
            "venv": self.python.parent.parent / "pip.conf",
            "named": self.folder / "named.conf",
        }[place]
        if place == "named":
            self.environment["PIP_CONFIG_FILE"] = str(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [f"{name} = {text}" for name, text in settings.items()]
        with path.open("a") as out:
            out.write("\n".join((f"[{section}]", *lines, "")))

    def netrc(self, machine: str, login: tuple[str, str]) -> None:
        """Write a netrc file."""
        path = self.folder / "home/.netrc"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"machine {machine} login {login[0]} password {login[1]}\n")
        path.chmod(0o600)

    def keyring(self, login: tuple[str, str]) -> Path:
        """Put a `keyring` program on PATH that knows one login for every place; return the file of what it was asked.

        It speaks as keyring 25 does: `get SERVICE NAME` prints a password, `--mode=creds --output=json get SERVICE`
        a name and a password.
        """
        program, asked = self.folder / "programs/keyring", self.folder / "keyring.asked"
        program.parent.mkdir(parents=True)
        program.write_text(f"""#!/bin/sh
echo "$*" >> '{asked}'
case "$1 $4" in
  "get ") [ "$3" = '{login[0]}' ] && echo '{login[1]}' ;;
  "--mode=creds "*) echo '{{"username": "{login[0]}", "password": "{login[1]}"}}' ;;
esac
""")
        program.chmod(0o755)
        self.environment["PATH"] = f"{program.parent}{os.pathsep}{os.environ['PATH']}"
        return asked


def sdist(distribution: str, version: str, canary: Path) -> tuple[str, bytes]:
    """Return a source distribution whose `setup.py` writes `canary` when it runs."""
    stem = f"{distribution.replace('-', '_')}-{version}"
    setup = f"from setuptools import setup\nsetup(name={distribution!r}, version={version!r})\n"
    code = f"open({str(canary)!r}, 'w').close()\n{setup}"
    metadata = f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n"
    return f"{stem}.tar.gz", packed({f"{stem}/setup.py": code, f"{stem}/PKG-INFO": metadata}, ".tar.gz")
