from __future__ import annotations

import pytest

from terra.errors import InvalidDocumentError
from terra.model.name import Name
from terra.model.plugin import PluginManifest
from terra.model.version import Version
from terra.wire.plugin_toml import read_plugin_manifest

# The example of the reference, word for word.
EXAMPLE = b"""
[plugin]
name = "aws-s3"
version = "0.1.0"
description = "S3 bucket, private and encrypted by default"
license = "MIT"
tags = ["aws", "storage"]
provider = "aws"
terraform = ">=1.5"
repository = "https://github.com/terra-plugins/plugins"
directory = "packages/plugins/aws-s3"

[dependencies]
aws-kms = ">=0.2,<1"
aws-iam = { version = ">=1", replaces = ["git::https://ghe.corp/acme/iam.git"] }

[files]
root = "."
exclude = ["docs/**"]

[hooks]
after-apply = "terra_aws_s3.hooks:after_apply"
"""


def issues(text: str | bytes) -> list[str]:
    with pytest.raises(InvalidDocumentError) as error:
        read_plugin_manifest(text if isinstance(text, bytes) else text.encode(), "x/terra-plugin.toml")
    assert "`x/terra-plugin.toml`" in error.value.message
    return [str(issue) for issue in error.value.issues]


def test_the_example_is_read():
    manifest = read_plugin_manifest(EXAMPLE, "terra-plugin.toml")
    kms, iam = manifest.dependencies
    assert (str(kms.name), str(kms.specifier), kms.replaces) == ("aws-kms", ">=0.2,<1", ())
    assert (str(iam.name), iam.replaces) == ("aws-iam", ("git::https://ghe.corp/acme/iam.git",))
    assert manifest == PluginManifest(
        name=Name("aws-s3"),
        version=Version(0, 1, 0),
        description="S3 bucket, private and encrypted by default",
        license="MIT",
        tags=("aws", "storage"),
        provider="aws",
        terraform=">=1.5",
        repository="https://github.com/terra-plugins/plugins",
        directory="packages/plugins/aws-s3",
        dependencies=(kms, iam),
        root=".",
        exclude=("docs/**",),
        hooks=(("after-apply", "terra_aws_s3.hooks:after_apply"),),
    )


def test_a_name_is_enough():
    assert read_plugin_manifest(b'[plugin]\nname = "my-company/vpc"\n', "x") == PluginManifest(Name("my-company/vpc"))


def test_a_tool_table_belongs_to_others():
    assert read_plugin_manifest(EXAMPLE + b"[tool.x]\ny = 1\n", "x").name == Name("aws-s3")


def test_every_issue_is_told_at_once():
    found = issues("""
        [plugin]
        name = "Bad Name"
        version = "v1"
        tags = ["a", 1]
        licence = "MIT"
        [dependencies]
        aws-kms = "newest"
        "Bad!" = "1"
        aws-iam = 1
        aws-sqs = { version = "x", replace = [] }
        [files]
        root = "../x"
        include = ["/etc/*"]
        exclud = []
        [hooks]
        after-apply = "rm -rf /"
        [extra]
    """)
    where = [each.split(":")[0] for each in found]
    assert sorted(where) == sorted(
        [
            *("`plugin.name`", "`plugin.version`", "`plugin.tags[1]`", "`plugin.licence`"),
            *("`dependencies.aws-kms`", '`dependencies."Bad!"`', "`dependencies.aws-iam`"),
            *("`dependencies.aws-sqs.version`", "`dependencies.aws-sqs.replace`"),
            *("`files.root`", "`files.include[0]`", "`files.exclud`", "`hooks.after-apply`", "`extra`"),
        ]
    )


@pytest.mark.parametrize("text", ["", "[files]\n", "[plugin]\n", "plugin = 1\n"])
def test_the_name_is_required(text):
    assert len(issues(text)) == 1


def test_broken_toml_is_one_issue_with_its_line():
    assert issues("[plugin]\nname = \n")[0].count("line 2") == 1


@pytest.mark.parametrize(
    "data",
    [
        b"\xff",
        b"x = " + b"[" * 50_000,
        b"x = " + b"{a=" * 50_000,
        b"x = " + b"9" * 10_000,
        b"x" * (2 << 20),
    ],
)
def test_a_hostile_document_is_one_issue(data):
    assert len(issues(data)) == 1


@pytest.mark.parametrize(("written", "read"), [("./module/", "module"), ("./", "."), ("a/b", "a/b")])
def test_the_root_is_cleaned(written, read):
    text = f'[plugin]\nname = "x"\n[files]\nroot = "{written}"\n'
    assert read_plugin_manifest(text.encode(), "x").root == read


@pytest.mark.parametrize("root", ["", "/", "/x", "..", "a/../b", "a//b", "C:/x", "a\\\\b"])
def test_a_root_outside_is_refused(root):
    assert issues(f'[plugin]\nname = "x"\n[files]\nroot = "{root}"\n')[0].startswith("`files.root`")


def test_too_many_patterns_are_refused():
    many = ", ".join(['"a"'] * 201)
    assert "at most 200" in issues(f'[plugin]\nname = "x"\n[files]\nexclude = [{many}]\n')[0]
