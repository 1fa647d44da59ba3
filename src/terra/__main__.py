"""Entry point of the `terra` command; `terra --version` is answered before any other import."""

import sys

from terra import __version__


def main() -> int:
    """Run the command line of this process and return its exit code."""
    if sys.argv[1:] in (["--version"], ["-V"]):
        sys.stdout.write(f"terra {__version__}\n")
        return 0
    from terra.cli.main import run  # the version is answered without it

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
