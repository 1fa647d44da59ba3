"""What `terra promote` moves from one set to another: releases, their lines of `terra.toml`, and what goes for them.

Values to values: nothing is fetched or written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.commands.opening import OpenProject
from terra.model.lock import LockedPlugin
from terra.model.name import Name
from terra.model.project import Wanted
from terra.model.requirement import Specifier
from terra.model.values import replace, value

if TYPE_CHECKING:
    from collections.abc import Collection


@value
class Promotion:
    """The releases as the set `from_` has them locked, on their way to the set `to`."""

    opened: OpenProject
    from_: str
    to: str
    plugins: tuple[LockedPlugin, ...]

    @property
    def names(self) -> frozenset[Name]:
        """The plugins that move."""
        return frozenset(each.name for each in self.plugins)

    def held(self, name: Name) -> LockedPlugin | None:
        """Return what the set that gets it has locked."""
        return self.opened.lock.find(self.to, name)

    def staying(self, gone: Collection[Name]) -> tuple[LockedPlugin, ...]:
        """Return what the set that gets it has beside it, without what goes."""
        names = {*self.names, *gone}
        return tuple(each for each in self.opened.lock.in_set(self.to) if each.name not in names)

    def locked(self, plugin: LockedPlugin, *, is_direct: bool) -> LockedPlugin:
        """Return what the lock says of a plugin in the set that gets it; which edits are accepted is seen later."""
        held = self.held(plugin.name)
        reason = held.edit_reason if held else None
        return replace(plugin, set=self.to, direct=is_direct, edited=(), edit_reason=reason)


def lines_of(promotion: Promotion) -> dict[Name, Wanted]:
    """Return the lines that the set has in `terra.toml` afterwards of what it gets."""
    theirs, ours = (promotion.opened.set(name) for name in (promotion.from_, promotion.to))
    found = {each.name: _line(each, theirs.find(each.name), ours.find(each.name)) for each in promotion.plugins}
    return {name: line for name, line in found.items() if line is not None}


def _line(locked: LockedPlugin, theirs: Wanted | None, ours: Wanted | None) -> Wanted | None:
    """Return a line that allows the locked release; None for a plugin that neither set asks for itself."""
    if theirs is None and ours is None:
        return None
    exclude = ours.exclude if ours is not None else theirs.exclude if theirs is not None else ()
    if theirs is not None and theirs.source is not None:
        return replace(theirs, exclude=exclude)
    present = theirs if ours is None or ours.source is not None else ours
    specifier = present.specifier if present is not None else Specifier.compatible_with(locked.version)
    if not specifier.allows(locked.version, prereleases=True):
        specifier = specifier.moved_to(locked.version)
    registry = theirs.registry if theirs is not None else present.registry if present is not None else None
    return Wanted(locked.name, specifier, registry, exclude=exclude)


def gone_of(promotion: Promotion, lines: Collection[Name], *, prune: bool) -> tuple[LockedPlugin, ...]:
    """Return what leaves the set: what nothing needs any more, and with `prune` what only it has."""
    opened, names = promotion.opened, promotion.names
    moved = opened.lock.with_(tuple(replace(each, set=promotion.to) for each in promotion.plugins))
    roots = {line.name for line in opened.set(promotion.to).plugins if not prune or line.name in names} | {*lines}
    left = {each.name for each in moved.unneeded(promotion.to, roots)}
    return tuple(each for each in promotion.staying(()) if prune or (not each.direct and each.name in left))
