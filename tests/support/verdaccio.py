"""verdaccio, a real npm registry, on loopback: with a scope that only who is logged in may read."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from support.components import free_port, require, running
from support.environments import node_packages
from support.packages import packed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from support.components import Component

# verdaccio-audit asks for a dist-tag of node-fetch that not every mirror has, and verdaccio 6.9 for a newer Node.
_PACKAGES = json.dumps(
    {
        "private": True,
        "dependencies": {"verdaccio": "6.8.0"},
        "overrides": {"verdaccio-audit": {"node-fetch": "^2.7.0"}},
    }
)
_CONFIG = """
storage: ./storage
auth: {htpasswd: {file: ./htpasswd, max_users: 100, algorithm: bcrypt, rounds: 4}}
uplinks: {}
packages:
  '@private/*': {access: $authenticated, publish: $authenticated, unpublish: $authenticated}
  '**': {access: $all, publish: $authenticated, unpublish: $authenticated}
security: {api: {jwt: {sign: {expiresIn: 1d}}}}
web: {enable: false}
log: {type: stdout, format: json, level: http}
"""
_ASKED = re.compile(r"^(?:GET|HEAD) (\S+)")


@dataclass(frozen=True)
class Verdaccio:
    """A running registry.

    Attributes:
        port: Of 127.0.0.1.
        token: Of a user who may read and publish everything.
        folder: For the npm command's own files.
        server: The process.
        path: The PATH on which the npm command is found, whatever a test makes of its own.
    """

    port: int
    token: str
    folder: Path
    server: Component
    path: str

    @property
    def url(self) -> str:
        """The registry's address."""
        return f"http://127.0.0.1:{self.port}/"

    @property
    def dart(self) -> str:
        """What stands before `:_authToken` in `.npmrc`."""
        return f"//127.0.0.1:{self.port}/"

    def asked(self) -> list[str]:
        """Return the path of every request to read, in order, as verdaccio logged it."""
        lines = (json.loads(line) for line in self.server.printed().splitlines() if line.startswith("{"))
        return [line["request"]["url"] for line in lines if (line.get("request") or {}).get("method") == "GET"]

    def npm(self, *words: str, cwd: Path) -> str:
        """Run the npm command as the user of `token`; return what it printed."""
        settings = self.folder / "publisher.npmrc"
        settings.write_text(
            f"registry={self.url}\n{self.dart}:_authToken={self.token}\naudit=false\nfund=false\nupdate-notifier=false\n"
        )
        environment = {
            **{name: value for name, value in os.environ.items() if not name.lower().startswith("npm_config_")},
            "PATH": self.path,
            "npm_config_userconfig": str(settings),
            "npm_config_cache": str(self.folder / "cache"),
        }
        ended = subprocess.run(
            [shutil.which("npm", path=self.path) or require("npm"), *words],
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr.decode(errors="replace")[-3000:]
        return ended.stdout.decode()

    def publish(
        self,
        package: str,
        version: str,
        files: Mapping[str, str | bytes],
        tag: str = "latest",
        **dist: str,
    ) -> None:
        """Publish a package as the npm command does it, which is one request.

        Args:
            package: Its name, with its scope.
            version: Its version.
            files: What is in `package/` of the tarball, beside `package.json`.
            tag: The dist-tag that it gets.
            dist: Members of `dist` that say something else than the truth; an empty one is left out.
        """
        about = {"name": package, "version": version, "description": f"{package} for a test"}
        data = tarball(about, files)
        name = f"{package}-{version}.tgz"
        said = {
            "integrity": sri(data),
            "shasum": hashlib.sha1(data).hexdigest(),
            "tarball": f"{self.url}{package}/-/{name}",
        }
        said = {key: value for key, value in {**said, **dist}.items() if value}
        self.put(
            package.replace("/", "%2f"),
            {
                "_id": package,
                "name": package,
                "dist-tags": {tag: version},
                "versions": {version: {**about, "_id": f"{package}@{version}", "dist": said}},
                "_attachments": {
                    name: {
                        "content_type": "application/octet-stream",
                        "data": base64.b64encode(data).decode(),
                        "length": len(data),
                    }
                },
            },
        )

    def put(self, path: str, document: Any) -> Any:
        """Send a document as the user of `token`; return the answer."""
        return _send(f"{self.url}{path}", document, self.token)


def tarball(package_json: Mapping[str, Any], files: Mapping[str, str | bytes]) -> bytes:
    """Return an npm tarball."""
    held = {"package.json": json.dumps(package_json), **files}
    return packed({f"package/{path}": data for path, data in held.items()}, ".tgz")


def sri(data: bytes, algorithm: str = "sha512") -> str:
    """Return the Subresource Integrity text of bytes."""
    return f"{algorithm}-{base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}"


@contextmanager
def verdaccio(folder: Path) -> Iterator[Verdaccio]:
    """Run a registry while the context lasts, its files in `folder`, which is made."""
    program = node_packages("verdaccio", _PACKAGES) / "node_modules/verdaccio/bin/verdaccio"
    folder.mkdir()
    (folder / "config.yaml").write_text(_CONFIG)
    port = free_port()
    argv = [require("node"), str(program), "-c", str(folder / "config.yaml"), "-l", f"127.0.0.1:{port}"]
    with running(argv, lambda: _answers(port), folder) as server:
        user = {"name": "publisher", "password": "made-up-pw!", "type": "user", "roles": [], "email": "p@example.test"}
        answer = _send(f"http://127.0.0.1:{port}/-/user/org.couchdb.user:publisher", user)
        yield Verdaccio(port, answer["token"], folder, server, os.environ["PATH"])


def _answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ping", timeout=2):
            return True
    except OSError:
        return False


def _send(url: str, document: Any, token: str | None = None) -> Any:
    headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    request = urllib.request.Request(url, json.dumps(document).encode(), headers, method="PUT")
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)
