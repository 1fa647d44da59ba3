"""`terra cache dir|list|verify|prune`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from terra.errors import UsageError
from terra.model.values import value
from terra.store import prune
from terra.system import locks

if TYPE_CHECKING:
    from pathlib import Path

    from terra.commands.toolbox import Toolbox
    from terra.store.prune import Entry

_UNITS = {"m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}


@value
class CacheReport:
    """What a cache command saw or removed; `damage` says of an entry why it is wrong.

    With `dry_run`, `entries` are those that `prune` would remove.
    """

    action: str
    home: Path
    entries: tuple[Entry, ...] = ()
    damage: tuple[tuple[Entry, str], ...] = ()
    dry_run: bool = False


def cache_dir(toolbox: Toolbox) -> CacheReport:
    """Return where the cache is."""
    return CacheReport("dir", toolbox.home)


def cache_list(toolbox: Toolbox) -> CacheReport:
    """Return what the cache holds."""
    return CacheReport("list", toolbox.home, tuple(prune.entries(toolbox.store)))


def cache_verify(toolbox: Toolbox) -> CacheReport:
    """Hash everything again and return what is damaged."""
    return CacheReport("verify", toolbox.home, tuple(prune.entries(toolbox.store)), tuple(prune.damaged(toolbox.store)))


def cache_prune(older_than: str | None, toolbox: Toolbox, *, dry_run: bool = False) -> CacheReport:
    """Remove entries; commands that use the cache are waited for.

    Args:
        older_than: `30d`, `12h`, …; None removes everything.
        toolbox: The adapters.
        dry_run: Whether they are only named, which waits for nobody.

    Raises:
        UsageError: The age is not one.
    """
    seconds = None if older_than is None else _seconds(older_than)
    if dry_run:
        return CacheReport("prune", toolbox.home, prune.older(toolbox.store, seconds), dry_run=True)

    def waiting() -> None:
        toolbox.reporter.note("waiting for another terra that uses the cache")

    store = toolbox.store
    toolbox.release_cache()
    with locks.locked(toolbox.home / "tmp", toolbox.home / "cache.lock", waiting):
        return CacheReport("prune", toolbox.home, prune.prune(store, seconds))


def _seconds(text: str) -> float:
    match = re.fullmatch(r"(\d+)([mhdw])", text)
    if match is None:
        message = f"`{text}` is not an age"
        raise UsageError(message, hint="write minutes, hours, days or weeks: `30m`, `12h`, `30d`, `4w`")
    return int(match[1]) * _UNITS[match[2]]
