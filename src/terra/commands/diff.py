"""`terra diff`: what the user changed in plugins since they were added, or what an update would bring.

Of the user's changes, `git apply -R` in the project's folder takes them back, byte for byte but for the line endings
of a text that the user converted: those are no edit, and would hide the others. In a git repository the paths are
those from its top, as in a diff of git's own, without which `git apply` would pass over them in silence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.commands import opening
from terra.commands.edits import chosen, comparison_of, extra_of
from terra.commands.standing import refuse_without_manifest
from terra.errors import FetchError, StaleError
from terra.model.interface_change import InterfaceChange, compare
from terra.model.values import replace, value
from terra.vendor.difference import FileDiff, Side, files_of, prefix_of, unified

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from terra.commands.opening import OpenProject
    from terra.commands.registries import Registries
    from terra.commands.toolbox import Toolbox
    from terra.model.interface import Interface
    from terra.model.lock import LockedPlugin
    from terra.model.name import Name
    from terra.model.version import Version
    from terra.vendor.comparison import Compared


@value
class DiffRequest:
    """What `terra diff` was asked to show.

    Attributes:
        names: The plugins; all where there are none.
        latest: What the newest release would change, rather than what the user did.
        interface: What a caller feels of it, rather than the files.
        exit_code: Whether any difference is exit 7.
    """

    names: tuple[str, ...] = ()
    set: str | None = None
    latest: bool = False
    interface: bool = False
    exit_code: bool = False


@value
class PluginInterface:
    """What a caller of one plugin feels; `to` is the version that is locked where the user changed it."""

    plugin: Name
    set: str
    from_: Version
    to: Version
    change: InterfaceChange


@value
class DiffReport:
    """The differences.

    Attributes:
        interfaces: Of plugins whose interface differs; None where the files were asked for.
        warnings: What a diff cannot say.
        exit: 0, or 7 where something differs and the user wanted to know it so.
    """

    project: Path
    latest: bool
    files: tuple[FileDiff, ...] = ()
    interfaces: tuple[PluginInterface, ...] | None = None
    warnings: tuple[str, ...] = ()
    exit: int = 0

    @property
    def patch(self) -> str:
        """The diff that git applies, binary files with their bytes."""
        return unified(self.files, binary=True, prefix=prefix_of(self.project))

    @property
    def shown(self) -> str:
        """The diff for people, binary files by name."""
        return unified(self.files, binary=False, prefix=prefix_of(self.project))


def diff(request: DiffRequest, toolbox: Toolbox) -> DiffReport:
    """Compare plugins with their releases, or with the newest ones.

    Raises:
        UnknownPluginError: A name is not locked.
        FetchError: A release is needed for it, and cannot be had.
        UnsafeTargetError: A plugin's folder is a link.
    """
    if request.latest and not request.interface:
        report = _of_update(request, toolbox)
    else:
        opened = opening.for_reading(toolbox)
        refuse_without_manifest(opened)
        plugins = chosen(opened, request.names, request.set)
        report = (
            _of_latest(plugins, opened, toolbox) if request.latest else _of_edits(request, plugins, opened, toolbox)
        )
    differs = bool(report.files or report.interfaces)
    return replace(report, exit=StaleError.exit if request.exit_code and differs else 0)


def _of_update(request: DiffRequest, toolbox: Toolbox) -> DiffReport:
    """Show what `terra update --latest` would write into the plugins, merged with the user's edits."""
    from terra.commands.update import UpdateRequest, update

    report = update(UpdateRequest(names=request.names, set=request.set, latest=True, dry_run=True, diff=True), toolbox)
    files = tuple(files_of(replace(report.plan, documents=()), report.project))
    return DiffReport(report.project, latest=True, files=files, warnings=report.warnings)


def _of_edits(
    request: DiffRequest, plugins: Sequence[LockedPlugin], opened: OpenProject, toolbox: Toolbox
) -> DiffReport:
    from terra.commands.registries import Registries

    registries = Registries(opened, toolbox)
    files: list[FileDiff] = []
    interfaces: list[PluginInterface] = []
    warnings: list[str] = []
    for each in plugins:
        edits = (*comparison_of(each, opened).edits, *extra_of(each, opened))
        if not edits:
            continue
        if request.interface:
            change = compare(_interface(_pristine(each, opened, registries, toolbox)), _interface_here(each, opened))
            interfaces += _felt(each, each.version, change)
            continue
        others = [edit for edit in edits if edit.standing is not None and edit.standing.kind != "file"]
        warnings += [f"`{edit.path}` is no file, and not in the diff" for edit in others]
        compared = sorted((edit for edit in edits if edit not in others), key=lambda edit: edit.path)
        needs_release = any(edit.file is not None for edit in compared)
        base = _pristine(each, opened, registries, toolbox) if needs_release else opened.folder
        files += [_file(edit, base, opened) for edit in compared]
    shown = tuple(interfaces) if request.interface else None
    return DiffReport(opened.folder, latest=False, files=tuple(files), interfaces=shown, warnings=tuple(warnings))


def _pristine(locked: LockedPlugin, opened: OpenProject, registries: Registries, toolbox: Toolbox) -> Path:
    from terra.commands.bases import base_folder

    found = base_folder(locked, opened, toolbox, registries=registries)
    if found is None:
        message = f"`{locked.id}` was edited, and its release cannot be had to compare it with"
        raise FetchError(message, hint="`terra verify` names the files that were edited", subjects=(locked.id,))
    return found


def _file(edit: Compared, base: Path, opened: OpenProject) -> FileDiff:
    file, standing = edit.file, edit.standing
    new = None
    if standing is not None:
        was = file is not None and file.executable
        new = Side(
            (opened.folder / edit.path).read_bytes(), was if standing.executable is None else standing.executable
        )
    if file is None:
        return FileDiff(edit.path, None, new)
    data = (base / edit.name).read_bytes()
    return FileDiff(edit.path, Side(data if new is None else _with_endings_of(new.data, data), file.executable), new)


def _with_endings_of(mine: bytes, released: bytes) -> bytes:
    """Return the release's text in the user's line endings, where both have one kind throughout."""
    if b"\0" in mine or b"\0" in released or not _endings(mine) or not _endings(released):
        return released
    unix = released.replace(b"\r\n", b"\n")
    return unix if _endings(mine) == b"\n" else unix.replace(b"\n", b"\r\n")


def _endings(text: bytes) -> bytes:
    """Return what ends every line of a text; nothing where it is not the same throughout, or no line ends."""
    lines, crlf = text.count(b"\n"), text.count(b"\r\n")
    return b"" if not lines or 0 < crlf < lines else b"\r\n" if crlf else b"\n"


def _of_latest(plugins: Sequence[LockedPlugin], opened: OpenProject, toolbox: Toolbox) -> DiffReport:
    """Compare the interfaces of locked releases with those of the newest ones."""
    from terra.commands.registries import Registries

    registries = Registries(opened, toolbox)
    found: list[PluginInterface] = []
    for set_name in dict.fromkeys(each.set for each in plugins):
        here = {each.name: each for each in plugins if each.set == set_name}
        for name, version, folder in _newest(set_name, frozenset(here), opened, registries, toolbox):
            locked = here[name]
            if version != locked.version:
                released = _interface(_pristine(locked, opened, registries, toolbox))
                found += _felt(locked, version, compare(released, _interface(folder)))
    return DiffReport(opened.folder, latest=True, interfaces=tuple(found))


def _newest(
    set_name: str, names: frozenset[Name], opened: OpenProject, registries: Registries, toolbox: Toolbox
) -> Iterator[tuple[Name, Version, Path]]:
    from terra.commands import gathering, naming

    lines = opened.set(set_name).plugins
    asked = [naming.from_line(line) for line in lines if line.name in names and line.source]
    loose = frozenset(line.name for line in lines if line.name in names and not line.source)
    wish = gathering.Wish(tuple(asked), names, loose)
    for each in gathering.gather(wish, opened, set_name, registries, toolbox):
        if each.acquired.name in names:
            yield each.acquired.name, each.acquired.version, each.acquired.cached.folder


def _felt(locked: LockedPlugin, to: Version, change: InterfaceChange) -> list[PluginInterface]:
    return [] if change.is_empty else [PluginInterface(locked.name, locked.set, locked.version, to, change)]


def _interface(folder: Path) -> Interface:
    from terra.hcl.interface import read_interface

    return read_interface(folder)


def _interface_here(locked: LockedPlugin, opened: OpenProject) -> Interface:
    from terra.model.interface import Interface

    folder = opened.folder / opened.set(locked.set).folder_of(locked.name)
    return _interface(folder) if folder.is_dir() else Interface()
