"""What is installed is found by its metadata: nothing is imported, the path's order decides, nothing breaks it."""

from __future__ import annotations

import importlib.metadata
import os
import sys
from pathlib import Path

import pytest

from terra.plugins.discovery import EXTENSIONS, PLUGINS, EntryPoint, enabled, entry_points, own_folders

LINES = "[terra.plugins]\naws-s3 = terra_aws_s3\n"


def put(folder: Path, name: str, entries: str | None = LINES) -> Path:
    metadata = folder / name
    metadata.mkdir(parents=True)
    if entries is not None:
        (metadata / "entry_points.txt").write_text(entries)
    return metadata


def test_the_two_groups_and_no_other(tmp_path: Path) -> None:
    text = """
[console_scripts]
terra-x = terra_x:main

# a comment
[terra.plugins]
aws-s3 = terra_aws_s3
; another
my-company/vpc=terra_vpc.inner
broken
= nothing

[ terra.extensions ]
oci = terra_oci.hooks:plugin
[terra.pluginsx]
no = no
"""
    metadata = put(tmp_path, "terra_x-1.0.dist-info", text)
    assert entry_points([str(tmp_path)]) == (
        EntryPoint(PLUGINS, "aws-s3", "terra_aws_s3", "terra-x", metadata),
        EntryPoint(PLUGINS, "my-company/vpc", "terra_vpc.inner", "terra-x", metadata),
        EntryPoint(EXTENSIONS, "oci", "terra_oci.hooks:plugin", "terra-x", metadata),
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("terra_x-1.0.dist-info", "terra_x-2.0.dist-info"),
        ("Terra.X-1.0.dist-info", "terra_x-2.0.dist-info"),
        ("terra_x.egg-info", "terra_x-1.0.dist-info"),
        ("terra_x-1.0-py3.11.egg-info", "terra_x-1.0.dist-info"),
    ],
)
@pytest.mark.parametrize("entries", [LINES, "[console_scripts]\nx = x:x\n", None])
def test_a_distribution_shadows_those_of_its_name_behind_it(
    tmp_path: Path, first: str, second: str, entries: str | None
) -> None:
    before = put(tmp_path / "a", first, entries)
    put(tmp_path / "b", second)
    found = entry_points([str(tmp_path / "a"), str(tmp_path / "b")])
    assert [each.metadata for each in found] == ([before] if entries == LINES else [])
    assert [each.metadata for each in entry_points([str(tmp_path / "b")])] == [tmp_path / "b" / second]


def test_names_that_only_begin_alike_do_not_shadow(tmp_path: Path) -> None:
    put(tmp_path / "a", "terra_x-1.0.dist-info", None)
    put(tmp_path / "b", "terra_x_y-1.0.dist-info")
    assert [each.distribution for each in entry_points([str(tmp_path / "a"), str(tmp_path / "b")])] == ["terra-x-y"]


def test_what_is_no_distribution_is_passed_over(tmp_path: Path) -> None:
    put(tmp_path, "~erra_x-1.0.dist-info")  # what pip leaves behind when it is cut off
    put(tmp_path, "-x.dist-info")
    put(tmp_path, ".dist-info")
    (tmp_path / "file-1.0.dist-info").write_text("")
    (tmp_path / "old-1.0-py3.11.egg-info").write_text("Metadata-Version: 1.0\n")
    (tmp_path / "x.zip").write_bytes(b"PK")
    put(tmp_path, "binary-1.0.dist-info").joinpath("entry_points.txt").write_bytes(b"\xff\xfe[terra.\x00plugins]")
    (put(tmp_path, "folder-1.0.dist-info", None) / "entry_points.txt").mkdir()
    (put(tmp_path, "dangling-1.0.dist-info", None) / "entry_points.txt").symlink_to(tmp_path / "nowhere")
    folders = [str(tmp_path), str(tmp_path / "x.zip"), str(tmp_path / "x.zip" / "inner"), str(tmp_path / "absent")]
    assert entry_points(folders) == ()


def test_the_folder_in_which_the_user_stands_brings_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "terra_x-1.0.dist-info")
    monkeypatch.chdir(tmp_path)
    assert entry_points(["", ".", "../" + tmp_path.name]) == ()
    assert len(entry_points([str(tmp_path)])) == 1


def test_the_environment_as_importlib_sees_it() -> None:
    """The scan knows every distribution that `importlib.metadata` does, and names it alike."""
    from terra.plugins import discovery

    folders = [folder for folder in sys.path if Path(folder).is_dir()]
    scanned = {name for folder in folders for _, name in discovery._distributions(folder)}
    known = importlib.metadata.distributions(path=folders)
    assert {discovery.normalised(each.metadata["Name"]) for each in known} == scanned
    assert "terra-plugins" in scanned


def test_what_the_user_leaves_out() -> None:
    metadata = Path("/x")
    one = EntryPoint(EXTENSIONS, "one", "a", "terra-source-one", metadata)
    two = EntryPoint(EXTENSIONS, "two", "b", "terra-source-two", metadata)
    plugin = EntryPoint(PLUGINS, "one", "c", "terra-one", metadata)
    found = (plugin, one, two)
    assert enabled(found, "") == (one, two)
    assert enabled(found, "one") == (two,)
    assert enabled(found, " one , two,") == ()
    assert enabled(found, "Terra_Source.Two") == (one,)
    assert enabled(found, "terra-source-three,*") == ()


def own(folders: list[Path], python_path: str | None, repository: Path) -> list[str]:
    environment = {} if python_path is None else {"PYTHONPATH": python_path}
    return [Path(each).name for each in own_folders(map(str, folders), environment, repository)]


def test_what_a_clone_can_have_filled_brings_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python makes relative entries of PYTHONPATH absolute before anything looks at them."""
    clone, users, outside = tmp_path / "clone", tmp_path / "users", tmp_path / "outside"
    for folder in (clone / "lib", users, outside):
        folder.mkdir(parents=True)
    (users / "link").symlink_to(clone / "lib")
    monkeypatch.chdir(outside)
    path = [clone, clone / "lib", users / "link", users, outside]
    assert own(path, None, clone) == own(path, "", clone) == ["clone", "lib", "link", "users", "outside"]
    assert own(path, str(users), clone) == ["clone", "lib", "link", "users", "outside"]
    for relative in (".", os.pathsep + str(users), f"{users}{os.pathsep}", "../outside/."):
        assert own(path, relative, clone) == ["clone", "lib", "link", "users"]
    assert own(path, str(clone / "lib"), clone) == ["clone", "users", "outside"]
    assert own(path, os.pathsep.join(map(str, (clone, users / "link"))), clone) == ["users", "outside"]


def test_the_environment_of_terra_may_stand_in_the_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = tmp_path / ".venv" / "lib"
    path = [site, tmp_path / "lib"]
    python_path = os.pathsep.join(map(str, path))
    assert own(path, python_path, tmp_path) == []
    monkeypatch.setattr(sys, "prefix", str(tmp_path / ".venv"))
    assert own(path, python_path, tmp_path) == ["lib"]
    site.mkdir(parents=True)
    monkeypatch.chdir(site)
    assert own([site], ".", tmp_path) == []


def test_of_a_file_without_end_the_beginning_is_read(tmp_path: Path) -> None:
    lines = f"{LINES}# {'x' * (1 << 20)}\n[terra.extensions]\nlate = late\n"
    put(tmp_path, "terra_x-1.0.dist-info", lines)
    assert [each.name for each in entry_points([str(tmp_path)])] == ["aws-s3"]
