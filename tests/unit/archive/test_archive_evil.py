"""The 232 hostile archives, where the workshop that makes them is beside the checkout."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from terra.archive.payload import open_payload
from terra.archive.reader import extract
from terra.errors import TerraError
from terra.model.stages import Fetched

MAKER = Path(__file__).parents[4] / "shared/security/evil_archives.py"
FORMS = {"tar": "tar", "tgz": "tar.gz", "zip": "zip", "whl": "whl", "sdist": "tar.gz", "npm": "tar.gz"}
# The policy files among them that are refused; every other one is left out of the payload.
ACTING = ("terragrunt.hcl", "x.auto.tfvars", "main_override.tf")

pytestmark = pytest.mark.skipif(
    not MAKER.exists(), reason="the hostile archives are not beside this checkout, and a clone alone is enough"
)


@pytest.fixture(scope="session")
def evil(tmp_path_factory):
    folder = tmp_path_factory.mktemp("evil")
    canary = tmp_path_factory.mktemp("canary") / "bird"
    subprocess.run(
        [sys.executable, MAKER, folder, "--canary", canary, "--bomb-mib", "80"], check=True, capture_output=True
    )
    return folder, json.loads((folder / "manifest.json").read_text()), canary


def is_empty(folder: Path) -> bool:
    return not folder.exists() or not any(folder.iterdir())


def refused(case, path: Path, dest: Path) -> str | None:
    """Return what went wrong with a case that must be refused, or None."""
    form = FORMS[case["kind"]]
    try:
        files = extract(path, form, dest / "extracted")
    except TerraError as error:
        good = error.exit == 5 and is_empty(dest / "extracted") and path.name in error.message
        return None if good else f"refused badly: {error}"
    if case["name"] == "tar/symlink-inside":
        copied = {file.path: file.sha256 for file in files}
        return None if copied["alias.tf"] == copied["main.tf"] else "is not a copy"
    try:
        staged = open_payload(Fetched(path, form, file_name=path.name), dest / "payload")
    except TerraError as error:
        return None if error.exit == 5 and is_empty(dest / "payload") else f"refused badly: {error}"
    if case["category"] == "policy" and [file.path for file in staged.tree.files] == ["main.tf"]:
        return None
    return "accepted"


def test_every_hostile_archive_is_refused_and_leaves_nothing(evil, tmp_path):
    folder, manifest, canary = evil
    failures = []
    cases = [case for case in manifest["cases"] if case["expected"] == "reject"]
    for number, case in enumerate(cases):
        wrong = refused(case, folder / case["file"], tmp_path / str(number))
        if wrong:
            failures.append(f"{case['name']}: {wrong}")
    assert (failures, len(cases), canary.exists()) == ([], 212, False)
    # nothing was written beside the destinations either
    assert {path.name for path in tmp_path.glob("*/*")} <= {"extracted", "payload"}


def test_every_safe_archive_is_extracted_exactly(evil, tmp_path):
    folder, manifest, canary = evil
    failures = []
    cases = [case for case in manifest["cases"] if case["expected"] == "safe"]
    for number, case in enumerate(cases):
        dest = tmp_path / str(number)
        files = {file.path: file.sha256 for file in extract(folder / case["file"], FORMS[case["kind"]], dest)}
        on_disk = {path.relative_to(dest).as_posix() for path in dest.rglob("*") if path.is_file()}
        if case.get("files", files) != files or on_disk != set(files):
            failures.append(case["name"])
    assert (failures, len(cases), canary.exists()) == ([], 20, False)


def test_files_that_act_on_a_project_are_refused_and_other_policy_files_left_out(evil, tmp_path):
    folder, manifest, _ = evil
    for number, case in enumerate(case for case in manifest["cases"] if case["category"] == "policy"):
        fetched = Fetched(folder / case["file"], FORMS[case["kind"]])
        if case["why"].startswith(ACTING):
            with pytest.raises(TerraError) as error:
                open_payload(fetched, tmp_path / str(number))
            assert error.value.code == "payload"
        else:
            staged = open_payload(fetched, tmp_path / str(number))
            assert staged.left_out[0].path.strip("/") in case["why"]


def test_no_archive_needs_more_than_64_mib(evil, tmp_path):
    folder, manifest, _ = evil
    program = textwrap.dedent("""
        import re, sys
        from pathlib import Path
        from terra.archive.reader import extract
        from terra.errors import TerraError
        for number, line in enumerate(sys.stdin.read().splitlines()):
            path, form = line.split("\\t")
            try:
                extract(Path(path), form, Path(sys.argv[1]) / str(number))
            except TerraError:
                pass
        # Not ru_maxrss: that counts what the parent used before the exec.
        print(re.search(r"VmHWM:\\s+([0-9]+) kB", Path("/proc/self/status").read_text())[1])
    """)
    # Of all cases in one process, so that each alone is below it too.
    lines = "\n".join(f"{folder / case['file']}\t{FORMS[case['kind']]}" for case in manifest["cases"])
    argv = [sys.executable, "-c", program, tmp_path / "out"]
    done = subprocess.run(argv, input=lines, capture_output=True, text=True, check=True)
    assert int(done.stdout) / 1024 < 64
