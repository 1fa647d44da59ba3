"""terra beside its peers, in one run: `tox -e bench`, or `python tests/bench/run.py` where terra is installed.

Ratios of whole processes, pair by pair; the budgets stand in `BUDGETS`. A number over its ceiling is said in
plain words, and fails the run only with `--gate`; what could not be run fails it always.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import discovery
import machine
import peers
import registries
import servers
import table
from measure import NotRunError, Pairs, pairs
from table import Budget, Row
from works import SCRIPTS, Works

ROOT = Path(__file__).resolve().parents[2]
RUNS, QUICK_RUNS = 10, 3
FORBIDDEN = (".tf", ".tf.json", ".tofu", ".tofu.json", "terra-plugin.toml")

BUDGETS = {
    "version": Budget(1.2, 1.05),
    "giget": Budget(1.0, 0.7),
    "ahead": Budget(1.0),
    "uv": Budget(None),
    "five": Budget(1.4, 1.2),
    "again": Budget(10, 5),
    "wheels": Budget(1.15, 1.05),
    "discovery": Budget(0.15),
    "update": Budget(0.3, 0.15),
    "sync": Budget(1.5, 1.0),
    "search": Budget(4, 2),
    "memory": Budget(64 << 20, 40 << 20),
    "wheel": Budget(660_000, 450_000),
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """One row: its budget, how often it runs beside `--runs`, what measures it, and whose memory it tells."""

    title: str
    budget: str
    times: int
    measured: Callable[[int], Pairs]
    memory_of: str = ""


@dataclass(frozen=True, slots=True)
class Results:
    """What came of the run so far."""

    rows: list[Row] = field(default_factory=list)
    memory: list[Row] = field(default_factory=list)
    cpu: list[tuple[str, ...]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    noisy: list[str] = field(default_factory=list)

    def not_run(self, title: str, budget: str, error: NotRunError) -> None:
        """Take note of what failed."""
        self.failures.append(f"not run: {title}: {error}")
        self.rows.append(table.missing_row(title, BUDGETS[budget], str(error)))


def main(words: Sequence[str]) -> int:
    """Run everything, print the report, and return the exit code."""
    options = _options(words)
    facts, results = machine.facts(ROOT), Results()
    with tempfile.TemporaryDirectory(prefix="terra-bench-") as name:
        scratch = Path(name)
        made = registries.write(scratch / "registries")
        try:
            with servers.serving(made.served, scratch / "server") as server:
                facts["server"] = f"{server.program}, https on loopback"
                facts["noise"] = "none at the start of a row"
                registries.finish(made.served, server.url)
                for each in _comparisons(Works(scratch, server, made, options.peers)):
                    _compare(each, options.runs, options.quiet, results)
        except NotRunError as error:
            results.failures.append(f"not run: {error}")
        results.rows.extend(results.memory)
        _weigh(scratch, results)
    _report(results, facts, options.out)
    return 1 if results.failures or (options.gate and any(row.is_over for row in results.rows)) else 0


def _options(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="run.py", description="Measure terra beside its peers.")
    parser.add_argument("--runs", type=int, help=f"pairs per row ({RUNS}); short works get more")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_RUNS} pairs per row, to see that it works")
    parser.add_argument(
        "--quiet", type=float, metavar="SECONDS", default=20.0, help="wait so long for other work to end, per row (20)"
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the report there too, as markdown")
    parser.add_argument("--gate", action="store_true", help="exit 1 where a number is over its ceiling")
    parser.add_argument("--peers", type=Path, metavar="DIR", default=peers.default_folder(), help="keeps the peers")
    options = parser.parse_args(words)
    options.runs = options.runs or (QUICK_RUNS if options.quick else RUNS)
    return options


def _comparisons(works: Works) -> list[Comparison]:
    def version(runs: int) -> Pairs:
        with peers.empty_script(works.scratch, SCRIPTS) as empty:
            return pairs(works.version(), works.program("empty console script", empty), runs)

    return [
        Comparison("terra --version / empty console script", "version", 3, version, "terra --version"),
        Comparison(
            "terra add x1, cold / giget",
            "giget",
            2,
            lambda runs: pairs(works.add(1), works.giget(), runs),
            "terra add x1, cold",
        ),
        Comparison("terra add x1, cold / jsrepo", "ahead", 1, lambda runs: pairs(works.add(1), works.jsrepo(), runs)),
        Comparison("terra add x1, cold / copier", "ahead", 1, lambda runs: pairs(works.add(1), works.copier(), runs)),
        Comparison("terra add x1, cold / shadcn", "ahead", 1, lambda runs: pairs(works.add(1), works.shadcn(), runs)),
        Comparison(
            "terra add x5, cold / terra add x1, cold",
            "five",
            2,
            lambda runs: pairs(works.add(5), works.add(1), runs),
            "terra add x5, cold",
        ),
        Comparison(
            "plugins among 200 distributions / pluggy's own loader",
            "discovery",
            2,
            lambda runs: discovery.measure(works.scratch / "site", runs),
        ),
        Comparison(
            "20 wheels through pip, cold / pip download of the 20",
            "wheels",
            1,
            lambda runs: pairs(works.wheels(), works.pip_download(), runs),
            "terra add x20, wheels",
        ),
        Comparison("20 wheels through pip, cold / uv", "uv", 1, lambda runs: pairs(works.wheels(), works.uv(), runs)),
        Comparison(
            "terra add npm:, cold / npm pack", "ahead", 1, lambda runs: pairs(works.npm(), works.npm_pack(), runs)
        ),
        Comparison(
            "terra add again, locked and cached / python -c pass",
            "again",
            3,
            lambda runs: pairs(works.again(), works.plain_python(), runs),
            "terra add again",
        ),
        Comparison(
            "terra update, an edit merged / copier update",
            "update",
            1,
            lambda runs: pairs(works.update(), works.copier_update(), runs),
            "terra update",
        ),
        Comparison(
            "terra sync x200, cold / terraform init",
            "sync",
            1,
            lambda runs: pairs(works.sync(), works.terraform(), runs),
            "terra sync x200, cold",
        ),
        Comparison(
            "terra sync x200, nothing to do / python -c pass",
            "again",
            2,
            lambda runs: pairs(works.sync_again(), works.plain_python(), runs),
            "terra sync x200, nothing to do",
        ),
        *(
            Comparison(
                f"terra search, 23,534 plugins, {form}, cached / terra --help",
                "search",
                2,
                lambda runs, place=place: pairs(works.search(place), works.help(), runs),  # type: ignore[misc]
                f"terra search, {form}",
            )
            for form, place in (("static tree", "tree/"), ("registry.json", "large/registry.json"))
        ),
    ]


def _compare(comparison: Comparison, runs: int, patience: float, results: Results) -> None:
    count = runs * comparison.times
    sys.stderr.write(f"{comparison.title}: {count} pairs\n")
    if not machine.wait_until_quiet(patience):
        results.noisy.append(comparison.title)
    try:
        found = comparison.measured(count)
    except NotRunError as error:
        results.not_run(comparison.title, comparison.budget, error)
        return
    results.rows.append(table.wall_row(comparison.title, found, BUDGETS[comparison.budget]))
    results.cpu.append(table.cpu_line(comparison.title, found))
    if comparison.memory_of:
        row = table.memory_row(f"memory of {comparison.memory_of}", found.memory[0], BUDGETS["memory"])
        results.memory.append(row)


def _weigh(scratch: Path, results: Results) -> None:
    title = "wheel of terra-plugins, no Terraform files in it"
    try:
        wheel = peers.terra_wheel(ROOT, scratch)
    except NotRunError as error:
        results.not_run(title, "wheel", error)
        return
    with zipfile.ZipFile(wheel) as archive:
        forbidden = [name for name in archive.namelist() if name.endswith(FORBIDDEN)]
    results.rows.append(table.size_row(title, wheel.stat().st_size, forbidden, BUDGETS["wheel"]))


def _report(results: Results, facts: dict[str, str], out: Path | None) -> None:
    if results.noisy:
        facts["noise"] = f"other work was running at the start of {len(results.noisy)} rows: {'; '.join(results.noisy)}"
    listed = "".join(f"- {key}: {value}\n" for key, value in facts.items())
    text = "\n".join([table.markdown(results.rows), table.grid(table.CPU_HEAD, results.cpu), listed])
    over = [f"over its ceiling: {row.work}: {row.said}" for row in results.rows if row.is_over]
    sys.stdout.write("\n".join([text, *over, *results.failures]).rstrip() + "\n")
    if out is not None:
        out.write_text(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
