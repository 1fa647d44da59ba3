"""What the source of git refuses before git is started; git itself is in tests/integration."""

from __future__ import annotations

from pathlib import Path

import pytest

from terra.errors import SourceNotFoundError, UsageError
from terra.model.digest import Digest
from terra.model.source import Anchor, Locator
from terra.sources.git import GitSource, terra_register_source
from terra.spec import FetchOrder, FetchTools, Source
from terra.testing.fakes import FakeRunner, FakeTransport, RecordingReporter

REMOTE = "https://h.example/registry/"
SOURCE: Source = GitSource()


def order(text: str, anchor: str = "/r", **facts: object) -> FetchOrder:
    locator = Locator.parse(text)
    assert locator is not None
    return FetchOrder(locator, Anchor(anchor), **facts)


def test_it_answers_for_git():
    assert terra_register_source().schemes == SOURCE.schemes == ("git",)


@pytest.mark.parametrize("text", ["git:../x", "git:/x", "git:~/x", "git:file:///x", "git:.", "git::./x//sub?ref=v1"])
def test_a_remote_document_names_no_folder_of_this_machine(text: str):
    SOURCE.check(order(text))
    with pytest.raises(UsageError, match="path of this machine"):
        SOURCE.check(order(text, REMOTE))


@pytest.mark.parametrize("text", ["git:https://h.example/x", "git:git@h.example:x", "git:ssh://git@h.example/x?ref=v1"])
def test_hosts_are_named_from_anywhere(text: str):
    SOURCE.check(order(text))
    SOURCE.check(order(text, REMOTE))


@pytest.mark.parametrize(
    "text", ["git:ext::sh -c x", "git:-x", "git:https://h/x?ref=-x", "git:https://h/x?x=1", "git:https://u:p@h/x"]
)
def test_what_is_none_of_gits_addresses(text: str):
    with pytest.raises(UsageError):
        SOURCE.check(order(text))


def test_a_checksum_or_a_commit_that_cannot_be():
    with pytest.raises(UsageError, match="cannot have a checksum"):
        SOURCE.check(order("git:https://h/x", checksum=Digest.sha256("a" * 64)))
    SOURCE.check(order("git:https://h/x", commit="a" * 40))
    for commit in ("", "--x", "a" * 39, "A" * 40, "a" * 40 + "\n", "a" * 41):
        with pytest.raises(UsageError, match=r"terra\.lock"):
            SOURCE.check(order("git:https://h/x", commit=commit))


def test_a_folder_that_is_not_there(tmp_path: Path):
    reporter, runner = RecordingReporter(), FakeRunner()
    tools = FetchTools(FakeTransport(), tmp_path, reporter, lambda _done, _total: None, runner, {}, tmp_path)
    with pytest.raises(SourceNotFoundError, match=str(tmp_path / "x")):
        SOURCE.fetch(order("git:./x", str(tmp_path)), tools)
    assert runner.commands == []
