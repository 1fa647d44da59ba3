"""Read a decoded JSON or TOML document field by field, collecting everything that is wrong with it.

A library would stop at the first problem or cost more to import than the rest of a command; see
`docs/explanation/decisions/0002-reading-documents.md`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeVar

from terra.errors import InvalidDocumentError, Issue, TerraError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_KINDS = {str: "a text", bool: "true or false", int: "a whole number", dict: "a table", list: "a list"}
_MISSING: Any = object()
T = TypeVar("T")
_SHOWN = 60
_BARE = re.compile(r"[\w-]+")  # a key that TOML needs no quotes for, or could do without


class Fields:
    """One table of a document, with the key path that leads to it and the issues found so far.

    Getters return a default where the value is absent or wrong; a wrong one is noted. `unknown` notes
    the keys that nobody asked for.
    """

    def __init__(self, table: dict[str, Any], path: str = "", issues: list[Issue] | None = None) -> None:
        self._table = table
        self._path = path
        self._asked: set[str] = set()
        self._forbidden: set[str] = set()
        self.issues: list[Issue] = [] if issues is None else issues

    def note(self, key: str, expected: str, got: object) -> None:
        """Note that the value of `key` is not what it must be."""
        self.issues.append(Issue(self.where(key), expected, show(got)))

    def where(self, key: str) -> str:
        """Return the key path of `key`."""
        bare, bracket, position = key.partition("[")
        quoted = f"{bare}{bracket}{position}" if _BARE.fullmatch(bare) else f'"{key}"'
        return f"{self._path}.{quoted}" if self._path else quoted

    def text(self, key: str, default: str = "", *, required: bool = False, choices: tuple[str, ...] = ()) -> str:
        """Return the text at `key`."""
        value: str = self._get(key, str, default, required=required)
        if choices and value not in choices and value != default:
            self.note(key, "one of " + ", ".join(f"`{choice}`" for choice in choices), value)
            return default
        return value

    def optional(self, key: str) -> str | None:
        """Return the text at `key`, or None where it is absent."""
        value: str | None = self._get(key, str, None)
        return value

    def flag(self, key: str, *, default: bool = False) -> bool:
        """Return the boolean at `key`."""
        value: bool = self._get(key, bool, default)
        return value

    def number(self, key: str) -> int | None:
        """Return the whole number at `key`, or None where it is absent."""
        value: int | None = self._get(key, int, None)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the list of texts at `key`."""
        values = self._get(key, list, [])
        texts = tuple(value for value in values if isinstance(value, str))
        for position, value in enumerate(values) if len(texts) < len(values) else ():
            if not isinstance(value, str):
                self.note(f"{key}[{position}]", _KINDS[str], value)
        return texts

    def parsed(self, key: str, parse: Callable[[str], T], expected: str, default: T | None = None) -> T | None:
        """Return the text at `key` as `parse` reads it; a `TerraError` of `parse` is noted."""
        text = self._get(key, str, None)
        if text is None:
            return default
        try:
            return parse(text)
        except TerraError:
            self.note(key, expected, text)
            return default

    def raw(self, key: str) -> Any:
        """Return whatever stands at `key`, None where it is absent; the caller looks at its type."""
        self._asked.add(key)
        return self._table.get(key)

    def forbid(self, key: str, expected: str) -> None:
        """Note a key that must not be there, without showing its value."""
        self._forbidden.add(key)
        if key in self._table:
            self.issues.append(Issue(self.where(key), expected, "one"))

    def table(self, key: str, *, required: bool = False) -> Fields:
        """Return the table at `key`, an empty one where it is absent."""
        return Fields(self._get(key, dict, {}, required=required), self.where(key), self.issues)

    def tables(self, key: str) -> Iterator[Fields]:
        """Yield the tables of the list at `key`."""
        path = self.where(key)
        for position, value in enumerate(self._get(key, list, [])):
            if isinstance(value, dict):
                yield Fields(value, f"{path}[{position}]", self.issues)
            else:
                self.note(f"{key}[{position}]", _KINDS[dict], value)

    def keys(self) -> tuple[str, ...]:
        """Return the keys of the table, which then count as asked for."""
        self._asked.update(self._table)
        return tuple(self._table)

    def unknown(self) -> None:
        """Note every key that nobody asked for, with the nearest one that exists."""
        for key in self._table:
            if key not in self._asked and key not in self._forbidden:
                known = ", ".join(f"`{each}`" for each in sorted(self._asked))
                self.issues.append(Issue(self.where(key), f"one of {known}", "an unknown key"))

    def finish(self, document: str, *, hint: str | None = None) -> None:
        """Raise everything that was noted.

        Raises:
            InvalidDocumentError: Anything was.
        """
        if self.issues:
            raise InvalidDocumentError(document, self.issues, hint=hint)

    def _get(self, key: str, kind: type, default: Any, *, required: bool = False) -> Any:
        self._asked.add(key)
        value = self._table.get(key, _MISSING)
        if value is _MISSING or value is None:
            if required:
                self.issues.append(Issue(self.where(key), _KINDS[kind], "nothing"))
            return default
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            self.note(key, _KINDS[kind], value)
            return default
        return value


def show(value: object) -> str:
    """Return a value as an error message shows it: short, on one line."""
    text = f"`{value}`" if isinstance(value, str) else _KINDS.get(type(value), repr(value))
    if isinstance(value, (int, float)):
        text = f"`{str(value).lower()}`"
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
