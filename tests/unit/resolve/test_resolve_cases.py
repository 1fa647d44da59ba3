"""What is chosen from a catalogue, or why nothing is: every case of cases/*.json."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from terra.errors import ResolveError, UnknownPluginError
from terra.model.name import Name
from terra.model.release import Release
from terra.model.requirement import Requirement
from terra.model.source import Anchor, Locator
from terra.model.version import Version
from terra.resolve import provider
from terra.resolve.provider import Candidate, Need, allows, newest_first, resolve

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

    def __init__(self, catalogue: dict[str, dict[str, Any]]) -> None:
        self.held = {
            name: [candidate(name, version, facts) for version, facts in versions.items()]
            for name, versions in catalogue.items()
        }

    def candidates(self, name: Name, parent: Candidate | None) -> Sequence[Candidate]:  # noqa: ARG002  # the port's
        if name.text not in self.held:
            message = f"no registry knows `{name}`"
            raise UnknownPluginError(message)
        return self.held[name.text]


def answer(case: dict[str, Any], needs: Sequence[str]) -> list[str]:
    chosen = resolve([Need(Requirement.parse(each)) for each in needs], Shelf(case["catalogue"]))
    return [each.release.id for each in chosen]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_case(case: dict[str, Any]):
    if "solution" in case:
        for needs in permutations(case["needs"]):  # the order of the words never decides
            assert answer(case, needs) == case["solution"]
        return
    with pytest.raises(ResolveError) as caught:
        answer(case, case["needs"])
    for words in case["error"]:
        assert words in caught.value.message
    assert case.get("hint", "") in (caught.value.hint or "")


def test_the_cases_are_read():
    assert len(CASES) > 40
    assert len({case["case"] for case in CASES}) == len(CASES)


def test_the_subject_of_a_conflict_is_the_name():
    with pytest.raises(ResolveError) as caught:
        answer({"catalogue": {"my/vpc": {"1.0.0": {}}}}, ["my/vpc>=2"])
    assert caught.value.subjects == ("my/vpc",)


def test_a_search_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(provider, "_ROUNDS", 2)
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
