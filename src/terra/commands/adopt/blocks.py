"""`terra adopt main.tf`: module blocks that call from elsewhere what a configured registry has.

Without `rewrite` nothing is changed. With it the plugins come into the set, and the blocks call them there: both
in one plan, so that a crash leaves all of it or nothing. A block that calls a folder of the project may call a copy
that somebody made by hand: such folders are named, and left.
"""

from __future__ import annotations

import os
import posixpath
from pathlib import Path
from typing import TYPE_CHECKING

from terra.commands import opening
from terra.commands.adopt.calls import called_below, unread_warnings, version_that_ran
from terra.commands.adopt.copies import called_copies
from terra.commands.adopt.given import command
from terra.commands.adopt.serving import Match, Matcher
from terra.commands.catalogue import Catalogue
from terra.commands.registries import Registries
from terra.errors import SourceNotFoundError, UnsafeTargetError, UsageError
from terra.hcl.endings import TERRAFORM
from terra.model.requirement import ANY
from terra.model.values import replace, value
from terra.system import fs
from terra.vendor.plan import Choice

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from terra.commands.adopt.calls import CalledIn
    from terra.commands.adopt.copies import Copied
    from terra.commands.opening import OpenProject
    from terra.commands.reports import ChangeReport
    from terra.commands.toolbox import Toolbox
    from terra.model.interface import ModuleCall
    from terra.model.lock import LockedPlugin
    from terra.model.name import Name
    from terra.model.version import Version


@value
class BlocksRequest:
    """What `terra adopt` was asked to do with module blocks.

    Attributes:
        path: A file or folder, relative to where the user stands.
        rewrite: Whether the plugins are to come, and the blocks to call them.
        choice: What is to become of files in the way of the plugins.
    """

    path: str
    set: str = ""
    registry: str | None = None
    rewrite: bool = False
    choice: Choice = Choice.ASK
    dry_run: bool = False
    diff: bool = False


@value
class Job:
    """A request with what it is done in."""

    request: BlocksRequest
    opened: OpenProject
    registries: Registries
    toolbox: Toolbox

    @property
    def folder(self) -> str:
        """The set's folder, relative to the project."""
        return self.opened.set(self.request.set).folder


@value
class Block:
    """One module block that calls something from elsewhere.

    Attributes:
        path: Of its file, relative to the project.
        to: What its source is to be; None where nothing serves it.
    """

    path: str
    call: ModuleCall
    match: Match
    to: str | None = None

    @property
    def where(self) -> str:
        """File and line."""
        return f"{self.path}:{self.call.place.line}"

    @property
    def version(self) -> Version | None:
        """Of the release that serves it."""
        return self.match.candidate.version if self.match.candidate else None


@value
class BlocksReport:
    """What module blocks there are.

    Attributes:
        copies: The folders of the project that blocks call, and that are no plugins.
        changed: What was done, or with `dry_run` would be; None where nothing was asked for.
        next: The command that rewrites what can be; None where nothing can, or it was done.
    """

    blocks: tuple[Block, ...]
    copies: tuple[Copied, ...] = ()
    changed: ChangeReport | None = None
    next: str | None = None
    warnings: tuple[str, ...] = ()


def adopt_blocks(request: BlocksRequest, toolbox: Toolbox) -> BlocksReport:
    """List module blocks that a registry can serve, and with `rewrite` let it.

    Raises:
        UsageError: The path is no file of Terraform, or outside the project.
        ResolveError: No set of versions fits.
        FetchError: Something could not be had.
        ConflictError: Bytes that the user wrote would be lost.
    """
    if not request.rewrite:
        job = _job(request, opening.for_reading(toolbox), toolbox)
        return _report(_files(job), job)
    from terra.commands.adopt.rewriting import rewrite

    with opening.for_writing(toolbox) as opened:
        job = _job(request, opened, toolbox)
        files = _files(job)
        _refuse_outside(files, opened.folder)
        report = _report(files, job)
        return replace(report, changed=rewrite(report.blocks, files, job), next=None)


def _report(files: Sequence[CalledIn], job: Job) -> BlocksReport:
    request, blocks = job.request, tuple(_blocks(files, job))
    copies = called_copies(files, job.opened, job.toolbox)
    todo = command(request.path, "--rewrite", set_name=request.set, registry=request.registry)
    is_served = any(each.to is not None for each in blocks)
    return BlocksReport(blocks, copies, next=todo if is_served else None, warnings=tuple(unread_warnings(files)))


def _job(request: BlocksRequest, opened: OpenProject, toolbox: Toolbox) -> Job:
    return Job(request, opened, Registries(opened, toolbox, only=request.registry), toolbox)


def _files(job: Job) -> tuple[CalledIn, ...]:
    request, opened = job.request, job.opened
    path = Path(os.path.normpath(job.toolbox.workdir / os.path.expanduser(request.path)))
    match fs.kind_of(path):
        case None:
            message = f"there is no file or folder `{request.path}`"
            raise SourceNotFoundError(message, hint="name a `.tf` file, or a folder", subjects=(request.path,))
        case "link":
            message = f"`{request.path}` is a link: terra writes no file through a link"
            raise UnsafeTargetError(message, hint="name the file itself", subjects=(request.path,))
        case "file" if not path.name.endswith(TERRAFORM):
            message = f"`{request.path}` is no file of Terraform, expected one in {', '.join(TERRAFORM)}"
            raise UsageError(message, subjects=(request.path,))
        case _:
            pass
    plugins = {os.path.join(opened.folder, each.folder) for each in opened.project.every_set}
    return tuple(called_below(path, opened.folder, plugins))


def _refuse_outside(files: Sequence[CalledIn], project: Path) -> None:
    outside = [each.path for each in files if each.path.startswith("../") or os.path.isabs(each.path)]
    if outside:
        message = f"`{outside[0]}` is outside the project `{project}`, whose files alone are written"
        raise UsageError(message, hint="run terra where that file is, or put terra.toml above both", subjects=outside)


def _blocks(files: Sequence[CalledIn], job: Job) -> Iterator[Block]:
    opened, registries, set_name = job.opened, job.registries, job.request.set
    names = [each.name for each in opened.lock.in_set(set_name)]
    catalogue = Catalogue(opened, set_name, registries, moving=names)  # what there is, whatever is locked
    matcher = Matcher(catalogue, registries, job.toolbox.reporter)
    found = [
        Block(file.path, call, _match(file, call, matcher))
        for file in files
        for call in file.calls
        if call.source is not None and not call.is_local
    ]
    by_name: dict[Name, list[Block]] = {}
    for each in found:
        if each.match.name is not None:
            by_name.setdefault(each.match.name, []).append(each)
    agreed = {name: _agreed(name, blocks, matcher, job) for name, blocks in by_name.items()}
    for each in found:
        match = each.match if each.match.name is None else _with(each.match, agreed[each.match.name])
        yield replace(each, match=match, to=_source_for(each.path, match, job.folder) if match.name else None)


def _match(file: CalledIn, call: ModuleCall, matcher: Matcher) -> Match:
    if file.is_json:
        return Match(why="it is written as JSON, which terra does not rewrite")
    if file.is_broken or call.source_span is None:
        return Match(why="the file does not parse: `terraform validate` says where")
    if call.version is None and call.version_span is not None:
        return Match(why="its version is not a plain text")
    return matcher.match(call)


def _with(match: Match, agreed: Match) -> Match:
    return agreed if agreed.name is None else replace(match, candidate=agreed.candidate, registry=agreed.registry)


def _agreed(name: Name, blocks: Sequence[Block], matcher: Matcher, job: Job) -> Match:
    """Return the one release that serves all blocks of a plugin, or why there is none: a set has one version."""
    locked = job.opened.lock.find(job.request.set, name)
    if locked is not None and not all(_serves(locked.version, each.match, locked) for each in blocks):
        return Match(why=f"the project holds `{locked.id}`: `terra update {name}` moves it, or take another `--set`")
    fitting = [
        each
        for each in matcher.candidates(name)
        if each.release.yanked is None or each == blocks[0].match.candidate
        if locked is None or each.version in (None, locked.version)
        if all(_serves(each.version, block.match, locked) for block in blocks)
    ]
    if not fitting:
        places = ", ".join(f"`{each.where}`" for each in blocks)
        return Match(why=f"no one release of `{name}` is what {places} ask for: take a file at a time, with `--set`")
    ran = {version_that_ran(job.opened.folder / each.path, each.call) for each in blocks}
    chosen = next((each for each in fitting if {each.version} == ran), fitting[0])
    return replace(blocks[0].match, candidate=chosen, registry=matcher.registry_of(chosen))


def _serves(version: Version | None, match: Match, locked: LockedPlugin | None) -> bool:
    if version is None:
        return True
    if match.is_exact:
        return match.candidate is not None and match.candidate.version in (None, version)
    return (match.specifier or ANY).allows(version, prereleases=locked is not None)


def _source_for(path: str, match: Match, folder: str) -> str:
    relative = posixpath.relpath(f"{folder}/{match.name}", posixpath.dirname(path) or ".")
    source = relative if relative.startswith("../") else f"./{relative}"
    return f"{source}//{match.inner}" if match.inner else source
