"""The first command of the README, as it stands there, in what a clone of the repository would be."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from support.components import require, unavailable

ROOT = Path(__file__).parents[2]
# Taken before a test is cut off from the machine: the command uses the network as its user's pip does.
MACHINE = {name: value for name, value in os.environ.items() if not name.startswith(("TERRA_", "VIRTUAL_ENV"))}
PLUGINS = ("aws-s3", "aws-sqs", "naming")


def commands() -> list[str]:
    """Return the commands that the README tells to run, one for each `sh` block."""
    return [
        text.strip()
        for text in re.findall(r"^```sh\n(.*?)^```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    ]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with the files that are in version control, or would be once they are added."""
    git = require("git")
    if not (ROOT / ".git").exists():
        unavailable("needs a clone: this folder is in no version control")
    words = [git, "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(words, check=True, capture_output=True, text=True).stdout
    for path in filter(None, listed.split("\0")):
        if (ROOT / path).is_file():
            target = tmp_path / "clone" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, target)
    return tmp_path / "clone"


def test_the_readme_has_two_commands() -> None:
    assert len(commands()) == 2
    assert all("\n" not in command and command.startswith("python3 -m venv .venv && ") for command in commands())


@pytest.mark.skipif(os.name != "posix", reason="the command is for a POSIX shell")
def test_the_first_command(clone: Path, isolated: Path) -> None:
    ended = subprocess.run(
        commands()[0],
        shell=True,
        cwd=clone,
        env={**MACHINE, "TERRA_HOME": str(isolated / "terra")},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    project = clone / "docs" / "examples" / "workspace" / "infra"
    for name in PLUGINS:
        payload = clone / "docs" / "examples" / "workspace" / "packages" / "plugins" / name
        for file in ("main.tf", "variables.tf", "outputs.tf", "versions.tf", "README.md", "LICENSE"):
            assert (project / "plugins" / name / file).read_bytes() == (payload / file).read_bytes()
        assert not (project / "plugins" / name / "examples").exists()
    manifest = tomllib.loads((project / "terra.toml").read_text())
    assert manifest == {"project": {"name": "infra"}, "plugins": dict.fromkeys(PLUGINS, ">=0.1.0,<0.2")}
    lock = tomllib.loads((project / "terra.lock").read_text())
    assert [plugin["id"] for plugin in lock["plugin"]] == [f"{name}@0.1.0" for name in PLUGINS]
    assert 'module "naming" {\n  source = "./plugins/naming"\n' in ended.stdout
    assert sorted(path.name for path in project.iterdir()) == ["plugins", "terra.lock", "terra.toml"]
    assert sorted(path.name for path in (isolated / "terra" / "plugins").iterdir())[1:] == list(PLUGINS)
