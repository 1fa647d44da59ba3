"""The Terraform files that stand below a folder, of which any may hold a `module` block.

No dot folders, such as `.terraform`, and no `node_modules` are looked into; links to folders are not followed.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING

from terra.model.terraform import is_read
from terra.model.values import value

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_PASSED_OVER = "node_modules"


@value
class Standing:
    """A Terraform file, or a folder of which it is not known what is in it.

    Attributes:
        at: Its absolute path.
        is_link: Whether it is a link to a file.
        unlisted: Whether it is a folder that cannot be listed.
    """

    at: Path
    is_link: bool = False
    unlisted: bool = False

    def below(self, project: Path) -> str:
        """Return its path relative to a folder, with `/`; it may begin with `../`."""
        return os.path.relpath(self.at, project).replace(os.sep, "/")


def passes_over(name: str) -> bool:
    """Tell whether nothing of a file or folder of this name is looked at."""
    return name.startswith(".") or name == _PASSED_OVER


def terraform_files(top: Path, but: Collection[str] = ()) -> Iterator[Standing]:
    """Yield the Terraform files at or below a path, in the order of their paths; what goes meanwhile is none.

    Args:
        top: A file, or a folder.
        but: Folders, absolute, that are not looked into.
    """
    if top.is_file():
        yield Standing(top, top.is_symlink())
        return
    waiting: list[os.DirEntry[str] | Standing] = _last_first(str(top))
    while waiting:  # no recursion: folders may be deeper than Python's stack
        entry = waiting.pop()
        if isinstance(entry, Standing):
            yield entry
        elif passes_over(entry.name) or entry.path in but:
            continue
        elif entry.is_dir(follow_symlinks=False):
            waiting += _last_first(entry.path)
        elif is_read(entry.name) and _is_file(entry):
            yield Standing(Path(entry.path), entry.is_symlink())


def _is_file(entry: os.DirEntry[str]) -> bool:
    """Tell whether it is a file, or may be one; a link that leads to itself, or below a file, leads nowhere."""
    try:
        return entry.is_file()
    except OSError as error:
        return error.errno not in (errno.ELOOP, errno.ENOTDIR)


def _last_first(folder: str) -> list[os.DirEntry[str] | Standing]:
    try:
        with os.scandir(folder) as entries:
            return [*sorted(entries, key=lambda each: each.name, reverse=True)]
    except FileNotFoundError:
        return []
    except OSError:
        return [Standing(Path(folder), unlisted=True)]
