"""git as a program: the environment and the words with which terra starts it.

It asks nothing, runs no hook, filter or program that a repository names, fetches no submodule, and takes no
configuration but what the user's own says of logging in and of ways through the network:

- Of environment and configuration it is told what `git_settings` says. No file of configuration is read, and
  none of a repository's: git is told that there is none, or which one of terra's.
- Neither a file nor the memory of git grows beyond a limit, nor does what it prints.
- Only the protocol of the address is allowed (`GIT_ALLOW_PROTOCOL`), so that neither a redirect nor an
  `insteadOf` leads to a transport that runs programs.

https://git-scm.com/docs/git#_environment_variables
"""

from __future__ import annotations

import os
import re
from functools import cached_property, partial
from typing import TYPE_CHECKING

from terra.errors import FetchError, IntegrityError, SystemFailureError
from terra.model.git import Remote
from terra.ports import Command
from terra.system.git_failures import failure, is_transient, sends_too_much
from terra.system.git_settings import NOWHERE, for_reading, handed_on, hardened

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from terra.ports import Outcome, Runner, Transport

LIMIT = 512 << 20  # bytes of a pack or of an archive
_MEMORY = 3 << 19  # KiB of a process's address space: thrice the limit, for a pack, an object, and the rest
_OLDEST = (2, 32)  # the first with GIT_CONFIG_GLOBAL
_LIST_TIME = 60.0  # seconds
_FETCH_TIME = 600.0
_WORDS = ("git", "--no-pager", "--no-replace-objects", "--literal-pathspecs")
# A file cannot grow beyond the limit, and git says so. POSIX counts 512 bytes; only the shell can say it of a child.
# Not every system limits memory, and a shell may end where it cannot: it is tried in another one.
_OF_MEMORY = f"(ulimit -v {_MEMORY}) 2>/dev/null && ulimit -v {_MEMORY}"
_LIMITED = ("/bin/sh", "-c", f'trap "" XFSZ; ulimit -f {LIMIT // 512}; {_OF_MEMORY}; exec "$@"', "git")


class Git:
    """git, for one command of terra's.

    Args:
        runner: Starts it.
        transport: Admits the addresses that it is sent to.
        environment: The environment of the process.
    """

    def __init__(self, runner: Runner, transport: Transport, environment: Mapping[str, str]) -> None:
        self._runner = runner
        self._transport = transport
        self._environment = environment

    def refs(self, remote: Remote, *words: str) -> dict[str, str]:
        """Return the object hashes of a remote's refs by their full names; `^{}` ends what a tag points at.

        Args:
            remote: A folder's path is absolute.
            words: `--heads`, `--tags`, or the names of refs.

        Raises:
            FetchError: It cannot be reached; `AuthenticationError` where it does not let us in.
            IntegrityError: It has more of them than terra takes.
            UsageError: It is an address where terra does not go.
            SystemFailureError: git is not there.
        """
        options = [word for word in words if word.startswith("--")]
        names = [word for word in words if not word.startswith("--")]
        outcome = self._reach(remote, ("ls-remote", *options, "--", remote.address, *names), NOWHERE, _LIST_TIME)
        if outcome.exit != 0:
            raise failure(remote, outcome)
        pairs = (line.partition("\t") for line in outcome.out.split("\n"))
        return {name: digest for digest, tab, name in pairs if tab}

    def fetch(self, remote: Remote, repository: Path, refspecs: Sequence[str], *, depth: int | None = 1) -> Outcome:
        """Bring objects into a bare repository; the caller looks at how that ended.

        Args:
            remote: A folder's path is absolute.
            repository: Made by `new_repository`.
            refspecs: What to bring.
            depth: How many commits of the history; None for all of it, also of what came without.

        Raises:
            UsageError: It is an address where terra does not go.
            FetchError: It took too long.
            IntegrityError: It says more of it than terra takes.
        """
        whole = ("--unshallow",) if (repository / "shallow").exists() else ()
        depths = whole if depth is None else (f"--depth={depth}",)
        options = (*depths, "--quiet", "--no-tags", "--no-recurse-submodules", "--no-auto-maintenance")
        words = ("fetch", *options, "--", remote.address, *refspecs)
        return self._reach(remote, words, {"GIT_DIR": str(repository)}, _FETCH_TIME)

    def new_repository(self, folder: Path, *, sha256: bool = False) -> None:
        """Make a bare repository without hooks or any other file of a template.

        Raises:
            SystemFailureError: git cannot.
        """
        form = "sha256" if sha256 else "sha1"
        words = ("init", "--quiet", "--bare", "--template=", f"--object-format={form}", "--", str(folder))
        outcome = self._run(words, {}, _LIST_TIME)
        if outcome.exit != 0:
            message = f"git cannot make a repository in `{folder}`: {outcome.err.strip()}"
            raise SystemFailureError(message)

    def read(self, repository: Path, *words: str) -> Outcome:
        """Run git in a repository of terra's, without any network.

        Raises:
            FetchError: It took too long.
            IntegrityError: It prints more than terra takes.
        """
        return self._run(words, {"GIT_DIR": str(repository), "GIT_ALLOW_PROTOCOL": ""}, _FETCH_TIME)

    def _reach(self, remote: Remote, words: Sequence[str], more: Mapping[str, str], seconds: float) -> Outcome:
        """Run git towards a remote, once more where the network failed on the way."""
        protocols = self._admit(remote)
        if "http" in protocols.split(":"):  # where plain http is admitted, that is one origin
            words = ("-c", "http.followRedirects=false", *words)
        call = partial(self._call, remote, words, {**more, "GIT_ALLOW_PROTOCOL": protocols}, seconds)
        outcome = call()
        return call() if outcome.exit != 0 and is_transient(outcome) else outcome

    def _call(self, remote: Remote, words: Sequence[str], more: Mapping[str, str], seconds: float) -> Outcome:
        try:
            return self._run(words, more, seconds)
        except _TookTooLongError as error:
            message = f"`{remote}` did not answer git within {seconds:.0f} s"
            raise FetchError(message, subjects=(str(remote),)) from error
        except _PrintedTooMuchError as error:
            raise sends_too_much(remote) from error

    def _admit(self, remote: Remote) -> str:
        """Return the protocols that git may speak, once the address that it will go to is admitted."""
        effective = remote
        if any(key.startswith("url.") for key, _ in self._handed_on):
            outcome = self._run(("ls-remote", "--get-url", "--", remote.address), NOWHERE, _LIST_TIME)
            effective = Remote.parse(outcome.out.removesuffix("\n"), own=True) if outcome.exit == 0 else remote
        if not effective.is_local:
            self._transport.admit(effective.web_address)
        return "http:https" if effective.protocol == "http" else effective.protocol

    def _run(self, words: Sequence[str], more: Mapping[str, str], seconds: float) -> Outcome:
        limited = _LIMITED if os.name == "posix" else ()
        return self._start((*limited, *_WORDS, *words), {**self._hardened, **more}, seconds)

    def _start(self, argv: tuple[str, ...], environment: Mapping[str, str], seconds: float) -> Outcome:
        try:
            return self._runner.run(Command(argv, environment=environment, timeout=seconds))
        except SystemFailureError as error:
            if error.__cause__ is None:  # a limit of the runner's own
                message = "git prints more than terra takes"
                raise _PrintedTooMuchError(message, hint="name a smaller repository, or a folder of it") from error
            if isinstance(error.__cause__, OSError):
                message = "git is needed for `git:` sources, and cannot be started"
                raise SystemFailureError(message, hint="install git, or put its folder on PATH") from error
            raise _TookTooLongError(error.message) from error

    @cached_property
    def _handed_on(self) -> tuple[tuple[str, str], ...]:
        """What the user's own configuration says of logging in and of ways through the network."""
        environment = for_reading(self._environment)
        self._check_version(environment)
        words = ("git", "config", "--list", "--null", "--includes", "--show-scope")
        outcome = self._start(words, environment, _LIST_TIME)
        if outcome.exit != 0:
            message = f"git cannot read your configuration: {outcome.err.strip()}"
            raise SystemFailureError(message, hint="`git config --list` shows what is wrong")
        return handed_on(outcome.out)

    def _check_version(self, environment: Mapping[str, str]) -> None:
        outcome = self._start(("git", "version"), environment, _LIST_TIME)
        match = re.search(r"(\d+)\.(\d+)", outcome.out)
        if match is None or (int(match[1]), int(match[2])) < _OLDEST:
            found = outcome.out.strip() or "a program that does not say so"
            message = f"git {_OLDEST[0]}.{_OLDEST[1]} or newer is needed, got `{found}`"
            raise SystemFailureError(message, hint="older ones cannot be kept from configuration that runs programs")

    @cached_property
    def _hardened(self) -> Mapping[str, str]:
        """The environment of every call."""
        return hardened(self._environment, self._handed_on)


class RemoteTags:
    """The tags of repositories, each repository asked once; see `Git` for the arguments."""

    def __init__(self, runner: Runner, transport: Transport, environment: Mapping[str, str]) -> None:
        self._git = Git(runner, transport, environment)
        self._listed: dict[Remote, tuple[str, ...]] = {}

    def __call__(self, remote: Remote) -> tuple[str, ...]:
        """Return the names of a remote's tags; a folder's path is absolute.

        Raises:
            FetchError: It cannot be reached; `AuthenticationError` where it does not let us in.
        """
        if remote not in self._listed:
            refs = (name.removeprefix("refs/tags/") for name in self._git.refs(remote, "--tags"))
            self._listed[remote] = tuple(name for name in refs if not name.endswith("^{}"))  # what a tag points at
        return self._listed[remote]


class _TookTooLongError(FetchError):
    """git did not end in time."""


class _PrintedTooMuchError(IntegrityError):
    """git was ended since it printed more than it may."""
