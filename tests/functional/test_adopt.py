"""`terra adopt` of a folder that was copied by hand: as it stands, where it must stand, and of which release."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from support.components import require
from support.project import MAIN, Terra, Workspace, snapshot, write_files

NAME = "acme/aws-vpc"
FILES: dict[str, str | bytes] = {
    "main.tf": MAIN,
    "outputs.tf": 'output "x" {\n  value = 1\n}\n',
    "README.md": "# vpc\n",
}


def releases(workspace: Workspace, **versions: dict[str, str | bytes]) -> None:
    """Write a registry with one plugin in several versions, `v1_4_0` being 1.4.0."""
    entries: dict[str, Any] = {}
    for key, files in versions.items():
        version = key.removeprefix("v").replace("_", ".")
        folder = workspace.folder / f"vpc-{version}"
        write_files(folder, files)
        write_files(folder, {"terra-plugin.toml": f'[plugin]\nname = "{NAME}"\nversion = "{version}"\n'})
        entries[version] = {"source": f"workspace:vpc-{version}"}
    workspace.write({"terra-registry": 1, "plugins": [{"name": NAME, "versions": entries}]})


@pytest.fixture
def project(workspace: Workspace, terra: Terra) -> Path:
    """A project whose registry has 1.4.0, and 1.5.0 with another `outputs.tf`."""
    newer = {**FILES, "outputs.tf": 'output "x" {\n  value = 2\n}\n', "main.tf": f"{MAIN}# 1.5\n"}
    releases(workspace, v1_4_0=FILES, v1_5_0=newer)
    (terra.cwd / "terra.toml").write_text(f'[registries.acme]\nurl = "{workspace.registry}"\n')
    return terra.cwd


def test_in_place_nothing_moves_and_an_update_keeps_the_edit(project: Path, terra: Terra) -> None:
    folder = project / "plugins" / NAME
    mine = f"# mine\n{MAIN}"
    crlf = str(FILES["outputs.tf"]).replace("\n", "\r\n").encode()
    write_files(folder, {"main.tf": mine, "outputs.tf": crlf, "backend.tf": "# own\n"})
    before = snapshot(folder)
    found = terra("adopt", f"plugins/{NAME}", "--as", f"{NAME}@1.4.0", "--json").json
    assert found["adopted"] == {
        "name": NAME,
        "version": "1.4.0",
        "folder": f"plugins/{NAME}",
        "moved_from": None,
        "equal": ["outputs.tf"],
        "edited": ["main.tf"],
        "missing": ["README.md"],
        "restored": [],
        "foreign": ["backend.tf"],
        "renamed": [],
        "callers": [],
        "left": [],
    }
    assert snapshot(folder) == before
    assert f'"{NAME}" = ">=1.4.0,<2"' in (project / "terra.toml").read_text()
    assert f'id = "{NAME}@1.4.0"' in (project / "terra.lock").read_text()
    terra("update")
    assert (folder / "main.tf").read_text() == f"# mine\n{MAIN}# 1.5\n"
    assert b"value = 2" in (folder / "outputs.tf").read_bytes()
    assert not (folder / "README.md").exists()
    assert (folder / "backend.tf").read_text() == "# own\n"


def test_restore_brings_back_what_is_missing_alone(project: Path, terra: Terra) -> None:
    folder = project / "plugins" / NAME
    write_files(folder, {"main.tf": "# mine\n"})
    found = terra("adopt", str(folder), "--as", f"{NAME}@1.4.0", "--restore", "--json").json["adopted"]
    assert (found["restored"], found["missing"]) == (["README.md", "outputs.tf"], [])
    assert (folder / "README.md").read_text() == "# vpc\n"
    assert (folder / "main.tf").read_text() == "# mine\n"


def test_a_move_has_to_be_asked_for(project: Path, terra: Terra) -> None:
    write_files(project, {"modules/vpc/main.tf": MAIN, "main.tf": 'module "v" {\n  source = "./modules/vpc"\n}\n'})
    before = snapshot(project)
    ended = terra("adopt", "modules/vpc", "--as", f"{NAME}@1.4.0", exit=2)
    assert f"`modules/vpc` would have to move to `plugins/{NAME}`" in ended.err
    assert "main.tf:1: its `source` would be rewritten" in ended.err
    assert "--move" in ended.err
    terra("adopt", "modules/vpc", "--as", f"{NAME}@1.4.0", "--move", "--dry-run")
    terra("adopt", "modules/vpc", "--as", f"{NAME}@1.4.0", "--move", "--diff")
    assert snapshot(project) == before


def test_a_move_takes_everything_along(project: Path, terra: Terra) -> None:
    caller = 'module "v" {\r\n  source = "../modules/vpc//sub" # here\r\n}\r\n'
    inner = 'module "k" {\n  source = "../kms"\n}\nmodule "own" {\n  source = "./sub"\n}\n'
    files: dict[str, str | bytes] = {
        "modules/vpc/main.tf": MAIN,
        "modules/vpc/calls.tf": inner,
        "modules/vpc/run.sh": "#!/bin/sh\n",
        "modules/vpc/sub/main.tf": "locals {\n  x = path.module\n}\n",
        "modules/vpc/.terraform/x": "made by init",
        "modules/kms/main.tf": MAIN,
        "envs/main.tf": caller,
        "other.tf": 'module "k" {\n  source = "./modules/kms"\n}\n',
    }
    write_files(project, files)
    (project / "modules/vpc/run.sh").chmod(0o755)
    ended = terra("adopt", "modules/vpc", "--as", f"{NAME}@1.4.0", "--move", "--json")
    target = project / "plugins" / NAME
    assert (project / "envs/main.tf").read_bytes() == caller.replace("modules/vpc", f"plugins/{NAME}").encode()
    assert (project / "other.tf").read_text() == files["other.tf"]
    assert (target / "calls.tf").read_text() == inner.replace("../kms", "../../../modules/kms")
    assert (target / "run.sh").stat().st_mode & 0o111
    assert sorted(path.name for path in (project / "modules/vpc").rglob("*")) == [".terraform", "x"]
    found = ended.json["adopted"]
    assert found["callers"] == ["envs/main.tf:1", f"plugins/{NAME}/calls.tf:1"]
    assert (found["moved_from"], found["left"]) == ("modules/vpc", ["modules/vpc/.terraform"])
    assert found["foreign"] == ["calls.tf", "run.sh", "sub/main.tf"]
    assert any("sub/main.tf:2` has `path.module`" in each for each in ended.json["warnings"])


@pytest.mark.parametrize(
    ("files", "words", "exit", "said"),
    [
        ({"modules/vpc/main.tf": MAIN, f"plugins/{NAME}/x": ""}, "modules/vpc --move", 6, "something is there"),
        ({"modules/vpc/main.tf": MAIN}, "modules/none", 3, "there is no folder"),
        ({"plugins/main.tf": MAIN}, "plugins --move", 2, "one is in the other"),
        ({"modules/vpc/.git/x": "", "modules/vpc/main.tf": MAIN}, "modules/vpc --move", 2, "repository of its own"),
        ({"modules/vpc/a/.git": "", "modules/vpc/main.tf": MAIN}, "modules/vpc --move", 2, "`modules/vpc/a` is a repo"),
        (
            {"modules/vpc/main.tf": MAIN, "a.tf.json": '{"module": {"v": {"source": "./modules/vpc"}}}'},
            "modules/vpc --move",
            2,
            "is written as JSON",
        ),
        ({"modules/vpc/main.tf": MAIN}, "..", 2, "is not a folder inside the project"),
        ({"plugins/x/y.md": "y"}, "plugins --move", 2, "one is in the other"),
    ],
)
def test_what_is_refused_changes_nothing(
    project: Path, terra: Terra, files: dict[str, str | bytes], words: str, exit: int, said: str
) -> None:
    write_files(project, files)
    before = snapshot(project)
    ended = terra("adopt", *words.split(), "--as", f"{NAME}@1.4.0", exit=exit)
    assert said in ended.err
    assert snapshot(project) == before


def test_an_empty_folder_is_not_in_the_way(project: Path, terra: Terra) -> None:
    write_files(project, {"modules/vpc/main.tf": MAIN})
    (project / "plugins" / NAME).mkdir(parents=True)
    terra("adopt", "modules/vpc", "--as", f"{NAME}@1.4.0", "--move")
    assert (project / "plugins" / NAME / "main.tf").read_text() == MAIN


def test_a_move_keeps_modes(project: Path, terra: Terra) -> None:
    modes = {"secret.tf": 0o600, "run.sh": 0o750, "calls.tf": 0o640}
    write_files(project / "modules/vpc", {**dict.fromkeys(modes, "# own\n"), "main.tf": MAIN})
    write_files(project, {"modules/vpc/calls.tf": 'module "k" {\n  source = "../kms"\n}\n', "modules/kms/main.tf": ""})
    for name, mode in modes.items():
        (project / "modules/vpc" / name).chmod(mode)
    terra("adopt", "modules/vpc", "--as", f"{NAME}@1.4.0", "--move")
    target = project / "plugins" / NAME
    assert {name: stat.S_IMODE((target / name).stat().st_mode) for name in modes} == modes


def test_what_stays_away_is_not_brought_by_the_next_sync(project: Path, terra: Terra) -> None:
    folder = project / "plugins" / NAME
    write_files(folder, {"main.tf": MAIN, "outputs.tf": FILES["outputs.tf"]})
    assert terra("adopt", str(folder), "--as", f"{NAME}@1.4.0", "--json").json["adopted"]["missing"] == ["README.md"]
    before = snapshot(project)
    terra("sync", "--check")
    terra("sync")
    assert snapshot(project) == before


@pytest.mark.parametrize("place", ["plugins/kms", "plugins/kms/old"])
def test_a_folder_does_not_move_from_where_something_comes(workspace: Workspace, terra: Terra, place: str) -> None:
    kms = workspace.plugin("kms")
    workspace.plugin("vpc", {"main.tf": MAIN}, '[plugin]\nname = "vpc"\nversion = "1.0.0"\n[dependencies]\nkms = "*"\n')
    workspace.write([{"name": each, "source": f"workspace:packages/plugins/{each}"} for each in ("kms", "vpc")])
    write_files(terra.cwd / place, {"main.tf": (kms / "main.tf").read_bytes(), "README.md": "# kms\n"})
    before = snapshot(terra.cwd)
    words = ("adopt", place, "--as", "vpc@1.0.0", "--move", "--registry", str(workspace.registry))
    assert "`kms@0.1.0`, which comes with it, will be in `plugins/kms`" in terra(*words, exit=2).err
    assert snapshot(terra.cwd) == before


def test_a_link_in_the_folder_is_not_moved(project: Path, terra: Terra) -> None:
    write_files(project, {"modules/vpc/main.tf": MAIN})
    (project / "modules/vpc/link.tf").symlink_to("main.tf")
    before = snapshot(project)
    assert "is a link" in terra("adopt", "modules/vpc", "--as", f"{NAME}@1.4.0", "--move", exit=5).err
    assert snapshot(project) == before


def test_a_caller_outside_the_project_stops_the_move(project: Path, terra: Terra) -> None:
    inner = project / "infra"
    write_files(inner, {"modules/vpc/main.tf": MAIN, "terra.toml": (project / "terra.toml").read_text()})
    write_files(project, {"main.tf": 'module "v" {\n  source = "./infra/modules/vpc"\n}\n', ".git/x": ""})
    ended = terra("adopt", "modules/vpc", "--as", f"{NAME}@1.4.0", "--move", cwd=inner, exit=2)
    assert "`../main.tf` calls it and is outside the project" in ended.err
    assert (inner / "modules/vpc/main.tf").exists()


def test_twice_is_refused(project: Path, terra: Terra) -> None:
    write_files(project / "plugins" / NAME, FILES)
    terra("adopt", f"plugins/{NAME}", "--as", f"{NAME}@1.4.0")
    ended = terra("adopt", f"plugins/{NAME}", "--as", f"{NAME}@1.5.0", exit=2)
    assert f"`{NAME}@1.4.0` is in the project already" in ended.err
    assert "is in `plugins" in terra("adopt", "plugins/acme", "--as", "x@1.0.0", exit=2).err


def test_what_the_release_needs_comes_with_it(workspace: Workspace, terra: Terra) -> None:
    workspace.plugin("kms")
    needing = '[plugin]\nname = "vpc"\nversion = "1.0.0"\n[dependencies]\nkms = ">=0.1"\n'
    workspace.plugin("vpc", {"main.tf": MAIN}, needing)
    entries = [{"name": each, "source": f"workspace:packages/plugins/{each}"} for each in ("kms", "vpc")]
    workspace.write(entries)
    write_files(terra.cwd, {"plugins/vpc/main.tf": "# mine\n"})
    terra("adopt", "plugins/vpc", "--as", "vpc@1.0.0", "--registry", str(workspace.registry))
    assert (terra.cwd / "plugins/kms/main.tf").read_text() == MAIN
    assert (terra.cwd / "plugins/vpc/main.tf").read_text() == "# mine\n"
    assert [each["direct"] for each in terra("list", "--json").json["plugins"]] == [False, True]


def test_a_renamed_file_is_said_to_be_one(project: Path, terra: Terra) -> None:
    lines = "".join(f'variable "v{number}" {{\n  type = number\n}}\n' for number in range(9))
    files = {"main.tf": MAIN, "inputs.tf": f"{lines}# mine\n", "provider.tf": 'provider "x" {\n}\n'}
    write_files(project.parent / "workspace/vpc-1.4.0", {"variables.tf": f"# theirs\n{lines}"})
    write_files(project / "plugins" / NAME, files)
    ended = terra("adopt", f"plugins/{NAME}", "--as", f"{NAME}@1.4.0", "--dry-run")
    assert "kept inputs.tf: the release's variables.tf, which no update finds under this name" in ended.out
    assert "missing variables.tf" not in ended.out
    assert "kept provider.tf: not of the release" in ended.out
    found = terra("adopt", f"plugins/{NAME}", "--as", f"{NAME}@1.4.0", "--json").json["adopted"]
    assert found["renamed"] == [{"released": "variables.tf", "here": "inputs.tf"}]


def test_a_copy_that_git_ignores_is_said_to_be(project: Path, terra: Terra) -> None:
    write_files(project / "plugins" / NAME, {"main.tf": MAIN})
    subprocess.run([require("git"), "init", "-q", str(project)], check=True)
    (project / ".gitignore").write_text("plugins/\n")
    ended = terra("adopt", f"plugins/{NAME}", "--as", f"{NAME}@1.4.0", "--json")
    assert ended.json["warnings"] == [f"git ignores `plugins/{NAME}/main.tf`, and plugins are meant to be committed"]
    assert ended.json["warnings"][0] in ended.err


def test_a_folder_behind_a_link_is_not_adopted(project: Path, terra: Terra) -> None:
    write_files(project, {"shared/vpc/main.tf": MAIN})
    (project / "modules").symlink_to("shared")
    for words in ((), ("--as", f"{NAME}@1.4.0", "--move")):
        assert "`modules/vpc` is behind the link `modules`" in terra("adopt", "modules/vpc", *words, exit=5).err


def test_a_file_that_is_too_large_to_read_is_named(project: Path, terra: Terra) -> None:
    large = f'{"# x" * 400_000}\nmodule "v" {{\n  source = "./modules/vpc"\n}}\n'
    write_files(project, {"modules/vpc/main.tf": MAIN, "large.tf": large})
    said = "`large.tf` is larger than 1 MiB and was not read"
    words = ("adopt", "modules/vpc", "--as", f"{NAME}@1.4.0")
    assert said in terra(*words, exit=2).err
    assert said in terra("adopt", ".").err
    assert any(said in each for each in terra("adopt", ".", "--rewrite", "--json").json["warnings"])
    assert said in terra(*words, "--move").err
