"""The example workspace is what its pages say, and its provider-free plugin runs in a real Terraform."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.components import require

ROOT = Path(__file__).parents[2]
WORKSPACE = ROOT / "docs" / "examples" / "workspace"
PLUGINS = WORKSPACE / "packages" / "plugins"
NAMES = ("aws-kms", "aws-s3", "aws-sqs", "naming")
AWS = ("aws-kms", "aws-s3", "aws-sqs")
KEY_IS_NULL = r"var\.kms_key_arn == null"


@dataclass(frozen=True, slots=True)
class Terraform:
    """Terraform in one folder, with its own data folder, no user configuration and no check for updates."""

    program: str
    folder: Path
    data: Path

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("TF_")}
        own = {
            "CHECKPOINT_DISABLE": "1",
            "TF_CLI_CONFIG_FILE": os.devnull,
            "TF_DATA_DIR": str(self.data),
            "TF_IN_AUTOMATION": "1",
            "TF_INPUT": "0",
        }
        return subprocess.run(
            [self.program, *arguments],
            cwd=self.folder,
            env=inherited | own,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def succeed(self, *arguments: str) -> str:
        done = self.run(*arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def give(self, inputs: dict[str, object]) -> None:
        (self.folder / "terraform.tfvars.json").write_text(json.dumps(inputs), encoding="utf-8")


@pytest.fixture
def naming(tmp_path: Path) -> Terraform:
    """Return Terraform in an initialised copy of the `naming` plugin."""
    program = require("terraform")
    folder = tmp_path / "naming"
    shutil.copytree(PLUGINS / "naming", folder)
    terraform = Terraform(program, folder, tmp_path / "data")
    terraform.succeed("init", "-no-color")
    return terraform


def blocks(name: str, kind: str) -> dict[str, str]:
    """Return the bodies of a plugin's top-level `variable` or `output` blocks, by label; `fmt` fixes the layout."""
    text = "".join(path.read_text(encoding="utf-8") for path in sorted((PLUGINS / name).glob("*.tf")))
    return dict(re.findall(rf'^{kind} "([^"]+)" \{{\n(.*?)^\}}$', text, re.MULTILINE | re.DOTALL))


def resources(name: str, kind: str) -> list[str]:
    """Return the bodies of a plugin's resources of one type."""
    text = (PLUGINS / name / "main.tf").read_text(encoding="utf-8")
    return re.findall(rf'^resource "{kind}" "[^"]+" \{{\n(.*?)^\}}$', text, re.MULTILINE | re.DOTALL)


def sets(body: str, argument: str, expression: str) -> bool:
    """Tell whether a block's body sets `argument` to an expression that matches."""
    return re.search(rf"^ +{argument} += {expression}$", body, re.MULTILINE) is not None


def table(name: str, heading: str) -> dict[str, str]:
    """Return the rows of the table under a heading of a plugin's README, by their first cell."""
    readme = (PLUGINS / name / "README.md").read_text(encoding="utf-8")
    section = readme.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", section, re.MULTILINE))


@pytest.mark.component
def test_every_file_is_formatted(tmp_path: Path) -> None:
    done = Terraform(require("terraform"), WORKSPACE, tmp_path).run("fmt", "-check", "-recursive", "-diff")
    assert done.returncode == 0, done.stdout + done.stderr


LONG = "acme-prod-a-name-that-does-not-fit"


@pytest.mark.component
@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ({"name": "uploads"}, {"id": "uploads", "truncated": False, "tags": {"Name": "uploads"}}),
        (
            {"namespace": "acme", "environment": "prod", "name": "uploads", "attributes": ["logs", "eu"]},
            {
                "id": "acme-prod-uploads-logs-eu",
                "tags": {"Name": "acme-prod-uploads-logs-eu", "Namespace": "acme", "Environment": "prod"},
            },
        ),
        (
            {"namespace": "acme", "name": "uploads", "delimiter": "_", "tags": {"Team": "core"}},
            {"id": "acme_uploads", "tags": {"Name": "acme_uploads", "Namespace": "acme", "Team": "core"}},
        ),
        (
            {"namespace": "acme", "environment": "prod", "name": LONG.removeprefix("acme-prod-"), "max_length": 20},
            # 20 characters: 11 of the name, the delimiter, and 8 digits of the hash.
            {
                "id": f"{LONG[:11]}-{hashlib.sha256(LONG.encode()).hexdigest()[:8]}",
                "id_full": LONG,
                "truncated": True,
            },
        ),
    ],
)
def test_naming_gives_the_name(naming: Terraform, inputs: dict[str, object], expected: dict[str, object]) -> None:
    naming.give(inputs)
    naming.succeed("validate", "-no-color")
    naming.succeed("apply", "-auto-approve", "-no-color")
    outputs = {name: output["value"] for name, output in json.loads(naming.succeed("output", "-json")).items()}
    assert {name: outputs[name] for name in expected} == expected


@pytest.mark.component
@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"name": "User Uploads"}, "name must be lower-case letters and digits"),
        ({"name": "uploads", "max_length": 11}, "max_length must be a whole number of 12 or more"),
        ({"name": "uploads", "delimiter": "+"}, 'delimiter must be one of "-", "_", ".", "/" and "".'),
        ({"name": "uploads", "tags": {"Name": "x"}}, "tags must not set Name, Namespace or Environment"),
    ],
)
def test_naming_says_what_it_refuses(naming: Terraform, inputs: dict[str, object], message: str) -> None:
    naming.give(inputs)
    done = naming.run("plan", "-no-color")
    assert done.returncode == 1
    assert message in " ".join(done.stderr.split())


@pytest.mark.component
def test_naming_passes_its_own_tests(naming: Terraform) -> None:
    said = naming.succeed("test", "-no-color")
    passed = re.search(r"Success! (\d+) passed, 0 failed\.", said)
    written = (PLUGINS / "naming" / "tests" / "naming.tftest.hcl").read_text(encoding="utf-8").count('\nrun "')
    assert passed is not None, said
    assert int(passed[1]) >= written > 0


def test_the_registry_names_each_folder() -> None:
    entries = json.loads((WORKSPACE / "registry.json").read_text(encoding="utf-8"))
    assert sorted(entry["name"] for entry in entries) == sorted(NAMES)
    assert {path.name for path in PLUGINS.iterdir()} == set(NAMES)
    for entry in entries:
        assert entry["source"] == f"workspace:packages/plugins/{entry['name']}"


@pytest.mark.parametrize("name", NAMES)
def test_the_manifest_agrees_with_its_folder_and_the_registry(name: str) -> None:
    plugin = tomllib.loads((PLUGINS / name / "terra-plugin.toml").read_text(encoding="utf-8"))["plugin"]
    entries = json.loads((WORKSPACE / "registry.json").read_text(encoding="utf-8"))
    entry = next(entry for entry in entries if entry["name"] == name)
    assert plugin["name"] == name
    assert plugin["version"] == "0.1.0"
    assert plugin["license"] == "MIT"
    assert plugin["directory"] == f"packages/plugins/{name}"
    assert (plugin["description"], plugin["tags"]) == (entry["description"], entry["tags"])
    assert plugin.get("provider") == ("aws" if name in AWS else None)
    versions = (PLUGINS / name / "versions.tf").read_text(encoding="utf-8")
    assert f'required_version = "{plugin["terraform"].replace(">=", ">= ")}"' in versions


@pytest.mark.parametrize("name", NAMES)
def test_a_plugin_has_its_files(name: str) -> None:
    present = {path.relative_to(PLUGINS / name).as_posix() for path in (PLUGINS / name).rglob("*") if path.is_file()}
    assert {"main.tf", "variables.tf", "outputs.tf", "versions.tf", "README.md", "examples/basic/main.tf"} <= present
    assert (PLUGINS / name / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


@pytest.mark.parametrize("name", NAMES)
def test_every_input_and_output_is_described(name: str) -> None:
    inputs, outputs = blocks(name, "variable"), blocks(name, "output")
    assert inputs
    assert outputs
    for label, body in inputs.items():
        assert re.search(r'^  description = ".+\."$', body, re.MULTILINE), label
        assert re.search(r"^  type +=", body, re.MULTILINE), label
        # A null where the module expects a value would pass by every default.
        takes_null = sets(body, "default", "null") or "; null " in body
        assert takes_null != sets(body, "nullable", "false"), label
    for label, body in outputs.items():
        assert re.search(r'^  description = ".+\."$', body, re.MULTILINE), label


@pytest.mark.parametrize("name", NAMES)
def test_the_readme_has_every_input_and_output(name: str) -> None:
    inputs, rows = blocks(name, "variable"), table(name, "Inputs")
    assert set(rows) == set(inputs)
    assert set(table(name, "Outputs")) == set(blocks(name, "output"))
    for label, body in inputs.items():
        required = re.search(r"^  default +=", body, re.MULTILINE) is None
        assert (rows[label].split(" | ")[1] == "required") == required, label


@pytest.mark.parametrize("name", AWS)
def test_the_provider_range_is_bounded(name: str) -> None:
    versions = (PLUGINS / name / "versions.tf").read_text(encoding="utf-8")
    assert 'source  = "hashicorp/aws"' in versions
    assert 'version = ">= 5.49, < 7.0"' in versions


def test_the_bucket_is_private_and_encrypted() -> None:
    (block,) = resources("aws-s3", "aws_s3_bucket_public_access_block")
    flags = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
    assert all(sets(block, flag, "true") for flag in flags)
    (ownership,) = resources("aws-s3", "aws_s3_bucket_ownership_controls")
    assert sets(ownership, "object_ownership", '"BucketOwnerEnforced"')
    (encryption,) = resources("aws-s3", "aws_s3_bucket_server_side_encryption_configuration")
    assert sets(encryption, "sse_algorithm", rf'{KEY_IS_NULL} \? "AES256" : "aws:kms"')
    assert sets(encryption, "kms_master_key_id", r"var\.kms_key_arn")
    assert "aws:SecureTransport" in (PLUGINS / "aws-s3" / "main.tf").read_text(encoding="utf-8")


def test_both_queues_are_encrypted_and_take_tls_only() -> None:
    queues = resources("aws-sqs", "aws_sqs_queue")
    assert len(queues) == len(resources("aws-sqs", "aws_sqs_queue_policy")) == 2
    for queue in queues:
        assert sets(queue, "sqs_managed_sse_enabled", rf"{KEY_IS_NULL} \? true : null")
        assert sets(queue, "kms_master_key_id", r"var\.kms_key_arn")
    assert (PLUGINS / "aws-sqs" / "main.tf").read_text(encoding="utf-8").count('"aws:SecureTransport"') == 2


def test_the_key_rotates_and_keeps_its_lockout_check() -> None:
    (key,) = resources("aws-kms", "aws_kms_key")
    assert sets(key, "enable_key_rotation", "true")
    assert sets(key, "policy", r"data\.aws_iam_policy_document\.key\.json")
    assert "bypass_policy_lockout_safety_check" not in key
