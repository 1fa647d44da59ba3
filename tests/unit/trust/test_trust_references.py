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
    return found.message.partition(f"{at}:4: `{source}` ")[2]


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
        ("aws-s3", "../my-company", "main.tf", LEAVES),
        ("aws-s3", "../aws-kms-two", "main.tf", LEAVES),
        ("aws-s3", "../kms", "main.tf", LEAVES),
    ],
)
def test_a_sibling_that_is_declared(name: str, source: str, at: str, expected: str):
    assert refused(name, source, at, ("aws-kms>=0.2", "my-company/dns")) == expected


@pytest.mark.parametrize(
    ("name", "source", "at", "meant"),
    [
        ("my-company/vpc", "../aws-kms", "main.tf", "../../aws-kms"),
        ("my-company/vpc", "../../dns", "main.tf", "../dns"),
        ("my-company/vpc", "../../../aws-kms//modules/key", "main.tf", "../../aws-kms//modules/key"),
        ("aws-s3", "../dns", "main.tf", "../my-company/dns"),
        ("aws-s3", "../../my-company/dns", "main.tf", "../my-company/dns"),
        ("aws-s3", "../../plugins/aws-kms", "main.tf", "../aws-kms"),
        ("aws-s3", "../AWS-KMS", "main.tf", "../aws-kms"),
        ("aws-s3", "../aws_kms//modules/key", "main.tf", "../aws-kms//modules/key"),
        ("aws-s3", "..\\..\\aws-kms", "main.tf", "../aws-kms"),
        # `//` copies the whole plugin; without it, Terraform would copy the folder alone.
        ("aws-s3", "../aws-kms/modules/key", "main.tf", "../aws-kms//modules/key"),
    ],
)
def test_a_dependency_that_is_reached_the_wrong_way(name: str, source: str, at: str, meant: str):
    assert refused(name, source, at, ("aws-kms>=0.2", "my-company/dns")) == f"{LEAVES}; write `{meant}`"
    assert refused(name, source, at) == LEAVES, "nothing is declared"


@pytest.mark.parametrize(
    ("name", "source", "meant"),
    [
        ("aws-s3", "./plugins/aws-kms", "../aws-kms"),
        ("aws-s3", "./plugins/aws-kms//modules/key", "../aws-kms//modules/key"),
        ("aws-s3", "./plugins/my-company/dns", "../my-company/dns"),
        ("my-company/vpc", "./plugins/aws-kms", "../../aws-kms"),
    ],
)
def test_the_path_at_which_a_dependency_lies_for_its_author(name: str, source: str, meant: str):
    assert refused(name, source, depends=("aws-kms", "my-company/dns")) == f"{MISSING}; write `{meant}`"
    assert refused(name, source) == MISSING


def test_a_path_that_is_right_at_the_top_and_not_in_a_submodule():
    found = refused("aws-s3", "../aws-kms", "modules/key/main.tf", ("aws-kms",))
    assert found == f"{MISSING}; write `../../../aws-kms`"


def test_who_can_mend_it_is_said():
    def hint(*depends: str) -> str | None:
        interface = Interface(module_calls=(ModuleCall("x", Place("main.tf", 4), "./plugins/aws-kms"),))
        with pytest.raises(IntegrityError) as caught:
            check(Name("aws-s3"), TREE, tuple(map(Requirement.parse, depends)), interface)
        return caught.value.hint

    assert "declares" in str(hint())
    assert "beside the plugin in a set" in str(hint("aws-kms"))


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
