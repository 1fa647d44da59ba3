"""The errors that terra raises on purpose; this module imports nothing of terra.

A class fixes the exit code and a stable `code` for programs; an instance carries what happened. The
message says what failed, to which subject, expected and got, without a full stop; `hint` is one line
that can be acted on. Constructors never print and rooms never exit: `cli.main` alone turns an error
into text or JSON and an exit code.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import ClassVar


class TerraError(Exception):
    """Base of every error that terra raises on purpose.

    Attributes:
        code: Stable name of the class for programs, as in `--json`.
        exit: Exit code of the command, see `docs/reference/exit-codes.md`.
        message: What failed, without a full stop.
        hint: What to do about it: of this error, else the `advice` of its class.
        subjects: The names, paths or addresses that it is about.
    """

    code: ClassVar[str] = "failed"
    exit: ClassVar[int] = 1
    advice: ClassVar[str | None] = None

    def __init__(self, message: str, *, hint: str | None = None, subjects: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint or self.advice
        self.subjects = tuple(subjects)

    def add_reason(self, reason: str, *, hint: str | None = None) -> None:
        """Say on a line of its own, once, what the error has to do with what was asked; `hint` replaces the hint."""
        if reason not in self.message:
            self.message += f"\n  {reason}"
            self.args = (self.message,)
        self.hint = hint or self.hint


class SystemFailureError(TerraError):
    """The machine said no: no space, no permission, a read-only folder."""

    code = "system"
    advice = "`terra doctor` looks at what terra stands on"


class UnprintableError(SystemFailureError):
    """The command is done, and its result could not be printed."""

    code = "unprintable"


class UsageError(TerraError):
    """The command line, or a value given on it, cannot be used."""

    code = "usage"
    exit = 2
    advice = "`terra --help` shows what there is"


class Issue:
    """One thing wrong with a document: where (a dotted key path), what was expected and what was got."""

    __slots__ = ("expected", "got", "where")

    def __init__(self, where: str, expected: str, got: str) -> None:
        self.where = where
        self.expected = expected
        self.got = got

    def __str__(self) -> str:
        return f"`{self.where}`: expected {self.expected}, got {self.got}"


class InvalidDocumentError(TerraError):
    """A file that terra reads is wrong; carries every issue, not the first only."""

    code = "invalid-document"
    exit = 2
    advice = "mend the file at the places named"

    def __init__(self, path: str, issues: Sequence[Issue], *, hint: str | None = None) -> None:
        self.path = path
        self.issues = tuple(issues)
        lines = "".join(f"\n  {issue}" for issue in self.issues)
        count = "1 problem" if len(self.issues) == 1 else f"{len(self.issues)} problems"
        super().__init__(f"`{path}` has {count}{lines}", hint=hint, subjects=(path,))


class ResolveError(TerraError):
    """No release, or no set of releases, answers what was asked."""

    code = "no-solution"
    exit = 3
    advice = "`terra info NAME` lists the versions"


class UnknownPluginError(ResolveError):
    """No registry that was asked knows the name."""

    code = "unknown-plugin"


class SourceNotFoundError(ResolveError):
    """A folder or file that a source names is not there."""

    code = "not-found"


class FetchError(TerraError):
    """A registry or a source could not be reached, after retries."""

    code = "unreachable"
    exit = 4
    advice = "look at the address and at the network; `terra doctor` shows proxies and certificates"


class AuthenticationError(FetchError):
    """A server asks for credentials, or refuses the ones it was given."""

    code = "not-authorized"


class OfflineError(FetchError):
    """The network is needed, and the user said offline."""

    code = "offline"


class HTTPStatusError(FetchError):
    """A server answered with a status that is not a success; `status` is its number."""

    code = "http-status"

    def __init__(self, message: str, *, status: int, hint: str | None = None, subjects: Sequence[str] = ()) -> None:
        super().__init__(message, hint=hint, subjects=subjects)
        self.status = status


class IntegrityError(TerraError):
    """Bytes are not what they must be: checksum, tree, name or version."""

    code = "integrity"
    exit = 5
    advice = "do not use it before you know why; its publisher can say"


class UnsafeArchiveError(IntegrityError):
    """An archive breaks the rules of the archive guard; nothing of it was kept."""

    code = "unsafe-archive"
    advice = "nothing of it was kept; its publisher can pack it anew"


class PayloadError(IntegrityError):
    """An archive or folder holds no acceptable payload."""

    code = "payload"


class PolicyError(TerraError):
    """A policy of the project, the user or the machine refuses this."""

    code = "policy"
    exit = 5


class UnsafeTargetError(TerraError):
    """A file of the plan would be written through a link or outside the project."""

    code = "unsafe-target"
    exit = 5


class ConflictError(TerraError):
    """Going on would overwrite or delete bytes that the user wrote; nothing was written."""

    code = "would-lose-work"
    exit = 6


class StaleError(TerraError):
    """The project is not what the lock or the manifest says, and only checking was asked for."""

    code = "not-up-to-date"
    exit = 7


class InterruptedRunError(TerraError):
    """The user stopped the command; the project is as before."""

    code = "interrupted"
    exit = 130
