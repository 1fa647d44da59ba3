"""Which folder of a payload a `//folder` of its archive is: a payload may be below the folder that wraps it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.archive.contents import Extracted
from terra.archive.layout import find_root
from terra.archive.reader import extract
from terra.errors import PayloadError, SourceNotFoundError
from terra.model.values import replace

if TYPE_CHECKING:
    from pathlib import Path

    from terra.model.name import Name
    from terra.model.stages import Fetched


def folder_inside(fetched: Fetched, called: str, name: Name, into: Path) -> str | None:
    """Return the folder of a payload that `//called` of its archive names, empty for its top; None for no folder of it.

    Args:
        fetched: The archive, with the `//subdir` at which its payload is.
        called: The other `//subdir`.
        name: The plugin.
        into: A private folder, empty or not there, that holds the archive's files afterwards.

    Raises:
        UnsafeArchiveError: The archive breaks a rule, or is damaged.
        PayloadError: There is no payload in it.
        InvalidDocumentError: The author's manifest is wrong.
        OSError: The disk said no.
    """
    files = extract(fetched.path, fetched.form, into, file_name=fetched.file_name)
    contents = Extracted(fetched.file_name, into, files)
    top = find_root(contents, fetched, name).prefix
    try:
        folder = find_root(contents, replace(fetched, subdir=called), name).prefix
    except (PayloadError, SourceNotFoundError):
        return None
    return folder[len(top) :].rstrip("/") if folder.startswith(top) else None
