"""What `terra update` would choose of what registries list, and who keeps a plugin from its newest release.

Worked out from what is listed; nothing is opened. What a registry does not say of a release's needs is taken to be as
it is locked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.errors import UnknownPluginError
from terra.model.lock import LockedPlugin
from terra.model.name import Name
from terra.model.project import PluginSet
from terra.model.requirement import Requirement
from terra.model.values import replace, value
from terra.model.version import Version
from terra.resolve.provider import Candidate, Need, allows

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from terra.commands.catalogue import Catalogue

_NAMED = 3  # plugins that are in the way


@value
class Prospects:
    """What may become of the plugins of a set.

    Attributes:
        lines: What `terra.toml` asks for.
        versions: What each plugin would be; as it is locked where there is no solution.
        needs: What is required of each plugin then, and by which release.
        is_solved: Whether there is a solution.
    """

    lines: PluginSet
    versions: Mapping[Name, Version | None]
    needs: Mapping[Name, Sequence[tuple[str, Requirement]]]
    is_solved: bool

    def compatible(self, name: Name, candidates: Sequence[Candidate]) -> Version | None:
        """Return the newest release that `terra.toml` and the other plugins allow; None where none of them is."""
        if self.is_solved and self.versions.get(name) is not None:
            return self.versions[name]
        line = self.lines.find(name)
        needs = [Need(need) for _, need in self.needs.get(name, ())]
        needs += [Need(Requirement(line.name, line.specifier))] if line else []
        fitting = [each.version for each in candidates if each.version and all(allows(need, each) for need in needs)]
        return max(fitting, default=None)

    def in_the_way(self, name: Name, newest: Candidate) -> str:
        """Return in words which plugins keep one from its newest release; nothing where `terra.toml` alone does."""
        others = self.needs.get(name, ())
        found = [f"`{id_}` needs `{need}`" for id_, need in others if not _answered(need, newest.version)]
        line = self.lines.find(name)
        if found or newest.version is None or (line is not None and not line.specifier.allows(newest.version)):
            return _few(found)
        return _few(
            [
                f"{newest.version} needs `{need}`, which would be {self.versions[need.name]}"
                for need in newest.dependencies
                if not _answered(need, self.versions.get(need.name))
            ]
        )


def prospects_of(
    plugins: Sequence[LockedPlugin], unknown: Collection[Name], catalogue: Catalogue, lines: PluginSet
) -> Prospects:
    """Return what may become of the plugins of a set.

    Args:
        plugins: Everything that is locked in it, direct sources too.
        unknown: Those of which their registry knows nothing.
        catalogue: What the registries list.
        lines: What `terra.toml` asks for in it.
    """
    held = {each.name for each in plugins if each.name not in unknown}
    wanted = [Need(Requirement(line.name, line.specifier)) for line in lines.plugins if line.name in held]
    solution = _solution(wanted, _AsLocked(catalogue, plugins))
    if solution is None:
        versions: dict[Name, Version | None] = {each.name: each.version for each in plugins}
        return Prospects(lines, versions, _by_name((each.id, each.requires) for each in plugins), is_solved=False)
    versions = {each.name: each.version for each in solution}
    return Prospects(lines, versions, _by_name((each.id, each.dependencies) for each in solution), is_solved=True)


def _solution(needs: Sequence[Need], catalogue: _AsLocked) -> Sequence[Candidate] | None:
    from terra.resolve.solve import attempt

    try:
        return attempt(needs, catalogue)
    except UnknownPluginError:
        return None


class _AsLocked:
    """Implements `resolve.provider.Catalogue`: what a registry does not say of a release's needs is as it is locked."""

    def __init__(self, catalogue: Catalogue, plugins: Iterable[LockedPlugin]) -> None:
        self._catalogue = catalogue
        self._needs = {each.name: each.requires for each in plugins}

    def candidates(self, name: Name, parent: Candidate | None) -> Sequence[Candidate]:
        return [self._informed(each) for each in self._catalogue.candidates(name, parent)]

    def _informed(self, candidate: Candidate) -> Candidate:
        is_said = candidate.release.dependencies is not None or self._catalogue.acquired(candidate) is not None
        return candidate if is_said else replace(candidate, dependencies=self._needs.get(candidate.name, ()))

    def skipped(self, name: Name) -> Sequence[str]:
        return self._catalogue.skipped(name)


def _by_name(releases: Iterable[tuple[str, Sequence[Requirement]]]) -> dict[Name, list[tuple[str, Requirement]]]:
    """Return what is required, and by whom, by the plugin that it is required of."""
    found: dict[Name, list[tuple[str, Requirement]]] = {}
    for id_, requires in releases:
        for need in requires:
            found.setdefault(need.name, []).append((id_, need))
    return found


def _answered(need: Requirement, version: Version | None) -> bool:
    return version is None or need.specifier.allows(version, prereleases=True)


def _few(texts: Sequence[str]) -> str:
    rest = f" and {len(texts) - _NAMED} more" if len(texts) > _NAMED else ""
    return ", ".join(texts[:_NAMED]) + rest
