"""A package index as terra itself reads it: its page of one distribution, as pip would ask for it.

PEP 503, PEP 691. What is on a page, see `terra.wire.simple_api`.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from terra.errors import AuthenticationError, HTTPStatusError, PolicyError
from terra.model.name import normalised
from terra.system.index_credentials import IndexCredentials
from terra.system.origins import redacted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from terra.ports import Response, Runner, Transport

_LIMIT = 64 << 20  # bytes of a page
_ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"


class PackageIndex:
    """One index, see `IndexCredentials`; threads share one."""

    def __init__(self, url: str, transport: Transport, runner: Runner, environment: Mapping[str, str]) -> None:
        self.credentials = IndexCredentials(url, runner, environment)
        self._transport = transport
        self._authorization: list[str | None] = []  # what let us in

    def page_of(self, distribution: str) -> str:
        """Return the address of a distribution's page, without credentials."""
        parts = urlsplit(self.credentials.address)
        return parts._replace(path=f"{parts.path.rstrip('/')}/{normalised(distribution)}/").geturl()

    @property
    def root(self) -> str:
        """The address of the page that lists the projects, without credentials."""
        parts = urlsplit(self.credentials.address)
        return parts._replace(path=f"{parts.path.rstrip('/')}/").geturl()

    def read(self, page: str, etag: str | None = None, *, limit: int = _LIMIT) -> Response:
        """Ask for a page with one credential after the other, as long as the index does not let us in.

        Raises:
            FetchError: It could not be had; `AuthenticationError` where no credential helps.
            UsageError: It is reached by plain http.
            PolicyError: It leads where terra never goes.
            IntegrityError: It is too large.
        """
        refusal: AuthenticationError | None = None
        for each in chain(self._authorization, self.credentials.each()):
            try:
                response = self._transport.read(page, limit=limit, etag=etag, accept=_ACCEPT, authorization=each)
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


def require_same_host(asked: str, answered: str) -> None:
    """Refuse a page that another host answered for.

    An index that sends on whoever asks for what it does not have would make another one the registry.

    Raises:
        PolicyError: It is of another host.
    """
    if urlsplit(asked).hostname == urlsplit(answered).hostname:
        return
    message = f"`{asked}` leads to another index, `{redacted(answered)}`"
    hint = "if that one is meant, make it the registry's `url`; else let the index answer 404 for what it has not"
    raise PolicyError(message, hint=hint, subjects=(asked,))
