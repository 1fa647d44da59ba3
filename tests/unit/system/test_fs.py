"""Files are made without clobbering, replaced at once, and never reached through a link."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from support.project import snapshot, write_files
from terra.errors import InvalidDocumentError
from terra.model.digest import Digest
from terra.system import fs, locks


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A file that nothing may change, and a link to it."""
    (tmp_path / "mine").write_bytes(b"mine")
    (tmp_path / "link").symlink_to("mine")
    (tmp_path / "dangling").symlink_to("nowhere")
    return tmp_path


@pytest.mark.parametrize("name", ["mine", "link", "dangling", "."])
@pytest.mark.parametrize(
    "make",
    [
        fs.create,
        lambda path: fs.write_new(path, b"new"),
        lambda path: fs.copy(path / "source" if path.is_dir() else path.with_name("source"), path),
    ],
)
def test_a_new_file_takes_nothings_place(mine: Path, name: str, make: Any):
    (mine / "source").write_bytes(b"new")
    before = snapshot(mine)
    with pytest.raises(FileExistsError):
        make(mine / name)
    assert snapshot(mine) == before


@pytest.mark.parametrize("mode", [0o644, 0o755, 0o600])
def test_the_mode_is_what_was_said_whatever_the_umask(tmp_path: Path, mode: int):
    before = os.umask(0o077)
    try:
        fs.write_new(tmp_path / "x", b"", mode)
        (tmp_path / "source").write_bytes(b"")
        fs.copy(tmp_path / "source", tmp_path / "y", mode)
        fs.write_atomic(tmp_path / "z", b"", mode)
    finally:
        os.umask(before)
    assert {(tmp_path / each).stat().st_mode & 0o777 for each in "xyz"} == {mode}


@pytest.mark.parametrize(
    "look", [lambda path: fs.read(path, 9), fs.sha256_of, lambda path: fs.digest_of(path, "sha512")]
)
def test_nothing_is_read_through_a_link(mine: Path, look: Any):
    look(mine / "mine")
    for name in ("link", "dangling"):
        with pytest.raises(OSError, match="symbolic links"):
            look(mine / name)


def test_a_link_is_not_copied_from(mine: Path):
    with pytest.raises(OSError, match="symbolic links"):
        fs.copy(mine / "link", mine / "copy")


def test_reading_and_hashing(tmp_path: Path):
    data = bytes(range(256)) * 3000
    (tmp_path / "x").write_bytes(data)
    assert fs.read(tmp_path / "x", 10) == data[:10]
    assert fs.read(tmp_path / "x", 1 << 30) == data
    assert fs.sha256_of(tmp_path / "x") == (hashlib.sha256(data).hexdigest(), len(data))
    for algorithm in ("sha256", "sha384", "sha512"):
        assert fs.digest_of(tmp_path / "x", algorithm) == Digest(algorithm, hashlib.new(algorithm, data).hexdigest())
    assert fs.copy(tmp_path / "x", tmp_path / "y") == hashlib.sha256(data).hexdigest()
    assert (tmp_path / "y").read_bytes() == data


def test_write_atomic_replaces_a_link_and_not_its_target(mine: Path):
    fs.write_atomic(mine / "link", b"new")
    assert (mine / "link").read_bytes() == b"new"
    assert not (mine / "link").is_symlink()
    assert (mine / "mine").read_bytes() == b"mine"


@pytest.mark.parametrize("name", ["open", "fsync", "replace", "fchmod"])
@pytest.mark.parametrize("error", [OSError(28, "no space"), KeyboardInterrupt()])
def test_write_atomic_that_fails_leaves_the_old_bytes_and_no_trace(
    mine: Path, name: str, error: BaseException, monkeypatch: pytest.MonkeyPatch
):
    def fail(*_: object) -> None:
        raise error

    before = snapshot(mine)
    with monkeypatch.context() as patch:
        patch.setattr(os, name, fail)
        with pytest.raises(type(error)):
            fs.write_atomic(mine / "mine", b"new")
    assert snapshot(mine) == before


def test_a_document_is_read_through_a_link_but_is_a_regular_file(mine: Path):
    assert fs.read_document(mine / "mine", 4) == fs.read_document(mine / "link", 4) == b"mine"
    assert fs.read_document(mine / "dangling", 4) is None
    assert fs.read_document(mine / "absent", 4) is None
    assert fs.read_document(mine / "mine" / "below", 4) is None
    with pytest.raises(InvalidDocumentError, match="at most 3 bytes"):
        fs.read_document(mine / "mine", 3)
    os.mkfifo(mine / "pipe")
    with pytest.raises(InvalidDocumentError, match="expected a regular file"):
        fs.read_document(mine / "pipe", 4)
    with pytest.raises((InvalidDocumentError, IsADirectoryError)):
        fs.read_document(mine, 4)


def test_kinds(mine: Path):
    os.mkfifo(mine / "pipe")
    names = ("mine", "link", "dangling", ".", "pipe", "absent", "mine/below", "link/below")
    assert [fs.kind_of(mine / name) for name in names] == ["file", "link", "link", "folder", "other", None, None, None]


def test_scan_is_sorted_depth_first_and_follows_no_link(tmp_path: Path):
    write_files(tmp_path / "outside", {"secret": b""})
    root = tmp_path / "root"
    write_files(root, {"b/z": b"12", "b/a/x": b"", "a.tf": b"1", "B": b"", "b.tf": b"", "ü": b""})
    (root / "a.tf").chmod(0o755)
    (root / "b/link").symlink_to(tmp_path / "outside")
    os.mkfifo(root / "c")
    assert list(fs.scan(root)) == [
        fs.Found("B", "file"),
        fs.Found("a.tf", "file", executable=True, size=1),
        fs.Found("b", "folder"),
        fs.Found("b/a", "folder"),
        fs.Found("b/a/x", "file"),
        fs.Found("b/link", "link"),
        fs.Found("b/z", "file", size=2),
        fs.Found("b.tf", "file"),
        fs.Found("c", "other"),
        fs.Found("ü", "file"),
    ]


def test_scan_does_not_enter_what_is_skipped(tmp_path: Path):
    write_files(tmp_path, {"a/x": b"", "b/a/x": b"", "b/y": b""})
    assert [each.path for each in fs.scan(tmp_path, lambda path: path.endswith("a"))] == ["a", "b", "b/a", "b/y"]


def test_remove_tree_takes_read_only_things_and_follows_no_link(tmp_path: Path):
    write_files(tmp_path, {"outside/x": b"mine", "tree/a/b": b"", "tree/c": b""})
    (tmp_path / "tree/link").symlink_to(tmp_path / "outside")
    (tmp_path / "tree/a/b").chmod(0o444)
    for folder in ("tree/a", "tree"):
        (tmp_path / folder).chmod(0o500)
    fs.remove_tree(tmp_path / "tree")
    assert set(snapshot(tmp_path)) == {"outside/", "outside/x"}
    fs.remove_tree(tmp_path / "tree")
    (tmp_path / "link").symlink_to(tmp_path / "outside")
    fs.remove_tree(tmp_path / "link")
    fs.remove_tree(tmp_path / "outside/x")
    assert set(snapshot(tmp_path)) == {"outside/"}


def test_remove_empty_stops_at_what_holds_something(tmp_path: Path):
    write_files(tmp_path, {"top/a/x": b""})
    (tmp_path / "top/a/b/c").mkdir(parents=True)
    fs.remove_empty(tmp_path / "top/a/b/c", tmp_path / "top")
    assert set(snapshot(tmp_path)) == {"top/", "top/a/", "top/a/x"}
    (tmp_path / "top/a/x").unlink()
    fs.remove_empty(tmp_path / "top/a", tmp_path / "top")
    assert set(snapshot(tmp_path)) == {"top/"}
    fs.remove_empty(tmp_path / "top", tmp_path / "top")
    fs.remove_empty(tmp_path / "top", tmp_path / "elsewhere")
    assert set(snapshot(tmp_path)) == {"top/"}


def is_free(folder: Path, *, shared: bool) -> bool:
    """Tell whether another opener of the folder could lock it: flock holds by opening, not by process."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        return locks._try_lock(descriptor, shared=shared)
    finally:
        os.close(descriptor)


@pytest.mark.skipif(os.name == "nt", reason="folders are not locked there")
def test_a_lock_keeps_others_out_and_a_shared_one_lets_sharers_in(tmp_path: Path):
    folder, fallback = tmp_path / "home", tmp_path / "locks/x"
    folder.mkdir()
    with locks.locked(folder, fallback, pytest.fail):
        assert not is_free(folder, shared=False)
        assert not is_free(folder, shared=True)
    with locks.locked(folder, fallback, pytest.fail, shared=True):
        assert is_free(folder, shared=True)
        assert not is_free(folder, shared=False)
        with locks.locked(folder, fallback, pytest.fail, shared=True):
            pass
    assert is_free(folder, shared=False)
    assert snapshot(tmp_path) == {"home/": "folder"}


@pytest.mark.skipif(os.name == "nt", reason="folders are not locked there")
def test_a_lock_is_freed_by_a_failure(tmp_path: Path):
    with pytest.raises(KeyError), locks.locked(tmp_path, tmp_path / "x", pytest.fail):
        raise KeyError
    assert is_free(tmp_path, shared=False)


@pytest.mark.skipif(os.name == "nt", reason="folders are not locked there")
def test_who_waits_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(locks, "_PATIENCE", 0.0)
    descriptor = os.open(tmp_path, os.O_RDONLY)
    assert locks._try_lock(descriptor, shared=False)
    told, slept = [], []

    def sleep(_: float) -> None:
        slept.append(1)
        if len(slept) == 3:
            os.close(descriptor)

    monkeypatch.setattr(fs.time, "sleep", sleep)
    with locks.locked(tmp_path, tmp_path / "x", lambda: told.append(1)):
        pass
    assert (len(told), len(slept)) == (1, 3)


@pytest.mark.skipif(os.name == "nt", reason="folders are not locked there")
def test_where_a_folder_cannot_be_locked_a_file_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """NFS locks only what is open for writing."""
    real = locks._try_lock

    def picky(descriptor: int, *, shared: bool) -> bool:
        if os.path.samestat(os.fstat(descriptor), os.stat(tmp_path)):
            raise OSError(9, "bad file descriptor")
        return real(descriptor, shared=shared)

    monkeypatch.setattr(locks, "_try_lock", picky)
    with locks.locked(tmp_path, tmp_path / "locks/x", pytest.fail):
        assert (tmp_path / "locks/x").is_file()
        assert not is_free(tmp_path / "locks/x", shared=True)
    assert is_free(tmp_path / "locks/x", shared=False)


def test_scan_goes_deeper_than_the_stack(tmp_path: Path):
    depth = 1100
    deepest = tmp_path
    for _ in range(depth):
        deepest /= "d"
        deepest.mkdir()
    assert sum(1 for _ in fs.scan(tmp_path)) == depth
    while deepest != tmp_path:  # no clean-up of the runner's goes that deep
        deepest.rmdir()
        deepest = deepest.parent
