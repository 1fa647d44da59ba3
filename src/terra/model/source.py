"""Where a release's bytes are: locators, and what a relative one is relative to."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit, urlunsplit

from terra.errors import UsageError
from terra.model.values import value

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.]+):(.*)", re.DOTALL)  # two letters or more: `C:` is a drive
_PATH = re.compile(r"\.{1,2}([/\\]|$)|[/~]|[A-Za-z]:[/\\]|\.\\")


def is_path(text: str) -> bool:
    r"""Tell whether `text` is a path: it starts with `./ ../ / ~ .\` or a drive, or is `.` or `..`."""
    return _PATH.match(text) is not None


@value
class Locator:
    """The address of one release's bytes, as written: nothing is resolved or fetched yet.

    Attributes:
        scheme: `workspace`, `file`, `https`, … in lower case.
        location: What stands after the scheme, without `//subdir`; for http(s) and git the whole URL.
        subdir: The folder inside the archive or folder, with `/`, or the empty string.
    """

    scheme: str
    location: str
    subdir: str = ""

    @classmethod
    def parse(cls, text: str) -> Locator | None:
        """Return the locator in `text`, or None where it names no scheme.

        Raises:
            UsageError: It looks like a URL and is none.
        """
        match = _SCHEME.fullmatch(text)
        if match is None:
            return None
        scheme, rest = match[1].lower(), match[2]
        if scheme in ("http", "https"):
            return cls(scheme, *_split_url(f"{scheme}:{rest}"))
        if scheme == "git":  # `git::https://…` is how Terraform spells it
            return cls(scheme, *_split_url(rest.removeprefix(":")))
        if rest.startswith("///"):  # file:///path, RFC 8089
            path, subdir = _split_subdir(rest[2:])
            return cls(scheme, path, subdir)
        return cls(scheme, *_split_subdir(rest))

    @property
    def names_path(self) -> bool:
        """Whether the location is a path of this machine."""
        return self.scheme in ("workspace", "file")

    @property
    def is_local(self) -> bool:
        """Whether the bytes are on this machine, read afresh without any network."""
        return self.names_path or self.scheme == "installed"

    def __str__(self) -> str:
        location, query, subdir = self.location, "", f"//{self.subdir}" if self.subdir else ""
        if self.scheme in ("http", "https", "git"):
            location, mark, query = location.partition("?")
            query = mark + query
        shown = f"{location}{subdir}{query}"
        return shown if self.scheme in ("http", "https") else f"{self.scheme}:{shown}"


@value
class Anchor:
    """What relative addresses in a document are relative to: the document's folder.

    Attributes:
        location: An absolute folder of this machine, or the URL of a folder, ending in `/`.
    """

    location: str

    @property
    def is_remote(self) -> bool:
        """Whether the document was read over the network."""
        return self.location.startswith(("https://", "http://"))

    def join(self, relative: str) -> str:
        """Return the URL of `relative` below a remote anchor (RFC 3986, section 5)."""
        return urljoin(self.location, relative)


def _split_url(text: str) -> tuple[str, str]:
    """Return a URL without its fragment and `//subdir`, and the subdir; git's `host:path` is no URL, and may come."""
    try:
        parts = urlsplit(text)
    except ValueError as error:
        message = f"`{text}` is not a URL"
        raise UsageError(message, subjects=(text,)) from error
    if "://" not in text:
        address, mark, query = text.partition("?")
        location, subdir = _split_subdir(address)
        return f"{location}{mark}{query}", subdir
    path, subdir = _split_subdir(parts.path)
    return urlunsplit((parts.scheme, parts.netloc, path, parts.query, "")), subdir


def _split_subdir(path: str) -> tuple[str, str]:
    head, separator, tail = path.partition("//")
    return (head, tail.strip("/")) if separator and head else (path, "")
