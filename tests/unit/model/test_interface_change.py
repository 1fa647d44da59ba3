"""What a caller feels of another release."""

from __future__ import annotations

import pytest

from terra.model.interface import Input, Interface, Output, Place, RequiredProvider
from terra.model.interface_change import Changed, InterfaceChange, compare

HERE = Place("main.tf", 1)


def an_input(name: str, type_: str | None = "string", default: str | None = None) -> Input:
    return Input(name, HERE, type=type_, default=default)


def with_inputs(*inputs: Input) -> Interface:
    return Interface(inputs=inputs)


def test_the_same_interface_is_no_change() -> None:
    side = Interface((an_input("name"),), (Output("arn", HERE),), required_version=">= 1.5")
    change = compare(side, side)
    assert change == InterfaceChange()
    assert change.is_empty
    assert not change.may_break


def test_new_inputs_are_told_apart_by_whether_they_must_be_given() -> None:
    change = compare(with_inputs(), with_inputs(an_input("b"), an_input("a"), an_input("c", default="1")))
    assert (change.new_required, change.new_optional) == (("a", "b"), ("c",))
    assert change.may_break


def test_a_new_optional_input_breaks_nothing() -> None:
    change = compare(with_inputs(), with_inputs(an_input("c", default="1")))
    assert not change.is_empty
    assert not change.may_break


def test_an_input_that_loses_its_default_must_be_given_now() -> None:
    change = compare(with_inputs(an_input("a", default="1")), with_inputs(an_input("a")))
    assert (change.new_required, change.new_optional, change.changed_defaults) == (("a",), (), ())


def test_an_input_that_gets_a_default_need_not_be_given_now() -> None:
    change = compare(with_inputs(an_input("a")), with_inputs(an_input("a", default="1")))
    assert (change.new_required, change.new_optional, change.changed_defaults) == ((), ("a",), ())
    assert not change.may_break


def test_removed_inputs_and_outputs_break_a_caller() -> None:
    old = Interface((an_input("a"),), (Output("arn", HERE), Output("id", HERE)))
    change = compare(old, Interface(outputs=(Output("id", HERE), Output("url", HERE))))
    assert (change.removed_inputs, change.removed_outputs, change.new_outputs) == (("a",), ("arn",), ("url",))
    assert change.may_break


def test_types_and_defaults_are_given_as_written() -> None:
    old = with_inputs(an_input("a", "list(string)", "[]"))
    change = compare(old, with_inputs(an_input("a", "set(string)", '["x"]')))
    assert change.changed_types == (Changed("a", "list(string)", "set(string)"),)
    assert change.changed_defaults == (Changed("a", "[]", '["x"]'),)


def test_no_type_is_any() -> None:
    assert compare(with_inputs(an_input("a", None)), with_inputs(an_input("a", "any"))).is_empty


@pytest.mark.parametrize(
    ("old", "new", "is_same"),
    [
        ("object({ a = string })", "object({\n  a    = string\n})", True),
        ('"a b"', '"a  b"', False),
        ('"a\\" b"', '"a\\"  b"', False),
        ("[1, 2]", "[1,2]", True),
        ("[1, 2]", "[12]", False),
        ("null", '"null"', False),
    ],
)
def test_white_space_counts_inside_quotes_only(old: str, new: str, *, is_same: bool) -> None:
    change = compare(with_inputs(an_input("a", default=old)), with_inputs(an_input("a", default=new)))
    assert change.is_empty is is_same


def test_providers_by_local_name_with_source_and_version() -> None:
    aws = RequiredProvider("aws", "hashicorp/aws", ">= 5.0", HERE)
    newer = RequiredProvider("aws", "hashicorp/aws", ">= 6.0", HERE)
    change = compare(
        Interface(providers=(aws, RequiredProvider("tls", None, None, HERE))),
        Interface(providers=(RequiredProvider("random", "hashicorp/random", None, HERE), newer)),
    )
    assert change.provider_changes == (
        Changed("aws", "hashicorp/aws >= 5.0", "hashicorp/aws >= 6.0"),
        Changed("random", None, "hashicorp/random"),
        Changed("tls", "tls", None),
    )


def test_the_required_version_of_terraform() -> None:
    change = compare(Interface(required_version=">= 1.5"), Interface(required_version=">= 1.7"))
    assert change.required_version == Changed("required_version", ">= 1.5", ">= 1.7")
    assert compare(Interface(), Interface(required_version=">= 1.7")).required_version is not None
