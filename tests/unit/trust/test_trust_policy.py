"""Each key of `[policy]`, held against a release."""

from __future__ import annotations

from pathlib import Path

import pytest

from terra.errors import PolicyError
from terra.model.digest import Digest
from terra.model.interface import CodeBlock, Interface, ModuleCall, Place
from terra.model.name import Name
from terra.model.project import Policy
from terra.model.release import Release
from terra.model.source import Anchor, Locator
from terra.model.stages import Fetched
from terra.model.version import Version
from terra.trust import policy

SHA = Digest.sha256("ab" * 32)
ARCHIVE = Fetched(Path("/q/archive"), "zip", digest=SHA, size=3)
PLACE = Place("modules/a/main.tf", 3)
REMOTE = Interface(module_calls=(ModuleCall("vpc", PLACE, "terraform-aws-modules/vpc/aws"),))
EXEC = Interface(code_blocks=(CodeBlock("local-exec", PLACE),))
UNPARSED = Interface(unparsed=(Place("x.tf", 1), Place("y.tf", 9)))


def release(source: str = "https://h.example/x.zip", name: str = "my-company/vpc", **facts: Digest) -> Release:
    locator = Locator.parse(source)
    assert locator is not None
    return Release(Name(name), Version(1, 0, 0), locator, Anchor("/r"), "acme", **facts)


@pytest.mark.parametrize("source", ["https://h.example/x.zip", "workspace:x", "file:x.zip", "npm:@terra/x@1"])
def test_allow_sources(source: str):
    scheme = source.partition(":")[0]
    policy.check_source(release(source), Policy())
    policy.check_source(release(source), Policy(allow_sources=(scheme, "other")))
    with pytest.raises(PolicyError, match=f"comes by `{scheme}`, allowed: `a`, `b`") as caught:
        policy.check_source(release(source), Policy(allow_sources=("a", "b")))
    assert caught.value.exit == 5
    assert "allow-sources" in (caught.value.hint or "")


def test_no_source_at_all_may_be_allowed():
    with pytest.raises(PolicyError, match="allowed: none"):
        policy.check_source(release(), Policy(allow_sources=()))


@pytest.mark.parametrize("strict", [False, True])
def test_a_checksum_or_a_tree_is_enough(strict: bool):
    found = Policy(require_checksum=strict)
    assert policy.check(release(checksum=SHA), ARCHIVE, found, Interface()) == []
    assert policy.check(release(tree=SHA), ARCHIVE, found, Interface()) == []


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(
    ("source", "fetched"),
    [
        ("file:x.zip", ARCHIVE),
        ("file:x", Fetched(Path("/x"), "folder")),
        ("workspace:x", Fetched(Path("/x"), "folder")),
    ],
)
def test_what_is_on_this_machine_needs_none(source: str, fetched: Fetched, strict: bool):
    assert policy.check(release(source), fetched, Policy(require_checksum=strict), Interface()) == []


def test_remote_modules():
    assert policy.check_content(release(), Policy(), REMOTE) == [
        (
            "`my-company/vpc@1.0.0` calls `terraform-aws-modules/vpc/aws` at modules/a/main.tf:3: "
            "terra neither locks nor checks that module"
        )
    ]
    with pytest.raises(PolicyError, match=r"`terraform-aws-modules/vpc/aws` at modules/a/main\.tf:3") as caught:
        policy.check_content(release(), Policy(remote_modules="refuse"), REMOTE)
    assert "remote-modules" in (caught.value.hint or "")


@pytest.mark.parametrize("source", ["./modules/a", "../../aws-kms", None])
def test_local_modules_and_none_are_not_remote(source: str | None):
    interface = Interface(module_calls=(ModuleCall("x", PLACE, source),))
    assert policy.check_content(release(), Policy(remote_modules="refuse"), interface) == []


def test_code_blocks():
    (warning,) = policy.check_content(release(), Policy(), EXEC)
    assert "runs a program on apply or plan: `local-exec` at modules/a/main.tf:3" in warning
    with pytest.raises(PolicyError, match=r"`local-exec` at modules/a/main\.tf:3") as caught:
        policy.check_content(release(), Policy(code_blocks="refuse"), EXEC)
    assert "code-blocks" in (caught.value.hint or "")


def test_one_key_does_not_refuse_for_the_other():
    assert len(policy.check_content(release(), Policy(code_blocks="refuse"), REMOTE)) == 1
    assert len(policy.check_content(release(), Policy(remote_modules="refuse"), EXEC)) == 1


@pytest.mark.parametrize("key", ["remote_modules", "code_blocks"])
def test_what_does_not_parse_may_hold_anything(key: str):
    assert policy.check_content(release(), Policy(), UNPARSED) == []
    with pytest.raises(PolicyError, match="do not parse, so what they do is not known") as caught:
        policy.check_content(release(), Policy(**{key: "refuse"}), UNPARSED)
    assert "`x.tf:1`, `y.tf:9`" in caught.value.message
    assert key.replace("_", "-") in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("required", "name", "is_refused"),
    [
        (("my-company",), "my-company/vpc", True),
        (("my-company",), "my-company-two/vpc", False),
        (("my-company",), "my-company", False),
        (("other", "my-company"), "my-company/vpc", True),
        (("*",), "aws-s3", True),
        (("*",), "my-company/vpc", True),
        ((), "my-company/vpc", False),
    ],
)
def test_require_signature(required: tuple[str, ...], name: str, is_refused: bool):
    found = Policy(require_signature=required)
    if not is_refused:
        assert policy.check_content(release(name=name), found, Interface()) == []
        return
    with pytest.raises(PolicyError, match=f"`{name}@1.0.0` is not signed"):
        policy.check_content(release(name=name), found, Interface())
