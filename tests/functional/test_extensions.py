"""The example extension beside terra, installed by the real pip; and extensions that are broken."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from support.beside import ROOT, Beside
from support.packages import packed
from support.project import MAIN

if TYPE_CHECKING:
    from pathlib import Path

    from support.project import Terra, Workspace

EXAMPLE = ROOT / "docs" / "examples" / "extension"
pytestmark = pytest.mark.skipif(os.name != "posix", reason="the environments of these tests are POSIX ones")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Beside:
    """An environment with terra and the example, for all tests here: they change nothing in it."""
    folder = tmp_path_factory.mktemp("beside")
    beside = Beside(folder / "venv", folder)
    beside.install(str(EXAMPLE))
    return beside


@pytest.fixture
def beside(installed: Beside, isolated: Path) -> Beside:
    installed.terra.cwd = isolated / "work"
    return installed


@pytest.fixture
def depot(isolated: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = isolated / "depot"
    folder.mkdir()
    for version in ("0.1.0", "0.2.0", "0.3.0-rc.1"):
        put(folder, "labels", version)
    monkeypatch.setenv("DEPOT_FOLDER", str(folder))
    return folder


def put(depot: Path, name: str, version: str, *, checksum: bool = True) -> Path:
    manifest = f'[plugin]\nname = "{name}"\nversion = "{version}"\n'
    data = packed({"main.tf": f"{MAIN}# {version}\n", "terra-plugin.toml": manifest}, ".zip")
    path = depot / f"{name}-{version}.zip"
    path.write_bytes(data)
    if checksum:
        (depot / f"{path.name}.sha256").write_text(f"{hashlib.sha256(data).hexdigest()}  {path.name}\n")
    return path


def locked(beside: Beside) -> str:
    return (beside.terra.cwd / "terra.lock").read_text()


def distribution(folder: Path, name: str, entry: str, **modules: str) -> str:
    """Write an installed distribution of one extension; return what goes into PYTHONPATH."""
    info = folder / f"{name.replace('-', '_')}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[terra.extensions]\n{entry}\n")
    for module, text in modules.items():
        (folder / f"{module}.py").write_text(text)
    return str(folder)


def test_its_scheme_brings_the_newest_release_and_locks_that(beside: Beside, depot: Path) -> None:
    ended = beside.terra("add", "depot:labels")
    assert "0.2.0" in ended.out
    assert ended.err == ""
    assert 'source = "depot:labels/0.2.0"' in locked(beside)
    put(depot, "labels", "0.4.0")
    assert "same files" in beside.terra("add", "depot:labels").out
    assert 'source = "depot:labels/0.2.0"' in locked(beside)
    assert "0.2.0 -> 0.4.0" in beside.terra("add", "depot:labels/0.4.0").out


def test_a_registry_can_name_its_scheme(beside: Beside, depot: Path, workspace: Workspace) -> None:
    registry = workspace.write([{"name": "labels", "source": "depot:labels/0.1.0"}])
    beside.terra("add", "labels", "--registry", str(registry))
    assert 'source = "depot:labels/0.1.0"' in locked(beside)


def test_its_errors_are_terras(beside: Beside, depot: Path) -> None:
    error = beside.terra("--json", "add", "depot:labels/9.9.9", exit=3).json["error"]
    assert error["code"] == "not-found"
    assert "`depot:labels/0.1.0`" in error["hint"]
    put(depot, "labels", "0.1.0").write_bytes(b"other bytes")
    assert "another checksum" in beside.terra("add", "depot:labels/0.1.0", exit=5).err


def test_its_checksum_is_a_promise(beside: Beside, depot: Path) -> None:
    (beside.terra.cwd / "terra.toml").write_text('[project]\nname = "x"\n[policy]\nrequire-checksum = true\n')
    beside.terra("add", "depot:labels")
    put(depot, "other", "0.1.0", checksum=False)
    assert "comes without a checksum" in beside.terra("add", "depot:other", exit=5).err


def test_its_veto_refuses_from_any_source_and_from_the_cache(
    beside: Beside, workspace: Workspace, isolated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive, checksum = workspace.archive("bucket", {"main.tf": MAIN})
    allowed = isolated / "allowed.txt"
    allowed.write_text("aws-*  # reviewed\nbuck*\n")
    monkeypatch.setenv("DEPOT_ALLOWED", str(allowed))
    words = ("add", str(archive), "--checksum", checksum)
    beside.terra(*words)
    allowed.write_text("aws-*\n")
    ended = beside.terra("--json", *words, exit=5)
    assert ended.json["error"]["code"] == "policy"
    said = ended.json["error"]["message"]
    assert said == (
        "`bucket@0.0.0` is refused by the extension `depot` of `terra-source-depot`: "
        f"`bucket` is not on the list `{allowed}`"
    )
    allowed.unlink()
    assert "it failed with FileNotFoundError" in beside.terra(*words, exit=5).err


@pytest.mark.parametrize("left_out", ["depot", "other, terra_source.depot", "*"])
def test_it_can_be_left_out(beside: Beside, depot: Path, left_out: str) -> None:
    ended = beside.terra("add", "depot:labels", exit=2, TERRA_DISABLE_EXTENSIONS=left_out)
    assert "the scheme `depot`, which no source answers for" in ended.err
    assert "the schemes here are `file:`" in ended.err
    beside.terra("add", "depot:labels", TERRA_DISABLE_EXTENSIONS="other")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("import not_there\n", "ModuleNotFoundError: No module named 'not_there'"),
        ("def (:\n", "SyntaxError: invalid syntax"),
        ("import sys\nsys.exit(0)\n", "SystemExit: 0"),
        ("", "it has no hook of terra"),
    ],
)
def test_a_broken_one_is_reported_and_left_out(
    beside: Beside, depot: Path, tmp_path: Path, text: str, why: str
) -> None:
    path = distribution(tmp_path, "terra-broken", "broken = broken_extension", broken_extension=text)
    ended = beside.terra("add", "depot:labels", PYTHONPATH=path)
    assert ended.err.count("the extension `broken` of `terra-broken` is broken and left out: ") == 1
    assert why in ended.err
    assert 'source = "depot:labels/0.2.0"' in locked(beside)


CURIOUS = """
import os
from pathlib import Path
from terra.spec import hookimpl

print("imported")
Path(os.environ["WITNESS"]).touch()

@hookimpl
def terra_after_apply(application):
    print("applied")
"""


def test_an_extension_is_imported_when_it_is_needed_and_keeps_stdout_clean(
    beside: Beside, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    witness = tmp_path / "witness"
    monkeypatch.setenv("WITNESS", str(witness))
    path = distribution(tmp_path / "site", "terra-curious", "curious = curious", curious=CURIOUS)
    registry = str(workspace.simple("labels"))
    for words in (["--version"], ["list"], ["list", "--installed"], ["info", "nothing"], ["registry", "list"]):
        beside.terra(*words, exit=None, PYTHONPATH=path)
    assert not witness.exists()
    ended = beside.terra("--json", "add", "labels", "--registry", registry, PYTHONPATH=path)
    assert ended.json["changes"]
    assert witness.exists()
    assert ended.err.split() == ["imported", "applied"]


FAULTY = """
from pathlib import Path
from terra.spec import hookimpl, Listing

class Faulty:
    schemes = ("faulty",)
    kind = "faulty"
    location = label = "faulty"

    def check(self, order):
        print("checked")

    def admits(self, asked, held):
        return {}["admits"]

    def fetch(self, order, tools):
        Path("/nowhere/x.zip").read_bytes()

    def open(self, order, tools):
        return {}["open"] if order.label == "closed" else self

    def find(self, name):
        return {}["find"]

    def names(self):
        return {}["names"]

@hookimpl
def terra_register_source():
    return Faulty()

@hookimpl
def terra_register_registry():
    return Faulty()
"""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "faulty:x"), "`fetch` of `faulty:x`: FileNotFoundError: [Errno 2]"),
        (("add", "x"), "`find` of `x` in `corp`: KeyError: 'find'"),
        (("info", "x"), "`find` of `x` in `corp`: KeyError: 'find'"),
        (("add", "x", "--registry", "closed"), "`open` of `closed`: KeyError: 'open'"),
    ],
)
def test_a_failure_in_its_code_is_no_bug_of_terras(
    beside: Beside, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    labels = ("corp", "closed")
    tables = "".join(f'[registries.{each}]\nkind = "faulty"\nurl = "https://{each}.example/"\n' for each in labels)
    (beside.terra.cwd / "terra.toml").write_text(f'[project]\nname = "x"\n{tables}')
    path = distribution(tmp_path, "terra-faulty", "faulty = faulty_extension", faulty_extension=FAULTY)
    error = beside.terra("--json", *words, exit=1, PYTHONPATH=path).json["error"]
    assert error["message"].startswith(f"the extension `faulty` of `terra-faulty` failed: {said}")
    assert (error["code"], error["subjects"]) == ("failed", ["faulty"])
    assert "Traceback" not in beside.terra(*words, exit=1, PYTHONPATH=path).err
    shown = beside.terra("-v", *words, exit=1, PYTHONPATH=path).err
    assert "Traceback" in shown
    assert "faulty_extension.py" in shown


def test_a_failure_at_a_locked_address_is_no_bug_of_terras(
    beside: Beside, workspace: Workspace, tmp_path: Path
) -> None:
    path = distribution(tmp_path, "terra-faulty", "faulty = faulty_extension", faulty_extension=FAULTY)
    beside.terra("add", str(workspace.plugin("x")))
    lock = beside.terra.cwd / "terra.lock"
    source = next(line for line in lock.read_text().splitlines() if line.startswith("source = "))
    lock.write_text(lock.read_text().replace(source, 'source = "faulty:x/1"'))
    ended = beside.terra("add", "faulty:x", exit=1, PYTHONPATH=path)
    assert "the extension `faulty` of `terra-faulty` failed: `admits` of `faulty:x`: KeyError: 'admits'" in ended.err


SLOW = """
import os, time
from pathlib import Path
from terra.spec import hookimpl

@hookimpl
def terra_after_apply(application):
    Path(os.environ["WITNESS"]).touch()
    time.sleep(60)
"""


def test_what_it_does_after_an_apply_can_be_interrupted(beside: Beside, workspace: Workspace, tmp_path: Path) -> None:
    path = distribution(tmp_path / "site", "terra-slow", "slow = slow_extension", slow_extension=SLOW)
    witness, registry = tmp_path / "witness", str(workspace.simple("labels"))
    run = subprocess.Popen(
        [str(beside.terra.program), "add", "labels", "--registry", registry],
        cwd=beside.terra.cwd,
        env={**os.environ, "PYTHONPATH": path, "WITNESS": str(witness)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        while not witness.exists() and run.poll() is None:
            time.sleep(0.02)
        run.send_signal(signal.SIGINT)
        _, err = run.communicate(timeout=30)  # long before it would end by itself
    finally:
        run.kill()
        run.wait()
    assert run.returncode == 130
    assert "the project is written, and the extension `slow` of `terra-slow` was still at work on it" in err
    assert (beside.terra.cwd / "plugins/labels/main.tf").read_text() == MAIN
    assert 'id = "labels@0.1.0"' in locked(beside)


LOST = """
import os
from terra.spec import hookimpl

@hookimpl
def terra_register_source():
    return os.environ["NOT_SET"]

@hookimpl
def terra_verify_release(release):
    return None
"""


def test_a_veto_that_cannot_be_asked_refuses(beside: Beside, workspace: Workspace, tmp_path: Path) -> None:
    path = distribution(tmp_path, "terra-lost", "lost = lost_extension", lost_extension=LOST)
    words = ("add", "labels", "--registry", str(workspace.simple("labels")))
    ended = beside.terra(*words, exit=5, PYTHONPATH=path)
    said = (
        "`labels@0.1.0` is refused by the extension `lost` of `terra-lost`: its `terra_verify_release` cannot be asked"
    )
    assert said in ended.err
    assert "KeyError: 'NOT_SET'" in ended.err
    assert "`TERRA_DISABLE_EXTENSIONS=lost` leaves it out" in ended.err
    assert not (beside.terra.cwd / "plugins").exists()
    beside.terra(*words, PYTHONPATH=path, TERRA_DISABLE_EXTENSIONS="lost")


EVIL = "import os\nfrom pathlib import Path\nPath(os.environ['WITNESS']).touch()\n"


@pytest.mark.parametrize("entry", [None, ".", "", "lib/..", "{cwd}", "{cwd}/lib/..", "{site}"])
def test_a_clone_brings_no_extension_along(terra: Terra, isolated: Path, tmp_path: Path, entry: str | None) -> None:
    """`python -m terra` and a relative PYTHONPATH mean the folder of whatever was cloned."""
    (terra.cwd / ".git").mkdir()
    (terra.cwd / "lib").mkdir()
    witness, users = tmp_path / "witness", tmp_path / "users"
    site = users if entry == "{site}" else terra.cwd
    distribution(site, "evil", "evil = evil_extension", evil_extension=EVIL)
    argv = [str(terra.program)] if entry is not None else [sys.executable, "-m", "terra"]
    environment = {**os.environ, "WITNESS": str(witness)}
    if entry is not None:
        written = entry.format(cwd=terra.cwd, site=users)
        environment["PYTHONPATH"] = f"{written}{os.pathsep}{tmp_path}"
    argv += ["add", "evil:x"]
    ended = subprocess.run(argv, cwd=terra.cwd, env=environment, capture_output=True, timeout=60, check=False)
    assert b"has the scheme `evil`" in ended.stderr
    assert witness.exists() == (entry == "{site}")
