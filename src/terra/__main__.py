"""Entry point of the `terra` command; `terra --version` is answered before any other import."""

import os
import sys

from terra import __version__


def main() -> int:
    """Run the command line of this process and return its exit code."""
    _fill_streams()
    if sys.argv[1:] in (["--version"], ["-V"]):
        return _say_version()
    import gc

    gc.disable()  # a run lasts moments and makes no cycles worth looking for
    from terra.cli.main import run

    code = run(sys.argv[1:])
    _ignore_interrupts()
    gc.freeze()  # nor at the end, where Python would look through all that there is once more
    return code


def _ignore_interrupts() -> None:
    """Let nothing but the exit code say how it ended, now that it has."""
    import signal

    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)


def _say_version() -> int:
    try:
        sys.stdout.write(f"terra {__version__}\n")
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or Python complains once more at exit
        if isinstance(error, BrokenPipeError):
            return 0
        sys.stderr.write(f"error: the version could not be printed: {error.strerror}\n")
        return 1
    return 0


def _fill_streams() -> None:
    """Put nothing where a stream is closed, as daemons start programs: no file of ours may take its place."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if getattr(sys, name) is None:
            descriptor = os.open(os.devnull, os.O_RDWR)
            if descriptor != number:
                os.dup2(descriptor, number)
            setattr(sys, name, open(number, "w" if number else "r", encoding="utf-8", closefd=False))  # noqa: SIM115


if __name__ == "__main__":
    if sys.path[0] in ("", os.getcwd()):  # `python -m terra` in a clone: nothing of it is ours to import
        del sys.path[0]
    sys.exit(main())
