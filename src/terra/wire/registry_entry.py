"""One entry of a `registry.json`, and the addresses that it may name.

A release with a wrong checksum, size, dependency or source is left out, never offered without it. An entry with
`git` is a template: its releases are the tags of a repository, which are not read here. A document read over the
network may name nothing on this machine: `workspace:`, absolute `file:` and relative addresses that leave the
origin are refused.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from terra.errors import Issue, UsageError
from terra.model.digest import Digest
from terra.model.name import Name
from terra.model.release import Listing, Release
from terra.model.requirement import Requirement, Specifier
from terra.model.source import Locator
from terra.model.version import Version
from terra.wire.fields import Fields, show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terra.model.git_template import Template
    from terra.model.source import Anchor

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_OF_ONE_RELEASE = ("source", "versions", "version", "checksum", "tree", "size")
_RELATIVE_FILE = re.compile(r"file:(?!//)", re.IGNORECASE)


class PluginEntry:
    """One plugin's own fields, and its releases.

    Args:
        name: The plugin.
        anchor: What relative addresses are relative to.
        registry: Label or location of the registry, for its releases.
        fields: The entry.
    """

    def __init__(self, name: Name, anchor: Anchor, registry: str, fields: Fields) -> None:
        self.name = name
        self.anchor = anchor
        self.registry = registry
        self.fields = fields

    def listing(self) -> Listing:
        """Return what it says; what is wrong with it are issues of the listing."""
        fields = self.fields
        is_template = fields.raw("git") is not None
        template = self._template() if is_template else None
        releases = () if is_template else tuple(self._releases())
        return Listing(
            self.name,
            releases,
            description=fields.text("description"),
            tags=fields.texts("tags"),
            provider=fields.optional("provider"),
            deprecated=_deprecated(fields),
            issues=tuple(fields.issues),
            template=template,
        )

    def _template(self) -> Template | None:
        """Return what stands for the releases, or None where anything of it is wrong."""
        from terra.model.git_template import Template

        fields = self.fields
        before = len(fields.issues)
        for key in _OF_ONE_RELEASE:
            if fields.raw(key) is not None:
                fields.issues.append(Issue(fields.where(key), "nothing, for the tags of `git` are the releases", "one"))
        remote = fields.parsed("git", Template.checked_remote, "the address of a git repository")
        if remote is not None and remote.is_local and self.anchor.is_remote:
            fields.note("git", "an address that a registry on the network may name", remote.address)
        tag = fields.parsed("tag", Template.checked_tag, "what tags look like, with one `{version}`", "v{version}")
        subdir = fields.parsed("subdir", Template.checked_subdir, "a folder of the repository", "")
        dependencies, yanked = _dependencies(fields), _yanked(fields)
        if remote is None or tag is None or subdir is None or len(fields.issues) > before:
            return None
        return Template(remote, self.anchor, tag, subdir, dependencies, yanked)

    def _releases(self) -> Iterator[Release]:
        if self.fields.raw("versions") is None:
            before = len(self.fields.issues)
            version = self.fields.optional("version")
            release = self._release(self.fields, version, self.fields.where("version"))
            if release is not None and len(self.fields.issues) == before:
                yield release
            return
        versions = self.fields.table("versions")
        seen: set[Version | None] = set()
        for text in versions.keys():  # noqa: SIM118  # a method of Fields, which is no dict
            if not isinstance(versions.raw(text), dict):
                versions.note(text, "a table", versions.raw(text))
                continue
            release = self._release(versions.table(text), text, versions.where(text))
            if release is not None and release.version in seen:
                versions.note(text, "a version that no entry above is", text)
            elif release is not None:
                seen.add(release.version)
                yield release

    def _release(self, fields: Fields, written: str | None, where: str) -> Release | None:
        """Return the release that `fields` describe, or None where anything of it is wrong.

        Args:
            fields: Where its source, checksum and so on stand.
            written: Its version as written.
            where: The key path of its version, for messages.
        """
        before = len(fields.issues)
        version = Version.read(written) if written is not None else None
        if written is not None and version is None:
            fields.issues.append(Issue(where, "a version that can be ordered", show(written)))
        source = self._source(fields)
        checksum = fields.parsed("checksum", Digest.parse, "`sha256-<hex>`")
        tree = fields.parsed("tree", Digest.parse, "`sha256-<hex>`")
        size = _size(fields)
        dependencies = _dependencies(fields)
        yanked = _yanked(fields)
        if source is None or len(fields.issues) > before:
            return None
        return Release(
            self.name, version, source, self.anchor, self.registry, checksum, tree, size, dependencies, yanked
        )

    def _source(self, fields: Fields) -> Locator | None:
        if fields.raw("source") is None and fields.raw("git") is not None:
            fields.issues.append(Issue(fields.where("git"), "a `source`", "a template, which stands beside `name`"))
            return None
        text = fields.text("source", required=True)
        if not text:
            if fields.raw("source") == "":
                fields.note("source", "an address", text)
            return None
        expected = "an address that a registry on the network may name" if self.anchor.is_remote else "an address"
        locator = read_source(text, self.anchor)
        if locator is None:
            fields.note("source", expected, text)
        return locator


def _size(fields: Fields) -> int | None:
    size = fields.number("size")
    if size is not None and size < 0:
        fields.note("size", "a number of bytes", size)
    return size


def _dependencies(fields: Fields) -> tuple[Requirement, ...] | None:
    if fields.raw("dependencies") is None:
        return None
    table = fields.table("dependencies")
    found = []
    for name in table.keys():  # noqa: SIM118  # a method of Fields, which is no dict
        specifier = table.parsed(name, Specifier.parse, "a version requirement")
        if not Name.is_name(name):
            table.issues.append(Issue(table.where(name), "a plugin name", show(name)))
        elif specifier is not None:
            found.append(Requirement(Name(name), specifier))
        elif table.raw(name) is None:
            table.note(name, "a version requirement", "null")
    return tuple(found)


def _yanked(fields: Fields) -> str | None:
    value = fields.raw("yanked")
    if value is None or value is False:
        return None
    if value is True or isinstance(value, str):
        return "" if value is True else value
    fields.note("yanked", "true, false or a reason", value)
    return None


def _deprecated(fields: Fields) -> str | None:
    value = fields.raw("deprecated")
    if value is None or value is False:
        return None
    if value is True:
        return ""
    if isinstance(value, str):
        return value
    if not isinstance(value, dict):
        fields.note("deprecated", "a reason, or a table of `reason` and `replacement`", value)
        return None
    table = fields.table("deprecated")
    reason, replacement = table.text("reason"), table.text("replacement")
    return "; ".join(part for part in (reason, replacement and f"use `{replacement}`") if part)


def read_source(text: str, anchor: Anchor) -> Locator | None:
    """Return the locator of a source in a document, or None where it is none or the document may not name it.

    A source without a scheme is relative to the document: `file:` beside a file of this machine, a URL
    of the same origin beside a document of the network.

    Args:
        text: The source as written.
        anchor: The document's folder.
    """
    if _CONTROL.search(text):
        return None
    try:
        locator = Locator.parse(text)
        if anchor.is_remote and (locator is None or locator.is_local):
            return _beside(text, anchor)
        if locator is None:
            return Locator.parse(f"file:{text}")
        if locator.scheme == "installed":  # what is installed is found by its name, not named by a document
            return None
        is_web = locator.scheme in ("http", "https")
        return locator if locator.location and (not is_web or urlsplit(locator.location).hostname) else None
    except (UsageError, ValueError):  # a URL with half a bracket, or a port that is no number
        return None


def _beside(text: str, anchor: Anchor) -> Locator | None:
    """Return the URL of a relative address below a remote anchor; None where it is absolute or local."""
    relative = _RELATIVE_FILE.sub("", text, count=1)
    if not relative or relative[0] in "/\\~" or re.match(r"[^/?#]*:", relative):
        return None
    parts = urlsplit(relative)  # no scheme and no host are left in it, so the origin stays
    path, _, subdir = parts.path.partition("//")  # urljoin would fold the two slashes into one
    joined = anchor.join(f"{path}?{parts.query}" if parts.query else path)
    return Locator(urlsplit(joined).scheme, joined, subdir.strip("/"))
