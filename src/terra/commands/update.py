"""`terra update`: newer releases, with the user's edits merged into them."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

from terra.commands import gathering, naming, opening, refusals, update_facts
from terra.commands.drafting import Draft, part_of
from terra.commands.edits import locked_names
from terra.commands.held_back import held_back, notes_of
from terra.commands.registries import Registries
from terra.commands.reports import commit, prepare
from terra.commands.standing import refuse_without_manifest
from terra.errors import ConflictError, UsageError
from terra.model.name import Name
from terra.model.values import replace, value
from terra.vendor.plan import Choice

if TYPE_CHECKING:
    from terra.commands.drafting import Part
    from terra.commands.opening import OpenProject
    from terra.commands.reports import ChangeReport
    from terra.commands.toolbox import Toolbox
    from terra.model.project import Wanted
    from terra.model.version import Version

_VERSIONED = re.compile(r"([a-z0-9/-]+)[@=<>~^!]")


@value
class UpdateRequest:
    """What `terra update` was asked to do.

    Attributes:
        names: The plugins; all where there are none.
        set: One set only; None for all.
        latest: Whether `terra.toml` may ask for something else than it does.
        report: The file for a report in Markdown, relative to where the user stands.
    """

    names: tuple[str, ...] = ()
    set: str | None = None
    latest: bool = False
    choice: Choice = Choice.ASK
    dry_run: bool = False
    diff: bool = False
    allow_registry_change: bool = False
    report: str | None = None


def update(request: UpdateRequest, toolbox: Toolbox) -> ChangeReport:
    """Move plugins to the newest releases that `terra.toml` allows.

    Raises:
        UnknownPluginError: A name is not locked.
        ResolveError: No set of versions fits.
        FetchError: Something could not be had.
        IntegrityError: Something is not what it must be.
        ConflictError: Bytes that the user wrote would be lost.
    """
    _refuse_versions(request.names)
    path = update_facts.report_file(request.report, toolbox) if request.report is not None else None
    with opening.for_change(toolbox, dry_run=request.dry_run) as opened:
        refuse_without_manifest(opened)
        sets = [request.set] if request.set is not None else [each.name for each in opened.project.every_set]
        names = locked_names(opened, request.names, request.set)
        if names:
            sets = [each for each in sets if any(opened.lock.find(each, name) for name in names)]
        registries = Registries(opened, toolbox)
        draft = Draft(opened, tuple(_part(request, opened, each, names, registries, toolbox) for each in sets))
        try:
            prepared = prepare("update", draft, request, toolbox)
        except ConflictError as error:
            if path is not None:
                update_facts.report_refusal(path, draft, request, registries, toolbox, error)
            raise
        report = replace(prepared.report, notes=_notes(request, draft.parts, opened, registries))
        text = update_facts.report_text(draft, report, registries) if path is not None else ""
        commit(prepared, toolbox)
        if path is not None:  # only now is it true
            update_facts.write_report(path, text, dry_run=request.dry_run)
        return report


def _refuse_versions(texts: tuple[str, ...]) -> None:
    """Refuse `NAME@VERSION`, which `add` takes."""
    for text in texts:
        named = _VERSIONED.match(text)
        if named:
            message = f"`terra update` takes names, and `{text}` asks for a version"
            newest = f"`terra update {named[1]} --latest` moves it to the newest"
            hint = f"`terra add {shlex.quote(text)}` moves it there; {newest}"
            raise UsageError(message, hint=hint, subjects=(text,))


def _notes(
    request: UpdateRequest, parts: tuple[Part, ...], opened: OpenProject, registries: Registries
) -> tuple[str, ...]:
    """Return what keeps plugins from their newest releases; of what was not named only where nothing else is said."""
    held = [each for part in parts for each in held_back(part, opened, registries)]
    if request.names:
        held = [each for each in held if each.name.text in request.names]
    moving = {name for part in parts for name in _moving(request, opened, part.set)}
    return tuple(dict.fromkeys(notes_of(held, moving, latest=request.latest, named=bool(request.names))))


def _moving(request: UpdateRequest, opened: OpenProject, set_name: str) -> set[Name]:
    locked = {each.name for each in opened.lock.in_set(set_name)}
    if request.names:
        return {each for each in locked if each.text in request.names}
    return locked | {line.name for line in opened.set(set_name).plugins}


def _part(  # noqa: PLR0913, PLR0917  # one set, and all that is asked about it
    request: UpdateRequest,
    opened: OpenProject,
    set_name: str,
    names: tuple[Name, ...],
    registries: Registries,
    toolbox: Toolbox,
) -> Part:
    lines = opened.set(set_name).plugins
    moving = _moving(request, opened, set_name)
    asked = [naming.from_line(line) for line in lines if line.name in moving and line.source]
    loose = {line.name for line in lines if request.latest and line.name in moving and not line.source}
    wish = gathering.Wish(tuple(asked), frozenset(moving), frozenset(loose))
    gathered = gathering.gather(wish, opened, set_name, registries, toolbox)
    if not request.allow_registry_change:
        refusals.refuse_other_origin(gathered, opened, set_name, registries)
    refusals.refuse_other_bytes(gathered, opened, set_name)
    # A direct source stays as its line has it, in the user's own spelling.
    gathered = tuple(replace(each, asked=None) for each in gathered)
    versions = {each.acquired.name: each.acquired.version for each in gathered}
    moved = tuple(_moved(line, versions[line.name]) for line in lines if line.name in loose & versions.keys())
    changed = tuple(line for line in moved if line not in lines)
    return part_of(gathered, opened, set_name, toolbox, restore=False, prune_direct=not names, lines=changed)


def _moved(line: Wanted, version: Version) -> Wanted:
    """Return a line of `terra.toml` that asks for a release beyond what it did."""
    if line.specifier.allows(version, prereleases=True):
        return line
    return replace(line, specifier=line.specifier.moved_to(version))
