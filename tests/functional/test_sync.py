"""`terra sync`: the plugins become what the lock says, whatever stands there; `--check` and `--locked` only look."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from support.expected import refused
from support.graph import Graph
from support.hostile_server import hostile_server
from support.living import HEAD, MAIN, Living, changed
from support.locks import holding
from support.project import snapshot, write_files

if TYPE_CHECKING:
    from pathlib import Path

    from support.project import Ended, Terra

MINE = changed(l3="# mine")
NEW = changed(l15="# new")
BOTH = changed(l3="# mine", l15="# new")
CONFLICTING = changed(l3="# theirs")


@pytest.fixture
def living(terra: Terra, isolated: Path) -> Living:
    return Living(terra, isolated).release("0.1.0").add()


def checked(terra: Terra, exit: int, *words: str) -> Ended:
    """Run `sync --check`, which writes nothing."""
    before = snapshot(terra.cwd)
    ended = terra("sync", "--check", *words, exit=exit)
    assert snapshot(terra.cwd) == before
    return ended


def ids(living: Living) -> list[str]:
    return [each["id"] for each in tomllib.loads(living.lock).get("plugin", [])]


def moved_lock(living: Living, files: dict[str, str]) -> None:
    """Let the lock move to 0.2.0 as by another's commit, and the files stay as they were."""
    living.release("0.2.0", files)
    kept = {path: path.read_bytes() for path in living.folder.rglob("*") if path.is_file()}
    terra = living.terra
    terra("update", "--overwrite")
    shutil.rmtree(living.folder)
    for path, data in kept.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


@pytest.mark.parametrize("cold", [False, True])
def test_clone_without_plugins(terra: Terra, living: Living, cold: bool) -> None:
    before = snapshot(living.project)
    shutil.rmtree(living.project / "plugins")
    if cold:
        living.forget_cache()
    checked(terra, 7)
    terra("sync", "--locked")
    assert snapshot(living.project) == before
    checked(terra, 0)


def test_nothing_to_do(terra: Terra, living: Living) -> None:
    before = (living.project / "terra.lock").stat().st_mtime_ns
    assert terra("sync").out == "Everything is as terra.lock says.\n"
    assert (living.project / "terra.lock").stat().st_mtime_ns == before


def test_no_lock(terra: Terra, living: Living) -> None:
    before = snapshot(living.project)
    shutil.rmtree(living.project / "plugins")
    (living.project / "terra.lock").unlink()
    out = checked(terra, 7).out
    assert "`vpc` is not locked" in out
    now = snapshot(living.project)
    assert "is not locked" in terra("sync", "--locked", exit=7).out
    assert snapshot(living.project) == now, "--locked never writes the lock"
    terra("sync")
    assert snapshot(living.project) == before


def test_terra_toml_asks_for_something_else(terra: Terra, living: Living) -> None:
    living.release("0.2.0", {"main.tf": NEW})
    living.ask('">=0.2,<1"', was='">=0.1,<1"')
    assert "`vpc` is locked at 0.1.0, and terra.toml asks for >=0.2,<1" in checked(terra, 7).out
    before = snapshot(living.project)
    document = terra("sync", "--locked", "--json", exit=7).json
    assert (document["command"], document["changes"]) == ("sync", [])
    assert len(document["notes"]) == 1
    assert snapshot(living.project) == before
    terra("sync")
    assert (ids(living), living.read()) == (["vpc@0.2.0"], NEW)
    assert '"vpc" = ">=0.2,<1"' in living.project.joinpath("terra.toml").read_text().replace("vpc =", '"vpc" =')
    checked(terra, 0)


def test_sync_moves_nothing_that_need_not_move(terra: Terra, living: Living) -> None:
    living.release("0.2.0", {"main.tf": NEW})
    living.graph.add("aws-kms@0.1.0").write()
    with (living.project / "terra.toml").open("a") as manifest:
        manifest.write('aws-kms = "*"\n')
    terra("sync")
    assert ids(living) == ["aws-kms@0.1.0", "vpc@0.1.0"]


def test_edits_alone_are_in_sync(terra: Terra, living: Living) -> None:
    living.write(main_tf=MINE, own_tf="# own\n")
    checked(terra, 0)
    before = snapshot(living.project)
    out = terra("sync").out
    assert "kept plugins/vpc/main.tf: edited since it was added" in out
    assert snapshot(living.project) == before


def test_check_fetches_nothing(terra: Terra, living: Living) -> None:
    living.write(main_tf=MINE)
    living.forget_cache()
    shutil.rmtree(living.graph.folder / "releases")
    checked(terra, 0)
    (living.folder / "main.tf").unlink()
    checked(terra, 7)


@pytest.mark.parametrize("state", ["clean", "missing", "unlocked"])
def test_check_of_a_folder_that_cannot_be_written(terra: Terra, living: Living, state: str) -> None:
    if state == "missing":
        (living.folder / "main.tf").unlink()
    if state == "unlocked":
        (living.project / "terra.lock").unlink()
    folders = [living.project, living.project / "plugins", living.folder]
    for folder in folders:
        folder.chmod(0o555)
    try:
        checked(terra, 0 if state == "clean" else 7)
    finally:
        for folder in folders:
            folder.chmod(0o755)


def test_missing_file_comes_back(terra: Terra, living: Living) -> None:
    (living.folder / "main.tf").unlink()
    checked(terra, 7)
    terra("sync", "--locked", "--offline")
    assert living.read() == MAIN


def test_offline_is_from_the_cache_only(terra: Terra, isolated: Path) -> None:
    with hostile_server() as server:
        url = Graph(isolated / "here").add("vpc@0.1.0").serve(server)
        (terra.cwd / "terra.toml").write_text(f'[registries.here]\nurl = "{url}"\n')
        terra("add", "vpc")
        shutil.rmtree(terra.cwd / "plugins")
        before = snapshot(terra.cwd)
        terra("sync", "--offline")
        assert (terra.cwd / "plugins/vpc/main.tf").exists()
        shutil.rmtree(terra.cwd / "plugins")
        shutil.rmtree(os.environ["TERRA_HOME"])
        ended = terra("sync", "--offline", exit=4)
        assert "is not in the cache, and the network is off" in ended.err
        assert snapshot(terra.cwd) == before
        terra("sync")
        assert (terra.cwd / "plugins/vpc/main.tf").exists()


def test_lock_moved_under_unedited_files(terra: Terra, living: Living) -> None:
    moved_lock(living, {"main.tf": NEW, "more.tf": "# more\n"})
    checked(terra, 7)
    out = terra("sync", "--locked").out
    assert "vpc 0.1.0 -> 0.2.0" in out
    assert (living.read(), living.read("more.tf")) == (NEW, "# more\n")
    checked(terra, 0)


def test_lock_moved_and_a_file_is_gone_from_the_release(terra: Terra, living: Living) -> None:
    living.release("0.2.0", {"main.tf": MAIN, "old.tf": "# old\n"})
    terra("update")
    moved = {"main.tf": NEW}
    living.release("0.3.0", moved)
    kept = {path.name: path.read_text() for path in living.folder.iterdir()}
    terra("update", "--overwrite")
    write_files(living.folder, kept)  # type: ignore[arg-type]
    terra("sync")
    assert [path.name for path in living.folder.iterdir()] == ["main.tf"]
    assert living.read() == NEW


def test_lock_moved_under_an_edit_of_other_lines(terra: Terra, living: Living) -> None:
    living.release("0.1.0", {"main.tf": MAIN, "b.tf": "# b\n"})
    living.write(main_tf=MINE)
    moved_lock(living, {"main.tf": NEW, "b.tf": "# b\n", "c.tf": "# c\n"})
    write_files(living.folder, {"b.tf": "# b\n"})
    checked(terra, 7)
    terra("sync")
    assert living.read() in (BOTH, MINE)


def test_lock_moved_under_an_edit(terra: Terra, isolated: Path) -> None:
    living = Living(terra, isolated).release("0.1.0", {"main.tf": MAIN, "b.tf": "# 1\n"}).add()
    living.write(main_tf=MINE)
    moved_lock(living, {"main.tf": NEW, "b.tf": "# 2\n"})
    checked(terra, 7)
    terra("sync", "--locked")
    assert (living.read(), living.read("b.tf")) == (BOTH, "# 2\n")


@pytest.mark.parametrize("option", ["--merge", "--ours", "--theirs", "--overwrite", "--skip-existing"])
def test_lock_moved_under_a_conflicting_edit(terra: Terra, isolated: Path, option: str) -> None:
    living = Living(terra, isolated).release("0.1.0", {"main.tf": MAIN, "b.tf": "# 1\n"}).add()
    living.write(main_tf=MINE)
    moved_lock(living, {"main.tf": CONFLICTING, "b.tf": "# 2\n"})
    refused(terra, "sync", exit=6, says=["plugins/vpc/main.tf", "nothing was written"], hint="")
    checked(terra, 7)
    lock = living.lock
    terra("sync", option)
    mine, theirs = "# mine" in living.read(), "# theirs" in living.read()
    assert (mine, theirs) == {
        "--merge": (True, True),
        "--ours": (True, False),
        "--skip-existing": (True, False),
    }.get(option, (False, True))
    assert living.lock == lock


def test_damaged_cache_is_fetched_again(terra: Terra, living: Living, isolated: Path) -> None:
    shutil.rmtree(living.project / "plugins")
    (damaged,) = (isolated / "terra/plugins").rglob("main.tf")
    damaged.chmod(0o644)
    damaged.write_text("# damaged\n")
    terra("sync")
    assert living.read() == MAIN


def test_registry_has_other_bytes_than_the_lock(terra: Terra, isolated: Path) -> None:
    graph = Graph(isolated / "here").add("vpc@0.1.0")
    with hostile_server() as server:
        (terra.cwd / "terra.toml").write_text(f'[registries.here]\nurl = "{graph.serve(server)}"\n')
        terra("add", "vpc")
        shutil.rmtree(terra.cwd / "plugins")
        shutil.rmtree(os.environ["TERRA_HOME"])
        graph.add("vpc@0.1.0", files={"main.tf": "# other\n"}).serve(server)
        refused(terra, "sync", exit=5, says=["vpc"], hint=None)


def test_folder_of_a_registry_has_other_files_than_the_lock(terra: Terra, living: Living) -> None:
    shutil.rmtree(living.project / "plugins")
    living.forget_cache()
    write_files(living.graph.folder / "releases/vpc@0.1.0", {"main.tf": NEW})
    refused(terra, "sync", exit=5, says=["vpc@0.1.0", "expected sha256-"], hint="terra update vpc")


def test_sets(terra: Terra, living: Living) -> None:
    with (living.project / "terra.toml").open("a") as manifest:
        manifest.write('\n[sets.dev]\ndir = "dev"\nplugins = { vpc = "*" }\n')
    assert "in the set `dev` is not locked" in checked(terra, 7).out
    checked(terra, 7, "--set", "dev")
    terra("sync", "--set", "dev")
    assert (living.project / "dev/vpc/main.tf").read_text() == MAIN
    shutil.rmtree(living.project / "plugins")
    checked(terra, 0, "--set", "dev")
    checked(terra, 7)
    shutil.rmtree(living.project / "dev")
    terra("sync")
    assert (living.project / "dev/vpc/main.tf").exists()
    assert (living.folder / "main.tf").exists()


def test_line_that_was_taken_out(terra: Terra, living: Living) -> None:
    living.write(own_tf="# own\n")
    manifest = living.project / "terra.toml"
    manifest.write_text(manifest.read_text().replace('vpc = ">=0.1,<1"\n', ""))
    assert "`vpc@0.1.0` is locked, and nothing asks for it" in checked(terra, 7).out
    text = manifest.read_text()
    terra("sync")
    assert (ids(living), os.listdir(living.folder)) == ([], ["own.tf"])
    assert manifest.read_text() == text
    checked(terra, 0)


def test_line_with_another_source(terra: Terra, living: Living, isolated: Path) -> None:
    """From a registry to a folder, to another folder, and back only when told."""
    write_files(isolated / "one", {"main.tf": "# one\n"})
    write_files(isolated / "two", {"main.tf": "# two\n"})
    living.ask('{ source = "../one" }', was='">=0.1,<1"')
    for folder, then in (("one", '{ source = "../two" }'), ("two", '">=0.1,<1"')):
        checked(terra, 7)
        terra("sync")
        assert living.read() == f"# {folder}\n"
        checked(terra, 0)
        living.ask(then, was=f'{{ source = "../{folder}" }}')
    refused(terra, "sync", exit=5, says=["`vpc` is locked from `file:../two`"], hint="--allow-registry-change")
    terra("update", "--allow-registry-change")
    assert living.read() == MAIN
    checked(terra, 0)


def test_line_that_excludes_what_stands_there(terra: Terra, isolated: Path) -> None:
    living = Living(terra, isolated).release("0.1.0", {"main.tf": MAIN, "docs/a.md": "# a\n"}).add()
    living.ask('{ version = ">=0.1,<1", exclude = ["docs/**"] }', was='">=0.1,<1"')
    checked(terra, 7)
    terra("sync")
    assert not (living.folder / "docs").exists()
    checked(terra, 0)


def test_lock_in_another_layout_is_in_sync(terra: Terra, living: Living) -> None:
    """A lock that was merged by hand says the same in another order; --locked never writes it."""
    living.graph.add("aws-kms@0.1.0").write()
    terra("add", "aws-kms")
    head, first, second, rest = living.lock.replace("\n[[", "\0[[").split("\0")
    (living.project / "terra.lock").write_text(f"{head}\n{second}\n{first}\n{rest}")
    shutil.rmtree(living.project / "plugins")
    lock = living.lock
    terra("sync", "--locked")
    assert living.lock == lock
    checked(terra, 0)


@pytest.mark.parametrize("words", [("sync",), ("update",), ("remove", "vpc")])
def test_two_at_once_wait_for_each_other(terra: Terra, living: Living, words: tuple[str, ...]) -> None:
    if words == ("sync",):
        shutil.rmtree(living.folder)
    living.release("0.2.0", {"main.tf": NEW})
    before = snapshot(living.project)
    with holding(living.project):
        waiting = subprocess.Popen(
            [str(terra.program), *words], cwd=terra.cwd, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        assert waiting.stderr is not None
        assert "waiting for another terra" in waiting.stderr.readline()
        assert snapshot(living.project) == before
    assert waiting.wait(60) == 0
    waiting.communicate()
    assert snapshot(living.project) != before


def test_check_waits_for_nobody(terra: Terra, living: Living) -> None:
    with holding(living.project):
        checked(terra, 0)


@pytest.mark.parametrize("how", ["interrupted", "cut off"])
def test_download_that_does_not_end(terra: Terra, isolated: Path, how: str) -> None:
    graph = Graph(isolated / "here").add("vpc@0.1.0").add("aws-kms@0.1.0")
    with hostile_server() as server:
        (terra.cwd / "terra.toml").write_text(f'[registries.here]\nurl = "{graph.serve(server)}"\n')
        terra("add", "vpc", "aws-kms")
        shutil.rmtree(terra.cwd / "plugins")
        shutil.rmtree(os.environ["TERRA_HOME"])
        before = snapshot(terra.cwd)
        route = "/r/vpc-0.1.0.zip"
        (full,) = (each for path, each in server.routes.items() if "vpc" in path and path.endswith(".zip"))
        (path,) = (path for path in server.routes if "vpc" in path and path.endswith(".zip"))
        assert route or full
        if how == "cut off":
            server.routes[path] = lambda handler: handler.answer(503)
            terra("sync", exit=4)
        else:
            import threading

            arrived, done = threading.Event(), threading.Event()

            def stall(handler: object) -> None:
                arrived.set()
                done.wait(60)

            server.routes[path] = stall
            running = subprocess.Popen(
                [str(terra.program), "sync"], cwd=terra.cwd, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE
            )
            assert arrived.wait(60)
            running.send_signal(signal.SIGINT)
            running.communicate(timeout=60)
            done.set()
            assert running.returncode == 130
        assert snapshot(terra.cwd) == before
        server.routes[path] = full
        terra("sync")
        assert (terra.cwd / "plugins/vpc/main.tf").exists()
        assert HEAD


def test_check_says_everything_at_once(terra: Terra, living: Living) -> None:
    """That the lock is out of date hides no missing file, and no plugin that is to go."""
    living.release("0.1.0", {"main.tf": MAIN, "x.tf": ""}).graph.add("log@0.1.0").add("old@0.1.0").write()
    terra("update")
    terra("add", "old")
    (living.folder / "x.tf").unlink()
    shutil.rmtree(living.project / "plugins/old")
    text = (living.project / "terra.toml").read_text()
    lines = [line for line in text.splitlines() if not line.startswith("old = ")]
    (living.project / "terra.toml").write_text("\n".join([*lines, 'log = "*"', ""]))
    document = checked(terra, 7, "--json").json
    assert [each for each in states(document) if each[1] != "keep"] == [("plugins/vpc/x.tf", "create")]
    assert len(document["notes"]) == 2
    assert "terra.lock would have to change" in terra("sync", "--locked", exit=7).out
    assert "`log` is not locked" in checked(terra, 7, "--diff").err


def states(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [(file["path"], file["action"]) for each in document["changes"] for file in each["files"]]


def test_check_with_edits_alone_ends_with_a_word(terra: Terra, living: Living) -> None:
    living.write(main_tf=MINE)
    assert checked(terra, 0).out.endswith("\n\nIn sync with terra.lock, but for what is kept.\n")
    assert "In sync" not in checked(terra, 0, "--quiet").out


def test_an_accepted_mode_is_in_sync(terra: Terra, living: Living) -> None:
    (living.folder / "main.tf").chmod(0o755)
    terra("accept", "vpc")
    assert checked(terra, 0).out == "Everything is as terra.lock says.\n"


def test_a_line_that_comes_or_goes_while_another_plugin_needs_it(terra: Terra, living: Living) -> None:
    living.graph.add("kms@0.1.0").add("app@0.1.0", {"kms": "*"}).write()
    terra("add", "app", "kms")
    (living.project / "plugins/kms/main.tf").write_text("# mine\n")
    terra("accept", "kms", "--reason", "so")
    with_line = (living.project / "terra.toml").read_text()
    refused(terra, "remove", "kms", exit=6, says=["app@0.1.0 needs kms"], hint="take its line out of terra.toml")
    lines = [line for line in with_line.splitlines(keepends=True) if not line.startswith("kms = ")]
    lock, files = living.lock, snapshot(living.project / "plugins")
    (living.project / "terra.toml").write_text("".join(lines))
    assert "only other plugins need it now" in checked(terra, 7).out
    terra("sync", "--locked", exit=7)
    assert "needed by `app`" in terra("sync", "--offline").out
    assert living.lock.count("direct = false") == lock.count("direct = false") + 1
    assert "so" in living.lock
    checked(terra, 0)
    (living.project / "terra.toml").write_text(with_line)
    assert "terra.toml asks for it now" in checked(terra, 7).out
    terra("sync")
    assert living.lock == lock
    assert snapshot(living.project / "plugins") == files


def test_a_shallow_clone_cannot_tell_an_edit(terra: Terra, living: Living) -> None:
    def git(*words: str, cwd: Path) -> None:
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *words], cwd=cwd, check=True)

    git("init", "-q", cwd=living.project)
    living.write(main_tf=MINE)
    for _ in range(2):
        git("add", "-A", cwd=living.project)
        git("commit", "-qm", "it", "--allow-empty", cwd=living.project)
    assert "shallow" not in checked(terra, 0).err
    clone = living.project.parent / "clone"
    git("clone", "-q", "--depth=1", living.project.as_uri(), str(clone), cwd=living.project)
    for words in (("sync", "--check"), ("sync",)):
        assert "`plugins/vpc/main.tf`" in terra(*words, cwd=clone).err
        assert "git fetch --unshallow" in terra(*words, cwd=clone).err
