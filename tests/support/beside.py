"""Virtual environments with this checkout's terra in them, into which tests install with the real pip."""

from __future__ import annotations

import hashlib
import os
import subprocess
from functools import cache
from pathlib import Path

from support.built_plugins import HATCH_TERRA, ROOT
from support.environments import python_environment
from support.project import Terra

_BACKENDS = ("hatchling==1.33.0", "editables==0.6", "setuptools==80.9.0", "pip==26.3", str(HATCH_TERRA))


@cache
def terra_environment() -> Path:
    """Return the folder of programs of an environment with terra, editable, and with build backends.

    Tests change nothing in it: it is shared.
    """
    key = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()[:8]
    return python_environment(f"terra-{key}", f"--editable={ROOT}", *_BACKENDS)


class Beside:
    """An environment of a test's own that sees everything of `terra_environment`, made in a moment."""

    def __init__(self, folder: Path, cwd: Path) -> None:
        base = terra_environment()
        self.folder = folder
        self._base = base
        _run([str(base / "python"), "-m", "venv", "--without-pip", str(folder)])
        self.python = folder / "bin" / "python"
        self.site = _site_of(self.python)
        shown = _site_of(base / "python")
        (self.site / "_terra.pth").write_text(f"import site; site.addsitedir({str(shown)!r})\n")
        program = folder / "bin" / "terra"
        program.write_text(f"#!{self.python}\nimport sys\nfrom terra.__main__ import main\nsys.exit(main())\n")
        program.chmod(0o755)
        self.terra = Terra(program, cwd)

    def install(self, *words: str) -> None:
        """Install with pip, which asks no index and builds with the backends that are there."""
        pip = [str(self._base / "python"), "-m", "pip", "--python", str(self.python)]
        _run([*pip, "install", "--quiet", "--no-index", "--no-build-isolation", *words])


def _site_of(python: Path) -> Path:
    said = _run([str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"])
    return Path(said.strip())


def _run(argv: list[str]) -> str:
    variables = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    ended = subprocess.run(
        argv, env=variables, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300, check=False
    )
    assert ended.returncode == 0, f"{argv}\n{ended.stdout}\n{ended.stderr}"
    return ended.stdout
