"""Names, versions, requirements, digests and locators read what DESIGN says, and refuse the rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terra.errors import UsageError
from terra.model.digest import Digest
from terra.model.form import name_of_source
from terra.model.name import Name
from terra.model.requirement import Requirement, Specifier
from terra.model.source import Locator, is_path
from terra.model.tree import Tree, TreeFile
from terra.model.version import Version

NUMBERS = st.integers(0, 99)
VERSIONS = st.builds(Version, NUMBERS, NUMBERS, NUMBERS, st.integers(0, 2), NUMBERS) | st.builds(
    Version, NUMBERS, NUMBERS, NUMBERS
)


@pytest.mark.parametrize("text", ["aws-s3", "my-company/vpc", "a", "a1-2b", "x" * 64])
def test_names(text: str) -> None:
    assert str(Name.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "A",
        "a_b",
        "a--b",
        "-a",
        "a-",
        "a/b/c",
        "/a",
        "a/",
        "x" * 65,
        "con",
        "my/nul",
        "com1",
        "a.b",
        "ä",
        "a\n",
        "../a",
    ],
)
def test_no_names(text: str) -> None:
    with pytest.raises(UsageError):
        Name.parse(text)


def test_distribution_and_clash() -> None:
    assert Name("my-company/vpc").distribution == "terra-my-company-vpc"
    assert Name("net").clashes_with(Name("net/vpc"))
    assert not Name("net").clashes_with(Name("network/vpc"))


@given(VERSIONS)
def test_a_version_survives_its_text(version: Version) -> None:
    assert Version.parse(str(version)) == version == Version.read(str(version))


def test_versions_are_ordered_as_semver_orders_them() -> None:
    texts = ["1.0.0-alpha.1", "1.0.0-alpha.2", "1.0.0-beta.1", "1.0.0-rc.9", "1.0.0-rc.10", "1.0.0", "1.0.1", "1.1.0"]
    shuffled = [*texts[4:], *texts[:4]]
    assert sorted(shuffled, key=Version.parse) == texts


@pytest.mark.parametrize(
    ("text", "expected"),
    [("v1.2.3", "1.2.3"), ("1.2", "1.2.0"), ("1", "1.0.0"), ("1.0.0rc1", "1.0.0-rc.1"), ("1.0a2", "1.0.0-alpha.2")],
)
def test_spellings_of_others(text: str, expected: str) -> None:
    assert str(Version.read(text)) == expected


@pytest.mark.parametrize("text", ["1.2.3-1", "1.2.3+build", "01.2.3", "1.2.3.4", "", "latest", "1.2.3-rc", "1.x"])
def test_what_cannot_be_ordered(text: str) -> None:
    assert Version.read(text) is None
    with pytest.raises(UsageError):
        Version.parse(text)


@pytest.mark.parametrize(
    ("specifier", "fits", "fits_not"),
    [
        (">=0.1,<1", ["0.1.0", "0.9.9"], ["0.0.9", "1.0.0"]),
        ("~>1.2", ["1.2.0", "1.9.0"], ["1.1.9", "2.0.0"]),
        ("~>1.2.3", ["1.2.3", "1.2.9"], ["1.2.2", "1.3.0"]),
        ("^1.2", ["1.2.0", "1.9.9"], ["2.0.0", "1.1.0"]),
        ("^0.2.3", ["0.2.3", "0.2.9"], ["0.3.0", "0.2.2"]),
        ("^0.0.3", ["0.0.3"], ["0.0.4"]),
        ("0.1.0", ["0.1.0"], ["0.1.1"]),
        ("!=1.0.0", ["1.0.1"], ["1.0.0"]),
        (">1, <=2", ["1.0.1", "2.0.0"], ["1.0.0", "2.0.1"]),
        ("*", ["0.0.0", "9.9.9"], ["1.0.0-rc.1"]),
        (">=1.0.0-rc.1", ["1.0.0-rc.2", "1.0.0"], ["1.0.0-beta.1"]),
    ],
)
def test_specifiers(specifier: str, fits: list[str], fits_not: list[str]) -> None:
    parsed = Specifier.parse(specifier)
    assert all(parsed.allows(Version.parse(text)) for text in fits)
    assert not any(parsed.allows(Version.parse(text)) for text in fits_not)


@given(VERSIONS)
def test_what_add_writes_allows_what_it_took(version: Version) -> None:
    specifier = Specifier.compatible_with(version)
    assert specifier.allows(version)
    assert not specifier.allows(version.next_breaking)
    assert Specifier.parse(specifier.text) == specifier


@pytest.mark.parametrize("text", ["aws-s3", "aws-s3>=0.1,<1", "my-company/vpc~>1.2", "a@0.1.0"])
def test_a_requirement_survives_its_text(text: str) -> None:
    assert str(Requirement.parse(text)) == text


HEX = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@pytest.mark.parametrize(
    "text", [f"sha256-{HEX}", f"sha256:{HEX.upper()}", "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="]
)
def test_digests_in_three_spellings(text: str) -> None:
    assert str(Digest.parse(text)) == f"sha256-{HEX}"


@pytest.mark.parametrize("text", ["md5-abc", "sha256-abc", HEX, "sha512-" + HEX, "sha256-!!!"])
def test_no_digests(text: str) -> None:
    with pytest.raises(UsageError):
        Digest.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "workspace:packages/plugins/aws-s3",
        "file:../aws-s3",
        "file:mono.zip//modules/vpc",
        "https://host/x.zip",
        "https://host/x.zip//modules/vpc?ref=1",
        "npm:@terra/aws-s3@0.1.0",
    ],
)
def test_a_locator_survives_its_text(text: str) -> None:
    assert str(Locator.parse(text)) == text


def test_what_is_a_path() -> None:
    assert all(is_path(text) for text in ("./a", "../a", "/a", "~/a", ".\\a", "C:\\a", "C:/a", ".", ".."))
    assert not any(is_path(text) for text in ("a", "a/b", "npm:a", "https://a", ".a", "a./b"))


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("file:../modules/VPC_Main", "vpc-main"),
        ("https://host/dl/aws-s3-0.1.0.tar.gz", "aws-s3"),
        ("https://github.com/o/aws-s3/archive/refs/tags/v0.1.0.zip", "aws-s3"),
        ("https://host/mono.zip//modules/net", "net"),
        ("file:dist/terra_aws_s3-0.1.0-py3-none-any.whl", "aws-s3"),
        ("file:dist/terra-plugin-1.0.0-rc.1.tgz", "plugin"),
    ],
)
def test_names_that_addresses_suggest(source: str, name: str) -> None:
    locator = Locator.parse(source)
    assert locator is not None
    assert str(name_of_source(locator)) == name


def test_a_tree_is_sorted_by_the_bytes_of_its_paths() -> None:
    files = [TreeFile(path, HEX, path == "b") for path in ("b", "a/z", "a.tf", "é", "Z")]
    tree = Tree.of(files)
    assert [file.path for file in tree.files] == ["Z", "a.tf", "a/z", "b", "é"]
    assert str(tree.digest) == "sha256-f996c8f295cb02c0dbb802d3a1469af609859e6943b8748cc11f28a064e9a5e9"
    assert Tree.of(list(reversed(files))).digest == tree.digest


@pytest.mark.parametrize("path", ["../x", "a/../b", "/x", "a//b", "./a", "a\\b", "a\x00b", "C:x", "a\nb"])
def test_no_file_of_a_tree(path: str) -> None:
    with pytest.raises(UsageError):
        TreeFile.parse(f"644 {HEX} {path}")
