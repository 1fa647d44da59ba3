"""`terra adopt main.tf`: module blocks that call from elsewhere what a configured registry has.

Without `rewrite` nothing is changed. With it the plugins come into the set, and the blocks call them there: both
in one plan, so that a crash leaves all of it or nothing. A block that calls a folder of the project may call a copy
that somebody made by hand: such folders are named, and left.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from terra.commands import opening
from terra.commands.adopt.agreeing import served
from terra.commands.adopt.block import Job
from terra.commands.adopt.calls import called_below, unread_warnings
from terra.commands.adopt.copies import called_copies
from terra.commands.adopt.given import command
from terra.commands.registries import Registries
from terra.errors import SourceNotFoundError, UnsafeTargetError, UsageError
from terra.model.terraform import TERRAFORM_ENDINGS
from terra.model.values import replace, value
from terra.system import fs
from terra.vendor.plan import Choice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terra.commands.adopt.block import Block
    from terra.commands.adopt.calls import CalledIn
    from terra.commands.adopt.copies import Copied
    from terra.commands.opening import OpenProject
    from terra.commands.reports import ChangeReport
    from terra.commands.toolbox import Toolbox


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

    with opening.for_change(toolbox, dry_run=request.dry_run) as opened:
        job = _job(request, opened, toolbox)
        files = _files(job)
        _refuse_outside(files, opened.folder)
        report = _report(files, job)
        return replace(report, changed=rewrite(report.blocks, files, job), next=None)


def _report(files: Sequence[CalledIn], job: Job) -> BlocksReport:
    request, blocks = job.request, tuple(served(files, job))
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
        case "file" if not path.name.endswith(TERRAFORM_ENDINGS):
            message = f"`{request.path}` is no file of Terraform, expected one in {', '.join(TERRAFORM_ENDINGS)}"
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
