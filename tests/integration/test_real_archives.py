"""The installed command on archives that git, zip, tar and npm make of one repository."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import tomllib
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.components import require
from support.hostile_server import hostile_server
from support.packages import serve, sha256
from support.project import MAIN, Terra, snapshot, write_files

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = [
    pytest.mark.component,
    pytest.mark.skipif(os.name != "posix", reason="makes links and marks files executable"),
]

FILES = {
    ".editorconfig": "root = true\n",
    ".github/workflows/ci.yml": "on: push\n",
    ".gitignore": ".terraform/\n",
    ".pre-commit-config.yaml": "repos: []\n",
    "LICENSE": "MIT\n",
    "README.md": "# aws-s3\n",
    "examples/basic/main.tf": 'module "this" {\n  source = "../.."\n  name   = "x"\n}\n',
    "main.tf": MAIN,
    "modules/x/main.tf": "# x\n",
    "scripts/build.sh": "#!/bin/sh\n",
    "tests/basic.tftest.hcl": 'run "basic" {}\n',
}
LINKS = {"examples/basic/variables.tf": "../../main.tf", "modules/x/LICENSE": "../../LICENSE"}
EXECUTABLE = "scripts/build.sh"
PAYLOAD = {
    "LICENSE": FILES["LICENSE"],
    "README.md": FILES["README.md"],
    "main.tf": FILES["main.tf"],
    "modules/x/LICENSE": FILES["LICENSE"],
    "modules/x/main.tf": FILES["modules/x/main.tf"],
    EXECUTABLE: FILES[EXECUTABLE],
}
MANIFEST = '[plugin]\nname = "aws-s3"\nversion = "0.1.0"\n'
GIT = ("git", "-c", "user.name=terra", "-c", "user.email=terra@example.test", "-c", "commit.gpgsign=false")


def run(*words: str | Path, cwd: Path) -> str:
    """Run a program to a good end and return what it printed."""
    argv = [require(str(words[0])), *map(str, words[1:])]
    ended = subprocess.run(argv, cwd=cwd, capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode == 0, f"{argv}\n{ended.stdout}\n{ended.stderr}"
    return ended.stdout


def write_repository(folder: Path, more: Mapping[str, str]) -> Path:
    """Write what a repository of a plugin holds, and commit it."""
    write_files(folder, {**FILES, **more})
    (folder / EXECUTABLE).chmod(0o755)
    for path, target in LINKS.items():
        (folder / path).symlink_to(target)
    run("git", "init", "-q", cwd=folder)
    run("git", "add", "-A", cwd=folder)
    run(*GIT, "commit", "-qm", "first", cwd=folder)
    return folder


@pytest.fixture
def repository(isolated: Path) -> Path:
    """A repository without a manifest: terra did not exist when it was made."""
    return write_repository(isolated / "repository", {})


@pytest.fixture
def plugin(isolated: Path) -> Path:
    """The same, with a manifest and what npm wants."""
    package = {"name": "@terra/aws-s3", "version": "0.1.0"}
    return write_repository(
        isolated / "plugin", {"terra-plugin.toml": MANIFEST, "package.json": json.dumps(package) + "\n"}
    )


def git_archive(repository: Path, target: Path, form: str) -> Path:
    """Archive the last commit as GitHub does."""
    prefix = "--prefix=aws-s3-0.1.0/"
    run("git", "archive", f"--format={form}", prefix, "-o", target, "HEAD", cwd=repository)
    return target


def vendored(project: Path, name: str = "aws-s3") -> dict[str, str]:
    """Return the files of a vendored plugin, none of which is a link, with their text."""
    folder = project / "plugins" / name
    found = {path: text for path, text in snapshot(folder).items() if text != "folder"}
    assert not [path for path, text in found.items() if text.startswith("link")]
    return {path: (folder / path).read_text() for path in found}


def modes(project: Path, name: str = "aws-s3") -> dict[str, int]:
    """Return the modes of a vendored plugin's files."""
    folder = project / "plugins" / name
    return {path.relative_to(folder).as_posix(): path.stat().st_mode & 0o777 for path in _files(folder)}


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


EXPECTED_MODES = {path: 0o755 if path == EXECUTABLE else 0o644 for path in PAYLOAD}


def entry(project: Path, name: str = "aws-s3") -> dict[str, Any]:
    """Return what the lock says of a plugin."""
    plugins = tomllib.loads((project / "terra.lock").read_text())["plugin"]
    [found] = [each for each in plugins if each["id"].startswith(f"{name}@")]
    return dict(found)


# -- archives of GitHub's kind --------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["zip", "tar.gz"])
def test_git_archive_of_this_machine(terra: Terra, repository: Path, form: str) -> None:
    git_archive(repository, terra.cwd / f"x.{form}", form)
    ended = terra("add", f"./x.{form}", "-v")
    assert vendored(terra.cwd, "x") == PAYLOAD
    assert modes(terra.cwd, "x") == EXPECTED_MODES
    assert entry(terra.cwd, "x")["archive"] == sha256((terra.cwd / f"x.{form}").read_bytes())
    for left in (".github/", ".gitignore", "examples/", "tests/"):
        assert left in ended.err + ended.out, f"`-v` names `{left}`, which was left out"


@pytest.mark.parametrize("form", ["zip", "tar.gz"])
def test_git_archive_at_the_address_of_a_tag(terra: Terra, repository: Path, isolated: Path, form: str) -> None:
    data = git_archive(repository, isolated / f"tag.{form}", form).read_bytes()
    with hostile_server() as server:
        path = f"/acme/terraform_aws_bucket/archive/refs/tags/v0.1.0.{form}"
        server.routes[path] = serve(data)
        terra("add", server.url(path), "--checksum", sha256(data))
        assert entry(terra.cwd, "terraform-aws-bucket")["source"] == server.url(path)
    assert vendored(terra.cwd, "terraform-aws-bucket") == PAYLOAD
    assert modes(terra.cwd, "terraform-aws-bucket") == EXPECTED_MODES


def test_submodule_of_a_git_archive(terra: Terra, repository: Path) -> None:
    """The link leads out of the folder that was asked for, and not out of the archive."""
    git_archive(repository, terra.cwd / "x.zip", "zip")
    terra("add", "./x.zip//modules/x", "--as", "sub")
    assert vendored(terra.cwd, "sub") == {"main.tf": FILES["modules/x/main.tf"], "LICENSE": FILES["LICENSE"]}


def test_archive_that_was_made_anew_is_accepted_by_its_tree(terra: Terra, repository: Path, isolated: Path) -> None:
    """GitHub makes archives on demand: the same files may come in other bytes."""
    git_archive(repository, isolated / "one.tar.gz", "tar.gz")
    run("git", "-c", "tar.tar.gz.command=gzip -n1", "archive", "--prefix=aws-s3-0.1.0/", "-o", isolated / "two.tar.gz",
        "HEAD", cwd=repository)  # fmt: skip
    one, two = ((isolated / name).read_bytes() for name in ("one.tar.gz", "two.tar.gz"))
    assert one != two
    path = "/acme/aws-s3/archive/refs/tags/v0.1.0.tar.gz"
    with hostile_server() as server:
        server.routes[path] = serve(one)
        terra("add", server.url(path))
        before = entry(terra.cwd)
        server.routes[path] = serve(two)
        ended = terra("add", server.url(path), TERRA_HOME=str(isolated / "another-home"))
    assert ended.out.startswith("= aws-s3")
    assert "warning: " in ended.err
    assert entry(terra.cwd)["tree"] == before["tree"]
    assert vendored(terra.cwd) == PAYLOAD


def test_included_examples_come_with_their_linked_file(terra: Terra, isolated: Path) -> None:
    manifest = f'{MANIFEST}\n[files]\ninclude = ["examples/**"]\n'
    repository = write_repository(isolated / "including", {"terra-plugin.toml": manifest})
    git_archive(repository, terra.cwd / "x.zip", "zip")
    terra("add", "./x.zip")
    examples = {"examples/basic/main.tf": FILES["examples/basic/main.tf"], "examples/basic/variables.tf": MAIN}
    assert vendored(terra.cwd) == {**PAYLOAD, **examples}


# -- one plugin, one tree -------------------------------------------------------------------------------------


def as_wheel(plugin: Path, target: Path) -> Path:
    """Write a wheel of the plugin with Python's own zip, which keeps modes and follows links."""
    info = "terra_aws_s3-0.1.0.dist-info"
    with zipfile.ZipFile(target / "terra_aws_s3-0.1.0-py3-none-any.whl", "w") as out:
        for path in PAYLOAD:
            out.write(plugin / path, f"terra_aws_s3/payload/{path}")
        held = {
            "METADATA": "Metadata-Version: 2.1\nName: terra-aws-s3\nVersion: 0.1.0\n",
            "WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            "entry_points.txt": "[terra.plugins]\naws-s3 = terra_aws_s3\n",
            "terra-plugin.toml": MANIFEST,
        }
        for name, text in held.items():
            out.writestr(f"{info}/{name}", text)
        record = [f"{each.filename},{_recorded(out.read(each))},{each.file_size}" for each in out.infolist()]
        out.writestr(f"{info}/RECORD", "\n".join([*record, f"{info}/RECORD,,", ""]))
        return Path(str(out.filename))


def _recorded(data: bytes) -> str:
    return f"sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()}"


def as_npm(plugin: Path, target: Path) -> Path:
    """Pack by npm itself, which leaves links out, into a folder."""
    words = ("npm", "pack", "--ignore-scripts", "--offline", "--silent", "--pack-destination", target)
    return target / run(*words, cwd=plugin).strip().splitlines()[-1]


def as_zip(plugin: Path, target: Path) -> Path:
    run("zip", "-qr", target / "by-zip.zip", ".", "-x", ".git/*", cwd=plugin)
    return target / "by-zip.zip"


def as_zip_with_links(plugin: Path, target: Path) -> Path:
    run("zip", "-qry", target / "by-zip-y.zip", plugin.name, "-x", f"{plugin.name}/.git/*", cwd=plugin.parent)
    return target / "by-zip-y.zip"


def as_tar(plugin: Path, target: Path) -> Path:
    words = ("tar", "--format=gnu", "--exclude=.git", "-czf", target / "by-tar.tar.gz", plugin.name)
    run(*words, cwd=plugin.parent)
    return target / "by-tar.tar.gz"


def as_flat_tar(plugin: Path, target: Path) -> Path:
    run("tar", "--exclude=./.git", "-cJf", target / "by-tar.tar.xz", ".", cwd=plugin)
    return target / "by-tar.tar.xz"


PACKERS = {
    "git archive, zip": lambda plugin, target: git_archive(plugin, target / "git.zip", "zip"),
    "git archive, tar.gz": lambda plugin, target: git_archive(plugin, target / "git.tar.gz", "tar.gz"),
    "zip -r": as_zip,
    "zip -ry, in a folder": as_zip_with_links,
    "tar --format=gnu, in a folder": as_tar,
    "tar, flat": as_flat_tar,
    "wheel": as_wheel,
    "folder": lambda plugin, _: plugin,
}


def test_one_tree_whatever_carries_it(terra: Terra, plugin: Path, isolated: Path) -> None:
    (isolated / "packed").mkdir()
    trees = {}
    for how, pack in PACKERS.items():
        project = isolated / f"project-{len(trees)}"
        project.mkdir()
        terra("add", str(pack(plugin, isolated / "packed")), cwd=project)
        assert vendored(project) == PAYLOAD, how
        assert modes(project) == EXPECTED_MODES, how
        assert entry(project)["id"] == "aws-s3@0.1.0"
        trees[how] = entry(project)["tree"]
    lines = sorted(
        f"{'755' if path == EXECUTABLE else '644'} {hashlib.sha256(text.encode()).hexdigest()} {path}\n"
        for path, text in PAYLOAD.items()
    )
    lines.sort(key=lambda line: line.split(" ", 2)[2].rstrip("\n").encode())
    assert trees == dict.fromkeys(PACKERS, f"sha256-{hashlib.sha256(''.join(lines).encode()).hexdigest()}")


def test_moving_from_one_archive_to_another_changes_no_file(terra: Terra, plugin: Path, isolated: Path) -> None:
    """The source moves in `terra.toml` and `terra.lock`; what is in `plugins` stays, an edit too."""
    terra("add", str(as_tar(plugin, isolated)))
    (terra.cwd / "plugins/aws-s3/main.tf").write_text(MAIN + "# mine\n")
    before = snapshot(terra.cwd / "plugins")
    ended = terra("add", str(as_wheel(plugin, isolated)))
    assert "plugins/aws-s3/main.tf" in ended.out
    assert snapshot(terra.cwd / "plugins") == before
    assert entry(terra.cwd)["source"].endswith(".whl")


def test_npm_pack(terra: Terra, plugin: Path, isolated: Path) -> None:
    path = as_npm(plugin, isolated)
    assert path.name == "terra-aws-s3-0.1.0.tgz"
    terra("add", str(path))
    # npm leaves links out.
    assert vendored(terra.cwd) == {path: text for path, text in PAYLOAD.items() if path not in LINKS}
    assert entry(terra.cwd)["id"] == "aws-s3@0.1.0"


def test_npm_pack_without_a_manifest(terra: Terra, plugin: Path, isolated: Path) -> None:
    (plugin / "terra-plugin.toml").unlink()
    terra("add", str(as_npm(plugin, isolated)))
    assert entry(terra.cwd)["id"] == "aws-s3@0.1.0", "name of the file, version of `package.json`"
    assert sorted(vendored(terra.cwd)) == sorted(set(PAYLOAD) - set(LINKS))
