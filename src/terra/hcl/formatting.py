"""Whether two texts of HCL differ in their formatting only: what `terraform fmt` may change.

Compared are the tokens of both, and where a line ends between two of them; not how much white space there is, nor
how many blank lines. Strings, templates and heredocs count as written, and so do comments but for the end of
their lines. Of a text that the grammar cannot read, or cannot be trusted with, nothing is claimed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.hcl.deadline import Deadline
from terra.hcl.reading import is_too_large
from terra.hcl.syntax import Syntax
from terra.model.terraform import NATIVE_ENDINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Node

_MAX_SECONDS = 2.0
_ENDINGS = (*NATIVE_ENDINGS, ".tfvars", ".hcl")
_AS_WRITTEN = ("string_lit", "quoted_template", "heredoc_template", "comment")


def could_be(path: str) -> bool:
    """Tell whether a file is written in the native syntax; of another kind, every byte counts."""
    return path.endswith(_ENDINGS)


def is_formatting_only(one: bytes, other: bytes) -> bool:
    """Tell whether two files of the native syntax say the same in the same words."""
    if is_too_large(one) or is_too_large(other):
        return False
    deadline = Deadline.after(_MAX_SECONDS)
    mine = _tokens(one, deadline)
    return mine is not None and mine == _tokens(other, deadline)


def _tokens(data: bytes, deadline: Deadline) -> list[tuple[bool, bytes]] | None:
    """Return each token with whether a line ends before it, or None of a text that cannot be read."""
    data = data.replace(b"\r\n", b"\n")
    syntax = Syntax.parse(data, deadline)
    if syntax is None or syntax.first_error is not None or syntax.doubtful_heredoc is not None:
        return None
    found: list[tuple[bool, bytes]] = []
    end = 0
    for node in _leaves(syntax.root):
        text = data[node.start_byte : node.end_byte]
        if node.type == "comment":
            text = b"\n".join(line.rstrip() for line in text.rstrip().split(b"\n"))
        elif node.type not in _AS_WRITTEN:
            text = text.strip()
        if text:
            found.append((bool(found) and b"\n" in data[end : node.start_byte], text))
            end = node.start_byte + len(data[node.start_byte : node.end_byte].rstrip())
    return found


def _leaves(root: Node) -> Iterator[Node]:
    """Yield the tokens in the order of the text; what counts as written is one of them."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.type in _AS_WRITTEN or not node.child_count:
            yield node
        else:
            waiting.extend(reversed(node.children))
