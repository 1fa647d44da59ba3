"""What an interrupted run left is undone or finished from its journal alone, in each state that there is."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

from support.project import snapshot, write_files
from terra.errors import SystemFailureError, UnsafeTargetError
from terra.vendor import journal as room
from terra.vendor import rollback
from terra.vendor.journal import FOLDER, Operation
from terra.vendor.rollback import SAVED

OLD, NEW = "old\n", "new\n"


def home(project: Path) -> Path:
    return project.with_name(f"{project.name}-home")


def Journal(project: Path) -> room.Journal:  # noqa: N802  # the class, with the home of these tests
    return room.Journal(project, home(project))


def recover(project: Path) -> tuple[str, ...] | None:
    return rollback.recover(project, home(project))


def vouch(project: Path) -> str:
    """Let the home know the number of a journal, as if terra had written it; return the number."""
    number = "5" * 32
    mark = Journal(project)._number
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.write_text(number)
    return number


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


REPLACE = Operation("plugins/a/main.tf", "000000", sha(OLD), sha(NEW))
DELETE = Operation("plugins/a/gone.tf", "000001", sha(OLD), None)
CREATE = Operation("plugins/b/main.tf", "000002", None, sha(NEW))
DOCUMENT = Operation("terra.lock", "000003", sha(OLD), sha(NEW), gapless=True)
BEFORE = {"plugins/a/main.tf": OLD, "plugins/a/gone.tf": OLD, "terra.lock": OLD}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project in which nothing was done yet, with a complete journal."""
    write_files(tmp_path, dict(BEFORE))
    journal = Journal(tmp_path)
    journal.open()
    for operation in (REPLACE, CREATE, DOCUMENT):
        journal.new(operation).write_text(NEW)
    journal.declare([REPLACE, DELETE, CREATE, DOCUMENT], ["plugins/b"])
    return tmp_path


def steps(project: Path) -> list[Any]:
    """What an apply does after its plan is written, one call at a time."""
    journal = Journal(project)

    def put(operation: Operation) -> Any:
        return lambda: os.link(journal.new(operation), project / operation.path)

    def drop(operation: Operation) -> Any:
        return lambda: os.unlink(journal.new(operation))

    def aside(operation: Operation) -> Any:
        return lambda: os.rename(project / operation.path, journal.old(operation))

    return [
        (project / "plugins/b").mkdir,
        aside(REPLACE),
        put(REPLACE),
        drop(REPLACE),
        aside(DELETE),
        put(CREATE),
        drop(CREATE),
        lambda: journal.old(DOCUMENT).write_text("ol"),  # cut off
        lambda: journal.old(DOCUMENT).write_text(OLD),
        lambda: os.replace(journal.new(DOCUMENT), project / DOCUMENT.path),
    ]


def files(project: Path) -> dict[str, str]:
    return {path: kind for path, kind in snapshot(project).items() if not path.endswith("/")}


def expected(**more: str) -> dict[str, str]:
    return {path: sha(text) for path, text in {**BEFORE, **more}.items()}


def test_nothing_was_left(tmp_path: Path):
    assert recover(tmp_path) is None


@pytest.mark.parametrize("done", range(11))
def test_undone_after_each_step(project: Path, done: int):
    for step in steps(project)[:done]:
        step()
    assert recover(project) == ()
    assert files(project) == expected()
    assert not (project / "plugins/b").exists()
    assert recover(project) is None


def interrupt_after(limit: int, patch: pytest.MonkeyPatch) -> None:
    """Let so many calls that touch the disk be done, and interrupt the next."""
    done: list[str] = []

    def counted(name: str, real: Any) -> Any:
        def call(*words: Any, **options: Any) -> Any:
            if len(done) >= limit:
                raise KeyboardInterrupt
            done.append(name)
            return real(*words, **options)

        return call

    for name in ("replace", "rename", "unlink", "rmdir", "mkdir"):
        patch.setattr(os, name, counted(name, getattr(os, name)))


@pytest.mark.parametrize("done", range(11))
def test_a_recovery_that_was_cut_off_is_taken_up_again(project: Path, done: int, monkeypatch: pytest.MonkeyPatch):
    for step in steps(project)[:done]:
        step()
    for limit in range(40):
        with monkeypatch.context() as patch:
            interrupt_after(limit, patch)
            try:
                recover(project)
            except KeyboardInterrupt:
                continue
        break
    assert recover(project) is None
    assert files(project) == expected()


@pytest.mark.parametrize("left", [(), ("new",), ("new", "old")])
def test_only_staged_was_never_started(tmp_path: Path, left: tuple[str, ...]):
    write_files(tmp_path, dict(BEFORE))
    (tmp_path / FOLDER).mkdir()
    for folder in left:
        write_files(tmp_path / FOLDER / folder, {"000000": NEW})
    assert recover(tmp_path) == ()
    assert files(tmp_path) == expected()


def test_what_was_done_is_not_undone(project: Path):
    for step in steps(project):
        step()
    Journal(project).commit()
    assert recover(project) is None
    assert files(project) == {path: sha(NEW) for path in ("plugins/a/main.tf", "plugins/b/main.tf", "terra.lock")}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"terra-journal": 1}',
        b'{"terra-journal": 1, "number": NUMBER}',
        b'{"terra-journal": 2, "number": NUMBER, "operations": [], "folders": []}',
        b'{"terra-journal": 1, "number": NUMBER, "operations": [{"path": "x"}], "folders": []}',
        b'{"terra-journal": 1, "number": NUMBER, "operations": [{"new-field": 1}], "folders": []}',
        b'{"terra-journal": 1, "number": NUMBER, "operations": [5], "folders": []}',
        b'{"terra-journal": [], "number": NUMBER, "operations": [], "folders": []}',
        b'{"terra-journal": 1, "number": NUMBER, "operations": 3, "folders": []}',
        b'{"terra-journal": 1, "number": NUMBER, "operations": [], "folders": [5]}',
        b'{"terra-journal": 1, "number": NUMBER, "operations": [], "folders": [".."]}',
    ],
)
def test_a_plan_that_is_not_understood_is_left_alone(project: Path, data: bytes):
    for step in steps(project)[:4]:
        step()
    (project / FOLDER / "plan.json").write_bytes(data.replace(b"NUMBER", f'"{vouch(project)}"'.encode()))
    before = snapshot(project)
    with pytest.raises(SystemFailureError, match=r"plan\.json` of an interrupted run cannot be understood") as caught:
        recover(project)
    assert "upgrade terra" in (caught.value.hint or "")
    assert snapshot(project) == before


@pytest.mark.parametrize("done", [2, 3, 4])
@pytest.mark.parametrize("operation", [REPLACE, DELETE, DOCUMENT])
def test_what_the_user_wrote_after_the_crash_stays(project: Path, operation: Operation, done: int):
    for step in steps(project) if operation != REPLACE else steps(project)[:done]:
        step()
    (project / operation.path).unlink(missing_ok=True)
    (project / operation.path).write_text("after the crash")
    assert recover(project) == (operation.path + SAVED,)
    assert files(project) == expected(**{operation.path: "after the crash", operation.path + SAVED: OLD})


def test_a_created_file_that_the_user_wrote_over_stays(project: Path):
    for step in steps(project):
        step()
    (project / CREATE.path).write_text("after the crash")
    assert recover(project) == ()
    assert files(project) == expected(**{CREATE.path: "after the crash"})


def test_a_file_of_the_users_with_the_bytes_to_be_created_stays(project: Path):
    """Staged, but not placed: whoever put the same bytes there, it was not terra."""
    write_files(project, {CREATE.path: NEW})
    assert recover(project) == ()
    assert files(project) == expected(**{CREATE.path: NEW})


def test_a_folder_that_the_user_put_something_into_stays(project: Path):
    for step in steps(project):
        step()
    write_files(project, {"plugins/b/mine.tf": "mine"})
    assert recover(project) == ()
    assert files(project) == expected(**{"plugins/b/mine.tf": "mine"})


def test_what_an_earlier_crash_laid_beside_a_file_is_not_overwritten(project: Path):
    write_files(project, {REPLACE.path + SAVED: "of an earlier crash"})
    for step in steps(project)[:4]:
        step()
    (project / REPLACE.path).write_text("after the crash")
    recover(project)
    found = set(files(project).values())
    assert {sha("of an earlier crash"), sha(OLD), sha("after the crash")} <= found


def test_a_folder_that_the_user_removed_after_the_crash_is_no_dead_end(project: Path):
    for step in steps(project)[:5]:
        step()
    (project / "plugins/a/main.tf").unlink()
    (project / "plugins/a").rmdir()
    recover(project)
    assert files(project) == expected()


def test_the_number_of_an_earlier_journal_is_gone_with_it(project: Path):
    kept = (project / FOLDER / "plan.json").read_bytes()
    recover(project)
    (project / FOLDER).mkdir()
    (project / FOLDER / "plan.json").write_bytes(kept)
    before = snapshot(project)
    with pytest.raises(SystemFailureError, match="was not written by your terra"):
        recover(project)
    assert snapshot(project) == before


def test_two_journals_have_two_numbers(tmp_path: Path):
    numbers = set()
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        journal = room.Journal(tmp_path / name, tmp_path / "home")
        journal.open()
        journal.declare([], [])
        numbers.add(json.loads((journal.folder / "plan.json").read_bytes())["number"])
    assert len(numbers) == len(list((tmp_path / "home/journals").iterdir())) == 2


@pytest.mark.parametrize("kind", ["file", "link"])
def test_what_is_no_folder_is_no_journal(tmp_path: Path, kind: str):
    project, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    project.mkdir()
    write_files(elsewhere, {"mine": "mine"})
    if kind == "file":
        (project / FOLDER).write_text("mine")
    else:
        (project / FOLDER).symlink_to(elsewhere)
    before = snapshot(tmp_path)
    with pytest.raises(SystemFailureError, match="is not a folder that terra made"):
        recover(project)
    assert snapshot(tmp_path) == before


EVIL = "evil\n"


def journal_of(project: Path, vouched: str, path: str, **facts: Any) -> None:
    """A journal as a stranger's repository could carry it: git keeps files, so `old` comes with its bytes."""
    write_files(project / FOLDER, {"old/000000": EVIL, "new/.keep": ""})
    operation = {"path": path, "number": "000000", "found": sha(EVIL), "new": None, "gapless": False, **facts}
    document = {"terra-journal": 1, "number": vouched, "operations": [operation], "folders": []}
    (project / FOLDER / "plan.json").write_text(json.dumps(document))


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A project beside a folder of the user's, with a link to it and git's own folder."""
    write_files(tmp_path / "outside", {"mine": "known bytes"})
    (tmp_path / "project/.git/hooks").mkdir(parents=True)
    (tmp_path / "project/a").mkdir()
    (tmp_path / "project/link").symlink_to(tmp_path / "outside")
    return tmp_path / "project"


WAYS_OUT = ("../outside/{}", "{outside}/{}", "link/{}", "a/../../outside/{}", "", ".", "a\\..\\..\\outside\\{}")


@pytest.mark.parametrize(
    ("is_vouched", "way"), [(False, "terra.toml"), *((each, way) for each in (False, True) for way in WAYS_OUT)]
)
@pytest.mark.parametrize("deed", ["write", "delete"])
def test_a_strangers_journal_is_not_obeyed(clone: Path, way: str, deed: str, is_vouched: bool):
    """Without its number in the home nothing is; and no number lets a path lead out of the project."""
    outside = clone.parent / "outside"
    path = way.format("mine" if deed == "delete" else "evil", outside=outside)
    number = vouch(clone) if is_vouched else "6" * 32
    if deed == "write":
        journal_of(clone, number, path)
    else:
        journal_of(clone, number, path, found=None, new=sha("known bytes"))
        (clone / FOLDER / "old/000000").unlink()
    before = snapshot(clone.parent)
    with pytest.raises((SystemFailureError, UnsafeTargetError)):
        recover(clone)
    assert snapshot(clone.parent) == before


@pytest.mark.parametrize("number", ["", "../../outside/mine", "1", "0000000"])
def test_a_number_of_a_file_leads_nowhere(clone: Path, number: str):
    journal_of(clone, vouch(clone), "x", number=number)
    before = snapshot(clone.parent)
    with pytest.raises(SystemFailureError):
        recover(clone)
    assert snapshot(clone.parent) == before


def test_a_strangers_journal_makes_no_git_hook(clone: Path):
    """What a clone carries must not become a program that git runs."""
    journal_of(clone, "", ".git/hooks/post-checkout")
    with pytest.raises(SystemFailureError):
        recover(clone)
    assert snapshot(clone / ".git/hooks") == {}


def test_a_folder_that_was_moved_aside_is_laid_beside_what_the_user_wrote_since(project: Path) -> None:
    """Another program put a folder where a file was; terra moved it aside, was cut off, and the user wrote the file."""
    journal = Journal(project)
    target = project / REPLACE.path
    target.unlink()
    write_files(journal.old(REPLACE), {"mine": "folder\n"})
    target.write_text("mine\n")
    assert recover(project) == (REPLACE.path + SAVED,)
    assert target.read_text() == "mine\n"
    assert (project / f"{REPLACE.path}{SAVED}" / "mine").read_text() == "folder\n"
