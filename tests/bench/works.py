"""What is compared with what: every work has a project and a home of its own."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import peers
import registries
import servers
from measure import Work, run
from registries import FILES, ITEMS, WHEELS

SCRIPTS = Path(sysconfig.get_path("scripts"))
ITEM = ITEMS[0]


@dataclass(frozen=True, slots=True)
class Works:
    """Makes works below `scratch`; peers are installed into `kept` when they are first asked for."""

    scratch: Path
    server: servers.Server
    made: registries.Registries
    kept: Path

    def version(self) -> Work:
        """`terra --version`."""
        return self._terra("terra --version", ("--version",))

    def add(self, count: int) -> Work:
        """`terra add`, cold: a new project and an empty home."""
        words = ("add", *ITEMS[:count], "--registry", f"{self.server.url}/registry.json")
        return self._terra(f"terra add x{count}", words, fresh=True, files=FILES * count)

    def again(self) -> Work:
        """`terra add` of what is locked and cached, in a project that this makes."""
        name = "terra add again"
        run(self._terra(name, self.add(1).argv[1:], files=FILES))
        return self._terra(name, ("add", ITEM), files=FILES)

    def giget(self) -> Work:
        """giget with the archive that terra fetches too."""
        return self._npm("giget", f"{self.server.url}/{ITEM}.tar.gz", f"plugins/{ITEM}")

    def jsrepo(self) -> Work:
        """jsrepo with a registry of its own."""
        return self._npm("jsrepo", "add", f"{self.server.url}/jsrepo/{ITEM}", "--yes", "--overwrite")

    def shadcn(self) -> Work:
        """shadcn with a registry of its own."""
        return self._npm("shadcn", "add", f"{self.server.url}/shadcn/{ITEM}.json", "--yes")

    def copier(self) -> Work:
        """`copier copy` of a folder, which needs no network at all."""
        words = ("copy", "--quiet", "--defaults", str(self.made.templates / ITEM), f"plugins/{ITEM}")
        return self._work("copier", (peers.copier(self.kept), *words), {}, fresh=True, files=FILES)

    def wheels(self) -> Work:
        """`terra add` of twenty wheels from a package index: a new project, an empty home, pip's cache empty too."""
        words = ("add", *WHEELS, "--registry", f"pypi:{self.server.url}/simple/")
        return self._terra("terra add x20, wheels", words, fresh=True, files=FILES * len(WHEELS))

    def pip_download(self) -> Work:
        """`pip download` of the same wheels by terra's own pip."""
        words = ("-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--quiet", "--dest", ".")
        index = ("--index-url", f"{self.server.url}/simple/", *(f"terra-{name}==0.1.0" for name in WHEELS))
        environment = {"PIP_CERT": str(self.server.authority)}
        return self._work("pip download x20", (sys.executable, *words, *index), environment, fresh=True)

    def uv(self) -> Work:
        """`uv pip install --target` of the same wheels: uv has no download, and what it installs is as many files."""
        words = (
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--no-config",
            "--target",
            "wheels",
            "--python",
            sys.executable,
        )
        index = ("--default-index", f"{self.server.url}/simple/", *(f"terra-{name}==0.1.0" for name in WHEELS))
        environment = {"SSL_CERT_FILE": str(self.server.authority)}
        return self._work("uv x20", (peers.uv(self.kept), *words, *index), environment, fresh=True)

    def npm(self) -> Work:
        """`terra add` of an npm package."""
        words = ("add", f"npm:@terra/{ITEM}@0.1.0")
        name = "terra add npm"
        environment = {"TERRA_HOME": str(self._home(name) / ".terra"), **self._npm_settings()}
        return self._work(name, (str(SCRIPTS / "terra"), *words), environment, fresh=True, files=FILES)

    def npm_pack(self) -> Work:
        """`npm pack` of the same package."""
        words = ("pack", "--silent", f"@terra/{ITEM}@0.1.0")
        return self._work("npm pack", (peers.npm_program(), *words), self._npm_settings(), fresh=True)

    def _npm_settings(self) -> dict[str, str]:
        authority = str(self.server.authority)
        return {
            "npm_config_registry": f"{self.server.url}/npm/",
            "npm_config_cafile": authority,
            "SSL_CERT_FILE": authority,
            "npm_config_update_notifier": "false",
        }

    def plain_python(self) -> Work:
        """The Python of terra's own environment, doing nothing."""
        return self.program("python", sys.executable, "-c", "pass")

    def program(self, name: str, *argv: str) -> Work:
        """A program that needs nothing."""
        return self._work(name, argv, {})

    def _terra(self, name: str, words: Sequence[str], *, fresh: bool = False, files: int | None = None) -> Work:
        environment = {"TERRA_HOME": str(self._home(name) / ".terra"), "SSL_CERT_FILE": str(self.server.authority)}
        return self._work(name, (str(SCRIPTS / "terra"), *words), environment, fresh=fresh, files=files)

    def _npm(self, name: str, *words: str) -> Work:
        cache = str(self._home(name) / ".cache")
        environment = {"NODE_EXTRA_CA_CERTS": str(self.server.authority), "XDG_CACHE_HOME": cache}
        return self._work(name, (peers.npm(name, self.kept), *words), environment, fresh=True, files=FILES)

    def _home(self, name: str) -> Path:
        return self.scratch / name.replace(" ", "-") / "home"

    def _work(
        self,
        name: str,
        argv: tuple[str, ...],
        environment: dict[str, str],
        *,
        fresh: bool = False,
        files: int | None = None,
    ) -> Work:
        home = self._home(name)
        return Work(name, argv, home.with_name("project"), home, environment, fresh, files)
