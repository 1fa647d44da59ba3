"""`terra update`: newer releases come, and nothing that the user wrote is lost on the way."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING

import pytest

from support.expected import refused, warnings_of
from support.graph import Graph
from support.hostile_server import hostile_server
from support.living import MAIN, Living, changed, states
from support.project import Workspace, snapshot, write_files

if TYPE_CHECKING:
    from pathlib import Path

    from support.project import Terra

MINE = changed(l3="# mine")
NEW = changed(l15="# new")
BOTH = changed(l3="# mine", l15="# new")
CONFLICTING = changed(l3="# theirs", l15="# new")
MARKED = changed(l3="<<<<<<< yours\n# mine\n=======\n# theirs\n>>>>>>> vpc 0.2.0", l15="# new").replace(
    "# line 16\n", "# line 16\n", 1
)


@pytest.fixture
def living(terra: Terra, isolated: Path) -> Living:
    return Living(terra, isolated)


def times(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*")}


def test_unedited_files_are_replaced(terra: Terra, living: Living) -> None:
    living.release("0.1.0").add().release("0.2.0", {"main.tf": NEW, "more.tf": "# more\n"})
    out = terra("update").out
    assert "~ vpc 0.1.0 -> 0.2.0  1 new, 1 replaced" in out
    assert (living.read(), living.read("more.tf")) == (NEW, "# more\n")
    assert 'id = "vpc@0.2.0"' in living.lock
    assert 'vpc = ">=0.1,<1"' in (living.project / "terra.toml").read_text(), "terra.toml still asks for the same"


def test_edits_of_other_lines_survive_silently(terra: Terra, living: Living) -> None:
    living.release("0.1.0").add().release("0.2.0", {"main.tf": NEW})
    living.write(main_tf=MINE, backend_tf="# own\n")
    ended = terra("update", "--json")
    assert ended.err == ""
    assert states(ended)["main.tf"] == ("merge", "your edits kept")
    assert (living.read(), living.read("backend.tf")) == (BOTH, "# own\n")
    assert "merged plugins/vpc/main.tf" not in terra("update").out, "there is nothing left to do"


def test_json_has_the_keys_of_the_format(terra: Terra, living: Living) -> None:
    living.release("0.1.0").add().release("0.2.0", {"main.tf": NEW})
    document = terra("update", "--json").json
    assert (document["terra"], document["command"], document["dry_run"]) == (1, "update", False)
    (change,) = document["changes"]
    assert {key: change[key] for key in ("plugin", "set", "from", "to")} == {
        "plugin": "vpc",
        "set": "",
        "from": "0.1.0",
        "to": "0.2.0",
    }
    assert change["files"] == [
        {"path": "plugins/vpc/main.tf", "action": "replace", "reason": "updated", "why": "updated"}
    ]


def test_conflict_without_a_terminal_writes_nothing(terra: Terra, living: Living) -> None:
    living.release("0.1.0", {"main.tf": MAIN, "other.tf": "# 1\n"}).add()
    living.release("0.2.0", {"main.tf": CONFLICTING, "other.tf": "# 2\n"})
    living.write(main_tf=MINE)
    refused(terra, "update", exit=6, says=["plugins/vpc/main.tf", "nothing was written"], hint="--")
    document = terra("update", "--json", exit=6).json
    assert document["error"]["subjects"] == ["plugins/vpc/main.tf"]
    before = snapshot(living.project)
    shown = terra("update", "--dry-run", "--json", exit=6).json
    why = "line 3 changed here and in vpc 0.2.0"
    (conflict,) = shown["conflicts"]
    assert (conflict["plugin"], conflict["path"], conflict["why"]) == ("vpc", "plugins/vpc/main.tf", why)
    assert (conflict["reason"], conflict["lines"]) == ("edited", [{"first": 3, "last": 3}])
    said = terra("update", "--dry-run", exit=6)
    assert f"! plugins/vpc/main.tf: {why}\n" in said.out
    assert "Nothing was written (--dry-run), nor would it be without: `--merge`" in said.out
    differs = terra("update", "--diff", exit=6)
    assert "<<<<<<< yours" in differs.out
    assert warnings_of(differs) == [f"`plugins/vpc/main.tf` is shown with conflict markers: {why}"]
    assert terra("update", "--dry-run", "--theirs").exit == 0
    assert snapshot(living.project) == before


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ("--merge", MARKED),
        ("--ours", BOTH),
        ("--theirs", CONFLICTING),
        ("--overwrite", CONFLICTING),
        ("--skip-existing", MINE),
    ],
)
def test_what_each_option_makes_of_a_conflict(terra: Terra, living: Living, option: str, expected: str) -> None:
    """The change of line 15 is contested by nobody: only what takes whole files leaves it out."""
    living.release("0.1.0").add().release("0.2.0", {"main.tf": CONFLICTING})
    living.write(main_tf=MINE)
    ended = terra("update", option)
    assert living.read() == expected
    assert 'id = "vpc@0.2.0"' in living.lock
    assert ("`plugins/vpc/main.tf` gets conflict markers" in ended.err) == (option == "--merge")
    before = snapshot(living.project)
    terra("update", option)
    if option != "--overwrite":  # which gives edits up whenever it is said
        assert snapshot(living.project) == before


@pytest.mark.parametrize(("option", "expected"), [("--ours", "# mine\n# same\n"), ("--theirs", "# theirs\n# same\n")])
def test_edits_of_mine_elsewhere_survive_a_favour(terra: Terra, living: Living, option: str, expected: str) -> None:
    base = f"# base\n# same\n{MAIN}"
    living.release("0.1.0", {"main.tf": base}).add().release("0.2.0", {"main.tf": f"# theirs\n# same\n{MAIN}"})
    living.write(main_tf=f"# mine\n# same\n{MINE}")
    terra("update", option)
    assert living.read() == expected + MINE


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are of POSIX")
@pytest.mark.parametrize(
    ("answer", "code", "expected"),
    [("m", 0, MARKED), ("o", 0, BOTH), ("t", 0, CONFLICTING), ("q", 6, MINE), ("what\ny\n\nt", 0, CONFLICTING)],
)
def test_a_terminal_asks(terra: Terra, living: Living, answer: str, code: int, expected: str) -> None:
    pexpect = pytest.importorskip("pexpect")
    living.release("0.1.0").add().release("0.2.0", {"main.tf": CONFLICTING})
    living.write(main_tf=MINE)
    before = snapshot(living.project)
    child = pexpect.spawn(
        str(terra.program),
        ["update"],
        cwd=str(terra.cwd),
        env={**os.environ, "TERM": "xterm-256color"},
        dimensions=(50, 200),
        timeout=30,
    )
    child.expect(rb"\[m/o/t/d/q\]")
    assert b"plugins/vpc/main.tf" in child.before
    child.sendline(answer)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == code
    assert living.read() == expected
    assert (snapshot(living.project) == before) == (code == 6)


def test_renamed_unedited(terra: Terra, living: Living) -> None:
    living.release("0.1.0", {"main.tf": MAIN}).add().release("0.2.0", {"network.tf": NEW})
    terra("update")
    assert living.read("network.tf") == NEW
    assert not (living.folder / "main.tf").exists()


def test_renamed_takes_my_edits_along(terra: Terra, living: Living) -> None:
    living.release("0.1.0", {"main.tf": MAIN}).add().release("0.2.0", {"modules/a/network.tf": NEW})
    living.write(main_tf=MINE)
    found = states(terra("update", "--json"))
    assert found["modules/a/network.tf"] == ("merge", "renamed from main.tf, your edits kept")
    assert found["main.tf"] == ("delete", "renamed to modules/a/network.tf")
    assert living.read("modules/a/network.tf") == BOTH
    assert not (living.folder / "main.tf").exists()


def test_renamed_with_a_conflict(terra: Terra, living: Living) -> None:
    living.release("0.1.0", {"main.tf": MAIN}).add().release("0.2.0", {"network.tf": CONFLICTING})
    living.write(main_tf=MINE)
    refused(
        terra,
        "update",
        exit=6,
        says=["plugins/vpc/main.tf", "line 3 changed here and in vpc 0.2.0, which renames it to network.tf"],
        hint="",
    )
    terra("update", "--merge")
    assert living.read("network.tf") == MARKED
    assert not (living.folder / "main.tf").exists()


def test_a_rename_is_not_taken_for_another_s(terra: Terra, living: Living) -> None:
    """`b.tf` became `c.tf`; the edits of `a.tf`, which is gone and much like it, have nothing to do there."""
    other = changed(l1="# other", l20="# other")
    living.release("0.1.0", {"a.tf": MAIN, "b.tf": other}).add()
    living.release("0.2.0", {"c.tf": changed(other, l10="# new")})
    living.write(a_tf=MINE)
    terra("update")
    assert living.read("c.tf") == changed(other, l10="# new")
    assert living.read("a.tf") == MINE


def test_a_new_file_like_one_that_stays_is_no_rename(terra: Terra, living: Living) -> None:
    living.release("0.1.0").add().release("0.2.0", {"main.tf": CONFLICTING, "copy.tf": MAIN})
    living.write(main_tf=MINE)
    terra("update", "--ours")
    assert living.read() == BOTH
    assert living.read("copy.tf") == MAIN


def test_a_file_that_i_exclude_is_no_rename(terra: Terra, living: Living) -> None:
    living.release("0.1.0", {"main.tf": MAIN, "x.tf": "# x\n"}).add()
    living.write(main_tf=MINE)
    living.ask('{ version = ">=0.1,<1", exclude = ["main.tf"] }', was='">=0.1,<1"')
    living.release("0.2.0", {"main.tf": MAIN, "x.tf": "# x\n", "copy.tf": MAIN})
    terra("update")
    assert (living.read(), living.read("copy.tf")) == (MINE, MAIN)


def test_deleted_upstream(terra: Terra, living: Living) -> None:
    files = {"main.tf": MAIN, "old/a.tf": "# a\n", "old/b.tf": "# b\n"}
    living.release("0.1.0", files).add().release("0.2.0", {"main.tf": MAIN})
    write_files(living.folder, {"old/b.tf": "# mine\n"})
    out = terra("update").out
    assert not (living.folder / "old/a.tf").exists()
    assert living.read("old/b.tf") == "# mine\n"
    assert "kept plugins/vpc/old/b.tf: edited, no longer in the plugin" in out
    terra("update", "--overwrite")
    assert living.read("old/b.tf") == "# mine\n", "it is not the plugin's any more"


def test_folder_that_is_left_empty_goes(terra: Terra, living: Living) -> None:
    living.release("0.1.0", {"main.tf": MAIN, "old/x/a.tf": "# a\n"}).add().release("0.2.0", {"main.tf": MAIN})
    terra("update")
    assert not (living.folder / "old").exists()


@pytest.mark.parametrize("which", ["mine", "theirs", "both"])
def test_turned_binary(terra: Terra, living: Living, which: str) -> None:
    mine = b"\x89mine\0\n" if which != "theirs" else MINE.encode()
    theirs = b"\x89theirs\0\n" if which != "mine" else NEW.encode()
    living.release("0.1.0").add().release("0.2.0", {"main.tf": theirs, "x.tf": "# x\n"})
    living.write(main_tf=mine)
    for option in ([], ["--merge"]):
        refused(terra, "update", *option, exit=6, says=["plugins/vpc/main.tf", "no text that can be merged"], hint="")
    terra("update", "--ours")
    assert (living.folder / "main.tf").read_bytes() == mine
    assert living.read("x.tf") == "# x\n"


def test_binary_of_theirs_is_taken_whole(terra: Terra, living: Living) -> None:
    living.release("0.1.0").add().release("0.2.0", {"main.tf": b"\0theirs"})
    living.write(main_tf=MINE)
    terra("update", "--theirs")
    assert (living.folder / "main.tf").read_bytes() == b"\0theirs"


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
@pytest.mark.parametrize("edited", [False, True])
def test_mode_changed_upstream(terra: Terra, living: Living, edited: bool) -> None:
    living.release("0.1.0", {"main.tf": "# x\n", "run.sh": MAIN}).add().release(
        "0.2.0", {"main.tf": "#\n", "run.sh": NEW}
    )
    (living.graph.folder / "releases/vpc@0.2.0/run.sh").chmod(0o755)
    if edited:
        write_files(living.folder, {"run.sh": MINE})
    terra("update")
    assert living.read("run.sh") == (BOTH if edited else NEW)
    assert (living.folder / "run.sh").stat().st_mode & 0o777 == 0o755


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
def test_mode_of_mine_survives_a_merge(terra: Terra, living: Living) -> None:
    living.release("0.1.0", {"main.tf": "# x\n", "run.sh": MAIN}).add().release(
        "0.2.0", {"main.tf": "#\n", "run.sh": NEW}
    )
    write_files(living.folder, {"run.sh": MINE})
    (living.folder / "run.sh").chmod(0o755)
    terra("update")
    assert living.read("run.sh") == BOTH
    assert (living.folder / "run.sh").stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize("edited", [False, True])
def test_clone_with_crlf(terra: Terra, living: Living, edited: bool) -> None:
    """What git's `core.autocrlf` makes of a clone is no edit; what is edited keeps its endings."""
    living.release("0.1.0", {"main.tf": MAIN, "gone.tf": "# gone\n"}).add().release("0.2.0", {"main.tf": NEW})
    write_files(living.folder, {"main.tf": (MINE if edited else MAIN).replace("\n", "\r\n"), "gone.tf": "# gone\r\n"})
    terra("update")
    assert living.read() == (BOTH.replace("\n", "\r\n") if edited else NEW)
    assert not (living.folder / "gone.tf").exists()


def test_lock_of_a_clone_with_crlf_keeps_its_endings(terra: Terra, living: Living) -> None:
    living.release("0.1.0").add().release("0.2.0", {"main.tf": NEW})
    lock = living.project / "terra.lock"
    lock.write_bytes(lock.read_bytes().replace(b"\n", b"\r\n"))
    terra("update")
    assert lock.read_bytes().count(b"\n") == lock.read_bytes().count(b"\r\n") > 5
    before = snapshot(living.project)
    terra("update")
    assert snapshot(living.project) == before


def test_file_that_i_deleted_stays_away(terra: Terra, living: Living) -> None:
    living.release("0.1.0", {"main.tf": MAIN, "README.md": "# r\n"}).add()
    living.release("0.2.0", {"main.tf": NEW, "README.md": "# r\n"})
    (living.folder / "README.md").unlink()
    assert "kept plugins/vpc/README.md: deleted here" in terra("update").out
    assert not (living.folder / "README.md").exists()
    assert living.read() == NEW


@pytest.mark.parametrize(
    ("option", "is_back"),
    [("--merge", True), ("--theirs", True), ("--overwrite", True), ("--ours", False), ("--skip-existing", False)],
)
def test_file_that_i_deleted_and_the_release_changed(terra: Terra, living: Living, option: str, is_back: bool) -> None:
    living.release("0.1.0", {"main.tf": MAIN, "README.md": "# r\n"}).add()
    living.release("0.2.0", {"main.tf": NEW, "README.md": "# new\n"})
    (living.folder / "README.md").unlink()
    refused(terra, "update", exit=6, says=["README.md: deleted here, and changed in vpc 0.2.0"], hint="")
    terra("update", option)
    assert (living.folder / "README.md").exists() == is_back
    assert living.read() == NEW


def test_file_of_mine_that_the_release_brings_too(terra: Terra, living: Living) -> None:
    living.release("0.1.0").add().release("0.2.0", {"main.tf": MAIN, "extra.tf": "# extra\n"})
    living.write(extra_tf="# extra\n")
    found = states(terra("update", "--json"))
    assert found["extra.tf"] == ("keep", "unchanged")


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ("--merge", "<<<<<<< yours\n# mine\n=======\n# extra\n>>>>>>> vpc 0.2.0\n"),
        ("--ours", "# mine\n"),
        ("--theirs", "# extra\n"),
        ("--overwrite", "# extra\n"),
        ("--skip-existing", "# mine\n"),
    ],
)
def test_file_of_mine_that_the_release_brings_otherwise(
    terra: Terra, living: Living, option: str, expected: str
) -> None:
    living.release("0.1.0").add().release("0.2.0", {"main.tf": MAIN, "extra.tf": "# extra\n"})
    living.write(extra_tf="# mine\n")
    refused(terra, "update", exit=6, says=["extra.tf: there already, with other content"], hint="")
    terra("update", option)
    assert living.read("extra.tf") == expected


def test_an_empty_file_of_mine_is_a_file_of_mine(terra: Terra, living: Living) -> None:
    living.release("0.1.0").add().release("0.2.0", {"main.tf": MAIN, "extra.tf": "# extra\n"})
    living.write(extra_tf="")
    refused(terra, "update", exit=6, says=["extra.tf"], hint="")


def test_excluded_files_stay_away(terra: Terra, living: Living) -> None:
    living.release("0.1.0", {"main.tf": MAIN, "docs/a.md": "# a\n", "docs/b.md": "# b\n"}).add()
    write_files(living.folder, {"docs/b.md": "# mine\n"})
    living.ask('{ version = ">=0.1,<1", exclude = ["docs/**"] }', was='">=0.1,<1"')
    living.release("0.2.0", {"main.tf": NEW, "docs/a.md": "# a2\n", "docs/b.md": "# b2\n", "docs/c.md": "# c\n"})
    terra("update")
    assert sorted(path.name for path in (living.folder / "docs").iterdir()) == ["b.md"]
    assert living.read("docs/b.md") == "# mine\n"


def test_base_that_the_cache_lost_is_fetched_again(terra: Terra, living: Living) -> None:
    living.release("0.1.0").add().release("0.2.0", {"main.tf": NEW})
    living.write(main_tf=MINE)
    living.forget_cache()
    terra("update")
    assert living.read() == BOTH


def test_base_that_is_nowhere(terra: Terra, living: Living) -> None:
    """An unedited file is known by the lock's hash; of an edited one nobody knows what was changed."""
    living.release("0.1.0", {"main.tf": MAIN, "other.tf": "# 1\n"}).add()
    living.release("0.2.0", {"main.tf": NEW, "other.tf": "# 2\n"})
    living.write(main_tf=MINE)
    living.forget_cache()
    living.without_release("0.1.0")
    ended = refused(terra, "update", exit=6, says=["plugins/vpc/main.tf"], hint="")
    assert any("cannot be had:" in each for each in warnings_of(ended))
    terra("update", "--ours")
    assert living.read("other.tf") == "# 2\n"
    assert "# mine" in living.read()


def test_base_that_is_nowhere_of_a_file_that_i_emptied(terra: Terra, living: Living) -> None:
    living.release("0.1.0").add().release("0.2.0", {"main.tf": NEW})
    living.write(main_tf="")
    living.forget_cache()
    living.without_release("0.1.0")
    refused(terra, "update", exit=6, says=["plugins/vpc/main.tf"], hint="")


def test_unedited_without_any_base(terra: Terra, living: Living) -> None:
    living.release("0.1.0").add().release("0.2.0", {"main.tf": NEW})
    living.forget_cache()
    living.without_release("0.1.0")
    terra("update")
    assert living.read() == NEW


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"0.1.0"', '"1.2.0"'),
        ('"=0.1.0"', '"=1.2.0"'),
        ('"~>0.1.0"', '"~>1.2.0"'),
        ('"~>0.1"', '"~>1.2"'),
        ('"^0.1"', '"^1.2"'),
        ('">=0.1,<1"', '">=1.2.0,<2"'),
        ('">=0.1"', '">=0.1"'),
        ('{ version = "0.1.0", exclude = ["docs/**"] }', '{ version = "1.2.0", exclude = ["docs/**"] }'),
    ],
)
def test_latest_moves_the_requirement(terra: Terra, living: Living, before: str, after: str) -> None:
    living.release("0.1.0").add().release("1.2.0", {"main.tf": NEW})
    living.ask(f"{before} # why so", was='">=0.1,<1"')
    manifest = (living.project / "terra.toml").read_text()
    if after != before:
        terra("update")
        assert 'id = "vpc@0.1.0"' in living.lock, "what terra.toml asks for is not left without being told to"
        assert (living.project / "terra.toml").read_text() == manifest
    terra("update", "--latest")
    assert 'id = "vpc@1.2.0"' in living.lock
    assert (living.project / "terra.toml").read_text() == manifest.replace(before, after), "nothing else moved"


def test_latest_of_one_set(terra: Terra, living: Living) -> None:
    living.release("0.1.0").release("0.2.0")
    (living.project / "terra.toml").write_text(
        '[registries.here]\nurl = "../here"\n\n[plugins]\nvpc = "0.1.0"  # the default\n\n'
        '[sets.dev]\ndir = "dev"\n\n[sets.dev.plugins]\n# first in dev\nvpc = "0.1.0"\n'
    )
    terra("sync")
    terra("update", "--latest", "--set", "dev")
    text = (living.project / "terra.toml").read_text()
    assert 'vpc = "0.1.0"  # the default' in text
    assert '# first in dev\nvpc = "0.2.0"' in text
    ids = [(each.get("set"), each["id"]) for each in tomllib.loads(living.lock)["plugin"]]
    assert ids == [(None, "vpc@0.1.0"), ("dev", "vpc@0.2.0")]
    refused(terra, "update", "--set", "prod", exit=2, says=["`prod` is not a set"], hint="[sets.prod]")


def ids(living: Living) -> set[str]:
    return {each["id"] for each in tomllib.loads(living.lock).get("plugin", [])}


def test_named_update_moves_only_what_it_must(terra: Terra, living: Living) -> None:
    for name in ("aws-a", "aws-b"):
        living.graph.add(f"{name}@0.1.0", {"aws-kms": ">=0.1"}).add(f"{name}@0.2.0", {"aws-kms": ">=0.1"})
    living.graph.add("aws-kms@0.1.0").add("aws-kms@0.2.0").write()
    terra("add", "aws-a@0.1.0", "aws-b@0.1.0", "aws-kms@0.1.0")
    manifest = living.project / "terra.toml"
    manifest.write_text(manifest.read_text().replace('"0.1.0"', '">=0.1,<1"'))
    terra("update", "aws-a")
    assert ids(living) == {"aws-a@0.2.0", "aws-b@0.1.0", "aws-kms@0.1.0"}


@pytest.mark.parametrize("asked_for", [True, False])
def test_named_update_takes_along_what_it_needs(terra: Terra, living: Living, asked_for: bool) -> None:
    """What is locked does not hold back what is asked for, be it a line of terra.toml or a dependency."""
    living.graph.add("aws-a@0.1.0", {"aws-kms": ">=0.1"}).add("aws-a@0.2.0", {"aws-kms": ">=0.2"})
    living.graph.add("aws-kms@0.1.0").add("aws-b@0.1.0").write()
    terra("add", "aws-a@0.1.0", "aws-b@0.1.0", *(["aws-kms@0.1.0"] if asked_for else []))
    manifest = living.project / "terra.toml"
    manifest.write_text(manifest.read_text().replace('"0.1.0"', '">=0.1,<1"'))
    living.graph.add("aws-kms@0.2.0").add("aws-kms@0.3.0").add("aws-b@0.2.0").write()
    terra("update", "aws-a")
    assert "aws-a@0.2.0" in ids(living)
    assert "aws-b@0.1.0" in ids(living)
    assert ids(living) & {"aws-kms@0.2.0", "aws-kms@0.3.0"}


def test_named_update_leaves_other_sets_alone(terra: Terra, living: Living) -> None:
    living.release("0.1.0").add().release("0.2.0", {"main.tf": NEW})
    living.graph.add("aws-kms@0.1.0").write()
    text = (living.project / "terra.toml").read_text()
    (living.project / "terra.toml").write_text(f'{text}\n[sets.dev]\ndir = "dev"\nplugins = {{ aws-kms = "*" }}\n')
    terra("update", "vpc")
    assert ids(living) == {"vpc@0.2.0"}


def test_dependencies_come_and_go(terra: Terra, living: Living) -> None:
    living.graph.add("aws-a@0.1.0", {"aws-old": "*"}).add("aws-old@0.1.0", {"aws-older": "*"})
    living.graph.add("aws-older@0.1.0", files={"main.tf": "# x\n", "b.tf": "# b\n"}).write()
    terra("add", "aws-a@0.1.0")
    (living.project / "terra.toml").write_text(
        (living.project / "terra.toml").read_text().replace('"0.1.0"', '">=0.1,<1"')
    )
    write_files(living.project / "plugins/aws-older", {"b.tf": "# mine\n"})
    living.graph.add("aws-a@0.2.0", {"aws-new": "*"}).add("aws-new@0.1.0").write()
    out = terra("update").out
    assert ids(living) == {"aws-a@0.2.0", "aws-new@0.1.0"}
    assert not (living.project / "plugins/aws-old").exists()
    assert os.listdir(living.project / "plugins/aws-older") == ["b.tf"], "what the user edited stays"
    assert "- aws-old 0.1.0" in out
    assert "kept plugins/aws-older/b.tf" in out


def test_line_that_was_taken_out_goes_with_the_next_update(terra: Terra, living: Living) -> None:
    living.release("0.1.0").add()
    manifest = living.project / "terra.toml"
    manifest.write_text(manifest.read_text().replace('vpc = ">=0.1,<1"\n', ""))
    terra("update", "vpc")
    assert ids(living) == {"vpc@0.1.0"}, "a named update takes nothing away"
    terra("update")
    assert ids(living) == set()
    assert not (living.project / "plugins").exists()


def test_direct_folder(terra: Terra, living: Living, isolated: Path) -> None:
    write_files(isolated / "mine", {"main.tf": MAIN})
    terra("add", "../mine")
    text = (living.project / "terra.toml").read_text().replace('"file:../mine"', '"../mine"')
    (living.project / "terra.toml").write_text(text)
    write_files(isolated / "mine", {"main.tf": NEW})
    write_files(living.project / "plugins/mine", {"main.tf": MINE})
    terra("update")
    assert (living.project / "plugins/mine/main.tf").read_text() == BOTH
    assert (living.project / "terra.toml").read_text() == text, "its line stays in the user's spelling"


def test_direct_archive(terra: Terra, living: Living, isolated: Path) -> None:
    workspace = Workspace(isolated / "archives")
    workspace.archive("vpc", {"main.tf": MAIN})
    terra("add", "../archives/vpc.zip")
    workspace.archive("vpc", {"main.tf": NEW})
    living.write(main_tf=MINE)
    terra("update")
    assert living.read() == BOTH
    before, at = snapshot(living.project), times(living.project)
    terra("update")
    assert (snapshot(living.project), times(living.project)) == (before, at)


@pytest.mark.usefixtures("git_identity")
def test_direct_git_branch(terra: Terra, living: Living, isolated: Path) -> None:
    def git(*words: str) -> None:
        subprocess.run(["git", *words], cwd=isolated / "repo", check=True, capture_output=True)

    write_files(isolated / "repo", {"main.tf": MAIN})
    git("init", "-b", "main")
    git("add", ".")
    git("commit", "-m", "one")
    terra("add", f"git::file://{isolated}/repo?ref=main", "--as", "vpc")
    write_files(isolated / "repo", {"main.tf": NEW})
    git("commit", "-a", "-m", "two")
    living.write(main_tf=MINE)
    terra("update")
    assert living.read() == BOTH
    before = snapshot(living.project)
    terra("update")
    assert snapshot(living.project) == before


def test_yanked_release_is_left(terra: Terra, living: Living) -> None:
    living.release("0.1.0").release("0.2.0", {"main.tf": NEW}).add("0.2.0")
    living.graph.entries["vpc"]["versions"]["0.2.0"]["yanked"] = "broken"
    living.release("0.1.1", {"main.tf": MINE})
    terra("update")
    assert ids(living) == {"vpc@0.1.1"}


def test_same_version_with_other_bytes(terra: Terra, isolated: Path) -> None:
    graph = Graph(isolated / "here").add("vpc@0.1.0")
    with hostile_server() as server:
        (terra.cwd / "terra.toml").write_text(f'[registries.here]\nurl = "{graph.serve(server)}"\n')
        terra("add", "vpc")
        graph.add("vpc@0.1.0", files={"main.tf": NEW}).serve(server)
        refused(terra, "update", exit=5, says=["`vpc@0.1.0` has other bytes", "sha256-"], hint="")


def test_same_version_changes_nothing(terra: Terra, living: Living) -> None:
    living.release("0.1.0", {"main.tf": MAIN, "README.md": "# r\n", "x.tf": "# x\n"}).add()
    living.write(main_tf=MINE, own_tf="# own\n", x_tf="# x\r\n")
    (living.folder / "README.md").unlink()
    before, at = snapshot(living.project), times(living.project)
    out = terra("update").out
    assert (snapshot(living.project), times(living.project)) == (before, at)
    assert "->" not in out
    living.forget_cache()
    terra("update")
    assert (snapshot(living.project), times(living.project)) == (before, at)


def accept(living: Living, **files: str) -> None:
    """Write into the lock by hand what `terra accept` records."""
    paths = {name.replace("_tf", ".tf"): text for name, text in files.items()}
    recorded = [f"deleted {path}" if text == "deleted" else edit(text, path) for path, text in paths.items()]
    lines = "".join(f'  "{each}",\n' for each in recorded)
    plugin, mark, registry = living.lock.partition("\n[[registry]]")
    text = f'{plugin}edited = [\n{lines}]\nedit-reason = "INFRA-112"\n{mark}{registry}'
    (living.project / "terra.lock").write_text(text)
    assert accepted(living)


def accepted(living: Living) -> list[str]:
    (plugin,) = tomllib.loads(living.lock)["plugin"]
    found: list[str] = plugin.get("edited", [])
    assert ("edit-reason" in plugin) == bool(found)
    return found


def edit(text: str, path: str) -> str:
    return f"{hashlib.sha256(text.encode()).hexdigest()} {path}"


def test_accepted_edit_stays_accepted_after_a_clean_merge(terra: Terra, living: Living) -> None:
    files = {"main.tf": MAIN, "a.tf": "# a\n", "b.tf": "# b\n"}
    living.release("0.1.0", files).add()
    living.write(main_tf=MINE, a_tf="# mine\n")
    (living.folder / "b.tf").unlink()
    accept(living, a_tf="# mine\n", b_tf="deleted", main_tf=MINE)
    living.release("0.2.0", {**files, "main.tf": NEW})
    terra("update")
    assert sorted(accepted(living)) == sorted([edit("# mine\n", "a.tf"), "deleted b.tf", edit(BOTH, "main.tf")])


@pytest.mark.parametrize("option", ["--merge", "--ours", "--theirs", "--overwrite", "--skip-existing"])
def test_accepted_edit_is_not_accepted_after_a_conflict(terra: Terra, living: Living, option: str) -> None:
    living.release("0.1.0").add()
    living.write(main_tf=MINE)
    accept(living, main_tf=MINE)
    living.release("0.2.0", {"main.tf": CONFLICTING})
    terra("update", option)
    assert accepted(living) == []


def test_accepted_edit_of_a_renamed_file(terra: Terra, living: Living) -> None:
    living.release("0.1.0").add()
    living.write(main_tf=MINE)
    accept(living, main_tf=MINE)
    living.release("0.2.0", {"network.tf": NEW})
    terra("update")
    assert accepted(living) == [edit(BOTH, "network.tf")]


def test_edit_that_was_not_accepted_is_not_by_a_merge(terra: Terra, living: Living) -> None:
    living.release("0.1.0").add()
    living.write(main_tf=changed(MINE, l5="# more"))
    accept(living, main_tf=MINE)
    living.release("0.2.0", {"main.tf": NEW})
    terra("update")
    assert accepted(living) == []


def test_accepted_edit_that_the_release_has_now(terra: Terra, living: Living) -> None:
    living.release("0.1.0").add()
    living.write(main_tf=MINE)
    accept(living, main_tf=MINE)
    living.release("0.2.0", {"main.tf": MINE})
    terra("update")
    assert accepted(living) == []


def test_unknown_name(terra: Terra, living: Living) -> None:
    living.release("0.1.0").add()
    refused(terra, "update", "nothing", exit=3, says=["`nothing` is not locked"], hint="terra add nothing")
    refused(terra, "update", "Not A Name", exit=2, says=["Not A Name"], hint=None)


def test_no_project(terra: Terra, living: Living) -> None:
    """Without terra.toml everything that is locked would seem unwanted."""
    living.release("0.1.0").add()
    (living.project / "terra.toml").unlink()
    for command in ("update", "sync"):
        refused(terra, command, exit=2, says=["there is no `terra.toml`"], hint="version control")
    shutil.rmtree(living.project / "plugins")
    (living.project / "terra.lock").unlink()
    refused(terra, "update", exit=2, says=["there is no `terra.toml`"], hint="terra add NAME")


def test_diff_applies_with_git(terra: Terra, living: Living, isolated: Path) -> None:
    living.release("0.1.0", {"main.tf": MAIN, "gone.tf": "# gone\n"}).add()
    living.release("0.2.0", {"main.tf": NEW, "new.tf": "# new"})
    living.write(main_tf=MINE)
    patch = terra("update", "--diff").out
    copy = isolated / "copy"
    shutil.copytree(living.project, copy)
    subprocess.run(["git", "apply", "-"], cwd=copy, input=patch.encode(), check=True)
    terra("update")
    assert snapshot(copy) == snapshot(living.project)


def test_registry_of_lock_moves_only_when_told(terra: Terra, living: Living, isolated: Path) -> None:
    living.release("0.1.0").add()
    shutil.copytree(isolated / "here", isolated / "there")
    document = json.loads((isolated / "there/registry.json").read_text())
    (isolated / "there/registry.json").write_text(json.dumps(document))
    text = (living.project / "terra.toml").read_text()
    (living.project / "terra.toml").write_text(text.replace("../here", "../there"))
    refused(terra, "update", exit=5, says=["`vpc` is locked from"], hint="--allow-registry-change")
    terra("update", "--allow-registry-change")
    assert "../there" in living.lock


def test_update_takes_names(terra: Terra, living: Living) -> None:
    living.release("0.1.0").add()
    refused(terra, "update", "vpc@1.0", exit=2, says=["`vpc@1.0` asks for a version"], hint="`terra add vpc@1.0`")
    refused(terra, "update", "vpc>=1", exit=2, says=["`vpc>=1`"], hint="`terra add 'vpc>=1'`")


def test_what_is_beyond_terra_toml_is_said(terra: Terra, living: Living) -> None:
    living.release("0.1.0").release("0.2.0")
    terra("add", "vpc@0.1.0")
    said = terra("update", "vpc").out
    assert said == ("`vpc` 0.2.0 is there, and terra.toml asks for `0.1.0`: `terra update vpc --latest` goes beyond\n")
    assert terra("update", "vpc", "--json").json["notes"] == [said.rstrip("\n")]
    assert terra("update").out.startswith("1 plugin has a newer release than terra.toml allows: `terra outdated`")
    assert terra("update", "-q").out == ""
    terra("update", "vpc", "--latest")
    assert terra("update", "vpc").out == "Everything is as new as terra.toml allows.\n"


def test_who_holds_a_plugin_back_is_said(terra: Terra, living: Living) -> None:
    living.graph.add("aws-a@0.1.0", {"aws-kms": ">=0.1,<0.2"}).add("aws-kms@0.1.0").add("aws-kms@0.2.0").write()
    terra("add", "aws-a", "aws-kms")
    held = "`aws-kms` 0.2.0 is there, and `aws-a@0.1.0` needs `aws-kms>=0.1,<0.2`: "
    said = terra("update", "aws-kms", "--latest").out
    assert said == f"{held}`terra update aws-a aws-kms --latest` moves both, if anything does\n"
    assert f"{held}it waits for another release of `aws-a`\n" in terra("update", "--latest").out


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are of POSIX")
def test_the_question_shows_the_difference(terra: Terra, living: Living) -> None:
    pexpect = pytest.importorskip("pexpect")
    living.release("0.1.0").add().release("0.2.0", {"main.tf": CONFLICTING, "other.tf": "# other\n"})
    living.write(main_tf=MINE)
    environment = {**os.environ, "TERM": "xterm-256color", "NO_COLOR": "1"}
    child = pexpect.spawn(
        str(terra.program), ["update"], cwd=str(terra.cwd), env=environment, dimensions=(50, 200), timeout=30
    )
    child.expect(rb"/q\]")
    asked = child.before.decode().replace("\r", "")
    assert asked.startswith(
        "`vpc` 0.1.0 -> 0.2.0 conflicts with 1 file of yours\n"
        "  plugins/vpc/main.tf: line 3 changed here and in vpc 0.2.0\n"
    )
    child.sendline("d")
    child.expect(rb"/q\]")
    shown = child.before.decode().replace("\r", "")
    assert "+<<<<<<< yours\n # mine\n+=======\n+# theirs\n+>>>>>>> vpc 0.2.0\n" in shown
    assert "other.tf" not in shown, "what nobody contests is not asked about"
    child.sendline("q")
    child.expect(pexpect.EOF)
    said = child.before.decode().replace("\r", "")
    child.close()
    assert (child.exitstatus, said) == (6, " q\nerror: stopped, and nothing was written\n")


def test_overwrite_leaves_no_second_copy_of_what_was_renamed(terra: Terra, living: Living) -> None:
    """Both files would declare the same, and the module would be none."""
    living.release("0.1.0", {"main.tf": MAIN}).add().release("0.2.0", {"network.tf": MAIN})
    living.write(main_tf=MINE)
    out = terra("update", "--overwrite").out
    assert "deleted plugins/vpc/main.tf: no longer in the plugin, your edits are gone" in out
    assert not (living.folder / "main.tf").exists()
    assert living.read("network.tf") == MAIN
    terra("verify", "--offline")


def test_what_was_tried_is_not_proposed(terra: Terra, isolated: Path) -> None:
    """`b` needs `a` below 2, and `c` 2 needs `a` 2: going beyond was what the command did."""
    graph = Graph(isolated / "here").add("a@1.0.0").add("a@2.0.0").add("b@1.0.0", {"a": "<2"})
    graph.add("c@1.0.0", {"a": ">=1"}).add("c@2.0.0", {"a": ">=2"}).write()
    head = '[registries.here]\nurl = "../here"\n\n[plugins]\n'
    (terra.cwd / "terra.toml").write_text(f'{head}b = "*"\nc = ">=1,<2"\n')
    terra("sync")
    said = terra("update", "c", "--latest").out
    assert "`c` 2.0.0 is there" in said
    assert "`terra add c@2.0.0 --dry-run` says what" in said
    assert "no version of `a` fits" in terra("add", "c@2.0.0", "--dry-run", exit=3).err
