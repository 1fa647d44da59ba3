"""The plugin host: one pluggy manager for what is built in, for extensions, and for installed plugins.

What is built in is registered by dotted name, by the same hooks that an extension uses, when its scheme or kind
is first asked for: all at once would be 13 ms of every fetch. An extension is
imported when it is first needed: a scheme or a kind that nothing built in answers for, a release to verify, a
plan to apply. It is taken whole or not at all: one that is broken, or that wants what another has, is reported
once and left out, and the others work. But a veto never vanishes: one that fails refuses, and so does one whose
extension is left out after it was imported. An installed plugin is never imported.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

import pluggy

from terra.errors import InterruptedRunError, PolicyError, TerraError, UsageError
from terra.plugins.extension import (
    FAILURES,
    BrokenExtensionError,
    aside,
    call,
    imported,
    interruptible,
    kind_of,
    label_of,
    leaving_out,
    offered,
    reason,
    refusal_in,
    schemes_of,
)
from terra.plugins.guarded import Blame, GuardedKind, guarded_source
from terra.plugins.installed import InstalledProxy
from terra.spec import hooks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pluggy import HookImpl

    from terra.model.source import Locator
    from terra.plugins.discovery import EntryPoint
    from terra.plugins.extension import Offer
    from terra.spec import Admission, Application, InstalledPlugin, RegistryKind, Source

# Kinds that no extension may take: terra's own registries, what is installed, Terraform's protocol.
_RESERVED_KINDS = ("terra", "installed", "terraform")
_UNWRITTEN = "installed"  # the one scheme that only terra makes addresses of
_VETOES = ("terra_verify_release", "terra_before_apply")


class PluginHost:
    """Sources by scheme, registries by kind, installed plugins, and the hooks around an add.

    Its methods may be called from several threads: extensions are imported, and their hooks called, by one at
    a time.

    Args:
        modules: Dotted names of modules with hook implementations that are built in, by what each answers for
            (`https:` is a scheme, `npm` a kind), to be imported when that is first asked for; a mere list is imported
            at once.
        extensions: Entry points of extensions.
        plugins: What is installed beside terra.
        warn: Told of an extension that is broken.
        detail: Told where one failed, for `-v`.
    """

    def __init__(
        self,
        modules: Mapping[str, str] | Iterable[str],
        extensions: Sequence[EntryPoint] = (),
        plugins: Sequence[InstalledPlugin] = (),
        warn: Callable[[str], None] = lambda _message: None,
        detail: Callable[[str], None] = lambda _message: None,
    ) -> None:
        self._manager = pluggy.PluginManager("terra")
        self._manager.add_hookspecs(hooks)
        self._waiting = list(extensions)
        self._warn = warn
        self._detail = detail
        self._lock = threading.RLock()
        self._taken: dict[str, EntryPoint] = {}
        self._broken: list[tuple[EntryPoint, str]] = []
        self._lost: dict[str, list[tuple[EntryPoint, str]]] = {each: [] for each in _VETOES}
        self._sources: dict[str, Source] = {}
        self._kinds: dict[str, RegistryKind] = {}
        self._unread = dict(modules) if isinstance(modules, Mapping) else {}
        for module in () if self._unread else modules:
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
        return tuple(sorted({*self._sources, *(key[:-1] for key in self._unread if key.endswith(":"))}))

    @property
    def broken(self) -> tuple[tuple[EntryPoint, str], ...]:
        """Every extension that is left out because it cannot be taken, with the reason; all are imported for it."""
        self._load()
        return tuple(self._broken)

    def source_for(self, locator: Locator) -> Source:
        """Return the source that answers for the locator's scheme.

        Raises:
            UsageError: None does; lists the schemes that are there.
        """
        if locator.scheme not in self._sources and not self._read(f"{locator.scheme}:"):
            self._load()
        source = self._sources.get(locator.scheme)
        if source is None:
            message = f"`{locator}` has the scheme `{locator.scheme}`, which no source answers for"
            known = ", ".join(f"`{scheme}:`" for scheme in self.schemes if scheme != _UNWRITTEN)
            raise UsageError(message, hint=f"the schemes here are {known}", subjects=(str(locator),))
        return source

    def registry_kind(self, kind: str) -> RegistryKind:
        """Return what answers for a kind of registry.

        Raises:
            UsageError: Nothing does; lists the kinds that are there.
        """
        if kind not in self._kinds and not self._read(kind):
            self._load()
        found = self._kinds.get(kind)
        if found is None:
            built_in = (key for key in self._unread if not key.endswith(":"))
            known = ", ".join(f"`{each}`" for each in sorted({"terra", *self._kinds, *built_in}))
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
        """Tell every extension that a plan was applied; one that fails is a warning.

        Raises:
            InterruptedRunError: The user did not want to wait for one; the project is written.
        """
        for each in self._implementations("terra_after_apply"):
            label = self._label(each)
            try:
                with self._lock, aside(), interruptible():
                    call(each, {"application": application})
            except KeyboardInterrupt:
                message = f"interrupted after it was done: the project is written, and {label} was still at work on it"
                hint = f"`terra list` shows the project as it is; {leaving_out(_name(each))}"
                raise InterruptedRunError(message, hint=hint, subjects=(_name(each),)) from None
            except FAILURES as error:
                self._warn(f"{label} failed in `terra_after_apply`: {reason(error)}")

    def _ask(self, hook: str, subject: str, **arguments: object) -> None:
        """Let every extension refuse; what fails refuses too, since nothing was looked at then."""
        implementations = self._implementations(hook)
        for entry, why in self._lost[hook]:
            raise _refusal(
                subject, label_of(entry), f"its `{hook}` cannot be asked, since it is broken: {why}", entry.name
            )
        for each in implementations:
            try:
                with self._lock, aside():
                    refusal = refusal_in(call(each, arguments))
            except KeyboardInterrupt:
                raise
            except TerraError as error:
                refusal = error.message
            except FAILURES as error:
                refusal = f"it failed with {reason(error)}"
            if refusal:
                raise _refusal(subject, self._label(each), refusal, _name(each))

    def _implementations(self, hook: str) -> list[HookImpl]:
        """Return the implementations of a hook, in pluggy's order, for each to be called alone."""
        self._load()
        return list(reversed(getattr(self._manager.hook, hook).get_hookimpls()))

    def _label(self, implementation: HookImpl) -> str:
        entry = self._taken.get(implementation.plugin_name)
        return label_of(entry) if entry else f"`{implementation.plugin_name}`"

    def _read(self, key: str) -> bool:
        """Import what is built in for a scheme or a kind, where something is; who comes meanwhile waits."""
        with self._lock:
            module = self._unread.get(key)
            if module is not None and not self._manager.has_plugin(module):
                plugin = import_module(module)
                self._manager.register(plugin, module)
                self._manager.check_pending()
                offer = offered(self._own(plugin))
                self._sources.update(offer.sources)
                self._kinds.update(offer.kinds)
            return module is not None

    def _own(self, plugin: object) -> dict[str, HookImpl]:
        """Return the implementations of a registered plugin, by hook."""
        callers = self._manager.get_hookcallers(plugin) or ()
        return {caller.name: each for caller in callers for each in caller.get_hookimpls() if each.plugin is plugin}

    def _load(self) -> None:
        """Import the extensions that nobody needed before; who comes meanwhile waits, or would miss a veto."""
        with self._lock:
            while self._waiting:
                entry = self._waiting[0]
                try:
                    with aside():
                        self._take(entry)
                except KeyboardInterrupt:
                    raise
                except FAILURES as error:
                    self._broken.append((entry, reason(error)))
                    self._warn(f"{label_of(entry)} is broken and left out: {reason(error)}")
                self._waiting.remove(entry)

    def _take(self, entry: EntryPoint) -> None:
        """Register an extension with its sources and kinds.

        Raises:
            BrokenExtensionError: It is not what an extension is, or wants what another has.
        """
        key = f"terra.extensions:{entry.name}"
        if key in self._taken:
            message = f"{label_of(self._taken[key])} has this name already"
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
                    self._lost[hook].append((entry, reason(error)))
            raise
        self._taken[key] = entry

    def _vetoes_of(self, plugin: object) -> list[str]:
        """Return the vetoes that an extension means to have, whether or not they can be asked."""
        there = [hook for hook in _VETOES if getattr(plugin, hook, None) is not None]
        return [hook for hook in there if self._manager.parse_hookimpl_opts(plugin, hook) is not None]

    def _register(self, entry: EntryPoint, offer: Offer) -> None:
        blame = Blame(entry, self._detail)
        guarded = {id(each): guarded_source(each, blame) for each in offer.sources.values()}
        kinds = {name: GuardedKind(kind, blame) for name, kind in offer.kinds.items()}
        self._sources.update({scheme: guarded[id(each)] for scheme, each in offer.sources.items()})
        self._kinds.update(kinds)

    def _refuse_taken(self, offer: Offer) -> None:
        """Refuse a scheme or kind that somebody has: terra's own, or those of the extension before."""
        schemes = [scheme for scheme in offer.sources if scheme in self._sources or f"{scheme}:" in self._unread]
        taken = (*self._kinds, *self._unread, *_RESERVED_KINDS)
        kinds = [kind for kind in offer.kinds if kind in taken]
        if schemes or kinds:
            message = f"`{schemes[0]}:` has a source already" if schemes else f"the kind `{kinds[0]}` is taken already"
            raise BrokenExtensionError(message)


def _name(implementation: HookImpl) -> str:
    """Return the entry point of an extension's hook."""
    return implementation.plugin_name.partition(":")[2]


def _refusal(subject: str, label: str, why: str, name: str) -> PolicyError:
    hint = f"an extension that is installed beside terra says so; {leaving_out(name)}"
    return PolicyError(f"{subject} is refused by {label}: {why}", hint=hint, subjects=(name,))
