"""pip's settings: what of the user's reaches the pip that terra runs, and what they say of the index.

How to get to an index is the user's: certificates, proxy, credentials, patience, cache. What is taken, and from
where, is terra's: other indexes, folders of files, constraints and further requirements are cut off. A variable
of the environment beats every configuration file of pip's, key by key, but only if it is not empty: so what is
to be nothing is the address of an empty file or folder.
"""

from __future__ import annotations

import os
import sys
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from terra.errors import UsageError
from terra.system.netrc_files import write_logins
from terra.system.pip_keyring import guarded_keyring

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_KEPT = (
    "CACHE_DIR",
    "CERT",
    "CLIENT_CERT",
    "CONFIG_FILE",
    "DEFAULT_TIMEOUT",
    "KEYRING_PROVIDER",
    "NO_CACHE_DIR",
    "NO_PROXY_ENV",
    "PROXY",
    "RESUME_RETRIES",
    "RETRIES",
    "TIMEOUT",
    "TRUSTED_HOST",
    "USE_DEPRECATED",
)
_OURS = {
    "PIP_NO_INDEX": "0",
    "PIP_PRE": "0",
    "PIP_REQUIRE_HASHES": "0",
    "PIP_REQUIRE_VIRTUALENV": "0",
    "PIP_ONLY_DEPS": "0",
    "PIP_QUIET": "0",
    "PIP_VERBOSE": "1",  # its log then tells of every request
    "PIP_REFRESH_PACKAGE": ":all:",  # pip 26.2 keeps an index's page as long as its Cache-Control says
}
_MACHINE = "/etc"
_SECTIONS = ("download", "global")  # the first that has a setting counts


class PipSettings:
    """The settings of one pip, as its documentation, "Configuration", says that they are found."""

    def __init__(self, environment: Mapping[str, str], prefix: Path) -> None:
        """Take the environment that pip would have, and the absolute folder of the Python that it runs with."""
        self.environment = environment
        self._prefix = prefix

    def find(self, *names: str) -> str | None:
        """Return the value of a setting by its option's names without `--`, or None; the environment goes first.

        Raises:
            UsageError: A configuration file cannot be read.
        """
        for variable, text in self.environment.items():
            if variable.startswith("PIP_") and text and _normalised(variable.removeprefix("PIP_")) in names:
                return text
        found = (self._configured.get((section, name)) for section in _SECTIONS for name in names)
        return next((text for text in found if text), None)

    def is_on(self, name: str) -> bool:
        """Tell whether a switch is on.

        Raises:
            UsageError: A configuration file cannot be read.
        """
        return (self.find(name) or "").lower() in ("1", "true", "yes", "on", "y", "t")

    def trusts(self, url: str) -> bool:
        """Tell whether the user told pip to trust the host of `url` without TLS.

        Raises:
            UsageError: A configuration file cannot be read.
        """
        place = urlsplit(url)
        trusted = (self.find("trusted-host") or "").split()
        return place.hostname in trusted or f"{place.hostname}:{place.port}" in trusted

    @cached_property
    def _configured(self) -> dict[tuple[str, str], str]:
        """Every setting of every file, by section and name."""
        merged: dict[tuple[str, str], str] = {}
        for path in configuration_files(self.environment, self._prefix):
            merged.update(_read(path))
        return merged


def child_environment(settings: PipSettings, index_url: str, stand_ins: Path) -> dict[str, str]:
    """Return the environment of a pip that asks one index alone.

    Args:
        settings: The user's.
        index_url: With credentials, where it has any.
        stand_ins: An absolute folder of this call, for what pip is to find nothing in, a netrc without `default`,
            its `keyring` and pip's temporary files.

    Raises:
        UsageError: A configuration file cannot be read.
    """
    (stand_ins / "none").mkdir(exist_ok=True)
    (stand_ins / "tmp").mkdir(exist_ok=True)
    write_logins(settings.environment, stand_ins / "netrc")
    (stand_ins / "none.txt").touch()
    # As URLs, because pip takes a space in a value for the end of a path.
    folder, file = (stand_ins / "none").as_uri(), (stand_ins / "none.txt").as_uri()
    made = {
        **{name: text for name, text in settings.environment.items() if _passes(name)},
        **_OURS,
        "PIP_INDEX_URL": index_url,
        "PIP_EXTRA_INDEX_URL": index_url,
        "PIP_FIND_LINKS": folder,
        "PIP_CONSTRAINT": file,
        "PIP_REQUIREMENT": file,
        "NETRC": str(stand_ins / "netrc"),
        **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(stand_ins / "tmp")),  # what an ended pip leaves goes with it
    }
    provider = settings.find("keyring-provider")
    if provider is None:  # without a prompt, pip asks no keyring that it is not told of
        made["PIP_KEYRING_PROVIDER"] = "subprocess"
    if provider != "import":  # which is of this Python, and may start programs of its own
        made.update(guarded_keyring(settings.environment, index_url, stand_ins / "programs"))
    if index_url.startswith("http://"):  # terra's own rule let it pass, and pip has one too
        made["PIP_TRUSTED_HOST"] = f"{settings.find('trusted-host') or ''} {_host(index_url)}".strip()
    return made


def bare_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a pip that nobody configured."""
    kept = {name: text for name, text in environment.items() if not _is_of_pip(name) and _passes(name)}
    return {**kept, "PIP_CONFIG_FILE": os.devnull, "COLUMNS": "1000"}


def configuration_files(environment: Mapping[str, str], prefix: Path) -> Iterator[Path]:
    """Yield the files where pip looks for its configuration, there or not; the later one counts.

    Args:
        environment: The environment that pip has.
        prefix: The absolute folder of the Python that it runs with.
    """
    named = environment.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        return
    yield from _global_files(environment, prefix)
    if not (named and os.path.exists(named)):
        yield from _user_files(environment)
    yield prefix / _FILE
    if named:
        yield Path(named)


_FILE = "pip.ini" if sys.platform == "win32" else "pip.conf"


def _global_files(environment: Mapping[str, str], prefix: Path) -> Iterator[Path]:
    if sys.platform == "win32":
        yield Path(environment.get("PROGRAMDATA") or r"C:\ProgramData", "pip", _FILE)
    elif sys.platform == "darwin":
        if prefix.is_relative_to("/opt/homebrew"):
            yield Path("/opt/homebrew/share/pip", _FILE)
        yield Path("/Library/Application Support/pip", _FILE)
    else:
        folders = (environment.get("XDG_CONFIG_DIRS") or "").strip() or "/etc/xdg"
        yield from (Path(folder, "pip", _FILE) for folder in folders.split(os.pathsep))
        yield Path(_MACHINE, _FILE)


def _user_files(environment: Mapping[str, str]) -> Iterator[Path]:
    home = Path(environment.get("HOME") or os.path.expanduser("~"))
    if sys.platform == "win32":
        home = Path(environment.get("USERPROFILE") or home)
        yield home / "pip" / _FILE
        yield Path(environment.get("APPDATA") or home / "AppData/Roaming", "pip", _FILE)
        return
    yield home / ".pip" / _FILE
    support = home / "Library/Application Support/pip"
    if sys.platform == "darwin":
        yield (support if support.is_dir() else home / ".config/pip") / _FILE
    else:
        yield Path((environment.get("XDG_CONFIG_HOME") or "").strip() or home / ".config", "pip", _FILE)


def _read(path: Path) -> dict[tuple[str, str], str]:
    import configparser
    import locale

    parser = configparser.RawConfigParser()
    try:
        parser.read(path, encoding=locale.getpreferredencoding(do_setlocale=False))
    except (configparser.Error, UnicodeError):  # whose words may quote a password
        message = f"`{path}` is no configuration of pip that can be read"
        raise UsageError(message, hint="`pip config debug` shows what pip makes of it", subjects=(str(path),)) from None
    return {(section, _normalised(name)): text for section in parser.sections() for name, text in parser.items(section)}


def _normalised(name: str) -> str:
    return name.lower().replace("_", "-").removeprefix("--")


def _passes(name: str) -> bool:
    if _is_of_pip(name):
        return name.upper().removeprefix("PIP_") in _KEPT
    return not name.upper().startswith("PYTHON")


def _is_of_pip(name: str) -> bool:
    return name.upper().startswith(("PIP_", "_PIP_"))


def _host(url: str) -> str:
    place = urlsplit(url)
    host = f"[{place.hostname}]" if ":" in (place.hostname or "") else place.hostname
    return f"{host}:{place.port}" if place.port else f"{host}"
