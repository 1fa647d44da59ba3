from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.components import require
from terra.hcl.block import module_block
from terra.hcl.deadline import Deadline
from terra.hcl.interface import read_interface
from terra.hcl.native import read_native
from terra.hcl.text import decode_quoted, encode_quoted
from terra.model.interface import Input, Interface, Place

HERE = Place("main.tf", 1)
HOSTILE = Interface(
    inputs=(
        Input("plain", HERE, type="string", description="name of the bucket\nsecond line"),
        Input("kw-x", HERE, type="object({\n  a = string\n})", description='x\r}\nresource "a" "b" {}\n${evil}'),
        Input("bidi", HERE, type='"map"', description="\u202eright\u2028\x1b[31m to left \u0085 */ // #"),
        Input("quoted", HERE, type="set(number)", description="漢字 é " * 40),
        Input("untyped", HERE),
        Input("flag", HERE, type="bool", description="\n  \n$$${x} %{if}"),
        Input("null", HERE, type="number"),
        Input("given", HERE, type="string", default='""'),
        Input('bad" {}\n', HERE, type="string"),
        Input("source", HERE, type="string"),
    )
)


def test_required_inputs_are_placeholders_with_type_and_first_line():
    interface = Interface(
        inputs=(
            Input("bucket_name", HERE, type="string", description="name of the bucket\nand more"),
            Input("days", HERE, type="number"),
            Input("tags", HERE, type="map(string)", default="{}"),
        )
    )
    assert module_block("aws-s3", "./plugins/aws-s3", interface) == (
        'module "aws_s3" {\n'
        '  source = "./plugins/aws-s3"\n'
        "\n"
        '  bucket_name = "" # string, required: name of the bucket\n'
        "  days        = 0  # number, required\n"
        "}\n"
    )


def test_without_required_inputs_the_source_stands_alone():
    assert module_block("9/x", "./x", Interface()) == 'module "_9_x" {\n  source = "./x"\n}\n'


def test_descriptions_stay_in_their_comments():
    text = module_block("x", "./x", HOSTILE)
    assert text.count("\n") == 4 + 7
    assert "${" not in text
    assert all(each.isprintable() for each in text.replace("\n", ""))
    assert "  flag    = false # bool, required: {x} {if}\n" in text


@pytest.mark.component
@pytest.mark.parametrize("source", ["./plugins/x", './a"b\\c${x}$${y}%{z}\n é\x00'])
@pytest.mark.parametrize("interface", [Interface(), HOSTILE], ids=["bare", "hostile"])
def test_terraform_fmt_has_nothing_to_change(tmp_path: Path, source: str, interface: Interface):
    program = require("terraform")
    (tmp_path / "main.tf").write_text(module_block("my-company/9vpc", source, interface), encoding="utf-8")
    environment = {**os.environ, "TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1"}
    done = subprocess.run(
        [program, "fmt", "-check", "-diff", str(tmp_path)],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert read_interface(tmp_path).module_calls[0].source == source


_INPUTS = st.builds(
    Input,
    st.text(max_size=10) | st.from_regex(r"[a-z_][a-z0-9_-]{0,8}", fullmatch=True),
    st.just(HERE),
    type=st.none() | st.text(max_size=20) | st.sampled_from(["string", "list(string)", "object({})"]),
    description=st.text(max_size=40),
)


@settings(max_examples=300, deadline=None)
@given(label=st.text(max_size=10), source=st.text(max_size=20), inputs=st.lists(_INPUTS, max_size=4))
def test_any_block_parses_and_calls_the_source(label: str, source: str, inputs: list[Input]):
    text = module_block(label, source, Interface(inputs=tuple(inputs)))
    found = read_native("main.tf", text.encode(), Deadline.after(60))
    assert found.unparsed == ()
    assert [call.source for call in found.module_calls] == [source]
    assert found.module_calls[0].name.isidentifier()
    assert not found.code_blocks


@given(st.text() | st.text('$%{"\\nu0', max_size=12))
def test_quoting_comes_back(text: str):
    assert decode_quoted(encode_quoted(text)) == text
