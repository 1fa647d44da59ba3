"""Whatever an extension's code does when it is called: it is the extension's fault, and never a bug of terra's."""

from __future__ import annotations

import sys
import threading
from asyncio import CancelledError
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from terra.errors import FetchError, TerraError
from terra.model.name import Name
from terra.model.release import Listing, Release
from terra.model.source import Anchor, Locator
from terra.model.stages import Fetched
from terra.plugins.discovery import EXTENSIONS, EntryPoint
from terra.plugins.extension import aside
from terra.plugins.guarded import Blame, GuardedKind, GuardedSource, guarded_source
from terra.spec import BatchSource, FetchOrder, Offer, RangedSource, RegistryOrder, WatchedSource

if TYPE_CHECKING:
    from collections.abc import Callable

ENTRY = EntryPoint(EXTENSIONS, "depot", "terra_depot.hooks", "terra-source-depot", Path("/x"))
AT = Locator("depot", "x")
ORDER = FetchOrder(AT, Anchor("/project"))
LISTING = Listing(Name("x"), ())
OFFER = Offer(commit="abc")
FETCHED = Fetched(Path(__file__), "zip")
TOOLS: Any = None
CALLS = ("check", "fetch", "admits", "fetch_together", "offer", "open", "find", "names", "late")


class Stranger:
    """A source, a kind and a registry in one, each method of which does what the test says."""

    schemes = ("depot",)
    kind = "depot"

    def __init__(self, **does: Callable[[], Any]) -> None:
        self._does = {"open": lambda: self, **does}

    def __getattribute__(self, name: str) -> Any:
        return (lambda *_: self._does.get(name, lambda: None)()) if name in CALLS else super().__getattribute__(name)

    check = fetch = admits = fetch_together = offer = open = find = names = late = None


class Guarded:
    """The stranger behind its guards, and what `-v` would show."""

    def __init__(self, **does: Callable[[], Any]) -> None:
        self.details: list[str] = []
        stranger: Any = Stranger(**does)
        if "late" in does:
            release = Release(Name("x"), None, AT, Anchor("/project"), late=stranger.late)
            stranger = Stranger(**does, find=lambda: Listing(Name("x"), (release,)))
        blame = Blame(ENTRY, self.details.append)
        self._source: Any = guarded_source(stranger, blame)
        self._kind = GuardedKind(stranger, blame)

    def call(self, name: str) -> Any:
        if name in ("check", "admits"):
            return getattr(self._source, name)(*((ORDER,) if name == "check" else (AT, AT)))
        if name in ("fetch", "fetch_together", "offer"):
            return getattr(self._source, name)([ORDER] if name == "fetch_together" else ORDER, TOOLS)
        index = self._kind.open(RegistryOrder("depot:", "corp"), TOOLS)
        if name == "late":
            (release,) = index.find(Name("x")).releases
            return release.late(release)
        return {"open": lambda: index, "find": lambda: index.find(Name("x")), "names": index.names}[name]()


def raising(error: BaseException) -> Callable[[], Any]:
    def raises() -> Any:
        raise error

    return raises


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (KeyError("digest"), "KeyError: 'digest'"),
        (FileNotFoundError(2, "No such file or directory", "/mnt/depot"), "FileNotFoundError: [Errno 2]"),
        (BrokenPipeError(), "BrokenPipeError"),
        (SystemExit(0), "SystemExit: 0"),
        (CancelledError("a\nb"), "CancelledError: a b"),
    ],
    ids=lambda each: type(each).__name__,
)
def test_a_failure_names_the_extension(name: str, error: BaseException, reason: str) -> None:
    guarded = Guarded(**{name: raising(error)})
    with pytest.raises(TerraError) as caught:
        guarded.call(name)
    assert (type(caught.value), caught.value.exit) == (TerraError, 1)
    said = caught.value.message
    assert said.startswith(f"the extension `depot` of `terra-source-depot` failed: `{name}` of ")
    assert reason in said
    assert caught.value.hint is not None
    assert "`TERRA_DISABLE_EXTENSIONS=depot`" in caught.value.hint
    assert caught.value.subjects == ("depot",)
    (detail,) = guarded.details
    assert detail.startswith("Traceback")
    assert "in raises" in detail


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("error", [FetchError("no"), KeyboardInterrupt()], ids=["terra's", "Ctrl-C"])
def test_what_is_raised_on_purpose_passes(name: str, error: BaseException) -> None:
    guarded = Guarded(**{name: raising(error)})
    with pytest.raises(type(error)) as caught:
        guarded.call(name)
    assert caught.value is error
    assert guarded.details == []


@pytest.mark.parametrize(
    ("name", "answer", "said"),
    [
        ("fetch", None, "it returned `None`, expected `Fetched`"),
        ("fetch", Fetched(Path("/nowhere/x.zip"), "zip"), "it returned `/nowhere/x.zip`, which is not there"),
        ("fetch_together", [], "it returned 0 results, expected 1"),
        ("fetch_together", [1], "it returned `1`, expected `Fetched`"),
        ("fetch_together", None, "TypeError: 'NoneType' object is not iterable"),
        ("offer", None, "it returned `None`, expected `Offer`"),
        ("late", None, "it returned `None`, expected `Release`"),
        ("admits", None, "it returned `None`, expected `bool`"),
        ("open", None, "it returned `None`, expected a registry with `find` and `names`"),
        ("find", [], "it returned `[]`, expected `Listing`"),
        ("names", None, "TypeError: 'NoneType' object is not iterable"),
        ("names", [1], "it returned `1`, expected `str`"),
    ],
)
def test_an_odd_answer_is_a_failure(name: str, answer: Any, said: str) -> None:
    with pytest.raises(TerraError) as caught:
        Guarded(**{name: lambda: answer}).call(name)
    assert caught.value.message.endswith(said)
    assert "the extension `depot` of" in caught.value.message


def test_names_that_come_one_by_one_may_fail_late() -> None:
    def names() -> Any:
        yield "x"
        raise KeyError

    with pytest.raises(TerraError, match="failed: `names` of `corp`: KeyError"):
        Guarded(names=names).call("names")


def test_what_is_right_passes() -> None:
    does = {
        "fetch": FETCHED,
        "fetch_together": [FETCHED],
        "admits": True,
        "offer": OFFER,
        "find": LISTING,
        "names": ["x"],
    }
    guarded = Guarded(**{name: lambda answer=answer: answer for name, answer in does.items()})  # type: ignore[misc]
    found = {name: guarded.call(name) for name in does}
    assert found == {**does, "fetch_together": (FETCHED,), "names": ("x",)}
    index = guarded.call("open")
    assert (index.location, index.label) == ("depot:", "corp")
    assert Guarded().call("find") is None


def test_a_guarded_source_can_what_the_source_can() -> None:
    plain = {"schemes": ("depot",), "check": print, "fetch": print}
    for more in ((), ("admits",), ("fetch_together",), ("admits", "fetch_together"), ("offer", "admits")):
        source: Any = type("Plain", (), {**plain, **dict.fromkeys(more, print)})()
        guarded: GuardedSource = guarded_source(source, Blame(ENTRY, print))
        can = (isinstance(guarded, each) for each in (RangedSource, BatchSource, WatchedSource))
        assert tuple(can) == ("admits" in more, "fetch_together" in more, "offer" in more)


def test_what_threads_print_goes_aside_until_the_last_is_out(capsys: pytest.CaptureFixture[str]) -> None:
    stdout, inside, go_on = sys.stdout, threading.Event(), threading.Event()

    def long() -> None:
        with aside():
            inside.set()
            go_on.wait(20)
            print("long")

    thread = threading.Thread(target=long)
    with aside():
        thread.start()
        assert inside.wait(20)
    print("still aside")
    go_on.set()
    thread.join(20)
    assert sys.stdout is stdout
    assert capsys.readouterr() == ("", "still aside\nlong\n")
