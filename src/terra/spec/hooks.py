"""The hooks of terra's plugin host, for pluggy.

An extension is a distribution with an entry point in the group `terra.extensions`, whose module has
functions of these names, marked with `hookimpl`. It is imported when one of them is first needed. Hooks are
called by one thread at a time, each implementation alone: one that fails does not stop the others, and none
may wrap them. An exception that is not of `terra.errors` ends the command with exit code 1 and the extension's
name, where no hook says otherwise. What it prints goes to stderr. `TERRA_DISABLE_EXTENSIONS` leaves extensions
out, by their names or those of their distributions, with commas, or all by `*`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from terra.spec.admission import Admission, Application, InstalledPlugin
    from terra.spec.registry import RegistryKind
    from terra.spec.source import Source

hookspec = pluggy.HookspecMarker("terra")
hookimpl = pluggy.HookimplMarker("terra")


@hookspec
def terra_register_source() -> Source:  # type: ignore[empty-body]  # a specification has no body, here and below
    """Return a source: where releases of its schemes come from.

    Called once, when the extension is imported: for a release of a scheme that is not known yet, or for the
    first other hook. The first extension that answers for a scheme has it, and nobody takes one of terra's own:
    an extension that tries is reported and left out, with everything else that it has.
    """


@hookspec
def terra_register_registry() -> RegistryKind:  # type: ignore[empty-body]
    """Return a registry kind: what answers for `kind = "…"` in a `[registries]` table.

    Called once, when the extension is imported, as `terra_register_source` is. Nobody takes a kind that another
    has.
    """


@hookspec
def terra_register_plugin() -> InstalledPlugin:  # type: ignore[empty-body]
    """Return a plugin that is installed beside terra.

    terra registers one implementation for each entry point of the group `terra.plugins`, and nobody else may:
    a plugin is data.
    """


@hookspec
def terra_verify_release(release: Admission) -> str | None:
    """Return why a release must not enter the project, or None.

    Called for every release that passed terra's own checks, from the network or from the cache. A text
    refuses it with exit code 5, and so does an exception: what cannot be checked does not pass. If the extension is
    left out after it was imported, everything is refused in its place. An empty text says nothing. Nothing that is
    returned makes a release pass that terra refuses.
    """


@hookspec
def terra_before_apply(application: Application) -> str | None:
    """Return why a plan must not be applied, or None; an exception refuses it too.

    Called once all is proven and planned, before the first byte of the project changes.
    """


@hookspec
def terra_after_apply(application: Application) -> None:
    """Take note of a plan that was applied.

    An exception is a warning, for nothing can be undone. Ctrl-C ends the command with exit code 130, and the project
    stays written.
    """
