"""Facts of the machine and of what was measured, for the report; nothing that names the machine."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
from importlib import metadata
from pathlib import Path

from peers import COPIER, NPM


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
