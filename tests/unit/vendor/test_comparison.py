"""How a plugin's folder differs from a release, decided in one place."""

from __future__ import annotations

import pytest

from terra.model.lock import DELETED
from terra.model.tree import Tree, TreeFile
from terra.vendor.comparison import Compared, compare
from terra.vendor.markers import conflict_lines
from terra.vendor.survey import Standing

OLD, CRLF, MINE = "a" * 64, "b" * 64, "c" * 64
FILE = TreeFile("x.tf", OLD)


def standing(sha256: str, *same: str, executable: bool | None = False) -> Standing:
    return Standing("file", sha256, frozenset((sha256, *same)), executable)


def one(found: Standing | None, recorded: str | None = None) -> Compared:
    return Compared("x.tf", "p/x.tf", FILE, found, recorded)


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        (None, "missing"),
        (standing(OLD), ""),
        (standing(OLD, executable=None), ""),
        (standing(OLD, executable=True), "changed"),
        (standing(CRLF, OLD), "endings"),
        (standing(CRLF, OLD, executable=True), "changed"),
        (standing(MINE), "changed"),
        (Standing("folder"), "changed"),
    ],
)
def test_kinds(found: Standing | None, kind: str):
    file = one(found)
    assert file.kind == kind
    assert file.is_edit == (kind in ("changed", "missing"))


def test_nothing_and_something_extra():
    assert not Compared("y", "p/y").kind
    assert Compared("y", "p/y", standing=standing(MINE)).kind == "extra"


@pytest.mark.parametrize("found", [None, standing(MINE), standing(OLD, executable=True), standing(CRLF, OLD, MINE)])
def test_what_is_recorded_of_an_edit_makes_it_accepted(found: Standing | None):
    file = one(found)
    assert one(found, file.to_record).is_accepted == file.is_edit


def test_another_edit_than_the_accepted_one():
    assert not one(standing(MINE), CRLF).is_accepted
    assert not one(standing(MINE), DELETED).is_accepted
    assert not one(None, MINE).is_accepted


def test_an_accepted_edit_that_is_gone():
    assert one(standing(OLD), MINE).is_lost
    assert not one(standing(OLD), OLD).is_lost
    assert not one(standing(OLD), DELETED).is_lost
    assert not one(standing(MINE), MINE).is_lost
    assert not one(None, MINE).is_lost


def test_a_folder_is_clean_where_every_edit_is_accepted_and_nothing_unwanted_is_left():
    tree = Tree.of([FILE, TreeFile("docs/a", OLD)])
    mine = {"p/x.tf": standing(MINE), "p/docs/a": standing(OLD)}
    assert not compare("p", tree, mine, {}).is_clean
    assert compare("p", tree, mine, {"x.tf": MINE}).is_clean
    assert not compare("p", tree, mine, {"x.tf": MINE}, ("docs/**",)).is_clean
    edited = {**mine, "p/docs/a": standing(MINE)}
    assert compare("p", tree, edited, {"x.tf": MINE}, ("docs/**",)).is_clean


def test_a_mode_tells_of_no_other_release():
    tree = Tree.of([FILE])
    assert not compare("p", tree, {"p/x.tf": standing(OLD, executable=True)}, {}).is_changed
    assert not compare("p", tree, {}, {}).is_changed
    assert compare("p", tree, {"p/x.tf": standing(MINE)}, {}).is_changed
    assert not compare("p", tree, {"p/x.tf": standing(MINE)}, {"x.tf": MINE}).is_changed


def test_conflict_markers():
    text = b"a\n<<<<<<< yours\r\nb\n=======\nc\n>>>>>>> vpc 0.2.0\nd <<<<<<< no\n<<<<<<<< no\n<<<<<<<\n"
    assert conflict_lines(text) == (2, 6)
    assert conflict_lines(b"<<<<<<< HEAD") == (1,)
    assert conflict_lines(b"") == ()
