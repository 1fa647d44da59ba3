"""What an extension's registry lists, guarded as the rest of it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from terra.errors import TerraError
from terra.model.name import Name
from terra.model.summary import Summary
from terra.plugins.discovery import EntryPoint
from terra.plugins.guarded import Blame, GuardedIndex
from terra.spec import RegistryOrder

ENTRY = EntryPoint("terra.extensions", "depot", "terra_depot", "terra-depot", Path("/site"))


def guarded(**does: Any) -> GuardedIndex:
    index: Any = type("Depot", (), {name: staticmethod(call) for name, call in does.items()})()
    return GuardedIndex(index, RegistryOrder("depot:", "corp"), Blame(ENTRY, print))


def test_what_is_right_passes_with_its_needles() -> None:
    asked = []
    index = guarded(summaries=lambda needles: asked.append(needles) or [Summary(Name("vpc"))])
    assert index.summaries(("x",)) == (Summary(Name("vpc")),)
    assert asked == [("x",)]
    assert guarded(summaries=lambda _: None).summaries() is None


def test_of_a_registry_without_summaries_its_names_are_listed() -> None:
    index = guarded(names=lambda: ["vpc", "Not A Name"])
    assert index.summaries() == (Summary(Name("vpc"), registry="corp"),)
    assert guarded(names=list).summaries() is None


@pytest.mark.parametrize("answer", [[1], 7])
def test_an_odd_answer_is_the_extensions_failure(answer: Any) -> None:
    with pytest.raises(TerraError, match="the extension `depot`"):
        guarded(summaries=lambda _: answer).summaries()
