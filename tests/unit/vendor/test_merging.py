"""What becomes of contested files: merged, followed to a new name, or left to the user; and which are renames."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from support.project import write_files
from terra.commands.change_words import why, why_stopped
from terra.errors import ConflictError
from terra.model.name import Name
from terra.model.plan import Action, Reason
from terra.model.tree import Tree, TreeFile
from terra.vendor.merging import Texts, needs_base, settle
from terra.vendor.plan import Choice, Settled, Sides, paths_of, plan_plugin
from terra.vendor.renames import renames
from terra.vendor.survey import survey

if TYPE_CHECKING:
    from pathlib import Path

BASE = "".join(f"line {number}\n" for number in range(20))
MINE = BASE.replace("line 3\n", "mine\n")
NEW = BASE.replace("line 15\n", "new\n")
BOTH = MINE.replace("line 15\n", "new\n")
CLASH = NEW.replace("line 3\n", "theirs\n")


def tree(files: dict[str, str]) -> Tree:
    return Tree.of([TreeFile(path, hashlib.sha256(text.encode()).hexdigest()) for path, text in files.items()])


class Case:
    """Three sides on the disk."""

    def __init__(self, root: Path, base: dict[str, str] | None, theirs: dict[str, str], mine: dict[str, str]) -> None:
        self.root = root
        for folder, files in (("base", base or {}), ("theirs", theirs), ("project/p", mine)):
            (root / folder).mkdir(parents=True)
            write_files(root / folder, files)  # type: ignore[arg-type]
        before = tree(base) if base is not None else None
        paths = paths_of("p", before, tree(theirs))
        found = survey(root / "project", paths)
        self.sides = Sides(Name("vpc"), "p", before, tree(theirs), root / "theirs", found)

    def settle(self, choice: Choice = Choice.ASK, *, base: bool = True) -> Settled:
        files, conflicts = plan_plugin(self.sides, choice)
        texts = Texts(self.root / "project", self.root / "base" if base else None, self.root / "theirs", "vpc 2.0.0")
        return settle(self.sides, files, conflicts, choice, texts)

    def needs_base(self) -> bool:
        return needs_base(self.sides, *plan_plugin(self.sides, Choice.ASK))


def what(settled: Settled) -> dict[str, str]:
    found = {each.path: f"{each.action.value}: {why(each)}" for each in settled.changes}
    return found | {each.path: f"conflict: {why_stopped(each)}" for each in settled.conflicts}


def test_clean_merge(tmp_path: Path):
    case = Case(tmp_path, {"a": BASE}, {"a": NEW}, {"a": MINE})
    settled = case.settle()
    (change,) = settled.changes
    assert (change.action, change.data, change.reason) == (Action.MERGE, BOTH.encode(), Reason.MERGED)
    assert change.found == hashlib.sha256(MINE.encode()).hexdigest()
    assert change.file is not None
    assert change.file.sha256 == hashlib.sha256(BOTH.encode()).hexdigest()
    assert settled.carried == {"p/a": "p/a"}
    assert case.needs_base()


@pytest.mark.parametrize(
    ("choice", "expected", "marked"),
    [
        (Choice.ASK, "conflict: line 4 changed here and in vpc", 0),
        (Choice.MERGE, "merge: conflict in 1 place", 1),
        (Choice.OURS, "merge: yours in 1 place", 0),
        (Choice.THEIRS, "merge: theirs in 1 place", 0),
    ],
)
def test_conflict(tmp_path: Path, choice: Choice, expected: str, marked: int):
    settled = Case(tmp_path, {"a": BASE}, {"a": CLASH}, {"a": MINE}).settle(choice)
    assert what(settled) == {"p/a": expected}
    assert sum(each.conflicts for each in settled.changes) == marked
    assert settled.carried == {}


def test_release_that_brings_less_than_my_edits_has(tmp_path: Path):
    settled = Case(tmp_path, {"a": BASE}, {"a": NEW}, {"a": BOTH}).settle()
    assert what(settled) == {"p/a": "keep: edited since it was added"}
    assert settled.changes[0].differs
    assert settled.carried == {"p/a": "p/a"}


def test_ours_that_changes_nothing(tmp_path: Path):
    settled = Case(tmp_path, {"a": "x\n"}, {"a": "y\n"}, {"a": "z\n"}).settle(Choice.OURS)
    assert what(settled) == {"p/a": "keep: your text where both changed it"}
    assert settled.changes[0].differs
    assert settled.carried == {}


@pytest.mark.parametrize("mine", ["", "z\n", MINE])
@pytest.mark.parametrize("base", [None, {"a": BASE}])
def test_without_a_base_nothing_is_decided(tmp_path: Path, base: dict[str, str] | None, mine: str):
    case = Case(tmp_path, base, {"a": NEW}, {"a": mine})
    settled = case.settle(base=False)
    assert [each.path for each in settled.conflicts] == ["p/a"]
    assert settled.changes == ()
    assert case.needs_base() is (base is not None)


def test_what_is_no_text(tmp_path: Path):
    case = Case(tmp_path, {"a": BASE}, {"a": "\0theirs"}, {"a": MINE})
    for choice in (Choice.ASK, Choice.MERGE):
        assert what(case.settle(choice)) == {
            "p/a": "conflict: edited here, and changed in vpc, and no text that can be merged"
        }
    assert what(case.settle(Choice.OURS)) == {"p/a": "keep: your text where both changed it"}
    assert what(case.settle(Choice.THEIRS)) == {"p/a": "replace: your edits are gone"}


def test_edits_follow_a_rename(tmp_path: Path):
    case = Case(tmp_path, {"a": BASE, "z": "z\n"}, {"b/a": NEW, "z": "z\n"}, {"a": MINE, "z": "z\n"})
    settled = case.settle()
    assert what(settled) == {
        "p/a": "delete: renamed to b/a",
        "p/b/a": "merge: renamed from a, your edits kept",
        "p/z": "keep: unchanged",
    }
    assert settled.carried == {"p/a": "p/b/a"}
    assert case.needs_base()


def test_rename_with_a_conflict(tmp_path: Path):
    case = Case(tmp_path, {"a": BASE}, {"b": CLASH}, {"a": MINE})
    assert what(case.settle())["p/a"] == "conflict: line 4 changed here and in vpc, which renames it to b"
    assert what(case.settle(Choice.MERGE))["p/b"] == "merge: renamed from a, conflict in 1 place"


def test_rename_onto_a_file_of_mine_is_followed_by_nothing(tmp_path: Path):
    case = Case(tmp_path, {"a": BASE}, {"b": BASE}, {"a": MINE, "b": "own\n"})
    assert what(case.settle()) == {
        "p/a": "keep: edited, no longer in the plugin",
        "p/b": "conflict: there already, with other content",
    }


def test_rename_of_what_is_binary_now_leaves_both(tmp_path: Path):
    case = Case(tmp_path, {"a": BASE}, {"b": f"{BASE}\0"}, {"a": MINE})
    assert what(case.settle()) == {"p/a": "keep: edited, no longer in the plugin", "p/b": "create: new"}


def test_without_a_base_no_rename_is_seen(tmp_path: Path):
    settled = Case(tmp_path, {"a": BASE}, {"b": BASE}, {"a": MINE}).settle(base=False)
    assert what(settled) == {"p/a": "keep: edited, no longer in the plugin", "p/b": "create: new"}


def test_file_that_changed_since_it_was_looked_at(tmp_path: Path):
    case = Case(tmp_path, {"a": BASE}, {"a": NEW}, {"a": MINE})
    (tmp_path / "project/p/a").write_text("later\n")
    with pytest.raises(ConflictError, match="changed while terra was working"):
        case.settle()


def paths(root: Path, files: dict[str, str]) -> dict[str, Path]:
    write_files(root, files)  # type: ignore[arg-type]
    return {name: root / name for name in files}


OTHER = "".join(f"other {number}\n" for number in range(20))


@pytest.mark.parametrize(
    ("gone", "new", "expected"),
    [
        ({"a": BASE}, {"b": BASE}, {"a": "b"}),
        ({"a": BASE}, {"b": OTHER}, {}),
        ({"a": BASE}, {"b": NEW, "c": BASE}, {"a": "c"}),
        ({"a": BASE, "b": NEW}, {"c": NEW}, {"b": "c"}),
        ({"a/main.tf": BASE, "b/main.tf": BASE}, {"b/x.tf": BASE, "c/main.tf": BASE}, {"a/main.tf": "c/main.tf"}),
        ({"a": BASE, "b": OTHER}, {"c": OTHER, "d": BASE}, {"a": "d", "b": "c"}),
        ({"a": ""}, {"b": ""}, {}),
        ({}, {"b": BASE}, {}),
        ({"a": "line 1\n" * 10}, {"b": "line 1\n" * 4}, {}),
    ],
)
def test_renames(tmp_path: Path, gone: dict[str, str], new: dict[str, str], expected: dict[str, str]):
    found = renames(paths(tmp_path / "gone", gone), paths(tmp_path / "new", new))
    assert expected.items() <= found.items()
    assert len(set(found.values())) == len(found)
    if not expected:
        assert found == {}


def test_too_many_files_are_no_renames(tmp_path: Path):
    gone = paths(tmp_path / "gone", {f"{number}": f"{number}\n" for number in range(101)})
    new = paths(tmp_path / "new", {f"n{number}": f"{number}\n" for number in range(100)})
    assert renames(gone, new) == {}
    assert len(renames(dict(list(gone.items())[:100]), new)) == 100
