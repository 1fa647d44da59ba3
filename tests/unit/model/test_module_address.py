"""Plugins and modules of a registry: one name for each."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terra.model.module_address import ModuleAddress, is_namespace
from terra.model.name import Name

PART = st.from_regex(r"[a-z0-9]{1,4}(-[a-z0-9]{1,4}){0,3}", fullmatch=True)


@pytest.mark.parametrize(
    ("plugin", "module"),
    [
        ("my-company/aws-vpc", "my-company/vpc/aws"),
        ("my-company/aws-eks-node-group", "my-company/eks-node-group/aws"),
        ("my-company/vpc", "my-company/vpc/terraform"),
        ("aws-s3", "terra/s3/aws"),
        ("naming", "terra/naming/terraform"),
        ("terraform-aws-modules/aws-iam", "terraform-aws-modules/iam/aws"),
    ],
)
def test_a_plugin_is_a_module(plugin: str, module: str):
    assert str(ModuleAddress.of(Name.parse(plugin))) == module


def test_a_name_without_a_namespace_has_the_registrys():
    assert str(ModuleAddress.of(Name.parse("aws-s3"), "Acme_Corp")) == "Acme_Corp/s3/aws"
    assert str(ModuleAddress.of(Name.parse("my-company/vpc"), "acme")) == "my-company/vpc/terraform"


@given(PART, PART)
def test_a_module_is_a_plugin_again(namespace: str, last: str):
    name = f"{namespace}/{last}"
    if Name.is_name(name):
        module = ModuleAddress.of(Name.parse(name))
        assert module.plugin is None or ModuleAddress.of(module.plugin) == module
        if module.system != "terraform":
            assert module.plugin == Name.parse(name)


@pytest.mark.parametrize(
    ("module", "plugin"),
    [
        (("a", "vpc", "aws"), "a/aws-vpc"),
        (("a", "vpc", "terraform"), "a/vpc"),
        (("a", "my-vpc", "terraform"), "a/terraform-my-vpc"),
        (("A", "vpc", "aws"), None),
        (("a", "my_vpc", "aws"), None),
        (("a", "vpc", "google-beta"), None),
    ],
)
def test_what_a_plugin_name_cannot_say_is_none(module: tuple[str, str, str], plugin: str | None):
    found = ModuleAddress(*module).plugin
    assert (found.text if found else None) == plugin


@pytest.mark.parametrize(("text", "is_one"), [("acme", True), ("Acme_1", True), ("-a", False), ("a/b", False), ("", 0)])
def test_a_namespace(text: str, is_one: bool):
    assert is_namespace(text) == is_one
