"""How npm is configured: which registry has a package, and what to show there.

Read are the environment (`npm_config_…`), the project's `.npmrc`, the user's and the global one, in this order
of precedence (`npm help npmrc`). A token belongs to the address that its key begins with,
`//host/path/:_authToken`, and is looked up anew for each URL; one without an address is ignored, as npm itself
does. The project's file is the repository's and may be a stranger's: of the environment it can read nothing but
variables of npm's own (`NPM_…`, `NODE_…`), and these only in a token, a user name or a password, or it could send
any secret to a host that it names. No variable can stand in an address of it: addresses are shown in messages and
logs. Settings that would weaken the transport, such as `strict-ssl=false`, are never honoured.
"""

from __future__ import annotations

import base64
import binascii
import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from terra.errors import UsageError
from terra.model.values import field, value
from terra.system import fs
from terra.system.credentials import basic
from terra.system.npm_ini import expand, read_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from terra.ports import Reporter
    from terra.system.origins import HttpUrl

_LIMIT = 1 << 20  # bytes of a file
_PREFIX = "npm_config_"
_FOR_PROJECTS = ("NPM_", "NODE_")
_SECRETS = (":_authToken", ":_auth", ":username", ":_password")
_LONGEST_URL = 4096  # characters: each part of a path is looked up
_BARE_SECRETS = ("_authToken", "_auth", "_password")
_NOT_HONOURED = {
    "cafile": "`SSL_CERT_FILE` names certificates that terra trusts",
    "ca": "`SSL_CERT_FILE` names certificates that terra trusts",
    "proxy": "`HTTP_PROXY` and `HTTPS_PROXY` name proxies",
    "https-proxy": "`HTTP_PROXY` and `HTTPS_PROXY` name proxies",
    "strict-ssl": "certificates are always checked",
}


@value
class Setting:
    """One value.

    Attributes:
        place: The file, or the variable of the environment, that it comes from.
        is_whole: Whether every variable that it names was replaced.
    """

    text: str = field(repr=False)
    place: str
    is_whole: bool = True


@value
class NpmSettings:
    """What npm's configuration says, by key; the strongest place has each."""

    settings: Mapping[str, Setting] = field(repr=False)

    def registry_of(self, package: str) -> Setting | None:
        """Return the registry of a package's scope, else the registry of all, as it is written; or None."""
        scope = package.partition("/")[0] if package.startswith("@") else ""
        for key in (f"{scope}:registry", "registry") if scope else ("registry",):
            found = self.settings.get(key)
            if found is not None and found.text and found.text != "null":
                return found
        return None

    def authorization(self, url: HttpUrl) -> str | None:
        """Return the value of the Authorization header for a URL, by the longest key that its address begins with.

        Raises:
            UsageError: What is there cannot stand in a header, or the URL is longer than any that is meant.
        """
        if len(url.target) > _LONGEST_URL:
            said = f"expected {_LONGEST_URL} characters at most, got {len(url.target)}"
            message = f"an address at `{url.origin}` is too long: {said}"
            raise UsageError(message, hint="who keeps that registry can shorten it")
        path = url.target.partition("?")[0]
        if any(part in (".", "..") for part in unquote(path).split("/")):
            return None  # another address may answer than the one that the key was compared with
        address = f"//{url.origin.authority}{path}"
        while len(address) > len("//"):
            found = self._shown_at(address)
            if found is not None:
                return found
            above, slash, _ = address.rpartition("/")
            address = above if address.endswith("/") else above + slash
        return None

    def _shown_at(self, address: str) -> str | None:
        token, auth = self._secret(f"{address}:_authToken"), self._secret(f"{address}:_auth")
        if token is not None:
            return f"Bearer {_for_header(token, address)}"
        if auth is not None:
            return f"Basic {_for_header(auth, address)}"
        name, password = self._secret(f"{address}:username"), self._secret(f"{address}:_password")
        if name is None or password is None:
            return None
        try:
            decoded = base64.b64decode(password.text, validate=True)
        except (binascii.Error, ValueError):
            message = f"`{address}:_password` in `{password.place}` is not base64"
            raise UsageError(message, hint="npm keeps passwords in base64: `npm login` writes it") from None
        return basic(name.text, decoded)

    def _secret(self, key: str) -> Setting | None:
        found = self.settings.get(key)
        return found if found is not None and found.text and found.is_whole else None


def load_settings(environment: Mapping[str, str], project: Path | None, reporter: Reporter) -> NpmSettings:
    """Read npm's configuration.

    Args:
        environment: Of the process; `npm_config_userconfig` and `npm_config_globalconfig` name other files.
        project: The absolute folder whose `.npmrc` is the project's; None where no project has a say.
        reporter: Told what is not honoured.

    Raises:
        InvalidDocumentError: A file is no regular file, or too large.
    """
    given = _from_environment(environment)
    user_file = _user_file(given, environment)
    user = _from_file(user_file, environment, reporter) if user_file else {}
    own = {} if project is None else _of_project(project / ".npmrc", user_file, environment, reporter)
    global_file = _global_file({**user, **given}, environment)
    shared = _from_file(global_file, environment, reporter) if global_file else {}
    found = {**shared, **user, **own, **given}
    _tell(found, reporter)
    return NpmSettings(found)


def _of_project(
    path: Path, user_file: Path | None, environment: Mapping[str, str], reporter: Reporter
) -> dict[str, Setting]:
    if user_file is not None and os.path.realpath(path) == os.path.realpath(user_file):
        return {}
    return _from_file(path, environment, reporter, is_project=True)


def _from_environment(environment: Mapping[str, str]) -> dict[str, Setting]:
    found = {}
    for name, text in environment.items():
        if not name.lower().startswith(_PREFIX) or not text:
            continue
        key = name[len(_PREFIX) :]
        if not key.startswith("//"):  # npm: `_` is `-`, but at the start
            key = key[:1] + key[1:].replace("_", "-")
            key = key.lower()
        expanded = expand(text, environment, lambda _: True)
        found[key] = Setting(expanded.text, name, expanded.is_whole)
    return found


def _from_file(
    path: Path, environment: Mapping[str, str], reporter: Reporter, *, is_project: bool = False
) -> dict[str, Setting]:
    data = fs.read_document(path, _LIMIT)
    found: dict[str, Setting] = {}

    def in_address(_: str) -> bool:
        return not is_project

    def in_secret(name: str) -> bool:
        return not is_project or name.startswith(_FOR_PROJECTS)

    for key, text in read_lines((data or b"").decode(errors="replace")).items():
        name = expand(key, environment, in_address)
        is_secret = name.text.startswith("//") and name.text.endswith(_SECRETS)
        setting = expand(text.strip(), environment, in_secret if is_secret else in_address)
        if _matters(name.text):
            _say_refused(path, (*name.refused, *setting.refused), reporter)
        found[name.text] = Setting(setting.text, str(path), name.is_whole and setting.is_whole)
    return found


def _matters(key: str) -> bool:
    return key == "registry" or key.endswith(":registry") or key.startswith("//")


def _say_refused(path: Path, names: Iterable[str], reporter: Reporter) -> None:
    for name in names:
        allowed = " or ".join(f"`{each}`" for each in _FOR_PROJECTS)
        why = f"reads only names that begin with {allowed}"
        if name.startswith(_FOR_PROJECTS):
            why = "reads variables only in a token, a user name or a password"
        reporter.warn(f"`{path}` names the variable `{name}`, which is not read: a project's file {why}")


def _user_file(given: Mapping[str, Setting], environment: Mapping[str, str]) -> Path | None:
    if "userconfig" in given:
        return Path(os.path.expanduser(given["userconfig"].text))
    home = environment.get("HOME") or environment.get("USERPROFILE")
    return Path(home, ".npmrc") if home else None


def _global_file(found: Mapping[str, Setting], environment: Mapping[str, str]) -> Path | None:
    if "globalconfig" in found:
        return Path(os.path.expanduser(found["globalconfig"].text))
    prefix = found["prefix"].text if "prefix" in found else environment.get("PREFIX", "")
    return Path(os.path.expanduser(prefix), "etc", "npmrc") if prefix else None


def _tell(found: Mapping[str, Setting], reporter: Reporter) -> None:
    for key in _BARE_SECRETS:
        if key in found:
            reporter.warn(
                f"`{key}` in `{found[key].place}` names no registry and is not sent: write it as `//HOST/:{key}`"
            )
    for key, instead in _NOT_HONOURED.items():
        if key in found and not (key == "strict-ssl" and found[key].text != "false"):
            reporter.detail(f"`{key}` in `{found[key].place}` is not honoured: {instead}")


def _for_header(setting: Setting, address: str) -> str:
    if not all("!" <= letter <= "~" for letter in setting.text):
        message = f"the token for `{address}` in `{setting.place}` has characters that no token can have"
        raise UsageError(message, hint="write the token alone, without spaces or quotes")
    return setting.text
