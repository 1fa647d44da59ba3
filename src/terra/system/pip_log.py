"""The log of a pip that has ended: where it went, line by line, whatever else the index put into it.

Asked to be verbose, pip notes every request, those that it was redirected to as well, and of each link the page
that the link stands on. An index that led pip to less than https, or whose page another host answered for, is refused.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from terra.errors import IntegrityError, PolicyError
from terra.system.origins import redacted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_START = 32 << 20  # bytes of a log that are read to explain a failure
_LONGEST = 1 << 20  # bytes of a line that are read at once
_SHOWN = 300  # letters of an address
_LINK = re.compile(rb"[^ ]{1,40} +(Found|Skipping) link")
# A request is noted by what looks into pip's cache, with its address, and by what sends it, with its origin.
_REQUEST = re.compile(rb'[^ ]{1,40} +(?:Looking up "([^"\s]+)|([a-z]+://[^"\s]+) "[A-Z]+ )')
# The address of a link may say the same: of what a line says, all is looked at.
_PAGE = re.compile(rb"\(from ([a-z]+://[^\s()]+)", re.IGNORECASE)


def start_of(log: Path) -> str:
    """Return the start of a log, or nothing where pip wrote none."""
    if not log.exists():
        return ""
    with log.open("rb") as file:
        return file.read(_START).decode("utf-8", "replace")


def refuse_detours(log: Path, index: str) -> None:
    """Refuse an index that did not answer itself, or that led pip away from https.

    Args:
        log: Of a pip that ran with `--verbose`; there or not.
        index: The URL that pip was given, which may carry credentials.

    Raises:
        PolicyError: A page came from another host, or anything by plain http where the index is https.
        IntegrityError: It sent pip a link that is too long to be looked at.
    """
    shown, host = redacted(index), urlsplit(index).hostname
    for line in _lines(log):
        request = _REQUEST.match(line)
        url = _read(request[1] or request[2]) if request else ""
        if url.lower().startswith("http:") and index.startswith("https:"):
            message = f"`{shown}` led pip to `{redacted(url)[:_SHOWN]}`, which is plain http"
            hint = "its operator can serve everything by https, and redirect to nothing less"
            raise PolicyError(message, hint=hint, subjects=(shown,))
        link = _LINK.match(line)
        if link and link[1] == b"Found" and len(line) == _LONGEST:  # and its page is out of sight
            message = f"`{shown}` sent pip a link that is too long"
            raise IntegrityError(message, subjects=(shown,))
        for page in map(_read, _PAGE.findall(line) if link else ()):
            if _host(page) != host:
                message = f"`{shown}` leads to another index, `{redacted(page)[:_SHOWN]}`"
                hint = "if that one is meant, make it the index; else let this one answer 404 for what it has not"
                raise PolicyError(message, hint=hint, subjects=(shown,))


def _lines(log: Path) -> Iterator[bytes]:
    """Yield the lines, long ones in pieces."""
    if log.exists():
        with log.open("rb") as file:
            yield from iter(partial(file.readline, _LONGEST), b"")


def _read(text: bytes) -> str:
    return text.decode("utf-8", "replace")


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:  # half a bracket
        return None
