"""Installed plugins from their metadata: name, version, module, and the folder of an editable install."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from terra.model.name import Name
from terra.plugins.discovery import entry_points
from terra.plugins.installed import read_installed
from terra.spec import InstalledPlugin
from terra.wire.dist_info import read_editable, read_identity, read_record

METADATA = "Metadata-Version: 2.4\nName: Terra.AWS_S3\nVersion: 1.0.0rc1\nSummary: x\n\nName: not-this\n"


def put(site: Path, name: str, entries: dict[str, str], metadata: str | None = METADATA, origin: object = None) -> Path:
    info = site / name
    info.mkdir(parents=True)
    (info / "entry_points.txt").write_text("[terra.plugins]\n" + "".join(f"{k} = {v}\n" for k, v in entries.items()))
    if metadata is not None:
        (info / ("METADATA" if name.endswith(".dist-info") else "PKG-INFO")).write_text(metadata)
    if origin is not None:
        (info / "direct_url.json").write_text(origin if isinstance(origin, str) else json.dumps(origin))
    return info


def read(*sites: Path) -> tuple[tuple[InstalledPlugin, ...], list[str]]:
    warnings: list[str] = []
    return read_installed(entry_points(map(str, sites)), warnings.append), warnings


def test_name_and_version_are_those_of_the_metadata(tmp_path: Path) -> None:
    info = put(tmp_path, "terra_aws_s3-1.0rc1.dist-info", {"aws-s3": "terra_aws_s3", "my-company/vpc": "terra.vpc"})
    assert read(tmp_path) == (
        (
            InstalledPlugin(Name("aws-s3"), "terra_aws_s3", "Terra.AWS_S3", "1.0.0rc1", info),
            InstalledPlugin(Name("my-company/vpc"), "terra.vpc", "Terra.AWS_S3", "1.0.0rc1", info),
        ),
        [],
    )


@pytest.mark.parametrize("metadata", [None, "", "Name: x\n", "Version: 1\n\nName: x\n", " Name: x\nVersion: 1\n"])
def test_without_a_name_or_version_it_is_reported(tmp_path: Path, metadata: str | None) -> None:
    put(tmp_path, "terra_x-1.0.dist-info", {"x": "terra_x"}, metadata)
    plugins, warnings = read(tmp_path)
    assert plugins == ()
    assert "has no METADATA with a name and a version" in warnings[0]


@pytest.mark.parametrize(
    ("name", "module"),
    [("AWS", "x"), ("a/b/c", "x"), ("con", "x"), ("x", "x:payload"), ("x", "x [extra]"), ("x", "../x"), ("x", "x/y")],
)
def test_what_cannot_be_a_plugin_is_reported_and_the_others_stay(tmp_path: Path, name: str, module: str) -> None:
    put(tmp_path, "terra_x-1.0.dist-info", {name: module, "good": "terra_x.good"})
    plugins, warnings = read(tmp_path)
    assert [each.name.text for each in plugins] == ["good"]
    assert len(warnings) == 1
    assert "`terra-x` is installed" in warnings[0]


def test_of_two_distributions_with_one_plugin_the_first_counts(tmp_path: Path) -> None:
    put(tmp_path / "a", "terra_one-1.0.dist-info", {"x": "one"}, "Name: terra-one\nVersion: 1.0\n")
    put(tmp_path / "b", "terra_two-1.0.dist-info", {"x": "two"}, "Name: terra-two\nVersion: 1.0\n")
    plugins, warnings = read(tmp_path / "a", tmp_path / "b")
    assert [each.module for each in plugins] == ["one"]
    assert warnings == ["`x` is installed twice, by `terra-one` and by `terra-two`: the first one counts"]


def test_an_editable_install_knows_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "a folder, 50% é"
    origin = {"url": folder.as_uri(), "dir_info": {"editable": True}}
    put(tmp_path, "terra_x-1.0.dist-info", {"x": "terra_x"}, origin=origin)
    assert read(tmp_path)[0][0].editable == folder


def test_a_development_install_of_old_stands_beside_its_code(tmp_path: Path) -> None:
    put(tmp_path, "terra_x.egg-info", {"x": "terra_x"})
    (plugin,) = read(tmp_path)[0]
    assert plugin.editable == tmp_path
    assert plugin.version == "1.0.0rc1"


@pytest.mark.parametrize(
    ("origin", "folder"),
    [
        ({"url": "file:///a/b%20c", "dir_info": {"editable": True}}, "/a/b c"),
        ({"url": "file://localhost/a", "dir_info": {"editable": True}}, "/a"),
        ({"url": "file:///C:/a%20b", "dir_info": {"editable": True}}, "C:/a b"),
        ({"url": "file://server/share/a", "dir_info": {"editable": True}}, "//server/share/a"),
        ({"url": "file:///a", "dir_info": {"editable": False}}, None),
        ({"url": "file:///a", "dir_info": {"editable": "yes"}}, None),
        ({"url": "file:///a", "dir_info": {}}, None),
        ({"url": "https://h.example/a", "dir_info": {"editable": True}}, None),
        ({"url": "file:///a.whl", "archive_info": {"hash": "sha256=x"}}, None),
        ({"url": 1, "dir_info": {"editable": True}}, None),
        ({"url": "file://[/a", "dir_info": {"editable": True}}, None),
        ({"dir_info": {"editable": True}}, None),
        ([], None),
        ("{", None),
        ("[" * 100_000, None),
    ],
)
def test_where_an_editable_install_is_from(origin: object, folder: str | None) -> None:
    text = origin if isinstance(origin, str) else json.dumps(origin)
    assert read_editable(text.encode()) == folder


def test_a_record_is_read_as_installers_write_it() -> None:
    rows = read_record(
        "x/main.tf,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\n"
        'padded,SHA256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU=,0\n"a,b",,\n\nalone\n'
    )
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert [(row.path, row.algorithm, row.hex, row.size) for row in rows] == [
        ("x/main.tf", "sha256", empty, "0"),
        ("padded", "sha256", empty, "0"),
        ("a,b", "", "", ""),
        ("alone", "", "", None),
    ]
    for damaged in ('"open', "x,sha256=é,1", "x,sha256=abcde,1"):
        with pytest.raises(ValueError):  # noqa: PT011  # whatever the reader of the table says
            list(read_record(damaged))


def test_the_first_of_a_header_counts_and_its_continuation_does_not() -> None:
    assert read_identity("Name: a\nLicense: x\n Name: b\nName: c\nVersion:1.0\n") == ("a", "1.0")


def test_of_metadata_without_end_the_beginning_is_read(tmp_path: Path) -> None:
    put(tmp_path, "terra_x-1.0.dist-info", {"x": "terra_x"}, f"Name: x\n{'X: y' * (1 << 18)}\nVersion: 1\n")
    put(tmp_path, "terra_y-1.0.dist-info", {"y": "terra_y"}, METADATA + "x" * (2 << 20))
    origin = json.dumps({"url": tmp_path.as_uri(), "dir_info": {"editable": True}, "x": "y" * (1 << 20)})
    put(tmp_path, "terra_z-1.0.dist-info", {"z": "terra_z"}, METADATA, origin=origin)
    plugins, warnings = read(tmp_path)
    assert [(each.name.text, each.editable) for each in plugins] == [("y", None), ("z", None)]
    assert len(warnings) == 1
