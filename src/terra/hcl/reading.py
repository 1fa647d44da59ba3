"""One Terraform file, read within a limit of bytes and of time: the only door from bytes to an `Interface`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.hcl.deadline import Deadline
from terra.model.interface import Interface, Place
from terra.model.terraform import JSON_ENDINGS

if TYPE_CHECKING:
    from pathlib import Path

MAX_FILE_BYTES = 1 << 20  # the grammar takes up to 800 bytes of memory for one of the file
MAX_SECONDS = 10.0
TOO_LARGE = f"is larger than {MAX_FILE_BYTES >> 20} MiB"


def load(path: Path) -> bytes:
    """Return the bytes of a file; of one that `is_too_large`, the first of them.

    Raises:
        OSError: It cannot be read.
    """
    with path.open("rb") as file:
        return file.read(MAX_FILE_BYTES + 1)


def is_too_large(data: bytes) -> bool:
    """Tell whether bytes that were loaded are more than are parsed."""
    return len(data) > MAX_FILE_BYTES


def read_file(path: str, data: bytes, deadline: Deadline | None = None) -> Interface:
    """Return what a file declares; one that is too large is `unparsed`, and no more is known of it.

    Args:
        path: How the places name the file; its ending tells the syntax.
        data: The whole file.
        deadline: When reading stops, where several files share one; else in `MAX_SECONDS`.
    """
    if is_too_large(data):
        return Interface(unparsed=(Place(path, 1),))
    if path.endswith(JSON_ENDINGS):
        from terra.hcl.json_syntax import read_json

        return read_json(path, data)
    from terra.hcl.native import read_native

    return read_native(path, data, deadline or Deadline.after(MAX_SECONDS))
