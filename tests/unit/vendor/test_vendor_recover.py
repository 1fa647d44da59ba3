"""What an interrupted run left is undone or finished from its journal alone, in each state that there is."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

from support.project import snapshot, write_files
from terra.errors import SystemFailureError
from terra.vendor.journal import FOLDER, Journal, Operation
from terra.vendor.rollback import SAVED, recover

OLD, NEW = "old\n", "new\n"


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
        lambda: (project / "plugins/b").mkdir(),
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


@pytest.mark.parametrize("done", range(11))
def test_a_recovery_that_was_cut_off_is_taken_up_again(
    project: Path, done: int, monkeypatch: pytest.MonkeyPatch
):
    for step in steps(project)[:done]:
        step()
    for limit in range(20):
        calls = 0
        with monkeypatch.context() as patch:
            for name in ("replace", "unlink", "rmdir"):

                def call(*words: Any, real: Any = getattr(os, name)) -> Any:  # noqa: B009
                    nonlocal calls
                    calls += 1
                    if calls > limit:
                        raise KeyboardInterrupt
                    return real(*words)

                patch.setattr(os, name, call)
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
    assert recover(project) == ()
    assert files(project) == {path: sha(NEW) for path in ("plugins/a/main.tf", "plugins/b/main.tf", "terra.lock")}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"terra-journal": 1}',
        b'{"terra-journal": 2, "operations": [], "folders": []}',
        b'{"terra-journal": 1, "operations": [{"path": "x"}], "folders": []}',
        b'{"terra-journal": 1, "operations": [{"new-field": 1}], "folders": []}',
        b'{"terra-journal": [], "operations": [], "folders": []}',
        b'{"terra-journal": 1, "operations": 3, "folders": []}',
    ],
)
def test_a_plan_that_is_not_understood_is_left_alone(project: Path, data: bytes):
    for step in steps(project)[:4]:
        step()
    (project / FOLDER / "plan.json").write_bytes(data)
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


def journal_of(project: Path, path: str, **facts: Any) -> None:
    """A journal as a stranger's repository could carry it: git keeps files, so `old` comes with its bytes."""
    write_files(project / FOLDER, {"old/000000": "evil\n", "new/.keep": ""})
    operation = {"path": path, "number": "000000", "found": sha("evil\n"), "new": None, "gapless": False, **facts}
    document = {"terra-journal": 1, "operations": [operation], "folders": []}
    (project / FOLDER / "plan.json").write_text(json.dumps(document))


@pytest.mark.parametrize("path", ["../outside/evil", "{outside}/evil", "link/evil", "a/../../outside/evil"])
def test_a_journal_writes_nothing_outside_the_project(tmp_path: Path, path: str):
    project, outside = tmp_path / "project", tmp_path / "outside"
    project.mkdir()
    outside.mkdir()
    (project / "a").mkdir()
    (project / "link").symlink_to(outside)
    journal_of(project, path.format(outside=outside))
    try:
        recover(project)
    except Exception as error:  # noqa: BLE001  # refused, in whatever words
        assert not isinstance(error, AssertionError)
    assert snapshot(outside) == {}


@pytest.mark.parametrize("path", ["../outside/mine", "{outside}/mine", "link/mine"])
def test_a_journal_deletes_nothing_outside_the_project(tmp_path: Path, path: str):
    project, outside = tmp_path / "project", tmp_path / "outside"
    project.mkdir()
    write_files(outside, {"mine": "known bytes"})
    (project / "link").symlink_to(outside)
    journal_of(project, path.format(outside=outside), found=None, new=sha("known bytes"))
    (project / FOLDER / "old/000000").unlink()
    try:
        recover(project)
    except Exception as error:  # noqa: BLE001  # refused, in whatever words
        assert not isinstance(error, AssertionError)
    assert set(snapshot(outside)) == {"mine"}


def test_a_journal_makes_no_git_hook(tmp_path: Path):
    """What a clone carries must not become a program that git runs."""
    (tmp_path / ".git/hooks").mkdir(parents=True)
    journal_of(tmp_path, ".git/hooks/post-checkout")
    try:
        recover(tmp_path)
    except Exception as error:  # noqa: BLE001  # refused, in whatever words
        assert not isinstance(error, AssertionError)
    assert not (tmp_path / ".git/hooks/post-checkout").exists()
