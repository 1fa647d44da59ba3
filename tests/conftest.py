"""Every test gets a terra home, a home folder and a working folder of its own, and may leave no trace."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.project import Terra, Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

_FOREIGN = (
    "TERRA_",
    "PIP_",
    "NPM_",
    "npm_config_",
    "NODE_",
    "TF_",
    "GIT_",
    "NETRC",
    "SSL_CERT",
    "REQUESTS_CA",
    "CURL_CA",
    "NO_COLOR",
    "FORCE_COLOR",
)
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def isolated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Cut the test off from the machine's homes and settings; fail it where it changes the environment."""
    monkeypatch = pytest.MonkeyPatch()  # its own, which is still in force when the test's own is undone
    root = tmp_path_factory.mktemp("isolated")
    for name in list(os.environ):
        if name.startswith(_FOREIGN) or name.lower() in _PROXIES:
            monkeypatch.delenv(name)
    for folder in ("home", "work"):
        (root / folder).mkdir()
    monkeypatch.setenv("HOME", str(root / "home"))
    monkeypatch.setenv("TERRA_HOME", str(root / "terra"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.chdir(root / "work")
    before = dict(os.environ)
    yield root
    after = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    before.pop("PYTEST_CURRENT_TEST", None)
    monkeypatch.undo()
    assert after == before, "the test changed the environment"


@pytest.fixture(scope="session")
def terra_program() -> Path:
    """The installed `terra` command."""
    program = Path(sysconfig.get_path("scripts")) / ("terra.exe" if os.name == "nt" else "terra")
    if not program.exists():
        pytest.fail(f"the command is not installed beside {sys.executable}: pip install -e .")
    return program


@pytest.fixture
def terra(terra_program: Path, isolated: Path) -> Terra:
    """Run the installed command."""
    return Terra(terra_program, isolated / "work")


@pytest.fixture
def workspace(isolated: Path) -> Workspace:
    """An empty folder for a registry with its plugins, beside the project's."""
    return Workspace(isolated / "workspace")


@pytest.fixture
def git_identity(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let git commit."""
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "terra")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "terra@example.test")
    subprocess.run(["git", "--version"], check=True, capture_output=True)
