"""Unified diffs as git writes them, which `git apply` takes in either direction; sides are values, or a plan's.

Where a file ends without a newline, is empty, new or deleted, changes its mode only, or has a name that git
quotes, the diff says so as git does. The form is that of https://git-scm.com/docs/diff-format.
"""

from __future__ import annotations

import difflib
import hashlib
import os
from typing import TYPE_CHECKING

from terra.model.plan import Action
from terra.model.values import value
from terra.system.upwards import repository_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from terra.model.plan import FileChange, Plan

    Opcode = tuple[str, int, int, int, int]

_CONTEXT = 3
_MAX_LINES = 20_000  # of both sides, that are compared line by line: difflib's time grows with their square
_ESCAPES = {0x07: "\\a", 0x08: "\\b", 0x09: "\\t", 0x0A: "\\n", 0x0B: "\\v", 0x0C: "\\f", 0x0D: "\\r"}
_PRINTABLE = range(0x20, 0x7F)
_BINARY_LINE = 52  # bytes of a line of a binary patch
_SHORT_LINE = 26  # bytes whose count is one upper case letter


@value
class Side:
    """A file as it is on one side of a diff."""

    data: bytes
    executable: bool = False


@value
class FileDiff:
    """One file: `old` is None for one that is new, `new` for one that is gone.

    Attributes:
        path: Relative to where the diff is applied, with `/`.
    """

    path: str
    old: Side | None
    new: Side | None


def diff_of(plan: Plan, project: Path) -> str:
    """Return what the plan changes, plugins then documents; binary files by name only."""
    return unified(files_of(plan, project), binary=False, prefix=prefix_of(project))


def prefix_of(project: Path) -> str:
    """Return what paths of a project's diff begin with: the way from the top of its git repository, as git reads them.

    Wherever it is run in a repository, git takes paths from the top, and passes over others without a word.
    """
    way = project.relative_to(repository_of(project) or project).as_posix()
    return "" if way == "." else f"{way}/"


def files_of(plan: Plan, project: Path) -> Iterator[FileDiff]:
    """Yield what the plan changes, as it stands in the project and as it will."""
    for change in plan.writes:
        old = None if change.found is None else _standing(project / change.path)
        yield FileDiff(change.path, old, _after(change, old))


def unified(files: Iterable[FileDiff], *, binary: bool, prefix: str = "") -> str:
    """Return the diff of files, in their order; bytes that are no UTF-8 as surrogates (PEP 383).

    Args:
        files: What to compare; a file that is the same on both sides gives nothing.
        binary: Whether files that are no text are given with their bytes, for git, or by name only, for people.
        prefix: What the paths begin with, such as `infra/`; see `prefix_of`.
    """
    return "".join(line for each in files for line in _lines(each, prefix, binary=binary))


def _lines(file: FileDiff, prefix: str, *, binary: bool) -> Iterator[str]:
    if file.old == file.new:
        return
    path = prefix + file.path
    old, new = _quoted(f"a/{path}"), _quoted(f"b/{path}")
    yield f"diff --git {old} {new}\n"
    yield from _modes(file)
    before, after = (side.data if side else b"" for side in (file.old, file.new))
    if b"\0" in before or b"\0" in after:
        yield from _binary_patch(file, before, after) if binary else [f"Binary files {old} and {new} differ\n"]
    elif before != after:
        tab = "\t" if " " in path else ""  # as git: the name ends at the tab
        yield f"--- {'/dev/null' if file.old is None else old + tab}\n"
        yield f"+++ {'/dev/null' if file.new is None else new + tab}\n"
        yield from _hunks(_split(before), _split(after))


def _modes(file: FileDiff) -> Iterator[str]:
    if file.old is None:
        yield f"new file mode {_mode(file.new)}\n"
    elif file.new is None:
        yield f"deleted file mode {_mode(file.old)}\n"
    elif file.old.executable != file.new.executable:
        yield f"old mode {_mode(file.old)}\nnew mode {_mode(file.new)}\n"


def _mode(side: Side | None) -> str:
    return "100755" if side is not None and side.executable else "100644"


def _hunks(old: list[str], new: list[str]) -> Iterator[str]:
    for group in _groups(old, new):
        (_, start, _, new_start, _), (_, _, end, _, new_end) = group[0], group[-1]
        yield f"@@ -{_range(start, end)} +{_range(new_start, new_end)} @@\n"
        for tag, low, high, new_low, new_high in group:
            if tag == "equal":
                yield from _marked(" ", old[low:high])
                continue
            yield from _marked("-", old[low:high])
            yield from _marked("+", new[new_low:new_high])


def _groups(old: list[str], new: list[str]) -> Iterator[list[Opcode]]:
    if len(old) + len(new) > _MAX_LINES:  # by its ends: right, and longer than it might be
        yield _ends_apart(old, new)
        return
    yield from difflib.SequenceMatcher(None, old, new).get_grouped_opcodes(_CONTEXT)


def _ends_apart(old: list[str], new: list[str]) -> list[Opcode]:
    """Return one replacement of everything between the lines that both begin and end with."""
    most = min(len(old), len(new))
    first = next((at for at in range(most) if old[at] != new[at]), most)
    last = next((at for at in range(most - first) if old[-1 - at] != new[-1 - at]), most - first)
    above, below = min(first, _CONTEXT), min(last, _CONTEXT)
    old_end, new_end = len(old) - last, len(new) - last
    return [
        ("equal", first - above, first, first - above, first),
        ("replace", first, old_end, first, new_end),
        ("equal", old_end, old_end + below, new_end, new_end + below),
    ]


def _range(start: int, end: int) -> str:
    """Return lines as a hunk's head counts them: from 1, and an empty range from the line before it."""
    length = end - start
    return f"{start + 1}" if length == 1 else f"{start + 1 if length else start},{length}"


def _marked(mark: str, lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        yield f"{mark}{line}" if line.endswith("\n") else f"{mark}{line}\n\\ No newline at end of file\n"


def _binary_patch(file: FileDiff, before: bytes, after: bytes) -> Iterator[str]:
    """Yield the bytes of both sides, so that the patch can be taken back as well."""
    old = "0" * 40 if file.old is None else _blob(before)
    new = "0" * 40 if file.new is None else _blob(after)
    yield f"index {old}..{new}\nGIT binary patch\n"
    for data in (after, before):
        yield f"literal {len(data)}\n"
        yield from _base85(data)
        yield "\n"


def _blob(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0%b" % (len(data), data), usedforsecurity=False).hexdigest()


def _base85(data: bytes) -> Iterator[str]:
    from base64 import b85encode
    from zlib import compress

    packed = compress(data)
    for start in range(0, len(packed), _BINARY_LINE):
        part = packed[start : start + _BINARY_LINE]
        count = len(part)
        letter = chr(ord("A") + count - 1) if count <= _SHORT_LINE else chr(ord("a") + count - _SHORT_LINE - 1)
        yield f"{letter}{b85encode(part, pad=True).decode()}\n"


def _quoted(name: str) -> str:
    """Return a name as git writes it: in quotes, with escapes, where it is not plain ASCII."""
    data = name.encode("utf-8", "surrogateescape")
    if all(each in _PRINTABLE and each not in b'"\\' for each in data):
        return name
    return '"' + "".join(map(_escaped, data)) + '"'


def _escaped(byte: int) -> str:
    if byte in b'"\\':
        return f"\\{chr(byte)}"
    return _ESCAPES.get(byte) or (chr(byte) if byte in _PRINTABLE else f"\\{byte:03o}")


def _standing(path: Path) -> Side:
    return Side(path.read_bytes(), bool(os.lstat(path).st_mode & 0o111))


def _after(change: FileChange, old: Side | None) -> Side | None:
    if change.action is Action.DELETE:
        return None
    # What has no mode of its own, such as terra.lock, keeps the one that it has.
    executable = change.file.executable if change.file else old is not None and old.executable
    if change.data is not None:
        return Side(change.data, executable)
    return Side(change.content.read_bytes() if change.content else b"", executable)


def _split(data: bytes) -> list[str]:
    lines = data.decode("utf-8", "surrogateescape").split("\n")  # as git does: no other character ends a line
    return [f"{each}\n" for each in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
