"""A difference of formatting is told from one of content, and in doubt it is one of content."""

from __future__ import annotations

import pytest

from terra.hcl.formatting import could_be, is_formatting_only

SAME = [
    ("a = 1\n", "a   =   1\n"),
    ("a=1\nb=2\n", "a = 1\nb = 2\n"),
    ("x {\na = 1\n}\n", "x {\n  a = 1\n}\n"),
    ("x {\n  a = 1\n}\n", "x {\n\ta = 1\n\n\n}\n\n"),
    ("a = 1 # c\n", "a = 1    # c  \n"),
    ("# c\na = 1\n", "# c   \n\na = 1\n"),
    ("a = [1,2]\n", "a = [ 1, 2 ]\n"),
    ("a = 1\r\nb = 2\r\n", "a  = 1\nb  = 2\n"),
    ("a = 1\n", "a = 1"),
    ("a = <<EOT\n  x\nEOT\nb = 1\n", "a =   <<EOT\n  x\nEOT\nb   = 1\n"),
    ('a = foo( "x" , b )\n', 'a = foo("x", b)\n'),
]
OTHER = [
    ("a = 1\n", "a = 2\n"),
    ("a = 1\n", "b = 1\n"),
    ('a = "x y"\n', 'a = "x  y"\n'),
    ('a = " x"\n', 'a = "x"\n'),
    ('a = "${ b }"\n', 'a = "${b} "\n'),
    ("a = <<EOT\n  x\nEOT\n", "a = <<EOT\n x\nEOT\n"),
    ("a = <<EOT\nx\nEOT\n", "a = <<-EOT\nx\nEOT\n"),
    ("a = 1 # one\n", "a = 1 # two\n"),
    ("a = 1 # one\n", "a = 1\n"),
    ("/* a  b */\n", "/* a b */\n"),
    ("# a\n# b\n", "# a # b\n"),
    ("a = b - c\n", "a = b\n- c\n"),
    ("a = [1, 2]\n", "a = [12]\n"),
    ("a = 1\nb = 2\n", "a = 1\n"),
    ("a = foo\n", "a = fo o\n"),
    ("a = 1\n", "a = = 1\n"),
    ("a = {\n", "a  = {\n"),
    ("a = 1\n", ""),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_formatting_only(one: str, other: str) -> None:
    assert is_formatting_only(one.encode(), other.encode())
    assert is_formatting_only(other.encode(), one.encode())


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_something_else(one: str, other: str) -> None:
    assert not is_formatting_only(one.encode(), other.encode())
    assert not is_formatting_only(other.encode(), one.encode())


def test_a_broken_file_is_never_only_formatted() -> None:
    assert not is_formatting_only(b"a = {\n", b"a = {\n")


def test_a_heredoc_that_may_end_elsewhere_is_never_only_formatted() -> None:
    text = b'a = <<EOT\nEOT {\n  provisioner "local-exec" {}\nEOT\n'
    assert not is_formatting_only(text, text.replace(b"a = ", b"a  = "))


@pytest.mark.parametrize(
    ("path", "is_native"), [("main.tf", True), ("x.tofu", True), ("x.tf.json", False), ("a.md", False)]
)
def test_only_the_native_syntax_has_formatting(path: str, *, is_native: bool) -> None:
    assert could_be(path) is is_native
