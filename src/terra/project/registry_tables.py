"""Add and take away `[registries.LABEL]` tables of `terra.toml` and `config.toml`; comments stay where they are.

A table with a header of its own is added and taken away as text, which moves nothing else. tomlkit counts the
comment above the next table to the one before it, and would take it away too.
"""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

from terra.errors import InvalidDocumentError, UsageError
from terra.model.values import field, value
from terra.project.editing import edited
from terra.wire import toml

if TYPE_CHECKING:
    from collections.abc import Callable

    from terra.model.project import RegistryEntry

_HEADER = re.compile(r"[ \t]*\[")
_REMARK = re.compile(r"[ \t]*(?:#.*)?")


@value
class Document:
    """A file with registries: what the user calls it, and what raises `InvalidDocumentError` for its bytes."""

    name: str
    check: Callable[[bytes], object] = field(repr=False)


def with_registry(data: bytes, entry: RegistryEntry, document: Document) -> bytes:
    """Return `data` with a `[registries.LABEL]` table at its end.

    Raises:
        UsageError: The file is laid out in a way that cannot be edited; it stays as it is.
    """
    newline = b"\r\n" if b"\r\n" in data else b"\n"
    texts = [f"{key} = {toml.quote(text)}" for key, text in (("url", entry.url), ("kind", entry.kind)) if text]
    pairs = [*texts, *([f"namespaces = {toml.array(entry.namespaces)}"] if entry.namespaces else [])]
    table = "\n".join([f"[registries.{entry.label}]", *pairs, ""]).encode().replace(b"\n", newline)
    before = data.rstrip()
    after = (before + newline * 2 if before else b"") + table
    try:
        document.check(after)
    except InvalidDocumentError:  # `registries` is an inline table, which cannot be added to below
        line = f"{{ {', '.join(pairs)} }}"

        def edit(parsed: Any) -> None:  # noqa: ANN401  # tomlkit's containers share no type
            import tomlkit

            parsed["registries"][entry.label] = tomlkit.value(line)

        hint = f"write it yourself: `registries.{entry.label} = {line}`"
        return edited(data, edit, document.check, document.name, hint)
    return after


def without_registry(data: bytes, label: str, document: Document) -> bytes:
    """Return `data` without the registry of a label, whichever way it is written.

    Raises:
        UsageError: The file is laid out in a way that cannot be edited; it stays as it is.
    """
    hint = f"take `registries.{label}` out of it yourself"
    wanted = _parsed(data)
    wanted.get("registries", {}).pop(label, None)
    cut = _cut(data, label)
    if cut is None or not _says(cut, wanted):

        def edit(parsed: Any) -> None:  # noqa: ANN401
            del parsed["registries"][label]

        cut = edited(data, edit, document.check, document.name, hint)
    if not _says(cut, wanted):
        message = f"`{document.name}` is laid out in a way that terra cannot edit"
        raise UsageError(message, hint=hint, subjects=(document.name,))
    return cut


def _cut(data: bytes, label: str) -> bytes | None:
    """Cut the table with a header of its own out; None where there is none. What stands above a header stays."""
    quoted = re.escape(label)
    header = re.compile(rf"""[ \t]*\[[ \t]*registries[ \t]*\.[ \t]*["']?{quoted}["']?[ \t]*\][ \t]*(?:#.*)?""")
    lines = data.decode("utf-8-sig").splitlines(keepends=True)
    start = next((number for number, line in enumerate(lines) if header.fullmatch(line.rstrip("\r\n"))), None)
    if start is None:
        return None
    end = next((number for number in range(start + 1, len(lines)) if _HEADER.match(lines[number])), len(lines))
    while end > start + 1 and _REMARK.fullmatch(lines[end - 1].rstrip("\r\n")):
        end -= 1  # comments and blank lines at the end belong to what follows
    before, after = lines[:start], lines[end:]
    while before and not before[-1].strip() and not (after and after[0].strip()):
        if after:  # blank lines above and below become those above
            del after[0]
        else:
            del before[-1]
    bom = data[: len(data) - len(data.decode("utf-8-sig").encode())]
    return bom + "".join([*before, *after]).encode()


def _says(data: bytes, wanted: dict[str, Any]) -> bool:
    """Tell whether a document says what it is to say; an empty `registries` is none."""
    try:
        found = _parsed(data)
    except tomllib.TOMLDecodeError:
        return False
    return {k: v for k, v in found.items() if v or k != "registries"} == {
        k: v for k, v in wanted.items() if v or k != "registries"
    }


def _parsed(data: bytes) -> dict[str, Any]:
    return tomllib.loads(data.decode("utf-8-sig").replace("\r\n", "\n"))
