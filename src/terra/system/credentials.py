"""What terra shows to a server that asks who is there.

A credential belongs to exactly one origin and is looked up anew for each; nothing of it is ever put into a
URL or a message. In this order: `TERRA_TOKEN_<HOST>`, the user's `config.toml`, netrc. A netrc `default`
entry is refused: it would go to every host that a registry's document names.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from terra.errors import UsageError
from terra.model.values import field, value
from terra.system.netrc_files import logins
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
    """Every credential that this run may use."""

    def __init__(self, environment: Mapping[str, str], configured: Sequence[Credential] = ()) -> None:
        self._environment = environment
        self._configured = tuple(configured)
        self._netrc: dict[str, tuple[str, str, str]] | None = None

    def find(self, origin: Origin) -> Authorization | None:
        """Return what to send to `origin`, or None.

        Raises:
            UsageError: What was found cannot stand in a header.
        """
        return self._from_environment(origin) or self._from_config(origin) or self._from_netrc(origin)

    def _from_environment(self, origin: Origin) -> Authorization | None:
        name = variable(origin)
        token = self._environment.get(name) if _is_private(origin) else None
        return bearer(token, f"`{name}`") if token else None

    def _from_config(self, origin: Origin) -> Authorization | None:
        for credential in self._configured:
            if Origin.parse(credential.origin) != origin:
                continue
            place = f'`[credentials."{origin}"]`'
            if credential.token:
                return bearer(credential.token, place)
            return Authorization(basic(credential.username or "", credential.password or ""), place)
        return None

    def _from_netrc(self, origin: Origin) -> Authorization | None:
        if not _is_private(origin):
            return None
        if self._netrc is None:
            self._netrc = logins(self._environment) or {}
        names = [f"{origin.host}:{origin.port}", *([origin.host] if origin.has_default_port else [])]
        for name in names:
            if name in self._netrc:
                login, _, password = self._netrc[name]
                return Authorization(basic(login, password), "netrc")
        return None


def basic(name: str, password: str | bytes) -> str:
    """Return the value of the Authorization header for a name and a password (RFC 7617)."""
    secret = password.encode() if isinstance(password, str) else password
    return f"Basic {base64.b64encode(name.encode() + b':' + secret).decode('ascii')}"


def variable(origin: Origin) -> str:
    """Return the name of the environment variable for the token of `origin`: `TERRA_TOKEN_<HOST>[_<PORT>]`.

    As Terraform writes it: `.` is `_` and `-` is `__`, so that no other host has the same name.
    """
    host = origin.host if origin.has_default_port else f"{origin.host}:{origin.port}"
    spelt = host.upper().replace("_", "___").replace("-", "__")
    return "TERRA_TOKEN_" + spelt.replace(".", "_").replace(":", "_")


def how_to_give(origin: Origin) -> str:
    """Return a line that tells the user where a credential for `origin` can be put."""
    config = f'`[credentials."{origin}"]` of the user\'s config.toml'
    if not _is_private(origin):
        return f"put a token or a name and password in {config}"
    machine = origin.host if origin.has_default_port else f"{origin.host}:{origin.port}"
    return f"put a token in `{variable(origin)}` or {config}, or a netrc entry `machine {machine}`"


def _is_private(origin: Origin) -> bool:
    return origin.scheme == "https" or origin.is_loopback


def bearer(token: str, place: str) -> Authorization:
    """Return what shows a token (RFC 6750); `place` is where it was found.

    Raises:
        UsageError: It cannot stand in a header.
    """
    token = token.strip()
    if not token or not all("!" <= letter <= "~" for letter in token):
        message = f"the token in {place} is empty or has characters that no token can have"
        raise UsageError(message, hint="write the token alone, without spaces or quotes")
    return Authorization(f"Bearer {token}", place)
