"""What the user wrote becomes a requirement or a direct source, relative to the project."""

from __future__ import annotations

from pathlib import Path

import pytest

from terra.commands.naming import from_line, parse
from terra.errors import UsageError
from terra.model.digest import Digest
from terra.model.name import Name
from terra.model.project import Wanted
from terra.model.requirement import ANY, Requirement, Specifier
from terra.model.source import Locator

HEX = "3c4d" * 16
WORKDIR, PROJECT = Path("/w/project/envs/dev"), Path("/w/project")


def asked(text: str, workdir: Path = WORKDIR, **facts: str):
    return parse(text, workdir=workdir, project=PROJECT, **facts)


@pytest.mark.parametrize(
    ("text", "requirement", "explicit"),
    [
        ("aws-s3", "aws-s3", False),
        ("my-company/vpc", "my-company/vpc", False),
        ("aws-s3@0.1.0", "aws-s3@0.1.0", True),
        ("aws-s3@>=0.1,<1", "aws-s3>=0.1,<1", True),
        ("aws-s3>=0.1", "aws-s3>=0.1", True),
        ("aws-s3@~>1.2", "aws-s3~>1.2", True),
        ("aws-s3@*", "aws-s3", True),
    ],
)
def test_a_name(text: str, requirement: str, explicit: bool):
    found = asked(text)
    assert (found.requirement, found.explicit) == (Requirement.parse(requirement), explicit)
    assert (found.source, found.checksum, found.named) == (None, None, True)


@pytest.mark.parametrize(
    ("text", "location", "name"),
    [
        ("./vpc", "envs/dev/vpc", "vpc"),
        ("../vpc", "envs/vpc", "vpc"),
        ("../../../modules/aws-s3/", "../modules/aws-s3", "aws-s3"),
        ("/abs/My_Module", "../../abs/My_Module", "my-module"),
        (".", "envs/dev", "dev"),
        ("..", "envs", "envs"),
        ("../..", ".", "project"),
        ("./dist/aws-s3-0.1.0.tar.gz", "envs/dev/dist/aws-s3-0.1.0.tar.gz", "aws-s3"),
        ("./terra_aws_s3-0.1.0-py3-none-any.whl", "envs/dev/terra_aws_s3-0.1.0-py3-none-any.whl", "aws-s3"),
        ("file:vpc", "envs/dev/vpc", "vpc"),
        ("file:///abs/vpc", "../../abs/vpc", "vpc"),
    ],
)
def test_a_path_is_written_relative_to_the_project(text: str, location: str, name: str):
    found = asked(text)
    assert found.source == Locator("file", location)
    assert (found.name, found.requirement.specifier, found.named) == (Name(name), ANY, False)


def test_a_folder_inside_a_path():
    assert asked("./mono//modules/vpc").source == Locator("file", "envs/dev/mono", "modules/vpc")
    assert asked("./mono//modules/vpc").name == Name("vpc")


def test_the_users_home(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", "/w")
    for text in ("~/vpc", "file:~/vpc"):
        assert asked(text).source == Locator("file", "../vpc")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("https://h/x/aws-s3-0.1.0.zip", "aws-s3"),
        ("https://h/org/aws-s3/archive/refs/tags/v0.1.0.zip", "aws-s3"),
        ("https://h/mono.zip//modules/vpc", "vpc"),
        ("https://h/terra-aws-s3-0.1.0.tar.gz", "aws-s3"),
    ],
)
def test_an_address(text: str, name: str):
    found = asked(text)
    assert (found.source, found.name, found.named) == (Locator.parse(text), Name(name), False)


def test_alias_and_checksum_go_with_a_source():
    found = asked("https://h/x.zip", alias="my-company/vpc", checksum=f"sha256:{HEX}")
    assert (found.name, found.named, found.checksum) == (Name("my-company/vpc"), True, Digest.sha256(HEX))
    for facts in ({"alias": "vpc"}, {"checksum": f"sha256-{HEX}"}):
        with pytest.raises(UsageError, match="`--as` and `--checksum` go with a path or an address"):
            asked("aws-s3", **facts)
    for facts in ({"alias": "Not A Name"}, {"checksum": "md5-1"}):
        with pytest.raises(UsageError):
            asked("./vpc", **facts)


@pytest.mark.parametrize("text", ["", "@1.0", "Aws-S3", "a b", "aws-s3@latest", "a/b/c", "https://[", "./...", "nul"])
def test_what_is_none_of_these(text: str):
    with pytest.raises(UsageError):
        asked(text)


def test_a_path_without_its_dot_is_told_so(tmp_path: Path):
    (tmp_path / "modules/My_Vpc").mkdir(parents=True)
    with pytest.raises(UsageError, match="is not a plugin name") as caught:
        asked("modules/My_Vpc", tmp_path)
    assert caught.value.hint == "write `./modules/My_Vpc` for the path"


def test_a_name_that_is_also_a_folder_is_a_name(tmp_path: Path):
    (tmp_path / "modules/vpc").mkdir(parents=True)
    assert asked("modules/vpc", tmp_path).name == Name("modules/vpc")


def test_a_text_that_is_no_unicode_is_refused():
    with pytest.raises(UsageError, match="not UTF-8"):
        asked("./\udcff")


def test_a_line_of_the_project():
    specifier = Specifier.parse(">=1")
    found = from_line(Wanted(Name("vpc"), specifier, "corp"))
    assert (found.requirement, found.source, found.explicit, found.named) == (
        Requirement(Name("vpc"), specifier),
        None,
        True,
        True,
    )
    sourced = Wanted(Name("vpc"), source="../vpc", checksum=Digest.sha256(HEX))
    assert (from_line(sourced).source, from_line(sourced).checksum) == (Locator("file", "../vpc"), Digest.sha256(HEX))
    assert from_line(Wanted(Name("vpc"), source="https://h/x.zip//a")).source == Locator(
        "https", "https://h/x.zip", "a"
    )
