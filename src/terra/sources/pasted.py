"""Texts that other tools write and people paste: what each is, and how terra spells it.

Nothing is looked up, so a hint names the spelling and leaves the tag to the user. A text with a login in it is
left alone: no hint repeats one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from terra.errors import UsageError
from terra.model.form import FORMS, form_of_source
from terra.model.module_address import ModuleAddress
from terra.model.name import Name
from terra.model.source import Locator

if TYPE_CHECKING:
    from collections.abc import Callable

_SCP = re.compile(r"(?P<host>[\w.+-]+@[\w.-]+):(?P<path>[^\s:?#]+)(?:[?#].*)?")
_PIP = re.compile(r"git\+(?P<url>(?:https?|ssh)://[^\s#]+?)(?:@(?P<ref>[^\s@/#]+))?(?:#(?:.*&)?(?P<more>.*))?")
_SSH = re.compile(r"(?P<url>ssh://[^\s?#]+?)(?://(?P<folder>[^\s?#]*))?(?:[?#].*)?")
_BARE = re.compile(r"(?P<host>(?:[\w-]+\.)+[a-z]{2,})/(?P<path>[^\s?#@]+)(?:\?.*)?")
_PART = r"[A-Za-z0-9][A-Za-z0-9_-]*"
_MODULE = re.compile(
    rf"(?P<host>(?:[\w-]+\.)+[a-z]{{2,}}(?::\d+)?/)?(?P<space>{_PART})/(?P<name>{_PART})/(?P<provider>[a-z0-9-]+)"
    r"(?://(?P<folder>[^\s@?]+))?(?:@.*)?"
)
_PACKAGE = re.compile(r"@(?P<scope>[a-z0-9-]+)/(?P<name>[a-z0-9-]+)(?:@.*)?")
_PAGE = re.compile(
    r"(?P<repository>/[^/]+/.+?)(?:/-)?/(?:tree|blob|src/branch|src/tag)/(?P<ref>[^/]+)(?:/(?P<folder>.+))?"
)
_REF = re.compile(r"[?&]ref=([^&\s#]+)")
_OF_GIT = "`{}` is an address of git's, which needs its scheme"
_NO_SCHEME = "`{}` is an address without its scheme"
_FEWEST = 2  # parts of the path of a repository's page


def refuse_foreign(text: str) -> None:
    """Refuse a text that is another tool's way to say where a module is.

    Raises:
        UsageError: It is one; the hint has terra's spelling.
    """
    for read in _READERS:
        found = read(text)
        if found is not None:
            message, hint = found
            raise UsageError(message, hint=hint, subjects=(text,))


def name_of_package(package: str) -> str | None:
    """Return the plugin that an npm package, or a distribution of pip, stands for; None for one that is no plugin's."""
    scoped = _PACKAGE.fullmatch(package)
    if scoped is not None:
        text = scoped["name"] if scoped["scope"] == "terra" else f"{scoped['scope']}/{scoped['name']}"
    else:
        text = package.removeprefix("terra-") if package.startswith("terra-") else ""
    return text if Name.is_name(text) else None


def _page(text: str) -> tuple[str, str] | None:
    """Read the address of a web page of a repository, or of the repository as git clones it."""
    locator = Locator.parse(text) if text.startswith(("https://", "http://")) else None
    if locator is None or form_of_source(locator) is not None or "@" in urlsplit(text).netloc:
        return None
    parts = urlsplit(locator.location)
    base, path = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
    if path.endswith(".git"):
        return f"`{text}` is a git repository, not an archive", _write(f"{base}{path}", locator.subdir, _ref(text))
    page = _PAGE.fullmatch(path)
    if page is not None:
        hint = _write(f"{base}{page['repository']}", locator.subdir or page["folder"] or "", page["ref"])
        return f"`{text}` is a page of a repository, not an archive", hint
    if len(path.strip("/").split("/")) < _FEWEST:
        return None
    repository = _write(base + path, locator.subdir, _ref(text))
    hint = f"for a repository {repository}; for an archive without an ending add `?archive=zip`"
    return f"`{text}` is not an archive by its ending, which would be one of {', '.join(FORMS)}", hint


def _scp(text: str) -> tuple[str, str] | None:
    match = _SCP.fullmatch(text)
    if match is None or "/" not in match["path"]:
        return None
    path, _, folder = match["path"].partition("//")
    return f"`{text}` is an address of git's, which needs its scheme", _write(
        f"{match['host']}:{path}", folder, _ref(text)
    )


def _of_git(text: str) -> tuple[str, str] | None:
    """Read `git+https://…@REF#subdirectory=…` as pip and npm have it, and `ssh://…`."""
    match = _PIP.fullmatch(text)
    if match is not None:
        folder = (match["more"] or "").removeprefix("subdirectory=") if "subdirectory=" in text else ""
        ref = match["ref"] or (match["more"] if match["more"] and "=" not in match["more"] else None)
        return f"`{text}` is pip's or npm's way to name a repository", _write(_short(match["url"]), folder, ref)
    ssh = _SSH.fullmatch(text)
    if ssh is None:
        return None
    hint = _write(_short(ssh["url"]), ssh["folder"] or "", _ref(text))
    return _OF_GIT.format(text), hint


def _bare(text: str) -> tuple[str, str] | None:
    """Read `HOST/ORG/REPOSITORY//FOLDER`, as Terraform takes it from the hosts that it knows."""
    match = _BARE.fullmatch(text)
    if match is None:
        return None
    path, _, folder = match["path"].partition("//")
    if form_of_source(Locator("https", f"https://{match['host']}/{path}")) is not None:
        return _NO_SCHEME.format(text), f"write `https://{text}`"
    if len(path.split("/")) != _FEWEST:
        return None
    return _NO_SCHEME.format(text), _write(f"https://{match['host']}/{path}", folder, _ref(text))


def _module(text: str) -> tuple[str, str] | None:
    """Read `NAMESPACE/NAME/PROVIDER`.

    https://developer.hashicorp.com/terraform/language/modules/sources#terraform-registry
    """
    match = _MODULE.fullmatch(text)
    if match is None:
        return None
    # The public registry takes a module from a repository of this name on one host alone.
    host = "HOST" if match["host"] else "github.com"
    repository = f"https://{host}/{match['space']}/terraform-{match['provider']}-{match['name']}"
    plugin = ModuleAddress(match["space"], match["name"], match["provider"]).plugin
    known = f"a registry of the kind `terraform` has it as `{plugin}`; " if plugin else ""
    hint = f"{known}for its repository {_write(repository, match['folder'] or '')}"
    return f"`{text}` is not a plugin name, but a module of a Terraform registry", hint


def _package(text: str) -> tuple[str, str] | None:
    if not _PACKAGE.fullmatch(text):
        return None
    name = name_of_package(text.rpartition("@")[0] if text.count("@") > 1 else text)
    plugin = f"`{name}` asks the registries for the plugin, " if name else ""
    return f"`{text}` is the name of an npm package", f"{plugin}`npm:{text}` names the package itself"


def _write(address: str, folder: str = "", ref: str | None = None) -> str:
    within = f"//{folder.strip('/')}" if folder else ""
    return f"write `git:{address}{within}?ref={ref or 'TAG'}`"


def _short(url: str) -> str:
    """Return `user@host:path` for `ssh://user@host/path`: of a URL what stands before the `@` is not shown."""
    parts = urlsplit(url)
    is_plain = parts.scheme == "ssh" and ":" not in parts.netloc
    return f"{parts.netloc}:{parts.path.lstrip('/')}" if is_plain else url


def _ref(text: str) -> str | None:
    match = _REF.search(text)
    return match[1] if match else None


_READERS: tuple[Callable[[str], tuple[str, str] | None], ...] = (_page, _scp, _of_git, _bare, _module, _package)
