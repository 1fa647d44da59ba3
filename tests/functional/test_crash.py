"""A fault at every file operation leaves the project as before or as after, and loses nothing."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from support.graph import Graph
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
    # Hundreds of copies are made and flushed: in memory where that can be.
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else place.parent) as scratch:
        return _explored(place, Path(scratch), argv, precious, scenario)


def _explored(
    place: Path, scratch: Path, argv: list[str], precious: tuple[bytes, ...], scenario: dict[str, Any]
) -> dict[str, Any]:
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


LINES = "".join(f"# line {number}\n" for number in range(12))
OWN = b'bucket = "mine"\n'
MERGED = LINES.replace("line 2\n", "mine\n")


def living(place: Path, terra: Terra) -> Path:
    """A project with a release of which files are merged, renamed, deleted and replaced by the next, and come."""
    project = place / "work/project"
    (project / "terra.toml").write_text('[registries.here]\nurl = "../here"\n\n[plugins]\nvpc = "<1"  # mine\n')
    graph = Graph(place / "work/here").add("aws-old@0.1.0")
    files = {"main.tf": LINES, "moved.tf": f"# m\n{LINES}", "gone/x.tf": "# gone\n", "same.tf": "# 1\n"}
    graph.add("vpc@0.1.0", {"aws-old": "*"}, files).write()
    terra("sync", cwd=project, TERRA_HOME=str(place / "home"))
    new = {"main.tf": LINES.replace("line 9", "new 9"), "new/moved.tf": f"# m\n{LINES}# end\n", "same.tf": "# 2\n"}
    graph.add("vpc@0.2.0", files=new).write()
    edits = {"main.tf": MERGED, "moved.tf": f"# m\n{MERGED}", "backend.tf": OWN}
    write_files(project / "plugins/vpc", edits)
    return project


def test_an_update_that_merges_renames_deletes_and_creates(place: Path, terra: Terra) -> None:
    living(place, terra)
    terra("info", "vpc", cwd=place / "work/project", TERRA_HOME=str(place / "home"))
    found = explore(place, ["update"], precious=(OWN,), nested=True)
    assert found["problems"] == [], "\n".join(found["problems"])
    assert found["checked"] > 100


def test_a_sync_to_a_lock_that_moved(place: Path, terra: Terra) -> None:
    project = living(place, terra)
    kept = place.parent / "kept"
    shutil.copytree(project / "plugins", kept)
    terra("update", cwd=project, TERRA_HOME=str(place / "home"))
    shutil.rmtree(project / "plugins")
    shutil.move(kept, project / "plugins")
    found = explore(place, ["sync"], precious=(OWN,))
    assert found["problems"] == [], "\n".join(found["problems"])
    assert found["checked"] > 100


def test_a_remove_that_leaves_what_is_the_users(place: Path, terra: Terra) -> None:
    living(place, terra)
    precious = (OWN, MERGED.encode(), f"# m\n{MERGED}".encode())
    # What cannot be looked into may call the plugin: exit 6.
    found = explore(place, ["remove", "vpc"], precious=precious, nested=True, refusals=[6])
    assert found["problems"] == [], "\n".join(found["problems"])
    assert found["checked"] > 50
