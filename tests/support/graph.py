"""A registry of plugins that need each other, in folders or as archives on a server."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from support.packages import packed, serve, sha256
from support.project import write_files

if TYPE_CHECKING:
    from pathlib import Path

    from support.hostile_server import HostileServer


@dataclass
class Graph:
    """Releases `NAME@VERSION`, and the registry.json that lists them in one folder."""

    folder: Path
    entries: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: dict[str, dict[str, str | bytes]] = field(default_factory=dict)

    def add(
        self,
        plugin: str,
        needs: dict[str, str] | None = None,
        files: dict[str, str | bytes] | None = None,
        *,
        stated: bool = True,
        **facts: Any,
    ) -> Graph:
        """Take up a release.

        Args:
            plugin: `NAME@VERSION`.
            needs: Its dependencies, name to requirement; its manifest always says them.
            files: Its Terraform files; one that names registry and release where there are none.
            stated: Whether the registry says version and dependencies too.
            facts: Further keys of its entry.
        """
        name, _, version = plugin.partition("@")
        lines = "".join(f'"{each}" = "{text}"\n' for each, text in (needs or {}).items())
        manifest = f'[plugin]\nname = "{name}"\nversion = "{version}"\n[dependencies]\n{lines}'
        held = files or {"main.tf": f"# {self.folder.name} {plugin}\n"}
        self.files[plugin] = {"terra-plugin.toml": manifest, **held}
        entry = {"source": f"workspace:releases/{plugin}", **({"dependencies": needs or {}} if stated else {}), **facts}
        listed = self.entries.setdefault(name, {"name": name, "versions": {}})
        listed["versions"][version] = entry
        return self

    def write(self) -> Path:
        """Write folders and registry.json; return the registry's folder."""
        for plugin, files in self.files.items():
            write_files(self.folder / "releases" / plugin, files)
        self._write_document(self.entries)
        return self.folder

    def serve(self, server: HostileServer, below: str = "/r") -> str:
        """Serve the releases as archives; return the registry's URL."""
        for plugin, files in self.files.items():
            name, _, version = plugin.partition("@")
            data = packed(files, ".zip")
            entry = self.entries[name]["versions"][version]
            entry.update(source=f"{plugin.replace('/', '-')}.zip", checksum=sha256(data))
            server.routes[f"{below}/{plugin.replace('/', '-')}.zip"] = serve(data)
        server.routes[f"{below}/registry.json"] = serve(json.dumps(self._document(self.entries)).encode())
        return server.url(f"{below}/registry.json")

    def _write_document(self, entries: dict[str, dict[str, Any]]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "registry.json").write_text(json.dumps(self._document(entries)))

    @staticmethod
    def _document(entries: dict[str, dict[str, Any]]) -> dict[str, Any]:
        return {"terra-registry": 1, "plugins": list(entries.values())}


def call(source: str, label: str = "x") -> str:
    """Return a module block."""
    return f'module "{label}" {{\n  source = "{source}"\n}}\n'
