"""Payloads as they lie in the cache: their trees, hashed from the bytes, and the notes beside them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from terra.model.tree import Tree, TreeFile
from terra.system import fs

if TYPE_CHECKING:
    from pathlib import Path

    from terra.model.digest import Digest


def tree_of(folder: Path) -> Tree | None:
    """Hash a payload; None where there is none, or something that a payload cannot hold."""
    return hashed(folder) if fs.kind_of(folder) == "folder" else None


def hashed(folder: Path) -> Tree | None:
    """Hash a payload whose folder is there; None for something that a payload cannot hold."""
    files = []
    for found in fs.scan(folder):
        if found.kind == "file":
            files.append(TreeFile(found.path, fs.sha256_of(f"{folder}/{found.path}")[0], found.executable))
        elif found.kind != "folder":
            return None
    return Tree.of(files)


def recorded(folder: Path) -> str | None:
    """Return the tree hash that was noted for a payload's folder, or None."""
    text = text_of(folder.with_name(f"{folder.name}.tree")) or ""
    return text.strip("\0") or None  # a power cut leaves nothing, or zeros, of a note that was not flushed


def record(folder: Path, digest: Digest) -> None:
    """Note the tree hash of a payload beside its folder."""
    # Not flushed: without it nothing is believed of the payload, which is hashed whenever it is read.
    fs.write_atomic(folder.with_name(f"{folder.name}.tree"), f"{digest}\n".encode(), lasting=False)


def make_read_only(folder: Path, tree: Tree) -> None:
    """Take the right to write the files of a payload from everyone."""
    for file in tree.files:
        os.chmod(f"{folder}/{file.path}", 0o555 if file.executable else 0o444)


def text_of(path: Path) -> str | None:
    """Return the text of a note without the space around it; None where there is none."""
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        return None
