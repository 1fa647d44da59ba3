"""What sources say there is now for an address, without fetching any of it; git is in tests/functional."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from terra.errors import FetchError, SourceNotFoundError
from terra.model.source import Anchor, Locator
from terra.model.version import Version
from terra.ports import Command, Outcome
from terra.sources.file import FileSource
from terra.sources.git import GitSource
from terra.sources.https import HttpsSource
from terra.sources.npm import NpmSource
from terra.sources.pypi import PypiSource
from terra.spec import FetchOrder, FetchTools
from terra.spec.watched import Offer, WatchedSource
from terra.testing.fakes import FakeRunner, FakeTransport, RecordingReporter

NPM = "https://npm.example/"
INDEX = "https://registry.example/simple/"


def order(text: str, **facts: Any) -> FetchOrder:
    locator = Locator.parse(text)
    assert locator is not None
    return FetchOrder(locator, Anchor("/r"), **facts)


def tools(folder: Path, transport: FakeTransport, runner: Any, environment: dict[str, str]) -> FetchTools:
    return FetchTools(transport, folder, RecordingReporter(), lambda _done, _total: None, runner, environment, folder)


def test_who_can_be_asked():
    assert all(isinstance(each(), WatchedSource) for each in (NpmSource, PypiSource, GitSource))
    assert not any(isinstance(each(), WatchedSource) for each in (FileSource, HttpsSource))


@pytest.fixture
def npm(tmp_path: Path) -> FakeTransport:
    (tmp_path / ".npmrc").write_text(f"registry={NPM}\n")
    dist = {"tarball": f"{NPM}x.tgz", "integrity": "sha512-AAAA"}
    versions: dict[str, dict[str, Any]] = {
        each: {"version": each, "dist": dist} for each in ("0.1.0", "0.1.5", "0.2.0", "0.9.0", "1.0.0-rc.1")
    }
    versions["0.9.0"]["deprecated"] = "broken"
    versions["0.1.0"]["deprecated"] = "too old"
    document = {"name": "@terra/x", "versions": versions, "dist-tags": {"latest": "0.2.0", "next": "1.0.0-rc.1"}}
    return FakeTransport({f"{NPM}@terra%2fx": json.dumps(document).encode()})


@pytest.mark.parametrize(
    ("wanted", "meant"),
    [("^0.1", "0.1.5"), ("", "0.2.0"), ("next", "1.0.0-rc.1"), ("0.1.0", "0.1.0"), ("^5", None)],
)
def test_npm(tmp_path: Path, npm: FakeTransport, wanted: str, meant: str | None):
    given = tools(tmp_path, npm, FakeRunner(), {"HOME": str(tmp_path)})
    found = NpmSource().offer(order(f"npm:@terra/x@{wanted}"), given)
    assert found.meant == (Version.parse(meant) if meant else None)
    assert found.newest == Version.parse("0.2.0"), "neither deprecated nor a pre-release"
    assert dict(found.deprecated) == {Version.parse("0.9.0"): "broken", Version.parse("0.1.0"): "too old"}
    assert not any("tgz" in url for url in npm.counts), "nothing is fetched"


def test_npm_without_such_a_package(tmp_path: Path, npm: FakeTransport):
    given = tools(tmp_path, npm, FakeRunner(), {"HOME": str(tmp_path)})
    with pytest.raises(SourceNotFoundError, match=r"npm\.example"):
        NpmSource().offer(order("npm:@terra/y@1"), given)


class Pip:
    """A pip that lists versions."""

    def __init__(self, *versions: str) -> None:
        self.versions = versions

    def run(self, command: Command) -> Outcome:
        words = list(command.argv)
        assert "download" not in words, "nothing is fetched"
        log = "".join(f"Found link https://h/x.whl (from x), version: {each}\n" for each in self.versions)
        Path(words[words.index("--log") + 1]).write_text(log)
        return Outcome(0, f"{words[-1]} (x)\nAvailable versions: {', '.join(self.versions)}\n", "")


def page(**files: Any) -> FakeTransport:
    url = f"{INDEX}terra-x/"
    listed = [
        {"filename": f"terra_x-{version}-py3-none-any.whl", "url": "x.whl", "hashes": {}, **facts}
        for version, facts in files.items()
    ]
    document = {"meta": {"api-version": "1.0"}, "name": "terra-x", "files": listed}
    transport = FakeTransport({url: json.dumps(document).encode()})
    transport.types[url] = "application/vnd.pypi.simple.v1+json"
    return transport


def offer(tmp_path: Path, transport: FakeTransport, text: str, pip: Pip) -> Offer:
    return PypiSource().offer(order(text, index=INDEX), tools(tmp_path, transport, pip, {}))


@pytest.mark.parametrize(
    ("wanted", "meant"),
    [("~=0.1.0", "0.1.5"), ("", "0.2.0"), ("==0.1.0", "0.1.0"), (">=1.0rc1", "1.0.0-rc.1"), (">9", None)],
)
def test_pypi(tmp_path: Path, wanted: str, meant: str | None):
    releases = {"0.1.0": {}, "0.1.5": {}, "0.2.0": {}, "0.9.0": {"yanked": "broken"}, "1.0.0rc1": {}}
    found = offer(tmp_path, page(**releases), f"pypi:terra-x{wanted}", Pip())
    assert found.meant == (Version.parse(meant) if meant else None)
    assert found.newest == Version.parse("0.2.0")
    assert dict(found.yanked) == {Version.parse("0.9.0"): "broken"}


def test_pypi_where_only_pip_can_read_the_index(tmp_path: Path):
    transport = FakeTransport()
    transport.statuses[f"{INDEX}terra-x/"] = 401
    found = offer(tmp_path, transport, "pypi:terra-x<0.2", Pip("0.1.0", "0.2.0"))
    assert (found.meant, found.newest) == (Version.parse("0.1.0"), Version.parse("0.2.0"))


def test_an_index_that_is_not_there(tmp_path: Path):
    class Broken:
        def run(self, command: Command) -> Outcome:
            assert "download" not in command.argv
            return Outcome(1, "", "ERROR: could not connect")

    with pytest.raises(FetchError):
        offer(tmp_path, FakeTransport(), "pypi:terra-x", Broken())  # type: ignore[arg-type]
