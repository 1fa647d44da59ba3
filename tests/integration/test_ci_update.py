"""`hooks/ci/update` on a real repository: a branch for each outdated plugin, with a request for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from support.project import Terra, Workspace, snapshot, write_files

SCRIPT = Path(__file__).parents[2] / "hooks" / "ci" / "update"
NAMES = ("aws-s3", "acme/vpc")
pytestmark = pytest.mark.usefixtures("git_identity")


def git(folder: Path, *words: str) -> str:
    ended = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, check=True, timeout=60)
    return ended.stdout.strip()


@pytest.fixture
def project(terra: Terra, isolated: Path) -> Path:
    """A repository with a registry and a project in it; two of three plugins are outdated. `origin` is bare."""
    workspace, entries = Workspace(terra.cwd / "registry"), []
    for name in (*NAMES, "naming"):
        versions = {}
        for version in ("0.1.0", "0.2.0") if name in NAMES else ("0.1.0",):
            folder = workspace.folder / name.replace("/", "-") / version
            write_files(
                folder,
                {
                    "main.tf": f'variable "v{version[2]}" {{\n  type = string\n}}\n',
                    "CHANGELOG.md": f"## {version}\n- of {name}\n",
                    "terra-plugin.toml": f'[plugin]\nname = "{name}"\nversion = "{version}"\n',
                },
            )
            versions[version] = {"source": f"workspace:{name.replace('/', '-')}/{version}"}
        entries.append({"name": name, "versions": versions})
    workspace.write({"terra-registry": 1, "name": "acme", "plugins": entries})
    folder = terra.cwd / "infra"
    folder.mkdir()
    (folder / "terra.toml").write_text('[registries.acme]\nurl = "../registry"\n')
    terra("add", *(f"{name}@0.1.0" for name in (*NAMES, "naming")), cwd=folder)
    text = (folder / "terra.toml").read_text()
    (folder / "terra.toml").write_text(text.replace('"0.1.0"', '">=0.1,<1"'))
    git(terra.cwd, "init", "-q", "-b", "main")
    git(terra.cwd, "add", "-A")
    git(terra.cwd, "commit", "-qm", "first")
    git(isolated, "init", "-q", "--bare", "origin.git")
    git(terra.cwd, "remote", "add", "origin", str(isolated / "origin.git"))
    return folder


def update(terra: Terra, project: Path, *words: str, exit: int = 0, **environment: str) -> str:
    argv = [sys.executable, str(SCRIPT), "--terra", str(terra.program), *words]
    ended = subprocess.run(
        argv, cwd=project, env={**os.environ, **environment}, capture_output=True, text=True, timeout=120, check=False
    )
    assert ended.returncode == exit, ended.stdout + ended.stderr
    assert git(project, "worktree", "list").count("\n") == 0, "nothing is left of the work"
    return ended.stdout


def branches(folder: Path) -> list[str]:
    return git(folder, "for-each-ref", "--format=%(refname:short)", "refs/heads").split()


def test_one_branch_for_each_plugin(terra: Terra, project: Path) -> None:
    (project / "draft.tf").write_text("# not committed\n")
    files = {path: digest for path, digest in snapshot(terra.cwd).items() if not path.startswith(".git/")}
    said = update(terra, project)
    assert branches(project) == ["main", "terra/infra/acme--vpc", "terra/infra/aws-s3"]
    assert "terra/infra/aws-s3: Update aws-s3 from 0.1.0 to 0.2.0" in said
    assert {path: digest for path, digest in snapshot(terra.cwd).items() if not path.startswith(".git/")} == files
    for branch, name in (("terra/infra/aws-s3", "aws-s3"), ("terra/infra/acme--vpc", "acme/vpc")):
        assert git(project, "rev-list", "--count", f"main..{branch}") == "1"
        changed = git(project, "diff", "--name-only", "--no-relative", f"main...{branch}").split()
        inside = [f"infra/plugins/{name}/{each}" for each in ("CHANGELOG.md", "main.tf")]
        assert changed == [*inside, "infra/terra.lock"]
        lock = git(project, "diff", "--unified=0", f"main...{branch}", "--", "terra.lock")
        assert f'-id = "{name}@0.1.0"' in lock
        assert f'+id = "{name}@0.2.0"' in lock
        assert lock.count("+id =") == 1, "of this plugin alone"


def test_an_update_that_would_lose_an_edit_stops_no_other(terra: Terra, project: Path) -> None:
    (project / "plugins/aws-s3/main.tf").write_text('variable "mine" {\n  type = number\n}\n')
    git(project, "commit", "-qam", "mine")
    said = update(terra, project, "--reports", "../reports", exit=1)
    assert "aws-s3: not updated" in said
    assert "plugins/aws-s3/main.tf: " in said
    assert branches(project) == ["main", "terra/infra/acme--vpc"]
    reports = {each.name: each.read_text() for each in (project.parent / "reports").iterdir()}
    assert sorted(reports) == ["acme--vpc.md", "aws-s3.md"]
    assert "**Conflicts, nothing can be written:** `plugins/aws-s3/main.tf`" in reports["aws-s3.md"]


def test_pushed_and_requested_once(terra: Terra, project: Path, isolated: Path) -> None:
    out, origin = isolated / "requests", isolated / "origin.git"
    command = f'echo "$REQUEST_BASE $REQUEST_BRANCH $REQUEST_TITLE" >> {out}; cat "$REQUEST_REPORT" >> {out}.md'
    words, environment = ("aws-s3", "--push", "origin", "--prefix", "up/"), {"OPEN_REQUEST": command}
    update(terra, project, *words, **environment)
    assert branches(origin) == ["up/infra/aws-s3"]
    assert out.read_text() == "main up/infra/aws-s3 Update aws-s3 from 0.1.0 to 0.2.0\n"
    report = Path(f"{out}.md").read_text()
    assert "- `v2` of type `string`" in report
    assert "- of aws-s3" in report
    pushed = git(origin, "rev-parse", "up/infra/aws-s3")
    update(terra, project, *words, **environment)
    assert git(origin, "rev-parse", "up/infra/aws-s3") == pushed
    assert out.read_text().count("\n") == 1, "nothing new, no second request"
    (project / "main.tf").write_text("# more\n")
    git(project, "add", "-A")
    git(project, "commit", "-qm", "more")
    update(terra, project, *words, **environment)
    assert git(origin, "merge-base", "--is-ancestor", git(project, "rev-parse", "main"), "up/infra/aws-s3") == ""
    assert out.read_text().count("\n") == 2


@pytest.mark.parametrize("where", ["here", "remote"])
def test_a_branch_with_somebody_elses_commit_is_left_alone(
    terra: Terra, project: Path, isolated: Path, where: str
) -> None:
    update(terra, project, "aws-s3", "--push", "origin")
    git(project, "checkout", "-q", "terra/infra/aws-s3")
    (project / "fix.tf").write_text("# a fix\n")
    git(project, "add", "-A")
    git(project, "commit", "-qm", "a fix")
    theirs = git(project, "rev-parse", "HEAD")
    git(project, "checkout", "-q", "main")
    if where == "remote":
        git(project, "push", "-q", "origin", "terra/infra/aws-s3")
        git(project, "branch", "-q", "-D", "terra/infra/aws-s3")
    said = update(terra, project, "aws-s3", "--push", "origin")
    assert "somebody else has committed" in said
    holder = project if where == "here" else isolated / "origin.git"
    assert git(holder, "rev-parse", "terra/infra/aws-s3") == theirs


def test_nothing_is_outdated(terra: Terra, project: Path) -> None:
    assert update(terra, project, "naming") == "nothing is outdated\n"
    assert branches(project) == ["main"]


def test_a_name_that_the_project_does_not_have(terra: Terra, project: Path) -> None:
    said = update(terra, project, "aws-s4", "naming", "aws-s3", exit=2)
    assert said == "error: aws-s4: not locked in this project, which `terra list` shows\n"
    assert branches(project) == ["main"]


def test_a_ref_of_git_that_moved(terra: Terra, project: Path, isolated: Path) -> None:
    source = isolated / "source"
    write_files(source, {"main.tf": "# one\n"})
    git(source, "init", "-q", "-b", "main")
    git(source, "add", "-A")
    git(source, "commit", "-qm", "one")
    terra("add", f"git:{source.as_uri()}?ref=main", "--as", "moving", cwd=project)
    git(project, "add", "-A")
    git(project, "commit", "-qm", "moving")
    assert update(terra, project, "moving") == "nothing is outdated\n"
    (source / "main.tf").write_text("# two\n")
    git(source, "commit", "-qam", "two")
    assert "terra/infra/moving: Update moving\n" in update(terra, project, "moving")
    assert git(project, "show", "terra/infra/moving:./plugins/moving/main.tf") == "# two"
    assert update(terra, project, "moving", "--latest") == "terra/infra/moving: as before\n"


def test_a_request_that_fails(terra: Terra, project: Path) -> None:
    said = update(terra, project, "aws-s3", exit=1, OPEN_REQUEST="exit 9")
    assert "OPEN_REQUEST ended with 9" in said


def test_where_it_cannot_work(terra: Terra, project: Path, isolated: Path) -> None:
    assert "error:" in update_outside(terra, isolated)
    assert "`git rev-parse" in update(terra, project, "--base", "nope", exit=2)


def update_outside(terra: Terra, folder: Path) -> str:
    argv = [sys.executable, str(SCRIPT), "--terra", str(terra.program), "--project", str(folder)]
    ended = subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 2
    return ended.stdout
