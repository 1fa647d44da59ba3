"""pip as a program: the command lines that terra gives it, and what came of them.

pip runs with terra's own interpreter, in isolated mode, one process for whatever number of distributions. A
requirement is a name and an exact version, both by the grammar of their PEP: no path, URL, option or other text
ever reaches pip, because a path given to `pip download` runs its `setup.py`. Nothing is ever installed or built.
On POSIX neither a file of pip's nor its memory grows beyond a limit, whatever an index sends.
"""

from __future__ import annotations

import os
import re
import sys
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from terra.errors import FetchError, SystemFailureError, UsageError
from terra.ports import Command
from terra.system.index_credentials import check_login
from terra.system.origins import redacted
from terra.system.pip_log import refuse_detours, start_of
from terra.system.pip_pins import Pinned, check, check_name, is_name, is_version, matched, words_for
from terra.system.pip_settings import PipSettings, bare_environment, child_environment
from terra.system.pip_words import explain, no_wheel

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from terra.ports import Outcome, Runner

__all__ = ["Pinned", "Pip", "is_name", "is_version"]

_URL = re.compile(r"https?://[!-\[\]-~]+")  # printable, without spaces and backslashes
_BUILT_IN = re.compile(r"--index-url\b.*?\(default:? (https?://[^\s()]+)\)", re.DOTALL)
_LISTED = re.compile(r"^\s*Available versions: (.+)$", re.MULTILINE)
# An index has its say in these lines: each pattern looks at the start of a line alone, and never twice.
_SEEN = re.compile(r"^.{0,80}?Found link (\S++) .*version: (\S++)$", re.MULTILINE)
_QUIET = ("--no-input", "--disable-pip-version-check", "--no-color")
_PATIENCE, _PATIENCE_EACH = 300.0, 60.0  # seconds
FILE_LIMIT = 512 << 20  # bytes of any file that pip writes
MEMORY_LIMIT = 1536 << 20  # bytes
# Only the shell can say it of a child; POSIX counts 512 bytes. Not every machine has a limit of memory.
_EACH_LIMIT = "(ulimit {0}) 2>/dev/null && ulimit {0}; "
_LIMITS = "".join(map(_EACH_LIMIT.format, (f"-f {FILE_LIMIT // 512}", f"-v {MEMORY_LIMIT >> 10}")))
_LIMITED = ("/bin/sh", "-c", f'{_LIMITS}exec "$@"', "pip")


class Pip:
    """pip, for one index. Whoever uses it has asked the transport whether pip may be sent there."""

    def __init__(
        self, runner: Runner, environment: Mapping[str, str], index: str | None = None, *, python: str = sys.executable
    ) -> None:
        """Make a pip for `index`, None being the one that pip is configured with; `python` is what it runs with."""
        self._runner = runner
        self._environment = environment
        self._index = index
        self._python = python
        self._settings = PipSettings(environment, _prefix(python))

    def index_url(self) -> str:
        """Return the URL of the index, which may carry credentials: for requests, never for messages.

        Raises:
            UsageError: It is none, or pip's configuration cannot be read or says to use none.
            SystemFailureError: pip does not run.
        """
        return self._url

    @property
    def is_trusted(self) -> bool:
        """Whether the index is the one that the user's pip is configured with, on a host that it trusts without TLS."""
        return self._index is None and self._settings.trusts(self._url)

    def download(self, requirements: Sequence[Pinned], folder: Path) -> list[Path]:
        """Download one wheel for each requirement by one pip process, and return them in order.

        Args:
            requirements: Each another distribution.
            folder: An absolute folder that holds nothing yet; made.

        Raises:
            UsageError: A name, version or hash is none, or pip's configuration cannot be used.
            ResolveError: The index has no such distribution, version or wheel.
            AuthenticationError: The index wants other credentials, or any.
            FetchError: The index cannot be reached.
            PolicyError: The index led pip to another one, or from https to plain http.
            IntegrityError: A wheel is not what was asked, something else came, or too much.
        """
        for each in requirements:
            check(each)
        if not requirements:
            return []
        options = ("--no-deps", "--only-binary=:all:", "--progress-bar=off", "-d", str(folder))
        with _work_folder() as work:
            words = ("download", *options, *words_for(requirements, work))
            self._run(words, work, requirements, _PATIENCE + _PATIENCE_EACH * len(requirements))
        return matched(folder, requirements)

    def versions(self, distribution: str) -> list[str]:
        """Return the versions that have a wheel for this Python, newest first, pre-releases too, yanked ones not.

        Raises:
            UsageError: It is no name of a distribution, or pip's configuration cannot be used.
            UnknownPluginError: The index has no such distribution.
            ResolveError: The index has no wheel of it.
            AuthenticationError: The index wants other credentials, or any.
            FetchError: The index cannot be reached.
            PolicyError: The index led pip to another one, or from https to plain http.
        """
        check_name(distribution)
        words = ("index", "versions", "--pre", "--only-binary=:all:", "--", distribution)
        with _work_folder() as work:
            ended, log = self._run(words, work, [Pinned(distribution, "")], _PATIENCE + _PATIENCE_EACH)
        match = _LISTED.search(ended.out)
        listed = [each.strip() for each in match[1].split(",")] if match else []
        found = _with_wheel(listed, log)
        if not found:
            raise no_wheel(distribution, redacted(self._url))
        return found

    @cached_property
    def _url(self) -> str:
        if self._index is not None:
            return _checked(self._index)
        if self._settings.is_on("no-index"):
            message = "pip is configured to ask no index (`no-index`)"
            raise UsageError(message, hint='name the index: the `url` of a registry with `kind = "pypi"`')
        return _checked(self._settings.find("index-url", "pypi-url") or self._built_in())

    def _built_in(self) -> str:
        """Return the index of a pip that nobody configured; its distributor may have chosen another one."""
        words = (self._python, "-I", "-m", "pip", "download", "--help")
        ended = self._runner.run(Command(words, environment=bare_environment(self._environment)))
        match = _BUILT_IN.search(ended.out)
        if match is None:
            message = "pip does not say which index it asks"
            raise SystemFailureError(message, hint="name it: `index-url` in pip's configuration, or `PIP_INDEX_URL`")
        return match[1]

    def _run(self, words: Sequence[str], work: Path, asked: Sequence[Pinned], timeout: float) -> tuple[Outcome, str]:
        """Run pip to its end; its log, unlike what it prints, says why it found nothing."""
        log = work / "log"
        limited = _LIMITED if os.name == "posix" else ()
        argv = (*limited, self._python, "-I", "-m", "pip", words[0], *_QUIET, "--log", str(log), *words[1:])
        environment = child_environment(self._settings, self._url, work)
        try:
            ended = self._runner.run(Command(argv, environment=environment, timeout=timeout))
        except SystemFailureError as error:
            raise _too_slow(error, redacted(self._url), timeout) from error
        refuse_detours(log, self._url)
        text = start_of(log)
        if ended.exit:
            raise explain(ended, text, [(each.distribution, each.version) for each in asked], self._url)
        return ended, text


@contextmanager
def _work_folder() -> Iterator[Path]:
    import tempfile

    with tempfile.TemporaryDirectory(prefix="terra-pip-") as folder:
        yield Path(folder).resolve()


def _prefix(python: str) -> Path:
    return Path(sys.prefix) if python == sys.executable else Path(python).parent.parent


def _checked(url: str) -> str:
    if _URL.fullmatch(url) is None:
        message = f"`{redacted(url)}` is not the address of a package index"
        raise UsageError(message, hint="write `https://HOST/PATH/`", subjects=(redacted(url),))
    check_login(url)
    return url


def _with_wheel(listed: Sequence[str], log: str) -> list[str]:
    """Return those versions of which pip saw a wheel: before pip 25 it lists those of other files too."""
    from packaging.version import Version

    seen = set()
    for url, text in _SEEN.findall(log):
        with suppress(ValueError):  # no version, or a number that Python does not read
            seen.update([Version(text)] if url.partition("#")[0].endswith(".whl") else [])
    return [each for each in listed if is_version(each) and Version(each) in seen]


def _too_slow(error: SystemFailureError, index: str, timeout: float) -> SystemFailureError | FetchError:
    """Return what to say of a pip that did not end; one that could not be started is as it is."""
    import subprocess

    if not isinstance(error.__cause__, subprocess.TimeoutExpired):
        return error
    return FetchError(f"pip did not get what it was asked from `{index}` within {timeout:.0f} s", subjects=(index,))
