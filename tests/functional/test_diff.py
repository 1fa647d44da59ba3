"""`terra diff`: what the user changed, as git applies it, and what an update would bring."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from support.expected import refused, warnings_of
from support.living import MAIN, Living, changed
from support.project import snapshot, write_files

if TYPE_CHECKING:
    from pathlib import Path

    from support.project import Terra

RELEASED: dict[str, str | bytes] = {
    "main.tf": MAIN,
    "crlf.md": "one\r\ntwo\r\n",
    "cut.md": "no newline",
    "gone.tf": "# gone\n",
    "empty.md": "",
    "logo.png": b"\0logo",
    "a b \u00e9.md": "one\n",
    "run.sh": "#!/bin/sh\n",
}
VARIABLES = (
    'variable "name" {\n  type = string\n}\n\nvariable "tags" {\n  default = {}\n}\n\noutput "id" {\n  value = 1\n}\n'
)
NEWER = 'variable "name" {\n  type = list(string)\n}\n\nvariable "zone" {}\n\noutput "arn" {\n  value = 1\n}\n'


@pytest.fixture
def living(terra: Terra, isolated: Path) -> Living:
    return Living(terra, isolated)


def edit(folder: Path) -> None:
    """Change a plugin's folder in every way that there is."""
    files: dict[str, str | bytes] = {
        "main.tf": changed(l3="# mine"),
        "crlf.md": "one\r\nTWO\r\n",
        "cut.md": "no newline either",
        "logo.png": b"\0mine",
        "a b \u00e9.md": "uno\n",
        "backend.tf": "# own\n",
        "below/empty.tfvars": "",
    }
    write_files(folder, files)
    (folder / "gone.tf").unlink()
    (folder / "empty.md").unlink()
    (folder / "run.sh").chmod(0o755)


def states(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path): f"{path.read_bytes()!r} {path.stat().st_mode & 0o111}" for path in files}


def apply(folder: Path, patch: str, *words: str) -> None:
    ended = subprocess.run(
        ["git", "apply", "--whitespace=nowarn", *words],
        cwd=folder,
        input=patch.encode("utf-8", "surrogateescape"),
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert ended.returncode == 0, ended.stderr.decode()


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
@pytest.mark.parametrize("top", [None, ".", ".."], ids=["no repository", "the repository", "a folder of one"])
def test_git_takes_the_edits_back_and_brings_them_again(terra: Terra, living: Living, top: str | None) -> None:
    living.release("0.1.0", RELEASED).add()
    if top is not None:
        subprocess.run(["git", "init", "-q", top], cwd=terra.cwd, check=True, timeout=60)
    released = states(living.folder)
    edit(living.folder)
    mine = states(living.folder)
    patch = terra("diff").out
    apply(terra.cwd, patch, "-R")
    assert states(living.folder) == released
    terra("verify")
    assert terra("diff").out == ""
    apply(terra.cwd, patch)
    assert states(living.folder) == mine


def test_it_is_the_same_without_a_cache(terra: Terra, living: Living) -> None:
    living.release("0.1.0").add()
    living.write(main_tf=changed(l3="# mine"))
    patch = terra("diff", "vpc").out
    assert "-# line 3\n+# mine\n" in patch
    living.forget_cache()
    assert terra("diff", "vpc").out == patch


def test_a_release_that_is_nowhere(terra: Terra, living: Living) -> None:
    living.release("0.1.0").add()
    living.write(main_tf="# mine\n")
    living.forget_cache()
    living.without_release("0.1.0")
    refused_ended = terra("diff", exit=4)
    assert "`vpc@0.1.0` was edited, and its release cannot be had" in refused_ended.err


def test_files_of_ones_own_need_no_release(terra: Terra, living: Living) -> None:
    living.release("0.1.0").add()
    living.write(backend_tf="# own\n")
    living.forget_cache()
    living.without_release("0.1.0")
    assert "+++ b/plugins/vpc/backend.tf" in terra("diff").out


def test_a_text_in_other_line_endings_shows_its_edits_only(terra: Terra, living: Living) -> None:
    living.release("0.1.0").add()
    living.write(main_tf=MAIN.replace("\n", "\r\n"))
    assert terra("diff").out == ""
    living.write(main_tf=changed(l3="# mine").replace("\n", "\r\n"))
    patch = terra("diff").out
    assert [line for line in patch.splitlines()[4:] if line[:1] in "+-"] == ["-# line 3", "+# mine"]
    apply(terra.cwd, patch, "-R")
    assert living.read() == MAIN.replace("\n", "\r\n")


def test_the_exit_code_is_asked_for(terra: Terra, living: Living) -> None:
    living.release("0.1.0").add()
    terra("diff", "--exit-code")
    living.write(main_tf="# mine\n")
    terra("diff")
    terra("diff", "--exit-code", exit=7)


def test_names_and_sets(terra: Terra, living: Living) -> None:
    living.release("0.1.0").add()
    living.write(main_tf="# mine\n")
    refused(terra, "diff", "nothing", exit=3, says=["`nothing` is not locked"], hint="terra list")
    refused(terra, "diff", "--set", "dev", exit=2, says=["`dev`"], hint="sets.dev")
    assert terra("diff", "--set", "").out == terra("diff", "vpc").out


@pytest.mark.skipif(os.name != "posix", reason="links are POSIX's")
def test_what_is_no_file_is_named(terra: Terra, living: Living) -> None:
    living.release("0.1.0").add()
    (living.folder / "link.tf").symlink_to("main.tf")
    ended = terra("diff")
    assert (ended.out, warnings_of(ended)) == ("", ["`plugins/vpc/link.tf` is no file, and not in the diff"])


def test_the_latest_is_what_an_update_would_bring(terra: Terra, living: Living) -> None:
    living.release("0.1.0").add().release("1.0.0", {"main.tf": changed(l15="# new"), "more.tf": "# more\n"})
    living.write(main_tf=changed(l3="# mine"))
    before = snapshot(living.project)
    patch = terra("diff", "--latest").out
    assert "terra.lock" not in patch
    assert snapshot(living.project) == before
    apply(terra.cwd, patch)
    merged = states(living.folder)
    apply(terra.cwd, patch, "-R")
    assert snapshot(living.project) == before
    terra("update", "--latest")
    assert states(living.folder) == merged


def test_a_conflict_with_the_latest_is_shown(terra: Terra, living: Living) -> None:
    living.release("0.1.0").add().release("0.2.0", {"main.tf": changed(l3="# theirs")})
    living.write(main_tf=changed(l3="# mine"))
    ended = terra("diff", "vpc", "--latest")
    assert "+<<<<<<< yours" in ended.out
    assert "conflict markers" in ended.err


def test_interfaces(terra: Terra, living: Living) -> None:
    living.release("0.1.0", {"main.tf": VARIABLES}).add().release("1.0.0", {"main.tf": NEWER})
    assert terra("diff", "--interface").out == "No input, output or provider differs.\n"
    out = terra("diff", "--latest", "--interface").out
    assert out.splitlines() == [
        "vpc 0.1.0 -> 1.0.0",
        "  ! now required input zone",
        "  - removed input tags",
        "  - removed output id",
        "  ~ type of name: string -> list(string)",
        "  + new output arn",
    ]
    living.write(main_tf=VARIABLES + 'variable "own" {\n  default = 1\n}\n')
    (own,) = terra("diff", "--interface", "--json").json["interfaces"]
    assert (own["from"], own["to"], own["new_optional"]) == ("0.1.0", "0.1.0", ["own"])
    terra("diff", "--interface", "--exit-code", exit=7)


def test_the_document_has_the_exact_diff(terra: Terra, living: Living) -> None:
    living.release("0.1.0", {"main.tf": b"\xff\n"}).add()
    living.write(main_tf=b"\xfe\n")
    document: dict[str, Any] = json.loads(terra("diff", "--json").out)
    assert document["files"] == [{"path": "plugins/vpc/main.tf", "kind": "changed"}]
    apply(terra.cwd, document["diff"], "-R")
    assert (living.folder / "main.tf").read_bytes() == b"\xff\n"
