"""The time of day, the time that passes, and waiting."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Tells the time and waits."""

    def now(self) -> float:
        """Return the time of day in seconds since 1970-01-01 UTC."""

    def elapsed(self) -> float:
        """Return seconds since some moment, never going back."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class SystemClock:
    """The clock of this machine."""

    def now(self) -> float:
        """Return the time of day in seconds since 1970-01-01 UTC."""
        return time.time()

    def elapsed(self) -> float:
        """Return seconds since some moment, never going back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)
