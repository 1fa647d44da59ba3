"""Connections, kept and used again: every one goes to an address that was looked at before.

The room of urllib3, which pools connections, speaks through proxies and reads HTTP. Its own redirects,
retries and decoding are switched off: `http.py` decides. Imported with the first request only, because the
library costs more to import than most commands take.
"""

from __future__ import annotations

import http.client
import re
import socket
import threading
from contextlib import suppress
from contextvars import ContextVar
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from terra.errors import FetchError, PolicyError
from terra.system.failures import PassingError, translated
from terra.system.origins import embedded, why_refused
from terra.system.pace import PacedSocket
from terra.system.tls import client_context

if TYPE_CHECKING:
    from collections.abc import Mapping
    from ssl import SSLContext

    from terra.system.origins import HttpUrl
    from terra.system.pace import Pace
    from terra.system.proxies import Proxy

_HOSTS = 32
_PER_HOST = 16
_LENGTH = re.compile("[0-9]+")
_WORTH_READING = 1 << 14
_PACE: ContextVar[Pace] = ContextVar("pace")  # urllib3 has no other way to hand a value to a connection


class _PacedResponse(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:  # noqa: ANN401  # passed on
        super().__init__(PacedSocket(sock, _PACE.get()), *args, **options)  # type: ignore[arg-type]  # see PacedSocket

    def begin(self) -> None:
        """Read the head, and refuse one that is not clear about where the body ends (RFC 9112, section 6.3)."""
        super().begin()
        lengths = set(self.headers.get_all("Content-Length", []))
        most = 0 if "Transfer-Encoding" in self.headers else 1
        if len(lengths) > most or not all(map(_LENGTH.fullmatch, lengths)):
            raise http.client.HTTPException


class _PlainConnection(HTTPConnection):
    """To a proxy over http."""

    response_class = _PacedResponse


class _TlsConnection(HTTPSConnection):
    """Through a proxy, or to one over https."""

    response_class = _PacedResponse


class _DirectConnection(_PlainConnection):
    def _new_conn(self) -> socket.socket:
        return _connect(self.host, self.port, self.timeout, loopback=self.host == "localhost")


class _DirectTlsConnection(_TlsConnection):
    def _new_conn(self) -> socket.socket:
        return _connect(self.host, self.port, self.timeout, loopback=False)


class _PlainPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TlsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _DirectPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _DirectConnection


class _DirectTlsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _DirectTlsConnection


class Answer:
    """The head of an answer, and its body as it comes."""

    def __init__(self, url: HttpUrl, proxy: Proxy | None, response: urllib3.BaseHTTPResponse) -> None:
        self.url = url
        self.proxy = proxy
        self.status = response.status
        self._response = response

    def header(self, name: str) -> str | None:
        """Return the value of a header, joined by commas where it came several times, or None."""
        return self._response.headers.get(name)

    def read(self, size: int) -> bytes:
        """Return the next bytes of the body, `size` of them unless it ends before; none at its end.

        Raises:
            PassingError: The connection broke, or the body is shorter than announced.
            FetchError: The body cannot be read.
        """
        with translated(self.url, self.proxy):
            return self._response.read(size, decode_content=False)

    def discard(self) -> None:
        """Read a short body that nobody wants, so that the connection can be used again, then let go."""
        with suppress(PassingError, FetchError):
            self.read(_WORTH_READING)
        self.close()

    def close(self) -> None:
        """Let go of the connection: to be used again where the body was read whole, else closed."""
        if not self._response.closed:
            self._response.close()
        self._response.release_conn()


class Connections:
    """The connections of one transport; threads share them."""

    def __init__(self, connect_timeout: float) -> None:
        self._connect_timeout = connect_timeout
        self._lock = threading.Lock()
        self._managers: dict[Proxy | None, urllib3.PoolManager] = {}
        self._context: SSLContext | None = None

    def get(self, url: HttpUrl, headers: Mapping[str, str], proxy: Proxy | None, pace: Pace) -> Answer:
        """Send a GET request and return the head of the answer, whatever its status.

        Raises:
            PolicyError: The host has an address where terra never goes.
            PassingError: It failed in a way that may be gone at the next try.
            FetchError: It failed.
        """
        origin = url.origin
        pace.start()
        token = _PACE.set(pace)
        try:
            pool = self._manager(proxy).connection_from_host(origin.host, origin.port, origin.scheme)
            with translated(url, proxy):
                response = pool.urlopen(
                    "GET",
                    url.text if proxy is not None and origin.scheme == "http" else url.target,
                    headers={**headers, "Host": origin.authority},
                    retries=False,
                    redirect=False,
                    assert_same_host=False,  # the pool of a forwarding proxy is the proxy's
                    preload_content=False,
                    decode_content=False,
                    timeout=urllib3.Timeout(connect=self._connect_timeout, read=pace.allowance()),
                )
        finally:
            _PACE.reset(token)
        return Answer(url, proxy, response)

    def close(self) -> None:
        """Close every connection that is not in use."""
        for manager in self._managers.values():
            manager.clear()

    def _manager(self, proxy: Proxy | None) -> urllib3.PoolManager:
        with self._lock:
            if proxy not in self._managers:
                self._context = self._context or client_context()
                self._managers[proxy] = _manager(proxy, self._context)
            return self._managers[proxy]


def _manager(proxy: Proxy | None, context: SSLContext) -> urllib3.PoolManager:
    if proxy is None:
        manager = urllib3.PoolManager(_HOSTS, maxsize=_PER_HOST, ssl_context=context)
        manager.pool_classes_by_scheme = {"http": _DirectPool, "https": _DirectTlsPool}
        return manager
    login = urllib3.make_headers(proxy_basic_auth=proxy.login) if proxy.login else None
    through = urllib3.ProxyManager(
        proxy.url,
        _HOSTS,
        proxy_headers=login,
        maxsize=_PER_HOST,
        ssl_context=context,
        proxy_ssl_context=context,
    )
    through.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}
    return through


def _connect(host: str, port: int, timeout: float | None, *, loopback: bool) -> socket.socket:
    """Return a socket to `host`, connected to the very address that was looked at."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for *_, place in found:
        _look_at(host, str(place[0]), loopback=loopback)
    failure: OSError = ConnectionRefusedError()
    for family, kind, protocol, _, place in found:
        sock = socket.socket(family, kind, protocol)
        try:
            sock.settimeout(timeout)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.connect(place)
        except OSError as error:
            sock.close()
            failure = error
        except BaseException:
            sock.close()
            raise
        else:
            return sock
    raise failure


def _look_at(host: str, text: str, *, loopback: bool) -> None:
    address = ip_address(text)
    why = why_refused(address)
    if why is None and loopback and not embedded(address).is_loopback:
        why = "not this machine"
    if why is not None:
        message = f"`{host}` has the address `{address}`, which is {why}: terra does not connect there"
        raise PolicyError(message, subjects=(host,))
