"""`terra remove`: take plugins out of the project, and leave what is the user's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.commands import opening
from terra.commands.callers import refuse_called
from terra.commands.drafting import Draft, Part
from terra.commands.edits import foreign_in
from terra.commands.fitting import fit
from terra.commands.reports import commit, prepare
from terra.commands.standing import refuse_without_manifest
from terra.commands.targets import leaving
from terra.errors import ConflictError
from terra.model.name import Name
from terra.model.plan import Action, FileChange, Reason
from terra.model.values import replace, value
from terra.vendor.plan import Choice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terra.commands.fitting import Fitted
    from terra.commands.opening import OpenProject
    from terra.commands.reports import ChangeReport
    from terra.commands.toolbox import Toolbox
    from terra.model.lock import LockedPlugin

_STILL_CALLED = "take those blocks out first, or say `--force`"


@value
class RemoveRequest:
    """What `terra remove` was asked to do; `force`: also where something still uses the plugin."""

    names: tuple[str, ...]
    set: str = ""
    force: bool = False
    choice: Choice = Choice.ASK  # nothing of the user's goes, so that there is nothing to choose
    dry_run: bool = False
    diff: bool = False


def remove(request: RemoveRequest, toolbox: Toolbox) -> ChangeReport:
    """Take plugins out of a set, and what nobody else needs.

    Raises:
        UnknownPluginError: A name is not in the set.
        ConflictError: Another plugin, or a module block, still uses one.
    """
    with opening.for_change(toolbox, dry_run=request.dry_run) as opened:
        refuse_without_manifest(opened)
        names = _names(request, opened)
        gone = _gone(names, opened, request.set)
        if not request.force:
            _refuse_needed(names, opened, request.set)
            refuse_called(gone, opened, _STILL_CALLED)
        every = (*names, *(each.name for each in gone if each.name not in names))
        part = Part(request.set, gone=every, fitted=_fitted(gone, opened))
        prepared = prepare("remove", Draft(opened, (part,)), request, toolbox)
        commit(prepared, toolbox)
        return prepared.report


def _names(request: RemoveRequest, opened: OpenProject) -> tuple[Name, ...]:
    names = tuple(Name.parse(text) for text in dict.fromkeys(request.names))
    for name in names:
        if opened.lock.find(request.set, name) is None and opened.set(request.set).find(name) is None:
            from terra.commands.unknown import not_locked_in

            raise not_locked_in(name, opened, request.set)
    return names


def _gone(names: Sequence[Name], opened: OpenProject, set_name: str) -> tuple[LockedPlugin, ...]:
    """Return what goes: the plugins, and what was there for them alone."""
    roots = [line.name for line in opened.set(set_name).plugins if line.name not in names]
    named = [each for each in opened.lock.in_set(set_name) if each.name in names]
    rest = opened.lock.without(set_name, names)
    unused = [each for each in rest.unneeded(set_name, roots) if not each.direct]
    return tuple(sorted({*named, *unused}, key=lambda each: each.name))


def _refuse_needed(names: Sequence[Name], opened: OpenProject, set_name: str) -> None:
    for name in names:
        staying = [each for each in opened.lock.in_set(set_name) if each.name not in names]
        needing = [(each, need) for each in staying for need in each.requires if need.name == name]
        if needing:
            listed = "".join(f"\n  {each.id} needs {need}" for each, need in needing)
            message = f"`{name}` is needed by other plugins{listed}"
            hint = f"remove those too, or `terra remove {name} --force`"
            if opened.set(set_name).find(name) is not None:
                hint += "; to keep it for them alone, take its line out of terra.toml and run `terra sync`"
            raise ConflictError(message, hint=hint, subjects=[str(each.name) for each, _ in needing])


def _fitted(gone: Sequence[LockedPlugin], opened: OpenProject) -> tuple[Fitted, ...]:
    """Return what happens to the files of what goes, and which of the user's stay beside them."""
    found = []
    for locked, each in zip(gone, fit([leaving(one) for one in gone], opened, Choice.ASK), strict=True):
        change = replace(each.change, files=(*each.change.files, *_foreign(locked, opened)))
        found.append(replace(each, change=change))
    return tuple(found)


def _foreign(locked: LockedPlugin, opened: OpenProject) -> tuple[FileChange, ...]:
    """Return the files in a plugin's folder that terra never wrote, and that stay; a `.terraform` is one."""
    folder = opened.set(locked.set).folder_of(locked.name)
    found = sorted(foreign_in(opened.folder / folder, locked.tree.by_path, dropped=True))
    return tuple(FileChange(f"{folder}/{name}", Action.KEEP, Reason.FOREIGN, differs=True) for name in found)
