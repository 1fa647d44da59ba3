"""`terra outdated`: what is newer, within what the project asks for and beyond it."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from support.expected import refused
from support.graph import Graph
from support.project import write_files

if TYPE_CHECKING:
    from pathlib import Path

    from support.project import Terra

HEAD = '[registries.here]\nurl = "../here"\n\n[sets.dev]\n'


@pytest.fixture
def graph(terra: Terra, isolated: Path) -> Graph:
    """Releases of `a`, which needs `key`; `old`, whose registry says so; and a pre-release."""
    (terra.cwd / "terra.toml").write_text(HEAD)
    graph = Graph(isolated / "here")
    for version in ("1.0.0", "1.1.0", "2.0.0", "3.0.0-rc.1"):
        graph.add(f"a@{version}", {"key": f">={version[0]},<{int(version[0]) + 1}"})
    for version in ("1.0.0", "1.5.0", "2.0.0"):
        graph.add(f"key@{version}")
    graph.add("still@1.0.0").write()
    return graph


def found(terra: Terra, *words: str) -> dict[str, dict[str, Any]]:
    plugins = terra("outdated", "--json", *words).json["plugins"]
    return {f"{each['name']}{'@' if each['set'] else ''}{each['set']}": each for each in plugins}


def versions(each: dict[str, Any]) -> tuple[str, str | None, str | None, bool]:
    return each["current"], each["compatible"], each["latest"], each["newer"]


def test_within_and_beyond(terra: Terra, graph: Graph) -> None:
    terra("add", "a@1.0.0", "key@1.0.0", "still")
    text = (terra.cwd / "terra.toml").read_text()
    (terra.cwd / "terra.toml").write_text(text.replace('a = "1.0.0"', 'a = "~>1.0"').replace('"1.0.0"', '"*"'))
    listed = found(terra)
    assert versions(listed["a"]) == ("1.0.0", "1.1.0", "2.0.0", True)
    assert versions(listed["key"]) == ("1.0.0", "1.5.0", "2.0.0", True), "what a@1.1.0 needs keeps it below 2"
    assert versions(listed["still"]) == ("1.0.0", "1.0.0", "1.0.0", False)
    shown = terra("outdated").out.splitlines()
    assert [line.split() for line in shown] == [
        ["plugin", "current", "compatible", "latest"],
        ["a", "1.0.0", "1.1.0", "2.0.0"],
        ["key", "1.0.0", "1.5.0", "2.0.0", "`a@1.1.0`", "needs", "`key>=1,<2`"],
    ]
    assert "still" in terra("outdated", "-v").out
    terra("update")
    assert {name: each["current"] for name, each in found(terra).items()} == {
        name: each["compatible"] for name, each in listed.items()
    }, "compatible is what an update brings"


def test_who_keeps_a_plugin_from_its_newest_release(terra: Terra, graph: Graph) -> None:
    terra("add", "a@1.0.0")
    toml = terra.cwd / "terra.toml"
    toml.write_text(HEAD + '[plugins]\na = "1.0.0"\nkey = "<2"\n')
    assert found(terra)["key"]["note"] == "`a@1.0.0` needs `key>=1,<2`"
    assert found(terra)["a"]["note"] == "", "terra.toml asks for it as it is"
    toml.write_text(HEAD + '[plugins]\na = "*"\nkey = "<2"\n')
    assert found(terra)["a"]["note"] == "2.0.0 needs `key>=2,<3`, which would be 1.5.0"


def test_exit_code(terra: Terra, graph: Graph) -> None:
    terra("add", "still")
    assert terra("outdated", "--exit-code").out == "Nothing is newer than what is locked.\n"
    terra("add", "--set", "dev", "key@1.5.0")
    terra("outdated")
    ended = terra("outdated", "--exit-code", "--json", exit=7)
    assert [each["name"] for each in ended.json["plugins"] if each["newer"]] == ["key"], "beyond the line of terra.toml"
    terra("outdated", "--exit-code", "--set", "dev", exit=7)
    refused(terra, "outdated", "--set", "prod", exit=2, says=["`prod` is not a set"], hint="[sets.prod]")


def test_both_together_move_as_an_update_would_move_them(terra: Terra, graph: Graph) -> None:
    terra("add", "a@1.0.0")
    (terra.cwd / "terra.toml").write_text(HEAD + '[plugins]\na = ">=1"\n')
    assert {name: each["compatible"] for name, each in found(terra).items()} == {"a": "2.0.0", "key": "2.0.0"}


def test_what_does_not_say_its_needs_is_taken_to_need_the_same(terra: Terra, graph: Graph) -> None:
    for version in ("1.0.0", "1.1.0"):
        graph.add(f"quiet@{version}", {"key": "<2"}, stated=False)
    graph.write()
    terra("add", "quiet@1.0.0", "key@1.0.0")
    text = (terra.cwd / "terra.toml").read_text()
    (terra.cwd / "terra.toml").write_text(text.replace('"1.0.0"', '"*"'))
    listed = found(terra)
    assert listed["quiet"]["compatible"] == "1.1.0"
    assert listed["key"]["compatible"] == "1.5.0"


def test_yanked_and_deprecated(terra: Terra, graph: Graph) -> None:
    graph.add("old@1.0.0").add("old@1.1.0").write()
    terra("add", "old@1.1.0")
    graph.entries["old"]["versions"]["1.1.0"]["yanked"] = "it deletes\x1b[2J data"
    graph.entries["old"]["deprecated"] = {"reason": "nobody maintains it", "replacement": "new"}
    graph.write()
    listed = found(terra)["old"]
    assert listed["latest"] == "1.0.0", "what is yanked is offered to nobody"
    assert "it deletes" in listed["yanked"]
    assert "nobody maintains it" in listed["deprecated"]
    assert "new" in listed["deprecated"]
    shown = terra("outdated").out
    assert "yanked: it deletes" in shown
    assert "\x1b" not in shown
    assert "deprecated: nobody maintains it" in shown


def test_what_the_registry_no_longer_has(terra: Terra, graph: Graph) -> None:
    terra("add", "still", "key@1.0.0")
    del graph.entries["still"]
    del graph.entries["key"]["versions"]["1.0.0"]
    graph.write()
    listed = found(terra)
    assert listed["still"]["note"] == "`here` does not know it any more"
    assert listed["still"]["latest"] is None
    assert listed["key"]["note"] == "`here` does not list 1.0.0 any more"
    assert listed["key"]["latest"] == "2.0.0"


def test_the_original_form_of_a_registry(terra: Terra, graph: Graph) -> None:
    """Its entries have one release each, and only the archive says which."""
    folder = graph.folder / "one"
    manifest = '[plugin]\nname = "one"\nversion = "{}"\n'
    write_files(folder, {"main.tf": "# one\n", "terra-plugin.toml": manifest.format("0.1.0")})
    (graph.folder / "registry.json").write_text(json.dumps([{"name": "one", "source": "workspace:one"}]))
    terra("add", "one")
    assert versions(found(terra)["one"]) == ("0.1.0", "0.1.0", "0.1.0", False)
    write_files(folder, {"main.tf": "# two\n", "terra-plugin.toml": manifest.format("0.2.0")})
    assert versions(found(terra)["one"]) == ("0.1.0", None, "0.2.0", True), "the line is <0.2"


def test_a_registry_that_is_not_there(terra: Terra, graph: Graph) -> None:
    terra("add", "still")
    (graph.folder / "registry.json").unlink()
    refused(terra, "outdated", exit=4, says=["here"], hint=None)


def test_direct_sources(terra: Terra, graph: Graph, isolated: Path, git_identity: None) -> None:
    repository = isolated / "repository"
    write_files(repository, {"main.tf": "# one\n"})

    def git(*words: str) -> None:
        subprocess.run(["git", "-C", str(repository), *words], check=True, capture_output=True, timeout=60)

    git("init", "--initial-branch", "main")
    git("add", ".")
    git("commit", "-m", "one")
    write_files(terra.cwd / "own", {"main.tf": "# own\n"})
    terra("add", "git:../repository?ref=main", "--as", "branch")
    terra("add", "./own")
    assert [versions(each) for each in found(terra).values()] == [("0.0.0", None, None, False)] * 2
    assert terra("outdated", "--exit-code").out == "Nothing is newer than what is locked.\n"
    write_files(repository, {"main.tf": "# two\n"})
    git("commit", "-a", "-m", "two")
    moved = found(terra)["branch"]
    assert moved["newer"] is True
    assert moved["note"].startswith("its ref is commit ")
    assert "branch  -        -           -       its ref is commit" in terra("outdated", "--exit-code", exit=7).out


def test_what_there_is_to_say_stands_below_where_the_terminal_is_narrow(terra: Terra, graph: Graph) -> None:
    import pexpect

    terra("add", "a@1.0.0", "key@1.0.0")
    child = pexpect.spawn(
        str(terra.program),
        ["outdated", "--color", "never"],
        cwd=str(terra.cwd),
        env={**os.environ, "COLUMNS": ""},
        dimensions=(24, 44),
    )
    child.expect(pexpect.EOF)
    child.close()
    shown = [each.rstrip() for each in child.before.decode().replace("\x1b[K", "").splitlines()]
    assert max(map(len, shown)) <= 44
    assert "    `a@1.0.0` needs `key>=1,<2`" in shown
