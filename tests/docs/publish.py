"""Fill a static package index with plugins: what a page's hidden set-up calls.

    python publish.py pypi FOLDER PLUGIN[@VERSION]…
    python publish.py npm FOLDER ORIGIN PLUGIN[@VERSION]…
    python publish.py terraform FOLDER NAME PLUGIN[@VERSION]…

PLUGIN is a folder with a `terra-plugin.toml`. In FOLDER stand then, for a static host, the wheels and pages of a
package index (PEP 503), the tarballs and documents of an npm registry, below ORIGIN, or the archives and documents
of a module registry, where the plugin is NAME and says nothing of itself.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
import tomllib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.packages import packed, wheel
from terra.model.module_address import ModuleAddress
from terra.model.name import Name

_LEFT_OUT = ("pyproject.toml", "examples", "tests")
Files = dict[str, str | bytes]


def main(kind: str, folder: str, *words: str) -> None:
    """Publish plugins."""
    if kind == "pypi":
        for each in words:
            to_pypi(Path(folder), *_read(each))
    elif kind == "terraform":
        own, *plugins = words
        for each in plugins:
            _, version, files = _read(each)
            to_modules(Path(folder), own, version, files)
    else:
        origin, *plugins = words
        for each in plugins:
            to_npm(Path(folder), origin, *_read(each))


def to_pypi(folder: Path, name: str, version: str, files: Files) -> None:
    """Put a wheel beside the page of its distribution."""
    distribution = f"terra-{name.replace('/', '-')}"
    module = distribution.replace("-", "_")
    held: Files = {f"{module}/__init__.py": "", f"{module}/terra-plugin.toml": files.pop("terra-plugin.toml")}
    held |= {f"{module}/payload/{path}": data for path, data in files.items()}
    file_name, data = wheel(module, _pep440(version), {name: module}, held)
    place = folder / distribution
    place.mkdir(parents=True, exist_ok=True)
    (place / file_name).write_bytes(data)
    links = [
        f'<a href="{each.name}#sha256={hashlib.sha256(each.read_bytes()).hexdigest()}">{each.name}</a>'
        for each in sorted(place.glob("*.whl"))
    ]
    (place / "index.html").write_text("\n".join(("<!DOCTYPE html>", *links, "")))


def to_npm(folder: Path, origin: str, name: str, version: str, files: Files) -> None:
    """Add a version to the document of its package."""
    package = f"@{name}" if "/" in name else f"@terra/{name}"
    package_json = json.dumps({"name": package, "version": version})
    data = packed({f"package/{path}": body for path, body in {"package.json": package_json, **files}.items()}, ".tgz")
    tarball = f"{package}/-/{package.rpartition('/')[2]}-{version}.tgz"
    (folder / tarball).parent.mkdir(parents=True, exist_ok=True)
    (folder / tarball).write_bytes(data)
    document = folder / package / "index.json"
    known = json.loads(document.read_text()) if document.exists() else {"name": package, "versions": {}}
    integrity = f"sha512-{base64.b64encode(hashlib.sha512(data).digest()).decode()}"
    dist = {"tarball": f"{origin}/{tarball}", "integrity": integrity}
    known["versions"][version] = {"name": package, "version": version, "dist": dist}
    known["dist-tags"] = {"latest": version}
    document.write_text(json.dumps(known))


def to_modules(folder: Path, name: str, version: str, files: Files) -> None:
    """Add a version to a module registry, in OpenTofu's form, which needs no header."""
    del files["terra-plugin.toml"]  # modules have none
    place = folder / "v1" / "modules" / str(ModuleAddress.of(Name.parse(name)))
    (place / version).mkdir(parents=True)
    data = packed(files, ".tar.gz")
    archive = f"archives/{name.replace('/', '-')}-{version}.tar.gz"
    (folder / "archives").mkdir(exist_ok=True)
    (folder / archive).write_bytes(data)
    location = f"/{archive}?checksum=sha256:{hashlib.sha256(data).hexdigest()}"
    (place / version / "download").write_text(json.dumps({"location": location}))
    versions = [{"version": each.name} for each in sorted(place.iterdir()) if each.is_dir()]
    (place / "versions").write_text(json.dumps({"modules": [{"versions": versions}]}))
    discovery = folder / ".well-known" / "terraform.json"
    discovery.parent.mkdir(exist_ok=True)
    discovery.write_text(json.dumps({"modules.v1": "/v1/modules/"}))


def _read(word: str) -> tuple[str, str, Files]:
    """Return name, version and files of a plugin."""
    path, _, version = word.partition("@")
    folder = Path(path)
    files: Files = {
        each.relative_to(folder).as_posix(): each.read_bytes()
        for each in sorted(folder.rglob("*"))
        if each.is_file() and each.relative_to(folder).parts[0] not in _LEFT_OUT
    }
    manifest = (folder / "terra-plugin.toml").read_text()
    if version:
        manifest = re.sub(r"^version = .*$", f'version = "{version}"', manifest, flags=re.MULTILINE)
    files["terra-plugin.toml"] = manifest
    about = tomllib.loads(manifest)["plugin"]
    return about["name"], about["version"], files


def _pep440(version: str) -> str:
    return re.sub(r"-(a|b|rc)[a-z]*\.", r"\1", version)


if __name__ == "__main__":
    main(*sys.argv[1:])
