"""Resolve, fetch, open, verify and cache: from what is asked for to payloads that are proven.

Resolution and opening take turns, because some facts stand only inside an archive: a release whose
version or dependencies its registry does not state is opened, and then all is resolved again with
what was learnt, until nothing new comes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.commands import binding, reasons
from terra.commands.acquired import Acquired, Order
from terra.commands.acquiring import acquire_all
from terra.commands.catalogue import Catalogue
from terra.commands.fetching import admits
from terra.commands.naming import from_line
from terra.commands.refusals import refuse_clashes
from terra.commands.solving import solve
from terra.errors import ResolveError
from terra.model.release import Release
from terra.model.requirement import ANY, Requirement
from terra.model.source import Anchor
from terra.model.values import replace, value
from terra.resolve.provider import Candidate, Need

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from terra.commands.chain import Registry
    from terra.commands.naming import Asked
    from terra.commands.opening import OpenProject
    from terra.commands.registries import Registries
    from terra.commands.toolbox import Toolbox
    from terra.model.name import Name

_ROUNDS = 50
_NOW = "asked for now"


@value
class Gathered:
    """One plugin of the solution that was asked for, is new, or moves; proven and cached.

    Attributes:
        asked: What the user asked for; None for a plugin that another one needs.
        registry: Who answered for it; None for a direct source.
    """

    acquired: Acquired
    asked: Asked | None
    registry: Registry | None


@value
class Wish:
    """What one run wants of a set, beside what the set wants anyway.

    Attributes:
        asked: What the user named; `terra.toml` will say it.
        moving: Names for which the lock has no say: the newest release that fits is chosen.
        loose: Names for which the version that `terra.toml` asks for has no say either.
    """

    asked: tuple[Asked, ...] = ()
    moving: frozenset[Name] = frozenset()
    loose: frozenset[Name] = frozenset()


def gather(
    wish: Wish, opened: OpenProject, set_name: str, registries: Registries, toolbox: Toolbox
) -> tuple[Gathered, ...]:
    """Return the part of a solution that is new, for what is wished together with what the set already wants.

    Raises:
        ResolveError: No set of versions fits, or two names cannot stand in one set.
        FetchError: Something could not be had.
        IntegrityError: Something is not what it must be.
    """
    asked: Sequence[Asked] = wish.asked
    if registries.only is None:
        asked = [_as_written(each, opened, set_name) for each in asked]
    asked = [_as_pinned(each, opened, set_name) for each in asked]
    fresh = {each.name for each in asked if each.source is None}
    catalogue = Catalogue(opened, set_name, registries, fresh, wish.moving)
    _refuse_unbound(asked, registries)
    with reasons.of_package(asked, lambda: registries):
        asked = _open_direct(asked, catalogue, opened, set_name, toolbox)
    _refuse_twice(asked)
    _open_lines(asked, catalogue, opened, set_name, toolbox)
    with reasons.of_solution(asked, catalogue, opened, set_name), toolbox.reporter.working("resolving"):
        solution = _resolve_and_open(_needs(asked, wish.loose, opened, set_name), catalogue, opened, toolbox)
    _check_together(solution, catalogue, opened, set_name, toolbox)
    by_name = {each.name: each for each in asked}
    return tuple(
        Gathered(acquired, by_name.get(each.name), catalogue.registry_of(each.release))
        for each in solution
        if (acquired := catalogue.acquired(each)) is not None
    )


def _resolve_and_open(
    needs: Sequence[Need], catalogue: Catalogue, opened: OpenProject, toolbox: Toolbox
) -> tuple[Candidate, ...]:
    """Resolve and open in turns until every chosen release is known."""
    questions: list[Candidate] = []
    for _ in range(_ROUNDS):
        solution = solve(needs, catalogue)
        refuse_clashes([each.name for each in solution], "put one of them into another set: `--set NAME`")
        questions = [each for each in solution if not catalogue.is_settled(each)]
        if not questions:
            return solution
        # What an archive alone knows may change what is chosen: the rest is not fetched before.
        unknown = [each for each in questions if each.release.version is None or each.release.dependencies is None]
        chosen = unknown or questions
        orders = [_candidate_order(each, catalogue) for each in chosen]
        with reasons.of_entries((each.release, catalogue.registry_of(each.release)) for each in chosen):
            found = acquire_all(orders, opened.policy, toolbox)
        for question, acquired in zip(chosen, found, strict=True):
            catalogue.learn(question.release, acquired)
        catalogue.expect(
            (need.name, each) for each, one in zip(chosen, found, strict=True) for need in one.dependencies
        )
    names = ", ".join(f"`{each.name}`" for each in questions)
    message = f"{_ROUNDS} rounds of opening archives did not settle what they need: {names}"
    raise ResolveError(message, hint="narrow the requirements, so that fewer versions are opened")


def _check_together(
    solution: Sequence[Candidate], catalogue: Catalogue, opened: OpenProject, set_name: str, toolbox: Toolbox
) -> None:
    acquired = {each.name: catalogue.acquired(each) for each in solution}
    if all(each is None or each.from_cache for each in acquired.values()):
        return
    from terra.commands.siblings import Standing, check_together

    plugins = [Standing.of(acquired[each.name], opened.lock.find(set_name, each.name)) for each in solution]
    check_together(plugins, opened, set_name, toolbox)


def _as_written(asked: Asked, opened: OpenProject, set_name: str) -> Asked:
    """Return a bare name as its line of `terra.toml` has it, where that names a source."""
    line = opened.set(set_name).find(asked.name)
    bare = asked.source is None and not asked.explicit
    return from_line(line) if bare and line is not None and line.source else asked


def _as_pinned(asked: Asked, opened: OpenProject, set_name: str) -> Asked:
    """Return a direct source with the checksum that its line of `terra.toml` has, where none is said now."""
    if asked.source is None or asked.checksum is not None:
        return asked
    lines = [each for each in opened.set(set_name).plugins if each.source == str(asked.source) and each.checksum]
    return replace(asked, checksum=lines[0].checksum) if lines else asked


def _candidate_order(candidate: Candidate, catalogue: Catalogue) -> Order:
    locked = catalogue.locked(candidate.release)
    if candidate.locked and locked is not None:
        return Order(candidate.release, locked, refetch=lambda: catalogue.listed(locked))
    return Order(candidate.release, locked)


def _needs(asked: Sequence[Asked], loose: Collection[Name], opened: OpenProject, set_name: str) -> list[Need]:
    place = f"set `{set_name}` of terra.toml" if set_name else "terra.toml"
    lines = opened.set(set_name).plugins
    needs = {
        line.name: Need(Requirement(line.name, ANY if line.name in loose else line.specifier), place=place)
        for line in lines
    }
    for each in asked:
        if each.source is not None or each.name not in needs:
            needs[each.name] = Need(Requirement(each.name, ANY), place=_NOW)
        if each.source is None and each.explicit:
            needs[each.name] = Need(each.requirement, place=_NOW)
    return list(needs.values())


def _refuse_twice(asked: Sequence[Asked]) -> None:
    names = [each.name for each in asked]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        message = f"`{twice}` is asked for twice"
        raise ResolveError(message, hint="give one of them another name with `--as`", subjects=(twice.text,))


def _refuse_unbound(asked: Sequence[Asked], registries: Registries) -> None:
    """Refuse to ask one registry for a name that `namespaces` binds to another."""
    for each in asked:
        if each.source is None and registries.only is not None:
            binding.refuse_other(each.name, registries.only, registries, is_option=True)


def _open_direct(
    asked: Sequence[Asked], catalogue: Catalogue, opened: OpenProject, set_name: str, toolbox: Toolbox
) -> tuple[Asked, ...]:
    """Open direct sources at once: only their archives know name, version and dependencies."""
    direct = [each for each in asked if each.source is not None]
    orders = [_direct_order(each, catalogue, opened, set_name, toolbox) for each in direct]
    found: dict[Asked, Asked] = {}
    for each, acquired in zip(direct, acquire_all(orders, opened.policy, toolbox), strict=True):
        catalogue.learn_direct(acquired)
        found[each] = replace(each, requirement=Requirement(acquired.name))
    return tuple(found.get(each, each) for each in asked)


def _open_lines(
    asked: Sequence[Asked], catalogue: Catalogue, opened: OpenProject, set_name: str, toolbox: Toolbox
) -> None:
    """Open the direct sources of `terra.toml` that nothing is known of yet."""
    names = {each.name for each in asked}
    unknown = [line for line in opened.set(set_name).plugins if line.source and line.name not in names]
    lines = [from_line(line) for line in unknown if opened.lock.find(set_name, line.name) is None]
    with reasons.of_lines([each.name for each in lines] if names | catalogue.fresh else ()):
        _open_direct(lines, catalogue, opened, set_name, toolbox)


def _direct_order(asked: Asked, catalogue: Catalogue, opened: OpenProject, set_name: str, toolbox: Toolbox) -> Order:
    assert asked.source is not None  # noqa: S101  # the caller chose the direct ones
    if asked.named:  # else only the archive knows the name
        catalogue.refuse_bound(asked.name, asked.source)
    release = Release(asked.name, None, asked.source, Anchor(str(opened.folder)), checksum=asked.checksum)
    if asked.name in catalogue.moving:
        return Order(release, None, named=asked.named)
    direct = [each for each in opened.lock.in_set(set_name) if each.registry is None]
    meant = [each for each in direct if admits(asked.source, each.source, toolbox)]
    locked = next((each for each in meant if not asked.named or each.name == asked.name), None)
    return Order(release, locked, named=asked.named)
