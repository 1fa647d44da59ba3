"""Sources are found by scheme, built-in ones and strangers' on one path."""

from __future__ import annotations

import sys
from types import ModuleType

import pluggy
import pytest

from terra.errors import UsageError
from terra.model.source import Locator
from terra.plugins.host import PluginHost
from terra.sources.file import FileSource
from terra.sources.https import HttpsSource
from terra.sources.workspace import WorkspaceSource
from terra.spec import hookimpl
from terra.wiring import BUILT_IN


def located(text: str) -> Locator:
    found = Locator.parse(text)
    assert found is not None
    return found


@pytest.fixture
def stranger(monkeypatch: pytest.MonkeyPatch):
    """Make a module with a source of its own; return its dotted name and the source."""

    def make(name: str, *schemes: str) -> tuple[str, object]:
        class Strange:
            def check(self, order: object) -> None:
                pass

            def fetch(self, order: object, tools: object) -> None:
                pass

        source = Strange()
        source.schemes = schemes
        module = ModuleType(name)

        @hookimpl
        def terra_register_source() -> object:
            return source

        module.terra_register_source = terra_register_source
        monkeypatch.setitem(sys.modules, name, module)
        return name, source

    return make


def test_the_built_in_ones():
    host = PluginHost(BUILT_IN)
    assert host.schemes == ("file", "git", "http", "https", "installed", "npm", "pypi", "workspace")
    for text, kind in {
        "file:../x": FileSource,
        "workspace:x": WorkspaceSource,
        "https://h/x.zip": HttpsSource,
        "http://127.0.0.1/x.zip": HttpsSource,
    }.items():
        assert type(host.source_for(located(text))) is kind


def test_an_unknown_scheme_says_which_there_are():
    with pytest.raises(UsageError, match="`oci:x` has the scheme `oci`, which no source answers for") as caught:
        PluginHost(BUILT_IN).source_for(located("oci:x"))
    assert caught.value.hint == (
        "the schemes here are `file:`, `git:`, `http:`, `https:`, `npm:`, `pypi:`, `workspace:`"
    )
    assert caught.value.subjects == ("oci:x",)


def test_a_strangers_source_takes_the_same_path(stranger):
    name, source = stranger("stranger_oci", "oci", "oras")
    host = PluginHost({**BUILT_IN, "oci:": name, "oras:": name})
    assert host.source_for(located("oci:x")) is host.source_for(located("oras:x")) is source
    assert "oci" in host.schemes


def test_a_hook_that_is_not_specified_is_refused(monkeypatch: pytest.MonkeyPatch):
    module = ModuleType("stranger_bad")

    @hookimpl
    def terra_register_sauce() -> None:
        return None

    module.terra_register_sauce = terra_register_sauce
    monkeypatch.setitem(sys.modules, "stranger_bad", module)
    with pytest.raises(pluggy.PluginValidationError, match="terra_register_sauce"):
        PluginHost({"bad:": "stranger_bad"}).source_for(located("bad:x"))


def test_no_source_at_all():
    assert PluginHost({}).schemes == ()
