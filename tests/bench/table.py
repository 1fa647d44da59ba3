"""Rows of results, their verdicts, and the markdown that shows them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from measure import Pairs, Sample, Spread

_HEAD = ("work", "terra median", "peer median", "ratio", "ceiling", "aim", "verdict")


@dataclass(frozen=True, slots=True)
class Budget:
    """What a number may be, and what it should be; no aim where being ahead is all, no ceiling to tell it."""

    ceiling: float | None
    aim: float | None = None

    def verdict(self, value: float) -> str:
        """Return in words where `value` stands."""
        if self.aim is not None and value <= self.aim:
            return "within aim"
        if self.ceiling is None:
            return "told only"
        return "within ceiling" if value <= self.ceiling else OVER


OVER = "over"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table, as text."""

    work: str
    ours: str
    peer: str
    ratio: str
    ceiling: str
    aim: str
    verdict: str

    @property
    def is_over(self) -> bool:
        """Whether the number is over its ceiling."""
        return self.verdict.startswith(OVER)

    @property
    def said(self) -> str:
        """The number in words."""
        if self.ratio != "-":
            return f"{self.ratio} times its peer, at most {self.ceiling}"
        return f"{self.ours}, at most {self.ceiling}"


def wall_row(work: str, pairs: Pairs, budget: Budget) -> Row:
    """Return the row of a ratio of seconds on the clock."""
    ratio = pairs.ratio(lambda each: each.wall)
    ours, peer = _medians(pairs, lambda each: each.wall)
    limits = _times(budget.ceiling), _times(budget.aim)
    return Row(work, _ms(ours), _ms(peer), spread(ratio), *limits, budget.verdict(ratio.median))


CPU_HEAD = ("work", "terra processor", "peer processor", "ratio", "terra memory", "peer memory")


def cpu_line(work: str, pairs: Pairs) -> tuple[str, ...]:
    """Return the cells of `CPU_HEAD` for the same pairs: a busy machine disturbs the processor's time less."""
    ours, peer = _medians(pairs, lambda each: each.cpu)
    return work, _ms(ours), _ms(peer), spread(pairs.ratio(lambda each: each.cpu)), *map(_mib, pairs.memory)


def memory_row(work: str, most: int, budget: Budget) -> Row:
    """Return the row of the most memory that a command of ours took."""
    aim = _mib(budget.aim) if budget.aim is not None else "-"
    return Row(work, _mib(most), "-", "-", _mib(budget.ceiling), aim, budget.verdict(most))


def size_row(work: str, size: int, forbidden: Sequence[str], budget: Budget) -> Row:
    """Return the row of a file's size; one that holds what it must not is over whatever it weighs."""
    aim = _kb(budget.aim) if budget.aim is not None else "-"
    verdict = f"{OVER}: it holds `{forbidden[0]}`" if forbidden else budget.verdict(size)
    return Row(work, _kb(size), "-", "-", _kb(budget.ceiling), aim, verdict)


def missing_row(work: str, budget: Budget, why: str) -> Row:
    """Return the row of what could not be run."""
    return Row(work, "-", "-", "-", _times(budget.ceiling), _times(budget.aim), f"not run: {_one_line(why)}")


def spread(ratio: Spread) -> str:
    """Return `median (least-greatest)`."""
    return f"{ratio.median:.2f} ({ratio.least:.2f}-{ratio.greatest:.2f})"


def markdown(rows: Iterable[Row]) -> str:
    """Return the table of results."""
    cells = [(r.work, r.ours, r.peer, r.ratio, r.ceiling, r.aim, r.verdict) for r in rows]
    return grid(_HEAD, cells)


def grid(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Return a markdown table."""
    texts = [head, ["---"] * len(head), *lines]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in texts)


def _medians(pairs: Pairs, of: Callable[[Sample], float]) -> tuple[float, float]:
    return Spread.of([of(each) for each in pairs.ours]).median, Spread.of([of(each) for each in pairs.peers]).median


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


def _mib(size: float) -> str:
    return f"{size / (1 << 20):.0f} MiB"


def _kb(size: float) -> str:
    return f"{size / 1000:.0f} kB"


def _times(value: float | None) -> str:
    return "-" if value is None else f"{value:g} x"


def _one_line(text: str) -> str:
    return " ".join(text.split())[:300]
