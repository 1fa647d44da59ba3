"""An apply is whole or not at all, whatever fails and whenever, and gives up no byte of the user's."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from support.project import snapshot, write_files
from terra.errors import ConflictError, IntegrityError, UnsafeTargetError
from terra.model.name import Name
from terra.model.plan import Action, FileChange, Plan, PluginChange, Reason
from terra.model.tree import TreeFile
from terra.system import fs
from terra.vendor import apply as room
from terra.vendor import rollback
from terra.vendor.journal import FOLDER, Journal

BEFORE = {
    "terra.toml": "[plugins]\n",
    "terra.lock": "old\n",
    "plugins/a/main.tf": "old main\n",
    "plugins/a/gone/x.tf": "old x\n",
    "plugins/a/mine.tf": "the user's\n",
}


def apply(project: Path, plan: Plan) -> None:
    room.apply(project, plan, project.parent / "home")


def recover(project: Path) -> tuple[str, ...] | None:
    return rollback.recover(project, project.parent / "home")


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def change(
    path: str, old: str | None, new: str | None, content: Path | None = None, *, mode: bool = False
) -> FileChange:
    """Replace, create or delete; `content` is the folder of the cache, without it the bytes are in the plan."""
    found = None if old is None else sha(old)
    if new is None:
        return FileChange(path, Action.DELETE, Reason.NEW, found=found)
    file = TreeFile(path.rpartition("/")[2], sha(new), mode)
    action = Action.CREATE if old is None else Action.REPLACE
    if content is None:
        return FileChange(path, action, Reason.NEW, file, data=new.encode(), found=found)
    source = content / path.replace("/", "_")
    source.write_text(new)
    return FileChange(path, action, Reason.NEW, file, source, found=found)


def plan_of(*changes: FileChange, documents: tuple[FileChange, ...] = ()) -> Plan:
    return Plan((PluginChange(Name("a"), "", None, None, changes),), documents)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    write_files(tmp_path / "project", dict(BEFORE))
    (tmp_path / "cache").mkdir()
    return tmp_path / "project"


@pytest.fixture
def plan(project: Path) -> Plan:
    """Create in new folders, replace, delete the last file of a folder, keep one, and both documents."""
    cache = project.parent / "cache"
    return plan_of(
        change("plugins/a/main.tf", "old main\n", "new main\n", cache),
        change("plugins/a/gone/x.tf", "old x\n", None),
        change("plugins/b/modules/key/main.tf", None, "key\n", cache, mode=True),
        change("plugins/b/main.tf", None, "b\n", cache),
        FileChange("plugins/a/mine.tf", Action.KEEP, Reason.NEW, found=sha("the user's\n")),
        documents=(
            change("terra.toml", "[plugins]\n", '[plugins]\na = "*"\n'),
            change("terra.lock", "old\n", "new\n"),
        ),
    )


AFTER = {
    "plugins/": "folder",
    "plugins/a/": "folder",
    "plugins/a/main.tf": sha("new main\n"),
    "plugins/a/mine.tf": sha("the user's\n"),
    "plugins/b/": "folder",
    "plugins/b/main.tf": sha("b\n"),
    "plugins/b/modules/": "folder",
    "plugins/b/modules/key/": "folder",
    "plugins/b/modules/key/main.tf": sha("key\n"),
    "terra.lock": sha("new\n"),
    "terra.toml": sha('[plugins]\na = "*"\n'),
}


def test_everything_is_done_and_no_trace_is_left(project: Path, plan: Plan):
    apply(project, plan)
    assert snapshot(project) == AFTER
    if os.name == "posix":
        assert (project / "plugins/b/modules/key/main.tf").stat().st_mode & 0o777 == 0o755
        assert (project / "plugins/b/main.tf").stat().st_mode & 0o777 == 0o644


def test_a_plan_that_writes_nothing_touches_nothing(project: Path):
    project.chmod(0o755)
    before = project.stat().st_mtime_ns
    apply(project, plan_of(FileChange("plugins/a/main.tf", Action.KEEP, Reason.NEW)))
    assert project.stat().st_mtime_ns == before


def test_a_folder_that_holds_more_than_terra_wrote_stays(project: Path):
    (project / "plugins/a/gone/notes.txt").write_text("mine")
    apply(project, plan_of(change("plugins/a/gone/x.tf", "old x\n", None)))
    assert (project / "plugins/a/gone/notes.txt").read_text() == "mine"


def test_the_cache_is_copied_and_not_linked(project: Path, plan: Plan):
    apply(project, plan)
    (project / "plugins/b/main.tf").write_text("edited")
    assert (project.parent / "cache/plugins_b_main.tf").read_text() == "b\n"


class Killed(BaseException):
    """The process ends here: nothing after it runs."""


class Faults:
    """Counts the calls that touch the disk; the one numbered `at` fails, and after a kill all later ones."""

    NAMES = ("mkdir", "rename", "replace", "link", "unlink", "rmdir", "open", "fsync", "fchmod")

    def __init__(self, monkeypatch: pytest.MonkeyPatch, at: int, error: BaseException) -> None:
        self.at, self.error, self.calls, self.where = at, error, 0, ""
        for name in self.NAMES:
            monkeypatch.setattr(os, name, self.wrap(name, getattr(os, name)))

    def wrap(self, name: str, real: Any) -> Any:
        def call(*words: Any, **options: Any) -> Any:
            if name == "open" and not words[1] & os.O_CREAT:
                return real(*words, **options)
            self.calls += 1
            is_dead = isinstance(self.error, Killed) and self.calls > self.at
            if self.calls == self.at or is_dead:
                self.where = self.where or f"{name} {words}"
                raise self.error
            return real(*words, **options)

        return call


def explore(project: Path, plan: Plan, error: type[BaseException]) -> int:
    """Apply with a fault at each call in turn; every time the project is as before or, at the end, as after."""
    before, reached = snapshot(project), 0
    for at in range(1, 400):
        failure = error(28, "no space") if error is OSError else error()
        with pytest.MonkeyPatch.context() as monkeypatch:
            faults = Faults(monkeypatch, at, failure)
            try:
                apply(project, plan)
                ended = True
            except (OSError, ConflictError, Killed, KeyboardInterrupt):
                ended = False
        if faults.calls < at:
            assert ended
            return reached
        reached = at
        recover(project)
        found = snapshot(project)
        if ended or (error is not OSError and found != before):
            left = {path: kind for path, kind in found.items() if path != "plugins/a/gone/"}  # emptied, no file
            assert left == AFTER, faults.where
            for path in sorted(found, reverse=True):
                remove(project / path)
            write_files(project, dict(BEFORE))
        else:
            assert found == before, faults.where
    pytest.fail("there is no end to the calls")


def remove(path: Path) -> None:
    if path.is_dir():
        path.rmdir()
    else:
        path.unlink()


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt, Killed])
def test_a_fault_at_any_call_leaves_before_or_after(project: Path, plan: Plan, error: type[BaseException]):
    assert explore(project, plan, error) > 40


def test_the_last_moment_for_an_interrupt_is_told_and_still_undone(project: Path, plan: Plan):
    before, seen = snapshot(project), []

    def interrupted() -> None:
        seen.append((project / "terra.lock").read_text())
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        room.apply(project, plan, project.parent / "home", interrupted)
    assert seen == ["new\n"]
    assert snapshot(project) == before


def test_an_interrupt_after_the_commit_does_not_say_that_nothing_was_done(
    project: Path, plan: Plan, monkeypatch: pytest.MonkeyPatch
):
    """The command's words for Ctrl-C are `the project is as it was before`."""
    real = Journal.commit

    def commit(self: Journal) -> None:
        def interrupted(_: Path) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(fs, "sync_folder", interrupted)
        real(self)

    before = snapshot(project)
    monkeypatch.setattr(Journal, "commit", commit)
    try:
        apply(project, plan)
    except KeyboardInterrupt:
        assert snapshot(project) == before
    else:
        assert snapshot(project) == AFTER


def edited(project: Path, path: str, text: str, monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    """Let the user save `path` just before terra touches the project, or just before it places the file."""
    if when == "before the apply":
        write_files(project, {path: text})
        return
    real = room._missing_folders

    def late(*words: Any) -> Any:
        found = real(*words)
        write_files(project, {path: text})
        return found

    monkeypatch.setattr(room, "_missing_folders", late)


@pytest.mark.parametrize("when", ["before the apply", "while it runs"])
@pytest.mark.parametrize("path", ["plugins/a/main.tf", "plugins/a/gone/x.tf", "plugins/a/new.tf", "terra.toml"])
def test_a_file_that_changed_since_the_plan_is_a_conflict(
    project: Path, monkeypatch: pytest.MonkeyPatch, path: str, when: str
):
    plan = plan_of(
        change("plugins/a/main.tf", "old main\n", "new main\n"),
        change("plugins/a/gone/x.tf", "old x\n", None),
        change("plugins/a/new.tf", None, "new\n"),
        documents=(change("terra.toml", "[plugins]\n", '[plugins]\na = "*"\n'),),
    )
    edited(project, path, "saved meanwhile", monkeypatch, when)
    with pytest.raises(ConflictError, match="changed while terra was working") as caught:
        apply(project, plan)
    assert caught.value.subjects == (path,)
    found = snapshot(project)
    expected = {**{name: sha(text) for name, text in BEFORE.items()}, path: sha("saved meanwhile")}
    assert {name: kind for name, kind in found.items() if kind != "folder"} == expected


@pytest.mark.parametrize("path", ["plugins/a/main.tf", "plugins/a/gone/x.tf", "terra.toml"])
def test_a_file_that_vanished_since_the_plan_is_a_conflict(project: Path, plan: Plan, path: str):
    (project / path).unlink()
    before = snapshot(project)
    with pytest.raises(ConflictError):
        apply(project, plan)
    assert snapshot(project) == before


def test_a_folder_in_place_of_a_file_is_put_back(project: Path, plan: Plan):
    (project / "plugins/a/main.tf").unlink()
    write_files(project, {"plugins/a/main.tf/x": "mine"})
    before = snapshot(project)
    with pytest.raises((ConflictError, OSError)):
        apply(project, plan)
    assert snapshot(project) == before


@pytest.mark.parametrize("link", ["plugins", "plugins/a", "plugins/b"])
def test_a_link_on_the_way_is_refused_and_nothing_is_written_through_it(project: Path, plan: Plan, link: str):
    outside = project.parent / "outside"
    if (project / link).exists():
        (project / link).rename(outside)
    outside.mkdir(exist_ok=True)
    (project / link).symlink_to(outside)
    before, there = snapshot(project), snapshot(outside)
    with pytest.raises(UnsafeTargetError):
        apply(project, plan)
    assert (snapshot(project), snapshot(outside)) == (before, there)


@pytest.mark.parametrize(
    "bad",
    [
        FileChange("plugins/b/x", Action.CREATE, Reason.NEW, TreeFile("x", sha("promised")), data=b"other"),
        FileChange("plugins/b/x", Action.CREATE, Reason.NEW, TreeFile("x", sha("promised"))),
    ],
)
def test_other_bytes_than_planned_are_refused_before_anything_is_touched(
    project: Path, plan: Plan, bad: FileChange, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(room, "_perform", lambda *_: pytest.fail("something was touched"))
    before = snapshot(project)
    with pytest.raises(IntegrityError, match="`plugins/b/x` would get other bytes"):
        apply(project, plan_of(*plan.changes[0].files, bad))
    assert snapshot(project) == before


def test_a_damaged_cache_is_refused(project: Path, plan: Plan):
    (project.parent / "cache/plugins_b_main.tf").write_text("damaged")
    before = snapshot(project)
    with pytest.raises(IntegrityError, match=r"plugins/b/main\.tf"):
        apply(project, plan)
    assert snapshot(project) == before


def test_a_file_system_without_hard_links(project: Path, plan: Plan, monkeypatch: pytest.MonkeyPatch):
    def link(*_: object, **_options: object) -> None:
        raise PermissionError(1, "no hard links here")

    monkeypatch.setattr(os, "link", link)
    apply(project, plan)
    assert snapshot(project) == AFTER


def test_without_hard_links_a_file_in_the_way_is_still_a_conflict(project: Path, monkeypatch: pytest.MonkeyPatch):
    def link(*_: object, **_options: object) -> None:
        raise PermissionError(1, "no hard links here")

    monkeypatch.setattr(os, "link", link)
    write_files(project, {"plugins/a/new.tf": "mine"})
    before = snapshot(project)
    with pytest.raises(ConflictError):
        apply(project, plan_of(change("plugins/a/new.tf", None, "new\n")))
    assert snapshot(project) == before


def test_a_document_is_never_absent(project: Path, plan: Plan, monkeypatch: pytest.MonkeyPatch):
    """Between any two calls that touch the disk, both documents are whole: the old one or the new one."""
    texts = {"terra.toml": {b"[plugins]\n", b'[plugins]\na = "*"\n'}, "terra.lock": {b"old\n", b"new\n"}}
    looks = 0
    for name in Faults.NAMES:
        real = getattr(os, name)

        def call(*words: Any, real: Any = real, **options: Any) -> Any:
            nonlocal looks
            looks += 1
            for document, allowed in texts.items():
                with open(project / document, "rb") as stream:
                    assert stream.read() in allowed
            return real(*words, **options)

        monkeypatch.setattr(os, name, call)
    apply(project, plan)
    assert looks > 40


def test_the_user_may_write_while_a_failing_apply_is_undone(project: Path, monkeypatch: pytest.MonkeyPatch):
    """A file that terra replaced and the user saved over before the roll-back keeps the user's bytes."""
    real = Journal.commit

    def commit(self: Journal) -> None:
        (project / "plugins/a/main.tf").write_text("saved meanwhile")
        raise OSError(28, "no space")

    monkeypatch.setattr(Journal, "commit", commit)
    with pytest.raises(OSError, match="no space"):
        apply(project, plan_of(change("plugins/a/main.tf", "old main\n", "new main\n")))
    assert real is not commit
    assert (project / "plugins/a/main.tf").read_text() == "saved meanwhile"
    assert (project / "plugins/a/main.tf.before-terra").read_text() == "old main\n"
    assert fs.kind_of(project / FOLDER) is None
