"""The same five items of three files, as each tool's registry wants them, below one folder that a server serves."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from dataclasses import dataclass
from pathlib import Path

ITEMS = ("aws-s3", "aws-vpc", "aws-lambda", "aws-iam-role", "aws-sqs")
FILES = 3
_FILLER = 60  # lines that bring a file to about 1.3 KiB


@dataclass(frozen=True, slots=True)
class Registries:
    """Where everything was written.

    Attributes:
        served: Root of the server: `registry.json` and `NAME.tar.gz`, `shadcn/`, `jsrepo/`.
        templates: A folder per item, for copier.
    """

    served: Path
    templates: Path


def write(folder: Path) -> Registries:
    """Write all registries; the addresses in them are relative."""
    made = Registries(folder / "served", folder / "templates")
    for below in (made.served / "shadcn", made.served / "jsrepo", made.templates):
        below.mkdir(parents=True)
    entries = []
    for name in ITEMS:
        files = _files(name)
        entries.append(_terra_entry(made.served, name, files))
        _write_shadcn(made.served / "shadcn", name, files)
        _write_template(made.templates / name, files)
    _dump(made.served / "registry.json", {"terra-registry": 1, "name": "bench", "plugins": entries})
    _write_jsrepo(made.served / "jsrepo")
    return made


def _files(name: str) -> dict[str, str]:
    bodies = {
        "main.tf": f'resource "aws_x" "{name}" {{\n  name = var.name\n}}\n',
        "variables.tf": 'variable "name" {\n  type = string\n}\n',
        "outputs.tf": f'output "id" {{\n  value = aws_x.{name}.id\n}}\n',
    }
    return {path: body + f"# filler line for {name}\n" * _FILLER for path, body in bodies.items()}


def _terra_entry(served: Path, name: str, files: dict[str, str]) -> dict[str, object]:
    """Write the archive, which giget reads too, and return terra's entry for it."""
    archive = served / f"{name}.tar.gz"
    with tarfile.open(archive, "w:gz") as out:
        for path, body in files.items():
            member = tarfile.TarInfo(f"{name}/{path}")
            member.size = len(body)
            out.addfile(member, io.BytesIO(body.encode()))
    checksum = f"sha256-{hashlib.sha256(archive.read_bytes()).hexdigest()}"
    return {"name": name, "versions": {"0.1.0": {"source": archive.name, "checksum": checksum}}}


def _write_shadcn(folder: Path, name: str, files: dict[str, str]) -> None:
    listed = [
        {"path": f"plugins/{name}/{path}", "type": "registry:file", "target": f"~/plugins/{name}/{path}", "content": it}
        for path, it in files.items()
    ]
    _dump(folder / f"{name}.json", {"name": name, "type": "registry:item", "title": name, "files": listed})


def _write_jsrepo(folder: Path) -> None:
    manifest = []
    for name in ITEMS:
        files = [
            {"type": "block", "path": f"{name}/{path}", "target": f"plugins/{name}/{path}", "content": body}
            for path, body in _files(name).items()
        ]
        _dump(folder / f"{name}.json", {"name": name, "type": "block", "files": files})
        bare = [{key: value for key, value in each.items() if key != "content"} for each in files]
        manifest.append({"name": name, "type": "block", "files": bare})
    _dump(folder / "registry.json", {"name": "bench", "type": "distributed", "items": manifest})


def _write_template(folder: Path, files: dict[str, str]) -> None:
    folder.mkdir()
    (folder / "copier.yml").write_text("_min_copier_version: '9'\n")
    for path, body in files.items():
        (folder / path).write_text(body)


def _dump(path: Path, document: object) -> None:
    path.write_text(json.dumps(document))
