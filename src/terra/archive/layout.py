"""Where in an archive the payload is; the order of the ways to find it is part of what users rely on.

The source's `//subdir`; a wheel's entry point; npm's `package/`; the one `terra-plugin.toml`; else the
first folder with files in it.
"""

from __future__ import annotations

import json
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from terra.archive.guard import Guard
from terra.archive.names import broken_rule, printable
from terra.archive.selection import is_noise, is_root_module
from terra.errors import PayloadError, SourceNotFoundError, TerraError
from terra.model.terraform import TERRAFORM_ENDINGS
from terra.model.values import value
from terra.model.version import Version
from terra.wire.plugin_toml import FILE_NAME, MAX_SIZE, read_plugin_manifest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terra.archive.contents import Contents
    from terra.model.name import Name
    from terra.model.plugin import PluginManifest
    from terra.model.stages import Fetched

_MODULE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)
_ENTRY_POINT_GROUP = "terra.plugins"
_NPM = "package/"
_HINT_SUBDIR = "name the plugin's folder with `//folder` at the end of the source"


@value
class Root:
    """Where the payload is, and what the archive says of it.

    Attributes:
        prefix: Folder of the payload with a final `/`, or the empty string.
        home: Folder of the manifest, or of the payload where there is none, in the same spelling.
        manifest: The author's manifest.
        version: What `package.json` or a wheel's name says.
        entry: The plugin name of a wheel's entry point.
    """

    prefix: str
    home: str
    manifest: PluginManifest | None = None
    version: Version | None = None
    entry: str | None = None


def find_root(contents: Contents, fetched: Fetched, name: Name | None) -> Root:
    """Return where the payload of an archive or a folder is.

    Args:
        contents: All of it.
        fetched: Its form, and the `//subdir` of the source.
        name: The plugin, for a wheel that carries several.

    Raises:
        PayloadError: There is no payload, or it is not clear which one is meant.
        InvalidDocumentError: The author's manifest is wrong.
    """
    if fetched.subdir:
        return _at(contents, _subdir(contents, fetched.subdir.strip("/")))
    if fetched.form in ("whl", "unpacked-wheel"):
        return _in_wheel(contents, name)
    if fetched.form == "tar.gz" and _NPM + "package.json" in contents.paths:
        return _in_npm(contents)
    return _at(contents, _by_manifest(contents))


def _at(contents: Contents, home: str) -> Root:
    manifest = _manifest(contents, [home + FILE_NAME])
    prefix = home
    if manifest is not None and manifest.root != ".":
        prefix = f"{home}{manifest.root}/"
        if not any(path.startswith(prefix) for path in contents.paths):
            raise _error(contents, f"has no folder `{printable(manifest.root)}`, which its `[files] root` names")
    return Root(prefix, home, manifest, _npm_version(contents, home + "package.json"))


def _manifest(contents: Contents, candidates: Sequence[str]) -> PluginManifest | None:
    found = [path for path in candidates if path in contents.paths]
    copies = {contents.read(path, MAX_SIZE + 1) for path in found}
    if len(copies) > 1:
        raise _error(contents, f"has {len(found)} manifests that differ: {_listed(found)}")
    if not copies:
        return None
    return read_plugin_manifest(copies.pop(), f"{printable(contents.archive)}: {printable(found[0])}")


def _subdir(contents: Contents, subdir: str) -> str:
    wanted = subdir.split("/")
    if any(broken_rule(part.strip("*?")) for part in wanted if part.strip("*?")) or ".." in wanted:
        raise _error(contents, f"cannot have a folder `{printable(subdir)}`")
    tops = {path.partition("/")[0] for path in contents.paths if "/" in path and not is_noise(path)}
    # A generated archive has one folder around everything, which `//subdir` may leave out.
    around = [[top, *wanted] for top in tops] if len(tops) == 1 else []
    for parts in (wanted, *around):
        found = {
            "/".join(each[: len(parts)])
            for each in (path.split("/") for path in contents.paths)
            if len(each) > len(parts) and all(map(fnmatchcase, each, parts))
        }
        if len(found) == 1:
            return found.pop() + "/"
        if found:
            raise _error(contents, f"has several folders that `{printable(subdir)}` names: {_listed(sorted(found))}")
    raise _no_folder(contents, subdir)


def _no_folder(contents: Contents, subdir: str) -> TerraError:
    """Return the error for a `//subdir` that is not there, with the folders that have Terraform files."""
    from difflib import get_close_matches

    folders = sorted({path.rpartition("/")[0] for path in contents.paths if path.endswith(TERRAFORM_ENDINGS)} - {""})
    near = get_close_matches(subdir, folders, 3, 0.5) or folders[:3]
    hint = f"there are {', '.join(f'`//{printable(each)}`' for each in near)}" if near else None
    archive = printable(contents.archive)
    message = f"`{archive}` has no folder `{printable(subdir)}`"
    return SourceNotFoundError(message, hint=hint or "leave `//` out: it has no folders", subjects=(archive,))


def _in_wheel(contents: Contents, name: Name | None) -> Root:
    from terra.archive.wheel import info_folder, read_entry_points

    info = info_folder(contents.paths) or ""
    entries_at = f"{info}/entry_points.txt"
    text = contents.read(entries_at, MAX_SIZE).decode(errors="replace") if entries_at in contents.paths else ""
    entries = read_entry_points(text, Guard(contents.archive, None)).get(_ENTRY_POINT_GROUP, {})
    entry, module = _entry(contents, entries, name)
    module = module.replace(".", "/")
    prefix = f"{module}/payload/"
    if not any(path.startswith(prefix) for path in contents.paths):
        raise _error(contents, f"has no folder `{prefix}`, which its entry point names")
    candidates = [f"{info}/{FILE_NAME}", f"{info}/extra_metadata/{FILE_NAME}", f"{module}/{FILE_NAME}"]
    version = Version.read(info.removesuffix(".dist-info").partition("-")[2])
    return Root(prefix, prefix, _manifest(contents, candidates), version, entry)


def _entry(contents: Contents, entries: dict[str, str], name: Name | None) -> tuple[str, str]:
    if name is None and len(entries) != 1:
        said = "no" if not entries else "several"
        raise _error(
            contents,
            f"has {said} entry points `{_ENTRY_POINT_GROUP}`",
            "it is not a terra plugin" if not entries else None,
        )
    entry = next(iter(entries)) if name is None else name.text
    module = entries.get(entry)
    if module is None:
        has = f"it has {_listed(sorted(entries))}" if entries else "it is not a terra plugin"
        raise _error(contents, f"has no entry point `{name}` in `{_ENTRY_POINT_GROUP}`", has)
    if not _MODULE.fullmatch(module):
        raise _error(contents, f"has an entry point that is not a module: `{printable(module)}`")
    return entry, module


def _in_npm(contents: Contents) -> Root:
    strays = [path for path in contents.paths if not path.startswith(_NPM)]
    if strays:
        raise _error(contents, f"has `{printable(strays[0])}` beside `{_NPM}`, which npm would not tell apart")
    return _at(contents, _NPM)


def _npm_version(contents: Contents, path: str) -> Version | None:
    if path not in contents.paths:
        return None
    try:
        document = json.loads(contents.read(path, MAX_SIZE))
    except (ValueError, RecursionError):
        return None
    version = document.get("version") if isinstance(document, dict) else None
    return Version.read(version) if isinstance(version, str) else None


def _by_manifest(contents: Contents) -> str:
    first = _first_with_files(contents.paths)
    if first + FILE_NAME in contents.paths:
        return first
    found = [path for path in contents.paths if path.rpartition("/")[2] == FILE_NAME and not _is_aside(path)]
    if len(found) > 1:
        raise _error(contents, f"holds {len(found)} plugins: {_listed(found)}", _HINT_SUBDIR)
    return found[0].removesuffix(FILE_NAME) if found else first


def _first_with_files(paths: Sequence[str]) -> str:
    prefix = ""
    while True:
        below = [path[len(prefix) :] for path in paths if path.startswith(prefix)]
        telling = [path for path in below if not is_noise(path.partition("/")[0])]
        tops = {path.partition("/")[0] for path in telling}
        if len(tops) != 1 or not all("/" in path for path in telling) or telling == [f"{min(tops)}/"]:
            return prefix
        prefix += f"{tops.pop()}/"


def _is_aside(path: str) -> bool:
    return any(is_noise(part) or is_root_module(part) for part in path.split("/")[:-1])


def _listed(paths: Sequence[str]) -> str:
    return ", ".join(f"`{printable(path)}`" for path in paths[:5]) + (", …" if len(paths) > 5 else "")  # noqa: PLR2004


def _error(contents: Contents, what: str, hint: str | None = None) -> TerraError:
    archive = printable(contents.archive)
    return PayloadError(f"`{archive}` {what}", hint=hint, subjects=(archive,))
