"""How wide the lines of a result may be, and texts that are cut or broken for it."""

from __future__ import annotations

import os
import sys

_USUAL = 80


def columns() -> int:
    """Return the columns of the terminal: what `COLUMNS` says, else its own, else 80, as argparse has it."""
    said = os.environ.get("COLUMNS", "")
    if said.isdecimal() and int(said):
        return int(said)
    try:
        return os.get_terminal_size(sys.stdout.fileno()).columns or _USUAL
    except (AttributeError, OSError, ValueError):  # no stdout, or none that is a terminal
        return _USUAL


def room() -> int | None:
    """Return the columns that a line of the result has on a terminal; None where it is piped, and as long as it is."""
    return columns() if sys.stdout is not None and sys.stdout.isatty() else None


def cut(text: str, width: int) -> str:
    """Return a text of at most so many characters, with dots where it was longer."""
    return text if len(text) <= width else f"{text[: max(width - 3, 0)].rstrip()}..."


def broken(text: str, indent: str) -> list[str]:
    """Return a text as indented lines, broken between words where the terminal ends."""
    import textwrap

    width = max((room() or 0) - len(indent), 20)
    return [f"{indent}{line}" for line in textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)]
