"""Entry point of the `terra` command; `terra --version` is answered before any other import."""

import os
import sys

from terra import __version__


def main() -> int:
    """Run the command line of this process and return its exit code."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        sys.stdout.write(f"terra {__version__}\n")
        return 0
    for descriptor in (0, 1, 2):  # a daemon may start us without: no file of ours may take their place
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    import gc

    gc.disable()  # a run lasts moments and makes no cycles worth looking for
    from terra.cli.main import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
