"""What terra shows to a package index that asks who is there, looked for where pip looks.

In this order: name and password of the index's own URL; what the transport finds for the origin by itself
(netrc, the user's `config.toml`); netrc for the host on any port, as pip reads it; the name of the URL with an
empty password, which is how tokens are often given; `keyring get`, as pip's keyring provider `subprocess` asks
it. Nothing of it ever stands in `address`.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from terra.errors import SystemFailureError, UsageError
from terra.ports import Command
from terra.system.credentials import basic
from terra.system.netrc_files import logins
from terra.system.origins import redacted, split_login
from terra.system.programs import find_program

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from terra.ports import Runner

_PATIENCE = 30.0  # seconds; a keyring that is locked may wait for somebody who is not there
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def check_login(index: str) -> None:
    """Refuse the URL of an index whose name or host a `keyring` would take for one of its options.

    Args:
        index: It may carry credentials, which the error does not show.

    Raises:
        UsageError: Name or host begin with `-`, or name, password or host hold a control character.
    """
    bare, name, password = split_login(index)
    words = [name or "", unquote(urlsplit(bare).netloc)]
    if any(word.startswith("-") for word in words) or _CONTROL.search("".join((*words, password or ""))):
        message = f"`{redacted(index)}` is not the address of a package index: its name or host is none"
        hint = "a name and a host do not begin with `-` and hold no control character"
        raise UsageError(message, hint=hint, subjects=(redacted(index),))


class IndexCredentials:
    """The credentials for one index.

    Args:
        index: Its URL, which may carry credentials.
        runner: Runs `keyring`.
        environment: The environment of the process.

    Raises:
        UsageError: A name or host in the URL is none, see `check_login`.
    """

    def __init__(self, index: str, runner: Runner, environment: Mapping[str, str]) -> None:
        check_login(index)
        bare, self._name, self._password = split_login(index)
        parts = urlsplit(bare)
        self._index = index
        self._netloc = parts.netloc
        self._address = parts._replace(fragment="").geturl()
        self._runner = runner
        self._environment = environment

    @property
    def address(self) -> str:
        """The URL of the index without credentials."""
        return self._address

    @property
    def are_stated(self) -> bool:
        """Whether the URL has a password, which is then the only one that is tried."""
        return self._password is not None

    def each(self) -> Iterator[str | None]:
        """Yield what to try, as values of the Authorization header; None leaves it to the transport.

        The keyring is asked only where nothing before it helped.
        """
        if self._password is not None:
            yield basic(self._name or "", self._password)
            return
        yield None
        kept = self._from_netrc()
        if kept is not None:
            yield basic(*kept)
        if self._name:
            yield basic(self._name, "")
        kept = self._from_keyring()
        if kept is not None:
            yield basic(*kept)

    def completed(self) -> str:
        """Return the URL with the password that the keyring has for the name in it, for pip; else the URL as it is.

        pip shows the name with an empty password first, and an index that answers 403 to that is not asked again.
        """
        kept = self._from_keyring() if self._name and self._password is None else None
        if kept is None:
            return self._index
        login = ":".join(quote(each, safe="") for each in kept)
        return urlsplit(self._index)._replace(netloc=f"{login}@{self._netloc}").geturl()

    def _from_netrc(self) -> tuple[str, str] | None:
        """Return what netrc has for the host, whatever its port; its `default` is for no host that others name."""
        found = (logins(self._environment) or {}).get(urlsplit(self._address).hostname or "")
        return None if found is None or self._name not in (None, found[0]) else (found[0], found[2] or "")

    def _from_keyring(self) -> tuple[str, str] | None:
        """Return name and password as the program `keyring` has them for the index, else for its host."""
        program = find_program("keyring", self._environment)
        if program is None or self._environment.get("PIP_KEYRING_PROVIDER") == "disabled":
            return None
        services = (self._address.rstrip("/") + "/", self._netloc)
        return next((found for each in services if (found := self._ask(program, each)) is not None), None)

    def _ask(self, program: str, service: str) -> tuple[str, str] | None:
        if self._name:
            password = self._run(program, "get", service, self._name).rstrip("\r\n")
            return (self._name, password) if password else None
        try:  # keyring 25.2.1 and later find the name too
            found = json.loads(self._run(program, "--mode", "creds", "--output", "json", "get", service))
            name, password = found["username"], found["password"]
        except (ValueError, TypeError, KeyError):
            return None
        return (name, password) if isinstance(name, str) and isinstance(password, str) else None

    def _run(self, *argv: str) -> str:
        environment = {**self._environment, "PYTHONIOENCODING": "utf-8"}
        try:
            ended = self._runner.run(Command(argv, environment=environment, timeout=_PATIENCE))
        except SystemFailureError:  # it is one way of several, and does not work here
            return ""
        return ended.out if ended.exit == 0 else ""
