"""`terra search`: what the registries of a project list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from terra.commands import opening
from terra.commands.ranking import Query, ranked
from terra.commands.registries import Registries
from terra.errors import FetchError, TerraError, UnknownPluginError
from terra.model.values import value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from terra.commands.chain import Registry
    from terra.commands.toolbox import Toolbox
    from terra.model.summary import Summary


@value
class SearchRequest:
    """What is searched for, everything without any of it, and in which registry alone; None for all."""

    words: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    provider: str | None = None
    registry: str | None = None


@value
class SearchReport:
    """What was found.

    Attributes:
        results: The nearest first, each name once.
        searched: The registries that answered, as messages call them.
        unsearchable: Those that do not list what they have.
        failed: Those that could not be searched, each with the reason.
    """

    results: tuple[Summary, ...]
    searched: tuple[str, ...] = ()
    unsearchable: tuple[str, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()


class _Found:
    """What was found so far, registry by registry in their order."""

    def __init__(self, query: Query, registries: Registries) -> None:
        self._query = query
        self._registries = registries
        self._earlier: list[Registry] = []
        self._hits: list[list[Summary]] = []

    def take(self, registry: Registry, summaries: Sequence[Summary]) -> None:
        """Take what a registry lists, without the names for which another one answers."""
        hits = [each for each in ranked(self._query, summaries) if self._may_answer(registry, each)]
        taken = self._names_before() if hits and self._earlier else set()
        self._hits.append([each for each in hits if each.name.text not in taken])
        self._earlier.append(registry)

    def in_order(self) -> tuple[Summary, ...]:
        """Return everything that was found, the nearest first."""
        found = [hits for hits in self._hits if hits]
        if len(found) == 1:  # in order already, and there may be thousands
            return tuple(found[0])
        return tuple(ranked(self._query, [each for hits in found for each in hits]))

    def _may_answer(self, registry: Registry, summary: Summary) -> bool:
        bound = self._registries.bound(summary.name)
        return bound is None or bound.location == registry.location

    def _names_before(self) -> set[str]:
        """Return the names that the earlier registries have, whether or not they answer the query."""
        return {
            each.name.text
            for registry in self._earlier
            for each in self._registries.summaries_of(registry, ()) or ()
            if self._may_answer(registry, each)
        }


def search(request: SearchRequest, toolbox: Toolbox) -> SearchReport:
    """Return the plugins that answer a search, the nearest first.

    One registry that cannot be searched does not hide what the others have.

    Raises:
        UnknownPluginError: There is no registry.
        FetchError: No registry could be reached.
    """
    query = Query.of(request.words, request.tags, request.provider)
    registries = Registries(opening.for_reading(toolbox), toolbox, only=request.registry)
    chain = registries.chain
    if not chain:
        message = "there is no registry to search"
        raise UnknownPluginError(message, hint="add one: `terra registry add NAME URL-OR-FOLDER`")
    found, searched, unsearchable = _Found(query, registries), [], []
    failures: list[tuple[str, TerraError]] = []
    for registry in chain:
        try:
            summaries = registries.summaries_of(registry, query.needles)
        except TerraError as error:
            failures.append((registry.written, error))
            continue
        if summaries is None:
            toolbox.reporter.note(f"`{registry.written}` was not searched: it does not list what it has")
            unsearchable.append(registry.written)
        else:
            searched.append(registry.written)
            found.take(registry, summaries)
    if failures and not searched and not unsearchable:
        raise next((error for _, error in failures if isinstance(error, FetchError)), failures[0][1])
    failed = tuple((written, error.message) for written, error in failures)
    return SearchReport(found.in_order(), tuple(searched), tuple(unsearchable), failed)
