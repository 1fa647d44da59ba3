"""Read and edit `terra.toml`; comments, order and unknown layout of the user's file survive an edit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from terra.model.project import DEFAULT_FOLDER, Project, RegistryEntry, Wanted
from terra.model.requirement import ANY
from terra.project.discovery import MANIFEST
from terra.system import fs
from terra.wire import project_toml, toml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from tomlkit.items import Item

    from terra.model.name import Name

_LIMIT = 1 << 20  # bytes; a terra.toml is some kilobytes


def load(folder: Path) -> tuple[Project, bytes | None]:
    """Return what the project's `terra.toml` says, and its bytes; an absent one says nothing.

    Raises:
        InvalidDocumentError: With every issue of the document.
    """
    data = fs.read_document(folder / MANIFEST, _LIMIT)
    if data is None:
        return Project(name=folder.name), None
    return project_toml.read_project(data, MANIFEST), data


def read(data: bytes) -> Project:
    """Return what the bytes of a `terra.toml` say.

    Raises:
        InvalidDocumentError: With every issue of the document.
    """
    return project_toml.read_project(data, MANIFEST)


def new(name: str, wanted: tuple[Wanted, ...] = (), plugins_dir: str = DEFAULT_FOLDER) -> bytes:
    """Return the bytes of a new `terra.toml`."""
    folder = "" if plugins_dir == DEFAULT_FOLDER else f"plugins-dir = {toml.quote(plugins_dir)}\n"
    lines = "".join(f"{_key(each)} = {_value(each)}\n" for each in wanted)
    return f"[project]\nname = {toml.quote(name)}\n{folder}\n[plugins]\n{lines}".encode(errors="replace")


def with_plugins(data: bytes, set_name: str, wanted: tuple[Wanted, ...]) -> bytes:
    """Return `data`, a `terra.toml`, with the lines of `wanted` added or replaced in a set's table.

    Raises:
        UsageError: The file is laid out in a way that cannot be edited; it stays as it is.
    """

    def edit(document: Any) -> None:  # noqa: ANN401  # tomlkit's containers share no type
        import tomlkit.items

        parent = document
        for key in (*(("sets", set_name) if set_name else ()), "plugins"):
            is_inline = isinstance(parent, tomlkit.items.InlineTable)
            if key not in parent:
                parent[key] = tomlkit.inline_table() if is_inline else tomlkit.table()
            parent = parent[key]
        table = parent
        tail = _cut_tail(table)
        for each in wanted:
            table[each.name.text] = _item(each)
        _body(table).extend(tail)

    where = f"[sets.{set_name}.plugins]" if set_name else "[plugins]"
    lines = ", ".join(f"`{_key(each)} = {_value(each)}`" for each in wanted)
    return _edited(data, edit, f"write it yourself, under `{where}`: {lines}")


def without_plugins(data: bytes, set_name: str, names: Iterable[Name]) -> bytes:
    """Return `data`, a `terra.toml`, without the lines of some plugins of a set.

    Raises:
        UsageError: The file is laid out in a way that cannot be edited; it stays as it is.
    """
    names = list(names)

    def edit(document: Any) -> None:  # noqa: ANN401
        table = document["sets"][set_name]["plugins"] if set_name else document["plugins"]
        for name in names:
            del table[name.text]

    where = f"[sets.{set_name}.plugins]" if set_name else "[plugins]"
    lines = ", ".join(f"`{each}`" for each in names)
    return _edited(data, edit, f"take the lines of {lines} under `{where}` away yourself, then run `terra sync`")


def _edited(data: bytes, edit: Callable[[Any], None], hint: str) -> bytes:
    from terra.project.editing import edited

    return edited(data, edit, read, MANIFEST, hint)


def _body(table: Any) -> list[Any]:  # noqa: ANN401
    """Return the lines of a table; one that is spread over the file has none of its own."""
    found = getattr(getattr(table, "value", None), "body", None)
    return found if isinstance(found, list) else []


def _cut_tail(table: Any) -> list[Any]:  # noqa: ANN401
    """Take the comments and blank lines at a table's end away: they belong to what follows."""
    body = _body(table)
    tail: list[Any] = []
    while body and body[-1][0] is None:
        tail.insert(0, body.pop())
    return tail


def with_registry(
    data: bytes, label: str, url: str | None, kind: str | None = None, namespaces: tuple[str, ...] = ()
) -> bytes:
    """Return `data`, a `terra.toml`, with a `[registries.LABEL]` table at its end.

    Raises:
        UsageError: The file is laid out in a way that cannot be edited; it stays as it is.
    """
    from terra.project.registry_tables import Document, with_registry

    return with_registry(data, RegistryEntry(label, url, kind, namespaces), Document(MANIFEST, read))


def without_registry(data: bytes, label: str) -> bytes:
    """Return `data`, a `terra.toml`, without the registry of a label.

    Raises:
        UsageError: The file is laid out in a way that cannot be edited; it stays as it is.
    """
    from terra.project.registry_tables import Document, without_registry

    return without_registry(data, label, Document(MANIFEST, read))


def _key(wanted: Wanted) -> str:
    return toml.quote(wanted.name.text) if "/" in wanted.name.text else wanted.name.text


def _pairs(wanted: Wanted) -> list[tuple[str, str]]:
    pairs = [("source", wanted.source), ("checksum", str(wanted.checksum) if wanted.checksum else None)]
    pairs.append(("version", None if wanted.source and wanted.specifier == ANY else wanted.specifier.text))
    pairs.append(("registry", wanted.registry))
    return [(key, value) for key, value in pairs if value is not None]


def _value(wanted: Wanted) -> str:
    if not (wanted.source or wanted.registry or wanted.exclude):
        return toml.quote(wanted.specifier.text)
    pairs = [f"{key} = {toml.quote(value)}" for key, value in _pairs(wanted)]
    pairs += [f"exclude = {toml.array(wanted.exclude)}"] if wanted.exclude else []
    return f"{{ {', '.join(pairs)} }}"


def _item(wanted: Wanted) -> Item:
    import tomlkit

    return tomlkit.value(_value(wanted))
