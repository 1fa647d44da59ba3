"""Which module blocks do not fit a plugin any more once a plan is applied: file, line, and what to do about each.

Compared are the Terraform files of a plugin's folder as they stand and as they will, with the user's edits on both
sides. Nothing is fetched, and nothing is read unless a plan changes such files. A release that is in conflict counts
as if it came whole.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from terra.commands.callers import callers
from terra.commands.change_words import released
from terra.model.interface_change import InterfaceChange, compare
from terra.model.plan import Action
from terra.model.terraform import is_read
from terra.model.values import field, replace, value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from terra.commands.callers import Caller
    from terra.commands.drafting import Draft, Drawn
    from terra.commands.opening import OpenProject
    from terra.model.name import Name
    from terra.model.plan import FileChange, PluginChange

    Files = dict[str, bytes]

_MOST = 10  # warnings; `terra usage` has them all
_SHORT = 60  # characters of a type
_SECONDS = 2.0  # to tell what reads an output from comments and texts that name it


@value
class _Folder:
    """A folder of a plugin that module blocks may call, and how its interface changes; None where it goes."""

    plugin: PluginChange
    subdir: str
    felt: InterfaceChange | None
    types: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, Name, str]:
        return self.plugin.set, self.plugin.plugin, self.subdir


def broken_callers(draft: Draft, drawn: Drawn) -> tuple[str, ...]:
    """Return a warning for each module block that a plan leaves without what it needs.

    Args:
        draft: What changes.
        drawn: Its plan, not yet applied.
    """
    targets = [each for part in draft.parts for each in part.targets]
    contents = {(each.set, each.name): each.content for each in targets if each.content is not None}
    folders = {
        found.key: found
        for each in drawn.plan.changes
        if each.from_ is not None and each.to is not None and (each.set, each.plugin) in contents
        for found in _changed(each, drawn, draft.opened, contents[each.set, each.plugin])
    }
    gone = {(each.set, each.plugin): each for each in drawn.plan.changes if each.to is None}
    if not (folders or gone):
        return ()
    called = callers(draft.opened, {*gone, *((set_name, name) for set_name, name, _ in folders)}).found
    going = tuple(f"{draft.opened.set(set_name).folder_of(name)}/" for set_name, name in gone)
    called = tuple(each for each in called if not each.path.startswith(going))  # what goes needs nothing
    found = [_orphaned(each) for each in called if (each.set, each.plugin) in gone]
    found += [text for each in called for text in _misfits(each, folders, draft.opened)]
    rest = len(found) - _MOST
    return (*found[:_MOST], *([f"and {rest} more: `terra usage NAME` lists what calls a plugin"] if rest > 0 else []))


def _changed(change: PluginChange, drawn: Drawn, opened: OpenProject, content: Path) -> Iterator[_Folder]:
    """Yield the folders of a plugin whose callers feel a difference."""
    top = f"{opened.set(change.set).folder_of(change.plugin)}/"
    files = {each.path.removeprefix(top): each for each in change.files if each.action is not Action.KEEP}
    stopped = {each.path.removeprefix(top) for each in drawn.conflicts if each.path.startswith(top)}
    touched = [path for path in (*files, *stopped) if is_read(path)]
    for subdir in sorted({posixpath.dirname(path) for path in touched}):
        before = _standing(opened.folder / top / subdir)
        after: dict[str, bytes | None] = {**before}
        for path in touched:
            if posixpath.dirname(path) == subdir:
                after[posixpath.basename(path)] = _written(files.get(path), content / path)
        yield from _felt(change, subdir, before, {name: data for name, data in after.items() if data is not None})


def _written(change: FileChange | None, released_as: Path) -> bytes | None:
    """Return what a file will hold, None where it goes; what both sides contest as the release has it."""
    if change is not None and change.action is Action.DELETE:
        return None
    if change is not None and change.data is not None and not change.conflicts:
        return change.data
    from terra.hcl.reading import load

    return load(released_as) if released_as.is_file() else None


def _standing(folder: Path) -> Files:
    """Return the Terraform files of a folder; of one that is too large to be parsed, its first bytes."""
    from terra.hcl.reading import load

    if not folder.is_dir():
        return {}
    return {each.name: load(each) for each in sorted(folder.iterdir()) if is_read(each.name) and each.is_file()}


def _felt(change: PluginChange, subdir: str, before: Files, after: Files) -> Iterator[_Folder]:
    if before == after or not before:
        return
    if not after:
        yield _Folder(change, subdir, None)
        return
    from terra.hcl.interface import interface_of

    old, new = interface_of(before), interface_of(after)
    felt = compare(old, new)
    if old.unparsed:  # of what was not read, nothing is known to be new
        felt = replace(felt, new_required=())
    if new.unparsed:  # nor to be gone
        felt = replace(felt, removed_inputs=(), removed_outputs=())
    if felt.new_required or felt.removed_inputs or felt.removed_outputs or felt.changed_types:
        yield _Folder(change, subdir, felt, {each.name: each.type or "any" for each in new.inputs})


def _orphaned(caller: Caller) -> str:
    return f'`{caller.path}:{caller.line}`, module "{caller.module}", calls {caller.plugin}, which goes'


def _misfits(caller: Caller, folders: Mapping[tuple[str, Name, str], _Folder], opened: OpenProject) -> Iterator[str]:
    """Yield what is to be done about one block, and about what reads its outputs."""
    folder = folders.get((caller.set, caller.plugin, caller.subdir))
    if folder is None:
        return
    release = released(caller.plugin, folder.plugin.to)
    where = f'`{caller.path}:{caller.line}`, module "{caller.module}",'
    if folder.felt is None:
        yield f"{where} calls `{folder.subdir or '.'}` of {caller.plugin}, and {release} has no module there"
        return
    todo = list(_todo(caller, folder, folder.felt))
    if todo:
        yield f"{where} does not fit {release}: {', '.join(todo)}"
    if folder.felt.removed_outputs:
        for output, place in _readers(caller, folder.felt.removed_outputs, opened):
            yield f"`{place}` reads `module.{caller.module}.{output}`, and {release} has no such output"


def _todo(caller: Caller, folder: _Folder, felt: InterfaceChange) -> Iterator[str]:
    given = {*caller.arguments}
    for name in felt.new_required:
        if name not in given:
            yield f"give it `{name}` ({_short(folder.types.get(name, 'any'))})"
    for name in felt.removed_inputs:
        if name in given:
            yield f"take out `{name}`"
    for each in felt.changed_types:
        if each.name in given:
            yield f"see that `{each.name}` is {_short(each.new or 'any')}, which was {_short(each.old or 'any')}"


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _SHORT else f"{text[:_SHORT]}…"


def _readers(caller: Caller, outputs: Sequence[str], opened: OpenProject) -> Iterator[tuple[str, str]]:
    """Yield the outputs that the caller's folder reads, and where: `net.tf:7`; a file that cannot be read has none."""
    from terra.hcl.deadline import Deadline
    from terra.hcl.output_reads import output_reads
    from terra.hcl.reading import is_too_large, load

    folder, deadline = posixpath.dirname(caller.path), Deadline.after(_SECONDS)
    for path in sorted(each for each in (opened.folder / folder).iterdir() if is_read(each.name)):
        try:
            data = load(path) if path.is_file() else b""
        except OSError:
            continue
        if not is_too_large(data):
            for output, line in output_reads(path.name, data, caller.module, outputs, deadline):
                yield output, f"{posixpath.join(folder, path.name)}:{line}"
