"""The plugins that are installed beside terra, as a registry that asks neither network nor pip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.errors import Issue
from terra.model.release import Listing, Release
from terra.model.source import Anchor, Locator
from terra.model.version import Version

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terra.model.name import Name
    from terra.spec import InstalledPlugin

LABEL = "installed"


class InstalledIndex:
    """Implements `ports.Index` over what the plugin host found.

    Args:
        plugins: Every installed plugin; of each name one.
    """

    def __init__(self, plugins: Sequence[InstalledPlugin]) -> None:
        self._plugins = {each.name: each for each in plugins}

    @property
    def location(self) -> str:
        """What identifies it."""
        return f"{LABEL}:"

    @property
    def label(self) -> str:
        """What messages call it."""
        return LABEL

    def find(self, name: Name) -> Listing | None:
        """Return the installed plugin of this name as its one release, or None."""
        plugin = self._plugins.get(name)
        if plugin is None:
            return None
        version = Version.read(plugin.version)
        address = f"{plugin.distribution}=={plugin.version}"
        anchor = Anchor(str(plugin.metadata))
        if plugin.editable is not None:  # only its folder knows which version it is by now
            source = Locator("installed", address, plugin.module.replace(".", "/"))
            return Listing(name, (Release(name, None, source, anchor, LABEL),))
        if version is None:
            issue = Issue(str(plugin.metadata), "a version that can be ordered", f"`{plugin.version}`")
            return Listing(name, (), issues=(issue,))
        return Listing(name, (Release(name, version, Locator("installed", address), anchor, LABEL),))

    def names(self) -> Sequence[str]:
        """Return every name."""
        return [name.text for name in self._plugins]
