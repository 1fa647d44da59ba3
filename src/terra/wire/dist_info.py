"""What the metadata folder of an installed distribution says: entry points, name and version, RECORD, origin.

The files are written by installers and edited by people, so a line that is none of its kind is passed over;
whether what is left can be used is the reader's to say.
https://packaging.python.org/specifications/recording-installed-packages/
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from terra.model.values import value

if TYPE_CHECKING:
    from collections.abc import Iterator

_SEPARATORS = re.compile(r"[-_.]+")
_DRIVE = re.compile(r"/[A-Za-z]:(?=/|$)")


@value
class RecordRow:
    """One file of a RECORD.

    Attributes:
        path: With `/`, relative to the folder of the metadata folder, or absolute; whatever was written.
        algorithm: Such as `sha256`; empty where the row has no hash.
        hex: The hash.
    """

    path: str
    algorithm: str = ""
    hex: str = ""


def normalised(name: str) -> str:
    """Return the name of a distribution in the one spelling that compares (PEP 503)."""
    return _SEPARATORS.sub("-", name).lower()


def read_entry_points(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield group, name and value of each entry point.

    https://packaging.python.org/specifications/entry-points/
    """
    group = ""
    for line in map(str.strip, text.splitlines()):
        if line.startswith("[") and line.endswith("]"):
            group = line[1:-1].strip()
        elif group and not line.startswith(("#", ";")):
            name, separator, target = (part.strip() for part in line.partition("="))
            if separator and name and target:
                yield group, name, target


def read_identity(text: str) -> tuple[str, str] | None:
    """Return name and version in a METADATA or PKG-INFO, or None where it lacks one of them."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        if not line.strip():
            break
        key, separator, said = line.partition(":")
        if separator and not line[0].isspace():
            found.setdefault(key.strip().lower(), said.strip())
    name, version = found.get("name"), found.get("version")
    return (name, version) if name and version else None


def read_editable(data: bytes) -> str | None:
    """Return the absolute folder that an editable install is of, as a `direct_url.json` says, or None.

    PEP 610, PEP 660; a file URL as in RFC 8089, with a drive or a share where it has one.
    """
    import json
    from urllib.parse import unquote, urlsplit

    try:
        document = json.loads(data)
        url = urlsplit(document["url"])
        is_editable = document["dir_info"]["editable"] is True
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
    if not is_editable or url.scheme != "file":
        return None
    path = unquote(url.path, errors="surrogateescape")
    if url.netloc not in ("", "localhost"):
        return f"//{url.netloc}{path}"
    return path[1:] if _DRIVE.match(path) else path or None


def read_record(text: str) -> Iterator[RecordRow]:
    """Yield the files of a RECORD (PEP 376, PEP 627).

    Raises:
        ValueError: It is not a table.
    """
    import base64
    import csv
    import io

    try:
        for row in csv.reader(io.StringIO(text, newline=""), strict=True):
            if not row or not row[0]:
                continue
            algorithm, _, encoded = row[1].partition("=") if len(row) > 1 else ("", "", "")
            # The standard's urlsafe base64 without padding; old installers padded it.
            digest = base64.urlsafe_b64decode(encoded.rstrip("=") + "=" * (-len(encoded.rstrip("=")) % 4))
            yield RecordRow(row[0], algorithm.lower(), digest.hex())
    except csv.Error as error:
        raise ValueError(str(error)) from error
