"""The quick reader of `terra.lock` says what TOML says, or nothing: whatever the bytes are."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terra.model.digest import Digest
from terra.model.lock import Lock, LockedPlugin, LockedRegistry
from terra.model.name import Name
from terra.model.requirement import Requirement
from terra.model.source import Locator
from terra.model.tree import Tree, TreeFile
from terra.model.version import Version
from terra.wire import lock_lines
from terra.wire.lock_toml import read_lock, write_lock

TREE = Tree.of([TreeFile("main.tf", "ab" * 32), TreeFile("doc/ü €.md", "cd" * 32, executable=True)])
S3 = LockedPlugin(
    Name("aws-s3"),
    Version(0, 1, 0),
    "dev",
    Locator("https", "https://h.example/s3.zip"),
    TREE,
    registry="corp",
    archive=Digest.sha256("ef" * 32),
    size=1234,
    requires=(Requirement.parse("aws-kms>=0.2,<1"), Requirement.parse("aws-iam>=1")),
    signers=("someone",),
    edited=(("main.tf", "12" * 32), ("doc/ü €.md", "deleted")),
    edit_reason="INFRA-112, as agreed",
)
KMS = LockedPlugin(Name("aws-kms"), Version(0, 2, 0), "", Locator("file", "../kms"), Tree.of([]), hooks=True)
LOCK = Lock((KMS, S3), (LockedRegistry("corp", "https://corp.example/", Digest.sha256("34" * 32)),))
DATA = write_lock(LOCK)
PIECES = [
    *(line + b"\n" for line in DATA.splitlines()),
    *(bytes([each]) for each in b'\0\t\n\r "#,=[]\\_-+.019aetx\x7f'),
    *(b'"""', b"[[plugin]]\n", b"[plugin]\n", b"plugin = 1\n", b"size = 007\n", b"size = 1_000\n", b"\xff", b"\\n"),
]


def agrees(data: bytes) -> bool:
    """Tell whether the quick reader read `data`; what it read must be what TOML reads, which must be able to."""
    quick = lock_lines.tables(data)
    assert quick is None or quick == tomllib.loads(data.decode().replace("\r\n", "\n"))
    return quick is not None


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    data = DATA
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.sampled_from([0, 0, 1, 2, 30, 200])))
        data = data[:start] + draw(st.sampled_from(PIECES)) + data[end:]
    return data


@st.composite
def shuffled(draw: st.DrawFn) -> bytes:
    """Whole lines left out, written twice, or moved, as a bad merge does."""
    lines = DATA.splitlines(keepends=True)
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(3, len(lines) - 1))
        lines[place : place + draw(st.integers(0, 2))] = draw(st.lists(st.sampled_from(lines), max_size=2))
    return b"".join(lines)


@settings(deadline=None, max_examples=600)
@given(mutated() | shuffled())
def test_what_is_read_quickly_is_what_toml_says(data: bytes):
    agrees(data)


def test_every_single_byte_left_out_or_replaced():
    for place in range(len(DATA)):
        agrees(DATA[:place] + DATA[place + 1 :])
        for other in b'"\n =]0':
            agrees(DATA[:place] + bytes([other]) + DATA[place + 1 :])


def test_what_terra_writes_is_read_quickly():
    assert agrees(DATA)
    assert agrees(DATA.replace(b"\n", b"\r\n"))
    assert agrees(write_lock(Lock()))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"version = 1\n", b"version = 2\n"),
        (b"version = 1\n", b"version = 1\nplugin = true\n"),
        (b"version = 1\n", b"version = 1\n[plugin]\n"),
        (b"# Written", b"# written"),
        (b"size = 1234", b"size = 01234"),
        (b"size = 1234", b"size = 1_234"),
        (b"size = 1234", b"size = 1234\nsize = 1234"),
        (b"size = 1234", b"size = 1234 # bytes"),
        (b"size = 1234", b"size=1234"),
        (b'set = "dev"', b'set = "d\\u0065v"'),
        (b'set = "dev"', b"set = 'dev'"),
        (b'set = "dev"', b'"set" = "dev"'),
        (b'set = "dev"', b'set = "de\x00v"'),
        (b'set = "dev"', b'set = "de\xffv"'),
        (b"direct = true", b"direct = True"),
        (b"hooks = false", b"<<<<<<< HEAD\nhooks = false"),
        (b"signers = []", b"signers = [ ]"),
    ],
)
def test_anything_else_is_left_to_toml(old: bytes, new: bytes):
    assert old in DATA
    assert lock_lines.tables(DATA.replace(old, new)) is None


def test_both_ways_give_the_same_lock():
    slowly = DATA + b"# a comment\n"
    assert lock_lines.tables(slowly) is None
    assert read_lock(DATA, "terra.lock") == read_lock(slowly, "terra.lock") == LOCK


def test_a_plugin_of_very_many_files_is_read():
    """A pattern that remembers a place for each of them would be slow, or end."""
    files = [TreeFile(f"f{number}", "ab" * 32) for number in range(100_000)]
    data = write_lock(Lock((LockedPlugin(Name("a"), Version(1, 0, 0), "", Locator("file", "x"), Tree.of(files)),)))
    read = lock_lines.tables(data)
    assert read is not None
    assert len(read["plugin"][0]["files"]) == len(files)
    assert lock_lines.tables(data[:-2]) is None
