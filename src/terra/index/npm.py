"""`kind = "npm"`: an npm registry, in which `aws-s3` is the package `@terra/aws-s3`.

A name is one request, sent with the validator of the copy that the cache holds; offline the copy is used. The
releases are fetched by the `npm:` source, exact version by exact version. A registry does not tell which of its
packages are plugins, so it is asked for names and never listed. Where the user or the machine names the registry,
the project's `.npmrc` says nothing of it: neither where it is nor what to show there. No registry answers for
another one: an answer that comes from another host is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.errors import AuthenticationError, HTTPStatusError, OfflineError
from terra.model.release import Listing, Release
from terra.model.source import Anchor, Locator
from terra.spec import hookimpl

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terra.model.name import Name
    from terra.ports import Response
    from terra.spec import RegistryOrder, RegistryTools
    from terra.system.npm_registry import NpmRegistries, NpmRegistry
    from terra.wire.packument import Packument

_ABSENT = (404, 410)
_NOT_MODIFIED = 304
_ACCEPT = "application/json"  # the whole document: the abbreviated one has no description


class NpmIndex:
    """A registry of npm packages; reads nothing before it is asked for a name."""

    def __init__(self, order: RegistryOrder, tools: RegistryTools, registries: NpmRegistries) -> None:
        self._order = order
        self._tools = tools
        self._registries = registries
        self._listings: dict[Name, Listing | None] = {}

    @property
    def location(self) -> str:
        """What identifies the registry: its kind and normalised address."""
        return self._order.location

    @property
    def label(self) -> str:
        """What the user calls the registry."""
        return self._order.label

    def find(self, name: Name) -> Listing | None:
        """Return every version of the package of `name`, None where the registry has no such package.

        Raises:
            UsageError: Nothing says where the registry is.
            FetchError: It could not be reached, or does not let us in.
            PolicyError: Another host answers for it.
            InvalidDocumentError: Its document cannot be read at all.
            IntegrityError: Its document is of another package.
        """
        from terra.wire.packument import read_packument

        if name not in self._listings:
            package = name.npm_package
            registry = self._registries.find(package, self._order.address)
            data = self._read(registry, registry.document_of(package))
            found = None if data is None else read_packument(data, registry.document_of(package), package)
            self._listings[name] = None if found is None else self._listing(name, found, registry)
        return self._listings[name]

    def names(self) -> Sequence[str]:
        """Return nothing: most packages of an npm registry are no plugins."""
        return ()

    def _listing(self, name: Name, packument: Packument, registry: NpmRegistry) -> Listing:
        index = registry.url if self._order.trusted and self._order.address is None else self._order.address
        latest = packument.latest or next(iter(packument.versions), None)
        return Listing(
            name,
            tuple(
                Release(
                    name,
                    each.version,
                    Locator("npm", f"{packument.package}@{each.version}"),
                    Anchor(registry.url),
                    self._order.label,
                    index=index,
                )
                for each in packument.versions
            ),
            description=packument.description,
            tags=packument.keywords,
            deprecated=latest.deprecated if latest else None,
            issues=packument.issues,
            skipped=tuple(f"{each}: terra cannot order it" for each in packument.skipped),
        )

    def _read(self, registry: NpmRegistry, url: str) -> bytes | None:
        """Return the document at `url`, or None where there is none."""
        cached = self._tools.cache.load(url)
        body, etag = cached or (b"", None)
        try:
            response = self._ask(registry, url, etag)
        except OfflineError:
            if cached is None:
                raise
            self._tools.reporter.detail(f"offline: `{url}` as last read")
            return body
        except HTTPStatusError as error:
            if error.status in _ABSENT:
                return None
            raise
        registry.require_own(response.url)
        if response.status == _NOT_MODIFIED and cached is not None:
            return body
        self._tools.cache.save(url, response.body, response.etag)
        return response.body

    def _ask(self, registry: NpmRegistry, url: str, etag: str | None) -> Response:
        from terra.system.npm_registry import how_to_log_in
        from terra.wire.packument import MAX_SIZE

        shown = registry.authorization(url)
        try:
            return self._tools.transport.read(url, limit=MAX_SIZE, etag=etag, accept=_ACCEPT, authorization=shown)
        except AuthenticationError as error:
            if shown is not None:
                raise
            raise AuthenticationError(error.message, hint=how_to_log_in(url), subjects=error.subjects) from error


class NpmKind:
    """Opens registries of the kind `npm`."""

    kind = "npm"

    def open(self, order: RegistryOrder, tools: RegistryTools) -> NpmIndex:
        """Return the registry; nothing is read."""
        from terra.system.npm_registry import NpmRegistries

        project = None if order.trusted else tools.project
        return NpmIndex(order, tools, NpmRegistries(tools.environment, project, tools.runner, tools.reporter))


@hookimpl
def terra_register_registry() -> NpmKind:
    """Hand the kind to the host."""
    return NpmKind()
