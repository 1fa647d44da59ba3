"""What stops a command that changes plugins: the user's own files, and names that clash or come from elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.commands.chain import Registry
from terra.commands.change_words import headline, ways_out, why_stopped
from terra.errors import ConflictError, IntegrityError, ResolveError
from terra.model.name import Name
from terra.model.source import Locator
from terra.model.values import value
from terra.model.version import UNVERSIONED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from terra.commands.gathering import Gathered
    from terra.commands.opening import OpenProject
    from terra.commands.registries import Registries
    from terra.model.lock import LockedPlugin
    from terra.model.plan import Conflict

_SHOWN = 20


def refuse_conflicts(conflicts: Sequence[Conflict]) -> None:
    """Stop where going on would lose the user's work.

    Raises:
        ConflictError: With every file.
    """
    refuse_in_the_way(conflicts)
    if conflicts:
        message = f"{headline(conflicts)}, and nothing was written{_each(conflicts)}"
        raise ConflictError(message, hint=ways_out(conflicts), subjects=[each.path for each in conflicts])


def question(conflicts: Sequence[Conflict]) -> str:
    """Return what a person is asked who decides about conflicts."""
    return f"{headline(conflicts)}{_each(conflicts)}\n"


def refuse_in_the_way(conflicts: Sequence[Conflict]) -> None:
    """Stop where something that is no file of a plugin stands in its place: no option gives that up.

    Raises:
        ConflictError: With every place.
    """
    blocking = [each for each in dict.fromkeys(conflicts) if each.is_in_the_way]
    if blocking:
        message = f"something stands where the plugin's files must go, and nothing was written{_each(blocking)}"
        hint = "move it away, and run the command again"
        raise ConflictError(message, hint=hint, subjects=[each.path for each in blocking])


def _each(conflicts: Sequence[Conflict]) -> str:
    shown = "".join(f"\n  {each.path}: {why_stopped(each)}" for each in conflicts[:_SHOWN])
    return shown + (f"\n  and {len(conflicts) - _SHOWN} more" if len(conflicts) > _SHOWN else "")


@value
class Arrival:
    """A plugin on its way into a set, and where it comes from.

    Attributes:
        registry: None for a direct source.
        is_named: Whether the user gave the direct source this name now, rather than its archive.
        way: What allows it to come from elsewhere than before, as a hint.
    """

    name: Name
    registry: Registry | None
    source: Locator
    is_named: bool = False
    way: str = "if that is meant, say `--allow-registry-change`"

    @classmethod
    def gathered(cls, each: Gathered) -> Arrival:
        """Return a release that was gathered; not every command that gathers has the option."""
        name, is_named = each.acquired.name, each.asked is not None and each.asked.named
        way = f"if that is meant: `terra add {name} --allow-registry-change`"
        return cls(name, each.registry, each.acquired.source, is_named, way)


def refuse_other_origin(
    gathered: Sequence[Gathered], opened: OpenProject, set_name: str, registries: Registries
) -> None:
    """Stop where a locked name would come from elsewhere than the lock says.

    Raises:
        IntegrityError: With both places.
    """
    refuse_elsewhere([Arrival.gathered(each) for each in gathered], opened, set_name, registries)


def refuse_elsewhere(arrivals: Sequence[Arrival], opened: OpenProject, set_name: str, registries: Registries) -> None:
    """Stop where a locked name would come from elsewhere than the lock says, whatever brings it.

    Raises:
        IntegrityError: With both places.
    """
    moving = {each.name for each in arrivals}
    staying = [each for each in opened.lock.plugins if each.name not in moving]
    for each in arrivals:
        locked = opened.lock.find(set_name, each.name)
        if locked is not None:
            _refuse_origin(each, locked, opened, registries)
        _refuse_label(each, staying, opened, registries)


def refuse_clashes(names: Iterable[Name], hint: str) -> None:
    """Stop where one plugin of a set would be a folder of another.

    Raises:
        ResolveError: With both names.
    """
    by_text = {each.text: each for each in names}
    for each in by_text.values():
        outer = by_text.get(each.parts[0], each)  # at most two parts, as `Name.clashes_with` has it
        if outer != each:
            message = f"`{each}` and `{outer}` cannot stand in one set: one is a folder of the other"
            raise ResolveError(message, hint=hint, subjects=(each.text, outer.text))


def refuse_other_bytes(gathered: Sequence[Gathered], opened: OpenProject, set_name: str) -> None:
    """Stop where a registry gives other bytes for the version that is locked: a release never changes.

    Raises:
        IntegrityError: With both trees.
    """
    for each in gathered:
        acquired, locked = each.acquired, opened.lock.find(set_name, each.acquired.name)
        if locked is None or each.registry is None or locked.registry is None or acquired.source.names_path:
            continue
        if acquired.version == locked.version != UNVERSIONED and acquired.cached.tree != locked.tree:
            message = (
                f"`{locked.id}` of `{each.registry.written}` has other files than when it was locked: "
                f"expected {locked.tree.digest}, got {acquired.cached.tree.digest}"
            )
            hint = f"ask its publisher; if it is meant, `terra remove {locked.name}` and add it again"
            raise IntegrityError(message, hint=hint, subjects=(locked.id,))


def _refuse_origin(each: Arrival, locked: LockedPlugin, opened: OpenProject, registries: Registries) -> None:
    if each.registry is None and (locked.registry is None or each.is_named):
        return  # a direct source that was one before, or that the user gave this name
    before = registry_of_lock(locked.registry, opened, registries) if locked.registry else None
    if before is not None and each.registry is not None and before.location == each.registry.location:
        return
    was = f"`{locked.registry}` ({before.location})" if before else f"`{locked.source}`"
    to = f"`{each.registry.written}` ({each.registry.location})" if each.registry else f"`{each.source}`"
    message = f"`{locked.name}` is locked from {was}, and would come from {to}"
    raise IntegrityError(message, hint=each.way, subjects=(locked.name.text,))


def _refuse_label(each: Arrival, staying: Sequence[LockedPlugin], opened: OpenProject, registries: Registries) -> None:
    """Stop where a label of the lock would mean another registry for the plugins that stay."""
    if each.registry is None:
        return
    held = next((one for one in staying if one.registry == each.registry.written), None)
    before = registry_of_lock(each.registry.written, opened, registries) if held else None
    if held is not None and before is not None and before.location != each.registry.location:
        message = (
            f"`{each.registry.written}` meant {before.location} when `{held.id}` was locked, "
            f"and means {each.registry.location} now"
        )
        hint = "give the new one another label; if it is the same registry, say `--allow-registry-change`"
        raise IntegrityError(message, hint=hint, subjects=(each.registry.written,))


def registry_of_lock(written: str, opened: OpenProject, registries: Registries) -> Registry:
    """Return the registry that a label or location meant when the lock was written."""
    recorded = next((one.location for one in opened.lock.registries if one.name == written), None)
    return registries.resolve(recorded or written, opened.folder)
