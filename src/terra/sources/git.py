"""`git:https://…/vpc.git//modules/x?ref=v1.4.0`: one commit of a repository, by the git command.

The files are those of the commit, byte for byte, and nothing is checked out. What comes out of git is a tar archive,
as hostile as any other. What is asked of one repository at once is fetched at once.
"""

from __future__ import annotations

import os
from functools import cache, partial
from typing import TYPE_CHECKING

from terra.errors import FetchError, SourceNotFoundError, UsageError
from terra.model.form import file_name_of
from terra.model.git import Revision, is_commit, version_in_tag
from terra.model.stages import Fetched
from terra.model.values import replace
from terra.sources.git_refs import TAG, target_of
from terra.sources.git_tree import Commit, new_attributes, pack
from terra.spec import hookimpl

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from terra.model.git import Remote
    from terra.ports import Reporter
    from terra.sources.git_refs import Target
    from terra.spec import FetchOrder, FetchTools
    from terra.spec.watched import Offer
    from terra.system.git import Git

_EVERYTHING = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
_SHA256 = 64  # hex digits of a commit in a repository of that kind


class GitSource:
    """Brings commits through git, which is kept from running anything but what logs the user in."""

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
        return self.fetch_together([order], tools)[0]

    def offer(self, order: FetchOrder, tools: FetchTools) -> Offer:
        """Return the commit that an address means now.

        Raises:
            SourceNotFoundError: The ref is not there.
            FetchError: The repository could not be reached.
        """
        from terra.spec.watched import Offer
        from terra.system.git import Git

        remote = Revision.of(order.locator).remote.beside(order.anchor)
        _refuse_missing(remote, order)
        refs = cache(partial(Git(tools.runner, tools.transport, tools.environment).refs, remote))
        return Offer(commit=target_of(replace(order, commit=None), refs).commit)

    def fetch_together(self, orders: Sequence[FetchOrder], tools: FetchTools) -> Sequence[Fetched]:
        """Bring a commit for each order, of each repository all at once.

        Raises:
            SourceNotFoundError: A ref, a commit or a folder is not there.
            FetchError: A repository could not be reached.
            IntegrityError: A tag is another commit than the lock says, or one is too large.
        """
        from terra.system.git import Git
        from terra.system.parallel import in_parallel

        git = Git(tools.runner, tools.transport, tools.environment)
        batches: dict[Remote, list[FetchOrder]] = {}
        for order in dict.fromkeys(orders):
            batches.setdefault(Revision.of(order.locator).remote.beside(order.anchor), []).append(order)
        calls = [
            partial(_from_remote, remote, batch, git, tools, tools.quarantine / f"git-{number}")
            for number, (remote, batch) in enumerate(batches.items())
        ]
        brought = [calls[0]()] if len(calls) == 1 else in_parallel(calls)
        found = {order: fetched for each in brought for order, fetched in each.items()}
        size = sum(each.path.stat().st_size for each in found.values())
        tools.progress(size, size)
        return [found[order] for order in orders]


def _from_remote(
    remote: Remote, orders: Sequence[FetchOrder], git: Git, tools: FetchTools, folder: Path
) -> dict[FetchOrder, Fetched]:
    """Bring commits of one repository into one of terra's own in `folder`, and an archive of each beside it."""
    _refuse_missing(remote, orders[0])
    refs = cache(partial(git.refs, remote))
    targets = [target_of(order, refs) for order in orders]
    for target in targets:
        tools.reporter.detail(f"fetching `{target.order.locator}`")
        if target.gone:
            tools.reporter.warn(
                f"`{target.order.locator}` names a ref that is gone: taking commit {target.commit} of the lock"
            )
    folder.mkdir()
    repository = folder / "repository"
    git.new_repository(repository, sha256=len(targets[0].commit) == _SHA256)
    new_attributes(repository)
    _bring_together(targets, remote, repository, git)
    return {
        target.order: _fetched(target, Commit(target.commit, repository, git), folder / f"{number}.tar", tools.reporter)
        for number, target in enumerate(targets)
    }


def _fetched(target: Target, commit: Commit, archive: Path, reporter: Reporter) -> Fetched:
    order = target.order
    revision = Revision.of(order.locator)
    _check_commit(commit, order)
    pack(commit, order.locator, archive, reporter)
    is_tag = target.gone or (target.name or "").startswith(TAG)
    return Fetched(
        archive,
        "tar",
        order.locator.subdir,
        file_name_of(order.locator),
        version=version_in_tag(revision.ref) if is_tag and revision.ref else None,
        commit=target.commit,
        promised=target.commit in (revision.commit, order.commit),
    )


def _refuse_missing(remote: Remote, order: FetchOrder) -> None:
    if remote.is_local and not os.path.isdir(remote.address):
        message = f"there is no folder `{remote.address}`"
        hint = "check the path, and the folder that it starts from"
        raise SourceNotFoundError(message, hint=hint, subjects=(str(order.locator),))


def _bring_together(targets: Sequence[Target], remote: Remote, repository: Path, git: Git) -> None:
    """Fetch every commit by one exchange; those that did not come by it one by one, which says what is wrong."""
    from terra.system.git_failures import failure, is_not_given, is_not_there, is_too_large

    commits = list(dict.fromkeys(target.commit for target in targets))
    if len(commits) > 1:
        outcome = git.fetch(remote, repository, commits)
        if outcome.exit != 0 and not (is_not_there(outcome) or is_not_given(outcome) or is_too_large(outcome)):
            raise failure(remote, outcome)
    brought: set[str] = set()
    for target in targets:
        if target.commit not in brought and not (len(commits) > 1 and _has(target.commit, repository, git)):
            _bring(target, remote, repository, git)
        brought.add(target.commit)


def _bring(target: Target, remote: Remote, repository: Path, git: Git) -> None:
    """Fetch the commit alone; else by its ref, else with all history, where a server gives no commit by its hash."""
    from terra.system.git_failures import failure, is_not_given, is_not_there

    order = target.order
    by_ref = [((target.name,), 1)] if target.name else []
    attempts: list[tuple[Sequence[str], int | None]] = [((target.commit,), 1), *by_ref, (_EVERYTHING, None)]
    for refspecs, depth in attempts:
        outcome = git.fetch(remote, repository, refspecs, depth=depth)
        if outcome.exit == 0 and _has(target.commit, repository, git):
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


def _has(commit: str, repository: Path, git: Git) -> bool:
    return git.read(repository, "cat-file", "-e", commit).exit == 0


def _check_commit(commit: Commit, order: FetchOrder) -> None:
    """Refuse the hash of a tag or of a folder."""
    outcome = commit.read("rev-parse", "--verify", "--quiet", "--end-of-options", f"{commit.hash}^{{commit}}")
    found = outcome.out.strip()
    if found != commit.hash:
        message = f"`{order.locator}` is no commit: {commit.hash} is another object"
        hint = f"the commit is {found}" if is_commit(found) else "name a tag, a branch or a whole commit"
        raise UsageError(message, hint=hint, subjects=(str(order.locator),))


@hookimpl
def terra_register_source() -> GitSource:
    """Hand the source to the host."""
    return GitSource()
