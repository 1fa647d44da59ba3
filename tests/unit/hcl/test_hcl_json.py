from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terra.hcl.json_syntax import read_json
from terra.model.interface import CodeBlock, Input, Interface, ModuleCall, Output, Place, RequiredProvider, Validation

HERE = Place("main.tf.json", 1)


def read(text: str) -> Interface:
    return read_json("main.tf.json", text.encode())


def test_every_kind_of_block():
    found = read(
        json.dumps(
            {
                "terraform": [
                    {"required_version": ">= 1.5", "required_providers": {"aws": {"source": "hashicorp/aws"}}},
                    {"required_providers": [{"//": "a comment", "old": ">= 1"}]},
                ],
                "variable": {
                    "a": {
                        "type": "list(string)",
                        "description": "say $${x}",
                        "sensitive": True,
                        "validation": {"condition": "${length(var.a) > 0}", "error_message": "none"},
                    },
                    "b": [{"default": None}],
                    "c": {"default": {"x": [1, "é"]}},
                },
                "output": {"o": {"value": "${x}", "description": "d"}},
                "module": {"m": {"source": "../x", "version": "1.0.0"}, "n": {"source": "./${x}"}},
                "resource": {"null_resource": {"r": {"provisioner": [{"local-exec": {}}, {"file": {}}]}}},
                "data": [{"external": {"e": {}}}],
            }
        )
    )
    assert found == Interface(
        (
            Input(
                "a",
                HERE,
                type="list(string)",
                description="say ${x}",
                sensitive=True,
                validations=(Validation("length(var.a) > 0", "none"),),
            ),
            Input("b", HERE, default="null"),
            Input("c", HERE, default='{"x": [1, "é"]}'),
        ),
        (Output("o", HERE, "d"),),
        (RequiredProvider("aws", "hashicorp/aws", None, HERE), RequiredProvider("old", None, ">= 1", HERE)),
        ">= 1.5",
        (
            ModuleCall("m", HERE, "../x", None, "1.0.0", None, ("source", "version")),
            ModuleCall("n", HERE, None, arguments=("source",)),
        ),
        (CodeBlock("local-exec", HERE), CodeBlock("external", HERE)),
    )


def test_a_key_that_comes_twice_hides_nothing():
    found = read('{"module": {"a": {"source": "https://x.example/a.zip"}}, "module": {"b": {"source": "./b"}}}')
    assert [each.source for each in found.module_calls] == ["https://x.example/a.zip", "./b"]


@pytest.mark.parametrize(("text", "line"), [("", 1), ('{\n"a": }', 2), ("[" * 100_000, 1), ("3", 1), ('{"a": NaN}', 1)])
def test_what_is_no_json_body_is_unparsed(text: str, line: int):
    assert read(text).unparsed == (Place("main.tf.json", line),)


@pytest.mark.parametrize("depth", [200, 500, 900])
def test_deep_defaults_do_not_raise(depth: int):
    assert isinstance(read('{"variable": {"x": {"default": ' + "[" * depth + "]" * depth + "}}}"), Interface)


_KEYS = st.sampled_from(["variable", "module", "resource", "data", "external", "terraform", "provisioner", "//", "x"])
_ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=4),
    max_leaves=30,
)


@settings(max_examples=300, deadline=None)
@given(_ANY)
def test_no_value_makes_it_raise(value: object):
    assert isinstance(read(json.dumps(value)), Interface)
