"""`terra verify`: the lock beside `terra.toml`, the files, the cache and the registries; nothing is written.

What differs in the project is exit 7; what contradicts the lock, and so cannot be what was locked, is exit 5; a
registry that cannot be reached is exit 4, and hides nothing else. Files that the user added, and versions that were
yanked since, are told and fail nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.commands import opening
from terra.commands.departures import departures, worded
from terra.commands.edits import chosen, comparison_of
from terra.commands.finding import CONTRADICTS, DIFFERS, UNREACHABLE, Finding
from terra.commands.standing import refuse_without_manifest, sets_of
from terra.commands.verify_files import Look
from terra.model.values import value

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from terra.commands.opening import OpenProject
    from terra.commands.toolbox import Toolbox


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
    cached = in_cache(plugins, toolbox)
    damaged = {each.plugin for each in cached}
    here = [(each, comparison_of(each, opened)) for each in plugins]
    found = [*_of_lock(request, opened, toolbox), *cached]
    for plugin, comparison in here:
        look = Look(plugin, opened, toolbox, request.unmodified, is_cached_well=plugin.name.text not in damaged)
        found += look.findings(comparison)
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
        tuple(file.path for _, comparison in here for file in comparison.endings),
        tuple(notes),
    )


def _of_lock(request: VerifyRequest, opened: OpenProject, toolbox: Toolbox) -> Iterator[Finding]:
    sets = [request.set] if request.set is not None else sets_of(opened)
    for each in sets:
        for departure in departures(opened, each, toolbox):
            yield Finding("lock", "", each, "terra.lock", why=worded(departure))
