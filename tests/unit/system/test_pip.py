"""What reaches pip: which words, which environment, which index; and how its words are read."""

from __future__ import annotations

import os
import sys
from netrc import netrc
from pathlib import Path

import pytest

from support.packages import wheel
from terra.errors import FetchError, IntegrityError, PolicyError, ResolveError, SystemFailureError, UsageError
from terra.ports import Command, Outcome
from terra.system import pip_settings
from terra.system.pip import Pinned, Pip, is_name, is_version
from terra.system.pip_settings import PipSettings, child_environment
from terra.system.pip_words import explain

INDEX = "https://alice:s3cr3t@registry.example/simple/"
SHOWN = "https://registry.example/simple/"
WHEEL = "terra_a-1.0-py3-none-any.whl"
HELP = "  -i, --index-url <url>  Base URL of an index\n   (default https://built-in.example/simple). This\n"


pytestmark = pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="pip has its configuration elsewhere there")


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The machine's own configuration of pip is out of the way."""
    monkeypatch.setattr(pip_settings, "_MACHINE", str(tmp_path / "etc"))
    return tmp_path / "etc"


class Downloading:
    """A pip that brings the named files and ends with `outcome`."""

    def __init__(self, *brings: str, outcome: Outcome | None = None, log: str = "") -> None:
        self.brings = brings
        self.outcome = outcome or Outcome(0, "", "")
        self.log = log
        self.commands: list[Command] = []
        self.requirements = ""

    def run(self, command: Command) -> Outcome:
        self.commands.append(command)
        words = list(command.argv)
        if "--help" in words:
            return Outcome(0, HELP, "")
        Path(words[words.index("--log") + 1]).write_text(self.log)
        if "-r" in words:
            self.requirements = Path(words[words.index("-r") + 1]).read_text()
        if "-d" in words:
            folder = Path(words[words.index("-d") + 1])
            folder.mkdir(parents=True)
            for name in self.brings:
                (folder / name).write_bytes(wheel("terra_a", "1.0", {}, {})[1])
        return self.outcome


def settings_of(folder: Path, **environment: str) -> PipSettings:
    homes = {"HOME": str(folder / "home"), "XDG_CONFIG_DIRS": str(folder / "xdg"), **environment}
    return PipSettings(homes, folder / "prefix")


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


# Words --------------------------------------------------------------------------------------------

NAMES = [
    *(
        "",
        "-rr.txt",
        "--index-url=http://evil.example",
        "-e.",
        ".",
        "./x",
        "../x",
        "/x",
        "x/y",
        "C:\\x",
        "x y",
        "x\n-r y",
    ),
    *(
        "x[extra]",
        "x;python_version>'3'",
        "x@https://evil.example/x.whl",
        "x==1",
        "x>1",
        "x#y",
        "${HOME}",
        "x\\",
        "x\x00",
    ),
    *("x\n", "\nx", "x-", "é", "x\u2028y", "git+https://evil.example/x", "a" * 201),
]
VERSIONS = [
    *(
        "",
        "1 --hash=sha256:00",
        "1\n-r x",
        "*",
        "1.*",
        "1,<2",
        ">1",
        "1;x",
        "1 ",
        " 1",
        "latest",
        "1/2",
        "../1",
        "1\\",
        "1 #",
    ),
    *("1\n", "-1", "--pre", "\u0661", "1@x", "1[x]", "${X}", "1+", "1+a..b"),
]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_no_name_never_reaches_pip(name: str, tmp_path: Path):
    runner = Downloading()
    pip = Pip(runner, {}, INDEX)
    with pytest.raises(UsageError, match="is not the name of a distribution"):
        pip.download([Pinned("fine", "1"), Pinned(name, "1.0")], tmp_path / "out")
    with pytest.raises(UsageError, match="is not the name of a distribution"):
        pip.versions(name)
    assert runner.commands == []
    assert not is_name(name)


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_no_version_never_reaches_pip(version: str, tmp_path: Path):
    runner = Downloading()
    with pytest.raises(UsageError, match="is not a version of a distribution"):
        Pip(runner, {}, INDEX).download([Pinned("fine", version)], tmp_path / "out")
    assert runner.commands == []
    assert not is_version(version)


@pytest.mark.parametrize("sha256", ["", "a", "a" * 63, "a" * 65, "g" * 64, "a" * 64 + "\n", "a" * 63 + " "])
def test_what_is_no_hash_never_reaches_pip(sha256: str, tmp_path: Path):
    runner = Downloading()
    with pytest.raises(UsageError, match="is not a sha256 in hex"):
        Pip(runner, {}, INDEX).download([Pinned("fine", "1", sha256)], tmp_path / "out")
    assert runner.commands == []


@pytest.mark.parametrize("name", ["x", "terra-aws-s3", "My_Company.VPC", "a1", "a" * 200])
def test_names(name: str):
    assert is_name(name)


@pytest.mark.parametrize(
    "version",
    ["1", "0.1.0", "v1.2", "1!2.0", "1.0rc1", "1.0-alpha.1", "1.0.post1", "1.0-1", "1.0.dev3", "1.0+corp.1", "1A2"],
)
def test_versions(version: str):
    assert is_version(version)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "file:///simple/",
        "registry.example",
        "https://",
        "https://h/a b",
        "https://h/\n",
        "https://h\\x",
        "git+https://h/",
        "https://--disable@h/",
        "https://%2d-disable:x@h/",
        "https://-h/",
        "https://a%00b@h/",
    ],
)
def test_what_is_no_index(url: str, tmp_path: Path):
    runner = Downloading()
    with pytest.raises(UsageError, match="is not the address of a package index"):
        Pip(runner, {}, url).download([Pinned("x", "1")], tmp_path / "out")
    assert runner.commands == []


def test_the_command_line(tmp_path: Path):
    runner = Downloading("terra_a-1.0-py3-none-any.whl")
    Pip(runner, {}, INDEX, python="/opt/python").download([Pinned("terra-a", "1.0")], tmp_path / "out")
    (command,) = runner.commands
    words = list(command.argv)
    del words[words.index("--log") : words.index("--log") + 2]
    options = ["--no-input", "--disable-pip-version-check", "--no-color", "--no-deps", "--only-binary=:all:"]
    start = ["/opt/python", "-I", "-m", "pip", "download"]
    end = ["--progress-bar=off", "-d", str(tmp_path / "out"), "--", "terra-a==1.0"]
    assert words[-len([*start, *options, *end]) :] == [*start, *options, *end]
    assert words[0] == "/bin/sh"
    assert f"ulimit -f {512 << 11}; " in words[2]
    assert f"ulimit -v {1536 << 10}; " in words[2]
    assert words[2].endswith('exec "$@"')
    assert not [word for word in words if "s3cr3t" in word], "other users of the machine see the words"


def test_hashes_of_all_are_pips_to_check(tmp_path: Path):
    runner = Downloading("terra_a-1.0-py3-none-any.whl")
    with pytest.raises(IntegrityError, match="another checksum: expected sha256-a"):
        Pip(runner, {}, INDEX).download([Pinned("terra-a", "1.0", "A" * 64)], tmp_path / "out")
    assert runner.commands[0].argv[-3:-1] == ("--require-hashes", "-r")
    assert runner.requirements == f"terra-a==1.0 --hash=sha256:{'A' * 64}\n"


def test_nothing_to_download(tmp_path: Path):
    runner = Downloading()
    assert Pip(runner, {}, INDEX).download([], tmp_path / "out") == []
    assert runner.commands == []


@pytest.mark.parametrize(
    ("brings", "says"),
    [
        ([], "got nothing"),
        (["terra_a-2.0-py3-none-any.whl"], "got `terra_a-2.0-py3-none-any.whl`"),
        (["terra_b-1.0-py3-none-any.whl"], "got `terra_b-1.0-py3-none-any.whl`"),
        (["terra_a-1.0+evil-py3-none-any.whl"], "did not bring"),
        (["terra_a-1.0.tar.gz"], "got `terra_a-1.0.tar.gz`"),
        (
            ["terra_a-1.0-py3-none-any.whl", "terra_b-1.0-py3-none-any.whl"],
            "brought `terra_b-1.0-py3-none-any.whl`, which",
        ),
        (["terra_a-1.0-py3-none-any.whl", "terra_a-1.0-1-py3-none-any.whl"], "which was not asked for"),
        (["terra_a-1.0-py3-none-any.whl", "notes.txt"], "brought `notes.txt`, which"),
    ],
)
def test_what_comes_is_what_was_asked(tmp_path: Path, brings: list[str], says: str):
    with pytest.raises(IntegrityError) as caught:
        Pip(Downloading(*brings), {}, INDEX).download([Pinned("terra-a", "1.0")], tmp_path / "out")
    assert says in caught.value.message


def test_a_pip_that_does_not_start(tmp_path: Path):
    class Dead:
        def run(self, _: Command) -> Outcome:
            message = "`python` could not be started: Permission denied"
            raise SystemFailureError(message)

    with pytest.raises(SystemFailureError, match="could not be started"):
        Pip(Dead(), {}, INDEX).download([Pinned("terra-a", "1.0")], tmp_path / "out")


# Environment --------------------------------------------------------------------------------------


def test_what_of_the_environment_passes(tmp_path: Path):
    kept = {
        **{f"PIP_{name}": "kept" for name in ("CERT", "CLIENT_CERT", "PROXY", "TIMEOUT", "RETRIES", "CACHE_DIR")},
        "PIP_NO_CACHE_DIR": "1",
        "PIP_KEYRING_PROVIDER": "import",
        "PATH": "/bin",
        "HTTPS_PROXY": "p",
    }
    variables = (
        "INDEX_URL EXTRA_INDEX_URL extra_index_url FIND_LINKS CONSTRAINT REQUIREMENT TARGET NEW_OPTION PYTHON NO_INDEX"
    )
    others = ("pip_find_links", "_PIP_RUNNING_IN_SUBPROCESS", "PYTHONPATH", "PYTHONSTARTUP", "PYTHONHOME")
    dropped = dict.fromkeys([*(f"PIP_{name}" for name in variables.split()), *others], "evil")
    made = child_environment(settings_of(tmp_path, **kept, **dropped), INDEX, tmp_path)
    assert kept.items() <= made.items()
    assert "evil" not in made.values()
    assert made["PIP_INDEX_URL"] == made["PIP_EXTRA_INDEX_URL"] == INDEX
    assert {made[f"PIP_{name}"] for name in ("NO_INDEX", "PRE", "REQUIRE_HASHES", "REQUIRE_VIRTUALENV")} == {"0"}


def test_what_pip_leaves_lies_in_the_folder_of_the_call(tmp_path: Path):
    made = child_environment(settings_of(tmp_path, TMPDIR="/elsewhere"), INDEX, tmp_path)
    for name in ("TMPDIR", "TEMP", "TMP"):
        assert made[name] == str(tmp_path / "tmp")
    assert (tmp_path / "tmp").is_dir()


@pytest.mark.parametrize("place", ["home/.netrc", "home/_netrc", "named"])
def test_the_default_of_netrc_is_for_no_host(tmp_path: Path, place: str):
    """pip would show it to whatever host an index names."""
    text = 'machine a.example login "j\\"o e" password "p\\\\w" account x default login d password s3cr3t\n'
    path = write(tmp_path / place, text)
    more = {"NETRC": str(path)} if place == "named" else {}
    stand_in = Path(child_environment(settings_of(tmp_path, **more), INDEX, tmp_path)["NETRC"])
    assert netrc(str(stand_in)).hosts == {"a.example": ('j"o e', "x", "p\\w")}
    assert stand_in.stat().st_mode & 0o777 == 0o600


def test_without_a_netrc_that_can_be_read_there_is_no_login(tmp_path: Path):
    write(tmp_path / "home/.netrc", "nonsense s3cr3t\n")
    assert Path(child_environment(settings_of(tmp_path), INDEX, tmp_path)["NETRC"]).read_bytes() == b""


def test_the_stand_ins_are_empty_and_survive_a_space(tmp_path: Path):
    folder = tmp_path / "John Doe"
    folder.mkdir()
    made = child_environment(settings_of(tmp_path), INDEX, folder)
    for name in ("FIND_LINKS", "CONSTRAINT", "REQUIREMENT"):
        assert made[f"PIP_{name}"].startswith("file:///")
        assert " " not in made[f"PIP_{name}"]
    assert list((folder / "none").iterdir()) == []
    assert (folder / "none.txt").read_bytes() == b""


def test_a_keyring_is_asked_unless_the_user_says_how(tmp_path: Path):
    assert child_environment(settings_of(tmp_path), INDEX, tmp_path)["PIP_KEYRING_PROVIDER"] == "subprocess"
    write(tmp_path / "home/.config/pip/pip.conf", "[global]\nkeyring-provider = import\n")
    assert "PIP_KEYRING_PROVIDER" not in child_environment(settings_of(tmp_path), INDEX, tmp_path)


def test_plain_http_is_trusted_beside_what_the_user_trusts(tmp_path: Path):
    settings = settings_of(tmp_path, PIP_TRUSTED_HOST="a.example b.example:81")
    made = child_environment(settings, "http://alice:pw@c.example:82/simple/", tmp_path)
    assert made["PIP_TRUSTED_HOST"] == "a.example b.example:81 c.example:82"
    assert child_environment(settings, INDEX, tmp_path)["PIP_TRUSTED_HOST"] == "a.example b.example:81"
    assert "PIP_TRUSTED_HOST" not in child_environment(settings_of(tmp_path), INDEX, tmp_path)
    assert settings.trusts("http://a.example:99/")
    assert settings.trusts("http://b.example:81/")
    assert not settings.trusts("http://b.example/")


# Index --------------------------------------------------------------------------------------------


def index_of(folder: Path, **environment: str) -> str:
    homes = {"HOME": str(folder / "home"), "XDG_CONFIG_DIRS": f"{folder}/xdg1:{folder}/xdg2", **environment}
    pip = Pip(Downloading(), homes, python=str(folder / "prefix/bin/python"))
    return pip.index_url().removeprefix("https://").removesuffix(".example")


def test_which_file_counts(tmp_path: Path):
    """From the least to the most."""
    places = [
        "xdg1/pip/pip.conf",
        "xdg2/pip/pip.conf",
        "etc/pip.conf",
        "home/.pip/pip.conf",
        "home/.config/pip/pip.conf",
        "prefix/pip.conf",
    ]
    for number, place in enumerate(places):
        write(tmp_path / place, f"[global]\nindex-url = https://h{number}.example\n")
        assert index_of(tmp_path) == f"h{number}"
    named = write(tmp_path / "named.conf", "[global]\nindex-url = https://named.example\n")
    assert index_of(tmp_path, PIP_CONFIG_FILE=str(named)) == "named"
    assert index_of(tmp_path, PIP_CONFIG_FILE=str(named), PIP_INDEX_URL="https://env.example") == "env"
    assert index_of(tmp_path, PIP_CONFIG_FILE=str(named), PIP_INDEX_URL="") == "named"
    assert index_of(tmp_path, PIP_CONFIG_FILE=os.devnull) == "built-in.example/simple"
    assert index_of(tmp_path, XDG_CONFIG_HOME=str(tmp_path / "elsewhere")) == "h5"


def test_a_named_file_stands_in_for_the_users(tmp_path: Path):
    write(tmp_path / "home/.config/pip/pip.conf", "[global]\nindex-url = https://user.example\n")
    named = write(tmp_path / "named.conf", "[global]\ntimeout = 5\n")
    assert index_of(tmp_path, PIP_CONFIG_FILE=str(named)) == "built-in.example/simple"
    assert index_of(tmp_path, PIP_CONFIG_FILE=str(tmp_path / "gone.conf")) == "user"


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("[global]\nindex-url = https://a.example\n[download]\nindex-url = https://b.example\n", "b"),
        ("[download]\nindex_url = https://b.example\n[global]\nindex-url = https://a.example\n", "b"),
        ("[global]\n--Index-URL: https://a.example\n", "a"),
        ("[global]\npypi-url = https://a.example\n", "a"),
        ("[install]\nindex-url = https://a.example\n", "built-in.example/simple"),
        ("[global]\nindex-url = https://a.example\n[download]\nindex-url =\n", "a"),
        ("[global]\nindex-url =\n", "built-in.example/simple"),
        ("[global]\nindex-url = https://a.example\nformat = 100%\n", "a"),
    ],
)
def test_which_setting_of_a_file_counts(tmp_path: Path, text: str, index: str):
    write(tmp_path / "prefix/pip.conf", text)
    assert index_of(tmp_path) == index


@pytest.mark.parametrize(
    "text", ["index-url = https://alice:s3cr3t@a.example\n", "[global]\nx = 1\nx = s3cr3t\n", "[global\n"]
)
def test_a_file_that_is_none(tmp_path: Path, text: str):
    path = write(tmp_path / "prefix/pip.conf", text)
    with pytest.raises(UsageError) as caught:
        index_of(tmp_path)
    assert caught.value.message == f"`{path}` is no configuration of pip that can be read"
    assert caught.value.__cause__ is None


def test_a_pip_that_is_to_ask_no_index(tmp_path: Path):
    write(tmp_path / "prefix/pip.conf", "[global]\nno-index = yes\nindex-url = https://a.example\n")
    with pytest.raises(UsageError, match="configured to ask no index"):
        index_of(tmp_path)
    homes = {"HOME": str(tmp_path / "home")}
    assert Pip(Downloading(), homes, INDEX, python=str(tmp_path / "prefix/bin/python")).index_url() == INDEX


def test_whom_pip_trusts_without_tls(tmp_path: Path):
    environment = {"PIP_INDEX_URL": "http://a.example/simple/", "PIP_TRUSTED_HOST": "a.example"}
    assert Pip(Downloading(), environment).is_trusted
    assert not Pip(Downloading(), environment, "http://a.example/simple/").is_trusted, "a project named it"
    assert not Pip(Downloading(), {**environment, "PIP_TRUSTED_HOST": "b.example"}).is_trusted


# Answers ------------------------------------------------------------------------------------------


def test_the_versions_that_have_a_wheel(tmp_path: Path):
    """An older pip lists those that only have a source, too."""
    log = "".join(
        f"2026-11-22T20:00:00,000   Found link {SHOWN}{link} (from {SHOWN}terra-a/){more}, version: {version}\n"
        for link, more, version in [
            ("terra_a-1.0-py3-none-any.whl#sha256=00", " (requires-python:>=3.7)", "1.0"),
            ("terra_a-2.0.tar.gz", "", "2.0"),
            ("terra_a-3.0RC1-py3-none-any.whl", "", "3.0RC1"),
        ]
    )
    out = "terra-a (2.0)\nAvailable versions: 3.0rc1, 2.0, 1.0\n  INSTALLED: 1.0\n"
    assert Pip(Downloading(outcome=Outcome(0, out, ""), log=log), {}, INDEX).versions("terra-a") == ["3.0rc1", "1.0"]
    with pytest.raises(ResolveError, match="has no wheel of `terra-a`, only a source"):
        Pip(Downloading(outcome=Outcome(0, out, "")), {}, INDEX).versions("terra-a")


@pytest.mark.parametrize("said", ['Looking up "{}" in the cache', '{} "GET /x HTTP/1.1" 200 9'])
def test_an_https_index_leads_to_no_plain_file(tmp_path: Path, said: str):
    log = f"2026-11-22T20:00:00,000   {said.format('http://files.example')}\n"
    with pytest.raises(PolicyError, match=r"led pip to `http://files.example`, which is plain http"):
        Pip(Downloading(WHEEL, log=log), {}, INDEX).download([Pinned("terra-a", "1.0")], tmp_path / "out")
    plain = Pip(Downloading(WHEEL, log=log), {}, "http://registry.example/simple/")
    assert plain.download([Pinned("terra-a", "1.0")], tmp_path / "plain")
    secure = Pip(Downloading(WHEEL, log=log.replace("http:", "https:")), {}, INDEX)
    assert secure.download([Pinned("terra-a", "1.0")], tmp_path / "secure")


def test_a_link_that_is_too_long_to_be_looked_at(tmp_path: Path):
    log = f"2026-11-22T20:00:00,000   Found link {SHOWN}{'a' * (1 << 20)} (from https://evil.example/), version: 1.0\n"
    with pytest.raises(IntegrityError, match="a link that is too long"):
        Pip(Downloading(WHEEL, log=log), {}, INDEX).download([Pinned("terra-a", "1.0")], tmp_path / "out")


@pytest.mark.parametrize("version", ["9" * 5000, "1+" + "a" * 5000])
def test_versions_that_python_does_not_read(version: str):
    assert not is_version(version)
    log = f"2026   Found link {SHOWN}terra_a-{version}-py3-none-any.whl (from {SHOWN}), version: {version}\n"
    pip = Pip(Downloading(outcome=Outcome(0, f"Available versions: {version}, 1.0\n", ""), log=log), {}, INDEX)
    with pytest.raises(ResolveError, match="has no wheel of `terra-a`"):
        pip.versions("terra-a")


@pytest.mark.parametrize(
    "words",
    [
        "Skipping link: ",
        "Skipping link: a: ",
        "Could not fetch URL x",
        "Could not fetch URL x: ",
        "satisfies the requirement a==1",
        "satisfies the requirement a==1 (from versions: ",
        "Found link a.whl version: ",
    ],
)
def test_what_an_index_repeats_is_read_once(words: str):
    """With a pattern that began anew at each of them, this would take minutes or hours."""
    text = f"2026-11-22T20:00:00,000   Skipping link: yanked for reason: {words * 60_000}\n"
    ended = Outcome(1, "", "ERROR: No matching distribution found for terra-a==1.0")
    assert isinstance(explain(ended, text, [("terra-a", "1.0")], INDEX), ResolveError)
    with pytest.raises(ResolveError):
        Pip(Downloading(outcome=Outcome(0, "", ""), log=text), {}, INDEX).versions("terra-a")


@pytest.mark.parametrize(
    ("ended", "kind", "says"),
    [
        (Outcome(1, "", "/usr/bin/python: No module named pip"), SystemFailureError, "pip is not installed"),
        (Outcome(1, "", "ERROR: an OSError: [Errno 28] No space left on device"), SystemFailureError, "no space left"),
        (Outcome(3, "", ""), UsageError, "pip cannot use its configuration"),
        (Outcome(2, "", "pip: error: maybe is not a valid value for pre option"), UsageError, "maybe"),
        (
            Outcome(2, "", "ERROR: Exception:\nTraceback:\n  x\nOSError: https://a:s3cr3t@b.example is bad."),
            FetchError,
            "//b.example is bad",
        ),
        (Outcome(1, "", ""), FetchError, "exit 1"),
        (Outcome(-9, "", ""), FetchError, "signal 9"),
        (Outcome(2, "", "ERROR: Exception:\nTraceback:\n  x\nMemoryError"), IntegrityError, "may hold in memory"),
        (Outcome(1, "", "ERROR: an OSError: [Errno 27] File too large"), IntegrityError, "a file that is too large"),
    ],
)
def test_what_else_can_go_wrong(ended: Outcome, kind: type, says: str):
    error = explain(ended, "", [("terra-a", "1.0")], INDEX)
    assert type(error) is kind
    assert says in error.message
    assert "s3cr3t" not in f"{error.message}{error.hint}{error.subjects}"
    assert error.hint


def test_an_index_cannot_put_words_into_a_message():
    """A page's text is in the log; what is shown of it is numbers and versions."""
    log = (
        f"2026 Skipping link: \x1b[31mbuy this Requires-Python >=3.99: {SHOWN}terra_a-1.0-py3-none-any.whl\n"
        f"2026 Skipping link: none of the wheel's tags (\x1b]0;x) are compatible: {SHOWN}terra_a-1.0-py3-none-any.whl\n"
    )
    ended = Outcome(1, "", "ERROR: No matching distribution found for terra-a==1.0")
    error = explain(ended, log, [("terra-a", "1.0")], INDEX)
    assert "\x1b" not in f"{error.message}{error.hint}"
