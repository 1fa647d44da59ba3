"""The installed command, and registries with plugins to try it on."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MAIN = """variable "name" {
  type        = string
  description = "What it is called"
}

output "id" {
  value = var.name
}
"""


@dataclass(frozen=True)
class Ended:
    """How a run of the command ended."""

    exit: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The document on stdout."""
        return json.loads(self.out)


class Terra:
    """Runs the installed command; `cwd` is the project's folder unless a call says otherwise."""

    def __init__(self, program: Path, cwd: Path) -> None:
        self.program = program
        self.cwd = cwd

    def __call__(self, *words: str, cwd: Path | None = None, exit: int | None = 0, **environment: str) -> Ended:
        """Run to the end; a wrong exit code fails the test with everything that was printed."""
        ended = subprocess.run(
            [str(self.program), *map(str, words)],
            cwd=cwd or self.cwd,
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=120,
            check=False,
        )
        out, err = (each.decode("utf-8", "surrogateescape") for each in (ended.stdout, ended.stderr))
        if exit is not None:
            shown = f"terra {' '.join(words)}: exit {ended.returncode}\n--- out\n{out}\n--- err\n{err}"
            assert ended.returncode == exit, shown
        return Ended(ended.returncode, out, err)


class Workspace:
    """A folder with a registry.json and plugins, written as a test needs them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def registry(self) -> Path:
        """The registry's file."""
        return self.folder / "registry.json"

    def plugin(self, name: str, files: dict[str, str | bytes] | None = None, manifest: str | None = "") -> Path:
        """Write a plugin's folder; `manifest` None leaves terra-plugin.toml out, "" writes the usual one."""
        folder = self.folder / "packages" / "plugins" / name
        write_files(folder, files if files is not None else {"main.tf": MAIN, "README.md": f"# {name}\n"})
        if manifest is not None:
            usual = f'[plugin]\nname = "{name}"\nversion = "0.1.0"\n'
            (folder / "terra-plugin.toml").write_text(manifest or usual)
        return folder

    def archive(self, name: str, files: dict[str, str | bytes], file_name: str | None = None) -> tuple[Path, str]:
        """Write a zip; return its path and checksum."""
        path = self.folder / (file_name or f"{name}.zip")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
            for each, data in files.items():
                out.writestr(zipfile.ZipInfo(each, (2026, 1, 1, 0, 0, 0)), data)
        return path, f"sha256-{hashlib.sha256(path.read_bytes()).hexdigest()}"

    def write(self, entries: Any) -> Path:
        """Write registry.json."""
        self.registry.write_text(json.dumps(entries))
        return self.registry

    def simple(self, *names: str) -> Path:
        """Write plugins of these names and a simple registry of them."""
        for name in names:
            self.plugin(name)
        return self.write([{"name": name, "source": f"workspace:packages/plugins/{name}"} for name in names])


def write_files(folder: Path, files: dict[str, str | bytes]) -> None:
    """Write files below a folder."""
    for path, data in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data if isinstance(data, bytes) else data.encode())


def snapshot(folder: Path) -> dict[str, str]:
    """Return what is below a folder: bytes' digests, links' targets; empty folders too."""
    found = {}
    for root, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(root) / name
            key = path.relative_to(folder).as_posix()
            if path.is_symlink():
                found[key] = f"link {os.readlink(path)}"
            elif path.is_dir():
                found[f"{key}/"] = "folder"
            else:
                found[key] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found
