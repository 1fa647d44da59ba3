"""A fault at every file operation of an adopt leaves the project as before or as after, and loses nothing."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support.project import MAIN, Workspace, write_files

pytestmark = pytest.mark.timeout(1200)  # hundreds of runs each
# What each run would import anew is imported once, before the forks.
RUN = """
import runpy, sys
import terra.cli.adopting, terra.cli.adopted, terra.commands.adopt.rewriting, terra.commands.adopt.relocation
import terra.commands.adopt.folder
import terra.hcl.module_path, terra.hcl.native, terra.wire.plugin_toml, tree_sitter, tree_sitter_hcl
runpy.run_path(sys.argv[2], run_name="__main__")
"""
FAULTS = Path(__file__).parents[1] / "support" / "faults.py"
CALLER = 'module "v" {\n  source = "./modules/vpc"\n}\n'
ELSEWHERE = '# mine\nmodule "v" {\n  source  = "acme/vpc/aws"\n  version = "0.1.0"\n}\n'


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """The starting state that each fault gets a copy of: a registry with one plugin, a project and a home."""
    origin = tmp_path / "origin"
    (origin / "home").mkdir(parents=True)
    workspace = Workspace(origin / "work")
    workspace.plugin(
        "vpc", {"main.tf": MAIN, "more.tf": "# more\n"}, '[plugin]\nname = "acme/aws-vpc"\nversion = "0.1.0"\n'
    )
    workspace.write([{"name": "acme/aws-vpc", "source": "workspace:packages/plugins/vpc", "version": "0.1.0"}])
    toml = '# mine\n[registries.acme]\nurl = "../registry.json"\n'
    write_files(origin / "work/project", {"terra.toml": toml})
    return origin


def explore(place: Path, argv: list[str], *precious: str) -> dict[str, Any]:
    scratch = place.parent / "scratch"
    scratch.mkdir()
    facts = {
        "origin": str(place),
        "scratch": str(scratch),
        "argv": argv,
        "precious": [hashlib.sha256(each.encode()).hexdigest() for each in precious],
        "modes": ["raise", "kill"],
    }
    (scratch / "scenario.json").write_text(json.dumps(facts))
    words = [sys.executable, "-c", RUN, str(scratch / "scenario.json"), str(FAULTS)]
    ended = subprocess.run(words, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def test_blocks_that_are_rewritten(place: Path) -> None:
    write_files(place / "work/project", {"main.tf": ELSEWHERE})
    found = explore(place, ["adopt", "main.tf", "--rewrite"])
    assert found["problems"] == [], "\n".join(found["problems"])
    assert found["checked"] > 100


def test_a_folder_that_moves(place: Path) -> None:
    edited = f"{MAIN}# mine\n"
    # Something stays in the old folder: removing an empty one is tidying up, which comes after the commit.
    files: dict[str, str | bytes] = {"main.tf": edited, "own.md": "own\n", ".terraform/x": "made by init"}
    write_files(place / "work/project/modules/vpc", files)
    write_files(place / "work/project", {"main.tf": CALLER})
    found = explore(place, ["adopt", "modules/vpc", "--as", "acme/aws-vpc@0.1.0", "--move"], edited, "own\n")
    assert found["problems"] == [], "\n".join(found["problems"])
    assert found["checked"] > 100
