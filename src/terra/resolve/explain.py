"""Word why nothing fits: who wants what, through whom, what there is, and which line to change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.errors import ResolveError, UnknownPluginError
from terra.model.values import value
from terra.resolve.provider import newest_first

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from terra.model.name import Name
    from terra.resolve.provider import Candidate, Catalogue, Need
    from terra.resolve.trace import Trace

_SHOWN = 5


@value
class Dispute:
    """What cannot stand together.

    Attributes:
        wanted: As few of the user's requirements as do not hold together.
        conflicts: The needs of one name that no release answers, each.
        trace: Knows who led to which need.
        known: Returns what is listed of a name.
        ways_out: Each requirement of the user without which all fits, with the release that is chosen then.
    """

    wanted: tuple[Need, ...]
    conflicts: tuple[tuple[Need, ...], ...]
    trace: Trace
    known: Callable[[Name], Sequence[Candidate]]
    ways_out: tuple[tuple[Need, Candidate], ...] = ()

    @property
    def names(self) -> list[Name]:
        """The names that no release answers for, sorted."""
        return sorted({conflict[0].requirement.name for conflict in self.conflicts})

    @property
    def subjects(self) -> list[str]:
        """These names, and after them those that the user wants and that lead to them."""
        roots = self.trace.roots(need for conflict in self.conflicts for need in conflict)
        return list(dict.fromkeys(name.text for name in (*self.names, *sorted(roots))))


def explain(dispute: Dispute, catalogue: Catalogue) -> ResolveError:
    """Return the error for requirements that cannot hold together: one paragraph for each name in dispute."""
    names = dispute.names
    if len(names) == 1:
        message = _paragraph(names[0], dispute, catalogue)
    else:
        message = f"no set of versions fits{_paragraphs(dispute, catalogue)}"
    return ResolveError(message, hint=_hint(dispute), subjects=dispute.subjects)


def given_up(rounds: int, dispute: Dispute, catalogue: Catalogue) -> ResolveError:
    """Return the error for a search that took too long, with what was in its way."""
    message = f"no set of versions was found within {rounds} rounds{_paragraphs(dispute, catalogue)}"
    return ResolveError(message, hint="narrow the requirements", subjects=dispute.subjects)


def two_answers(found: Sequence[tuple[Need, Sequence[Candidate]]], trace: Trace) -> ResolveError:
    """Return the error for a name that two registries answer for: the best of both would be a stranger's chance."""
    name = found[0][0].requirement.name
    lines = [f"{_way(need, trace)}, which `{_origin(candidates)}` answers" for need, candidates in found if candidates]
    origins = sorted({_origin(candidates) for _, candidates in found if candidates})
    message = f"`{name}` is in more than one place, and each is asked for it{_listed(lines)}"
    hint = f"say which: a line for `{name}` in terra.toml with its `registry`, or `namespaces` of a registry"
    return ResolveError(message, hint=hint, subjects=(name.text, *origins))


def unanswered(need: Need, error: UnknownPluginError, trace: Trace) -> UnknownPluginError:
    """Return the error for a name that no registry knows, with who needs it."""
    if need.parent is None:
        return error
    name = need.requirement.name
    hint = f"say where it is: a line for `{name}` in terra.toml with its `registry` or its `source`"
    return UnknownPluginError(f"{error.message}{_listed([_way(need, trace)])}", hint=hint, subjects=error.subjects)


def _paragraphs(dispute: Dispute, catalogue: Catalogue) -> str:
    names = dispute.names
    shown = [_paragraph(name, dispute, catalogue) for name in names[:_SHOWN]]
    if len(names) > _SHOWN:
        shown.append(f"and so it is with {len(names) - _SHOWN} other names")
    return _listed(each.replace("\n", "\n  ") for each in shown)


def _paragraph(name: Name, dispute: Dispute, catalogue: Catalogue) -> str:
    needs = dict.fromkeys(need for conflict in _of(name, dispute) for need in conflict)
    lines = [_ways(alike, dispute.trace) for alike in _alike(needs)]
    skipped = catalogue.skipped(name)
    known = dispute.known(name)
    yanked = [
        f"{each.version} was yanked: {each.release.yanked}"
        for each in dict.fromkeys(_held_back(conflict, known) for conflict in _of(name, dispute))
        if each is not None and each.release.yanked
    ]
    also = [f"not taken: {_few(skipped)}"] if skipped else []
    return f"no version of `{name}` fits{_listed([*lines, f'there is: {_versions(known)}', *yanked, *also])}"


def _of(name: Name, dispute: Dispute) -> list[tuple[Need, ...]]:
    return [conflict for conflict in dispute.conflicts if conflict[0].requirement.name == name]


def _alike(needs: Iterable[Need]) -> list[list[Need]]:
    """Return the needs in groups: releases of one plugin that want the same are said in one line."""
    groups: dict[tuple[str, str], list[Need]] = {}
    for need in needs:
        groups.setdefault((need.parent.name.text if need.parent else "", str(need.requirement)), []).append(need)
    return [groups[key] for key in sorted(groups)]


def _ways(alike: Sequence[Need], trace: Trace) -> str:
    """Return how the user's wishes lead to needs that differ in the version of their parent alone."""
    if len(alike) == 1:
        return _way(alike[0], trace)
    parents = newest_first([need.parent for need in alike if need.parent is not None])
    shown = ", ".join(f"`{each.id}`" for each in parents[:_SHOWN])
    rest = f" and {len(parents) - _SHOWN} older" if len(parents) > _SHOWN else ""
    newest = next(need for need in alike if need.parent == parents[0])
    before = [_step(each) for each in trace.chain(newest)[:-1]]
    return " -> ".join([*before, f"{shown}{rest} want `{newest.requirement}`"])


def _way(need: Need, trace: Trace) -> str:
    return " -> ".join(_step(each) for each in trace.chain(need))


def _step(need: Need) -> str:
    who = f"`{need.parent.id}`" if need.parent else "the project"
    return f"{who} wants `{need.requirement}`" + (f" ({need.place})" if need.place else "")


def _listed(lines: Iterable[str]) -> str:
    return "".join(f"\n  {line}" for line in lines)


def _few(texts: Sequence[str]) -> str:
    rest = f" and {len(texts) - _SHOWN} more" if len(texts) > _SHOWN else ""
    return ", ".join(texts[:_SHOWN]) + rest


def _origin(candidates: Sequence[Candidate]) -> str:
    return str(candidates[0].release.registry or candidates[0].release.source)


def _versions(known: Sequence[Candidate]) -> str:
    newest = [each for each in newest_first(known) if each.version]
    newest.sort(key=lambda each: each.version, reverse=True)  # type: ignore[arg-type, return-value]  # each has one
    if not newest:
        return "no version"
    rest = f" and {len(newest) - _SHOWN} older" if len(newest) > _SHOWN else ""
    return ", ".join(_version(each) for each in newest[:_SHOWN]) + rest + f" in `{_origin(newest)}`"


def _version(candidate: Candidate) -> str:
    if candidate.release.yanked is not None:
        return f"{candidate.version} (yanked)"
    is_prerelease = candidate.version is not None and candidate.version.is_prerelease
    return f"{candidate.version} (pre-release)" if is_prerelease else f"{candidate.version}"


def _hint(dispute: Dispute) -> str | None:
    """Return the one thing to do: name a release that was held back, change a line, or part the plugins."""
    if not dispute.names:
        return None
    name = dispute.names[0]
    held_back = _held_back(dispute.conflicts[0], dispute.known(name)) if len(dispute.conflicts) == 1 else None
    if held_back is not None:
        return _naming(held_back)
    listing = f"`terra info {name}` lists the versions"
    if dispute.ways_out:
        ways = [_change(need, chosen) for need, chosen in dispute.ways_out[:2]]
        return f"{', or '.join(ways)}; {listing}"
    if len(dispute.wanted) > 1:
        *first, last = [f"`{each.requirement.name}`" for each in dispute.wanted]
        apart = f"{', '.join(first)} and {last}"
        return f"{apart} cannot stand in one set: put one into another, `--set NAME`; {listing}"
    return listing


def _change(need: Need, chosen: Candidate) -> str:
    where = f" ({need.place})" if need.place else ""
    return f"`{need.requirement}`{where} is in the way: `{chosen.id}` would fit"


def _held_back(needs: Sequence[Need], known: Sequence[Candidate]) -> Candidate | None:
    """Return the newest release that only its being a pre-release, or yanked, keeps from fitting."""
    specifiers = [need.requirement.specifier for need in needs]
    return next(
        (
            each
            for each in newest_first(known)
            if each.version and all(specifier.allows(each.version, prereleases=True) for specifier in specifiers)
        ),
        None,
    )


def _naming(held_back: Candidate) -> str:
    if held_back.release.yanked is not None:
        return f"a yanked version is taken only where it alone is named, as in `{held_back.id}`"
    return f"a pre-release is offered only where it is named, as in `{held_back.id}`"
