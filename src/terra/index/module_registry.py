"""One module registry, spoken to as Terraform does: discovery, versions, and where a version is.

The token that the user keeps for Terraform is for the registry's host. It is shown there, and to the modules
service that the host's own document names, wherever that is; never where a module's archive is. Where that
does not help, what terra itself keeps for the origin is tried.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin

from terra.errors import AuthenticationError, FetchError, HTTPStatusError, InvalidDocumentError, Issue, UsageError
from terra.index.documents import read_kept
from terra.model.values import replace
from terra.system.origins import HttpUrl, redacted
from terra.system.package_index import require_same_host
from terra.system.terraform_credentials import TerraformCredentials, variable
from terra.wire.module_registry import SERVICE, read_location, read_service, read_versions

if TYPE_CHECKING:
    from terra.model.module_address import ModuleAddress
    from terra.model.version import Version
    from terra.ports import Response
    from terra.spec import RegistryTools
    from terra.system.credentials import Authorization
    from terra.wire.module_registry import ModuleVersions

_DISCOVERY = ".well-known/terraform.json"
_LIMIT = 32 << 20  # bytes of a list of versions
_SMALL = 1 << 20  # bytes of any other document
_ABSENT = (404, 410)
_SHAPE = "`url` is the registry's host, as in `https://registry.example`, or the address of its modules service"


class ModuleRegistry:
    """The registry at an address; nothing is read before it is asked.

    Args:
        address: The host's root, whose discovery document is read; with a path the modules service itself.
        tools: What it works with.

    Raises:
        UsageError: It is no address of a host.
    """

    def __init__(self, address: str, tools: RegistryTools) -> None:
        self._url = HttpUrl.parse(address)
        if "?" in self._url.target:
            message = f"`{self._url}` is not the address of a module registry"
            raise UsageError(message, hint=_SHAPE, subjects=(str(self._url),))
        self._tools = tools
        self._credentials = TerraformCredentials(tools.environment)
        self._trusted = {self._url.origin}
        self._service: str | None = None if self._url.target == "/" else _folder(self._url.text)
        self._lock = threading.Lock()

    def service(self) -> str:
        """Return the URL of the modules service, ending in `/`; the host is asked for it once.

        Raises:
            FetchError: The host cannot be reached, or is no module registry.
            InvalidDocumentError: What it says of itself is no discovery document.
        """
        with self._lock:
            if self._service is None:
                self._service = self._discovered()
            return self._service

    def versions(self, module: ModuleAddress) -> ModuleVersions | None:
        """Return the versions of a module, or None where the registry has no such module.

        Raises:
            FetchError: It cannot be reached, or does not let us in.
            InvalidDocumentError: What it answers is no list of versions.
            PolicyError: Another host answers for it.
        """
        url = f"{self.service()}{module}/versions"
        try:
            return read_kept(
                url,
                lambda etag: self._ask(url, _LIMIT, etag),
                lambda body, _: read_versions(body, url),
                self._tools.cache,
                self._tools.reporter,
            )
        except HTTPStatusError as error:
            if error.status in _ABSENT:
                return None
            raise

    def download_url(self, module: ModuleAddress, version: Version) -> str:
        """Return the URL that tells where a version of a module is."""
        return f"{self.service()}{module}/{quote(str(version))}/download"

    def location(self, url: str) -> str:
        """Return where a version is, as the registry writes it.

        Args:
            url: What `download_url` returned.

        Raises:
            FetchError: It cannot be reached, does not let us in, or says nothing.
            PolicyError: Another host answers for it.
        """

        def ask(_etag: str | None) -> Response:  # kept is what was said, wherever it stood
            response = self._ask(url, _SMALL)
            return replace(response, status=200, body=_location(response, url).encode(), etag=None)

        return read_kept(url, ask, lambda body, _: body.decode(), self._tools.cache, self._tools.reporter)

    def _discovered(self) -> str:
        url = f"{self._url.origin}/{_DISCOVERY}"

        def ask(_etag: str | None) -> Response:
            response = self._read(url, _SMALL, None)
            service = self._resolved(read_service(response.body, url), response.url)
            if HttpUrl.parse(response.url).origin == self._url.origin:  # nobody else names who sees its token
                self._trusted.add(HttpUrl.parse(service).origin)
            return replace(response, body=service.encode(), etag=None)

        try:
            return read_kept(url, ask, lambda body, _: body.decode(), self._tools.cache, self._tools.reporter)
        except HTTPStatusError as error:
            if error.status not in _ABSENT:
                raise
            message = f"`{self._url.origin}` is no module registry: `{url}` answered {error.status}"
            raise FetchError(message, hint=_SHAPE, subjects=(str(self._url.origin),)) from error

    def _resolved(self, service: str | None, document: str) -> str:
        """Return the absolute URL of the service; a relative one is so to the document that was read."""
        if not service:
            message = f"`{self._url.origin}` has no modules: its discovery document names no `{SERVICE}`"
            raise FetchError(message, hint=_SHAPE, subjects=(str(self._url.origin),))
        try:
            found = HttpUrl.parse(urljoin(document, service))
        except (UsageError, ValueError) as error:
            expected = "the URL of the modules service"
            raise InvalidDocumentError(document, [Issue(SERVICE, expected, f"`{redacted(service)}`")]) from error
        return _folder(found.text)

    def _ask(self, url: str, limit: int, etag: str | None = None) -> Response:
        response = self._read(url, limit, etag)
        require_same_host(url, response.url)
        return response

    def _read(self, url: str, limit: int, etag: str | None) -> Response:
        """Ask with Terraform's token, and where that is refused with what terra itself has for the origin."""
        token = self._token(url)
        read, accept = self._tools.transport.read, "application/json"
        try:
            if token is None:
                return read(url, limit=limit, etag=etag, accept=accept)
            try:
                return read(url, limit=limit, etag=etag, accept=accept, authorization=token.value)
            except AuthenticationError as refusal:
                try:
                    return read(url, limit=limit, etag=etag, accept=accept)
                except AuthenticationError:
                    raise refusal from None
        except AuthenticationError as error:
            raise self._not_let_in(error, token) from error

    def _token(self, url: str) -> Authorization | None:
        is_shown = HttpUrl.parse(url).origin in self._trusted
        return self._credentials.find(self._url.origin) if is_shown else None

    def _not_let_in(self, error: AuthenticationError, token: Authorization | None) -> AuthenticationError:
        host = self._url.origin.authority
        if token is not None:
            message = f"`{self._url.origin}` refuses the token in {token.found_in}"
            hint = f"`terraform login {host}` gets a new one"
            return AuthenticationError(message, hint=hint, subjects=error.subjects)
        name = variable(self._url.origin.host)
        more = f"; or a token in `{name}`" if self._url.origin.has_default_port else ""
        return AuthenticationError(
            error.message, hint=f"`terraform login {host}` gets a token{more}", subjects=error.subjects
        )


def _folder(url: str) -> str:
    return url if url.endswith("/") else f"{url}/"


def _location(response: Response, url: str) -> str:
    found = (response.location or "").strip() or (read_location(response.body, url) or "").strip()
    if not found:
        message = f"`{url}` does not say where the module is: no `X-Terraform-Get`, and no `location`"
        raise FetchError(message, hint="its keeper can mend that", subjects=(url,))
    return found
