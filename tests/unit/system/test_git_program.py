"""The environment and the words with which git is started; a program of the test's plays git."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from terra.errors import AuthenticationError, FetchError, IntegrityError, OfflineError, SystemFailureError, UsageError
from terra.model.git import Remote
from terra.ports import Command, Outcome
from terra.system.git import Git, RemoteTags
from terra.system.git_failures import failure
from terra.system.git_settings import for_looking
from terra.testing.fakes import FakeRunner, FakeTransport

REMOTE = Remote.parse("https://h.example/x")
REFS = "a" * 40 + "\trefs/tags/v1\n" + "b" * 40 + "\trefs/tags/v1^{}\n" + "c" * 40 + "\trefs/heads/main\n"


class FakeGit:
    """Plays git: `config` is what its configuration lists, `answers` what it says to ls-remote and fetch in turn."""

    def __init__(self, *answers: Outcome, config: str = "", version: str = "git version 2.39.5") -> None:
        self.config = config
        self.version = version
        self.answers = list(answers) or [Outcome(0, REFS, "")]
        self.runner = FakeRunner({"git": self.plain, "sh": self.limited})
        self.transport = FakeTransport()
        self.calls: list[tuple[str, ...]] = []

    def git(self, **environment: str) -> Git:
        return Git(self.runner, self.transport, {"PATH": "/bin", **environment})

    def plain(self, command: Command) -> Outcome:
        return Outcome(0, self.version if command.argv[1] == "version" else self.config, "")

    def limited(self, command: Command) -> Outcome:
        words = command.argv[command.argv.index("--literal-pathspecs") + 1 :]
        if "--get-url" in words:
            return Outcome(0, command.argv[-1].replace("https://h.example/", "https://mirror.example/") + "\n", "")
        self.calls.append(words)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the last call."""
        return dict(self.runner.commands[-1].environment or {})

    @property
    def settings(self) -> list[tuple[str, str]]:
        """The configuration that the last call was given."""
        given = self.environment
        count = int(given["GIT_CONFIG_COUNT"])
        return [(given[f"GIT_CONFIG_KEY_{each}"], given[f"GIT_CONFIG_VALUE_{each}"]) for each in range(count)]


def test_refs_by_their_names():
    fake = FakeGit()
    assert list(fake.git().refs(REMOTE, "--tags", "--heads")) == ["refs/tags/v1", "refs/tags/v1^{}", "refs/heads/main"]
    assert fake.calls == [("ls-remote", "--tags", "--heads", "--", "https://h.example/x")]
    assert fake.environment["GIT_DIR"] == os.devnull
    assert [url for url, _ in fake.transport.requests] == []


def test_nothing_asks_and_no_file_of_configuration_is_read():
    fake = FakeGit()
    fake.git().refs(REMOTE)
    given = fake.environment
    wanted = {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "",
        "SSH_ASKPASS": "",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ALLOW_PROTOCOL": "https",
        "GIT_SSH_COMMAND": "ssh -o BatchMode=yes",
        "LC_ALL": "C",
        "PATH": "/bin",
    }
    assert {name: given[name] for name in wanted} == wanted
    assert dict(fake.settings)["core.hooksPath"] == os.devnull


def test_of_the_environment_only_ways_to_a_host_stay():
    fake = FakeGit()
    kept = {"GIT_SSL_CAINFO": "a", "GIT_PROXY_SSL_CERT": "b", "GIT_HTTP_USER_AGENT": "c", "https_proxy": "d"}
    dropped = [
        "GIT_WORK_TREE",
        "GIT_INDEX_FILE",
        "GIT_EXEC_PATH",
        "GIT_TRACE",
        "GIT_EXTERNAL_DIFF",
        "GIT_PROXY_COMMAND",
    ]
    fake.git(**kept, **dict.fromkeys(dropped, "x"), GIT_ALLOW_PROTOCOL="ext").refs(REMOTE)
    given = fake.environment
    assert {name: given[name] for name in kept} == kept
    assert [name for name in dropped if name in given] == []
    assert given["GIT_ALLOW_PROTOCOL"] == "https"


def test_of_the_configuration_only_logins_and_ways_to_a_host_stay():
    kept = [
        ("credential.helper", ""),
        ("credential.https://h.example.helper", "store\n two"),
        ("http.https://h.example/.extraheader", "X: y"),
        ("http.sslverify", "true"),
        ("core.sshcommand", "ssh -i x"),
        ("ssh.variant", "ssh"),
    ]
    others = [("core.fsmonitor", "x"), ("alias.fetch", "!x"), ("url.x.pushinsteadof", "y"), ("filter.x.smudge", "x")]
    listed = [f"global\0{key}\n{text}\0" for key, text in (*kept, *others)]
    listed[3] = "system\0http.sslverify\0"  # a key alone is true
    listed += [f"{scope}\0credential.helper\nevil\0" for scope in ("local", "worktree", "unknown")]
    fake = FakeGit(config="".join(listed))
    fake.git(GIT_CONFIG_GLOBAL="/mine").refs(REMOTE)
    assert [pair for pair in fake.settings if pair in kept] == kept
    assert not set(fake.settings) & set(others)
    assert ("credential.helper", "evil") not in fake.settings
    assert fake.environment["GIT_SSH_COMMAND"] == "ssh -i x -o BatchMode=yes"
    reading = next(each for each in fake.runner.commands if "config" in each.argv)
    assert (reading.environment or {})["GIT_CONFIG_GLOBAL"] == "/mine"
    assert (reading.environment or {})["GIT_DIR"] == os.devnull


@pytest.mark.parametrize(
    ("environment", "config", "command"),
    [
        ({"GIT_SSH_COMMAND": "/opt/ssh -i x"}, {}, "/opt/ssh -i x -o BatchMode=yes"),
        ({"GIT_SSH_COMMAND": "plink"}, {}, "plink"),
        ({"GIT_SSH_COMMAND": "wrapper", "GIT_SSH_VARIANT": "ssh"}, {}, "wrapper -o BatchMode=yes"),
        ({"GIT_SSH_COMMAND": "ssh", "GIT_SSH_VARIANT": "simple"}, {}, "ssh"),
        ({"GIT_SSH_COMMAND": "ssh -4"}, {"core.sshcommand": "other"}, "ssh -4 -o BatchMode=yes"),
        ({"GIT_SSH": "/opt/wrapper"}, {}, None),
    ],
)
def test_the_users_own_ssh(environment: dict[str, str], config: dict[str, str], command: str | None):
    fake = FakeGit(config="".join(f"global\0{key}\n{text}\0" for key, text in config.items()))
    fake.git(**environment).refs(REMOTE)
    assert fake.environment.get("GIT_SSH_COMMAND") == command


def test_an_address_is_admitted_before_git_goes_there():
    fake = FakeGit()
    fake.transport.offline = True
    for address in ("https://h.example/x", "git@h.example:x", "ssh://h.example:22/x", "http://127.0.0.1/x"):
        with pytest.raises(OfflineError):
            fake.git().refs(Remote.parse(address))
    assert fake.calls == []
    fake.git().refs(Remote("/here", "file"))
    assert fake.environment["GIT_ALLOW_PROTOCOL"] == "file"


def test_what_is_rewritten_is_admitted_as_what_it_becomes():
    admitted: list[str] = []
    fake = FakeGit(config="global\0url.https://mirror.example/.insteadof\nhttps://h.example/\0")
    fake.transport.admit = admitted.append  # type: ignore[method-assign]
    fake.git().refs(REMOTE)
    assert admitted == ["https://mirror.example/x"]
    assert fake.calls[0][-1] == "https://h.example/x"


def test_plain_http_follows_no_redirect():
    fake = FakeGit()
    fake.git().refs(Remote.parse("http://127.0.0.1/x"))
    argv = fake.runner.commands[-1].argv
    assert "http.followRedirects=false" in argv
    assert fake.environment["GIT_ALLOW_PROTOCOL"] == "http:https"


def test_a_failure_of_the_network_is_tried_once_more():
    fake = FakeGit(Outcome(128, "", "fatal: the requested URL returned error: 503\n"), Outcome(0, REFS, ""))
    assert fake.git().refs(REMOTE)
    assert len(fake.calls) == 2
    fake = FakeGit(Outcome(128, "", "error: RPC failed; curl 56 x\n"))
    with pytest.raises(FetchError):
        fake.git().refs(REMOTE)
    assert len(fake.calls) == 2


def missing(command: Command) -> Outcome:
    raise SystemFailureError(command.argv[0]) from FileNotFoundError()


def test_git_that_is_missing_old_or_slow():
    with pytest.raises(SystemFailureError, match="git is needed"):
        Git(FakeRunner({"git": missing}), FakeTransport(), {}).refs(REMOTE)
    for version in ("git version 2.31.9", "git version 1.9.1", "hello"):
        with pytest.raises(SystemFailureError, match=r"2\.32"):
            FakeGit(version=version).git().refs(REMOTE)
    fake = FakeGit()

    def slow(command: Command) -> Outcome:
        raise SystemFailureError(command.argv[0]) from TimeoutError()

    fake.runner.programs["sh"] = slow
    with pytest.raises(SystemFailureError):  # TimeoutError is an OSError: not started
        fake.git().refs(REMOTE)

    def late(command: Command) -> Outcome:
        raise SystemFailureError(command.argv[0]) from RuntimeError()

    fake.runner.programs["sh"] = late
    with pytest.raises(FetchError, match="within 60 s"):
        fake.git().refs(REMOTE)


def test_git_that_prints_too_much(tmp_path: Path):
    fake = FakeGit()

    def endless(command: Command) -> Outcome:
        raise SystemFailureError(command.argv[0])

    fake.runner.programs["sh"] = endless
    with pytest.raises(IntegrityError, match=r"`https://h\.example/x` sends more"):
        fake.git().refs(REMOTE)
    with pytest.raises(IntegrityError, match="git prints more") as caught:
        fake.git().read(tmp_path, "ls-tree")
    assert caught.value.hint


def test_looking_at_a_strangers_repository():
    kept = {"PATH": "/bin", "HOME": "/home/joe", "GIT_CONFIG_GLOBAL": "/mine", "GIT_CONFIG_COUNT": "0"}
    dropped = ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_TRACE", "GIT_SSH", "GIT_SSH_COMMAND"]
    given = for_looking({**kept, **dict.fromkeys(dropped, "x"), "GIT_ALLOW_PROTOCOL": "ext", "GIT_NO_LAZY_FETCH": "0"})
    assert {name: given[name] for name in kept} == kept
    assert [name for name in dropped if name in given] == []
    assert given["GIT_ALLOW_PROTOCOL"] == ""
    assert given["GIT_NO_LAZY_FETCH"] == "1"


def test_fetching_into_a_repository_of_ones_own(tmp_path: Path):
    fake = FakeGit(Outcome(0, "", ""))
    fake.git().fetch(REMOTE, tmp_path, ["a" * 40])
    (words,) = fake.calls
    assert words[0] == "fetch"
    assert words[-3:] == ("--", "https://h.example/x", "a" * 40)
    assert {"--depth=1", "--no-tags", "--no-recurse-submodules"} <= set(words)
    assert fake.environment["GIT_DIR"] == str(tmp_path)
    fake.git().read(tmp_path, "archive")
    assert fake.environment["GIT_ALLOW_PROTOCOL"] == ""


def test_a_remote_is_asked_for_its_tags_once():
    fake = FakeGit()
    tags = RemoteTags(fake.runner, fake.transport, {})
    assert tags(REMOTE) == tags(REMOTE) == ("v1", "refs/heads/main")
    assert len(fake.calls) == 1
    assert "--tags" in fake.calls[0]


@pytest.mark.parametrize(
    ("said", "kind", "hint"),
    [
        (
            "fatal: could not read Username for 'https://h': terminal prompts disabled",
            AuthenticationError,
            "credential",
        ),
        ("fatal: Authentication failed for 'https://h/'", AuthenticationError, "credential"),
        ("git@h: Permission denied (publickey).\nfatal: Could not read from remote", AuthenticationError, "credential"),
        ("No ED25519 host key is known.\nHost key verification failed.", FetchError, "ssh h.example"),
        ("fatal: repository 'https://h/' not found", FetchError, "address"),
        ("fatal: transport 'http' not allowed", FetchError, "insteadOf"),
        ("fatal: detected dubious ownership in repository at '/x'", FetchError, "another user's"),
        ("hint: look\nfatal: write error: File too large\nfatal: x", IntegrityError, "smaller"),
        ("fatal: Out of memory, malloc failed (tried to allocate 9 bytes)", IntegrityError, "smaller"),
        ("", FetchError, "address"),
    ],
)
def test_what_git_says_in_terras_words(said: str, kind: type[FetchError], hint: str):
    error = failure(REMOTE, Outcome(128, "", said))
    assert type(error) is kind
    assert hint in (error.hint or "")
    assert "hint:" not in error.message
    assert not error.message.endswith(".")


def test_an_address_that_becomes_none_is_refused():
    fake = FakeGit(config="global\0url.ext::sh .insteadof\nhttps://h.example/\0")
    fake.runner.programs["sh"] = lambda command: Outcome(0, "ext::sh -c x\n", "") if command else Outcome(0, "", "")
    with pytest.raises(UsageError):
        fake.git().refs(REMOTE)
