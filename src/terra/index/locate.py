"""Where a registry is, and which kind: a location is normalised, looked at, and opened.

The normalised location is the registry's identity, so that two spellings of one are one registry.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from terra.errors import AuthenticationError, FetchError, OfflineError, PolicyError, UsageError
from terra.index.documents import is_url

if TYPE_CHECKING:
    from terra.index.documents import Documents
    from terra.index.templates import Tags
    from terra.ports import Index, Reporter

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")
_PORTS = {"https": 443, "http": 80}
_TREE = "terra-registry.json"
_SIMPLE = "registry.json"


def normalise_location(text: str, folder: Path) -> str:
    """Return the one spelling of a registry's location (RFC 3986, section 6.2.2).

    A URL has scheme and host in lower case, no default port, no dot segments, no fragment, and ends in
    `/` unless it names a `.json` file. A file or folder is an absolute path without links.

    Args:
        text: A URL, or a path; `file:///…` is a path too.
        folder: What a relative path is relative to.

    Raises:
        UsageError: It is neither, or a URL with a user name in it.
    """
    match = _SCHEME.match(text)
    if match is None:
        return _normal_path(text, folder)
    scheme = match[1].lower()
    if scheme == "file":
        rest = text[match.end() :]
        return _normal_path(unquote(rest.removeprefix("//")) if rest.startswith("///") else rest, folder)
    try:
        if scheme in _PORTS:
            return _normal_url(urlsplit(text))
    except ValueError as error:
        message = f"`{text}` is not a URL"
        raise UsageError(message, subjects=(text,)) from error
    message = f"`{text}` cannot be a registry: expected an https URL, a file or a folder"
    raise UsageError(message, subjects=(text,))


def open_index(  # noqa: PLR0913  # what it reads with, and where
    location: str,
    label: str,
    documents: Documents,
    reporter: Reporter,
    tags: Tags | None = None,
    *,
    root_sha256: str | None = None,
) -> Index:
    """Return the registry at a location, of whichever kind it is.

    Args:
        location: As `normalise_location` spells it.
        label: What the user calls it; the location where there is no label.
        documents: Reads what is there.
        reporter: Told of bad entries.
        tags: Lists the tags of a git repository, which a template stands for; None where nothing can.
        root_sha256: What the user pinned the registry's root to.

    Raises:
        FetchError: There is no registry, or it cannot be reached.
        PolicyError: Its root is pinned.
    """
    if root_sha256 is not None:
        message = f"`root-sha256` pins the registry `{label}`, and signed registries are not there yet"
        hint = "nothing was taken from it; without `root-sha256` it is read unsigned"
        raise PolicyError(message, hint=hint, subjects=(label,))
    from terra.index.simple import SimpleIndex  # a command that opens no registry does without
    from terra.index.templates import no_tags

    if _names_file(location):
        return SimpleIndex(location, label, documents, reporter, tags or no_tags)
    barred: FetchError | None = None
    for name in (_TREE, _SIMPLE):
        document = urljoin(location, name) if is_url(location) else str(Path(location, name))
        try:
            found = documents.has(document)
        except (AuthenticationError, OfflineError) as error:
            # Object stores say "forbidden" of what is not there, and no copy is kept of what was not.
            barred = barred or error
            continue
        if found and name == _TREE:
            from terra.index.static import StaticIndex

            return StaticIndex(location, label, documents, reporter, document=document)
        if found:
            return SimpleIndex(location, label, documents, reporter, tags or no_tags, document=document)
    if barred is not None:
        raise barred
    message = f"no registry at `{location}`: looked for `{_TREE}` and `{_SIMPLE}`"
    raise FetchError(message, hint="name the registry's folder, or its `.json` file", subjects=(location,))


def _names_file(location: str) -> bool:
    return (urlsplit(location).path if is_url(location) else location).endswith(".json")


def _normal_path(text: str, folder: Path) -> str:
    try:
        return str((folder / Path(text).expanduser()).resolve())
    except (ValueError, RuntimeError, OSError) as error:  # a NUL, no such user, a name that is too long
        message = f"`{text}` is not a path: {error}"
        raise UsageError(message, subjects=(text,)) from error


def _normal_url(parts: SplitResult) -> str:
    if parts.username is not None or parts.password is not None:
        message = f"the URL of a registry must not hold a user name: `{parts.scheme}://…@{parts.hostname}`"
        hint = 'put the token into `[credentials."https://HOST"]` of your own `config.toml`'
        raise UsageError(message, hint=hint, subjects=(parts.hostname or "",))
    if not parts.hostname:
        message = "no host"
        raise ValueError(message)
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = "" if parts.port in (None, _PORTS[parts.scheme]) else f":{parts.port}"
    root = f"{parts.scheme}://{host}{port}/"
    path = urljoin(root, parts.path).removeprefix(root)
    if path and not path.endswith(("/", ".json")):
        path += "/"
    return f"{root}{path}" + (f"?{parts.query}" if parts.query else "")
