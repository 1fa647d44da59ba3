"""Which module blocks of the repository call the plugins of a project: file and line.

Looked through is the repository that holds the project, or the project's folder where there is none; not the
plugins themselves, whose calls among each other are dependencies, and no dot folders, such as `.terraform`.
"""

from __future__ import annotations

import os
import posixpath
from typing import TYPE_CHECKING

from terra.model.name import Name
from terra.model.values import value

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from terra.commands.opening import OpenProject
    from terra.model.interface import ModuleCall

_TERRAFORM = (".tf", ".tofu", ".tf.json", ".tofu.json")
_MAX_BYTES = 1 << 20


@value
class Caller:
    """One module block.

    Attributes:
        path: The file, relative to the project's folder, with `/`; it may begin with `../`.
        line: Of the block.
        module: The block's label.
        source: As written.
        subdir: The folder of the plugin that is called; empty for its top.
    """

    plugin: Name
    set: str
    path: str
    line: int
    module: str
    source: str
    subdir: str = ""


def callers(opened: OpenProject, wanted: Collection[tuple[str, Name]]) -> tuple[Caller, ...]:
    """Return the module blocks that call plugins.

    Args:
        opened: The project.
        wanted: Set and name of the plugins that are looked for.
    """
    project = opened.folder.as_posix()  # absolute: a caller beside the project names its folder
    folders = {f"{project}/{opened.set(set_name).folder}/{name}": (set_name, name) for set_name, name in wanted}
    if not folders:
        return ()
    words = {name.parts[-1].encode() for _, name in wanted}
    found = [caller for path in _terraform_files(opened) for caller in _in_file(opened.folder, path, folders, words)]
    return tuple(sorted(found, key=lambda each: (each.set, each.plugin, each.path, each.line)))


def repository_of(folder: Path) -> Path:
    """Return the folder of the git repository that holds a project, or the project's own."""
    return next((each for each in (folder, *folder.parents) if (each / ".git").exists()), folder)


def _terraform_files(opened: OpenProject) -> Iterator[str]:
    """Yield the files to look into, relative to the project's folder."""
    plugins = {os.path.join(opened.folder, each.folder) for each in opened.project.every_set}
    waiting = [str(repository_of(opened.folder))]
    while waiting:
        folder = waiting.pop()
        try:
            entries = sorted(os.scandir(folder), key=lambda each: each.name)
        except OSError:
            continue
        for entry in entries:
            if entry.name.startswith(".") or entry.name == "node_modules" or entry.path in plugins:
                continue
            if entry.is_dir(follow_symlinks=False):
                waiting.append(entry.path)
            elif entry.name.endswith(_TERRAFORM) and entry.is_file():
                yield os.path.relpath(entry.path, opened.folder).replace(os.sep, "/")


def _in_file(
    project: Path, path: str, folders: dict[str, tuple[str, Name]], words: Collection[bytes]
) -> Iterator[Caller]:
    try:
        with (project / path).open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except OSError:
        return
    if len(data) > _MAX_BYTES or b"module" not in data or not any(word in data for word in words):
        return
    for call in _calls(path, data):
        if call.source is None:
            continue
        top, mark, subdir = call.source.partition("//")
        if not top.startswith(("./", "../")):
            continue
        target = posixpath.normpath(posixpath.join(project.as_posix(), posixpath.dirname(path), top))
        for folder, (set_name, name) in folders.items():
            if target == folder or target.startswith(f"{folder}/"):
                inner = posixpath.join(target[len(folder) + 1 :], subdir if mark else "").strip("/")
                yield Caller(name, set_name, path, call.place.line, call.name, call.source, inner)


def _calls(path: str, data: bytes) -> tuple[ModuleCall, ...]:
    if path.endswith(".json"):
        from terra.hcl.json_syntax import read_json

        return read_json(path, data).module_calls
    from terra.hcl.deadline import Deadline
    from terra.hcl.native import read_native

    return read_native(path, data, Deadline.after(10.0)).module_calls
