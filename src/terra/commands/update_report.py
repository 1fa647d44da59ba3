"""What an update brings, as Markdown for a pull request; pure, values to text.

What may break a caller comes first. Every word of a registry, a manifest or a payload is quoted as code or in a
fenced block, so that none of it acts, see `terra.commands.release_notes`. The whole is shorter than the 65,536
characters that GitHub takes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.commands.release_notes import code, quoted
from terra.model.values import field, value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from terra.model.interface import Input
    from terra.model.interface_change import Changed, InterfaceChange
    from terra.model.name import Name
    from terra.model.requirement import Requirement
    from terra.model.version import Version

MARK = "<!-- terra update -->"  # begins every report, so that a later one may replace it
_LONGEST = 60_000  # characters
_NOTES = 40_000  # characters of changelogs in all
_NOTES_EACH = 8_000
_MOST = 40  # lines of one list


@value
class Move:
    """What happens to one plugin of one set.

    Attributes:
        origin: Label or location of the registry; the source of a plugin that has none.
        interface: What changed for a caller; None where one of the two releases is not there to be read.
        inputs: The new release's, by name.
        notes: The changelog between the two versions.
        changelog: The changelog's path in the payload, or None where the release has none.
        yanked: The reason for which the new version was yanked, perhaps empty; None for one that was not.
        was_yanked: The same of the old version.
        needs: What the plugin required and requires now, where that differs; None for nothing.
        accepted: Paths of accepted edits that stay accepted, merged ones among them.
        edited: Paths of the user's other edits that stay, and why.
        merged: Paths of files with the edits merged in, with the number of conflicts that are marked in them.
        conflicts: Paths that stop the update, and why.
    """

    name: Name
    set: str
    from_: Version | None
    to: Version | None
    origin: str = ""
    interface: InterfaceChange | None = None
    inputs: Mapping[str, Input] = field(default_factory=dict)
    notes: str = ""
    changelog: str | None = None
    deprecated: str | None = None
    yanked: str | None = None
    was_yanked: str | None = None
    needs: tuple[tuple[Requirement | None, Requirement | None], ...] = ()
    accepted: tuple[str, ...] = ()
    edited: tuple[tuple[str, str], ...] = ()
    merged: tuple[tuple[str, int], ...] = ()
    conflicts: tuple[tuple[str, str], ...] = ()

    @property
    def needs_care(self) -> bool:
        """Whether somebody has to look before this is merged."""
        marked = any(count for _, count in self.merged)
        broken = self.interface is not None and self.interface.may_break
        return bool(broken or marked or self.conflicts or self.yanked is not None or self.deprecated is not None)


def report_of(moves: Sequence[Move]) -> str:
    """Return the report of an update."""
    if not moves:
        return f"{MARK}\n# Nothing to update\n\nEverything is as new as `terra.toml` allows.\n"
    head = "".join(f"{line}\n" for line in (MARK, f"# {_title(moves)}", "", *_table(moves)))
    room = min(_NOTES_EACH, _NOTES // len(moves))
    parts, length = [head], len(head)
    sections = [_section(each, room) for each in moves if each.from_ is not None and each.to is not None]
    for number, section in enumerate(sections):
        if length + len(section) > _LONGEST:
            parts.append(f"\nOf {len(sections) - number} more plugins this report would be too long.\n")
            break
        parts.append(section)
        length += len(section)
    return "".join(parts)


def _title(moves: Sequence[Move]) -> str:
    moved = [each for each in moves if each.from_ is not None and each.to is not None]
    if len(moved) == 1:
        return f"Update {_named(moved[0])}"
    return f"Update {len(moved) or len(moves)} plugins"


def _named(move: Move) -> str:
    where = f" in the set {move.set}" if move.set else ""
    return f"{move.name}{where} from {move.from_} to {move.to}"


def _table(moves: Sequence[Move]) -> Iterator[str]:
    yield "| plugin | set | from | to | registry | |"
    yield "|---|---|---|---|---|---|"
    for each in moves:
        state = "new" if each.from_ is None else "goes" if each.to is None else "**look**" if each.needs_care else ""
        cells = (code(each.name.text), code(each.set), str(each.from_ or "-"), str(each.to or "-"), code(each.origin))
        yield f"| {' | '.join(cells)} | {state} |"


def _section(move: Move, room: int) -> str:
    lines = ["", f"## {_named(move)}", "", *_body(move, room)]
    text = "\n".join(lines).rstrip("\n")
    return f"{text}\n"


def _body(move: Move, room: int) -> Iterator[str]:
    yield from _warnings(move)
    yield from _interface(move)
    yield from _needs(move)
    yield from _files(move)
    yield from _notes(move, room)


def _warnings(move: Move) -> Iterator[str]:
    if move.conflicts:
        paths = "; ".join(f"{code(path)}: {code(why)}" for path, why in move.conflicts[:_MOST])
        yield from (f"> **Conflicts, nothing can be written:** {paths}", "")
    marked = [code(path) for path, count in move.merged if count]
    if marked:
        yield from (f"> **Conflict markers to be resolved:** {', '.join(marked[:_MOST])}", "")
    if move.yanked is not None:
        yield from (f"> **{move.to} was yanked:** {code(move.yanked)}", "")
    if move.deprecated is not None:
        yield from (f"> **The plugin is deprecated:** {code(move.deprecated)}", "")
    if move.was_yanked is not None:
        yield from (f"{move.from_} was yanked: {code(move.was_yanked)}", "")


def _interface(move: Move) -> Iterator[str]:
    change = move.interface
    if change is None:
        yield from ("One of the two releases could not be read, so inputs and outputs were not compared.", "")
        return
    if change.new_required:
        yield from ("> **New required inputs: give them a value before the next plan**", ">")
        yield from _limited(f"> - {_input(name, move)}" for name in change.new_required)
        yield ""
    breaking = [
        *(f"- input {code(name)} is gone: take it out of the module block" for name in change.removed_inputs),
        *(f"- output {code(name)} is gone" for name in change.removed_outputs),
        *(f"- input {_changed(each)} (type)" for each in change.changed_types),
        *(f"- provider {_changed(each)}" for each in change.provider_changes),
        *([f"- Terraform {_changed(change.required_version)}"] if change.required_version else []),
    ]
    other = [
        *(f"- input {_changed(each)} (default)" for each in change.changed_defaults),
        *(f"- input {_input(name, move)} can be given" for name in change.new_optional),
        *(f"- output {code(name)} is new" for name in change.new_outputs),
    ]
    for title, lines in (("What may break a caller", breaking), ("Other changes of the interface", other)):
        if lines:
            yield from (f"### {title}", "", *_limited(lines), "")
    if change.is_empty:
        yield from ("Inputs, outputs and required providers are the same.", "")


def _input(name: str, move: Move) -> str:
    found = move.inputs.get(name)
    described = f": {code(found.description)}" if found and found.description else ""
    return f"{code(name)} of type {code((found and found.type) or 'any')}{described}"


def _changed(change: Changed) -> str:
    return f"{code(change.name)}: {code(change.old or 'none')} → {code(change.new or 'none')}"


def _needs(move: Move) -> Iterator[str]:
    lines = [_need(before, after) for before, after in move.needs]
    if lines:
        yield from ("### Plugins that it needs", "", *_limited(lines), "")


def _need(before: Requirement | None, after: Requirement | None) -> str:
    was, now = (code(str(each)) for each in (before, after))
    if before is None:
        return f"- newly needs {now}"
    return f"- no longer needs {was}" if after is None else f"- needs {now}, before {was}"


def _files(move: Move) -> Iterator[str]:
    merged = {path for path, _ in move.merged}
    lines = [
        *(f"- {code(path)} is edited, and the edit stays accepted" for path in move.accepted if path not in merged),
        *(f"- {code(path)} {_merged(path, count, move)}" for path, count in move.merged),
        *(f"- {code(path)} stays as it is here: {why}" for path, why in move.edited),
    ]
    if lines:
        yield from ("### Files with edits of this project", "", *_limited(lines), "")


def _merged(path: str, count: int, move: Move) -> str:
    if count:
        return f"has {count} {'place' if count == 1 else 'places'} with conflict markers"
    return f"has your edits merged in{', and stays accepted' if path in move.accepted else ''}"


def _notes(move: Move, room: int) -> Iterator[str]:
    if move.changelog is None:
        yield "The release brings no changelog."
    elif not move.notes:
        yield f"{code(move.changelog)} has no section for these versions."
    else:
        yield from ("### Changelog", "", quoted(move.notes, room))


def _limited(lines: Iterable[str]) -> list[str]:
    found = list(lines)
    more = len(found) - _MOST
    prefix = "> - " if found and found[0].startswith(">") else "- "
    return found if more <= 0 else [*found[:_MOST], f"{prefix}and {more} more"]
