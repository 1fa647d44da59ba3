"""Conflict markers in a file, by the numbers of their lines."""

from __future__ import annotations

import pytest

from terra.vendor.markers import conflict_lines


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", ()),
        (b"# a\n# b\n", ()),
        (b"<<<<<<< yours\na\n=======\nb\n>>>>>>> vpc 0.2.0\n", (1, 5)),
        (b"a\n<<<<<<< yours\r\na\n=======\nb\n>>>>>>> x", (2, 6)),
        (b" <<<<<<< yours\n<<<<<<<\n<<<<<<<< x\n", ()),
    ],
)
def test_they_are_found_at_the_start_of_a_line(data: bytes, expected: tuple[int, ...]) -> None:
    assert conflict_lines(data) == expected


def test_a_file_of_nothing_else_is_read_in_one_go() -> None:
    """Each was counted from the start of the file once: a megabyte took a minute."""
    assert conflict_lines(b"<<<<<<< \n" * 1_000_000)[-1] == 1_000_000
