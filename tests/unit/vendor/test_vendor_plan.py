"""The whole table of base, theirs and mine, as docs/reference/files.md has it, and what a choice changes."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from terra.model.name import Name
from terra.model.plan import Action, Conflict, FileChange, Reason
from terra.model.tree import Tree, TreeFile
from terra.vendor.plan import Choice, Sides, is_excluded, paths_of, plan_plugin
from terra.vendor.survey import Standing

NAME = Name("aws-s3")
CONTENT = Path("/cache/aws-s3")
PATH = "plugins/aws-s3/main.tf"
CREATE, MISSING = "create: new", "create: missing"
OWN_MODE = "keep: own-mode"
SAME, UPDATED, MODE = "keep: unchanged", "replace: updated", "replace: mode"
DELETE, LEFT = "delete: dropped", "keep: dropped"
MINE, FOREIGN = "edited", "foreign"
NOTHING = "nothing"


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def tree(text: str) -> Tree | None:
    """`-` is no tree, `.` a tree without the file; a letter is the file's bytes, `x` after it its mode."""
    if text == "-":
        return None
    return Tree.of([] if text == "." else [TreeFile("main.tf", sha(text[0]), text.endswith("x"))])


def standing(text: str) -> dict[str, Standing]:
    """`A~` is A with other line endings, `Ax` an executable A, `A?` an A where the system has no such mark."""
    if text == "-":
        return {}
    if text == "blocked":
        return {PATH: Standing("blocked", blocked_by="plugins/aws-s3")}
    if text in ("folder", "link", "other"):
        return {PATH: Standing(text)}
    own = sha(text[:2] if text.endswith("~") else text[0])
    executable = None if text.endswith("?") else text.endswith("x")
    return {PATH: Standing("file", own, frozenset((own, sha(text[0]))), executable)}


def outcome(base: str, theirs: str, mine: str, choice: Choice, exclude: tuple[str, ...] = ()) -> str:
    theirs_tree = tree(theirs)
    assert theirs_tree is not None
    found = standing(mine)
    sides = Sides(NAME, "plugins/aws-s3", tree(base), theirs_tree, CONTENT, found, exclude)
    changes, conflicts = plan_plugin(sides, choice)
    assert len(changes) + len(conflicts) <= 1
    if conflicts:
        (conflict,) = conflicts
        assert conflict.plugin == NAME
        way = f" ({conflict.kind})" if conflict.is_in_the_way else ""
        return f"conflict at {conflict.path}: {conflict.reason.value}{way}"
    if not changes:
        return NOTHING
    (change,) = changes
    check(change, theirs_tree, tree(base), found)
    return f"{change.action.value}: {change.reason.value}"


def check(change: FileChange, theirs: Tree, base: Tree | None, found: dict[str, Standing]) -> None:
    """Whatever is done is done to what was seen, with the release's bytes, and its mode or the one the user set."""
    assert change.path == PATH
    assert change.found == (found[PATH].sha256 if PATH in found else None)
    assert (change.action is Action.CREATE) == (change.found is None)
    if change.action in (Action.CREATE, Action.REPLACE):
        mode = theirs.files[0].executable
        if (
            change.reason is not Reason.MODE
            and PATH in found
            and base is not None
            and PATH.rpartition("/")[2] in base.by_path
        ):
            was, now = base.by_path["main.tf"].executable, found[PATH].executable
            mode = mode if now in (None, was) else bool(now)
        expected = TreeFile("main.tf", theirs.files[0].sha256, mode)
        assert (change.file, change.content, change.data) == (expected, CONTENT / "main.tf", None)
    else:
        assert change.content is None


def at(path: str, reason: str) -> str:
    return f"conflict at {path}: {reason}"


IN_THE_WAY = {
    "folder": f"{at(PATH, 'in-the-way')} (folder)",
    "link": f"{at(PATH, 'in-the-way')} (link)",
    "other": f"{at(PATH, 'in-the-way')} (other)",
    "blocked": f"{at('plugins/aws-s3', 'in-the-way')} (blocked)",
}

# base, theirs, mine, then what happens under ASK, OVERWRITE and SKIP; one outcome is that of all three.
TABLE = [
    # Not locked: whatever stands there is not terra's.
    ("-", "A", "-", CREATE),
    ("-", "A", "A", SAME),
    ("-", "A", "A~", SAME),
    ("-", "A", "Ax", OWN_MODE),
    ("-", "Ax", "A", OWN_MODE),
    ("-", "A", "E", at(PATH, FOREIGN), f"replace: {FOREIGN}", f"keep: {FOREIGN}"),
    # Locked, but this file is new in the release.
    (".", "A", "-", CREATE),
    (".", "A", "A", SAME),
    (".", "A", "E", at(PATH, FOREIGN), f"replace: {FOREIGN}", f"keep: {FOREIGN}"),
    # Locked, and the release has the same bytes.
    ("A", "A", "-", MISSING),
    ("A", "A", "A", SAME),
    ("A", "A", "A~", SAME),
    ("A", "A", "Ax", OWN_MODE),
    ("A", "A", "E", f"keep: {MINE}", f"replace: {MINE}", f"keep: {MINE}"),
    # Locked, and the release has other bytes.
    ("A", "B", "-", MISSING),
    ("A", "B", "A", UPDATED),
    ("A", "B", "A~", UPDATED),
    ("A", "B", "Ax", UPDATED),
    ("A", "Bx", "A", UPDATED),
    ("A", "B", "B", SAME),
    ("A", "B", "B~", SAME),
    ("A", "B", "E", at(PATH, MINE), f"replace: {MINE}", f"keep: {MINE}"),
    # Locked, and the release no longer has the file.
    ("A", ".", "-", NOTHING),
    ("A", ".", "A", DELETE),
    ("A", ".", "A~", DELETE),
    ("A", ".", "Ax", DELETE),
    ("A", ".", "E", LEFT),
    # The mode alone moved: followed where the user did not change it, and where the system has modes.
    ("A", "Ax", "A", MODE),
    ("A", "Ax", "Ax", SAME),
    ("A", "Ax", "A?", SAME),
    ("Ax", "A", "Ax", MODE),
    ("Ax", "A", "A", SAME),
    ("A", "Ax", "E", f"keep: {MINE}", f"replace: {MINE}", f"keep: {MINE}"),
    # What is no file: nothing overwrites it, and what terra did not write there it does not take away.
    *((base, "A", mine, what) for base in ("-", ".", "A", "B") for mine, what in IN_THE_WAY.items()),
    *(("A", ".", mine, NOTHING) for mine in IN_THE_WAY),
]


@pytest.mark.parametrize("choice", Choice)
@pytest.mark.parametrize("row", TABLE, ids=lambda row: " ".join(row[:3]))
def test_the_table(row: tuple[str, ...], choice: Choice) -> None:
    base, theirs, mine, *outcomes = row
    # What is merged is a conflict here: merging comes after the plan.
    expected = outcomes[{Choice.OVERWRITE: 1, Choice.SKIP: 2}.get(choice, 0)] if len(outcomes) > 1 else outcomes[0]
    assert outcome(base, theirs, mine, choice) == expected


EVERY_MINE = ("-", "A", "A~", "B", "B~", "E", "Ax", "A?", *IN_THE_WAY)


@pytest.mark.parametrize("choice", Choice)
@pytest.mark.parametrize("mine", EVERY_MINE)
@pytest.mark.parametrize("theirs", ["A", "B", "Ax"])
@pytest.mark.parametrize("base", ["-", ".", "A", "B"])
def test_an_excluded_file_is_as_one_that_the_release_lacks(base: str, theirs: str, mine: str, choice: Choice) -> None:
    assert outcome(base, theirs, mine, choice, ("*.tf",)) == outcome(base, ".", mine, choice)


@pytest.mark.parametrize("mine", EVERY_MINE)
@pytest.mark.parametrize("theirs", [".", "A", "B", "Ax"])
@pytest.mark.parametrize("base", ["-", ".", "A", "Ax", "B"])
def test_only_a_choice_overwrites_what_terra_did_not_write(base: str, theirs: str, mine: str) -> None:
    ours = {text[0] for text in (base, theirs) if text[0] in "AB"}
    if mine[0] in ours or mine == "-":
        return
    for choice in (Choice.ASK, Choice.SKIP):
        assert not outcome(base, theirs, mine, choice).startswith(("replace", "delete", "create"))
    assert not outcome(base, theirs, mine, Choice.OVERWRITE).startswith(("delete", "create"))


def test_every_file_is_decided_on_its_own_in_order():
    theirs = Tree.of([TreeFile(name, sha(name)) for name in ("b.tf", "a/main.tf", "c.tf")])
    mine = {f"p/{name}": Standing("file", sha("E"), frozenset((sha("E"),))) for name in ("b.tf", "d.tf")}
    changes, conflicts = plan_plugin(Sides(NAME, "p", None, theirs, CONTENT, mine), Choice.ASK)
    assert [(each.path, each.action) for each in changes] == [
        ("p/a/main.tf", Action.CREATE),
        ("p/c.tf", Action.CREATE),
    ]
    assert conflicts == (Conflict(NAME, "p/b.tf", Reason.FOREIGN),)


def test_what_has_to_be_surveyed_is_both_trees():
    one, two = (Tree.of([TreeFile(name, sha(name)) for name in names]) for names in (("b.tf", "a.tf"), ("b.tf", "c")))
    assert paths_of("p", one, two, None) == ("p/a.tf", "p/b.tf", "p/c")
    assert paths_of("p", None) == ()


@pytest.mark.parametrize(
    ("path", "pattern", "expected"),
    [
        ("docs/a.md", "docs/**", True),
        ("docs/x/a.md", "docs/**", True),
        ("docs/a.md", "docs", True),
        ("docs/a.md", "docs/", True),
        ("docs.tf", "docs", False),
        ("docs.tf", "docs/**", False),
        ("a/docs/b.md", "docs/**", False),
        ("README.md", "*.md", True),
        ("docs/README.md", "*.md", True),
        ("README.MD", "*.md", False),
        ("main.tf", "*.md", False),
        ("main.tf", "main.tf", True),
        ("mainxtf", "main.tf", False),
    ],
)
def test_patterns_of_exclude(path: str, pattern: str, expected: bool):
    assert is_excluded(path, (pattern,)) is expected
    assert is_excluded(path, ("nothing", pattern)) is expected
    assert is_excluded(path, ()) is False
