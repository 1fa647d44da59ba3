"""Which files may hold module blocks: found in order, links marked, and what cannot be listed or opened is said."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from support.project import write_files
from terra.commands.adopt.calls import called_below, unread_warnings
from terra.commands.terraform_files import Standing, terraform_files

CALL = 'module "x" {\n  source = "./y"\n}\n'


def test_in_the_order_of_their_paths(tmp_path: Path) -> None:
    names = ("b.tf", "a/z.tofu.json", "a/b/c.tofu", "c.tf.json", ".d/x.tf", "node_modules/x.tf", "no.txt", ".e.tf")
    write_files(tmp_path, dict.fromkeys(names, ""))
    (tmp_path / "link.tf").symlink_to("b.tf")
    (tmp_path / "folder").symlink_to("a")
    found = [(each.below(tmp_path), each.is_link) for each in terraform_files(tmp_path)]
    expected = [("a/b/c.tofu", False), ("a/z.tofu.json", False), ("b.tf", False), ("c.tf.json", False)]
    assert found == [*expected, ("link.tf", True)]
    but_a = terraform_files(tmp_path, {str(tmp_path / "a")})
    assert next(but_a).below(tmp_path / "a") == "../b.tf"
    assert list(terraform_files(tmp_path / "b.tf")) == [Standing(tmp_path / "b.tf")]


def test_a_folder_that_cannot_be_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(tmp_path, {"a/main.tf": CALL, "closed/main.tf": CALL, "gone/main.tf": CALL, "z.tf": CALL})
    scandir = os.scandir

    def refusing(folder: str):
        if folder.endswith(("closed", "gone")):
            raise PermissionError(13, "no") if folder.endswith("closed") else FileNotFoundError(2, "no")
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", refusing)
    found = list(called_below(tmp_path, tmp_path))
    assert [each.path for each in found] == ["a/main.tf", "closed", "z.tf"]
    assert list(unread_warnings(found)) == ["`closed` cannot be listed and was not read: look for its module blocks"]


@pytest.mark.skipif(not os.path.exists("/proc/self/mem"), reason="needs a file that nobody can read from its start")
def test_a_file_that_cannot_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(tmp_path, {"a.tf": CALL})
    monkeypatch.setattr("terra.hcl.reading.load", lambda _: Path("/proc/self/mem").read_bytes())
    (text,) = unread_warnings(called_below(tmp_path, tmp_path))
    assert text.startswith("`a.tf` cannot be opened (")
