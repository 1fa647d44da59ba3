"""The cache is listed, verified and emptied, and nothing else in the home is touched."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import pytest

from support.project import snapshot, write_files
from terra.store.disk import BUCKETS, DiskStore
from terra.store.prune import damaged, entries, prune

DAY = 24 * 3600.0


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def store(tmp_path: Path) -> DiskStore:
    """Two payloads, one with a second tree, and an archive; beside them what is not of the cache."""
    store = DiskStore(tmp_path / "terra", pytest.fail)
    store.prepare()
    tree = sha(f"644 {sha(b'two')} main.tf\n".encode())
    write_files(
        store.home,
        {
            "plugins/aws-s3/v0.1.0/main.tf": b"one",
            "plugins/aws-s3/v0.1.0/modules/v1.0/main.tf": b"deep",
            f"plugins/aws-s3/v0.1.0~{tree[:12]}/main.tf": b"two",
            "plugins/my-company/vpc/v1.0.0-rc.1/main.tf": b"three",
            f"archives/sha256/{sha(b'zip')[:2]}/{sha(b'zip')}": b"zip",
            f"index/{sha(b'url')}.json": b"{}",
            "config.toml": b"",
            "trust/key": b"key",
        },
    )
    return store


def listed(store: DiskStore) -> list[tuple[str, str, str, int, int]]:
    return [(each.kind, each.name, each.version.partition("~")[0], each.size, each.files) for each in entries(store)]


def test_everything_is_listed(store: DiskStore):
    assert listed(store) == [
        ("payload", "aws-s3", "0.1.0", 7, 2),
        ("payload", "aws-s3", "0.1.0", 3, 1),
        ("payload", "my-company/vpc", "1.0.0-rc.1", 5, 1),
        ("archive", f"sha256-{sha(b'zip')}", "", 3, 1),
    ]
    assert all(each.age < DAY for each in entries(store))


def test_nothing_is_damaged(store: DiskStore):
    assert list(damaged(store)) == []


@pytest.mark.parametrize("left", [b"", bytes(72)])
def test_a_note_that_a_power_cut_left_empty_says_nothing(store: DiskStore, left: bytes):
    (store.home / "plugins/aws-s3/v0.1.0.tree").write_bytes(left)
    assert list(damaged(store)) == []


def test_what_is_damaged_is_named_with_both_sides(store: DiskStore):
    s3 = store.home / "plugins/aws-s3"
    (s3 / "v0.1.0.tree").write_text(f"sha256-{'0' * 64}\n")
    (second,) = s3.glob("v0.1.0~*")
    (second / "main.tf").write_bytes(b"changed")
    (store.home / "plugins/my-company/vpc/v1.0.0-rc.1/x").symlink_to("main.tf")
    (archive,) = (each.path for each in entries(store) if each.kind == "archive")
    archive.write_bytes(b"changed")
    found = {entry.path: why for entry, why in damaged(store)}
    assert found[s3 / "v0.1.0"].startswith(f"expected the tree sha256-{'0' * 64}, got sha256-")
    assert found[second].startswith(f"expected the tree sha256-{second.name[7:]}…, got sha256-")
    assert found[store.home / "plugins/my-company/vpc/v1.0.0-rc.1"] == "expected regular files only"
    assert found[archive] == f"expected sha256-{sha(b'zip')}, got sha256-{sha(b'changed')}"
    assert len(found) == 4


def test_everything_is_pruned_and_nothing_else(store: DiskStore):
    before = list(entries(store))
    assert [each.path for each in prune(store, None)] == [each.path for each in before]
    assert list(entries(store)) == []
    left = set(snapshot(store.home))
    buckets = {f"{bucket}/" for bucket in BUCKETS} | {f"{bucket}/.format" for bucket in BUCKETS}
    assert left == {"config.toml", "trust/", "trust/key"} | buckets
    store.prepare()


def test_only_what_is_older_is_pruned(store: DiskStore):
    old = store.home / "plugins/aws-s3/v0.1.0"
    (old.parent / "v0.1.0.tree").write_text("x")
    os.utime(old, (time.time() - 40 * DAY,) * 2)
    assert [each.path for each in prune(store, 30 * DAY)] == [old]
    assert not (old.parent / "v0.1.0.tree").exists()
    assert len(listed(store)) == 3
    assert (store.home / "index" / f"{sha(b'url')}.json").exists()
    assert prune(store, 30 * DAY) == ()


def test_a_read_only_payload_is_pruned(store: DiskStore):
    folder = store.home / "plugins/aws-s3/v0.1.0"
    (folder / "main.tf").chmod(0o444)
    folder.chmod(0o555)
    prune(store, None)
    assert not folder.exists()


def test_abandoned_private_folders_go_and_others_stay(store: DiskStore):
    for name, age in (("run-" + "a" * 16, 2 * DAY), ("run-" + "b" * 16, 0.0)):
        write_files(store.home / "tmp" / name, {"x": b""})
        os.utime(store.home / "tmp" / name, (time.time() - age,) * 2)
    prune(store, 30 * DAY)
    assert [each.name for each in (store.home / "tmp").glob("run-*")] == ["run-" + "b" * 16]


def test_what_a_user_laid_into_the_cache_is_not_taken_for_terras(store: DiskStore):
    mine = {"plugins/notes.txt": b"", "plugins/aws-s3/vendor/main.tf": b"", "archives/mine.zip": b"", "tmp/mine": b""}
    write_files(store.home, dict(mine))
    prune(store, None)
    left = set(snapshot(store.home))
    assert set(mine) <= left


def test_a_link_to_a_folder_is_removed_and_not_followed(store: DiskStore, tmp_path: Path):
    write_files(tmp_path / "mine", {"x": b"mine"})
    (store.home / "plugins/aws-s3/v0.1.0/link").symlink_to(tmp_path / "mine")
    prune(store, None)
    assert (tmp_path / "mine/x").read_bytes() == b"mine"
