"""Look at many things at once, and at none of them for long: what does not answer in time is a finding too."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from terra.errors import TerraError
from terra.model.values import value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

PATIENCE = 15.0  # seconds for all probes together


@value
class Observation:
    """One thing that was looked at: `state` is `ok`, `warning` or `problem`; `hint` says what to do."""

    subject: str
    state: str
    message: str
    hint: str | None = None


@value
class Probe:
    """One look, to be taken beside others.

    Attributes:
        subject: What is looked at.
        look: Yields what it finds.
        late: The state of one that takes too long.
        late_hint: What to do then.
    """

    subject: str
    look: Callable[[], Iterator[Observation]]
    late: str = "warning"
    late_hint: str = "look again when the machine has less to do"


def probed(probes: Sequence[Probe], patience: float = PATIENCE) -> tuple[Observation, ...]:
    """Return what every probe finds, in the order of the probes.

    Args:
        probes: Each runs in a thread of its own, which ends with the process where it never ends by itself.
        patience: Seconds for all together.
    """
    found: list[list[Observation]] = [[] for _ in probes]
    threads = [
        threading.Thread(target=_run, args=(probe, into), daemon=True)
        for probe, into in zip(probes, found, strict=True)
    ]
    for thread in threads:
        thread.start()
    ends = time.monotonic() + patience
    for thread in threads:
        thread.join(max(0.0, ends - time.monotonic()))
    findings: list[Observation] = []
    for probe, thread, into in zip(probes, threads, found, strict=True):
        is_late = thread.is_alive()
        findings += tuple(into)
        if is_late:
            message = f"no answer within {patience:g} seconds"
            findings.append(Observation(probe.subject, probe.late, message, probe.late_hint))
    return tuple(findings)


def _run(probe: Probe, into: list[Observation]) -> None:
    try:
        for finding in probe.look():
            into.append(finding)  # noqa: PERF402  # what was found before a failure is kept
    except TerraError as error:
        into.append(Observation(probe.subject, "problem", error.message, error.hint))
    except OSError as error:
        into.append(Observation(probe.subject, "problem", f"{error.strerror}: `{error.filename}`", "see who owns it"))
