"""Build the plugin manager from dotted names and ask it for sources."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import pluggy

from terra.errors import UsageError
from terra.spec import hooks

if TYPE_CHECKING:
    from collections.abc import Iterable

    from terra.model.source import Locator
    from terra.spec import Source


class PluginHost:
    """Sources by scheme.

    Args:
        modules: Dotted names of modules with hook implementations, in order of registration.
    """

    def __init__(self, modules: Iterable[str]) -> None:
        self._manager = pluggy.PluginManager("terra")
        self._manager.add_hookspecs(hooks)
        for module in modules:
            self._manager.register(import_module(module), module)
        self._manager.check_pending()
        self._sources: dict[str, Source] = {}
        for source in reversed(self._manager.hook.terra_register_source()):
            for scheme in source.schemes:
                self._sources.setdefault(scheme, source)

    @property
    def schemes(self) -> tuple[str, ...]:
        """Every scheme that a source answers for."""
        return tuple(sorted(self._sources))

    def source_for(self, locator: Locator) -> Source:
        """Return the source that answers for the locator's scheme.

        Raises:
            UsageError: None does; lists the schemes that are there.
        """
        source = self._sources.get(locator.scheme)
        if source is None:
            message = f"`{locator}` has the scheme `{locator.scheme}`, which no source answers for"
            known = ", ".join(f"`{scheme}:`" for scheme in self.schemes)
            raise UsageError(message, hint=f"the schemes here are {known}", subjects=(str(locator),))
        return source
