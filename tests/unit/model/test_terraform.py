"""Which files Terraform reads, and which folders can be called for it."""

from __future__ import annotations

import pytest

from terra.model.terraform import JSON_ENDINGS, NATIVE_ENDINGS, TERRAFORM_ENDINGS, is_read, module_folders


@pytest.mark.parametrize("ending", TERRAFORM_ENDINGS)
def test_each_ending(ending: str) -> None:
    assert is_read(f"a/main{ending}")
    assert not is_read(f"a/.main{ending}"), "a dot file is not read"
    assert not is_read(f"a/main{ending}.txt")
    assert module_folders([f"main{ending}", f"b/c/x{ending}", f"d/.x{ending}", "e/README.md"]) == {"", "b/c"}


def test_each_ending_has_one_syntax() -> None:
    assert sorted(NATIVE_ENDINGS + JSON_ENDINGS) == sorted(TERRAFORM_ENDINGS)
