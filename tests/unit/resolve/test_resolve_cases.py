"""What is chosen from a catalogue, or why nothing is: every case of cases/*.json."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from terra.errors import ResolveError, UnknownPluginError
from terra.model.name import Name
from terra.model.release import Release
from terra.model.requirement import Requirement
from terra.model.source import Anchor, Locator
from terra.model.values import replace
from terra.model.version import Version
from terra.resolve import solve
from terra.resolve.provider import Candidate, Need, allows, newest_first
from terra.resolve.solve import resolve

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDER = Path(__file__).parent / "cases"
CASES = [case for path in sorted(FOLDER.glob("*.json")) for case in json.loads(path.read_text())]


def candidate(name: str, version: str, facts: dict[str, Any]) -> Candidate:
    read = None if version == "?" else Version.parse(version)
    source = Locator("workspace", f"{name}-{version}")
    registry = None if facts.get("direct") else "acme"
    release = Release(Name.parse(name), read, source, Anchor("/r"), registry, yanked=facts.get("yanked"))
    needs = tuple(map(Requirement.parse, facts.get("needs", ())))
    return Candidate(release, read, needs, locked=facts.get("locked", False))


class Shelf:
    """A catalogue of a case."""

    def __init__(self, catalogue: dict[str, dict[str, Any]], skipped: dict[str, list[str]] | None = None) -> None:
        self.left = skipped or {}
        self.held = {
            name: [candidate(name, version, facts) for version, facts in versions.items()]
            for name, versions in catalogue.items()
        }

    def candidates(self, name: Name, parent: Candidate | None) -> Sequence[Candidate]:  # noqa: ARG002  # the port's
        if name.text not in self.held:
            message = f"no registry knows `{name}`"
            raise UnknownPluginError(message)
        return self.held[name.text]

    def skipped(self, name: Name) -> Sequence[str]:
        return self.left.get(name.text, ())


def answer(case: dict[str, Any], needs: Sequence[str]) -> list[str]:
    chosen = resolve([Need(Requirement.parse(each)) for each in needs], Shelf(case["catalogue"], case.get("skipped")))
    return [each.release.id for each in chosen]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_case(case: dict[str, Any]):
    if "solution" in case:
        for needs in permutations(case["needs"]):  # the order of the words never decides
            assert answer(case, needs) == case["solution"]
        return
    with pytest.raises(ResolveError) as caught:
        answer(case, case["needs"])
    for words in case.get("error", ()):
        assert words in caught.value.message
    assert case.get("hint", "") in (caught.value.hint or "")
    if "message" in case:
        assert caught.value.message.split("\n") == case["message"]
        assert caught.value.hint == case["hint"]


@pytest.mark.parametrize("case", [case for case in CASES if "message" in case], ids=lambda case: case["case"])
def test_the_order_of_the_words_does_not_change_what_is_said(case: dict[str, Any]):
    said = set()
    for needs in permutations(case["needs"]):
        with pytest.raises(ResolveError) as caught:
            answer(case, needs)
        said.add((caught.value.message, caught.value.hint))
    assert len(said) == 1


def test_the_cases_are_read():
    assert len(CASES) > 40
    assert len({case["case"] for case in CASES}) == len(CASES)


def test_the_subject_of_a_conflict_is_the_name():
    with pytest.raises(ResolveError) as caught:
        answer({"catalogue": {"my/vpc": {"1.0.0": {}}}}, ["my/vpc>=2"])
    assert caught.value.subjects == ("my/vpc",)


def test_a_search_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(solve, "_ROUNDS", 2)
    monkeypatch.setattr(solve, "_ROUNDS_OF_NEED", 0)
    chain = {f"a{n}": {"1.0.0": {"needs": [f"a{n + 1}"]}} for n in range(5)}
    with pytest.raises(ResolveError, match="within 2 rounds") as caught:
        answer({"catalogue": {**chain, "a5": {"1.0.0": {}}}}, ["a0"])
    assert caught.value.hint == "narrow the requirements"


def test_releases_of_two_registries_are_asked_for_each_parent():
    """A name may mean another registry's plugin for another parent: both are candidates."""
    asked = []

    class Two(Shelf):
        def candidates(self, name: Name, parent: Candidate | None) -> Sequence[Candidate]:
            asked.append((name.text, parent.release.id if parent else None))
            return super().candidates(name, parent)

    shelf = Two({"a": {"1.0.0": {"needs": ["b"]}}, "b": {"1.0.0": {}}})
    resolve([Need(Requirement.parse("a")), Need(Requirement.parse("b"))], shelf)
    assert {("b", None), ("b", "a@1.0.0"), ("a", None)} <= set(asked)


def test_where_the_user_wrote_it_is_said():
    places = {"a": "asked for now", "b": "`plugins.b` in terra.toml"}
    needs = [Need(Requirement.parse(text), place=places[text[0]]) for text in ("a", "b<2")]
    shelf = Shelf({"a": {"1.0.0": {"needs": ["b>=2"]}}, "b": {"1.0.0": {}, "2.0.0": {}}})
    with pytest.raises(ResolveError) as caught:
        resolve(needs, shelf)
    assert caught.value.message.split("\n")[1:3] == [
        "  the project wants `b<2` (`plugins.b` in terra.toml)",
        "  the project wants `a` (asked for now) -> `a@1.0.0` wants `b>=2`",
    ]
    assert "`b<2` (`plugins.b` in terra.toml) is in the way: `b@2.0.0` would fit" in (caught.value.hint or "")


def test_two_registries_that_answer_for_one_name():
    class Two(Shelf):
        def candidates(self, name: Name, parent: Candidate | None) -> Sequence[Candidate]:
            found = super().candidates(name, parent)
            if name.text != "d" or parent is None or parent.release.registry == "acme":
                return found
            return [replace(each, release=replace(each.release, registry="other")) for each in found]

    shelf = Two(
        {
            "a": {"1.0.0": {"needs": ["d"]}},
            "b": {"1.0.0": {"needs": ["c"]}},
            "c": {"1.0.0": {"needs": ["d"], "direct": True}},
            "d": {"1.0.0": {}},
        }
    )
    with pytest.raises(ResolveError) as caught:
        resolve([Need(Requirement.parse(each)) for each in ("b", "a")], shelf)
    assert caught.value.message.split("\n") == [
        "`d` is in more than one place, and each is asked for it",
        "  the project wants `a` -> `a@1.0.0` wants `d`, which `acme` answers",
        "  the project wants `b` -> `b@1.0.0` wants `c` -> `c@1.0.0` wants `d`, which `other` answers",
    ]
    assert caught.value.subjects == ("d", "acme", "other")


def layered(names: int, versions: int) -> dict[str, dict[str, Any]]:
    """Return a catalogue in which each plugin needs some of those after it, in versions near its own."""
    world: dict[str, dict[str, Any]] = {}
    for n in range(names):
        releases = {}
        for v in range(versions):
            after = [m for m in (n + 1, n + 7, n + 31) if m < names]
            needs = [f"p{m:03}>=1.{max(0, v - (n + m) % 5)},<1.{v + 1 + (n * m) % 3}" for m in after]
            releases[f"1.{v}.0"] = {"needs": needs}
        world[f"p{n:03}"] = releases
    return world


def test_two_hundred_plugins_of_ten_versions():
    world = layered(200, 10)
    every = [f"p{n:03}" for n in range(200)]
    found = answer({"catalogue": world}, every)
    assert [each.partition("@")[0] for each in found] == every
    for each in found:
        name, _, version = each.partition("@")
        for need in map(Requirement.parse, world[name][version]["needs"]):
            chosen = Version.parse(found[int(need.name.text[1:])].partition("@")[2])
            assert need.specifier.allows(chosen), (each, need)
    shuffled = Random(1)
    for _ in range(3):
        shuffled.shuffle(every)
        assert answer({"catalogue": world}, every) == found, "the order of the words decided"


def test_why_two_hundred_plugins_do_not_fit():
    """Of two hundred wishes the error names the two that cannot stand together."""
    needs = [*(f"p{n:03}" for n in range(198)), "p198@1.9.0", "p199<1.2"]
    with pytest.raises(ResolveError) as caught:
        answer({"catalogue": layered(200, 10)}, needs)
    lines = caught.value.message.split("\n")
    assert lines[:3] == [
        "no version of `p199` fits",
        "  the project wants `p199<1.2`",
        "  the project wants `p198@1.9.0` -> `p198@1.9.0` wants `p199>=1.7,<1.10`",
    ]
    assert len(lines) == 4


def test_each_registry_is_asked_once_for_a_name():
    asked: list[tuple[str, str | None]] = []

    class Counting(Shelf):
        def candidates(self, name: Name, parent: Candidate | None) -> Sequence[Candidate]:
            asked.append((name.text, parent.release.registry if parent else None))
            return super().candidates(name, parent)

    resolve([Need(Requirement.parse(f"p{n:03}")) for n in range(40)], Counting(layered(40, 10)))
    assert len(asked) == len(set(asked))


def test_the_order_in_which_versions_are_tried():
    found = [candidate("a", version, {}) for version in ("1.0.0", "?", "2.0.0-rc.1", "2.0.0")]
    found.append(candidate("a", "0.1.0", {"locked": True}))
    assert [str(each.version) for each in newest_first(found)] == ["0.1.0", "2.0.0", "2.0.0-rc.1", "1.0.0", "None"]


@pytest.mark.parametrize(
    ("text", "facts", "expected"),
    [
        ("a@1.0.0", {"yanked": ""}, True),
        ("a@=1.0.0", {"yanked": ""}, True),
        ("a>=1.0.0", {"yanked": ""}, False),
        ("a", {"yanked": ""}, False),
        ("a", {"yanked": "", "locked": True}, True),
        ("a>=2", {"locked": True}, False),
    ],
)
def test_yanks_and_locks(text: str, facts: dict[str, Any], expected: bool):
    assert allows(Need(Requirement.parse(text)), candidate("a", "1.0.0", facts)) is expected


def test_many_needs_are_no_search_without_end(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(solve, "_ROUNDS", 2)
    catalogue: dict[str, Any] = {f"a{n}": {"1.0.0": {}} for n in range(20)}
    assert len(answer({"catalogue": catalogue}, [*catalogue])) == 20
