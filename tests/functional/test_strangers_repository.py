"""A `.git` that somebody else put above the project, as in a folder that all may write: it is not the repository."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from support.components import require
from support.project import Terra, Workspace, write_files

pytestmark = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can give a folder to another owner"
)


def said(project: Path, terra: Terra) -> tuple[bool, bool, bool]:
    """Whether callers above the project count, diffs are from there, and `.gitattributes` is offered."""
    callers = terra("usage", "vpc", "--json").json["plugins"][0]["callers"]
    diff = terra("add", "vpc", "--overwrite", "--diff").out
    inner = project / "inner"
    inner.mkdir(exist_ok=True)
    made = terra("init", "--git-attributes", "--dry-run", "--json", cwd=inner).out
    return bool(callers), f"a/{project.name}/plugins" in diff, ".gitattributes" in made


def test_it_is_not_heard(terra: Terra, workspace: Workspace) -> None:
    project, above = terra.cwd, terra.cwd.parent
    (project / "terra.toml").write_text('[registries.here]\nurl = "../workspace"\n')
    workspace.simple("vpc")
    subprocess.run([require("git"), "init", "-q", str(above)], check=True)
    write_files(above, {"beside.tf": f'module "x" {{\n  source = "./{project.name}/plugins/vpc"\n}}\n'})
    terra("add", "vpc")
    (project / "plugins/vpc/main.tf").write_text("# mine\n")
    assert said(project, terra) == (True, True, True)
    os.chown(above / ".git", 54321, -1)
    assert said(project, terra) == (False, False, False)
