"""The payloads of locked releases: from the cache, else fetched again; what comes must be what the lock says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.commands.acquired import Order
from terra.commands.acquiring import acquire_all
from terra.commands.catalogue import Catalogue
from terra.errors import AuthenticationError, HTTPStatusError, IntegrityError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terra.commands.acquired import Acquired
    from terra.commands.opening import OpenProject
    from terra.commands.registries import Registries
    from terra.commands.toolbox import Toolbox
    from terra.model.lock import LockedPlugin
    from terra.model.stages import Cached


def locked_payloads(
    plugins: Sequence[LockedPlugin], opened: OpenProject, registries: Registries, toolbox: Toolbox
) -> list[Cached]:
    """Return the payload of each locked plugin, in order; what the cache lacks is fetched side by side.

    Raises:
        FetchError: Something could not be had.
        IntegrityError: Something is not what the lock says.
    """
    found = {each: toolbox.store.find_tree(each.name, each.version, each.tree.digest) for each in plugins}
    lacking = [each for each in plugins if found[each] is None]
    if lacking:
        for each, acquired in zip(lacking, _acquired(lacking, opened, registries, toolbox), strict=True):
            _refuse_other(each, acquired)
            found[each] = acquired.cached
    return [cached for each in plugins if (cached := found[each]) is not None]


def _acquired(
    plugins: Sequence[LockedPlugin], opened: OpenProject, registries: Registries, toolbox: Toolbox
) -> list[Acquired]:
    catalogues = {each.set: Catalogue(opened, each.set, registries) for each in plugins}
    orders = [_order(each, catalogues[each.set]) for each in plugins]
    try:
        return acquire_all(orders, opened.policy, toolbox)
    except (HTTPStatusError, AuthenticationError):  # no more, or signed for a while: the registry may have another
        again = [Order(catalogues[each.set].listed(each), each) for each in plugins]
        return acquire_all(again, opened.policy, toolbox)


def _order(locked: LockedPlugin, catalogue: Catalogue) -> Order:
    if locked.source.is_local:
        return Order(catalogue.listed(locked), locked)
    return Order(catalogue.release_of(locked), locked)


def _refuse_other(locked: LockedPlugin, acquired: Acquired) -> None:
    if acquired.cached.tree == locked.tree:
        return
    message = (
        f"`{locked.source}` is not what `terra.lock` says of `{locked.id}`: "
        f"expected {locked.tree.digest}, got {acquired.cached.tree.digest}"
    )
    hint = f"`terra update {locked.name}` takes what is there now"
    raise IntegrityError(message, hint=hint, subjects=(locked.id,))
