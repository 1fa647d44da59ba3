"""Repositories and configurations that want something run, written or shown."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.expected import refused, warnings_of
from support.git_server import GitServer, git_server
from support.project import MAIN, Terra
from terra.system import git as program

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.component


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    with git_server(tmp_path / "served") as running:
        yield running


@pytest.fixture
def canaries(tmp_path: Path) -> Path:
    """A folder in which nothing may appear."""
    folder = tmp_path / "canaries"
    folder.mkdir()
    return folder


def sang(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


def test_the_files_are_those_of_the_commit(terra: Terra, server: GitServer, canaries: Path) -> None:
    """No attribute changes, hides or fills in a file, and no filter that a configuration defines runs."""
    made = server.repository("vpc")
    files = {
        "main.tf": MAIN.encode(),
        "crlf.tf": b"# a\r\n# b\r\n",
        "lf.tf": b"# a\n# b\n",
        "mixed.txt": b"a\r\nb\n",
        "ident.txt": b"$Id$ $Format:%H$\n",
        "hidden.tf": b"# export-ignore\n",
        "hidden/x.tf": b"# export-ignore\n",
        "wide.txt": "\ufeffä\n".encode("utf-16-le"),
        "widened.txt": "ä\n".encode(),
        "run.sh": b"#!/bin/sh\n",
    }
    made.commit(files)
    made.git("update-index", "--chmod=+x", "run.sh")
    made.git("commit", "-qm", "mode")
    attributes = (
        "[attr]out export-ignore\n"
        "* text=auto eol=crlf ident export-subst filter=canary diff=canary merge=canary\n"
        "hidden* out\nhidden/ export-ignore\nwide*.txt working-tree-encoding=UTF-16\n"
    )
    data = attributes.encode()
    blob = made.git("hash-object", "-w", "--stdin", data=data)
    made.git("update-index", "--add", "--cacheinfo", f"100644,{blob},.gitattributes")
    made.git("commit", "-qm", "attributes")
    config = Path(os.environ["HOME"]) / ".gitconfig"
    config.write_text(
        f'[filter "canary"]\n\tsmudge = touch {canaries}/smudge\n\tclean = touch {canaries}/clean\n'
        f"\trequired = true\n[core]\n\tautocrlf = true\n\teol = crlf\n"
    )
    terra("add", f"git:{server.url}vpc")
    folder = terra.cwd / "plugins/vpc"
    assert {path: (folder / path).read_bytes() for path in files} == files
    assert (folder / "run.sh").stat().st_mode & 0o111
    assert not (folder / "main.tf").stat().st_mode & 0o111
    assert sang(canaries) == []


CONFIGS = {
    "fsmonitor": "[core]\n\tfsmonitor = {canary}\n",
    "hooks": "[core]\n\thooksPath = {hooks}\n",
    "template": "[init]\n\ttemplateDir = {template}\n",
    "pager": "[core]\n\tpager = {canary}\n[pager]\n\tfetch = {canary}\n\tconfig = {canary}\n",
    "alias": '[alias]\n\tfetch = "!{canary}"\n\tls-remote = "!{canary}"\n\tarchive = "!{canary}"\n',
    "askpass": "[core]\n\taskPass = {canary}\n",
    "editor": "[core]\n\teditor = {canary}\n",
    "archive": '[tar "tar"]\n\tcommand = {canary}\n[tar "tar.gz"]\n\tcommand = {canary}\n',
    "upload pack": '[uploadpack]\n\tpackObjectsHook = {canary}\n[remote "{url}vpc"]\n\tuploadpack = {canary}\n',
    "proxy command": "[core]\n\tgitProxy = {canary}\n",
    "rewrite to a helper": '[url "ext::{canary} "]\n\tpushInsteadOf = {url}\n',
    "trace": "[trace2]\n\teventTarget = {folder}/trace\n\tnormalTarget = {folder}/trace\n",
    "maintenance": "[gc]\n\tauto = 1\n\tpruneExpire = now\n[maintenance]\n\tauto = true\n",
    "exclude and attributes": "[core]\n\tattributesFile = {folder}/none\n",
}


@pytest.mark.parametrize(("name", "where"), [*((name, "user") for name in CONFIGS), ("all", "environment")])
def test_no_configuration_runs_anything_but_a_login(
    terra: Terra, server: GitServer, canaries: Path, tmp_path: Path, name: str, where: str
) -> None:
    server.repository("vpc").commit({"main.tf": MAIN}, "v1.0.0")
    server.login = ("joe", "right")
    canary = tmp_path / "canary"
    canary.write_text(f"#!/bin/sh\ntouch {canaries}/sang\nexit 1\n")
    helper = tmp_path / "helper"
    helper.write_text(f"#!/bin/sh\ntouch {tmp_path}/helped\necho username=joe\necho password=right\n")
    for folder in (tmp_path / "hooks", tmp_path / "template/hooks"):
        folder.mkdir(parents=True)
        for hook in ("post-checkout", "reference-transaction", "post-index-change", "pre-auto-gc"):
            (folder / hook).write_text(canary.read_text())
            (folder / hook).chmod(0o755)
    canary.chmod(0o755)
    helper.chmod(0o755)
    text = (CONFIGS.get(name) or "".join(CONFIGS.values())).format(
        canary=canary, hooks=tmp_path / "hooks", template=tmp_path / "template", url=server.url, folder=canaries
    )
    text += f'[credential "{server.url}"]\n\thelper = {helper}\n'
    config = (tmp_path if where == "environment" else Path(os.environ["HOME"])) / ".gitconfig"
    config.write_text(text)
    more = {"GIT_CONFIG_GLOBAL": str(config)} if where == "environment" else {}
    terra("add", f"git:{server.url}vpc?ref=v1.0.0", **more)
    assert (tmp_path / "helped").exists(), "the login is the user's own choice"
    assert sang(canaries) == []


def test_no_configuration_runs_anything_beside_a_folder_either(
    terra: Terra, server: GitServer, canaries: Path, tmp_path: Path
) -> None:
    """There git starts the far side too, which reads configuration of its own accord."""
    server.repository("vpc").commit({"main.tf": MAIN})
    hook = tmp_path / "hook"
    hook.write_text(f'#!/bin/sh\ntouch {canaries}/sang\nexec "$@"\n')
    hook.chmod(0o755)
    (Path(os.environ["HOME"]) / ".gitconfig").write_text(f"[uploadpack]\n\tpackObjectsHook = {hook}\n")
    terra("add", f"git:{server.root / 'vpc'}")
    assert sang(canaries) == []


@pytest.mark.parametrize(
    "name",
    ["GIT_ASKPASS", "GIT_EXTERNAL_DIFF", "GIT_PAGER", "GIT_EDITOR", "GIT_PROXY_COMMAND", "GIT_SSH", "GIT_SSH_COMMAND"],
)
def test_no_variable_runs_anything(terra: Terra, server: GitServer, canaries: Path, tmp_path: Path, name: str) -> None:
    server.repository("vpc").commit({"main.tf": MAIN})
    canary = tmp_path / "canary"
    canary.write_text(f"#!/bin/sh\ntouch {canaries}/sang\n")
    canary.chmod(0o755)
    terra("add", f"git:{server.url}vpc", **{name: str(canary)})
    assert sang(canaries) == []


def test_variables_that_point_git_elsewhere(terra: Terra, server: GitServer, canaries: Path, tmp_path: Path) -> None:
    made = server.repository("vpc")
    commit = made.commit({"main.tf": MAIN})
    other = server.repository("other")
    other.commit({"main.tf": "# other\n"})
    more = {
        "GIT_DIR": str(other.folder / ".git"),
        "GIT_WORK_TREE": str(other.folder),
        "GIT_INDEX_FILE": str(canaries / "index"),
        "GIT_OBJECT_DIRECTORY": str(canaries),
        "GIT_NAMESPACE": "x",
        "GIT_TRACE": str(canaries / "trace"),
        "GIT_TRACE_PACKET": str(canaries / "packets"),
        "GIT_TRACE_CURL": str(canaries / "curl"),
        "GIT_ALLOW_PROTOCOL": "ext",
        "GIT_EXEC_PATH": str(canaries),
        "GIT_TEMPLATE_DIR": str(canaries),
        "GIT_SHALLOW_FILE": str(canaries / "shallow"),
    }
    more.pop("GIT_EXEC_PATH") if "GIT_EXEC_PATH" in os.environ else None
    terra("add", f"git:{server.url}vpc", **more)
    assert commit in (terra.cwd / "terra.lock").read_text()
    assert sang(canaries) == []


def test_the_configuration_of_the_project_is_a_strangers(
    terra: Terra, server: GitServer, canaries: Path, tmp_path: Path
) -> None:
    """A project that came as an archive has a `.git/config` that nobody here wrote."""
    server.repository("vpc").commit({"main.tf": MAIN}, "v1.0.0")
    server.repository("evil").commit({"main.tf": "# evil\n"}, "v1.0.0")
    subprocess.run(["git", "init", "-q"], cwd=terra.cwd, check=True)
    server.login = ("joe", "right")
    (terra.cwd / ".git/config").write_text(
        f'[core]\n\trepositoryformatversion = 0\n[credential]\n\thelper = "!touch {canaries}/helper; echo"\n'
        f"[core]\n\tsshCommand = touch {canaries}/ssh\n\tfsmonitor = touch {canaries}/fsmonitor\n"
        f'[url "{server.url}evil"]\n\tinsteadOf = {server.url}vpc\n[http]\n\textraHeader = "X-Evil: 1"\n'
    )
    refused(terra, "add", f"git:{server.url}vpc?ref=v1.0.0", exit=4, says=["let git in"], hint=None)
    refused(terra, "add", "git:git@host.invalid:x", exit=4, says=["host.invalid"], hint=None)
    assert sang(canaries) == []
    assert not any("evil" in each for each in server.asked)


@pytest.mark.parametrize("to", ["ext::sh -c touch% {0}", "fd::17/x", "git://127.0.0.1:1/", "http://nowhere.invalid/"])
def test_no_rewriting_leads_to_another_transport(terra: Terra, server: GitServer, canaries: Path, to: str) -> None:
    (Path(os.environ["HOME"]) / ".gitconfig").write_text(
        f'[url "{to.format(canaries / "x")}"]\n\tinsteadOf = {server.url}\n[protocol]\n\tallow = always\n'
    )
    refused(terra, "add", f"git:{server.url}vpc", exit=2, says=[], hint=None)
    assert sang(canaries) == []


@pytest.mark.parametrize(
    "text",
    [
        "git:ext::sh -c touch% {0}/x",
        "git::ext::sh -c touch% {0}/x",
        "git:fd::17",
        "git:--upload-pack=touch {0}/x",
        "git:-oProxyCommand=touch {0}/x:y",
        "git:ssh://-oProxyCommand=touch/x",
        "git:ssh://-oProxyCommand=x@host/x",
        "git:git@-oProxyCommand=touch:x",
        "git:host:-x",
        "git:git://127.0.0.1/x",
        "git:ftp://127.0.0.1/x",
        "git:https://joe:right@127.0.0.1/x",
        "git:https://127.0.0.1/a\x1bb",
        "git:https:///x",
        "git:file://host/x",
        "git:",
        "git:host.example/a/b",
        "git:./x\ny",
    ],
)
def test_addresses_that_are_none(terra: Terra, canaries: Path, text: str) -> None:
    ended = refused(terra, "add", text.format(canaries), "--as", "x", exit=2, says=[], hint=None)
    assert "right" not in ended.err
    assert "\x1b" not in ended.err
    assert sang(canaries) == []


def test_hooks_and_submodules_of_a_repository(terra: Terra, server: GitServer, canaries: Path) -> None:
    made = server.repository("vpc")
    other = server.repository("other").commit({"main.tf": MAIN})
    for hook in ("post-checkout", "post-upload-pack", "update", "reference-transaction"):
        path = made.folder / ".git/hooks" / hook
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"#!/bin/sh\ntouch {canaries}/{hook}\n")
    modules = (
        f'[submodule "m"]\n\tpath = m\n\turl = ext::sh -c touch% {canaries}/ext\n\tupdate = !touch {canaries}/update\n'
    )
    commit = made.commit_raw(
        [
            ("100644", ".gitmodules", modules.encode()),
            ("100644", "hooks", b"# not a folder\n"),
            ("160000", "m", other.encode()),
            ("100644", "main.tf", MAIN.encode()),
        ]
    )
    ended = terra("add", f"git:{server.url}vpc?ref={commit}")
    assert any("`m` is a submodule" in each for each in warnings_of(ended))
    assert sorted(os.listdir(terra.cwd / "plugins/vpc")) == ["hooks", "main.tf"]
    assert sang(canaries) == []
    assert not any("other" in each for each in server.asked)


LINKS = {"absolute": "/etc/passwd", "up": "../../../etc/passwd", "into git": ".git/config", "folder": "folder"}


@pytest.mark.parametrize("name", LINKS)
def test_links_that_lead_out(terra: Terra, server: GitServer, name: str) -> None:
    made = server.repository("vpc")
    (made.folder / "passwd.tf").symlink_to(LINKS[name])
    commit = made.commit({"main.tf": MAIN, "folder/x.tf": "# x\n"})
    refused(terra, "add", f"git:{server.url}vpc?ref={commit}", exit=5, says=["passwd.tf"], hint=None)


@pytest.mark.parametrize("path", [".git", ".GIT", "..", "a\\b", "CON", "a:b", "x ", "-x", "a\tb"])
def test_names_that_git_would_not_add(terra: Terra, server: GitServer, path: str) -> None:
    made = server.repository("vpc")
    inner = made.git(
        "mktree", data=b"100644 blob " + made.git("hash-object", "-w", "--stdin", data=b"#").encode() + b"\tconfig\n"
    )
    commit = made.commit_raw([("40000", path, inner.encode()), ("100644", "main.tf", MAIN.encode())])
    ended = terra("add", f"git:{server.url}vpc?ref={commit}", exit=None)
    assert "Traceback" not in ended.err
    if ended.exit == 0:  # git itself left it out, or the rules for dot files did
        assert os.listdir(terra.cwd / "plugins/vpc") == ["main.tf"]
    else:
        assert ended.exit in (4, 5), ended.err
        assert not (terra.cwd / "plugins").exists()
    assert not (terra.cwd / ".git").exists()


def test_trees_that_name_each_other(terra: Terra, server: GitServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred million files in seven kilobytes; of a folder in it, no more than that is read.

    The memory has a limit of the test's own here, so that terra without one takes no machine with it.
    """
    made = server.repository("vpc")
    blob = made.git("hash-object", "-w", "--stdin", data=MAIN.encode())
    one = tree = made.git("mktree", data=f"100644 blob {blob}\tmain.tf\n".encode())
    for _ in range(8):
        tree = made.git("mktree", data="".join(f"040000 tree {tree}\td{each}\n" for each in range(10)).encode())
    lines = f"040000 tree {tree}\tbomb\n040000 tree {one}\tvpc\n"
    commit = made.git("commit-tree", "-m", "x", made.git("mktree", data=lines.encode()))
    made.git("update-ref", "refs/tags/v1.0.0", commit)
    monkeypatch.setenv("PATH", f"{bounded_git(terra.cwd.parent / 'bounded')}{os.pathsep}{os.environ['PATH']}")
    terra("add", f"git:{server.url}vpc//vpc?ref=v1.0.0")
    assert (terra.cwd / "plugins/vpc/main.tf").read_text() == MAIN
    refused(terra, "add", f"git:{server.url}vpc//bomb?ref=v1.0.0", "--as", "bomb", exit=5, says=["more"], hint="folder")
    refused(terra, "add", f"git:{server.url}vpc?ref=v1.0.0", "--as", "whole", exit=5, says=["more"], hint="folder")


def bounded_git(folder: Path) -> Path:
    """Make a folder with a `git` that takes no more than 1 GiB of memory."""
    folder.mkdir()
    found = shutil.which("git")
    (folder / "git").write_text(f'#!/bin/sh\nulimit -v 1048576\nexec {found} "$@"\n')
    (folder / "git").chmod(0o755)
    return folder


def test_memory_of_git_has_a_limit(tmp_path: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("only Linux keeps the limit")
    words = ("-c", "alias.limit=!ulimit -v", "limit")
    ended = subprocess.run([*program._LIMITED, "git", *words], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert int(ended.stdout) <= 2 << 20
    narrow = ["/bin/sh", "-c", 'ulimit -v 1000000; exec "$@"', "sh", *program._LIMITED, "git", *words]
    ended = subprocess.run(narrow, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert int(ended.stdout) <= 2 << 20, "a machine with less of it is no failure"


def test_more_than_git_may_bring(terra: Terra, server: GitServer, tmp_path: Path, monkeypatch) -> None:
    """A pack, and an archive of little packed bytes; here with a limit that a test can reach."""
    from terra.errors import IntegrityError
    from terra.model.source import Anchor, Locator
    from terra.sources.git import GitSource
    from terra.spec import FetchOrder, FetchTools
    from terra.system.process import SubprocessRunner
    from terra.testing.fakes import FakeTransport, RecordingReporter

    made = server.repository("vpc")
    made.commit({"main.tf": MAIN, "zeros.bin": bytes(4 << 20)}, "zeros")
    made.commit({"main.tf": MAIN, "noise.bin": os.urandom(4 << 20)}, "noise")
    monkeypatch.setattr(program, "_LIMITED", ("/bin/sh", "-c", 'trap "" XFSZ; ulimit -f 2048; exec "$@"', "git"))
    for ref in ("zeros", "noise"):
        quarantine = tmp_path / ref
        quarantine.mkdir()
        tools = FetchTools(
            FakeTransport(),
            quarantine,
            RecordingReporter(),
            lambda *_: None,
            SubprocessRunner(),
            dict(os.environ),
            tmp_path,
        )
        locator = Locator.parse(f"git:{server.url}vpc?ref={ref}")
        assert locator is not None
        with pytest.raises(IntegrityError) as caught:
            GitSource().fetch(FetchOrder(locator, Anchor(str(tmp_path))), tools)
        assert "more" in caught.value.message
