"""What the commands that look at things say: list, info, module, cache, registry, init, completion, doctor."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

from support.components import require, unavailable
from support.expected import refused, warnings_of
from support.hostile_server import hostile_server
from support.packages import packed, serve
from support.project import MAIN, Terra, Workspace, snapshot, write_files

REGISTRY = '[registries.here]\nurl = "../workspace"\n'
BUCKET = """\
terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }
}

variable "name" {
  type        = string
  description = "What the bucket is called"
  validation {
    condition     = length(var.name) > 3
    error_message = "too short"
  }
}

variable "tags" {
  type    = map(string)
  default = {}
}

variable "secret" {
  type      = string
  default   = null
  sensitive = true
  nullable  = true
}

output "arn" {
  value       = aws_s3_bucket.this.arn
  description = "Where it is"
}
"""
INFO = """\
[plugin]
name = "aws-s3"
version = "0.1.0"
description = "S3 bucket, private"
license = "MIT"
tags = ["aws", "storage"]
[dependencies]
aws-kms = ">=0.1,<1"
"""


@pytest.fixture
def project(terra: Terra) -> Path:
    """A project whose registry is the workspace."""
    (terra.cwd / "terra.toml").write_text(REGISTRY)
    return terra.cwd


@pytest.fixture
def bucket(terra: Terra, workspace: Workspace, project: Path) -> Path:
    """The project, and `aws-s3` in its registry, which needs `aws-kms`."""
    workspace.simple("aws-kms", "aws-s3")
    workspace.plugin("aws-s3", {"main.tf": BUCKET}, INFO)
    return project


def reads_only(terra: Terra, *words: str, exit: int = 0, **more: Any) -> Any:
    """Run a command that may not write into the project; return its JSON document."""
    before = snapshot(terra.cwd)
    terra(*words, exit=exit, **more)
    document = terra(*words, "--json", exit=exit, **more).json
    assert snapshot(terra.cwd) == before
    assert document["terra"] == 1
    assert document["command"] == words[0]
    return document


# -- list -----------------------------------------------------------------------------------------------------


def test_list(terra: Terra, bucket: Path) -> None:
    assert "terra add" in terra("list").out
    assert reads_only(terra, "list")["plugins"] == []
    terra("add", "aws-s3")
    (bucket / "plugins/aws-s3/main.tf").write_text("# edited\n")
    (bucket / "plugins/aws-kms/README.md").unlink()
    plugins = reads_only(terra, "list")["plugins"]
    keys = {"name", "version", "set", "registry", "source", "direct", "edited"}
    assert all(keys <= set(each) for each in plugins)
    assert [{key: each[key] for key in ("name", "version", "direct", "edited")} for each in plugins] == [
        {"name": "aws-kms", "version": "0.1.0", "direct": False, "edited": []},
        {"name": "aws-s3", "version": "0.1.0", "direct": True, "edited": ["main.tf"]},
    ]
    assert plugins[0]["registry"] == "here"
    said = terra("list").out.splitlines()
    assert [line.split()[:2] for line in said] == [["plugin", "version"], ["aws-kms", "0.1.0"], ["aws-s3", "0.1.0"]]
    assert "1 missing" in said[1]
    assert "1 edited" in said[2]


def test_list_of_no_project_and_no_set(terra: Terra) -> None:
    refused(terra, "list", exit=2, says=["there is no `terra.toml`"], hint="terra add NAME")
    (terra.cwd / "terra.toml").write_text("[plugins]\n")
    assert reads_only(terra, "list")["plugins"] == []
    assert "No plugins yet" in terra("list").out
    refused(terra, "list", "--set", "dev", exit=2, says=["`dev`"], hint="[sets.dev]")


# -- info and module ------------------------------------------------------------------------------------------


def test_info_before_and_after_the_add(terra: Terra, bucket: Path) -> None:
    document = reads_only(terra, "info", "aws-s3")
    assert document["installed"] is None
    assert {key: document[key] for key in ("name", "version", "description", "license", "tags", "registry")} == {
        "name": "aws-s3",
        "version": "0.1.0",
        "description": "S3 bucket, private",
        "license": "MIT",
        "tags": ["aws", "storage"],
        "registry": "here",
    }
    assert document["source"] == "workspace:packages/plugins/aws-s3"
    assert document["providers"] == [{"name": "aws", "source": "hashicorp/aws", "version": "~> 5.0"}]
    assert document["terraform"] == ">= 1.5"
    assert document["dependencies"] == ["aws-kms>=0.1,<1"]
    name, tags, secret = document["inputs"]
    assert (name["name"], name["type"], name["required"]) == ("name", "string", True)
    assert name["description"] == "What the bucket is called"
    assert name["validations"] == [{"condition": "length(var.name) > 3", "error_message": "too short"}]
    assert (tags["type"], tags["required"], tags["default"]) == ("map(string)", False, "{}")
    assert (secret["sensitive"], secret["required"]) == (True, False)
    assert document["outputs"] == [{"name": "arn", "description": "Where it is", "sensitive": False}]
    said = terra("info", "aws-s3").out
    for text in ("S3 bucket, private", "hashicorp/aws ~> 5.0", "Required inputs", "What the bucket is", "arn"):
        assert text in said
    terra("add", "aws-s3")
    assert reads_only(terra, "info", "aws-s3")["installed"] == "0.1.0"


def test_info_of_versions(terra: Terra, workspace: Workspace, project: Path) -> None:
    texts = ("0.9.0", "0.10.0", "1.0.0-rc.1", "0.11.0")
    for text in texts:
        write_files(workspace.folder / text, {"main.tf": f'output "v{text.replace(".", "_")}" {{\n  value = 1\n}}\n'})
    listed = {text: {"source": f"workspace:{text}", "yanked": text == "0.11.0"} for text in texts}
    workspace.write({"terra-registry": 1, "plugins": [{"name": "vpc", "description": "Nets", "versions": listed}]})
    document = reads_only(terra, "info", "vpc")
    assert [(each["version"], each["yanked"]) for each in document["versions"]] == [
        *(("1.0.0-rc.1", False), ("0.11.0", True), ("0.10.0", False), ("0.9.0", False)),
    ]
    assert document["version"] == "0.10.0"
    assert reads_only(terra, "info", "vpc@0.9.0")["outputs"][0]["name"] == "v0_9_0"
    refused(terra, "info", "vpc@3", exit=3, says=["0.10.0"], hint="")


def test_info_of_a_path_and_an_address(terra: Terra, workspace: Workspace) -> None:
    write_files(workspace.folder / "vpc", {"main.tf": BUCKET})
    document = reads_only(terra, "info", "../workspace/vpc")
    assert (document["name"], document["registry"], document["installed"]) == ("vpc", None, None)
    assert not (terra.cwd / "terra.toml").exists()
    with hostile_server() as server:
        server.routes["/vpc-1.0.0.zip"] = serve(packed({"main.tf": BUCKET}, ".zip"))
        assert reads_only(terra, "info", server.url("/vpc-1.0.0.zip"))["name"] == "vpc"
    terra("add", "../workspace/vpc")
    assert reads_only(terra, "info", "vpc")["installed"] == "0.0.0"


def test_info_of_what_is_not_known(terra: Terra, bucket: Path) -> None:
    refused(terra, "info", "aws-s4", exit=3, says=["`aws-s4`"], hint="`aws-s3`")


def test_module(terra: Terra, bucket: Path) -> None:
    terra("add", "aws-s3")
    line = '  name = "" # string, required: What the bucket is called\n'
    block = f'module "aws_s3" {{\n  source = "./plugins/aws-s3"\n\n{line}}}\n'
    assert terra("module", "aws-s3").out == block
    assert list(reads_only(terra, "module", "aws-s3", "aws-kms")["modules"]) == ["aws-s3", "aws-kms"]
    assert reads_only(terra, "module", "aws-s3")["modules"]["aws-s3"] == block
    refused(terra, "module", "vpc", exit=3, says=["`vpc` is not locked"], hint="terra add vpc")
    refused(terra, "module", "aws-s4", exit=3, says=["`aws-s4` is not locked"], hint="near it: `aws-s3`")


def test_module_is_terraform_that_can_be_pasted(terra: Terra, workspace: Workspace, project: Path) -> None:
    program = shutil.which("terraform") or shutil.which("tofu")
    if program is None:
        unavailable("needs the program `terraform` or `tofu`")
    workspace.simple("naming")
    added = terra("add", "naming")
    block = "module" + added.out.partition("module")[2].partition("\nNext")[0]
    (project / "main.tf").write_text(block)
    for words in (("fmt", "-check"), ("init", "-input=false"), ("validate",)):
        run = subprocess.run([program, *words], cwd=project, capture_output=True, text=True, check=False, timeout=60)
        assert run.returncode == 0, run.stdout + run.stderr


# -- cache ----------------------------------------------------------------------------------------------------


def fetched(terra: Terra, folder: Path) -> Path:
    """Add `vpc` from an address; return the terra home."""
    with hostile_server() as server:
        server.routes["/vpc-1.0.0.zip"] = serve(packed({"vpc/main.tf": MAIN}, ".zip"))
        terra("add", server.url("/vpc-1.0.0.zip"), cwd=folder)
    return Path(os.environ["TERRA_HOME"])


def test_cache_dir_and_list(terra: Terra) -> None:
    home = fetched(terra, terra.cwd)
    assert terra("cache", "dir").out == f"{home}\n"
    document = reads_only(terra, "cache", "list")
    assert document["dir"] == str(home)
    assert [(each["kind"], each["files"]) for each in document["entries"]] == [("payload", 1), ("archive", 1)]
    payload = Path(document["entries"][0]["path"])
    assert payload == home / "plugins/vpc/v0.0.0"
    assert (payload / "main.tf").read_text() == MAIN
    assert not stat.S_IMODE((payload / "main.tf").stat().st_mode) & 0o222, "what is cached is read-only"
    assert "2 entries" in terra("cache", "list").out


def damage(path: Path) -> None:
    path.chmod(0o644)
    path.write_bytes(path.read_bytes() + b"# damaged\n")


def entries_of(terra: Terra) -> dict[str, Path]:
    return {each["kind"]: Path(each["path"]) for each in terra("cache", "list", "--json").json["entries"]}


@pytest.mark.parametrize("kind", ["payload", "archive"])
def test_damaged_cache_is_found(terra: Terra, kind: str) -> None:
    fetched(terra, terra.cwd)
    path = entries_of(terra)[kind]
    damage(path if kind == "archive" else path / "main.tf")
    verified = terra("cache", "verify", exit=5)
    assert str(path) in verified.out
    assert "1 damaged" in verified.out


@pytest.mark.parametrize("kind", ["payload", "archive"])
def test_damaged_cache_heals_from_the_other_half(terra: Terra, isolated: Path, kind: str) -> None:
    fetched(terra, terra.cwd)
    path = entries_of(terra)[kind]
    damage(path if kind == "archive" else path / "main.tf")
    source = tomllib.loads((terra.cwd / "terra.toml").read_text())["plugins"]["vpc"]["source"]
    second = clone(terra.cwd, isolated / "second")
    healed = terra("add", source, "--offline", cwd=second)
    assert [text for text in warnings_of(healed) if "checksum" not in text] == [], "healing is silent"
    assert (second / "plugins/vpc/main.tf").read_text() == MAIN


def clone(project: Path, folder: Path) -> Path:
    """Make a project with the documents of another, and no plugins."""
    write_files(folder, {name: (project / name).read_bytes() for name in ("terra.toml", "terra.lock")})
    return folder


def test_damaged_cache_is_fetched_anew(terra: Terra, isolated: Path) -> None:
    data = packed({"main.tf": MAIN}, ".zip")
    with hostile_server() as server:
        server.routes["/vpc.zip"] = serve(data)
        terra("add", server.url("/vpc.zip"))
        for each in terra("cache", "list", "--json").json["entries"]:
            path = Path(each["path"])
            damage(path if path.is_file() else path / "main.tf")
        second = clone(terra.cwd, isolated / "second")
        healed = terra("add", server.url("/vpc.zip"), "-v", cwd=second)
        assert "damaged" in healed.err
        assert len(server.headers("/vpc.zip")) == 2
    assert (second / "plugins/vpc/main.tf").read_text() == MAIN
    assert "0 damaged" in terra("cache", "verify").out


def test_cache_verify_of_what_is_whole(terra: Terra) -> None:
    fetched(terra, terra.cwd)
    document = reads_only(terra, "cache", "verify")
    assert (document["action"], document["damage"]) == ("verify", [])


def test_cache_prune(terra: Terra) -> None:
    home = fetched(terra, terra.cwd)
    before = snapshot(home)
    document = reads_only(terra, "cache", "prune", "--dry-run")
    assert (document["dry_run"], [each["kind"] for each in document["entries"]]) == (True, ["payload", "archive"])
    said = terra("cache", "prune", "--dry-run").out
    assert "vpc" in said
    assert "2 entries would be removed" in said
    assert reads_only(terra, "cache", "prune", "--dry-run", "--older-than", "1h")["entries"] == []
    assert snapshot(home) == before
    assert reads_only(terra, "cache", "prune", "--older-than", "1h")["entries"] == []
    assert "2 entries removed" in terra("cache", "prune").out
    assert terra("cache", "list", "--json").json["entries"] == []
    assert not any(path.is_file() for path in (home / "plugins").rglob("*") if path.name != ".format")
    assert (terra.cwd / "plugins/vpc/main.tf").exists()
    terra("list")


# -- registry -------------------------------------------------------------------------------------------------


def test_registry_add_and_list(terra: Terra, workspace: Workspace) -> None:
    workspace.simple("aws-s3")
    assert "terra registry add" in terra("registry", "list").out
    assert reads_only(terra, "registry", "list")["registries"] == []
    (terra.cwd / "terra.toml").write_text("# mine\n[plugins]\n")
    terra("registry", "add", "corp", "../workspace/registry.json")
    text = (terra.cwd / "terra.toml").read_text()
    assert text == '# mine\n[plugins]\n\n[registries.corp]\nurl = "../workspace/registry.json"\n'
    registries = reads_only(terra, "registry", "list")["registries"]
    assert registries == [{"name": "corp", "location": str(workspace.registry), "namespaces": [], "from": "project"}]
    assert terra("registry", "list").out.split()[:2] == ["corp", str(workspace.registry)]
    terra("add", "aws-s3")


def test_registry_add_from_a_folder_below(terra: Terra, workspace: Workspace) -> None:
    workspace.simple("aws-s3")
    (terra.cwd / "terra.toml").write_text("")
    (terra.cwd / "deep").mkdir()
    terra("registry", "add", "corp", "../../workspace", cwd=terra.cwd / "deep")
    assert tomllib.loads((terra.cwd / "terra.toml").read_text())["registries"]["corp"]["url"] == "../workspace"


def test_registry_add_that_is_refused(terra: Terra, workspace: Workspace) -> None:
    workspace.simple("aws-s3")
    (terra.cwd / "terra.toml").write_text('[registries.corp]\nurl = "../workspace"\n')
    add = ("registry", "add")
    refused(terra, *add, "corp", "../workspace", exit=2, says=["`corp`", "already"], hint="url")
    refused(terra, *add, "Corp!", "../workspace", exit=2, says=["`Corp!`"], hint="a-z")
    for nowhere in ("../nowhere", "../nowhere.json"):
        refused(terra, *add, "new", nowhere, exit=4, says=["nowhere"], hint="")
    refused(terra, *add, "new", "https://me:s3cret@x.example/", exit=2, says=["user name"], hint="config.toml")
    workspace.registry.write_text("not json")
    refused(terra, *add, "new", "../workspace/registry.json", exit=2, says=["registry.json"], hint=None)


@pytest.mark.parametrize(
    "text", ['registries = { a = { url = "../workspace" } }\n', 'registries.a.url = "../workspace"\n']
)
def test_registry_add_beside_an_inline_table(terra: Terra, workspace: Workspace, text: str) -> None:
    workspace.simple("aws-s3")
    (terra.cwd / "terra.toml").write_text(text)
    terra("registry", "add", "corp", "../workspace/registry.json")
    assert sorted(tomllib.loads((terra.cwd / "terra.toml").read_text())["registries"]) == ["a", "corp"]


def test_registry_that_terra_cannot_read_stops_nothing_else(terra: Terra, workspace: Workspace) -> None:
    """The example of the reference has a `pypi` mirror; what does not ask it works."""
    workspace.simple("aws-s3")
    (terra.cwd / "terra.toml").write_text(f'{REGISTRY}[registries.mirror]\nurl = "https://x.example/"\nkind = "pypi"\n')
    terra("add", "../workspace/packages/plugins/aws-s3")
    terra("add", "aws-s3", "--registry", "here", "--allow-registry-change")
    terra("registry", "list")


# -- init -----------------------------------------------------------------------------------------------------


def test_init(terra: Terra) -> None:
    said = terra("init")
    assert "+ terra.toml" in said.out
    assert tomllib.loads((terra.cwd / "terra.toml").read_text()) == {"project": {"name": "work"}, "plugins": {}}
    assert [each.name for each in terra.cwd.iterdir()] == ["terra.toml"], "no repository, no .gitattributes"
    refused(terra, "init", exit=2, says=["terra.toml", "already"], hint="terra add")


def test_init_that_writes_nothing(terra: Terra) -> None:
    subprocess.run(["git", "init", "-q"], cwd=terra.cwd, check=True)
    before = snapshot(terra.cwd)
    said = terra("init", "--dry-run", "--git-attributes").out
    assert said == "+ terra.toml\n+ .gitattributes\n\nNothing was written (--dry-run).\n"
    document = terra("init", "--dry-run", "--json").json
    assert (document["dry_run"], document["written"]) == (True, ["terra.toml"])
    assert document["git_attributes"] == "plugins/** -text"
    assert snapshot(terra.cwd) == before
    assert terra("init", "--json").json["dry_run"] is False
    refused(terra, "init", "--dry-run", exit=2, says=["already"], hint="terra add")


def test_init_with_options(terra: Terra) -> None:
    document = terra("init", "--name", "infra", "--plugins-dir", "vendor/tf", "--json").json
    assert document["written"] == ["terra.toml"]
    assert tomllib.loads((terra.cwd / "terra.toml").read_text())["project"] == {
        "name": "infra",
        "plugins-dir": "vendor/tf",
    }


@pytest.mark.parametrize("folder", ["../out", "/abs", "", "a/../b", "~"])
def test_init_with_a_folder_outside(terra: Terra, folder: str) -> None:
    refused(terra, "init", "--plugins-dir", folder, exit=2, says=["plugins-dir"], hint=None)


@pytest.mark.parametrize(
    ("words", "before", "after"),
    [
        ((), None, None),
        (("--git-attributes",), None, "plugins/** -text\n"),
        (("--git-attributes",), "*.png binary", "*.png binary\nplugins/** -text\n"),
        (("--git-attributes",), "plugins/** -text\n", "plugins/** -text\n"),
        (("--git-attributes", "--plugins-dir", "tf"), None, "tf/** -text\n"),
        (("--git-attributes", "--plugins-dir", "my tf"), None, '"my tf/**" -text\n'),
        (("--no-git-attributes",), None, None),
    ],
)
def test_init_in_a_repository(terra: Terra, words: tuple[str, ...], before: str | None, after: str | None) -> None:
    subprocess.run(["git", "init", "-q"], cwd=terra.cwd, check=True)
    attributes = terra.cwd / ".gitattributes"
    if before is not None:
        attributes.write_text(before)
    said = terra("init", *words)
    assert (attributes.read_text() if attributes.exists() else None) == after
    assert ("--git-attributes" in said.out) == (not words)


# -- completion -----------------------------------------------------------------------------------------------


def test_completion_in_bash(terra: Terra) -> None:
    require("bash")
    script = terra("completion", "bash").out
    (terra.cwd / "terra.bash").write_text(script)
    subprocess.run(["bash", "-n", "terra.bash"], cwd=terra.cwd, check=True)

    def completed(*words: str) -> list[str]:
        asks = (
            'source ./terra.bash; COMP_WORDS=(terra "$@"); COMP_CWORD=$#; COMP_LINE="terra $*"; '
            "COMP_POINT=${#COMP_LINE}; f=$(complete -p terra | sed 's/.*-F \\([^ ]*\\).*/\\1/'); "
            '"$f" terra; printf "%s\\n" "${COMPREPLY[@]}"'
        )
        run = subprocess.run(
            ["bash", "-c", asks, "bash", *words], cwd=terra.cwd, capture_output=True, text=True, check=True, timeout=30
        )
        return run.stdout.split()

    assert completed("ad") == ["add", "adopt"]
    assert {"init", "list", "info", "module", "cache", "doctor"} <= set(completed(""))
    assert {"--overwrite"} == set(completed("add", "--overw"))
    assert set(completed("cache", "")) >= {"dir", "list", "verify", "prune"}


def test_completion_of_other_shells(terra: Terra) -> None:
    for shell in ("zsh", "tcsh"):
        assert "terra" in terra("completion", shell).out
    refused(terra, "completion", "cmd", exit=2, says=["cmd", "bash"], hint="--help")


# -- doctor ---------------------------------------------------------------------------------------------------


def findings(terra: Terra, exit: int = 0, **more: str) -> list[tuple[str, str, str]]:
    document = reads_only(terra, "doctor", exit=exit, **more)
    found = document["findings"]
    assert all(set(each) == {"subject", "state", "message", "hint"} for each in found)
    assert all(each["hint"] for each in found if each["state"] != "ok"), found
    return [(each["subject"], each["state"], each["message"]) for each in found]


def test_doctor_of_what_is_well(terra: Terra, bucket: Path) -> None:
    terra("add", "aws-s3")
    found = findings(terra)
    assert not [each for each in found if each[1] == "problem"]
    assert any(subject == "registry" and "2 plugins" in message for subject, _, message in found)
    assert any(subject == "project" and "2 plugins locked" in message for subject, _, message in found)


def test_doctor_without_a_project(terra: Terra) -> None:
    assert ("registry", "warning", "there is none to ask") in findings(terra)


def test_doctor_of_what_is_wrong(terra: Terra, bucket: Path, workspace: Workspace) -> None:
    terra("add", "aws-s3")
    (bucket / "plugins/aws-kms/main.tf").unlink()
    assert any(state == "warning" and "aws-kms" in message for _, state, message in findings(terra))
    workspace.registry.unlink()
    assert any(each[:2] == ("registry", "problem") for each in findings(terra, exit=1))
    (bucket / "terra.toml").write_text("[plugins\n")
    assert any(each[:2] == ("project", "problem") for each in findings(terra, exit=1))


def test_module_of_a_plugin_whose_folder_is_gone(terra: Terra, bucket: Path) -> None:
    terra("add", "aws-s3")
    shutil.rmtree(bucket / "plugins/aws-s3")
    ended = refused(terra, "module", "aws-s3", exit=3, says=["`aws-s3`"], hint="terra add aws-s3")
    assert "is not locked" not in ended.err


def test_doctor_of_ignored_plugins(terra: Terra, bucket: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=bucket, check=True)
    (bucket / ".gitignore").write_text("plugins/\n")
    assert any(each[:2] == ("git", "problem") for each in findings(terra, exit=1))


def test_doctor_hides_the_password_of_a_proxy(terra: Terra) -> None:
    ended = terra("doctor", https_proxy="http://me:s3cret@proxy.example:3128")
    assert "proxy.example:3128" in ended.out
    assert "s3cret" not in ended.out


# -- add, and everything at once ------------------------------------------------------------------------------


def test_document_of_add(terra: Terra, bucket: Path) -> None:
    document = terra("add", "aws-s3", "--json").json
    assert (document["terra"], document["command"], document["dry_run"]) == (1, "add", False)
    kms, s3 = document["changes"]
    assert (kms["plugin"], kms["set"], kms["from"], kms["to"]) == ("aws-kms", "", None, "0.1.0")
    created = {"path": "plugins/aws-s3/main.tf", "action": "create", "reason": "new", "why": "new"}
    assert created in s3["files"]
    assert list(document["modules"]) == ["aws-s3"]


def test_quiet_and_verbose(terra: Terra, bucket: Path) -> None:
    quiet = terra("add", "aws-s3", "-q")
    assert "module" not in quiet.out
    assert quiet.err == ""
    (bucket / "plugins/aws-s3/main.tf").unlink()
    assert "create plugins/aws-s3/main.tf" in terra("-v", "add", "aws-s3").out


def test_colour_only_where_it_is_wanted(terra: Terra, bucket: Path) -> None:
    assert "\x1b[" not in terra("list").out
    terra("add", "aws-s3")
    assert "\x1b[" in terra("list", "--color", "always").out
    assert "\x1b[" in terra("list", TERRA_COLOR="always").out
    assert "\x1b[" not in terra("list", "--color", "never", TERRA_COLOR="always").out


def test_bad_entries_do_not_hide_good_ones_in_any_command(terra: Terra, bucket: Path, workspace: Workspace) -> None:
    workspace.write([{"name": "bad"}, *json.loads(workspace.registry.read_text())])
    for words in (("info", "aws-s3"), ("add", "aws-s3"), ("doctor",)):
        ended = terra(*words)
        assert any("1 other entry" in text for text in warnings_of(ended)), words
        assert "[0]" in terra("-v", *words).err, words
