"""`terra verify`: the lock beside `terra.toml`, the files, the cache and the registries; nothing is written.

What differs in the project is exit 7; what contradicts the lock, and so cannot be what was locked, is exit 5; a
registry that cannot be reached is exit 4, and hides nothing else. Files that the user added, and versions that were
yanked since, are told and fail nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.commands import opening
from terra.commands.edits import chosen, edits_of, extra_of, lost_of
from terra.commands.finding import CONTRADICTS, DIFFERS, TOLD, UNREACHABLE, Finding
from terra.commands.standing import departures, refuse_without_manifest
from terra.model.values import value

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from terra.commands.edits import Edit
    from terra.commands.opening import OpenProject
    from terra.commands.toolbox import Toolbox
    from terra.model.lock import LockedPlugin


@value
class VerifyRequest:
    """What `terra verify` was asked to do.

    Attributes:
        set: One set only; None for all.
        unmodified: Whether accepted edits and added files differ as well.
    """

    set: str | None = None
    unmodified: bool = False


@value
class VerifyReport:
    """What was looked at, and what was found.

    Attributes:
        endings: Files that differ from the release in their line endings alone, which is no finding.
        notes: What was not looked at, in words.
    """

    project: Path
    plugins: int
    files: int
    findings: tuple[Finding, ...]
    endings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def exit(self) -> int:
        """5 where anything contradicts the lock, else 4 where a registry is down, else 7 where anything differs."""
        codes = {each.exit for each in self.findings}
        return next((code for code in (CONTRADICTS, UNREACHABLE, DIFFERS) if code in codes), 0)


def verify(request: VerifyRequest, toolbox: Toolbox) -> VerifyReport:
    """Compare everything that there is with what the lock says.

    Raises:
        UsageError: There is no such set, or `terra.toml` names what cannot be.
        UnsafeTargetError: A plugin's folder is a link.
        InvalidDocumentError: What a registry says cannot be read.
    """
    from terra.commands.contradictions import in_cache, in_registries

    opened = opening.for_reading(toolbox)
    refuse_without_manifest(opened)
    plugins = chosen(opened, (), request.set)
    sets = [each.name for each in opened.project.every_set if request.set in (None, each.name)]
    found = [
        Finding("lock", "", each, "terra.lock", why=why) for each in sets for why in departures(opened, each, toolbox)
    ]
    cached = in_cache(plugins, toolbox)
    edits = [edit for each in plugins for edit in edits_of(each, opened)]
    found += _of_files(request, edits, {each.plugin for each in cached}, opened, toolbox)
    if opened.policy.edits != "refuse" and not request.unmodified:  # there an edit that is gone is how it should be
        found += [_lost(edit) for each in plugins for edit in lost_of(each, opened)]
    found += [_extra(request, edit, opened) for each in plugins for edit in extra_of(each, opened)]
    found += cached
    notes = []
    if toolbox.offline:
        notes.append("registries were not asked: the network is off")
    else:
        found += in_registries(plugins, opened, toolbox)
    return VerifyReport(
        opened.folder,
        len(plugins),
        sum(len(each.tree.files) for each in plugins),
        tuple(sorted(found, key=lambda each: (each.set, each.plugin, each.path, each.kind))),
        tuple(each.path for each in edits if each.kind == "endings"),
        tuple(notes),
    )


def _of_files(
    request: VerifyRequest, edits: list[Edit], damaged: set[str], opened: OpenProject, toolbox: Toolbox
) -> Iterator[Finding]:
    refused = opened.policy.edits == "refuse"
    for edit in edits:
        if edit.kind == "endings" or (edit.accepted and not (request.unmodified or refused)):
            continue
        plugin = edit.plugin
        reasons = [_mode_or_kind(edit)]
        if edit.kind == "changed" and not reasons[0] and plugin.name.text not in damaged:
            reasons.append("formatting only" if _is_formatting(edit, plugin, opened, toolbox) else "")
        if edit.accepted:
            reasons.append(f"accepted: {plugin.edit_reason}" if plugin.edit_reason else "accepted")
        reasons.append("the policy refuses edits" if refused else "")
        expected, got = _sides(edit)
        why = ", ".join(each for each in reasons if each)
        code = CONTRADICTS if refused else DIFFERS
        yield Finding(edit.kind, plugin.name.text, plugin.set, edit.path, expected, got, why, code, edit.accepted)


def _lost(edit: Edit) -> Finding:
    expected, got = _sides(edit)
    why = "its accepted edit is not there any more: take it from version control, or accept it as it is"
    return Finding("changed", edit.plugin.name.text, edit.plugin.set, edit.path, expected, got, why)


def _extra(request: VerifyRequest, edit: Edit, opened: OpenProject) -> Finding:
    refused = opened.policy.edits == "refuse"
    code = CONTRADICTS if refused else DIFFERS if request.unmodified else TOLD
    why = "the policy refuses edits" if refused else "" if request.unmodified else "yours"
    return Finding("extra", edit.plugin.name.text, edit.plugin.set, edit.path, None, _sides(edit)[1], why, code)


def _sides(edit: Edit) -> tuple[str | None, str | None]:
    file, standing = edit.file, edit.standing
    if file is not None and standing is not None and edit.is_mode_only:
        return f"{file.mode:o}", "755" if standing.executable else "644"
    expected = f"sha256-{file.sha256}" if file else None
    if standing is None:
        return expected, None
    return expected, f"sha256-{standing.sha256}" if standing.kind == "file" else standing.kind


def _mode_or_kind(edit: Edit) -> str:
    if edit.standing is None:
        return ""
    if edit.standing.kind == "blocked":
        return f"`{edit.standing.blocked_by}` is a file, expected a folder"
    if edit.standing.kind != "file":
        return f"a {edit.standing.kind} stands there, expected a file"
    return "mode only" if edit.is_mode_only else ""


def _is_formatting(edit: Edit, plugin: LockedPlugin, opened: OpenProject, toolbox: Toolbox) -> bool:
    """Tell whether a file says what the release's does; only of a release that the cache has."""
    from terra.hcl.formatting import could_be, is_formatting_only

    if not could_be(edit.name) or not (toolbox.home / "plugins").is_dir():
        return False
    cached = toolbox.store.find_tree(plugin.name, plugin.version, plugin.tree.digest)
    if cached is None:
        return False
    return is_formatting_only((cached.folder / edit.name).read_bytes(), (opened.folder / edit.path).read_bytes())
