"""From a plugin's folder to the files of its payload, each with the place where it lies.

Only what hatchling would put into the sdist is looked at, so that a wheel is the same whether it is made
from the folder or from its sdist; `.gitignore` is honoured by that. Nothing is copied or written.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from hatch_terra.errors import PluginError
from hatch_terra.fields import Fields, read_toml
from hatch_terra.selection import TERRAFORM_ENDINGS, Rules, is_state, select

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from hatchling.builders.config import BuilderConfig
    from hatchling.metadata.core import ProjectMetadata
    from hatchling.plugin.manager import PluginManager

    from hatch_terra.manifest import Manifest

_OF_THE_SDIST = "PKG-INFO"  # in a folder that was an sdist, and no file of the author's
_SHOWN = 5


def published_files(folder: Path, metadata: ProjectMetadata[PluginManager]) -> dict[str, Path]:
    """Return every file that the sdist of a folder has, by its path there with `/`.

    Args:
        folder: The plugin's.
        metadata: Hatchling's, of the same folder.

    Raises:
        PluginError: A link hides some of them from hatchling.
    """
    from hatchling.builders.sdist import SdistBuilder

    builder = SdistBuilder(str(folder), metadata=metadata)
    data = builder.get_default_build_data()
    builder.set_build_data_defaults(data)
    _refuse_second_ways(folder, builder.config)
    with builder.config.set_build_data(data):
        found = {each.distribution_path.replace(os.sep, "/"): each.path for each in builder.recurse_included_files()}
    return {path: Path(source) for path, source in found.items() if path != _OF_THE_SDIST}


def payload_files(folder: Path, published: Mapping[str, Path], manifest: Manifest) -> dict[str, Path]:
    """Return the files of the payload by their path in it.

    Args:
        folder: The plugin's.
        published: What `published_files` returned.
        manifest: Of the same folder.

    Raises:
        PluginError: There is no payload, or a file that cannot be part of one.
    """
    prefix = "" if manifest.root == "." else f"{manifest.root}/"
    rules = Rules(manifest.include, manifest.exclude, _vendored(folder, published, prefix))
    kept = select((path[len(prefix) :] for path in published if path.startswith(prefix)), rules)
    if not any(path.endswith(TERRAFORM_ENDINGS) for path in kept):
        message = f"`{folder.name}` has no Terraform files" + (f" in `{prefix}`" if prefix else "")
        raise PluginError(message, hint="a plugin has at least one `*.tf`, `*.tf.json` or `*.tofu` file")
    _refuse_code(kept, prefix, own_package(published, manifest))
    for path in kept:
        _check_links(folder, prefix + path, published)
    return {path: published[prefix + path] for path in kept}


def own_package(published: Mapping[str, Path], manifest: Manifest) -> str | None:
    """Return the folder of the plugin's own Python package, None where the author wrote none."""
    folders = (manifest.module, f"src/{manifest.module}")
    return next((each for each in folders if f"{each}/__init__.py" in published), None)


def refuse_state(published: Mapping[str, Path], payload: Mapping[str, Path]) -> None:
    """Refuse to publish Terraform's state, which holds secrets in the clear.

    Args:
        published: The files of the sdist.
        payload: Those of them that the author asked for by name, with `[files] include`, pass.

    Raises:
        PluginError: There is some.
    """
    wanted = set(payload.values())
    found = [path for path, source in published.items() if is_state(path) and source not in wanted]
    if found:
        message = f"the sdist would publish what Terraform keeps for itself, as state with secrets: {_listed(found)}"
        raise PluginError(
            message, hint="name it in `.gitignore`, or delete it: `.terraform/`, `*.tfstate*`, `crash.log`"
        )


def _vendored(folder: Path, published: Mapping[str, Path], prefix: str) -> tuple[str, ...]:
    """Return the folders below the payload root to which `terra add` puts what the plugin needs."""
    if "terra.toml" not in published:
        return ()
    try:
        top = read_toml(folder / "terra.toml")
    except PluginError:
        top = Fields({})
    sets = top.table("sets")
    folders = [top.table("project").text("plugins-dir", "plugins")]
    folders += [sets.table(key).text("dir", f"{key}/plugins") for key in sets.keys]
    cleaned = [each.strip("/") for each in folders]
    return tuple(each[len(prefix) :] for each in cleaned if each.startswith(prefix))


def _refuse_second_ways(folder: Path, config: BuilderConfig) -> None:
    """Refuse a link to a folder of the plugin: hatchling follows it, and enters each folder one way only."""
    for root, folders, _ in os.walk(folder):
        at = os.path.relpath(root, folder).removeprefix(".")
        folders[:] = [each for each in folders if not config.directory_is_excluded(each, at)]
        for each in folders:
            path = Path(root, each)
            if path.is_symlink() and path.resolve().is_relative_to(folder.resolve()):
                message = f"`{path.relative_to(folder).as_posix()}` is a link to another folder of the plugin"
                raise PluginError(message, hint="put a copy in its place, or delete it")


def _refuse_code(kept: Iterable[str], prefix: str, package: str | None) -> None:
    found = [path for path in kept if package and (prefix + path).startswith(f"{package}/")]
    if found:
        message = f"the payload has files of the plugin's Python package `{package}`: {_listed(found)}"
        raise PluginError(message, hint="keep the Terraform files in a folder and name it with `[files] root`")


def _check_links(folder: Path, path: str, published: Mapping[str, Path]) -> None:
    """Refuse a link that terra would refuse: it allows one to a regular file of the same folder alone."""
    if not published[path].is_relative_to(folder):
        return  # the `.gitignore` of a folder above, which hatchling puts beside the others
    link = _first_link(folder, path)
    if link is None:
        return
    if link == path:
        target = os.path.normpath(os.path.join(os.path.dirname(path), os.readlink(folder / path))).replace(os.sep, "/")
        if target in published and _first_link(folder, target) is None:
            return
    message = f"`{link}` is a link to something else than a regular file that is published with the plugin"
    raise PluginError(message, hint="put a copy in its place")


def _first_link(folder: Path, path: str) -> str | None:
    parts = path.split("/")
    leading = ("/".join(parts[:depth]) for depth in range(1, len(parts) + 1))
    return next((each for each in leading if (folder / each).is_symlink()), None)


def _listed(paths: list[str]) -> str:
    return ", ".join(f"`{path}`" for path in paths[:_SHOWN]) + (", …" if len(paths) > _SHOWN else "")
