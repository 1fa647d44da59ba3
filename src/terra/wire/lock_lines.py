"""`terra.lock` in the very form in which terra writes it: bytes to the table that TOML has for it.

Reading TOML of every kind is most of what a large project costs when there is nothing to do. Whatever is not
written as terra writes it, to the space, is left to the TOML library, which also words what is wrong with it; what
the values mean is read in one place for both.
"""

from __future__ import annotations

import re
from typing import Any

from terra.model.lock import LOCK_VERSION

HEADER = f"# Written by terra. Commit it; change it with terra only.\nversion = {LOCK_VERSION}\n"
_TEXT = r'"[^"\\\x00-\x1f\x7f]*+"'  # TOML 1.0: a basic string that needs no escape
_STATEMENT = re.compile(
    rf"""\n\[\[(?P<table>plugin|registry)\]\]\n
    |(?P<key>[a-z-]++)\ =\ (?:
      (?P<text>{_TEXT})
      |(?P<flag>true|false)
      |(?P<number>0|[1-9][0-9]{{0,17}}+)
      |\[(?P<line>(?:{_TEXT}(?:,\ {_TEXT})*+)?+)\]
      |\[\n(?P<block>(?:\ \ {_TEXT},\n)*+)\]
    )\n""",
    re.VERBOSE,
)


def tables(data: bytes) -> dict[str, Any] | None:
    """Return what `tomllib.loads` does for the bytes of a lock, or None where they have another form."""
    try:
        text = data.decode().replace("\r\n", "\n")  # as git may check it out
    except UnicodeDecodeError:
        return None
    if not text.startswith(HEADER):
        return None
    top: dict[str, Any] = {"version": LOCK_VERSION}
    table: dict[str, Any] | None = None
    place = len(HEADER)
    while place < len(text):
        statement = _STATEMENT.match(text, place)
        if statement is None:
            return None
        place, (name, key) = statement.end(), statement.group("table", "key")
        if name is not None:
            table = {}
            top.setdefault(name, []).append(table)
        elif table is None or key in table:
            return None
        else:
            table[key] = _value(statement)
    return top


def _value(statement: re.Match[str]) -> str | bool | int | list[str]:
    kind = statement.lastgroup or ""
    written = statement[kind]
    match kind:
        case "text":
            return written[1:-1]
        case "flag":
            return written == "true"
        case "number":
            return int(written)
        case "line":
            return written[1:-1].split('", "') if written else []
        case _:
            return written[3:-3].split('",\n  "') if written else []
