"""What the author of a plugin says of it: the values of `terra-plugin.toml`."""

from __future__ import annotations

from terra.model.name import Name
from terra.model.requirement import Specifier
from terra.model.values import value
from terra.model.version import Version


@value
class Dependency:
    """A plugin that a plugin calls by a sibling path, and the source strings that it replaces."""

    name: Name
    specifier: Specifier
    replaces: tuple[str, ...] = ()


@value
class PluginManifest:
    """The values of one `terra-plugin.toml`, with `dependencies` and `[files]` beside `[plugin]`."""

    name: Name
    version: Version | None = None
    description: str = ""
    license: str = ""
    tags: tuple[str, ...] = ()
    provider: str | None = None
    terraform: str | None = None
    repository: str | None = None
    directory: str | None = None
    dependencies: tuple[Dependency, ...] = ()
    root: str = "."
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    hooks: tuple[tuple[str, str], ...] = ()
