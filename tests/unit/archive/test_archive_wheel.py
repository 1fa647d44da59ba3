from __future__ import annotations

import shutil

import pytest
from archive_bytes import wheel

from terra.archive.guard import Guard
from terra.archive.payload import open_payload
from terra.archive.reader import extract
from terra.archive.wheel import parse_wheel_name, read_entry_points
from terra.errors import PayloadError, UnsafeArchiveError
from terra.model.name import Name
from terra.model.stages import Fetched
from terra.model.version import Version

NAME = "terra_aws_s3-1.0.0rc1-py3-none-any.whl"
INFO = "terra_aws_s3-1.0.0rc1.dist-info"
MANIFEST = b'[plugin]\nname = "aws-s3"\n'
FILES = {
    "terra_aws_s3/__init__.py": b"",
    "terra_aws_s3/payload/main.tf": b'variable "x" {}\n',
    f"{INFO}/entry_points.txt": b"[terra.plugins]\naws-s3 = terra_aws_s3\n",
}


@pytest.fixture
def path(tmp_path):
    def write(data: bytes, name: str = NAME):
        (tmp_path / name).write_bytes(data)
        return tmp_path / name

    return write


@pytest.fixture
def opened(path, tmp_path):
    def run(files, name=None, **more):
        fetched = Fetched(path(wheel(files, **more), "quarantined"), "whl", file_name=NAME)
        return open_payload(fetched, tmp_path / "into", name=name and Name.parse(name))

    return run


def test_a_wheel_made_by_hand_is_opened(opened):
    staged = opened(FILES)
    assert [file.path for file in staged.tree.files] == ["main.tf"]
    assert (staged.manifest, staged.manifest_version) == (None, Version.parse("1.0.0-rc.1"))
    assert [path.name for path in staged.folder.iterdir()] == ["main.tf"]


@pytest.mark.parametrize(
    "place", [f"{INFO}/terra-plugin.toml", f"{INFO}/extra_metadata/terra-plugin.toml", "terra_aws_s3/terra-plugin.toml"]
)
def test_the_manifest_is_found_in_each_of_its_places(place, opened):
    assert opened(FILES | {place: MANIFEST}).manifest.name == Name("aws-s3")


def test_copies_of_the_manifest_must_be_equal(opened, tmp_path):
    places = {f"{INFO}/terra-plugin.toml": MANIFEST, "terra_aws_s3/terra-plugin.toml": MANIFEST}
    assert opened(FILES | places).manifest is not None
    shutil.rmtree(tmp_path / "into")
    with pytest.raises(PayloadError, match="2 manifests that differ"):
        opened(FILES | places | {"terra_aws_s3/terra-plugin.toml": MANIFEST + b"\n"})
    assert list((tmp_path / "into").iterdir()) == []


def test_the_manifests_root_was_applied_when_the_wheel_was_built(opened):
    staged = opened(FILES | {f"{INFO}/terra-plugin.toml": MANIFEST + b'[files]\nroot = "module"\n'})
    assert staged.manifest.root == "module"
    assert [file.path for file in staged.tree.files] == ["main.tf"]


TWO = FILES | {
    f"{INFO}/entry_points.txt": b"[terra.plugins]\naws-s3 = terra_aws_s3\nmy-company/vpc = acme.vpc\n",
    "acme/vpc/payload/vpc.tf": b"",
}


def test_a_wheel_of_two_plugins_needs_a_name(opened):
    with pytest.raises(PayloadError, match=r"several entry points `terra.plugins`"):
        opened(TWO)
    assert [file.path for file in opened(TWO, "my-company/vpc").tree.files] == ["vpc.tf"]


@pytest.mark.parametrize(
    ("entries", "name", "words"),
    [
        (b"[terra.plugins]\naws-s3 = terra_aws_s3\n", "sdk", "no entry point `sdk`"),
        (b"[console_scripts]\nx = a:b\n", None, "no entry points `terra.plugins`"),
        (b"[terra.plugins]\naws-s3 = terra_aws_s3:x\n", None, "not a module"),
        (b"[terra.plugins]\naws-s3 = ../..\n", None, "not a module"),
        (b"[terra.plugins]\naws-s3 = gone\n", None, "no folder `gone/payload/`"),
    ],
)
def test_an_entry_point_that_leads_nowhere_is_refused(entries, name, words, opened):
    with pytest.raises(PayloadError, match=words):
        opened(FILES | {f"{INFO}/entry_points.txt": entries}, name)


BAD = {
    "bad hash": ({"record": lambda rows: [rows[0].replace("sha256=", "sha256=A"), *rows[1:]]}, "what RECORD says"),
    "bad size": ({"record": lambda rows: [rows[0] + "1", *rows[1:]]}, "what RECORD says"),
    "no hash": ({"record": lambda rows: [rows[0].split(",")[0] + ",,", *rows[1:]]}, "what RECORD says"),
    "md5": ({"record": lambda rows: [rows[0].replace("sha256", "md5"), *rows[1:]]}, "what RECORD says"),
    "missing row": ({"record": lambda rows: rows[1:]}, "not in RECORD"),
    "extra row": ({"record": lambda rows: [*rows, "ghost.py,,"]}, "in RECORD and not in the wheel"),
    "row twice": ({"record": lambda rows: [rows[0], *rows]}, "in RECORD twice"),
    "row of two": ({"record": lambda rows: [*rows, f"{INFO}/METADATA,"]}, "in RECORD"),
    "open quote": ({"record": lambda rows: [*rows, '"x']}, "not a table"),
    "pth": ({"files": {"evil.PTH": b""}}, "every start of Python"),
    "scheme": ({"files": {"terra_aws_s3-1.0.0rc1.data/evil/x": b""}}, "outside the wheel"),
    "purelib": ({"files": {"terra_aws_s3-1.0.0rc1.data/purelib/pip/x.py": b""}}, "outside the wheel"),
    "another's data": ({"files": {"pip-1.0.data/scripts/x": b""}}, "outside the wheel"),
    "script": ({"files": {"terra_aws_s3-1.0.0rc1.data/scripts/a/b": b""}}, "plain name"),
    "console script": ({"files": {f"{INFO}/entry_points.txt": b"[console_scripts]\n../x = a:b"}}, "plain name"),
    "entry points": ({"files": {f"{INFO}/entry_points.txt": b"[a]\nx"}}, "not an entry point"),
    "entry point twice": ({"files": {f"{INFO}/entry_points.txt": b"[a]\nx=1\n[a]\nx=2"}}, "not an entry point"),
    "two dist-info": ({"files": {"other-2.0.dist-info/METADATA": b""}}, "exactly one `.dist-info`"),
    "name": ({"metadata": b"Name: other\nVersion: 1.0.0rc1\n"}, "name or version that differs"),
    "version": ({"metadata": b"Name: terra-aws-s3\nVersion: 1.0.0\n"}, "name or version that differs"),
    "two names": ({"metadata": b"Name: terra-aws-s3\nName: x\nVersion: 1.0.0rc1\n"}, "name or version that differs"),
    "no metadata headers": ({"metadata": b"\nName: terra-aws-s3\n"}, "name or version that differs"),
    "wheel version": ({"files": {f"{INFO}/WHEEL": b"Wheel-Version: 2.0\n"}}, "not a wheel of version 1"),
    "dist-info": ({"info": "other-1.0.dist-info"}, "name or version that differs"),
    "not utf-8": ({"files": {f"{INFO}/WHEEL": b"\xff"}}, "not UTF-8"),
    "long text": ({"files": {f"{INFO}/WHEEL": b"x" * (4 << 20) + b"x"}}, "larger than 4 MiB"),
    "no METADATA": ({"plain": False}, "has no `METADATA`"),
}


@pytest.mark.parametrize(("change", "words"), BAD.values(), ids=BAD)
def test_a_wheel_that_contradicts_itself_is_refused(change, words, path, tmp_path):
    change = dict(change)
    files = {"terra_aws_s3/payload/main.tf": b"", **change.pop("files", {})}
    with pytest.raises(UnsafeArchiveError, match=words):
        extract(path(wheel(files, **change)), "whl", tmp_path / "into")
    assert list((tmp_path / "into").iterdir()) == []


@pytest.mark.parametrize(
    "change",
    [
        {"metadata": b"Name: Terra.AWS--s3\nVersion: 1.0.0-RC1\n\nName: in the readme\n"},
        {"files": {"terra_aws_s3-1.0.0rc1.data/scripts/tool.sh": b""}},
        {"files": {f"{INFO}/RECORD.jws": b""}, "record": lambda rows: [row for row in rows if "jws" not in row]},
        {"record": lambda rows: rows[:-1]},
        {"record": lambda rows: [row.rpartition(",")[0] + "," for row in rows]},
        {"files": {f"{INFO}/entry_points.txt": b"# note\n\n[console_scripts]\nterra-x = a.b:c [extra]\n"}},
    ],
)
def test_what_build_backends_write_is_read(change, path, tmp_path):
    change = dict(change)
    files = {"terra_aws_s3/payload/main.tf": b"", **change.pop("files", {})}
    assert extract(path(wheel(files, **change)), "whl", tmp_path / "into")


def test_the_file_name_of_a_wheel_is_checked(path, tmp_path):
    for name in ("x.whl", "terra_aws_s3-1.0.0rc1.whl", "terra_other-1.0.0rc1-py3-none-any.whl"):
        with pytest.raises(UnsafeArchiveError):
            extract(path(wheel(FILES)), "whl", tmp_path / "into", file_name=name)
    assert parse_wheel_name("terra_x-1.0-1-py3-none-any.whl").version == "1.0"


def test_entry_points_are_read_with_comments_and_spaces():
    text = "\n[a]\n; note\n x/y = b.c \n[b]\nz=1=2\n"
    assert read_entry_points(text, Guard("x", None)) == {"a": {"x/y": "b.c"}, "b": {"z": "1=2"}}
