"""Plugins whose distribution is installed beside terra, from their metadata alone: nothing of them is imported."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from terra.model.name import Name
from terra.model.values import value
from terra.plugins.discovery import PLUGINS
from terra.spec import InstalledPlugin, hookimpl
from terra.wire.dist_info import read_editable, read_identity

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from terra.plugins.discovery import EntryPoint

_MODULE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)
_LARGEST = 1 << 20  # bytes of a file of metadata that are read
_IDENTITY = {".dist-info": "METADATA", ".egg-info": "PKG-INFO"}


@value
class InstalledProxy:
    """Stands in the manager for an installed plugin, of which nothing is imported."""

    plugin: InstalledPlugin

    @hookimpl
    def terra_register_plugin(self) -> InstalledPlugin:
        """Hand the plugin to the host."""
        return self.plugin


def read_installed(found: Iterable[EntryPoint], warn: Callable[[str], None]) -> tuple[InstalledPlugin, ...]:
    """Return the installed plugins among entry points; the first of a name counts.

    Args:
        found: Of both groups.
        warn: Told of an entry point that cannot be a plugin.
    """
    plugins: dict[str, InstalledPlugin] = {}
    for each in found:
        if each.group != PLUGINS:
            continue
        plugin = _plugin(each)
        if isinstance(plugin, str):
            warn(f"`{each.distribution}` is installed and its entry point `{each.name}` is no plugin: {plugin}")
        elif each.name in plugins:
            first = plugins[each.name].distribution
            warn(f"`{each.name}` is installed twice, by `{first}` and by `{each.distribution}`: the first one counts")
        else:
            plugins[each.name] = plugin
    return tuple(plugins.values())


def _plugin(entry: EntryPoint) -> InstalledPlugin | str:
    """Return the plugin of an entry point, or why it is none."""
    if not Name.is_name(entry.name):
        return f"expected a plugin name such as `aws-s3`, got `{entry.name}`"
    if not _MODULE.fullmatch(entry.value):
        return f"expected a module such as `terra_aws_s3`, got `{entry.value}`"
    identity = _identity(entry.metadata)
    if identity is None:
        return f"`{entry.metadata}` has no METADATA with a name and a version"
    return InstalledPlugin(Name(entry.name), entry.value, *identity, entry.metadata, _editable(entry.metadata))


def _identity(metadata: Path) -> tuple[str, str] | None:
    try:
        # Name and version are at its top; what follows is a README of any length.
        with open(metadata / _IDENTITY[metadata.suffix], "rb") as file:
            return read_identity(file.read(_LARGEST).decode(errors="replace"))
    except OSError:
        return None


def _editable(metadata: Path) -> Path | None:
    """Return the folder that an editable install is of, or None.

    A `.egg-info` folder stands beside the code of a development install, and has no RECORD to prove anything by.
    """
    if metadata.suffix == ".egg-info":
        return metadata.parent
    try:
        with open(metadata / "direct_url.json", "rb") as file:
            folder = read_editable(file.read(_LARGEST))
    except OSError:
        return None
    return Path(folder) if folder is not None else None
