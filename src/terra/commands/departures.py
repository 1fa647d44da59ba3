"""Where the lock of a project is not what its `terra.toml` asks for, as values, and how that is said."""

from __future__ import annotations

from enum import Enum, auto
from typing import TYPE_CHECKING

from terra.model.lock import LockedPlugin
from terra.model.name import Name
from terra.model.project import Wanted
from terra.model.values import replace, value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terra.commands.opening import OpenProject
    from terra.commands.toolbox import Toolbox


class Why(Enum):
    """How the lock departs from `terra.toml`."""

    UNLOCKED = auto()
    VERSION = auto()
    SOURCE = auto()
    NOW_NAMED = auto()  # from a direct source, where a registry is asked
    REGISTRY = auto()
    LACKING = auto()  # what another locked plugin needs
    UNASKED = auto()
    WAS_ASKED = auto()  # and only other plugins need it now
    WAS_NEEDED = auto()  # by other plugins alone, and is asked for now
    GONE_SET = auto()


_WORDS = {
    Why.UNLOCKED: "`{name}`{where} is not locked",
    Why.VERSION: "`{name}`{where} is locked at {version}, and terra.toml asks for {specifier}",
    Why.SOURCE: "`{name}`{where} is locked from `{origin}`, and terra.toml says `{source}`",
    Why.NOW_NAMED: "`{name}`{where} is locked from `{origin}`, and terra.toml asks a registry for it",
    Why.REGISTRY: "`{name}`{where} is locked from `{origin}`, and terra.toml asks `{registry}`",
    Why.LACKING: "`{name}`{where} is not locked, and `{needed_by}` needs it",
    Why.UNASKED: "`{id}`{where} is locked, and nothing asks for it",
    Why.WAS_ASKED: "`{id}`{where} is locked as asked for by terra.toml, and only other plugins need it now",
    Why.WAS_NEEDED: "`{id}`{where} is locked as needed by other plugins alone, and terra.toml asks for it now",
    Why.GONE_SET: "`{id}` is locked in the set `{set}`, which terra.toml does not have any more",
}


@value
class Departure:
    """One plugin of a set of which the lock is not what `terra.toml` asks for.

    Attributes:
        line: The line of `terra.toml` that asks for something else; None where it is no line that does.
        locked: What the lock says of it, if anything.
        needed_by: The locked plugin that lacks it.
    """

    name: Name
    set: str
    why: Why
    line: Wanted | None = None
    locked: LockedPlugin | None = None
    needed_by: LockedPlugin | None = None


def departures(opened: OpenProject, set_name: str, toolbox: Toolbox) -> tuple[Departure, ...]:
    """Return where the lock of a set is not what `terra.toml` asks for; usually nothing.

    Raises:
        UsageError: A source or a registry of `terra.toml` cannot be read.
    """
    locked_here = opened.lock.in_set(set_name)
    if opened.project.find_set(set_name) is None and locked_here:
        return tuple(Departure(each.name, set_name, Why.GONE_SET, locked=each) for each in locked_here)
    lines = _of_lines(opened, set_name, toolbox)
    return (*lines, *_of_needs(opened, set_name), *_of_roots(opened, set_name))


def redirected(opened: OpenProject, set_name: str) -> tuple[LockedPlugin, ...]:
    """Return, as the lock should have them, the plugins of which it is wrong whether `terra.toml` asks for them."""
    names = {line.name for line in opened.set(set_name).plugins}
    here = opened.lock.in_set(set_name)
    return tuple(replace(each, direct=not each.direct) for each in here if each.direct != (each.name in names))


def worded(departure: Departure) -> str:
    """Return a departure in words."""
    line, locked, needed_by = departure.line, departure.locked, departure.needed_by
    return _WORDS[departure.why].format(
        name=departure.name,
        set=departure.set,
        where=f" in the set `{departure.set}`" if departure.set else "",
        id=locked.id if locked else "",
        version=locked.version if locked else "",
        origin=(locked.registry or locked.source) if locked else "",
        source=line.source if line else "",
        registry=line.registry if line else "",
        specifier=line.specifier if line else "",
        needed_by=needed_by.id if needed_by else "",
    )


def _of_lines(opened: OpenProject, set_name: str, toolbox: Toolbox) -> Iterator[Departure]:
    for line in opened.set(set_name).plugins:
        locked = opened.lock.find(set_name, line.name)
        why = Why.UNLOCKED if locked is None else _departs(line, locked, opened, toolbox)
        if why is not None:
            yield Departure(line.name, set_name, why, line, locked)


def _of_needs(opened: OpenProject, set_name: str) -> Iterator[Departure]:
    for each in opened.lock.in_set(set_name):
        for need in each.requires:
            if opened.lock.find(set_name, need.name) is None:
                yield Departure(need.name, set_name, Why.LACKING, needed_by=each)


def _of_roots(opened: OpenProject, set_name: str) -> Iterator[Departure]:
    """Yield what is locked and asked for by nothing, or otherwise than the lock has it."""
    unasked = opened.lock.unneeded(set_name, {line.name for line in opened.set(set_name).plugins})
    for each in unasked:
        yield Departure(each.name, set_name, Why.UNASKED, locked=each)
    names = {each.name for each in unasked}
    for each in redirected(opened, set_name):
        if each.name not in names:
            yield Departure(each.name, set_name, Why.WAS_NEEDED if each.direct else Why.WAS_ASKED, locked=each)


def _departs(line: Wanted, locked: LockedPlugin, opened: OpenProject, toolbox: Toolbox) -> Why | None:
    if not line.specifier.allows(locked.version, prereleases=True):
        return Why.VERSION
    if line.source is not None:
        return None if _is_source(line, locked, toolbox) else Why.SOURCE
    if locked.registry is None:
        return Why.NOW_NAMED
    if line.registry is not None and line.registry != locked.registry:
        from terra.commands.registries import Registries

        registries = Registries(opened, toolbox)
        wanted, held = (registries.resolve(each, opened.folder).location for each in (line.registry, locked.registry))
        return Why.REGISTRY if wanted != held else None
    return None


def _is_source(line: Wanted, locked: LockedPlugin, toolbox: Toolbox) -> bool:
    from terra.commands.fetching import admits
    from terra.commands.naming import from_line

    source = from_line(line).source
    return locked.registry is None and source is not None and admits(source, locked.source, toolbox)
