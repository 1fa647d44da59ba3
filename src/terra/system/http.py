"""The network, for reading: documents and archives over https, from servers that are not trusted.

Redirects are followed here, at most five and never to less than the scheme before; a credential is chosen
anew for every origin and goes nowhere else. Bodies come without content encoding and stop one byte past
what they may be; a call has an end and a least speed; what fails by bad luck is tried again. Plain http is
for this machine, or for origins that the user allowed.
"""

from __future__ import annotations

import threading
from contextlib import closing, suppress
from typing import TYPE_CHECKING, TypeVar

from terra.errors import FetchError, PolicyError, UsageError
from terra.model.values import field, value
from terra.ports import Response
from terra.system.answers import is_success, pour, require_plain, require_whole, response_of, status_failure
from terra.system.clock import SystemClock
from terra.system.credentials import Authorization
from terra.system.fs import create
from terra.system.origins import HttpUrl, Origin, literal_address, redacted, why_refused
from terra.system.pace import Pace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from terra.ports import Progress
    from terra.system.clock import Clock
    from terra.system.connections import Answer, Connections
    from terra.system.credentials import Credentials
    from terra.system.network import NetworkSettings

_MOST_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)
_NOT_MODIFIED = 304
T = TypeVar("T")


@value
class _Ask:
    """What is asked, and what the caller shows for it at the origin of `url`."""

    url: HttpUrl
    etag: str | None = None
    accept: str = "*/*"
    authorization: str | None = field(default_factory=lambda: None, repr=False)


class HttpTransport:
    """A `terra.ports.Transport`; threads share one, and its connections."""

    def __init__(self, settings: NetworkSettings, credentials: Credentials, clock: Clock | None = None) -> None:
        self._settings = settings
        self._credentials = credentials
        self._clock = clock or SystemClock()
        self._allowed = frozenset(settings.allow_http)
        self._lock = threading.Lock()
        self._opened: Connections | None = None

    def admit(self, url: str) -> None:
        """Refuse an address where terra does not go.

        Raises:
            UsageError: It is no http(s) URL, or plain http to where the user did not allow it.
            PolicyError: It is an address that no server of the network has.
        """
        self._admit(HttpUrl.parse(url))

    def read(
        self, url: str, *, limit: int, etag: str | None = None, accept: str = "*/*", authorization: str | None = None
    ) -> Response:
        """Return a document of at most `limit` bytes; 304 where `etag` still holds.

        Raises:
            UsageError: The URL, a proxy or a certificate setting cannot be used.
            PolicyError: It leads where terra does not go.
            FetchError: It could not be had; `AuthenticationError`, `HTTPStatusError` for a status.
            IntegrityError: It is larger than `limit`.
        """

        def take(answer: Answer) -> Response:
            parts: list[bytes] = []
            digest, size = pour(answer, limit, parts.append, None)
            return response_of(answer, b"".join(parts), digest, size)

        return self._call(_Ask(HttpUrl.parse(url), etag, accept, authorization), take)

    def download(  # noqa: PLR0913  # the port's arguments
        self,
        url: str,
        target: Path,
        *,
        limit: int,
        size: int | None = None,
        etag: str | None = None,
        progress: Progress | None = None,
        authorization: str | None = None,
    ) -> Response:
        """Write a body of at most `limit` bytes to the new file `target`; nothing is left of a part.

        Args:
            url: Where it is.
            target: Must not exist; not made for 304.
            limit: Bytes that it may have.
            size: Bytes that it must have, where that is known.
            etag: Validator of the bytes that the caller has already.
            progress: Told every 64 KiB.
            authorization: Shown to the origin of `url` alone, in place of the user's credentials for it.

        Raises:
            UsageError: The URL, a proxy or a certificate setting cannot be used.
            PolicyError: It leads where terra does not go.
            FetchError: It could not be had whole; `AuthenticationError`, `HTTPStatusError` for a status.
            IntegrityError: The server sent more than `limit` bytes, or more or fewer than `size`.
        """
        bound = limit if size is None else min(limit, size)

        def take(answer: Answer) -> Response:
            with create(target) as stream:
                try:
                    digest, came = pour(answer, bound, stream.write, progress)
                    stream.flush()
                    require_whole(answer, came, size)
                except BaseException:
                    stream.close()
                    with suppress(OSError):
                        target.unlink()
                    raise
            return response_of(answer, b"", digest, came)

        return self._call(_Ask(HttpUrl.parse(url), etag, authorization=authorization), take)

    def close(self) -> None:
        """Close the connections that are kept."""
        if self._opened is not None:
            self._opened.close()

    def _call(self, ask: _Ask, take: Callable[[Answer], Response]) -> Response:
        from terra.system.failures import PassingError

        self._admit(ask.url)
        pace = Pace(self._settings.pace, self._clock)
        for tries in range(self._settings.retries + 1):
            try:
                return self._try(ask, pace, take)
            except PassingError as failure:
                wait = self._wait_before(tries, failure.wait)
                if tries == self._settings.retries or wait >= pace.left:
                    raise failure.error from None
            self._clock.sleep(wait)
        raise AssertionError  # the last try returns or raises

    def _try(self, ask: _Ask, pace: Pace, take: Callable[[Answer], Response]) -> Response:
        answer, shown = self._follow(ask, pace)
        with closing(answer):
            if answer.status == _NOT_MODIFIED and ask.etag is not None:
                answer.discard()
                return Response(answer.url.text, _NOT_MODIFIED, etag=answer.header("ETag") or ask.etag)
            if not is_success(answer):
                answer.discard()
                raise status_failure(answer, shown, self._clock.now())
            require_plain(answer)
            return take(answer)

    def _follow(self, ask: _Ask, pace: Pace) -> tuple[Answer, Authorization | None]:
        """Return the first answer that is no redirect, and what credential was shown for it."""
        url = ask.url
        for _ in range(_MOST_REDIRECTS + 1):
            shown = self._shown(ask, url)
            proxy = self._settings.proxies.find(url.origin)
            answer = self._connections().get(url, self._headers(shown, ask), proxy, pace)
            if answer.status not in _REDIRECTS:
                return answer, shown
            answer.discard()
            url = self._next(url, answer.header("Location"))
        message = f"`{ask.url}` redirects more than {_MOST_REDIRECTS} times"
        raise FetchError(message, subjects=(str(ask.url),))

    def _shown(self, ask: _Ask, url: HttpUrl) -> Authorization | None:
        if ask.authorization is not None and url.origin == ask.url.origin:
            return Authorization(ask.authorization, "")
        return self._credentials.find(url.origin)

    def _headers(self, shown: Authorization | None, ask: _Ask) -> dict[str, str]:
        headers = {"User-Agent": self._settings.user_agent, "Accept": ask.accept, "Accept-Encoding": "identity"}
        if shown is not None:
            headers["Authorization"] = shown.value
        if ask.etag is not None:
            headers["If-None-Match"] = ask.etag
        return headers

    def _next(self, url: HttpUrl, location: str | None) -> HttpUrl:
        if not location:
            message = f"`{url}` redirects to nowhere"
            raise FetchError(message, subjects=(str(url),))
        try:
            following = url.join(location)
            self._admit(following)
        except (UsageError, ValueError):
            message = f"`{url}` redirects to `{redacted(location)}`, where terra does not follow"
            raise PolicyError(message, subjects=(str(url),)) from None
        if url.origin.scheme == "https" and following.origin.scheme == "http":
            message = f"`{url}` redirects to `{following}`: https never leads to http"
            raise PolicyError(message, subjects=(str(url),))
        return following

    def _admit(self, url: HttpUrl) -> None:
        """Refuse plain http to elsewhere, and a host that spells an address where terra never goes."""
        origin = url.origin
        address = literal_address(origin.host)
        why = None if address is None else why_refused(address)
        if why is not None:
            message = f"`{url}` leads to {why}: terra does not connect there"
            raise PolicyError(message, subjects=(str(url),))
        if origin.scheme == "https" or origin.is_loopback or self._is_allowed(origin):
            return
        message = f"`{url}` is plain http, which anyone on the way can read and change"
        hint = f'write `https://`, or put `allow-http = ["{origin}"]` under `[network]` of the user\'s config.toml'
        raise UsageError(message, hint=hint, subjects=(str(url),))

    def _is_allowed(self, origin: Origin) -> bool:
        return any(Origin.parse(each) == origin for each in self._allowed)

    def _connections(self) -> Connections:
        with self._lock:
            if self._opened is None:
                from terra.system.connections import Connections

                self._opened = Connections(self._settings.connect_timeout)
            return self._opened

    def _wait_before(self, tries: int, asked: float | None) -> float:
        """Return seconds: what the server asked for, else full jitter under an exponential bound."""
        longest = self._settings.longest_wait
        if asked is not None:
            return min(asked, longest)
        import random

        return random.uniform(0, min(longest, self._settings.backoff * 2.0**tries))  # noqa: S311  # no secret
