# ruff: noqa: ARG005, PLW0108  # a hook is found by the name of its argument, and cannot be a class or a method
"""Extensions: imported when needed, taken whole or not at all, asked one by one, and never able to let pass."""

from __future__ import annotations

import signal
import sys
import threading
from asyncio import CancelledError
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from terra.errors import FetchError, InterruptedRunError, PolicyError, UsageError
from terra.model.name import Name
from terra.model.source import Locator
from terra.model.version import Version
from terra.plugins.discovery import EXTENSIONS, EntryPoint
from terra.plugins.host import PluginHost
from terra.sources.https import HttpsSource
from terra.spec import Admission, Application, InstalledPlugin, Tree, hookimpl
from terra.wiring import BUILT_IN

if TYPE_CHECKING:
    from collections.abc import Callable

TREE = Tree(())
ADMISSION = Admission(Name("vpc"), Version(1, 0, 0), Locator("file", "vpc"), None, TREE, Path("/"))
APPLICATION = Application(Path("/project"), None)  # type: ignore[arg-type]  # no hook here looks at the plan


class FineSource:
    def __init__(self, *schemes: str) -> None:
        self.schemes = schemes

    def check(self, order: object) -> None:
        pass

    def fetch(self, order: object, tools: object) -> None:
        pass


class FineKind:
    def __init__(self, kind: str) -> None:
        self.kind = kind

    def open(self, order: object, tools: object) -> None:
        pass


def behind(guarded: Any) -> object:
    """Return what an extension handed over."""
    return vars(guarded).get("_source") or vars(guarded)["_kind"]


def entry(name: str, value: str | None = None, distribution: str | None = None) -> EntryPoint:
    return EntryPoint(EXTENSIONS, name, value or f"ext_{name}", distribution or f"terra-{name}", Path("/x"))


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Callable[..., EntryPoint]:
    """Make an extension of functions; return its entry point."""

    def made(name: str, **functions: Callable[..., Any]) -> EntryPoint:
        module = ModuleType(f"ext_{name}")
        for hook, function in functions.items():
            setattr(module, hook, hookimpl(function))
        monkeypatch.setitem(sys.modules, module.__name__, module)
        return entry(name)

    return made


class Hosted:
    """A host with everything built in and these extensions, and what it warned of."""

    def __init__(self, *extensions: EntryPoint, plugins: tuple[InstalledPlugin, ...] = ()) -> None:
        self.warnings: list[str] = []
        self.host = PluginHost(BUILT_IN, extensions, plugins, self.warnings.append)


def raising(error: BaseException) -> Callable[[], None]:
    def raises() -> None:
        raise error

    return raises


def test_nothing_is_imported_for_what_is_built_in(make: Callable[..., EntryPoint]) -> None:
    plugin = InstalledPlugin(Name("x"), "not_there", "terra-x", "1.0", Path("/x"))
    hosted = Hosted(entry("gone"), plugins=(plugin,))
    assert type(hosted.host.source_for(Locator("https", "https://h/x.zip"))) is HttpsSource
    assert hosted.host.registry_kind("pypi").kind == "pypi"
    assert hosted.host.installed() == (plugin,)
    assert hosted.warnings == []
    with pytest.raises(UsageError):
        hosted.host.source_for(Locator("oci", "x"))
    assert len(hosted.warnings) == 1


def test_a_scheme_and_a_kind_of_its_own(make: Callable[..., EntryPoint]) -> None:
    source, kind = FineSource("oci", "oras"), FineKind("catalogue")
    one = make("one", terra_register_source=lambda: source, terra_register_registry=lambda: kind)
    hosted = Hosted(one)
    assert behind(hosted.host.source_for(Locator("oras", "x"))) is source
    assert hosted.host.source_for(Locator("oras", "x")) is hosted.host.source_for(Locator("oci", "x"))
    assert behind(hosted.host.registry_kind("catalogue")) is kind
    assert {"oci", "oras"} < set(hosted.host.schemes)
    assert hosted.warnings == []


def test_an_object_of_a_module_can_be_the_extension(monkeypatch: pytest.MonkeyPatch) -> None:
    class Plugin:
        @hookimpl
        def terra_register_source(self) -> FineSource:
            return FineSource("oci")

    module = ModuleType("ext_holder")
    module.inner = ModuleType("inner")  # type: ignore[attr-defined]
    module.inner.plugin = Plugin()
    monkeypatch.setitem(sys.modules, "ext_holder", module)
    hosted = Hosted(entry("holder", "ext_holder : inner.plugin [extra]"))
    assert "oci" in hosted.host.schemes
    assert hosted.warnings == []


BROKEN: dict[str, tuple[dict[str, Callable[..., Any]], str]] = {
    "nothing": ({}, "it has no hook of terra: none of its functions is marked by `hookimpl`"),
    "raises": ({"terra_register_source": raising(KeyError("x"))}, "KeyError: 'x'"),
    "exits": ({"terra_register_registry": raising(SystemExit(0))}, "SystemExit: 0"),
    "unknown hook": ({"terra_verify_relaese": lambda release: None}, "unknown hook 'terra_verify_relaese'"),
    "argument": ({"terra_verify_release": lambda relaese: None}, "Argument(s) {'relaese'} are declared"),
    "plugin": ({"terra_register_plugin": lambda: None}, "it has `terra_register_plugin`, which only terra does"),
    "no schemes": ({"terra_register_source": lambda: object()}, "`object` is no source: expected `schemes`"),
    "text": ({"terra_register_source": lambda: FineSource.__new__(type("T", (FineSource,), {"schemes": "oci"}))}, ""),
    "number": ({"terra_register_source": lambda: FineSource(1)}, "got `1`"),  # type: ignore[arg-type]
    "upper case": ({"terra_register_source": lambda: FineSource("OCI")}, "got `'OCI'`"),
    "a drive": ({"terra_register_source": lambda: FineSource("c")}, "got `'c'`"),
    "no fetch": (
        {"terra_register_source": lambda: type("S", (), {"schemes": ("oci",), "check": print})()},
        "expected a method `fetch`",
    ),
    "own scheme": ({"terra_register_source": lambda: FineSource("oci", "https")}, "`https:` has a source already"),
    "no kind": ({"terra_register_registry": lambda: object()}, "`object` is no registry kind: expected `kind`"),
    "no open": ({"terra_register_registry": lambda: type("K", (), {"kind": "x"})()}, "expected a method `open`"),
    **{
        f"own kind {kind}": ({"terra_register_registry": lambda kind=kind: FineKind(kind)}, f"the kind `{kind}`")
        for kind in ("terra", "installed", "terraform", "pypi", "npm")
    },
}


@pytest.mark.parametrize(("functions", "why"), BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_one_is_left_out_whole(
    make: Callable[..., EntryPoint], functions: dict[str, Callable[..., Any]], why: str
) -> None:
    source, asked = FineSource("fine"), []
    functions = {**functions, **({"terra_after_apply": lambda: asked.append("bad")} if functions else {})}
    hosted = Hosted(make("bad", **functions), make("good", terra_register_source=lambda: source))
    assert behind(hosted.host.source_for(Locator("fine", "x"))) is source
    assert len(hosted.warnings) == 1
    assert hosted.warnings[0].startswith("the extension `bad` of `terra-bad` is broken and left out: ")
    assert why in hosted.warnings[0]
    assert "\n" not in hosted.warnings[0]
    assert "oci" not in hosted.host.schemes
    hosted.host.after_apply(APPLICATION)
    assert asked == []
    assert type(hosted.host.source_for(Locator("https", "https://h/x.zip"))) is HttpsSource


def test_one_that_cannot_be_imported_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    for name, text in {"missing": "import not_there", "syntax": "def (", "exits": "raise SystemExit('bye')"}.items():
        (tmp_path / f"ext_unit_{name}.py").write_text(text)
    names = ("missing", "syntax", "exits", "absent")
    entries = [entry(name, f"ext_unit_{name}") for name in names]
    hosted = Hosted(*entries, entry("attribute", "terra.spec:not_there"), entry("odd", ":"))
    hosted.host.verify(ADMISSION)
    whys = ("ModuleNotFoundError", "SyntaxError", "SystemExit: bye", "ModuleNotFoundError", "AttributeError")
    for warning, why in zip(hosted.warnings, (*whys, "ValueError: Empty module name"), strict=True):
        assert why in warning


def test_of_two_with_one_name_or_scheme_the_first_counts(make: Callable[..., EntryPoint]) -> None:
    first, second = FineSource("oci"), FineSource("oci")
    one = make("one", terra_register_source=lambda: first)
    two = make("two", terra_register_source=lambda: second)
    hosted = Hosted(one, entry("one", "ext_two", "terra-again"), two, entry("alias", "ext_one"))
    assert behind(hosted.host.source_for(Locator("oci", "x"))) is first
    assert [warning.partition(": ")[2] for warning in hosted.warnings[:2]] == [
        "the extension `one` of `terra-one` has this name already",
        "`oci:` has a source already",
    ]
    assert "the extension `alias` of `terra-alias`" in hosted.warnings[2]
    assert len(hosted.warnings) == 3


def test_a_veto_says_who_and_why(make: Callable[..., EntryPoint]) -> None:
    seen = []
    kind = make("kind", terra_verify_release=lambda release: seen.append(release))
    strict = make("strict", terra_verify_release=lambda release: f"{release.name} is not for us")
    with pytest.raises(PolicyError) as caught:
        Hosted(strict, kind).host.verify(ADMISSION)
    message = "`vpc@1.0.0` is refused by the extension `strict` of `terra-strict`: vpc is not for us"
    assert caught.value.message == message
    assert caught.value.subjects == ("strict",)
    assert seen == [ADMISSION]


@pytest.mark.parametrize(
    ("answer", "refusal"),
    [(True, "it returned `True`"), (False, "it returned `False`"), ((), "it returned `()`"), ("no", "no")],
)
def test_whatever_is_no_text_and_not_none_refuses(
    make: Callable[..., EntryPoint], answer: object, refusal: str
) -> None:
    with pytest.raises(PolicyError, match="the plan is refused by") as caught:
        Hosted(make("odd", terra_before_apply=lambda application: answer)).host.before_apply(APPLICATION)
    assert refusal in caught.value.message


@pytest.mark.parametrize("error", [RuntimeError("x\ny"), SystemExit(0), CancelledError()])
def test_a_veto_that_fails_refuses(make: Callable[..., EntryPoint], error: BaseException) -> None:
    hosted = Hosted(make("odd", terra_verify_release=raising(error), terra_before_apply=raising(error)))
    for ask in (lambda: hosted.host.verify(ADMISSION), lambda: hosted.host.before_apply(APPLICATION)):
        with pytest.raises(PolicyError, match=f"it failed with {type(error).__name__}") as caught:
            ask()
        assert caught.value.hint is not None
        assert "`TERRA_DISABLE_EXTENSIONS=odd` leaves it out" in caught.value.hint


def test_a_veto_that_refuses_by_an_error_of_terras_says_what_that_says(make: Callable[..., EntryPoint]) -> None:
    error = FetchError("the list is not reachable")
    with pytest.raises(PolicyError) as caught:
        Hosted(make("odd", terra_verify_release=raising(error))).host.verify(ADMISSION)
    said = "`vpc@1.0.0` is refused by the extension `odd` of `terra-odd`: the list is not reachable"
    assert caught.value.message == said


@pytest.mark.parametrize("hook", ["terra_verify_release", "terra_before_apply"])
@pytest.mark.parametrize(
    "broken",
    [
        {"terra_register_source": raising(KeyError("DEPOT"))},
        {"terra_register_source": lambda: FineSource("https")},
        {"terra_verify_relaese": lambda: None},
        {"terra_after_apply": lambda aplication: None},
    ],
    ids=["raises", "wants https", "misspelt hook", "misspelt argument"],
)
def test_the_veto_of_one_that_is_left_out_refuses(
    make: Callable[..., EntryPoint], hook: str, broken: dict[str, Callable[..., Any]]
) -> None:
    """What cannot be asked might have refused; only what was never imported is not known to have one."""
    hosted = Hosted(make("bad", **{hook: lambda: None}, **broken))
    asks = {
        "terra_verify_release": lambda: hosted.host.verify(ADMISSION),
        "terra_before_apply": lambda: hosted.host.before_apply(APPLICATION),
    }
    with pytest.raises(PolicyError, match=f"refused by the extension `bad` of `terra-bad`: its `{hook}` cannot"):
        asks.pop(hook)()
    for other in asks.values():
        other()
    assert len(hosted.warnings) == 1


def test_a_veto_that_is_there_twice_is_asked_once(make: Callable[..., EntryPoint]) -> None:
    asked: list[int] = []
    one = make("one", terra_verify_release=lambda: asked.append(1))
    hosted = Hosted(one, entry("again", "ext_one"))
    hosted.host.verify(ADMISSION)
    assert asked == [1]
    assert "the extension `again` of `terra-again` is broken and left out" in hosted.warnings[0]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_is_told_of_an_apply_can_be_interrupted(make: Callable[..., EntryPoint], number: signal.Signals) -> None:
    """The end of an apply turns Ctrl-C off, for terra's own last moment."""
    told: list[object] = []
    slow = make("slow", terra_after_apply=lambda: signal.raise_signal(number))
    late = make("late", terra_after_apply=lambda: told.append("late"))
    before = {each: signal.signal(each, signal.SIG_IGN) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        with pytest.raises(InterruptedRunError, match="the project is written, and the extension `slow` of") as caught:
            Hosted(late, slow).host.after_apply(APPLICATION)
        assert signal.getsignal(number) is signal.SIG_IGN
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
    assert caught.value.exit == 130
    assert told == []


def test_nobody_can_speak_for_the_others(make: Callable[..., EntryPoint]) -> None:
    @hookimpl(wrapper=True)
    def silencing(release: Admission):
        with suppress(PolicyError):
            yield

    module = ModuleType("ext_silent")
    module.terra_verify_release = silencing  # type: ignore[attr-defined]
    sys.modules["ext_silent"] = module
    try:
        hosted = Hosted(make("strict", terra_verify_release=lambda: "no"), entry("silent"))
        with pytest.raises(PolicyError):
            hosted.host.verify(ADMISSION)
    finally:
        del sys.modules["ext_silent"]
    assert ["it wraps a hook" in warning for warning in hosted.warnings] == [True]


def test_the_arguments_of_a_hook_come_by_name(make: Callable[..., EntryPoint]) -> None:
    seen: list[object] = []
    hosted = Hosted(
        make("none", terra_verify_release=lambda: seen.append("none")),
        make("default", terra_verify_release=lambda release=None: seen.append(release)),
    )
    hosted.host.verify(ADMISSION)
    assert sorted(seen, key=str) == [ADMISSION, "none"]


def test_after_an_apply_a_failure_is_a_warning_and_the_others_are_told(make: Callable[..., EntryPoint]) -> None:
    told: list[Application] = []
    bad = make("bad", terra_after_apply=raising(SystemExit(3)))
    hosted = Hosted(bad, make("good", terra_after_apply=lambda application: told.append(application)))
    hosted.host.after_apply(APPLICATION)
    assert told == [APPLICATION]
    assert hosted.warnings == ["the extension `bad` of `terra-bad` failed in `terra_after_apply`: SystemExit: 3"]


def test_what_an_extension_prints_goes_to_stderr(
    make: Callable[..., EntryPoint], capsys: pytest.CaptureFixture[str]
) -> None:
    def speaking(release: Admission) -> None:
        print("verified")

    Hosted(make("loud", terra_verify_release=speaking)).host.verify(ADMISSION)
    assert capsys.readouterr() == ("", "verified\n")


def test_no_thread_passes_a_veto_that_is_still_being_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entered, go_on = threading.Event(), threading.Event()
    monkeypatch.syspath_prepend(tmp_path)
    sys.ext_unit_events = (entered, go_on)  # type: ignore[attr-defined]
    (tmp_path / "ext_unit_slow.py").write_text(
        "import sys\nfrom terra.spec import hookimpl\nentered, go_on = sys.ext_unit_events\n"
        "entered.set()\ngo_on.wait(20)\n@hookimpl\ndef terra_verify_release():\n    return 'no'\n"
    )
    hosted, outcomes = Hosted(entry("slow", "ext_unit_slow")), []

    def verify() -> None:
        try:
            hosted.host.verify(ADMISSION)
        except PolicyError:
            outcomes.append("refused")
        else:
            outcomes.append("passed")

    threads = [threading.Thread(target=verify) for _ in range(3)]
    try:
        threads[0].start()
        assert entered.wait(20)
        for thread in threads[1:]:
            thread.start()
        threads[1].join(0.2)  # it waits, or has passed by now
        assert outcomes == []
        go_on.set()
        for thread in threads:
            thread.join(20)
    finally:
        go_on.set()
        del sys.ext_unit_events  # type: ignore[attr-defined]
    assert outcomes == ["refused"] * 3
