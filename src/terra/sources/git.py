"""`git:https://…/vpc.git//modules/x?ref=v1.4.0`: one commit of a repository, by the git command.

The files are those of the commit, byte for byte: nothing is checked out, and no attribute of the repository
changes, hides or fills in a file. What comes out of git is a tar archive, as hostile as any other.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from terra.errors import FetchError, IntegrityError, SourceNotFoundError, UsageError
from terra.model.form import file_name_of
from terra.model.git import Revision, is_commit, version_in_tag
from terra.model.stages import Fetched
from terra.model.values import value
from terra.spec import hookimpl
from terra.system import fs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from terra.model.git import Remote
    from terra.ports import Reporter
    from terra.spec import FetchOrder, FetchTools
    from terra.system.git import Git

_TAG, _BRANCH = "refs/tags/", "refs/heads/"
_EVERYTHING = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
_SHA256 = 64  # hex digits of a commit in a repository of that kind
_NEAR = 3
# What stands in the repository's own info/attributes wins over every .gitattributes (gitattributes(5)).
_AS_COMMITTED = b"* -export-ignore -export-subst -text -crlf -eol -ident -filter !working-tree-encoding\n"


@value
class _Target:
    """The commit to bring.

    Attributes:
        name: Full name of the ref that led to it; None for a commit that was named itself, or is locked.
        gone: Whether the ref that led to it once is no longer there.
    """

    commit: str
    name: str | None = None
    gone: bool = False


class GitSource:
    """Brings one commit through git, which is kept from running anything but what logs the user in."""

    schemes = ("git",)

    def check(self, order: FetchOrder) -> None:
        """Refuse an address that is none of git's, or a folder in a remote document.

        Raises:
            UsageError: What is wrong with it.
        """
        subjects = (str(order.locator),)
        revision = Revision.of(order.locator)
        if order.anchor.is_remote and revision.remote.is_local:
            message = f"`{order.locator}` in `{order.anchor.location}` names a path of this machine"
            raise UsageError(message, hint="a registry read over the network names `git:https:` sources")
        if order.checksum is not None:
            message = f"`{order.locator}` cannot have a checksum: git has no archive"
            raise UsageError(message, hint="name a whole commit: `?ref=COMMIT`", subjects=subjects)
        if order.commit is not None and not is_commit(order.commit):
            message = f"the commit that `terra.lock` has for `{order.locator}` is none: `{order.commit}`"
            raise UsageError(message, hint="restore terra.lock from version control", subjects=subjects)

    def fetch(self, order: FetchOrder, tools: FetchTools) -> Fetched:
        """Bring the commit into quarantine as a tar archive.

        Raises:
            SourceNotFoundError: The ref, the commit or the folder is not there.
            FetchError: The repository could not be reached.
            IntegrityError: The tag is another commit than the lock says, or it is too large.
        """
        from terra.system.git import Git

        git = Git(tools.runner, tools.transport, tools.environment)
        revision = Revision.of(order.locator)
        remote = revision.remote.beside(order.anchor)
        _refuse_missing(remote, order)
        tools.reporter.detail(f"fetching `{order.locator}`")
        target = _target(revision, order, remote, git)
        if target.gone:
            tools.reporter.warn(
                f"`{order.locator}` names a ref that is gone: taking commit {target.commit} of the lock"
            )
        repository = tools.quarantine / "repository"
        git.new_repository(repository, sha256=len(target.commit) == _SHA256)
        _bring(target, order, remote, repository, git)
        commit = _checked_commit(target, order, repository, git)
        archive = _pack(commit, order, repository, git, tools)
        is_tag = target.gone or (target.name or "").startswith(_TAG)
        return Fetched(
            archive,
            "tar",
            order.locator.subdir,
            file_name_of(order.locator),
            version=version_in_tag(revision.ref) if is_tag and revision.ref else None,
            commit=commit,
            promised=commit in (revision.commit, order.commit),
        )


def _refuse_missing(remote: Remote, order: FetchOrder) -> None:
    if remote.is_local and not os.path.isdir(remote.address):
        message = f"there is no folder `{remote.address}`"
        hint = "check the path, and the folder that it starts from"
        raise SourceNotFoundError(message, hint=hint, subjects=(str(order.locator),))


def _target(revision: Revision, order: FetchOrder, remote: Remote, git: Git) -> _Target:
    """Return the commit that the lock has, which a tag must still be; else what the ref is now."""
    if revision.commit is not None:
        if order.commit not in (None, revision.commit):
            raise _moved(order, revision.commit)
        return _Target(revision.commit)
    if revision.ref is None:
        return _Target(order.commit) if order.commit else _Target(_head(order, remote, git), "HEAD")
    ref = revision.ref
    is_other = ref.startswith("refs/") and not ref.startswith((_TAG, _BRANCH))
    refs = git.refs(remote, ref) if is_other else git.refs(remote, "--heads", "--tags")
    # As gitrevisions(7) has it: a tag before a branch of the same name.
    name = next((name for name in (_TAG + ref, _BRANCH + ref, ref) if name in refs and name.startswith("refs/")), None)
    if name is None:
        if order.commit is None:
            raise _unknown(ref, order, refs)
        return _Target(order.commit, gone=True)
    found = refs.get(f"{name}^{{}}", refs[name])
    if order.commit is None or found == order.commit:
        return _Target(found, name)
    if name.startswith(_TAG):
        raise _moved(order, found)
    return _Target(order.commit)


def _head(order: FetchOrder, remote: Remote, git: Git) -> str:
    found = git.refs(remote, "HEAD").get("HEAD")
    if found is None:
        message = f"`{order.locator}` has no commit at its HEAD"
        raise SourceNotFoundError(message, hint="name a branch or a tag: `?ref=…`", subjects=(str(order.locator),))
    return found


def _bring(target: _Target, order: FetchOrder, remote: Remote, repository: Path, git: Git) -> None:
    """Fetch the commit alone; else by its ref, else with all history, where a server gives no commit by its hash."""
    from terra.system.git_failures import failure, is_not_given, is_not_there

    by_ref = [((target.name,), 1)] if target.name else []
    attempts: list[tuple[Sequence[str], int | None]] = [((target.commit,), 1), *by_ref, (_EVERYTHING, None)]
    for refspecs, depth in attempts:
        outcome = git.fetch(remote, repository, refspecs, depth=depth)
        if outcome.exit == 0 and git.read(repository, "cat-file", "-e", target.commit).exit == 0:
            return
        if outcome.exit != 0 and is_not_there(outcome):
            break
        if outcome.exit != 0 and not is_not_given(outcome):
            raise failure(remote, outcome)
    if order.commit is not None:
        message = f"`{remote}` no longer has commit {target.commit}, which `terra.lock` says for `{order.locator}`"
        hint = "its history was rewritten: ask its publisher, or add it again by another `?ref=`"
        raise FetchError(message, hint=hint, subjects=(str(order.locator),))
    message = f"`{remote}` has no commit {target.commit}"
    raise SourceNotFoundError(message, hint="look at the hash", subjects=(str(order.locator),))


def _checked_commit(target: _Target, order: FetchOrder, repository: Path, git: Git) -> str:
    """Return the commit's hash, which is not that of a tag or of a folder."""
    words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{target.commit}^{{commit}}")
    commit = git.read(repository, *words).out.strip()
    if commit != target.commit:
        message = f"`{order.locator}` is no commit: {target.commit} is another object"
        hint = f"the commit is {commit}" if is_commit(commit) else "name a tag, a branch or a whole commit"
        raise UsageError(message, hint=hint, subjects=(str(order.locator),))
    return commit


def _pack(commit: str, order: FetchOrder, repository: Path, git: Git, tools: FetchTools) -> Path:
    """Write the commit's files into a tar archive: those of the `//subdir` where that is all that is needed."""
    from terra.system.git_failures import is_too_large

    (repository / "info").mkdir(exist_ok=True)
    fs.write_new(repository / "info" / "attributes", _AS_COMMITTED)
    target = tools.quarantine / "archive.tar"
    within = _within(commit, order.locator.subdir, repository, git, tools.reporter)
    # Without a work tree's attributes, of which there are none here, git would first list the commit's every file in
    # memory, to look for theirs: a few trees that name each other make that endless.
    options = ("--format=tar", "--worktree-attributes", f"--output={target}")
    outcome = git.read(repository, "archive", *options, "--", commit, *within)
    if is_too_large(outcome):
        message = f"`{order.locator}` has more files than terra takes"
        raise IntegrityError(message, hint="name the plugin's folder: `//FOLDER`", subjects=(str(order.locator),))
    if outcome.exit != 0:
        message = f"git cannot read `{order.locator}`: {outcome.err.strip()}"
        raise FetchError(message, hint="the repository is damaged", subjects=(str(order.locator),))
    size = target.stat().st_size
    tools.progress(size, size)
    return target


def _within(commit: str, subdir: str, repository: Path, git: Git, reporter: Reporter) -> tuple[str, ...]:
    """Return the folder to archive, or nothing for the whole commit.

    A link may name a file outside of the folder, and a pattern any folder: both need the whole.
    """
    narrow = bool(subdir) and not re.search(r"[*?\[]", subdir)
    listed = git.read(repository, "ls-tree", "-r", "-z", "--full-tree", commit, "--", *((subdir,) if narrow else ()))
    entries = [entry.partition("\t") for entry in listed.out.split("\0") if entry]
    for kind, _, path in entries:
        if kind.startswith("160000 "):
            reporter.warn(
                f"`{path}` is a submodule at {kind.rpartition(' ')[2]}: terra fetches none, so it is left out"
            )
    has_links = any(kind.startswith("120000 ") for kind, _, _ in entries)
    return (subdir,) if narrow and entries and not has_links else ()


def _moved(order: FetchOrder, found: str) -> IntegrityError:
    message = f"`{order.locator}` has moved: expected commit {order.commit}, as `terra.lock` says, got {found}"
    hint = "a release never changes: ask its publisher, and do not take it before you know why"
    return IntegrityError(message, hint=hint, subjects=(str(order.locator),))


def _unknown(ref: str, order: FetchOrder, refs: Iterable[str]) -> SourceNotFoundError:
    from difflib import get_close_matches

    names = [name for name in refs if not name.endswith("^{}")]
    tags = [name.removeprefix(_TAG) for name in names if name.startswith(_TAG)]
    branches = [name.removeprefix(_BRANCH) for name in names if name.startswith(_BRANCH)]
    near = get_close_matches(ref, tags + branches, _NEAR) or tags[-_NEAR:] or branches[:_NEAR]
    if re.fullmatch(r"[0-9a-f]{7,63}", ref):
        hint = "write the whole commit hash: a server answers for no other"
    else:
        hint = f"near it: {', '.join(f'`{each}`' for each in near)}" if near else "it has no tags and no branches"
    message = f"`{order.locator}` names `{ref}`, which is neither a tag nor a branch there"
    return SourceNotFoundError(message, hint=hint, subjects=(ref,))


@hookimpl
def terra_register_source() -> GitSource:
    """Hand the source to the host."""
    return GitSource()
