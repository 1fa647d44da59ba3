"""`--recursive`: one command in every project below, with one report and the worst exit code."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
import tomllib
from typing import TYPE_CHECKING

import pytest

from support.expected import refused
from support.graph import Graph, call
from support.hostile_server import hostile_server
from support.project import snapshot, write_files
from support.terraform import Terraform

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.hostile_server import Handler, HostileServer
    from support.project import Terra

ROOTS = [f"roots/r{number:02}" for number in range(30)]


@pytest.fixture
def server() -> Iterator[HostileServer]:
    with hostile_server() as running:
        yield running


@pytest.fixture
def roots(terra: Terra, isolated: Path, server: HostileServer) -> Path:
    """Thirty projects that ask one registry for `a`, which needs `key`."""
    graph = Graph(isolated / "here")
    for version in ("1.0.0", "1.1.0"):
        graph.add(f"a@{version}", {"key": "*"}, {"main.tf": f"# a {version}\n"})
    url = graph.add("key@1.0.0").serve(server)
    (terra.cwd / ".git").mkdir()
    for root in ROOTS:
        write_files(terra.cwd / root, {"terra.toml": f'[registries.here]\nurl = "{url}"\n\n[plugins]\na = "1.0.0"\n'})
    return terra.cwd


def locked(project: Path) -> list[str]:
    return [each["id"] for each in tomllib.loads((project / "terra.lock").read_text()).get("plugin", [])]


def test_thirty_roots_with_one_registry_and_one_cache(terra: Terra, roots: Path, server: HostileServer) -> None:
    document = terra("sync", "--recursive", "--json").json
    assert (document["terra"], document["command"]) == (1, "sync")
    assert [each["project"] for each in document["projects"]] == ROOTS
    assert {tuple(change["plugin"] for change in each["changes"]) for each in document["projects"]} == {("a", "key")}
    assert [each.path for each in server.seen].count("/r/registry.json") == 1, "one registry is read once for all"
    assert {tuple(locked(roots / each)) for each in ROOTS} == {("a@1.0.0", "key@1.0.0")}
    for root in ROOTS:
        assert (roots / root / "plugins/a/main.tf").read_text() == "# a 1.0.0\n"

    seen = len(server.seen)
    assert terra("sync", "--recursive", "--check").out.count("Everything is as terra.lock says.") == 30
    assert terra("list", "--recursive").out.count("a       1.0.0    here\n") == 30
    assert terra("tree", "--recursive").out.count("└── key 1.0.0 (any)\n") == 30
    assert len(server.seen) == seen, "what is locked asks nobody"
    assert [each["project"] for each in terra("verify", "--recursive", "--json").json["projects"]] == ROOTS
    (roots / ROOTS[4] / "plugins/a/main.tf").write_text("# mine\n")
    found = terra("verify", "--recursive", "--json", exit=7).json["projects"]
    assert [each["project"] for each in found if each["findings"]] == [ROOTS[4]]
    (roots / ROOTS[4] / "plugins/a/main.tf").write_text("# a 1.0.0\n")

    newer = terra("outdated", "--recursive", "--exit-code", "--json", exit=7).json["projects"]
    assert {each["plugins"][0]["latest"] for each in newer} == {"1.1.0"}

    terra("update", "--recursive", "--latest")
    assert {tuple(locked(roots / each)) for each in ROOTS} == {("a@1.1.0", "key@1.0.0")}


def test_one_that_fails_stops_no_other_and_the_worst_is_the_exit_code(terra: Terra, roots: Path) -> None:
    (roots / ROOTS[0] / "terra.toml").write_text("[plugins\n")
    edited = roots / ROOTS[1]
    write_files(edited, {"plugins/a/main.tf": "# mine\n"})
    unknown = roots / ROOTS[2] / "terra.toml"
    unknown.write_text(unknown.read_text() + 'nothing = "*"\n')
    ended = terra("sync", "--recursive", exit=6)
    assert f"{ROOTS[0]}:\nerror: `terra.toml` has 1 problem" in ended.out
    assert f"{ROOTS[1]}:\nerror: 1 file would be overwritten" in ended.out
    assert f"{ROOTS[2]}:\nerror: " in ended.out
    assert "hint: " in ended.out
    assert (edited / "plugins/a/main.tf").read_text() == "# mine\n"
    assert not (edited / "terra.lock").exists()
    assert {tuple(locked(roots / each)) for each in ROOTS[3:]} == {("a@1.0.0", "key@1.0.0")}

    document = terra("sync", "--recursive", "--json", exit=6).json
    errors = {each["project"]: each["error"] for each in document["projects"] if "error" in each}
    assert {project: error["exit"] for project, error in errors.items()} == {ROOTS[0]: 2, ROOTS[1]: 6, ROOTS[2]: 3}
    assert set(errors[ROOTS[0]]) == {"code", "exit", "message", "hint", "subjects"}


def test_a_report_is_of_one_project(terra: Terra, roots: Path) -> None:
    before = snapshot(roots)
    words, says = ("update", "--recursive", "--report", "pr.md"), ["`--report` and `--recursive`"]
    refused(terra, *words, exit=2, says=says, hint="terra update --project")
    assert snapshot(roots) == before


def test_which_projects_are_below(terra: Terra, isolated: Path) -> None:
    plain = '[plugins]\n\n[sets.dev]\ndir = "envs/dev/vendored"\n'
    write_files(
        terra.cwd,
        {
            "terra.toml": plain,
            "one/terra.toml": plain,
            "one/two/terra.toml": '[project]\nplugins-dir = "lib"\n',
            "one/plugins/x/terra.toml": plain,
            "one/envs/dev/vendored/x/terra.toml": plain,
            "one/envs/other/terra.toml": plain,
            "one/two/lib/x/y/terra.toml": plain,
            "one/two/plugins/terra.toml": plain,
            "broken/terra.toml": "[",
            "broken/plugins/x/terra.toml": plain,
            ".terraform/modules/x/terra.toml": plain,
            ".hidden/terra.toml": plain,
            "node_modules/x/terra.toml": plain,
            "node/terra.toml/keep": "a folder",
        },
    )
    write_files(isolated / "elsewhere", {"terra.toml": plain})
    (terra.cwd / "link").symlink_to(isolated / "elsewhere")
    document = terra("list", "--recursive", "--json", exit=2).json
    assert [each["project"] for each in document["projects"]] == [
        ".",
        "broken",
        "one",
        "one/envs/other",
        "one/two",
        "one/two/plugins",
    ]
    below = terra("list", "--recursive", "--json", "--project", "one").json
    assert [each["project"] for each in below["projects"]] == [".", "envs/other", "two", "two/plugins"]
    inside = terra("tree", "--recursive", "--json", cwd=terra.cwd / "one" / "two").json
    assert [each["project"] for each in inside["projects"]] == [".", "plugins"]
    (terra.cwd / "empty").mkdir()
    refused(
        terra, "list", "--recursive", "--project", "empty", exit=2, says=["there is no `terra.toml`"], hint="terra init"
    )


def test_names_and_sets_concern_the_projects_that_have_them(terra: Terra, roots: Path) -> None:
    for root in ROOTS[3:]:
        (roots / root / "terra.toml").unlink()
    first = roots / ROOTS[0] / "terra.toml"
    first.write_text(first.read_text().replace("a =", "key =") + '\n[sets.dev.plugins]\na = "1.1.0"\n')
    terra("sync", "--recursive")
    ended = terra("update", "--recursive", "--dry-run", "--json", "key", "--set", "")
    assert [each["project"] for each in ended.json["projects"]] == ROOTS[:3]
    ended = terra("update", "--recursive", "--dry-run", "--json", "a", "--set", "")
    assert [each["project"] for each in ended.json["projects"]] == ROOTS[1:3]
    ended = terra("list", "--recursive", "--set", "dev", "--json")
    assert [each["project"] for each in ended.json["projects"]] == ROOTS[:1]
    says = ["`nothing` is not locked in any of the 3 projects"]
    refused(terra, "update", "--recursive", "nothing", exit=3, says=says, hint="--recursive")
    refused(
        terra, "sync", "--recursive", "--set", "prod", exit=2, says=["`prod` is not a set of any"], hint="[sets.prod]"
    )


def test_warnings_say_the_project_and_checks_write_nothing(terra: Terra, roots: Path) -> None:
    for root in ROOTS[2:]:
        (roots / root / "terra.toml").unlink()
    before = snapshot(roots)
    assert terra("sync", "--recursive", "--check", exit=7).out.count("is not locked") == 2
    assert snapshot(roots) == before
    (roots / ".gitignore").write_text("plugins/\n")
    (roots / ".git").rmdir()
    subprocess.run(["git", "init", "--quiet", str(roots)], check=True, timeout=60)
    ended = terra("sync", "--recursive")
    for root in ROOTS[:2]:
        assert f"warning: {root}: git ignores `plugins/" in ended.err


def test_a_project_at_another_commit_of_the_cache_is_offline_too(
    terra: Terra, roots: Path, server: HostileServer
) -> None:
    terra("sync", "--recursive")
    for root in ROOTS:
        (roots / root / "plugins/a/main.tf").unlink()
    seen = len(server.seen)
    terra("sync", "--recursive", "--offline")
    assert len(server.seen) == seen
    assert all((roots / root / "plugins/a/main.tf").exists() for root in ROOTS)


@pytest.mark.skipif(os.name != "posix", reason="Ctrl-C is another thing elsewhere")
def test_ctrl_c_ends_all_of_them(terra: Terra, roots: Path, server: HostileServer) -> None:
    held = threading.Event()

    def slow(handler: Handler) -> None:
        handler.head(Content_Length="1000")
        held.wait(60)

    server.routes["/r/key@1.0.0.zip"] = slow
    before = snapshot(roots)
    words = [str(terra.program), "sync", "--recursive", "--json"]
    running = subprocess.Popen(words, cwd=roots, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        while not any("key@" in each.path for each in server.seen):
            assert running.poll() is None, running.communicate()
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        out, _ = running.communicate(timeout=60)
    finally:
        held.set()
        running.kill()
        running.wait()
    assert running.returncode == 130
    error = json.loads(out)["error"]
    assert error["code"] == "interrupted"
    assert "each project is done, or as it was before" in error["message"]
    assert snapshot(roots) == before


def test_thirty_roots_that_share_one_vendored_copy(terra: Terra, isolated: Path) -> None:
    """The copy is a project of its own beside the roots: it is updated once, and no root is touched."""
    graph = Graph(isolated / "here")
    for version in ("1.0.0", "1.1.0"):
        graph.add(f"a@{version}", files={"main.tf": f'output "release" {{\n  value = "{version}"\n}}\n'})
    graph.write()
    (terra.cwd / ".git").mkdir()
    manifest = f'[registries.here]\nurl = "{isolated}/here"\n\n[plugins]\na = "1.0.0"\n'
    write_files(terra.cwd / "shared", {"terra.toml": manifest})
    for root in ROOTS:
        write_files(terra.cwd / root, {"main.tf": call("../../shared/plugins/a", "a")})
    shared = terra.cwd / "shared"
    terra("sync", cwd=shared)
    before = snapshot(terra.cwd / "roots")
    callers = [f"../{root}/main.tf" for root in ROOTS]
    (used,) = terra("usage", "a", "--json", cwd=shared).json["plugins"]
    assert [each["path"] for each in used["callers"]] == callers
    assert terra("remove", "a", "--json", cwd=shared, exit=6).json["error"]["subjects"] == [
        f"{each}:1" for each in callers
    ]
    terra("update", "--latest", cwd=shared)
    assert "1.1.0" in (shared / "plugins/a/main.tf").read_text()
    assert snapshot(terra.cwd / "roots") == before
    terraform = Terraform(terra.cwd / ROOTS[7])
    terraform("init", "-no-color")
    terraform("validate", "-no-color")
