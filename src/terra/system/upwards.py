"""From a folder upwards, as far as its repository's root: what a stranger put above the user's folders is not heard.

A file that anybody can put above, as in `/tmp`, must not steer terra; git is as careful (`safe.directory`).
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def upwards(start: Path) -> Iterator[Path]:
    """Yield `start` and the folders above it, up to the repository's root or the first of another owner."""
    owner = _owner(start)
    for folder in (start, *start.parents):
        if _owner(folder) not in (owner, _user()):
            return
        yield folder
        if _is_root(folder, start):
            return


def repository_of(start: Path) -> Path | None:
    """Return the root of the git repository that holds a folder, None where none does."""
    return next((folder for folder in upwards(start) if _is_root(folder, start)), None)


def is_ours(path: Path, start: Path) -> bool:
    """Tell whether who put a file there is the user, or the owner of the folder in which the user stands."""
    return _maker(path) in (_user(), _owner(start))


def _is_root(folder: Path, start: Path) -> bool:
    """Tell whether a folder has a `.git`, which is a file in a worktree and in a submodule."""
    git = folder / ".git"
    return git.exists() and is_ours(git, start)


def _owner(folder: Path) -> int:
    return os.stat(folder).st_uid


def _maker(path: Path) -> int:
    return os.lstat(path).st_uid  # of a link, who made it: what it leads to may be anybody's


def _user() -> int:
    return os.getuid() if hasattr(os, "getuid") else 0
