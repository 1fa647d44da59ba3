"""A full disk, a read-only file, a folder without permission, a link on the way: an error, and nothing changed."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.components import unavailable
from support.project import Terra, Workspace, snapshot, write_files

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 256 KiB."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        unavailable(f"no file system can be mounted: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def nobody(terra: Terra) -> Terra:
    """Run as a user for whom permissions hold; root passes them all."""
    if os.geteuid() != 0:
        return terra
    for folder in (terra.cwd, *terra.cwd.parents):
        if folder.owner() == "root" and folder.stat().st_mode & 0o005 == 0 and "pytest" in str(folder):
            folder.chmod(0o755)
    return Unprivileged(terra.program, terra.cwd)


class Unprivileged(Terra):
    """The command without root's power to pass permissions."""

    def __call__(self, *words: str, **options: object) -> object:  # type: ignore[override]
        wrapped = Terra(Path("/usr/bin/setpriv"), self.cwd)
        drop = ("--bounding-set=-all", "--inh-caps=-all", "--no-new-privs")
        return wrapped(*drop, str(self.program), *words, **options)  # type: ignore[arg-type]


def refused(ended: object, *parts: str) -> None:
    err = ended.err  # type: ignore[attr-defined]
    for part in (*parts, "hint:"):
        assert part in err, err


def test_a_full_disk_under_the_project(terra: Terra, workspace: Workspace, tiny_disk: Path) -> None:
    workspace.plugin("naming", {"main.tf": "# x\n" * 100_000})
    workspace.write([{"name": "naming", "source": "workspace:packages/plugins/naming"}])
    write_files(tiny_disk, {"main.tf": "# mine\n"})
    before = snapshot(tiny_disk)
    ended = terra("add", "naming", "--registry", str(workspace.registry), cwd=tiny_disk, exit=1)
    refused(ended, "no space left on device")
    assert snapshot(tiny_disk) == before


def test_a_full_disk_under_the_home(terra: Terra, workspace: Workspace, tiny_disk: Path) -> None:
    workspace.plugin("naming", {"main.tf": "# x\n" * 100_000})
    workspace.write([{"name": "naming", "source": "workspace:packages/plugins/naming"}])
    home = str(tiny_disk / "home")
    ended = terra("add", "naming", "--registry", str(workspace.registry), exit=1, TERRA_HOME=home)
    refused(ended, "no space left on device", "terra cache prune")
    assert snapshot(terra.cwd) == {}
    assert list((tiny_disk / "home/tmp").glob("run-*")) == []


def test_a_folder_without_permission(nobody: Terra, workspace: Workspace) -> None:
    workspace.simple("naming")
    nobody.cwd.chmod(0o555)
    ended = nobody("add", "naming", "--registry", str(workspace.registry), exit=1)
    nobody.cwd.chmod(0o755)
    refused(ended, "permission denied")
    assert snapshot(nobody.cwd) == {}


def test_a_read_only_plugins_folder(nobody: Terra, terra: Terra, workspace: Workspace) -> None:
    workspace.simple("naming")
    terra("add", "naming", "--registry", str(workspace.registry))
    workspace.plugin("naming", {"main.tf": "# v2\n"})
    folder = terra.cwd / "plugins" / "naming"
    before = snapshot(terra.cwd)
    folder.chmod(0o555)
    ended = nobody("add", "naming", exit=1)
    folder.chmod(0o755)
    refused(ended, "permission denied")
    assert snapshot(terra.cwd) == before


def test_a_read_only_file_is_no_obstacle_to_its_own_update(terra: Terra, workspace: Workspace) -> None:
    """A file is replaced through its folder; its own mode never mattered, and it was not edited."""
    workspace.simple("naming")
    terra("add", "naming", "--registry", str(workspace.registry))
    (terra.cwd / "plugins/naming/main.tf").chmod(0o444)
    workspace.plugin("naming", {"main.tf": "# v2\n"})
    terra("add", "naming")
    assert (terra.cwd / "plugins/naming/main.tf").read_text() == "# v2\n"


@pytest.mark.parametrize("link", ["plugins", "plugins/naming", "plugins/naming/main.tf", "terra.toml", "terra.lock"])
def test_a_link_on_the_way_is_refused(terra: Terra, workspace: Workspace, isolated: Path, link: str) -> None:
    workspace.simple("naming")
    outside = isolated / "outside"
    outside.mkdir()
    write_files(
        outside, {"main.tf": "# not terra's\n", "terra.toml": '[project]\nname = "x"\n', "terra.lock": "version = 1\n"}
    )
    target = terra.cwd / link
    target.parent.mkdir(parents=True, exist_ok=True)
    target.symlink_to(outside / Path(link).name if Path(link).suffix else outside)
    before, beside = snapshot(terra.cwd), snapshot(outside)
    ended = terra("add", "naming", "--registry", str(workspace.registry), exit=5)
    refused(ended, "link")
    assert snapshot(terra.cwd) == before
    assert snapshot(outside) == beside


def test_a_folder_where_a_file_must_go(terra: Terra, workspace: Workspace) -> None:
    workspace.simple("naming")
    (terra.cwd / "plugins/naming/main.tf").mkdir(parents=True)
    before = snapshot(terra.cwd)
    ended = terra("add", "naming", "--registry", str(workspace.registry), exit=6)
    refused(ended, "a folder stands there")
    assert snapshot(terra.cwd) == before


def test_a_file_where_a_folder_must_go(terra: Terra, workspace: Workspace) -> None:
    workspace.simple("naming")
    (terra.cwd / "plugins").write_text("mine\n")
    ended = terra("add", "naming", "--registry", str(workspace.registry), exit=6)
    refused(ended, "plugins")
    assert (terra.cwd / "plugins").read_text() == "mine\n"
