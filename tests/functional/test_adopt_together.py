"""`terra adopt` of copies that call each other, as their releases call the plugins that they need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from support.project import Terra, Workspace, snapshot, write_files

if TYPE_CHECKING:
    from pathlib import Path

KEY = 'variable "team" {\n  type = string\n}\n\nresource "terraform_data" "key" {\n  input = var.team\n}\n'
NEWER = f'{KEY}\noutput "id" {{\n  value = terraform_data.key.id\n}}\n'


def call(*names: str) -> str:
    return "\n".join(f'module "{name}" {{\n  source = "../{name}"\n  team   = "x"\n}}\n' for name in names)


BUCKET = f'{call("key")}\nresource "terraform_data" "bucket" {{\n  input = 1\n}}\n'
APP = f'{call("key", "bucket")}\nresource "terraform_data" "app" {{\n  input = 2\n}}\n'
NEEDS = {"bucket": ["key"], "app": ["key", "bucket"]}
RELEASES = {("key", "1.0.0"): KEY, ("key", "1.1.0"): NEWER, ("bucket", "1.0.0"): BUCKET, ("app", "1.0.0"): APP}


@pytest.fixture
def project(workspace: Workspace, terra: Terra) -> Path:
    """A project with copies of three releases that call each other, each before what it calls in the alphabet."""
    plugins: dict[str, dict[str, Any]] = {}
    for (name, version), text in RELEASES.items():
        write_files(workspace.folder / f"{name}-{version}", {"main.tf": text, "README.md": f"# {name}\n"})
        entry = {"source": f"workspace:{name}-{version}", "dependencies": dict.fromkeys(NEEDS.get(name, ()), ">=1,<2")}
        plugins.setdefault(name, {})[version] = entry
    listed = [{"name": name, "versions": versions} for name, versions in plugins.items()]
    workspace.write({"terra-registry": 1, "plugins": listed})
    write_files(
        terra.cwd,
        {
            "terra.toml": f'[registries.acme]\nurl = "{workspace.registry}"\n',
            "modules/key/main.tf": KEY,
            "modules/bucket/main.tf": BUCKET,
            "modules/app/main.tf": APP,
            "main.tf": 'module "app" {\n  source = "./modules/app"\n}\n',
        },
    )
    return terra.cwd


def adopt(terra: Terra, release: str, **how: int) -> Any:
    return terra("adopt", f"modules/{release.partition('@')[0]}", "--as", release, "--move", "--json", **how)


def test_what_is_called_comes_first_in_the_list(project: Path, terra: Terra) -> None:
    found = [each["folder"] for each in terra("adopt", "modules", "--json").json["copies"]]
    assert found == ["modules/key", "modules/bucket", "modules/app"]
    assert "3 folders with Terraform files, to be adopted in this order:" in terra("adopt", "modules").out


def test_copies_in_a_circle_are_listed(project: Path, terra: Terra) -> None:
    write_files(project, {"modules/key/more.tf": call("app")})
    found = [each["folder"] for each in terra("adopt", "modules", "--json").json["copies"]]
    assert sorted(found) == ["modules/app", "modules/bucket", "modules/key"]


def test_one_after_the_other_they_are_as_released(project: Path, terra: Terra) -> None:
    first, second, third = (adopt(terra, each).json["adopted"] for each in ("key@1.0.0", "bucket@1.0.0", "app@1.0.0"))
    assert first["callers"] == ["modules/app/main.tf:1", "modules/bucket/main.tf:1"]
    for found in (first, second, third):
        assert (found["equal"], found["edited"]) == (["main.tf"], [])
    assert second["callers"] == ["modules/app/main.tf:6", "plugins/bucket/main.tf:1"]
    assert third["callers"] == ["main.tf:1", "plugins/app/main.tf:1", "plugins/app/main.tf:6"]
    assert (project / "plugins/app/main.tf").read_text() == APP
    assert not (project / "modules").exists()
    terra("verify")


def test_an_edit_beside_a_rewritten_block_is_one(project: Path, terra: Terra) -> None:
    write_files(project, {"modules/bucket/main.tf": f"{BUCKET}# mine\n"})
    adopt(terra, "key@1.0.0")
    assert adopt(terra, "bucket@1.0.0").json["adopted"]["edited"] == ["main.tf"]


@pytest.mark.parametrize("words", [(), ("--move",), ("--move", "--dry-run")])
def test_a_caller_waits_for_what_it_calls(project: Path, terra: Terra, words: tuple[str, ...]) -> None:
    before = snapshot(project)
    said = terra("adopt", "modules/app", "--as", "app@1.0.0", *words, exit=2).err
    assert "modules/app/main.tf:1: `../key` is `modules/key`, and `key@1.1.0` would take its place" in said
    assert "hint: adopt what it calls first: `terra adopt modules/key --as key`" in said
    assert snapshot(project) == before
    assert terra("adopt", "modules/key", "--as", "key", "--json").json["next"].endswith("--as key@1.0.0 --move")


def test_what_stands_behind_an_unedited_copy_is_not_left_behind(project: Path, terra: Terra) -> None:
    write_files(project, {"modules/app/main.tf": APP.replace(call("key"), "")})
    said = adopt(terra, "app@1.0.0", exit=2).out
    assert "modules/bucket/main.tf:1: `../key` is `modules/key`" in said


def test_the_release_s_own_line_calls_the_plugin_where_nothing_is_lost(project: Path, terra: Terra) -> None:
    write_files(project, {"modules/key/main.tf": NEWER})
    for path in (project / "modules/bucket").iterdir():
        path.unlink()
    (project / "modules/bucket").rmdir()
    ended = adopt(terra, "app@1.0.0")
    assert (project / "plugins/app/main.tf").read_text() == APP
    assert ended.json["adopted"]["callers"] == ["main.tf:1"]
    told = [each for each in ended.json["warnings"] if "modules/" in each]
    assert len(told) == 1
    assert "`plugins/key` is called in place of `modules/key`, which is the same" in told[0]
    assert (project / "modules/key/main.tf").exists()
    terra("verify")


def test_a_copy_under_another_name_is_recognised(project: Path, terra: Terra) -> None:
    (project / "modules/key").rename(project / "modules/kms")
    text = BUCKET.replace("../key", "../kms")
    write_files(project, {"modules/bucket/main.tf": text})
    assert "`../kms` is `modules/kms`" in adopt(terra, "bucket@1.0.0", exit=2).out
    write_files(project, {"modules/kms/main.tf": 'output "own" {\n  value = 1\n}\n'})  # no copy, but a choice
    assert adopt(terra, "bucket@1.0.0").json["adopted"]["edited"] == ["main.tf"]
    assert "../../modules/kms" in (project / "plugins/bucket/main.tf").read_text()


def test_a_plugin_that_is_there_already_takes_nobody_s_place(project: Path, terra: Terra) -> None:
    terra("add", "key")
    ended = adopt(terra, "bucket@1.0.0")
    assert any("`plugins/bucket` goes on calling `modules/key`" in each for each in ended.json["warnings"])
    assert "../../modules/key" in (project / "plugins/bucket/main.tf").read_text()
    assert "takes a copy into another set" in adopt(terra, "key@1.0.0", exit=2).out
