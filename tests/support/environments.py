"""Python environments and Node packages that tests need, each made once and kept beside tox's own."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from support.components import require, unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_AS_STARTED = dict(os.environ)  # with the machine's own settings for pip and npm, which tests are cut off from
_ROOT = Path(__file__).resolve().parents[2] / ".tox" / "components"


def python_environment(name: str, *requirements: str, python: str = sys.executable) -> Path:
    """Return the folder of programs of a virtual environment with these distributions in it.

    Args:
        name: For the folder's name.
        requirements: What pip installs, pinned; an absolute path is a folder, installed anew where it changed.
        python: The interpreter.
    """
    key = hashlib.sha256("\n".join((python, sys.version, *map(_described, requirements))).encode()).hexdigest()[:12]
    folder = _ROOT / f"{name}-{key}"
    with _made_once(folder) as is_new:
        if is_new:
            _run([python, "-m", "venv", str(folder)])
            if requirements:
                _run([str(folder / "bin/python"), "-m", "pip", "install", "--quiet", *requirements])
    return folder / "bin"


def node_packages(name: str, package_json: str) -> Path:
    """Return a folder in which npm installed what a `package.json` names, in `node_modules`."""
    npm = require("npm")
    folder = _ROOT / f"{name}-{hashlib.sha256(package_json.encode()).hexdigest()[:12]}"
    with _made_once(folder) as is_new:
        if is_new:
            folder.mkdir(parents=True)
            (folder / "package.json").write_text(package_json)
            _run([npm, "install", "--no-audit", "--no-fund", "--silent"], cwd=folder)
    return folder


def kept_folder(name: str, key: str, make: Callable[[Path], None]) -> Path:
    """Return a folder that `make` fills, once for each key.

    Args:
        name: For the folder's name.
        key: Everything that decides what is in it.
        make: Gets the folder, which is there and empty.
    """
    folder = _ROOT / f"{name}-{hashlib.sha256(key.encode()).hexdigest()[:12]}"
    with _made_once(folder) as is_new:
        if is_new:
            folder.mkdir(parents=True)
            make(folder)
    return folder


def content_key(folder: Path) -> str:
    """Return a text that differs where a file below the folder does; what Python writes does not count."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
        digest.update(f"{path.relative_to(folder).as_posix()} {os.access(path, os.X_OK)}\n".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _described(requirement: str) -> str:
    return f"{requirement} {content_key(Path(requirement))}" if os.path.isabs(requirement) else requirement


@contextmanager
def _made_once(folder: Path) -> Iterator[bool]:
    """Hold the folder's lock; what was cut off while it was made is removed."""
    _ROOT.mkdir(parents=True, exist_ok=True)
    mark = folder.with_name(f"{folder.name}.complete")
    with open(folder.with_name(f"{folder.name}.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if mark.exists() and folder.exists():
            yield False
            return
        shutil.rmtree(folder, ignore_errors=True)
        yield True
        mark.touch()


def _run(argv: list[str], cwd: Path | None = None) -> None:
    ended = subprocess.run(argv, cwd=cwd, env=_AS_STARTED, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if ended.returncode:
        unavailable(f"`{' '.join(argv)}` failed:\n{ended.stderr.decode(errors='replace')[-3000:]}")
