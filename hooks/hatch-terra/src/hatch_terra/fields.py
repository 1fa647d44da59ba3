"""Reads a TOML table field by field and collects everything that is wrong with it, each by its key."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from hatch_terra.errors import PluginError

if TYPE_CHECKING:
    from pathlib import Path

_KINDS = {str: "a text", dict: "a table", list: "a list", bool: "true or false"}
_SHOWN = 60


class Fields:
    """One table of a document, with the keys that lead to it; a getter notes what is wrong and returns a default."""

    def __init__(self, table: dict[str, Any], path: str = "", issues: list[str] | None = None) -> None:
        self.keys = tuple(table)
        self.issues: list[str] = [] if issues is None else issues
        self._table = table
        self._path = path

    def note(self, key: str, expected: str, got: object) -> None:
        """Note that the value of `key` is not what it must be."""
        self.issues.append(f"`{self._where(key)}`: expected {expected}, got {_show(got)}")

    def text(self, key: str, default: str = "") -> str:
        """Return the text at `key`."""
        value: str = self._get(key, str, default)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """Return the list of texts at `key`."""
        values = self._get(key, list, [])
        for position, value in enumerate(values):
            if not isinstance(value, str):
                self.note(f"{key}[{position}]", _KINDS[str], value)
        return tuple(value for value in values if isinstance(value, str))

    def table(self, key: str) -> Fields:
        """Return the table at `key`, an empty one where it is absent."""
        return Fields(self._get(key, dict, {}), self._where(key), self.issues)

    def raw(self, key: str) -> object:
        """Return whatever stands at `key`."""
        return self._table.get(key)

    def only(self, *known: str) -> None:
        """Note every key that is not one of these."""
        for key in self.keys:
            if key not in known:
                expected = ", ".join(f"`{each}`" for each in sorted(known))
                self.issues.append(f"`{self._where(key)}`: expected one of {expected}, got an unknown key")

    def _where(self, key: str) -> str:
        bare = key.partition("[")[0]
        quoted = key if bare.replace("-", "").replace("_", "").isalnum() else f'"{key}"'
        return f"{self._path}.{quoted}" if self._path else quoted

    def _get(self, key: str, kind: type, default: Any) -> Any:  # noqa: ANN401  # as the caller asks
        value = self._table.get(key, default)
        if value is default or isinstance(value, kind):
            return value
        self.note(key, _KINDS[kind], value)
        return default


def read_toml(path: Path) -> Fields:
    """Return the top table of a TOML file; a byte order mark is allowed, as terra allows it.

    Raises:
        PluginError: It is not TOML in UTF-8.
        OSError: It cannot be read.
    """
    try:
        return Fields(tomllib.loads(path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")))
    except (ValueError, RecursionError) as error:
        message = f"`{path.name}` is not TOML: {error}"
        raise PluginError(message) from error


def _show(value: object) -> str:
    if value is None:
        return "nothing"
    text = f"`{value}`" if isinstance(value, str) else _KINDS.get(type(value), f"`{value}`")
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
