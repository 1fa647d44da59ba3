"""What answers for schemes and kinds: what is built in, imported when it is asked for, and extensions.

An extension is taken whole or not at all: one that is broken, or that wants what another has, is reported once and
left out, and the others work. The vetoes that went with it are remembered.
"""

from __future__ import annotations

import threading
from importlib import import_module
from typing import TYPE_CHECKING

from terra.plugins.extension import (
    FAILURES,
    BrokenExtensionError,
    aside,
    imported,
    label_of,
    offered,
    reason,
)
from terra.plugins.guarded import Blame, GuardedKind, guarded_source

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pluggy import HookImpl, PluginManager

    from terra.plugins.discovery import EntryPoint
    from terra.plugins.extension import Offer
    from terra.spec import RegistryKind, Source

# Kinds that no extension may take: terra's own registries, what is installed, Terraform's protocol.
_RESERVED_KINDS = ("terra", "installed", "terraform")
VETOES = ("terra_verify_release", "terra_before_apply")


class Loader:
    """Imports what is asked for, by one thread at a time.

    Args:
        manager: Where everything is registered.
        modules: As of `PluginHost`.
        extensions: Entry points of extensions.
        warn: Told of an extension that is broken.
        detail: Told where one failed, for `-v`.

    Attributes:
        sources: By scheme.
        kinds: By kind.
        unread: The dotted names of what is built in and was not asked for when terra started, by scheme or kind.
        taken: The extensions, by the names under which they are registered.
        broken: The extensions that were left out, each with the reason.
        lost: The extensions whose vetoes were lost with them, by hook, each with the reason.
        lock: Held while an extension is imported or called.
    """

    def __init__(
        self,
        manager: PluginManager,
        modules: Mapping[str, str],
        extensions: Sequence[EntryPoint],
        warn: Callable[[str], None],
        detail: Callable[[str], None],
    ) -> None:
        self._manager = manager
        self._waiting = list(extensions)
        self._warn = warn
        self._detail = detail
        self.lock = threading.RLock()
        self.taken: dict[str, EntryPoint] = {}
        self.broken: list[tuple[EntryPoint, str]] = []
        self.lost: dict[str, list[tuple[EntryPoint, str]]] = {each: [] for each in VETOES}
        self.sources: dict[str, Source] = {}
        self.kinds: dict[str, RegistryKind] = {}
        self.unread = dict(modules)

    def read(self, key: str) -> bool:
        """Import what is built in for a scheme or a kind, where something is; who comes meanwhile waits."""
        with self.lock:
            module = self.unread.get(key)
            if module is not None and not self._manager.has_plugin(module):
                plugin = import_module(module)
                self._manager.register(plugin, module)
                self._manager.check_pending()
                offer = offered(self._own(plugin))
                self.sources.update(offer.sources)
                self.kinds.update(offer.kinds)
            return module is not None

    def _own(self, plugin: object) -> dict[str, HookImpl]:
        """Return the implementations of a registered plugin, by hook."""
        callers = self._manager.get_hookcallers(plugin) or ()
        return {caller.name: each for caller in callers for each in caller.get_hookimpls() if each.plugin is plugin}

    def load(self) -> None:
        """Import the extensions that nobody needed before; who comes meanwhile waits, or would miss a veto."""
        with self.lock:
            while self._waiting:
                entry = self._waiting[0]
                try:
                    with aside():
                        self._take(entry)
                except KeyboardInterrupt:
                    raise
                except FAILURES as error:
                    self.broken.append((entry, reason(error)))
                    self._warn(f"{label_of(entry)} is broken and left out: {reason(error)}")
                self._waiting.remove(entry)

    def _take(self, entry: EntryPoint) -> None:
        """Register an extension with its sources and kinds.

        Raises:
            BrokenExtensionError: It is not what an extension is, or wants what another has.
        """
        key = f"terra.extensions:{entry.name}"
        if key in self.taken:
            message = f"{label_of(self.taken[key])} has this name already"
            raise BrokenExtensionError(message)
        plugin = imported(entry)
        is_another = self._manager.is_registered(plugin)  # by another name, under which its vetoes are asked
        try:
            self._manager.register(plugin, key)
            self._manager.check_pending()
            offer = offered(self._own(plugin))
            self._refuse_taken(offer)
            self._register(entry, offer)
        except BaseException as error:
            if self._manager.has_plugin(key):
                self._manager.unregister(name=key)
            if not is_another:
                for hook in self._vetoes_of(plugin):
                    self.lost[hook].append((entry, reason(error)))
            raise
        self.taken[key] = entry

    def _vetoes_of(self, plugin: object) -> list[str]:
        """Return the vetoes that an extension means to have, whether or not they can be asked."""
        there = [hook for hook in VETOES if getattr(plugin, hook, None) is not None]
        return [hook for hook in there if self._manager.parse_hookimpl_opts(plugin, hook) is not None]

    def _register(self, entry: EntryPoint, offer: Offer) -> None:
        blame = Blame(entry, self._detail)
        guarded = {id(each): guarded_source(each, blame) for each in offer.sources.values()}
        kinds = {name: GuardedKind(kind, blame) for name, kind in offer.kinds.items()}
        self.sources.update({scheme: guarded[id(each)] for scheme, each in offer.sources.items()})
        self.kinds.update(kinds)

    def _refuse_taken(self, offer: Offer) -> None:
        """Refuse a scheme or kind that somebody has: terra's own, or those of the extension before."""
        schemes = [scheme for scheme in offer.sources if scheme in self.sources or f"{scheme}:" in self.unread]
        taken = (*self.kinds, *self.unread, *_RESERVED_KINDS)
        kinds = [kind for kind in offer.kinds if kind in taken]
        if schemes or kinds:
            message = f"`{schemes[0]}:` has a source already" if schemes else f"the kind `{kinds[0]}` is taken already"
            raise BrokenExtensionError(message)
