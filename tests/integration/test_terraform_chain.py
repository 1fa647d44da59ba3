"""Plugins that call each other by sibling paths run in a real Terraform, submodules included."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest

from support.components import require
from support.graph import Graph
from support.hostile_server import hostile_server
from support.project import snapshot
from support.terraform import Terraform

if TYPE_CHECKING:
    from pathlib import Path

    from support.project import Terra

pytestmark = pytest.mark.component

TEXT = 'variable "text" {\n  type = string\n}\n'


def module(label: str, source: str, text: str) -> str:
    return f'module "{label}" {{\n  source = "{source}"\n  text   = {text}\n}}\n'


def output(name: str, value: str) -> str:
    return f'output "{name}" {{\n  value = {value}\n}}\n'


def chain(folder: Path) -> Graph:
    """`app` calls `my-company/vpc` and one of its submodules, which call `naming` and its submodule."""
    graph = Graph(folder)
    app = TEXT + module("vpc", "../my-company/vpc", "var.text") + output("vpc", "module.vpc.name")
    zone = module("zone", "../my-company/vpc//modules/zone", "var.text") + output("zone", "module.zone.name")
    graph.add("app@1.0.0", {"my-company/vpc": ">=1,<2"}, {"main.tf": app, "zone.tf": zone})
    vpc = module("name", "../../naming", "var.text") + output("name", '"vpc-${module.name.text}"')
    # From `modules/zone` the set is four folders up: a plugin's path is its name.
    inner = module("upper", "../../../../naming//modules/upper", "var.text")
    inner += module("edge", "../edge", "module.upper.text") + output("name", "module.edge.text")
    edge = TEXT + output("text", '"<${var.text}>"')
    files: dict[str, str | bytes] = {
        "main.tf": TEXT + vpc,
        "modules/zone/main.tf": TEXT + inner,
        "modules/edge/main.tf": edge,
    }
    graph.add("my-company/vpc@1.2.0", {"naming": ">=0.2"}, files)
    naming = TEXT + 'resource "terraform_data" "text" {\n  input = lower(var.text)\n}\n'
    upper = TEXT + output("text", "upper(var.text)")
    for version in ("0.1.0", "0.2.0"):
        text = output("text", f'"${{terraform_data.text.output}}-{version}"')
        graph.add(f"naming@{version}", files={"main.tf": naming + text, "modules/upper/main.tf": upper})
    return graph


@pytest.fixture(autouse=True)
def _terraform() -> None:
    """Say at once that there is no Terraform."""
    require("terraform")


@pytest.fixture
def project(terra: Terra, isolated: Path) -> Path:
    chain(isolated / "here").write()
    (terra.cwd / "terra.toml").write_text('[registries.here]\nurl = "../here"\n')
    return terra.cwd


def root(folder: Path, source: str) -> Terraform:
    """Write a root module that calls the chain, and return its Terraform."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "main.tf").write_text(module("app", source, '"Core"') + output("all", "module.app"))
    return Terraform(folder)


def ids(project: Path, set_name: str | None = None) -> list[str]:
    plugins = tomllib.loads((project / "terra.lock").read_text())["plugin"]
    return [each["id"] for each in plugins if each.get("set") == set_name]


def test_chain_of_three_is_applied(terra: Terra, project: Path) -> None:
    terra("add", "app")
    assert ids(project) == ["app@1.0.0", "my-company/vpc@1.2.0", "naming@0.2.0"]
    before = snapshot(project / "plugins")
    terraform = root(project, "./plugins/app")
    assert terraform.apply() == {"all": {"vpc": "vpc-core-0.2.0", "zone": "<CORE>"}}
    assert snapshot(project / "plugins") == before, "Terraform found all of it where it stands"


def test_chain_over_http_is_applied_from_another_folder(terra: Terra, isolated: Path) -> None:
    with hostile_server() as server:
        url = chain(isolated / "here").serve(server)
        (terra.cwd / "terra.toml").write_text(f'[registries.here]\nurl = "{url}"\n')
        terra("add", "app")
    terraform = root(terra.cwd / "envs/prod", "../../plugins/app")
    assert terraform.apply() == {"all": {"vpc": "vpc-core-0.2.0", "zone": "<CORE>"}}


def test_edited_file_of_the_chain_is_kept_and_valid(terra: Terra, project: Path) -> None:
    terra("add", "app")
    terraform = root(project, "./plugins/app")
    edited = project / "plugins/my-company/vpc/modules/edge/main.tf"
    edited.write_text(edited.read_text().replace("<${var.text}>", "[${var.text}]"))
    mine = edited.read_bytes()
    terra("add", "app")
    terra("add", "my-company/vpc")
    assert edited.read_bytes() == mine
    terraform("init", "-no-color")
    assert "Success" in terraform("validate", "-no-color")
    assert terraform.apply()["all"]["zone"] == "[CORE]"


def test_chain_of_two_sets_is_applied_in_each(terra: Terra, project: Path) -> None:
    text = (project / "terra.toml").read_text()
    (project / "terra.toml").write_text(f'{text}[sets.dev]\ndir = "envs/dev/plugins"\n')
    terra("add", "app", "naming@0.2.0")
    # An older naming in `dev` alone: what its vpc asks for must allow it.
    graph = chain(project.parent / "here")
    files = {path: data for path, data in graph.files["my-company/vpc@1.2.0"].items() if path.endswith(".tf")}
    graph.add("my-company/vpc@1.1.0", {"naming": "<0.2"}, files)
    graph.write()
    terra("add", "--set", "dev", "app", "naming@0.1.0")
    assert ids(project, "dev") == ["app@1.0.0", "my-company/vpc@1.1.0", "naming@0.1.0"]
    assert ids(project) == ["app@1.0.0", "my-company/vpc@1.2.0", "naming@0.2.0"]
    prod = root(project / "envs/prod", "../../plugins/app")
    dev = root(project / "envs/dev", "./plugins/app")
    assert prod.apply()["all"]["vpc"] == "vpc-core-0.2.0"
    assert dev.apply()["all"]["vpc"] == "vpc-core-0.1.0"


def test_what_terra_refuses_terraform_cannot_load(terra: Terra, isolated: Path) -> None:
    """A submodule that is not there, and a circle: the proof that neither is refused for nothing."""
    vendored = terra.cwd / "plugins"
    for name, source in {"a": "../b//modules/gone", "b": "./"}.items():
        (vendored / name).mkdir(parents=True)
        (vendored / name / "main.tf").write_text(TEXT + (module("x", source, "var.text") if name == "a" else ""))
    terraform = root(terra.cwd, "./plugins/a")
    with pytest.raises(AssertionError, match="Unreadable module directory"):
        terraform("init", "-no-color")
    graph = Graph(isolated / "here").add("b@1.0.0", files={"main.tf": TEXT})
    graph.add("a@1.0.0", {"b": "*"}, {"main.tf": TEXT + module("x", "../b//modules/gone", "var.text")}).write()
    refused = terra("add", "a", "--registry", "../here", "--overwrite", exit=5)
    assert "`b@1.0.0` has no Terraform files in `modules/gone`" in refused.err
