"""Check that the module sources of a payload stay inside it, or reach a declared dependency.

In a set a plugin's path is its name, so `../../aws-kms//modules/key` from `my-company/vpc` is the
plugin `aws-kms`. What leaves the plugin otherwise would read a stranger's files of the project.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from terra.errors import IntegrityError

if TYPE_CHECKING:
    from collections.abc import Collection

    from terra.model.interface import Interface, ModuleCall
    from terra.model.name import Name
    from terra.model.requirement import Requirement
    from terra.model.tree import Tree

_DECLARE = "the plugin's author declares such a plugin under `[dependencies]` of its terra-plugin.toml"
_RESPELL = "the plugin's author writes the path that a dependency has beside the plugin in a set"


def check(name: Name, tree: Tree, dependencies: tuple[Requirement, ...], interface: Interface) -> None:
    """Refuse a local module source that leaves the plugin and meets no declared dependency.

    Raises:
        IntegrityError: With file and line of every such source.
    """
    declared = {each.name.text for each in dependencies}
    folders = {posixpath.dirname(file.path) for file in tree.files}
    problems, known = [], False
    for call in interface.module_calls:
        problem = _problem(call, name, declared, folders)
        meant = _meant(call, name, declared) if problem else None
        known = known or meant is not None
        if problem:
            problems.append(f"{problem}; write `{meant}`" if meant else problem)
    if problems:
        message = f"`{name}` has module sources that cannot work\n  " + "\n  ".join(problems)
        raise IntegrityError(message, hint=_RESPELL if known else _DECLARE, subjects=(name.text,))


def sibling_of(call: ModuleCall, name: Name, names: Collection[str]) -> tuple[str, str] | None:
    """Return the plugin and the folder in it that a module source of `name` means, or None for anything else.

    Args:
        call: Of a payload that `check` let pass.
        name: The plugin that calls.
        names: The plugins that there are.
    """
    if call.source is None or not call.is_local:
        return None
    head, _, below = call.source.replace("\\", "/").partition("//")
    inside = _joined(name, call, head)
    if inside in names and inside != name.text:
        return inside, posixpath.normpath(below).removeprefix(".") if below else ""
    return None


def own_folder(call: ModuleCall, name: Name) -> str | None:
    """Return the folder of the plugin itself that a module source means, "" for its top; None for anything else."""
    if call.source is None or not call.is_local:
        return None
    inside = _joined(name, call, call.source.replace("\\", "/"))
    if inside != name.text and not inside.startswith(f"{name}/"):
        return None
    return inside[len(name.text) + 1 :]


def _joined(name: Name, call: ModuleCall, path: str) -> str:
    """Return a relative path as seen from the folder of the set."""
    return posixpath.normpath(posixpath.join(name.text, posixpath.dirname(call.place.path), path))


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
    inside = _joined(name, call, head)
    if inside == name.text or inside.startswith(f"{name}/"):
        relative = posixpath.relpath(inside, name.text)
        is_there = relative == "." or any(folder == relative or folder.startswith(f"{relative}/") for folder in folders)
        return None if is_there else f"{call.place}: `{call.source}` is not in the plugin"
    if inside in declared:
        return None
    return f"{call.place}: `{call.source}` leaves the plugin and meets no dependency"


def _meant(call: ModuleCall, name: Name, declared: Collection[str]) -> str | None:
    """Return the sibling path of the declared dependency that a source seems to mean, or None.

    The author may have counted the folders wrong, left out the `//`, written the name in another case, or
    kept the path at which the plugin lies while he develops: `./plugins/aws-kms`.
    """
    if call.source is None or not call.is_local:
        return None
    parts = [part.lower().replace("_", "-") for part in call.source.replace("\\", "/").split("/")]
    parts = [part for part in parts if part not in ("", ".", "..")]
    for start in range(len(parts)):
        for length in (2, 1):
            found = "/".join(parts[start : start + length])
            if found in declared and start + length <= len(parts):
                return _sibling_path(call, name, found, parts[start + length :])
    by_last = {each.rpartition("/")[2]: each for each in sorted(declared)}
    found_at = next((at for at, part in enumerate(parts) if part in by_last), None)
    return None if found_at is None else _sibling_path(call, name, by_last[parts[found_at]], parts[found_at + 1 :])


def _sibling_path(call: ModuleCall, name: Name, sibling: str, below: list[str]) -> str:
    path = posixpath.relpath(sibling, posixpath.join(name.text, posixpath.dirname(call.place.path)))
    return f"{path}//{'/'.join(below)}" if below else path
