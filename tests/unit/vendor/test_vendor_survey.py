"""What stands in a project is seen as it is, and never through a link."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from terra.errors import UnsafeTargetError
from terra.vendor import survey as room
from terra.vendor.survey import Standing, look, survey


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def seen(folder: Path, data: bytes) -> Standing:
    (folder / "main.tf").write_bytes(data)
    found = look(folder / "main.tf")
    assert found is not None
    assert (found.kind, found.sha256) == ("file", sha(data))
    return found


@pytest.mark.parametrize("data", [b"a\nb\n", b"a\r\nb\r\n", b"a\r\nb\n"])
def test_line_endings_count_as_the_same_both_ways(tmp_path: Path, data: bytes):
    assert seen(tmp_path, data).same_as == {sha(data), sha(b"a\nb\n"), sha(b"a\r\nb\r\n")}


@pytest.mark.parametrize("data", [b"", b"one line", b"a\rb", b"\0\n", b"\x89PNG\r\n\x1a\n\0\0", b"a\r\nb\0"])
def test_what_is_no_text_or_has_no_line_ending_is_its_own_bytes_only(tmp_path: Path, data: bytes):
    assert seen(tmp_path, data).same_as == {sha(data)}


def test_a_lone_carriage_return_is_no_line_ending(tmp_path: Path):
    assert sha(b"ab\n") not in seen(tmp_path, b"a\rb\n").same_as
    assert seen(tmp_path, b"a\rb\n").same_as == {sha(b"a\rb\n"), sha(b"a\rb\r\n")}


def test_a_large_file_is_compared_byte_for_byte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(room, "_TEXT_LIMIT", 8)
    assert seen(tmp_path, b"1234567\n").same_as == {sha(b"1234567\n"), sha(b"1234567\r\n")}
    assert seen(tmp_path, b"12345678\n").same_as == {sha(b"12345678\n")}


@pytest.mark.parametrize("data", [b"a\nb\n", b"a\r\nb\r\n", b"edited\n", b""])
def test_what_is_hoped_for_is_found_as_surely_as_without(tmp_path: Path, data: bytes):
    whole = seen(tmp_path, data)
    for hope in (sha(b"a\nb\n"), sha(b"a\r\nb\r\n"), sha(b"other\n"), ""):
        found = survey(tmp_path, ["main.tf", "none.tf"], {"main.tf": hope, "none.tf": hope})
        assert list(found) == ["main.tf"]
        assert found["main.tf"].sha256 == sha(data)
        assert (hope in found["main.tf"].same_as) is (hope in whole.same_as)
        assert found["main.tf"].same_as == (whole.same_as if hope != sha(data) else {sha(data)})


@pytest.mark.skipif(os.name == "nt", reason="the system has no modes")
@pytest.mark.parametrize(("mode", "executable"), [(0o644, False), (0o755, True), (0o444, False), (0o654, True)])
def test_modes(tmp_path: Path, mode: int, executable: bool):
    (tmp_path / "x").write_bytes(b"")
    (tmp_path / "x").chmod(mode)
    found = look(tmp_path / "x")
    assert found is not None
    assert found.executable is executable


def test_what_is_no_file(tmp_path: Path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("folder")
    (tmp_path / "dangling").symlink_to("nowhere")
    os.mkfifo(tmp_path / "pipe")
    found = survey(tmp_path, ["folder", "link", "dangling", "pipe", "absent", "absent/too"])
    assert {path: standing.kind for path, standing in found.items()} == {
        "folder": "folder",
        "link": "link",
        "dangling": "link",
        "pipe": "other",
    }


def test_a_file_where_a_folder_must_be_blocks_everything_below(tmp_path: Path):
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "a").write_bytes(b"mine")
    found = survey(tmp_path, ["plugins/a/main.tf", "plugins/a/x/y/z.tf", "plugins/b/main.tf"])
    assert found == {
        "plugins/a/main.tf": Standing("blocked", blocked_by="plugins/a"),
        "plugins/a/x/y/z.tf": Standing("blocked", blocked_by="plugins/a"),
    }


@pytest.mark.parametrize("target", [".", "..", "/", "nowhere", "real"])
@pytest.mark.parametrize("path", ["plugins/a/main.tf", "plugins/a/x/y/z.tf"])
def test_a_link_on_the_way_is_refused_wherever_it_leads(tmp_path: Path, target: str, path: str):
    for folder in ("plugins", "plugins/real/x/y"):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    (tmp_path / "plugins" / "a").symlink_to(target)
    with pytest.raises(UnsafeTargetError, match="`plugins/a` is a link") as caught:
        survey(tmp_path, ["plugins/real/main.tf", path])
    assert caught.value.subjects == ("plugins/a",)


def test_a_link_at_the_first_part_is_refused_too(tmp_path: Path):
    (tmp_path / "elsewhere" / "a").mkdir(parents=True)
    (tmp_path / "plugins").symlink_to("elsewhere")
    with pytest.raises(UnsafeTargetError, match="`plugins` is a link"):
        survey(tmp_path, ["plugins/a/main.tf"])


@pytest.mark.parametrize("path", ["../x", "/x", "a/../x", "a//x", "."])
def test_a_path_that_leads_out_is_refused(tmp_path: Path, path: str):
    with pytest.raises(UnsafeTargetError, match="is not a path inside the project"):
        survey(tmp_path, [path])


@pytest.mark.parametrize("name", ["a:b", "a\\b", "a\nb"])
def test_a_name_that_is_another_elsewhere_is_said_to_be_one(tmp_path: Path, name: str):
    with pytest.raises(UnsafeTargetError, match="in its name, and terra writes no such file") as caught:
        survey(tmp_path, [f"plugins/{name}"])
    assert "\n" not in str(caught.value)
    assert "terra.lock" not in (caught.value.hint or "")


def test_the_project_itself_may_be_reached_through_a_link(tmp_path: Path):
    (tmp_path / "real" / "plugins").mkdir(parents=True)
    (tmp_path / "real" / "plugins" / "x").write_bytes(b"1")
    (tmp_path / "alias").symlink_to("real")
    assert survey(tmp_path / "alias", ["plugins/x"])["plugins/x"].sha256 == sha(b"1")
