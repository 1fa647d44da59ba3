"""A fault at every file operation of an add leaves the project as before or as after, and loses nothing."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support.project import MAIN, Terra, Workspace, write_files

pytestmark = pytest.mark.timeout(1200)  # hundreds of runs each
FAULTS = Path(__file__).parents[1] / "support" / "faults.py"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """The starting state that each fault gets a copy of: `work` with registry and project, and `home`."""
    for folder in ("work/project", "home"):
        (tmp_path / "origin" / folder).mkdir(parents=True)
    return tmp_path / "origin"


def explore(place: Path, argv: list[str], *, precious: tuple[bytes, ...] = (), **scenario: Any) -> dict[str, Any]:
    scratch = place.parent / "scratch"
    scratch.mkdir()
    facts = {
        "origin": str(place),
        "scratch": str(scratch),
        "argv": argv,
        "precious": [hashlib.sha256(each).hexdigest() for each in precious],
        "modes": ["raise", "kill"],
        **scenario,
    }
    (scratch / "scenario.json").write_text(json.dumps(facts))
    ended = subprocess.run(
        [sys.executable, str(FAULTS), str(scratch / "scenario.json")], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    found: dict[str, Any] = json.loads(ended.stdout)
    return found


def test_the_first_add_of_a_folder(place: Path) -> None:
    Workspace(place / "work").simple("naming")
    found = explore(place, ["add", "naming"])
    assert found["problems"] == [], "\n".join(found["problems"])
    assert found["checked"] > 100


def test_the_first_add_of_an_archive(place: Path) -> None:
    workspace = Workspace(place / "work")
    workspace.archive("vpc", {"vpc-1.2.0/main.tf": MAIN, "vpc-1.2.0/modules/a/main.tf": MAIN, "vpc-1.2.0/.x": "x"})
    found = explore(place, ["add", "../vpc.zip"])
    assert found["problems"] == [], "\n".join(found["problems"])
    assert found["checked"] > 100


def test_a_newer_release_over_edits_and_strangers(place: Path, terra: Terra) -> None:
    """Replaced, deleted, new and overwritten files, beside the user's own, in an existing project."""
    workspace = Workspace(place / "work")
    workspace.simple("naming")
    project = place / "work" / "project"
    workspace.plugin("naming", {"gone.tf": "# gone\n", "edited.tf": "# v1\n", "same.tf": "# same\n"})
    terra("add", "naming", cwd=project, TERRA_HOME=str(place / "home"))
    (project / "terra.toml").write_text("# mine\n" + (project / "terra.toml").read_text())
    edited, own = b"# v1, and what I wrote\n", b'bucket = "mine"\n'
    write_files(project / "plugins/naming", {"edited.tf": edited, "backend.tf": own})
    folder = workspace.plugin("naming", {"new/new.tf": "# new\n", "main.tf": "# v2\n", "edited.tf": "# v2\n"})
    (folder / "gone.tf").unlink()
    manifest = (project / "terra.toml").read_bytes()
    # `edited` is given up by --overwrite, but only once the command succeeded: until then it must be somewhere.
    found = explore(place, ["add", "naming", "--overwrite"], precious=(own,), nested=True)
    assert found["problems"] == [], "\n".join(found["problems"])
    assert found["checked"] > 100
    assert manifest.startswith(b"# mine")


def test_edits_that_are_kept(place: Path, terra: Terra) -> None:
    workspace = Workspace(place / "work")
    workspace.simple("naming")
    project = place / "work" / "project"
    terra("add", "naming", cwd=project, TERRA_HOME=str(place / "home"))
    edited = b"# all mine now\n"
    write_files(project / "plugins/naming", {"main.tf": edited})
    workspace.plugin("naming", {"main.tf": "# v2\n", "more.tf": "# more\n"})
    found = explore(place, ["add", "naming", "--skip-existing"], precious=(edited,))
    assert found["problems"] == [], "\n".join(found["problems"])
    assert found["checked"] > 100
