"""The plugins of a set call what the others have, and not each other in a circle."""

from __future__ import annotations

from itertools import permutations

import pytest

from terra.errors import IntegrityError
from terra.model.interface import Interface, ModuleCall, Place
from terra.model.name import Name
from terra.model.tree import Tree, TreeFile
from terra.model.version import Version
from terra.trust.siblings import Member, check_siblings


def member(plugin: str, files: tuple[str, ...] = ("main.tf",), calls: dict[str, str] | None = None) -> Member:
    """Return a plugin `NAME@VERSION` with calls by the place `FILE:LINE` where they stand; None: not read."""
    name, _, version = plugin.partition("@")
    tree = Tree.of([TreeFile(path, "0" * 64) for path in files])
    if calls is None:
        return Member(Name(name), Version.parse(version), tree)
    places = {at: Place(at.partition(":")[0], int(at.partition(":")[2])) for at in calls}
    blocks = tuple(ModuleCall("x", places[at], source) for at, source in calls.items())
    return Member(Name(name), Version.parse(version), tree, Interface(module_calls=blocks))


ONLY = "only in its top, `modules/json`, `modules/key`"
KMS = member("aws-kms@0.2.0", ("main.tf", "modules/key/main.tf", "modules/json/a.tf.json", "docs/x.md", "m/.a.tf"))


@pytest.mark.parametrize(
    "source",
    [
        "../../aws-kms",
        "../../aws-kms/",
        "../../aws-kms//modules/key",
        "../../aws-kms//modules/key/",
        "../../aws-kms//modules/json",
        "..\\..\\aws-kms//modules/key",
        "git::https://h.example/aws-kms.git",
        "terraform-aws-modules/vpc/aws",
        "./sub",
    ],
)
def test_what_is_there(source: str):
    check_siblings([member("my-company/vpc@1.0.0", calls={"main.tf:3": source}), KMS])


@pytest.mark.parametrize(
    ("source", "where"),
    [
        ("../../aws-kms//modules/gone", "in `modules/gone`"),
        ("../../aws-kms//modules", "in `modules`"),
        ("../../aws-kms//docs", "in `docs`"),
        ("../../aws-kms//m", "in `m`"),
        ("../../aws-kms//modules/key/main.tf", "in `modules/key/main.tf`"),
        ("../../aws-kms//Modules/key", "in `Modules/key`"),
    ],
)
def test_what_is_not_there(source: str, where: str):
    with pytest.raises(IntegrityError) as caught:
        check_siblings([member("my-company/vpc@1.0.0", calls={"main.tf:3": source}), KMS])
    assert caught.value.message.split("\n") == [
        "module sources reach for what the chosen releases do not have",
        f"  `my-company/vpc@1.0.0`, main.tf:3: `{source}`; `aws-kms@0.2.0` has no Terraform files {where}, {ONLY}",
    ]
    assert caught.value.subjects == ("my-company/vpc", "aws-kms")
    assert "`terra info aws-kms`" in str(caught.value.hint)


def test_a_plugin_without_anything_at_its_top():
    with pytest.raises(IntegrityError, match=r"`b@1\.0\.0` has no Terraform files at its top, only in `modules/x`"):
        check_siblings([member("a@1.0.0", calls={"main.tf:1": "../b"}), member("b@1.0.0", ("modules/x/main.tf",))])


def test_a_call_out_of_a_submodule():
    deep = member("a@1.0.0", ("modules/x/main.tf",), {"modules/x/main.tf:2": "../../../aws-kms//modules/gone"})
    with pytest.raises(IntegrityError, match=r"`a@1\.0\.0`, modules/x/main\.tf:2: "):
        check_siblings([deep, KMS])


def test_every_such_call_is_named():
    calls = {f"main.tf:{line}": f"../aws-kms//x{line}" for line in (1, 2, 3)}
    with pytest.raises(IntegrityError) as caught:
        check_siblings([member("a@1.0.0", calls=calls), KMS])
    assert caught.value.message.count("has no Terraform files") == 3


def test_two_plugins_that_call_each_other():
    a = member("a@1.0.0", calls={"main.tf:3": "../b"})
    b = member("b@2.0.0", calls={"main.tf:4": "../a"})
    for order in permutations([a, b, KMS]):
        with pytest.raises(IntegrityError) as caught:
            check_siblings(order)
        assert caught.value.message.split("\n") == [
            "modules of `a` and `b` call each other in a circle, which Terraform cannot load",
            "  `a@1.0.0`, main.tf:3: `../b`",
            "  `b@2.0.0`, main.tf:4: `../a`",
        ]
        assert caught.value.subjects == ("a", "b")


def test_a_circle_of_three_through_submodules():
    a = member("a@1.0.0", ("main.tf", "m/main.tf"), {"main.tf:1": "./m", "m/main.tf:2": "../../my/b//m"})
    b = member("my/b@1.0.0", ("m/main.tf", "n/main.tf"), {"m/main.tf:1": "../n", "n/main.tf:1": "../../../c"})
    c = member("c@1.0.0", calls={"main.tf:9": "../a//m"})
    with pytest.raises(IntegrityError, match="modules of `a`, `c` and `my/b` call each other in a circle"):
        check_siblings([a, b, c])


def test_plugins_that_need_each_other_without_a_circle_of_modules():
    """a calls a module of b, and another module of b calls a: Terraform loads that."""
    a = member("a@1.0.0", calls={"main.tf:1": "../b//leaf"})
    b = member("b@1.0.0", ("main.tf", "leaf/main.tf"), {"main.tf:1": "../a"})
    check_siblings([a, b])


def test_a_diamond_is_no_circle():
    calls = {"a@1.0.0": ("../b", "../c"), "b@1.0.0": ("../d",), "c@1.0.0": ("../d",), "d@1.0.0": ()}
    check_siblings(
        [member(each, calls={f"main.tf:{n}": to for n, to in enumerate(called)}) for each, called in calls.items()]
    )


def test_a_long_chain_is_walked():
    count = 1_500  # deeper than Python's own stack
    chain = [member(f"p{n}@1.0.0", calls={"main.tf:1": f"../p{n + 1}"}) for n in range(count)]
    check_siblings([*chain, member(f"p{count}@1.0.0")])
    with pytest.raises(IntegrityError, match="circle"):
        check_siblings([*chain, member(f"p{count}@1.0.0", calls={"main.tf:1": "../p0"})])
