"""npm's configuration: its grammar, who overrides whom, and to which address a secret goes."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from terra.errors import InvalidDocumentError, PolicyError, UsageError
from terra.ports import Command, Outcome
from terra.system.npm_ini import expand, read_lines
from terra.system.npm_registry import NpmRegistries, NpmRegistry, how_to_log_in
from terra.system.npmrc import NpmSettings, load_settings
from terra.system.origins import HttpUrl
from terra.testing.fakes import RecordingReporter

PASSWORD = base64.b64encode(b"pa:ss").decode()
BASIC = "Basic " + base64.b64encode(b"me:pa:ss").decode()


class Machine:
    """A home, a project and a global folder with their `.npmrc`."""

    def __init__(self, root: Path) -> None:
        self.home, self.project = root / "home", root / "project"
        self.home.mkdir()
        self.project.mkdir()
        self.environment = {"HOME": str(self.home), "PATH": ""}
        self.reporter = RecordingReporter()
        self.asked: list[Command] = []
        self.answer = Outcome(0, "", "")

    def run(self, command: Command) -> Outcome:
        """Stand in for the npm program."""
        self.asked.append(command)
        assert command.folder is not None
        assert list(command.folder.iterdir()) == []
        return self.answer

    def user(self, text: str) -> None:
        (self.home / ".npmrc").write_text(text)

    def own(self, text: str) -> None:
        (self.project / ".npmrc").write_text(text)

    def load(self) -> NpmSettings:
        return load_settings(self.environment, self.project, self.reporter)

    def registry(self, package: str = "@terra/vpc", address: str | None = None) -> NpmRegistry:
        return NpmRegistries(self.environment, self.project, self, self.reporter).find(package, address)

    def shown(self, url: str) -> str | None:
        return self.load().authorization(HttpUrl.parse(url))

    def with_npm(self, answer: Outcome) -> None:
        """Put an npm program on the PATH; `run` answers for it."""
        program = self.home / "bin/npm"
        program.parent.mkdir()
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
        self.environment["PATH"] = str(program.parent)
        self.answer = answer


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a=1\nb = 2 \r\n  c=3", {"a": "1", "b": "2", "c": "3"}),
        ("; x=1\n# y=2\n\n  ; z=3\na=1;2\nb=1\\;2\nc=1 # no", {"a": "1", "b": "1;2", "c": "1"}),
        ('a="x;y"\nb=\'x#y\'\nc="q\\"r"\nd="half', {"a": "x;y", "b": "x#y", "c": 'q"r', "d": '"half'}),
        ("a=1=2\n//h/:_authToken=t==", {"a": "1=2", "//h/:_authToken": "t=="}),
        ("flag\nempty=", {"flag": "true", "empty": ""}),
        ("ca[]=one\nca[]=two", {"ca": "one\ntwo"}),
        ("a=1\na=2", {"a": "2"}),
        ("a=1\n[section]\nregistry=https://o.example/", {"a": "1"}),
        ("\ufeffa=1", {"a": "1"}),
        ("a=c:\\temp\nb=x\\\\y", {"a": "c:\\temp", "b": "x\\y"}),
        ("=x", {}),
    ],
)
def test_the_grammar_is_that_of_npm(text: str, expected: dict[str, str]):
    assert {key: value for key, value in read_lines(text).items() if key} == expected


@pytest.mark.parametrize(
    ("text", "expected", "is_whole"),
    [
        ("x${A}y${A}", "xvalueyvalue", True),
        ("${NONE}", "${NONE}", False),
        ("${NONE?}-${A?}", "-value", True),
        ("${EMPTY}.", ".", True),
        ("\\${A}", "${A}", True),
        ("\\\\${A}", "\\value", True),
        ("$A ${} ${A", "$A ${} ${A", True),
        ("${A-b}", "${A-b}", False),
    ],
)
def test_variables_are_replaced_as_npm_does_it(text: str, expected: str, is_whole: bool):
    found = expand(text, {"A": "value", "EMPTY": ""}, lambda _: True)
    assert (found.text, found.is_whole) == (expected, is_whole)


def test_what_was_replaced_is_not_replaced_again():
    assert expand("${A}", {"A": "${B}", "B": "secret"}, lambda _: True).text == "${B}"


def test_the_environment_goes_before_the_project_before_the_user_before_all(machine: Machine, tmp_path: Path):
    shared = tmp_path / "shared"
    machine.environment["npm_config_globalconfig"] = str(shared)
    shared.write_text("registry=https://shared.example/\n@a:registry=https://a.shared.example/")
    assert machine.registry().url == "https://shared.example/"
    machine.user("registry=https://user.example/")
    assert machine.registry().url == "https://user.example/"
    machine.own("registry=https://project.example/")
    assert machine.registry().url == "https://project.example/"
    machine.environment["NPM_CONFIG_REGISTRY"] = "https://environment.example/npm"
    assert machine.registry().url == "https://environment.example/npm/"
    machine.environment["npm_config_registry"] = ""
    assert machine.registry("@a/b").url == "https://a.shared.example/"


def test_a_scope_has_its_own_registry(machine: Machine):
    machine.user("registry=https://all.example\n@terra:registry=https://terra.example/npm")
    assert machine.registry("@terra/vpc").url == "https://terra.example/npm/"
    assert machine.registry("@terra-x/vpc").url == "https://all.example/"
    assert machine.registry("terra").url == "https://all.example/"
    assert machine.registry("@terra/vpc").document_of("@terra/vpc") == "https://terra.example/npm/@terra%2fvpc"


def test_an_address_that_is_named_is_the_only_one(machine: Machine):
    machine.user("registry=https://all.example\n@terra:registry=https://t.example\n//n.example/:_authToken=T")
    named = machine.registry("@terra/vpc", "https://n.example")
    assert (named.url, named.authorization("https://n.example/x")) == ("https://n.example/", "Bearer T")


@pytest.mark.parametrize("name", ["npm_config_userconfig", "NPM_CONFIG_USERCONFIG"])
def test_the_users_file_can_be_another(machine: Machine, tmp_path: Path, name: str):
    machine.user("registry=https://home.example/")
    (tmp_path / "ci.npmrc").write_text("registry=https://ci.example/")
    machine.environment[name] = str(tmp_path / "ci.npmrc")
    assert machine.registry().url == "https://ci.example/"


@pytest.mark.parametrize("place", ["PREFIX", "npm_config_prefix", "file"])
def test_the_global_file_is_below_a_prefix_that_is_named(machine: Machine, tmp_path: Path, place: str):
    (tmp_path / "prefix/etc").mkdir(parents=True)
    (tmp_path / "prefix/etc/npmrc").write_text("registry=https://shared.example/")
    if place == "file":
        machine.user(f"prefix={tmp_path / 'prefix'}")
    else:
        machine.environment[place] = str(tmp_path / "prefix")
    assert machine.registry().url == "https://shared.example/"


def test_a_project_does_not_say_where_the_users_files_are(machine: Machine, tmp_path: Path):
    (tmp_path / "evil").write_text("registry=https://evil.example/")
    machine.user("registry=https://user.example/")
    machine.own(f"userconfig={tmp_path / 'evil'}\nglobalconfig={tmp_path / 'evil'}\nprefix={tmp_path}")
    assert machine.registry().url == "https://user.example/"


def test_a_project_reads_only_npms_own_variables(machine: Machine):
    machine.environment |= {"NPM_TOKEN": "npm-t", "NODE_AUTH_TOKEN": "node-t", "AWS_SECRET_ACCESS_KEY": "secret"}
    machine.own(
        "//a.example/:_authToken=${NPM_TOKEN}\n//b.example/:_authToken=${NODE_AUTH_TOKEN}\n"
        "//c.example/:_authToken=${AWS_SECRET_ACCESS_KEY}\n//d.example/:_authToken=${AWS_SECRET_ACCESS_KEY?}\n"
        "//e.example/${AWS_SECRET_ACCESS_KEY}/:_authToken=x\nregistry=https://${AWS_SECRET_ACCESS_KEY}.example/\n"
        "cache=${HOME}/npm"
    )
    assert machine.shown("https://a.example/x") == "Bearer npm-t"
    assert machine.shown("https://b.example/x") == "Bearer node-t"
    assert machine.shown("https://c.example/x") is None
    assert machine.shown("https://d.example/x") is None
    assert machine.shown("https://e.example/secret/x") is None
    with pytest.raises(UsageError, match="names a variable that is not there") as caught:
        machine.registry()
    assert "secret" not in caught.value.message
    said = "names the variable `AWS_SECRET_ACCESS_KEY`, which is not read"
    only = "a project's file reads only names that begin with `NPM_` or `NODE_`"
    assert set(machine.reporter.warnings) == {f"`{machine.project / '.npmrc'}` {said}: {only}"}


def test_a_project_names_no_variable_in_an_address(machine: Machine):
    machine.environment["NPM_TOKEN"] = "s3cret"
    machine.own(
        "registry=https://evil.example/${NPM_TOKEN}/\n//evil.example/${NPM_TOKEN}/:_authToken=x\n"
        "@${NPM_TOKEN}:registry=https://evil.example/"
    )
    with pytest.raises(UsageError, match="names a variable that is not there") as caught:
        machine.registry()
    assert caught.value.hint is not None
    assert "only your own `.npmrc`" in caught.value.hint
    assert "s3cret" not in repr((caught.value.message, [*machine.load().settings]))
    assert "s3cret" not in str({each.text for each in machine.load().settings.values()})
    assert machine.shown("https://evil.example/s3cret/x") is None
    only = "a project's file reads variables only in a token, a user name or a password"
    said = f"`{machine.project / '.npmrc'}` names the variable `NPM_TOKEN`, which is not read: {only}"
    assert set(machine.reporter.warnings) == {said}


@pytest.mark.parametrize("who", ["user", "environment"])
def test_the_user_names_variables_in_addresses(machine: Machine, who: str):
    machine.environment["HOST"] = "h.example"
    if who == "user":
        machine.user("registry=https://${HOST}/\n//${HOST}/:_authToken=T")
    else:
        machine.environment |= {"npm_config_registry": "https://${HOST}/", "npm_config_//h.example/:_authToken": "T"}
    assert machine.registry().authorization("https://h.example/x") == "Bearer T"


def test_a_project_reads_a_name_and_a_password(machine: Machine):
    machine.environment |= {"NPM_USER": "me", "NPM_PASSWORD": PASSWORD}
    machine.own("//h.example/:username=${NPM_USER}\n//h.example/:_password=${NPM_PASSWORD}")
    assert machine.shown("https://h.example/x") == BASIC


@pytest.mark.parametrize("path", ["/".join("x" * 3000), "x" * 20000, "/" * 20000])
def test_an_address_without_end_is_refused(machine: Machine, path: str):
    machine.user("//h.example/:_authToken=T")
    assert machine.shown(f"https://h.example/{path[:4000]}") == "Bearer T"
    with pytest.raises(UsageError, match="too long: expected 4096 characters at most, got"):
        machine.shown(f"https://h.example/{path}")


def test_where_no_project_has_a_say_its_file_is_not_read(machine: Machine):
    machine.user("registry=https://user.example/")
    machine.own("registry=https://evil.example/\n//user.example/:_authToken=T")
    found = NpmRegistries(machine.environment, None, machine, machine.reporter).find("a")
    assert (found.url, found.authorization(found.url)) == ("https://user.example/", None)


@pytest.mark.parametrize(
    ("registry", "answered", "is_own"),
    [
        ("https://h.example/npm/", "https://h.example/elsewhere", True),
        ("http://h.example/", "https://h.example/x", True),
        ("http://h.example:8080/", "http://h.example:8080/x", True),
        ("https://h.example/", "https://o.example/x", False),
        ("https://h.example/", "https://sub.h.example/x", False),
        ("http://h.example:8080/", "http://h.example:8081/x", False),
    ],
)
def test_a_registry_answers_for_itself(machine: Machine, registry: str, answered: str, is_own: bool):
    found = machine.registry(address=registry)
    if is_own:
        found.require_own(answered)
        return
    with pytest.raises(PolicyError, match="leads to another registry"):
        found.require_own(answered)


def test_the_users_own_file_reads_every_variable(machine: Machine):
    machine.environment["SECRET"] = "s"
    machine.user("//h.example/:_authToken=${SECRET}")
    assert machine.shown("https://h.example/") == "Bearer s"
    assert machine.reporter.warnings == []


def test_a_home_that_is_the_project_is_the_users(machine: Machine):
    machine.project = machine.home
    machine.environment["SECRET"] = "s"
    machine.user("//h.example/:_authToken=${SECRET}")
    assert machine.shown("https://h.example/") == "Bearer s"


def test_a_token_whose_variable_is_not_set_is_not_sent(machine: Machine):
    machine.own("//h.example/:_authToken=${NPM_TOKEN}")
    assert machine.shown("https://h.example/x") is None


@pytest.mark.parametrize(
    ("key", "url", "is_shown"),
    [
        ("//h.example/", "https://h.example/x", True),
        ("//h.example/", "https://H.EXAMPLE:443/x", True),
        ("//h.example", "https://h.example/x", True),
        ("//h.example/npm/", "https://h.example/npm/@a%2fb", True),
        ("//h.example/npm/", "https://h.example/npm/@a/b/-/b-1.0.0.tgz?x=1", True),
        ("//h.example/npm", "https://h.example/npm/x", True),
        ("//h.example/npm/", "https://h.example/npmx/y", False),
        ("//h.example/npm/", "https://h.example/other", False),
        ("//h.example/npm/", "https://h.example/other?/npm/", False),
        ("//h.example/npm/", "https://h.example/npm/../other", False),
        ("//h.example/npm/", "https://h.example/npm/%2e%2E/other", False),
        ("//h.example/npm/", "https://h.example/npm/..%2fother", False),
        ("//h.example/", "https://o.example/x", False),
        ("//h.example/", "https://h.example.evil.example/x", False),
        ("//h.example/", "https://sub.h.example/x", False),
        ("//h.example/", "https://h.example:8443/x", False),
        ("//h.example:8443/", "https://h.example:8443/x", True),
        ("//[::1]:4873/", "http://[::1]:4873/x", True),
    ],
)
def test_a_token_is_for_what_its_key_begins(machine: Machine, key: str, url: str, is_shown: bool):
    machine.user(f"{key}:_authToken=T")
    assert machine.shown(url) == ("Bearer T" if is_shown else None)


def test_the_longest_key_has_it(machine: Machine):
    machine.user("//h.example/:_authToken=host\n//h.example/a/:_authToken=folder\n//h.example/a/b/:_auth=ZGVlcA==")
    assert machine.shown("https://h.example/x") == "Bearer host"
    assert machine.shown("https://h.example/a/x") == "Bearer folder"
    assert machine.shown("https://h.example/a/b/x") == "Basic ZGVlcA=="


def test_a_name_and_a_password_in_base64_are_basic(machine: Machine):
    machine.user(f"//h.example/:username=me\n//h.example/:_password={PASSWORD}\n//o.example/:username=me")
    assert machine.shown("https://h.example/x") == BASIC
    assert machine.shown("https://o.example/x") is None
    machine.user("//h.example/:username=me\n//h.example/:_password=not base64!")
    with pytest.raises(UsageError, match="is not base64"):
        machine.shown("https://h.example/x")


def test_the_environment_can_hold_a_token(machine: Machine):
    machine.own("//h.example/:_authToken=project")
    machine.environment["npm_config_//h.example/:_authToken"] = "environment"
    assert machine.shown("https://h.example/x") == "Bearer environment"


@pytest.mark.parametrize("token", ["a b", "tökén", "a\tb"])
def test_a_token_that_cannot_stand_in_a_header_is_refused_unseen(machine: Machine, token: str):
    machine.user(f"//h.example/:_authToken={token}")
    with pytest.raises(UsageError, match="has characters that no token can have") as caught:
        machine.shown("https://h.example/x")
    assert token not in caught.value.message


@pytest.mark.parametrize("key", ["_authToken", "_auth", "_password"])
def test_a_secret_without_an_address_goes_nowhere(machine: Machine, key: str):
    machine.user(f"registry=https://h.example/\n{key}=c2VjcmV0\nusername=me")
    assert machine.registry().authorization("https://h.example/x") is None
    (warning,) = machine.reporter.warnings
    assert "names no registry and is not sent" in warning
    assert "c2VjcmV0" not in warning


def test_what_would_weaken_the_transport_is_not_honoured_and_said(machine: Machine):
    machine.user("strict-ssl=false\ncafile=/x.pem\nproxy=http://p.example\nhttps-proxy=http://p.example\nca[]=x")
    machine.load()
    assert len(machine.reporter.details) == 5
    assert all("is not honoured" in each for each in machine.reporter.details)
    machine.reporter.details.clear()
    machine.user("strict-ssl=true")
    machine.load()
    assert machine.reporter.details == []


def test_plain_http_gets_nothing_but_within_this_machine_or_where_the_registry_is_plain(machine: Machine):
    machine.user("//h.example/:_authToken=T\n//127.0.0.1:4873/:_authToken=L")
    secure = machine.registry(address="https://h.example/")
    assert secure.authorization("http://h.example/x.tgz") is None
    assert secure.authorization("http://127.0.0.1:4873/x.tgz") == "Bearer L"
    assert machine.registry(address="http://h.example/").authorization("http://h.example/x.tgz") == "Bearer T"


def test_credentials_in_an_address_are_for_its_origin(machine: Machine):
    machine.user("//h.example/:_authToken=T\n//o.example/:_authToken=O")
    named = machine.registry(address="https://me:pa%3Ass@h.example/npm/")
    assert named.url == "https://h.example/npm/"
    assert named.authorization("https://h.example/npm/x") == BASIC
    assert named.authorization("https://o.example/x") == "Bearer O"
    assert named.authorization("https://p.example/x") is None
    assert "pa" not in repr(named).replace("path", "")


def test_an_installed_npm_is_asked_where_nothing_else_says_and_once(machine: Machine):
    machine.with_npm(Outcome(0, "https://npm.example/\n", "warn"))
    found = NpmRegistries(machine.environment, machine.project, machine, machine.reporter)
    assert [found.find("a").url, found.find("@b/c").url] == ["https://npm.example/"] * 2
    assert [each.argv[1:] for each in machine.asked] == [("config", "get", "registry", "--location=global")]
    machine.own("registry=https://project.example/")
    assert machine.registry().url == "https://project.example/"
    assert len(machine.asked) == 1


@pytest.mark.parametrize("answer", [None, Outcome(1, "", "broken"), Outcome(0, "undefined\n", "")])
def test_without_any_registry_it_says_what_to_write(machine: Machine, answer: Outcome | None):
    if answer is not None:
        machine.with_npm(answer)
    with pytest.raises(UsageError, match="nothing says which registry has it") as caught:
        machine.registry()
    assert caught.value.hint == "write `registry=URL` into `~/.npmrc`, or set `npm_config_registry`"


@pytest.mark.parametrize("text", ["ftp://h.example/", "h.example", "https://", "https://h\\@o.example/"])
def test_a_registry_is_an_http_address(machine: Machine, text: str):
    machine.user(f"registry={text}")
    with pytest.raises(UsageError, match="not an http or https address"):
        machine.registry()


def test_a_file_that_is_none_is_named(machine: Machine):
    (machine.project / ".npmrc").mkdir()
    with pytest.raises((InvalidDocumentError, IsADirectoryError)):
        machine.load()


@pytest.mark.skipif(os.name != "posix", reason="needs a FIFO")
def test_a_file_that_never_ends_is_not_waited_for(machine: Machine):
    os.mkfifo(machine.project / ".npmrc")
    with pytest.raises(InvalidDocumentError):
        machine.load()


def test_where_to_put_a_token_is_the_registrys_address():
    assert "`//h.example:8443/npm/:_authToken=TOKEN`" in how_to_log_in("https://h.example:8443/npm/@a%2fb")
    assert "`//h.example/:_authToken=TOKEN`" in how_to_log_in("https://h.example/")
