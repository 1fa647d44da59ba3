"""Module sources stay inside the plugin or reach a declared dependency by its sibling path."""

from __future__ import annotations

import pytest

from terra.errors import IntegrityError
from terra.model.interface import Interface, ModuleCall, Place
from terra.model.name import Name
from terra.model.requirement import Requirement
from terra.model.tree import Tree, TreeFile
from terra.trust.references import check

TREE = Tree.of(
    [TreeFile(path, "0" * 64) for path in ("main.tf", "modules/key/main.tf", "modules/key/deep/a.tf", "data/x.json")]
)


def refused(name: str, source: str, at: str = "main.tf", depends: tuple[str, ...] = ()) -> str:
    """Return why a source is refused, or nothing."""
    interface = Interface(module_calls=(ModuleCall("x", Place(at, 4), source),))
    try:
        check(Name(name), TREE, tuple(map(Requirement.parse, depends)), interface)
    except IntegrityError as error:
        found = error
    else:
        return ""
    assert found.message.startswith(f"`{name}` has module sources that cannot work\n  {at}:4: `{source}` ")
    assert found.subjects == (name,)
    return found.message.rpartition("` ")[2]


LEAVES, ABSOLUTE, MISSING = "leaves the plugin and meets no dependency", "is an absolute path", "is not in the plugin"


@pytest.mark.parametrize(
    ("source", "at", "expected"),
    [
        ("./modules/key", "main.tf", ""),
        ("./modules/key/", "main.tf", ""),
        (".//modules/key", "main.tf", ""),
        ("./modules//key", "main.tf", ""),
        (".\\modules\\key", "main.tf", ""),
        ("./modules", "main.tf", ""),
        ("./", "main.tf", ""),
        ("../..", "modules/key/main.tf", ""),
        ("../../modules/key", "modules/key/main.tf", ""),
        ("./deep", "modules/key/main.tf", ""),
        ("../../../aws-s3", "modules/key/main.tf", ""),
        ("../aws-s3/modules/key", "main.tf", ""),
        ("./modules/gone", "main.tf", MISSING),
        ("./modules/key/main.tf", "main.tf", MISSING),
        ("./deep", "main.tf", MISSING),
        ("./modules/ke", "main.tf", MISSING),
        ("../aws-s3/gone", "main.tf", MISSING),
        ("/etc", "main.tf", ABSOLUTE),
        ("/", "modules/key/main.tf", ABSOLUTE),
        ("../", "main.tf", LEAVES),
        ("../aws-s3-two", "main.tf", LEAVES),
        ("../../etc", "main.tf", LEAVES),
        ("../../..", "modules/key/main.tf", LEAVES),
        ("..\\stranger", "main.tf", LEAVES),
        ("./modules/../../stranger", "main.tf", LEAVES),
        ("../aws-kms", "main.tf", LEAVES),
        ("terraform-aws-modules/vpc/aws", "main.tf", ""),
        ("git::https://h.example/x.git", "main.tf", ""),
    ],
)
def test_a_plugin_that_declares_nothing(source: str, at: str, expected: str):
    assert refused("aws-s3", source, at) == expected


@pytest.mark.parametrize(
    ("name", "source", "at", "expected"),
    [
        ("aws-s3", "../aws-kms", "main.tf", ""),
        ("aws-s3", "../aws-kms/", "main.tf", ""),
        ("aws-s3", "../aws-kms//modules/key", "main.tf", ""),
        ("aws-s3", "../../../aws-kms", "modules/key/main.tf", ""),
        ("my-company/vpc", "../../aws-kms", "main.tf", ""),
        ("my-company/vpc", "../../aws-kms//modules/key", "main.tf", ""),
        ("my-company/vpc", "../dns", "main.tf", ""),
        ("aws-s3", "../my-company/dns", "main.tf", ""),
        ("my-company/vpc", "../aws-kms", "main.tf", LEAVES),
        ("my-company/vpc", "../../dns", "main.tf", LEAVES),
        ("aws-s3", "../my-company", "main.tf", LEAVES),
        ("aws-s3", "../../plugins/aws-kms", "main.tf", LEAVES),
    ],
)
def test_a_sibling_that_is_declared(name: str, source: str, at: str, expected: str):
    assert refused(name, source, at, ("aws-kms>=0.2", "my-company/dns")) == expected


def test_a_folder_below_a_dependency_is_reached_by_two_slashes_only():
    """`//` copies the whole plugin; without it, Terraform would copy the folder alone."""
    assert refused("aws-s3", "../aws-kms/modules/key", depends=("aws-kms",)) == LEAVES


def test_a_source_that_is_no_plain_text_is_refused():
    with pytest.raises(IntegrityError, match="the source of `x` is not a plain text"):
        check(Name("a"), TREE, (), Interface(module_calls=(ModuleCall("x", Place("main.tf", 4), None),)))


def test_every_such_source_is_named():
    calls = tuple(ModuleCall(str(n), Place("main.tf", n), f"../x{n}") for n in (1, 2, 3))
    with pytest.raises(IntegrityError) as caught:
        check(Name("a"), TREE, (), Interface(module_calls=calls))
    assert caught.value.message.count("leaves the plugin") == 3


def test_a_way_out_and_back_in_behind_two_slashes_is_refused():
    """What stands after `//` is joined to the folder before it, and must not leave that."""
    assert refused("aws-s3", "../aws-kms//../../etc", depends=("aws-kms",)) != ""
    assert refused("aws-s3", "./modules//../../stranger") != ""
