"""The tokens that the user keeps for Terraform: `terraform login`, `TF_TOKEN_…`, `.terraformrc`.

As in Terraform a token is for one host with its port, the environment goes first, and where
`TF_CLI_CONFIG_FILE` names a file it is the only one that is read. Programs that a `credentials_helper` block
names are not run. A file that cannot be read has no tokens.
https://developer.hashicorp.com/terraform/cli/config/config-file#credentials
"""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from terra.system.credentials import Authorization, bearer
from terra.system.terraform_rc import read_tokens

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from terra.system.origins import Origin

_PREFIX = "TF_TOKEN_"
_LIMIT = 1 << 20  # bytes of a file
_HTTPS = ":443"


class TerraformCredentials:
    """The tokens of one run; files are read when the first is asked for."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def find(self, origin: Origin) -> Authorization | None:
        """Return what shows the token for the host of an origin, or None; none goes over plain http to elsewhere.

        Raises:
            UsageError: What was found cannot stand in a header.
        """
        if origin.scheme != "https" and not origin.is_loopback:
            return None
        found = self._tokens.get(origin.authority)
        return bearer(*found) if found and found[0].strip() else None

    @cached_property
    def _tokens(self) -> dict[str, tuple[str, str]]:
        """Tokens by host, each with the place where it was found."""
        found: dict[str, tuple[str, str]] = {}
        for path in self._files():
            with suppress(OSError, UnicodeError), path.open("rb") as file:
                tokens = read_tokens(file.read(_LIMIT).decode())
                found.update({host: (token, f"`{path}`") for each, token in tokens.items() if (host := _host(each))})
        for name, token in self._environment.items():
            if name.startswith(_PREFIX) and (host := _host(_decoded(name[len(_PREFIX) :]))):
                found[host] = (token, f"`{name}`")
        return found

    def _files(self) -> Iterator[Path]:
        """Yield the files of Terraform's configuration; what a later one says goes before."""
        named = self._environment.get("TF_CLI_CONFIG_FILE") or self._environment.get("TERRAFORM_CONFIG")
        if named:
            yield Path(named)
            return
        rc, folder = self._places()
        if rc is None or folder is None:
            return
        yield rc
        with suppress(OSError):
            yield from sorted(each for each in folder.iterdir() if each.name.endswith((".tfrc", ".tfrc.json")))

    def _places(self) -> tuple[Path, Path] | tuple[None, None]:
        if os.name == "nt":
            data = self._environment.get("APPDATA")
            return (Path(data, "terraform.rc"), Path(data, "terraform.d")) if data else (None, None)
        home = self._environment.get("HOME")
        return (Path(home, ".terraformrc"), Path(home, ".terraform.d")) if home else (None, None)


def variable(host: str) -> str:
    """Return the name of the variable for the token of a host, which has no port."""
    return _PREFIX + host.replace("-", "__").replace(".", "_")


def _decoded(name: str) -> str:
    """Return the host in the name of a variable: `__` is `-`, then `_` is `.`, as neither can stand in all shells."""
    return name.replace("__", "-").replace("_", ".")


def _host(text: str) -> str | None:
    """Return a host as terra compares it: lower case, Punycode, without the port of https; None for no host."""
    name, colon, port = text.lower().partition(":")
    try:
        ascii_name = name.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    return f"{ascii_name}{colon}{port}".removesuffix(_HTTPS) if ascii_name else None
