"""Where a payload says `path.module` in a value: its folder's path then stands in the plan.

What is only read from there (`file("${path.module}/x")`) gives the same wherever the folder is, and is not named.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from terra.hcl.deadline import Deadline
from terra.hcl.reading import is_too_large, load
from terra.hcl.syntax import Syntax
from terra.model.interface import Place
from terra.model.terraform import NATIVE_ENDINGS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tree_sitter import Node

_SAID = re.compile(rb"\bpath[ \t]*\.[ \t]*module\b")
_SECONDS = 5.0
# https://developer.hashicorp.com/terraform/language/functions: those whose result is of the content alone
_READERS = re.compile(r"(?:template)?file(?:exists|base64|md5|sha1|sha256|sha512|base64sha256|base64sha512|set)?")
_NO_VALUE = ("comment", "string_lit", "template_literal", "heredoc_identifier")


def uses_of_module_path(folder: Path) -> tuple[Place, ...]:
    """Return the places below a payload's root, in the order of their paths; a file that cannot be read has none."""
    deadline = Deadline.after(_SECONDS)
    files = sorted(path for path in folder.rglob("*") if path.name.endswith(NATIVE_ENDINGS) and path.is_file())
    return tuple(
        Place(path.relative_to(folder).as_posix(), line) for path in files for line in _lines(_read(path), deadline)
    )


def _read(path: Path) -> bytes:
    try:
        data = load(path)
    except OSError:
        return b""
    return b"" if is_too_large(data) else data


def _lines(data: bytes, deadline: Deadline) -> Iterator[int]:
    said = list(_SAID.finditer(data))
    syntax = Syntax.parse(data, deadline) if said else None
    if syntax is None:
        return
    lines: set[int] = set()
    for match in said:
        node = syntax.root.descendant_for_byte_range(match.start(), match.start() + 1)
        line = data.count(b"\n", 0, match.start()) + 1
        if node is not None and line not in lines and _is_value(node):
            lines.add(line)
            yield line


def _is_value(node: Node) -> bool:
    """Tell whether what stands there is evaluated, and its text, not what is at its path, is what comes out."""
    above: Node | None = node
    while above is not None:
        if above.type in _NO_VALUE or (above.type == "function_call" and _is_read(node, above)):
            return False
        above = above.parent
    return True


def _is_read(node: Node, call: Node) -> bool:
    """Tell whether a node says what a reader reads: its first argument; what a template is given, it may say."""
    name = call.children[0].text or b""
    if not _READERS.fullmatch(name.decode("utf-8", "replace")):
        return False
    arguments = (each for each in call.named_children if each.type == "function_arguments")
    first = next((each for found in arguments for each in found.named_children if each.type == "expression"), None)
    return first is not None and first.start_byte <= node.start_byte < first.end_byte
