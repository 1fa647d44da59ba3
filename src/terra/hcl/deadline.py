"""The moment at which reading a payload stops."""

from __future__ import annotations

from terra.model.values import value
from terra.system.clock import SystemClock

_CLOCK = SystemClock()


@value
class Deadline:
    """A moment, in the seconds of the clock that never goes back."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        """Return the deadline this many seconds from now."""
        return cls(_CLOCK.elapsed() + seconds)

    @property
    def is_over(self) -> bool:
        """Whether the moment has passed."""
        return _CLOCK.elapsed() >= self.at
