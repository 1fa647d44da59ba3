"""A package index as a registry: the plugin `my-company/vpc` is the distribution `terra-my-company-vpc` there.

The index's own page of the distribution is read, as pip reads it, and gives versions, hashes and yanks. Where
the index lets pip in and not terra (a client certificate, a proxy of pip's own), pip is asked for the versions.
The wheels themselves are brought by pip, see `terra.sources.pypi`. An index that sends on to another host is
refused: that one would answer for names that it was never asked for.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NoReturn

from terra.errors import (
    AuthenticationError,
    FetchError,
    HTTPStatusError,
    IntegrityError,
    InvalidDocumentError,
    OfflineError,
    ResolveError,
    SystemFailureError,
    UnknownPluginError,
    UsageError,
)
from terra.index.asked import AskedIndex
from terra.index.documents import read_kept
from terra.index.pypi_listing import listing_of_files, listing_of_versions, named
from terra.model.release import Listing, Release
from terra.model.source import Anchor, Locator
from terra.spec import hookimpl
from terra.wire.simple_api import read_simple_page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terra.model.name import Name
    from terra.model.summary import Summary
    from terra.ports import Response
    from terra.spec import RegistryOrder, RegistryTools
    from terra.system.package_index import PackageIndex
    from terra.system.pip import Pip
    from terra.wire.simple_api import SimplePage

_ABSENT = (404, 410)
_TOO_MANY = 429
_BROKEN = 500
_LARGEST_ROOT = 8 << 20  # bytes: a company's index of a hundred thousand projects, not the public one of all


class PypiIndex(AskedIndex):
    """One package index."""

    def _find(self, name: Name) -> Listing | None:
        try:
            page = self._page(name.distribution)
        except OfflineError:
            raise
        except HTTPStatusError as error:
            if error.status in _ABSENT:
                return None
            if error.status >= _BROKEN or error.status == _TOO_MANY:
                raise
            return self._by_pip(name, error)  # a missing client certificate is a 400 of many servers
        except FetchError as error:
            return self._by_pip(name, error)
        except UsageError as error:  # plain http, to where the user's pip goes by itself
            if self._order.address is not None or not self._pip().is_trusted:
                raise
            return self._by_pip(name, FetchError(error.message, hint=error.hint, subjects=error.subjects))
        return self._said(listing_of_files(self._base(name), page))

    def summaries(self, needles: Sequence[str] = ()) -> Sequence[Summary] | None:  # noqa: ARG002  # it has names alone
        """Return the names of the distributions `terra-NAME` on the index's root page, if that can be had.

        The index that pip is configured with is not listed: it may be one of everything there is.

        Raises:
            FetchError: The index cannot be reached, or does not let us in.
            PolicyError: Another host answers for it.
        """
        if self._order.address is None:
            return None
        try:
            projects = self._projects()
        except HTTPStatusError as error:
            if error.status >= _BROKEN or error.status == _TOO_MANY:
                raise
            return None
        except (IntegrityError, InvalidDocumentError) as error:  # too large, or a page for people
            self._tools.reporter.detail(error.message)
            return None
        return named(projects, self._order.label)

    def _projects(self) -> Sequence[str]:
        from terra.system.package_index import require_same_host
        from terra.wire.simple_root import read_simple_root

        url = self._reader.root

        def ask(etag: str | None) -> Response:
            response = self._reader.read(url, etag, limit=_LARGEST_ROOT)
            require_same_host(url, response.url)
            return response

        return read_kept(url, ask, lambda page, _: read_simple_root(page, url), self._tools.cache, self._tools.reporter)

    @cached_property
    def _reader(self) -> PackageIndex:
        from terra.system.package_index import PackageIndex

        url = self._order.address or self._pip().index_url()
        return PackageIndex(url, self._tools.transport, self._tools.runner, self._tools.environment)

    def _pip(self, **settings: str) -> Pip:
        from terra.system.pip import Pip

        return Pip(self._tools.runner, {**self._tools.environment, **settings}, self._order.address)

    def _page(self, distribution: str) -> SimplePage:
        """Return a distribution's page: read afresh, where the copy that terra has is not, or the copy offline."""
        from terra.system.package_index import require_same_host

        url = self._reader.page_of(distribution)

        def ask(etag: str | None) -> Response:
            response = self._reader.read(url, etag)
            require_same_host(url, response.url)
            return response

        def parse(page: bytes, content_type: str) -> SimplePage:
            return read_simple_page(page, content_type, url)

        return read_kept(url, ask, parse, self._tools.cache, self._tools.reporter)

    def _by_pip(self, name: Name, failure: FetchError) -> Listing | None:
        """Ask pip, whose settings may open what is closed to terra; where it fails too, say what tells most."""
        self._tools.reporter.detail(f"{failure.message}; asking pip")
        try:
            versions = self._pip(PIP_RETRIES="1").versions(name.distribution)
        except UnknownPluginError:
            if isinstance(failure, AuthenticationError):  # to pip, a 401 looks like "not found"
                self._refuse(failure)
            return None
        except ResolveError as error:
            return self._said(Listing(name, (), skipped=(error.message,)))
        except AuthenticationError as error:
            self._refuse(failure if isinstance(failure, AuthenticationError) else error)
        except (FetchError, SystemFailureError, UsageError):
            if isinstance(failure, AuthenticationError):
                self._refuse(failure)
            raise failure from None
        return self._said(listing_of_versions(self._base(name), versions))

    def _refuse(self, failure: AuthenticationError) -> NoReturn:
        if failure.message.startswith("the proxy"):
            raise failure from None
        address = self._reader.credentials.address
        place = "pip's configuration" if self._order.address is None else "your own `config.toml`"
        where = f"the registry's `url` in {place}"
        hint = f"give name and password in {where}, in netrc, or by `keyring set {address} NAME`"
        if self._reader.credentials.are_stated:
            hint = f"check name and password in {where}"
        raise AuthenticationError(failure.message, hint=hint, subjects=failure.subjects) from None

    def _base(self, name: Name) -> Release:
        """Return what all releases of a plugin have in common."""
        anchor, source = Anchor(self._reader.credentials.address), Locator("pypi", name.distribution)
        return Release(name, None, source, anchor, registry=self._order.label, index=self._order.address)

    def _said(self, listing: Listing) -> Listing:
        for each in listing.skipped:
            self._tools.reporter.detail(f"`{listing.name}` in `{self._order.label}`, skipped: {each}")
        return listing


class PypiKind:
    """Opens registries of `kind = "pypi"`."""

    kind = "pypi"

    def open(self, order: RegistryOrder, tools: RegistryTools) -> PypiIndex:
        """Return the index; without an address the one that pip is configured with.

        Raises:
            UsageError: The address is no URL.
        """
        if order.address is not None and not order.address.startswith(("https://", "http://")):
            message = f"`{order.label}` cannot be a package index: expected an https URL, got `{order.address}`"
            hint = 'write `url = "https://HOST/simple/"`'
            raise UsageError(message, hint=hint, subjects=(order.label,))
        return PypiIndex(order, tools)


@hookimpl
def terra_register_registry() -> PypiKind:
    """Answer for package indexes."""
    return PypiKind()
