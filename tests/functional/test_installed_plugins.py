"""`pip install terra-aws-s3` beside terra, then `terra add aws-s3`: without network, locked as the wheel that it is."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from support.beside import Beside, terra_environment
from support.built_plugins import PLUGINS, built_plugins
from support.environments import python_environment
from support.expected import refused
from support.package_indexes import pypiserver
from support.packages import wheel
from support.project import MAIN, Ended, Terra, Workspace, write_files

MANIFEST = '[plugin]\nname = "{name}"\nversion = "0.1.0"\n'
RUNS = "raise RuntimeError('a plugin is data: nothing of it is run')\n"
FILES = {
    "terra_labels/__init__.py": RUNS,
    "terra_labels/payload/main.tf": MAIN,
    "terra_labels/payload/modules/x/run.py": "print(1)\n",
    "terra_labels/payload/examples/basic/main.tf": 'module "x" {\n  source = "../.."\n}\n',
    "terra_labels/terra-plugin.toml": MANIFEST.format(name="labels"),
}
PYPROJECT = """[project]
name = "terra-labels"
version = "0.1.0"
[project.entry-points."terra.plugins"]
labels = "terra_labels"
[build-system]
"""
SETUPTOOLS = 'requires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n'
HATCHLING = 'requires = ["hatchling"]\nbuild-backend = "hatchling.build"\n'
pytestmark = pytest.mark.skipif(os.name != "posix", reason="the environments of these tests are POSIX ones")


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """The plugin `labels` as a wheel."""
    name, data = wheel("terra_labels", "0.1.0", {"labels": "terra_labels"}, FILES)
    path = tmp_path / name
    path.write_bytes(data)
    return path


@pytest.fixture
def site(made: Path, tmp_path: Path) -> Path:
    """A folder into which the real pip installed it with `--target`."""
    folder = tmp_path / "site"
    _pip("install", "--quiet", "--no-index", "--no-deps", "--target", str(folder), str(made))
    return folder


def _pip(*words: str) -> None:
    run(str(terra_environment() / "python"), "-m", "pip", *words)


def run(*argv: str) -> str:
    ended = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 0, f"{argv}\n{ended.stdout}\n{ended.stderr}"
    return ended.stdout


def lock(terra: Terra) -> str:
    return (terra.cwd / "terra.lock").read_text()


def tree_of(terra: Terra) -> str:
    return next(line for line in lock(terra).splitlines() if line.startswith("tree = "))


def offline(terra: Terra, *words: str, **environment: str) -> Ended:
    """Run without a network: in a namespace of its own where the system gives one."""
    apart = shutil.which("unshare")
    can = apart and subprocess.run([apart, "-rn", "true"], capture_output=True, check=False).returncode == 0
    if not apart or not can:
        return terra("--offline", *words, **environment)
    argv = [apart, "-rn", str(terra.program), *words]
    env = {**os.environ, **environment}
    ended = subprocess.run(argv, cwd=terra.cwd, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, f"{words}: exit {ended.returncode}\n{ended.stdout}\n{ended.stderr}"
    return Ended(ended.returncode, ended.stdout, ended.stderr)


def test_it_is_added_without_a_network_and_locked_as_its_wheel(
    terra: Terra, site: Path, made: Path, isolated: Path
) -> None:
    ended = offline(terra, "add", "labels", PYTHONPATH=str(site))
    assert "(from installed)" in ended.out
    assert ended.err == ""
    text = lock(terra)
    assert 'id = "labels@0.1.0"\nregistry = "installed"\nsource = "pypi:terra-labels==0.1.0"\n' in text
    assert (terra.cwd / "terra.toml").read_text().endswith('[plugins]\nlabels = ">=0.1.0,<0.2"\n')
    assert not (terra.cwd / "plugins/labels/examples").exists()
    other = Terra(terra.program, isolated)
    other("add", str(made))
    assert tree_of(other) == tree_of(terra)
    terra("--offline", "add", "labels", PYTHONPATH=str(site))
    assert lock(terra) == text


def test_what_is_installed_is_listed(terra: Terra, site: Path) -> None:
    assert "labels  0.1.0    terra-labels" in terra("list", "--installed", PYTHONPATH=str(site)).out
    document = terra("--json", "list", "--installed", PYTHONPATH=str(site)).json
    assert [(each["name"], each["folder"]) for each in document["installed"]] == [("labels", str(site))]
    assert "No plugins are installed beside terra" in terra("list", "--installed").out
    assert "do not go together" in terra("list", "--installed", "--set", "x", exit=2).err


def test_an_edited_installation_is_refused(terra: Terra, site: Path) -> None:
    (site / "terra_labels/payload/main.tf").write_text("# mine\n")
    error = terra("--json", "add", "labels", exit=5, PYTHONPATH=str(site)).json["error"]
    assert error["code"] == "integrity"
    assert "`terra_labels/payload/main.tf` of the installed `terra-labels==0.1.0`" in error["message"]
    assert not (terra.cwd / "plugins").exists()


def test_on_another_machine_the_cache_or_pip_has_it(
    terra: Terra, site: Path, made: Path, tmp_path: Path, isolated: Path
) -> None:
    terra("add", "labels", PYTHONPATH=str(site))
    text = lock(terra)
    shutil.rmtree(terra.cwd / "plugins")
    terra("--offline", "add", "labels")  # not installed any more: the cache has it
    assert lock(terra) == text
    shutil.rmtree(terra.cwd / "plugins")
    fresh = str(isolated / "other-home")
    with pypiserver(tmp_path / "index", (made.name, made.read_bytes())) as index:
        # pip's own index is public by default: a name that was never looked for there is not told to it.
        refused(
            terra,
            "add",
            "labels",
            exit=3,
            says=["labels@0.1.0"],
            hint="pip install terra-labels==0.1.0",
            TERRA_HOME=fresh,
            PIP_INDEX_URL=index.simple,
        )
        _index_of_the_company(fresh, index.simple)
        error = terra("--json", "--offline", "add", "labels", exit=4, TERRA_HOME=fresh).json["error"]
        assert "`labels@0.1.0` is not in the cache, and the network is off" in error["message"]
        terra("add", "labels", TERRA_HOME=fresh)
    assert (terra.cwd / "plugins/labels/main.tf").read_text() == MAIN
    assert lock(terra).replace(_archive_lines(lock(terra)), "") == text


def _index_of_the_company(home: str, url: str) -> None:
    Path(home).mkdir(exist_ok=True)
    Path(home, "config.toml").write_text(f'[registries.corp]\nkind = "pypi"\nurl = "{url}"\n')


def _archive_lines(text: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if line.startswith(("archive = ", "size = ")))


def test_another_wheel_of_the_same_version_is_refused_there(
    terra: Terra, site: Path, tmp_path: Path, isolated: Path
) -> None:
    terra("add", "labels", PYTHONPATH=str(site))
    files = {**FILES, "terra_labels/payload/main.tf": f"{MAIN}# other\n"}
    with pypiserver(tmp_path / "index", wheel("terra_labels", "0.1.0", {"labels": "terra_labels"}, files)) as index:
        home = str(isolated / "other-home")
        _index_of_the_company(home, index.simple)
        error = terra("--json", "add", "labels", exit=5, TERRA_HOME=home).json["error"]
    assert "has other bytes than `terra.lock` says" in error["message"]


def test_the_order_of_registries(terra: Terra, site: Path, isolated: Path) -> None:
    """The project's and the workspace's before what is installed, which comes before the user's."""
    users = Workspace(isolated / "users")
    (isolated / "terra").mkdir(exist_ok=True)
    (isolated / "terra" / "config.toml").write_text(f'[registries.mine]\nurl = "{users.simple("labels", "other")}"\n')
    terra("add", "labels", "other", PYTHONPATH=str(site))
    assert 'registry = "installed"' in lock(terra)
    assert 'registry = "mine"' in lock(terra)
    above = Workspace(isolated / "mono")
    above.simple("labels")
    inner = Terra(terra.program, above.folder / "envs")
    inner.cwd.mkdir()
    inner("add", "labels", PYTHONPATH=str(site))
    assert 'source = "workspace:packages/plugins/labels"' in lock(inner)
    shown = terra("--json", "registry", "list", PYTHONPATH=str(site)).json["registries"]
    assert [each["location"] for each in shown][:1] == ["installed:"]
    asked = Terra(terra.program, above.folder / "asked")
    asked.cwd.mkdir()
    asked("add", "labels", "--registry", "installed", PYTHONPATH=str(site))
    assert 'registry = "installed"' in (asked.cwd / "terra.toml").read_text()
    assert 'source = "pypi:terra-labels==0.1.0"' in lock(asked)


@pytest.mark.parametrize("installer", ["pip", "uv"])
def test_beside_terra_in_one_environment(installer: str, made: Path, tmp_path: Path, isolated: Path) -> None:
    beside = Beside(tmp_path / "venv", isolated / "work")
    if installer == "pip":
        beside.install("--no-deps", str(made))
    else:
        uv = str(python_environment("uv", "uv==0.9.5") / "uv")
        words = ("--offline", "--no-index", "--no-deps", "--no-cache", "--no-config")
        run(uv, "pip", "install", "--quiet", "--python", str(beside.python), *words, str(made))
    beside.terra("--offline", "add", "labels")
    assert 'source = "pypi:terra-labels==0.1.0"' in lock(beside.terra)


@pytest.mark.parametrize(
    ("backend", "layout"),
    [(SETUPTOOLS, "src/terra_labels"), (SETUPTOOLS, "terra_labels"), (HATCHLING, "src/terra_labels")],
    ids=["setuptools src", "setuptools flat", "hatchling src"],
)
def test_an_editable_install_is_read_afresh(backend: str, layout: str, tmp_path: Path, isolated: Path) -> None:
    project = tmp_path / "a project"
    files = {path.replace("terra_labels", layout, 1): text for path, text in FILES.items()}
    write_files(project, {"pyproject.toml": PYPROJECT + backend, **files})
    beside = Beside(tmp_path / "venv", isolated / "work")
    beside.install("--no-deps", "--editable", str(project))
    terra = beside.terra
    terra("--offline", "add", "labels")
    home = os.path.relpath(project / layout, terra.cwd)
    assert f'registry = "installed"\nsource = "file:{home}//payload"\n' in lock(terra)
    (project / layout / "payload/main.tf").write_text(f"{MAIN}# edited\n")
    assert "1 replaced" in terra("--offline", "add", "labels").out
    shown = terra("--json", "list", "--installed").json["installed"]
    assert [each["editable"] for each in shown] == [str(project)]
    assert "`file`, allowed: `pypi`" in _under_policy(terra, 'allow-sources = ["pypi"]').err


def test_an_editable_install_of_a_plugins_own_folder(tmp_path: Path, isolated: Path) -> None:
    project = tmp_path / "labels"
    files = {"main.tf": MAIN, "terra-plugin.toml": MANIFEST.format(name="labels"), "src/terra_labels/__init__.py": RUNS}
    write_files(project, {"pyproject.toml": PYPROJECT + SETUPTOOLS, **files})
    beside = Beside(tmp_path / "venv", isolated / "work")
    beside.install("--no-deps", "--editable", str(project))
    beside.terra("--offline", "add", "labels")
    assert f'source = "file:{os.path.relpath(project, beside.terra.cwd)}"' in lock(beside.terra)
    assert (beside.terra.cwd / "plugins/labels/main.tf").read_text() == MAIN


def test_an_example_plugin_is_the_same_however_it_is_installed(terra: Terra, tmp_path: Path, isolated: Path) -> None:
    """A wheel of hatch-terra, an editable install of it, and the folder itself have one tree."""
    folder = tmp_path / "aws-s3"
    shutil.copytree(PLUGINS / "aws-s3", folder)
    terra("add", str(folder))
    target = str(tmp_path / "site")
    _pip("install", "--quiet", "--no-index", "--no-deps", "--target", target, str(built_plugins()["aws-s3"]))
    from_wheel = Terra(terra.program, isolated / "wheel")
    from_wheel.cwd.mkdir()
    from_wheel("--offline", "add", "aws-s3", PYTHONPATH=target)
    assert 'source = "pypi:terra-aws-s3==0.1.0"' in lock(from_wheel)
    beside = Beside(tmp_path / "venv", isolated / "home")
    beside.install("--no-deps", "--editable", str(folder))
    beside.terra("--offline", "add", "aws-s3")
    assert f'source = "file:{os.path.relpath(folder, beside.terra.cwd)}"' in lock(beside.terra)
    assert tree_of(terra) == tree_of(from_wheel) == tree_of(beside.terra)
    with (folder / "main.tf").open("a") as stream:
        stream.write("# edited\n")
    assert "1 replaced" in beside.terra("--offline", "add", "aws-s3").out


def _under_policy(terra: Terra, line: str) -> Ended:
    manifest = terra.cwd / "terra.toml"
    manifest.write_text(f"{manifest.read_text()}\n[policy]\n{line}\n")
    return terra("--offline", "add", "labels", exit=5)


def test_what_cannot_be_a_plugin_is_said_and_hides_nothing(terra: Terra, site: Path) -> None:
    info = site / "terra_odd-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: terra-odd\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[terra.plugins]\nODD = terra_odd\n")
    ended = terra("list", "--installed", PYTHONPATH=str(site))
    assert "labels" in ended.out
    assert "`terra-odd` is installed and its entry point `ODD` is no plugin" in ended.err


def test_a_version_that_cannot_be_ordered(terra: Terra, tmp_path: Path) -> None:
    name, data = wheel("terra_labels", "0.1.0.post1", {"labels": "terra_labels"}, FILES)
    (tmp_path / name).write_bytes(data)
    _pip("install", "--quiet", "--no-index", "--no-deps", "--target", str(tmp_path / "site"), str(tmp_path / name))
    ended = terra("add", "labels", exit=2, PYTHONPATH=str(tmp_path / "site"))
    assert "expected a version that can be ordered, got `0.1.0.post1`" in ended.err
    listed = json.loads(terra("--json", "list", "--installed", PYTHONPATH=str(tmp_path / "site")).out)
    assert listed["installed"][0]["version"] == "0.1.0.post1"


@pytest.mark.parametrize("is_editable", [False, True])
def test_what_calls_itself_installed_in_a_document_is_not_copied(
    terra: Terra, tmp_path: Path, isolated: Path, is_editable: bool
) -> None:
    """Only the plugin host says where distributions are: a document could name any folder of the machine."""
    name, data = wheel("terra_labels", "0.1.0", {"labels": "terra_labels"}, FILES)
    (tmp_path / name).write_bytes(data)
    site = terra.cwd / "theirs"
    _pip("install", "--quiet", "--no-index", "--no-deps", "--target", str(site), str(tmp_path / name))
    info = site / "terra_labels-0.1.0.dist-info"
    if is_editable:
        secret = isolated / "home/secret"
        write_files(secret, {"main.tf": "# a secret\n", "terra-plugin.toml": MANIFEST.format(name="labels")})
        origin = {"url": secret.as_uri(), "dir_info": {"editable": True}}
        (info / "direct_url.json").write_text(json.dumps(origin))
    source = f"installed:terra-labels==0.1.0{'//none' if is_editable else ''}"
    (info / "terra.toml").write_text(f'[plugins]\nlabels = {{ source = "{source}" }}\n')
    there = Terra(terra.program, info)
    says = [f"`{source}` is not an address to write down"]
    refused(there, "add", "labels", exit=2, says=says, hint="`terra list --installed`")
    refused(there, "add", source, exit=2, says=says, hint="`terra list --installed`")


def test_a_record_without_end_is_not_read(terra: Terra, site: Path) -> None:
    with (site / "terra_labels-0.1.0.dist-info/RECORD").open("a") as record:
        record.write("terra_labels/x,,\n" * (2 << 20))
    refused(terra, "add", "labels", exit=5, says=["`RECORD` of", "at most 32 MiB"], hint=None, PYTHONPATH=str(site))


def test_a_file_that_is_too_large_is_not_copied(terra: Terra, site: Path, isolated: Path) -> None:
    with (site / "terra_labels/payload/main.tf").open("r+b") as file:
        file.truncate(600 << 20)  # a hole: it takes no room
    says = ["`terra_labels/payload/main.tf` of", "expected at most 512 MiB of files, got more"]
    refused(terra, "add", "labels", exit=5, says=says, hint=None, PYTHONPATH=str(site))
