"""What a project holds: the values of `terra.lock`."""

from __future__ import annotations

from terra.model.digest import Digest
from terra.model.name import Name
from terra.model.requirement import Requirement
from terra.model.source import Locator
from terra.model.tree import Tree
from terra.model.values import value
from terra.model.version import UNVERSIONED, Version

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

LOCK_VERSION = 1
DELETED = "deleted"  # stands in place of a sha256, for a file that the user took away


@value
class LockedPlugin:
    """One `[[plugin]]` of the lock.

    Attributes:
        source: As the registry's document, or `terra.toml`, names it: relative to that.
        registry: Label or location; None for a direct source.
        archive: None for a folder.
        direct: Whether the user asked for it, rather than another plugin.
        edited: sha256 by path, of edits that the user accepted; `DELETED` for a file that is to be away.
    """

    name: Name
    version: Version
    set: str
    source: Locator
    tree: Tree
    registry: str | None = None
    archive: Digest | None = None
    size: int | None = None
    commit: str | None = None
    direct: bool = True
    requires: tuple[Requirement, ...] = ()
    signers: tuple[str, ...] = ()
    hooks: bool = False
    edited: tuple[tuple[str, str], ...] = ()
    edit_reason: str | None = None

    @property
    def id(self) -> str:
        """`name@version`; `name@0.0.0` for a plugin without a version."""
        return f"{self.name}@{self.version}"

    @property
    def is_versioned(self) -> bool:
        """Whether any document gave the plugin a version."""
        return self.version != UNVERSIONED


@value
class LockedRegistry:
    """One `[[registry]]` of the lock: what a label meant when the lock was written."""

    name: str
    location: str
    root: Digest | None = None


class _Remembered:
    """Holds what a frozen lock finds out of its own plugins: a slot that is no field, so no part of its value."""

    __slots__ = ("_by_set",)
    _by_set: dict[str, dict[str, LockedPlugin]]


@value
class Lock(_Remembered):
    """The values of one `terra.lock`, sorted by set and name; an absent file is `Lock()`."""

    plugins: tuple[LockedPlugin, ...] = ()
    registries: tuple[LockedRegistry, ...] = ()

    def find(self, set_name: str, name: Name) -> LockedPlugin | None:
        """Return what is locked of `name` in the set, or None."""
        return self._of(set_name).get(name.text)

    def in_set(self, set_name: str) -> tuple[LockedPlugin, ...]:
        """Return what is locked in one set."""
        return tuple(self._of(set_name).values())

    def _of(self, set_name: str) -> dict[str, LockedPlugin]:
        """Return the plugins of a set by the text of their names; looked through once, when it is first asked for."""
        try:
            by_set = self._by_set
        except AttributeError:
            by_set = {}
            for each in self.plugins:
                by_set.setdefault(each.set, {})[each.name.text] = each
            object.__setattr__(self, "_by_set", by_set)
        return by_set.get(set_name, {})

    def unneeded(self, set_name: str, roots: Iterable[Name]) -> tuple[LockedPlugin, ...]:
        """Return what is locked in a set although nothing of `roots` leads to it, by whatever way."""
        by_name = self._of(set_name)
        reached: set[str] = set()
        waiting = [each.text for each in roots]
        while waiting:
            name = waiting.pop()
            if name in by_name and name not in reached:
                reached.add(name)
                waiting += [need.name.text for need in by_name[name].requires]
        return tuple(each for name, each in by_name.items() if name not in reached)

    def without(self, set_name: str, names: Collection[Name]) -> Lock:
        """Return this lock without some plugins of a set, and without registries that nothing names then."""
        kept = tuple(each for each in self.plugins if each.set != set_name or each.name not in names)
        named = {each.registry for each in kept}
        return Lock(kept, tuple(each for each in self.registries if each.name in named))

    def with_(self, plugins: tuple[LockedPlugin, ...], registries: tuple[LockedRegistry, ...] = ()) -> Lock:
        """Return this lock with `plugins` and `registries` added, or put in place of those of the same name."""
        merged = {(each.set, each.name): each for each in (*self.plugins, *plugins)}
        labels = {each.name: each for each in (*self.registries, *registries)}
        return Lock(
            tuple(merged[key] for key in sorted(merged)),
            tuple(labels[label] for label in sorted(labels)),
        )
