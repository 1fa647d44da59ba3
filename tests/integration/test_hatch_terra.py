"""Plugins become wheels by real hatchling and hatch-terra, and terra takes them for what their folders are."""

from __future__ import annotations

import email
import os
import shutil
import stat
import subprocess
import tarfile
import tomllib
import zipfile
from email.message import Message
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.built_plugins import (
    HATCH_TERRA,
    NAMES,
    PLAIN,
    PLUGINS,
    ROOT,
    build,
    build_tools,
    built_plugins,
    succeed,
)
from support.environments import python_environment
from support.project import write_files
from terra.plugins.discovery import entry_points
from terra.plugins.installed import read_installed

if TYPE_CHECKING:
    from support.project import Terra

TF = 'variable "name" {\n  type = string\n}\n'
PYPROJECT = (PLUGINS / "aws-s3" / "pyproject.toml").read_text()
MANIFEST = '[plugin]\nname = "aws-s3"\nversion = "0.1.0"\ndescription = "A bucket"\nlicense = "MIT"\n'
OLDEST_HATCHLING = "1.27.0"

# Whatever a payload may hold, and whatever it may not.
RICH: dict[str, str | bytes] = {
    "pyproject.toml": PYPROJECT,
    "terra-plugin.toml": MANIFEST
    + '[files]\ninclude = [".tflint.hcl", "tests/fixture/"]\nexclude = ["docs/**", "*.bak"]\n',
    "terra.toml": '[project]\nname = "aws-s3"\n[sets.dev]\ndir = "envs/dev"\n[sets.prod]\n',
    "terra.lock": "version = 1\n",
    "main.tf": TF.replace("\n", "\r\n"),
    "modules/key/main.tf": TF,
    "modules/key/.hidden": "x",
    "scripts/run.sh": "#!/bin/sh\nexit 0\n",
    "templates/latin.tpl": b"caf\xe9\x00\xff",
    "templates/empty.tpl": b"",
    "README.md": "# aws-s3\n",
    "LICENSE": "MIT\n",
    "docs/guide.md": "left out",
    "main.tf.bak": "left out",
    ".tflint.hcl": "brought back",
    ".editorconfig": "left out",
    "examples/basic/main.tf": TF,
    "tests/fixture/main.tf": TF,
    "tests/other.tf": TF,
    "plugins/aws-kms/main.tf": TF,
    "envs/dev/aws-kms/main.tf": TF,
    "prod/plugins/aws-kms/main.tf": TF,
    "uv.lock": "version = 1\n",
}
RICH_PAYLOAD = [
    *(".tflint.hcl", "LICENSE", "README.md", "docs.md", "main.tf", "modules/key/LICENSE", "modules/key/main.tf"),
    *("scripts/run.sh", "templates/empty.tpl", "templates/latin.tpl", "tests/fixture/main.tf"),
]
# What an author's folder has besides, that is not in a checkout: an sdist does not have it either.
IGNORED: dict[str, str | bytes] = {
    "notes.log": "ignored",
    "modules/key/cache/x.tf": TF,
    "dist/terra_aws_s3-0.0.9-py3-none-any.whl": b"an earlier one",
    ".terraform/providers/x": b"",
    "terraform.tfstate": "{}",
}
GITIGNORE = "*.log\ncache/\n.terraform/\n*.tfstate\n"


@pytest.fixture
def rich(isolated: Path) -> Path:
    """A plugin with everything in it, links and programs too."""
    folder = isolated / "rich"
    write_files(folder, {**RICH, "docs/docs.md": "shown", ".gitignore": GITIGNORE})
    (folder / "scripts/run.sh").chmod(0o700)
    (folder / "modules/key/LICENSE").symlink_to("../../LICENSE")
    (folder / "docs.md").symlink_to("docs/docs.md")  # a link to what is left out
    return folder


def wheel_of(source: Path, out: Path, *words: str, tools: Path | None = None, **environment: str) -> Path:
    """Build, and return the wheel."""
    succeed(build(source, out, *words, tools=tools, **environment))
    (found,) = out.glob("*.whl")
    return found


def write_plugin(folder: Path, files: dict[str, str | bytes] | None = None, **changed: str) -> Path:
    """Write a small plugin; keywords replace its manifest and `pyproject.toml`."""
    usual = {"pyproject.toml": PYPROJECT, "terra-plugin.toml": MANIFEST, "main.tf": TF}
    own = {"pyproject": "pyproject.toml", "manifest": "terra-plugin.toml"}
    write_files(folder, {**usual, **(files or {}), **{own[key]: text for key, text in changed.items()}})
    return folder


def metadata_of(wheel: Path) -> Message:
    """Return the core metadata of a wheel."""
    with zipfile.ZipFile(wheel) as opened:
        (path,) = [name for name in opened.namelist() if name.endswith(".dist-info/METADATA")]
        return email.message_from_bytes(opened.read(path))


def contents(wheel: Path) -> dict[str, bytes]:
    """Return the files of a wheel, without their times."""
    with zipfile.ZipFile(wheel) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def payload_of(wheel: Path, module: str = "terra_aws_s3") -> list[str]:
    """Return the paths of a wheel's payload."""
    start = f"{module}/payload/"
    return sorted(name.removeprefix(start) for name in contents(wheel) if name.startswith(start))


def added(terra: Terra, source: Path, project: str) -> dict[str, object]:
    """Add a folder or wheel to a new project, which checks the wheel strictly, and return its entry of the lock."""
    folder = terra.cwd / project
    folder.mkdir()
    terra("add", str(source), cwd=folder)
    (entry,) = tomllib.loads((folder / "terra.lock").read_text())["plugin"]
    return {key: entry[key] for key in ("id", "tree", "files")}


def clean_copy(plugin: Path, into: Path) -> Path:
    """Copy a plugin's folder."""
    shutil.copytree(plugin, into, symlinks=True)
    return into


@pytest.mark.parametrize("name", [*NAMES, "labels"])
def test_an_example_has_one_tree_as_a_folder_and_as_a_wheel(name, terra):
    folder = PLAIN / "src" / "terra_labels" if name == "labels" else PLUGINS / name
    from_folder, from_wheel = added(terra, folder, "one"), added(terra, built_plugins()[name], "other")
    assert from_folder == from_wheel
    assert from_wheel["id"] == f"{name}@0.1.0"


@pytest.mark.parametrize("name", NAMES)
def test_the_pyproject_of_an_example_is_eight_lines(name):
    text = (PLUGINS / name / "pyproject.toml").read_text()
    assert len(text.splitlines()) == 8
    assert text == PYPROJECT.replace('"terra-aws-s3"', f'"terra-{name}"')
    assert f"```toml\n{PYPROJECT}```" in (HATCH_TERRA / "README.md").read_text()


def test_the_wheel_of_an_example_holds_the_plugin_and_what_describes_it():
    wheel, info = built_plugins()["aws-s3"], "terra_aws_s3-0.1.0.dist-info"
    assert wheel.name == "terra_aws_s3-0.1.0-py3-none-any.whl"
    files = contents(wheel)
    assert set(files) == {
        "terra_aws_s3/__init__.py",
        *(f"terra_aws_s3/payload/{name}.tf" for name in ("main", "outputs", "variables", "versions")),
        *("terra_aws_s3/payload/LICENSE", "terra_aws_s3/payload/README.md"),
        *(f"{info}/{name}" for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE")),
        f"{info}/extra_metadata/terra-plugin.toml",
    }
    folder = PLUGINS / "aws-s3"
    assert files[f"{info}/extra_metadata/terra-plugin.toml"] == (folder / "terra-plugin.toml").read_bytes()
    assert files["terra_aws_s3/payload/main.tf"] == (folder / "main.tf").read_bytes()
    assert files[f"{info}/entry_points.txt"] == b"[terra.plugins]\naws-s3 = terra_aws_s3\n"
    metadata = metadata_of(wheel)
    assert metadata.get_payload(decode=True) == (folder / "README.md").read_bytes()
    assert metadata.items() == [
        ("Metadata-Version", "2.3"),
        ("Name", "terra-aws-s3"),
        ("Version", "0.1.0"),
        ("Summary", "S3 bucket, private and encrypted by default"),
        ("Project-URL", "Repository, https://github.com/terra-plugins/plugins"),
        ("License", "MIT"),
        ("Keywords", "aws,storage"),
        ("Requires-Python", ">=3"),
        ("Description-Content-Type", "text/markdown"),
    ]


def test_the_payload_is_what_terra_takes_from_the_folder(rich, terra, tmp_path):
    wheel = wheel_of(rich, tmp_path / "out", "--wheel")
    assert payload_of(wheel) == sorted(RICH_PAYLOAD)
    assert added(terra, rich, "one") == added(terra, wheel, "other")


def test_bytes_and_modes_are_kept(rich, tmp_path):
    with zipfile.ZipFile(wheel_of(rich, tmp_path / "out", "--wheel")) as opened:
        modes = {each.filename: stat.S_IMODE(each.external_attr >> 16) for each in opened.infolist()}
        at = "terra_aws_s3/payload/"
        assert opened.read(f"{at}main.tf") == TF.replace("\n", "\r\n").encode()
        assert opened.read(f"{at}templates/latin.tpl") == b"caf\xe9\x00\xff"
        assert opened.read(f"{at}modules/key/LICENSE") == b"MIT\n"
        assert not [each for each in opened.infolist() if stat.S_ISLNK(each.external_attr >> 16)]
    assert modes.pop(f"{at}scripts/run.sh") == 0o755
    assert set(modes.values()) == {0o644}


def test_the_wheel_is_the_same_by_way_of_the_sdist_and_without_what_git_ignores(rich, tmp_path):
    plain = wheel_of(rich, tmp_path / "plain", "--wheel")
    write_files(rich, IGNORED)
    direct, by_sdist = wheel_of(rich, tmp_path / "direct", "--wheel"), wheel_of(rich, tmp_path / "by-sdist")
    assert direct.read_bytes() == plain.read_bytes()
    assert by_sdist.read_bytes() == plain.read_bytes()


def test_the_nearest_gitignore_above_counts_too(isolated, tmp_path):
    write_files(isolated / "repository", {".gitignore": "*.log\n", ".git/HEAD": ""})
    manifest = MANIFEST + '[files]\ninclude = [".gitignore", "PKG-INFO"]\n'
    plugin = write_plugin(isolated / "repository/plugins/aws-s3", {"x.log": "", "a/x.log": ""}, manifest=manifest)
    direct, by_sdist = wheel_of(plugin, tmp_path / "direct", "--wheel"), wheel_of(plugin, tmp_path / "by-sdist")
    assert payload_of(direct) == [".gitignore", "main.tf"]
    assert direct.read_bytes() == by_sdist.read_bytes()


@pytest.mark.parametrize("words", [(), ("--wheel",)])
def test_the_wheel_is_reproducible(words, rich, tmp_path):
    first = wheel_of(rich, tmp_path / "first", *words)
    other = clean_copy(rich, tmp_path / "elsewhere" / "named otherwise")
    for path in sorted(other.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o700 if path.is_dir() or path.name == "run.sh" else 0o600)
            os.utime(path, (86400, 86400))
    before = os.umask(0o077)
    try:
        second = wheel_of(other, tmp_path / "second", *words)
    finally:
        os.umask(before)
    assert second.read_bytes() == first.read_bytes()


def test_source_date_epoch_is_the_time_of_every_file_and_nothing_else(rich, tmp_path):
    dated = wheel_of(rich, tmp_path / "dated", "--wheel", SOURCE_DATE_EPOCH="1767225600")
    again = wheel_of(rich, tmp_path / "again", SOURCE_DATE_EPOCH="1767225600")
    undated = wheel_of(rich, tmp_path / "undated", "--wheel")
    assert dated.read_bytes() == again.read_bytes()
    assert contents(dated) == contents(undated)
    with zipfile.ZipFile(dated) as opened:
        assert {each.date_time for each in opened.infolist()} == {(2026, 1, 1, 0, 0, 0)}


def test_the_sdist_holds_the_sources(rich, tmp_path):
    write_files(rich, IGNORED)
    succeed(build(rich, tmp_path / "out", "--sdist"))
    with tarfile.open(tmp_path / "out" / "terra_aws_s3-0.1.0.tar.gz") as opened:
        held = {name.removeprefix("terra_aws_s3-0.1.0/") for name in opened.getnames()}
        info = email.message_from_bytes(opened.extractfile("terra_aws_s3-0.1.0/PKG-INFO").read())
    assert held == {*RICH, ".gitignore", "PKG-INFO", "docs/docs.md", "docs.md", "modules/key/LICENSE"}
    assert info["Metadata-Version"] == "2.3"


def test_a_root_and_a_name_of_two_parts(terra, isolated, tmp_path):
    manifest = '[plugin]\nname = "my-company/vpc"\nversion = "1.0.0-rc.2"\n[files]\nroot = "./module/"\n'
    files: dict[str, str | bytes] = {
        "module/main.tf": TF,
        "module/LICENSE": "MIT\n",
        "module/pyproject.toml": "left out",
        "other.tf": "outside",
        "LICENSE": "another",
        "NOTICE.txt": "n",
    }
    plugin = write_plugin(
        isolated / "vpc", files, manifest=manifest, pyproject=PYPROJECT.replace("aws-s3", "my-company-vpc")
    )
    direct, by_sdist = wheel_of(plugin, tmp_path / "direct", "--wheel"), wheel_of(plugin, tmp_path / "by-sdist")
    assert direct.name == "terra_my_company_vpc-1.0.0rc2-py3-none-any.whl"
    assert direct.read_bytes() == by_sdist.read_bytes()
    assert payload_of(direct, "terra_my_company_vpc") == ["LICENSE", "main.tf"]
    assert (
        b"my-company/vpc = terra_my_company_vpc"
        in contents(direct)["terra_my_company_vpc-1.0.0rc2.dist-info/entry_points.txt"]
    )
    from_wheel = added(terra, direct, "one")
    assert from_wheel["id"] == "my-company/vpc@1.0.0-rc.2"
    assert from_wheel == added(terra, plugin, "other")


def test_dependencies_become_requirements_by_way_of_the_sdist_too(isolated, tmp_path):
    manifest = (
        MANIFEST
        + '[dependencies]\naws-kms = ">=0.2,<1"\n"my-company/vpc" = { version = "^1.2" }\nnaming = ">=1.0.0-rc.1"\n'
    )
    plugin = write_plugin(isolated / "plugin", manifest=manifest)
    for words in ((), ("--wheel",)):
        metadata = metadata_of(wheel_of(plugin, tmp_path / f"out{len(words)}", *words))
        assert metadata.get_all("Requires-Dist") == [
            *("terra-aws-kms<1,>=0.2", "terra-my-company-vpc<2,>=1.2", "terra-naming>=1.0.0rc1"),
        ]
        assert "Dynamic" not in metadata


@pytest.mark.parametrize(
    ("words", "text", "expected"),
    [
        ((), "MIT OR Apache-2.0", "MIT OR Apache-2.0"),
        (("--wheel",), "apache-2.0", "Apache-2.0"),
        ((), "Proprietary", "Proprietary"),
        ((), "Ours\\nalone", "Ours\n        alone"),  # an sdist's PKG-INFO would indent it once more
        (("--wheel",), "", None),
    ],
)
def test_a_license_is_an_expression_or_any_text(words, text, expected, isolated, tmp_path):
    plugin = write_plugin(isolated / "plugin", manifest=MANIFEST.replace('"MIT"', f'"{text}"'))
    metadata = metadata_of(wheel_of(plugin, tmp_path / "out", *words))
    assert (metadata["License"], metadata["License-Expression"]) == (expected, None)
    assert "Dynamic" not in metadata


def test_what_is_not_dynamic_is_the_authors(isolated, tmp_path):
    pyproject = PYPROJECT.replace('"requires-python", "license", ', "").replace(
        "[tool.hatch.metadata",
        'requires-python = ">=3.12"\nlicense = "Apache-2.0"\n'
        '[tool.hatch.build.targets.wheel]\ncore-metadata-version = "2.4"\n[tool.hatch.metadata',
    )
    plugin = write_plugin(isolated / "plugin", pyproject=pyproject)
    metadata = metadata_of(wheel_of(plugin, tmp_path / "out", "--wheel"))
    said = (metadata["Requires-Python"], metadata["License-Expression"], metadata["Metadata-Version"])
    assert said == (">=3.12", "Apache-2.0", "2.4")


@pytest.mark.parametrize("at", ["", "src/"])
def test_an_author_may_have_a_python_package(at, terra, isolated, tmp_path):
    files: dict[str, str | bytes] = {
        f"{at}terra_aws_s3/__init__.py": "ours = True\n",
        f"{at}terra_aws_s3/hooks.py": "def after_apply(): ...\n",
        "module/main.tf": TF,
    }
    manifest = MANIFEST + '[files]\nroot = "module"\n[hooks]\nafter-apply = "terra_aws_s3.hooks:after_apply"\n'
    plugin = write_plugin(isolated / "plugin", files, manifest=manifest)
    direct, by_sdist = wheel_of(plugin, tmp_path / "direct", "--wheel"), wheel_of(plugin, tmp_path / "by-sdist")
    assert direct.read_bytes() == by_sdist.read_bytes()
    held = contents(direct)
    assert held["terra_aws_s3/__init__.py"] == b"ours = True\n"
    assert {"terra_aws_s3/hooks.py", "terra_aws_s3/payload/main.tf"} <= set(held)
    added(terra, direct, "project")


def test_the_oldest_hatchling_that_is_allowed_will_do(rich, terra, tmp_path):
    required = tomllib.loads((HATCH_TERRA / "pyproject.toml").read_text())["project"]["dependencies"]
    assert required == [f"hatchling>={OLDEST_HATCHLING.removesuffix('.0')}"]
    tools = build_tools(OLDEST_HATCHLING)
    direct = wheel_of(rich, tmp_path / "direct", "--wheel", tools=tools)
    by_sdist = wheel_of(rich, tmp_path / "by-sdist", tools=tools)
    assert direct.read_bytes() == by_sdist.read_bytes()
    assert metadata_of(direct)["Metadata-Version"] == "2.3"
    assert added(terra, direct, "one") == added(terra, rich, "other")


@pytest.mark.parametrize("twine", ["6.2.0", "7.0.0"])
def test_twine_takes_wheel_and_sdist(twine, tmp_path):
    program = python_environment("twine", f"twine=={twine}") / "twine"
    for source in (PLUGINS / "aws-s3", PLAIN, HATCH_TERRA):
        succeed(build(source, tmp_path / "out"))
    words = [str(program), "check", "--strict", *map(str, sorted((tmp_path / "out").iterdir()))]
    ended = subprocess.run(words, capture_output=True, text=True, timeout=120, check=False)
    assert succeed(ended).count("PASSED") == 6, ended.stdout


def test_hatch_terra_itself_is_code_its_licence_and_nothing_else(tmp_path):
    held = contents(wheel_of(HATCH_TERRA, tmp_path / "out"))
    strays = [name for name in held if not name.startswith("hatch_terra-") and not name.endswith((".py", "/py.typed"))]
    assert not strays
    assert held["hatch_terra-0.1.0.dist-info/licenses/LICENSE"] == (ROOT / "LICENSE").read_bytes()
    assert metadata_of(tmp_path / "out/hatch_terra-0.1.0-py3-none-any.whl").get_all("Requires-Dist") == [
        "hatchling>=1.27"
    ]


def installed(tmp_path: Path, *words: str) -> Path:
    """Install by pip, without an index, and return the folder of packages."""
    prefix = tmp_path / "prefix"
    python = str(build_tools() / "python")
    argv = [python, "-m", "pip", "install", "--no-index", "--no-deps", "--no-build-isolation", "--prefix", str(prefix)]
    ended = subprocess.run(
        [*argv, "--disable-pip-version-check", *words], capture_output=True, text=True, timeout=120, check=False
    )
    succeed(ended)
    (packages,) = prefix.glob("lib/python*/site-packages")
    return packages


def seen_by_python(packages: Path) -> list[str]:
    """Return what `importlib.metadata` finds in a folder of packages, and what of it pip would remove."""
    script = (
        "import importlib.metadata as m\n"
        "for each in m.entry_points(group='terra.plugins'):\n"
        "    files = [str(file) for file in each.dist.files if file.locate().is_file()]\n"
        "    print(each.name, each.value, each.dist.version, 'terra_aws_s3/payload/main.tf' in files)\n"
        "    assert each.load().__file__.endswith('__init__.py')\n"
    )
    argv = [str(build_tools() / "python"), "-c", script]
    environment = {**os.environ, "PYTHONPATH": str(packages)}
    ended = subprocess.run(argv, env=environment, capture_output=True, text=True, timeout=60, check=False)
    return succeed(ended).splitlines()


def test_an_installed_wheel_is_found(tmp_path):
    packages = installed(tmp_path, str(built_plugins()["aws-s3"]))
    assert seen_by_python(packages) == ["aws-s3 terra_aws_s3 0.1.0 True"]
    (plugin,) = read_installed(entry_points([str(packages)]), pytest.fail)
    assert (str(plugin.name), plugin.version, plugin.editable) == ("aws-s3", "0.1.0", None)
    assert (packages / plugin.module / "payload" / "main.tf").is_file()


def test_an_editable_install_leads_to_the_folder(isolated, tmp_path):
    folder = clean_copy(PLUGINS / "aws-s3", isolated / "a plugin")
    packages = installed(tmp_path, "--editable", str(folder))
    assert seen_by_python(packages) == ["aws-s3 terra_aws_s3 0.1.0 True"]
    (plugin,) = read_installed(entry_points([str(packages)]), pytest.fail)
    assert plugin.editable == folder
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        path.name for path in (PLUGINS / "aws-s3").iterdir()
    )
