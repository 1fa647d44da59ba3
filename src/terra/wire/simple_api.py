"""One project's page of a package index: the files that the index has of one distribution.

Read are JSON (PEP 691) and HTML (PEP 503, with PEP 592 and PEP 714), whichever the index serves. A bad entry
never hides a good one: it is left out and noted. A file with a malformed hash, or one that an https page
offers over less, or with a `requires-python` of no end, is a bad entry; one without a hash is not. Nothing is followed.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urljoin, urlsplit

from terra.errors import InvalidDocumentError, Issue
from terra.model.digest import Digest
from terra.model.name import normalised
from terra.model.values import value
from terra.wire.fields import show
from terra.wire.json_document import decode_json

if TYPE_CHECKING:
    from collections.abc import Iterable

_MAJOR = 1
_TYPE = re.compile(r"application/vnd\.pypi\.simple\.(?:v(\d{1,9})|latest)\+(json|html)")
_PLAIN_TYPES = {"application/json": "json", "text/html": "html", "application/xhtml+xml": "html"}
_SDIST = re.compile(r"\.(?:tar\.gz|zip|tgz|tar\.bz2|tar\.xz)$", re.IGNORECASE)
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+!~-]*")
_HASH = re.compile(r"(?:^|&)sha256=([^&]*)")
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
_LONGEST = 1000  # letters of a specifier
_WHEEL_PARTS = (5, 6)  # without and with a build tag, PEP 427
_UPGRADE = "upgrade terra: the index speaks a later version of the Simple API"
_NO_INDEX = "look at the address: it must be that of a package index, such as `https://HOST/simple/`"


@value
class IndexFile:
    """A wheel or a source distribution of an index.

    Attributes:
        filename: As the index spells it; only letters, digits and `._+!~-`.
        url: Absolute, without a fragment.
        sha256: What its bytes hash to, or None where the index does not say.
        requires_python: The versions of Python that it is for, a PEP 440 specifier, or None.
        yanked: The reason, an empty text for a yank without one, None where it is not yanked.
    """

    filename: str
    url: str
    sha256: Digest | None = None
    requires_python: str | None = None
    yanked: str | None = None

    @property
    def is_wheel(self) -> bool:
        """Whether its name ends as a wheel's does."""
        return self.filename.lower().endswith(".whl")

    @property
    def is_pure(self) -> bool:
        """Whether it is a wheel for every machine with Python 3."""
        python, _, rest = "-".join(self._wheel_parts[-3:]).lower().partition("-")
        return rest == "none-any" and "py3" in python.split(".")

    @property
    def runs_here(self) -> bool:
        """Whether it is for this Python; one whose `requires-python` cannot be read is, as for pip."""
        if self.requires_python is None:
            return True
        from packaging.specifiers import SpecifierSet

        try:
            return SpecifierSet(self.requires_python).contains(".".join(map(str, sys.version_info[:3])))
        except ValueError:  # InvalidSpecifier, or a number that Python does not read
            return True

    @property
    def build(self) -> tuple[int, str]:
        """The build tag of a wheel, which orders wheels of one version (PEP 427)."""
        tag = self._wheel_parts[2] if len(self._wheel_parts) == max(_WHEEL_PARTS) else ""
        match = re.fullmatch(r"(\d{1,9})(.*)", tag)
        return (int(match[1]), match[2]) if match else (-1, "")

    def version_of(self, distribution: str) -> str | None:
        """Return the version in the file's name, as it is spelt there; None for a file of another distribution."""
        if self.is_wheel:
            parts = self._wheel_parts
            name, version = (parts[0], parts[1].replace("_", "-")) if parts else ("", "")
        else:
            name, _, version = _SDIST.sub("", self.filename).rpartition("-")
        return version if version and normalised(name) == normalised(distribution) else None

    @property
    def _wheel_parts(self) -> tuple[str, ...]:
        parts = self.filename[: -len(".whl")].split("-") if self.is_wheel else []
        return tuple(parts) if len(parts) in _WHEEL_PARTS else ()


@value
class SimplePage:
    """The wheels and source distributions that an index has of one distribution, in its order.

    Attributes:
        issues: What is wrong with entries that were left out.
    """

    files: tuple[IndexFile, ...]
    issues: tuple[Issue, ...] = ()


def read_simple_page(data: bytes, content_type: str, url: str) -> SimplePage:
    """Return what a project's page says.

    Args:
        data: The whole page.
        content_type: Media type without parameters; empty where it is not known, as of a copy.
        url: The address of the page without credentials, for messages, and what its links are relative to.

    Raises:
        InvalidDocumentError: It is no page of the Simple API, or of a version after 1.
    """
    if _form_of(data, content_type.lower(), url) == "json":
        return _read_json(data, url)
    return _read_html(data, url)


def _form_of(data: bytes, content_type: str, url: str) -> str:
    if not content_type:
        return "json" if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[") else "html"
    match = _TYPE.fullmatch(content_type)
    if match is not None:
        _check_major(match[1] or str(_MAJOR), url)
        return match[2]
    if content_type not in _PLAIN_TYPES:
        expected = "`application/vnd.pypi.simple.v1+json` or `text/html`"
        raise InvalidDocumentError(url, [Issue("content-type", expected, show(content_type))], hint=_NO_INDEX)
    return _PLAIN_TYPES[content_type]


def _check_major(version: str, url: str) -> None:
    """Refuse a later major version; an absent one is 1.0 (PEP 629)."""
    match = re.match(r"(\d{1,9})(?:\.|$)", version)
    if match is None or int(match[1]) != _MAJOR:
        issue = Issue("api-version", f"`{_MAJOR}.x`", show(version))
        raise InvalidDocumentError(url, [issue], hint=_UPGRADE)


def _read_json(data: bytes, url: str) -> SimplePage:
    document = decode_json(data, url)
    if not isinstance(document, dict):
        raise InvalidDocumentError(url, [Issue("the document", "a table", show(document))], hint=_NO_INDEX)
    meta = document.get("meta")
    version = meta.get("api-version") if isinstance(meta, dict) else None
    _check_major(version if isinstance(version, str) else str(_MAJOR), url)
    files = document.get("files")
    if not isinstance(files, list):
        raise InvalidDocumentError(url, [Issue("files", "a list", show(files))], hint=_NO_INDEX)
    return _page((f"files[{position}]", _of_json(entry, url)) for position, entry in enumerate(files))


def _of_json(entry: Any, url: str) -> IndexFile | str | None:
    """Return a file, what is wrong with it, or None for what is neither a wheel nor a source distribution."""
    if not isinstance(entry, dict):
        return "no table"
    filename, link = entry.get("filename"), entry.get("url")
    if not isinstance(filename, str) or not isinstance(link, str):
        return "one without `filename` and `url`"
    hashes = entry.get("hashes")
    sha256 = hashes.get("sha256") if isinstance(hashes, dict) else None
    python = entry.get("requires-python")
    yanked = entry.get("yanked")  # a truth value, or a reason
    reason = yanked if isinstance(yanked, str) else ""
    return _file(filename, _joined(url, link), sha256, python, reason if yanked else None)


def _read_html(data: bytes, url: str) -> SimplePage:
    from html.parser import HTMLParser

    class Parser(HTMLParser):
        """Collects start tags; `close` is never called, it would take long over what never ends."""

        def __init__(self) -> None:
            super().__init__()
            self.tags: list[tuple[str, dict[str, str | None]]] = []

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.tags.append((tag, dict(reversed(attrs))))  # of two attributes of one name the first counts

    parser = Parser()
    try:
        parser.feed(data.decode("utf-8", "replace"))
    except AssertionError as error:  # what the parser raises at a broken `<![`
        raise InvalidDocumentError(url, [Issue("the document", "HTML", "broken markup")], hint=_NO_INDEX) from error
    _check_html(parser.tags, url)
    base = next((_text(each, "href") for tag, each in parser.tags if tag == "base" and _text(each, "href")), "")
    links = [each for tag, each in parser.tags if tag == "a" and _text(each, "href")]
    whole = _joined(url, base) or url
    return _page((f"link {position}", _of_html(each, whole)) for position, each in enumerate(links, 1))


def _check_html(tags: list[tuple[str, dict[str, str | None]]], url: str) -> None:
    if not tags:
        raise InvalidDocumentError(url, [Issue("the document", "HTML", "something else")], hint=_NO_INDEX)
    for tag, attributes in tags:
        if tag == "meta" and _text(attributes, "name").lower() == "pypi:repository-version":
            _check_major(_text(attributes, "content"), url)
        if tag == "input" and _text(attributes, "type").lower() == "password":
            issue = Issue("the document", "a list of files", "a page to log in at")
            raise InvalidDocumentError(url, [issue], hint="give terra credentials that the index takes without a page")


def _of_html(attributes: dict[str, str | None], base: str) -> IndexFile | str | None:
    link, mark, fragment = _text(attributes, "href").strip().partition("#")
    whole = _joined(base, link)
    filename = unquote(urlsplit(whole).path).rpartition("/")[2] if whole else ""
    match = _HASH.search(fragment) if mark else None
    # An attribute without a value is None, and a yank without a reason (PEP 592).
    yanked = _text(attributes, "data-yanked") if "data-yanked" in attributes else None
    python = _text(attributes, "data-requires-python") or None
    return _file(filename, whole, match[1] if match else None, python, yanked)


def _file(filename: str, url: str | None, sha256: object, python: object, yanked: str | None) -> IndexFile | str | None:
    if not filename.lower().endswith(".whl") and not _SDIST.search(filename):
        return None
    if not _FILE_NAME.fullmatch(filename):
        return f"the file name {show(filename)}"
    if url is None:
        return f"`{filename}` without an http or https address"
    if sha256 is not None and not (isinstance(sha256, str) and _SHA256.fullmatch(sha256)):
        return f"`{filename}` with a malformed sha256"
    if isinstance(python, str) and len(python) > _LONGEST:
        return f"`{filename}` with a `requires-python` of {len(python)} letters"
    digest = Digest.sha256(sha256.lower()) if isinstance(sha256, str) else None
    return IndexFile(filename, url, digest, python if isinstance(python, str) and python.strip() else None, yanked)


def _joined(base: str, link: str) -> str | None:
    """Return the absolute http(s) URL of a link without its fragment; None where it is none, or less than https."""
    try:
        parts = urlsplit(urljoin(base, link))
        allowed = ("https",) if base.startswith("https://") else ("https", "http")
        return parts._replace(fragment="").geturl() if parts.scheme in allowed and parts.hostname else None
    except ValueError:  # half a bracket, a port that is no number
        return None


def _page(entries: Iterable[tuple[str, IndexFile | str | None]]) -> SimplePage:
    files: dict[str, IndexFile] = {}
    issues = []
    for where, entry in entries:
        if isinstance(entry, IndexFile):
            files.setdefault(entry.filename, entry)
        elif entry is not None:
            issues.append(Issue(where, "a file", entry))
    return SimplePage(tuple(files.values()), tuple(issues))


def _text(attributes: dict[str, str | None], name: str) -> str:
    return attributes.get(name) or ""
