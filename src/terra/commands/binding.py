"""What may stand for a name that `namespaces` binds: its registry, and the repository's own code.

A direct source is no way around a binding, whoever writes it: `terra.toml` and `terra.lock` may be a stranger's, and
an archive says itself what it is called. A folder of the project's own repository is: it came with the project, was
not fetched, and is what a monorepo works on.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from terra.errors import PolicyError
from terra.system.upwards import repository_of

if TYPE_CHECKING:
    from terra.commands.chain import Registry
    from terra.commands.registries import Registries
    from terra.model.lock import LockedPlugin
    from terra.model.name import Name
    from terra.model.source import Locator


def refuse_source(name: Name, source: Locator, registries: Registries, project: Path) -> None:
    """Refuse a direct source for a name that is bound, but for the repository's own code.

    Args:
        name: The plugin.
        source: Where it would come from; a relative path is relative to the project.
        registries: Those of the project.
        project: Its absolute folder.

    Raises:
        PolicyError: With what binds the name.
    """
    bound = registries.bound(name)
    if bound is not None and not _is_own_code(source, project):
        raise _refusal(name, bound, f"would come from `{source}`")


def refuse_other(name: Name, registry: Registry, registries: Registries, *, is_option: bool) -> None:
    """Refuse a registry for a name that is bound to another one.

    Args:
        name: The plugin.
        registry: The one that it would come from.
        registries: Those of the project.
        is_option: Whether `--registry` says so, rather than the line in `terra.toml`.

    Raises:
        PolicyError: With what binds the name.
    """
    bound = registries.bound(name)
    if bound is not None and bound.location != registry.location:
        says = "`--registry`" if is_option else "the line in terra.toml"
        refusal = _refusal(name, bound, f"{says} says `{registry.written}`")
        if is_option:
            refusal.hint = f"leave `--registry` out; {refusal.hint}"
        raise refusal


def is_astray(locked: LockedPlugin, registries: Registries, project: Path) -> bool:
    """Tell whether the lock has a name that is bound, and has it from elsewhere."""
    bound = registries.bound(locked.name)
    if bound is None:
        return False
    if locked.registry is None:
        return not _is_own_code(locked.source, project)
    return registries.resolve(locked.registry, project).location != bound.location


def _is_own_code(source: Locator, project: Path) -> bool:
    """Tell whether an address is a folder of the project's own repository, links followed."""
    if not source.names_path:
        return False
    folder = Path(os.path.realpath(project / os.path.expanduser(source.location)))
    return not folder.is_file() and folder.is_relative_to(os.path.realpath(repository_of(project) or project))


def _refusal(name: Name, bound: Registry, elsewhere: str) -> PolicyError:
    file = "terra.toml" if bound.is_the_projects else "config.toml"
    message = f"`{name}` is bound to `{bound.written}`, and {elsewhere}"
    hint = f"`namespaces` of `{bound.written}` in {file} binds it: change that, or give the plugin another name"
    return PolicyError(message, hint=hint, subjects=(name.text,))
