"""Give `module` blocks another source: every other byte of the file stays as it is.

The new text goes between the quotes of `source`, and the line of `version` goes where that is asked. What
`terraform fmt` had aligned with those lines is aligned again, and what it had not is left alone.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from terra.hcl.deadline import Deadline
from terra.hcl.syntax import Syntax
from terra.hcl.text import encode_quoted
from terra.model.values import value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    Edit = tuple[int, int, bytes]

_BOM = b"\xef\xbb\xbf"
_SECONDS = 10.0
_COMMENT = re.compile(rb"[ \t]*(#|//|/\*)")
_BLANK = re.compile(rb"[ \t\r]*")


@value
class NewSource:
    """What one `module` block is to say.

    Attributes:
        source_span: The bytes of the file between the quotes of its source.
        source: The new text.
        version_span: The bytes of its `version = …`, where that goes.
    """

    source_span: tuple[int, int]
    source: str
    version_span: tuple[int, int] | None = None


@value
class _Row:
    """A line that holds one attribute: where its name, its `=` and its value end, and its comment begins."""

    name: str
    line: int
    name_end: int
    equals: int
    end: int
    comment: int | None
    lead: int
    assigned: int


def with_sources(data: bytes, wanted: Sequence[NewSource]) -> bytes:
    """Return a file of HCL's native syntax with other sources in some of its module blocks.

    Args:
        data: The whole file, as the spans were found in it.
        wanted: At most one for each block.
    """
    skipped = len(_BOM) if data.startswith(_BOM) else 0
    text = data[skipped:]
    starts = [each.source_span[0] - skipped for each in wanted]
    before = {number: _rows(text, number) for number in _numbers(text, starts)}
    changed = _edited(text, [edit for each in wanted for edit in _edits(text, each, skipped)])
    for number, rows in before.items():
        names = _names_to_align(rows, _by_equals, _is_aligned)
        changed = _edited(changed, _aligned(_rows(changed, number), names))
        names = _names_to_align(rows, _by_comment, _has_aligned_comments)
        changed = _edited(changed, _aligned_comments(_rows(changed, number), names))
    return data[:skipped] + changed


def _edits(text: bytes, each: NewSource, skipped: int) -> Iterator[Edit]:
    start, end = (offset - skipped for offset in each.source_span)
    yield start, end, encode_quoted(each.source).encode()
    if each.version_span is not None:
        yield _without(text, each.version_span[0] - skipped, each.version_span[1] - skipped)


def _without(text: bytes, start: int, end: int) -> Edit:
    """Return what takes an attribute out: its line, or what stands of it beside a comment."""
    line, after = text.rfind(b"\n", 0, start) + 1, text.find(b"\n", end)
    after = len(text) if after < 0 else after
    rest = text[end:after]
    if text[line:start].strip() or not (_BLANK.fullmatch(rest) or _COMMENT.match(rest)):
        return start, end, b""
    if not _BLANK.fullmatch(rest):
        return start, end + len(rest) - len(rest.lstrip()), b""  # the comment is the user's
    above = text.rfind(b"\n", 0, max(line - 1, 0)) + 1
    below = text[after + 1 :].lstrip(b" \t\r")[:1]
    if line and not text[above:line].strip() and below in (b"\n", b"}"):
        line = above  # not two empty lines where each was one
    return line, after + 1, b""


def _edited(text: bytes, edits: Iterable[Edit]) -> bytes:
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _syntax(text: bytes) -> Syntax | None:
    return Syntax.parse(text, Deadline.after(_SECONDS))


def _numbers(text: bytes, offsets: Sequence[int]) -> list[int]:
    """Return which module blocks of the file hold some offsets, counted from 0."""
    syntax = _syntax(text)
    bodies = [each.body for each in syntax.blocks(syntax.root) if each.kind == "module"] if syntax else []
    spans = [(body.start_byte, body.end_byte) if body is not None else (0, 0) for body in bodies]
    return [number for number, (start, end) in enumerate(spans) if any(start <= each < end for each in offsets)]


def _rows(text: bytes, number: int) -> list[_Row]:
    """Return the lines of a module block that hold one whole attribute, in their order."""
    syntax = _syntax(text)
    if syntax is None:
        return []
    block = [each for each in syntax.blocks(syntax.root) if each.kind == "module"][number]
    found = (_row(text, name, *each.span) for name, each in syntax.attributes(block.body).items())
    return sorted((row for row in found if row is not None), key=lambda row: row.line)


def _row(text: bytes, name: str, start: int, end: int) -> _Row | None:
    line = text.rfind(b"\n", 0, start) + 1
    equals = text.find(b"=", start, end)
    name_end = start + len(name.encode())
    if equals < 0 or b"\n" in text[start:end] or text[line:start].strip():
        return None
    after = text.find(b"\n", end)
    rest = text[end : len(text) if after < 0 else after]
    comment = end + len(rest) - len(rest.lstrip()) if _COMMENT.match(rest) else None
    lead, assigned = len(text[line:name_end].decode()), len(text[equals:end].decode())
    return _Row(name, text.count(b"\n", 0, start), name_end, equals, end, comment, lead, assigned)


def _chains(rows: Sequence[_Row], belongs: Callable[[_Row], bool]) -> Iterator[list[_Row]]:
    """Yield the runs of lines that follow each other without another between them."""
    chain: list[_Row] = []
    for row in (each for each in rows if belongs(each)):
        if chain and row.line != chain[-1].line + 1:
            yield chain
            chain = []
        chain.append(row)
    if chain:
        yield chain


def _by_equals(_: _Row) -> bool:
    return True


def _by_comment(row: _Row) -> bool:
    return row.comment is not None


def _is_aligned(chain: Sequence[_Row]) -> bool:
    widest = max(row.lead for row in chain)
    return all(row.equals - row.name_end == widest - row.lead + 1 for row in chain)


def _width(row: _Row) -> int:
    return row.lead + (row.equals - row.name_end) + row.assigned


def _has_aligned_comments(chain: Sequence[_Row]) -> bool:
    widest = max(map(_width, chain))
    return all((row.comment or 0) - row.end == widest - _width(row) + 1 for row in chain)


def _names_to_align(
    rows: Sequence[_Row], belongs: Callable[[_Row], bool], is_aligned: Callable[[Sequence[_Row]], bool]
) -> set[str]:
    """Return the attributes that were aligned with `source` or `version`, or stood above or below them."""
    touched = [row.line for row in rows if row.name in ("source", "version")]
    near = {line + step for line in touched for step in (-1, 0, 1)}
    chains = [each for each in _chains(rows, belongs) if is_aligned(each) and near & {row.line for row in each}]
    return {row.name for chain in chains for row in chain}


def _aligned(rows: Sequence[_Row], names: set[str]) -> Iterator[Edit]:
    for chain in _chains(rows, _by_equals):
        if any(row.name in names for row in chain):
            widest = max(row.lead for row in chain)
            yield from ((row.name_end, row.equals, b" " * (widest - row.lead + 1)) for row in chain)


def _aligned_comments(rows: Sequence[_Row], names: set[str]) -> Iterator[Edit]:
    for chain in _chains(rows, _by_comment):
        if any(row.name in names for row in chain):
            widest = max(map(_width, chain))
            yield from ((row.end, row.comment or row.end, b" " * (widest - _width(row) + 1)) for row in chain)
