"""What is looked at before `terra registry add` writes anything: its words, what is there already, the registry."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from terra.commands.chain import Registry
from terra.errors import UsageError
from terra.index.locate import normalise_location
from terra.project.discovery import MANIFEST

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from terra.commands.registry import RegistryRequest
    from terra.commands.toolbox import Toolbox
    from terra.model.project import RegistryEntry

_PART = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
CONFIG = "config.toml"


def check_words(request: RegistryRequest) -> None:
    """Refuse a label or a namespace that cannot be one.

    Raises:
        UsageError: With the word.
    """
    for text, what in ((request.label, "registry name"), *((each, "namespace") for each in request.namespaces)):
        if not _PART.fullmatch(text):
            message = f"`{text}` is not a {what}"
            raise UsageError(message, hint="use a-z, 0-9 and single hyphens", subjects=(text,))


def refuse_taken(
    request: RegistryRequest, registries: Sequence[RegistryEntry], folder: Path | None, toolbox: Toolbox
) -> None:
    """Refuse a label that a document has already, and a second label for a place that it has.

    Args:
        request: What the user said.
        registries: What the document has.
        folder: The project's; None for the user's configuration.
        toolbox: Where both are.

    Raises:
        UsageError: With the label that is there.
    """
    label, document = request.label, MANIFEST if folder is not None else str(toolbox.home / CONFIG)
    if any(each.label == label for each in registries):
        whose = "this project" if folder is not None else "yours"
        message = f"`{label}` is a registry of {whose} already"
        hint = f"change its `url` in {document}, or `terra registry remove {label}` first"
        raise UsageError(message, hint=hint, subjects=(label,))
    place = place_of(request.location, request.kind, toolbox.workdir)
    same = (each for each in registries if place_of(each.url, each.kind, folder or toolbox.home) == place)
    known = next(same, None)
    if place is not None and known is not None:
        message = f"`{label}` would be `{known.label}` once more, which is `{known.url or known.kind}` in {document}"
        hint = f"say `{known.label}`, or change its name there: one registry has one name"
        raise UsageError(message, hint=hint, subjects=(label, known.label))


def place_of(url: str | None, kind: str | None, folder: Path) -> str | None:
    """Return what identifies a registry at an address that is relative to a folder; None where it has none.

    Raises:
        UsageError: The address cannot be one.
    """
    if kind is not None:
        return Registry.of_kind(kind, url, folder).location
    return normalise_location(url, folder) if url is not None else None


def checked_url(request: RegistryRequest, folder: Path | None, toolbox: Toolbox) -> str | None:
    """Open a registry once; return its address as the document has it.

    Args:
        request: What the user said.
        folder: The project's, to which a path is to be relative; None for the user's configuration.
        toolbox: Opens it.
    """
    from terra.spec import RegistryOrder

    label, location, kind = request.label, request.location, request.kind
    if kind is not None:
        registry = Registry.of_kind(kind, location, toolbox.workdir, label)
        if registry.has_login and folder is not None:
            message = f"the address of `{label}` has a password in it, and terra.toml is the repository's"
            hint = f"`--user` puts it under `[registries.{label}]` of your own `{toolbox.home / CONFIG}`"
            raise UsageError(message, hint=hint, subjects=(label,))
        # A package index has no names to tell, and reads nothing; one of modules says whether it is one.
        toolbox.index(RegistryOrder(registry.location, label, registry.address), kind).names()
        return registry.address
    if location is None:
        message = f"the registry `{label}` has no address"
        raise UsageError(message, hint="name its URL or folder; only `--kind pypi` and `npm` can do without")
    normalised = normalise_location(location, toolbox.workdir)
    toolbox.index(RegistryOrder(normalised, label), None).names()
    if "://" in location:
        return location
    return normalised if folder is None else _relative(normalised, folder)


def _relative(location: str, folder: Path) -> str:
    relative = os.path.relpath(location, folder).replace(os.sep, "/")
    return relative if relative.startswith("../") else f"./{relative}"
