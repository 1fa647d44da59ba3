"""The composition root: the only place where adapters are constructed, each when it is first asked for."""

from __future__ import annotations

import os
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from terra import __version__
from terra.errors import SystemFailureError, UsageError
from terra.project import settings
from terra.store.disk import DiskStore
from terra.system import fs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from terra.index.documents import Documents
    from terra.model.project import Settings
    from terra.plugins.host import PluginHost
    from terra.ports import Index, Reporter, Runner, Transport

SOURCES = ("terra.sources.workspace", "terra.sources.file", "terra.sources.https")
MACHINE_SETTINGS = Path("/etc/terra/config.toml")


class Wired:
    """Implements `commands.toolbox.Toolbox` with the real adapters.

    Args:
        reporter: The person at the terminal.
        environment: The environment of the process.
        workdir: The folder in which the user stands, or that `--project` names.
        offline: Whether the network is forbidden.
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

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    @cached_property
    def home(self) -> Path:
        """The terra home: `TERRA_HOME`, else `~/.terra`."""
        text = self.environment.get("TERRA_HOME") or os.path.join(os.path.expanduser("~"), ".terra")
        if text.startswith("~/.terra") and not os.path.isabs(os.path.expanduser(text)):
            message = "there is no home folder for this user"
            raise SystemFailureError(message, hint="set TERRA_HOME to a folder that terra may write")
        return Path(os.path.abspath(os.path.expanduser(text)))

    @cached_property
    def user(self) -> Settings:
        """The user's `config.toml`."""
        return settings.load(self.home / "config.toml")

    @cached_property
    def machine(self) -> Settings:
        """The machine's `config.toml`."""
        return settings.load(MACHINE_SETTINGS)

    @cached_property
    def store(self) -> DiskStore:
        """The cache, shared with other commands until `release_cache` or the end of the run."""
        store = DiskStore(self.home, self.reporter.detail)
        store.prepare()
        waiting = "waiting for another terra that prunes the cache"
        lock = fs.locked(self.home / "tmp", self.home / "cache.lock", lambda: self.reporter.note(waiting), shared=True)
        self._held.enter_context(lock)
        self._held.callback(store.close)
        return store

    def finish(self) -> None:
        """Ignore interrupts until the command returns, in a moment: what was asked for is done."""
        import signal
        import threading

        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_IGN)

    def release_cache(self) -> None:
        """Give up the share in the cache."""
        self._held.close()

    @cached_property
    def host(self) -> PluginHost:
        """The plugin host with every source."""
        from terra.plugins.host import PluginHost

        return PluginHost(SOURCES)

    @cached_property
    def transport(self) -> Transport:
        """The network, or what stands for it where the user forbade it."""
        if self.offline:
            from terra.system.offline import OfflineTransport

            return OfflineTransport()
        from terra.system.credentials import Credentials
        from terra.system.http import HttpTransport
        from terra.system.network import NetworkSettings
        from terra.system.proxies import Proxies

        network = NetworkSettings(
            user_agent=f"terra/{__version__}",
            allow_http=(*self.user.allow_http, *self.machine.allow_http),
            proxies=Proxies.from_environment(self.environment),
        )
        return HttpTransport(network, Credentials(self.environment, self.user.credentials))

    @cached_property
    def runner(self) -> Runner:
        """Other programs."""
        from terra.system.process import SubprocessRunner

        return SubprocessRunner()

    @cached_property
    def _documents(self) -> Documents:
        from terra.index.documents import Documents

        return Documents(self.transport, self.store, self.reporter)

    def index(self, location: str, label: str) -> Index:
        """Return the registry at a normalised location; the same one for the same location.

        Raises:
            UsageError: Its kind cannot be read.
            FetchError: Nothing is there.
        """
        if location not in self._indexes:
            from terra.index.locate import open_index

            self._indexes[location] = open_index(location, label, self._documents, self.reporter)
        return self._indexes[location]


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
