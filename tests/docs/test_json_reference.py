"""docs/reference/json.md has every key that a command prints, with its type, and no other."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any

import pytest

from docs.console import ROOT

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
    conflict = terra("--json", "add", "labels", "--registry", registry, "--dry-run").json
    diff = terra("--json", "add", "labels", "--registry", registry, "--diff", "--overwrite").json
    compare("add", [first, conflict, diff])


def test_init(terra: Terra) -> None:
    (terra.cwd / ".git").mkdir()
    (terra.cwd / "below").mkdir()
    compare("init", [terra("--json", "init").json, terra("--json", "init", cwd=terra.cwd / "below").json])


def test_list(terra: Terra, registry: str, workspace: Workspace, tmp_path: Path) -> None:
    terra("add", "vpc", "--registry", registry)
    terra("add", str(workspace.folder / "packages/plugins/labels"), "--as", "direct")
    (terra.cwd / "plugins" / "vpc" / "main.tf").write_text("# mine\n")
    (terra.cwd / "plugins" / "vpc" / "run.tf").unlink()
    for name, origin in (("one", {}), ("two", {"url": tmp_path.as_uri(), "dir_info": {"editable": True}})):
        info = tmp_path / f"terra_{name}-0.1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: terra-{name}\nVersion: 0.1.0\n")
        (info / "entry_points.txt").write_text(f"[terra.plugins]\n{name} = terra_{name}\n")
        (info / "direct_url.json").write_text(json.dumps(origin))
    installed = terra("--json", "list", "--installed", PYTHONPATH=str(tmp_path)).json
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
    compare("registry", [added, terra("--json", "registry", "list").json])


def test_doctor(terra: Terra) -> None:
    compare("doctor", [terra("--json", "doctor").json])


def test_completion(terra: Terra) -> None:
    compare("completion", [terra("--json", "completion", "bash").json])


def test_errors(terra: Terra) -> None:
    documents = [terra("--json", "add", "nothing", exit=3).json, terra("--json", "add", "A", exit=2).json]
    compare("Errors", documents)


def test_every_command_has_a_section() -> None:
    from terra.cli.verbs import VERBS

    for verb in VERBS:
        assert documented(verb), verb
