"""A registry of releases with files, for tests of what happens after the first minute."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from support.packages import sha256
from support.project import Workspace

if TYPE_CHECKING:
    from pathlib import Path

    Files = dict[str, str | bytes]


class Releases:
    """One registry of archives with checksums: name -> version -> entry."""

    def __init__(self, folder: Path) -> None:
        self._workspace = Workspace(folder)
        self.plugins: dict[str, dict[str, dict[str, Any]]] = {}

    @property
    def document(self) -> Path:
        """The registry's file."""
        return self._workspace.registry

    def add(self, name: str, version: str, files: Files, **facts: Any) -> Path:
        """Publish a release; return its archive."""
        manifest = f'[plugin]\nname = "{name}"\nversion = "{version}"\n'
        file_name = f"{name}-{version}.zip"
        path, checksum = self._workspace.archive(name, {"terra-plugin.toml": manifest, **files}, file_name)
        entry = {"source": f"file:{file_name}", "checksum": checksum, **facts}
        self.plugins.setdefault(name, {})[version] = entry
        self.write()
        return path

    def change(self, name: str, version: str, **facts: Any) -> None:
        """Say something else of a release."""
        self.plugins[name][version].update(facts)
        self.write()

    def write(self) -> None:
        """Write the registry's document."""
        plugins = [{"name": name, "versions": versions} for name, versions in self.plugins.items()]
        self.document.write_text(json.dumps({"terra-registry": 1, "plugins": plugins}))


def other_than(path: Path) -> str:
    """Return the checksum of nothing that a test has: that of a file's own checksum."""
    return sha256(sha256(path.read_bytes()).encode())
