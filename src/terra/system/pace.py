"""How long one exchange may last and how slow it may get.

A time-out on each read is not enough: a server that sends a byte now and then never runs into it. So every
read is given what is left of a total, and the bytes that came are weighed in windows of time.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from terra.model.values import value

if TYPE_CHECKING:
    import socket

    from _typeshed import WriteableBuffer

    from terra.system.clock import Clock


@value
class PaceLimits:
    """What is patient enough.

    Attributes:
        silence: Seconds without any byte.
        total: Seconds for a whole call, retries included.
        rate: Bytes per second that must come, on average over a window.
        window: Seconds of such a window.
    """

    silence: float = 30.0
    total: float = 1800.0
    rate: int = 256
    window: float = 20.0


class TooSlowError(TimeoutError):
    """An exchange is slower than it may be; the text says what happened, as the end of a sentence."""


class Pace:
    """The time that one call has taken and still has."""

    def __init__(self, limits: PaceLimits, clock: Clock) -> None:
        self._limits = limits
        self._clock = clock
        self._ends = clock.elapsed() + limits.total
        self._since: float | None = None
        self._came = 0

    @property
    def left(self) -> float:
        """Seconds that the call still has."""
        return self._ends - self._clock.elapsed()

    def start(self) -> None:
        """Begin another request of the same call: its rate is weighed anew, the total goes on."""
        self._since, self._came = None, 0

    def allowance(self) -> float:
        """Return how many seconds the next read may wait.

        Raises:
            TooSlowError: The total is used up.
        """
        if self.left <= 0:
            raise self.verdict()
        return min(self._limits.silence, self.left)

    def count(self, size: int) -> None:
        """Take note of `size` bytes; the first ones start the window, so a slow start is no slow rate.

        Raises:
            TooSlowError: Too few came in the window that ends now.
        """
        now = self._clock.elapsed()
        if self._since is None:
            self._since = now
        self._came += size
        passed = now - self._since
        if passed < self._limits.window:
            return
        if self._came < self._limits.rate * passed:
            message = f"sent fewer than {self._limits.rate} bytes per second for {passed:.0f} s"
            raise TooSlowError(message)
        self._since, self._came = now, 0

    def verdict(self) -> TooSlowError:
        """Return why a read that came to nothing was given up."""
        if self.left <= 0:
            return TooSlowError(f"did not finish within {self._limits.total:g} s")
        return TooSlowError(f"sent nothing for {self._limits.silence:g} s")


class PacedSocket:
    """What `http.client.HTTPResponse` asks of a socket: a file to read from, here one that keeps the pace."""

    def __init__(self, sock: socket.socket, pace: Pace) -> None:
        self._socket = sock
        self._pace = pace

    def makefile(self, mode: str) -> io.BufferedReader:
        """Return a file over the socket; `mode` is always `rb`."""
        del mode
        return io.BufferedReader(_PacedFile(self._socket, self._pace))


class _PacedFile(io.RawIOBase):
    def __init__(self, sock: socket.socket, pace: Pace) -> None:
        super().__init__()
        self._socket = sock
        self._file = sock.makefile("rb", buffering=0)
        self._pace = pace

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        self._socket.settimeout(self._pace.allowance())
        try:
            size = self._file.readinto(buffer)
        except TimeoutError:
            raise self._pace.verdict() from None
        self._pace.count(size or 0)
        return size

    def close(self) -> None:
        self._file.close()
        super().close()
