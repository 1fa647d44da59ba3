"""The installed command and repositories: a git server on loopback, real git on both sides."""

from __future__ import annotations

import os
import shutil
import ssl
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.expected import error_of, refused, warnings_of
from support.git_server import GitServer, Repository, git_server
from support.project import MAIN, Terra, snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.component


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    with git_server(tmp_path / "served") as running:
        yield running


@pytest.fixture
def vpc(server: GitServer) -> Repository:
    """A repository of one plugin: 1.0.0 and 1.1.0 are tagged, `main` is beyond them."""
    made = server.repository("vpc.git")
    made.commit({"main.tf": MAIN}, "v1.0.0")
    made.commit({"main.tf": MAIN + "# 1.1\n"})
    made.git("tag", "-a", "v1.1.0", "-m", "annotated")
    made.commit({"main.tf": MAIN + "# main\n"})
    made.git("branch", "feature/x", "v1.0.0")
    return made


def address(server: GitServer, rest: str = "", name: str = "vpc.git") -> str:
    return f"git:{server.url}{name}{rest}"


def locked(terra: Terra) -> list[dict[str, Any]]:
    return tomllib.loads((terra.cwd / "terra.lock").read_text())["plugin"]


def lose_cache() -> None:
    shutil.rmtree(Path(os.environ["TERRA_HOME"]))


def written(terra: Terra, name: str = "vpc") -> str:
    return (terra.cwd / "plugins" / name / "main.tf").read_text()


@pytest.mark.parametrize(
    ("query", "of", "version", "last"),
    [
        ("?ref=v1.0.0", "v1.0.0^{commit}", "1.0.0", "}\n"),
        ("?ref=v1.1.0", "v1.1.0^{commit}", "1.1.0", "# 1.1\n"),
        ("?ref=refs/tags/v1.1.0", "v1.1.0^{commit}", "1.1.0", "# 1.1\n"),
        ("?ref=feature/x", "feature/x", "0.0.0", "}\n"),
        ("", "main", "0.0.0", "# main\n"),
        ("?depth=1&ref=main", "main", "0.0.0", "# main\n"),
    ],
    ids=["tag", "annotated", "full name", "branch", "HEAD", "depth"],
)
def test_what_a_ref_names_is_added_and_locked(
    terra: Terra, server: GitServer, vpc: Repository, query: str, of: str, version: str, last: str
) -> None:
    asked = address(server, query)
    added = terra("add", asked)
    (lock,) = locked(terra)
    assert (lock["id"], lock["source"], lock["commit"]) == (f"vpc@{version}", asked, vpc.git("rev-parse", of))
    assert "archive" not in lock
    assert "size" not in lock
    assert lock["tree"].startswith("sha256-")
    assert written(terra).endswith(last)
    assert warnings_of(added) == []


def test_a_whole_commit_needs_no_look_at_the_refs(terra: Terra, server: GitServer, vpc: Repository) -> None:
    commit = vpc.git("rev-parse", "v1.0.0")
    vpc.git("tag", "-d", "v1.0.0")
    vpc.git("branch", "-D", "feature/x")
    terra("add", address(server, f"?ref={commit}"))
    assert locked(terra)[0]["commit"] == commit
    assert [each for each in server.asked if "info/refs" in each] == [
        "GET /vpc.git/info/refs?service=git-upload-pack"
    ], "one exchange, for the commit itself"
    policy = "[policy]\nrequire-checksum = true\n"
    (terra.cwd / "terra.toml").write_text(f'{policy}[project]\nname = "p"\n')
    shutil.rmtree(terra.cwd / "plugins")
    terra("add", address(server, f"?ref={commit}"))
    refused(terra, "add", address(server, "?ref=main"), exit=5, says=["without a checksum"], hint="?ref=")


def test_locked_and_cached_it_asks_nothing(terra: Terra, server: GitServer, vpc: Repository) -> None:
    for query in ("?ref=v1.0.0", ""):
        terra("add", address(server, query))
        before, asked = snapshot(terra.cwd), len(server.asked)
        terra("add", address(server, query))
        terra("--offline", "add", address(server, query))
        assert len(server.asked) == asked
        assert snapshot(terra.cwd) == before


def test_a_lost_cache_is_filled_by_what_the_lock_says(terra: Terra, server: GitServer, vpc: Repository) -> None:
    """A branch that moved stays where it was locked; so does one whose ref is gone."""
    vpc.git("checkout", "-q", "feature/x")
    terra("add", address(server, "?ref=feature/x"))
    before = snapshot(terra.cwd)
    moved = vpc.commit({"main.tf": MAIN + "# moved\n"})
    assert moved != locked(terra)[0]["commit"]
    lose_cache()
    assert warnings_of(terra("add", address(server, "?ref=feature/x"))) == []
    assert snapshot(terra.cwd) == before
    vpc.git("checkout", "-q", "main")
    vpc.git("branch", "-D", "feature/x")
    lose_cache()
    assert any("gone" in each for each in warnings_of(terra("add", address(server, "?ref=feature/x"))))
    assert snapshot(terra.cwd) == before


def test_a_tag_that_moved_is_refused_under_the_lock(
    terra: Terra, server: GitServer, vpc: Repository, tmp_path: Path
) -> None:
    asked = address(server, "?ref=v1.0.0")
    terra("add", asked)
    was = locked(terra)[0]["commit"]
    now = vpc.git("rev-parse", "main")
    vpc.git("tag", "-f", "v1.0.0", "main")
    terra("add", asked)  # the cache has it
    lose_cache()
    refused(terra, "add", asked, exit=5, says=["moved", was, now], hint="if the move is wanted: `terra update NAME`")
    fresh = Terra(terra.program, tmp_path / "fresh")
    fresh.cwd.mkdir()
    fresh("add", asked)
    assert locked(fresh)[0]["commit"] == now


def test_a_tag_that_is_gone_keeps_its_version(terra: Terra, server: GitServer, vpc: Repository) -> None:
    terra("add", address(server, "?ref=v1.0.0"))
    before = snapshot(terra.cwd)
    vpc.git("tag", "-d", "v1.0.0")
    lose_cache()
    terra("add", address(server, "?ref=v1.0.0"))
    assert snapshot(terra.cwd) == before


def test_a_commit_that_is_gone_is_said_to_be(terra: Terra, server: GitServer, vpc: Repository) -> None:
    terra("add", address(server, "?ref=main"))
    commit = locked(terra)[0]["commit"]
    vpc.git("reset", "-q", "--hard", "v1.0.0")
    vpc.git("reflog", "expire", "--expire=now", "--all")
    vpc.git("gc", "-q", "--prune=now")
    lose_cache()
    refused(terra, "add", address(server, "?ref=main"), exit=4, says=["no longer has commit", commit], hint="rewritten")
    absent = "1" * 40
    refused(terra, "add", address(server, f"?ref={absent}"), exit=3, says=["no commit", absent], hint="")


@pytest.mark.parametrize("kind", ["version 0", "dumb"])
def test_servers_that_give_out_no_commit_by_its_hash(
    terra: Terra, server: GitServer, vpc: Repository, kind: str
) -> None:
    """Then the ref is fetched; and where the branch moved, its history."""
    if kind == "dumb":
        shutil.move(vpc.folder / ".git", server.root / "bare")
        shutil.rmtree(vpc.folder)
        shutil.move(server.root / "bare", vpc.folder)
        vpc.git("config", "core.bare", "true")
        vpc.git("update-server-info")
        server.dumb = True
    else:
        server.protocol = False
    for query in ("?ref=v1.1.0", "?ref=feature/x"):
        terra("add", address(server, query))
    before = snapshot(terra.cwd)
    vpc.git("update-ref", "refs/heads/feature/x", "main")
    vpc.git("update-server-info")
    lose_cache()
    terra("add", address(server, "?ref=feature/x"))
    assert snapshot(terra.cwd) == before
    terra("add", address(server, f"?ref={vpc.git('rev-parse', 'v1.0.0')}"))


def test_a_folder_of_the_repository(terra: Terra, server: GitServer) -> None:
    mono = server.repository("mono")
    files = {
        "modules/vpc/main.tf": MAIN,
        "modules/eks/main.tf": MAIN + "# eks\n",
        "-x/main.tf": "",
        "LICENSE": "mine\n",
    }
    mono.commit(files, "vpc/v1.2.0", "eks-2.0.0")
    terra("add", address(server, "//modules/vpc?ref=vpc/v1.2.0", "mono"))
    terra("add", address(server, "//modules/eks?ref=eks-2.0.0", "mono"))
    mono.git("rm", "-r", "-q", "--", "./-x")  # which the reader of archives refuses, where all is read
    mono.commit({}, "s3@3.0.0-rc.1")
    terra("add", address(server, "//modules/v*?ref=s3%403.0.0-rc.1", "mono"), "--as", "s3")
    assert [each["id"] for each in locked(terra)] == ["eks@2.0.0", "s3@3.0.0-rc.1", "vpc@1.2.0"]
    assert sorted(os.listdir(terra.cwd / "plugins/vpc")) == ["main.tf"]
    refused(terra, "add", address(server, "//modules/no", "mono"), exit=3, says=["no folder `modules/no`"], hint=None)


def test_a_link_out_of_the_folder_is_followed_within_the_repository(terra: Terra, server: GitServer) -> None:
    mono = server.repository("mono")
    (mono.folder / "modules/vpc").mkdir(parents=True)
    (mono.folder / "modules/vpc/LICENSE").symlink_to("../../LICENSE")
    mono.commit({"modules/vpc/main.tf": MAIN, "LICENSE": "mine\n"})
    terra("add", address(server, "//modules/vpc", "mono"))
    added = terra.cwd / "plugins/vpc/LICENSE"
    assert added.read_text() == "mine\n"
    assert not added.is_symlink()


def test_repositories_of_this_machine(terra: Terra, tmp_path: Path) -> None:
    made = Repository.new(terra.cwd.parent / "near by")
    made.commit({"main.tf": MAIN}, "v1.0.0")
    terra("add", "git:../near by?ref=v1.0.0", "--as", "a")
    terra("add", f"git:file://{str(made.folder).replace(' ', '%20')}?ref=v1.0.0", "--as", "b")
    terra("--offline", "add", f"git::{made.folder}", "--as", "c")
    assert {each["commit"] for each in locked(terra)} == {made.head}
    refused(terra, "add", "git:../nowhere", exit=3, says=["there is no folder"], hint="path")
    (terra.cwd.parent / "plain").mkdir()
    refused(terra, "add", "git:../plain", exit=4, says=["not appear to be a git repository"], hint=None)


def test_a_repository_with_sha_256(terra: Terra, server: GitServer) -> None:
    made = Repository.new(server.root / "new", "--object-format=sha256")
    commit = made.commit({"main.tf": MAIN}, "v1.0.0")
    assert len(commit) == 64
    for ref in ("v1.0.0", commit):
        terra("add", address(server, f"?ref={ref}", "new"), "--as", ref[:6].replace(".", "-"))
    assert {each["commit"] for each in locked(terra)} == {commit}


def test_a_tag_goes_before_a_branch_of_its_name(terra: Terra, server: GitServer, vpc: Repository) -> None:
    vpc.git("branch", "v1.0.0", "main")
    terra("add", address(server, "?ref=v1.0.0"))
    terra("add", address(server, "?ref=refs/heads/v1.0.0"), "--as", "branch")
    first, second = locked(terra)
    assert (first["id"], second["id"]) == ("branch@0.0.0", "vpc@1.0.0")
    assert (first["commit"], second["commit"]) == (vpc.head, vpc.git("rev-parse", "refs/tags/v1.0.0"))


def test_other_refs_by_their_full_names(terra: Terra, server: GitServer, vpc: Repository) -> None:
    vpc.git("update-ref", "refs/pull/7/head", "v1.0.0")
    terra("add", address(server, "?ref=refs/pull/7/head"))
    assert locked(terra)[0]["commit"] == vpc.git("rev-parse", "v1.0.0")


@pytest.mark.parametrize(
    ("rest", "code", "says", "hint"),
    [
        ("vpc.git?ref=v1.0.1", 3, ["`v1.0.1`", "neither a tag nor a branch"], "`v1.0.0`"),
        ("vpc.git?ref=zzz", 3, ["`zzz`"], "`v1.1.0`"),
        ("vpc.git?ref=abcdef1", 3, ["`abcdef1`"], "whole commit"),
        ("nowhere.git", 4, ["not found"], "address"),
        ("empty", 3, ["no commit"], "?ref="),
        ("vpc.git?ref=blob", 2, ["no commit"], "whole commit"),
        ("vpc.git?ref=--upload-pack=x", 2, ["names no ref"], None),
        ("vpc.git?ref=a..b", 2, ["names no ref"], None),
        ("vpc.git?ref=", 2, ["names no ref"], None),
        ("vpc.git?ref=a&ref=b", 2, ["?ref="], None),
        ("vpc.git?sshkey=x", 2, ["?ref="], None),
    ],
)
def test_what_cannot_be_had(
    terra: Terra, server: GitServer, vpc: Repository, rest: str, code: int, says: list[str], hint: str | None
) -> None:
    server.repository("empty")
    vpc.git("tag", "blob", vpc.git("hash-object", "-w", "main.tf"))
    refused(terra, "add", f"git:{server.url}{rest}", exit=code, says=says, hint=hint)


def test_hosts_that_are_not_there(terra: Terra) -> None:
    refused(terra, "add", "git:http://127.0.0.1:1/x", exit=4, says=["127.0.0.1:1"], hint="network")
    refused(terra, "add", "git:https://nowhere.invalid/x", exit=4, says=["nowhere.invalid"], hint="host's name")
    refused(terra, "add", "git:http://nowhere.invalid/x", exit=2, says=["plain http"], hint="allow-http")
    refused(terra, "add", "git:https://169.254.169.254/x", exit=5, says=["link-local"], hint=None)
    refused(terra, "add", "git:git@169.254.169.254:x", exit=5, says=["link-local"], hint=None)


def test_offline_nothing_is_asked(terra: Terra, server: GitServer, vpc: Repository) -> None:
    for asked in (address(server), "git:ssh://git@127.0.0.1:1/x", "git:git@127.0.0.1:x"):
        refused(terra, "--offline", "add", asked, exit=4, says=["network is off"], hint="without `--offline`")
    assert server.asked == []


def test_git_that_is_missing_or_too_old(terra: Terra, tmp_path: Path) -> None:
    folder = tmp_path / "programs"
    folder.mkdir()
    refused(
        terra, "add", "git:https://h.example/x", exit=1, says=["git is needed"], hint="install git", PATH=str(folder)
    )
    (folder / "git").write_text("#!/bin/sh\necho git version 2.25.1\n")
    (folder / "git").chmod(0o755)
    refused(terra, "add", "git:https://h.example/x", exit=1, says=["2.32", "2.25.1"], hint="older", PATH=str(folder))


def test_a_policy_over_sources(terra: Terra, server: GitServer, vpc: Repository) -> None:
    (terra.cwd / "terra.toml").write_text('[project]\nname = "p"\n[policy]\nallow-sources = ["https"]\n')
    refused(terra, "add", address(server), exit=5, says=["comes by `git`"], hint="allow-sources")
    assert server.asked == []
    (terra.cwd / "terra.toml").write_text('[project]\nname = "p"\n[policy]\nallow-sources = ["git"]\n')
    terra("add", address(server))


def test_a_lock_is_a_strangers_file(terra: Terra, server: GitServer, vpc: Repository, tmp_path: Path) -> None:
    asked, lock = address(server, "?ref=v1.0.0"), terra.cwd / "terra.lock"
    terra("add", asked)
    text, commit = lock.read_text(), locked(terra)[0]["commit"]
    lose_cache()
    lock.write_text(text.replace(commit, f"--upload-pack=touch {tmp_path}/x"))
    refused(terra, "add", asked, exit=2, says=["terra.lock"], hint="version control")
    other = vpc.git("rev-parse", "main")
    lock.write_text(text.replace(commit, other))
    refused(terra, "add", asked, exit=5, says=[other, commit], hint=None)
    assert list(tmp_path.glob("x")) == []


# -- logins ---------------------------------------------------------------------------------------------------


def store(server: GitServer, password: str = "right") -> None:
    """Let git's own helper keep a login for the server."""
    home = Path(os.environ["HOME"])
    (home / ".gitconfig").write_text("[credential]\n\thelper = store\n")
    (home / ".git-credentials").write_text(server.url.replace("://", f"://joe:{password}@") + "\n")


def test_a_login_of_the_users_own_helper(terra: Terra, server: GitServer, vpc: Repository) -> None:
    server.login = ("joe", "right")
    refused(terra, "add", address(server), exit=4, says=["does not let git in"], hint="credential.helper")
    store(server, "wrong")
    ended = refused(terra, "add", address(server), exit=4, says=["does not let git in"], hint="credential.helper")
    assert "wrong" not in ended.err
    store(server)
    terra("add", address(server))
    assert server.logins[-1] == "joe:right"
    assert "right" not in (terra.cwd / "terra.lock").read_text()


def test_netrc_and_an_extra_header(terra: Terra, server: GitServer, vpc: Repository) -> None:
    server.login = ("joe", "right")
    config = Path(os.environ["HOME"]) / ".gitconfig"
    config.write_text(f'[http "{server.url}"]\n\textraHeader = Authorization: Basic am9lOnJpZ2h0\n')
    terra("add", address(server))
    config.unlink()
    (Path(os.environ["HOME"]) / ".netrc").write_text("machine 127.0.0.1 login joe password right\n")
    terra("add", address(server), "--as", "other")
    given = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.{server.url}.insteadOf",
        "GIT_CONFIG_VALUE_0": "https://git.example/",
    }
    terra("add", "git:https://git.example/vpc.git", "--as", "third", **given)
    assert {each["commit"] for each in locked(terra)} == {vpc.head}


@pytest.mark.skipif(sys.platform == "win32", reason="needs a terminal")
@pytest.mark.parametrize("password", ["wrong", None])
def test_nothing_asks_on_a_terminal(
    terra: Terra, server: GitServer, vpc: Repository, tmp_path: Path, password: str | None
) -> None:
    import pexpect

    server.login = ("joe", "right")
    if password:
        store(server, password)
    asks = tmp_path / "asks"
    asks.write_text(f"#!/bin/sh\ntouch {tmp_path}/asked\necho right\n")
    asks.chmod(0o755)
    environment = {**os.environ, "GIT_ASKPASS": str(asks), "SSH_ASKPASS": str(asks), "DISPLAY": ":9"}
    child = pexpect.spawn(
        str(terra.program), ["add", address(server)], cwd=str(terra.cwd), env=environment, encoding="utf-8", timeout=60
    )
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 4, child.before
    assert "assword" not in child.before.partition("error:")[0]
    assert not (tmp_path / "asked").exists()


def test_over_tls(terra: Terra, tmp_path: Path, server_certificate: Path, authority_file: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server_certificate)
    with git_server(tmp_path / "secure", context) as secure:
        secure.repository("vpc").commit({"main.tf": MAIN})
        asked = f"git:{secure.url}vpc"
        refused(terra, "add", asked, exit=4, says=["ertificate"], hint="http.sslCAInfo")
        terra("add", asked, GIT_SSL_CAINFO=str(authority_file))
        with git_server(tmp_path / "plain") as plain:
            plain.repository("vpc").commit({"main.tf": MAIN})
            secure.redirect = plain.url
            refused(terra, "add", asked + "?ref=main", exit=4, says=[], hint=None, GIT_SSL_CAINFO=str(authority_file))
            assert plain.asked == [], "https leads to nothing less"


def test_plain_http_leads_nowhere_else(terra: Terra, server: GitServer, vpc: Repository, tmp_path: Path) -> None:
    with git_server(tmp_path / "other") as other:
        server.redirect = other.url
        refused(terra, "add", address(server), exit=4, says=[], hint=None)
        assert other.asked == []


def test_ssh_asks_nothing_and_is_the_users_own(terra: Terra, vpc: Repository, tmp_path: Path) -> None:
    """An ssh of the user's that runs the far side here, as `git-shell` would there."""
    log = tmp_path / "log"
    fake = tmp_path / "ssh"
    fake.write_text(f'#!/bin/sh\necho "$@" >> {log}\nfor last; do :; done\nexec sh -c "$last"\n')
    fake.chmod(0o755)
    path = os.pathsep.join((str(tmp_path), os.environ["PATH"]))
    repository = vpc.folder / ".git"
    terra("add", f"git:git@host.example:{repository}", "--as", "a", PATH=path)
    terra("add", f"git:ssh://host.example:2222{repository}?ref=v1.0.0", "--as", "b", PATH=path)
    assert all("-o BatchMode=yes" in line for line in log.read_text().splitlines())
    log.unlink()
    terra("add", f"git:host.example:{repository}", "--as", "c", GIT_SSH_COMMAND=f"{fake} -i mine")
    assert all("-i mine -o BatchMode=yes" in line for line in log.read_text().splitlines())
    (Path(os.environ["HOME"]) / ".gitconfig").write_text(
        f'[core]\n\tsshCommand = {fake} -i own\n[url "git@host.example:"]\n\tinsteadOf = https://host.example/\n'
    )
    terra("add", f"git:https://host.example/{repository}", "--as", "d")
    assert "-i own" in log.read_text()
    assert {each["commit"] for each in locked(terra)} == {vpc.head, vpc.git("rev-parse", "v1.0.0")}
    failing = tmp_path / "failing"
    failing.write_text("#!/bin/sh\necho 'git@host.example: Permission denied (publickey).' >&2\nexit 255\n")
    failing.chmod(0o755)
    refused(
        terra,
        "add",
        "git:git@host.example:x",
        exit=4,
        says=["let git in"],
        hint="ssh-add",
        GIT_SSH_COMMAND=str(failing),
    )
    error, _ = error_of(terra("add", "git:git@host.example:x", exit=4, GIT_SSH_COMMAND=str(failing)))
    assert "publickey" in error
