"""A payload that is a folder of modules is said to be one, whichever syntax its files have."""

from __future__ import annotations

import pytest

from terra.commands.acquired import rootless
from terra.model.name import Name
from terra.model.tree import Tree, TreeFile


def said(*paths: str) -> list[str]:
    return rootless(Name("vpc"), Tree.of([TreeFile(path, "0" * 64) for path in paths]))


@pytest.mark.parametrize("name", ["main.tf", "main.tofu", "main.tf.json", "main.tofu.json"])
def test_files_at_the_top(name: str) -> None:
    assert said(name) == []
    assert said(name, "modules/x/main.tf") == []
    (text,) = said(f"modules/x/{name}")
    assert "only in `modules/x`" in text


def test_a_dot_file_is_no_module() -> None:
    (text,) = said(".main.tf", "a/main.tf")
    assert "only in `a`" in text
