"""The one door for archives: from a file of unknown origin to regular files in a private folder."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from terra.archive.guard import LIMITS, Guard, Limits
from terra.archive.stage import Stage, emptied_on_failure
from terra.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from terra.model.tree import TreeFile

FORMS = ("zip", "tar", "tar.gz", "tar.xz", "whl")


def extract(path: Path, form: str, into: Path, limits: Limits = LIMITS, *, file_name: str = "") -> tuple[TreeFile, ...]:
    """Unpack an archive into an empty folder, which is empty again after any failure.

    Args:
        path: The archive.
        form: `zip`, `tar`, `tar.gz`, `tar.xz` or `whl`.
        into: A folder that is empty or does not exist.
        limits: How much it may ask for.
        file_name: What the archive is called where it came from; a wheel's name is checked.

    Returns:
        Every file, sorted by the bytes of the paths; links are copies of what they named.

    Raises:
        UnsafeArchiveError: It breaks a rule, or is damaged.
        OSError: The disk said no.
    """
    with emptied_on_failure(into):
        return extract_into(path, form, into, limits, file_name=file_name)


def extract_into(
    path: Path, form: str, into: Path, limits: Limits = LIMITS, *, file_name: str = ""
) -> tuple[TreeFile, ...]:
    """Unpack as `extract` does into a folder that is there and empty; a failure leaves a part in it."""
    if form not in FORMS:
        message = f"`{form}` is not a form of archive"
        raise UsageError(message, hint=f"one of {', '.join(FORMS)}")
    name, is_zip = file_name or path.name, form in ("zip", "whl")
    with open(path, "rb", buffering=-1 if is_zip else 0) as file:  # a tar is read in large pieces
        guard = Guard(name, os.fstat(file.fileno()).st_size, limits)
        stage = Stage(into, guard)
        if is_zip:
            from terra.archive.zip import read_zip

            read_zip(file, guard, stage)
        else:
            from terra.archive.tar import read_tar

            read_tar(file, form, guard, stage)
        files = stage.finish()
        if form == "whl":
            from terra.archive.wheel import check_wheel

            check_wheel(into, files, name, guard)
        return files
