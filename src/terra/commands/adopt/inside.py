"""Look into the releases of which module blocks call a folder: where it is, and whether there is one.

Only an archive knows which folder it wraps its plugin in, so that `//f` of its address is the plugin itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.commands.acquired import Acquired, Order
from terra.commands.acquiring import acquire, acquire_all
from terra.commands.adopt.serving import Match
from terra.errors import TerraError
from terra.model.form import file_name_of, form_of_source
from terra.model.stages import Fetched
from terra.model.terraform import module_folders
from terra.model.values import replace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terra.commands.adopt.block import Job
    from terra.commands.toolbox import Toolbox
    from terra.model.release import Release

_SHOWN = 3


def looked_into(matches: Sequence[Match], job: Job) -> list[Match]:
    """Return matches whose folder is one of the release that serves them, or why there is none.

    Raises:
        FetchError: Of a job that rewrites, a release could not be had.
        IntegrityError: Of a job that rewrites, a release is not what it must be.
    """
    releases = [each.candidate.release for each in matches if each.candidate is not None and each.inner]
    acquired = _acquired({id(each): each for each in releases}, job)
    return [_found(each, acquired, job.toolbox) for each in matches]


def _acquired(releases: dict[int, Release], job: Job) -> dict[int, Acquired | TerraError]:
    """Return what is known of releases, by their identities; where nothing is rewritten an error is an answer too."""
    orders = {number: Order(each) for number, each in releases.items()}
    policy, toolbox = job.opened.policy, job.toolbox
    try:
        return dict(zip(orders, acquire_all(list(orders.values()), policy, toolbox), strict=True))
    except TerraError:  # one of them: the others are asked for by themselves
        if job.request.rewrite:
            raise
    found: dict[int, Acquired | TerraError] = {}
    for number, order in orders.items():
        try:
            found[number] = acquire(order, policy, toolbox)
        except TerraError as error:
            found[number] = error
    return found


def _found(match: Match, acquired: dict[int, Acquired | TerraError], toolbox: Toolbox) -> Match:
    if match.candidate is None or not match.inner:
        return match
    release = acquired[id(match.candidate.release)]
    if isinstance(release, TerraError):
        return Match(why=f"`{match.candidate.id}` could not be looked into: {release.message}")
    inner = _inner(match, release, toolbox)
    folders = module_folders(each.path for each in release.cached.tree.files)
    if inner in folders:
        return replace(match, inner=inner)
    shown = ", ".join(f"in `{each}`" if each else "at its top" for each in sorted(folders)[:_SHOWN])
    rest = ", …" if len(folders) > _SHOWN else ""
    return Match(why=f"`{release.name}` {release.version} has no module in `{match.inner}`, only {shown}{rest}")


def _inner(match: Match, release: Acquired, toolbox: Toolbox) -> str | None:
    """Return the folder of the plugin that is called, or None where none is."""
    source = release.release.source
    if not match.is_exact or source.scheme not in ("http", "https") or release.archive_digest is None:
        return match.inner
    from terra.archive.inside import folder_inside

    path = toolbox.store.find_archive(release.archive_digest)
    if path is None:
        return match.inner
    fetched = Fetched(path, form_of_source(source) or "", source.subdir, file_name_of(source))
    called = f"{source.subdir}/{match.inner}" if source.subdir else match.inner
    with toolbox.store.scratch() as scratch:
        return folder_inside(fetched, called, release.name, scratch / "archive")
