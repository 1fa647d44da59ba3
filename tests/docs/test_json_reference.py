"""docs/reference/json.md has every key that a command prints, with its type, and no other."""

from __future__ import annotations

import json
import os
import re
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from docs.console import ROOT
from support.components import require
from support.graph import Graph

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.project import Terra, Workspace

_ROW = re.compile(r"^\| `([^`]+)` \| ([^|]+) \|", re.MULTILINE)
_TYPES = {"null": type(None), "boolean": bool, "number": int, "text": str}

MAIN = """
terraform {
  required_version = ">= 1.5"
  required_providers {
    null = { source = "hashicorp/null", version = ">= 3.0" }
  }
}

variable "name" {
  type = string
  validation {
    condition     = var.name != ""
    error_message = "name must not be empty."
  }
}

output "id" { value = var.name }
"""
PROVISIONER = 'resource "null_resource" "x" {\n  provisioner "local-exec" { command = "true" }\n}\n'
MANIFEST = '[plugin]\nname = "{name}"\nversion = "0.1.0"\ntags = ["x"]\n'
NEEDING = MANIFEST.format(name="vpc") + '\n[dependencies]\nlabels = ">=0.1"\n'


def documented(section: str) -> dict[str, set[str]]:
    """Return the key paths of a section with their types."""
    page = (ROOT / "docs" / "reference" / "json.md").read_text()
    found = re.search(rf"^## {section}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    assert found is not None, f"there is no section `{section}`"
    return {path: set(types.strip().split(" or ")) for path, types in _ROW.findall(found[1])}


def leaves(value: Any, known: dict[str, set[str]], path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every key path of a document with its values."""
    if isinstance(value, dict):
        for key, each in value.items():
            here = f"{path}.{key}" if path else key
            named = f"{path}.<name>"
            by_name = any(other == named or other.startswith((f"{named}[", f"{named}.")) for other in known)
            yield from leaves(each, known, named if by_name else here)
    elif isinstance(value, list):
        for each in value:
            yield from leaves(each, known, f"{path}[]")
    else:
        yield path, value


def compare(section: str, documents: list[dict[str, Any]]) -> None:
    own = documented(section)
    known = {**own, **({} if section == "Errors" else documented("Every command"))}
    printed = [leaf for document in documents for leaf in leaves(document, known)]
    paths = {path for path, _ in printed}
    assert paths == set(known), f"only printed: {paths - set(known)}, only documented: {set(known) - paths}"
    for path, value in printed:
        assert type(value) in {_TYPES[each] for each in known[path]}, f"{path} is {value!r}"


@pytest.fixture
def registry(workspace: Workspace) -> str:
    files = {"main.tf": MAIN, "examples/basic/main.tf": 'module "x" {\n  source = "../.."\n}\n'}
    workspace.plugin("labels", files, MANIFEST.format(name="labels"))
    workspace.plugin("vpc", {**files, "run.tf": PROVISIONER}, NEEDING)
    entries = [{"name": name, "source": f"workspace:packages/plugins/{name}"} for name in ("labels", "vpc")]
    return str(workspace.write(entries))


def test_add(terra: Terra, workspace: Workspace, registry: str) -> None:
    first = terra("--json", "add", "vpc", "--registry", registry).json
    (terra.cwd / "plugins" / "labels" / "main.tf").write_text(MAIN + "# mine\n")
    (workspace.folder / "packages/plugins/labels/main.tf").write_text(MAIN + "# theirs\n")
    conflict = terra("--json", "add", "labels", "--registry", registry, "--dry-run", exit=6).json
    diff = terra("--json", "add", "labels", "--registry", registry, "--diff", "--overwrite").json
    compare("add", [first, conflict, diff])


def versions(workspace: Workspace, *names: str) -> str:
    """Write a registry in which `labels` has the releases that are named, each with another last line."""
    found = {}
    for name in names:
        files = {"main.tf": MAIN + f"# {name}\n", "run.tf": PROVISIONER, "version.tf": f"# {name}\n"}
        files |= {"x.tf": "# x\n"} if name == "0.1.0" else {}
        manifest = MANIFEST.format(name="labels").replace("0.1.0", name)
        archive, checksum = workspace.archive(f"labels-{name}", {**files, "terra-plugin.toml": manifest})
        found[name] = {"source": f"file:{archive.name}", "checksum": checksum}
    return str(workspace.write({"terra-registry": 1, "name": "x", "plugins": [{"name": "labels", "versions": found}]}))


def test_update(terra: Terra, workspace: Workspace) -> None:
    terra("add", "labels", "--registry", versions(workspace, "0.1.0"))
    versions(workspace, "0.1.0", "0.1.1", "0.2.0")
    (terra.cwd / "plugins" / "labels" / "main.tf").write_text(MAIN + "# mine\n")
    conflict = terra("--json", "update", "--dry-run", exit=6).json
    diff = terra("--json", "update", "--diff", exit=6).json
    compare("update", [conflict, diff, terra("--json", "update", "--merge").json])


def test_sync(terra: Terra, workspace: Workspace) -> None:
    terra("add", "labels", "--registry", versions(workspace, "0.1.0"))
    lock = (terra.cwd / "terra.lock").read_bytes()
    (terra.cwd / "plugins" / "labels" / "x.tf").unlink()
    diff = terra("--json", "sync", "--diff").json
    versions(workspace, "0.1.0", "0.1.1")
    terra("update")
    later, newer = (terra.cwd / "terra.lock").read_bytes(), (terra.cwd / "plugins" / "labels" / "main.tf")
    (terra.cwd / "terra.lock").write_bytes(lock)
    newer.write_text(newer.read_text().replace("# 0.1.1", "# mine"))
    conflict = terra("--json", "sync", "--dry-run", exit=6).json
    (terra.cwd / "terra.toml").write_text((terra.cwd / "terra.toml").read_text().replace(">=0.1.0", ">=0.1.1"))
    stale = terra("--json", "sync", "--check", exit=7).json
    assert later != lock
    (terra.cwd / "terra.lock").unlink()
    fresh = terra("--json", "sync", "--overwrite").json
    compare("sync", [diff, conflict, stale, fresh])


def test_remove(terra: Terra, workspace: Workspace) -> None:
    terra("add", "labels", "--registry", versions(workspace, "0.1.0"))
    (terra.cwd / "plugins" / "labels" / "mine.tf").write_text("# mine\n")
    subprocess.run([require("git"), "init", "-q", str(terra.cwd)], check=True, timeout=60)
    (terra.cwd / ".gitignore").write_text("terra.lock\n")
    diff = terra("--json", "remove", "labels", "--diff").json
    compare("remove", [diff, terra("--json", "remove", "labels").json])


BEFORE = """
terraform {
  required_providers {
    null = { source = "hashicorp/null", version = ">= 3.0" }
  }
}
variable "gone" {}
variable "typed" { type = string }
variable "defaulted" { default = 1 }
output "gone" { value = 1 }
"""
AFTER = """
terraform {
  required_version = ">= 1.5"
  required_providers {
    random = { source = "hashicorp/random" }
  }
}
variable "required" {}
variable "optional" { default = 1 }
variable "typed" { type = number }
variable "defaulted" { default = 2 }
output "new" { value = 1 }
"""


def vpc_with(terra: Terra, workspace: Workspace, text: str) -> Path:
    """Add a plugin and write another text into it; return its folder."""
    workspace.simple("vpc")
    (workspace.folder / "packages/plugins/vpc/main.tf").write_text(BEFORE)
    terra("add", "vpc", "--registry", str(workspace.registry))
    folder = terra.cwd / "plugins" / "vpc"
    (folder / "main.tf").write_text(text)
    return folder


def test_diff(terra: Terra, workspace: Workspace) -> None:
    folder = vpc_with(terra, workspace, AFTER)
    first = terra("--json", "diff", "--interface").json
    (folder / "link.tf").symlink_to("main.tf")
    files = terra("--json", "diff").json
    (folder / "link.tf").unlink()
    (workspace.folder / "packages/plugins/vpc/main.tf").write_text(AFTER)
    (folder / "main.tf").write_text(BEFORE)
    terra("add", "vpc", "--overwrite")
    (folder / "main.tf").write_text(BEFORE)
    compare("diff", [first, files, terra("--json", "diff", "--interface").json])


def test_accept(terra: Terra, workspace: Workspace) -> None:
    (vpc_with(terra, workspace, AFTER) / "own.tf").write_text("# own\n")
    documents = [terra("--json", "accept", "vpc", "--dry-run").json]
    documents.append(terra("--json", "accept", "vpc", "--reason", "why").json)
    compare("accept", documents)


def test_verify(terra: Terra, workspace: Workspace) -> None:
    folder = vpc_with(terra, workspace, f"{AFTER}<<<<<<< yours\n")
    (folder / "README.md").write_bytes(b"# vpc\r\n")
    (terra.cwd / "terra.toml").write_text((terra.cwd / "terra.toml").read_text() + 'other = "*"\n')
    compare("verify", [terra("--json", "--offline", "verify", exit=7).json])


def graph_of(folder: Path, **facts: Any) -> str:
    """Write a registry of `app`, which needs `key`; return the head of a terra.toml with two sets."""
    graph = Graph(folder).add("app@1.0.0", {"key": "*"}).add("app@1.1.0", {"key": "*"}, **facts).add("key@1.0.0")
    graph.entries["app"]["deprecated"] = "use another"
    graph.write()
    return f'[registries.here]\nurl = "{folder}"\n\n[sets.dev]\n\n[sets.dev.plugins]\n'


def test_promote(terra: Terra, tmp_path: Path) -> None:
    (terra.cwd / "terra.toml").write_text(graph_of(tmp_path / "here"))
    terra("add", "app@1.0.0")
    terra("add", "--set", "dev", "app@1.1.0")
    (terra.cwd / "plugins/app/main.tf").write_text("# mine\n")
    text = (terra.cwd / "terra.toml").read_text()
    (terra.cwd / "terra.toml").write_text(text.replace("[sets.dev.plugins]\n", '[sets.dev.plugins]\nnew = "*"\n'))
    conflict = terra("--json", "promote", "dev", "default", "--dry-run", exit=6).json
    compare("promote", [conflict, terra("--json", "promote", "dev", "default", "--diff", exit=6).json])


def test_outdated(terra: Terra, tmp_path: Path) -> None:
    (terra.cwd / "terra.toml").write_text(graph_of(tmp_path / "here"))
    terra("add", "app@1.1.0")
    graph_of(tmp_path / "here", yanked="it is broken")
    with (terra.cwd / "terra.toml").open("a") as manifest:
        manifest.write('new = "*"\n')
    compare("outdated", [terra("--json", "outdated").json])


def test_tree_and_why(terra: Terra, tmp_path: Path) -> None:
    (terra.cwd / "terra.toml").write_text(graph_of(tmp_path / "here"))
    terra("add", "app")
    compare("tree", [terra("--json", "tree").json])
    compare("why", [terra("--json", "why", "key").json])


def test_usage(terra: Terra, tmp_path: Path) -> None:
    (terra.cwd / "terra.toml").write_text(graph_of(tmp_path / "here"))
    terra("add", "app")
    (terra.cwd / "main.tf").write_text('module "x" {\n  source = "./plugins/key//sub"\n}\n')
    (terra.cwd / "broken.tf.json").write_text('{"module": "key"')
    compare("usage", [terra("--json", "usage", "key").json])


def test_recursive(terra: Terra, tmp_path: Path) -> None:
    for name, text in (("good", graph_of(tmp_path / "here")), ("bad", "[")):
        (terra.cwd / name).mkdir()
        (terra.cwd / name / "terra.toml").write_text(text)
    document = terra("--json", "sync", "--recursive", exit=2).json
    bad, good = document["projects"]
    alone = terra("--json", "sync", cwd=terra.cwd / "good").json
    assert set(good) == {"project", *alone} - {"terra", "command"}
    compare("With --recursive", [{**document, "projects": [bad, {"project": good["project"]}]}])


def test_init(terra: Terra) -> None:
    (terra.cwd / ".git").mkdir()
    (terra.cwd / "below").mkdir()
    compare("init", [terra("--json", "init").json, terra("--json", "init", cwd=terra.cwd / "below").json])


def test_list(terra: Terra, registry: str, workspace: Workspace, tmp_path: Path) -> None:
    terra("add", "vpc", "--registry", registry)
    terra("add", str(workspace.folder / "packages/plugins/labels"), "--as", "direct")
    (terra.cwd / "plugins" / "vpc" / "main.tf").write_text("# mine\n")
    (terra.cwd / "plugins" / "vpc" / "run.tf").unlink()
    terra("accept", "vpc")
    for name, origin in (("one", {}), ("two", {"url": tmp_path.as_uri(), "dir_info": {"editable": True}})):
        info = tmp_path / f"terra_{name}-0.1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: terra-{name}\nVersion: 0.1.0\n")
        (info / "entry_points.txt").write_text(f"[terra.plugins]\n{name} = terra_{name}\n")
        (info / "direct_url.json").write_text(json.dumps(origin))
    installed = terra("--json", "list", "--installed", PYTHONPATH=str(tmp_path)).json
    with (terra.cwd / "terra.toml").open("a") as manifest:
        manifest.write('\n[sets.dev.plugins]\nnew = "*"\n')
    compare("list", [terra("--json", "list").json, installed])


def test_info(terra: Terra, registry: str, workspace: Workspace) -> None:
    direct = terra("--json", "info", str(workspace.folder / "packages/plugins/labels")).json
    terra("add", "vpc", "--registry", registry)
    compare("info", [direct, terra("--json", "info", "vpc").json])


def test_module(terra: Terra, registry: str) -> None:
    terra("add", "labels", "--registry", registry)
    compare("module", [terra("--json", "module", "labels").json])


def test_cache(terra: Terra, workspace: Workspace) -> None:
    path, _ = workspace.archive("labels", {"main.tf": MAIN})
    terra("add", str(path))
    listed = terra("--json", "cache", "list").json
    archive = next(each["path"] for each in listed["entries"] if each["kind"] == "archive")
    os.chmod(archive, 0o644)
    with open(archive, "ab") as stream:
        stream.write(b"x")
    compare("cache", [listed, terra("--json", "cache", "verify", exit=5).json])


def test_registry(terra: Terra, registry: str) -> None:
    added = terra("--json", "registry", "add", "acme", registry).json
    manifest = terra.cwd / "terra.toml"
    manifest.write_text(manifest.read_text() + 'namespaces = ["my-company"]\n')
    listed = terra("--json", "registry", "list").json
    terra("add", "labels")
    compare("registry", [added, listed, terra("--json", "registry", "remove", "acme", "--force").json])


def test_search(terra: Terra, workspace: Workspace, tmp_path: Path) -> None:
    facts = {"description": "S3 bucket", "tags": ["aws"], "provider": "aws"}
    entries = [
        {"name": "aws-s3", **facts, "version": "0.1.0", "source": "s3.zip"},
        {"name": "bucket", "source": "bucket.zip"},
    ]
    terra("registry", "add", "acme", str(workspace.write(entries)))
    manifest = terra.cwd / "terra.toml"
    manifest.write_text(
        f'{manifest.read_text()}\n[registries.gone]\nurl = "{tmp_path}/gone"\n'
        '\n[registries.index]\nurl = "https://registry.example/"\nkind = "npm"\n'
    )
    compare("search", [terra("--json", "search", "bucket").json])


def test_doctor(terra: Terra) -> None:
    compare("doctor", [terra("--json", "doctor").json])


def test_completion(terra: Terra) -> None:
    compare("completion", [terra("--json", "completion", "bash").json])


def test_errors(terra: Terra) -> None:
    documents = [terra("--json", "add", "nothing", exit=3).json, terra("--json", "add", "A", exit=2).json]
    compare("Errors", documents)


def test_every_command_has_a_section() -> None:
    from terra.cli.parser import COMMANDS

    for verb in COMMANDS:
        assert documented(verb), verb
