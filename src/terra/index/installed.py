"""The plugins that are installed beside terra, as a registry that asks neither network nor pip."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from terra.errors import Issue
from terra.model.release import Listing, Release
from terra.model.source import Anchor, Locator
from terra.model.version import Version

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terra.model.name import Name
    from terra.model.summary import Summary
    from terra.spec import InstalledPlugin

LABEL = "installed"
_MANIFEST = "terra-plugin.toml"


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

    @property
    def asks_by_name(self) -> bool:
        """Whether each name costs a request: all are read together."""
        return False

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

    def summaries(self, needles: Sequence[str] = ()) -> Sequence[Summary]:  # noqa: ARG002  # they are few
        """Return every plugin with what its manifest says of it."""
        return [_summary(each) for each in self._plugins.values()]


def _summary(plugin: InstalledPlugin) -> Summary:
    from terra.errors import InvalidDocumentError
    from terra.model.summary import Summary
    from terra.wire.plugin_toml import read_plugin_manifest

    known = Version.read(plugin.version)
    version = str(known) if known else None
    for path in (plugin.metadata / _MANIFEST, plugin.metadata / "extra_metadata" / _MANIFEST):
        with suppress(OSError, InvalidDocumentError):  # `terra add` says what is wrong with it
            manifest = read_plugin_manifest(path.read_bytes(), str(path))
            return Summary(plugin.name, manifest.description, manifest.tags, manifest.provider, version, LABEL)
    return Summary(plugin.name, latest=version, registry=LABEL)
