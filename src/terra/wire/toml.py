"""TOML bytes to tables, and texts to TOML strings; TOML 1.0."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from terra.errors import InvalidDocumentError, Issue
from terra.wire.fields import Fields

if TYPE_CHECKING:
    from collections.abc import Iterable

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


def decode(data: bytes, document: str) -> Fields:
    """Return the document's top table.

    Args:
        data: UTF-8, a byte order mark is allowed.
        document: What messages call it.

    Raises:
        InvalidDocumentError: It is not TOML.
    """
    try:
        return Fields(tomllib.loads(data.decode("utf-8-sig").replace("\r\n", "\n")))
    except UnicodeDecodeError as error:
        issue = Issue(f"byte {error.start}", "UTF-8", f"0x{data[error.start]:02x}")
    except tomllib.TOMLDecodeError as error:
        issue = Issue("document", "TOML", str(error))
    except (RecursionError, ValueError):  # tables within tables without end, a number of 5,000 digits
        issue = Issue("document", "TOML", "one that nests too deeply or has too long a number")
    raise InvalidDocumentError(document, [issue])


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
