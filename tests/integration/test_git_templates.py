"""Registries whose releases are the tags of a repository."""

from __future__ import annotations

import json
import os
import shutil
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.expected import error_of, refused, warnings_of
from support.git_server import GitServer, git_server
from support.project import MAIN, Terra, Workspace, snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.component


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    """A server with a monorepo of two plugins, tagged each on its own, and a repository of one."""
    with git_server(tmp_path / "served") as running:
        mono = running.repository("mono")
        for tag, version in (("vpc/v1.1.0", "1.1"), ("vpc/v1.2.0", "1.2"), ("vpc/v1.10.0", "1.10")):
            mono.commit({"modules/vpc/main.tf": MAIN + f"# {version}\n", "modules/eks/main.tf": MAIN}, tag)
        mono.commit({"modules/vpc/main.tf": MAIN + "# 2\n"})
        mono.git("tag", "-a", "vpc/v2.0.0", "-m", "annotated")
        for tag in ("eks/v2.0.0", "vpc/v1.3.0-1", "vpc/vnext", "vpc/v1.10", "vpc/v3.0.0-rc.1", "v9.0.0", "vpc/v1/x"):
            mono.git("tag", tag)
        running.repository("s3").commit({"main.tf": MAIN}, "v0.1.0")
        yield running


@pytest.fixture
def registry(server: GitServer, workspace: Workspace, terra: Terra) -> Workspace:
    mono = {"git": f"{server.url}mono"}
    workspace.plugin("plain")
    workspace.write(
        [
            {"name": "vpc", "tag": "vpc/v{version}", "subdir": "modules/vpc", **mono},
            {"name": "eks", "tag": "eks/v{version}", "subdir": "/modules/eks/", **mono},
            {"name": "s3", "git": f"{server.url}s3"},
            {"name": "none", "tag": "none-{version}", **mono},
            {"name": "plain", "source": "workspace:packages/plugins/plain"},
        ]
    )
    terra("init")
    terra("registry", "add", "acme", str(workspace.folder))
    return workspace


def locked(terra: Terra) -> dict[str, dict[str, Any]]:
    plugins = tomllib.loads((terra.cwd / "terra.lock").read_text())["plugin"]
    return {each["id"]: each for each in plugins}


def listings(server: GitServer, name: str = "mono") -> int:
    """Return how often the refs of a repository were asked for."""
    return sum(each.startswith(f"GET /{name}/info/refs") for each in server.asked)


@pytest.mark.parametrize(
    ("asked", "version"),
    [("vpc", "2.0.0"), ("vpc@~>1.2", "1.10.0"), ("vpc@<1.2", "1.1.0"), ("vpc@3.0.0-rc.1", "3.0.0-rc.1")],
)
def test_the_tags_are_the_versions(terra: Terra, server: GitServer, registry: Workspace, asked: str, version: str):
    terra("add", asked)
    lock = locked(terra)[f"vpc@{version}"]
    assert lock["source"] == f"git:{server.url}mono//modules/vpc?ref=vpc/v{version}"
    assert lock["registry"] == "acme"
    assert len(lock["commit"]) == 40
    assert listings(server) == 3, "the tags; the ref; the commit"


def test_nothing_is_asked_but_for_the_name(terra: Terra, server: GitServer, registry: Workspace) -> None:
    terra("add", "plain")
    terra("registry", "list")
    assert server.asked == []
    terra("add", "s3")
    assert listings(server) == 0
    assert "s3@0.1.0" in locked(terra)


def test_one_remote_is_listed_once(terra: Terra, server: GitServer, registry: Workspace) -> None:
    terra("add", "vpc", "eks")
    assert {"vpc@2.0.0", "eks@2.0.0"} <= set(locked(terra))
    assert listings(server) == 3, "the tags; the refs; both commits"
    before, asked = snapshot(terra.cwd), len(server.asked)
    terra("add", "vpc", "eks")
    terra("--offline", "add", "vpc")
    assert (snapshot(terra.cwd), len(server.asked)) == (before, asked)


def test_what_cannot_be_ordered_is_skipped_and_said(terra: Terra, server: GitServer, registry: Workspace) -> None:
    told = terra("-v", "add", "vpc").err
    assert "`vpc/v1.3.0-1`" in told
    assert "`vpc/v1.10`" in told
    assert "vnext" not in told
    assert "vpc/v1/x" not in told
    refused(terra, "add", "vpc@1.3.0", exit=3, says=["1.10.0", "2.0.0"], hint=None)


def test_without_a_fitting_tag(terra: Terra, server: GitServer, registry: Workspace) -> None:
    refused(terra, "add", "none", exit=3, says=["no tags like `none-{version}`"], hint="acme")


def test_a_tag_that_moved_is_refused_under_the_lock(terra: Terra, server: GitServer, registry: Workspace) -> None:
    terra("add", "vpc@1.2.0")
    shutil.rmtree(Path(os.environ["TERRA_HOME"]) / "plugins")
    terra("add", "vpc@1.2.0")
    subject = locked(terra)["vpc@1.2.0"]["commit"]
    git = server.root / "mono" / ".git" / "refs" / "tags" / "vpc" / "v1.2.0"
    git.write_text((git.parent / "v1.1.0").read_text())
    shutil.rmtree(Path(os.environ["TERRA_HOME"]) / "plugins")
    refused(
        terra, "add", "vpc@1.2.0", exit=5, says=["moved", subject], hint="if the move is wanted: `terra update NAME`"
    )


def test_offline_and_unreachable(terra: Terra, server: GitServer, registry: Workspace) -> None:
    refused(terra, "--offline", "add", "vpc", exit=4, says=["offline"], hint=None)
    server.login = ("joe", "right")
    refused(terra, "add", "vpc", exit=4, says=["does not let git in"], hint="credential.helper")


def test_offline_the_tags_are_those_that_were_last_listed(
    terra: Terra, server: GitServer, registry: Workspace, tmp_path: Path
) -> None:
    terra("add", "vpc@1.2.0")
    server.asked.clear()
    fresh = Terra(terra.program, tmp_path / "fresh")
    fresh.cwd.mkdir()
    words = ("--offline", "add", "--registry", str(registry.folder))
    refused(fresh, *words, "vpc", exit=4, says=["`vpc@2.0.0` is not in the cache"], hint="--offline")
    refused(fresh, *words, "vpc@<1.2", exit=4, says=["`vpc@1.1.0` is not in the cache"], hint="--offline")
    refused(fresh, *words, "s3", exit=4, says=["offline was asked for"], hint="--offline")
    assert server.asked == []


def test_policy_and_dependencies(terra: Terra, server: GitServer, registry: Workspace) -> None:
    document = json.loads(registry.registry.read_text())
    document[0]["dependencies"] = {"s3": ">=0.1"}
    registry.write(document)
    terra("add", "vpc")
    assert set(locked(terra)) == {"vpc@2.0.0", "s3@0.1.0"}
    project = terra.cwd / "terra.toml"
    project.write_text(project.read_text() + '\n[policy]\nallow-sources = ["https"]\n')
    refused(terra, "add", "eks", exit=5, says=["comes by `git`"], hint="allow-sources")


def test_a_repository_beside_the_registry(terra: Terra, server: GitServer, registry: Workspace) -> None:
    shutil.copytree(server.root / "s3", registry.folder / "repositories" / "s3")
    registry.write([{"name": "s3", "git": "./repositories/s3"}])
    terra("add", "s3")
    assert locked(terra)["s3@0.1.0"]["source"] == "git:./repositories/s3?ref=v0.1.0"
    shutil.rmtree(os.environ["TERRA_HOME"])
    terra("add", "s3")
    assert server.asked == []


def test_bad_templates_hide_nothing(terra: Terra, server: GitServer, registry: Workspace) -> None:
    bad = {"name": "bad", "git": f"{server.url}mono", "tag": "v1"}
    registry.write([bad, *json.loads(registry.registry.read_text())])
    error, _ = error_of(terra("add", "bad", exit=2))
    assert "[0].tag" in error
    assert any("1 other entry" in each for each in warnings_of(terra("add", "vpc")))
    assert "[0].tag" in terra("info", "vpc", "-v").err
