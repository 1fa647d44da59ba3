"""What git is told by its environment: what stays of the user's own, and what stands whatever the user says.

- Of the environment every `GIT_*` is dropped but the user's ways to a host: `GIT_SSH*`, and what curl is told
  of certificates, proxies and patience, `GIT_SSL_*`, `GIT_PROXY_SSL_*`, `GIT_HTTP_*`. The others point git at
  other repositories, objects, configuration or programs, write traces, or ask (`GIT_ASKPASS`).
- Of the user's and the system's configuration, and of what the environment adds to it, these are handed on:
  `credential.*`, `http.*`, `url.*.insteadOf`, `core.sshCommand`, `ssh.variant`.

https://git-scm.com/docs/git#_environment_variables, https://git-scm.com/docs/git-config#ENVIRONMENT
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_KEPT = ("GIT_SSH", "GIT_SSL_", "GIT_PROXY_SSL_", "GIT_HTTP_")
_HANDED_ON = re.compile(r"(credential|http)\..+|url\..+\.insteadof|core\.sshcommand|ssh\.variant", re.DOTALL)
_SSH = re.compile(r"(\S*[/\\])?ssh(\.exe)?(\s|$)")
QUIET = {
    "LC_ALL": "C",
    "LANGUAGE": "",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "",  # empty: none, not even core.askPass and SSH_ASKPASS
    "SSH_ASKPASS": "",
    "SSH_ASKPASS_REQUIRE": "never",
    "GCM_INTERACTIVE": "never",  # Git Credential Manager's own windows
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_ADVICE": "0",
    "GIT_TRACE2": "0",  # which configuration of the user's can turn on, and git reads it before all else
    "GIT_TRACE2_EVENT": "0",
    "GIT_TRACE2_PERF": "0",
}
NOWHERE = {"GIT_DIR": os.devnull}  # no repository, whatever folder this is
_ALWAYS = (
    ("core.hooksPath", os.devnull),
    ("core.attributesFile", os.devnull),
    ("core.askPass", ""),
    ("core.fsmonitor", "false"),
    ("credential.interactive", "false"),
    ("fetch.recurseSubmodules", "false"),
    ("fetch.unpackLimit", "1"),  # one pack is one file, which has a limit
    ("transfer.unpackLimit", "1"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("protocol.version", "2"),
    ("tar.umask", "0022"),
)
_PATIENCE = (("http.lowSpeedLimit", "1000"), ("http.lowSpeedTime", "30"))


def handed_on(listed: str) -> tuple[tuple[str, str], ...]:
    """Return what stays of a configuration.

    Args:
        listed: As `git config --list --null --show-scope` prints it; what a repository says is passed over.
    """
    parts = listed.split("\0")
    entries = zip(parts[::2], parts[1::2], strict=False)
    own = (entry.partition("\n") for scope, entry in entries if scope in ("system", "global", "command"))
    # A key without a value means true.
    return tuple((key, text if given else "true") for key, given, text in own if _HANDED_ON.fullmatch(key))


def for_reading(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment in which git lists the user's configuration, wherever the user says that it is."""
    given = {name: text for name, text in environment.items() if name.startswith("GIT_CONFIG_")}
    return {**_bare(environment), **given, **QUIET, **NOWHERE}


def for_looking(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment in which git looks at a repository that may be a stranger's, and goes nowhere from it.

    The user's own configuration stands. An object that is missing is not fetched: the way to it, which can be a
    program, is what the repository's configuration says. `GIT_ALLOW_PROTOCOL` stands above any configuration.

    Args:
        environment: Of the process.
    """
    own = {
        name: text
        for name, text in environment.items()
        if not name.startswith("GIT_") or name.startswith("GIT_CONFIG_")
    }
    return {**own, **QUIET, "GIT_ALLOW_PROTOCOL": "", "GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0"}


def hardened(environment: Mapping[str, str], settings: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return the environment of every other call.

    Args:
        environment: Of the process.
        settings: What `handed_on` found.
    """
    given = [*_PATIENCE, *settings, *_ALWAYS]
    made = {
        **_bare(environment),
        **QUIET,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_COUNT": str(len(given)),
    }
    for position, (key, text) in enumerate(given):
        made |= {f"GIT_CONFIG_KEY_{position}": key, f"GIT_CONFIG_VALUE_{position}": text}
    command = _ssh_command(environment, dict(settings))
    return {**made, "GIT_SSH_COMMAND": command} if command else made


def _bare(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in environment.items() if not name.startswith("GIT_") or name.startswith(_KEPT)}


def _ssh_command(environment: Mapping[str, str], settings: Mapping[str, str]) -> str | None:
    """Return the ssh that asks nothing: the user's own where there is one and it takes OpenSSH's options."""
    own = environment.get("GIT_SSH_COMMAND") or settings.get("core.sshcommand")
    if own is None:
        return None if environment.get("GIT_SSH") else "ssh -o BatchMode=yes"
    variant = environment.get("GIT_SSH_VARIANT") or settings.get("ssh.variant") or "auto"
    takes = variant == "ssh" or (variant == "auto" and _SSH.match(own))
    return f"{own} -o BatchMode=yes" if takes else own
