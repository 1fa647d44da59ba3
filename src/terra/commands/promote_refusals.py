"""What `terra promote` refuses before anything is planned: other registries, and releases that do not go together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.commands.refusals import Arrival, refuse_clashes, refuse_elsewhere, registry_of_lock
from terra.errors import ResolveError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from terra.commands.chain import Registry
    from terra.commands.promotion import Promotion
    from terra.commands.registries import Registries
    from terra.commands.toolbox import Toolbox
    from terra.model.lock import LockedPlugin
    from terra.model.name import Name
    from terra.model.requirement import Requirement
    from terra.model.stages import Cached


def refuse_other_origins(promotion: Promotion, registries: Registries) -> None:
    """Stop where a name that the set has locked would come from elsewhere.

    Raises:
        IntegrityError: One would.
    """

    def place(locked: LockedPlugin) -> Registry | None:
        return registry_of_lock(locked.registry, promotion.opened, registries) if locked.registry else None

    arrivals = [Arrival(each.name, place(each), each.source) for each in promotion.plugins]
    refuse_elsewhere(arrivals, promotion.opened, promotion.to, registries)


def refuse_unfit(promotion: Promotion, gone: Collection[Name]) -> None:
    """Stop where a plugin that stays and one that comes do not go together.

    Raises:
        ResolveError: One is a folder of the other, or needs another release of it.
    """
    after = {each.name: each for each in (*promotion.staying(gone), *promotion.plugins)}
    refuse_clashes(after, "promote into a set that has neither")
    for each in after.values():
        for need in each.requires:
            other = after.get(need.name)
            if other is not None and need.specifier.allows(other.version, prereleases=True):
                continue
            if not promotion.names.isdisjoint((each.name, need.name)):
                _refuse_need(each, need, other)


def _refuse_need(plugin: LockedPlugin, need: Requirement, other: LockedPlugin | None) -> None:
    there = f"which would be {other.version}" if other else "which is not locked"
    message = f"`{plugin.id}` needs `{need}`, {there}"
    hint = f"promote `{plugin.name if other else need.name}` too, or update it there first"
    raise ResolveError(message, hint=hint, subjects=(plugin.name.text, need.name.text))


def refuse_missing_folders(
    promotion: Promotion, payloads: Sequence[Cached], gone: Collection[Name], toolbox: Toolbox
) -> None:
    """Stop where a plugin calls a folder of another one that the release there does not have.

    Args:
        promotion: What moves.
        payloads: Its releases, in its order.
        gone: What leaves the set.
        toolbox: The adapters.

    Raises:
        IntegrityError: With plugin, file and line of every such call.
    """
    from terra.commands.siblings import Standing, check_together

    coming = []
    for each, payload in zip(promotion.plugins, payloads, strict=True):
        held = promotion.held(each.name)
        is_new = held is None or held.tree != each.tree
        coming.append(Standing(each.name, each.version, each.tree, each.requires, payload.folder, is_new=is_new))
    staying = [Standing.of(None, each) for each in promotion.staying(gone)]
    check_together([*coming, *staying], promotion.opened, promotion.to, toolbox)
