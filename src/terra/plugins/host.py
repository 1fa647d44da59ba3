"""The plugin host: one pluggy manager for what is built in, for extensions, and for installed plugins.

What is built in is registered by dotted name, by the same hooks that an extension uses, when its scheme or kind
is first asked for: all at once would be 13 ms of every fetch. An extension is
imported when it is first needed: a scheme or a kind that nothing built in answers for, a release to verify, a
plan to apply. It is taken whole or not at all: one that is broken, or that wants what another has, is reported
once and left out, and the others work. But a veto never vanishes: one that fails refuses, and so does one whose
extension is left out after it was imported. An installed plugin is never imported.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

from terra.errors import InterruptedRunError, PolicyError, TerraError, UsageError
from terra.plugins.extension import (
    FAILURES,
    aside,
    call,
    interruptible,
    label_of,
    leaving_out,
    reason,
    refusal_in,
)
from terra.plugins.installed import InstalledProxy
from terra.plugins.loading import Loader
from terra.spec import hooks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pluggy import HookImpl

    from terra.model.source import Locator
    from terra.plugins.discovery import EntryPoint
    from terra.spec import Admission, Application, InstalledPlugin, RegistryKind, Source

_UNWRITTEN = "installed"  # the one scheme that only terra makes addresses of


class PluginHost:
    """Sources by scheme, registries by kind, installed plugins, and the hooks around an add.

    Its methods may be called from several threads: extensions are imported, and their hooks called, by one at
    a time.

    Args:
        modules: Dotted names of modules with hook implementations that are built in, by what each answers for
            (`https:` is a scheme, `npm` a kind), to be imported when that is first asked for.
        extensions: Entry points of extensions.
        plugins: What is installed beside terra.
        warn: Told of an extension that is broken.
        detail: Told where one failed, for `-v`.
    """

    def __init__(
        self,
        modules: Mapping[str, str],
        extensions: Sequence[EntryPoint] = (),
        plugins: Sequence[InstalledPlugin] = (),
        warn: Callable[[str], None] = lambda _message: None,
        detail: Callable[[str], None] = lambda _message: None,
    ) -> None:
        self._manager = pluggy.PluginManager("terra")
        self._manager.add_hookspecs(hooks)
        for plugin in plugins:
            self._manager.register(InstalledProxy(plugin), f"terra.plugins:{plugin.name}")
        self._loader = Loader(self._manager, modules, extensions, warn, detail)
        self._warn = warn
        self._plugins = tuple(sorted(self._manager.hook.terra_register_plugin(), key=lambda plugin: plugin.name))

    @property
    def schemes(self) -> tuple[str, ...]:
        """Every scheme that a source answers for."""
        self._loader.load()
        return tuple(sorted({*self._loader.sources, *(key[:-1] for key in self._loader.unread if key.endswith(":"))}))

    @property
    def broken(self) -> tuple[tuple[EntryPoint, str], ...]:
        """Every extension that is left out because it cannot be taken, with the reason; all are imported for it."""
        self._loader.load()
        return tuple(self._loader.broken)

    def source_for(self, locator: Locator) -> Source:
        """Return the source that answers for the locator's scheme.

        Raises:
            UsageError: None does; lists the schemes that are there.
        """
        if locator.scheme not in self._loader.sources and not self._loader.read(f"{locator.scheme}:"):
            self._loader.load()
        source = self._loader.sources.get(locator.scheme)
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
        if kind not in self._loader.kinds and not self._loader.read(kind):
            self._loader.load()
        found = self._loader.kinds.get(kind)
        if found is None:
            built_in = (key for key in self._loader.unread if not key.endswith(":"))
            known = ", ".join(f"`{each}`" for each in sorted({"terra", *self._loader.kinds, *built_in}))
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
                with self._loader.lock, aside(), interruptible():
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
        for entry, why in self._loader.lost[hook]:
            raise _refusal(
                subject, label_of(entry), f"its `{hook}` cannot be asked, since it is broken: {why}", entry.name
            )
        for each in implementations:
            try:
                with self._loader.lock, aside():
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
        self._loader.load()
        return list(reversed(getattr(self._manager.hook, hook).get_hookimpls()))

    def _label(self, implementation: HookImpl) -> str:
        entry = self._loader.taken.get(implementation.plugin_name)
        return label_of(entry) if entry else f"`{implementation.plugin_name}`"


def _name(implementation: HookImpl) -> str:
    """Return the entry point of an extension's hook."""
    return implementation.plugin_name.partition(":")[2]


def _refusal(subject: str, label: str, why: str, name: str) -> PolicyError:
    hint = f"an extension that is installed beside terra says so; {leaving_out(name)}"
    return PolicyError(f"{subject} is refused by {label}: {why}", hint=hint, subjects=(name,))
