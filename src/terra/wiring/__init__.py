"""The composition root: the only place where adapters are constructed, each when it is first asked for."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Self

from terra import __version__
from terra.errors import SystemFailureError, UsageError
from terra.project import settings
from terra.system import locks
from terra.wiring.once import made_once

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from terra.index.documents import Documents
    from terra.index.templates import CachedTags
    from terra.model.git import Remote
    from terra.model.project import Settings
    from terra.plugins.discovery import EntryPoint
    from terra.plugins.host import PluginHost
    from terra.ports import Index, Reporter, Runner, Transport
    from terra.spec import RegistryOrder
    from terra.store.disk import DiskStore
    from terra.wiring.below import WiredBelow

# What answers for a scheme or a kind; each is imported when that is first asked for.
BUILT_IN = {
    "workspace:": "terra.sources.workspace",
    "file:": "terra.sources.file",
    "https:": "terra.sources.https",
    "http:": "terra.sources.https",
    "npm:": "terra.sources.npm",
    "pypi:": "terra.sources.pypi",
    "git:": "terra.sources.git",
    "installed:": "terra.sources.installed",
    "pypi": "terra.index.pypi",
    "npm": "terra.index.npm",
    "terraform": "terra.index.terraform",
}
MACHINE_SETTINGS = Path("/etc/terra/config.toml")


class Wired:
    """Implements `commands.toolbox.Toolbox` with the real adapters.

    Args:
        reporter: The person at the terminal.
        environment: The environment of the process.
        workdir: The folder in which the user stands, or that `--project` names.
        offline: Whether the network is forbidden.

    Attributes:
        making: Held while something is made, or asked, that several threads or projects of a run share.
    """

    def __init__(
        self, reporter: Reporter, environment: Mapping[str, str], workdir: Path, *, offline: bool = False
    ) -> None:
        self.reporter = reporter
        self.environment = environment
        self.workdir = workdir
        self.offline = offline
        self._indexes: dict[str, Index] = {}
        self._held = ExitStack()
        self.making = RLock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    @made_once
    def home(self) -> Path:
        """The terra home: `TERRA_HOME`, else `~/.terra`."""
        text = self.environment.get("TERRA_HOME") or os.path.join(os.path.expanduser("~"), ".terra")
        if text.startswith("~/.terra") and not os.path.isabs(os.path.expanduser(text)):
            message = "there is no home folder for this user"
            raise SystemFailureError(message, hint="set TERRA_HOME to a folder that terra may write")
        return Path(os.path.abspath(os.path.expanduser(text)))

    @made_once
    def project_folder(self) -> Path:
        """The nearest folder with a `terra.toml`, else the one in which the user stands."""
        from terra.project.discovery import find_project

        return find_project(self.workdir) or self.workdir

    @made_once
    def user(self) -> Settings:
        """The user's `config.toml`."""
        return settings.load(self.home / "config.toml")

    @made_once
    def machine(self) -> Settings:
        """The machine's `config.toml`."""
        return settings.load(MACHINE_SETTINGS)

    @made_once
    def store(self) -> DiskStore:
        """The cache, shared with other commands until `release_cache` or the end of the run."""
        from terra.store.disk import DiskStore

        store = DiskStore(self.home, self.reporter.detail)
        store.prepare()
        waiting = "waiting for another terra that prunes the cache"
        lock = locks.locked(
            self.home / "tmp", self.home / "cache.lock", lambda: self.reporter.note(waiting), shared=True
        )
        self._held.enter_context(lock)
        self._held.callback(store.close)
        return store

    def finish(self) -> None:
        """Ignore interrupts until the command returns, in a moment: what was asked for is done."""
        import signal
        import threading

        if threading.current_thread() is threading.main_thread():
            for number in ("SIGINT", "SIGTERM", "SIGHUP"):
                if hasattr(signal, number):
                    signal.signal(getattr(signal, number), signal.SIG_IGN)

    def release_cache(self) -> None:
        """Give up the share in the cache."""
        self._held.close()

    @made_once
    def entry_points(self) -> tuple[EntryPoint, ...]:
        """What is installed beside terra and says that it is for terra; nothing of it is imported."""
        import sys

        from terra.plugins.discovery import entry_points, own_folders
        from terra.system.upwards import repository_of

        repository = repository_of(self.project_folder) or self.project_folder
        return entry_points(own_folders(sys.path, self.environment, repository))

    @made_once
    def extensions(self) -> tuple[EntryPoint, ...]:
        """The extensions that `TERRA_DISABLE_EXTENSIONS` does not leave out."""
        from terra.plugins.discovery import enabled

        return enabled(self.entry_points, self.environment.get("TERRA_DISABLE_EXTENSIONS", ""))

    @made_once
    def host(self) -> PluginHost:
        """The plugin host with every source, registry kind, extension and installed plugin."""
        from terra.plugins.host import PluginHost
        from terra.plugins.installed import read_installed

        installed = read_installed(self.entry_points, self.reporter.warn)
        return PluginHost(BUILT_IN, self.extensions, installed, self.reporter.warn, self.reporter.detail)

    @made_once
    def transport(self) -> Transport:
        """The network, or what stands for it where the user forbade it."""
        if self.offline:
            from terra.system.offline import OfflineTransport

            return OfflineTransport()
        from terra.system.announced import AnnouncedTransport
        from terra.system.credentials import Credentials
        from terra.system.http import HttpTransport
        from terra.system.network import NetworkSettings
        from terra.system.proxies import Proxies

        network = NetworkSettings(
            user_agent=f"terra/{__version__}",
            allow_http=(*self.user.allow_http, *self.machine.allow_http),
            proxies=Proxies.from_environment(self.environment),
        )
        transport = HttpTransport(network, Credentials(self.environment, self.user.credentials))
        return AnnouncedTransport(transport, self.reporter)

    @made_once
    def runner(self) -> Runner:
        """Other programs."""
        from terra.system.announced import AnnouncedRunner
        from terra.system.process import SubprocessRunner

        return AnnouncedRunner(SubprocessRunner(), self.reporter)

    @made_once
    def _documents(self) -> Documents:
        from terra.index.documents import Documents

        return Documents(self.transport, self.store, self.reporter)

    def _tags(self, remote: Remote) -> Sequence[str]:
        return self._remote_tags(remote)

    @made_once
    def _remote_tags(self) -> CachedTags:
        from terra.index.templates import CachedTags
        from terra.system.git import RemoteTags

        return CachedTags(RemoteTags(self.runner, self.transport, self.environment), self.store, self.reporter)

    def below(self, folder: Path, reporter: Reporter) -> WiredBelow:
        """Return the adapters of a project below, for a thread of its own."""
        from terra.wiring.below import WiredBelow

        return WiredBelow(self, folder, reporter)

    def index(self, order: RegistryOrder, kind: str | None) -> Index:
        """Return a registry; the same one for the same location.

        Raises:
            UsageError: Nothing answers for its kind.
            FetchError: Nothing is there.
        """
        if order.location not in self._indexes:
            self._indexes[order.location] = self._open(order, kind)
        return self._indexes[order.location]

    def _open(self, order: RegistryOrder, kind: str | None) -> Index:
        if kind == "installed":
            from terra.index.installed import InstalledIndex

            return InstalledIndex(self.host.installed())
        if kind is None:
            from terra.index.locate import open_index

            return open_index(
                order.location,
                order.label,
                self._documents,
                self.reporter,
                self._tags,
                root_sha256=order.root_sha256,
            )
        from terra.spec import RegistryTools

        tools = RegistryTools(
            self.transport, self.store, self.runner, self.reporter, self.environment, self.project_folder
        )
        index: Index = self.host.registry_kind(kind).open(order, tools)
        return index


def workdir(project: str | None) -> Path:
    """Return the folder that `--project` names, else the current one.

    Raises:
        UsageError: It is not a folder.
    """
    try:
        current = Path.cwd()
    except FileNotFoundError as error:
        message = "the current folder no longer exists"
        raise UsageError(message, hint="change into another folder") from error
    if project is None:
        return current
    folder = current / os.path.expanduser(project)
    if not folder.is_dir():
        message = f"`{project}` is not a folder"
        raise UsageError(message, hint=f"`mkdir -p {project}` makes it", subjects=(project,))
    return folder.resolve()
