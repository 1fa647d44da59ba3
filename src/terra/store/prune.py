"""List, verify and prune what the cache holds."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from terra.model.name import Name
from terra.model.values import value
from terra.store.trees import recorded, tree_of
from terra.system import fs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from terra.store.disk import DiskStore

# Nothing of another shape is terra's, wherever the home may be.
_ARCHIVE = re.compile(r"sha256/[0-9a-f]{2}/[0-9a-f]{64}")
_DOCUMENT = re.compile(r"[0-9a-f]{64}\.(json|body)|fetched")
_RUN = re.compile(r"run-[0-9a-f]{16}")
_PAYLOAD = re.compile(r"v[0-9]+\.[0-9]+\.[0-9]+(-(alpha|beta|rc)\.[0-9]+)?(~[0-9a-f]{12})?")
_ABANDONED = 24 * 3600.0  # seconds; no command runs that long


@value
class Entry:
    """One thing in the cache: a payload or an archive, and its size in bytes."""

    kind: str
    name: str
    version: str
    path: Path
    size: int
    files: int
    age: float


def entries(store: DiskStore) -> Iterator[Entry]:
    """Yield the payloads by name and version, then the archives."""
    plugins = store.home / "plugins"
    for folder in _payloads(plugins):
        found = [each for each in fs.scan(folder) if each.kind == "file"]
        name = folder.parent.relative_to(plugins).as_posix()
        size = sum(each.size for each in found)
        yield Entry("payload", name, folder.name.removeprefix("v"), folder, size, len(found), _age(folder))
    archives = store.home / "archives"
    for each in fs.scan(archives):
        if each.kind == "file" and _ARCHIVE.fullmatch(each.path):
            path = archives / each.path
            yield Entry("archive", f"sha256-{path.name}", "", path, each.size, 1, _age(path))


def damaged(store: DiskStore) -> Iterator[tuple[Entry, str]]:
    """Yield what is not what it says, and why: an archive by its digest, a payload by its form and marked tree."""
    for entry in entries(store):
        if entry.kind == "archive":
            actual = fs.sha256_of(entry.path)[0]
            if actual != entry.path.name:
                yield entry, f"expected sha256-{entry.path.name}, got sha256-{actual}"
            continue
        tree = tree_of(entry.path)
        _, _, mark = entry.version.partition("~")
        if tree is None:
            yield entry, "expected regular files only"
        elif mark and not tree.digest.hex.startswith(mark):
            yield entry, f"expected the tree sha256-{mark}…, got {tree.digest}"
        elif not mark and (recorded(entry.path) or str(tree.digest)) != str(tree.digest):
            yield entry, f"expected the tree {recorded(entry.path)}, got {tree.digest}"


def older(store: DiskStore, older_than: float | None) -> tuple[Entry, ...]:
    """Return the entries that were written more than so many seconds ago; None for everything."""
    return tuple(entry for entry in entries(store) if older_than is None or entry.age > older_than)


def prune(store: DiskStore, older_than: float | None) -> tuple[Entry, ...]:
    """Remove entries and return them.

    Args:
        store: The cache; nobody else may be using it.
        older_than: Seconds since the entry was written; None removes everything.
    """
    gone = older(store, older_than)
    for entry in gone:
        fs.remove_tree(entry.path)
        fs.remove_tree(entry.path.with_name(f"{entry.path.name}.tree"))
        fs.remove_empty(entry.path.parent, store.home / ("plugins" if entry.kind == "payload" else "archives"))
    if older_than is None:
        _empty(store.home / "index", _DOCUMENT, 0.0)
    _empty(store.home / "tmp", _RUN, _ABANDONED)
    return gone


def _payloads(plugins: Path) -> Iterator[Path]:
    for found in fs.scan(plugins, skip=lambda path: path.rpartition("/")[2].startswith("v") and _is_payload(path)):
        if found.kind == "folder" and _is_payload(found.path):
            yield plugins / found.path


def _is_payload(path: str) -> bool:
    parent, _, last = path.rpartition("/")
    return _PAYLOAD.fullmatch(last) is not None and Name.is_name(parent)


def _age(path: Path) -> float:
    return max(0.0, time.time() - path.stat().st_mtime)


def _empty(folder: Path, ours: re.Pattern[str], older_than: float) -> None:
    for path in folder.iterdir():
        if ours.fullmatch(path.name) and _age(path) >= older_than:
            fs.remove_tree(path)
