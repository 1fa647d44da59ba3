"""Other programs: run one to its end, with what it may see of the environment chosen by the caller.

A program runs in a session of its own, so that whatever ends the run early (a time limit, an interrupt, too much
output) ends what it started too. It has no terminal to ask at. On POSIX it ends even where terra is killed, which
nothing can be done about any more: beside it waits a shell for the end of a pipe whose other end terra has.
"""

from __future__ import annotations

import errno
import os
import signal
import threading
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING

from terra.errors import SystemFailureError
from terra.ports import Command, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator
    from subprocess import Popen

_CHUNK = 1 << 16
_AFTER = 2.0  # seconds
# Linux alone tells a process of its parent's end (PR_SET_PDEATHSIG), of that process alone, and no shell can ask it to.
_WATCH = ("/bin/sh", "-c", 'read -r _ || kill -KILL "-$1"', "terra-watch")


class SubprocessRunner:
    """Runs programs for real; implements `ports.Runner`."""

    def run(self, command: Command) -> Outcome:
        """Run a program to its end, without a terminal to ask at.

        Raises:
            SystemFailureError: It could not be started, ran out of time, or printed more than it may.
        """
        import subprocess  # 8 ms that most commands never need

        try:
            process = subprocess.Popen(  # noqa: S603  # the words are a tuple, no shell reads them
                (_found(command), *command.argv[1:]),
                cwd=command.folder,
                env=None if command.environment is None else dict(command.environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            message = f"`{command.argv[0]}` could not be started: {error.strerror}"
            raise SystemFailureError(message, subjects=(command.argv[0],)) from error
        with process, _watched(process):
            try:
                return _followed(process, command)
            except BaseException as error:
                _end(process)
                if not isinstance(error, TimeoutError):
                    raise
                message = f"`{command.argv[0]}` did not end within {command.timeout:.0f} s"
                raise SystemFailureError(message, subjects=(command.argv[0],)) from error


def _found(command: Command) -> str:
    """Return the program's path, never one below a relative entry of PATH: that is the repository's to fill.

    Raises:
        FileNotFoundError: There is none.
    """
    program = command.argv[0]
    if os.path.dirname(program):
        return program
    from terra.system.programs import find_program

    found = find_program(program, os.environ if command.environment is None else command.environment)
    if found is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), program)
    return found


class _Drain(threading.Thread):
    """Reads one stream to its end, and ends the program that prints more than `limit` bytes."""

    def __init__(self, stream: IO[bytes] | None, limit: int, process: Popen[bytes]) -> None:
        super().__init__(daemon=True)
        assert stream is not None  # noqa: S101  # both are pipes
        self._stream = stream
        self._limit = limit
        self._process = process
        self._data = bytearray()
        self.is_over = False
        self.start()

    def run(self) -> None:
        with suppress(ValueError, OSError):  # the stream was closed, since nobody waits for the rest
            while chunk := self._stream.read1(_CHUNK):  # type: ignore[attr-defined]  # a buffered reader
                self._data += chunk
                if len(self._data) > self._limit:
                    self.is_over = True
                    _end(self._process)
                    return

    def text(self) -> str:
        """Return what came, once the program has ended; what it left running may hold the stream open."""
        self.join(_AFTER)
        return self._data.decode(errors="replace").replace("\r\n", "\n")


def _followed(process: Popen[bytes], command: Command) -> Outcome:
    drains = [_Drain(stream, command.limit, process) for stream in (process.stdout, process.stderr)]
    _await_end(process, command.timeout)
    out, err = (each.text() for each in drains)
    if any(each.is_over for each in drains):
        message = f"`{command.argv[0]}` printed more than {command.limit >> 20} MiB"
        raise SystemFailureError(message, subjects=(command.argv[0],))
    return Outcome(process.returncode, out, err)


def _await_end(process: Popen[bytes], timeout: float) -> None:
    """Wait for a program; with a time limit, `Popen.wait` would look every 50 ms only.

    Raises:
        TimeoutError: The time is over.
    """
    waiting = threading.Thread(target=process.wait, daemon=True)
    waiting.start()
    waiting.join(timeout)
    if waiting.is_alive():
        raise TimeoutError


@contextmanager
def _watched(process: Popen[bytes]) -> Iterator[None]:
    """While the context lasts, let the program end with everything that it started when terra is killed."""
    import subprocess

    if os.name != "posix":
        yield
        return
    nothing = subprocess.DEVNULL
    try:
        watch = subprocess.Popen(  # noqa: S603  # fixed words and a number
            (*_WATCH, str(process.pid)), stdin=subprocess.PIPE, stdout=nothing, stderr=nothing, start_new_session=True
        )
    except OSError:  # no shell: the program runs all the same
        yield
        return
    try:
        yield
    finally:
        with suppress(OSError):
            watch.communicate(b"\n")


def _end(process: Popen[bytes]) -> None:
    """End the program with everything that it started, as far as that is left."""
    with suppress(ProcessLookupError, PermissionError):
        if os.name == "posix":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
