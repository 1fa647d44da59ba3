"""The tags that a template stands for, and what is kept of them for a run without the network."""

from __future__ import annotations

from pathlib import Path

import pytest

from terra.errors import AuthenticationError, OfflineError
from terra.index.templates import CachedTags
from terra.model.git import Remote
from terra.store.disk import DiskStore
from terra.testing.fakes import RecordingReporter

REMOTE = Remote.parse("https://h.example/x")
ODD = ("v1.0.0", "v\u2028\x1f/é", "x\x85y", "\ufffd")  # a tag can be all of these


class Tags:
    """Lists tags, or fails."""

    def __init__(self, *tags: str, error: Exception | None = None) -> None:
        self.tags = tags
        self.error = error

    def __call__(self, _remote: Remote) -> tuple[str, ...]:
        if self.error:
            raise self.error
        return self.tags


def cached(tags: Tags, folder: Path, reporter: RecordingReporter | None = None) -> CachedTags:
    store = DiskStore(folder, pytest.fail)
    store.prepare()
    return CachedTags(tags, store, reporter or RecordingReporter())


@pytest.mark.parametrize("tags", [(), ("v1",), ODD])
def test_offline_the_list_is_the_last_one(tmp_path: Path, tags: tuple[str, ...]) -> None:
    cached(Tags("old", "older"), tmp_path)(REMOTE)
    reporter = RecordingReporter()
    assert list(cached(Tags(*tags), tmp_path, reporter)(REMOTE)) == list(tags)
    assert reporter.details == []
    off = Tags(error=OfflineError("off"))
    assert list(cached(off, tmp_path, reporter)(REMOTE)) == list(tags)
    assert reporter.details == ["offline: `the tags of https://h.example/x` as last read"]
    with pytest.raises(OfflineError):
        cached(off, tmp_path)(Remote.parse("https://h.example/y"))


def test_another_failure_is_no_reason_to_take_an_old_list(tmp_path: Path) -> None:
    cached(Tags("v1"), tmp_path)(REMOTE)
    with pytest.raises(AuthenticationError):
        cached(Tags(error=AuthenticationError("who?")), tmp_path)(REMOTE)


def test_of_a_folder_nothing_is_kept(tmp_path: Path) -> None:
    folder = Remote(str(tmp_path / "x"), "file")
    assert cached(Tags("v1"), tmp_path)(folder) == ("v1",)
    with pytest.raises(OfflineError):
        cached(Tags(error=OfflineError("off")), tmp_path)(folder)
