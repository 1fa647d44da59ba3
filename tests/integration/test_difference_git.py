"""Diffs of two sides as values: whatever they are, git applies the diff, and takes it back."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from support.project import snapshot
from terra.vendor.difference import FileDiff, Side, prefix_of, unified

if TYPE_CHECKING:
    from pathlib import Path

TEXT = "".join(f"line {number}\n" for number in range(200)).encode()
EXECUTABLE = Side(b"#!/bin/sh\n", executable=True)
CASES = {
    "changed": (Side(TEXT), Side(TEXT.replace(b"line 7\n", b"line seven\n").replace(b"line 150\n", b""))),
    "crlf": (Side(b"a\r\nb\r\n"), Side(b"a\r\nB\r\n")),
    "mixed endings": (Side(b"a\r\nb\n"), Side(b"a\nb\r\n")),
    "no newline": (Side(b"a\nb"), Side(b"a\nc")),
    "newline gained": (Side(b"a"), Side(b"a\n")),
    "new": (None, Side(b"a\nb\n")),
    "new and empty": (None, Side(b"")),
    "new and executable": (None, EXECUTABLE),
    "deleted": (Side(TEXT), None),
    "deleted and empty": (Side(b""), None),
    "deleted and executable": (EXECUTABLE, None),
    "emptied": (Side(b"a\n"), Side(b"")),
    "filled": (Side(b""), Side(b"a\n")),
    "mode": (Side(b"a\n"), Side(b"a\n", executable=True)),
    "mode and text": (EXECUTABLE, Side(b"x\n")),
    "mode of an empty one": (Side(b"", executable=True), Side(b"")),
    "no utf-8": (Side(b"\xff\n"), Side(b"\xfe\n")),
    "binary": (Side(bytes(range(256)) * 9), Side(b"\0" + bytes(range(256)) * 7, executable=True)),
    "binary and new": (None, Side(b"\0\1")),
    "binary and deleted": (Side(b"\0\1"), None),
    "binary to empty": (Side(b"\0"), Side(b"")),
    "text to binary": (Side(b"a\n"), Side(b"\0")),
    "marks of a diff": (Side(b"--- a\n+++ b\n@@ -1 +1 @@\n"), Side(b"--- c\n+++ b\n-- \n")),
}
NAMES = ["a.tf", "with space.tf", "caf\u00e9.tf", 'quo"te.tf', "deep/er/a b \u00e9.tf", "-x.tf"]


def put(folder: Path, path: str, side: Side | None) -> None:
    target = folder / path
    if side is None:
        target.unlink(missing_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(side.data)
    target.chmod(0o755 if side.executable else 0o644)


def state(folder: Path) -> dict[str, str]:
    files = {path: what for path, what in snapshot(folder).items() if not path.endswith("/")}
    return {path: f"{what} {(folder / path).stat().st_mode & 0o111:o}" for path, what in files.items()}


def apply(folder: Path, patch: str, *words: str) -> None:
    subprocess.run(
        ["git", "apply", "--whitespace=nowarn", *words],
        cwd=folder,
        input=patch.encode("utf-8", "surrogateescape"),
        check=True,
        timeout=60,
    )


@pytest.mark.parametrize("case", CASES)
def test_git_applies_it_both_ways(tmp_path: Path, case: str) -> None:
    old, new = CASES[case]
    folder, wanted = tmp_path / "project", tmp_path / "wanted"
    for each in (folder, wanted):
        each.mkdir()
    put(folder, "p/a.tf", old)
    put(wanted, "p/a.tf", new)
    before = state(folder)
    patch = unified([FileDiff("p/a.tf", old, new)], binary=True)
    assert patch
    apply(folder, patch)
    assert state(folder) == state(wanted)
    apply(folder, patch, "-R")
    assert state(folder) == before


@pytest.mark.parametrize("name", NAMES)
def test_names_are_quoted_as_git_does(tmp_path: Path, name: str) -> None:
    put(tmp_path, name, Side(b"a\n"))
    patch = unified([FileDiff(name, Side(b"a\n"), Side(b"b\n"))], binary=True)
    ended = subprocess.run(["git", "init", "-q", "."], cwd=tmp_path, check=True, timeout=60)
    assert ended.returncode == 0
    apply(tmp_path, patch)
    assert (tmp_path / name).read_bytes() == b"b\n"
    subprocess.run(["git", "add", "-A"], cwd=tmp_path, check=True, timeout=60)
    put(tmp_path, name, Side(b"a\n"))
    shown = subprocess.run(["git", "diff", "-R"], cwd=tmp_path, capture_output=True, check=True, timeout=60).stdout
    heads = [line for line in shown.decode().splitlines() if line.startswith(("diff", "---", "+++"))]
    swapped = [line for line in patch.splitlines() if line.startswith(("diff", "---", "+++"))]
    assert [line.replace("b/", "X/").replace("a/", "X/") for line in heads] == [
        line.replace("b/", "X/").replace("a/", "X/") for line in swapped
    ]


def test_paths_begin_with_the_way_from_the_top(tmp_path: Path) -> None:
    """git reads paths from the top of the repository, and passes over the others without a word."""
    subprocess.run(["git", "init", "-q", "."], cwd=tmp_path, check=True, timeout=60)
    put(tmp_path, "infra/p/a.tf", Side(b"a\n"))
    assert (prefix_of(tmp_path), prefix_of(tmp_path / "infra")) == ("", "infra/")
    patch = unified([FileDiff("p/a.tf", Side(b"a\n"), Side(b"b\n"))], binary=True, prefix="infra/")
    apply(tmp_path / "infra", patch)
    assert (tmp_path / "infra/p/a.tf").read_bytes() == b"b\n"


def test_what_is_the_same_gives_nothing() -> None:
    assert not unified([FileDiff("a", EXECUTABLE, EXECUTABLE)], binary=True)


def test_binary_files_are_named_for_people() -> None:
    found = unified([FileDiff("p/a b", Side(b"\0"), Side(b"\1\0"))], binary=False)
    assert found == "diff --git a/p/a b b/p/a b\nBinary files a/p/a b and b/p/a b differ\n"


def test_a_very_long_file_is_compared_by_its_ends(tmp_path: Path) -> None:
    lines = [f"{number % 7}\n" for number in range(30_000)]
    old = "".join(lines).encode()
    lines[10_000:20_000] = ["x\n"] * 9_000
    new = "".join(lines).encode()
    patch = unified([FileDiff("a", Side(old), Side(new))], binary=True)
    put(tmp_path, "a", Side(old))
    apply(tmp_path, patch)
    assert (tmp_path / "a").read_bytes() == new
    assert len(patch.splitlines()) < 19_100
