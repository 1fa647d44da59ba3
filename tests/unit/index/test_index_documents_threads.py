"""A document that several threads ask for at once is read once."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from terra.index import documents
from terra.index.documents import Documents
from terra.system.parallel import in_parallel


def test_each_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "registry.json"
    path.write_text("[]")
    read: list[Path] = []
    coming = threading.Barrier(6)

    def slowly(file: Path) -> bytes:
        threading.Event().wait(0.02)
        read.append(file)
        return file.read_bytes()

    monkeypatch.setattr(documents, "_read_file", slowly)
    shared = Documents(None, None, None)  # type: ignore[arg-type]  # a file needs none of them

    def ask() -> bytes:
        coming.wait(timeout=30)
        return shared.load(str(path))[0]

    assert in_parallel([ask] * 6) == [b"[]"] * 6
    assert read == [path]
