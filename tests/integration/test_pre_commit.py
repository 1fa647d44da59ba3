"""The hooks of `.pre-commit-hooks.yaml`, run by pre-commit itself from a repository on this disk."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from support.components import require, unavailable
from support.environments import python_environment
from support.project import Terra, Workspace

ROOT = Path(__file__).parents[2]
PRE_COMMIT = "pre-commit==4.7.0"
_PIP = {name: text for name, text in os.environ.items() if name.startswith("PIP_")}  # before tests are cut off from it
_HOME = os.environ.get("HOME", "")
pytestmark = [pytest.mark.usefixtures("git_identity"), pytest.mark.timeout(600)]


def git(folder: Path, *words: str) -> str:
    ended = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True, timeout=60)
    return ended.stdout.strip()


@pytest.fixture
def hooks(isolated: Path) -> Path:
    """A repository with what pre-commit needs of this one, committed."""
    require("git")
    folder = isolated / "hooks"
    folder.mkdir()
    for name in (".pre-commit-hooks.yaml", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder / name)
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "hooks")
    return folder


@pytest.fixture
def project(terra: Terra, workspace: Workspace, hooks: Path) -> Path:
    """A repository with a project that is as its lock says, all of it committed."""
    workspace.simple("aws-s3")
    config = f"""repos:
  - repo: {hooks}
    rev: {git(hooks, "rev-parse", "HEAD")}
    hooks:
      - id: terra-verify
      - id: terra-sync-check
"""
    (terra.cwd / ".pre-commit-config.yaml").write_text(config)
    (terra.cwd / "terra.toml").write_text('[registries.here]\nurl = "../workspace"\n')
    terra("add", "aws-s3", "--quiet")
    git(terra.cwd, "init", "-q")
    git(terra.cwd, "add", "-A")
    git(terra.cwd, "commit", "-qm", "first")
    return terra.cwd


def test_hooks(terra: Terra, project: Path, isolated: Path) -> None:
    """One environment for all: an edit is refused until it is accepted, a lock that is behind until it is synced."""
    program = python_environment("pre-commit", PRE_COMMIT) / "pre-commit"
    environment = {**os.environ, **_PIP, "PRE_COMMIT_HOME": str(isolated / "pre-commit")}
    settings = Path(_HOME, ".config/pip/pip.conf")
    if settings.exists():  # where this machine's pip finds its index
        environment["PIP_CONFIG_FILE"] = str(settings)
    made = run([program, "install-hooks"], project, environment)
    if made.returncode:
        unavailable(f"pre-commit could not install terra: {made.stdout[-2000:]}")

    def looked() -> dict[str, str]:
        """Let the hooks look at everything that would be committed; return how each ended."""
        git(project, "add", "-A")
        ended = run([program, "run"], project, environment)
        return dict(re.findall(r"^(terra .*?)\.+(?:\(.*\))?(\w+)$", ended.stdout, re.MULTILINE))

    (project / "main.tf").write_text("# nothing of terra's\n")
    assert looked() == {"terra verify": "Skipped", "terra sync --check": "Skipped"}

    main = project / "plugins/aws-s3/main.tf"
    main.write_text(main.read_text() + "# mine\n")
    assert looked() == {"terra verify": "Failed", "terra sync --check": "Passed"}
    terra("accept", "aws-s3")
    assert looked() == {"terra verify": "Passed", "terra sync --check": "Passed"}

    readme = project / "plugins/aws-s3/README.md"
    readme.unlink()
    assert looked() == {"terra verify": "Failed", "terra sync --check": "Failed"}
    terra("sync")
    assert readme.exists()
    assert looked() == {"terra verify": "Passed", "terra sync --check": "Passed"}

    text = (project / "terra.toml").read_text()
    (project / "terra.toml").write_text(text.replace(">=0.1", ">=0.2"))
    assert looked()["terra sync --check"] == "Failed"
    (project / "terra.toml").write_text(text)
    assert looked() == {"terra verify": "Passed", "terra sync --check": "Passed"}


def run(words: list[object], folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    argv = [str(each) for each in words]
    return subprocess.run(argv, cwd=folder, env=environment, capture_output=True, text=True, timeout=500, check=False)


def test_the_manifest_names_commands_that_are_there(terra: Terra) -> None:
    """Without pre-commit: each entry is a command line that terra takes."""
    text = (ROOT / ".pre-commit-hooks.yaml").read_text()
    entries = re.findall(r"^  entry: terra (.*)$", text, re.MULTILINE)
    assert len(entries) == text.count("- id:") == 2
    for entry in entries:
        ended = terra(*entry.split(), exit=2)
        assert "there is no `terra.toml`" in ended.err, "the words were understood"
