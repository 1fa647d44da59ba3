"""A set whose table was taken out of terra.toml by hand, while terra.lock still has it."""

from __future__ import annotations

import subprocess
import tomllib
from typing import TYPE_CHECKING

import pytest

from support.expected import refused
from support.graph import Graph
from support.project import snapshot, write_files

if TYPE_CHECKING:
    from pathlib import Path

    from support.project import Terra

HEAD = '[registries.here]\nurl = "../here"\n'


@pytest.fixture
def project(terra: Terra, isolated: Path) -> Path:
    """A project with a plugin in the default set, and the same and another in `dev`, of which only the lock knows."""
    Graph(isolated / "here").add("vpc@0.1.0", files={"main.tf": "# vpc\n", "x.tf": ""}).add("log@0.1.0").write()
    (terra.cwd / "terra.toml").write_text(f'{HEAD}\n[plugins]\nvpc = "*"\n')
    without = (terra.cwd / "terra.toml").read_text()
    (terra.cwd / "terra.toml").write_text(f'{without}\n[sets.dev]\nplugins = {{ vpc = "*", log = "*" }}\n')
    terra("sync")
    (terra.cwd / "terra.toml").write_text(without)
    return terra.cwd


def locked(project: Path) -> list[tuple[str | None, str]]:
    return [(each.get("set"), each["id"]) for each in tomllib.loads((project / "terra.lock").read_text())["plugin"]]


def test_it_is_seen_by_whatever_looks(terra: Terra, project: Path) -> None:
    rows = [line for line in terra("list").out.splitlines() if " dev " in line]
    assert len(rows) == 2
    assert all("gone from terra.toml" in row for row in rows)
    listed = terra("list", "--json").json["plugins"]
    assert [(each["set"], each["in_gone_set"]) for each in listed] == [("", False), ("dev", True), ("dev", True)]
    found = terra("verify", "--json", exit=7).json["findings"]
    assert [(each["kind"], each["set"]) for each in found] == [("lock", "dev")] * 2
    assert "`vpc@0.1.0` is locked in the set `dev`" in found[1]["why"]
    assert "the set `dev`" in terra("doctor", exit=None).out
    assert len(terra("sync", "--check", "--json", exit=7).json["notes"]) == 2
    assert terra("diff").out == ""
    terra("accept", "--all")
    refused(terra, "verify", "--set", "dev", exit=2, says=["`dev` is not a set"], hint="`terra sync --set dev`")


@pytest.mark.parametrize("words", [(), ("--set", "dev")])
def test_sync_takes_it_away_and_keeps_what_is_mine(terra: Terra, project: Path, words: tuple[str, ...]) -> None:
    write_files(project / "dev/plugins", {"vpc/main.tf": "# mine\n", "log/own.tf": "# own\n"})
    before = snapshot(project)
    terra("sync", *words, "--dry-run")
    terra("sync", *words, "--locked", exit=7)
    assert snapshot(project) == before
    said = terra("sync", *words)
    assert "kept dev/plugins/vpc/main.tf" in said.out
    assert said.err == ""
    left = {path: what for path, what in snapshot(project / "dev").items() if what != "folder"}
    assert set(left) == {"plugins/vpc/main.tf", "plugins/log/own.tf"}
    assert locked(project) == [(None, "vpc@0.1.0")]
    terra("verify")


def test_the_folder_is_the_one_that_git_knows(terra: Terra, isolated: Path) -> None:
    Graph(isolated / "here").add("vpc@0.1.0").write()
    (terra.cwd / "terra.toml").write_text(f'{HEAD}\n[sets.dev]\ndir = "envs/dev"\nplugins = {{ vpc = "*" }}\n')
    terra("sync")
    git = ("git", "-c", "user.name=a", "-c", "user.email=a@example.org")
    for words in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "it")):
        subprocess.run([*git, *words], cwd=terra.cwd, check=True)
    (terra.cwd / "terra.toml").write_text(HEAD)
    assert terra("sync").err == ""
    assert not (terra.cwd / "envs").exists()
    assert "vpc" not in (terra.cwd / "terra.lock").read_text()


def test_a_folder_that_nobody_knows_any_more(terra: Terra, project: Path) -> None:
    (project / "dev").rename(project / "elsewhere")
    before = snapshot(project / "elsewhere")
    said = terra("sync")
    assert "there is no `dev/plugins`" in said.err
    assert "gone already" not in said.out
    assert snapshot(project / "elsewhere") == before
    assert locked(project) == [(None, "vpc@0.1.0")]


def test_a_folder_that_is_another_sets_by_now(terra: Terra, project: Path) -> None:
    with (project / "terra.toml").open("a") as stream:
        stream.write('\n[sets.test]\ndir = "dev/plugins"\nplugins = { vpc = "*" }\n')
    before = snapshot(project / "dev")
    assert "`dev/plugins` is where the set `test` has its plugins" in terra("sync").err
    assert snapshot(project / "dev") == before
    assert locked(project) == [(None, "vpc@0.1.0"), ("test", "vpc@0.1.0")]
    terra("sync", "--check")


def test_what_this_machine_did_not_leave_stays(terra: Terra, project: Path, isolated: Path) -> None:
    """A commit may bring lock and history of a set that never was: what lies in its folder may be anybody's."""
    before = {path: data for path, data in snapshot(project).items() if path.startswith("dev/")}
    noted = terra("sync", TERRA_HOME=str(isolated / "another"))
    assert "`dev/plugins`: terra did not put them there on this machine" in noted.out + noted.err
    assert locked(project) == [(None, "vpc@0.1.0")]
    assert {path: data for path, data in snapshot(project).items() if path.startswith("dev/")} == before
