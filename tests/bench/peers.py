"""The peers, of pinned versions, installed once into a folder that is kept: npm's by npm, copier by pip."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from measure import NotRunError

NPM = {"giget": "3.3.1", "jsrepo": "3.8.1", "shadcn": "4.23.0"}
COPIER = "9.19.1"
UV = "0.13.9"
_PATIENCE = 600.0  # seconds for one installation
_EMPTY = "terra_bench_empty"
EMPTY_SCRIPT = "terra-bench-empty"


def default_folder() -> Path:
    """Return where peers are kept unless the user says otherwise."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return Path(cache) / "terra-bench"


def npm(name: str, folder: Path) -> str:
    """Return the program of an npm peer; installs all of them where one is missing.

    Raises:
        NotRunError: npm is not there, or failed.
    """
    place = folder / "-".join(["npm", *(f"{each}{version}" for each, version in NPM.items())])
    program = place / "node_modules" / ".bin" / name
    if not program.exists():
        found = npm_program()
        try:
            place.mkdir(parents=True, exist_ok=True)
            (place / "package.json").write_text('{"name": "bench", "private": true}\n')
        except OSError as error:
            message = f"peers cannot be kept in `{folder}`: {error.strerror}"
            raise NotRunError(message) from error
        wanted = [f"{each}@{version}" for each, version in NPM.items()]
        _install([found, "install", "--no-audit", "--no-fund", "--loglevel=error", *wanted], place)
    return str(program)


def npm_program() -> str:
    """Return npm itself.

    Raises:
        NotRunError: It is not there.
    """
    found = shutil.which("npm")
    if found is None:
        message = "npm is not installed"
        raise NotRunError(message)
    return found


def copier(folder: Path) -> str:
    """Return the program of copier, in an environment of its own.

    Raises:
        NotRunError: pip failed.
    """
    return _python_program("copier", COPIER, folder)


def uv(folder: Path) -> str:
    """Return the program of uv, in an environment of its own.

    Raises:
        NotRunError: pip failed.
    """
    return _python_program("uv", UV, folder)


def _python_program(name: str, version: str, folder: Path) -> str:
    place = folder / f"{name}{version}"
    program = place / "bin" / name
    if not program.exists():
        _install([sys.executable, "-m", "venv", "--clear", str(place)], Path.cwd())
        _install([str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", f"{name}=={version}"], place)
    return str(program)


@contextmanager
def empty_script(scratch: Path, scripts: Path) -> Iterator[str]:
    """Install a console script that does nothing, beside terra and by the same pip, while the context lasts.

    Raises:
        NotRunError: pip failed.
    """
    wheel = _empty_wheel(scratch)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    _install([*pip, "install", "--no-deps", "--no-index", "--force-reinstall", str(wheel)], scratch)
    try:
        yield str(scripts / EMPTY_SCRIPT)
    finally:
        _install([*pip, "uninstall", "--yes", EMPTY_SCRIPT], scratch)


def terra_wheel(root: Path, scratch: Path) -> Path:
    """Build the wheel of the tree at `root` and return its path.

    Raises:
        NotRunError: pip failed.
    """
    into = scratch / "wheel"
    _install([sys.executable, "-m", "pip", "--quiet", "wheel", "--no-deps", "-w", str(into), str(root)], scratch)
    return next(into.glob("*.whl"))


def _empty_wheel(scratch: Path) -> Path:
    """Write a wheel by hand, so that no build tool is needed (PEP 427)."""
    info = f"{_EMPTY}-1.dist-info"
    members = {
        f"{_EMPTY}.py": "def main():\n    return 0\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {EMPTY_SCRIPT}\nVersion: 1\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: bench\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[console_scripts]\n{EMPTY_SCRIPT} = {_EMPTY}:main\n",
    }
    record = "".join(f"{name},,\n" for name in (*members, f"{info}/RECORD"))
    path = scratch / f"{_EMPTY}-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as out:
        for name, text in {**members, f"{info}/RECORD": record}.items():
            out.writestr(name, text)
    return path


def _install(argv: Sequence[str], folder: Path) -> None:
    try:
        done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=_PATIENCE, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        message = f"`{argv[0]}`: {error}"
        raise NotRunError(message) from error
    if done.returncode != 0:
        words = " ".join(argv)
        message = f"`{words}`: exit {done.returncode}: {done.stderr.strip()[-500:]}"
        raise NotRunError(message)
