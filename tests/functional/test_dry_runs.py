"""`--dry-run` of every command that has it: nothing is written, and no other terra is waited for."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

import pytest

from support.living import MAIN, Living, changed
from support.locks import holding
from support.project import snapshot, write_files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.project import Terra

NET = 'module "net" {\n  source = "git::https://git.example/vpc.git?ref=v0.1.0"\n}\n'
DRY = [
    ("accept", "--all", "--dry-run"),
    ("add", "log", "--dry-run"),
    ("add", "log", "--diff"),
    ("adopt", "plugins/log", "--as", "log@0.1.0", "--dry-run"),
    ("adopt", "net.tf", "--rewrite", "--diff"),
    ("cache", "prune", "--dry-run"),
    ("promote", "default", "dev", "--dry-run"),
    ("registry", "add", "other", "../here/more", "--dry-run"),
    ("registry", "add", "other", "../here/most", "--user", "--dry-run"),
    ("registry", "remove", "here", "--force", "--dry-run"),
    ("registry", "remove", "own", "--user", "--force", "--dry-run"),
    ("remove", "vpc", "--dry-run"),
    ("remove", "vpc", "--diff"),
    ("sync", "--check"),
    ("sync", "--dry-run"),
    ("update", "--dry-run"),
    ("update", "--report", "../pr.md", "--dry-run"),
]


@pytest.fixture
def project(terra: Terra, isolated: Path) -> Path:
    """A project in which each of these commands has something to do."""
    living = Living(terra, isolated).release("0.1.0").add()
    living.graph.add("log@0.1.0").write()
    write_files(isolated / "here", {"more/registry.json": "[]", "most/registry.json": "[]"})
    terra("registry", "add", "own", "../here/more", "--user")
    living.release("0.2.0", {"main.tf": changed(l15="# new")})
    manifest = living.project / "terra.toml"
    manifest.write_text(manifest.read_text() + '\n[sets.dev]\ndir = "dev"\n')
    living.write(main_tf=f"{MAIN}# mine\n")
    write_files(living.project, {"plugins/log/main.tf": "# by hand\n", "net.tf": NET})
    return living.project


def options_of(parser: argparse.ArgumentParser, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                yield from options_of(below, (*words, name))
        yield from ((words, each) for each in action.option_strings)


def test_every_command_is_here() -> None:
    from terra.cli import parser

    having = {words for words, option in options_of(parser.build({})) if option == "--dry-run"}
    assert having == {("init",), *(words[: 2 if words[0] in ("cache", "registry") else 1] for words in DRY)}


@pytest.mark.parametrize("words", [*DRY, ("diff", "--latest")], ids=" ".join)
def test_what_only_looks_waits_for_nobody(terra: Terra, project: Path, words: tuple[str, ...]) -> None:
    if words[0] == "add":
        (project / "plugins/log/main.tf").unlink()
    home, before = os.environ["TERRA_HOME"], snapshot(project)
    with holding(project), holding(home):
        assert terra(*words).err == ""
    assert snapshot(project) == before


def test_init_waits_for_nobody(terra: Terra) -> None:
    with holding(terra.cwd):
        assert terra("init", "--dry-run").err == ""
    assert snapshot(terra.cwd) == {}
