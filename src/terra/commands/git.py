"""What terra asks git: which written files would not be committed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.errors import SystemFailureError
from terra.ports import Command

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from terra.ports import Runner

# The repository may be a stranger's: git must run nothing that its config names.
_SAFE = ("-c", "core.quotePath=off", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")
_AT_ONCE = 500


def ignored(project: Path, paths: Sequence[str], runner: Runner) -> tuple[str, ...]:
    """Return those of `paths`, relative to `project`, that git ignores; none where there is no repository."""
    if not any((folder / ".git").exists() for folder in (project, *project.parents)):
        return ()
    found: list[str] = []
    for start in range(0, len(paths), _AT_ONCE):
        words = ("git", "-C", str(project), *_SAFE, "check-ignore", "--")
        try:
            outcome = runner.run(Command((*words, *paths[start : start + _AT_ONCE])))
        except SystemFailureError:
            return ()
        found += outcome.out.splitlines() if outcome.exit == 0 else []
    return tuple(found)
