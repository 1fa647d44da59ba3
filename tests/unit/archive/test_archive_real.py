"""Archives as other programs write them."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tarfile
import zipfile

import pytest

from support.components import require
from terra.archive.payload import open_payload
from terra.archive.reader import extract
from terra.model.stages import Fetched

pytestmark = pytest.mark.skipif(os.name != "posix", reason="makes links and runs tar, zip, git")
EXPECTED = [("alias.tf", False), ("main.tf", False), ("modules/a/é.tf", False), ("run.sh", True)]
LINKED = ("modules/up.tf", False)


@pytest.fixture
def repository(tmp_path):
    folder = tmp_path / "repository"
    (folder / "modules/a").mkdir(parents=True)
    (folder / "main.tf").write_text('variable "x" {}\n' * 500)
    (folder / "modules/a/é.tf").write_text("")
    (folder / "run.sh").write_text("#!/bin/sh\n")
    (folder / "run.sh").chmod(0o755)
    (folder / "alias.tf").symlink_to("main.tf")
    return folder


def program(*argv, folder):
    require(argv[0])
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(argv, cwd=folder, check=True, capture_output=True, env=environment)


def opened(path, form, tmp_path):
    staged = open_payload(Fetched(path, form), tmp_path / f"into-{form}")
    assert staged.tree.by_path["alias.tf"].sha256 == staged.tree.by_path["main.tf"].sha256
    return [(file.path, file.executable) for file in staged.tree.files]


@pytest.mark.parametrize("form", ["zip", "tar", "tar.gz"])
def test_git_archive(form, repository, tmp_path):
    who = ("-c", "user.name=a", "-c", "user.email=a@b")
    for argv in (("init", "-q"), ("add", "-A"), (*who, "commit", "-qm", "x")):
        program("git", *argv, folder=repository)
    path = tmp_path / f"x.{form}"
    program(
        "git", "archive", f"--format={form}", "--prefix=repository-1.0/", "-o", str(path), "HEAD", folder=repository
    )
    assert opened(path, form, tmp_path) == EXPECTED


@pytest.mark.parametrize("dialect", ["gnu", "ustar", "pax"])
@pytest.mark.parametrize("form", ["tar", "tar.gz", "tar.xz"])
def test_gnu_tar(dialect, form, repository, tmp_path):
    path = tmp_path / f"x.{form}"
    long = repository / ("d" * 90) / ("e" * 90)
    long.mkdir(parents=True)
    (long / "f.tf").write_text("")
    program("tar", "-caf", str(path), f"--format={dialect}", ".", folder=repository)
    assert opened(path, form, tmp_path) == sorted([*EXPECTED, (f"{'d' * 90}/{'e' * 90}/f.tf", False)])


@pytest.mark.parametrize("options", ["-qry", "-qr0y", "-qryX"])
def test_info_zip(options, repository, tmp_path):
    path = tmp_path / "x.zip"
    program("zip", options, str(path), ".", folder=repository)
    assert opened(path, "zip", tmp_path) == EXPECTED


def test_info_zip_streamed(repository, tmp_path):
    # Into a pipe zip writes data descriptors, and it cannot write links there.
    require("zip")
    program("sh", "-c", "zip -qr - . | cat > ../x.zip", folder=repository)
    assert opened(tmp_path / "x.zip", "zip", tmp_path) == EXPECTED


def test_python_zipfile_and_make_archive(repository, tmp_path):
    (repository / "alias.tf").unlink()
    path = shutil.make_archive(str(tmp_path / "x"), "zip", repository)
    with zipfile.ZipFile(path, "a") as archive, archive.open("big.tf", "w", force_zip64=True) as stream:
        stream.write(b"x" * 100_000)
    files = extract(tmp_path / "x.zip", "zip", tmp_path / "into")
    assert [file.path for file in files] == ["big.tf", "main.tf", "modules/a/é.tf", "run.sh"]


def test_an_npm_tarball(tmp_path):
    # As `npm pack` writes it: no folders, one fixed time, pax headers for long names alone.
    path = tmp_path / "x.tgz"
    with tarfile.open(path, "w:gz", format=tarfile.PAX_FORMAT) as archive:
        for name, data in {
            "package/package.json": b'{"version":"0.1.0"}',
            "package/main.tf": b"",
            f"package/{'m' * 120}.tf": b"",
        }.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime, info.mode = len(data), 499162500, 0o644
            archive.addfile(info, io.BytesIO(data))
    staged = open_payload(Fetched(path, "tar.gz"), tmp_path / "into")
    assert (str(staged.manifest_version), len(staged.tree.files)) == ("0.1.0", 2)
