"""Many commands at once on one project and one cache lose nothing; a lock is waited for, with a message."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING

from support.project import MAIN, Terra, Workspace, snapshot

if TYPE_CHECKING:
    from pathlib import Path

EIGHT = tuple(f"plugin-{letter}" for letter in "abcdefgh")


def start(terra: Terra, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(terra.program), *words],
        cwd=terra.cwd,
        env=dict(os.environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_eight_adds_of_eight_plugins(terra: Terra, workspace: Workspace) -> None:
    registry = workspace.simple(*EIGHT)
    running = [start(terra, "add", name, "--registry", str(registry)) for name in EIGHT]
    ended = [(each.communicate(timeout=120), each.returncode) for each in running]
    assert [code for _, code in ended] == [0] * 8, ended
    assert {each["name"] for each in terra("list", "--json").json["plugins"]} == set(EIGHT)
    assert all(f"{name} = " in (terra.cwd / "terra.toml").read_text() for name in EIGHT)
    assert not (terra.cwd / ".terra-journal").exists()


def test_eight_adds_of_the_same_archive_with_an_empty_cache(terra: Terra, workspace: Workspace, isolated: Path) -> None:
    archive, checksum = workspace.archive("vpc", {"vpc/main.tf": MAIN})
    workspace.write([{"name": "vpc", "source": f"file:{archive.name}", "checksum": checksum}])
    running = [start(terra, "add", "vpc", "--registry", str(workspace.registry)) for _ in range(8)]
    ended = [(each.communicate(timeout=120), each.returncode) for each in running]
    assert [code for _, code in ended] == [0] * 8, ended
    assert (terra.cwd / "plugins/vpc/main.tf").read_text() == MAIN
    assert terra("cache", "verify", "--json").json["damage"] == []
    assert list((isolated / "terra" / "tmp").glob("run-*")) == []


def test_a_lock_is_waited_for_with_a_message(terra: Terra, workspace: Workspace) -> None:
    workspace.simple("naming")
    descriptor = os.open(terra.cwd, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    waiting = start(terra, "add", "naming", "--registry", str(workspace.registry))
    assert waiting.stderr is not None
    assert "waiting for another terra" in waiting.stderr.readline()
    assert not (terra.cwd / "plugins").exists()
    os.close(descriptor)
    assert waiting.wait(60) == 0
    assert (terra.cwd / "plugins/naming/main.tf").exists()
    waiting.communicate()


def test_an_interrupt_leaves_the_project_as_before(terra: Terra, workspace: Workspace) -> None:
    """While it waits for the cache, an add is told to stop; by Ctrl-C and by a polite kill."""
    workspace.simple("naming")
    terra("cache", "list")
    descriptor = os.open(terra.cwd.parent / "terra/tmp", os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    before = snapshot(terra.cwd)
    for number in (signal.SIGINT, signal.SIGTERM):
        waiting = start(terra, "add", "naming", "--registry", str(workspace.registry))
        assert waiting.stderr is not None
        assert "waiting for another terra" in waiting.stderr.readline()
        waiting.send_signal(number)
        _, err = waiting.communicate(timeout=60)
        assert waiting.returncode == 130, err
        assert "interrupted" in err
        assert snapshot(terra.cwd) == before
    os.close(descriptor)


def test_prune_waits_for_those_who_use_the_cache(terra: Terra, workspace: Workspace) -> None:
    registry = workspace.simple("naming")
    terra("add", "naming", "--registry", str(registry))
    descriptor = os.open(terra.cwd.parent / "terra/tmp", os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    pruning = start(terra, "cache", "prune")
    time.sleep(0.3)
    terra("add", "naming")  # sharers do not wait for each other
    assert pruning.poll() is None
    os.close(descriptor)
    assert pruning.wait(60) == 0
    pruning.communicate()
    assert terra("cache", "list", "--json").json["entries"] == []
