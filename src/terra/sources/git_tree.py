"""The files of one commit, out of a repository of terra's own, as a tar archive.

They are those of the commit, byte for byte: no attribute of the repository changes, hides or fills in a file. What
is in the commit by reference alone does not come: a submodule is left out and said.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from terra.errors import FetchError, IntegrityError
from terra.model.values import value
from terra.system import fs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from terra.model.source import Locator
    from terra.ports import Outcome, Reporter
    from terra.system.git import Git

# What stands in the repository's own info/attributes wins over every .gitattributes (gitattributes(5)).
_AS_COMMITTED = b"* -export-ignore -export-subst -text -crlf -eol -ident -filter !working-tree-encoding\n"
_ENTRY = re.compile(r"(?P<mode>\d+) \w+ (?P<hash>[0-9a-f]+) +(?P<size>\d+|-)\t(?P<path>.*)", re.DOTALL)


@value
class Commit:
    """A commit that a repository of terra's own has.

    Attributes:
        hash: The whole of it.
        repository: With `new_attributes`.
        git: Reads the repository.
    """

    hash: str
    repository: Path
    git: Git

    def read(self, *words: str) -> Outcome:
        """Run git in the repository, without any network.

        Raises:
            FetchError: It took too long.
            IntegrityError: It prints more than terra takes.
        """
        return self.git.read(self.repository, *words)


def new_attributes(repository: Path) -> None:
    """Let a repository of terra's give out files as they were committed."""
    (repository / "info").mkdir(exist_ok=True)
    fs.write_new(repository / "info" / "attributes", _AS_COMMITTED)


def pack(commit: Commit, locator: Locator, target: Path, reporter: Reporter) -> None:
    """Write the commit's files into a tar archive: those of the `//subdir` where that is all that is needed.

    Args:
        commit: Whose files.
        locator: What was asked for.
        target: The new archive.
        reporter: Told what is left out.

    Raises:
        FetchError: git cannot read them.
        IntegrityError: They are too large, or a Terraform file is elsewhere.
    """
    from terra.system.git_failures import is_too_large

    entries = _entries(commit, locator.subdir)
    _tell_submodules(entries, reporter)
    within = _within(locator.subdir, entries)
    # Without a work tree's attributes, of which there are none here, git would first list the commit's every file in
    # memory, to look for theirs: a few trees that name each other make that endless.
    options = ("--format=tar", "--worktree-attributes", f"--output={target}")
    outcome = commit.read("archive", *options, "--", commit.hash, *within)
    if is_too_large(outcome):
        message = f"`{locator}` has more files than terra takes"
        raise IntegrityError(message, hint="name the plugin's folder: `//FOLDER`", subjects=(str(locator),))
    if outcome.exit != 0:
        message = f"git cannot read `{locator}`: {outcome.err.strip()}"
        raise FetchError(message, hint="the repository is damaged", subjects=(str(locator),))


def _entries(commit: Commit, subdir: str) -> list[re.Match[str]]:
    folder = (subdir,) if _is_narrow(subdir) else ()
    listed = commit.read("ls-tree", "-r", "-l", "-z", "--full-tree", commit.hash, "--", *folder)
    return [match for entry in listed.out.split("\0") if (match := _ENTRY.fullmatch(entry))]


def _is_narrow(subdir: str) -> bool:
    return bool(subdir) and not re.search(r"[*?\[]", subdir)


def _within(subdir: str, entries: Sequence[re.Match[str]]) -> tuple[str, ...]:
    """Return the folder to archive, or nothing for the whole commit.

    A link may name a file outside of the folder, and a pattern any folder: both need the whole.
    """
    has_links = any(entry["mode"] == "120000" for entry in entries)
    return (subdir,) if _is_narrow(subdir) and entries and not has_links else ()


def _tell_submodules(entries: Sequence[re.Match[str]], reporter: Reporter) -> None:
    for entry in entries:
        if entry["mode"] == "160000":
            message = f"`{entry['path']}` is a submodule at {entry['hash']}: terra fetches none, so it is left out"
            reporter.warn(message)
