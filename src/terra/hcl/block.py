"""The module block that calls a payload, ready to paste and as `terraform fmt` would write it.

What a payload says of itself is untrusted: a description stays inside its comment, a source inside its
quotes, and an input whose name could not stand before `=` is left out.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from terra.hcl.text import encode_quoted

if TYPE_CHECKING:
    from terra.model.interface import Input, Interface

_PLACEHOLDERS = {
    "string": '""',
    "number": "0",
    "bool": "false",
    "list": "[]",
    "set": "[]",
    "tuple": "[]",
    "map": "{}",
    "object": "{}",
}
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
# https://developer.hashicorp.com/terraform/language/block/variable
_RESERVED = ("source", "version", "providers", "count", "for_each", "lifecycle", "depends_on", "locals")
_TYPE_LENGTH = 40
_COMMENT_LENGTH = 100


def module_block(label: str, source: str, interface: Interface) -> str:
    """Return a `module` block with a placeholder and a comment for every required input.

    Args:
        label: What to call the module; characters that an identifier cannot have become `_`.
        source: The address, as Terraform reads it.
        interface: What the payload declares.

    Returns:
        The block, ending in a line break; it parses whatever the arguments hold.
    """
    lines = [f'module "{_identifier(label)}" {{', f'  source = "{encode_quoted(source)}"']
    required = [each for each in interface.inputs if each.required and _can_be_given(each)]
    if required:
        lines += ["", *_placeholders(required)]
    return "\n".join([*lines, "}", ""])


def _placeholders(inputs: list[Input]) -> list[str]:
    names = max(len(each.name) for each in inputs)
    values = max(len(_placeholder(each)) for each in inputs)
    return [f"  {each.name:<{names}} = {_placeholder(each):<{values}} # {_comment(each)}" for each in inputs]


def _placeholder(each: Input) -> str:
    return _PLACEHOLDERS.get(_kind(each), "null")


def _kind(each: Input) -> str:
    """Return the first word of the type; `"string"` in quotes is how Terraform 0.11 wrote it."""
    match = re.match(r"\W*(\w+)", each.type or "")
    return match[1] if match else "any"


def _comment(each: Input) -> str:
    kind = _shortened(_plain(each.type or "any"), _TYPE_LENGTH)
    first_line = next((line for line in each.description.splitlines() if line.strip()), "")
    about = _shortened(_plain(first_line), _COMMENT_LENGTH)
    return f"{kind}, required: {about}" if about else f"{kind}, required"


def _plain(text: str) -> str:
    """Return text on one line, without control, format and unpaired characters, and without `${`."""
    kept = "".join(" " if unicodedata.category(each)[0] in "CZ" else each for each in text)
    return " ".join(re.sub(r"[$%]+\{", "{", kept).split())


def _shortened(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def _identifier(label: str) -> str:
    name = re.sub(r"[^A-Za-z0-9_]", "_", label) or "plugin"
    return f"_{name}" if name[0].isdigit() else name


def _can_be_given(each: Input) -> bool:
    return _NAME.fullmatch(each.name) is not None and each.name not in _RESERVED
