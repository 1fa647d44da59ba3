"""`terra accept`: an edit that is meant to be there stands in the lock, by its hash."""

from __future__ import annotations

import hashlib
import os
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from support.expected import refused
from support.living import MAIN, Living, changed
from support.project import snapshot

if TYPE_CHECKING:
    from pathlib import Path

    from support.project import Terra

MINE = changed(l3="# mine")
MARKED = changed(l3="<<<<<<< yours\n# mine\n=======\n# theirs\n>>>>>>> vpc 0.2.0")


@pytest.fixture
def living(terra: Terra, isolated: Path) -> Living:
    found = Living(terra, isolated)
    return found.release("0.1.0", {"main.tf": MAIN, "notes.md": "# notes\n", "run.sh": "#!/bin/sh\n"}).add()


def locked(living: Living) -> dict[str, Any]:
    (plugin,) = tomllib.loads(living.lock)["plugin"]
    return dict(plugin)


def hashed(living: Living) -> str:
    return hashlib.sha256((living.folder / "main.tf").read_bytes()).hexdigest()


def edited(living: Living) -> list[str]:
    return [each.partition(" ")[2] for each in locked(living).get("edited", [])]


def test_edits_are_recorded_with_why(terra: Terra, living: Living) -> None:
    living.write(main_tf=MINE)
    (living.folder / "notes.md").unlink()
    before = living.lock
    out = terra("accept", "vpc", "--reason", "INFRA-112").out
    assert "accepted (INFRA-112)" in out
    assert edited(living) == ["main.tf", "notes.md"]
    assert locked(living)["edited"][1] == "deleted notes.md"
    assert locked(living)["edit-reason"] == "INFRA-112"
    added = [line for line in living.lock.splitlines() if line not in before.splitlines()]
    assert [line.split()[0] for line in added] == ["edited", '"' + hashed(living), '"deleted', "edit-reason"]
    terra("verify")
    terra("sync", "--check")
    terra("sync")
    assert not (living.folder / "notes.md").exists(), "a file that was accepted as deleted does not come back"
    (listed,) = terra("list", "--json").json["plugins"]
    assert (listed["edited"], listed["missing"]) == (["main.tf"], ["notes.md"])


def test_accepting_again_replaces_and_keeps_the_reason(terra: Terra, living: Living) -> None:
    living.write(main_tf=MINE)
    terra("accept", "vpc", "--reason", "one")
    living.write(main_tf=MAIN)
    (living.folder / "notes.md").write_text("# mine\n")
    terra("accept", "vpc")
    assert (edited(living), locked(living)["edit-reason"]) == (["notes.md"], "one")
    terra("accept", "vpc", "--reason", "two")
    assert locked(living)["edit-reason"] == "two"
    terra("accept", "vpc", "--reason", "")
    assert "edit-reason" not in locked(living)


def test_without_edits_what_was_recorded_goes(terra: Terra, living: Living) -> None:
    before = living.lock
    living.write(main_tf=MINE)
    terra("accept", "vpc", "--reason", "one")
    living.write(main_tf=MAIN)
    assert "no edits any more" in terra("accept", "vpc").out
    assert living.lock == before
    assert "says it already" in terra("accept", "vpc").out


def test_a_dry_run_writes_nothing(terra: Terra, living: Living) -> None:
    living.write(main_tf=MINE)
    before = snapshot(living.project)
    document = terra("accept", "--all", "--dry-run", "--json").json
    assert document["plugins"][0]["edits"] == [{"path": "plugins/vpc/main.tf", "kind": "changed"}]
    assert snapshot(living.project) == before


def test_files_of_ones_own_are_not_recorded(terra: Terra, living: Living) -> None:
    living.write(backend_tf="# own\n")
    assert "says it already" in terra("accept", "vpc").out


def test_line_endings_are_no_edit(terra: Terra, living: Living) -> None:
    living.write(main_tf=MAIN.replace("\n", "\r\n"))
    assert "says it already" in terra("accept", "vpc").out


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_a_mode(terra: Terra, living: Living) -> None:
    (living.folder / "run.sh").chmod(0o755)
    terra("verify", exit=7)
    assert terra("accept", "vpc", "--json").json["plugins"][0]["edits"] == [
        {"path": "plugins/vpc/run.sh", "kind": "mode"}
    ]
    terra("verify")


def test_conflict_markers_are_refused_with_file_and_line(terra: Terra, living: Living) -> None:
    living.write(main_tf=MARKED)
    where = ["`plugins/vpc/main.tf:3`", "plugins/vpc/main.tf:7"]
    refused(terra, "accept", "vpc", exit=2, says=where, hint="--force")
    terra("accept", "vpc", "--force")
    assert edited(living) == ["main.tf"]


@pytest.mark.skipif(os.name != "posix", reason="links are POSIX's")
def test_a_link_is_no_edit(terra: Terra, living: Living) -> None:
    (living.folder / "main.tf").unlink()
    (living.folder / "main.tf").symlink_to("notes.md")
    refused(terra, "accept", "vpc", exit=5, says=["`plugins/vpc/main.tf` is a link"], hint="put the file back")


def test_which_plugins_must_be_said(terra: Terra, living: Living) -> None:
    refused(terra, "accept", exit=2, says=["--all"], hint="terra verify")
    refused(terra, "accept", "vpc", "--all", exit=2, says=["takes no names"], hint="terra verify")
    refused(terra, "accept", "nothing", exit=3, says=["`nothing` is not locked"], hint="terra add nothing")


def test_a_clean_merge_keeps_accepted_edits_accepted(terra: Terra, living: Living) -> None:
    living.write(main_tf=MINE)
    terra("accept", "vpc", "--reason", "INFRA-112")
    new = {"main.tf": changed(l15="# new"), "notes.md": "# notes\n", "run.sh": "#!/bin/sh\n"}
    living.release("0.2.0", new)
    terra("update")
    assert living.read() == changed(l3="# mine", l15="# new")
    assert (locked(living)["id"], edited(living)) == ("vpc@0.2.0", ["main.tf"])
    assert locked(living)["edit-reason"] == "INFRA-112"
    terra("verify")


def test_a_merge_does_not_accept_what_was_not(terra: Terra, living: Living) -> None:
    living.write(main_tf=changed(l3="# accepted"))
    terra("accept", "vpc")
    living.write(main_tf=MINE)
    living.release("0.2.0", {"main.tf": changed(l15="# new"), "notes.md": "# notes\n", "run.sh": "#!/bin/sh\n"})
    terra("update")
    assert edited(living) == []
    terra("verify", exit=7)


def test_conflict_markers_are_never_accepted_by_a_merge(terra: Terra, living: Living) -> None:
    living.write(main_tf=MINE)
    terra("accept", "vpc")
    living.release("0.2.0", {"main.tf": changed(l3="# theirs"), "notes.md": "# notes\n", "run.sh": "#!/bin/sh\n"})
    terra("update", "--merge")
    assert edited(living) == []
    terra("verify", exit=7)


@pytest.mark.parametrize(("option", "is_back"), [((), False), (("--merge",), False), (("--theirs",), True)])
def test_a_file_that_was_accepted_as_deleted_is_no_conflict(
    terra: Terra, living: Living, option: tuple[str, ...], is_back: bool
) -> None:
    (living.folder / "notes.md").unlink()
    terra("accept", "vpc")
    living.release("0.2.0", {"main.tf": changed(l9="# theirs"), "notes.md": "# other notes\n", "run.sh": "#!/bin/sh\n"})
    terra("update", *option)
    assert (living.folder / "notes.md").exists() is is_back
    assert edited(living) == ([] if is_back else ["notes.md"])
    terra("verify")


def test_of_an_edit_that_is_gone_the_very_file_is_said(terra: Terra, isolated: Path) -> None:
    """The plugin's name, and that of the file, come again in a folder of its own."""
    files = {"main.tf": MAIN, "modules/vpc/main.tf": MAIN}
    living = Living(terra, isolated).release("0.1.0", files).add()
    (living.folder / "main.tf").write_text("# mine\n")
    terra("accept", "vpc")
    (living.folder / "modules/vpc/main.tf").unlink()
    assert "accepted edit" not in terra("sync").err
    (living.folder / "main.tf").unlink()
    assert "`plugins/vpc/main.tf` comes as it was released: its accepted edit is in" in terra("sync").err
