from __future__ import annotations

import gzip
import lzma
import shutil

import pytest
from archive_bytes import END, gnu_long, header, member, pax, sha, tar

from terra.archive.guard import Limits
from terra.archive.reader import extract
from terra.errors import UnsafeArchiveError, UsageError


@pytest.fixture
def unpack(tmp_path):
    def run(data: bytes, form: str = "tar", **limits):
        path = tmp_path / f"x.{form}"
        path.write_bytes(data)
        return extract(path, form, tmp_path / "into", Limits(**limits))

    return run


LONG = "a" * 60 + "/" + "b" * 60 + "/main.tf"
GOOD = {
    "plain": (tar(member()), {"main.tf"}),
    "empty archive": (END, set()),
    "dot slash": (tar(header("./", kind=b"5"), member("./main.tf")), {"main.tf"}),
    "folders twice": (tar(header("a/", kind=b"5"), header("a/", kind=b"5"), member("a/x")), {"a/x"}),
    "old file type": (tar(member(kind=b"\0")), {"main.tf"}),
    "prefix": (tar(member("main.tf", prefix="a/b")), {"a/b/main.tf"}),
    "pax path": (tar(pax(("path", LONG)), member("short")), {LONG}),
    "gnu path": (tar(gnu_long(LONG), member("short", magic=b"ustar  \0")), {LONG}),
    "commit of git archive": (tar(pax(("comment", "f" * 40), kind=b"g"), member()), {"main.tf"}),
    "times, owners, attributes": (
        tar(pax(("mtime", "1e999"), ("uid", "-1"), ("SCHILY.xattr.user.x", b"\xff\0"), ("LIBARCHIVE.x", "")), member()),
        {"main.tf"},
    ),
    "the same size twice": (tar(pax(("size", "2")), member()), {"main.tf"}),
    "padding": (tar(member()) + bytes(10240), {"main.tf"}),
    "big owner": (tar(member(mode=b"000644 \0")), {"main.tf"}),
    "a folder's sticky bit": (tar(header("a/", kind=b"5", mode=b"0003777\0"), member("a/x")), {"a/x"}),
    "unicode": (tar(member("docs/été.md")), {"docs/été.md"}),
}


@pytest.mark.parametrize(("data", "paths"), GOOD.values(), ids=GOOD)
def test_what_tar_programs_write_is_read(data, paths, unpack):
    assert {file.path for file in unpack(data)} == paths


BAD = {
    "parent": (tar(member("../x")), "`..` in its path"),
    "absolute": (tar(member("/x")), "absolute path"),
    "hard link": (tar(member(), header("h", kind=b"1", link="main.tf")), "neither a regular file"),
    "device": (tar(header("d", kind=b"3")), "neither a regular file"),
    "sparse": (tar(header("s", kind=b"S")), "neither a regular file"),
    "unknown type": (tar(member("z", kind=b"Z")), "neither a regular file"),
    "pax sparse": (tar(pax(("GNU.sparse.major", "1")), member()), "extended header that is not allowed"),
    "pax charset": (tar(pax(("hdrcharset", "BINARY")), member()), "extended header that is not allowed"),
    "pax size": (tar(pax(("size", "512")), member()), "two sizes"),
    "pax twice": (tar(pax(("path", "a")), pax(("path", "b")), member()), "two extended headers"),
    "pax key twice": (tar(pax(("path", "a"), ("path", "b")), member()), "extended header that is not allowed"),
    "pax and gnu": (tar(pax(("path", "a")), gnu_long("b"), member()), "two extended headers"),
    "gnu twice": (tar(gnu_long("a"), gnu_long("b"), member()), "two extended headers"),
    "global path": (tar(pax(("path", "a"), kind=b"g"), member()), "global header"),
    "global between": (tar(pax(("path", "a")), pax(("comment", "x"), kind=b"g"), member()), "global header"),
    "pax length": (tar(member("p", b"99 path=a\n", kind=b"x"), member()), "damaged extended header"),
    "pax no length": (tar(member("p", b"path=a\n", kind=b"x"), member()), "damaged extended header"),
    "pax for nothing": (tar(member(), pax(("path", "a"))), "no proper end"),
    "size base-256": (tar(header(raw_size=b"\xff" * 12)), "plain number"),
    "size letters": (tar(header(raw_size=b"0000000000x\0")), "plain number"),
    "folder with bytes": (tar(member("a/", b"x", kind=b"5")), "is no file and has bytes"),
    "link with bytes": (tar(member(), member("l", b"x", kind=b"2", link="main.tf")), "is no file and has bytes"),
    "file name of a folder": (tar(member("a/")), "empty part"),
    "setuid": (tar(member(mode=b"0004755\0")), "setuid"),
    "twice": (tar(member(), member()), "in it twice"),
    "case": (tar(member("a/x"), member("A/y")), "one name"),
    "below a file": (tar(member("a"), member("a/b")), "both a folder and a file"),
    "folder is a file": (tar(member("a/b"), member("a")), "both a folder and a file"),
    "bad utf-8": (tar(pax(("path", b"\xff")), member()), "not UTF-8"),
    "cut in a file": (tar(member(data=b"x" * 2000))[:1500], "cut short"),
    "no end": (member(), "cut short"),
    "half an end": (member() + bytes(512), "cut short"),
    "one zero block": (tar(member(), bytes(512), member("b")), "no proper end"),
    "after the end": (tar(member()) + tar(member("b")), "bytes after its end"),
    "endless padding": (tar(member()) + bytes(2 << 20), "bytes after its end"),
    "checksum": (tar(member().replace(b"main.tf", b"mainXtf", 1)), "not a tar archive"),
    "text": (b"hello " * 200, "not a tar archive"),
    "empty": (b"", "cut short"),
}


@pytest.mark.parametrize(("data", "rule"), BAD.values(), ids=BAD)
def test_a_broken_rule_is_named_and_nothing_is_left(data, rule, unpack, tmp_path):
    with pytest.raises(UnsafeArchiveError, match=rule) as error:
        unpack(data)
    assert "`x.tar`" in error.value.message
    assert list((tmp_path / "into").iterdir()) == []


@pytest.mark.parametrize(
    ("target", "good"),
    [
        ("main.tf", True),
        ("./main.tf", True),
        ("a/../main.tf", True),
        ("../main.tf", False),
        ("/etc/passwd", False),
        ("a", False),
        ("", False),
        ("gone.tf", False),
        ("other", False),
        ("MAIN.tf", False),
        ("main.tf/", False),
    ],
)
def test_a_link_is_a_copy_of_a_regular_file_of_the_archive(target, good, unpack, tmp_path):
    parts = [member("main.tf", b"body", mode=b"0000755\0"), member("a/x"), header("other", kind=b"2", link="main.tf")]
    data = tar(*parts, header("link", kind=b"2", link=target))
    if not good:
        with pytest.raises(UnsafeArchiveError, match="`link` is a link to something else"):
            unpack(data)
        assert list((tmp_path / "into").iterdir()) == []
        return
    files = {file.path: file for file in unpack(data)}
    assert (files["link"].sha256, files["link"].executable) == (sha(b"body"), True)
    assert not (tmp_path / "into/link").is_symlink()
    assert (tmp_path / "into/link").read_bytes() == b"body"


def test_links_up_and_with_a_long_target_are_read(unpack, tmp_path):
    long = pax(("path", LONG)) + member("short")
    by_pax = tar(long, pax(("linkpath", f"../{LONG}")) + header("docs/l", kind=b"2", link="y"))
    by_gnu = tar(long, gnu_long(f"../{LONG}", b"K") + header("docs/l", kind=b"2", link="y", magic=b"ustar  \0"))
    for each in (by_pax, by_gnu):
        assert [file.path for file in unpack(each)] == [LONG, "docs/l"]
        shutil.rmtree(tmp_path / "into")


def test_copies_of_links_count_towards_the_total(unpack):
    links = [header(f"l{number}", kind=b"2", link="main.tf") for number in range(20)]
    with pytest.raises(UnsafeArchiveError, match="unpacks to more than 1 MiB"):
        unpack(tar(member(data=b"x" * 100_000), *links), total_size=1 << 20)


LIMITS = {
    "members": (tar(*(header(f"{number}/", kind=b"5") for number in range(4))), "more than 3 members"),
    "member_size": (tar(member(data=b"123456")), "larger than"),
    "total_size": (tar(*(member(str(number), b"12") for number in range(2))), "unpacks to more than"),
    "path": (tar(member("abcd")), "path of more than 3 bytes"),
    "component": (tar(member("abcd")), "name of more than 3 bytes"),
    "depth": (tar(member("a/b/c/d")), "more than 3 levels deep"),
    "header": (tar(pax(("comment", "x")), member()), "extended header of more than"),
}


@pytest.mark.parametrize("limit", LIMITS)
def test_each_limit_holds(limit, unpack):
    data, rule = LIMITS[limit]
    with pytest.raises(UnsafeArchiveError, match=rule):
        unpack(data, **{limit: 3})


def test_a_ratio_is_refused_beyond_the_floor_only(unpack):
    data = gzip.compress(tar(member(data=bytes(1 << 20))))
    with pytest.raises(UnsafeArchiveError, match="200 times its size"):
        unpack(data, "tar.gz", ratio_floor=1 << 19)
    assert len(unpack(data, "tar.gz")) == 1


def test_a_stream_of_headers_alone_is_bounded(unpack):
    data = gzip.compress(b"".join(pax(("comment", "x"), kind=b"g") for _ in range(100)) + tar(member()))
    with pytest.raises(UnsafeArchiveError, match="unpacks to more than"):
        unpack(data, "tar.gz", overhead=1024, total_size=1024)


@pytest.mark.parametrize("form", ["tar.gz", "tar.xz"])
def test_compressed_archives_are_read_and_their_damage_is_refused(form, unpack, tmp_path):
    pack = gzip.compress if form == "tar.gz" else lzma.compress
    data = pack(tar(member(data=b"body\n" * 100_000)))
    assert unpack(data, form)[0].sha256 == sha(b"body\n" * 100_000)
    flipped = data[:-6] + bytes([data[-6] ^ 1]) + data[-5:]
    for broken, rule in [
        (data[:-5], "cut short"),
        (data[: len(data) // 2], "cut short"),
        (flipped, "damaged"),
        (data + b"x", "bytes after its end"),
        (data + data, "bytes after its end"),
        (b"text", "is not|cut short"),
        (b"", "cut short"),
    ]:
        shutil.rmtree(tmp_path / "into")
        with pytest.raises(UnsafeArchiveError, match=rule):
            unpack(broken, form)
        assert list((tmp_path / "into").iterdir()) == []


@pytest.mark.parametrize(("form", "words"), [("tar.gz", "is not a gzip file"), ("tar.xz", "is not an xz file")])
def test_a_file_of_another_format_is_named(form, words, unpack):
    with pytest.raises(UnsafeArchiveError, match=words):
        unpack(tar(member()), form)


def test_xz_that_needs_too_much_memory_is_refused_with_a_way_out(unpack):
    data = lzma.compress(tar(member()), preset=9)
    with pytest.raises(UnsafeArchiveError, match="needs more than 40 MiB of memory") as error:
        unpack(data, "tar.xz")
    assert "xz -6" in error.value.hint


def test_nothing_is_written_before_every_member_was_checked(unpack, monkeypatch):
    def forbidden(*_):
        pytest.fail("a file was written")

    monkeypatch.setattr("terra.system.fs.create", forbidden)
    with pytest.raises(UnsafeArchiveError):
        unpack(tar(member("a.tf"), member("../x")))


def test_a_full_disk_passes_through_and_leaves_nothing(unpack, tmp_path, monkeypatch):
    from terra.system import fs

    create = fs.create

    def full(path, mode=0o644):
        if path.endswith("/b.tf"):
            raise OSError(28, "No space left on device")
        return create(path, mode)

    monkeypatch.setattr(fs, "create", full)
    with pytest.raises(OSError, match="No space left"):
        unpack(tar(member("a.tf"), member("b.tf")))
    assert list((tmp_path / "into").iterdir()) == []


def test_a_folder_with_something_in_it_is_not_touched(unpack, tmp_path):
    (tmp_path / "into").mkdir()
    (tmp_path / "into/mine").write_text("mine")
    with pytest.raises(FileExistsError):
        unpack(tar(member()))
    assert (tmp_path / "into/mine").read_text() == "mine"


def test_modes_are_0644_or_0755(unpack, tmp_path):
    files = unpack(tar(member("a", mode=b"0000000\0"), member("b", mode=b"0000100\0"), member("c", mode=b"0000666\0")))
    assert [file.executable for file in files] == [False, True, False]
    assert [(tmp_path / "into" / name).stat().st_mode & 0o7777 for name in "abc"] == [0o644, 0o755, 0o644]


def test_an_unknown_form_is_a_usage_error(unpack):
    with pytest.raises(UsageError, match="`rar` is not a form"):
        unpack(b"", "rar")


def test_control_characters_do_not_reach_the_message(unpack):
    with pytest.raises(UnsafeArchiveError) as error:
        unpack(tar(pax(("path", "\x1b]0;x\x07\u202eevil\n.tf")), member()))
    assert error.value.message.isprintable()
    assert all(subject.isprintable() for subject in error.value.subjects)
