"""The same items of three files, as each tool's registry wants them, below one folder that a server serves."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import catalogue

ITEMS = ("aws-s3", "aws-vpc", "aws-lambda", "aws-iam-role", "aws-sqs")
WHEELS = tuple(f"net-{number:02d}" for number in range(20))
MODULES = tuple(f"net-m{number:03d}" for number in range(200))
FILES = 3
_FILLER = 60  # lines that bring a file to about 1.3 KiB


@dataclass(frozen=True, slots=True)
class Registries:
    """Where everything was written.

    Attributes:
        served: Root of the server: `registry.json` and `NAME.tar.gz`, `shadcn/`, `jsrepo/`, the package index
            `simple/`, the npm registry `npm/`, and a registry of thousands of plugins, as one document in
            `large/` and as a static tree in `tree/`.
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
    _write_modules(made.served)
    _write_versions(made.served)
    _dump(made.served / "registry.json", {"terra-registry": 1, "name": "bench", "plugins": entries})
    _write_jsrepo(made.served / "jsrepo")
    for name in WHEELS:
        _write_wheel(made.served / "simple", name, _files(name))
    _write_npm(made.served, ITEMS[0], _files(ITEMS[0]))
    plugins = catalogue.plugins()
    catalogue.write_simple(made.served / "large", plugins)
    catalogue.write_tree(made.served / "tree", plugins, documents=False)
    return made


def _write_modules(served: Path) -> None:
    """Write 200 modules that need no provider, for terra and, over the module registry protocol, for Terraform."""
    (served / "modules").mkdir()
    body = """variable "bucket" {
  type = string
}

resource "terraform_data" "bucket" {
  input = var.bucket
}

output "id" {
  value = terraform_data.bucket.output
}
"""
    entries = []
    for name in MODULES:
        archive = served / "modules" / f"{name}.tar.gz"
        _pack(archive, {"main.tf": body})
        checksum = f"sha256-{hashlib.sha256(archive.read_bytes()).hexdigest()}"
        source = {"source": f"{name}.tar.gz", "checksum": checksum}
        entries.append({"name": name, "versions": {"1.0.0": source}})
        page = served / "v1" / "modules" / "bench" / name / "aws"
        page.mkdir(parents=True)
        _dump(page / "versions", {"modules": [{"versions": [{"version": "1.0.0"}]}]})
    _dump(served / "modules" / "registry.json", {"terra-registry": 1, "name": "modules", "plugins": entries})


def _write_versions(served: Path) -> None:
    """Write two releases of one plugin, for an update."""
    folder, name = served / "moving", ITEMS[0]
    folder.mkdir()
    versions = {}
    for version, files in updates(name).items():
        archive = folder / f"{name}-{version}.tar.gz"
        _pack(archive, files)
        checksum = f"sha256-{hashlib.sha256(archive.read_bytes()).hexdigest()}"
        versions[version] = {"source": archive.name, "checksum": checksum}
    entry = {"name": name, "versions": versions}
    _dump(folder / "registry.json", {"terra-registry": 1, "name": "moving", "plugins": [entry]})


def updates(name: str) -> dict[str, dict[str, str]]:
    """Return the files of two releases, by version: the second says something else at the top of one."""
    before = _files(name)
    return {"0.1.0": before, "0.1.1": {**before, "main.tf": "# the second release\n" + before["main.tf"]}}


def _pack(archive: Path, files: dict[str, str]) -> None:
    with tarfile.open(archive, "w:gz") as out:
        for path, body in files.items():
            member = tarfile.TarInfo(path)
            member.size = len(body)
            out.addfile(member, io.BytesIO(body.encode()))


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


def _write_wheel(simple: Path, name: str, files: dict[str, str]) -> None:
    """Write a wheel, and its page of a package index (PEP 427, PEP 503)."""
    module = f"terra_{name.replace('-', '_')}"
    info = f"{module}-0.1.0.dist-info"
    members = {
        f"{module}/__init__.py": "",
        **{f"{module}/payload/{path}": body for path, body in files.items()},
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: terra-{name}\nVersion: 0.1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: bench\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[terra.plugins]\n{name} = {module}\n",
    }
    hashes = {path: hashlib.sha256(body.encode()).digest() for path, body in members.items()}
    coded = {path: base64.urlsafe_b64encode(digest).rstrip(b"=").decode() for path, digest in hashes.items()}
    lines = [f"{path},sha256={coded[path]},{len(body.encode())}\n" for path, body in members.items()]
    members[f"{info}/RECORD"] = "".join(lines) + f"{info}/RECORD,,\n"
    page = simple / f"terra-{name}"
    page.mkdir(parents=True)
    wheel = page / f"{module}-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as out:
        for path, body in members.items():
            out.writestr(zipfile.ZipInfo(path, (2026, 1, 1, 0, 0, 0)), body)
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    link = f'<a href="{wheel.name}#sha256={digest}">{wheel.name}</a>'
    (page / "index.html").write_text(f"<!DOCTYPE html><html><body>{link}</body></html>\n")


def _write_npm(served: Path, name: str, files: dict[str, str]) -> None:
    """Write an npm package and its document, which the server sends for `/npm/@terra%2fNAME`."""
    package = f"@terra/{name}"
    described = {"name": package, "version": "0.1.0"}
    archive = served / f"npm-{name}.tgz"
    with tarfile.open(archive, "w:gz") as out:
        for path, body in {"package.json": json.dumps(described), **files}.items():
            member = tarfile.TarInfo(f"package/{path}")
            member.size = len(body)
            out.addfile(member, io.BytesIO(body.encode()))
    data = archive.read_bytes()
    dist = {
        "tarball": f"../{archive.name}",  # made absolute by the server, whose port is not known yet
        "integrity": f"sha512-{base64.b64encode(hashlib.sha512(data).digest()).decode()}",
        "shasum": hashlib.sha1(data).hexdigest(),
    }
    document = {"name": package, "dist-tags": {"latest": "0.1.0"}, "versions": {"0.1.0": {**described, "dist": dist}}}
    (served / "npm" / "@terra").mkdir(parents=True)
    _dump(served / "npm" / "@terra" / name, document)


def finish(served: Path, url: str) -> None:
    """Write the server's address into the documents that need it."""
    path = served / "npm" / "@terra" / ITEMS[0]
    path.write_text(path.read_text().replace('"tarball": "../', f'"tarball": "{url}/'))


def _dump(path: Path, document: object) -> None:
    path.write_text(json.dumps(document))
