"""Look at what the cache holds of one release without mending it: `find_tree` and `find_archive` remove damage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.store.trees import recorded, tree_of
from terra.system import fs

if TYPE_CHECKING:
    from pathlib import Path

    from terra.model.digest import Digest
    from terra.model.name import Name
    from terra.model.version import Version
    from terra.store.disk import DiskStore


def damaged_payload(store: DiskStore, name: Name, version: Version, digest: Digest) -> tuple[Path, str] | None:
    """Return where the payload of this tree hash is, with the hash that it has now; None for a good one or none."""
    folder = store.home.joinpath("plugins", *name.parts)
    plain, marked = folder / f"v{version}", folder / f"v{version}~{digest.hex[:12]}"
    for each in (marked, plain):
        if fs.kind_of(each) is None or (each == plain and recorded(plain) != str(digest)):
            continue
        tree = tree_of(each)
        if tree is None or tree.digest != digest:
            return each, "no payload" if tree is None else str(tree.digest)
    return None


def damaged_archive(store: DiskStore, digest: Digest) -> tuple[Path, str] | None:
    """Return where the archive of this digest is, with the digest that it has now; None for a good one or none."""
    path = store.archive_path(digest)
    if fs.kind_of(path) != "file":
        return None
    found = fs.digest_of(path, digest.algorithm)
    return None if found == digest else (path, str(found))
