"""No terra.toml, no terra.lock, either of them half merged, or a plugin in another set: one answer, and a true one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.expected import error_of, refused
from support.graph import Graph
from support.project import write_files

if TYPE_CHECKING:
    from pathlib import Path

    from support.project import Terra

HEAD = '[registries.here]\nurl = "../here"\n\n[sets.dev]\n'
READING = ["diff --exit-code", "list", "tree", "outdated", "verify", "sync", "update", "accept --all"]
NAMING = ["usage x", "why x", "accept x", "remove x", "module x", "promote dev x", "update x"]


@pytest.fixture
def project(terra: Terra, isolated: Path) -> Path:
    """A project with `a`, and a set `dev` with `b`."""
    (terra.cwd / "terra.toml").write_text(HEAD)
    Graph(isolated / "here").add("a@1.0.0").add("b@1.0.0").write()
    terra("add", "a")
    terra("add", "b", "--set", "dev")
    return terra.cwd


@pytest.mark.parametrize("command", [*READING, *NAMING])
def test_without_a_project_every_command_says_so(terra: Terra, command: str) -> None:
    refused(terra, *command.split(), exit=2, says=["there is no `terra.toml`"], hint="terra add NAME")


def test_the_projects_of_the_repository_are_named(terra: Terra) -> None:
    write_files(terra.cwd, {"shared/terra.toml": "", "live/prod/terra.toml": "", "empty/x.tf": "", ".git/HEAD": ""})
    says = ["there is no `terra.toml`"]
    refused(terra, "list", exit=2, says=says, hint="the projects here: `shared`, `live/prod` (`--project shared`)")
    refused(terra, "tree", exit=2, says=says, hint="`--project ../shared`", cwd=terra.cwd / "empty")
    refused(terra, "tree", "--project", "empty", exit=2, says=says, hint="`--project shared`")


def test_a_lost_lock_is_said(terra: Terra, project: Path) -> None:
    (project / "terra.lock").unlink()
    for command in ("list", "outdated"):
        ended = terra(command)
        assert ended.out.splitlines() == [
            "terra.toml asks for `a`, which terra.lock does not have: `terra sync`",
            "terra.toml asks for `b` in the set `dev`, which terra.lock does not have: `terra sync`",
        ]
        assert terra(command, "--json").json["unlocked"] == [{"name": "a", "set": ""}, {"name": "b", "set": "dev"}]
    refused(terra, "usage", "a", exit=3, says=["`a` is not locked"], hint="`terra sync` locks it")
    terra("sync")
    assert "asks for" not in terra("list").out
    assert terra("list", "--json").json["unlocked"] == []


def test_a_line_that_is_not_locked_is_said_beside_what_is(terra: Terra, project: Path) -> None:
    manifest = project / "terra.toml"
    manifest.write_text(manifest.read_text().replace("\n[sets.dev]\n", '\n[sets.dev]\n\n[plugins]\nb = "*"\n', 1))
    manifest.write_text(HEAD + '[plugins]\na = "*"\nb = "*"\n[sets.dev.plugins]\nb = "*"\n')
    shown = terra("list").out.splitlines()
    assert shown[-1] == "terra.toml asks for `b`, which terra.lock does not have: `terra sync`"
    assert shown[1].startswith("a ")


@pytest.mark.parametrize("command", ["remove b", "module b", "usage b --set default", "update b --set default"])
def test_a_plugin_of_another_set(terra: Terra, project: Path, command: str) -> None:
    says = ["`b` is not locked in the default set"]
    refused(terra, *command.split(), exit=3, says=says, hint="`b` is in the set `dev`: `--set dev`")


def test_a_plugin_of_the_default_set(terra: Terra, project: Path) -> None:
    hint = "`a` is in the default set: leave `--set` out"
    refused(terra, "module", "a", "--set", "dev", exit=3, says=["`a` is not locked in the set `dev`"], hint=hint)
    hint = "`terra add other --set dev` adds it"
    refused(terra, "module", "other", "--set", "dev", exit=3, says=["`other` is not locked"], hint=hint)


def test_a_terra_toml_with_conflict_markers(terra: Terra, project: Path) -> None:
    manifest = project / "terra.toml"
    both = '<<<<<<< HEAD\na = "1.0.0"\n=======\na = "*"\n>>>>>>> theirs\n'
    manifest.write_text(HEAD + "\n[plugins]\n" + both)
    first = manifest.read_text().splitlines().index("<<<<<<< HEAD") + 1
    says = [
        f"`line {first}`: expected TOML, got a conflict marker of a merge, `<<<<<<< HEAD`",
        f"`line {first + 2}`: expected TOML, got a conflict marker of a merge, `=======`",
        f"`line {first + 4}`: expected TOML, got a conflict marker of a merge, `>>>>>>> theirs`",
    ]
    for command in ("list", "sync"):
        refused(terra, command, exit=2, says=says, hint="take the markers out")


def test_words_that_are_no_command(terra: Terra) -> None:
    error, hint = error_of(terra("frob", exit=2))
    assert error.strip().endswith("there is no command `frob`")
    assert "terra --help" in "".join(hint)
    assert "did you mean `update`?" in "".join(error_of(terra("updat", exit=2))[1])
    assert terra("help").out == terra("--help").out
    assert terra("help", "cache", "prune").out == terra("cache", "prune", "--help").out


def test_options_stand_between_names(terra: Terra, project: Path) -> None:
    terra("remove", "a", "--dry-run", "--force", "a")
    terra("search", "a", "--registry", "here", "b", exit=0)
    refused(terra, "remove", "a", "b", "--set", exit=2, says=["--set: expected one argument"], hint="--help")
