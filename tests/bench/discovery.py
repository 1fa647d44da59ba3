"""What is installed, found among 200 distributions: terra's scan beside `importlib.metadata` with pluggy's loader.

Both are measured inside a process of their own, from before the import to after the answer: what a command pays
beside what it has imported anyway.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from measure import NotRunError, Pairs, Sample

DISTRIBUTIONS, PLUGINS = 200, 20
_OURS = """
import sys, time
import terra.wiring  # what every command has imported by then
started = time.perf_counter()
from terra.plugins.discovery import entry_points
found = entry_points([sys.argv[1]])
print(time.perf_counter() - started, len(found))
"""
_PLUGGY = """
import sys, time
sys.path[:] = [*sys.path, sys.argv[1]]
started = time.perf_counter()
import pluggy
manager = pluggy.PluginManager("terra")
found = manager.load_setuptools_entrypoints("terra.plugins")
print(time.perf_counter() - started, found)
"""


def measure(folder: Path, runs: int) -> Pairs:
    """Write the distributions into an empty folder, and look for their plugins so often in turn."""
    _write(folder)
    both = [(_seconds(_OURS, folder), _seconds(_PLUGGY, folder)) for _ in range(runs + 1)][1:]
    ours, peers = zip(*both, strict=True)
    return Pairs(_samples(ours), _samples(peers), (0, 0))


def _samples(seconds: Iterable[float]) -> tuple[Sample, ...]:
    return tuple(Sample(each, each) for each in seconds)


def _write(folder: Path) -> None:
    for number in range(DISTRIBUTIONS):
        info = folder / f"distribution_{number}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: distribution-{number}\nVersion: 1.0\n\n" * 20)
        if number < PLUGINS:
            (folder / f"module_{number}.py").write_text("")
            (info / "entry_points.txt").write_text(f"[terra.plugins]\nplugin-{number} = module_{number}\n")
        elif number % 2:
            (info / "entry_points.txt").write_text(f"[console_scripts]\nrun-{number} = module:main\n")


def _seconds(program: str, folder: Path) -> float:
    argv = [sys.executable, "-c", program, str(folder)]
    said = subprocess.run(argv, check=True, capture_output=True, text=True, timeout=60).stdout.split()
    if int(said[1]) != PLUGINS:
        message = f"found {said[1]} plugins, expected {PLUGINS}"
        raise NotRunError(message)
    return float(said[0])
