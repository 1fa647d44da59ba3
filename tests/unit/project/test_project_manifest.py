"""An edit of `terra.toml` changes what it must and nothing else, however the user wrote the file."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from terra.errors import InvalidDocumentError, UsageError
from terra.model.digest import Digest
from terra.model.lock import Lock
from terra.model.name import Name
from terra.model.project import Project, Settings, Wanted
from terra.model.requirement import Specifier
from terra.project import lockfile, manifest, settings

S3 = Wanted(Name("aws-s3"), Specifier.parse(">=0.1,<1"))
VPC = Wanted(Name("my-company/vpc"), Specifier.parse("~>1.2"), "corp", exclude=("docs/**", 'a"b'))
SQS = Wanted(Name("aws-sqs"), source="file:../aws-sqs", checksum=Digest.sha256("ab" * 32))


def added(text: str, *wanted: Wanted, set_name: str = "") -> str:
    data = manifest.with_plugins(text.encode(), set_name, wanted)
    found = manifest.read(data).find_set(set_name)
    assert found is not None
    for each in wanted:
        assert found.find(each.name) == each
    return data.decode()


def test_a_line_at_the_end_of_the_table():
    text = '# mine\n[plugins] # here\na = "*"   # why\n\n# of the policy\n[policy]\nrequire-checksum = true\n'
    assert added(text, S3) == text.replace("# why\n", '# why\naws-s3 = ">=0.1,<1"\n')


def test_a_line_replaced_in_its_place_with_its_comment():
    text = '[plugins]\n"aws-s3" = "0.0.1" # pinned\nb = "*"\n'
    found = added(text, S3)
    assert found.startswith("[plugins]\n")
    assert tomllib.loads(found)["plugins"] == {"aws-s3": ">=0.1,<1", "b": "*"}
    assert "# pinned" in found
    assert list(tomllib.loads(found)["plugins"]) == ["aws-s3", "b"]


def test_every_kind_of_line():
    found = tomllib.loads(added("[plugins]\n", S3, VPC, SQS))
    assert found["plugins"] == {
        "aws-s3": ">=0.1,<1",
        "my-company/vpc": {"version": "~>1.2", "registry": "corp", "exclude": ["docs/**", 'a"b']},
        "aws-sqs": {"source": "file:../aws-sqs", "checksum": f"sha256-{'ab' * 32}"},
    }


AWKWARD = {
    "empty": "",
    "a comment only": "# mine\n",
    "a comment without a newline": "# mine",
    "no plugins table": '[project]\nname = "x"\n',
    "no newline at the end": '[plugins]\na = "*"',
    "no newline after the header": "[plugins]",
    "comment at the end": "[plugins]\n# last",
    "an inline table": 'plugins = { a = "*" }\n[project]\nname = "x"\n',
    "an empty inline table": "plugins = {}\n",
    "dotted keys": 'plugins.a = "*"\nplugins.b.version = "1.0.0"\n',
    "dotted quoted keys": 'plugins."my-company/x" = "*"\n',
    "a table of its own": '[plugins.a]\nversion = "*"\n',
    "tables before and after": '[plugins.a]\nversion = "*"\n\n[project]\nname = "x"\n\n[plugins.b]\nversion = "*"\n',
    "literal strings": "[plugins]\n'my-company/x' = '>=1,<2'\n",
    "spaces and tabs": '  [ plugins ]\n\t a   =\t"*"  \n',
    "many blank lines": '\n\n\n[plugins]\n\n\na = "*"\n\n\n\n[policy]\n\n\n',
    "an array over lines": '[plugins]\na = { exclude = [\n "x", # why\n "y",\n] }\n',
    "after the sets": '[sets.dev]\nplugins = { a = "*" }\n',
}


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("bom", ["", "\ufeff"], ids=["plain", "BOM"])
@pytest.mark.parametrize("text", AWKWARD.values(), ids=AWKWARD)
def test_awkward_files(text: str, bom: str, newline: str):
    before = bom + text.replace("\n", newline)
    plain = tomllib.loads(text)
    after = added(before, S3, VPC)
    assert after.startswith(bom)
    assert after.count("\ufeff") == len(bom)
    if newline in before:
        assert after.replace("\r\n", "").count("\n") == (0 if newline == "\r\n" else after.count("\n"))
        assert ("\r" in after) is (newline == "\r\n")
    document = tomllib.loads(after.removeprefix(bom))
    expected = {**plain, "plugins": {**plain.get("plugins", {}), **document["plugins"]}}
    assert document == expected
    for comment in ("# mine", "# last", "# why"):
        assert text.count(comment) == after.count(comment)
    assert added(after, S3, VPC) == after


@pytest.mark.parametrize(
    "text",
    [
        '[sets.dev]\ndir = "envs/dev"\n',
        '[sets.dev]\nplugins = { a = "*" }\n',
        '[sets.dev.plugins]\na = "*"\n',
        'sets.dev.dir = "x"\n',
        'sets = { dev = { dir = "x" } }\n',
        "[sets.dev]\n\n[sets.prod]\n",
    ],
)
def test_a_line_of_another_set(text: str):
    after = added(text, S3, VPC, set_name="dev")
    assert manifest.read(after.encode()).default.plugins == ()
    assert added(after, S3, VPC, set_name="dev") == after


def test_an_edit_that_would_break_the_file_is_refused():
    with pytest.raises(UsageError):
        manifest.with_plugins(b"[plugins]\n", "", (Wanted(Name("Bad Name")),))


REGISTRIES = {
    "none": ("", []),
    "one": ('[registries.a]\nurl = "https://a/"\n', ["a"]),
    "without a newline": ('[registries.a]\nurl = "https://a/"', ["a"]),
    "inline": ('registries = { a = { url = "https://a/" } }\n[project]\nname = "x"\n', ["a"]),
    "dotted": ('registries.a.url = "https://a/"\n', ["a"]),
    "an open table": ("[registries]\n[plugins]\n", []),
    "a comment at the end": ("[plugins]\n# mine\n", []),
}


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("bom", ["", "\ufeff"], ids=["plain", "BOM"])
@pytest.mark.parametrize(("text", "labels"), REGISTRIES.values(), ids=REGISTRIES)
def test_a_registry_is_added(text: str, labels: list[str], bom: str, newline: str):
    before = bom + text.replace("\n", newline)
    data = manifest.with_registry(before.encode(), "corp", 'https://h/"x"\\')
    found = manifest.read(data).registries
    assert [each.label for each in found] == [*labels, "corp"]
    assert found[-1].url == 'https://h/"x"\\'
    after = data.decode()
    assert after.startswith(bom)
    if newline in before:
        assert ("\r" in after) is (newline == "\r\n")
        assert after.replace("\r\n", "").count("\n") == (0 if newline == "\r\n" else after.count("\n"))
    assert text.count("# mine") == after.count("# mine")


def test_a_new_file():
    data = manifest.new('my "infra"', (S3, VPC, SQS), "vendor")
    found = manifest.read(data)
    assert (found.name, found.default.folder, found.default.plugins) == ('my "infra"', "vendor", (S3, VPC, SQS))
    assert manifest.new("x") == b'[project]\nname = "x"\n\n[plugins]\n'


def test_what_stands_in_a_folder_is_read(tmp_path: Path):
    assert manifest.load(tmp_path) == (Project(name=tmp_path.name), None)
    assert lockfile.load(tmp_path) == (Lock(), None)
    assert settings.load(tmp_path / "config.toml") == Settings()
    assert settings.load(tmp_path / "no" / "config.toml") == Settings()
    data = manifest.new("x", (S3,))
    (tmp_path / "terra.toml").write_bytes(data)
    (tmp_path / "terra.lock").write_bytes(lockfile.encode(Lock()))
    (tmp_path / "config.toml").write_text("[policy]\nrequire-checksum = true\n")
    assert manifest.load(tmp_path) == (manifest.read(data), data)
    assert lockfile.load(tmp_path) == (Lock(), lockfile.encode(Lock()))
    assert settings.load(tmp_path / "config.toml").policy.require_checksum


@pytest.mark.parametrize("load", [manifest.load, lockfile.load])
def test_a_document_that_is_wrong_says_which(tmp_path: Path, load):
    for name in ("terra.toml", "terra.lock"):
        (tmp_path / name).write_text("[")
    with pytest.raises(InvalidDocumentError, match=r"`terra\.(toml|lock)` has 1 problem"):
        load(tmp_path)
