"""The files of one commit, out of a repository of terra's own, as a tar archive.

They are those of the commit, byte for byte: no attribute of the repository changes, hides or fills in a file. What
is in the commit by reference alone does not come: a submodule is left out and said, and so is what Git LFS keeps
elsewhere; where that is Terraform, the commit is refused.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from terra.errors import FetchError, IntegrityError, PayloadError
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
# https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md#the-pointer
_POINTER = (r"^version https://git-lfs\.github\.com/spec/v1$", r"^oid sha256:[0-9a-f]{64}$", r"^size [0-9]+$")
_POINTER_LIMIT = 1024  # bytes
_ENTRY = re.compile(r"(?P<mode>\d+) \w+ (?P<hash>[0-9a-f]+) +(?P<size>\d+|-)\t(?P<path>.*)", re.DOTALL)
_TERRAFORM = (".tf", ".tf.json", ".tofu", ".tofu.json")
_NAMED = 5


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
    # Only now: what fits into an archive can be searched in bounded time.
    _tell_pointers(_pointers(commit, within, entries), locator, reporter)


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


def _pointers(commit: Commit, within: Sequence[str], entries: Sequence[re.Match[str]]) -> list[str]:
    """Return the paths that hold a pointer of Git LFS instead of the file."""
    small = {entry["path"] for entry in entries if entry["size"].isdigit() and int(entry["size"]) < _POINTER_LIMIT}
    patterns = [word for pattern in _POINTER for word in ("-e", pattern)]
    options = ("--threads=1", "--files-with-matches", "--null", "--full-name", "--extended-regexp", "--all-match")
    found = commit.read("grep", *options, *patterns, commit.hash, "--", *within)
    paths = (each.removeprefix(f"{commit.hash}:") for each in found.out.split("\0"))
    return [path for path in paths if path in small]


def _tell_pointers(paths: Sequence[str], locator: Locator, reporter: Reporter) -> None:
    """Warn of pointers, and refuse Terraform that is one.

    Raises:
        PayloadError: A Terraform file of the plugin is kept elsewhere.
    """
    own = [path for path in paths if _is_in(path, locator.subdir)]
    terraform = [path for path in own if path.endswith(_TERRAFORM)]
    if terraform:
        message = f"`{locator}` has only Git LFS pointers for {_named(terraform)}"
        hint = "terra fetches nothing from Git LFS: Terraform files have to be in git itself"
        raise PayloadError(message, hint=hint, subjects=tuple(terraform))
    if own:
        reporter.warn(f"`{locator}` has only Git LFS pointers for {_named(own)}: terra fetches none, so those come")


def _is_in(path: str, subdir: str) -> bool:
    """Tell whether a path is in the folder that a `//subdir` names, or may name by a pattern."""
    parts, wanted = path.split("/"), subdir.split("/") if subdir else []
    return len(parts) > len(wanted) and all(
        part == each or fnmatchcase(part, each) for part, each in zip(parts, wanted, strict=False)
    )


def _named(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - _NAMED} more" if len(paths) > _NAMED else ""
    return ", ".join(f"`{path}`" for path in paths[:_NAMED]) + more
