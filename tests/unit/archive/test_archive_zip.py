from __future__ import annotations

import struct
import zipfile
import zlib

import pytest
from archive_bytes import sha, zip_one, zip_streamed, zipped

from terra.archive.guard import Limits
from terra.archive.reader import extract
from terra.errors import UnsafeArchiveError

DATA = b"x\n" * 50
CRC = zlib.crc32(DATA)
_ENGINE = zlib.compressobj(9, 8, -15)
PACKED = len(_ENGINE.compress(DATA) + _ENGINE.flush())
DESCRIBED = {"both_flags": 0x808, "crc": 0, "packed": 0, "size": 0}


@pytest.fixture
def unpack(tmp_path):
    def run(data: bytes, **limits):
        path = tmp_path / "x.zip"
        path.write_bytes(data)
        return extract(path, "zip", tmp_path / "into", Limits(**limits))

    return run


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_streamed_zip_with_data_descriptors_is_read(method, unpack):
    files = {"main.tf": DATA, "a/b.tf": b"", "big": b"0123456789" * 50_000}
    assert {file.path: file.sha256 for file in unpack(zip_streamed(files, method))} == {
        path: sha(data) for path, data in files.items()
    }


@pytest.mark.parametrize(
    "after",
    [
        struct.pack("<3L", CRC, PACKED, 100),
        b"PK\7\x08" + struct.pack("<3L", CRC, PACKED, 100),
        struct.pack("<L2Q", CRC, PACKED, 100),
        b"PK\7\x08" + struct.pack("<L2Q", CRC, PACKED, 100),
    ],
)
def test_every_layout_of_a_descriptor_is_read_and_compared(after, unpack, tmp_path):
    assert len(unpack(zip_one(after=after, **DESCRIBED))) == 1
    (tmp_path / "into/main.tf").unlink()
    with pytest.raises(UnsafeArchiveError, match="belong to no member"):
        unpack(zip_one(after=after[:-1] + b"\1", **DESCRIBED))


GOOD = {
    "folder": zipped({"a/": b"", "a/x": b"1"}, {"a/": 0o40755}),
    "folder without a mode": zipped({"a/": b"", "a/x": b"1"}, {"a/": 0}),
    "no mode": zip_one(mode=0),
    "another host": zip_one(host=0),
    "a mode of another host": zip_one(host=0, mode=0o120777),
    "utf-8 said": zip_one("é".encode()),
    "utf-8 from unix, not said": zip_one("é".encode(), both_flags=0),
    "effort": zip_one(both_flags=0x806),
    "extra field": zip_one(extra=struct.pack("<2HB", 0x5455, 1, 0), central_extra=struct.pack("<2H", 0x7855, 0)),
    "the same name in an extra field": zip_one(
        central_extra=struct.pack("<2HBL", 0x7075, 12, 1, zlib.crc32(b"main.tf")) + b"main.tf"
    ),
    "zip64 sizes": zip_one(packed=0xFFFFFFFF, size=0xFFFFFFFF, extra=struct.pack("<2H2Q", 1, 16, 100, PACKED)),
    "zip64 sizes in the directory": zip_one(
        central_packed=0xFFFFFFFF, central_size=0xFFFFFFFF, central_extra=struct.pack("<2H2Q", 1, 16, 100, PACKED)
    ),
    "nothing": b"PK\5\6" + bytes(18),
}


@pytest.mark.parametrize("data", GOOD.values(), ids=GOOD)
def test_what_zip_programs_write_is_read(data, unpack):
    assert all(file.sha256 in (sha(DATA), sha(b"1")) for file in unpack(data))


BAD = {
    "parent": (zip_one(b"../x"), r"`\.\.` in its path"),
    "no name": (zip_one(b""), "has no name"),
    "nul": (zip_one(b"main.tf\0.png"), "not allowed in a file name"),
    "code page": (zip_one(b"caf\x82", both_flags=0, host=0), "not said to be UTF-8"),
    "not utf-8": (zip_one(b"caf\x82"), "not UTF-8"),
    "local name": (zip_one(local_name=b"evil.tf"), "contradicts the directory"),
    "local size": (zip_one(size=5), "contradicts the directory"),
    "local zero sizes": (zip_one(crc=0, size=0, packed=0), "contradicts the directory"),
    "local crc": (zip_one(crc=5), "contradicts the directory"),
    "local method": (zip_one(method=0), "contradicts the directory"),
    "local flags": (zip_one(flags=0), "contradicts the directory"),
    "local zip64": (zip_one(size=0xFFFFFFFF), "contradicts the directory"),
    "no descriptor": (zip_one(**DESCRIBED), "lacks the data descriptor"),
    "hidden bytes": (zip_one(after=b"hidden"), "belong to no member"),
    "hidden after descriptor": (zip_one(after=bytes(17), **DESCRIBED), "belong to no member"),
    "encrypted": (zip_one(both_flags=0x801), "encrypted"),
    "masked": (zip_one(both_flags=0x2800), "encrypted"),
    "method": (zip_one(both_method=12), "another method"),
    "stored size": (zip_one(both_method=0), "another method"),
    "crc": (zip_one(both_crc=1), "other size or checksum"),
    "grows": (zip_one(both_size=10), "other size or checksum"),
    "shrinks": (zip_one(both_size=1000), "other size or checksum"),
    "cut data": (zip_one(both_packed=PACKED - 1, after=b""), "belong to no member"),
    "data too long": (zip_one(both_packed=PACKED + 1, after=b"x"), "bytes after its data"),
    "other name in an extra field": (
        zip_one(central_extra=struct.pack("<2HBL", 0x7075, 9, 1, zlib.crc32(b"main.tf")) + b"evil"),
        "another name",
    ),
    "other name in a local extra field": (
        zip_one(extra=struct.pack("<2HBL", 0x7075, 9, 1, zlib.crc32(b"main.tf")) + b"evil"),
        "another name",
    ),
    "extra field cut": (zip_one(extra=b"\1\0\xff\0"), "damaged extra field"),
    "extra field rest": (zip_one(central_extra=b"\1\0\0"), "damaged extra field"),
    "extra field twice": (zip_one(extra=struct.pack("<2H", 9, 0) * 2), "damaged extra field"),
    "zip64 missing": (zip_one(both_size=0xFFFFFFFF), "lacks its zip64 sizes"),
    "bytes and no member": (b"junk" + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0, 0, 0, 4, 0), "belong to no member"),
    "no local header": (zip_one().replace(b"PK\3\4", b"PK\3\5"), "no header of its own"),
    "bad data": (zip_one(raw=b"\xff" * 20), "is damaged"),
    "unfinished data": (zip_one(raw=b"\x00\x01\x00\xfe\xffx"), "is cut short"),
    "comment": (zip_one(comment=b"hi"), "comment"),
    "prefix": (zip_one(before=b"#!/bin/sh\n"), "bytes before its start"),
    "prefix counted": (zip_one(before=b"#!/bin/sh\n", shift=10, offset=10), "does not start where"),
    "trailing": (zip_one(trailing=b"x"), "bytes after its end"),
    "count": (zip_one(count=0), "counts its members"),
    "count more": (zip_one(count=2), "counts its members"),
    "disk": (zip_one(disk=1), "one part of several"),
    "offset": (zip_one(offset=4), "does not start where"),
    "device": (zip_one(mode=0o20666), "neither a regular file"),
    "folder without slash": (zip_one(mode=0o40755), "neither a regular file"),
    "file with slash": (zip_one(b"a/"), "neither a regular file"),
    "folder with bytes": (zip_one(b"a/", mode=0o40755), "folder and has bytes"),
    "setuid": (zip_one(mode=0o104755), "setuid"),
    "link": (zip_one(mode=0o120777), "link to something else"),
    "long link": (zipped({"l": b"a/" * 3000}, {"l": 0o120777}), "target that is too long"),
    "twice": (zipped({"a": b"1", "A": b"2"}), "one name"),
    "text": (b"hello" * 100, "not a zip archive"),
    "empty": (b"", "not a zip archive"),
    "cut": (zip_one()[:-30], "not a zip archive"),
    "end cut": (zip_one()[:-3], "not a zip archive"),
}


@pytest.mark.parametrize(("data", "rule"), BAD.values(), ids=BAD)
def test_a_broken_rule_is_named_and_nothing_is_left(data, rule, unpack, tmp_path):
    with pytest.raises(UnsafeArchiveError, match=rule) as error:
        unpack(data)
    assert "`x.zip`" in error.value.message
    assert list((tmp_path / "into").iterdir()) == []


def test_every_header_is_checked_before_the_first_file_is_written(unpack, monkeypatch):
    monkeypatch.setattr("terra.system.fs.create", lambda *_: pytest.fail("a file was written"))
    with pytest.raises(UnsafeArchiveError):
        unpack(zipped({"a.tf": b"", "../b.tf": b""}))


def test_links_become_copies_and_modes_are_kept_to_the_execute_bit(unpack, tmp_path):
    files = {"m/up.tf": b"../main.tf", "main.tf": DATA, "run.sh": b"#!"}
    modes = {"m/up.tf": 0o120777, "run.sh": 0o100711}
    found = {file.path: file for file in unpack(zipped(files, modes))}
    assert found["m/up.tf"].sha256 == sha(DATA)
    assert not (tmp_path / "into/m/up.tf").is_symlink()
    assert [file.executable for file in found.values()] == [False, False, True]


def test_limits_are_read_from_the_headers_before_anything_is_unpacked(unpack):
    with pytest.raises(UnsafeArchiveError, match="more than 2 members"):
        unpack(zipped(dict.fromkeys("abc", b"")), members=2)
    with pytest.raises(UnsafeArchiveError, match="larger than 1 MiB"):
        unpack(zipped({"a": bytes(2 << 20)}), member_size=1 << 20)
    with pytest.raises(UnsafeArchiveError, match="200 times its size"):
        unpack(zipped({"a": bytes(2 << 20)}), ratio_floor=1 << 20)
    with pytest.raises(UnsafeArchiveError, match="more than 9 members"):
        unpack(zipped({"a" * 200: b""}), members=9, directory=100)


def test_a_zip64_end_must_say_what_the_plain_one_says(unpack):
    plain = zip_one()
    at = len(plain) - 22
    size, offset = struct.unpack_from("<2L", plain, at + 12)

    def with_end64(count=1, place=at, start=offset):
        record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, start)
        return plain[:at] + record + struct.pack("<4sLQL", b"PK\6\7", 0, place, 1) + plain[at:]

    for wrong in (with_end64(count=2), with_end64(place=0), with_end64(start=offset + 1)):
        with pytest.raises(UnsafeArchiveError, match="zip64 record"):
            unpack(wrong)
    assert len(unpack(with_end64())) == 1
