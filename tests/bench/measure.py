"""Whole processes, timed pair by pair: the machine's mood of a moment then falls on both sides of a ratio."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

WARM_UPS = 2
_PATIENCE = 120.0  # seconds until a process is taken to hang
_SHOWN = 800
_MEMORY_RUNS = 3
_RSS_UNIT = 1 if sys.platform == "darwin" else 1 << 10  # getrusage(2)
_PARENT = """
import os, sys
out = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
actions = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)]
actions += [(os.POSIX_SPAWN_DUP2, out, 1), (os.POSIX_SPAWN_DUP2, out, 2)]
pid = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ, file_actions=actions)
_, status, usage = os.wait4(pid, 0)
print(usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status) & 255)
"""


class NotRunError(Exception):
    """Something that was to be measured could not be run."""


@dataclass(frozen=True, slots=True)
class Work:
    """One command in one state of the world.

    Attributes:
        folder: Where it runs.
        home: Its home folder with every cache.
        fresh: Whether folder and home are emptied before each run, which is what "cold" means here.
        files: How many `.tf` files must be below the folder afterwards; None where that says nothing.
        start: A folder whose `project` and `home` are copied before each run, where "fresh" does not mean empty.
    """

    name: str
    argv: tuple[str, ...]
    folder: Path
    home: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    fresh: bool = False
    files: int | None = None
    start: Path | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """One run: seconds on the clock, seconds of processor."""

    wall: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Spread:
    """A median with the least and the greatest."""

    median: float
    least: float
    greatest: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        return cls(statistics.median(values), min(values), max(values))


@dataclass(frozen=True, slots=True)
class Pairs:
    """Runs of ours and of a peer, side by side, and the bytes of memory that each took at most."""

    ours: tuple[Sample, ...]
    peers: tuple[Sample, ...]
    memory: tuple[int, int]

    def ratio(self, of: Callable[[Sample], float]) -> Spread:
        """Return the ratios of each pair: not the ratio of medians, which would mix moments."""
        return Spread.of([of(mine) / of(other) for mine, other in zip(self.ours, self.peers, strict=True)])


def pairs(ours: Work, peer: Work, runs: int) -> Pairs:
    """Run both in turn, each first as often as the other, after warm-ups that nobody counts.

    Raises:
        NotRunError: A run failed, or did not do its work.
    """
    for work in (ours, peer) * WARM_UPS:
        run(work)
    mine: list[Sample] = []
    others: list[Sample] = []
    for turn in range(runs):
        order = [(ours, mine), (peer, others)]
        for work, samples in order if turn % 2 == 0 else reversed(order):
            samples.append(run(work))
    return Pairs(tuple(mine), tuple(others), (memory_of(ours), memory_of(peer)))


def run(work: Work) -> Sample:
    """Run the process once, from its start until it was waited for.

    Raises:
        NotRunError: It could not start, ended with another exit code than 0, or left the wrong files.
    """
    prepare(work)
    log = _log(work)
    variables = _variables(work)
    with log.open("wb") as out:
        started = time.perf_counter()
        try:
            process = subprocess.Popen(
                work.argv, cwd=work.folder, env=variables, stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )
        except OSError as error:
            message = f"{work.name}: {error}"
            raise NotRunError(message) from error
        guard = threading.Timer(_PATIENCE, process.kill)
        guard.daemon = True
        guard.start()
        _, status, usage = os.wait4(process.pid, 0)
        ended = time.perf_counter()
        guard.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    _check(work, process.returncode, log)
    return Sample(ended - started, usage.ru_utime + usage.ru_stime)


def memory_of(work: Work) -> int:
    """Return the most bytes that the process, or one of its children, had resident; it runs a few times more.

    Linux counts what the parent held until the exec as the child's, so a parent of its own starts it, which
    is as small as a Python can be; the answer is never less than that parent's 9 MiB.

    Raises:
        NotRunError: As `run`.
    """
    most = 0
    for _ in range(_MEMORY_RUNS):
        prepare(work)
        log = _log(work)
        argv = [sys.executable, "-I", "-S", "-c", _PARENT, str(log), *work.argv]
        try:
            done = subprocess.run(
                argv,
                cwd=work.folder,
                env=_variables(work),
                capture_output=True,
                text=True,
                timeout=_PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            message = f"{work.name}: {error}"
            raise NotRunError(message) from error
        _check(work, done.returncode, log)
        most = max(most, int(done.stdout) * _RSS_UNIT)
    return most


def prepare(work: Work) -> None:
    """Make the folders of a work, empty where it is to start fresh."""
    for folder in (work.folder, work.home):
        if work.fresh:
            shutil.rmtree(folder, ignore_errors=True)
        started = work.start / folder.name if work.start is not None else None
        if started is not None and started.is_dir():
            shutil.copytree(started, folder, symlinks=True)
        folder.mkdir(parents=True, exist_ok=True)


def _log(work: Work) -> Path:
    return work.home.with_name("output.log")


def _variables(work: Work) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(work.home), **work.environment}


def _check(work: Work, code: int, log: Path) -> None:
    if code != 0:
        message = f"{work.name}: exit {code}: {log.read_text(errors='replace')[-_SHOWN:].strip()}"
        raise NotRunError(message)
    found = sum(1 for _ in work.folder.rglob("*.tf")) if work.files is not None else None
    if found != work.files:
        message = f"{work.name}: left {found} .tf files, expected {work.files}"
        raise NotRunError(message)
