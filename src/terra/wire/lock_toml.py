"""`terra.lock`: bytes to `Lock` and back, the same bytes for the same facts.

Written without a library: nine kinds of line, and tomlkit would cost more to import than all else
that a cached `terra add` does.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

from terra.errors import InvalidDocumentError, Issue, TerraError, UsageError
from terra.model.digest import Digest
from terra.model.lock import DELETED, LOCK_VERSION, Lock, LockedPlugin, LockedRegistry
from terra.model.name import Name
from terra.model.project import SET_NAME, is_set_name
from terra.model.requirement import Requirement
from terra.model.source import Locator
from terra.model.tree import Tree, TreeFile, is_inside
from terra.model.version import UNVERSIONED, Version
from terra.wire import lock_lines, toml
from terra.wire.fields import Fields

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

T = TypeVar("T")
_NOWHERE = Locator("", "")
_MERGED = (
    "keep the lines of both in terra.toml, and one lock (`git checkout --ours terra.lock`): `terra sync` adds the rest"
)
_TWICE = "take all tables of it but one out, or restore the file from version control; `terra sync` does the rest"
_NEVER = {".git", ".hg", ".svn", ".terraform"}  # no payload holds them, so nothing there is terra's to delete


def read_lock(data: bytes, document: str) -> Lock:
    """Return the values of a `terra.lock`.

    Raises:
        InvalidDocumentError: With every issue of the document; a newer format says to upgrade terra.
    """
    top = _top(data, document)
    version = top.number("version")
    if version is None:
        top.note("version", f"{LOCK_VERSION}", "nothing")
    elif version < 1:
        top.note("version", f"{LOCK_VERSION}", version)
    elif version > LOCK_VERSION:
        top.note("version", f"at most {LOCK_VERSION}", version)
        top.finish(document, hint="a newer terra wrote this file: upgrade terra")
    plugins = tuple(_plugin(each) for each in top.tables("plugin"))
    _refuse_twice(plugins, data, document)
    _refuse_nested(top, plugins)
    registries = tuple(_registry(each) for each in top.tables("registry"))
    if top.issues:
        top.issues[:] = _with_lines(top.issues, data)
    top.finish(document, hint="restore the file from version control; `terra sync` locks what it lacks then")
    return Lock(plugins, registries)


def write_lock(lock: Lock) -> bytes:
    """Return the bytes of a `terra.lock`, UTF-8 with LF, sorted by set and name."""
    lines = [lock_lines.HEADER]
    for plugin in sorted(lock.plugins, key=lambda each: (each.set, each.name)):
        lines += ["\n[[plugin]]\n", *_plugin_lines(plugin)]
    for registry in sorted(lock.registries, key=lambda each: each.name):
        lines += ["\n[[registry]]\n", _pair("name", registry.name), _pair("location", registry.location)]
        lines += [_pair("root", str(registry.root))] if registry.root else []
    return "".join(lines).encode()


def _top(data: bytes, document: str) -> Fields:
    tables = lock_lines.tables(data)
    if tables is not None:
        return Fields(tables)
    return toml.decode(data, document, merged=_MERGED)


def _with_lines(issues: Iterable[Issue], data: bytes) -> list[Issue]:
    """Say of each issue in which line its table begins: a bad merge is mended there."""
    starts = {kind: _starts(kind, data) for kind in ("plugin", "registry")}
    found = []
    for issue in issues:
        kind, _, rest = issue.where.partition("[")
        position = rest.partition("]")[0]
        lines = starts.get(kind, [])
        is_known = position.isdigit() and int(position) < len(lines)
        place = f", in the table that begins at line {lines[int(position)]}" if is_known else ""
        found.append(Issue(issue.where, issue.expected, f"{issue.got}{place}"))
    return found


def _starts(kind: str, data: bytes) -> list[int]:
    """Return the lines, from 1, at which the tables of a kind begin."""
    header = f"[[{kind}]]".encode()
    return [number for number, line in enumerate(data.splitlines(), 1) if line.strip() == header]


def _refuse_twice(plugins: tuple[LockedPlugin, ...], data: bytes, document: str) -> None:
    """Refuse a plugin that is locked twice, as after a merge that git took for clean, before what follows from it."""
    places: dict[tuple[str, str], list[int]] = {}
    for position, each in enumerate(plugins):
        places.setdefault((each.set, each.name.text), []).append(position)
    if len(places) == len(plugins):
        return
    lines, issues = _starts("plugin", data), []
    for (set_name, name), found in places.items():
        if len(found) > 1:
            where = f" in the set `{set_name}`" if set_name else ""
            ids = [f"`{plugins[each].id}`" for each in found]
            if max(found) < len(lines):
                ids = [f"{id_} at line {lines[each]}" for id_, each in zip(ids, found, strict=True)]
            issues.append(Issue(name, f"to be locked once{where}", " and ".join(ids)))
    raise InvalidDocumentError(document, issues, hint=_TWICE)


def _refuse_nested(top: Fields, plugins: tuple[LockedPlugin, ...]) -> None:
    names = {(each.set, each.name.text) for each in plugins}
    for position, each in enumerate(plugins):
        outer, slash, _ = each.name.text.partition("/")  # at most two parts, as `Name.clashes_with` has it
        if slash and (each.set, outer) in names:
            got = f"`{each.id}`, in the folder of `{outer}`"
            top.issues.append(Issue(f"plugin[{position}].id", "a plugin in a folder of its own", got))


def _plugin(table: Fields) -> LockedPlugin:
    name, _, text = table.text("id", required=True).partition("@")
    version = Version.read(text)
    if not Name.is_name(name) or version is None:
        table.note("id", "`NAME@VERSION`", f"{name}@{text}")
    tree = Tree.of(list(_each(table, "files", _file, "`<644|755> <sha256> <path>` of what a payload can hold")))
    for one, next_ in pairwise(tree.files):
        if one.path == next_.path:
            table.note("files", "each path once", one.path)
    plugin = LockedPlugin(
        name=Name(name),
        version=version or UNVERSIONED,
        set=_set(table),
        source=table.parsed("source", _locator, "a source", _NOWHERE) or _NOWHERE,
        tree=tree,
        registry=table.optional("registry"),
        archive=table.parsed("archive", Digest.parse, "a checksum"),
        size=table.number("size"),
        commit=table.optional("commit"),
        direct=table.flag("direct"),
        requires=tuple(_each(table, "requires", Requirement.parse, "a requirement")),
        signers=table.texts("signers"),
        hooks=table.flag("hooks"),
        edited=tuple(_each(table, "edited", _edit, "`<sha256> <path>`, or `deleted <path>`")),
        edit_reason=table.optional("edit-reason"),
    )
    if table.text("tree") != str(tree.digest):
        table.note("tree", f"{tree.digest}, the hash of `files`", table.text("tree"))
    return plugin


def _set(table: Fields) -> str:
    name = table.text("set")
    if name and not is_set_name(name):  # it may become a folder
        table.note("set", SET_NAME, name)
        return ""
    return name


def _file(line: str) -> TreeFile:
    file = TreeFile.parse(line)
    if not _NEVER.isdisjoint(file.path.lower().split("/")):
        message = f"`{file.path}` is never part of a payload"
        raise UsageError(message, subjects=(file.path,))
    return file


def _edit(text: str) -> tuple[str, str]:
    word, _, path = text.partition(" ")
    if word == DELETED and is_inside(path):
        return path, word
    file = _file(f"644 {text}")
    return file.path, file.sha256


def _locator(text: str) -> Locator:
    return Locator.parse(text) or Locator("file", text)


def _each(table: Fields, key: str, parse: Callable[[str], T], expected: str) -> Iterator[T]:
    for position, text in enumerate(table.texts(key)):
        try:
            yield parse(text)
        except TerraError:
            table.note(f"{key}[{position}]", expected, text)


def _registry(table: Fields) -> LockedRegistry:
    return LockedRegistry(
        table.text("name", required=True),
        table.text("location", required=True),
        table.parsed("root", Digest.parse, "a checksum"),
    )


def _plugin_lines(plugin: LockedPlugin) -> Iterable[str]:
    yield _pair("id", plugin.id)
    if plugin.set:
        yield _pair("set", plugin.set)
    if plugin.registry:
        yield _pair("registry", plugin.registry)
    yield _pair("source", str(plugin.source))
    if plugin.archive:
        yield _pair("archive", str(plugin.archive))
        yield f"size = {plugin.size or 0}\n"
    yield _pair("tree", str(plugin.tree.digest))
    if plugin.commit:
        yield _pair("commit", plugin.commit)
    yield f"direct = {str(plugin.direct).lower()}\n"
    yield f"requires = {toml.array(map(str, plugin.requires))}\n"
    yield f"signers = {toml.array(plugin.signers)}\n"
    yield f"hooks = {str(plugin.hooks).lower()}\n"
    yield _block("files", map(str, plugin.tree.files))
    if plugin.edited:
        yield _block("edited", (f"{sha256} {path}" for path, sha256 in plugin.edited))
    if plugin.edit_reason:
        yield _pair("edit-reason", plugin.edit_reason)


def _pair(key: str, text: str) -> str:
    return f"{key} = {toml.quote(text)}\n"


def _block(key: str, texts: Iterable[str]) -> str:
    return f"{key} = [\n" + "".join(f"  {toml.quote(text)},\n" for text in texts) + "]\n"
