"""A static tree as a registry: adding from it, what is refused, and what is asked for."""

from __future__ import annotations

import json
import re
import threading
from pathlib import Path
from typing import Any

import pytest

from docs.web import serving
from support.project import MAIN, Terra, Workspace

OTHER = f"sha256-{'ab' * 32}"


class Tree:
    """A static tree in a folder, written plugin by plugin."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.folder = workspace.folder
        self._dump("terra-registry.json", {"terra-registry": 1, "name": "acme", "search": None})

    def release(self, name: str, version: str, **more: Any) -> dict[str, Any]:
        """Write the archive of a release, and return its entry."""
        needs = "".join(f'{key} = "{wanted}"\n' for key, wanted in more.get("dependencies", {}).items())
        manifest = f'[plugin]\nname = "{name}"\nversion = "{version}"\n\n[dependencies]\n{needs}'
        file_name = f"archives/{name}/{version}/x.zip"
        (self.folder / file_name).parent.mkdir(parents=True, exist_ok=True)
        path, checksum = self.workspace.archive("x", {"main.tf": MAIN, "terra-plugin.toml": manifest}, file_name)
        return {"source": file_name, "checksum": checksum, "size": path.stat().st_size, **more}

    def plugin(self, name: str, versions: dict[str, Any], **more: Any) -> None:
        """Write the document of a plugin."""
        self._dump(f"plugins/{name}.json", {"terra-plugin": 1, "name": name, "versions": versions, **more})

    def _dump(self, path: str, document: object) -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(json.dumps(document))


@pytest.fixture
def tree(workspace: Workspace) -> Tree:
    return Tree(workspace)


@pytest.fixture(params=["folder", "network"])
def location(request: pytest.FixtureRequest, tree: Tree) -> Any:
    if request.param == "folder":
        yield str(tree.folder)
        return
    with serving(tree.folder) as origin:
        yield f"{origin}/"


def locked(terra: Terra) -> list[str]:
    return re.findall(r'^id = "(.*)"$', (terra.cwd / "terra.lock").read_text(), re.MULTILINE)


def test_the_newest_that_may_be_chosen_is_added_with_what_it_needs(terra: Terra, tree: Tree, location: str) -> None:
    vpc = {
        "1.0.0": tree.release("my-company/vpc", "1.0.0", dependencies={"aws-kms": ">=0.2"}),
        "1.1.0": tree.release("my-company/vpc", "1.1.0", yanked="broken"),
        "2.0.0-rc.1": tree.release("my-company/vpc", "2.0.0-rc.1"),
        "nonsense": {"source": "x.zip"},
        "0.9.0": {"source": "x.zip", "checksum": "sha256-xyz"},
    }
    tree.plugin("my-company/vpc", vpc)
    tree.plugin("aws-kms", {"0.2.0": tree.release("aws-kms", "0.2.0")})
    ended = terra("add", "my-company/vpc", "--registry", location)
    assert locked(terra) == ["aws-kms@0.2.0", "my-company/vpc@1.0.0"]
    assert (terra.cwd / "plugins/my-company/vpc/main.tf").read_text() == MAIN
    assert "versions.nonsense" in ended.err
    assert "0.9.0" in ended.err
    assert "1.1.0 (yanked)" in terra("info", "my-company/vpc").out


def test_a_tree_that_is_right_is_taken_without_a_checksum(terra: Terra, tree: Tree, location: str) -> None:
    tree.plugin("vpc", {"1.0.0": tree.release("vpc", "1.0.0")})
    digest = re.search(r"sha256-[0-9a-f]{64}", terra("info", "vpc", "--registry", location).out)
    assert digest is not None
    release = tree.release("vpc", "1.0.0", tree=digest[0])
    del release["checksum"], release["size"]
    tree.plugin("vpc", {"1.0.0": release})
    ended = terra("add", "vpc", "--registry", location)
    assert "checksum" not in ended.err


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"tree": OTHER}, "has another tree"),
        ({"checksum": OTHER}, "has another checksum"),
    ],
)
def test_other_bytes_than_promised_are_refused(
    terra: Terra, tree: Tree, location: str, wrong: dict[str, Any], said: str
) -> None:
    tree.plugin("vpc", {"1.0.0": {**tree.release("vpc", "1.0.0"), **wrong}})
    assert said in terra("add", "vpc", "--registry", location, exit=5).err
    assert not (terra.cwd / "plugins").exists()


def test_the_network_names_nothing_of_this_machine(terra: Terra, tree: Tree, tmp_path: Path) -> None:
    path, _ = tree.workspace.archive("x", {"main.tf": MAIN})
    sources = ("workspace:x", f"file://{path}", str(path), f"file:{path}", "~/x.zip")
    for source in sources:
        tree.plugin("vpc", {"1.0.0": {"source": source}})
        with serving(tree.folder) as origin:
            ended = terra("add", "vpc", "--registry", f"{origin}/", exit=2)
        assert "an address that a registry on the network may name" in ended.err
    tree.plugin("vpc", {"1.0.0": {"source": "file:x.zip"}})
    with serving(tree.folder) as origin:
        terra("add", "vpc", "--registry", f"{origin}/")


def test_a_name_that_it_does_not_have_is_unknown(terra: Terra, tree: Tree, location: str) -> None:
    assert "`nothing` is not in" in terra("add", "nothing", "--registry", location, exit=3).err


def test_a_document_that_cannot_be_read_is_an_error_of_that_name_alone(terra: Terra, tree: Tree, location: str) -> None:
    tree.plugin("vpc", {"1.0.0": tree.release("vpc", "1.0.0")})
    (tree.folder / "plugins/broken.json").write_text("{")
    (tree.folder / "plugins/newer.json").write_text('{"terra-plugin": 2, "name": "newer", "versions": {}}')
    assert "broken.json" in terra("add", "broken", "--registry", location, exit=2).err
    assert "upgrade terra" in terra("add", "newer", "--registry", location, exit=2).err
    terra("add", "vpc", "--registry", location)


def test_what_was_read_once_is_read_offline(terra: Terra, tree: Tree) -> None:
    tree.plugin("vpc", {"1.0.0": tree.release("vpc", "1.0.0"), "1.1.0": tree.release("vpc", "1.1.0")})
    with serving(tree.folder) as origin:
        terra("registry", "add", "acme", f"{origin}/")
        terra("add", "vpc")
    folder = terra.cwd / "elsewhere"
    folder.mkdir()
    (folder / "terra.toml").write_text((terra.cwd / "terra.toml").read_text())
    assert "+ vpc 1.1.0" in terra("add", "vpc", "--offline", cwd=folder).out
    assert terra("add", "aws-kms", "--offline", cwd=folder, exit=4).out == ""


def test_a_folder_without_either_form_is_no_registry(terra: Terra, tmp_path: Path) -> None:
    ended = terra("add", "vpc", "--registry", str(tmp_path), exit=4)
    assert "looked for `terra-registry.json` and `registry.json`" in ended.err


def test_documents_are_read_side_by_side(terra: Terra, tree: Tree) -> None:
    """Each plugin's document waits until another one is asked for."""
    together, alone = threading.Barrier(2), []

    def met(path: str) -> None:
        if path.startswith("plugins/"):
            try:
                together.wait(20)
            except threading.BrokenBarrierError:
                alone.append(path)

    names = [f"a{number}" for number in range(4)]
    for name in names:
        tree.plugin(name, {"1.0.0": tree.release(name, "1.0.0")})
    with serving(tree.folder, asked=met) as origin:
        terra("add", *names, "--registry", f"{origin}/")
    assert alone == []
    assert locked(terra) == [f"{name}@1.0.0" for name in names]
