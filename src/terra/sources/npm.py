"""`npm:@terra/aws-s3@^0.1`: a package of an npm registry, whose protocol is spoken directly.

No Node is needed and no script of a package can run. The address takes an exact version, a range or a
dist-tag, and the version is chosen as npm does it: `latest` where the range allows it, else the newest that is
not deprecated. The tarball must be what the registry's `dist.integrity` says, always; a version without one is
refused, and so is one that says to be of another package. What is locked is the exact version. Credentials are
npm's own (`.npmrc`), each for the address that it is written for: a tarball on another origin gets none of the
registry's. A tarball may be elsewhere, the registry's document may not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.errors import (
    AuthenticationError,
    HTTPStatusError,
    IntegrityError,
    PolicyError,
    SourceNotFoundError,
    UsageError,
)
from terra.model.digest import Digest
from terra.model.source import Locator
from terra.model.stages import Fetched
from terra.spec import hookimpl
from terra.system import fs

if TYPE_CHECKING:
    from pathlib import Path

    from terra.ports import Response
    from terra.spec import FetchOrder, FetchTools
    from terra.spec.watched import Offer
    from terra.system.npm_registry import NpmRegistries, NpmRegistry
    from terra.wire.packument import PackageVersion, Packument

LIMIT = 512 << 20  # bytes of a tarball
_NOT_FOUND = (404, 410)


class NpmSource:
    """Downloads tarballs from npm registries; implements `RangedSource`."""

    schemes = ("npm",)

    def __init__(self) -> None:
        self._known: dict[tuple[int, Path | None], NpmRegistries] = {}

    def check(self, order: FetchOrder) -> None:
        """Refuse an address that names no package, or a version that can never be taken.

        Raises:
            UsageError: What is wrong with it.
        """
        from terra.sources.npm_package import PackageSpec

        PackageSpec.parse(order.locator)

    def admits(self, asked: Locator, held: Locator) -> bool:
        """Tell whether the exact version `held` is one of those that `asked` means."""
        from terra.model.version import Version
        from terra.sources.npm_package import PackageSpec

        try:
            wanted, exact = PackageSpec.parse(asked), PackageSpec.parse(held)
        except UsageError:
            return False
        if wanted.package != exact.package or asked.subdir != held.subdir or exact.exact is None:
            return False
        return wanted.admits(Version.parse(exact.exact))

    def fetch(self, order: FetchOrder, tools: FetchTools) -> Fetched:
        """Choose the version and download its tarball into quarantine.

        Raises:
            ResolveError: The registry has no such package, or no version that will do.
            FetchError: Something could not be had; `AuthenticationError` with where a token can be put.
            IntegrityError: The tarball is not what the registry says, or it says nothing; or it is of another package.
            PolicyError: Another host answers for the registry, or https leads to http.
        """
        from terra.sources.npm_package import PackageSpec, choose

        spec = PackageSpec.parse(order.locator)
        registry = self._registries(order, tools).find(spec.package, order.index)
        packument = _packument(spec.package, registry, tools)
        chosen = choose(spec, packument, registry.url)
        exact = f"{spec.package}@{chosen.version}"
        if chosen.deprecated:
            tools.reporter.warn(f"`{exact}` is deprecated: {chosen.deprecated}")
        _require_name(chosen, spec.package, exact, registry)
        _require_integrity(chosen, exact, registry)
        response = _download(chosen, registry, order, tools)
        path = tools.quarantine / "archive"
        _check_integrity(path, chosen, exact)
        return Fetched(
            path,
            "tar.gz",
            order.locator.subdir,
            f"{spec.package.rpartition('/')[2]}-{chosen.version}.tgz",
            Digest.sha256(response.sha256),
            response.size,
            source=Locator("npm", exact, order.locator.subdir),
            version=chosen.version,
            promised=True,
        )

    def offer(self, order: FetchOrder, tools: FetchTools) -> Offer:
        """Return what the registry has now for an address.

        Raises:
            ResolveError: The registry has no such package.
            FetchError: It could not be reached.
        """
        from terra.sources.npm_package import PackageSpec, find
        from terra.spec.watched import Offer

        spec = PackageSpec.parse(order.locator)
        registry = self._registries(order, tools).find(spec.package, order.index)
        versions = (packument := _packument(spec.package, registry, tools)).versions
        sound = [each.version for each in versions if not each.version.is_prerelease and each.deprecated is None]
        meant = find(spec, packument)
        deprecated = tuple((each.version, each.deprecated) for each in versions if each.deprecated is not None)
        return Offer(meant.version if meant else None, max(sound, default=None), deprecated=deprecated)

    def _registries(self, order: FetchOrder, tools: FetchTools) -> NpmRegistries:
        """Return the registries of this run: npm's configuration is read once, and what it says is said once."""
        from terra.system.npm_registry import NpmRegistries

        # Each holds its environment, so that no other one has its id; threads that come at once get the same one.
        project = None if order.trusted else tools.project  # whose `.npmrc` has no say in the user's own registry
        found = NpmRegistries(tools.environment, project, tools.runner, tools.reporter)
        return self._known.setdefault((id(tools.environment), project), found)


def _packument(package: str, registry: NpmRegistry, tools: FetchTools) -> Packument:
    from terra.sources.npm_package import listed
    from terra.wire.packument import read_packument

    url = registry.document_of(package)
    packument = read_packument(_document(package, registry, tools), url, package)
    if packument.skipped:
        skipped = listed(packument.skipped)
        tools.reporter.detail(f"`{package}` has versions that terra cannot order, which are skipped: {skipped}")
    for issue in packument.issues:
        tools.reporter.detail(f"in `{url}`, {issue}")
    return packument


def _document(package: str, registry: NpmRegistry, tools: FetchTools) -> bytes:
    """Return the registry's document of a package; where it is a registry of plugins too, it has been read."""
    from terra.system.npm_registry import how_to_log_in
    from terra.wire.packument import ABBREVIATED

    remembered = registry.remembered(package, tools.transport)
    if remembered is not None:
        return remembered
    tools.reporter.detail(f"asking `{registry.url}` for `{package}`")
    try:
        return registry.read(package, tools.transport, ABBREVIATED).body
    except HTTPStatusError as error:
        if error.status not in _NOT_FOUND:
            raise
        message = f"`{package}` is not in the npm registry `{registry.url}`"
        hint = f"it would say so of a private package too: {how_to_log_in(registry.url)}"
        raise SourceNotFoundError(message, hint=hint, subjects=(package,)) from error


def _require_name(chosen: PackageVersion, package: str, exact: str, registry: NpmRegistry) -> None:
    from terra.wire.fields import show

    if chosen.package in (None, package):
        return
    message = f"`{exact}` in `{registry.url}` is of another package: expected `{package}`, got {show(chosen.package)}"
    raise IntegrityError(message, subjects=(exact,))


def _require_integrity(chosen: PackageVersion, exact: str, registry: NpmRegistry) -> None:
    if chosen.integrity:
        return
    message = f"`{registry.url}` states no checksum of `{exact}`: expected a `dist.integrity` of sha256 or more"
    raise IntegrityError(message, hint="publishing it again with a current npm states one", subjects=(exact,))


def _download(chosen: PackageVersion, registry: NpmRegistry, order: FetchOrder, tools: FetchTools) -> Response:
    from terra.system.origins import redacted

    url = chosen.tarball
    if registry.url.startswith("https://") and url.startswith("http://"):
        message = f"`{registry.url}` names a tarball at `{redacted(url)}`: https never leads to http"
        raise PolicyError(message, hint="its keeper can let it name https addresses", subjects=(redacted(url),))
    tools.reporter.detail(f"fetching `{redacted(url)}`")
    shown = registry.authorization(url)
    target = tools.quarantine / "archive"
    try:
        return tools.transport.download(
            url, target, limit=LIMIT, size=order.size, progress=tools.progress, authorization=shown
        )
    except AuthenticationError as error:
        raise registry.not_let_in(error, url) from error


def _check_integrity(path: Path, chosen: PackageVersion, exact: str) -> None:
    expected = chosen.integrity
    actual = fs.digest_of(path, expected[0].algorithm)
    if actual in expected:
        return
    path.unlink()
    message = f"the tarball of `{exact}` is not what its registry says: expected {expected[0]}, got {actual}"
    hint = "nothing of it was kept: ask who publishes it, or who keeps the registry"
    raise IntegrityError(message, hint=hint, subjects=(exact,))


@hookimpl
def terra_register_source() -> NpmSource:
    """Hand the source to the host."""
    return NpmSource()
