"""Plugins whose distribution is installed beside terra, from their metadata alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from terra.model.name import Name
from terra.plugins.discovery import PLUGINS
from terra.spec import InstalledPlugin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from terra.plugins.discovery import EntryPoint


def read_installed(found: Iterable[EntryPoint], warn: Callable[[str], None]) -> tuple[InstalledPlugin, ...]:
    """Return the installed plugins among entry points; the first of a name counts.

    Args:
        found: Of both groups.
        warn: Told of an entry point that cannot be a plugin.
    """
    plugins: dict[Name, InstalledPlugin] = {}
    for each in found:
        if each.group != PLUGINS:
            continue
        if not Name.is_name(each.name):
            warn(f"`{each.metadata}` has the entry point `{each.name}`, which is not a plugin name")
            continue
        name, version = _identity(each.metadata)
        plugin = InstalledPlugin(Name(each.name), each.value, name, version, each.metadata, _editable(each.metadata))
        plugins.setdefault(plugin.name, plugin)
    return tuple(plugins.values())


def _identity(metadata: Path) -> tuple[str, str]:
    name, _, version = metadata.name.removesuffix(".dist-info").partition("-")
    return name.replace("_", "-"), version


def _editable(metadata: Path) -> Path | None:
    """Return the folder of an editable install (PEP 660, `direct_url.json` of PEP 610), or None."""
    try:
        document = json.loads((metadata / "direct_url.json").read_bytes())
    except (OSError, ValueError):
        return None
    if not isinstance(document, dict) or not (document.get("dir_info") or {}).get("editable"):
        return None
    return Path(unquote(urlsplit(str(document.get("url"))).path))
