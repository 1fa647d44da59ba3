"""Check that the module sources of a payload stay inside it, or reach a declared dependency.

In a set a plugin's path is its name, so `../../aws-kms//modules/key` from `my-company/vpc` is the
plugin `aws-kms`. What leaves the plugin otherwise would read a stranger's files of the project.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from terra.errors import IntegrityError

if TYPE_CHECKING:
    from terra.model.interface import Interface, ModuleCall
    from terra.model.name import Name
    from terra.model.requirement import Requirement
    from terra.model.tree import Tree


def check(name: Name, tree: Tree, dependencies: tuple[Requirement, ...], interface: Interface) -> None:
    """Refuse a local module source that leaves the plugin and meets no declared dependency.

    Raises:
        IntegrityError: With file and line of every such source.
    """
    declared = {each.name.text for each in dependencies}
    folders = {posixpath.dirname(file.path) for file in tree.files}
    problems = [problem for call in interface.module_calls if (problem := _problem(call, name, declared, folders))]
    if problems:
        message = f"`{name}` has module sources that cannot work\n  " + "\n  ".join(problems)
        hint = "the plugin's author declares such a plugin under `[dependencies]` of its terra-plugin.toml"
        raise IntegrityError(message, hint=hint, subjects=(name.text,))


def _problem(  # noqa: PLR0911  # one line per way of going wrong
    call: ModuleCall, name: Name, declared: set[str], folders: set[str]
) -> str | None:
    if call.source is None:
        return f"{call.place}: the source of `{call.name}` is not a plain text, so nothing says where it leads"
    if not call.is_local:
        return None
    source = call.source.replace("\\", "/")
    if source.startswith("/"):
        return f"{call.place}: `{call.source}` is an absolute path"
    head, _, below = source.partition("//")
    if ".." in below.split("/"):
        return f"{call.place}: `{call.source}` climbs behind its `//`"
    inside = posixpath.normpath(posixpath.join(name.text, posixpath.dirname(call.place.path), head))
    if inside == name.text or inside.startswith(f"{name}/"):
        relative = posixpath.relpath(inside, name.text)
        is_there = relative == "." or any(folder == relative or folder.startswith(f"{relative}/") for folder in folders)
        return None if is_there else f"{call.place}: `{call.source}` is not in the plugin"
    if inside in declared:
        return None
    return f"{call.place}: `{call.source}` leaves the plugin and meets no dependency"
