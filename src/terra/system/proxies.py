"""Which proxy stands between terra and a host, as HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY say it.

The spelling in lower case goes first, as in curl; without a scheme a proxy is an http one. SOCKS is refused.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from terra.errors import UsageError
from terra.model.values import field, value
from terra.system.origins import redacted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from terra.system.origins import Origin


@value
class Proxy:
    """A forward proxy.

    Attributes:
        url: Scheme, host and port.
        login: `name:password` for it, or None.
    """

    url: str
    login: str | None = field(default_factory=lambda: None, repr=False)

    @classmethod
    def parse(cls, text: str, variable: str) -> Proxy:
        """Return the proxy in the value of an environment variable.

        Raises:
            UsageError: It is not the address of an http or https proxy.
        """
        try:
            parts = urlsplit(text if "://" in text else f"http://{text}")
            host, port = parts.hostname, parts.port
        except ValueError:
            host, port = None, None
            parts = urlsplit("")
        if not host or parts.scheme not in ("http", "https"):
            message = f"`{variable}` is `{redacted(text)}`, expected the address of an http or https proxy"
            raise UsageError(message, hint=f"write `{variable}=http://HOST:PORT`, or unset it")
        host = f"[{host}]" if ":" in host else host
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}" if parts.username else None
        return cls(f"{parts.scheme}://{host}:{port or (443 if parts.scheme == 'https' else 80)}", login)


@value
class Proxies:
    """The proxies that the environment names, as written; a wrong one matters only when it is needed."""

    by_scheme: Mapping[str, tuple[str, str]] = field(default_factory=dict, repr=False)
    exceptions: tuple[str, ...] = ()

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Proxies:
        """Return what the variables of `environment` say."""
        found = {}
        for scheme in ("http", "https"):
            names = (f"{scheme}_proxy", f"{scheme}_proxy".upper(), "all_proxy", "ALL_PROXY")
            name = next((name for name in names if environment.get(name)), None)
            if name is not None:
                found[scheme] = (name, environment[name])
        exceptions = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
        return cls(found, tuple(each.strip().lower() for each in exceptions.split(",") if each.strip()))

    def find(self, origin: Origin) -> Proxy | None:
        """Return the proxy to ask for `origin`, or None to go straight.

        Raises:
            UsageError: The variable that names it cannot be used.
        """
        named = self.by_scheme.get(origin.scheme)
        if named is None or any(_excepts(exception, origin) for exception in self.exceptions):
            return None
        variable, text = named
        return Proxy.parse(text, variable)


def _excepts(exception: str, origin: Origin) -> bool:
    if exception == "*":
        return True
    try:
        return ipaddress.ip_address(origin.host) in ipaddress.ip_network(exception.strip("[]"), strict=False)
    except ValueError:
        pass
    name, colon, port = exception.rpartition(":")
    if colon and port.isdigit():
        return int(port) == origin.port and _matches(name, origin.host)
    return _matches(exception, origin.host)


def _matches(exception: str, host: str) -> bool:
    name = exception.strip("[]").removeprefix("*").removeprefix(".")
    return host == name or host.endswith(f".{name}")
