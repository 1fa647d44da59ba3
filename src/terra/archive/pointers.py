"""Files of Git LFS: what an archive of a git host holds is a pointer, and the file itself is elsewhere."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from terra.archive.names import printable
from terra.errors import PayloadError
from terra.model.terraform import TERRAFORM_ENDINGS
from terra.system import fs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

# https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md#the-pointer
_LIMIT = 1024  # bytes of a pointer
_FIRST = b"version https://git-lfs.github.com/spec/v1\n"
_REST = (re.compile(rb"^oid sha256:[0-9a-f]{64}$", re.MULTILINE), re.compile(rb"^size [0-9]+$", re.MULTILINE))
_NAMED = 5


def pointers(folder: Path, paths: Iterable[str], archive: str) -> tuple[str, ...]:
    """Return the files of a payload that are pointers.

    Args:
        folder: The payload.
        paths: Its files.
        archive: Where they are from, for messages.

    Raises:
        PayloadError: One of them should be Terraform.
    """
    found = tuple(path for path in paths if is_pointer(fs.read(folder / path, _LIMIT)))
    terraform = [path for path in found if path.endswith(TERRAFORM_ENDINGS)]
    if terraform:
        message = f"`{printable(archive)}` has only Git LFS pointers for {named(terraform)}"
        hint = "terra fetches nothing from Git LFS: Terraform files have to be in git itself"
        raise PayloadError(message, hint=hint, subjects=tuple(terraform))
    return found


def is_pointer(data: bytes) -> bool:
    """Tell whether the first 1,024 bytes of a file are all of it, and a pointer."""
    return len(data) < _LIMIT and data.startswith(_FIRST) and all(each.search(data) for each in _REST)


def named(paths: Sequence[str]) -> str:
    """Return the first of some paths as text, and how many more there are."""
    more = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
    return ", ".join(f"`{printable(path)}`" for path in paths[:_NAMED]) + more
