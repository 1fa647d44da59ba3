"""What the metadata folder of a distribution says: entry points, name and version, RECORD, origin.

In an installed distribution the files are written by installers and edited by people, so a line that is none of its
kind is passed over; in a wheel it is not. Whether what is left can be used is the reader's to say.
https://packaging.python.org/specifications/recording-installed-packages/
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from terra.model.values import value

if TYPE_CHECKING:
    from collections.abc import Iterator

_DRIVE = re.compile(r"/[A-Za-z]:(?=/|$)")


@value
class RecordRow:
    """One file of a RECORD.

    Attributes:
        path: With `/`, relative to the folder of the metadata folder, or absolute; whatever was written.
        algorithm: Such as `sha256`; empty where the row has no hash.
        hex: The hash.
        written: The hash as it is written, with its algorithm.
        size: The size as it is written, None in a row that is not one of three.
    """

    path: str
    algorithm: str = ""
    hex: str = ""
    written: str = ""
    size: str | None = None


def read_entry_points(text: str, *, strict: bool = False) -> Iterator[tuple[str, str, str]]:
    """Yield group, name and value of each entry point.

    https://packaging.python.org/specifications/entry-points/

    Args:
        text: An `entry_points.txt`.
        strict: Whether a line of another form, or a name twice, is an error.

    Raises:
        ValueError: There is one; what came before it has been yielded.
    """
    group, seen = None, set()
    for line in map(str.strip, text.splitlines()):
        if not line or line[0] in "#;":
            continue
        if line[0] == "[" and line[-1] == "]":
            group = line[1:-1].strip()
            continue
        name, separator, target = (part.strip() for part in line.partition("="))
        is_one = group is not None and separator and name and target
        if strict and (not is_one or (group, name) in seen):
            raise ValueError(line)
        seen.add((group, name))
        if group is not None and is_one:
            yield group, name, target


def read_headers(text: str) -> dict[str, list[str]]:
    """Return the values of a METADATA, PKG-INFO or WHEEL by their names in lower case; the body is left out."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        if not line.strip():
            break
        key, separator, said = line.partition(":")
        if separator and not line[0].isspace():
            found.setdefault(key.strip().lower(), []).append(said.strip())
    return found


def read_identity(text: str) -> tuple[str, str] | None:
    """Return name and version in a METADATA or PKG-INFO, or None where it lacks one of them."""
    found = read_headers(text)
    name, version = found.get("name", [""])[0], found.get("version", [""])[0]
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
            written = row[1] if len(row) > 1 else ""
            algorithm, _, encoded = written.partition("=")
            # The standard's urlsafe base64 without padding; old installers padded it.
            digest = base64.urlsafe_b64decode(encoded.rstrip("=") + "=" * (-len(encoded.rstrip("=")) % 4))
            size = row[2] if len(row) == 3 else None  # noqa: PLR2004  # path, hash, size
            yield RecordRow(row[0], algorithm.lower(), digest.hex(), written, size)
    except csv.Error as error:
        raise ValueError(str(error)) from error
