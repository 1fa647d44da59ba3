"""`terra list --installed`: the plugins whose distributions are installed beside terra, without any network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.model.values import value
from terra.model.version import Version

if TYPE_CHECKING:
    from terra.commands.toolbox import Toolbox
    from terra.spec import InstalledPlugin


@value
class InstalledReport:
    """What is installed, by name."""

    plugins: tuple[InstalledPlugin, ...]


def list_installed(toolbox: Toolbox) -> InstalledReport:
    """Return the plugins that are installed beside terra; what cannot be one is a warning."""
    return InstalledReport(toolbox.host.installed())


def version_of(plugin: InstalledPlugin) -> str:
    """Return the version in terra's spelling, in the distribution's own where terra has none for it."""
    return str(Version.read(plugin.version) or plugin.version)
