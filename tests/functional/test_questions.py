"""An answer decides of the files that the question named, and of no other."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from support.graph import Graph
from support.living import MAIN, changed

if TYPE_CHECKING:
    from pathlib import Path

    from support.project import Terra

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are of POSIX")


@pytest.mark.parametrize("answer", ["t", "o", "m"])
def test_an_edit_that_merges_is_merged_whatever_is_answered_of_another_file(
    terra: Terra, isolated: Path, answer: str
) -> None:
    """`svc` needs a newer `kms`, in which an edit merges; asked about is a file in the way of `svc` alone."""
    import pexpect

    graph = Graph(isolated / "here").add("kms@0.1.0", files={"main.tf": MAIN})
    graph.write()
    (terra.cwd / "terra.toml").write_text('[registries.here]\nurl = "../here"\n')
    terra("add", "kms")
    (terra.cwd / "terra.toml").write_text('[registries.here]\nurl = "../here"\n\n[plugins]\nkms = "*"\n')
    graph.add("kms@0.2.0", files={"main.tf": changed(l9="# theirs")})
    graph.add("svc@0.1.0", {"kms": ">=0.2"}, {"main.tf": "# svc\n"}).write()
    (terra.cwd / "plugins/kms/main.tf").write_text(changed(l3="# mine"))
    (terra.cwd / "plugins/svc").mkdir()
    (terra.cwd / "plugins/svc/main.tf").write_text("# own\n")
    child = pexpect.spawn(
        str(terra.program), ["add", "svc"], cwd=str(terra.cwd), env={**os.environ, "TERM": "xterm"}, timeout=30
    )
    child.expect(r"\[m/o/t")
    assert b"plugins/kms" not in child.before
    child.sendline(answer)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert (terra.cwd / "plugins/kms/main.tf").read_text() == changed(l3="# mine", l9="# theirs")
    standing = (terra.cwd / "plugins/svc/main.tf").read_text()
    assert ("# own" in standing, "# svc" in standing) == (answer in "om", answer in "tm")
