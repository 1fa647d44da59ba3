"""What a command works with; `wiring` makes it, tests make their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from terra.model.project import Settings
    from terra.plugins.discovery import EntryPoint
    from terra.plugins.host import PluginHost
    from terra.ports import Index, Reporter, Runner, Transport
    from terra.spec import RegistryOrder
    from terra.store.disk import DiskStore


class Toolbox(Protocol):
    """The adapters of one run, each made when it is first asked for."""

    @property
    def workdir(self) -> Path:
        """The absolute folder in which the user stands."""

    @property
    def home(self) -> Path:
        """The absolute terra home."""

    @property
    def offline(self) -> bool:
        """Whether the user forbade the network."""

    @property
    def reporter(self) -> Reporter:
        """The person at the terminal."""

    @property
    def user(self) -> Settings:
        """The user's `config.toml`."""

    @property
    def machine(self) -> Settings:
        """The machine's `config.toml`."""

    @property
    def store(self) -> DiskStore:
        """The cache, prepared."""

    @property
    def project_folder(self) -> Path:
        """The nearest folder with a `terra.toml`, else the one in which the user stands."""

    @property
    def entry_points(self) -> Sequence[EntryPoint]:
        """What is installed beside terra and says that it is for terra; nothing of it is imported."""

    @property
    def extensions(self) -> Sequence[EntryPoint]:
        """The extensions that are installed beside terra and not left out; without any, no hook need be called."""

    @property
    def host(self) -> PluginHost:
        """The plugin host with every source, registry kind, extension and installed plugin."""

    @property
    def transport(self) -> Transport:
        """The network."""

    @property
    def runner(self) -> Runner:
        """Other programs."""

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment of the process."""

    def finish(self) -> None:
        """Take note that what was asked for is done: an interrupt from here on comes too late."""

    def release_cache(self) -> None:
        """Give up the share in the cache that this run holds, so that it can be taken whole."""

    def below(self, folder: Path, reporter: Reporter) -> Toolbox:
        """Return the adapters of a project below, which share what they can with these, for a thread of its own."""

    def index(self, order: RegistryOrder, kind: str | None) -> Index:
        """Return a registry; the same one for the same location.

        Raises:
            UsageError: Nothing answers for its kind.
            FetchError: Nothing is there.
        """
