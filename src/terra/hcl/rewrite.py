"""Give `module` blocks another source: every other byte of the file stays as it is.

The new text goes between the quotes of `source`, and the line of `version` goes where that is asked. What
`terraform fmt` had aligned with those lines is aligned again, and what it had not is left alone.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING

from terra.hcl.deadline import Deadline
from terra.hcl.syntax import Syntax
from terra.hcl.text import encode_quoted
from terra.model.values import replace, value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from tree_sitter import Node

    Edit = tuple[int, int, bytes]

_BOM = b"\xef\xbb\xbf"
_SECONDS = 10.0
_COMMENT = re.compile(rb"[ \t]*(#|//|/\*)")
_BLANK = re.compile(rb"[ \t\r]*")
_ENDS = re.compile(rb"[ \t\r]*[\n}]")


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
    """A line that holds one attribute.

    Attributes:
        line: Its number in the file.
        name_end: The byte where its name ends; as such `equals`, `end` of the value, and where a `comment` begins.
        lead: The characters up to the end of the name.
        gap: The characters between the name and `=`.
        assigned: The characters from `=` to the end of the value.
    """

    name: str
    line: int
    name_end: int
    equals: int
    end: int
    comment: int | None
    lead: int
    gap: int
    assigned: int


def with_sources(data: bytes, wanted: Sequence[NewSource]) -> bytes:
    """Return a file of HCL's native syntax with other sources in some of its module blocks.

    It is parsed once as it is and once with its new sources, however many blocks change.

    Args:
        data: The whole file, as the spans were found in it.
        wanted: At most one for each block.
    """
    skipped = len(_BOM) if data.startswith(_BOM) else 0
    text = data[skipped:]
    before = _rows(text, sorted(each.source_span[0] - skipped for each in wanted))
    changed = _edited(text, [edit for each in wanted for edit in _edits(text, each, skipped)])
    after = _rows(changed)
    realigned = [edit for number in before.keys() & after.keys() for edit in _realigned(before[number], after[number])]
    return data[:skipped] + _edited(changed, realigned)


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
    if line and not text[above:line].strip() and _ENDS.match(text, after + 1):
        line = above  # not two empty lines where each was one
    return line, after + 1, b""


def _edited(text: bytes, edits: Iterable[Edit]) -> bytes:
    parts, done = [], 0
    for start, end, new in sorted(edits):
        parts += [text[done:start], new]
        done = end
    return b"".join([*parts, text[done:]])


def _rows(text: bytes, offsets: Sequence[int] | None = None) -> dict[int, list[_Row]]:
    """Return the lines that hold one whole attribute, by the number of their module block in the file.

    Args:
        text: The file, without a byte order mark.
        offsets: In ascending order: the blocks that hold one of them are meant; without, all.
    """
    syntax = Syntax.parse(text, Deadline.after(_SECONDS))
    if syntax is None:
        return {}
    breaks = [each.start() for each in re.finditer(b"\n", text)]
    bodies = [each.body for each in syntax.blocks(syntax.root) if each.kind == "module"]
    return {
        number: _rows_of(text, syntax, body, breaks)
        for number, body in enumerate(bodies)
        if offsets is None or _holds(body, offsets)
    }


def _holds(body: Node | None, offsets: Sequence[int]) -> bool:
    return body is not None and bisect_left(offsets, body.start_byte) < bisect_left(offsets, body.end_byte)


def _rows_of(text: bytes, syntax: Syntax, body: Node | None, breaks: Sequence[int]) -> list[_Row]:
    """Return the lines of a block that hold one whole attribute, in their order."""
    found = (_row(text, name, *each.span, breaks) for name, each in syntax.attributes(body).items())
    return sorted((row for row in found if row is not None), key=lambda row: row.line)


def _row(text: bytes, name: str, start: int, end: int, breaks: Sequence[int]) -> _Row | None:
    number = bisect_left(breaks, start)
    line = breaks[number - 1] + 1 if number else 0
    equals = text.find(b"=", start, end)
    name_end = start + len(name.encode())
    if equals < 0 or text.find(b"\n", start, end) >= 0 or not _BLANK.fullmatch(text, line, start):
        return None
    comment = _COMMENT.match(text, end)
    lead, assigned = len(text[line:name_end].decode()), len(text[equals:end].decode())
    begins = comment.start(1) if comment else None
    return _Row(name, number, name_end, equals, end, begins, lead, equals - name_end, assigned)


def _realigned(before: Sequence[_Row], after: Sequence[_Row]) -> Iterator[Edit]:
    """Yield what aligns again what was aligned: the signs, and then the comments behind where the values end now."""
    rows = list(_aligned(after, _names_to_align(before, _by_equals, _is_aligned)))
    yield from ((row.name_end, row.equals, b" " * row.gap) for row in rows if row.gap != row.equals - row.name_end)
    yield from _aligned_comments(rows, _names_to_align(before, _by_comment, _has_aligned_comments))


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
    return all(row.gap == widest - row.lead + 1 for row in chain)


def _width(row: _Row) -> int:
    return row.lead + row.gap + row.assigned


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


def _aligned(rows: Sequence[_Row], names: set[str]) -> Iterator[_Row]:
    """Yield every line, those that stand together with a named one aligned by their gap."""
    for chain in _chains(rows, _by_equals):
        if any(row.name in names for row in chain):
            widest = max(row.lead for row in chain)
            yield from (replace(row, gap=widest - row.lead + 1) for row in chain)
        else:
            yield from chain


def _aligned_comments(rows: Sequence[_Row], names: set[str]) -> Iterator[Edit]:
    for chain in _chains(rows, _by_comment):
        if any(row.name in names for row in chain):
            widest = max(map(_width, chain))
            yield from ((row.end, row.comment or row.end, b" " * (widest - _width(row) + 1)) for row in chain)
