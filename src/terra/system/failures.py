"""Failures of the network in the field's words: what a library raises becomes a `FetchError` of terra.

Imported with the first connection only. The errors of libraries quote addresses with their query, so their
text is used for nothing but numbers and OpenSSL's reason.
"""

from __future__ import annotations

import http.client
import re
import socket
import ssl
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING

import urllib3.exceptions

from terra.errors import AuthenticationError, FetchError
from terra.system.pace import TooSlowError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from terra.system.origins import HttpUrl
    from terra.system.proxies import Proxy

_NOT_TRUSTED = (18, 19, 20, 21, 2)  # X509_V_ERR_*: self-signed, issuer not found
# What the innermost cause is, how that is said, and whether it may be gone at the next try; the first line counts.
_KNOWN: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str, bool], ...] = (
    (TooSlowError, "{subject} {cause}", True),
    ((ssl.SSLEOFError, ssl.SSLZeroReturnError), "{subject} broke the connection off", True),
    (ssl.SSLError, "TLS with {subject} failed: {reason}", False),
    (socket.gaierror, "the name of {subject} cannot be resolved: {reason}", True),
    ((urllib3.exceptions.IncompleteRead, http.client.IncompleteRead), "`{url}` came incomplete", True),
    (ConnectionRefusedError, "{subject} cannot be reached: connection refused", True),
    (ConnectionError, "{subject} broke the connection off", True),
    ((TimeoutError, urllib3.exceptions.TimeoutError), "{subject} cannot be reached: no answer in time", True),
    (OSError, "{subject} cannot be reached: {reason}", True),
)
_TRUST_HINT = "add the issuer to the system's certificates, or name its file in `SSL_CERT_FILE`"


class PassingError(Exception):
    """A failure that may be gone at the next try.

    Attributes:
        error: What to raise where there is no next try.
        wait: Seconds that the server asked to wait, or None.
    """

    def __init__(self, error: FetchError, wait: float | None = None) -> None:
        super().__init__(error.message)
        self.error = error
        self.wait = wait


@contextmanager
def translated(url: HttpUrl, proxy: Proxy | None) -> Iterator[None]:
    """Turn what the network raises while the context lasts into errors of terra.

    Raises:
        PassingError: It may be gone at the next try.
        FetchError: It will not.
    """
    try:
        yield
    except (urllib3.exceptions.HTTPError, http.client.HTTPException, OSError) as error:
        causes = tuple(_causes(error))
        failure, passing = _explain(causes, url, proxy)
        if passing:
            raise PassingError(failure) from None
        raise failure from None


def _explain(causes: tuple[BaseException, ...], url: HttpUrl, proxy: Proxy | None) -> tuple[FetchError, bool]:
    at_proxy = proxy is not None and any(isinstance(cause, urllib3.exceptions.ProxyError) for cause in causes)
    subject = f"the proxy `{proxy.url}`" if proxy is not None and at_proxy else f"`{url.origin}`"
    if at_proxy and (status := _tunnel_status(causes)):
        return _refused_tunnel(subject, status, url), False
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _untrusted(cause, subject, url), False
        for kind, words, passing in _KNOWN:
            if isinstance(cause, kind):
                reason = getattr(cause, "reason", None) or getattr(cause, "strerror", None) or "no reason given"
                text = words.format(subject=subject, url=url, cause=cause, reason=str(reason).replace("_", " ").lower())
                return _failure(text, url), passing and getattr(cause, "errno", None) != socket.EAI_NONAME
    return _failure(f"{subject} gave an answer that is not valid HTTP", url), False


def _failure(message: str, url: HttpUrl, hint: str | None = None) -> FetchError:
    return FetchError(message, hint=hint, subjects=(str(url),))


def _untrusted(error: ssl.SSLCertVerificationError, subject: str, url: HttpUrl) -> FetchError:
    code = getattr(error, "verify_code", None)
    reason = getattr(error, "verify_message", None) or "not trusted"
    hint = _TRUST_HINT if code in _NOT_TRUSTED or code is None else None
    return _failure(f"the certificate of {subject} is not accepted: {reason}", url, hint)


def _tunnel_status(causes: tuple[BaseException, ...]) -> int | None:
    found = (
        re.match(r"Tunnel connection failed: (\d{3})", str(cause)) for cause in causes if isinstance(cause, OSError)
    )
    return next((int(match[1]) for match in found if match), None)


def _refused_tunnel(subject: str, status: int, url: HttpUrl) -> FetchError:
    if status in (HTTPStatus.PROXY_AUTHENTICATION_REQUIRED, HTTPStatus.UNAUTHORIZED):  # tinyproxy says the latter
        return proxy_refusal(subject, status, url)
    return _failure(f"{subject} does not let terra through to `{url.origin}` (status {status})", url)


def proxy_refusal(subject: str, status: int, url: HttpUrl) -> AuthenticationError:
    """Return the error for a proxy that wants other credentials, or any."""
    message = f"{subject} asks for credentials, or refuses those that it was given (status {status})"
    hint = "write them into the proxy variable, as `NAME:PASSWORD` and an `@` before the host"
    return AuthenticationError(message, hint=hint, subjects=(str(url),))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield `error` and what is behind it, innermost first: the innermost one is the most telling."""
    inner = [arg for arg in error.args if isinstance(arg, BaseException)]
    behind = error.__cause__ if error.__suppress_context__ else error.__context__
    if behind is not None and behind not in inner:
        inner.append(behind)
    original = getattr(error, "original_error", None)
    if isinstance(original, BaseException) and original not in inner:
        inner.append(original)
    for each in inner:
        yield from _causes(each)
    yield error
