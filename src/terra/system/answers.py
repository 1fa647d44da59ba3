"""What a server answered: its body, taken within bounds, or the failure that its status is.

Nothing that a server sends is believed: not its length, its encoding or the words of its status.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from terra.errors import AuthenticationError, FetchError, HTTPStatusError, IntegrityError
from terra.ports import Response
from terra.system.credentials import how_to_give

if TYPE_CHECKING:
    from collections.abc import Callable

    from terra.ports import Progress
    from terra.system.connections import Answer
    from terra.system.credentials import Authorization

_CHUNK = 1 << 16
_BUSY = (429, 500, 502, 503, 504)
_OK, _NO_CONTENT, _UNAUTHORIZED, _FORBIDDEN, _PROXY_LOGIN = 200, 204, 401, 403, 407
_MODULE = "X-Terraform-Get"  # https://developer.hashicorp.com/terraform/internals/module-registry-protocol
_SHOWN = 40


def pour(answer: Answer, bound: int, write: Callable[[bytes], object], progress: Progress | None) -> tuple[str, int]:
    """Hand the body on in chunks, never past `bound` + 1 bytes; return its hex sha256 and size.

    Raises:
        IntegrityError: It is larger than `bound`.
    """
    import hashlib

    announced = _announced(answer)
    if announced is not None and announced > bound:
        raise _too_large(answer, bound, f"{announced} bytes")
    digest, done = hashlib.sha256(), 0
    while chunk := answer.read(min(_CHUNK, bound - done + 1)):
        done += len(chunk)
        if done > bound:
            raise _too_large(answer, bound, "more")
        write(chunk)
        digest.update(chunk)
        if progress is not None:
            progress(done, announced)
    return digest.hexdigest(), done


def require_plain(answer: Answer) -> None:
    """Refuse a body with a content encoding, of which none was asked for.

    Raises:
        FetchError: It has one.
    """
    encoding = answer.header("Content-Encoding") or "identity"
    if encoding.strip().lower() == "identity":
        return
    message = f"`{answer.url}` came with the content encoding `{encoding[:_SHOWN]}`, expected none"
    hint = "let the server send the file as it is, without `Content-Encoding`"
    raise FetchError(message, hint=hint, subjects=(str(answer.url),))


def require_whole(answer: Answer, came: int, size: int | None) -> None:
    """Refuse a body shorter than it must be; one that nothing delimits may have been cut on the way.

    Args:
        answer: What came.
        came: Bytes of its body.
        size: Bytes that it must have, where that is known.

    Raises:
        IntegrityError: It is shorter.
        PassingError: It is, and may be whole at the next try.
    """
    if size is None or came == size:
        return
    message = f"`{answer.url}` is shorter than expected: expected {size} bytes, got {came}"
    if _announced(answer) is None and answer.header("Transfer-Encoding") is None:
        from terra.system.failures import PassingError

        raise PassingError(FetchError(message, subjects=(str(answer.url),)))
    raise IntegrityError(message, subjects=(str(answer.url),))


def _announced(answer: Answer) -> int | None:
    """Return the Content-Length: a number where there is one, or the same one several times."""
    length = answer.header("Content-Length")
    return None if length is None else int(length.partition(",")[0])


def _too_large(answer: Answer, bound: int, got: str) -> IntegrityError:
    message = f"`{answer.url}` is larger than expected: expected at most {bound} bytes, got {got}"
    return IntegrityError(message, subjects=(str(answer.url),))


def response_of(answer: Answer, body: bytes, digest: str, size: int) -> Response:
    """Return the end of the exchange, of whose body `digest` is the hex sha256 and `size` the bytes."""
    media = (answer.header("Content-Type") or "").partition(";")[0].strip().lower()
    return Response(
        answer.url.text, answer.status, body, answer.header("ETag"), digest, size, media, answer.header(_MODULE)
    )


def is_success(answer: Answer) -> bool:
    """Tell whether an answer has what was asked for: a body, or in its head where a module is."""
    return answer.status == _OK or (answer.status == _NO_CONTENT and answer.header(_MODULE) is not None)


def status_failure(answer: Answer, shown: Authorization | None, now: float) -> Exception:
    """Return what to raise for a status that is neither a body nor a redirect: what may pass is a `PassingError`.

    Args:
        answer: What came.
        shown: The credential that was sent.
        now: Seconds since 1970.
    """
    from terra.system.failures import PassingError, proxy_refusal

    url, status = answer.url, answer.status
    if status == _PROXY_LOGIN and answer.proxy is not None:
        return proxy_refusal(f"the proxy `{answer.proxy.url}`", status, url)
    if status in (_UNAUTHORIZED, _FORBIDDEN):
        return _authentication_failure(answer, shown)
    from http import HTTPStatus

    with suppress(ValueError):
        phrase = f" {HTTPStatus(status).phrase}"
        failure = HTTPStatusError(f"`{url}` answered {status}{phrase}", status=status, subjects=(str(url),))
        if status in _BUSY:
            return PassingError(failure, _retry_after(answer.header("Retry-After"), now))
        return failure
    return HTTPStatusError(f"`{url}` answered {status}", status=status, subjects=(str(url),))


def _authentication_failure(answer: Answer, shown: Authorization | None) -> AuthenticationError:
    url = answer.url
    proxy = answer.proxy if url.origin.scheme == "http" else None  # one that forwards may have said it for itself
    through = "" if proxy is None else f", through the proxy `{proxy.url}`"
    where = f"(status {answer.status}, `{url}`{through})"
    if shown is None:
        message = f"`{url.origin}` asks for credentials, and none were found {where}"
        return AuthenticationError(message, hint=how_to_give(url.origin), subjects=(str(url),))
    if not shown.found_in:  # whoever asks knows where it found them
        message = f"`{url.origin}` refuses the credentials that were found for it {where}"
        return AuthenticationError(message, hint="check that they are current and may read this", subjects=(str(url),))
    message = f"`{url.origin}` refuses the credentials from {shown.found_in} {where}"
    hint = f"check that what stands in {shown.found_in} is current and may read this"
    return AuthenticationError(message, hint=hint, subjects=(str(url),))


def _retry_after(text: str | None, now: float) -> float | None:
    """Return the seconds of a Retry-After header, a number or a date (RFC 9110, section 10.2.3)."""
    if text is None:
        return None
    if text.strip().isdecimal() and text.isascii():
        return float(text)
    from email.utils import parsedate_to_datetime

    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, OverflowError):
        return None
