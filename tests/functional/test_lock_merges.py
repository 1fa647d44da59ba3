"""The lock of two branches that each added a plugin, merged by the real git; and what is said after a bad merge."""

from __future__ import annotations

import subprocess
import tomllib
from typing import TYPE_CHECKING

import pytest

from support.expected import error_of, refused
from support.graph import Graph
from support.living import HEAD

if TYPE_CHECKING:
    from pathlib import Path

    from support.project import Terra

pytestmark = pytest.mark.usefixtures("git_identity")
MANIFEST = f'{HEAD}\n[plugins]\naws-b = "*"\n\naws-m = "*"\n\naws-x = "*"\n'


def git(project: Path, *words: str, exit: int = 0) -> str:
    ended = subprocess.run(["git", *words], cwd=project, capture_output=True, text=True, check=False)
    assert ended.returncode == exit, ended.stdout + ended.stderr
    return ended.stdout


@pytest.fixture
def project(terra: Terra, isolated: Path) -> Path:
    graph = Graph(isolated / "here")
    for name in ("aws-a", "aws-b", "aws-c", "aws-d", "aws-m", "aws-n", "aws-x", "aws-z"):
        graph.add(f"{name}@0.1.0", files={"main.tf": f"# {name}\n"})
    graph.add("aws-m@0.2.0").write()
    (terra.cwd / "terra.toml").write_text(MANIFEST.replace('aws-m = "*"', 'aws-m = "<0.2"'))
    terra("sync")
    git(terra.cwd, "init", "-b", "main")
    commit(terra.cwd, "base")
    return terra.cwd


def commit(project: Path, message: str) -> None:
    git(project, "add", "-A")
    git(project, "commit", "-m", message)


def branch(terra: Terra, name: str) -> None:
    """Add a plugin on a branch of its own, in its place of terra.toml."""
    project = terra.cwd
    git(project, "checkout", "-b", name, "main")
    lines = (project / "terra.toml").read_text().splitlines()
    place = next((n for n, line in enumerate(lines) if line.startswith("aws-") and line > name), len(lines))
    lines.insert(place, f'{name} = "*"')
    (project / "terra.toml").write_text("".join(f"{line}\n" for line in lines))
    terra("sync")
    commit(project, name)


def ids(project: Path) -> list[str]:
    return [each["id"].partition("@")[0] for each in tomllib.loads((project / "terra.lock").read_text())["plugin"]]


@pytest.mark.parametrize(("one", "other"), [("aws-a", "aws-n"), ("aws-c", "aws-z"), ("aws-n", "aws-a")])
def test_each_branch_added_another_plugin(terra: Terra, project: Path, one: str, other: str) -> None:
    branch(terra, one)
    branch(terra, other)
    git(project, "merge", one)
    assert ids(project) == sorted(["aws-b", "aws-m", "aws-x", one, other])
    terra("sync", "--check")
    before = (project / "terra.lock").read_bytes()
    terra("sync")
    assert (project / "terra.lock").read_bytes() == before


def test_one_branch_added_and_the_other_updated(terra: Terra, project: Path) -> None:
    branch(terra, "aws-a")
    git(project, "checkout", "-b", "newer", "main")
    manifest = project / "terra.toml"
    manifest.write_text(manifest.read_text().replace("<0.2", "<0.3"))
    terra("update")
    commit(project, "newer")
    git(project, "merge", "aws-a")
    assert ids(project) == ["aws-a", "aws-b", "aws-m", "aws-x"]
    terra("sync", "--check")


def test_neighbours_conflict_and_the_hint_mends_it(terra: Terra, project: Path) -> None:
    """Two insertions at one place are a conflict of git's; what is said then is enough to go on."""
    branch(terra, "aws-c")
    branch(terra, "aws-d")
    git(project, "merge", "aws-c", exit=1)
    assert "terra.lock" in git(project, "diff", "--name-only", "--diff-filter=U")
    git(project, "checkout", "--theirs", "terra.toml")  # a person takes both lines
    manifest = project / "terra.toml"
    manifest.write_text(manifest.read_text().replace('aws-c = "*"\n', 'aws-c = "*"\naws-d = "*"\n'))
    marker = next(n for n, line in enumerate((project / "terra.lock").read_text().splitlines(), 1) if "<<<<<<<" in line)
    for command in ("sync", "list", "update"):
        said = [f"`line {marker}`: expected TOML, got a conflict marker of a merge"]
        refused(terra, command, exit=2, says=said, hint="git checkout --ours terra.lock")
    git(project, "checkout", "--ours", "terra.lock")
    terra("sync")
    assert ids(project) == ["aws-b", "aws-c", "aws-d", "aws-m", "aws-x"]
    terra("sync", "--check")


def line_of(text: str, start: str, which: int = 0) -> int:
    return [n for n, line in enumerate(text.splitlines(), 1) if line.startswith(start)][which]


def test_a_table_that_is_there_twice(terra: Terra, project: Path) -> None:
    path = project / "terra.lock"
    text = path.read_text()
    head, *tables = text.split("\n[[plugin]]")
    path.write_text("\n[[plugin]]".join([head, tables[0], *tables]))
    first, second = (line_of(path.read_text(), "[[plugin]]", which) for which in (0, 1))
    said = f"`aws-b`: expected to be locked once, got `aws-b@0.1.0` at line {first} and `aws-b@0.1.0` at line {second}"
    refused(terra, "sync", exit=2, says=[said], hint="version control")


def test_half_a_table(terra: Terra, project: Path) -> None:
    """The end of one side's table and the start of the other's: its files and its hash do not go together."""
    path = project / "terra.lock"
    lines = path.read_text().splitlines(keepends=True)
    tree = line_of(path.read_text(), "tree = ", 1)
    lines[tree - 1] = lines[line_of(path.read_text(), "tree = ", 0) - 1]
    path.write_text("".join(lines))
    said = f"in the table that begins at line {line_of(path.read_text(), '[[plugin]]', 1)}"
    refused(terra, "sync", exit=2, says=["`plugin[1].tree`", said], hint="version control")


def test_two_halves_of_two_tables(terra: Terra, project: Path) -> None:
    path = project / "terra.lock"
    text = path.read_text()
    path.write_text(text.replace("\n[[plugin]]\n", "\0", 2).replace("\0", "\n[[plugin]]\n", 1).replace("\0", ""))
    ended = terra("sync", exit=2)
    error, _ = error_of(ended)
    assert f"at line {line_of(path.read_text(), 'id = ', 1)}" in error


def test_table_that_was_cut_off(terra: Terra, project: Path) -> None:
    path = project / "terra.lock"
    lines = path.read_text().splitlines(keepends=True)
    end = line_of(path.read_text(), "]", 0)
    path.write_text("".join([*lines[: end - 1], *lines[end:]]))
    ended = terra("sync", exit=2)
    assert "line" in error_of(ended)[0]
