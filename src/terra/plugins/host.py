"""The plugin host: one pluggy manager for what is built in, for extensions, and for installed plugins.

What is built in is registered by dotted name, by the same hooks that an extension uses. An extension is
imported when it is first needed; one that cannot be is reported and left out.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import pluggy

from terra.errors import PolicyError, UsageError
from terra.model.values import value
from terra.spec import hookimpl, hooks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from terra.model.source import Locator
    from terra.plugins.discovery import EntryPoint
    from terra.spec import Admission, Application, InstalledPlugin, RegistryKind, Source

_REFUSED = "an extension that is installed beside terra says so; `TERRA_DISABLE_EXTENSIONS` leaves one out"


@value
class InstalledProxy:
    """Stands in the manager for an installed plugin, of which nothing is imported."""

    plugin: InstalledPlugin

    @hookimpl
    def terra_register_plugin(self) -> InstalledPlugin:
        """Hand the plugin to the host."""
        return self.plugin


class PluginHost:
    """Sources by scheme, registries by kind, installed plugins, and the hooks around an add.

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
        for module in modules:
            self._manager.register(import_module(module), module)
        for plugin in plugins:
            self._manager.register(InstalledProxy(plugin), f"terra.plugins:{plugin.name}")
        self._manager.check_pending()
        self._waiting = list(extensions)
        self._warn = warn
        self._sources: dict[str, Source] = {}
        self._kinds: dict[str, RegistryKind] = {}
        self._collect()

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
            known = ", ".join(f"`{scheme}:`" for scheme in self.schemes)
            raise UsageError(message, hint=f"the schemes here are {known}", subjects=(str(locator),))
        return source

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
        """Return every plugin that is installed beside terra, sorted by name."""
        self._load()
        return tuple(sorted(self._call("terra_register_plugin"), key=lambda plugin: plugin.name))

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
        self._load()
        for _ in self._call("terra_after_apply", application=application):
            pass

    def _ask(self, hook: str, subject: str, **arguments: object) -> None:
        self._load()
        for name, implementation in self._implementations(hook):
            try:
                refusal = implementation(**arguments)
            except Exception as error:  # whatever a stranger's code raises  # noqa: BLE001
                refusal = f"it failed with {type(error).__name__}: {error}"
            if refusal:
                message = f"{subject} is refused by the extension `{name}`: {refusal}"
                raise PolicyError(message, hint=_REFUSED, subjects=(name,))

    def _call(self, hook: str, **arguments: object) -> Iterator[Any]:
        """Yield what each implementation returns; one that fails is left out."""
        for name, implementation in self._implementations(hook):
            try:
                yield implementation(**arguments)
            except Exception as error:  # noqa: BLE001  # whatever a stranger's code raises
                self._warn(f"the extension `{name}` failed in `{hook}`: {type(error).__name__}: {error}")

    def _implementations(self, hook: str) -> Iterator[tuple[str, Callable[..., Any]]]:
        """Yield the implementations of a hook one by one, so that one that raises does not stop the others."""
        names = [name for name, plugin in self._manager.list_name_plugin() if plugin is not None]
        for name in names:
            others = [plugin for other, plugin in self._manager.list_name_plugin() if other != name]
            caller = self._manager.subset_hook_caller(hook, others)
            if caller.get_hookimpls():
                yield name, lambda caller=caller, **arguments: next(iter(caller(**arguments)), None)

    def _load(self) -> None:
        """Import the extensions that nobody needed before."""
        waiting, self._waiting = self._waiting, []
        for each in waiting:
            module, _, attribute = each.value.partition(":")
            try:
                plugin: Any = import_module(module)
                for part in filter(None, attribute.split(".")):
                    plugin = getattr(plugin, part)
                self._manager.register(plugin, each.name)
                self._manager.check_pending()
            except (Exception, SystemExit) as error:  # noqa: BLE001  # whatever a stranger's code raises
                self._manager.unregister(name=each.name) if self._manager.has_plugin(each.name) else None
                self._warn(f"the extension `{each.name}` is broken and left out: {type(error).__name__}: {error}")
        if waiting:
            self._collect()

    def _collect(self) -> None:
        """Take the sources and kinds of what is registered; what was there first has its scheme."""
        for source in self._call("terra_register_source"):
            for scheme in source.schemes:
                self._sources.setdefault(scheme, source)
        for kind in self._call("terra_register_registry"):
            self._kinds.setdefault(kind.kind, kind)
