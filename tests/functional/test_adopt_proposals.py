"""`terra adopt FOLDER`: of which release it is likely a copy, and which folders may be copies."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from support.project import MAIN, snapshot, write_files
from support.served import served

if TYPE_CHECKING:
    from pathlib import Path

    from support.project import Terra, Workspace

NAME = "acme/aws-vpc"
OUTPUTS = 'output "x" {\n  value = 1\n}\n'
FILES: dict[str, str | bytes] = {"main.tf": MAIN, "outputs.tf": OUTPUTS, "README.md": "# vpc\n"}


def release(workspace: Workspace, name: str, version: str, files: dict[str, str | bytes]) -> dict[str, Any]:
    """Write a release into the registry's folder, and return its entry."""
    folder = f"{name.replace('/', '-')}-{version}"
    write_files(workspace.folder / folder, files)
    manifest = f'[plugin]\nname = "{name}"\nversion = "{version}"\n'
    write_files(workspace.folder / folder, {"terra-plugin.toml": manifest})
    return {"source": f"workspace:{folder}"}


def registry(workspace: Workspace, **plugins: dict[str, dict[str, Any]]) -> None:
    entries = [{"name": name, "versions": versions} for name, versions in plugins.items()]
    workspace.write({"terra-registry": 1, "plugins": entries})


@pytest.fixture
def project(workspace: Workspace, terra: Terra) -> Path:
    """A project whose registry has 1.4.0, and 1.5.0 with another `outputs.tf`."""
    newer = {**FILES, "outputs.tf": OUTPUTS.replace("1", "2"), "main.tf": f"{MAIN}# 1.5\n"}
    versions = {"1.4.0": release(workspace, NAME, "1.4.0", FILES), "1.5.0": release(workspace, NAME, "1.5.0", newer)}
    registry(workspace, **{NAME: versions})
    (terra.cwd / "terra.toml").write_text(f'[registries.acme]\nurl = "{workspace.registry}"\n')
    return terra.cwd


def test_the_nearest_comes_first(project: Path, terra: Terra) -> None:
    write_files(project, {"modules/vpc/main.tf": f"{MAIN}# mine\n", "modules/vpc/outputs.tf": OUTPUTS})
    found = terra("adopt", "modules/vpc", "--json").json
    assert [each["version"] for each in found["proposals"]] == ["1.4.0", "1.5.0"]
    best = found["proposals"][0]
    assert [best[key] for key in ("name", "equal", "edited", "missing", "extra")] == [NAME, 1, 1, 1, 0]
    assert best["likeness"] > found["proposals"][1]["likeness"]
    assert found["next"] == f"terra adopt modules/vpc --as {NAME}@1.4.0 --move"
    terra(*found["next"].split()[1:])
    assert terra("list", "--json").json["plugins"][0]["edited"] == ["main.tf"]


def test_a_name_alone_proposes_its_releases(project: Path, terra: Terra) -> None:
    write_files(project, {f"plugins/{NAME}/{path}": data for path, data in FILES.items()})
    before = snapshot(project)
    text = terra("adopt", f"plugins/{NAME}", "--as", NAME).out
    assert text.splitlines()[1].split()[:3] == [f"{NAME}@1.4.0", "100%", "3"]
    assert snapshot(project) == before


def test_nothing_near_is_said(project: Path, terra: Terra) -> None:
    write_files(project, {"modules/vpc/main.tf": 'resource "terraform_data" "queue" {\n  input = 7\n}\n'})
    ended = terra("adopt", "modules/vpc", exit=3)
    assert "`modules/vpc` is like none of the 2 releases that it was compared with" in ended.err
    few = "".join(f'output "{number}" {{\n  value = {number}\n}}\n' for number in range(4))
    write_files(project, {"modules/vpc/main.tf": f"{OUTPUTS}{few}"})
    ended = terra("adopt", "modules/vpc", exit=3)
    assert "is no copy of any of the 2 releases that it was compared with" in ended.err
    assert re.search(rf"`{NAME}@1.4.0` is the nearest, [1-3]\d% alike", ended.err)


def test_the_own_manifest_names_the_release(project: Path, terra: Terra, workspace: Workspace) -> None:
    manifest = (workspace.folder / "acme-aws-vpc-1.4.0/terra-plugin.toml").read_bytes()
    write_files(project, {"x/y/main.tf": FILES["main.tf"], "x/y/terra-plugin.toml": manifest})
    assert terra("adopt", "x/y", "--json").json["proposals"][0]["version"] == "1.4.0"


def test_of_two_that_fit_equally_well_the_older_is_taken(project: Path, terra: Terra, workspace: Workspace) -> None:
    versions = {}
    for minor in (3, 4, 5):
        versions[f"1.{minor}.0"] = release(workspace, NAME, f"1.{minor}.0", {**FILES, "README.md": f"# {minor}\n"})
    registry(workspace, **{NAME: versions})
    write_files(project, {"modules/vpc/main.tf": MAIN, "modules/vpc/outputs.tf": f"{OUTPUTS}# mine\n"})
    found = terra("adopt", "modules/vpc", "--json").json
    assert [each["version"] for each in found["proposals"] if each["best"]] == ["1.3.0", "1.4.0", "1.5.0"]
    assert found["next"] == f"terra adopt modules/vpc --as {NAME}@1.3.0 --move"
    text = terra("adopt", "modules/vpc").out
    assert f"`{NAME}@1.3.0`, `{NAME}@1.4.0` and `{NAME}@1.5.0` fit equally well. The oldest loses nothing" in text


def test_of_two_plugins_that_fit_equally_well_none_is_taken(project: Path, terra: Terra, workspace: Workspace) -> None:
    fork = release(workspace, "fork/aws-vpc", "9.0.0", FILES)
    registry(
        workspace, **{NAME: {"1.4.0": {"source": "workspace:acme-aws-vpc-1.4.0"}}, "fork/aws-vpc": {"9.0.0": fork}}
    )
    write_files(project, {"modules/vpc/main.tf": MAIN, "modules/vpc/outputs.tf": OUTPUTS})
    found = terra("adopt", "modules/vpc", "--json").json
    assert found["next"] is None
    commands = [f"terra adopt modules/vpc --as {each} --move" for each in (f"{NAME}@1.4.0", "fork/aws-vpc@9.0.0")]
    assert [each["next"] for each in found["proposals"]] == commands
    text = terra("adopt", "modules/vpc").out
    assert "only you can tell" in text
    assert all(f"    {each}\n" in text for each in commands)
    assert "Next:" not in text


def test_what_the_files_are_called_does_not_matter(project: Path, terra: Terra) -> None:
    crlf = f"# no comment of theirs\n{OUTPUTS}".replace("\n", "\r\n").encode()
    write_files(project, {"modules/vpc/all.tf": MAIN, "modules/vpc/out.tf": crlf})
    best = terra("adopt", "modules/vpc", "--json").json["proposals"][0]
    assert (best["version"], best["likeness"], best["missing"], best["extra"]) == ("1.4.0", 100, 3, 2)


def test_an_old_release_is_found_among_many_with_few_fetched(workspace: Workspace, terra: Terra) -> None:
    versions = {}
    for minor in range(60):
        text = "".join(f"locals {{\n  x{number} = {number}\n}}\n" for number in range(minor + 20))
        path, checksum = workspace.archive(f"vpc-1.{minor}.0", {"main.tf": text})
        versions[f"1.{minor}.0"] = {"source": path.name, "checksum": checksum}
        if minor == 13:
            write_files(terra.cwd, {"modules/vpc/main.tf": f'{text}resource "mine" "x" {{\n}}\n'})
    registry(workspace, vpc=versions)
    with served(workspace.folder) as (url, asked):
        words = ("adopt", "modules/vpc", "--registry", f"{url}/registry.json")
        found = terra(*words, "--json").json
        fetched = [each for each in asked if each.endswith(".zip")]
        assert "of 60 releases, around the nearest" in terra(*words).out
    assert found["proposals"][0]["version"] == "1.13.0"
    assert len(fetched) == found["compared"] <= 16
    assert found["known"] == 60
    assert f"--registry {url}/registry.json" in found["next"]


def test_no_release_at_all(terra: Terra, isolated: Path) -> None:
    write_files(terra.cwd, {"modules/vpc/main.tf": MAIN})
    ended = terra("adopt", "modules/vpc", exit=3)
    assert "`modules/vpc` was compared with nothing: no registry of this project lists a release" in ended.err
    assert "terra registry add" in ended.err


class TestCopies:
    def test_a_folder_of_folders_names_what_may_be_a_copy(self, project: Path, terra: Terra) -> None:
        files: dict[str, str | bytes] = dict.fromkeys(
            ["modules/aws/vpc/main.tf", "modules/aws/vpc/sub/main.tf", "modules/kms/x.tofu"], MAIN
        )
        caller = 'module "v" {\n  source = "./modules/aws/vpc"\n}\n'
        write_files(project, {**files, "modules/notes/x.md": "x", "main.tf": caller, "more.tf": caller})
        before = snapshot(project)
        found = terra("adopt", "modules", "--json").json["copies"]
        assert found == [
            {"folder": "modules/kms", "callers": [], "next": "terra adopt modules/kms"},
            {"folder": "modules/aws/vpc", "callers": ["main.tf:1", "more.tf:1"], "next": "terra adopt modules/aws/vpc"},
        ]
        text = terra("adopt", "modules").out
        assert "`modules` is no module itself, and holds 2 folders with Terraform files" in text
        assert (
            "modules/aws/vpc: called by main.tf:1 and 1 more\n    copied by hand? `terra adopt modules/aws/vpc`" in text
        )
        assert terra("adopt", "aws", cwd=project / "modules", exit=0).out.count("`terra adopt aws/vpc`") == 1
        assert snapshot(project) == before

    def test_a_block_that_calls_a_folder_of_the_project_names_it(self, project: Path, terra: Terra) -> None:
        own = 'module "own" {\n  source = "./sub"\n}\n'
        calls = ("./modules/vpc//sub", "../outside", "./modules/none", f"./plugins/{NAME}")
        text = "".join(f'module "m{number}" {{\n  source = "{each}"\n}}\n' for number, each in enumerate(calls))
        write_files(project, {"modules/vpc/main.tf": own, "modules/vpc/sub/main.tf": MAIN, "main.tf": text})
        terra("add", NAME)
        for path in ("main.tf", "."):
            found = terra("adopt", path, "--json").json
            assert [each["folder"] for each in found["copies"]] == ["modules/vpc"]
            assert found["copies"][0]["callers"] == ["main.tf:1"]
            assert found["blocks"] == []
        assert (
            "modules/vpc: called by main.tf:1\n    copied by hand? `terra adopt modules/vpc`" in terra("adopt", ".").out
        )

    def test_plugins_are_no_copies(self, project: Path, terra: Terra) -> None:
        terra("add", NAME)
        write_files(project, {f"plugins/{NAME}/modules/own/main.tf": MAIN, "notes/x.md": "x"})
        assert "every module in `plugins` is a plugin" in terra("adopt", "plugins", exit=2).err
        for inner in ("", "/modules", "/modules/own"):
            assert f"is in `plugins/{NAME}`" in terra("adopt", f"plugins/{NAME}{inner}", exit=2).err
        assert "there is no Terraform file in `notes`" in terra("adopt", "notes", exit=3).err
        write_files(project, {"plugins/other/main.tf": MAIN})
        assert json.dumps(terra("adopt", "plugins", "--json").json["copies"]).count('"folder"') == 1
