"""What terra asks git of the project's own repository: what would not be committed, and what earlier commits locked.

The user's own configuration is heard (`core.excludesFile`). Nothing that the repository names is run or fetched.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from terra.errors import InvalidDocumentError, SystemFailureError
from terra.ports import Command
from terra.project import manifest
from terra.project.discovery import LOCKFILE, MANIFEST
from terra.system.upwards import repository_of
from terra.wire import lock_toml

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from terra.commands.toolbox import Toolbox
    from terra.model.lock import Lock
    from terra.model.project import Project

# The repository may be a stranger's: git must run nothing that its config names. One without `.git` that lies in
# the project's own files (HEAD, config, objects, refs) comes with any clone, and is not looked at.
_SETTINGS = ("core.quotePath=off", "core.fsmonitor=false", "core.hooksPath=/dev/null", "safe.bareRepository=explicit")
_SAFE = ("--no-pager", *(word for setting in _SETTINGS for word in ("-c", setting)))
_AT_ONCE = 500
_EARLIER = 10  # commits that changed the document; each is read by a process of its own


def ignored(project: Path, paths: Sequence[str], toolbox: Toolbox) -> tuple[str, ...]:
    """Return those of `paths`, relative to `project`, that git ignores; none where there is no repository."""
    if repository_of(project) is None:
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


def is_shallow(project: Path) -> bool:
    """Tell whether a project is in a clone without its history, https://git-scm.com/docs/shallow."""
    repository = repository_of(project)
    return repository is not None and (repository / ".git" / "shallow").is_file()


def earlier_locks(project: Path, toolbox: Toolbox) -> Iterator[Lock]:
    """Yield what `terra.lock` said in the last commits that changed it, newest first; nothing without a repository."""
    for data in _earlier(project, LOCKFILE, toolbox):
        with suppress(InvalidDocumentError):
            yield lock_toml.read_lock(data, LOCKFILE)


def earlier_projects(project: Path, toolbox: Toolbox) -> Iterator[Project]:
    """Yield what `terra.toml` said in the last commits that changed it, newest first; nothing without a repository."""
    for data in _earlier(project, MANIFEST, toolbox):
        with suppress(InvalidDocumentError):
            yield manifest.read(data)


def _earlier(project: Path, document: str, toolbox: Toolbox) -> Iterator[bytes]:
    """Yield the bytes of a document in the last commits that changed it.

    git is asked by commands that look at no signature, run no filter and fetch nothing.
    """
    if repository_of(project) is None:
        return
    commits = _asked(project, toolbox, "rev-list", f"--max-count={_EARLIER}", "HEAD", "--", document)
    for commit in (commits or "").split():
        data = _asked(project, toolbox, "cat-file", "blob", f"{commit}:./{document}")
        if data is not None:
            yield data.encode()


def _asked(project: Path, toolbox: Toolbox, *words: str) -> str | None:
    from terra.system.git_settings import for_looking

    command = Command(("git", "-C", str(project), *_SAFE, *words), environment=for_looking(toolbox.environment))
    try:
        outcome = toolbox.runner.run(command)
    except SystemFailureError:
        return None
    return outcome.out if outcome.exit == 0 else None
