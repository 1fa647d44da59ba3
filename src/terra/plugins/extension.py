"""One extension: code that the user chose to install beside terra, and that terra does not trust to be right.

It is imported here and nowhere else, and what it hands over is checked before anything relies on it. All that
is wrong with it is a `BrokenExtensionError`, which the host reports.
"""

from __future__ import annotations

import re
import signal
import sys
import threading
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

from terra.errors import TerraError
from terra.model.values import value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import TextIO

    from pluggy import HookImpl

    from terra.plugins.discovery import EntryPoint
    from terra.spec import RegistryKind, Source

# A stranger's code may raise anything, and `sys.exit` in it must not end terra as if all were done. Ctrl-C is the
# user's, and is let through wherever these are caught.
FAILURES = (BaseException,)
_SCHEME = re.compile(r"[a-z][a-z0-9+.]+")  # as `Locator.parse` reads one
_KIND = re.compile(r"[a-z][a-z0-9-]*")


@value
class Offer:
    """What an extension registers: sources by scheme, kinds of registry by name."""

    sources: Mapping[str, Source]
    kinds: Mapping[str, RegistryKind]


class BrokenExtensionError(Exception):
    """Why an extension is left out."""


def imported(entry: EntryPoint) -> Any:  # noqa: ANN401  # a stranger's object
    """Return the object that an entry point names, after importing its module.

    Raises:
        Exception: Whatever the module raises.
    """
    module, _, attribute = entry.value.partition("[")[0].strip().partition(":")
    found: Any = import_module(module.strip())
    for part in filter(None, attribute.strip().split(".")):
        found = getattr(found, part)
    return found


def offered(own: Mapping[str, HookImpl]) -> Offer:
    """Return what an extension registers, after looking at the implementations that it has, by hook.

    Raises:
        BrokenExtensionError: Something of it cannot be used.
        Exception: Whatever its hooks raise.
    """
    if not own:
        message = "it has no hook of terra: none of its functions is marked by `hookimpl`"
        raise BrokenExtensionError(message)
    if any(each.wrapper or each.hookwrapper for each in own.values()):
        message = "it wraps a hook, and would decide over what other extensions say"
        raise BrokenExtensionError(message)
    if "terra_register_plugin" in own:
        message = "it has `terra_register_plugin`, which only terra does: a plugin is an entry point of `terra.plugins`"
        raise BrokenExtensionError(message)
    source, kind = (
        call(own[hook], {}) if hook in own else None for hook in ("terra_register_source", "terra_register_registry")
    )
    return Offer(
        dict.fromkeys(schemes_of(source), source) if source is not None else {},
        {kind_of(kind): kind} if kind is not None else {},
    )


def schemes_of(source: Any) -> tuple[str, ...]:  # noqa: ANN401
    """Return the schemes of a source that an extension registers.

    Raises:
        BrokenExtensionError: It is no source.
    """
    schemes = getattr(source, "schemes", None)
    if not isinstance(schemes, tuple | list) or not schemes:
        raise _unfit(source, "source", "`schemes`, a tuple of texts", schemes)
    for scheme in schemes:
        if not isinstance(scheme, str) or not _SCHEME.fullmatch(scheme):
            raise _unfit(source, "source", "schemes of two or more of a-z, 0-9, `+` and `.`", scheme)
    _must_call(source, "source", "check", "fetch")
    return tuple(schemes)


def kind_of(kind: Any) -> str:  # noqa: ANN401
    """Return what a registry kind that an extension registers is called.

    Raises:
        BrokenExtensionError: It is no registry kind.
    """
    name = getattr(kind, "kind", None)
    if not isinstance(name, str) or not _KIND.fullmatch(name):
        raise _unfit(kind, "registry kind", "`kind`, a text of a-z, 0-9 and hyphens", name)
    _must_call(kind, "registry kind", "open")
    return name


def call(implementation: HookImpl, arguments: dict[str, object]) -> Any:  # noqa: ANN401
    """Call one implementation of a hook alone, with those of the arguments that it takes."""
    function: Callable[..., Any] = implementation.function
    named = {name: arguments[name] for name in implementation.kwargnames if name in arguments}
    return function(*(arguments[name] for name in implementation.argnames), **named)


def refusal_in(answer: object) -> str | None:
    """Return why an extension refuses, None where it does not; an answer of another kind refuses too."""
    if answer is None or isinstance(answer, str):
        return answer or None
    return f"it returned `{answer!r}`, expected a text or None"


class _Aside:
    """Sends stdout to stderr while anybody is inside; threads come and go in any order."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._stdout: TextIO | None = None

    @contextmanager
    def __call__(self) -> Iterator[None]:
        with self._lock:
            if not self._inside:
                self._stdout, sys.stdout = sys.stdout, sys.stderr
            self._inside += 1
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1
                if not self._inside:
                    sys.stdout = self._stdout


# Sends what is printed meanwhile to stderr: stdout holds one report, or one JSON document.
aside = _Aside()


@contextmanager
def interruptible() -> Iterator[None]:
    """Let Ctrl-C and a polite kill interrupt what is inside, where terra itself listens to neither any more."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def reason(error: BaseException) -> str:
    """Return on one line what went wrong; what was raised for a person to read is given as it is."""
    text = " ".join(str(error).split())
    meant = isinstance(error, BrokenExtensionError | TerraError)
    return text if meant else f"{type(error).__name__}: {text}".removesuffix(": ")


def label_of(entry: EntryPoint) -> str:
    """Return what messages call an extension: its entry point, and the distribution that has it."""
    return f"the extension `{entry.name}` of `{entry.distribution}`"


def leaving_out(name: str) -> str:
    """Return how to go on without an extension."""
    return f"`TERRA_DISABLE_EXTENSIONS={name}` leaves it out"


def _must_call(thing: object, what: str, *names: str) -> None:
    for name in names:
        if not callable(getattr(thing, name, None)):
            raise _unfit(thing, what, f"a method `{name}`", getattr(thing, name, None))


def _unfit(thing: object, what: str, expected: str, got: object) -> BrokenExtensionError:
    return BrokenExtensionError(f"`{type(thing).__name__}` is no {what}: expected {expected}, got `{got!r}`")
