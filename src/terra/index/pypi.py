"""A package index as a registry: the plugin `my-company/vpc` is the distribution `terra-my-company-vpc` there.

The index's own page of the distribution is read, as pip reads it, and gives versions, hashes and yanks. Where
the index lets pip in and not terra (a client certificate, a proxy of pip's own), pip is asked for the versions.
The wheels themselves are brought by pip, see `terra.sources.pypi`. An index that sends on to another host is
refused: that one would answer for names that it was never asked for.
"""

from __future__ import annotations

from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urlsplit

from terra.errors import (
    AuthenticationError,
    FetchError,
    HTTPStatusError,
    OfflineError,
    PolicyError,
    ResolveError,
    SystemFailureError,
    UnknownPluginError,
    UsageError,
)
from terra.index.pypi_listing import listing_of_files, listing_of_versions
from terra.model.release import Listing, Release
from terra.model.source import Anchor, Locator
from terra.spec import hookimpl
from terra.wire.simple_api import ACCEPT, normalised, read_simple_page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terra.model.name import Name
    from terra.ports import Response
    from terra.spec import RegistryOrder, RegistryTools
    from terra.system.index_credentials import IndexCredentials
    from terra.system.pip import Pip
    from terra.wire.simple_api import SimplePage

MAX_BYTES = 32 << 20
_ABSENT = (404, 410)
_NOT_MODIFIED = 304
_TOO_MANY = 429
_BROKEN = 500


class PypiIndex:
    """One index; nothing is read before it is asked for a name."""

    def __init__(self, order: RegistryOrder, tools: RegistryTools) -> None:
        self._order = order
        self._tools = tools
        self._authorization: list[str | None] = []  # what let us in
        self._listings: dict[Name, Listing | None] = {}

    @property
    def location(self) -> str:
        """What identifies the registry."""
        return self._order.location

    @property
    def label(self) -> str:
        """What the user calls it."""
        return self._order.label

    def names(self) -> Sequence[str]:
        """Return no name: an index does not say which of its distributions are plugins."""
        return ()

    def find(self, name: Name) -> Listing | None:
        """Return the releases of a plugin's distribution, or None where the index has no such distribution.

        Raises:
            AuthenticationError: The index asks for credentials, or refuses those that were found.
            FetchError: It cannot be reached.
            InvalidDocumentError: What it answers is no page of a package index.
            PolicyError: It leads to another index, or where terra never goes.
            UsageError: It is reached by plain http, or pip's configuration names no index that terra can ask.
        """
        if name not in self._listings:
            self._listings[name] = self._find(name)
        return self._listings[name]

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

    @cached_property
    def _index(self) -> str:
        """The URL of the index, perhaps with credentials."""
        return self._order.address or self._pip().index_url()

    @cached_property
    def _credentials(self) -> IndexCredentials:
        from terra.system.index_credentials import IndexCredentials

        return IndexCredentials(self._index, self._tools.runner, self._tools.environment)

    def _pip(self, **settings: str) -> Pip:
        from terra.system.pip import Pip

        return Pip(self._tools.runner, {**self._tools.environment, **settings}, self._order.address)

    def _page(self, distribution: str) -> SimplePage:
        """Return a distribution's page: read afresh, where the copy that terra has is not, or the copy offline."""
        parts = urlsplit(self._credentials.address)
        url = parts._replace(path=f"{parts.path.rstrip('/')}/{normalised(distribution)}/").geturl()
        cached = self._tools.cache.load(url)
        body, etag = cached or (b"", None)
        try:
            response = self._read(url, etag)
        except OfflineError:
            if cached is None:
                raise
            self._tools.reporter.detail(f"offline: `{url}` as last read")
            return read_simple_page(body, "", url)
        if response.status == _NOT_MODIFIED and cached is not None:
            return read_simple_page(body, "", url)
        self._require_same_host(url, response.url)
        page = read_simple_page(response.body, response.content_type, url)
        self._tools.cache.save(url, response.body, response.etag)
        return page

    def _read(self, url: str, etag: str | None) -> Response:
        """Ask with one credential after the other, as long as the index does not let us in."""
        refusal: AuthenticationError | None = None
        for each in chain(self._authorization, self._credentials.each()):
            try:
                response = self._tools.transport.read(
                    url, limit=MAX_BYTES, etag=etag, accept=ACCEPT, authorization=each
                )
            except HTTPStatusError:
                self._authorization = [each]
                raise
            except AuthenticationError as error:
                refusal = error
            else:
                self._authorization = [each]
                return response
        assert refusal is not None  # noqa: S101  # something was tried
        raise refusal

    @staticmethod
    def _require_same_host(asked: str, answered: str) -> None:
        """An index that sends on whoever asks for what it does not have would make another one the registry."""
        if urlsplit(asked).hostname == urlsplit(answered).hostname:
            return
        from terra.system.origins import redacted

        message = f"`{asked}` leads to another index, `{redacted(answered)}`"
        hint = "if that one is meant, make it the registry's `url`; else let the index answer 404 for what it has not"
        raise PolicyError(message, hint=hint, subjects=(asked,))

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
        address = self._credentials.address
        place = "pip's configuration" if self._order.address is None else "your own `config.toml`"
        where = f"the registry's `url` in {place}"
        hint = f"give name and password in {where}, in netrc, or by `keyring set {address} NAME`"
        if self._credentials.are_stated:
            hint = f"check name and password in {where}"
        raise AuthenticationError(failure.message, hint=hint, subjects=failure.subjects) from None

    def _base(self, name: Name) -> Release:
        """Return what all releases of a plugin have in common."""
        anchor, source = Anchor(self._credentials.address), Locator("pypi", name.distribution)
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
