"""netrc, for a program that would show its `default` login to any host: the hosts that it names, and no more.

Which hosts a package index leads to is not the user's choice alone, so a login for whatever host is left out.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAMES = (".netrc", "_netrc")


def logins(environment: Mapping[str, str]) -> dict[str, tuple[str, str, str]] | None:
    """Return login, account and password by host, `default` left out; None without a netrc that can be read."""
    from netrc import NetrcParseError, netrc

    path = _path(environment)
    try:
        hosts = netrc(path).hosts if path else None
    except (OSError, UnicodeError, NetrcParseError):
        return None
    return None if hosts is None else {host: _whole(kept) for host, kept in hosts.items() if host != "default"}


def write_logins(environment: Mapping[str, str], path: Path) -> None:
    """Write a netrc without `default` that only the user can read; an empty one where the user has none.

    Args:
        environment: The environment of the process.
        path: A file in a folder of this process alone.
    """
    lines = []
    for host, (login, account, password) in (logins(environment) or {}).items():
        lines.append(f"machine {_quoted(host)} login {_quoted(login)} password {_quoted(password)}")
        lines.append(f" account {_quoted(account)}\n" if account else "\n")
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        out.write("".join(lines))


def _path(environment: Mapping[str, str]) -> str | None:
    if "NETRC" in environment:
        return environment["NETRC"] or None
    home = environment.get("HOME") or environment.get("USERPROFILE")
    return next((path for name in _NAMES if home and os.path.exists(path := os.path.join(home, name))), None)


def _whole(kept: tuple[str, str | None, str | None]) -> tuple[str, str, str]:
    return kept[0] or "", kept[1] or "", kept[2] or ""


def _quoted(text: str) -> str:
    """Return a token as the `netrc` of Python reads it back."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
