"""Damaged archives: the only outcomes are files inside the folder, or a refusal and an empty folder."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import tempfile
from pathlib import Path

import pytest
from archive_bytes import gnu_long, header, member, pax, sha, tar, wheel, zip_streamed, zipped
from hypothesis import given, settings
from hypothesis import strategies as st

from terra.archive.names import broken_rule, folded
from terra.archive.payload import open_payload
from terra.archive.reader import extract
from terra.errors import InvalidDocumentError, PayloadError, UnsafeArchiveError
from terra.model.stages import Fetched

WHEEL = "terra_aws_s3-1.0.0rc1-py3-none-any.whl"
INFO = "terra_aws_s3-1.0.0rc1.dist-info"
PLUGIN = {"terra-plugin.toml": b'[plugin]\nname = "aws-s3"\n', "main.tf": b"x\n" * 30, "m/a.tf": b""}
SEEDS = {
    "tar": tar(
        pax(("comment", "x"), kind=b"g"),
        member(),
        pax(("path", "a/b.tf")) + member("c", b"y" * 600),
        gnu_long("d/e.tf") + member("f", magic=b"ustar  \0"),
        header("g.tf", kind=b"2", link="main.tf"),
        header("h/", kind=b"5"),
    ),
    "tar.gz": gzip.compress(tar(*(member(name, data) for name, data in PLUGIN.items())), mtime=0),
    "zip": zipped(PLUGIN | {"l.tf": b"main.tf"}, {"l.tf": 0o120777}),
    "zip streamed": zip_streamed(PLUGIN),
    "whl": wheel(
        {
            f"{INFO}/entry_points.txt": b"[terra.plugins]\naws-s3 = terra_aws_s3\n",
            f"{INFO}/terra-plugin.toml": PLUGIN["terra-plugin.toml"],
            "terra_aws_s3/payload/main.tf": b"x",
        }
    ),
}
CHANGES = st.lists(
    st.tuples(st.sampled_from(["flip", "set", "cut", "insert", "repeat"]), st.floats(0, 1), st.integers(0, 255)),
    min_size=1,
    max_size=4,
)


def changed(data: bytes, changes) -> bytes:
    for kind, where, value in changes:
        at = int(where * max(0, len(data) - 1))
        old = data[at : at + 1]
        middle = {
            "flip": bytes(each ^ (1 << value % 8) for each in old),
            "set": bytes([value]),
            "cut": b"",
            "insert": old + bytes([value]),
            "repeat": data[at : at + value] * 2,
        }[kind]
        data = data[:at] + middle + data[at + (value if kind in ("cut", "repeat") else 1) :]
    return data


@pytest.mark.parametrize("seed", SEEDS)
@settings(max_examples=150, deadline=None)
@given(changes=CHANGES)
def test_damage_ends_in_files_or_in_a_refusal(seed, changes):
    with tempfile.TemporaryDirectory() as folder:
        path, into = Path(folder, "x"), Path(folder, "stage/into")
        path.write_bytes(changed(SEEDS[seed], changes))
        fetched = Fetched(path, seed.split()[0], file_name=WHEEL if seed == "whl" else "x")
        try:
            staged = open_payload(fetched, into)
        except (UnsafeArchiveError, PayloadError, InvalidDocumentError) as error:
            printable, left = error.message.replace("\n", "").isprintable(), os.listdir(into)
            assert (printable, left) == (True, [])
        else:
            here = staged.folder
            assert here.is_relative_to(into)
            files = {path.relative_to(here).as_posix(): path for path in here.rglob("*") if path.is_file()}
            assert {file.path: file.sha256 for file in staged.tree.files} == {
                name: sha(path.read_bytes()) for name, path in files.items()
            }
        assert sorted(os.listdir(folder)) == ["stage", "x"]
        assert os.listdir(Path(folder, "stage")) == ["into"]


PART = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12)
PATH = st.lists(PART, min_size=1, max_size=4).map("/".join).filter(lambda path: broken_rule(path) is None)


def can_stand_together(paths) -> bool:
    keys = [folded(path) for path in paths]
    folders = {}
    for path in paths:
        parts = path.split("/")
        for depth in range(1, len(parts)):
            whole = "/".join(parts[:depth])
            if folders.setdefault(folded(whole), whole) != whole:
                return False
    return len(set(keys)) == len(keys) and not folders.keys() & set(keys)


TREES = st.dictionaries(PATH, st.tuples(st.binary(max_size=2000), st.booleans()), max_size=8).filter(can_stand_together)


def as_tar(tree, dialect) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=dialect) as archive:
        for name, (data, executable) in tree.items():
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(data), 0o755 if executable else 0o644
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def as_zip(tree) -> bytes:
    modes = {name: 0o100755 if executable else 0o100644 for name, (_, executable) in tree.items()}
    return zipped({name: data for name, (data, _) in tree.items()}, modes)


@settings(max_examples=100, deadline=None)
@given(tree=TREES, dialect=st.sampled_from([tarfile.PAX_FORMAT, tarfile.GNU_FORMAT]))
def test_a_safe_tree_comes_back_from_every_format(tree, dialect):
    tarred = as_tar(tree, dialect)
    packed = {"tar": tarred, "tar.gz": gzip.compress(tarred, mtime=0), "zip": as_zip(tree)}
    for form, data in packed.items():
        with tempfile.TemporaryDirectory() as folder:
            path, into = Path(folder, "x"), Path(folder, "into")
            path.write_bytes(data)
            files = extract(path, form, into)
            assert {file.path: (file.sha256, file.executable) for file in files} == {
                name: (sha(body), executable) for name, (body, executable) in tree.items()
            }
            assert all((into / name).read_bytes() == body for name, (body, _) in tree.items())
