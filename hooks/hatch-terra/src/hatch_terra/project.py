"""What must stand in a plugin's `pyproject.toml`, and which of it is missing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from hatch_terra.errors import PluginError
from hatch_terra.fields import Fields, read_toml

if TYPE_CHECKING:
    from pathlib import Path

    from hatch_terra.manifest import Manifest

_REQUIRED = ("version", "entry-points")
_HINT_DYNAMIC = (
    'the whole line is `dynamic = ["version", "description", "readme", "requires-python", "license", "keywords", '
    '"urls", "dependencies", "entry-points"]`'
)


def dynamic_fields(folder: Path) -> tuple[str, ...]:
    """Return the fields that `pyproject.toml` leaves to hooks, once both hooks are known to be asked for.

    The file itself is read: hatchling hands on a copy of it, from which the fields that an sdist's
    `PKG-INFO` has are taken out.

    Raises:
        PluginError: A line is missing.
    """
    project = read_toml(folder / "pyproject.toml")
    _check_tables(project, folder)
    dynamic = project.table("project").texts("dynamic")
    for field in _REQUIRED:
        if field not in dynamic:
            message = f'`dynamic` of `pyproject.toml` lacks `"{field}"`, which comes from `terra-plugin.toml`'
            raise PluginError(message, hint=_HINT_DYNAMIC)
    return dynamic


def check_agreement(name: str, dynamic: tuple[str, ...], manifest: Manifest) -> None:
    """Compare what `pyproject.toml` says with the manifest.

    Args:
        name: Of `[project]`.
        dynamic: As `dynamic_fields` returns them.
        manifest: Of the same folder.

    Raises:
        PluginError: The name is not the plugin's distribution, or its dependencies have no place.
    """
    if _normalized(name) != manifest.distribution:
        message = (
            f"`name` of `pyproject.toml` is `{name}`, expected `{manifest.distribution}`, "
            f"the distribution of the plugin `{manifest.name}`"
        )
        raise PluginError(message, hint=f'the line is `name = "{manifest.distribution}"`')
    if manifest.dependencies and "dependencies" not in dynamic:
        message = '`dynamic` of `pyproject.toml` lacks `"dependencies"`, and `terra-plugin.toml` has `[dependencies]`'
        raise PluginError(message, hint=_HINT_DYNAMIC)


def _check_tables(project: Fields, folder: Path) -> None:
    hatch = project.table("tool").table("hatch")
    own_file = folder / "hatch.toml"
    own = read_toml(own_file) if own_file.is_file() else Fields({})
    metadata = own.table("metadata") if "metadata" in own.keys else hatch.table("metadata")
    build = own.table("build") if "build" in own.keys else hatch.table("build")
    wheel = build.table("targets").table("wheel")
    _require_table(
        "metadata",
        "nothing of `terra-plugin.toml` would reach the distribution",
        is_there="terra" in metadata.table("hooks").keys,
    )
    _require_table(
        "build",
        "the wheel would have no payload",
        is_there=any("terra" in each.table("hooks").keys for each in (build, wheel)),
    )


def _require_table(kind: str, effect: str, *, is_there: bool) -> None:
    if not is_there:
        line = f"[tool.hatch.{kind}.hooks.terra]"
        message = f"`pyproject.toml` lacks the table `{line}`: {effect}"
        raise PluginError(message, hint=f"add the line `{line}`; both hooks of hatch-terra are needed")


def _normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()  # PEP 503
