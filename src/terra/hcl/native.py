"""What one file in HCL's native syntax declares (`*.tf`, `*.tofu`).

https://developer.hashicorp.com/terraform/language/syntax/configuration
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from terra.hcl.syntax import Attribute, Block, Syntax
from terra.model.interface import (
    CodeBlock,
    Input,
    Interface,
    ModuleCall,
    Output,
    Place,
    RequiredProvider,
    Validation,
)
from terra.model.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from terra.hcl.deadline import Deadline

_BOM = b"\xef\xbb\xbf"
_PROVISIONERS = ("local-exec", "remote-exec")
_CODE = re.compile(rb'^[ \t]*(?:provisioner[ \t]+"?(local-exec|remote-exec)|data[ \t]+"?(external))\b', re.MULTILINE)
_BLOCK = re.compile(rb"^(?:variable|output|module|terraform|resource|data|check)\b[^\n=]*\{", re.MULTILINE)


def read_native(path: str, data: bytes, deadline: Deadline) -> Interface:
    """Return what the file declares; `unparsed` names its first error.

    Args:
        path: How the places name the file.
        data: The whole file; a byte order mark is skipped, as Terraform does.
        deadline: When parsing stops; the file then counts as unparsed.
    """
    skipped = len(_BOM) if data.startswith(_BOM) else 0
    text = data[skipped:]
    reader = _Reader(path)
    syntax = Syntax.parse(text, deadline)
    error = _first_error(text, syntax) if syntax else 1
    if syntax is not None and error is None:
        reader.take(syntax, skipped, 0)
        return reader.interface()
    lines, counted = 0, 0
    for start, end in _parts(text):
        lines, counted = lines + text.count(b"\n", counted, start), start
        part = Syntax.parse(text[start:end], deadline)
        if part is not None:
            reader.take(part, start + skipped, lines)
    reader.take_code(_code_in_text(path, text, syntax))
    return replace(reader.interface(), unparsed=(Place(path, error or 1),))


class _Reader:
    """Collects what one file, or the parts of a broken one, declare."""

    syntax: Syntax

    def __init__(self, path: str) -> None:
        self.path = path
        self.skipped = 0
        self.lines = 0
        self.inputs: list[Input] = []
        self.outputs: list[Output] = []
        self.providers: list[RequiredProvider] = []
        self.required_versions: list[str] = []
        self.module_calls: list[ModuleCall] = []
        self.code_blocks: list[CodeBlock] = []

    def take(self, syntax: Syntax, skipped: int, lines: int) -> None:
        """Add what `syntax` declares, which begins after so many bytes and lines of the file."""
        self.syntax, self.skipped, self.lines = syntax, skipped, lines
        for block in syntax.blocks(syntax.root):
            self._take(block)

    def take_code(self, blocks: Iterable[CodeBlock]) -> None:
        """Add blocks that were found in another way, once each."""
        every = {*self.code_blocks, *blocks}
        self.code_blocks = sorted(every, key=lambda block: (block.place.line, block.kind))

    def interface(self) -> Interface:
        """Return everything that was taken."""
        return Interface(
            tuple(self.inputs),
            tuple(self.outputs),
            tuple(self.providers),
            ", ".join(self.required_versions) or None,
            tuple(self.module_calls),
            tuple(self.code_blocks),
        )

    def _take(self, block: Block) -> None:
        match block.kind, block.labels:
            case "variable", (name,):
                self.inputs.append(self._input(name, block))
            case "output", (name,):
                self.outputs.append(self._output(name, block))
            case "module", (name,):
                self.module_calls.append(self._module_call(name, block))
            case "terraform", ():
                self._take_settings(block)
            case _:
                for each in (block, *self.syntax.nested(block)):
                    self._take_code(each)

    def _take_code(self, block: Block) -> None:
        label = block.labels[0] if block.labels else ""
        runs = label in _PROVISIONERS if block.kind == "provisioner" else block.kind == "data" and label == "external"
        if runs:
            self.code_blocks.append(CodeBlock(label, self._place(block)))

    def _take_settings(self, block: Block) -> None:
        version = self.syntax.string(self.syntax.attributes(block.body).get("required_version"))
        if version:
            self.required_versions.append(version)
        for inner in self.syntax.blocks(block.body):
            if inner.kind == "required_providers":
                for name, attribute in self.syntax.attributes(inner.body).items():
                    self.providers.append(self._provider(name, attribute, inner))

    def _provider(self, name: str, attribute: Attribute, block: Block) -> RequiredProvider:
        node = attribute.expression
        line = self.lines + (block.line if node is None else node.start_point[0] + 1)
        elements = self.syntax.elements(node)
        if elements is None:  # Terraform 0.12 wrote the version alone
            return RequiredProvider(name, None, self.syntax.plain_string(node), Place(self.path, line))
        source, version = (self.syntax.plain_string(elements.get(key)) for key in ("source", "version"))
        return RequiredProvider(name, source, version, Place(self.path, line))

    def _input(self, name: str, block: Block) -> Input:
        syntax = self.syntax
        attributes = syntax.attributes(block.body)
        return Input(
            name,
            self._place(block),
            type=syntax.written(attributes.get("type")),
            default=syntax.written(attributes.get("default")),
            description=syntax.string(attributes.get("description")),
            sensitive=syntax.flag(attributes.get("sensitive"), default=False),
            nullable=syntax.flag(attributes.get("nullable"), default=True),
            validations=tuple(
                self._validation(inner) for inner in syntax.blocks(block.body) if inner.kind == "validation"
            ),
        )

    def _validation(self, block: Block) -> Validation:
        attributes = self.syntax.attributes(block.body)
        condition = self.syntax.written(attributes.get("condition"))
        return Validation(condition or "", self.syntax.string(attributes.get("error_message")))

    def _output(self, name: str, block: Block) -> Output:
        attributes = self.syntax.attributes(block.body)
        description = self.syntax.string(attributes.get("description"))
        sensitive = self.syntax.flag(attributes.get("sensitive"), default=False)
        return Output(name, self._place(block), description, sensitive)

    def _module_call(self, name: str, block: Block) -> ModuleCall:
        attributes = self.syntax.attributes(block.body)
        source, version = attributes.get("source"), attributes.get("version")
        expression = source.expression if source else None
        text = self.syntax.plain_string(expression)
        span = self.syntax.quoted_span(expression) if text is not None and expression is not None else None
        return ModuleCall(
            name,
            self._place(block),
            text,
            self._in_file(span),
            self.syntax.plain_string(version.expression) if version else None,
            self._in_file(version.span) if version else None,
            tuple(attributes),
        )

    def _in_file(self, span: tuple[int, int] | None) -> tuple[int, int] | None:
        return (span[0] + self.skipped, span[1] + self.skipped) if span else None

    def _place(self, block: Block) -> Place:
        return Place(self.path, self.lines + block.line)


def _parts(text: bytes) -> Iterator[tuple[int, int]]:
    """Yield where the blocks of a broken file begin and end, by their first lines.

    After an error the grammar loses the blocks that follow, so each is read by itself.
    """
    starts = [match.start() for match in _BLOCK.finditer(text)]
    yield from pairwise([*starts, len(text)])


def _first_error(data: bytes, syntax: Syntax) -> int | None:
    lines = [syntax.first_error, syntax.doubtful_heredoc, _line_of(data, data.find(b"\0"))]
    try:
        data.decode()
    except UnicodeDecodeError as error:
        lines.append(_line_of(data, error.start))
    return min((line for line in lines if line is not None), default=None)


def _line_of(data: bytes, offset: int) -> int | None:
    return None if offset < 0 else data.count(b"\n", 0, offset) + 1


def _code_in_text(path: str, data: bytes, syntax: Syntax | None) -> tuple[CodeBlock, ...]:
    """Find blocks that run code by the look of their first line, for files that the grammar cannot be trusted with."""
    found = []
    line, counted = 1, 0
    for match in _CODE.finditer(data):
        line, counted = line + data.count(b"\n", counted, match.start()), match.start()
        if syntax is None or not syntax.in_comment(match.start(match.lastindex or 0)):
            kind = (match[1] or match[2]).decode()
            found.append(CodeBlock(kind, Place(path, line)))
    return tuple(found)
