"""The plugin host: one pluggy manager for what is built in, for extensions, and for installed plugins.

What is built in is registered by dotted name, by the same hooks that an extension uses. An extension is
imported when it is first needed: a scheme or a kind that nothing built in answers for, a release to verify, a
plan to apply. It is taken whole or not at all: one that is broken, or that wants what another has, is reported
once and left out, and the others work. An installed plugin is never imported.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING

import pluggy

from terra.errors import FetchError, PolicyError, TerraError, UsageError
from terra.plugins.extension import (
    FAILURES,
    BrokenExtensionError,
    aside,
    call,
    imported,
    kind_of,
    offered,
    reason,
    refusal_in,
    schemes_of,
)
from terra.plugins.installed import InstalledProxy
from terra.spec import hooks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from pluggy import HookImpl

    from terra.model.source import Locator
    from terra.plugins.discovery import EntryPoint
    from terra.plugins.extension import Offer
    from terra.spec import Admission, Application, InstalledPlugin, RegistryKind, Source

# Kinds that terra answers for without a hook: its own registries, what is installed, Terraform's protocol.
_RESERVED_KINDS = ("terra", "installed", "terraform")
_UNWRITTEN = "installed"  # the one scheme that only terra makes addresses of
_REFUSED = "an extension that is installed beside terra says so; `TERRA_DISABLE_EXTENSIONS` leaves one out"


class PluginHost:
    """Sources by scheme, registries by kind, installed plugins, and the hooks around an add.

    Its methods may be called from several threads: extensions are imported, and their hooks called, by one at
    a time.

    Args:
        modules: Dotted names of modules with hook implementations that are built in.
        extensions: Entry points of extensions.
        plugins: What is installed beside terra.
        warn: Told of an extension that is broken.
    """

    def __init__(
        self,
        modules: Iterable[str],
        extensions: Sequence[EntryPoint] = (),
        plugins: Sequence[InstalledPlugin] = (),
        warn: Callable[[str], None] = lambda _message: None,
    ) -> None:
        self._manager = pluggy.PluginManager("terra")
        self._manager.add_hookspecs(hooks)
        self._waiting = list(extensions)
        self._warn = warn
        self._lock = threading.RLock()
        self._taken: dict[str, EntryPoint] = {}
        self._sources: dict[str, Source] = {}
        self._owners: dict[str, EntryPoint] = {}
        self._kinds: dict[str, RegistryKind] = {}
        for module in modules:
            self._manager.register(import_module(module), module)
        for plugin in plugins:
            self._manager.register(InstalledProxy(plugin), f"terra.plugins:{plugin.name}")
        self._manager.check_pending()
        self._plugins = tuple(sorted(self._manager.hook.terra_register_plugin(), key=lambda plugin: plugin.name))
        for source in reversed(self._manager.hook.terra_register_source()):  # pluggy asks the last one first
            for scheme in schemes_of(source):
                self._sources.setdefault(scheme, source)
        for kind in reversed(self._manager.hook.terra_register_registry()):
            self._kinds.setdefault(kind_of(kind), kind)

    @property
    def schemes(self) -> tuple[str, ...]:
        """Every scheme that a source answers for."""
        self._load()
        return tuple(sorted(self._sources))

    def source_for(self, locator: Locator) -> Source:
        """Return the source that answers for the locator's scheme.

        Raises:
            UsageError: None does; lists the schemes that are there.
        """
        if locator.scheme not in self._sources:
            self._load()
        source = self._sources.get(locator.scheme)
        if source is None:
            message = f"`{locator}` has the scheme `{locator.scheme}`, which no source answers for"
            known = ", ".join(f"`{scheme}:`" for scheme in self.schemes if scheme != _UNWRITTEN)
            raise UsageError(message, hint=f"the schemes here are {known}", subjects=(str(locator),))
        return source

    @contextmanager
    def blaming(self, locator: Locator) -> Iterator[None]:
        """Say whose fault it is where the source of an extension fails by anything but an error of terra's.

        Raises:
            FetchError: It did.
        """
        entry = self._owners.get(locator.scheme)
        try:
            yield
        except (TerraError, OSError):
            raise
        except FAILURES as error:
            if entry is None:
                raise
            message = f"`{locator}` could not be fetched: {_label(entry)} failed with {reason(error)}"
            raise FetchError(message, hint="its author can mend that", subjects=(str(locator),)) from error

    def registry_kind(self, kind: str) -> RegistryKind:
        """Return what answers for a kind of registry.

        Raises:
            UsageError: Nothing does; lists the kinds that are there.
        """
        if kind not in self._kinds:
            self._load()
        found = self._kinds.get(kind)
        if found is None:
            known = ", ".join(f"`{each}`" for each in sorted(("terra", *self._kinds)))
            message = f"`{kind}` is not a kind of registry"
            raise UsageError(message, hint=f"the kinds here are {known}", subjects=(kind,))
        return found

    def installed(self) -> tuple[InstalledPlugin, ...]:
        """Return every plugin that is installed beside terra, sorted by name; no extension is asked."""
        return self._plugins

    def verify(self, admission: Admission) -> None:
        """Let every extension look at a release.

        Raises:
            PolicyError: One refuses it, or fails.
        """
        self._ask("terra_verify_release", f"`{admission.name}@{admission.version}`", release=admission)

    def before_apply(self, application: Application) -> None:
        """Let every extension look at a plan.

        Raises:
            PolicyError: One refuses it, or fails.
        """
        self._ask("terra_before_apply", "the plan", application=application)

    def after_apply(self, application: Application) -> None:
        """Tell every extension that a plan was applied; one that fails is a warning."""
        for each in self._implementations("terra_after_apply"):
            try:
                with self._lock, aside():
                    call(each, {"application": application})
            except FAILURES as error:
                self._warn(f"{self._label(each)} failed in `terra_after_apply`: {reason(error)}")

    def _ask(self, hook: str, subject: str, **arguments: object) -> None:
        """Let every extension refuse; what fails refuses too, since nothing was looked at then."""
        for each in self._implementations(hook):
            try:
                with self._lock, aside():
                    refusal = refusal_in(call(each, arguments))
            except FAILURES as error:
                refusal = f"it failed with {reason(error)}"
            if refusal:
                message = f"{subject} is refused by {self._label(each)}: {refusal}"
                raise PolicyError(message, hint=_REFUSED, subjects=(each.plugin_name.partition(":")[2],))

    def _implementations(self, hook: str) -> list[HookImpl]:
        """Return the implementations of a hook, in pluggy's order, for each to be called alone."""
        self._load()
        return list(reversed(getattr(self._manager.hook, hook).get_hookimpls()))

    def _label(self, implementation: HookImpl) -> str:
        entry = self._taken.get(implementation.plugin_name)
        return _label(entry) if entry else f"`{implementation.plugin_name}`"

    def _load(self) -> None:
        """Import the extensions that nobody needed before; who comes meanwhile waits, or would miss a veto."""
        with self._lock:
            while self._waiting:
                entry = self._waiting[0]
                try:
                    with aside():
                        self._take(entry)
                except FAILURES as error:
                    self._warn(f"{_label(entry)} is broken and left out: {reason(error)}")
                self._waiting.remove(entry)

    def _take(self, entry: EntryPoint) -> None:
        """Register an extension with its sources and kinds.

        Raises:
            BrokenExtensionError: It is not what an extension is, or wants what another has.
        """
        key = f"terra.extensions:{entry.name}"
        if key in self._taken:
            message = f"{_label(self._taken[key])} has this name already"
            raise BrokenExtensionError(message)
        plugin = imported(entry)
        try:
            self._manager.register(plugin, key)
            self._manager.check_pending()
            callers = self._manager.get_hookcallers(plugin) or ()
            own = {caller.name: each for caller in callers for each in caller.get_hookimpls() if each.plugin is plugin}
            offer = offered(own)
            self._refuse_taken(offer)
        except BaseException:
            if self._manager.has_plugin(key):
                self._manager.unregister(name=key)
            raise
        self._taken[key] = entry
        self._sources.update(offer.sources)
        self._owners.update(dict.fromkeys(offer.sources, entry))
        self._kinds.update(offer.kinds)

    def _refuse_taken(self, offer: Offer) -> None:
        """Refuse a scheme or kind that somebody has: terra's own, or those of the extension before."""
        schemes = [scheme for scheme in offer.sources if scheme in self._sources]
        kinds = [kind for kind in offer.kinds if kind in self._kinds or kind in _RESERVED_KINDS]
        if schemes or kinds:
            message = f"`{schemes[0]}:` has a source already" if schemes else f"the kind `{kinds[0]}` is taken already"
            raise BrokenExtensionError(message)


def _label(entry: EntryPoint) -> str:
    return f"the extension `{entry.name}` of `{entry.distribution}`"
