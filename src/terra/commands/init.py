"""`terra init`: a `terra.toml`, and the line in `.gitattributes` that keeps git from changing line endings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.commands import opening
from terra.errors import UsageError
from terra.model.plan import FileChange, Plan, document_change
from terra.model.values import value
from terra.project import manifest
from terra.project.discovery import MANIFEST
from terra.system.upwards import repository_of
from terra.vendor.apply import apply

if TYPE_CHECKING:
    from pathlib import Path

    from terra.commands.toolbox import Toolbox

_ATTRIBUTES = ".gitattributes"


@value
class InitRequest:
    """What `terra init` was asked to do; `git_attributes` None asks on a terminal, but for a `dry_run`."""

    name: str | None = None
    plugins_dir: str = "plugins"
    git_attributes: bool | None = None
    dry_run: bool = False


@value
class InitReport:
    """What `terra init` wrote, or with `dry_run` would write: paths relative to the project.

    `suggested` is the line for `.gitattributes` that nobody decided about.
    """

    project: Path
    written: tuple[str, ...]
    suggested: str | None = None
    dry_run: bool = False


def init(request: InitRequest, toolbox: Toolbox) -> InitReport:
    """Make a project of the folder in which the user stands.

    Raises:
        UsageError: There is a `terra.toml` already.
    """
    folder = toolbox.workdir
    with opening.held(folder, toolbox, dry_run=request.dry_run):
        if (folder / MANIFEST).exists():
            message = f"`{folder / MANIFEST}` is there already"
            raise UsageError(message, hint="`terra add NAME` adds a plugin to it", subjects=(MANIFEST,))
        data = manifest.new(request.name or folder.name, plugins_dir=request.plugins_dir)
        manifest.read(data)
        pattern = f"{request.plugins_dir}/**"
        line = f'"{pattern}" -text' if " " in pattern else f"{pattern} -text"  # gitattributes(5)
        attributes = _attributes(folder, line)
        wanted = request.git_attributes
        if attributes is not None and wanted is None and not request.dry_run:
            wanted = toolbox.reporter.confirm(f"Keep git from changing line endings of plugins (`{line}`)?")
        files = [_file(folder, MANIFEST, data)]
        files += [_file(folder, _ATTRIBUTES, attributes)] if attributes is not None and wanted else []
        if not request.dry_run:
            apply(folder, Plan(documents=tuple(files)), toolbox.home, toolbox.finish)
        suggested = line if attributes is not None and wanted is None else None
        return InitReport(folder, tuple(file.path for file in files), suggested, request.dry_run)


def _attributes(folder: Path, line: str) -> bytes | None:
    """Return `.gitattributes` with the line in it; None where it is there already, or there is no repository."""
    if repository_of(folder) is None:
        return None
    path = folder / _ATTRIBUTES
    before = path.read_bytes() if path.exists() else b""
    if line.encode() in before.splitlines():
        return None
    return before + (b"" if before.endswith(b"\n") or not before else b"\n") + f"{line}\n".encode()


def _file(folder: Path, path: str, data: bytes) -> FileChange:
    target = folder / path
    return document_change(path, target.read_bytes() if target.exists() else None, data)
