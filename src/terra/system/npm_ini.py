"""The text of an `.npmrc`: its `key = value` lines, and the `${NAME}` in them.

The grammar is that of the `ini` package inside npm, as far as npm's settings use it: lines of a `[section]`
are no settings, `;` and `#` begin a comment unless a backslash stands before them, and a value in quotes is
JSON. Text that is no line of the grammar is left out, as npm leaves it out. Nothing is executed or included.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from terra.model.values import value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_LINE = re.compile(r"\[[^\]]*\]\s*|([^=]+)(?:=(.*))?", re.DOTALL)
_COMMENT = re.compile(r"\s*[;#]")
_ESCAPED = re.compile(r"\\([\\;#])|([;#].*)", re.DOTALL)
_REFERENCE = re.compile(r"(?<!\\)(\\*)\$\{([^${}?]+)(\?)?\}")


@value
class Expanded:
    """A text with its references replaced.

    Attributes:
        unset: Names of variables that are not set; their references stay as text.
        refused: Names that may not be read here; their references stay as text.
    """

    text: str
    unset: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether nothing stayed as text that was meant to be replaced."""
        return not self.unset and not self.refused


def read_lines(text: str) -> dict[str, str]:
    """Return the settings of an `.npmrc`: of a key that comes twice the last value, of `key[]` all in lines."""
    found: dict[str, str] = {}
    for line in re.split(r"[\r\n]+", text.removeprefix("\ufeff")):
        match = _LINE.fullmatch(line) if line.strip() and not _COMMENT.match(line) else None
        if match is None:
            continue
        if match[1] is None:  # npm keeps a section's keys apart, and has no setting in any
            break
        key = _unquoted(match[1])
        text = "true" if match[2] is None else _unquoted(match[2])
        if key.endswith("[]"):
            key = key[:-2]
            text = f"{found[key]}\n{text}" if key in found else text
        found[key] = text
    return found


def expand(text: str, environment: Mapping[str, str], may_read: Callable[[str], bool]) -> Expanded:
    """Return a text with `${NAME}` replaced by the variable, and `${NAME?}` by nothing where it is not set.

    A backslash before `${` keeps the reference as text.

    Args:
        text: As in the file.
        environment: The variables.
        may_read: Tells of a name whether it may be read.
    """
    unset: list[str] = []
    refused: list[str] = []

    def replaced(match: re.Match[str]) -> str:
        escapes, name, is_optional = match[1], match[2], match[3] is not None
        if len(escapes) % 2:
            return match[0][(len(escapes) + 1) // 2 :]
        kept = escapes[len(escapes) // 2 :]
        if not may_read(name):
            refused.append(name)
            return kept + match[0][len(escapes) :]
        if name not in environment and not is_optional:
            unset.append(name)
            return f"{kept}${{{name}}}"
        return kept + environment.get(name, "")

    return Expanded(_REFERENCE.sub(replaced, text), tuple(unset), tuple(refused))


def _unquoted(text: str) -> str:
    text = text.strip()
    if text and text[0] == text[-1] and text[0] in "\"'":
        inner = text[1:-1] if text[0] == "'" else text
        try:
            read = json.loads(inner)
        except ValueError:
            return inner
        return read if isinstance(read, str) else inner
    return _ESCAPED.sub(lambda match: match[1] or "", text).strip()
