"""Where a Terraform file reads outputs of a module: `module.net.id`, of one instance, `[…]`, or of all, `[*]`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from terra.hcl.syntax import Syntax
from terra.model.terraform import JSON_ENDINGS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from terra.hcl.deadline import Deadline

# An index may hold another, `[local.names[0]]`. No byte is looked at again for each reference that only begins.
_INDEX = rb"\[(?:[^\[\]\n]|\[[^\[\]\n]*+\])*+\]|\.(?:\*|[0-9]+)"
_NAME = rb"[\w\x80-\xff-]"
_NO_VALUE = ("comment", "template_literal")


def output_reads(
    path: str, data: bytes, module: str, outputs: Collection[str], deadline: Deadline
) -> Iterator[tuple[str, int]]:
    """Yield each output that is read, with the line on which it is, once for a line.

    Args:
        path: Its ending tells the syntax: JSON is searched as text.
        data: The whole file.
        module: The label of the module's block.
        outputs: Which are meant.
        deadline: From when on comments and texts count too.
    """
    syntax: Syntax | None = None
    said: set[tuple[str, int]] = set()
    for name, offset, line in _references(data, module):
        if name not in outputs or (name, line) in said:
            continue
        if syntax is None and not deadline.is_over and not path.endswith(JSON_ENDINGS):
            syntax = Syntax.parse(data, deadline)
        if syntax is None or deadline.is_over or _is_value(syntax, offset):
            said.add((name, line))
            yield name, line


def _references(data: bytes, module: str) -> Iterator[tuple[str, int, int]]:
    """Yield each attribute of a module that a text names, where, and on which line."""
    said = rb"(?<!%b)(?<!\.)module\.%b(?=(?:%b)?\.(%b+))" % (_NAME, re.escape(module.encode()), _INDEX, _NAME)
    line, counted = 1, 0
    for match in re.finditer(said, data):
        line, counted = line + data.count(b"\n", counted, match.start()), match.start()
        yield match[1].decode("utf-8", "replace"), match.start(), line


def _is_value(syntax: Syntax, offset: int) -> bool:
    node = syntax.root.descendant_for_byte_range(offset, offset + 1)
    return node is None or node.type not in _NO_VALUE
