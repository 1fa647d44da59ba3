"""Whatever went wrong, as an error that can be shown: terra's own, the system's refusals, and bugs."""

from __future__ import annotations

from terra.cli.terminal import redacted
from terra.errors import SystemFailureError, TerraError

_ISSUES = "https://github.com/terra-plugins/terra/issues"


def facts_of(error: TerraError) -> dict[str, object]:
    """Return an error as the keys of a JSON document."""
    return {
        "code": error.code,
        "exit": error.exit,
        "message": redacted(error.message),
        "hint": error.hint and redacted(error.hint),
        "subjects": [redacted(each) for each in error.subjects],
    }


def as_terra_error(error: Exception, *, verbose: bool) -> TerraError:
    """Return whatever went wrong as an error that can be shown; `verbose` prints where, unless it was on purpose."""
    if isinstance(error, TerraError):
        return error
    if verbose:
        import traceback

        traceback.print_exception(error)
    return _worded(error) if isinstance(error, OSError) else _bug(error)


def _worded(error: OSError) -> SystemFailureError:
    """Say what the system refused, where, and what can be done about it."""
    import errno

    hints = {
        errno.ENOSPC: "make room on that disk; `terra cache prune` empties terra's own cache",
        errno.EDQUOT: "make room within your quota; `terra cache prune` empties terra's own cache",
        errno.EACCES: "look at the permissions of that path and of its folder",
        errno.EPERM: "look at the permissions of that path and of its folder",
        errno.EXDEV: "the plugins are on another file system than terra.toml, and terra moves files in one step only",
        errno.EROFS: "that disk is mounted read-only; TERRA_HOME moves terra's own files",
    }
    where = f": `{error.filename}`" if error.filename else ""
    reason = (error.strerror or type(error).__name__).lower()
    hint = hints.get(error.errno or 0, "nothing of the project was changed")
    return SystemFailureError(f"the system refused: {reason}{where}", hint=hint)


def _bug(error: Exception) -> TerraError:
    """Return what nobody foresaw as an error: a limit of the machine where it is one."""
    if isinstance(error, MemoryError):
        return SystemFailureError("not enough memory", hint="`-v` shows for what; nothing of the project was changed")
    if isinstance(error, RecursionError):
        return SystemFailureError("something nests too deeply", hint="`-v` shows where")
    message = f"a bug in terra: {type(error).__name__}: {error}"
    return TerraError(message, hint=f"`-v` shows where; please tell {_ISSUES}")
