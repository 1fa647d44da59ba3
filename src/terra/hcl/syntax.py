"""HCL's native syntax as tree-sitter sees it: blocks, attributes, and the first thing that is wrong.

The grammar accepts what is wrong around a good block, so a broken file still gives most of what it
declares. It is written in C and has no bound of its own: on some input its time grows with the square of
the length, so parsing stops at a deadline. Nothing here recurses, however deep the file nests.
"""

from __future__ import annotations

import re
import threading
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

from terra.hcl.text import decode_heredoc, decode_quoted, dedent_expression
from terra.model.values import value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree_sitter import Language, Node, Parser

    from terra.hcl.deadline import Deadline

_CHUNK = 1 << 16
_NEWLINE = ord("\n")
_HEREDOC_MARKER = re.compile(rb"<<-?([^\r\n]*)")


@value
class Attribute:
    """`name = expression`: its bytes, its expression (None where it does not parse) and its indentation."""

    span: tuple[int, int]
    expression: Node | None
    indent: str


@value
class Block:
    """`kind "label" … { body }`, with the line of its first word."""

    kind: str
    labels: tuple[str, ...]
    line: int
    body: Node | None


class Syntax:
    """One parsed file; `parse` makes it."""

    def __init__(self, data: bytes, root: Node, deadline: Deadline) -> None:
        self._data = data
        self._deadline = deadline
        self.root = root

    @classmethod
    def parse(cls, data: bytes, deadline: Deadline) -> Syntax | None:
        """Return the tree of `data`, or None where the deadline passed."""
        parser = _PARSERS.parser
        try:
            tree = parser.parse(
                lambda offset, _: data[offset : offset + _CHUNK], progress_callback=lambda *_: deadline.is_over
            )
        except ValueError:  # what the binding makes of a parse that was stopped
            tree = None
        if tree is None:
            parser.reset()
            return None
        return cls(data, tree.root_node, deadline)

    def blocks(self, body: Node | None) -> Iterator[Block]:
        """Yield the blocks that stand directly in `body`, in the order of the file."""
        for node in _statements(body):
            if node.type == "block":
                yield self._block(node)

    def nested(self, block: Block) -> Iterator[Block]:
        """Yield the blocks inside `block`, at every depth."""
        waiting = [block.body]
        while waiting:
            for inner in self.blocks(waiting.pop()):
                yield inner
                waiting.append(inner.body)

    def attributes(self, body: Node | None) -> dict[str, Attribute]:
        """Return the attributes that stand directly in `body`; of two with one name, the first."""
        found: dict[str, Attribute] = {}
        for node in _statements(body):
            if node.type == "attribute":
                children = node.children
                expressions = [child for child in children if child.type == "expression"]
                expression = expressions[0] if expressions and not node.has_error else None
                attribute = Attribute((node.start_byte, node.end_byte), expression, self._indent(node.start_byte))
                found.setdefault(self._text(children[0]), attribute)
        return found

    def elements(self, expression: Node | None) -> dict[str, Node] | None:
        """Return the values of an object by their key, or None where the expression is no object."""
        node = _unwrap(expression, ("expression", "collection_value"))
        if node is None or node.type != "object":
            return None
        found: dict[str, Node] = {}
        for element in node.children:
            sides = [child for child in element.children if child.type == "expression"]
            if element.type == "object_elem" and len(sides) == 2:  # noqa: PLR2004  # a key and a value
                key = self.plain_string(sides[0])
                found.setdefault(self._text(sides[0]) if key is None else key, sides[1])
        return found

    def written(self, attribute: Attribute | None) -> str | None:
        """Return an attribute's expression as written, without the block's indentation; None where absent."""
        if attribute is None:
            return None
        if attribute.expression is None:
            _, _, text = self._slice(*attribute.span).partition("=")
            return dedent_expression(text.strip(), attribute.indent)
        return dedent_expression(self._text(attribute.expression), attribute.indent)

    def plain_string(self, expression: Node | None) -> str | None:
        """Return the value of a quoted string without interpolations, None for any other expression."""
        node = _unwrap(expression, ("expression", "literal_value"))
        if node is None or node.type != "string_lit" or node.has_error:
            return None
        return decode_quoted(self._text(node)[1:-1])

    def quoted_span(self, expression: Node) -> tuple[int, int]:
        """Return the bytes between the quotes of a plain string."""
        return expression.start_byte + 1, expression.end_byte - 1

    def string(self, attribute: Attribute | None) -> str:
        """Return the text of an attribute that holds one: strings decoded, interpolations as written."""
        if attribute is None:
            return ""
        plain = self.plain_string(attribute.expression)
        if plain is not None:
            return plain
        node = _unwrap(attribute.expression, ("expression", "template_expr"))
        if node is not None and node.type == "quoted_template":
            return decode_quoted(self._text(node)[1:-1])
        if node is not None and node.type == "heredoc_template":
            return decode_heredoc(self._text(node))
        return self.written(attribute) or ""

    def flag(self, attribute: Attribute | None, *, default: bool) -> bool:
        """Return an attribute that is `true` or `false`; Terraform reads them in quotes as well."""
        text = (self.written(attribute) or "").strip('"')
        return text == "true" if text in ("true", "false") else default

    @property
    def first_error(self) -> int | None:
        """The line of the first thing that the grammar could not read, or None."""
        node = self.root
        if not node.has_error:
            return None
        while node.type != "ERROR" and not node.is_missing:
            wrong = next((child for child in node.children if child.has_error or child.is_missing), None)
            if wrong is None:
                break
            node = wrong
        return node.start_point[0] + 1

    @property
    def doubtful_heredoc(self) -> int | None:
        """The line of the first heredoc that Terraform may end elsewhere than the grammar does, or None.

        The grammar's scanner compares a marker's characters as bytes and knows fewer kinds of white space,
        so a heredoc could hide blocks from it that Terraform runs.
        """
        for match in re.finditer(rb"<<-?[^\s]", self._data):
            if self._deadline.is_over:
                return self._data.count(b"\n", 0, match.start()) + 1
            node = self.root.descendant_for_byte_range(match.start(), match.start() + 1)
            while node is not None and node.type in ("<<", "<<-", "heredoc_start"):
                node = node.parent
            if node is not None and node.type == "heredoc_template" and self._is_doubtful(node):
                return node.start_point[0] + 1
        return None

    def in_comment(self, offset: int) -> bool:
        """Tell whether the byte at `offset` belongs to a comment, as far as the deadline lets look."""
        if self._deadline.is_over:
            return False
        node = self.root.descendant_for_byte_range(offset, offset + 1)
        return node is not None and node.type == "comment"

    def _is_doubtful(self, node: Node) -> bool:
        lines = self._data[node.start_byte : node.end_byte].split(b"\n")
        match = _HEREDOC_MARKER.match(lines[0])
        marker = match[1].strip().decode("utf-8", "replace") if match else ""
        if not marker.isascii():
            return True
        body = [line.decode("utf-8", "replace").strip() for line in lines[1:-1]]
        return any(line == marker or (line.startswith(marker) and "{" in line) for line in body)

    def _block(self, node: Node) -> Block:
        children = node.children
        kind = self._text(children[0])
        labels: list[str] = []
        body = None
        for child in children[1:]:
            if child.type == "string_lit":
                labels.append(decode_quoted(self._text(child)[1:-1]))
            elif child.type == "identifier":
                labels.append(self._text(child))
            elif child.type == "body":
                body = child
        return Block(kind, tuple(labels), node.start_point[0] + 1, body)

    def _text(self, node: Node) -> str:
        return self._slice(node.start_byte, node.end_byte)

    def _slice(self, start: int, end: int) -> str:
        return self._data[start:end].decode("utf-8", "replace")

    def _indent(self, offset: int) -> str:
        start = offset
        while start and self._data[start - 1] in b" \t":
            start -= 1
        return self._slice(start, offset) if not start or self._data[start - 1] == _NEWLINE else ""


class _Parsers(threading.local):
    """One parser for each thread: the C of a parser calls back into Python, where another thread may take over."""

    @cached_property
    def parser(self) -> Parser:
        from tree_sitter import Parser

        return Parser(_language())


_PARSERS = _Parsers()


@lru_cache(maxsize=1)
def _language() -> Language:
    import tree_sitter_hcl
    from tree_sitter import Language

    return Language(tree_sitter_hcl.language())


def _statements(body: Node | None) -> Iterator[Node]:
    """Yield blocks and attributes of a body, looking into what the grammar marked as wrong."""
    waiting = [body] if body is not None else []
    while waiting:
        node = waiting.pop()
        if node.type in ("block", "attribute"):
            yield node
        elif node is body or node.type in ("body", "ERROR"):
            waiting.extend(reversed(node.children))


def _unwrap(node: Node | None, wrappers: tuple[str, ...]) -> Node | None:
    """Return the one child that `wrappers` hold; a wrapper with several is returned as it is."""
    while node is not None and node.type in wrappers:
        inner = [child for child in node.children if child.type != "comment"]
        if len(inner) != 1:
            return node
        node = inner[0]
    return node
