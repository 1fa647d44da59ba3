"""What keeps a plugin from its newest release once it was updated, and what would let it go there."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from terra.errors import TerraError
from terra.model.values import value

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from terra.commands.drafting import Part
    from terra.commands.gathering import Gathered
    from terra.commands.opening import OpenProject
    from terra.commands.registries import Registries
    from terra.model.name import Name
    from terra.model.project import Wanted
    from terra.model.requirement import Requirement
    from terra.model.version import Version


@value
class Held:
    """A plugin that is older than its registry has it.

    Attributes:
        newest: The newest final release that was not yanked.
        line: The line of `terra.toml` that does not allow it, where one does not.
        needs: What other plugins of the set need of it that does not go with it, by their ids.
    """

    name: Name
    newest: Version
    line: Wanted | None
    needs: tuple[tuple[str, Name, Requirement], ...]


def held_back(part: Part, opened: OpenProject, registries: Registries) -> Iterator[Held]:
    """Yield the plugins of a set that moved as far as they may, and not to their newest release."""
    lines = {each.name: each for each in (*opened.set(part.set).plugins, *part.lines)}
    for each in part.gathered:
        newest = _newest(each, registries)
        if newest is None or newest <= each.acquired.version:
            continue
        name = each.acquired.name
        line = lines.get(name)
        blocking = None if line is None or line.specifier.allows(newest) else line
        needs = tuple(found for found in _needs(name, part, opened) if not found[2].specifier.allows(newest))
        if blocking or needs:
            yield Held(name, newest, blocking, needs)


def notes_of(held: Collection[Held], moving: Collection[Name], *, latest: bool, named: bool) -> Iterator[str]:
    """Yield what a person is told of it: each plugin that they named, else only how many there are.

    Args:
        held: The plugins.
        moving: What the command was free to move.
        latest: Whether `terra.toml` was allowed to change.
        named: Whether plugins were named.
    """
    for each in held if latest or named else ():
        for plugin, name, need in each.needs:
            way = f"it waits for another release of `{name}`"
            if name not in moving:
                way = f"`terra update {name} {each.name}{' --latest' if latest else ''}` moves both, if anything does"
            yield f"`{each.name}` {each.newest} is there, and `{plugin}` needs `{need}`: {way}"
        if each.line is not None and not each.needs:
            asked = f"`{each.line.specifier.text}`"
            way = f"`terra update {each.name} --latest` goes beyond"
            if latest and each.name in moving:  # it was tried
                way = f"something else stands against it, and `terra add {each.name}@{each.newest} --dry-run` says what"
            yield f"`{each.name}` {each.newest} is there, and terra.toml asks for {asked}: {way}"
    count = sum(each.line is not None for each in held)
    if count and not latest and not named:
        has = "1 plugin has a newer release" if count == 1 else f"{count} plugins have newer releases"
        yield f"{has} than terra.toml allows: `terra outdated` shows them, `terra update --latest` goes beyond"


def _newest(gathered: Gathered, registries: Registries) -> Version | None:
    """Return the newest that the registry lists; the index was asked already, and remembers."""
    if gathered.registry is None:
        return None
    listing = None
    with suppress(TerraError):
        listing = registries.find(gathered.acquired.name, (gathered.registry,))[1]
    versions = [each.version for each in (listing.releases if listing else ()) if each.yanked is None and each.version]
    return max((each for each in versions if not each.is_prerelease), default=None)


def _needs(name: Name, part: Part, opened: OpenProject) -> Iterator[tuple[str, Name, Requirement]]:
    """Yield what every other plugin of the set will need of one, with its id and name."""
    coming = {each.acquired.name: each.acquired for each in part.gathered}
    for other in coming.values():
        yield from (
            (f"{other.name}@{other.version}", other.name, need) for need in other.dependencies if need.name == name
        )
    for each in opened.lock.in_set(part.set):
        if each.name not in coming and each.name not in part.gone:
            yield from ((each.id, each.name, need) for need in each.requires if need.name == name)
