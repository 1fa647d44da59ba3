"""What terra puts into a project runs in a real Terraform, and so does the block that it prints."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from support.components import require
from support.project import Terra, Workspace, snapshot
from support.terraform import Terraform

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples" / "workspace"
NAMES = ("aws-kms", "aws-s3", "aws-sqs", "naming")
BLOCK = re.compile(r'^module "\w+" \{\n.*?^\}\n', re.MULTILINE | re.DOTALL)
PLACEHOLDER = re.compile(r'^(  name +=) "" +#.*$', re.MULTILINE)

pytestmark = pytest.mark.component

VPC: dict[str, str | bytes] = {
    "main.tf": """variable "name" {
  type = string
}

variable "zones" {
  type        = list(string)
  description = "One subnet in each"
}

module "subnet" {
  source   = "./modules/subnet"
  for_each = toset(var.zones)
  name     = "${var.name}-${each.key}"
}

resource "terraform_data" "vpc" {
  input = var.name
}
""",
    "outputs.tf": """output "subnets" {
  value = sort([for each in module.subnet : each.id])
}

output "vpc" {
  value = terraform_data.vpc.output
}
""",
    "modules/subnet/main.tf": """variable "name" {
  type = string
}

module "label" {
  source = "../label"
  text   = var.name
}

resource "terraform_data" "subnet" {
  input = module.label.text
}

output "id" {
  value = terraform_data.subnet.output
}
""",
    "modules/label/main.tf": """variable "text" {
  type = string
}

output "text" {
  value = upper(var.text)
}
""",
}


@pytest.fixture(autouse=True)
def _terraform() -> None:
    """Say at once that there is no Terraform."""
    require("terraform")


@pytest.fixture
def project(terra: Terra, workspace: Workspace) -> Path:
    """A project in a copy of the example workspace."""
    shutil.copytree(EXAMPLES, workspace.folder, dirs_exist_ok=True)
    terra.cwd = workspace.folder / "infra"
    terra.cwd.mkdir()
    return terra.cwd


def blocks(text: str) -> list[str]:
    """Return the module blocks of what was printed."""
    return BLOCK.findall(text)


def filled(block: str) -> str:
    """Return a block with a value for its one placeholder."""
    text, count = PLACEHOLDER.subn(r'\1 "user-uploads"', block)
    assert count == 1, block
    return text


def use_naming(terra: Terra, project: Path) -> None:
    """Paste the block that `terra module naming` prints."""
    [block] = blocks(terra("module", "naming").out)
    output = 'output "id" {\n  value = module.naming.id\n}\n'
    (project / "main.tf").write_text(f"{filled(block)}\n{output}")


def test_plugin_of_the_examples_is_applied(terra: Terra, project: Path) -> None:
    terra("add", "naming")
    use_naming(terra, project)
    before = snapshot(project / "plugins")
    assert Terraform(project).apply() == {"id": "user-uploads"}
    assert snapshot(project / "plugins") == before
    assert terra("list", "--json").json["plugins"][0]["edited"] == []
    assert terra("add", "naming").out.startswith("= naming"), "what Terraform writes is no matter of terra's"


def test_edit_survives_and_is_applied(terra: Terra, project: Path) -> None:
    terra("add", "naming")
    use_naming(terra, project)
    assert Terraform(project).apply() == {"id": "user-uploads"}
    outputs = project / "plugins/naming/outputs.tf"
    released = outputs.read_bytes()
    outputs.write_text(outputs.read_text().replace("value       = local.id\n", "value       = upper(local.id)\n"))
    edited = outputs.read_bytes()
    assert edited != released
    again = terra("add", "naming")
    assert "kept plugins/naming/outputs.tf" in again.out
    assert outputs.read_bytes() == edited
    assert Terraform(project).apply() == {"id": "USER-UPLOADS"}
    terra("add", "naming", "--overwrite")
    assert outputs.read_bytes() == released
    assert Terraform(project).apply() == {"id": "user-uploads"}


def test_newer_version_is_applied(terra: Terra, project: Path, workspace: Workspace) -> None:
    terra("add", "naming")
    use_naming(terra, project)
    assert Terraform(project).apply() == {"id": "user-uploads"}
    source = workspace.folder / "packages/plugins/naming"
    manifest = source / "terra-plugin.toml"
    manifest.write_text(manifest.read_text().replace('version = "0.1.0"', 'version = "0.2.0"'))
    newer = (source / "outputs.tf").read_text().replace("value       = local.id\n", 'value       = "v2-${local.id}"\n')
    (source / "outputs.tf").write_text(newer)
    assert "0.1.0 -> 0.2.0" in terra("add", "naming@0.2.0").out
    assert Terraform(project).apply() == {"id": "v2-user-uploads"}


@pytest.mark.parametrize("together", [True, False], ids=["together", "one by one"])
def test_every_block_is_as_terraform_formats_it(terra: Terra, project: Path, together: bool) -> None:
    runs = [NAMES] if together else [(name,) for name in NAMES]
    printed = [block for names in runs for block in blocks(terra("add", *names).out)]
    asked = [blocks(terra("module", name).out)[0] for name in NAMES]
    assert sorted(printed) == sorted(asked)
    assert sorted(re.findall(r'source = "\./plugins/([^"]+)"', "".join(printed))) == sorted(NAMES)
    (project / "printed.tf").write_text("\n".join(printed))
    assert Terraform(project)("fmt", "-check", "-diff", "printed.tf") == ""


def test_block_of_many_inputs_is_as_terraform_formats_it(terra: Terra, workspace: Workspace) -> None:
    types = ("string", "number", "bool", "list(string)", "map(number)", "object({ a = string })", "any")
    inputs = [f'variable "{"x" * (number + 1)}" {{\n  type = {kind}\n}}\n' for number, kind in enumerate(types)]
    workspace.plugin("many", {"main.tf": "\n".join(inputs)})
    [block] = blocks(terra("add", "../workspace/packages/plugins/many").out)
    assert block.count(", required") == len(types)
    (terra.cwd / "printed.tf").write_text(block)
    assert Terraform(terra.cwd)("fmt", "-check", "-diff", "printed.tf") == ""


def test_every_vendored_file_is_as_it_was_released(terra: Terra, project: Path) -> None:
    terra("add", *NAMES)
    assert Terraform(project)("fmt", "-check", "-diff", "-recursive", "plugins") == ""


@pytest.mark.parametrize("below", ["envs/prod", "plugins", "."])
def test_plugin_with_submodules_is_applied_from_another_folder(terra: Terra, workspace: Workspace, below: str) -> None:
    workspace.plugin("my-company/vpc", VPC)
    workspace.write([{"name": "my-company/vpc", "source": "workspace:packages/plugins/my-company/vpc"}])
    terra("add", "my-company/vpc", "--registry", "../workspace")
    folder = terra.cwd / below
    folder.mkdir(parents=True, exist_ok=True)
    [block] = blocks(terra("module", "my-company/vpc", cwd=folder).out)
    up = {"envs/prod": "../../plugins/my-company/vpc", "plugins": "./my-company/vpc", ".": "./plugins/my-company/vpc"}
    assert f'source = "{up[below]}"' in block
    label = re.match(r'module "(\w+)"', block)
    assert label is not None
    block = re.sub(r"^(  name +=).*$", r'\1 "core"', block, flags=re.MULTILINE)
    block = re.sub(r"^(  zones +=).*$", r'\1 ["a", "b"]', block, flags=re.MULTILINE)
    output = f'output "all" {{\n  value = module.{label[1]}\n}}\n'
    (folder / "main.tf").write_text(f"{block}\n{output}")
    assert Terraform(folder).apply() == {"all": {"subnets": ["CORE-A", "CORE-B"], "vpc": "core"}}


def test_plugin_added_from_a_folder_below_is_applied_there(terra: Terra, workspace: Workspace) -> None:
    workspace.plugin("my-company/vpc", VPC)
    (terra.cwd / "terra.toml").write_text("")
    below = terra.cwd / "envs/prod"
    below.mkdir(parents=True)
    [block] = blocks(terra("add", "../../../workspace/packages/plugins/my-company/vpc", cwd=below).out)
    assert 'source = "../../plugins/my-company/vpc"' in block
    assert (terra.cwd / "plugins/my-company/vpc/modules/label/main.tf").is_file()
    (below / "main.tf").write_text(block.replace('""', '"core"').replace("[]", '["a"]'))
    assert Terraform(below).apply() == {}
    assert "CORE-A" in Terraform(below)("show", "-no-color")
