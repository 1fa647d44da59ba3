"""Real package indexes on loopback: pypiserver and devpi, public or private, and plain files for a web server."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import os
import subprocess
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from support.components import accepts, free_port, running, unavailable
from support.environments import python_environment
from support.packages import wheel

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LOGIN = ("joe", "s3cret")
_SUPPORT = Path(__file__).parent
_CHEAP = ("--argon2-memory-cost", "64", "--argon2-time-cost", "1", "--argon2-parallelism", "1")  # else 512 MiB


@dataclass(frozen=True)
class PackageIndex:
    """A running index.

    Attributes:
        simple: The URL of its Simple API, ending in `/`.
        uploads: Where twine uploads to.
        log: What it prints.
    """

    simple: str
    uploads: str
    log: Path

    def with_login(self, name: str, password: str | None = None) -> str:
        """Return its URL with a name, and a password."""
        return with_login(self.simple, name, password)

    def asked(self) -> str:
        """Return what it printed."""
        return self.log.read_text(errors="replace")

    def upload(self, folder: Path, *wheels: tuple[str, bytes]) -> None:
        """Upload wheels with twine, as `LOGIN`; `folder` is made and holds them."""
        folder.mkdir()
        for name, data in wheels:
            (folder / name).write_bytes(data)
        twine = python_environment("twine", "twine==7.0.0") / "twine"
        files = [str(folder / name) for name, _ in wheels]
        words = ["--repository-url", self.uploads, "-u", LOGIN[0], "-p", LOGIN[1], "--disable-progress-bar"]
        environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
        ended = subprocess.run(
            [str(twine), "upload", "--non-interactive", *words, *files],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr


def plugin_wheel(
    name: str,
    version: str = "0.1.0",
    *,
    manifest_name: str | None = None,
    main: str = 'output "id" {\n  value = 1\n}\n',
) -> tuple[str, bytes]:
    """Return file name and bytes of a plugin's wheel.

    Args:
        name: The plugin.
        version: In the spelling of PEP 440.
        manifest_name: The name in its manifest, where it is another one than that of the entry point.
        main: The text of `main.tf`.
    """
    module = "terra_" + name.replace("/", "_").replace("-", "_")
    files = {
        f"{module}/__init__.py": "",
        f"{module}/payload/main.tf": main,
        f"{module}-{version}.dist-info/terra-plugin.toml": f'[plugin]\nname = "{manifest_name or name}"\n',
    }
    return wheel(module, version, {name: module}, files)


def with_login(url: str, name: str, password: str | None = None) -> str:
    """Return a URL with a name, and a password."""
    return url.replace("://", f"://{name}@" if password is None else f"://{name}:{password}@")


def write_simple_tree(
    root: Path, wheels: Mapping[str, bytes], attributes: Mapping[str, str] | None = None, *, hashes: bool = True
) -> None:
    """Write a static index (PEP 503): `simple/<distribution>/index.html` and the wheels.

    Args:
        root: The folder that is served.
        wheels: By file name.
        attributes: More attributes of the link, by file name.
        hashes: Whether links have them.
    """
    (root / "files").mkdir(parents=True, exist_ok=True)
    links: dict[str, list[str]] = {}
    for name, data in wheels.items():
        (root / "files" / name).write_bytes(data)
        digest = f"#sha256={hashlib.sha256(data).hexdigest()}" if hashes else ""
        extra = (attributes or {}).get(name, "")
        link = f'<a href="../../files/{name}{digest}" {extra}>{html.escape(name)}</a><br>'
        links.setdefault(name.split("-", maxsplit=1)[0].replace("_", "-"), []).append(link)
    for distribution, lines in links.items():
        folder = root / "simple" / distribution
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "index.html").write_text("<!DOCTYPE html><html><body>" + "\n".join(lines) + "</body></html>")


@contextmanager
def pypiserver(folder: Path, *wheels: tuple[str, bytes], private: bool = False) -> Iterator[PackageIndex]:
    """Run pypiserver, which serves HTML without ETags; a private one lets `LOGIN` in.

    Args:
        folder: For its packages and log; made.
        wheels: File name and bytes of what it has.
        private: Whether it asks for a name and password.
    """
    programs = python_environment("pypiserver", "pypiserver==2.4.2", "passlib==1.7.4")
    packages, port = folder / "packages", free_port()
    packages.mkdir(parents=True)
    for name, data in wheels:
        (packages / name).write_bytes(data)
    access = ["-P", ".", "-a", "."]
    if private:
        make = (
            "import sys; from passlib.apache import HtpasswdFile as H; "
            "h = H(sys.argv[1], new=True, default_scheme='apr_md5_crypt'); h.set_password(*sys.argv[2:]); h.save()"
        )
        subprocess.run([str(programs / "python"), "-c", make, str(folder / "htpasswd"), *LOGIN], check=True)
        access = ["-P", str(folder / "htpasswd"), "-a", "update,download,list"]
    # Without `--disable-fallback` it sends whoever asks for what it does not have to a public index.
    argv = [str(programs / "pypi-server"), "run", "-i", "127.0.0.1", "-p", str(port), "--disable-fallback", "-v"]
    with running([*argv, *access, str(packages)], accepts(port), folder) as component:
        root = f"http://127.0.0.1:{port}/"
        yield PackageIndex(f"{root}simple/", root, component.log)


@contextmanager
def devpi(folder: Path, *, private: bool = False) -> Iterator[PackageIndex]:
    """Run devpi with the empty index `joe/terra`, which serves JSON and HTML; a private one lets `LOGIN` in."""
    programs = python_environment("devpi", "devpi-server==6.20.3")
    state, port = folder / "state", free_port()
    folder.mkdir(parents=True)
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
    made = subprocess.run(
        [str(programs / "devpi-init"), "--serverdir", str(state), "--no-root-pypi", "--root-passwd", "root"],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if made.returncode:
        unavailable(f"devpi-init failed: {made.stderr.decode(errors='replace')[-2000:]}")
    plugins = _devpi_plugin(folder / "plugins") if private else folder
    argv = [str(programs / "devpi-server"), "--serverdir", str(state), "--host", "127.0.0.1", "--port", str(port)]
    with running(
        [*argv, "--offline-mode", *_CHEAP],
        accepts(port),
        folder,
        environment={"PYTHONPATH": str(plugins)} if private else None,
        patience=60,
    ) as component:
        root = f"http://127.0.0.1:{port}"
        _set_up(root)
        yield PackageIndex(f"{root}/joe/terra/+simple/", f"{root}/joe/terra/", component.log)


def _devpi_plugin(folder: Path) -> Path:
    """Lay the plugin out as an installed distribution."""
    info = folder / "devpi_private-1.dist-info"
    info.mkdir(parents=True)
    (folder / "devpi_private.py").write_bytes((_SUPPORT / "devpi_private.py").read_bytes())
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: devpi-private\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[devpi_server]\nprivate = devpi_private\n")
    return folder


def _set_up(root: str) -> None:
    """Make the user and the index ("curl" in devpi's manual)."""
    name, password = LOGIN
    token = _call("POST", f"{root}/+login", {"user": "root", "password": "root"})["result"]["password"]
    _call("PUT", f"{root}/{name}", {"password": password}, f"root:{token}")
    token = _call("POST", f"{root}/+login", {"user": name, "password": password})["result"]["password"]
    settings = {"type": "stage", "bases": [], "volatile": True, "acl_upload": [name]}
    _call("PUT", f"{root}/{name}/terra", settings, f"{name}:{token}")


def _call(method: str, url: str, body: dict[str, object], login: str | None = None) -> dict[str, dict[str, str]]:
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if login is not None:
        headers["X-Devpi-Auth"] = base64.b64encode(login.encode()).decode()
        headers["Authorization"] = "Basic " + base64.b64encode(login.encode()).decode()
    request = urllib.request.Request(url, json.dumps(body).encode(), headers, method=method)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=30) as answer:
        found: dict[str, dict[str, str]] = json.load(answer)
        return found
