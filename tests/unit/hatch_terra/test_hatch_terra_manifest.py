"""hatch-terra accepts and refuses the manifests that terra accepts and refuses, and names the same keys."""

from __future__ import annotations

import re

import pytest

from hatch_terra.errors import PluginError
from hatch_terra.manifest import read_manifest
from terra.errors import InvalidDocumentError
from terra.wire.plugin_toml import read_plugin_manifest

HEAD = '[plugin]\nname = "aws-s3"\nversion = "1.0.0-rc.1"\n'
GOOD = {
    "least": HEAD,
    "all": HEAD
    + """description = "S3 bucket"
license = "MIT"
tags = ["aws", "storage"]
provider = "aws"
terraform = ">=1.5"
repository = "https://example.test/plugins"
directory = "packages/plugins/aws-s3"
[dependencies]
aws-kms = ">=0.2,<1"
"my-company/vpc" = { version = "^1.2", replaces = ["git::https://example.test/vpc.git"] }
aws-iam = {}
naming = "*"
[files]
root = "./module/"
include = ["./.tflint.hcl", "examples/"]
exclude = ["docs/**"]
[hooks]
after-apply = "terra_aws_s3.hooks:after_apply"
[tool.x]
y = 1
""",
    "a byte order mark and CRLF": "\ufeff" + HEAD.replace("\n", "\r\n"),
    "a name of two parts": HEAD.replace("aws-s3", "my-company/vpc"),
    "the longest name": HEAD.replace("aws-s3", "a" * 64),
    "this folder": HEAD + '[files]\nroot = "./"\n',
}
BAD = {
    "no root": HEAD + '[files]\nroot = ""\n',
    "a dependency's empty version": HEAD + '[dependencies]\naws-kms = { version = "" }\n',
    "an empty requirement": HEAD + '[dependencies]\naws-kms = ""\n',
    "the name": HEAD.replace("aws-s3", "AWS S3"),
    "a name too long": HEAD.replace("aws-s3", "a" * 65),
    "a name with a line break": HEAD.replace("aws-s3", "aws-s3\\n"),
    "a device": HEAD.replace("aws-s3", "my/con"),
    "three parts": HEAD.replace("aws-s3", "a/b/c"),
    "no name": '[plugin]\nversion = "1.0.0"\n',
    "a name of another type": '[plugin]\nname = 1\nversion = "1.0.0"\n',
    "the version": HEAD.replace("-rc.1", "rc1"),
    "a version of another type": HEAD.replace('"1.0.0-rc.1"', "1.0"),
    "a tag": HEAD + 'tags = ["a", 1]\n',
    "tags": HEAD + 'tags = "aws"\n',
    "a misspelt key": HEAD + 'licence = "MIT"\n',
    "a misspelt table": HEAD + "[dependancies]\n",
    "a key to be quoted": HEAD + '"a b" = 1\n',
    "the description": HEAD + "description = true\n",
    "terraform": HEAD + "terraform = 1.5\n",
    "a requirement": HEAD + '[dependencies]\naws-kms = "newest"\n',
    "a dependency": HEAD + "[dependencies]\naws-kms = 1\n",
    "a dependency's name": HEAD + '[dependencies]\n"AWS" = "1"\n',
    "a dependency's key": HEAD + '[dependencies]\naws-kms = { version = "1", replace = [] }\n',
    "a dependency's version": HEAD + '[dependencies]\naws-kms = { version = "x" }\n',
    "a dependency's replaces": HEAD + "[dependencies]\naws-kms = { replaces = [1] }\n",
    "a root above": HEAD + '[files]\nroot = "../x"\n',
    "an absolute root": HEAD + '[files]\nroot = "/x"\n',
    "a root of Windows": HEAD + '[files]\nroot = "a\\\\b"\n',
    "a pattern": HEAD + '[files]\ninclude = ["/etc/*"]\nexclude = ["a", "../b"]\n',
    "a long pattern": HEAD + '[files]\ninclude = ["' + "a" * 1025 + '"]\n',
    "many patterns": HEAD + "[files]\ninclude = [" + "'a', " * 201 + "]\n",
    "a misspelt key of files": HEAD + "[files]\nexclud = []\n",
    "files": "files = 1\n" + HEAD,
    "a hook": HEAD + '[hooks]\nafter-apply = "rm -rf /"\n',
    "a hook's name": HEAD + '[hooks]\nAfter = "a:b"\n',
    "a hook of another type": HEAD + "[hooks]\nafter-apply = 1\n",
    "several": HEAD.replace("aws-s3", "A") + 'x = 1\n[files]\nroot = "/"\n[dependencies]\na = 1\n',
}


def refusal(folder, text: str | bytes) -> str:
    (folder / "terra-plugin.toml").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(PluginError) as error:
        read_manifest(folder)
    return str(error.value)


def keys(message: str) -> set[str]:
    return set(re.findall(r"^  `(.*?)`: expected", message, re.MULTILINE))


@pytest.mark.parametrize("case", GOOD)
def test_what_terra_reads_is_read_alike(case, tmp_path):
    (tmp_path / "terra-plugin.toml").write_bytes(GOOD[case].encode())
    ours, terra = read_manifest(tmp_path), read_plugin_manifest(GOOD[case].encode(), "x")
    assert (ours.name, ours.distribution) == (terra.name.text, terra.name.distribution)
    assert (ours.description, ours.license, ours.tags) == (terra.description, terra.license, terra.tags)
    assert (ours.root, ours.include, ours.exclude) == (terra.root, terra.include, terra.exclude)
    assert ours.repository == (terra.repository or "")


def test_dependencies_are_distributions(tmp_path):
    (tmp_path / "terra-plugin.toml").write_text(GOOD["all"])
    manifest = read_manifest(tmp_path)
    assert manifest.version == "1.0.0rc1"
    assert manifest.module == "terra_aws_s3"
    assert manifest.dependencies == (
        *("terra-aws-kms>=0.2,<1", "terra-my-company-vpc>=1.2,<2"),
        *("terra-aws-iam", "terra-naming"),
    )


@pytest.mark.parametrize("case", BAD)
def test_what_terra_refuses_is_refused_with_the_same_keys(case, tmp_path):
    message = refusal(tmp_path, BAD[case])
    with pytest.raises(InvalidDocumentError) as error:
        read_plugin_manifest(BAD[case].encode(), "terra-plugin.toml")
    assert keys(message) == keys(error.value.message), message


def test_the_message_says_what_was_expected_and_got(tmp_path):
    message = refusal(tmp_path, HEAD.replace("1.0.0-rc.1", "v1"))
    assert message == (
        "`terra-plugin.toml` has 1 problem\n"
        "  `plugin.version`: expected a version such as `1.2.3` or `1.2.3-rc.1`, got `v1`\n"
        "hint: mend the file at the places named"
    )


def test_a_version_is_needed_to_build_a_wheel(tmp_path):
    assert keys(refusal(tmp_path, '[plugin]\nname = "aws-s3"\n')) == {"plugin.version"}


@pytest.mark.parametrize("data", ["", "plugin = 1\n", "[files]\n"])
def test_without_a_plugin_table_its_keys_are_named(data, tmp_path):
    assert {"plugin.name", "plugin.version"} <= keys(refusal(tmp_path, data))


@pytest.mark.parametrize("data", [b"\xff", b"[plugin", b"x = " + b"[" * 50_000, b"x = " + b"9" * 10_000])
def test_what_is_not_toml_is_said_to_be_none(data, tmp_path):
    assert refusal(tmp_path, data).startswith("`terra-plugin.toml` is not TOML: ")


def test_a_folder_without_a_manifest_is_named_as_one(tmp_path):
    with pytest.raises(PluginError, match=r"there is no `terra-plugin\.toml` beside `pyproject\.toml`"):
        read_manifest(tmp_path)
