"""What an extension hands over, between terra and it: each call that fails, or answers oddly, names the extension.

An error of `terra.errors` is raised on purpose and passes, and so does Ctrl-C. Anything else that comes out of an
extension's code, the system's own errors too, is the extension's failure and not a bug of terra.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from terra.errors import TerraError
from terra.model.release import Listing, Release
from terra.model.stages import Fetched
from terra.model.values import replace
from terra.plugins.extension import FAILURES, BrokenExtensionError, aside, label_of, leaving_out, reason
from terra.spec import BatchSource, Offer, RangedSource, WatchedSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from terra.model.name import Name
    from terra.model.source import Locator
    from terra.model.summary import Summary
    from terra.plugins.discovery import EntryPoint
    from terra.ports import Index
    from terra.spec import FetchOrder, FetchTools, RegistryKind, RegistryOrder, RegistryTools, Source

T = TypeVar("T")


class Blame:
    """Says that one extension failed.

    Args:
        entry: Its entry point.
        detail: Told where it failed, for `-v`.
    """

    def __init__(self, entry: EntryPoint, detail: Callable[[str], None]) -> None:
        self._entry = entry
        self._detail = detail

    @contextmanager
    def calling(self, call: str) -> Iterator[None]:
        """Name the extension where the code inside fails.

        Args:
            call: The method, and what it was asked.

        Raises:
            TerraError: It did.
        """
        try:
            with aside():
                yield
        except (TerraError, KeyboardInterrupt):
            raise
        except FAILURES as error:
            from traceback import format_exception

            self._detail("".join(format_exception(error)).rstrip())
            message = f"{label_of(self._entry)} failed: {call}: {reason(error)}"
            hint = f"its author can mend that; {leaving_out(self._entry.name)}"
            raise TerraError(message, hint=hint, subjects=(self._entry.name,)) from error


class GuardedSource:
    """A source of an extension."""

    def __init__(self, source: Source, blame: Blame) -> None:
        self._source = source
        self._blame = blame
        self.schemes = tuple(source.schemes)

    def check(self, order: FetchOrder) -> None:
        """Let the source refuse an address."""
        with self._blame.calling(f"`check` of `{order.locator}`"):
            self._source.check(order)

    def fetch(self, order: FetchOrder, tools: FetchTools) -> Fetched | None:
        """Let the source bring the bytes."""
        with self._blame.calling(f"`fetch` of `{order.locator}`"):
            found = self._source.fetch(order, tools)
            return found if found is None and order.etag is not None else _there(found)


class _Ranged(GuardedSource):
    def admits(self, asked: Locator, held: Locator) -> bool:
        """Let the source tell whether the exact address `held` is one of those that `asked` means."""
        assert isinstance(self._source, RangedSource)  # noqa: S101  # `guarded_source` looked
        with self._blame.calling(f"`admits` of `{asked}`"):
            return _of_type(self._source.admits(asked, held), bool)


class _Batch(GuardedSource):
    def fetch_together(self, orders: Sequence[FetchOrder], tools: FetchTools) -> Sequence[Fetched]:
        """Let the source bring the bytes of many releases."""
        assert isinstance(self._source, BatchSource)  # noqa: S101  # `guarded_source` looked
        with self._blame.calling(f"`fetch_together` of `{orders[0].locator}` and {len(orders) - 1} more"):
            found = tuple(map(_there, self._source.fetch_together(orders, tools)))
            if len(found) != len(orders):
                message = f"it returned {len(found)} results, expected {len(orders)}"
                raise BrokenExtensionError(message)
            return found


class _Watched(GuardedSource):
    def offer(self, order: FetchOrder, tools: FetchTools) -> Offer:
        """Let the source say what there is now for an address."""
        assert isinstance(self._source, WatchedSource)  # noqa: S101  # `guarded_source` looked
        with self._blame.calling(f"`offer` of `{order.locator}`"):
            return _of_type(self._source.offer(order, tools), Offer)


_ABILITIES = ((RangedSource, _Ranged), (BatchSource, _Batch), (WatchedSource, _Watched))


def guarded_source(source: Source, blame: Blame) -> GuardedSource:
    """Return a source of an extension with a guard around it, which can do what the source can."""
    able = tuple(guard for ability, guard in _ABILITIES if isinstance(source, ability))
    found: GuardedSource = type("Guarded", able or (GuardedSource,), {})(source, blame)
    return found


class GuardedKind:
    """A registry kind of an extension."""

    def __init__(self, kind: RegistryKind, blame: Blame) -> None:
        self._kind = kind
        self._blame = blame
        self.kind = kind.kind

    def open(self, order: RegistryOrder, tools: RegistryTools) -> GuardedIndex:
        """Let the kind open a registry."""
        with self._blame.calling(f"`open` of `{order.label}`"):
            index = self._kind.open(order, tools)
            if not all(callable(getattr(index, name, None)) for name in ("find", "names")):
                message = f"it returned `{index!r}`, expected a registry with `find` and `names`"
                raise BrokenExtensionError(message)
        return GuardedIndex(index, order, self._blame)


class GuardedIndex:
    """A registry of an extension; implements `ports.Index`."""

    def __init__(self, index: Index, order: RegistryOrder, blame: Blame) -> None:
        self._index = index
        self._order = order
        self._blame = blame
        self._late: dict[Callable[[Release], Release], Callable[[Release], Release]] = {}

    @property
    def location(self) -> str:
        """What identifies the registry."""
        return self._order.location

    @property
    def label(self) -> str:
        """What the user calls it."""
        return self._order.label

    @property
    def asks_by_name(self) -> bool:
        """Whether each name costs a request: of an extension, that is the rule."""
        return True

    def find(self, name: Name) -> Listing | None:
        """Let the registry say what it knows of a name."""
        with self._blame.calling(f"`find` of `{name}` in `{self._order.label}`"):
            found = self._index.find(name)
            return None if found is None else self._with_late(_of_type(found, Listing))

    def _with_late(self, listing: Listing) -> Listing:
        """Put a guard around what is asked only of a chosen release."""
        if not any(each.late for each in listing.releases):
            return listing
        releases = [replace(each, late=each.late and self._guarded(each.late)) for each in listing.releases]
        return replace(listing, releases=tuple(releases))

    def _guarded(self, late: Callable[[Release], Release]) -> Callable[[Release], Release]:
        def ask(release: Release) -> Release:
            with self._blame.calling(f"`late` of `{release.id}` in `{self._order.label}`"):
                return _of_type(late(release), Release)

        return self._late.setdefault(late, ask)  # the same for the same: releases are compared

    def names(self) -> Sequence[str]:
        """Let the registry list its names."""
        with self._blame.calling(f"`names` of `{self._order.label}`"):
            return tuple(_of_type(each, str) for each in self._index.names())

    def summaries(self, needles: Sequence[str] = ()) -> Sequence[Summary] | None:
        """Let the registry say what it lists; of one that was written before there was a search, its names."""
        from terra.model.name import Name
        from terra.model.summary import Summary

        summaries = getattr(self._index, "summaries", None)
        if summaries is None:
            names = (each for each in self.names() if Name.is_name(each))
            return tuple(Summary(Name(each), registry=self._order.label) for each in names) or None
        with self._blame.calling(f"`summaries` of `{self._order.label}`"):
            found = summaries(needles)
            return None if found is None else tuple(_of_type(each, Summary) for each in found)


def _of_type(answer: object, expected: type[T]) -> T:
    if isinstance(answer, expected):
        return answer
    message = f"it returned `{answer!r}`, expected `{expected.__name__}`"
    raise BrokenExtensionError(message)


def _there(answer: object) -> Fetched:
    """Return what was fetched, where it is there."""
    fetched = _of_type(answer, Fetched)
    if not fetched.path.exists():
        message = f"it returned `{fetched.path}`, which is not there"
        raise BrokenExtensionError(message)
    return fetched
