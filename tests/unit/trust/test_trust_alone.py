"""The types forbid shortcuts: read from the source, since Python would not refuse one."""

from __future__ import annotations

import ast
from pathlib import Path

import terra

ROOT = Path(terra.__file__).parent
SOURCES = {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text("utf-8")) for path in ROOT.rglob("*.py")}


def callers(tree: ast.AST, name: str) -> list[int]:
    """Return the lines that call `name`, under whatever module, or hand it to something that could."""
    lines = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            for part in (node.func, *node.args, *(word.value for word in node.keywords)):
                called = part.attr if isinstance(part, ast.Attribute) else getattr(part, "id", None)
                if called == name:
                    lines.append(node.lineno)
    return lines


def test_trust_alone_constructs_verified():
    found = {path: lines for path, tree in SOURCES.items() if (lines := callers(tree, "Verified"))}
    assert set(found) == {"trust/verify.py"}
    assert len(found["trust/verify.py"]) == 1


def test_nobody_renames_verified_on_import():
    for path, tree in SOURCES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom):
                assert all(each.asname is None for each in node.names if each.name == "Verified"), path


def test_nobody_copies_a_verified_with_other_facts():
    """`replace` would make one from another: its first argument is never what `verify` returned."""
    for path, tree in SOURCES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "replace" and node.args:
                assert "verified" not in ast.unparse(node.args[0]).lower(), f"{path}:{node.lineno}"


def methods(path: str, name: str) -> list[ast.FunctionDef]:
    (found,) = [node for node in SOURCES[path].body if isinstance(node, ast.ClassDef) and node.name == name]
    return [node for node in found.body if isinstance(node, ast.FunctionDef)]


def taken(method: ast.FunctionDef) -> list[str]:
    arguments = [*method.args.args[1:], *method.args.kwonlyargs]
    return [ast.unparse(each.annotation) for each in arguments if each.annotation]


def test_a_store_takes_payloads_as_verified_only():
    for path, name in (("ports.py", "Store"), ("store/disk.py", "DiskStore")):
        public = [each for each in methods(path, name) if not each.name.startswith("_")]
        keeping = {each.name for each in public if "Verified" in taken(each)}
        assert keeping == {"put"}
        for method in public:
            unproven = {"Staged", "Fetched", "Tree", "Cached"} & set(taken(method))
            assert not unproven, f"{name}.{method.name} takes {unproven}"
            # Bytes and paths come in for documents of registries alone.
            assert not {"Path", "bytes"} & set(taken(method)) or method.name in ("save", "__init__")


def test_apply_takes_a_plan():
    (apply,) = [
        node for node in SOURCES["vendor/apply.py"].body if isinstance(node, ast.FunctionDef) and node.name == "apply"
    ]
    taken = [ast.unparse(each.annotation) for each in apply.args.args if each.annotation]
    assert taken[:2] == ["Path", "Plan"]
    assert not {"Tree", "Staged", "Fetched", "FileChange", "bytes"} & set(taken)
