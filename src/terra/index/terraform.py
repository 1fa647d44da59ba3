"""`kind = "terraform"`: a registry of modules, in which `my-company/aws-vpc` is `my-company/vpc/aws`.

It is read and never written. The versions of a name are one request; where a version is, the registry is asked
only for the one that is chosen, and what it says is what is fetched and locked. A registry does not list its
modules, so it is asked for names.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin

from terra.errors import UsageError
from terra.index.asked import AskedIndex
from terra.model.module_address import DEFAULT_NAMESPACE, ModuleAddress
from terra.model.release import Listing, Release
from terra.model.source import Anchor, Locator
from terra.model.values import replace
from terra.model.version import Version
from terra.spec import hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from terra.index.module_registry import ModuleRegistry
    from terra.model.name import Name
    from terra.spec import RegistryOrder, RegistryTools


class ModuleIndex(AskedIndex):
    """One module registry."""

    def __init__(self, order: RegistryOrder, tools: RegistryTools, registry: ModuleRegistry) -> None:
        super().__init__(order, tools)
        self._registry = registry

    def names(self) -> Sequence[str]:
        """Return nothing, once the host has said that it is a module registry.

        Raises:
            FetchError: It is none, or cannot be reached.
        """
        self._registry.service()
        return ()

    def _find(self, name: Name) -> Listing | None:
        module = ModuleAddress.of(name, self._order.module_namespace or DEFAULT_NAMESPACE)
        found = self._registry.versions(module)
        if found is None:
            return None
        chosen, skipped = _ordered(found.versions)
        for each in skipped:
            self._tools.reporter.detail(f"`{self._order.label}` has {module} {each}")
        releases = tuple(self._release(name, module, version) for version in chosen)
        return Listing(name, releases, issues=found.issues, skipped=tuple(skipped))

    def _release(self, name: Name, module: ModuleAddress, version: Version) -> Release:
        url = self._registry.download_url(module, version)
        return Release(
            name,
            version,
            Locator(url.partition(":")[0], url),
            Anchor(urljoin(url, ".")),
            self._order.label,
            trusted=self._order.trusted,
            late=self._located,
        )

    def _located(self, release: Release) -> Release:
        """Ask where a chosen release is."""
        from terra.model.go_getter import GoGetterAddress

        asked = release.source.location
        text = self._registry.location(asked)
        try:
            found = GoGetterAddress.parse(text, asked)
        except UsageError as error:
            message = f"`{release.id}` of `{self._order.label}` cannot be had: {error.message}"
            raise UsageError(message, hint=error.hint, subjects=(release.id, *error.subjects)) from error
        if found.unread is not None:
            self._tools.reporter.detail(
                f"`{release.id}` has a checksum of the kind `{found.unread}`, which is not read"
            )
        return replace(release, source=found.source, checksum=found.checksum, late=None)


def _ordered(versions: Iterable[str]) -> tuple[list[Version], list[str]]:
    """Return the versions, newest first, and those that are left out, each with the reason."""
    found: dict[Version, str] = {}
    skipped = []
    for text in versions:
        version = Version.read(text)
        if version is None or (version.is_prerelease and "-" not in text):  # Terraform asks for it otherwise
            skipped.append(f"{text}: cannot be ordered")
        elif version in found:
            skipped.append(f"{text}: is {found[version]}, which is there too")
        else:
            found[version] = text
    return sorted(found, reverse=True), skipped


class ModuleKind:
    """Opens registries of the kind `terraform`."""

    kind = "terraform"

    def open(self, order: RegistryOrder, tools: RegistryTools) -> ModuleIndex:
        """Return the registry; nothing is read.

        Raises:
            UsageError: Its address is not one of the network.
        """
        from terra.index.module_registry import ModuleRegistry

        if order.address is None:
            message = f"the registry `{order.label}` has no address"
            raise UsageError(message, hint="`url` is its host, as in `https://registry.example`")
        return ModuleIndex(order, tools, ModuleRegistry(order.address, tools))


@hookimpl
def terra_register_registry() -> ModuleKind:
    """Hand the kind to the host."""
    return ModuleKind()
