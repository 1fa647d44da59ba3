"""Addresses of the network: strict http(s) URLs, the origins that they belong to, and where terra never goes.

A URL is taken apart once, here, so that the part that was checked is the part that is used; whatever two
parsers could read differently (backslashes, control characters, userinfo) is refused. `str()` of any
value of this module is fit for messages: without userinfo, with query values left out.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from urllib.parse import unquote, urljoin, urlsplit

from terra.errors import UsageError
from terra.model.values import value

_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_.])?")
_LOGIN = re.compile(r"([^:/?#]+://)([^/?#\\]*)@")
_NOT_IN_A_URL = re.compile(r"[\x00-\x1f\x7f\\]")
_LEGACY = re.compile(r"[0-9A-Fa-fXx.]*[0-9A-Fa-fXx]")  # the spellings of IPv4 that inet_aton takes: 2130706433, 0x7f.1
IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

# Besides link-local: where clouds serve a machine's own secrets to whatever runs on it.
_METADATA = tuple(
    ipaddress.ip_network(network)
    for network in ("192.0.0.0/24", "100.100.100.200/32", "168.63.129.16/32", "fd00:ec2::254/128", "fd20:ce::254/128")
)
_NAT64 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))  # RFC 6052, RFC 8215
_LOW_32_BITS = 0xFFFFFFFF


@value
class Origin:
    """Scheme, host and port: what a credential is bound to (RFC 6454)."""

    scheme: str
    host: str
    port: int

    @classmethod
    def parse(cls, text: str) -> Origin:
        """Return the origin of a URL, whose path does not matter.

        Raises:
            UsageError: It is not an http(s) URL.
        """
        return HttpUrl.parse(text).origin

    @property
    def has_default_port(self) -> bool:
        """Whether the port goes without saying."""
        return self.port == _PORTS[self.scheme]

    @property
    def is_loopback(self) -> bool:
        """Whether the host is this machine, as far as its spelling tells: 127.0.0.0/8, ::1 or localhost."""
        address = literal_address(self.host)
        return self.host == "localhost" if address is None else embedded(address).is_loopback

    @property
    def authority(self) -> str:
        """Host and, where it is not the scheme's own, port, as in a URL."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.has_default_port else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}"


@value
class HttpUrl:
    """An http(s) URL without userinfo and fragment.

    Attributes:
        target: Path and query, as the request line has them.
    """

    origin: Origin
    target: str

    @classmethod
    def parse(cls, text: str) -> HttpUrl:
        """Return the URL in `text` (RFC 3986, and stricter).

        Raises:
            UsageError: It is another kind of address, is malformed, or carries userinfo.
        """
        try:
            parts = urlsplit(text)
            scheme, host, port = parts.scheme, parts.hostname or "", parts.port
        except ValueError:
            raise _not_a_url(text) from None
        if scheme not in _PORTS or _NOT_IN_A_URL.search(text) or not _is_host(host) or port == 0:
            raise _not_a_url(text)
        if "@" in parts.netloc:
            message = f"`{redacted(text)}` carries a user name or password in the address"
            raise UsageError(
                message, hint=f'put it under `[credentials."{scheme}://{host}"]` of the user\'s config.toml'
            )
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return cls(Origin(scheme, host, port or _PORTS[scheme]), target)

    @property
    def text(self) -> str:
        """The whole URL, with what may be secret in its query: for requests, never for messages."""
        return f"{self.origin}{self.target}"

    def join(self, reference: str) -> HttpUrl:
        """Return the URL of a reference found in the answer to this one (RFC 3986, section 5).

        Raises:
            UsageError: It does not lead to an http(s) URL.
        """
        return HttpUrl.parse(urljoin(self.text, reference))

    def __str__(self) -> str:
        return redacted(self.text)


def redacted(url: str) -> str:
    """Return a URL without userinfo and without the values of its query, whatever shape it has."""
    head, mark, query = url.partition("#")[0].partition("?")
    scheme, slashes, rest = head.partition("://")
    if slashes:
        authority, slash, path = rest.partition("/")
        head = f"{scheme}://{authority.rpartition('@')[2]}{slash}{path}"
    if not mark:
        return head
    names = [name if equals else "" for name, equals, _ in (pair.partition("=") for pair in query.split("&"))]
    return head + "?" + "&".join(f"{name}=…" if name else "…" for name in names)


def split_login(url: str) -> tuple[str, str | None, str | None]:
    """Return a URL without its userinfo, and name and password of that; None for what is not there."""
    match = _LOGIN.match(url)
    if match is None:
        return url, None, None
    name, colon, password = match[2].partition(":")
    return match[1] + url[match.end() :], unquote(name), unquote(password) if colon else None


def literal_address(host: str) -> IPAddress | None:
    """Return the address that `host` spells, in any form that a resolver takes for one, or None for a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    if not _LEGACY.fullmatch(host) or not host[0].isdigit():
        return None
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except OSError:
        return None


def embedded(address: IPAddress) -> IPAddress:
    """Return the IPv4 address that an IPv6 one stands for: mapped, NAT64 (RFC 6052) or 6to4; else itself."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if any(address in network for network in _NAT64):
        return ipaddress.IPv4Address(int(address) & _LOW_32_BITS)
    return address.ipv4_mapped or address.sixtofour or address


def why_refused(address: IPAddress) -> str | None:
    """Return what `address` is if terra never connects to it, else None.

    Private networks are where companies have their registries, so they are fine.
    """
    for each in (address, embedded(address)):
        if each.is_link_local:
            return "a link-local address"
        if any(each in network for network in _METADATA if network.version == each.version):
            return "an address of a cloud's metadata service"
        if each.is_unspecified or each.is_multicast:
            return "not the address of one machine"
    return None


def _is_host(text: str) -> bool:
    if ":" not in text:
        return _HOST.fullmatch(text) is not None
    try:
        return ipaddress.ip_address(text).version == 6  # noqa: PLR2004  # IPv6
    except ValueError:
        return False


def _not_a_url(text: str) -> UsageError:
    shown = redacted(text)
    return UsageError(f"`{shown}` is not an http or https address", hint="write `https://HOST/PATH`", subjects=(shown,))
