"""`terra tree`, `terra why` and `terra usage`: what is there, because of what, and who uses it."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from support.expected import refused
from support.graph import Graph, call
from support.project import snapshot, write_files
from terra.model.tree import Tree, TreeFile

if TYPE_CHECKING:
    from pathlib import Path

    from support.project import Terra


@pytest.fixture
def project(terra: Terra, isolated: Path) -> Path:
    """`app` needs `net` and `key`, `net` needs `key`; `my-company/log` needs `key` too."""
    graph = Graph(isolated / "here")
    graph.add("app@1.0.0", {"net": ">=1,<2", "key": ">=0.2"}).add("net@1.0.0", {"key": "*"}).add("key@0.2.0")
    graph.add("my-company/log@1.0.0", {"key": ">=0.1"}).write()
    (terra.cwd / "terra.toml").write_text('[registries.here]\nurl = "../here"\n\n[sets.dev]\n')
    terra("add", "app", "my-company/log")
    return terra.cwd


def test_tree(terra: Terra, project: Path) -> None:
    assert terra("tree").out == (
        "app 1.0.0 (>=1.0.0,<2)\n"
        "├── key 0.2.0 (>=0.2)\n"
        "└── net 1.0.0 (>=1,<2)\n"
        "    └── key 0.2.0 (any) (*)\n"
        "my-company/log 1.0.0 (>=1.0.0,<2)\n"
        "└── key 0.2.0 (>=0.1) (*)\n"
    )


def test_tree_of_sets_of_what_is_not_locked_and_of_what_nothing_asks_for(terra: Terra, project: Path) -> None:
    terra("add", "--set", "dev", "net")
    text = (project / "terra.toml").read_text()
    (project / "terra.toml").write_text(text.replace("app =", "key ="))
    shown = terra("tree").out
    assert shown.startswith("default:\nkey 0.2.0 (>=1.0.0,<2)\n")
    assert "app 1.0.0, which nothing asks for\n" in shown
    assert shown.endswith("\n\ndev:\nnet 1.0.0 (>=1.0.0,<2)\n└── key 0.2.0 (any)\n")
    assert terra("tree", "--set", "dev").out.startswith("dev:\nnet 1.0.0")
    (project / "terra.toml").write_text(text.replace("app =", 'new = "*"\napp ='))
    assert "new not locked (any)\n" in terra("tree").out


def test_tree_as_json(terra: Terra, project: Path) -> None:
    plugins = terra("tree", "--json").json["plugins"]
    assert {each["name"]: each["requirement"] for each in plugins} == {
        "app": ">=1.0.0,<2",
        "key": None,
        "my-company/log": ">=1.0.0,<2",
        "net": None,
    }
    assert plugins[0]["requires"] == [
        {"name": "key", "requirement": ">=0.2", "version": "0.2.0"},
        {"name": "net", "requirement": ">=1,<2", "version": "1.0.0"},
    ]


def test_why_has_every_chain(terra: Terra, project: Path) -> None:
    terra("add", "--set", "dev", "key")
    assert terra("why", "key").out.splitlines() == [
        "terra.toml -> app 1.0.0 (>=1.0.0,<2) -> key 0.2.0 (>=0.2)",
        "terra.toml -> app 1.0.0 (>=1.0.0,<2) -> net 1.0.0 (>=1,<2) -> key 0.2.0 (any)",
        "terra.toml -> my-company/log 1.0.0 (>=1.0.0,<2) -> key 0.2.0 (>=0.1)",
        "terra.toml [dev] -> key 0.2.0 (>=0.2.0,<0.3)",
    ]
    assert terra("why", "key", "--set", "dev").out.count("\n") == 1
    chains = terra("why", "net", "--json").json["chains"]
    assert [[step["name"] for step in each["steps"]] for each in chains] == [["app", "net"]]


def test_why_of_what_is_not_there_and_of_what_nothing_asks_for(terra: Terra, project: Path) -> None:
    refused(terra, "why", "nothing", exit=3, says=["`nothing` is not locked"], hint="terra list")
    text = (project / "terra.toml").read_text()
    (project / "terra.toml").write_text("".join(line for line in text.splitlines(keepends=True) if "app" not in line))
    assert terra("why", "app").out == "app 1.0.0 is locked, and nothing asks for it\n"


def test_a_circle_in_the_lock_ends(terra: Terra, project: Path) -> None:
    """terra makes none; a lock is a file that anyone can write."""
    lock = (project / "terra.lock").read_text()
    circular = lock.replace('requires = ["key"]', 'requires = ["app", "key"]')
    assert circular != lock
    (project / "terra.lock").write_text(circular)
    assert "    ├── app 1.0.0 (any) (*)\n" in terra("tree").out
    assert "key" in terra("why", "key").out


def test_many_ways_are_cut(terra: Terra, project: Path) -> None:
    """Two plugins on each of eleven floors, each of which needs both of the next floor: 1024 ways down."""
    needs = {
        f"{letter}{floor}": [f"x{floor + 1}", f"y{floor + 1}"] if floor < 10 else ["zz"]
        for floor in range(11)
        for letter in "xy"
    }
    needs["zz"] = []
    entry = (
        '[[plugin]]\nid = "{0}@1.0.0"\nsource = "https://h.example/{0}.zip"\ntree = "{1}"\n'
        "direct = {2}\nrequires = {3}\nfiles = []\n"
    )
    empty = f"sha256-{hashlib.sha256(b'').hexdigest()}"
    blocks = [
        entry.format(name, empty, "true" if name == "x0" else "false", json.dumps(needs[name]))
        for name in sorted(needs)
    ]
    (project / "terra.lock").write_text("version = 1\n\n" + "\n".join(blocks))
    (project / "terra.toml").write_text('[plugins]\nx0 = { source = "https://h.example/x0.zip" }\n')
    ended = terra("why", "zz")
    assert ended.out.count("\n") == 1000
    assert "more than 1000 ways" in ended.err


def test_usage_names_blocks_and_plugins(terra: Terra, project: Path) -> None:
    write_files(
        project,
        {
            ".git/HEAD": "",
            "main.tf": "# first line\n" + call("./plugins/key//modules/deep", "a"),
            "deeper/other.tf": call("../plugins/key", "b") + call("../plugins/keyring", "no"),
            "deeper/json.tf.json": json.dumps({"module": {"c": {"source": "../plugins/key/sub"}}}),
            ".terraform/x.tf": call("../plugins/key", "no"),
        },
    )
    before = snapshot(project)
    assert terra("usage", "key").out.splitlines() == [
        "key 0.2.0",
        '  deeper/json.tf.json:1: module "c" ../plugins/key/sub',
        '  deeper/other.tf:1: module "b" ../plugins/key',
        '  main.tf:2: module "a" ./plugins/key//modules/deep',
        "  app@1.0.0 needs key>=0.2",
        "  my-company/log@1.0.0 needs key>=0.1",
        "  net@1.0.0 needs key",
    ]
    (used,) = terra("usage", "key", "--json").json["plugins"]
    assert [(each["module"], each["subdir"]) for each in used["callers"]] == [
        ("c", "sub"),
        ("b", ""),
        ("a", "modules/deep"),
    ]
    assert [each["name"] for each in used["needed_by"]] == ["app", "my-company/log", "net"]
    assert terra("usage", "app").out == "app 1.0.0\n  nothing uses it\n"
    for command in ("usage", "why", "update", "accept", "diff", "remove", "module"):
        refused(terra, command, "kez", exit=3, says=["`kez` is not locked"], hint="near it: `key`")
    refused(terra, "usage", "key", "nothing", exit=3, says=["`nothing` is not locked"], hint="terra list")
    assert snapshot(project) == before


def test_usage_says_what_a_plugin_needs_once(terra: Terra, project: Path) -> None:
    """An edit elsewhere in a plugin's file does not make a call of its author's one of the user's."""
    write_files(project / "plugins/app", {"main.tf": "# mine\n" + call("../key")})
    write_files(project / "plugins/key", {"main.tf": "# mine\n" + call("../net")})
    assert terra("usage", "key").out.splitlines() == [
        "key 0.2.0",
        "  app@1.0.0 needs key>=0.2",
        "  my-company/log@1.0.0 needs key>=0.1",
        "  net@1.0.0 needs key",
    ]
    said = terra("usage", "net").out.splitlines()
    assert '  plugins/key/main.tf:2: module "x" ../net' in said, "key needs no net: the user has it call that"


def test_callers_beside_the_project(terra: Terra, project: Path) -> None:
    """The project is one folder of the repository, and the root modules are others."""
    repository = project.parent
    write_files(repository, {".git/HEAD": "", "roots/a/main.tf": call(f"../../{project.name}/plugins/key//sub")})
    (used,) = terra("usage", "key", "--json").json["plugins"]
    assert [(each["path"], each["subdir"]) for each in used["callers"]] == [("../roots/a/main.tf", "sub")]
    refused(terra, "remove", "app", "net", "my-company/log", exit=6, says=["../roots/a/main.tf:1"], hint="--force")


def test_thirty_roots_that_call_one_vendored_copy(terra: Terra, project: Path) -> None:
    (project / ".git").mkdir()
    for number in range(30):
        write_files(
            project / "roots" / f"r{number:02}", {"main.tf": call("../../plugins/my-company/log", f"log{number}")}
        )
    (used,) = terra("usage", "my-company/log", "--json").json["plugins"]
    assert [each["path"] for each in used["callers"]] == [f"roots/r{number:02}/main.tf" for number in range(30)]
    error = terra("remove", "my-company/log", "--json", exit=6).json["error"]
    assert error["subjects"] == [f"roots/r{number:02}/main.tf:1" for number in range(30)]


def test_circles_of_needs_do_not_make_why_endless(terra: Terra) -> None:
    """Of a lock that a stranger wrote: every plugin needs fifty others, and only the first is asked for."""
    count, needs = 250, 50
    lines = ["version = 1\n"]
    for number in range(count):
        wanted = ", ".join(f'"p{(7 * number + step) % count}"' for step in range(1, needs + 1))
        sha256 = f"{number:064x}"
        tree = Tree.of([TreeFile("main.tf", sha256)]).digest
        lines.append(
            f'[[plugin]]\nid = "p{number}@1.0.0"\nsource = "https://example.org/{number}.zip"\ntree = "{tree}"\n'
            f'direct = false\nrequires = [{wanted}]\nsigners = []\nhooks = false\nfiles = ["644 {sha256} main.tf"]\n'
        )
    (terra.cwd / "terra.toml").write_text('[plugins]\np0 = { source = "https://example.org/0.zip" }\n')
    (terra.cwd / "terra.lock").write_text("\n".join(lines))
    assert "more than" in terra("why", "p5").err
