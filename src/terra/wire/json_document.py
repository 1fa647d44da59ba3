"""JSON documents (RFC 8259) from strangers: decoded, or refused with line and column.

Refused are other encodings than UTF-8, `NaN` and its like, and nesting deeper than Python follows. Half a
surrogate pair becomes U+FFFD, so that every text can be written again.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from terra.errors import InvalidDocumentError, Issue

if TYPE_CHECKING:
    from collections.abc import Callable

_SURROGATE = re.compile(r"\\(u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[dD][89a-fA-F][0-9a-fA-F]{2}|.)")
_HALF = 5  # characters of `uD800`


def decode_json(data: bytes, document: str, pairs: Callable[[list[tuple[str, Any]]], Any] | None = None) -> Any:
    """Return the value of a JSON document; a byte order mark is skipped.

    Args:
        data: The whole document.
        document: Its path or URL, for messages.
        pairs: What to make of an object's members, where a dict would drop one that comes twice.

    Raises:
        InvalidDocumentError: It is not JSON.
    """
    import json

    try:
        text = data.decode("utf-8-sig")
        if "\\ud" in text or "\\uD" in text:
            text = _SURROGATE.sub(_whole, text)
        return json.loads(text, object_pairs_hook=pairs, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        message = error.msg[:1].lower() + error.msg[1:]
        raise InvalidDocumentError(document, [Issue(where, "JSON", message)]) from error
    except UnicodeDecodeError as error:
        where = f"line {_lines(data, error.start)}"
        raise InvalidDocumentError(document, [Issue(where, "UTF-8", f"byte 0x{data[error.start]:02x}")]) from error
    except RecursionError as error:
        raise InvalidDocumentError(document, [Issue("nesting", "a few levels", "too many to follow")]) from error
    except ValueError as error:  # a number of thousands of digits, or what `_refuse` raised
        raise InvalidDocumentError(document, [Issue("a number", "a JSON number", str(error))]) from error


def _whole(match: re.Match[str]) -> str:
    return r"\ufffd" if len(match[1]) == _HALF else match[0]


def _lines(data: bytes, offset: int) -> int:
    return data.count(b"\n", 0, offset) + 1


def _refuse(constant: str) -> Any:
    message = f"`{constant}`"
    raise ValueError(message)
