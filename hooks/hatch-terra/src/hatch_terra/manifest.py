"""`terra-plugin.toml`, the author's one manifest, as far as a Python distribution is made from it.

It is checked as a whole, since terra refuses a wheel whose manifest is wrong: the author learns it here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hatch_terra.errors import PluginError
from hatch_terra.fields import Fields, read_toml
from hatch_terra.versions import pep440_specifier, pep440_version

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FILE_NAME = "terra-plugin.toml"
_PLUGIN_KEYS = (
    *("name", "version", "description", "license", "tags"),
    *("provider", "terraform", "repository", "directory"),
)
_PART = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_NAME = re.compile(rf"(?=.{{1,64}}\Z){_PART}(?:/{_PART})?")
_DEVICE = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]")
_ENTRY = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)
_HOOK_NAME = re.compile(r"[a-z]+(-[a-z]+)*")
_MAX_PATTERNS, _MAX_PATTERN = 200, 1024
_A_NAME = "a plugin name such as `aws-s3` or `my-company/vpc`"
_A_VERSION = "a version such as `1.2.3` or `1.2.3-rc.1`"
_A_SPECIFIER = 'a version requirement such as `">=0.1,<1"`'
_A_PATTERN = f"at most {_MAX_PATTERNS} relative patterns such as `docs/**`"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the manifest says.

    Attributes:
        name: The plugin's, `aws-s3` or `my-company/vpc`.
        version: In the spelling of PEP 440.
        description: One line.
        license: An SPDX expression, or any text.
        tags: What a search finds.
        repository: A URL, or the empty string.
        dependencies: Requirements of PEP 508 on the distributions of the plugins that it needs.
        root: The payload's folder relative to the manifest, `.` for the same.
        include: Patterns that bring back what is left out by default.
        exclude: Patterns that leave out more.
    """

    name: str
    version: str
    description: str
    license: str
    tags: tuple[str, ...]
    repository: str
    dependencies: tuple[str, ...]
    root: str
    include: tuple[str, ...]
    exclude: tuple[str, ...]

    @property
    def distribution(self) -> str:
        """The distribution that carries the plugin, `terra-my-company-vpc`."""
        return distribution_of(self.name)

    @property
    def module(self) -> str:
        """The Python package that holds the payload, `terra_my_company_vpc`."""
        return self.distribution.replace("-", "_")


def distribution_of(name: str) -> str:
    """Return the distribution that carries a plugin."""
    return "terra-" + name.replace("/", "-")


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a plugin's folder.

    Raises:
        PluginError: There is none, or it is wrong; with every key that is.
    """
    path = folder / FILE_NAME
    if not path.is_file():
        message = f"there is no `{FILE_NAME}` beside `pyproject.toml`"
        raise PluginError(message, hint='write one, with `name = "…"` and `version = "…"` under `[plugin]`')
    top = read_toml(path)
    manifest = _values(top)
    if top.issues:
        count = "1 problem" if len(top.issues) == 1 else f"{len(top.issues)} problems"
        lines = "".join(f"\n  {issue}" for issue in top.issues)
        message = f"`{FILE_NAME}` has {count}{lines}"
        raise PluginError(message, hint="mend the file at the places named")
    return manifest


def _values(top: Fields) -> Manifest:
    top.only("plugin", "dependencies", "files", "hooks", "tool")
    plugin, files = top.table("plugin"), top.table("files")
    plugin.only(*_PLUGIN_KEYS)
    files.only("root", "include", "exclude")
    for key in ("provider", "terraform", "directory"):  # terra's alone
        plugin.text(key)
    _check_hooks(top.table("hooks"))
    return Manifest(
        name=_required(plugin, "name", _plugin_name, _A_NAME),
        version=_required(plugin, "version", pep440_version, _A_VERSION),
        description=plugin.text("description"),
        license=plugin.text("license"),
        tags=plugin.texts("tags"),
        repository=plugin.text("repository"),
        dependencies=_dependencies(top.table("dependencies")),
        root=_root(files),
        include=_patterns(files, "include"),
        exclude=_patterns(files, "exclude"),
    )


def _required(table: Fields, key: str, parse: Callable[[str], str], expected: str) -> str:
    value = table.raw(key)
    if isinstance(value, str):
        return _parsed(table, key, value, parse, expected)
    table.note(key, expected, value)
    return ""


def _parsed(table: Fields, key: str, text: str, parse: Callable[[str], str], expected: str) -> str:
    try:
        return parse(text)
    except ValueError:
        table.note(key, expected, text)
        return ""


def _plugin_name(text: str) -> str:
    if _NAME.fullmatch(text) is None or any(_DEVICE.fullmatch(part) for part in text.split("/")):
        raise ValueError(text)
    return text


def _dependencies(table: Fields) -> tuple[str, ...]:
    found = []
    for key in table.keys:
        value, said = table.raw(key), table
        if isinstance(value, dict):
            said = table.table(key)
            said.only("version", "replaces")
            said.texts("replaces")
            text = said.text("version", "*")
        elif isinstance(value, str):
            text = value
        else:
            table.note(key, f"{_A_SPECIFIER} or a table", value)
            continue
        specifier = _parsed(said, key if said is table else "version", text, pep440_specifier, _A_SPECIFIER)
        name = _parsed(table, key, key, _plugin_name, _A_NAME)
        found.append(distribution_of(name) + specifier)
    return tuple(found)


def _root(files: Fields) -> str:
    root = files.text("root", ".")
    cleaned = root.removeprefix("./").removesuffix("/")
    if root in (".", "./") or _is_relative(cleaned):
        return cleaned or "."
    files.note("root", "a folder below this file, such as `module`", root)
    return "."


def _patterns(files: Fields, key: str) -> tuple[str, ...]:
    patterns = tuple(pattern.removeprefix("./") for pattern in files.texts(key))
    if len(patterns) > _MAX_PATTERNS:
        files.note(key, _A_PATTERN, len(patterns))
    for position, pattern in enumerate(patterns[:_MAX_PATTERNS]):
        if len(pattern) > _MAX_PATTERN or not _is_relative(pattern.removesuffix("/")):
            files.note(f"{key}[{position}]", _A_PATTERN, pattern)
    return patterns


def _is_relative(path: str) -> bool:
    return "\\" not in path and ":" not in path and all(part not in ("", ".", "..") for part in path.split("/"))


def _check_hooks(table: Fields) -> None:
    for key in table.keys:
        value = table.raw(key)
        if not (isinstance(value, str) and _HOOK_NAME.fullmatch(key) and _ENTRY.fullmatch(value)):
            table.note(key, "a function such as `package.module:function`", value)
