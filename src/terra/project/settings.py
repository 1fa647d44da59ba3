"""Read the user's and the machine's `config.toml`; edit the user's."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from terra.model.project import RegistryEntry, Settings
from terra.system import fs
from terra.wire import project_toml

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from terra.project.registry_tables import Document

_LIMIT = 1 << 20  # bytes


def load(path: Path) -> Settings:
    """Return what a `config.toml` says; an absent one says nothing.

    Raises:
        InvalidDocumentError: With every issue of the document.
    """
    data = fs.read_document(path, _LIMIT)
    if data is None:
        return Settings()
    return project_toml.read_settings(data, str(path))


def edit(path: Path, change: Callable[[bytes, Document], bytes], *, dry_run: bool = False) -> None:
    """Change a `config.toml`, which may hold tokens: from then on it is its owner's alone to read.

    Args:
        path: Absolute; a link stays one, and what it leads to is changed.
        change: Given the bytes and what checks them; returns the new bytes.
        dry_run: Whether nothing is written.

    Raises:
        InvalidDocumentError: It is wrong as it stands.
        UsageError: It is laid out in a way that cannot be edited.
    """
    from terra.project.registry_tables import Document

    load(path)
    data = fs.read_document(path, _LIMIT) or b""
    after = change(data, Document(str(path), partial(project_toml.read_settings, document=str(path))))
    if not dry_run:
        fs.write_atomic(path.resolve(), after, mode=0o600)


def adding(entry: RegistryEntry) -> Callable[[bytes, Document], bytes]:
    """Return a change for `edit` that adds a registry."""
    from terra.project.registry_tables import with_registry

    return lambda data, document: with_registry(data, entry, document)


def removing(label: str) -> Callable[[bytes, Document], bytes]:
    """Return a change for `edit` that takes a registry away."""
    from terra.project.registry_tables import without_registry

    return lambda data, document: without_registry(data, label, document)
