"""`path.module` in a value is found; where it only says what to read, it is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from terra.hcl.module_path import uses_of_module_path


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        ("a = path.module", True),
        ('a = "${path.module}/x"', True),
        ('a = abspath("${path.module}/x")', True),
        ("a = { x = [path.module] }", True),
        ('a = file("${path.module}/x")', False),
        ('a = jsondecode(file("${path.module}/x"))', False),
        ('a = templatefile("${path.module}/x", { y = 1 })', False),
        ('a = templatefile("${path.module}/x", { y = path.module })', True),
        ('a = templatefile("x", { y = file("${path.module}/x") })', False),
        ('a = templatefile(/* which */ "${path.module}/x", { y = 1 })', False),
        ('a = file(abspath("${path.module}/x"))', False),
        ('a = fileset("x", path.module)', True),
        ('a = fileset(path.module, "*.json")', False),
        ("a = 1 # path.module", False),
        ('a = "path.module"', False),
        ("a = my_path.module", False),
        ("a = path.root", False),
    ],
)
def test_a_use(tmp_path: Path, line: str, is_found: bool) -> None:
    (tmp_path / "modules").mkdir()
    (tmp_path / "modules/main.tf").write_text(f"locals {{\n  {line}\n}}\n")
    assert [str(each) for each in uses_of_module_path(tmp_path)] == (["modules/main.tf:2"] if is_found else [])
