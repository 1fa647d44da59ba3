"""What is fixed about the network for one run, as plain values."""

from __future__ import annotations

from terra.model.values import field, value
from terra.system.pace import PaceLimits
from terra.system.proxies import Proxies


@value
class NetworkSettings:
    """How terra goes about the network.

    Attributes:
        user_agent: What it calls itself.
        allow_http: Origins, `http://host[:port]`, that the user trusts without TLS.
        connect_timeout: Seconds for each address of a host, TLS handshake included.
        pace: How long and how slow an exchange may be.
        retries: How often a request that failed by bad luck is made again.
        backoff: Seconds; the wait before the n-th retry is at most `backoff * 2 ** n`, at random.
        longest_wait: Seconds; the cap of any one wait, whatever `Retry-After` asks for.
        proxies: What the environment says of proxies.
    """

    user_agent: str
    allow_http: tuple[str, ...] = ()
    connect_timeout: float = 10.0
    pace: PaceLimits = field(default_factory=PaceLimits)
    retries: int = 3
    backoff: float = 0.5
    longest_wait: float = 60.0
    proxies: Proxies = field(default_factory=Proxies)
