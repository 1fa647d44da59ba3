"""A plan as a unified diff that `git apply` reads."""

from __future__ import annotations

import difflib
import os
from typing import TYPE_CHECKING

from terra.model.plan import Action

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from terra.model.plan import FileChange, Plan


def diff_of(plan: Plan, project: Path) -> str:
    """Return what the plan changes, plugins then documents; binary files by name only."""
    return "".join(line for change in plan.writes for line in _lines(change, project))


def _lines(change: FileChange, project: Path) -> Iterator[str]:
    before = (project / change.path).read_bytes() if change.found is not None else b""
    after = _after(change)
    yield f"diff --git a/{change.path} b/{change.path}\n"
    yield from _modes(change, project)
    if b"\0" in before or b"\0" in after:
        yield f"Binary files a/{change.path} and b/{change.path} differ\n"
        return
    old = "/dev/null" if change.found is None else f"a/{change.path}"
    new = "/dev/null" if change.action is Action.DELETE else f"b/{change.path}"
    for line in difflib.unified_diff(_split(before), _split(after), old, new, lineterm="\n"):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _modes(change: FileChange, project: Path) -> Iterator[str]:
    new = change.file.mode if change.file else 0o644
    if change.found is None:
        yield f"new file mode 100{new:o}\n"
        return
    old = 0o755 if os.lstat(project / change.path).st_mode & 0o111 else 0o644
    if change.action is Action.DELETE:
        yield f"deleted file mode 100{old:o}\n"
    elif old != new:
        yield f"old mode 100{old:o}\nnew mode 100{new:o}\n"


def _after(change: FileChange) -> bytes:
    if change.action is Action.DELETE:
        return b""
    if change.data is not None:
        return change.data
    return change.content.read_bytes() if change.content else b""


def _split(data: bytes) -> list[str]:
    lines = data.decode("utf-8", "surrogateescape").split("\n")  # as git does: no other character ends a line
    return [f"{each}\n" for each in lines[:-1]] + ([lines[-1]] if lines[-1] else [])
