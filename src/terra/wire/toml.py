"""TOML bytes to tables, and texts to TOML strings; TOML 1.0."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from terra.errors import InvalidDocumentError, Issue
from terra.wire.fields import Fields

if TYPE_CHECKING:
    from collections.abc import Iterable

_CONFLICT = ("<<<<<<<", "|||||||", "=======", ">>>>>>>")
_MERGED = "keep the lines that you mean of both sides, and take the markers out; `terra sync` does the rest"
_SHOWN = 60  # characters of a marker, which says whose side it is
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


def decode(data: bytes, document: str, *, merged: str = _MERGED) -> Fields:
    """Return the document's top table.

    Args:
        data: UTF-8, a byte order mark is allowed.
        document: What messages call it.
        merged: What to do where a merge left its conflict markers.

    Raises:
        InvalidDocumentError: It is not TOML.
    """
    try:
        return Fields(tomllib.loads(data.decode("utf-8-sig").replace("\r\n", "\n")))
    except UnicodeDecodeError as error:
        issue = Issue(f"byte {error.start}", "UTF-8", f"0x{data[error.start]:02x}")
    except tomllib.TOMLDecodeError as error:
        if markers := _conflict_markers(data):
            raise InvalidDocumentError(document, markers, hint=merged) from None
        issue = Issue("document", "TOML", str(error))
    except (RecursionError, ValueError):  # tables within tables without end, a number of 5,000 digits
        issue = Issue("document", "TOML", "one that nests too deeply or has too long a number")
    raise InvalidDocumentError(document, [issue])


def _conflict_markers(data: bytes) -> list[Issue]:
    """Return an issue for each line at which git says which side of a merge follows or ends."""
    lines = enumerate(data.decode("utf-8-sig").split("\n"), 1)
    return [
        Issue(f"line {number}", "TOML", f"a conflict marker of a merge, `{line[:_SHOWN].rstrip()}`")
        for number, line in lines
        if line.startswith(_CONFLICT)
    ]


def quote(text: str) -> str:
    """Return a TOML basic string."""
    if text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    escaped = (_ESCAPES.get(each) or (each if _is_plain(each) else f"\\u{ord(each):04x}") for each in text)
    return f'"{"".join(escaped)}"'


def array(texts: Iterable[str]) -> str:
    """Return a TOML array of strings on one line."""
    return f"[{', '.join(map(quote, texts))}]"


def _is_plain(character: str) -> bool:
    return character >= " " and character != "\x7f"
