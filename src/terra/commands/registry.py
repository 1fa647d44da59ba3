"""`terra registry add|list`: which registries a project asks."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from terra.commands import opening
from terra.commands.chain import Registry
from terra.commands.registries import Registries
from terra.errors import UsageError
from terra.index.locate import normalise_location
from terra.model.plan import Plan, document_change
from terra.model.values import value
from terra.project import manifest
from terra.project.discovery import MANIFEST
from terra.vendor.apply import apply

if TYPE_CHECKING:
    from pathlib import Path

    from terra.commands.opening import OpenProject
    from terra.commands.toolbox import Toolbox


@value
class RegistryReport:
    """The registries that are asked, in order; `added` is the label of a new one."""

    project: Path
    chain: tuple[Registry, ...]
    added: str | None = None


def registry_list(toolbox: Toolbox) -> RegistryReport:
    """Return the registries that are asked for a name, in order."""
    opened = opening.for_reading(toolbox)
    return RegistryReport(opened.folder, Registries(opened, toolbox).chain)


def registry_add(label: str, location: str | None, kind: str | None, toolbox: Toolbox) -> RegistryReport:
    """Write a `[registries.LABEL]` table into `terra.toml`, after opening the registry once.

    Raises:
        UsageError: The label is taken or not one, or the location cannot be a registry.
        FetchError: The registry cannot be reached.
    """
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", label):
        message = f"`{label}` is not a registry name"
        raise UsageError(message, hint="use a-z, 0-9 and single hyphens", subjects=(label,))
    with opening.for_writing(toolbox) as opened:
        if any(each.label == label for each in opened.project.registries):
            message = f"`{label}` is a registry of this project already"
            raise UsageError(message, hint="change its `url` in terra.toml", subjects=(label,))
        written = _checked(label, location, kind, opened, toolbox)
        before = opened.manifest_bytes
        after = manifest.with_registry(before or manifest.new(opened.folder.name), label, written, kind)
        apply(opened.folder, Plan(documents=(document_change(MANIFEST, before, after),)), toolbox.home)
        return RegistryReport(
            opened.folder, Registries(opening.read(opened.folder, toolbox), toolbox).chain, added=label
        )


def _checked(label: str, location: str | None, kind: str | None, opened: OpenProject, toolbox: Toolbox) -> str | None:
    """Open a registry once; return its address as terra.toml has it."""
    from terra.spec import RegistryOrder

    if kind is not None:
        registry = Registry.of_kind(kind, location, toolbox.workdir, label)
        if registry.has_login:
            message = f"the address of `{label}` has a password in it, and terra.toml is the repository's"
            hint = f"put it under `[registries.{label}]` of your own `{toolbox.home / 'config.toml'}`"
            raise UsageError(message, hint=hint, subjects=(label,))
        # Every name of a package index is asked for by no one: its being there is enough.
        toolbox.index(RegistryOrder(registry.location, label, registry.address), kind)
        return registry.address
    if location is None:
        message = f"the registry `{label}` has no address"
        raise UsageError(message, hint="name its URL or folder; only `--kind pypi` and `npm` can do without")
    normalised = normalise_location(location, toolbox.workdir)
    toolbox.index(RegistryOrder(normalised, label), None).names()
    return location if "://" in location else _relative(normalised, opened.folder)


def _relative(location: str, folder: Path) -> str:
    relative = os.path.relpath(location, folder).replace(os.sep, "/")
    return relative if relative.startswith("../") else f"./{relative}"
