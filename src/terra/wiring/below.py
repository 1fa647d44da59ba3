"""The adapters of one project of several, in a run over every project below a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.wiring import Wired

if TYPE_CHECKING:
    from pathlib import Path

    from terra.model.project import Settings
    from terra.plugins.discovery import EntryPoint
    from terra.plugins.host import PluginHost
    from terra.ports import Index, Reporter, Runner, Transport
    from terra.spec import RegistryOrder
    from terra.store.disk import DiskStore


class WiredBelow(Wired):
    """One project of several in a run: it has the cache, the network, settings and registries of the run.

    What the projects share is made by the first that asks for it, while the others wait. A registry of terra's own
    kinds is read once for all; one of another kind may depend on the project's own files, as npm's does on `.npmrc`.

    Args:
        run: The adapters of the whole run.
        folder: The project's.
        reporter: The person at the terminal, told of which project it is.
    """

    def __init__(self, run: Wired, folder: Path, reporter: Reporter) -> None:
        super().__init__(reporter, run.environment, folder, offline=run.offline)
        self._run = run

    @property
    def home(self) -> Path:
        """The terra home."""
        return self._run.home

    @property
    def project_folder(self) -> Path:
        """The project's folder."""
        return self.workdir

    @property
    def user(self) -> Settings:
        """The user's `config.toml`."""
        return self._run.user

    @property
    def machine(self) -> Settings:
        """The machine's `config.toml`."""
        return self._run.machine

    @property
    def store(self) -> DiskStore:
        """The cache."""
        return self._run.store

    @property
    def entry_points(self) -> tuple[EntryPoint, ...]:
        """What is installed beside terra, without what lies in the folder of the run."""
        return self._run.entry_points

    @property
    def extensions(self) -> tuple[EntryPoint, ...]:
        """The extensions."""
        return self._run.extensions

    @property
    def host(self) -> PluginHost:
        """The plugin host."""
        return self._run.host

    @property
    def transport(self) -> Transport:
        """The network."""
        return self._run.transport

    @property
    def runner(self) -> Runner:
        """Other programs."""
        return self._run.runner

    def release_cache(self) -> None:
        """Keep the share in the cache: the other projects use it too."""

    def index(self, order: RegistryOrder, kind: str | None) -> Index:
        """Return a registry; the same one for the same location.

        Raises:
            UsageError: Nothing answers for its kind.
            FetchError: Nothing is there.
        """
        if kind is not None:
            return super().index(order, kind)
        from terra.index.shared import SharedIndex

        with self._run.making:
            return SharedIndex(self._run.index(order, kind), self._run.making)
