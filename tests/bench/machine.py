"""Facts of the machine and of what was measured, for the report; nothing that names the machine."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import time
from importlib import metadata
from pathlib import Path

from peers import COPIER, NPM

_QUIET = 0.85  # share of idle time that counts as quiet
_GLANCE = 0.5  # seconds over which it is taken


def facts(root: Path) -> dict[str, str]:
    """Return what a reader needs to judge the numbers; `root` is the tree."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "machine": f"{cores} cores, {platform.system()} {platform.machine()}, load {_load()} at the start",
        "Python": f"{platform.python_version()} ({platform.python_implementation()})",
        "Node": _node(),
        "peers": ", ".join([*(f"{name} {version}" for name, version in NPM.items()), f"copier {COPIER}"]),
        "terra": f"{metadata.version('terra-plugins')}, {_installation(root)}",
    }


def wait_until_quiet(seconds: float) -> bool:
    """Wait until the processors are mostly idle, at most so long; return whether they are, as far as can be told."""
    ends = time.monotonic() + seconds
    while (before := _ticks()) is not None:
        time.sleep(_GLANCE)
        after = _ticks() or before
        idle, every = after[0] - before[0], after[1] - before[1]
        if every and idle / every >= _QUIET:
            return True
        if time.monotonic() > ends:
            return False
    return True


def _ticks() -> tuple[int, int] | None:
    """Return idle and all ticks of the processors since the start (proc_stat(5)); None where nothing tells."""
    try:
        first = Path("/proc/stat").read_text().partition("\n")[0]
    except OSError:
        return None
    ticks = [int(each) for each in first.split()[1:9]]
    return ticks[3] + ticks[4], sum(ticks)


def _load() -> str:
    return f"{os.getloadavg()[0]:.1f}"


def _node() -> str:
    program = shutil.which("node")
    if program is None:
        return "none"
    return subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout.strip()


def _installation(root: Path) -> str:
    """Tell whether the tree itself is measured: an editable installation starts a little slower."""
    text = metadata.distribution("terra-plugins").read_text("direct_url.json")
    origin = json.loads(text) if text else {}
    if origin.get("dir_info", {}).get("editable"):
        return "editable installation" if origin["url"] == root.as_uri() else "editable installation of another tree"
    return "installed from a wheel"
