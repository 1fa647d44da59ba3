"""Where a file reads a module's outputs: what counts, what only looks like it, and what a long line costs."""

from __future__ import annotations

import json

import pytest

from terra.hcl.deadline import Deadline
from terra.hcl.output_reads import output_reads


def found(text: str | bytes, name: str = "main.tf", seconds: float = 60) -> list[tuple[str, int]]:
    data = text if isinstance(text, bytes) else text.encode()
    return list(output_reads(name, data, "net", ("id", "arn"), Deadline.after(seconds)))


@pytest.mark.parametrize(
    "value",
    [
        "module.net.id",
        "module.net[0].id",
        'module.net["a"].id',
        "module.net[local.names[0]].id",
        "module.net[*].id",
        "module.net.*.id",
        "module.net.0.id",
        "module.net.id.part",
        '"x-${module.net.id}"',
        "module.net[module.net.id].z",
        "[module.net.id, module.net.id]",
        "<<-EOT\n  ${module.net.id}\n  EOT",
    ],
)
def test_a_read(value: str) -> None:
    assert found(f'output "q" {{\n  value = {value}\n}}\n') == [("id", 3 if "EOT" in value else 2)]


@pytest.mark.parametrize(
    "value",
    [
        "[module.net.k, aws_vpc.y.id]",
        "module.net.identity",
        "module.net.id-2",
        "module.net-2.id",
        "module.network.id",
        "my_module.net.id",
        "x.module.net.id",
        '"module.net.id"',
        "1 # module.net.id",
        "1 /* module.net.id */",
        "<<-EOT\n  module.net.id\n  EOT",
        "module.net",
    ],
)
def test_no_read(value: str) -> None:
    assert found(f'output "q" {{\n  value = {value}\n}}\n') == []


def test_each_output_is_said_with_its_lines() -> None:
    assert found("a = module.net.id\n\nb = module.net.arn\nc = module.net.id\n") == [("id", 1), ("arn", 3), ("id", 4)]


def test_json_is_searched_as_text() -> None:
    document = json.dumps({"output": {"q": {"value": '${module.net["a"].id}'}}}, indent=2)
    assert found(document, "main.tf.json") == [("id", 4)]


def test_what_cannot_be_parsed_in_time_counts() -> None:
    assert found("# module.net.id\n", seconds=-1) == [("id", 1)]


@pytest.mark.parametrize("word", ["module.net ", "module.net[", "module.net[a[", "module.net[a[]b[]", "module.net."])
def test_a_line_of_beginnings_is_read_once(word: str) -> None:
    """Each of these, looked for to the end of the line from every beginning, takes longer than a test may."""
    assert found(word * 300_000) == []
