from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terra.errors import SystemFailureError
from terra.hcl import reading as room
from terra.hcl.deadline import Deadline
from terra.hcl.interface import interface_of, read_interface
from terra.hcl.native import read_native
from terra.model.interface import CodeBlock, Interface, ModuleCall, Output, Place, RequiredProvider, Validation

MAIN = r"""
terraform {
  required_version = ">= 1.5"
  required_providers {
    aws   = { source = "hashicorp/aws", version = "~> 5.0" }
    local = {
      "source" : "hashicorp/local"
      configuration_aliases = [local.other]
    }
    old = ">= 1"
  }
}

variable "rules" {
  type = list(object({
    port = number # which
    cidr = optional(string, "0.0.0.0/0")
  }))
  description = "Say \"hi\" to $${x}\tand é"
  sensitive   = true
  nullable    = false

  validation {
    condition     = length(var.rules) > 0 && alltrue([for r in var.rules : r.port > 0])
    error_message = "Needs \"rules\"."
  }
}

variable "optional" { default = null }

variable "text" {
  default     = "a\n\"b\""
  description = <<-EOT
    First line
      indented $${kept}

    last
  EOT
}

output "arn" {
  value       = "x"
  description = "The ${upper("arn")}"
  sensitive   = true
}

module "key" {
  source  = "../aws-kms//modules/key" # why
  version = "~> 1.2"
}

module "computed" {
  source = "./${var.where}"
}

resource "null_resource" "n" {
  connection {
    type = "ssh"
  }
  provisioner "local-exec" {
    command = "id"
  }
  provisioner "file" {
    source = "x"
  }
}

data "external" "e" {
  program = ["sh"]
}

check "c" {
  data "external" "inner" {
    program = ["sh"]
  }
}
"""


def read(text: str | bytes, path: str = "main.tf", seconds: float = 60) -> Interface:
    return read_native(path, text if isinstance(text, bytes) else text.encode(), Deadline.after(seconds))


@pytest.fixture(scope="module")
def main() -> Interface:
    return read(MAIN)


def line_of(text: str) -> int:
    return MAIN[: MAIN.index(text)].count("\n") + 1


def test_inputs_carry_expressions_as_written_and_texts_decoded(main: Interface):
    rules, optional, text = main.inputs
    assert rules.place == Place("main.tf", line_of('variable "rules"'))
    assert rules.type == ('list(object({\n  port = number # which\n  cidr = optional(string, "0.0.0.0/0")\n}))')
    assert rules.description == 'Say "hi" to ${x}\tand é'
    assert (rules.required, rules.sensitive, rules.nullable) == (True, True, False)
    assert rules.validations == (
        Validation("length(var.rules) > 0 && alltrue([for r in var.rules : r.port > 0])", 'Needs "rules".'),
    )
    assert (optional.default, optional.required, optional.nullable) == ("null", False, True)
    assert text.default == r'"a\n\"b\""'
    assert text.description == "First line\n  indented ${kept}\n\nlast"


def test_outputs_providers_and_version(main: Interface):
    assert main.outputs == (Output("arn", Place("main.tf", line_of("output")), 'The ${upper("arn")}', sensitive=True),)
    assert main.providers == (
        RequiredProvider("aws", "hashicorp/aws", "~> 5.0", Place("main.tf", 5)),
        RequiredProvider("local", "hashicorp/local", None, Place("main.tf", 6)),
        RequiredProvider("old", None, ">= 1", Place("main.tf", 10)),
    )
    assert main.required_version == ">= 1.5"
    assert main.unparsed == ()


def test_module_calls_know_their_bytes(main: Interface):
    key, computed = main.module_calls
    data = MAIN.encode()
    assert (key.source, key.version) == ("../aws-kms//modules/key", "~> 1.2")
    assert data[slice(*key.source_span)] == b"../aws-kms//modules/key"
    assert data[slice(*key.version_span)] == b'version = "~> 1.2"'
    where = Place("main.tf", line_of('module "computed"'))
    assert computed == ModuleCall("computed", where, None, arguments=("source",))


def test_code_running_blocks_are_named_and_file_provisioners_are_not(main: Interface):
    assert main.code_blocks == (
        CodeBlock("local-exec", Place("main.tf", line_of('provisioner "local-exec"'))),
        CodeBlock("external", Place("main.tf", line_of('data "external" "e"'))),
        CodeBlock("external", Place("main.tf", line_of('data "external" "inner"'))),
    )


def test_escapes_in_a_label_hide_nothing():
    found = read('resource "a" "b" {\n  provisioner "local\\u002dexec" {\n  }\n}\n')
    assert [block.kind for block in found.code_blocks] == ["local-exec"]


@pytest.mark.parametrize("prefix", [b"", b"\xef\xbb\xbf"])
def test_byte_order_mark_and_crlf_are_read_and_spans_stay_right(prefix: bytes):
    data = prefix + b'module "m" {\r\n  source = "./x"\r\n}\r\nvariable "v" {\r\n  type = map(\r\n    any)\r\n}\r\n'
    found = read(data)
    assert found.unparsed == ()
    assert data[slice(*found.module_calls[0].source_span)] == b"./x"
    assert found.inputs[0].type == "map(\n  any)"
    assert found.inputs[0].place.line == 4


def test_an_indented_heredoc_default_is_kept_as_it_is():
    assert read('variable "v" {\n  default = <<EOT\n  x\nEOT\n}\n').inputs[0].default == "<<EOT\n  x\nEOT"


def test_a_broken_file_names_its_first_error_and_gives_the_rest():
    found = read('variable "a" {}\nvariable "b" {\n  type = string\n}\n)(\noutput "c" {\n  value = 1\n}\n')
    assert found.unparsed == (Place("main.tf", 5),)
    assert [each.name for each in found.inputs] == ["a", "b"]
    assert [each.name for each in found.outputs] == ["c"]


def test_code_in_a_broken_file_is_found_by_its_look_but_not_in_comments():
    text = '# provisioner "local-exec" {\n/*\nprovisioner "local-exec" {\n*/\n}}}} ((\n provisioner "remote-exec" {\n'
    assert read(text).code_blocks == (CodeBlock("remote-exec", Place("main.tf", 6)),)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b"a = 1\nb = \0\n", 2),
        (b"a = 1\n\n# caf\xe9\n", 3),
        ('x = <<EOT\nEOT\u00a0\nresource "a" "b" {\n}\ny = <<EOT\nEOT\n'.encode(), 1),  # Terraform trims this space
        ("x = <<\u0141\n\u0141\ny = 1\nA\n".encode(), 1),  # the grammar compares the marker's low bytes: `A`
        ("x = <<\u0141\nA\ny = 1\n/*\n\u0141\nz = 1 # */\n".encode(), 1),
        (b"x = <<EOT\nEOT ${1}\nEOT\n", 1),
    ],
)
def test_what_terraform_may_read_differently_counts_as_unparsed(text: bytes, line: int):
    assert read(text).unparsed == (Place("main.tf", line),)


def test_an_honest_heredoc_is_no_doubt():
    text = 'x = <<-EOT\n  EOTX\n  ${jsonencode({\n    a = "EOT"\n  })}\n  EOT\ny = 1 << 2\n'.replace("y = 1 << 2\n", "")
    assert read(text).unparsed == ()


@pytest.mark.parametrize(
    "text",
    [b"a {\n" * 20_000, b"a = " + b"[" * 100_000, b'a = "${' * 10_000, b"a = " + b"!" * 100_000 + b"1\n"],
    ids=["blocks", "lists", "templates", "operators"],
)
def test_deep_nesting_does_not_raise(text: bytes):
    assert isinstance(read(text), Interface)


def test_a_file_that_parses_too_slowly_is_unparsed_and_still_looked_through():
    found = read(b'provisioner "local-exec" {\n' + b'"a" ' * 20_000, seconds=0)
    assert found == Interface(
        code_blocks=(CodeBlock("local-exec", Place("main.tf", 1)),), unparsed=(Place("main.tf", 1),)
    )
    assert read(MAIN).unparsed == ()  # the parser is usable again


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300) | st.text('{}[]()"$%\\<-=\n aEOT#/*', max_size=200).map(str.encode))
def test_no_bytes_make_it_raise(data: bytes):
    assert isinstance(read(data, seconds=5), Interface)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_no_cut_of_a_real_file_makes_it_raise(data: st.DataObject):
    text = MAIN.encode()
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    assert isinstance(read(text[:start] + text[end:], seconds=5), Interface)


def write(folder: Path, files: dict[str, str | bytes]) -> Path:
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def test_inputs_are_of_the_root_and_calls_of_every_folder(tmp_path: Path):
    found = read_interface(
        write(
            tmp_path,
            {
                "variables.tf": 'variable "b" {}\n',
                "main.tofu": 'variable "a" {}\nvariable "b" {\n  default = 1\n}\n',
                "extra.tf.json": '{"variable": {"c": {}}}',
                "modules/key/main.tf": 'variable "inner" {}\nmodule "m" {\n  source = "../x"\n}\n)(\n',
                ".hidden/main.tf": 'data "external" "e" {}\n',
                ".ignored.tf": 'variable "ignored" {}\n',
                "notes.txt": "variable",
            },
        )
    )
    assert [each.name for each in found.inputs] == ["c", "a", "b"]
    assert found.inputs[2].default == "1"
    assert [each.place for each in found.module_calls] == [Place("modules/key/main.tf", 2)]
    assert found.code_blocks == (CodeBlock("external", Place(".hidden/main.tf", 1)),)
    assert found.unparsed == (Place("modules/key/main.tf", 5),)


def test_bytes_over_the_limit_are_not_parsed(monkeypatch: pytest.MonkeyPatch):
    parsed: list[str] = []
    monkeypatch.setattr("terra.hcl.native.read_native", lambda path, *_: parsed.append(path) or Interface())
    found = interface_of({"a.tf": b"", "b.tf": b"#" * (room.MAX_FILE_BYTES + 1), "c.tofu": b""})
    assert (parsed, found.unparsed) == (["a.tf", "c.tofu"], (Place("b.tf", 1),))


def test_a_file_over_the_limit_is_unparsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(room, "MAX_FILE_BYTES", 20)
    write(tmp_path, {"a.tf": 'variable "a" {}\n', "b.tf": 'variable "b" {}\n' + "#" * 20})
    found = read_interface(tmp_path)
    assert [each.name for each in found.inputs] == ["a"]
    assert found.unparsed == (Place("b.tf", 1),)


def test_links_to_folders_are_not_followed(tmp_path: Path):
    write(tmp_path, {"main.tf": 'module "m" {\n  source = "./x"\n}\n'})
    os.symlink(tmp_path, tmp_path / "again", target_is_directory=True)
    os.symlink(tmp_path / "nowhere", tmp_path / "gone.tf")
    assert len(read_interface(tmp_path).module_calls) == 1


def test_a_missing_folder_is_an_error(tmp_path: Path):
    with pytest.raises(SystemFailureError, match="cannot list"):
        read_interface(tmp_path / "nowhere")
