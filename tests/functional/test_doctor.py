"""`terra doctor`: each thing that terra stands on, with what to do about it, and nothing secret in it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from support.project import MAIN, Ended, Terra, Workspace, snapshot, write_files

LOGIN = "https://me:s3cret@index.example/simple/"


def looked(terra: Terra, *words: str, exit: int | None = 0, **environment: str) -> list[tuple[str, str, str]]:
    """Return the findings; every one that is not ok says what to do, and the project is as before."""
    before = snapshot(terra.cwd)
    ended = terra("doctor", "--json", *words, exit=exit, **environment)
    assert snapshot(terra.cwd) == before
    found = ended.json["findings"]
    assert all(each["hint"] for each in found if each["state"] != "ok"), found
    return [(each["subject"], each["state"], each["message"]) for each in found]


def has(found: list[tuple[str, str, str]], subject: str, state: str, *texts: str) -> bool:
    return any(each[:2] == (subject, state) and all(text in each[2] for text in texts) for each in found)


@pytest.fixture
def project(terra: Terra, workspace: Workspace) -> Path:
    workspace.simple("aws-s3")
    (terra.cwd / "terra.toml").write_text('[registries.corp]\nurl = "../workspace"\n')
    terra("add", "aws-s3", "--quiet")
    return terra.cwd


@pytest.fixture
def programs(isolated: Path) -> Path:
    """A folder for a PATH, with git and a terraform of ours in it alone."""
    folder = isolated / "programs"
    folder.mkdir()
    for name in ("git", "sh"):
        (folder / name).symlink_to(shutil.which(name) or "")
    return folder


def program(folder: Path, name: str, says: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{says}\n")
    (folder / name).chmod(0o755)


def test_all_is_well(terra: Terra, project: Path) -> None:
    found = looked(terra)
    assert has(found, "lock", "ok")
    assert has(found, "registry", "ok", "`corp`", "1 plugin")
    assert has(found, "pip", "ok", "python")
    assert has(found, "clock", "ok")
    assert has(found, "variable", "ok", "TERRA_HOME")


def test_a_lock_that_is_not_what_terra_toml_asks(terra: Terra, project: Path) -> None:
    text = (project / "terra.toml").read_text()
    (project / "terra.toml").write_text(text.replace("[plugins]", '[plugins]\nvpc = "*"'))
    assert has(looked(terra), "lock", "warning", "`vpc`", "is not locked")


def test_an_accepted_deletion_is_not_missing(terra: Terra, project: Path) -> None:
    (project / "plugins/aws-s3/README.md").unlink()
    assert has(looked(terra), "plugins", "warning", "aws-s3", "1 file")
    terra("accept", "aws-s3")
    assert not has(looked(terra), "plugins", "warning")


def test_a_journal_is_reported_and_left(terra: Terra, project: Path) -> None:
    write_files(project / ".terra-journal", {"new/0001": "x"})
    assert has(looked(terra), "journal", "warning", ".terra-journal")


def test_terraform_that_is_too_old_for_a_plugin(terra: Terra, workspace: Workspace, programs: Path) -> None:
    workspace.plugin("vpc", {"main.tf": 'terraform {\n  required_version = ">= 1.9, < 3.0"\n}\n' + MAIN})
    workspace.write([{"name": "vpc", "source": "workspace:packages/plugins/vpc"}])
    terra("add", "vpc", "--registry", "../workspace")
    path = {"PATH": str(programs)}
    assert has(looked(terra, **path), "terraform", "warning", "neither terraform nor tofu")
    program(programs, "terraform", 'echo "Terraform v1.8.5"')
    program(programs, "tofu", 'echo "OpenTofu v1.9.0"')
    found = looked(terra, **path)
    assert has(found, "terraform", "ok", "v1.8.5")
    assert has(found, "terraform", "warning", "`vpc@0.1.0`", "`>= 1.9, < 3.0`", "1.8.5")
    assert not has(found, "tofu", "warning")
    program(programs, "terraform", "exit 3")
    assert has(looked(terra, exit=1, **path), "terraform", "problem")


def test_pip_and_its_index(terra: Terra, project: Path) -> None:
    with_mirror = '[registries.mirror]\nkind = "pypi"\n'
    (project / "terra.toml").write_text((project / "terra.toml").read_text() + with_mirror)
    ended = terra("doctor", "--offline", PIP_INDEX_URL=LOGIN)
    assert "its index is `https://index.example/simple/` (credentials hidden)" in ended.out
    assert "`mirror` `pypi:`, which is `https://index.example/simple/`, not asked" in ended.out
    hides(ended)


def hides(ended: Ended) -> None:
    assert "s3cret" not in ended.out + ended.err


def test_no_secret_is_shown(terra: Terra, project: Path, isolated: Path) -> None:
    config = isolated / "terra/config.toml"
    config.write_text(
        f'[registries.m]\nkind = "pypi"\nurl = "{LOGIN}"\n[credentials."https://h.example"]\ntoken = "s3cret"\n'
    )
    config.chmod(0o644)
    environment = {
        "TERRA_TOKEN_H_EXAMPLE": "s3cret",
        "https_proxy": "http://me:s3cret@proxy.example:3128",
        "PIP_INDEX_URL": LOGIN,
        "npm_config_registry": "https://me:s3cret@npm.example/",
    }
    ended = terra("doctor", "--offline", exit=None, **environment)
    hides(ended)
    hides(terra("doctor", "--offline", "--json", exit=None, **environment))
    for text in (
        "TERRA_TOKEN_H_EXAMPLE is set (hidden)",
        "https_proxy is `proxy.example:3128`",
        "https://npm.example/",
    ):
        assert text in ended.out
    if os.name == "posix":
        assert "others may read" in ended.out
        config.chmod(0o600)
        assert "others may read" not in terra("doctor", "--offline", exit=None).out


def test_certificates(terra: Terra, project: Path, isolated: Path) -> None:
    wrong = isolated / "wrong.pem"
    assert has(looked(terra, exit=1, SSL_CERT_FILE=str(wrong)), "tls", "problem", "wrong.pem")
    found = looked(terra, REQUESTS_CA_BUNDLE=str(wrong))
    assert has(found, "tls", "warning", "REQUESTS_CA_BUNDLE")


def test_a_proxy_that_is_none(terra: Terra, project: Path) -> None:
    found = looked(terra, "--offline", exit=1, https_proxy="socks5://me:s3cret@proxy.example:1080")
    assert has(found, "network", "problem", "https_proxy")


def test_offline_asks_nobody(terra: Terra, project: Path) -> None:
    (project / "terra.toml").write_text('[registries.far]\nurl = "https://terra.example/"\n')
    assert has(looked(terra, "--offline"), "registry", "warning", "`far`")


def test_a_home_that_is_none(terra: Terra, project: Path, isolated: Path) -> None:
    (isolated / "file").write_text("")
    found = looked(terra, exit=1, TERRA_HOME=str(isolated / "file"))
    assert has(found, "home", "problem")


def test_extensions(terra: Terra, project: Path, isolated: Path) -> None:
    info = isolated / "site" / "broken_ext-1.0.dist-info"
    write_files(info, {"METADATA": "Metadata-Version: 2.1\nName: broken-ext\nVersion: 1.0\n"})
    (info / "entry_points.txt").write_text("[terra.extensions]\nsad = broken_ext\n")
    (isolated / "site/broken_ext.py").write_text("raise RuntimeError('no luck')\n")
    site = {"PYTHONPATH": str(isolated / "site")}
    assert has(looked(terra, exit=1, **site), "extension", "problem", "`sad`", "no luck")
    found = looked(terra, TERRA_DISABLE_EXTENSIONS="sad", **site)
    assert has(found, "extension", "ok", "`sad`", "disabled")
