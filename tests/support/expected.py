"""What a test expects of a run that must not go through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from support.project import snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from support.project import Ended, Terra


def refused(  # a row of the table of exit codes
    terra: Terra, *words: str, exit: int, says: Iterable[str], hint: str | None, cwd: Path | None = None, **more: str
) -> Ended:
    """Run a command that must end with `exit`, an error with every text of `says`, a hint, and no change on disk.

    Args:
        terra: The command.
        words: Its words.
        exit: The exit code.
        says: Texts that the error has.
        hint: A text that the hint has; None where there is none to give.
        cwd: Where it is run; the whole project's folder is compared.
        more: Environment variables.
    """
    before = snapshot(terra.cwd)
    ended = terra(*words, exit=exit, cwd=cwd, **more)
    assert snapshot(terra.cwd) == before, "something was written"
    error, hints = error_of(ended)
    missing = [text for text in says if text not in error]
    assert not missing, f"{missing} not in:\n{error}"
    if hint is not None:
        assert hint in hints, f"`{hint}` not in hint `{hints}` of:\n{error}"
    assert not error.rstrip().endswith("."), "an error has no full stop"
    assert "Traceback" not in ended.err
    assert ended.out == "", "an error goes to stderr"
    return ended


def error_of(ended: Ended) -> tuple[str, str]:
    """Return the text after `error:` and the line after `hint:`."""
    _, found, rest = ended.err.partition("error: ")
    assert found, f"no error in:\n{ended.err}"
    error, _, hint = rest.partition("\nhint: ")
    return error, hint.partition("\n")[0]


def warnings_of(ended: Ended) -> list[str]:
    """Return the text of every warning."""
    return [line.removeprefix("warning: ") for line in ended.err.splitlines() if line.startswith("warning: ")]
