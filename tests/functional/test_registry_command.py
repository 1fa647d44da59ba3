"""`terra registry add|remove|list`: the project's registries, and the user's own."""

from __future__ import annotations

import os
import stat
import tomllib
from pathlib import Path

import pytest

from support.expected import refused
from support.project import Terra, Workspace, snapshot

CORP = '[registries.corp]\nurl = "../workspace"\n'


@pytest.fixture
def config(isolated: Path) -> Path:
    """Where the user's configuration is; there is none yet."""
    return isolated / "terra" / "config.toml"


@pytest.fixture(autouse=True)
def plugins(terra: Terra, workspace: Workspace) -> None:
    workspace.simple("aws-s3")
    (terra.cwd / "terra.toml").write_text("# mine\n")


def registries(path: Path) -> dict[str, object]:
    return tomllib.loads(path.read_text()).get("registries", {})


def origins(terra: Terra) -> list[tuple[str, str]]:
    return [(each["name"], each["from"]) for each in terra("registry", "list", "--json").json["registries"]]


def test_add_for_the_user(terra: Terra, config: Path, workspace: Workspace) -> None:
    before = snapshot(terra.cwd)
    said = terra("registry", "add", "corp", "../workspace", "--user", "--namespaces", "acme,my-company")
    assert snapshot(terra.cwd) == before, "the project has no part in it"
    assert f"+ corp in {config}" in said.out
    assert "your config.toml" in terra("registry", "list").out
    assert "alone for acme, my-company" in said.out
    assert registries(config) == {"corp": {"url": str(workspace.folder), "namespaces": ["acme", "my-company"]}}
    assert origins(terra) == [("corp", "user")]
    terra("add", "aws-s3")
    refused(terra, "registry", "add", "corp", "../workspace", "--user", exit=2, says=["`corp`", "yours"], hint="remove")


def test_a_project_that_cannot_be_read_is_said_before_the_users_file_is_written(terra: Terra, config: Path) -> None:
    (terra.cwd / "terra.toml").write_text("[")
    refused(terra, "registry", "add", "corp", "../workspace", "--user", exit=2, says=["terra.toml"], hint=None)
    assert not config.exists()


def test_the_users_file_keeps_what_it_says_and_is_nobody_elses(terra: Terra, config: Path) -> None:
    config.parent.mkdir(exist_ok=True)
    text = '# tokens\n[credentials."https://h.example"]  # of mine\ntoken = "s3cret"\n'
    config.write_text(text)
    config.chmod(0o644)
    terra("registry", "add", "corp", "../workspace", "--user")
    assert config.read_text().startswith(text)
    if os.name == "posix":
        assert stat.S_IMODE(config.stat().st_mode) == 0o600
    config.chmod(0o644)
    assert "s3cret" not in terra("registry", "remove", "corp", "--user").out
    assert config.read_text() == text
    if os.name == "posix":
        assert stat.S_IMODE(config.stat().st_mode) == 0o600


def test_a_linked_configuration_stays_linked(terra: Terra, config: Path, isolated: Path) -> None:
    config.parent.mkdir(exist_ok=True)
    real = isolated / "dotfiles.toml"
    real.write_text("# mine\n")
    config.symlink_to(real)
    terra("registry", "add", "corp", "../workspace", "--user")
    assert config.is_symlink()
    assert "corp" in registries(real)


def test_a_wrong_configuration_is_left_alone(terra: Terra, config: Path) -> None:
    config.parent.mkdir(exist_ok=True)
    config.write_text("[registries\n")
    terra("registry", "add", "corp", "../workspace", "--user", exit=2)
    assert config.read_text() == "[registries\n"


def test_a_password_goes_into_the_users_file_only(terra: Terra, config: Path) -> None:
    address = "https://me:s3cret@index.example/simple/"
    words = ("registry", "add", "mirror", address, "--kind", "pypi")
    refused(terra, *words, exit=2, says=["password"], hint="--user")
    said = terra(*words, "--user")
    assert registries(config) == {"mirror": {"url": address, "kind": "pypi"}}
    assert "s3cret" not in said.out + said.err


def test_namespaces_of_the_project(terra: Terra) -> None:
    terra("registry", "add", "corp", "../workspace", "--namespaces", "acme")
    assert registries(terra.cwd / "terra.toml") == {"corp": {"url": "../workspace", "namespaces": ["acme"]}}
    bad = ("registry", "add", "other", "../workspace", "--namespaces", "Acme!")
    refused(terra, *bad, exit=2, says=["`Acme!`", "namespace"], hint="a-z")


TEXTS = {
    "a table": (f"# top\n{CORP}", "# top\n"),
    "comments of others": (
        f"[plugins]\n# of plugins\n\n# corp is ours\n{CORP}\n# of policy\n[policy]\nrequire-checksum = true\n",
        "[plugins]\n# of plugins\n\n# corp is ours\n\n# of policy\n[policy]\nrequire-checksum = true\n",
    ),
    "between two": (
        f'[registries.a]\nurl = "../workspace"\n\n{CORP}\n[registries.z]\nurl = "../workspace"\n',
        '[registries.a]\nurl = "../workspace"\n\n[registries.z]\nurl = "../workspace"\n',
    ),
    "spelt otherwise": (
        '# top\n[ registries . "corp" ]  # ours\nnamespaces = [\n  "x",\n]\nurl = "../workspace"\n',
        "# top\n",
    ),
    "carriage returns": (f"# top\r\n{CORP}".replace("\n", "\r\n").replace("\r\r", "\r"), "# top\r\n"),
    "a text that looks like a table": (
        "# top\n[registries.corp]\nurl = '''\n../workspace'''\n[policy]\n",
        "# top\n[policy]\n",
    ),
}


@pytest.mark.parametrize("name", TEXTS)
def test_remove(terra: Terra, name: str) -> None:
    before, after = TEXTS[name]
    toml = terra.cwd / "terra.toml"
    toml.write_bytes(before.encode())
    said = terra("registry", "remove", "corp")
    assert toml.read_bytes().decode() == after
    assert "- corp in terra.toml" in said.out


@pytest.mark.parametrize(
    "text",
    [
        'registries = { corp = { url = "../workspace" }, z = { url = "../workspace" } } # x\n',
        'registries.corp.url = "../workspace"\nregistries.z.url = "../workspace"\n',
        '[registries]\ncorp = { url = "../workspace" }\nz = { url = "../workspace" }\n',
        '[registries]\ncorp.url = "../workspace"\nz.url = "../workspace"\n',
    ],
)
def test_remove_from_another_layout(terra: Terra, text: str) -> None:
    toml = terra.cwd / "terra.toml"
    toml.write_text(text)
    terra("registry", "remove", "corp")
    assert registries(toml) == {"z": {"url": "../workspace"}}


def test_remove_after_add_restores_the_file(terra: Terra) -> None:
    toml = terra.cwd / "terra.toml"
    for text in ("# mine\n", "[plugins]\n", "# a\n[policy]\nrequire-checksum = true # b\n"):
        toml.write_text(text)
        terra("registry", "add", "corp", "../workspace")
        terra("registry", "remove", "corp")
        assert toml.read_text() == text


def test_remove_of_one_that_plugins_come_from(terra: Terra) -> None:
    (terra.cwd / "terra.toml").write_text(CORP)
    terra("add", "aws-s3")
    refused(terra, "registry", "remove", "corp", exit=6, says=["`corp`", "aws-s3@0.1.0"], hint="--force")
    said = terra("registry", "remove", "corp", "--force")
    assert "aws-s3@0.1.0" in said.out
    assert registries(terra.cwd / "terra.toml") == {}
    assert terra("list", "--json").json["plugins"][0]["registry"] == "corp"


def test_remove_of_one_that_a_line_names(terra: Terra) -> None:
    (terra.cwd / "terra.toml").write_text(f'[plugins]\naws-s3 = {{ version = "*", registry = "corp" }}\n{CORP}')
    refused(terra, "registry", "remove", "corp", exit=6, says=["aws-s3"], hint="--force")


def test_remove_of_the_users_own(terra: Terra, config: Path) -> None:
    terra("registry", "add", "corp", "../workspace", "--user")
    refused(terra, "registry", "remove", "corp", exit=2, says=["`corp`", "none"], hint="--user")
    terra("add", "aws-s3")
    refused(terra, "registry", "remove", "corp", "--user", exit=6, says=["aws-s3@0.1.0"], hint="--force")
    terra("registry", "add", "corp", "../workspace")
    terra("registry", "remove", "corp", "--user")
    assert registries(config) == {}
    assert origins(terra) == [("corp", "project")]
    refused(terra, "registry", "remove", "nope", "--user", exit=2, says=["`nope`"], hint="registry list")


@pytest.mark.parametrize("more", [(), ("--user",)])
def test_dry_run(terra: Terra, config: Path, more: tuple[str, ...]) -> None:
    for words in (("add", "corp", "../workspace/registry.json"), ("remove", "there")):
        terra("registry", "add", "there", "../workspace", *more)
        before = snapshot(terra.cwd), config.read_bytes() if config.exists() else None
        said = terra("registry", *words, "--dry-run", *more)
        assert "Nothing was written" in said.out
        assert (snapshot(terra.cwd), config.read_bytes() if config.exists() else None) == before
        terra("registry", "remove", "there", *more)


def test_list_says_where_each_comes_from(terra: Terra, config: Path, workspace: Workspace) -> None:
    terra("registry", "add", "mine", str(workspace.registry), "--user")
    terra("registry", "add", "ours", "../workspace")
    assert origins(terra) == [("ours", "project"), ("mine", "user")]
    text = terra("registry", "list").out
    assert [line.split()[2:] for line in text.splitlines()] == [["terra.toml"], ["your", "config.toml"]]


@pytest.mark.parametrize("more", [(), ("--user",)])
def test_one_place_has_one_name_in_a_document(
    terra: Terra, config: Path, workspace: Workspace, more: tuple[str, ...]
) -> None:
    terra("registry", "add", "one", "../workspace", *more)
    words = ("registry", "add", "two", str(workspace.folder), *more)
    refused(terra, *words, exit=2, says=["`two` would be `one` once more"], hint="say `one`")
    terra("registry", "add", "three", "--kind", "pypi", *more)
    words = ("registry", "add", "four", "--kind", "pypi", *more)
    refused(terra, *words, exit=2, says=["`four` would be `three` once more"], hint="say `three`")


def test_a_place_that_the_project_calls_otherwise(terra: Terra, config: Path) -> None:
    terra("registry", "add", "ours", "../workspace")
    assert "in this project it is `ours`" in terra("registry", "add", "mine", "../workspace", "--user").out
    said = terra("registry", "add", "mine", "../workspace", "--user", "--dry-run", exit=None)
    assert said.exit == 2
    assert origins(terra) == [("ours", "project")]


def test_what_came_from_one_that_went_is_asked_there_still(terra: Terra, workspace: Workspace) -> None:
    terra("registry", "add", "corp", "../workspace")
    terra("add", "aws-s3")
    text = (terra.cwd / "terra.toml").read_text()
    (terra.cwd / "terra.toml").write_text(f'{text}\n[sets.dev]\nplugins = {{ log = {{ registry = "corp" }} }}\n')
    said = terra("registry", "remove", "corp", "--force").out
    assert "aws-s3@0.1.0 came from it: terra.lock says where that is, and it is still asked there" in said
    assert "log is asked of it in terra.toml: take `registry` out of that line" in said
    (workspace.folder / "packages/plugins/aws-s3/new.tf").write_text("# new\n")
    terra("update", "aws-s3")
    assert (terra.cwd / "plugins/aws-s3/new.tf").exists()
