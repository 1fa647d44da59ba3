"""`kind = "npm"`: an npm registry, in which `aws-s3` is the package `@terra/aws-s3`.

A name is one request, whose answer the `npm:` source uses too: it fetches the releases, exact version by exact
version. A registry does not tell which of its packages are plugins, so it is asked for names and never listed.
Where the user or the machine names the registry, the project's `.npmrc` says nothing of it: neither where it is nor
what to show there. No registry answers for another one: an answer that comes from another host is refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.errors import HTTPStatusError
from terra.index.asked import AskedIndex
from terra.index.documents import read_kept
from terra.model.release import Listing, Release
from terra.model.source import Anchor, Locator
from terra.spec import hookimpl

if TYPE_CHECKING:
    from terra.model.name import Name
    from terra.spec import RegistryOrder, RegistryTools
    from terra.system.npm_registry import NpmRegistries, NpmRegistry
    from terra.wire.packument import Packument

_ABSENT = (404, 410)
_ACCEPT = "application/json"  # the whole document: the abbreviated one has no description


class NpmIndex(AskedIndex):
    """A registry of npm packages."""

    def __init__(self, order: RegistryOrder, tools: RegistryTools, registries: NpmRegistries) -> None:
        super().__init__(order, tools)
        self._registries = registries

    def _find(self, name: Name) -> Listing | None:
        registry = self._registries.find(name.npm_package, self._order.address)
        try:
            return self._listing(name, self._read(name.npm_package, registry), registry)
        except HTTPStatusError as error:
            if error.status in _ABSENT:
                return None
            raise

    def _read(self, package: str, registry: NpmRegistry) -> Packument:
        from terra.wire.packument import read_packument

        url, transport = registry.document_of(package), self._tools.transport

        def parse(document: bytes, _: str) -> Packument:
            found = read_packument(document, url, package)
            registry.remember(package, transport, document)
            return found

        return read_kept(
            url,
            lambda etag: registry.read(package, transport, _ACCEPT, etag),
            parse,
            self._tools.cache,
            self._tools.reporter,
        )

    def _listing(self, name: Name, packument: Packument, registry: NpmRegistry) -> Listing:
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
                    index=self._order.address,
                    trusted=self._order.trusted,
                )
                for each in packument.versions
            ),
            description=packument.description,
            tags=packument.keywords,
            deprecated=latest.deprecated if latest else None,
            issues=packument.issues,
            skipped=tuple(f"{each}: terra cannot order it" for each in packument.skipped),
        )


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
