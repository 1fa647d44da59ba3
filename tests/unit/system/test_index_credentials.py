from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from terra.errors import SystemFailureError, UsageError
from terra.ports import Command, Outcome
from terra.system.index_credentials import IndexCredentials
from terra.testing.fakes import FakeRunner

INDEX = "https://index.example/simple/"


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


class Keyring:
    """`keyring` with passwords by service and name."""

    def __init__(self, folder: Path, passwords: dict[str, dict[str, str]], *, old: bool = False) -> None:
        self.passwords = passwords
        self.old = old
        self.runner = FakeRunner({"keyring": self.run})
        (folder / "keyring").write_text("")
        (folder / "keyring").chmod(0o755)
        self.environment = {"PATH": str(folder), "HOME": "/home/joe"}

    def run(self, command: Command) -> Outcome:
        assert command.environment is not None
        assert command.environment["HOME"] == "/home/joe"
        words = list(command.argv[1:])
        if words[0] == "--mode":
            assert words[:5] == ["--mode", "creds", "--output", "json", "get"]
            if self.old:
                return Outcome(2, "", "unrecognized arguments: --mode")
            found = self.passwords.get(words[5])
            if not found:
                return Outcome(1, "", "")
            name, password = next(iter(found.items()))
            return Outcome(0, json.dumps({"username": name, "password": password}) + "\n", "")
        assert words[0] == "get"
        password = self.passwords.get(words[1], {}).get(words[2], "")
        return Outcome(0 if password else 1, password + "\r\n" if password else "", "")

    def each(self, index: str) -> list[str | None]:
        return list(IndexCredentials(index, self.runner, self.environment).each())

    @property
    def asked(self) -> list[tuple[str, ...]]:
        return [each.argv[1:] for each in self.runner.commands]


def test_a_password_in_the_url_is_the_only_one(tmp_path: Path):
    keyring = Keyring(tmp_path, {INDEX: {"joe": "kept"}})
    found = IndexCredentials(
        "https://jo%65:p%40ss%3A%C3%A9@index.example/simple/#x", keyring.runner, keyring.environment
    )
    assert found.address == INDEX
    assert found.are_stated
    assert list(found.each()) == [basic("joe", "p@ss:é")]
    assert keyring.asked == []
    assert keyring.each("https://:token@index.example/") == [basic("", "token")]
    assert keyring.each("https://token:@index.example/") == [basic("token", "")]
    assert "p@ss" not in repr(found)


def test_the_keyring_is_asked_last_and_by_name(tmp_path: Path):
    keyring = Keyring(tmp_path, {"index.example": {"ann": "other", "joe": "kept "}})
    tried = IndexCredentials("https://joe@index.example/simple", keyring.runner, keyring.environment).each()
    assert [next(tried), next(tried)] == [None, basic("joe", "")]
    assert keyring.asked == []
    assert list(tried) == [basic("joe", "kept ")]
    assert keyring.asked == [("get", INDEX, "joe"), ("get", "index.example", "joe")]


@pytest.mark.parametrize("service", [INDEX, "index.example"])
def test_without_a_name_the_keyring_finds_one(tmp_path: Path, service: str):
    assert Keyring(tmp_path, {service: {"ann": "kept"}}).each(INDEX) == [None, basic("ann", "kept")]


def test_the_url_for_pip(tmp_path: Path):
    keyring = Keyring(tmp_path, {INDEX: {"joe@corp": "p@ss:/é"}})

    def completed(index: str) -> str:
        return IndexCredentials(index, keyring.runner, keyring.environment).completed()

    assert completed("https://joe%40corp@index.example/simple/") == (
        "https://joe%40corp:p%40ss%3A%2F%C3%A9@index.example/simple/"
    )
    for url in (INDEX, "https://ann@index.example/simple/", "https://joe%40corp:own@index.example/simple/"):
        assert completed(url) == url


def test_a_keyring_that_does_not_help(tmp_path: Path):
    assert Keyring(tmp_path, {}).each("https://joe@index.example/") == [None, basic("joe", "")]
    assert Keyring(tmp_path, {INDEX: {"ann": "kept"}}, old=True).each(INDEX) == [None]
    for out in ("", "null", "[]", "{}", '{"username": null, "password": "x"}', "\x00"):
        keyring = Keyring(tmp_path, {})
        keyring.runner.programs["keyring"] = lambda _, out=out: Outcome(0, out, "")
        assert keyring.each(INDEX) == [None]

    def late(_: Command) -> Outcome:
        message = "`keyring` did not end within 30 s"
        raise SystemFailureError(message)

    keyring.runner.programs["keyring"] = late
    assert keyring.each(INDEX) == [None]


def test_no_keyring(tmp_path: Path):
    keyring = Keyring(tmp_path, {INDEX: {"ann": "kept"}})
    keyring.environment["PIP_KEYRING_PROVIDER"] = "disabled"
    assert keyring.each(INDEX) == [None]
    keyring.environment = {"PATH": str(tmp_path / "nothing")}
    assert keyring.each(INDEX) == [None]
    assert keyring.asked == []


@pytest.mark.parametrize(
    "login", ["--disable@h", "%2D-disable@h", "-x:pw@h", "-h", "joe@-h", "a%00b@h", "a:%0ab@h", "h%0a"]
)
def test_what_a_keyring_would_take_for_an_option(tmp_path: Path, login: str):
    keyring = Keyring(tmp_path, {})
    with pytest.raises(UsageError, match="its name or host is none") as caught:
        keyring.each(f"https://{login}/simple/")
    assert "pw" not in caught.value.message
    assert keyring.asked == []


def test_the_default_of_netrc_is_for_no_host(tmp_path: Path):
    keyring = Keyring(tmp_path, {})
    (tmp_path / "netrc").write_text("machine index.example login joe password own\ndefault login ann password any\n")
    keyring.environment["NETRC"] = str(tmp_path / "netrc")
    assert keyring.each(INDEX) == [None, basic("joe", "own")]
    assert keyring.each("https://default/simple/") == [None]
    assert keyring.each("https://other.example/simple/") == [None]
