"""What terra shows to a server that asks who is there.

A credential belongs to exactly one origin and is looked up anew for each; nothing of it is ever put into a
URL or a message. In this order: `TERRA_TOKEN_<HOST>`, the user's `config.toml`, netrc. A netrc `default`
entry is refused: it would go to every host that a registry's document names.
"""

from __future__ import annotations

import base64
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from terra.errors import UsageError
from terra.model.values import field, value
from terra.system.origins import Origin

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from terra.model.project import Credential


@value
class Authorization:
    """A value of the Authorization header (RFC 6750, RFC 7617), and where it was found, for messages."""

    value: str = field(repr=False)
    found_in: str


class Credentials:
    """Every credential that this run may use.

    Attributes:
        warnings: What is wrong with the netrc file, once it has been read.
    """

    def __init__(self, environment: Mapping[str, str], configured: Sequence[Credential] = ()) -> None:
        self._environment = environment
        self._configured = tuple(configured)
        self._netrc: dict[str, tuple[str, str]] | None = None
        self.warnings: list[str] = []

    def for_origin(self, url: str) -> str | None:
        """Return the value of the Authorization header for the origin of `url`, or None.

        Raises:
            UsageError: `url` is not an http(s) URL, or what was found cannot stand in a header.
        """
        found = self.find(Origin.parse(url))
        return found.value if found else None

    def find(self, origin: Origin) -> Authorization | None:
        """Return what to send to `origin`, or None.

        Raises:
            UsageError: What was found cannot stand in a header.
        """
        return self._from_environment(origin) or self._from_config(origin) or self._from_netrc(origin)

    def _from_environment(self, origin: Origin) -> Authorization | None:
        name = variable(origin)
        token = self._environment.get(name) if _is_private(origin) else None
        return _bearer(token, f"`{name}`") if token else None

    def _from_config(self, origin: Origin) -> Authorization | None:
        for credential in self._configured:
            if Origin.parse(credential.origin) != origin:
                continue
            place = f'`[credentials."{origin}"]`'
            if credential.token:
                return _bearer(credential.token, place)
            return _basic(credential.username or "", credential.password or "", place)
        return None

    def _from_netrc(self, origin: Origin) -> Authorization | None:
        if not _is_private(origin):
            return None
        if self._netrc is None:
            self._netrc = self._read_netrc()
        names = [f"{origin.host}:{origin.port}", *([origin.host] if origin.has_default_port else [])]
        for name in names:
            if name in self._netrc:
                return _basic(*self._netrc[name], "netrc")
        return None

    def _read_netrc(self) -> dict[str, tuple[str, str]]:
        path = self._netrc_path()
        if path is None or not path.is_file():
            return {}
        from netrc import NetrcParseError, netrc

        try:
            machines = netrc(path).hosts
        except NetrcParseError as error:  # its message may quote a password
            self.warnings.append(f"`{path}` is not a netrc file, line {error.lineno}")
            return {}
        except (OSError, UnicodeError):
            self.warnings.append(f"`{path}` cannot be read")
            return {}
        self._look_at_permissions(path)
        return {host: (login, password or "") for host, (login, _, password) in machines.items() if host != "default"}

    def _netrc_path(self) -> Path | None:
        if "NETRC" in self._environment:
            return Path(self._environment["NETRC"]) if self._environment["NETRC"] else None
        home = self._environment.get("HOME") or self._environment.get("USERPROFILE")
        return Path(home, ".netrc") if home else None

    def _look_at_permissions(self, path: Path) -> None:
        if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            self.warnings.append(f"`{path}` can be read by others; run `chmod 600 {path}`")


def variable(origin: Origin) -> str:
    """Return the name of the environment variable for the token of `origin`: `TERRA_TOKEN_<HOST>[_<PORT>]`."""
    host = origin.host if origin.has_default_port else f"{origin.host}:{origin.port}"
    return "TERRA_TOKEN_" + host.upper().translate(str.maketrans(".-:", "___"))


def how_to_give(origin: Origin) -> str:
    """Return a line that tells the user where a credential for `origin` can be put."""
    config = f'`[credentials."{origin}"]` of the user\'s config.toml'
    if not _is_private(origin):
        return f"put a token or a name and password in {config}"
    machine = origin.host if origin.has_default_port else f"{origin.host}:{origin.port}"
    return f"put a token in `{variable(origin)}` or {config}, or a netrc entry `machine {machine}`"


def _is_private(origin: Origin) -> bool:
    return origin.scheme == "https" or origin.is_loopback


def _bearer(token: str, place: str) -> Authorization:
    token = token.strip()
    if not token or not all("!" <= letter <= "~" for letter in token):
        message = f"the token in {place} is empty or has characters that no token can have"
        raise UsageError(message, hint="write the token alone, without spaces or quotes")
    return Authorization(f"Bearer {token}", place)


def _basic(name: str, password: str, place: str) -> Authorization:
    pair = base64.b64encode(f"{name}:{password}".encode()).decode("ascii")
    return Authorization(f"Basic {pair}", place)
