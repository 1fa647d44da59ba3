"""What Git LFS keeps elsewhere is seen in every archive, and in nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from terra.archive.pointers import is_pointer, pointers
from terra.errors import PayloadError

if TYPE_CHECKING:
    from pathlib import Path

POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'ab' * 32}\nsize 123456\n".encode()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (POINTER, True),
        (POINTER.replace(b"oid", b"ext-0-foo sha256:" + b"cd" * 32 + b"\noid"), True),
        (b"A pointer is:\n" + POINTER, False),
        (POINTER.split(b"oid")[0], False),
        (POINTER.replace(b"size 1", b"size x"), False),
        (POINTER + b"text\n" * 300, False),
        (b"", False),
    ],
)
def test_a_pointer_is_what_its_specification_says(data: bytes, expected: bool) -> None:
    assert is_pointer(data[:1024]) is expected


def test_terraform_that_is_elsewhere_is_refused(tmp_path: Path) -> None:
    for name in ("main.tf", "a.zip"):
        (tmp_path / name).write_bytes(POINTER)
    (tmp_path / "b.zip").write_bytes(b"PK")
    assert pointers(tmp_path, ["a.zip", "b.zip"], "x.zip") == ("a.zip",)
    with pytest.raises(PayloadError, match=r"`x\.zip` has only Git LFS pointers for `main\.tf`$"):
        pointers(tmp_path, ["main.tf", "b.zip"], "x.zip")
