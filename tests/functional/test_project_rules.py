"""What `terra add` does to a project: its documents, its sets, the user's files, git, the cache, the policy."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from support.components import unavailable
from support.expected import refused, warnings_of
from support.hostile_server import hostile_server
from support.packages import packed, serve, sha256
from support.project import MAIN, Terra, Workspace, snapshot, write_files

if TYPE_CHECKING:
    from pathlib import Path

REGISTRY = '[registries.here]\nurl = "../workspace"\n'
FROM = ("--registry", "../workspace")


@pytest.fixture
def project(terra: Terra) -> Path:
    """A project whose registry is the workspace."""
    (terra.cwd / "terra.toml").write_text(REGISTRY)
    return terra.cwd


def release(workspace: Workspace, version: str, files: dict[str, str | bytes]) -> None:
    """Make `vpc` in the workspace this version with these files."""
    workspace.simple("vpc")
    folder = workspace.folder / "packages/plugins/vpc"
    for each in folder.iterdir():
        each.unlink()
    workspace.plugin("vpc", files, f'[plugin]\nname = "vpc"\nversion = "{version}"\n')


def toml(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "terra.toml").read_text())


def ids(folder: Path) -> list[tuple[str, str]]:
    lock = tomllib.loads((folder / "terra.lock").read_text())
    return [(plugin.get("set", ""), plugin["id"]) for plugin in lock["plugin"]]


def git(folder: Path, *words: str, text: str | None = None) -> str:
    """Run git; return what it printed."""
    run = subprocess.run(
        ["git", *words], cwd=folder, input=text, capture_output=True, text=True, check=False, timeout=60
    )
    assert run.returncode == 0, f"git {words}: {run.stderr}"
    return run.stdout


# -- documents ------------------------------------------------------------------------------------------------


def test_project_file_is_made_where_there_is_none(terra: Terra, workspace: Workspace) -> None:
    workspace.simple("aws-s3")
    terra("add", "aws-s3", *FROM)
    assert toml(terra.cwd) == {
        "project": {"name": "work"},
        "plugins": {"aws-s3": {"version": ">=0.1.0,<0.2", "registry": "../workspace"}},
    }
    assert sorted(each.name for each in terra.cwd.iterdir()) == ["plugins", "terra.lock", "terra.toml"]


WRITTEN = """\
# ours
[project]
name = "infra" # the name
plugins-dir = "vendor/tf"

[plugins] # what we use
zeta = ">=0.1,<1" # why we need zeta
# about the next one
"my-company/vpc" = { version = "*", registry = "here" }

# how it is decided
[policy]
remote-modules = "refuse"

[registries.here]
url = "../workspace"
"""


def test_comments_and_order_survive(terra: Terra, workspace: Workspace) -> None:
    workspace.simple("zeta", "my-company/vpc", "aws-s3")
    (terra.cwd / "terra.toml").write_text(WRITTEN)
    terra("add", "aws-s3")
    added = (terra.cwd / "terra.toml").read_text()
    assert [line for line in added.splitlines() if "aws-s3" not in line] == WRITTEN.splitlines()
    assert toml(terra.cwd)["plugins"]["aws-s3"] == ">=0.1.0,<0.2"
    assert added.index('"my-company/vpc"') < added.index("aws-s3") < added.index("# how it is decided")
    assert (terra.cwd / "vendor/tf/aws-s3/main.tf").exists()


def test_changed_requirement_keeps_its_comment(terra: Terra, workspace: Workspace) -> None:
    workspace.simple("zeta", "my-company/vpc")
    (terra.cwd / "terra.toml").write_text(WRITTEN)
    terra("add", "zeta@~>0.1")
    expected = WRITTEN.replace('zeta = ">=0.1,<1" # why', 'zeta = "~>0.1" # why')
    assert (terra.cwd / "terra.toml").read_text() == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only a comment",
        '[sets.dev]\nplugins = {}\n[plugins]\n[sets.prod]\nplugins = {}\n[registries.here]\nurl = "../workspace"\n',
        'registries.here.url = "../workspace"\nplugins = {}\n',
        '\ufeff[plugins]\r\nvpc = "*"\r\n\r\n[registries.here]\r\nurl = "../workspace"\r\n',
        'plugins.vpc = "*"\n',
    ],
)
@pytest.mark.parametrize("dev", [False, True])
def test_any_layout_can_be_edited(terra: Terra, workspace: Workspace, text: str, dev: bool) -> None:
    workspace.simple("aws-s3", "vpc")
    if dev and "sets.dev" not in text:
        text += '\n[sets.dev]\ndir = "dev"\n'
    (terra.cwd / "terra.toml").write_bytes(text.encode())
    terra("add", "aws-s3", *FROM, *(("--set", "dev") if dev else ()))
    data = (terra.cwd / "terra.toml").read_bytes()
    document = tomllib.loads(data.decode("utf-8-sig"))
    held = document["sets"]["dev"] if dev else document
    assert held["plugins"]["aws-s3"]["registry"]
    assert (b"\r\n" in data) == ("\r\n" in text)
    assert terra("add", "aws-s3", *FROM, *(("--set", "dev") if dev else ())).out.startswith("= aws-s3")


def test_again_changes_nothing_at_all(terra: Terra, workspace: Workspace, project: Path) -> None:
    workspace.simple("aws-s3", "acme/vpc")
    terra("add", "aws-s3", "acme/vpc")
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in project.rglob("*") if path.is_file()}
    again = terra("add", "aws-s3", "acme/vpc")
    assert {
        path: (path.read_bytes(), path.stat().st_mtime_ns) for path in project.rglob("*") if path.is_file()
    } == before
    assert [line[:2] for line in again.out.splitlines()] == ["= ", "= "]
    assert terra("add", "aws-s3", "--json").json["modules"] == {}


def test_same_facts_give_the_same_bytes_anywhere(terra: Terra, workspace: Workspace, isolated: Path) -> None:
    workspace.simple("aws-s3", "acme/vpc")
    _, checksum = workspace.archive("dns", {"main.tf": MAIN})
    written = []
    for place in ("one", "a/b/c two"):
        root = isolated / place
        for folder in ("workspace", "project"):
            (root / folder).mkdir(parents=True)
        for path in workspace.folder.rglob("*"):
            if path.is_file():
                write_files(root, {f"workspace/{path.relative_to(workspace.folder)}": path.read_bytes()})
        words = ("../workspace/dns.zip", "acme/vpc", "aws-s3")
        order = words if place == "one" else reversed(words)
        for each in order:
            terra("add", each, *(FROM if "zip" not in each else ("--checksum", checksum)), cwd=root / "project")
        written.append((root / "project/terra.lock").read_bytes())
        assert str(isolated).encode() not in written[-1]
        assert b"202" not in written[-1].replace(b"\n  ", b"").partition(b"files")[0], "no time"
    assert written[0] == written[1]


def test_from_a_folder_below_and_by_the_project_option(terra: Terra, workspace: Workspace, project: Path) -> None:
    workspace.simple("aws-s3", "aws-sqs", "naming")
    below = project / "envs/prod"
    below.mkdir(parents=True)
    added = terra("add", "aws-s3", cwd=below)
    assert 'source = "../../plugins/aws-s3"' in added.out
    assert "`../../terra.lock`" in added.out
    terra("add", "aws-sqs", "--project", ".", cwd=below)
    terra("--project", str(project), "add", "naming", cwd=project.parent)
    assert ids(project) == [("", "aws-s3@0.1.0"), ("", "aws-sqs@0.1.0"), ("", "naming@0.1.0")]
    assert list(below.iterdir()) == []


def test_set_has_a_folder_and_a_resolution_of_its_own(terra: Terra, workspace: Workspace, project: Path) -> None:
    workspace.simple("aws-s3")
    (project / "terra.toml").write_text(f'{REGISTRY}[sets.dev]\ndir = "envs/dev/plugins"\n[sets.prod]\n')
    terra("add", "aws-s3")
    workspace.plugin("aws-s3", {"main.tf": "# new\n"}, '[plugin]\nname = "aws-s3"\nversion = "0.2.0"\n')
    terra("add", "aws-s3", "--set", "dev")
    assert ids(project) == [("", "aws-s3@0.1.0"), ("dev", "aws-s3@0.2.0")]
    assert (project / "envs/dev/plugins/aws-s3/main.tf").read_text() == "# new\n"
    assert (project / "plugins/aws-s3/main.tf").read_text() == MAIN
    assert toml(project)["sets"]["dev"]["plugins"] == {"aws-s3": ">=0.2.0,<0.3"}
    terra("add", "aws-s3", "--set", "prod")
    assert (project / "prod/plugins/aws-s3/main.tf").read_text() == "# new\n"
    listed = terra("list", "--set", "dev", "--json").json["plugins"]
    assert [(each["set"], each["version"]) for each in listed] == [("dev", "0.2.0")]
    assert len(terra("list", "--json").json["plugins"]) == 3
    assert 'source = "./envs/dev/plugins/aws-s3"' in terra("module", "aws-s3", "--set", "dev").out


def test_exclude_of_the_project(terra: Terra, workspace: Workspace, project: Path) -> None:
    release(workspace, "1.0.0", {"main.tf": MAIN, "README.md": "#\n"})
    write_files(workspace.folder / "packages/plugins/vpc", {"docs/a/b.md": "#\n"})
    (project / "terra.toml").write_text(
        f'{REGISTRY}[plugins]\nvpc = {{ version = "*", exclude = ["docs/**", "*.md"] }}\n'
    )
    terra("add", "vpc")
    assert sorted(snapshot(project / "plugins/vpc")) == ["main.tf"]
    assert toml(project)["plugins"]["vpc"] == {"version": "*", "exclude": ["docs/**", "*.md"]}
    listed = terra("list", "--json").json["plugins"][0]
    assert (listed["edited"], listed["missing"]) == ([], [])


# -- dry runs -------------------------------------------------------------------------------------------------


def test_dry_run_writes_nothing(terra: Terra, workspace: Workspace, project: Path) -> None:
    workspace.simple("aws-s3")
    before = snapshot(project)
    said = terra("add", "aws-s3", "--dry-run")
    assert "2 new in plugins/aws-s3" in said.out
    assert "Nothing was written" in said.out
    document = terra("add", "aws-s3", "--dry-run", "--json").json
    assert document["dry_run"] is True
    assert {each["action"] for each in document["changes"][0]["files"]} == {"create"}
    assert snapshot(project) == before


@pytest.fixture
def repository(project: Path, git_identity: None) -> Path:
    git(project, "init", "-q")
    return project


AWKWARD: dict[str, str | bytes] = {
    "main.tf": MAIN,
    "empty.tf": "",
    "no newline.txt": "text without an end",
    "crlf.txt": b"one\r\ntwo\r\n",
    "form feed.txt": b"one\x0ctwo\xe2\x80\xa8three\rfour\n",
    "bom.txt": b"\xef\xbb\xbftext\n",
    "binary.bin": b"\0\1\2" * 100,
    "ünï/cödé.md": "# ü\n",
}


def patched(folder: Path, diff: str) -> dict[str, str]:
    """Return what git makes of the folder by the diff."""
    copy = folder.parent / "copy"
    git(folder.parent, "clone", "-q", str(folder), str(copy))
    git(copy, "apply", "-", text=diff)
    return {path: digest for path, digest in snapshot(copy).items() if not path.startswith(".git/")}


@pytest.mark.parametrize("how", ["text", "json"])
def test_diff_is_what_git_applies(terra: Terra, workspace: Workspace, repository: Path, how: str) -> None:
    text_only = {path: data for path, data in AWKWARD.items() if path != "binary.bin"}
    release(workspace, "1.0.0", {"main.tf": "# old\n", "gone.md": "old\n", "empty.tf": "no longer\n"})
    terra("add", "vpc")
    git(repository, "add", "-A")
    git(repository, "-c", "core.safecrlf=false", "commit", "-qm", "first")
    before = snapshot(repository)
    release(workspace, "2.0.0", {path: data for path, data in text_only.items() if "/" not in path})
    write_files(workspace.folder / "packages/plugins/vpc", {"ünï/cödé.md": "# ü\n"})
    words = ("add", "vpc@2.0.0", "--diff")
    diff = terra(*words).out if how == "text" else terra(*words, "--json").json["diff"]
    assert snapshot(repository) == before
    applied = patched(repository, diff)
    terra("add", "vpc@2.0.0")
    assert applied == {path: digest for path, digest in snapshot(repository).items() if not path.startswith(".git/")}


def test_diff_of_a_binary_file_is_named(terra: Terra, workspace: Workspace, repository: Path) -> None:
    release(workspace, "1.0.0", {"main.tf": MAIN, "binary.bin": AWKWARD["binary.bin"]})
    said = terra("add", "vpc", "--diff")
    assert "Binary files" in said.out
    assert "binary.bin" in said.out


# -- the user's files -----------------------------------------------------------------------------------------


def test_files_of_the_user_survive_everything(terra: Terra, workspace: Workspace, project: Path) -> None:
    release(workspace, "1.0.0", {"main.tf": MAIN, "old.tf": "# old\n"})
    terra("add", "vpc")
    own = {"plugins/vpc/backend.tf": "# mine\n", "plugins/vpc/prod.tfvars": "x = 1\n", "plugins/vpc/sub/a.tf": "#\n"}
    write_files(project, own)
    release(workspace, "2.0.0", {"main.tf": "# two\n"})
    terra("add", "vpc@2.0.0", "--overwrite")
    assert {path: (project / path).read_text() for path in own} == own
    assert (project / "plugins/vpc/main.tf").read_text() == "# two\n"
    assert not (project / "plugins/vpc/old.tf").exists()


def test_edited_file_survives_the_same_again(terra: Terra, workspace: Workspace, project: Path) -> None:
    release(workspace, "1.0.0", {"main.tf": MAIN})
    terra("add", "vpc")
    (project / "plugins/vpc/main.tf").write_text("# edited\n")
    again = terra("add", "vpc")
    assert "plugins/vpc/main.tf" in again.out
    assert "edited" in again.out
    assert (project / "plugins/vpc/main.tf").read_text() == "# edited\n"
    files = terra("add", "vpc", "--json").json["changes"][0]["files"]
    assert [(each["action"], each["path"]) for each in files] == [("keep", "plugins/vpc/main.tf")]


def test_new_version_over_an_edited_file(terra: Terra, workspace: Workspace, project: Path) -> None:
    release(workspace, "1.0.0", {"main.tf": MAIN, "other.tf": "# one\n"})
    terra("add", "vpc")
    (project / "plugins/vpc/main.tf").write_text("# edited\n")
    release(workspace, "2.0.0", {"main.tf": "# two\n", "other.tf": "# two\n"})
    words = ("add", "vpc@2.0.0")
    refused(
        terra,
        *words,
        exit=6,
        says=["`vpc` 1.0.0 -> 2.0.0", "plugins/vpc/main.tf", "nothing was written"],
        hint="--merge",
    )
    terra(*words, "--skip-existing")
    assert (project / "plugins/vpc/main.tf").read_text() == "# edited\n"
    assert (project / "plugins/vpc/other.tf").read_text() == "# two\n"
    assert ids(project) == [("", "vpc@2.0.0")]
    assert terra("list", "--json").json["plugins"][0]["edited"] == ["main.tf"]
    refused(terra, "add", "vpc@1.0.0", exit=3, says=["2.0.0"], hint="")
    release(workspace, "3.0.0", {"main.tf": "# three\n"})
    terra("add", "vpc@3.0.0", "--overwrite")
    assert (project / "plugins/vpc/main.tf").read_text() == "# three\n"


def test_edited_file_that_the_new_version_drops_is_kept_and_named(
    terra: Terra, workspace: Workspace, project: Path
) -> None:
    release(workspace, "1.0.0", {"main.tf": MAIN, "old.tf": "# old\n"})
    terra("add", "vpc")
    (project / "plugins/vpc/old.tf").write_text("# edited\n")
    release(workspace, "2.0.0", {"main.tf": MAIN})
    assert "plugins/vpc/old.tf" in terra("add", "vpc@2.0.0").out
    assert (project / "plugins/vpc/old.tf").read_text() == "# edited\n"


def test_edit_that_is_the_new_version_is_none(terra: Terra, workspace: Workspace, project: Path) -> None:
    release(workspace, "1.0.0", {"main.tf": MAIN})
    terra("add", "vpc")
    (project / "plugins/vpc/main.tf").write_text("# two\n")
    release(workspace, "2.0.0", {"main.tf": "# two\n"})
    terra("add", "vpc@2.0.0")
    assert terra("list", "--json").json["plugins"][0]["edited"] == []


def test_foreign_file_in_the_way(terra: Terra, workspace: Workspace, project: Path) -> None:
    workspace.simple("vpc", "aws-s3")
    write_files(project, {"plugins/vpc/main.tf": "# mine\n"})
    words = ("add", "vpc", "aws-s3")
    refused(terra, *words, exit=6, says=["plugins/vpc/main.tf: there already"], hint="--skip-existing")
    shown = terra(*words, "--dry-run", "--json", exit=6).json
    assert [each["path"] for each in shown["conflicts"]] == ["plugins/vpc/main.tf"]
    terra(*words, "--skip-existing")
    assert (project / "plugins/vpc/main.tf").read_text() == "# mine\n"
    assert (project / "plugins/vpc/README.md").exists()


@pytest.mark.skipif(os.name != "posix", reason="links need a privilege on Windows")
@pytest.mark.parametrize("link", ["plugins", "plugins/vpc", "plugins/vpc/main.tf", "terra.lock"])
def test_nothing_is_written_through_a_link(
    terra: Terra, workspace: Workspace, project: Path, isolated: Path, link: str
) -> None:
    workspace.simple("vpc")
    target = isolated / "outside"
    if link.endswith(("tf", "lock")):
        target.write_text("version = 1\n" if link.endswith("lock") else "# outside\n")
    else:
        target.mkdir()
    (project / link).parent.mkdir(parents=True, exist_ok=True)
    (project / link).symlink_to(target)
    before = snapshot(isolated / "outside") if target.is_dir() else target.read_text()
    refused(terra, "add", "vpc", "--overwrite", exit=5, says=[f"`{link}`", "link"], hint="")
    assert (snapshot(target) if target.is_dir() else target.read_text()) == before


@pytest.mark.parametrize("path", ["plugins", "plugins/vpc", "plugins/vpc/sub"])
def test_file_where_a_folder_goes(terra: Terra, workspace: Workspace, project: Path, path: str) -> None:
    workspace.simple("vpc")
    workspace.plugin("vpc", {"main.tf": MAIN, "sub/main.tf": MAIN})
    write_files(project, {path: "mine\n"})
    ended = refused(terra, "add", "vpc", "--overwrite", exit=6, says=[path], hint="move it away")
    assert ".terra-journal" not in ended.err, "the user knows nothing of that folder"


def test_deleted_file_is_written_again(terra: Terra, workspace: Workspace, project: Path) -> None:
    workspace.simple("vpc")
    terra("add", "vpc")
    before = snapshot(project)
    (project / "plugins/vpc/main.tf").unlink()
    assert terra("list", "--json").json["plugins"][0]["missing"] == ["main.tf"]
    assert "1 new" in terra("add", "vpc").out
    assert snapshot(project) == before


# -- git ------------------------------------------------------------------------------------------------------


def test_clone_with_other_line_endings_is_not_edited(
    terra: Terra, workspace: Workspace, repository: Path, isolated: Path
) -> None:
    release(workspace, "1.0.0", {"main.tf": MAIN, "windows.txt": b"one\r\ntwo\r\n", "data.bin": b"\0\n\r\n"})
    terra("add", "vpc")
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", "first")
    clone = isolated / "clone"
    git(isolated, "clone", "-q", "-c", "core.autocrlf=true", str(repository), str(clone))
    assert b"\r\n" in (clone / "plugins/vpc/main.tf").read_bytes()
    assert b"\r\n" in (clone / "terra.lock").read_bytes()
    listed = terra("list", "--json", cwd=clone).json["plugins"][0]
    assert (listed["edited"], listed["missing"]) == ([], [])
    before = {path: digest for path, digest in snapshot(clone).items() if not path.startswith(".git/")}
    again = terra("add", "vpc", cwd=clone)
    assert again.out.startswith("= vpc")
    after = {path: digest for path, digest in snapshot(clone).items() if not path.startswith(".git/")}
    assert after == before, "git status would name what was written in other line endings"
    assert git(clone, "status", "--porcelain") == ""


def test_file_that_git_ignores_is_named(terra: Terra, workspace: Workspace, repository: Path) -> None:
    release(workspace, "1.0.0", {"main.tf": MAIN, "lambda.zip": b"PK"})
    (repository / ".gitignore").write_text("*.zip\n")
    ended = terra("add", "vpc")
    assert any("plugins/vpc/lambda.zip" in text for text in warnings_of(ended))


# -- offline --------------------------------------------------------------------------------------------------


def test_offline_from_the_cache(terra: Terra, isolated: Path) -> None:
    archive = packed({"main.tf": MAIN}, ".zip")
    second = isolated / "second"
    second.mkdir()
    with hostile_server() as server:
        server.routes["/r/registry.json"] = serve(
            b'[{"name": "vpc", "source": "vpc.zip"}, {"name": "b", "source": "b.zip"}]'
        )
        server.routes["/r/vpc.zip"] = serve(archive)
        words = ("add", "vpc", "--registry", server.url("/r/registry.json"))
        terra(*words)
        seen = len(server.seen)
        terra(*words, "--offline", cwd=second)
        assert (second / "terra.lock").read_bytes() == (terra.cwd / "terra.lock").read_bytes()
        refused(terra, "add", "b", *words[2:], "--offline", exit=4, says=["`b`"], hint="without `--offline`")
        never = ("add", "c", "--registry", server.url("/other/"), "--offline")
        refused(terra, *never, exit=4, says=["off"], hint="--offline")
        assert len(server.seen) == seen
    terra("add", "vpc", TERRA_OFFLINE="1")


def test_clone_of_a_locked_project_offline(terra: Terra, isolated: Path) -> None:
    with hostile_server() as server:
        server.routes["/vpc.zip"] = serve(packed({"main.tf": MAIN}, ".zip"))
        terra("add", server.url("/vpc.zip"))
        for name in ("terra.toml", "terra.lock"):
            write_files(isolated / "clone", {name: (terra.cwd / name).read_bytes()})
        terra("add", server.url("/vpc.zip"), "--offline", cwd=isolated / "clone")
    assert snapshot(isolated / "clone") == snapshot(terra.cwd)


# -- policy ---------------------------------------------------------------------------------------------------

POLICIES: dict[str, tuple[str, dict[str, str | bytes], str, str]] = {
    "sources": ('allow-sources = ["https", "npm"]', {"main.tf": MAIN}, "`workspace`", "allow-sources"),
    "remote modules": (
        'remote-modules = "refuse"',
        {"main.tf": 'module "x" {\n  source = "terraform-aws-modules/vpc/aws"\n}\n'},
        "`terraform-aws-modules/vpc/aws` at main.tf:1",
        "remote-modules",
    ),
    "code blocks": (
        'code-blocks = "refuse"',
        {"main.tf": 'resource "null_resource" "x" {\n  provisioner "local-exec" {\n    command = "id"\n  }\n}\n'},
        "local-exec",
        "code-blocks",
    ),
    "signatures": ('require-signature = ["*"]', {"main.tf": MAIN}, "not signed", "require-signature"),
}


@pytest.mark.parametrize(("line", "files", "says", "hint"), POLICIES.values(), ids=POLICIES)
def test_policy(
    terra: Terra,
    workspace: Workspace,
    project: Path,
    isolated: Path,
    line: str,
    files: dict[str, str | bytes],
    says: str,
    hint: str,
) -> None:
    release(workspace, "1.0.0", files)
    plain = (project / "terra.toml").read_text()
    (project / "terra.toml").write_text(f"{plain}[policy]\n{line}\n")
    refused(terra, "add", "vpc", exit=5, says=[says], hint=hint)
    (project / "terra.toml").write_text(plain)
    write_files(isolated / "terra", {"config.toml": f"[policy]\n{line}\n"})
    refused(terra, "add", "vpc", exit=5, says=[says], hint=hint)
    (isolated / "terra/config.toml").unlink()
    warned = " ".join(warnings_of(terra("add", "vpc")))
    assert says.strip("`").split("`")[0] in warned or hint in ("allow-sources", "require-signature")


def test_policy_that_wants_a_checksum(terra: Terra) -> None:
    archive = packed({"main.tf": MAIN}, ".zip")
    (terra.cwd / "terra.toml").write_text("[policy]\nrequire-checksum = true\n")
    with hostile_server() as server:
        server.routes["/vpc.zip"] = serve(archive)
        refused(
            terra,
            "add",
            server.url("/vpc.zip"),
            exit=5,
            says=["without a checksum"],
            hint=f"--checksum {sha256(archive)}",
        )
        terra("add", server.url("/vpc.zip"), "--checksum", sha256(archive))


def test_policy_of_a_locked_and_cached_plugin(terra: Terra) -> None:
    """A policy counts for what is there already as well: nothing comes past it out of the cache."""
    code = 'data "external" "x" {\n  program = ["id"]\n}\n'
    with hostile_server() as server:
        server.routes["/vpc.zip"] = serve(packed({"main.tf": code}, ".zip"))
        terra("add", server.url("/vpc.zip"))
        text = (terra.cwd / "terra.toml").read_text()
        (terra.cwd / "terra.toml").write_text(f'{text}\n[policy]\ncode-blocks = "refuse"\n')
        (terra.cwd / "plugins/vpc/main.tf").unlink()
        refused(terra, "add", server.url("/vpc.zip"), exit=5, says=["external"], hint="code-blocks")


# -- terminals ------------------------------------------------------------------------------------------------

HOSTILE = "red\x1b[31m\x1b[2J\x1b]0;title\x07\u202eback\x9b5mward\r\nerror: forged\x08"


def on_a_terminal(terra: Terra, *words: str, answer: str | None = None, cwd: Path | None = None) -> tuple[int, str]:
    """Run the command on a pseudo-terminal; return its exit code and everything that it wrote there."""
    try:
        import pexpect
    except ImportError:
        unavailable("needs the module `pexpect`")
    child = pexpect.spawn(
        *(str(terra.program), list(words)),
        cwd=str(cwd or terra.cwd),
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "200"},
        dimensions=(50, 200),
        timeout=30,
    )
    seen = b""
    if answer is not None:
        child.expect(rb"/q\]")
        seen += child.before
        child.sendline(answer)
    child.expect(pexpect.EOF)
    seen += child.before
    child.close()
    return child.exitstatus, seen.decode()


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are of POSIX")
def test_question_on_a_terminal(terra: Terra, workspace: Workspace, project: Path) -> None:
    workspace.simple("vpc")
    write_files(project, {"plugins/vpc/main.tf": "# mine\n"})
    before = snapshot(project)
    for no in ("q", "what\n\nd\nq"):
        code, seen = on_a_terminal(terra, "add", "vpc", answer=no)
        assert code == 6
        assert "plugins/vpc/main.tf" in seen
        assert seen.rstrip().endswith(" stopped, and nothing was written"), "the list is not said again"
        assert ("-# mine" in seen) == ("d" in no)
        assert snapshot(project) == before
    code, seen = on_a_terminal(terra, "add", "vpc", answer="o")
    assert (code, (project / "plugins/vpc/main.tf").read_text()) == (0, "# mine\n"), seen
    (project / "terra.lock").unlink()
    code, seen = on_a_terminal(terra, "add", "vpc", answer="t")
    assert (code, (project / "plugins/vpc/main.tf").read_text()) == (0, MAIN), seen


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are of POSIX")
def test_no_question_with_json(terra: Terra, workspace: Workspace, project: Path) -> None:
    workspace.simple("vpc")
    write_files(project, {"plugins/vpc/main.tf": "# mine\n"})
    code, seen = on_a_terminal(terra, "add", "vpc", "--json")
    assert code == 6
    assert '"would-lose-work"' in seen


@pytest.mark.parametrize("terminal", [False, True])
@pytest.mark.parametrize("words", [("info", "vpc"), ("add", "vpc", "-v"), ("add", "bad")])
def test_text_of_a_registry_does_not_steer_the_terminal(
    terra: Terra, workspace: Workspace, project: Path, terminal: bool, words: tuple[str, ...]
) -> None:
    call = 'variable "x" {\n  description = "a\\u001b[31mb\\u001b]0;t\\u0007"\n  type = string\n}\n'
    workspace.plugin("vpc", {"main.tf": call})
    entry = {"name": "vpc", "description": HOSTILE, "tags": [HOSTILE], "source": "workspace:packages/plugins/vpc"}
    bad = {"name": "bad", "source": 7, "description": HOSTILE, "yanked": {}, "checksum": HOSTILE}
    workspace.write([{**entry, "deprecated": HOSTILE}, bad, {"name": HOSTILE}])
    if terminal:
        _, seen = on_a_terminal(terra, *words)
        assert "\x1b[" in seen, "this terminal takes colour"
    else:
        ended = terra(*words, exit=None)
        seen = ended.out + ended.err
        assert "\x1b" not in seen
    text = seen.replace("\r\n", "\n")
    assert not set("\x07\x08\x9b\u202e\r") & set(text)
    assert "\x1b[2J" not in text
    assert "\x1b]" not in text
    assert "red\x1b[31m" not in text, "a registry chooses no colours"
    assert "a\x1b[31mb" not in text
    assert not any(line.startswith("error: forged") for line in text.splitlines()), (
        "a registry writes no lines of its own"
    )
