"""`terra-plugin.toml`: bytes to `PluginManifest`.

The manifest comes out of an archive, so it is bounded and believed in nothing but what it says of itself.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from terra.errors import InvalidDocumentError, Issue
from terra.model.name import Name
from terra.model.plugin import Dependency, PluginManifest
from terra.model.requirement import ANY, Specifier
from terra.model.version import Version
from terra.wire import toml

if TYPE_CHECKING:
    from terra.wire.fields import Fields

FILE_NAME = "terra-plugin.toml"
MAX_SIZE = 1 << 20  # bytes
_MAX_PATTERNS = 200
_NAME = "a plugin name such as `aws-s3` or `my-company/vpc`"
_VERSION = "a version such as `1.2.3` or `1.2.3-rc.1`"
_SPECIFIER = 'a version requirement such as `">=0.1,<1"`'
_FOLDER = "a folder below this file, such as `module`"
_PATTERN = f"at most {_MAX_PATTERNS} relative patterns such as `docs/**`"
_HOOK = "a function such as `package.module:function`"
_ENTRY = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)


def read_plugin_manifest(data: bytes, document: str) -> PluginManifest:
    """Return the values of a `terra-plugin.toml`.

    Unknown keys are issues, since they are misspelt ones; a `[tool]` table is left to other programs.

    Args:
        data: UTF-8, at most 1 MiB.
        document: What messages call it.

    Raises:
        InvalidDocumentError: With every issue of the document.
    """
    top = _decode(data, document)
    top.raw("tool")
    plugin, files = top.table("plugin", required=True), top.table("files")
    if plugin.raw("name") is None and isinstance(top.raw("plugin"), dict):
        plugin.text("name", required=True)
    manifest = PluginManifest(
        name=plugin.parsed("name", Name.parse, _NAME) or Name("missing"),
        version=plugin.parsed("version", Version.parse, _VERSION),
        description=plugin.text("description"),
        license=plugin.text("license"),
        tags=plugin.texts("tags"),
        provider=plugin.optional("provider"),
        terraform=plugin.optional("terraform"),
        repository=plugin.optional("repository"),
        directory=plugin.optional("directory"),
        dependencies=_dependencies(top.table("dependencies")),
        root=_root(files),
        include=_patterns(files, "include"),
        exclude=_patterns(files, "exclude"),
        hooks=_hooks(top.table("hooks")),
    )
    for table in (plugin, files, top):
        table.unknown()
    top.finish(document)
    return manifest


def _decode(data: bytes, document: str) -> Fields:
    if len(data) > MAX_SIZE:
        raise InvalidDocumentError(document, [Issue("document", f"at most {MAX_SIZE} bytes", "more")])
    return toml.decode(data, document)


def _dependencies(table: Fields) -> tuple[Dependency, ...]:
    found = []
    for key in table.keys():  # noqa: SIM118  # not a mapping
        value: Any = table.raw(key)
        if not Name.is_name(key):
            table.note(key, _NAME, key)
        elif isinstance(value, str):
            found.append(Dependency(Name(key), table.parsed(key, Specifier.parse, _SPECIFIER, ANY) or ANY))
        elif isinstance(value, dict):
            each = table.table(key)
            specifier = each.parsed("version", Specifier.parse, _SPECIFIER, ANY) or ANY
            found.append(Dependency(Name(key), specifier, each.texts("replaces")))
            each.unknown()
        else:
            table.note(key, f"{_SPECIFIER} or a table", value)
    return tuple(found)


def _root(files: Fields) -> str:
    root = files.text("root", ".")
    cleaned = root.removeprefix("./").removesuffix("/")
    if root in (".", "./") or _is_relative(cleaned):
        return cleaned or "."
    files.note("root", _FOLDER, root)
    return "."


def _patterns(files: Fields, key: str) -> tuple[str, ...]:
    patterns = files.texts(key)
    if len(patterns) > _MAX_PATTERNS:
        files.note(key, _PATTERN, len(patterns))
        return ()
    cleaned = tuple(pattern.removeprefix("./") for pattern in patterns)
    for position, pattern in enumerate(cleaned):
        if len(pattern) > 1024 or not _is_relative(pattern.removesuffix("/")):  # noqa: PLR2004  # as long as a path
            files.note(f"{key}[{position}]", _PATTERN, pattern)
    return cleaned


def _is_relative(path: str) -> bool:
    return "\\" not in path and ":" not in path and all(part not in ("", ".", "..") for part in path.split("/"))


def _hooks(table: Fields) -> tuple[tuple[str, str], ...]:
    found = []
    for key in table.keys():  # noqa: SIM118  # not a mapping
        value = table.text(key)
        if not re.fullmatch(r"[a-z]+(-[a-z]+)*", key) or not _ENTRY.fullmatch(value):
            table.note(key, _HOOK, value)
        else:
            found.append((key, value))
    return tuple(found)
