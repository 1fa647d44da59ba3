"""`terra adopt --move` where the folder changes meanwhile, or holds files with names that terra cannot keep."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.project import MAIN, Terra, Workspace, snapshot, write_files

NAME = "acme/aws-vpc"
WORDS = ("adopt", "modules/vpc", "--as", f"{NAME}@1.4.0", "--move")
BESIDE = "see.tf"
CALL = 'module "x" {\n  source = "../shared"\n}\n'
# Somebody saves a file of the folder while terra, which has read it, reads one that is outside.
SAVING = f"""
import sys
def save(event, arguments):
    if event == "open" and str(arguments[0]).endswith("{BESIDE}") and not saved:
        saved.append(True)
        with open("modules/vpc/main.tf", "a") as file:
            file.write("# saved meanwhile\\n")
saved = []
sys.addaudithook(save)
from terra.__main__ import main
sys.exit(main())
"""

# A folder or file that the user may not read: a test may be root, who may.
FAILING = """
import sys
def fail(event, arguments):
    if event in ("open", "os.scandir") and str(arguments[0]) == "{place}":
        raise PermissionError(13, "Permission denied")
sys.addaudithook(fail)
from terra.__main__ import main
sys.exit(main())
"""


def ran(project: Path, program: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-c", program, *WORDS]
    return subprocess.run(words, cwd=project, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture
def project(workspace: Workspace, terra: Terra) -> Path:
    """A project with a copy of the one release, made by hand."""
    manifest = f'[plugin]\nname = "{NAME}"\nversion = "1.4.0"\n'
    workspace.plugin("vpc", {"main.tf": MAIN}, manifest)
    workspace.write([{"name": NAME, "source": "workspace:packages/plugins/vpc", "version": "1.4.0"}])
    text = f'[registries.acme]\nurl = "{workspace.registry}"\n'
    write_files(terra.cwd, {"terra.toml": text, "modules/vpc/main.tf": MAIN})
    return terra.cwd


@pytest.mark.parametrize("call", [CALL, ""], ids=["rewritten", "as it is"])
def test_what_is_saved_while_terra_reads_is_kept(project: Path, call: str) -> None:
    write_files(project, {"modules/vpc/main.tf": MAIN + call, BESIDE: 'module "v" {\n  source = "./modules/vpc"\n}\n'})
    before = snapshot(project)
    ended = ran(project, SAVING)
    after = snapshot(project)
    if call:
        assert ended.returncode == 6, ended.stderr
        assert "`modules/vpc/main.tf` changed while terra was working" in ended.stderr
        assert {path for path in {*before, *after} if before.get(path) != after.get(path)} == {"modules/vpc/main.tf"}
    moved = f"plugins/{NAME}" if ended.returncode == 0 else "modules/vpc"
    assert (project / moved / "main.tf").read_text().endswith("# saved meanwhile\n")


@pytest.mark.parametrize("place", ["envs", "envs/main.tf"])
def test_a_caller_that_may_be_where_terra_cannot_look_stops_the_move(project: Path, place: str) -> None:
    write_files(project, {"envs/main.tf": 'module "v" {\n  source = "../modules/vpc"\n}\n'})
    before = snapshot(project)
    ended = ran(project, FAILING.format(place=project / place))
    assert ended.returncode == 1, ended.stderr
    assert f"error: `{place}` cannot be" in ended.stderr
    assert "a block in it may call what is to move" in ended.stderr
    assert snapshot(project) == before


@pytest.mark.skipif(os.name == "nt", reason="the system has no such names")
@pytest.mark.parametrize("name", ["a:b.txt", "a\\b.txt", "a\nb.txt"])
def test_a_name_that_terra_does_not_write(project: Path, terra: Terra, name: str) -> None:
    write_files(project / "modules/vpc", {name: "mine\n"})
    before = snapshot(project)
    best = terra("adopt", "modules/vpc", "--json").json["proposals"][0]
    assert (best["version"], best["extra"]) == ("1.4.0", 1)
    for more in ((), ("--dry-run",)):
        ended = terra(*WORDS, *more, exit=5)
        assert "in its name, and terra writes no such file" in ended.err
        assert "terra.lock" not in ended.err
    assert snapshot(project) == before
    (project / "plugins/acme").mkdir(parents=True)
    (project / "modules/vpc").rename(project / "plugins" / NAME)
    assert terra("adopt", f"plugins/{NAME}", *WORDS[2:4], "--json").json["adopted"]["foreign"] == [name]
    assert (project / "plugins" / NAME / name).read_text() == "mine\n"


@pytest.mark.skipif(os.name == "nt", reason="the system has no such names")
def test_a_caller_with_such_a_name_is_not_written(project: Path, terra: Terra) -> None:
    write_files(project, {"we:ird.tf": 'module "v" {\n  source = "./modules/vpc"\n}\n'})
    before = snapshot(project)
    assert "`we:ird.tf` has `:`" in terra(*WORDS, "--dry-run", exit=5).err
    assert snapshot(project) == before


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the system has no such names")
def test_a_name_that_is_not_utf_8(project: Path, terra: Terra) -> None:
    name = b"caf\xe9.txt"
    Path(os.fsdecode(os.fsencode(project / "modules/vpc") + b"/" + name)).write_text("mine\n")
    best = terra("adopt", "modules/vpc", "--json").json["proposals"][0]
    assert (best["version"], best["extra"]) == ("1.4.0", 1)
    terra(*WORDS)
    assert name in os.listdir(os.fsencode(project / "plugins" / NAME))
