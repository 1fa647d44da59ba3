"""What happens to a file, or may not, in words: the one place that has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.model.plan import Action, Reason
from terra.model.version import UNVERSIONED
from terra.vendor.plan import Choice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terra.model.name import Name
    from terra.model.plan import Conflict, FileChange, Lines, PluginChange
    from terra.model.version import Version

_NAMED = 3  # places of a file that are named by their lines
_WORDS = {
    Reason.NEW: "new",
    Reason.MISSING: "missing",
    Reason.UPDATED: "updated",
    Reason.MODE: "mode",
    Reason.UNCHANGED: "unchanged",
    Reason.OWN_MODE: "its mode was changed",
    Reason.EDITED: "edited since it was added",
    Reason.FOREIGN: "there already, with other content",
    Reason.DELETED: "deleted here",
    Reason.DROPPED: "no longer in the plugin",
    Reason.RENAMED: "renamed",
    Reason.MERGED: "your edits kept",
    Reason.MARKED: "conflict",
    Reason.OURS: "yours",
    Reason.THEIRS: "theirs",
    Reason.MOVED: "moved",
    Reason.DOCUMENT: "the project's own",
    Reason.IN_THE_WAY: "in the way",
}
_DONE = {  # where the reason alone does not say what is done
    (Reason.EDITED, Action.REPLACE): "your edits are gone",
    (Reason.EDITED, Action.DELETE): "no longer in the plugin, your edits are gone",
    (Reason.FOREIGN, Action.REPLACE): "what stood there is gone",
    (Reason.DELETED, Action.CREATE): "deleted here, changed in the new release, and back",
    (Reason.DROPPED, Action.KEEP): "edited, no longer in the plugin",
    (Reason.OURS, Action.KEEP): "your text where both changed it",
    (Reason.THEIRS, Action.REPLACE): "your edits are gone",
}
_WAYS = {
    Choice.MERGE: "`--merge` marks both sides",
    Choice.OURS: "`--ours` keeps yours there",
    Choice.THEIRS: "`--theirs` takes the plugin's",
    Choice.SKIP: "`--skip-existing` keeps yours",
    Choice.OVERWRITE: "`--overwrite` takes the plugin's",
}
_KINDS = {
    "blocked": "a file stands there, expected a folder",
    "other": "a device or pipe stands there, expected a file",
}


def why(change: FileChange, *, leaves: bool = False) -> str:
    """Return why something happens to a file; `leaves` where the whole plugin does."""
    if change.reason is Reason.FOREIGN and change.file is None:  # of a plugin that goes: terra has nothing to put there
        return "not written by terra"
    if leaves and change.reason is Reason.DROPPED and change.action is Action.KEEP:
        return "edited by you"
    words = _DONE.get((change.reason, change.action), _WORDS[change.reason])
    if change.action is Action.MERGE:
        words += f" in {_places(change.contested)}" if change.contested else ""
        return f"renamed from {change.other}, {words}" if change.other else words
    if change.other:
        words += f" {'from' if change.action is Action.CREATE else 'to'} {change.other}"
    return words


def why_stopped(conflict: Conflict) -> str:
    """Return why a file may not be touched."""
    if conflict.reason is Reason.IN_THE_WAY:
        return _KINDS.get(conflict.kind, f"a {conflict.kind} stands there, expected a file")
    release = released(conflict.plugin, conflict.to)
    words = _WORDS[conflict.reason]
    if conflict.reason is Reason.DELETED:
        words = f"deleted here, and changed in {release}"
    elif conflict.lines and conflict.reason is not Reason.FOREIGN:
        words = f"{lines_of(conflict.lines)} changed here and in {release}"
    elif conflict.reason is Reason.EDITED:
        words = f"edited here, and changed in {release}"
    words += f", which renames it to {conflict.other}" if conflict.other else ""
    return words if conflict.is_text else f"{words}, and no text that can be merged"


def released(plugin: Name, version: Version | None) -> str:
    """Return a release by its name, and its version where it has one."""
    return str(plugin) if version in (None, UNVERSIONED) else f"{plugin} {version}"


def moves(change: PluginChange | Conflict) -> str:
    """Return what comes of a plugin: `vpc` and its versions, in backticks the name alone."""
    before, after = change.from_, change.to or change.from_
    if after in (None, UNVERSIONED):
        return f"`{change.plugin}`"
    return f"`{change.plugin}` {after}" if before in (None, after) else f"`{change.plugin}` {before} -> {after}"


def lines_of(places: Sequence[Lines]) -> str:
    """Return places of a file by their lines: `line 3`, `lines 3-5 and 9`."""
    named = [str(each.first) if each.last <= each.first else f"{each.first}-{each.last}" for each in places[:_NAMED]]
    rest = len(places) - _NAMED
    named += [f"{_places(rest)} more"] if rest > 0 else []
    word = "line" if len(places) == 1 and places[0].last <= places[0].first else "lines"
    return f"{word} {listed(named)}"


def listed(words: Sequence[str]) -> str:
    """Return words as a list of a sentence: `a, b and c`."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def headline(conflicts: Sequence[Conflict]) -> str:
    """Return in one line what files of the user conflict with."""
    count = len(conflicts)
    files = "1 file" if count == 1 else f"{count} files"
    if _is_new(conflicts):
        return f"{files} would be overwritten"
    plugins = list(dict.fromkeys(map(moves, conflicts)))
    named = plugins if len(plugins) <= _NAMED else [f"{len(plugins)} plugins"]
    verb = "conflicts" if len(plugins) == 1 else "conflict"
    return f"{listed(named)} {verb} with {files} of yours"


def choices_of(conflicts: Sequence[Conflict]) -> tuple[Choice, ...]:
    """Return what settles all of the conflicts."""
    merge = (Choice.MERGE,) if all(each.is_text for each in conflicts) else ()
    if _is_new(conflicts):
        return (*merge, Choice.SKIP, Choice.OVERWRITE)
    if all(each.reason is Reason.DELETED for each in conflicts):  # nothing stands there that could be marked
        return (Choice.OURS, Choice.THEIRS)
    return (*merge, Choice.OURS, Choice.THEIRS)


def shown_by(conflicts: Sequence[Conflict]) -> Choice:
    """Return the choice whose diff shows what conflicts are about."""
    if _is_new(conflicts):
        return Choice.OVERWRITE
    return Choice.MERGE if all(each.is_text for each in conflicts) else Choice.THEIRS


def ways_out(conflicts: Sequence[Conflict]) -> str:
    """Return the options that settle all of the conflicts, for a hint."""
    ways = ", ".join(_WAYS[each] for each in choices_of(conflicts))
    return f"{ways}, `--diff` shows what differs"


def _is_new(conflicts: Sequence[Conflict]) -> bool:
    """Tell whether nothing of the plugins was there: then files are kept or replaced whole."""
    return all(each.from_ is None for each in conflicts)


def _places(count: int) -> str:
    return "1 place" if count == 1 else f"{count} places"
