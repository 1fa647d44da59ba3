"""Several plugins of one repository: what of it is fetched once, and what terra's own repository keeps apart."""

from __future__ import annotations

import os
import shutil
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.expected import refused, warnings_of
from support.git_server import GitServer, Repository, git_server
from support.project import MAIN, Terra, snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.component
NAMES = ("a", "b", "c", "d", "e")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    with git_server(tmp_path / "served") as running:
        yield running


@pytest.fixture
def mono(server: GitServer) -> Repository:
    """A repository of five plugins, with the tags v1 and v2, and a branch between them."""
    made = server.repository("mono")
    made.commit({f"modules/{name}/main.tf": MAIN + f"# {name} 1\n" for name in NAMES}, "v1.0.0")
    made.commit({"modules/a/main.tf": MAIN + "# a on the way\n"})
    made.git("branch", "way")
    made.commit({f"modules/{name}/main.tf": MAIN + f"# {name} 2\n" for name in NAMES}, "v2.0.0")
    return made


def address(server: GitServer, name: str, ref: str = "v1.0.0", repository: str = "mono") -> str:
    return f"git:{server.url}{repository}//modules/{name}?ref={ref}"


def commits(terra: Terra) -> dict[str, str]:
    plugins: list[dict[str, Any]] = tomllib.loads((terra.cwd / "terra.lock").read_text())["plugin"]
    return {each["id"]: each["commit"] for each in plugins}


def requests(server: GitServer, repository: str = "mono") -> dict[str, int]:
    """Return how often the server was spoken to, and forget it."""
    asked, server.asked[:] = list(server.asked), []
    return {
        kind: sum(each.startswith(f"{kind} /{repository}/") for each in asked)
        for kind in ("GET", "POST")
        if any(each.startswith(f"{kind} /{repository}/") for each in asked)
    }


def read(terra: Terra, name: str) -> str:
    return (terra.cwd / "plugins" / name / "main.tf").read_text()


def test_five_plugins_of_one_commit_are_one_fetch(terra: Terra, server: GitServer, mono: Repository) -> None:
    terra("add", address(server, "a"))
    alone = requests(server)
    assert alone == {"GET": 2, "POST": 2}, "the refs, then the commit, each by two requests"
    shutil.rmtree(terra.cwd / "plugins")
    (terra.cwd / "terra.lock").unlink()
    (terra.cwd / "terra.toml").unlink()
    terra("add", *(address(server, name) for name in NAMES))
    assert requests(server) == alone
    assert commits(terra) == {f"{name}@1.0.0": mono.git("rev-parse", "v1.0.0") for name in NAMES}
    assert [read(terra, name)[-5:] for name in NAMES] == [f"{name} 1\n".rjust(5) for name in NAMES]


def test_a_locked_project_of_five_is_one_fetch(terra: Terra, server: GitServer, mono: Repository) -> None:
    asked = [address(server, name) for name in NAMES]
    terra("add", *asked)
    before = snapshot(terra.cwd)
    shutil.rmtree(os.environ["TERRA_HOME"])
    shutil.rmtree(terra.cwd / "plugins")
    requests(server)
    terra("add", *asked)
    assert requests(server) == {"GET": 2, "POST": 2}
    assert snapshot(terra.cwd) == before


def test_refs_of_one_repository_are_one_fetch(terra: Terra, server: GitServer, mono: Repository) -> None:
    """A tag, another, a branch, a commit that is named, twice the same folder: each comes as it was."""
    middle = mono.git("rev-parse", "way")
    asked = [address(server, *each) for each in (("a", "way"), ("b", "v2.0.0"), ("c", "v1.0.0"), ("d", middle))]
    terra("add", *asked)
    assert requests(server) == {"GET": 2, "POST": 2}
    one, two = mono.git("rev-parse", "v1.0.0"), mono.git("rev-parse", "v2.0.0")
    assert commits(terra) == {"a@0.0.0": middle, "b@2.0.0": two, "c@1.0.0": one, "d@0.0.0": middle}
    ends = {name: read(terra, name).rpartition("# ")[2] for name in "abcd"}
    assert ends == {"a": "a on the way\n", "b": "b 2\n", "c": "c 1\n", "d": "d 1\n"}


def test_two_repositories_are_fetched_each_on_its_own(terra: Terra, server: GitServer, mono: Repository) -> None:
    other = server.repository("other")
    head = other.commit({"modules/x/main.tf": MAIN, "modules/y/main.tf": MAIN}, "v3.0.0")
    places = (("x", "v3.0.0", "other"), ("y", "v3.0.0", "other"))
    terra("add", address(server, "a"), *(address(server, *each) for each in places), address(server, "b"))
    assert commits(terra) == {
        "a@1.0.0": mono.git("rev-parse", "v1.0.0"),
        "b@1.0.0": mono.git("rev-parse", "v1.0.0"),
        "x@3.0.0": head,
        "y@3.0.0": head,
    }
    assert server.asked.count("POST /other/git-upload-pack") == 2
    assert server.asked.count("POST /mono/git-upload-pack") == 2


@pytest.mark.parametrize("kind", ["version 2", "version 0", "dumb"])
def test_what_does_not_come_together_comes_one_by_one(
    terra: Terra, server: GitServer, mono: Repository, kind: str
) -> None:
    """Of a server that gives out no commit by its hash: a tag by its name, without history; a branch that went on.

    The branch's locked commit is in the history alone, which lies before the tag that came without it.
    """
    if kind == "dumb":
        (mono.folder / ".git").rename(server.root / "bare")
        shutil.rmtree(mono.folder)
        (server.root / "bare").rename(mono.folder)
        mono.git("config", "core.bare", "true")
        mono.git("update-server-info")
        server.dumb = True
    server.protocol = kind == "version 2"
    asked = [address(server, "b", "v2.0.0"), address(server, "a", "way")]
    terra("add", *asked)
    before, way = snapshot(terra.cwd), commits(terra)["a@0.0.0"]
    mono.git("update-ref", "refs/heads/way", "v2.0.0")
    mono.git("update-server-info")
    shutil.rmtree(os.environ["TERRA_HOME"])
    shutil.rmtree(terra.cwd / "plugins")
    terra("add", *asked)
    assert commits(terra)["a@0.0.0"] == way
    assert snapshot(terra.cwd) == before


def test_the_one_that_is_wrong_is_named(terra: Terra, server: GitServer, mono: Repository) -> None:
    absent = "1" * 40
    before = snapshot(terra.cwd)
    good = address(server, "a")
    refused(terra, "add", good, address(server, "b", "v9"), exit=3, says=["v9"], hint="near it")
    refused(terra, "add", good, address(server, "b", absent), exit=3, says=["no commit", absent], hint="hash")
    tree = mono.git("rev-parse", "v1.0.0^{tree}")
    refused(terra, "add", good, address(server, "b", tree), exit=2, says=["no commit", tree], hint="a whole commit")
    assert snapshot(terra.cwd) == before


POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'ab' * 32}\nsize 123456\n"


def test_files_of_lfs_are_named(terra: Terra, server: GitServer) -> None:
    """Those of the folder that is asked for, and nothing that only speaks of them."""
    made = server.repository("mono")
    files = {
        "modules/a/main.tf": MAIN,
        "modules/a/lambda/x y.zip": POINTER,
        "modules/a/é.bin": POINTER,
        "modules/a/README.md": f"A pointer is:\n\n{POINTER}" + "text\n" * 300,
        "modules/a/about.md": "version https://git-lfs.github.com/spec/v1\n",
        "modules/b/other.bin": POINTER,
        "modules/b/main.tf": MAIN,
    }
    made.commit(files, "v1.0.0")
    (warning,) = warnings_of(terra("add", address(server, "a")))
    assert "`lambda/x y.zip`, `é.bin`: " in warning
    assert "Git LFS" in warning
    assert (terra.cwd / "plugins/a/é.bin").read_text() == POINTER
    made.commit({f"modules/a/{number}.bin": POINTER for number in range(9)}, "v1.1.0")
    (warning,) = warnings_of(terra("add", address(server, "a", "v1.1.0")))
    assert "`4.bin` and 6 more: " in warning


@pytest.mark.parametrize("path", ["main.tf", "deep/x.tf.json", "x.tofu"])
def test_terraform_of_lfs_is_refused(terra: Terra, server: GitServer, path: str) -> None:
    made = server.repository("mono")
    made.commit({"modules/a/z.tf": MAIN, f"modules/a/{path}": POINTER, "modules/b/main.tf": MAIN}, "v1.0.0")
    before = snapshot(terra.cwd)
    says = ["Git LFS", f"`{path}`"]
    refused(terra, "add", address(server, "a"), exit=5, says=says, hint="in git itself")
    refused(terra, "add", address(server, "[a]"), exit=5, says=says, hint="in git itself")
    assert snapshot(terra.cwd) == before
    assert warnings_of(terra("add", address(server, "b"))) == []
    assert warnings_of(terra("add", address(server, "[b]"), "--as", "by-pattern")) == []
