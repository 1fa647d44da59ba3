"""Whatever the output is, the command does its work and says no secret."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys

import pytest

from support.expected import error_of
from support.hostile_server import hostile_server
from support.packages import packed, serve
from support.project import MAIN, Ended, Terra, Workspace, snapshot

pytestmark = pytest.mark.skipif(os.name != "posix", reason="streams are closed by a shell of POSIX")

FROM = ("--registry", "../workspace")
SECRET = "S3CRET"
NOISE = ("Traceback", "Exception ignored", "a bug in terra", "NoneType")


def by_shell(terra: Terra, redirection: str, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command with its streams as a shell's redirections say."""
    return subprocess.run(
        ["/bin/sh", "-c", f'exec "$0" "$@" {redirection}', str(terra.program), *words],
        cwd=terra.cwd,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def assert_quiet(text: str) -> None:
    assert not [each for each in NOISE if each in text], text


# -- streams --------------------------------------------------------------------------------------------------

CLOSED = [" ".join(each) for count in (1, 2, 3) for each in itertools.combinations(("<&-", ">&-", "2>&-"), count)]


@pytest.mark.parametrize("closed", CLOSED)
def test_add_with_closed_streams(terra: Terra, workspace: Workspace, closed: str) -> None:
    workspace.simple("vpc")
    added = by_shell(terra, closed, "add", "vpc", *FROM)
    assert_quiet(added.stderr)
    assert added.returncode == 0, added.stderr
    assert (terra.cwd / "plugins/vpc/main.tf").read_text() == MAIN
    listed = terra("list", "--json").json["plugins"][0]
    assert (listed["edited"], listed["missing"]) == ([], []), "the report went into a file"


@pytest.mark.parametrize("closed", CLOSED)
@pytest.mark.parametrize("words", [("list",), ("list", "--json"), ("--version",), ("--help",), ("add", "nothing")])
def test_report_with_closed_streams(terra: Terra, workspace: Workspace, closed: str, words: tuple[str, ...]) -> None:
    workspace.simple("vpc")
    terra("add", "vpc", *FROM)
    before = snapshot(terra.cwd)
    ended = by_shell(terra, closed, *words, TERRA_REGISTRY="../workspace")
    assert_quiet(ended.stderr)
    assert ended.returncode == (3 if "nothing" in words else 0), ended.stderr
    assert snapshot(terra.cwd) == before


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is of Linux")
@pytest.mark.parametrize("more", [(), ("--json",), ("-v",)])
def test_full_disk_of_the_output(terra: Terra, workspace: Workspace, more: tuple[str, ...]) -> None:
    workspace.simple("vpc")
    added = by_shell(terra, ">/dev/full", "add", "vpc", *FROM, *more)
    assert_quiet(added.stderr)
    assert added.returncode == 1
    assert "the command is done" in added.stderr
    assert "nothing of the project was changed" not in added.stderr
    assert (terra.cwd / "plugins/vpc/main.tf").read_text() == MAIN
    assert terra("list", "--json").json["plugins"][0]["edited"] == []


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is of Linux")
@pytest.mark.parametrize("words", [("list",), ("list", "--json"), ("module", "vpc"), ("--help",), ("--version",)])
def test_full_disk_of_a_report(terra: Terra, workspace: Workspace, words: tuple[str, ...]) -> None:
    workspace.simple("vpc")
    terra("add", "vpc", *FROM)
    ended = by_shell(terra, ">/dev/full", *words)
    assert_quiet(ended.stderr)
    assert ended.returncode == 1
    assert ended.stderr.startswith("error: ")


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is of Linux")
@pytest.mark.parametrize("more", [(), ("--json",)])
def test_errors_to_a_full_disk(terra: Terra, workspace: Workspace, more: tuple[str, ...]) -> None:
    workspace.simple("vpc")
    ended = by_shell(terra, ">/dev/full 2>/dev/full", "add", "vcp", *FROM, *more)
    assert ended.returncode in (1, 3)
    ended = by_shell(terra, "2>/dev/full", "add", "vpc", *FROM, "-v")
    assert (terra.cwd / "plugins/vpc/main.tf").exists() == (ended.returncode == 0)


@pytest.mark.parametrize("words", [("list",), ("list", "--json"), ("--help",), ("--version",)])
def test_reader_that_is_gone(terra: Terra, workspace: Workspace, words: tuple[str, ...]) -> None:
    workspace.simple("vpc")
    terra("add", "vpc", *FROM)
    reading, writing = os.pipe()
    os.close(reading)  # `terra list | true`, without the race of who is first
    ended = subprocess.run(
        [str(terra.program), *words],
        cwd=terra.cwd,
        stdin=subprocess.DEVNULL,
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    os.close(writing)
    assert ended.stderr == ""
    assert ended.returncode in (0, 1)


def test_pipe_to_true(terra: Terra, workspace: Workspace) -> None:
    workspace.simple("vpc")
    terra("add", "vpc", *FROM)
    ended = by_shell(terra, "| true", "list")
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "ascii:strict"])
@pytest.mark.parametrize("more", [(), ("--json",)])
def test_encoding_that_lacks_a_character(
    terra: Terra, workspace: Workspace, encoding: str, more: tuple[str, ...]
) -> None:
    workspace.plugin("vpc")
    workspace.write([{"name": "vpc", "source": "workspace:packages/plugins/vpc", "description": "Netz für 東京"}])
    ended = terra("info", "vpc", *FROM, *more, PYTHONIOENCODING=encoding)
    assert "Netz" in ended.out
    assert_quiet(ended.err)
    refused = terra("add", "für-東京", *FROM, exit=2, PYTHONIOENCODING=encoding)
    assert_quiet(refused.err)


# -- secrets --------------------------------------------------------------------------------------------------

# Port 1 of this machine: nothing answers, and nobody else is asked.
ADDRESSES = [
    f"https://user:{SECRET}@[bad/x.zip",
    f"https://user:{SECRET}@127.0.0.1:1/x.zip",
    f"https://user:{SECRET}@127.0.0.1:port/x.zip",
    f"https://user:{SECRET}/@127.0.0.1:1/x.zip",
    f"https://{SECRET}@127.0.0.1:1/x.zip",
    f"git:https://u:{SECRET}@127.0.0.1:1/x",
    f"git::https://u:{SECRET}@127.0.0.1:1/x",
    f"HTTPS://u:{SECRET}@127.0.0.1:1/x.zip",
    f"https://127.0.0.1:1/x.zip?a=b&access_token={SECRET}",
]


MORE = [("-v",), ("--json",)]  # `-v` says what is said without it, and more


def assert_silent(ended: Ended) -> Ended:
    assert SECRET not in ended.out + ended.err
    assert_quiet(ended.err)
    return ended


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("more", MORE)
def test_no_error_tells_a_secret_of_the_command_line(terra: Terra, address: str, more: tuple[str, ...]) -> None:
    for words in (("add", address), ("info", address), ("add", "vpc", "--registry", address)):
        ended = assert_silent(terra(*words, *more, exit=None))
        assert ended.exit in (2, 3, 4, 5), ended.err
        assert more == ("--json",) or error_of(ended)
    assert snapshot(terra.cwd) == {}


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("more", MORE)
def test_no_error_tells_a_secret_of_a_document(terra: Terra, address: str, more: tuple[str, ...]) -> None:
    lines = {
        f'[plugins]\nx = {{ source = "{address}" }}\n': ("add", "x"),
        f'[plugins]\nx = {{ registry = "{address}" }}\n': ("add", "x"),
        f'[registries.r]\nurl = "{address}"\n': ("add", "x"),
        f'[registries.q]\nurl = "{address}"\n': ("doctor",),
    }
    for document, words in lines.items():
        (terra.cwd / "terra.toml").write_text(document)
        assert assert_silent(terra(*words, *more, exit=None)).exit != 0


@pytest.mark.parametrize("more", [(), *MORE])
def test_no_message_tells_a_token(terra: Terra, more: tuple[str, ...]) -> None:
    """What is said while a download goes well, or does not."""
    with hostile_server() as server:
        server.routes["/vpc.zip"] = serve(packed({"main.tf": MAIN}, ".zip"))
        assert SECRET not in terra("add", server.url(f"/vpc.zip?token={SECRET}"), *more).err
        assert_silent(terra("add", server.url(f"/none.zip?token={SECRET}"), *more, exit=None))
        assert [each.path for each in server.seen] == [f"/{name}.zip?token={SECRET}" for name in ("vpc", "none")]


# The JSON documents are for programs, which need the address that the lock holds too.
@pytest.mark.parametrize("more", [(), ("-v",)])
def test_no_report_tells_a_token(terra: Terra, more: tuple[str, ...]) -> None:
    with hostile_server() as server:
        server.routes["/vpc.zip"] = serve(packed({"main.tf": MAIN}, ".zip"))
        address = server.url(f"/vpc.zip?token={SECRET}")
        said = [terra(*words, *more) for words in (("add", address), ("list",), ("info", address))]
    assert not [each.out for each in said if SECRET in each.out]


@pytest.mark.parametrize("more", [(), ("-v",)])
def test_no_list_of_registries_tells_a_token(terra: Terra, more: tuple[str, ...]) -> None:
    (terra.cwd / "terra.toml").write_text(f'[registries.r]\nurl = "https://127.0.0.1:1/x?token={SECRET}"\n')
    assert_silent(terra("registry", "list", *more))


# -- interrupts -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("moment", [".terra-journal", "terra.lock", ".terra-journal/done.json"])
def test_interrupt_says_what_is_so(terra: Terra, workspace: Workspace, number: signal.Signals, moment: str) -> None:
    """An interrupt undoes the command, or comes too late: never does one say that nothing was done when it was."""
    workspace.plugin("vpc", {f"file-{each}.tf": MAIN for each in range(60)})
    workspace.write([{"name": "vpc", "source": "workspace:packages/plugins/vpc"}])
    running = subprocess.Popen(
        [str(terra.program), "add", "vpc", *FROM],
        cwd=terra.cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while running.poll() is None and not os.path.lexists(terra.cwd / moment):
        pass
    running.send_signal(number)
    _, err = running.communicate(timeout=60)
    if "as it was before" in err:
        assert running.returncode == 130
        assert snapshot(terra.cwd) == {}
    else:
        assert len(terra("list", "--json").json["plugins"]) == 1, err
        assert not (terra.cwd / ".terra-journal").exists()
        assert_quiet(err)
        assert running.returncode == 0, err
