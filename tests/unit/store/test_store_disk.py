"""The cache gives back only what it hashed again just now, and heals itself."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from support.project import snapshot, write_files
from terra.errors import SystemFailureError
from terra.model.digest import Digest
from terra.model.name import Name
from terra.model.release import Release
from terra.model.source import Anchor, Locator
from terra.model.stages import Verified
from terra.model.tree import Tree, TreeFile
from terra.model.version import Version
from terra.store import notes
from terra.store.disk import BUCKETS, DiskStore
from terra.store.trees import tree_of
from terra.system import fs

NAME, VERSION = Name("my-company/vpc"), Version(1, 2, 0)
FILES = {"main.tf": b"main\n", "modules/a/run.sh": b"#!/bin/sh\n", "empty": b""}
DATA = b"the archive"
URL = "https://h.example/x.zip"


class Shelf(DiskStore):
    """A prepared store that keeps what it says of damage."""

    def __init__(self, home: Path) -> None:
        self.said: list[str] = []
        super().__init__(home, self.said.append)
        self.prepare()


@pytest.fixture
def store(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "terra")


def sha(data: bytes) -> Digest:
    return Digest.sha256(hashlib.sha256(data).hexdigest())


def verified(folder: Path, files: dict[str, bytes] | None = None, data: bytes | None = DATA) -> Verified:
    """A payload in a folder of its own, with its archive."""
    files = FILES if files is None else files
    stage = folder / os.urandom(4).hex()
    write_files(stage / "payload", dict(files))
    for path in files:
        (stage / "payload" / path).chmod(0o755 if path.endswith(".sh") else 0o644)
    tree = Tree.of([TreeFile(path, sha(body).hex, path.endswith(".sh")) for path, body in files.items()])
    archive = None
    if data is not None:
        archive = stage / "archive"
        archive.write_bytes(data)
    release = Release(NAME, VERSION, Locator("https", URL), Anchor("/r"))
    digest = sha(data) if data is not None else None
    return Verified(
        release, NAME, VERSION, stage / "payload", tree, tree.digest, archive, digest, 0, (), None, release.source
    )


def plain(store: DiskStore) -> Path:
    return store.home / "plugins/my-company/vpc/v1.2.0"


def test_what_is_put_is_found(store: Shelf, tmp_path: Path):
    assert store.find_tree(NAME, VERSION, verified(tmp_path).tree_digest) is None
    one = verified(tmp_path)
    cached = store.put(one)
    assert (cached.folder, cached.tree) == (plain(store), one.tree)
    assert store.find_tree(NAME, VERSION, one.tree_digest) == cached
    assert {path: (cached.folder / path).read_bytes() for path in FILES} == FILES
    assert store.find_archive(sha(DATA)) == store.archive_path(sha(DATA))
    assert store.archive_path(sha(DATA)).read_bytes() == DATA
    assert not one.folder.exists()
    assert store.said == []


@pytest.mark.skipif(os.name == "nt", reason="the system has no modes")
def test_what_is_put_is_read_only(store: Shelf, tmp_path: Path):
    store.put(verified(tmp_path))
    modes = {path: (plain(store) / path).stat().st_mode & 0o777 for path in FILES}
    assert modes == {"main.tf": 0o444, "modules/a/run.sh": 0o555, "empty": 0o444}
    assert store.archive_path(sha(DATA)).stat().st_mode & 0o777 == 0o444


def test_put_twice_is_once(store: Shelf, tmp_path: Path):
    first = store.put(verified(tmp_path))
    before = snapshot(store.home)
    assert store.put(verified(tmp_path)) == first
    assert snapshot(store.home) == before


def test_a_second_tree_of_one_version_stands_beside_the_first(store: Shelf, tmp_path: Path):
    one, two = verified(tmp_path), verified(tmp_path, {"main.tf": b"other\n"}, None)
    store.put(one)
    cached = store.put(two)
    assert cached.folder == plain(store).with_name(f"v1.2.0~{two.tree_digest.hex[:12]}")
    for each in (one, two):
        found = store.find_tree(NAME, VERSION, each.tree_digest)
        assert found is not None
        assert found.tree == each.tree
    assert store.said == []


def test_another_name_or_version_is_another_entry(store: Shelf, tmp_path: Path):
    digest = store.put(verified(tmp_path)).tree.digest
    assert store.find_tree(Name("vpc"), VERSION, digest) is None
    assert store.find_tree(NAME, Version(1, 2, 1), digest) is None


def spoil(folder: Path, how: str) -> None:
    if how == "changed":
        (folder / "main.tf").chmod(0o644)
        (folder / "main.tf").write_bytes(b"mbin\n")
    elif how == "missing":
        (folder / "empty").unlink()
    elif how == "extra":
        (folder / "extra.tf").write_bytes(b"")
    elif how == "mode":
        (folder / "main.tf").chmod(0o755)
    elif how == "link":
        (folder / "empty").unlink()
        (folder / "empty").symlink_to("/dev/null")


@pytest.mark.parametrize("how", ["changed", "missing", "extra", "mode", "link"])
def test_a_damaged_payload_is_removed_and_can_be_put_again(store: Shelf, tmp_path: Path, how: str):
    one = verified(tmp_path)
    store.put(one)
    spoil(plain(store), how)
    assert store.find_tree(NAME, VERSION, one.tree_digest) is None
    assert store.said == [f"`{plain(store)}` was damaged and is removed"]
    assert not plain(store).exists()
    assert store.put(verified(tmp_path)).tree == one.tree


@pytest.mark.parametrize("how", ["changed", "missing", "extra", "mode", "link"])
def test_a_damaged_second_tree_too(store: Shelf, tmp_path: Path, how: str):
    store.put(verified(tmp_path, {"main.tf": b"first\n"}, None))
    two = verified(tmp_path)
    folder = store.put(two).folder
    spoil(folder, how)
    assert store.find_tree(NAME, VERSION, two.tree_digest) is None
    assert not folder.exists()
    assert plain(store).exists()


def test_a_damaged_payload_is_healed_by_putting_it(store: Shelf, tmp_path: Path):
    store.put(verified(tmp_path))
    spoil(plain(store), "changed")
    cached = store.put(verified(tmp_path))
    assert (cached.folder / "main.tf").read_bytes() == FILES["main.tf"]


def test_the_other_tree_is_not_taken_for_damage(store: Shelf, tmp_path: Path):
    store.put(verified(tmp_path))
    assert store.find_tree(NAME, VERSION, sha(b"no such tree")) is None
    assert plain(store).exists()
    assert store.said == []


def test_a_payload_whose_record_was_lost_is_still_found(store: Shelf, tmp_path: Path):
    """A crash between the rename and the record."""
    one = verified(tmp_path)
    store.put(one)
    plain(store).with_name("v1.2.0.tree").unlink()
    assert store.find_tree(NAME, VERSION, one.tree_digest) is not None


@pytest.mark.parametrize("how", ["changed", "cut", "link", "folder"])
def test_a_damaged_archive_is_none_and_can_be_put_again(store: Shelf, tmp_path: Path, how: str):
    store.put(verified(tmp_path))
    path = store.archive_path(sha(DATA))
    path.unlink()
    if how == "link":
        (tmp_path / "elsewhere").write_bytes(DATA)
        path.symlink_to(tmp_path / "elsewhere")
    elif how == "folder":
        path.mkdir()
    else:
        path.write_bytes(DATA[:-1] if how == "cut" else DATA.upper())
    assert store.find_archive(sha(DATA)) is None
    store.put(verified(tmp_path))
    assert store.find_archive(sha(DATA)) == path


def test_a_payload_without_an_archive(store: Shelf, tmp_path: Path):
    store.put(verified(tmp_path, data=None))
    assert not (store.home / "archives/sha256").exists()


@pytest.mark.parametrize("etag", [None, '"v1"'])
def test_what_an_address_gave_is_remembered(store: Shelf, etag: str | None):
    assert store.remembered(URL) is None
    store.remember(URL, sha(DATA), etag)
    assert store.remembered(URL) == (sha(DATA), etag)
    store.remember(URL, sha(b"new"), None)
    assert store.remembered(URL) == (sha(b"new"), None)
    assert store.remembered(URL + "?") is None


@pytest.mark.parametrize("etag", [None, '"v1"'])
def test_a_document_is_kept(store: Shelf, etag: str | None):
    assert store.load(URL) is None
    store.save(URL, b"body", etag)
    assert store.load(URL) == (b"body", etag)
    store.save(URL, b"", None)
    assert store.load(URL) == (b"", None)


def note(store: DiskStore, ending: str = ".json") -> Path:
    return store.home / "index" / (hashlib.sha256(URL.encode()).hexdigest() + ending)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b"null",
        b"[" * 100_000,
        json.dumps({"url": URL}).encode(),
        json.dumps({"url": URL, "sha256": 5}).encode(),
        json.dumps({"url": URL + "/other", "sha256": "ab" * 32}).encode(),
    ],
)
def test_a_damaged_note_is_none(store: Shelf, data: bytes):
    store.save(URL, b"body", '"v1"')
    note(store).write_bytes(data)
    assert store.load(URL) is None


@pytest.mark.parametrize("text", ["", "ab", "../../../etc/passwd", "zz" * 32])
def test_a_note_that_is_no_digest_leads_to_no_file(store: Shelf, text: str):
    note(store).write_text(json.dumps({"url": URL, "sha256": text}))
    assert store.load(URL) is None
    (store.home / "index/fetched").write_text(f"\n{note(store, '').name} {text} null .")
    assert store.remembered(URL) is None


@pytest.mark.parametrize("cut", range(1, 140, 7))
def test_a_torn_note_is_none_and_spoils_no_other(store: Shelf, cut: int):
    store.remember(URL + "?", sha(b"other"), '"v0"')
    whole = (store.home / "index/fetched").read_bytes()
    store.remember(URL, sha(DATA), '"v1"')
    fetched = store.home / "index/fetched"
    added = len(fetched.read_bytes()) - len(whole)
    fetched.write_bytes(fetched.read_bytes()[: len(whole) + min(cut, added - 1)])
    assert store.remembered(URL) is None
    store.remember(URL, sha(b"new"), None)
    assert store.remembered(URL) == (sha(b"new"), None)
    assert store.remembered(URL + "?") == (sha(b"other"), '"v0"')


def test_zeros_that_a_power_cut_leaves_are_no_note(store: Shelf):
    store.remember(URL, sha(DATA), '"v1"')
    fetched = store.home / "index/fetched"
    fetched.write_bytes(bytes(len(fetched.read_bytes())))
    assert store.remembered(URL) is None
    store.remember(URL, sha(DATA), '"v1"')
    assert store.remembered(URL) == (sha(DATA), '"v1"')


def test_an_etag_is_a_text_of_a_strangers(store: Shelf):
    etag = '"a b\\"\n .\u2028'
    store.remember(URL, sha(DATA), etag)
    assert store.remembered(URL) == (sha(DATA), etag)


def test_what_another_process_noted_is_found(store: Shelf):
    assert store.remembered(URL) is None
    Shelf(store.home).remember(URL, sha(DATA), None)
    assert store.remembered(URL) == (sha(DATA), None)


def test_the_notes_stay_below_a_bound_and_the_newest_are_kept(store: Shelf, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(notes, "_MOST", 4_000)
    for number in range(100):
        store.remember(f"{URL}?{number}", sha(DATA), None)
        assert store.remembered(f"{URL}?{number}") == (sha(DATA), None)
    assert (store.home / "index/fetched").stat().st_size <= 4_200
    assert store.remembered(f"{URL}?0") is None
    assert store.remembered(f"{URL}?99") == (sha(DATA), None)


def test_a_note_is_not_written_through_a_link(store: Shelf, tmp_path: Path):
    (tmp_path / "mine").write_text("mine")
    (store.home / "index/fetched").symlink_to(tmp_path / "mine")
    store.remember(URL, sha(DATA), None)
    assert (tmp_path / "mine").read_text() == "mine"
    assert store.remembered(URL) is None


def test_a_damaged_document_is_none(store: Shelf):
    store.save(URL, b"body", '"v1"')
    note(store, ".body").write_bytes(b"bodY")
    assert store.load(URL) is None
    assert len(store.said) == 1
    store.save(URL, b"body", '"v1"')
    assert store.load(URL) == (b"body", '"v1"')


def test_a_document_that_is_a_link_is_none(store: Shelf, tmp_path: Path):
    store.save(URL, b"body", None)
    (tmp_path / "elsewhere").write_bytes(b"body")
    note(store, ".body").unlink()
    note(store, ".body").symlink_to(tmp_path / "elsewhere")
    assert store.load(URL) is None


def test_a_document_that_cannot_be_kept_is_no_error(store: Shelf):
    note(store, ".body").mkdir()
    store.save(URL, b"body", None)
    assert store.load(URL) is None


@pytest.mark.parametrize("bucket", BUCKETS)
@pytest.mark.parametrize("text", ["2", "", "1.1", "x"])
def test_the_format_of_another_terra_is_refused(store: Shelf, bucket: str, text: str):
    (store.home / bucket / ".format").write_text(text)
    with pytest.raises(SystemFailureError, match=rf"{bucket}` has format {text}, expected 1") as caught:
        store.prepare()
    assert "upgrade terra" in (caught.value.hint or "")


def test_preparing_twice_changes_nothing(store: Shelf, tmp_path: Path):
    store.put(verified(tmp_path))
    before = snapshot(store.home)
    Shelf(store.home)
    assert snapshot(store.home) == before


def test_a_private_folder_is_private_emptied_at_the_end_and_lent_again(store: Shelf):
    with store.scratch() as one, store.scratch() as two:
        assert one != two
        assert one.stat().st_mode & 0o777 == 0o700
        write_files(one, {"x": b"x", "payload/below/y": b"y"})
        (one / "link").symlink_to(store.home / "plugins", target_is_directory=True)
    assert list(one.iterdir()) == []
    with pytest.raises(FileExistsError), store.scratch() as three:
        write_files(three, {"x": b"x"}) or (three / "x").mkdir()
    assert three in (one, two)
    assert list(three.iterdir()) == []
    assert (store.home / "plugins/.format").exists()
    store.close()
    assert [path.name for path in (store.home / "tmp").iterdir()] == [".format"]


def test_a_private_folder_that_could_not_be_emptied_is_lent_to_nobody(store: Shelf, monkeypatch: pytest.MonkeyPatch):
    def fail(_: Path) -> None:
        raise PermissionError

    with monkeypatch.context() as patched:
        patched.setattr(fs, "remove_tree", fail)
        with store.scratch() as one:
            (one / "x").write_text("x")
    with store.scratch() as two:
        assert two != one
    store.close()
    assert not one.exists()
    assert not two.exists()


def test_closing_removes_what_an_interrupted_thread_left(store: Shelf):
    context = store.scratch()
    folder = context.__enter__()
    store.close()
    assert not folder.exists()
    context.__exit__(None, None, None)


def test_the_tree_of_what_is_no_payload(tmp_path: Path):
    assert tree_of(tmp_path / "absent") is None
    (tmp_path / "file").write_text("x")
    assert tree_of(tmp_path / "file") is None
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("folder")
    assert tree_of(tmp_path / "link") is None
    assert tree_of(tmp_path / "folder") == Tree(())
