"""The payload of an editable install: a folder of this machine, read afresh, of which RECORD knows nothing.

`direct_url.json` says which folder it is (PEP 610, PEP 660). The payload is the module's own where the folder has
one, in the usual layouts; else the folder is a plugin's folder by its `terra-plugin.toml`; else the module is
looked for where Python would find it, without running it.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from terra.errors import SourceNotFoundError
from terra.model.source import Locator
from terra.model.stages import Fetched
from terra.model.version import Version
from terra.sources.installed import ENTRY_POINTS, MANIFEST
from terra.system import fs
from terra.wire.dist_info import read_editable

if TYPE_CHECKING:
    from collections.abc import Iterator

_LARGEST = 1 << 20  # bytes of a `direct_url.json` that are read
_NOT_COPIED = (".git", ".terraform", "__pycache__")  # never part of a payload, and large


def fetch_editable(metadata: Path, locator: Locator, target: Path) -> Fetched:
    """Return the payload of an editable install.

    Args:
        metadata: Its `.dist-info` folder; the `.egg-info` folder of an older development install.
        locator: Names the distribution and version; the subdir is the plugin's module.
        target: A folder to make for a payload that is laid out as in a wheel.

    Raises:
        SourceNotFoundError: There is none.
    """
    distribution, _, version = locator.location.partition("==")
    project, module = _project(metadata), locator.subdir
    root = _root_of(module, _layouts(metadata, project))
    if root is None and project is not None and (project / MANIFEST).is_file():
        home = Locator("file", str(project))
        return Fetched(project, "folder", file_name=project.name, source=home, version=Version.read(version))
    root = root or _root_of(module, _imported_from(module))
    if root is None:
        place = f"neither `{MANIFEST}` nor `{module}/payload/`"
        message = f"`{distribution}` is an editable install of `{project or metadata.parent}`, which has {place}"
        raise SourceNotFoundError(message, hint="a plugin's files stand in one of them", subjects=(distribution,))
    manifests = [root / module / MANIFEST, *([project / MANIFEST] if project else [])]
    described = next((each for each in manifests if each.is_file()), None)
    _lay_out(root, module, described, metadata, target / f"{_escaped(distribution)}-{version}.dist-info")
    return Fetched(
        target,
        "unpacked-wheel",
        file_name=str(root / module),
        source=Locator("file", str(root / module), "payload"),
        version=Version.read(version),
    )


def _project(metadata: Path) -> Path | None:
    try:
        with open(metadata / "direct_url.json", "rb") as file:
            folder = read_editable(file.read(_LARGEST))
    except OSError:
        return None
    return Path(folder) if folder is not None else None


def _layouts(metadata: Path, project: Path | None) -> Iterator[Path]:
    """Yield the folders in which the modules of a project stand by custom."""
    if project is not None:
        yield from (project / "src", project)
    elif metadata.suffix == ".egg-info":
        yield metadata.parent


def _imported_from(module: str) -> Iterator[Path]:
    """Yield the folders from which Python would import a module."""
    from importlib.util import find_spec

    try:
        # Of a top-level package alone: to look for one below it would run the package.
        spec = find_spec(module.partition("/")[0])
    except (ImportError, ValueError, AttributeError):
        return
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        yield Path(folder).parent


def _root_of(module: str, folders: Iterator[Path]) -> Path | None:
    return next((folder for folder in folders if (folder / module / "payload").is_dir()), None)


def _lay_out(root: Path, module: str, manifest: Path | None, metadata: Path, info: Path) -> None:
    """Copy a payload into the form of an unpacked wheel; links stay links, which the archive guard judges."""
    inside = info.parent / module
    inside.mkdir(parents=True)
    ignored = shutil.ignore_patterns(*_NOT_COPIED)
    shutil.copytree(root / module / "payload", inside / "payload", symlinks=True, ignore=ignored)
    info.mkdir()
    fs.copy((metadata / ENTRY_POINTS).resolve(), info / ENTRY_POINTS)
    if manifest is not None:
        fs.copy(manifest.resolve(), info / MANIFEST)


def _escaped(distribution: str) -> str:
    return distribution.replace("-", "_")
