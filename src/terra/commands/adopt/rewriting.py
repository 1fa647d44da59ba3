"""Let module blocks call vendored plugins: the plugins come, and the sources change, in one plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.commands import refusals
from terra.commands.drafting import Draft, part_of
from terra.commands.gathering import Wish, gather
from terra.commands.naming import Asked
from terra.commands.reports import commit, prepare
from terra.errors import SourceNotFoundError
from terra.hcl.module_path import uses_of_module_path
from terra.hcl.rewrite import NewSource, with_sources
from terra.model.plan import document_change
from terra.model.requirement import ANY, Requirement, Specifier
from terra.model.terraform import TERRAFORM_ENDINGS
from terra.model.values import replace
from terra.model.version import UNVERSIONED
from terra.vendor.survey import refuse_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from terra.commands.adopt.block import Block, Job
    from terra.commands.adopt.calls import CalledIn
    from terra.commands.gathering import Gathered
    from terra.commands.reports import ChangeReport
    from terra.model.name import Name
    from terra.model.plan import FileChange


def rewrite(blocks: tuple[Block, ...], files: Sequence[CalledIn], job: Job) -> ChangeReport:
    """Vendor what serves the blocks, and let them call it.

    Raises:
        ResolveError: No set of versions fits, or a release lacks the folder that a block calls.
        FetchError: Something could not be had.
        ConflictError: Bytes that the user wrote would be lost.
        UnsafeTargetError: A file has a name that terra does not write.
    """
    request, opened, toolbox = job.request, job.opened, job.toolbox
    served = [each for each in blocks if each.to is not None]
    gathered = _gathered(served, job)
    folders = _folders(served, gathered, job)
    _refuse_absent(served, folders)
    written = (_rewritten(file, [each for each in served if each.path == file.path]) for file in files)
    parts = (part_of(gathered, opened, request.set, toolbox),) if gathered else ()
    draft = Draft(opened, parts, tuple(each for each in written if each is not None))
    prepared = prepare("adopt", draft, request, toolbox)
    moved = {job.plugins.folder_of(name): folder for name, folder in folders.items()}
    report = prepared.report.warning(*path_warnings(moved))
    commit(prepared, toolbox)
    return report


def _gathered(served: Sequence[Block], job: Job) -> tuple[Gathered, ...]:
    set_name = job.request.set
    asked = {each.match.name: _asked(each) for each in served if not _is_held(each, job)}
    if not asked:
        return ()
    gathered = gather(Wish(tuple(asked.values())), job.opened, set_name, job.registries, job.toolbox)
    refusals.refuse_other_origin(gathered, job.opened, set_name, job.registries)
    return tuple(_as_stated(each, served) for each in gathered)


def _as_stated(gathered: Gathered, served: Sequence[Block]) -> Gathered:
    """Return a plugin as the blocks ask for it: an address says which release was called, not which ones will do."""
    if gathered.asked is None:
        return gathered
    name = gathered.asked.name
    found = {each.match.specifier for each in served if each.match.name == name and each.match.specifier is not None}
    texts = sorted(each.text for each in found if each != ANY)
    if not texts:
        return loosened(gathered)  # `terra.toml` gets what `add` writes
    requirement = Requirement(name, Specifier.parse(",".join(texts)))
    return replace(gathered, asked=replace(gathered.asked, requirement=requirement))


def loosened(gathered: Gathered) -> Gathered:
    """Return a plugin that was asked for by its version as one that was asked for by its name."""
    return replace(gathered, asked=replace(gathered.asked, explicit=False)) if gathered.asked else gathered


def _is_held(block: Block, job: Job) -> bool:
    name, opened, set_name = block.match.name, job.opened, job.request.set
    assert name is not None  # noqa: S101  # of served ones
    return opened.lock.find(set_name, name) is not None and opened.set(set_name).find(name) is not None


def _asked(block: Block) -> Asked:
    """Return what is asked for: the very release that was shown."""
    name = block.match.name
    assert name is not None  # noqa: S101  # of served ones
    if block.version is None or block.version == UNVERSIONED:
        return Asked(Requirement(name))
    return Asked(Requirement(name, Specifier.parse(str(block.version))), explicit=True)


def _folders(served: Sequence[Block], gathered: Sequence[Gathered], job: Job) -> dict[Name, Path]:
    """Return where the files of each plugin that is called can be read now."""
    new = {each.acquired.name: each.acquired.cached.folder for each in gathered}
    names = dict.fromkeys(each.match.name for each in served if each.match.name is not None)
    return {name: new.get(name, job.opened.folder / job.plugins.folder_of(name)) for name in names}


def _refuse_absent(served: Sequence[Block], folders: Mapping[Name, Path]) -> None:
    for each in served:
        assert each.match.name is not None  # noqa: S101  # of served ones
        folder = folders[each.match.name] / each.match.inner
        if not (folder.is_dir() and any(path.name.endswith(TERRAFORM_ENDINGS) for path in folder.iterdir())):
            message = f"{each.where} calls `{each.match.name}` {each.version}, which has no module at its top"
            hint = f"name the folder that is meant in that `source`, as in `{each.call.source}//FOLDER`"
            raise SourceNotFoundError(message, hint=hint, subjects=(each.where,))


def _rewritten(file: CalledIn, served: Sequence[Block]) -> FileChange | None:
    wanted = [
        NewSource(each.call.source_span, each.to, each.call.version_span)
        for each in served
        if each.call.source_span is not None and each.to is not None
    ]
    after = with_sources(file.data, wanted) if wanted else file.data
    if after == file.data:
        return None
    refuse_name(file.path)
    return document_change(file.path, file.data, after)


def path_warnings(folders: Mapping[str, Path]) -> Iterator[str]:
    """Yield a warning for each place that gives another value where a module's folder is another.

    Args:
        folders: Where files can be read now, by what to call their folder.
    """
    for shown, folder in folders.items():
        for place in uses_of_module_path(folder):
            yield f"`{shown}/{place}` has `path.module` in a value: the plan will show that as a change"
