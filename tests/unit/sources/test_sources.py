"""What each scheme refuses, and what it brings into quarantine."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from terra.errors import FetchError, HTTPStatusError, IntegrityError, SourceNotFoundError, UsageError
from terra.model.digest import Digest
from terra.model.source import Anchor, Locator
from terra.model.stages import Fetched
from terra.sources import file
from terra.sources.file import FileSource
from terra.sources.https import HttpsSource
from terra.sources.workspace import WorkspaceSource
from terra.spec import FetchOrder, FetchTools, Source
from terra.testing.fakes import FakeRunner, FakeTransport, RecordingReporter

DATA = b"an archive"
SHA = Digest.sha256(hashlib.sha256(DATA).hexdigest())
URL = "https://h.example/a/aws-s3-0.1.0.zip"
REMOTE = "https://h.example/registry/"


def order(text: str, anchor: str | Path = "/r", **facts: object) -> FetchOrder:
    locator = Locator.parse(text)
    assert locator is not None
    return FetchOrder(locator, Anchor(str(anchor)), **facts)


@pytest.fixture
def tools(tmp_path: Path) -> FetchTools:
    (tmp_path / "quarantine").mkdir()
    transport = FakeTransport({URL: DATA})
    quarantine, reporter = tmp_path / "quarantine", RecordingReporter()
    return FetchTools(transport, quarantine, reporter, lambda _done, _total: None, FakeRunner(), {}, tmp_path)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with a plugin, an archive of one, and a text."""
    (tmp_path / "root/plugins/aws-s3").mkdir(parents=True)
    (tmp_path / "root/aws-s3-0.1.0.zip").write_bytes(DATA)
    (tmp_path / "root/README.md").write_bytes(b"")
    return tmp_path / "root"


def refused(source: Source, wanted: FetchOrder) -> str:
    with pytest.raises(UsageError) as caught:
        source.check(wanted)
    return caught.value.message


@pytest.mark.parametrize("source", [WorkspaceSource(), FileSource()])
def test_a_remote_document_names_no_path_of_this_machine(source: Source):
    scheme = source.schemes[0]
    source.check(order(f"{scheme}:x"))
    assert "names a path of this machine" in refused(source, order(f"{scheme}:x", REMOTE))
    assert "names no path" in refused(source, order(f"{scheme}:"))


@pytest.mark.parametrize("path", ["..", "../x", "a/../../x", "/etc", "~/x", "a/..", "..\\x", "a\\..\\..\\x"])
def test_a_workspace_is_not_left(path: str):
    assert refused(WorkspaceSource(), order(f"workspace:{path}")) == f"`workspace:{path}` leaves the workspace"


@pytest.mark.parametrize("path", ["x", "./x", "packages/plugins/aws-s3", ".", "..x", "a/..b"])
def test_a_workspace_may_be_walked(path: str):
    WorkspaceSource().check(order(f"workspace:{path}"))


def test_a_workspace_is_pointed_at(root: Path, tools: FetchTools):
    found = WorkspaceSource().fetch(order("workspace:plugins/aws-s3//modules/a", root), tools)
    assert found == Fetched(root / "plugins/aws-s3", "folder", "modules/a", "aws-s3")
    assert list(tools.quarantine.iterdir()) == []


def test_a_workspace_source_is_a_folder_that_is_there(root: Path, tools: FetchTools):
    with pytest.raises(UsageError, match="is a file, expected a folder"):
        WorkspaceSource().fetch(order("workspace:aws-s3-0.1.0.zip", root), tools)
    with pytest.raises(SourceNotFoundError, match="there is no file or folder"):
        WorkspaceSource().fetch(order("workspace:gone", root), tools)


def test_a_link_does_not_lead_out_of_the_workspace(root: Path, tools: FetchTools):
    (root.parent / "secret").mkdir()
    (root / "link").symlink_to(root.parent / "secret")
    (root / "inside").symlink_to(root / "plugins")
    with pytest.raises(UsageError, match="leads out of the workspace by a link"):
        WorkspaceSource().fetch(order("workspace:link", root), tools)
    found = WorkspaceSource().fetch(order("workspace:inside/aws-s3", root), tools)
    assert found.form == "folder"


@pytest.mark.parametrize("text", ["file:plugins/aws-s3", "file:{root}/plugins/aws-s3", "file://{root}/plugins/aws-s3"])
def test_a_folder_is_pointed_at(root: Path, tools: FetchTools, text: str):
    found = FileSource().fetch(order(text.format(root=root), root), tools)
    assert found == Fetched(root / "plugins/aws-s3", "folder", "", "aws-s3")


def test_a_folder_of_the_home(root: Path, tools: FetchTools, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", str(root))
    assert FileSource().fetch(order("file:~/plugins", "/nowhere"), tools).path == root / "plugins"


def test_an_archive_is_copied(root: Path, tools: FetchTools):
    found = FileSource().fetch(order("file:aws-s3-0.1.0.zip//sub", root), tools)
    assert (found.form, found.subdir, found.file_name) == ("zip", "sub", "aws-s3-0.1.0.zip")
    assert (found.digest, found.size) == (SHA, len(DATA))
    assert found.path.parent == tools.quarantine
    (root / "aws-s3-0.1.0.zip").write_bytes(b"changed")
    assert found.path.read_bytes() == DATA


def test_an_archive_behind_a_link_is_copied(root: Path, tools: FetchTools):
    (root / "latest.zip").symlink_to("aws-s3-0.1.0.zip")
    assert FileSource().fetch(order("file:latest.zip", root), tools).digest == SHA


def test_what_is_no_archive(root: Path, tools: FetchTools, monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(UsageError, match=r"`file:README\.md` is not an archive by its ending") as caught:
        FileSource().fetch(order("file:README.md", root), tools)
    assert ".tar.gz" in (caught.value.hint or "")
    with pytest.raises(SourceNotFoundError):
        FileSource().fetch(order("file:gone.zip", root), tools)
    monkeypatch.setattr(file, "LIMIT", 3)
    with pytest.raises(IntegrityError, match="has 10 bytes, expected at most 3"):
        FileSource().fetch(order("file:aws-s3-0.1.0.zip", root), tools)


def test_a_pipe_is_no_archive(root: Path, tools: FetchTools):
    """Opening one would wait for a writer for ever."""
    os.mkfifo(root / "pipe.zip")
    descriptor = os.open(root / "pipe.zip", os.O_RDWR | os.O_NONBLOCK)  # so that the test cannot hang
    os.close(os.dup(descriptor))
    writer = os.open(root / "pipe.zip", os.O_WRONLY)
    os.close(descriptor)
    import threading

    closer = threading.Timer(0.2, os.close, (writer,))
    closer.start()
    try:
        with pytest.raises((UsageError, IntegrityError, SourceNotFoundError)):
            FileSource().fetch(order("file:pipe.zip", root), tools)
    finally:
        closer.join()


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("https:///x.zip", "names no host"),
        ("https://joe:s3cret@h/x.zip", "an address at `h` has a user name in it"),
        ("https://s3cret@h/x.zip", "an address at `h` has a user name in it"),
        ("https://h/x", "is not an archive by its ending"),
        ("https://h/x.exe", "is not an archive by its ending"),
        ("https://h/x?archive=rar", "is not an archive by its ending"),
    ],
)
def test_an_address_that_is_refused(url: str, why: str):
    message = refused(HttpsSource(), order(url))
    assert why in message
    assert "s3cret" not in message


@pytest.mark.parametrize(
    ("url", "form"),
    [
        ("https://h/x.zip", "zip"),
        ("https://h/x.TGZ", "tar.gz"),
        ("https://h/x.tar.xz?a=b", "tar.xz"),
        ("https://h/x.zip//modules/a", "zip"),
        ("https://h/download?archive=tar.gz", "tar.gz"),
        ("http://h/x.whl", "whl"),
    ],
)
def test_an_address_that_is_fetched(tools: FetchTools, url: str, form: str):
    wanted = order(url)
    HttpsSource().check(wanted)
    tools.transport.documents[wanted.locator.location.replace("?archive=tar.gz", "")] = DATA  # Terraform sends it not
    found = HttpsSource().fetch(wanted, tools)
    assert found is not None
    assert (found.form, found.subdir) == (form, wanted.locator.subdir)
    assert (found.digest, found.size, found.path.read_bytes()) == (SHA, len(DATA), DATA)
    assert found.path.parent == tools.quarantine


def test_the_validator_is_sent_and_where_it_holds_nothing_comes(tools: FetchTools):
    first = HttpsSource().fetch(order(URL), tools)
    assert first is not None
    assert first.file_name == "aws-s3-0.1.0.zip"
    first.path.unlink()
    assert HttpsSource().fetch(order(URL, etag=first.etag), tools) is None
    assert list(tools.quarantine.iterdir()) == []
    assert tools.transport.requests == [(URL, None), (URL, first.etag)]


@pytest.mark.parametrize(("size", "error"), [(len(DATA) - 1, IntegrityError), (len(DATA) + 1, FetchError)])
def test_another_length_than_was_announced_is_refused(tools: FetchTools, size: int, error: type[Exception]):
    with pytest.raises(error):
        HttpsSource().fetch(order(URL, size=size), tools)


def test_what_is_not_there(tools: FetchTools):
    with pytest.raises(HTTPStatusError):
        HttpsSource().fetch(order("https://h.example/gone.zip"), tools)


@pytest.mark.parametrize("name", ["..%2f..%2fevil.zip", "%2e%2e.zip", "a%00b.zip"])
def test_the_name_in_an_address_chooses_no_place(tools: FetchTools, name: str):
    url = f"https://h.example/{name}"
    tools.transport.documents[url] = DATA
    found = HttpsSource().fetch(order(url), tools)
    assert found is not None
    assert [each.name for each in tools.quarantine.iterdir()] == [found.path.name]
    assert "evil" not in found.path.name
