"""What terra asks git of the project's own repository: which written files would not be committed.

The user's own configuration is heard (`core.excludesFile`). Nothing that the repository names is run or fetched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.errors import SystemFailureError
from terra.ports import Command

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from terra.commands.toolbox import Toolbox

# The repository may be a stranger's: git must run nothing that its config names. One without `.git` that lies in
# the project's own files (HEAD, config, objects, refs) comes with any clone, and is not looked at.
_SETTINGS = ("core.quotePath=off", "core.fsmonitor=false", "core.hooksPath=/dev/null", "safe.bareRepository=explicit")
_SAFE = ("--no-pager", *(word for setting in _SETTINGS for word in ("-c", setting)))
_AT_ONCE = 500


def ignored(project: Path, paths: Sequence[str], toolbox: Toolbox) -> tuple[str, ...]:
    """Return those of `paths`, relative to `project`, that git ignores; none where there is no repository."""
    if not any((folder / ".git").exists() for folder in (project, *project.parents)):
        return ()
    from terra.system.git_settings import for_looking

    environment = for_looking(toolbox.environment)
    found: list[str] = []
    for start in range(0, len(paths), _AT_ONCE):
        words = ("git", "-C", str(project), *_SAFE, "check-ignore", "--")
        try:
            outcome = toolbox.runner.run(Command((*words, *paths[start : start + _AT_ONCE]), environment=environment))
        except SystemFailureError:
            return ()
        found += outcome.out.splitlines() if outcome.exit == 0 else []
    return tuple(found)
