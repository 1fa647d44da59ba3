"""Which module blocks of the repository call the plugins of a project: file and line.

Looked through is the repository that holds the project, or the project's folder where there is none; no dot folders,
such as `.terraform`. Files of plugins that are as released are passed over: what plugins call is a dependency. A file
that cannot be read as Terraform is named wherever it may hold a call.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from terra.commands.terraform_files import terraform_files
from terra.errors import ConflictError
from terra.model.name import Name
from terra.model.values import value
from terra.system.upwards import repository_of
from terra.vendor.survey import look

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from terra.commands.opening import OpenProject
    from terra.commands.terraform_files import Standing
    from terra.model.interface import Interface
    from terra.model.lock import LockedPlugin

_SHOWN = 10


@value
class Caller:
    """One module block.

    Attributes:
        path: The file, relative to the project's folder, with `/`; it may begin with `../`.
        line: Of the block.
        module: The block's label.
        source: As written.
        subdir: The folder of the plugin that is called; empty for its top.
        arguments: The names of what the block gives.
    """

    plugin: Name
    set: str
    path: str
    line: int
    module: str
    source: str
    subdir: str = ""
    arguments: tuple[str, ...] = ()


@value
class Unread:
    """A file, or a folder, that may hold a call and could not be read; `path` as that of a `Caller`."""

    plugin: Name
    set: str
    path: str
    why: str


@value
class Callers:
    """The blocks that call plugins, and what may hold others."""

    found: tuple[Caller, ...] = ()
    unread: tuple[Unread, ...] = ()


@value
class _Search:
    """What is looked for: set and name of each plugin by its absolute folder; and the project's own folder."""

    project: Path
    folders: Mapping[str, tuple[str, Name]]
    released: Mapping[str, str]

    def is_released(self, path: str) -> bool:
        """Tell whether a file is a plugin's, as it was released."""
        standing = look(self.project / path) if path in self.released else None
        return standing is not None and self.released[path] in standing.same_as

    def unread(self, path: str, why: str, data: bytes | None = None) -> Iterator[Unread]:
        """Yield the plugins that a file may call, of which nothing more is known than its bytes."""
        for set_name, name in self.folders.values():
            if data is None or name.parts[-1].encode() in data:
                yield Unread(name, set_name, path, why)


def callers(opened: OpenProject, wanted: Collection[tuple[str, Name]]) -> Callers:
    """Return the module blocks that call plugins.

    Args:
        opened: The project.
        wanted: Set and name of the plugins that are looked for.
    """
    project = opened.folder.as_posix()  # absolute: a caller beside the project names its folder
    folders = {f"{project}/{opened.set(each).folder_of(name)}": (each, name) for each, name in wanted}
    if not folders:
        return Callers()
    search = _Search(opened.folder, folders, _released(opened))
    top = repository_of(opened.folder) or opened.folder
    every = [each for file in terraform_files(top) for each in _in(file, search)]
    found = sorted((each for each in every if isinstance(each, Caller)), key=lambda each: (*_key(each), each.line))
    called = {_key(each) for each in found}
    unread = [each for each in every if isinstance(each, Unread) and _key(each) not in called]
    return Callers(tuple(found), tuple(sorted(unread, key=_key)))


def refuse_called(gone: Sequence[LockedPlugin], opened: OpenProject, hint: str) -> None:
    """Stop where plugins that are to go are still called, or may be.

    Args:
        gone: The plugins; what their own files call goes with them.
        opened: The project.
        hint: What to do about it.

    Raises:
        ConflictError: A module block calls one, or a file that cannot be read names one.
    """
    own = {f"{opened.set(each.set).folder_of(each.name)}/{file.path}" for each in gone for file in each.tree.files}
    there = callers(opened, [(each.set, each.name) for each in gone])
    found = [each for each in there.found if each.path not in own]
    unread = [each for each in there.unread if each.path not in own]
    if not found and not unread:
        return
    said = [f'{each.path}:{each.line}: module "{each.module}"' for each in found]
    said += [f"{path}: {why}" for path, why in dict.fromkeys((each.path, each.why) for each in unread)]
    plugins = dict.fromkeys([*(str(each.plugin) for each in found), *(str(each.plugin) for each in unread)])
    names = ", ".join(f"`{name}`" for name in plugins)
    what = "is still called by module blocks" if found else "may still be called by what cannot be read"
    rest = [f"and {len(said) - _SHOWN} more"] if len(said) > _SHOWN else []
    message = f"{names} {what}" + "".join(f"\n  {each}" for each in (*said[:_SHOWN], *rest))
    subjects = dict.fromkeys([*(f"{each.path}:{each.line}" for each in found), *(each.path for each in unread)])
    raise ConflictError(message, hint=hint, subjects=list(subjects))


def _key(each: Caller | Unread) -> tuple[str, Name, str]:
    return each.set, each.plugin, each.path


def _released(opened: OpenProject) -> dict[str, str]:
    """Return the sha256 that each file of a plugin was released with, by its path in the project."""
    sets = {each.name: each for each in opened.project.every_set}
    return {
        f"{sets[each.set].folder_of(each.name)}/{file.path}": file.sha256
        for each in opened.lock.plugins
        if each.set in sets
        for file in each.tree.files
    }


def _in(file: Standing, search: _Search) -> Iterator[Caller | Unread]:
    from terra.hcl.reading import TOO_LARGE, is_too_large, read_file

    path = file.below(search.project)
    if file.unlisted:
        yield from search.unread(path, "cannot be listed")
        return
    try:
        data = file.at.read_bytes()  # whole: one that is too large to be parsed, and names no plugin, calls none
    except FileNotFoundError:
        return
    except OSError as error:
        yield from search.unread(path, f"cannot be opened: {(error.strerror or '').lower()}")
        return
    words = {name.parts[-1].encode() for _, name in search.folders.values()}
    if b"module" not in data or not any(word in data for word in words) or search.is_released(path):
        return
    interface = read_file(path, data)
    yield from _calls(path, interface, search)
    if interface.unparsed:
        why = TOO_LARGE if is_too_large(data) else f"does not parse, from line {interface.unparsed[0].line}"
        yield from search.unread(path, why, data)


def _calls(path: str, interface: Interface, search: _Search) -> Iterator[Caller]:
    here = posixpath.normpath(posixpath.join(search.project.as_posix(), posixpath.dirname(path)))
    for call in interface.module_calls:
        source = call.source or ""
        if not source.startswith(("./", "../")):
            continue
        target = posixpath.normpath(posixpath.join(here, source))  # `//` too: of a path it is a subfolder's slash
        for folder, (set_name, name) in search.folders.items():
            if f"{target}/".startswith(f"{folder}/") and not f"{here}/".startswith(f"{folder}/"):
                subdir = target[len(folder) + 1 :]
                yield Caller(name, set_name, path, call.place.line, call.name, source, subdir, call.arguments)
