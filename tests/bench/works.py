"""What is compared with what: every work has a project and a home of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import peers
import registries
import servers
from measure import NotRunError, Work, run
from registries import FILES, ITEMS, MODULES, WHEELS, updates

SCRIPTS = Path(sysconfig.get_path("scripts"))
ITEM = ITEMS[0]
GIT = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    **{f"GIT_{who}_{what}": "bench@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
}


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

    def sync(self) -> Work:
        """`terra sync` of 200 plugins, cold: a project with its two documents, and an empty home."""
        name = f"terra sync x{len(MODULES)}"
        start = self._start(name)
        if not (start / "project").is_dir():
            made = self._terra(
                f"{name} made", ("add", *MODULES, "--registry", f"{self.server.url}/modules/registry.json")
            )
            run(made)
            (start / "project").mkdir(parents=True)
            for document in ("terra.toml", "terra.lock"):
                shutil.copy(made.folder / document, start / "project")
        return replace(self._terra(name, ("sync",), fresh=True, files=len(MODULES)), start=start)

    def sync_again(self) -> Work:
        """`terra sync` of the same 200, with everything in place."""
        name = f"terra sync x{len(MODULES)} again"
        work = self._terra(name, ("sync",), files=len(MODULES))
        if not work.folder.is_dir():
            run(replace(work, start=self.sync().start))
        return work

    def terraform(self) -> Work:
        """`terraform init` of the same 200 modules from the same server, by the module registry protocol."""
        found = shutil.which("terraform")
        if found is None:
            message = "terraform is not installed"
            raise NotRunError(message)
        name = "terraform init"
        start = self._start(name)
        (start / "project").mkdir(parents=True, exist_ok=True)
        address = "bench.example/bench/{name}/aws"
        lines = ('module "{name}" {{', f'  source  = "{address}"', '  version = "1.0.0"', '  bucket  = "b"', "}}\n")
        blocks = ("\n".join(lines).format(name=each) for each in MODULES)
        (start / "project" / "main.tf").write_text("\n".join(blocks))
        settings = start / "terraform.rc"
        service = f'services = {{ "modules.v1" = "{self.server.url}/v1/modules/" }}'
        settings.write_text(f'host "bench.example" {{\n  {service}\n}}\ndisable_checkpoint = true\n')
        environment = {
            "TF_CLI_CONFIG_FILE": str(settings),
            "CHECKPOINT_DISABLE": "1",
            "SSL_CERT_FILE": str(self.server.authority),
        }
        words = (found, "init", "-input=false", "-no-color")
        return replace(self._work(name, words, environment, fresh=True, files=len(MODULES) + 1), start=start)

    def update(self) -> Work:
        """`terra update` of one plugin with a local edit; the release that it was added from is in the cache."""
        name, start = "terra update", self._start("terra update")
        if not start.is_dir():
            words = ("add", f"{ITEM}@0.1.0", "--registry", f"{self.server.url}/moving/registry.json")
            made = self._terra(f"{name} made", words, files=FILES)
            run(made)
            document = made.folder / "terra.toml"
            document.write_text(document.read_text().replace('"0.1.0"', '">=0.1,<1"'))
            _edit(made.folder / "plugins" / ITEM / "main.tf")
            shutil.copytree(made.folder, start / "project")
            shutil.copytree(made.home, start / "home")
        return replace(self._terra(name, ("update",), fresh=True, files=FILES), start=start)

    def copier_update(self) -> Work:
        """`copier update` of the same files with the same edit, from a repository with two tags."""
        name, start = "copier update", self._start("copier update")
        program = peers.copier(self.kept)
        if not start.is_dir():
            _copier_project(program, start, updates(ITEM))
        work = self._work(name, (program, "update", "--quiet", "--defaults"), GIT, fresh=True, files=FILES)
        return replace(work, start=start)

    def search(self, place: str) -> Work:
        """`terra search` of one word in a registry of thousands of plugins, whose index is cached.

        Args:
            place: Where the registry is: `tree/` or `large/registry.json`.
        """
        work = self._terra(f"terra search {place.partition('/')[0]}", ("search", "bucket"))
        work.folder.mkdir(parents=True, exist_ok=True)
        table = f'[project]\nname = "search"\n\n[registries.large]\nurl = "{self.server.url}/{place}"\n'
        (work.folder / "terra.toml").write_text(table)
        return work

    def help(self) -> Work:
        """`terra --help`."""
        return self._terra("terra --help", ("--help",))

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

    def _start(self, name: str) -> Path:
        return self.scratch / name.replace(" ", "-") / "start"

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


def _edit(path: Path) -> None:
    path.write_text(path.read_text() + "# an edit of the user's\n")


def _copier_project(program: str, start: Path, releases: Mapping[str, Mapping[str, str]]) -> None:
    """Make a template with two releases, and a project of the first with an edit, as copier wants both: in git."""
    template, project = start / "template", start / "project"
    template.mkdir(parents=True)
    project.mkdir()

    def do(*argv: str, folder: Path) -> None:
        done = subprocess.run(argv, cwd=folder, env={**os.environ, **GIT}, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            message = f"`{' '.join(argv)}`: exit {done.returncode}: {done.stderr.strip()[-500:]}"
            raise NotRunError(message)

    do("git", "init", "-q", folder=template)
    (template / "{{ _copier_conf.answers_file }}.jinja").write_text("{{ _copier_answers|to_nice_yaml }}")
    for version, files in releases.items():
        for path, body in files.items():
            (template / path).write_text(body)
        do("git", "add", ".", folder=template)
        do("git", "commit", "-q", "-m", version, folder=template)
        do("git", "tag", f"v{version}", folder=template)
    first = next(iter(releases))
    do(program, "copy", "--quiet", "--defaults", f"--vcs-ref=v{first}", str(template), ".", folder=project)
    do("git", "init", "-q", folder=project)
    _edit(project / "main.tf")
    do("git", "add", ".", folder=project)
    do("git", "commit", "-q", "-m", "an edit", folder=project)
