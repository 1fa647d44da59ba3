"""What calls itself pure touches no disk, network, clock or other program; of builtins import-linter sees nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import terra

ROOT = Path(terra.__file__).parent
PURE = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("model/*.py", "resolve/*.py", "trust/*.py")
    for path in ROOT.glob(pattern)
) + [f"vendor/{name}.py" for name in ("plan", "merge", "same_lines", "comparison", "markers")]
MODULES = (
    "io",
    "shutil",
    "subprocess",
    "socket",
    "tempfile",
    "time",
    "random",
    "urllib.request",
    "http",
    "terra.system",
)
METHODS = (
    *("read_bytes", "read_text", "write_bytes", "write_text", "open", "exists", "is_file", "is_dir", "is_symlink"),
    *("iterdir", "glob", "rglob", "stat", "lstat", "unlink", "mkdir", "touch", "rename", "cwd", "home"),
)
TEXT = ("os.path.join", "os.path.normpath", "os.path.expanduser")  # of paths as texts; `~` is of the environment


def impure(source: str) -> Iterator[str]:
    """Yield what a module does that a pure one does not, with its line."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        for said in _said(node):
            yield f"{said}, line {getattr(node, 'lineno', 0)}"


def _said(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Call(func=ast.Name(id="open" | "input" | "print" as name)):
            yield name
        case ast.Call(func=ast.Attribute(attr=name)) if name in METHODS and not ast.unparse(node.func).startswith(
            "os."
        ):
            yield f".{name}"
        case ast.Attribute() if (text := ast.unparse(node)).startswith("os.") and not text.startswith("os.path"):
            yield text
        case ast.Attribute(value=ast.Attribute(value=ast.Name(id="os"), attr="path")):
            if (text := ast.unparse(node)) not in TEXT:
                yield text
        case ast.Import(names=names):
            yield from (each.name for each in names if _is_of(each.name))
        case ast.ImportFrom(module=str(module), names=names):
            if _is_of(module) or module.partition(".")[0] == "os":
                yield module
            else:
                yield from (f"{module}.{each.name}" for each in names if _is_of(f"{module}.{each.name}"))
        case _:
            pass


def _is_of(module: str) -> bool:
    return any(f"{module}.".startswith(f"{each}.") for each in MODULES)


@pytest.mark.parametrize("path", PURE)
def test_pure(path: str) -> None:
    assert list(impure((ROOT / path).read_text())) == []


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("with open('x') as file:\n    pass", "open, line 1"),
        ("import os\nos.stat('x')", "os.stat, line 2"),
        ("os.path.exists('x')", "os.path.exists, line 1"),
        ("from os.path import isfile", "os.path, line 1"),
        ("path.read_bytes()", ".read_bytes, line 1"),
        ("(path / name).read_text()", ".read_text, line 1"),
        ("from terra.system import fs", "terra.system, line 1"),
        ("from terra.system.clock import SystemClock", "terra.system.clock, line 1"),
        ("import urllib.request", "urllib.request, line 1"),
        ("from urllib import request", "urllib.request, line 1"),
    ],
)
def test_what_is_not_pure_is_found(source: str, said: str) -> None:
    assert list(impure(source)) == [said]


def test_texts_are_pure() -> None:
    assert list(impure("import os\nfrom urllib.parse import urlsplit\nos.path.join('a', 'b')")) == []
