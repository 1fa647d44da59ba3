"""Read the user's and the machine's `config.toml`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.model.project import Settings
from terra.system import fs
from terra.wire import project_toml

if TYPE_CHECKING:
    from pathlib import Path

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
