"""What serves the module blocks of some files: one release for all blocks of a plugin, since a set has one version."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from terra.commands.adopt.block import Block
from terra.commands.adopt.calls import version_that_ran
from terra.commands.adopt.inside import looked_into
from terra.commands.adopt.serving import Match, Matcher
from terra.commands.catalogue import Catalogue
from terra.model.requirement import ANY
from terra.model.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from terra.commands.adopt.block import Job
    from terra.commands.adopt.calls import CalledIn
    from terra.model.interface import ModuleCall
    from terra.model.lock import LockedPlugin
    from terra.model.name import Name
    from terra.model.project import PluginSet
    from terra.model.version import Version


def served(files: Sequence[CalledIn], job: Job) -> Iterator[Block]:
    """Yield the blocks of some files that call from elsewhere, each with what serves it or why nothing does.

    Raises:
        FetchError: A registry could not be reached; of a job that rewrites, a release that has to be looked into.
        IntegrityError: Of a job that rewrites, such a release is not what it must be.
    """
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
    agreeing = [_with(each.match, agreed[each.match.name]) if each.match.name else each.match for each in found]
    for each, match in zip(found, looked_into(agreeing, job), strict=True):
        to = _source_for(each.path, match, match.name, job.plugins) if match.name else None
        yield replace(each, match=match, to=to)


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


def _source_for(path: str, match: Match, name: Name, plugins: PluginSet) -> str:
    relative = posixpath.relpath(plugins.folder_of(name), posixpath.dirname(path) or ".")
    source = relative if relative.startswith("../") else f"./{relative}"
    return f"{source}//{match.inner}" if match.inner else source
