"""An npm registry as a registry of plugins."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from terra.errors import AuthenticationError, HTTPStatusError, IntegrityError, OfflineError, PolicyError, UsageError
from terra.index.npm import NpmIndex, NpmKind
from terra.model.name import Name
from terra.model.release import Release
from terra.model.source import Locator
from terra.model.values import replace
from terra.ports import Response
from terra.sources.npm import NpmSource
from terra.spec import FetchOrder, FetchTools, RegistryOrder, RegistryTools
from terra.testing.fakes import FakeRunner, FakeTransport, MemoryDocumentCache, RecordingReporter

ADDRESS = "https://npm.example/"
SQS = f"{ADDRESS}@terra%2faws-sqs"
VPC = f"{ADDRESS}@my-company%2fvpc"


def document(package: str, *versions: str, **facts: Any) -> bytes:
    entries = {each: {"dist": {"tarball": f"{ADDRESS}{each}.tgz", "integrity": "x"}} for each in versions}
    return json.dumps({"name": package, "versions": entries, **facts}).encode()


class Redirecting(FakeTransport):
    """A network in which another address answers for every document."""

    def __init__(self, documents: dict[str, bytes], answers: str) -> None:
        super().__init__(documents)
        self.answers = answers

    def read(self, url: str, **facts: Any) -> Response:
        return replace(super().read(url, **facts), url=self.answers)


class Machine:
    """What an index is opened with."""

    def __init__(self, project: Path) -> None:
        self.transport: FakeTransport = FakeTransport({SQS: document("@terra/aws-sqs", "0.1.0", "0.2.0")})
        self.cache = MemoryDocumentCache()
        self.reporter = RecordingReporter()
        self.home, self.project = project / "home", project
        self.home.mkdir()

    def open(self, address: str | None = ADDRESS, label: str = "corp", *, trusted: bool = False) -> NpmIndex:
        environment = {"HOME": str(self.home), "PATH": ""}
        tools = RegistryTools(self.transport, self.cache, FakeRunner(), self.reporter, environment, self.project)
        bare = (address or "").replace("me:pw@", "")
        return NpmKind().open(RegistryOrder(f"npm:{bare}", label, address, trusted=trusted), tools)

    def fetch(self, release: Release, folder: Path) -> None:
        """Fetch a release of the index as a command does it."""
        environment = {"HOME": str(self.home), "PATH": ""}
        tools = FetchTools(
            self.transport, folder, self.reporter, lambda *_: None, FakeRunner(), environment, self.project
        )
        order = FetchOrder(release.source, release.anchor, index=release.index, trusted=release.trusted)
        try:
            NpmSource().fetch(order, tools)
        finally:
            (folder / "archive").unlink(missing_ok=True)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_name_is_a_package_and_its_versions_are_exact_sources(machine: Machine):
    index = machine.open()
    assert machine.transport.requests == []
    listing = index.find(Name.parse("aws-sqs"))
    assert listing is not None
    assert [(str(each.version), each.source) for each in listing.releases] == [
        ("0.2.0", Locator("npm", "@terra/aws-sqs@0.2.0")),
        ("0.1.0", Locator("npm", "@terra/aws-sqs@0.1.0")),
    ]
    assert {(each.registry, each.index) for each in listing.releases} == {("corp", ADDRESS)}
    assert (index.location, index.label, index.names()) == (f"npm:{ADDRESS}", "corp", ())
    assert index.find(Name.parse("aws-sqs")) is listing
    assert machine.transport.counts == {SQS: 1}


def test_a_name_of_a_company_is_in_its_scope(machine: Machine):
    machine.transport.documents[VPC] = document("@my-company/vpc", "1.0.0")
    listing = machine.open().find(Name.parse("my-company/vpc"))
    assert listing is not None
    assert listing.releases[0].source == Locator("npm", "@my-company/vpc@1.0.0")


def test_an_unknown_name_is_none(machine: Machine):
    index = machine.open()
    assert index.find(Name.parse("nope")) is None
    assert index.find(Name.parse("my-company/vpc")) is None
    machine.transport.statuses[SQS] = 500
    with pytest.raises(HTTPStatusError):
        index.find(Name.parse("aws-sqs"))


def test_what_is_said_of_a_package_is_said_of_the_plugin(machine: Machine):
    document_ = json.loads(
        document("@terra/aws-sqs", "0.1.0", "0.2.0", "0.3.0-1", description="A queue", keywords=["q"])
    )
    document_["versions"]["0.1.0"]["deprecated"] = "leaks"
    document_["versions"]["0.4.0"] = {}
    machine.transport.documents[SQS] = json.dumps(document_).encode()
    listing = machine.open().find(Name.parse("aws-sqs"))
    assert listing is not None
    assert (listing.description, listing.tags, listing.deprecated) == ("A queue", ("q",), None)
    assert listing.skipped == ("0.3.0-1: terra cannot order it",)
    assert [each.where for each in listing.issues] == ['versions."0.4.0".dist']

    document_["dist-tags"] = {"latest": "0.1.0"}
    machine.transport.documents[SQS] = json.dumps(document_).encode()
    listing = machine.open().find(Name.parse("aws-sqs"))
    assert listing is not None
    assert listing.deprecated == "leaks"


def test_a_document_is_asked_for_with_its_validator(machine: Machine):
    first = machine.open().find(Name.parse("aws-sqs"))
    assert machine.open().find(Name.parse("aws-sqs")) == first
    assert [etag is not None for _, etag in machine.transport.requests] == [False, True]
    machine.transport.documents[SQS] = document("@terra/aws-sqs", "0.3.0")
    listing = machine.open().find(Name.parse("aws-sqs"))
    assert listing is not None
    assert [str(each.version) for each in listing.releases] == ["0.3.0"]


@pytest.mark.parametrize("trusted", [False, True])
@pytest.mark.parametrize("address", [ADDRESS, "https://me:pw@npm.example/"])
def test_the_source_of_a_release_reads_no_document_again(machine: Machine, tmp_path: Path, address: str, trusted: bool):
    tarball = b"tarball"
    integrity = f"sha512-{base64.b64encode(hashlib.sha512(tarball).digest()).decode()}"
    versions = {"0.1.0": {"dist": {"tarball": f"{ADDRESS}x.tgz", "integrity": integrity}}}
    machine.transport.documents |= {
        SQS: json.dumps({"name": "@terra/aws-sqs", "versions": versions}).encode(),
        f"{ADDRESS}x.tgz": tarball,
    }
    (machine.home / ".npmrc").write_text("//npm.example/:_authToken=T")
    for _ in range(2):  # the second run has a copy, which still holds
        listing = machine.open(address, trusted=trusted).find(Name.parse("aws-sqs"))
        assert listing is not None
        (release,) = listing.releases
        machine.fetch(release, tmp_path)
        assert machine.transport.counts == {SQS: 1, f"{ADDRESS}x.tgz": 1}
        machine.transport = FakeTransport(machine.transport.documents)
    machine.fetch(release, tmp_path)  # a run of its own knows nothing of it
    assert machine.transport.counts == {SQS: 1, f"{ADDRESS}x.tgz": 1}


def test_what_another_login_was_shown_is_not_used(machine: Machine, tmp_path: Path):
    listing = machine.open("https://me:pw@npm.example/").find(Name.parse("aws-sqs"))
    assert listing is not None
    release = replace(listing.releases[0], index=ADDRESS)
    with pytest.raises(IntegrityError, match="states no checksum"):
        machine.fetch(release, tmp_path)
    assert machine.transport.counts == {SQS: 2}


def test_offline_the_copy_is_used_and_said(machine: Machine):
    machine.transport.offline = True
    with pytest.raises(OfflineError):
        machine.open().find(Name.parse("aws-sqs"))
    machine.transport.offline = False
    machine.open().find(Name.parse("aws-sqs"))
    machine.transport.offline = True
    listing = machine.open().find(Name.parse("aws-sqs"))
    assert listing is not None
    assert machine.reporter.details == [f"offline: `{SQS}` as last read"]


def test_credentials_of_the_address_are_shown_and_nowhere_kept(machine: Machine):
    index = machine.open("https://me:pw@npm.example/")
    listing = index.find(Name.parse("aws-sqs"))
    basic = "Basic " + base64.b64encode(b"me:pw").decode()
    assert machine.transport.shown == [(SQS, "application/json", basic)]
    assert list(machine.cache.documents) == [SQS]
    assert listing is not None
    assert {each.index for each in listing.releases} == {"https://me:pw@npm.example/"}
    assert "pw" not in repr(listing)


def test_npmrc_says_where_and_with_which_token(machine: Machine):
    (machine.project / ".npmrc").write_text(
        "@terra:registry=https://npm.example/\n//npm.example/:_authToken=T\nregistry=https://o.example/"
    )
    listing = machine.open(None).find(Name.parse("aws-sqs"))
    assert listing is not None
    assert {each.index for each in listing.releases} == {None}
    assert machine.transport.shown == [(SQS, "application/json", "Bearer T")]


def test_of_a_registry_that_the_user_configured_the_project_says_nothing(machine: Machine):
    (machine.project / ".npmrc").write_text(
        "@terra:registry=https://evil.example/\n//npm.example/:_authToken=THEIRS\nregistry=https://evil.example/"
    )
    with pytest.raises(UsageError, match="nothing says which registry"):
        machine.open(None, trusted=True).find(Name.parse("aws-sqs"))
    (machine.home / ".npmrc").write_text(f"@terra:registry={ADDRESS}")
    listing = machine.open(None, trusted=True).find(Name.parse("aws-sqs"))
    assert listing is not None
    assert {(each.index, each.trusted) for each in listing.releases} == {(None, True)}
    machine.open(trusted=True).find(Name.parse("aws-sqs"))
    assert machine.transport.shown == [(SQS, "application/json", None)] * 2


@pytest.mark.parametrize("has_copy", [False, True])
def test_no_other_host_answers_for_a_registry(machine: Machine, has_copy: bool):
    if has_copy:
        machine.open().find(Name.parse("aws-sqs"))
    copies = dict(machine.cache.documents)
    machine.transport = Redirecting({SQS: document("@terra/aws-sqs", "9.9.9")}, "https://evil.example/@terra%2faws-sqs")
    with pytest.raises(PolicyError, match=r"`https://npm.example/` leads to another registry, `https://evil.example/"):
        machine.open().find(Name.parse("aws-sqs"))
    assert machine.cache.documents == copies


def test_a_document_of_another_package_is_refused(machine: Machine):
    machine.transport.documents[SQS] = document("@evil/bar", "0.1.0")
    with pytest.raises(IntegrityError, match="of another package"):
        machine.open().find(Name.parse("aws-sqs"))


def test_nowhere_is_an_error_that_says_what_to_write(machine: Machine):
    with pytest.raises(UsageError, match="nothing says which registry"):
        machine.open(None).find(Name.parse("aws-sqs"))


@pytest.mark.parametrize("is_logged_in", [False, True])
def test_who_is_not_let_in_is_told(machine: Machine, is_logged_in: bool):
    machine.transport.statuses[SQS] = 401
    if is_logged_in:
        (machine.project / ".npmrc").write_text("//npm.example/:_authToken=T")
    with pytest.raises(AuthenticationError) as caught:
        machine.open().find(Name.parse("aws-sqs"))
    assert ("//npm.example/:_authToken=TOKEN" in (caught.value.hint or "")) is not is_logged_in
