"""A module registry as a registry of plugins."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from terra.errors import (
    AuthenticationError,
    FetchError,
    HTTPStatusError,
    InvalidDocumentError,
    OfflineError,
    PolicyError,
    UsageError,
)
from terra.index.terraform import ModuleIndex, ModuleKind
from terra.model.name import Name
from terra.model.release import Release
from terra.model.values import replace
from terra.ports import Response
from terra.spec import RegistryOrder, RegistryTools
from terra.testing.fakes import FakeRunner, FakeTransport, MemoryDocumentCache, RecordingReporter

HOST = "https://registry.example"
DISCOVERY = f"{HOST}/.well-known/terraform.json"
SERVICE = f"{HOST}/v1/modules/"
VPC = Name.parse("my-company/aws-vpc")
VERSIONS = f"{SERVICE}my-company/vpc/aws/versions"
DOWNLOAD = f"{SERVICE}my-company/vpc/aws/1.1.0/download"
HEX = "ab" * 32
TOKEN = {"TF_TOKEN_registry_example": "t0ken"}


def versions(*texts: str) -> bytes:
    return json.dumps({"modules": [{"versions": [{"version": each} for each in texts]}]}).encode()


class Redirecting(FakeTransport):
    """A network in which another address answers for one."""

    def __init__(self, documents: dict[str, bytes], asked: str, answers: str) -> None:
        super().__init__(documents)
        self.asked, self.answers = asked, answers

    def read(self, url: str, **facts: Any) -> Response:
        found = super().read(url, **facts)
        return replace(found, url=self.answers) if url == self.asked else found


class Machine:
    """What an index is opened with."""

    def __init__(self) -> None:
        self.transport = FakeTransport(
            {DISCOVERY: b'{"modules.v1": "/v1/modules/"}', VERSIONS: versions("1.0.0", "v1.1")}
        )
        self.cache = MemoryDocumentCache()
        self.reporter = RecordingReporter()
        self.environment: dict[str, str] = {}

    def open(self, address: str | None = f"{HOST}/", namespace: str = "") -> ModuleIndex:
        tools = RegistryTools(
            self.transport, self.cache, FakeRunner(), self.reporter, self.environment, Path("/nowhere")
        )
        return ModuleKind().open(
            RegistryOrder(f"terraform:{address}", "corp", address, module_namespace=namespace), tools
        )

    def located(self, location: str, version: str = "1.1.0") -> Release:
        """Return the release of a version as the registry says where it is."""
        self.transport.locations[f"{SERVICE}my-company/vpc/aws/{version}/download"] = location
        listing = self.open().find(VPC)
        assert listing is not None
        (release,) = [each for each in listing.releases if str(each.version) == version]
        assert release.late is not None
        return release.late(release)

    @property
    def shown(self) -> dict[str, str | None]:
        """What was shown for every address, the last time."""
        return {url: authorization for url, _, authorization in self.transport.shown}


@pytest.fixture
def machine() -> Machine:
    return Machine()


def test_nothing_is_read_before_a_name_is_asked_for(machine: Machine):
    index = machine.open()
    assert machine.transport.requests == []
    assert (index.location, index.label) == (f"terraform:{HOST}/", "corp")


def test_a_name_is_one_question_and_no_release_is_asked_for(machine: Machine):
    index = machine.open()
    listing = index.find(VPC)
    assert listing is not None
    assert [each.id for each in listing.releases] == ["my-company/aws-vpc@1.1.0", "my-company/aws-vpc@1.0.0"]
    assert index.find(VPC) is listing
    assert index.find(Name.parse("my-company/vpc")) is None
    asked = [DISCOVERY, VERSIONS, f"{SERVICE}my-company/vpc/terraform/versions"]
    assert list(machine.transport.counts.items()) == [(each, 1) for each in asked]


def test_a_chosen_release_is_where_the_registry_says(machine: Machine):
    found = machine.located(f"https://cdn.example/x.tgz//a?checksum=sha256:{HEX}")
    assert str(found.source) == "https://cdn.example/x.tgz//a"
    assert str(found.checksum) == f"sha256-{HEX}"
    assert found.late is None
    assert found.anchor.is_remote


def test_a_checksum_of_another_kind_is_said_under_v(machine: Machine):
    assert machine.located("https://cdn.example/x.tgz?checksum=md5:" + "a" * 32).checksum is None
    assert any("`md5`" in each for each in machine.reporter.details)


def test_a_git_address_is_one_of_a_remote_document(machine: Machine):
    assert (
        str(machine.located("git::https://git.example/r.git?ref=v1").source) == "git:https://git.example/r.git?ref=v1"
    )


def test_the_address_in_the_body(machine: Machine):
    machine.transport.documents[DOWNLOAD] = b'{"location": "../x.zip"}'
    listing = machine.open().find(VPC)
    assert listing is not None
    assert listing.releases[0].late is not None
    found = listing.releases[0].late(listing.releases[0])
    assert str(found.source) == f"{SERVICE}my-company/vpc/aws/x.zip"


def test_the_header_goes_before_the_body(machine: Machine):
    machine.transport.documents[DOWNLOAD] = b'{"location": "../x.zip"}'
    assert str(machine.located("https://cdn.example/x.tgz").source) == "https://cdn.example/x.tgz"


def test_what_is_no_source_of_terras_names_the_release(machine: Machine):
    with pytest.raises(UsageError, match=r"`my-company/aws-vpc@1.1.0` of `corp` cannot be had: it comes by `s3::`"):
        machine.located("s3::https://s3.example/x.zip")


@pytest.mark.parametrize("body", [b"", b"{}", b'{"location": " "}'])
def test_an_answer_that_says_nothing(machine: Machine, body: bytes):
    machine.transport.documents[DOWNLOAD] = body
    with pytest.raises(FetchError, match="does not say where the module is"):
        machine.located("")


def test_versions_that_are_left_out(machine: Machine):
    machine.transport.documents[VERSIONS] = versions("1.0.0-rc.1", "2.0.0rc1", "1.0.0-1", "v1.0", "1.0.0", "1.0.0+b")
    listing = machine.open().find(VPC)
    assert listing is not None
    assert [str(each.version) for each in listing.releases] == ["1.0.0", "1.0.0-rc.1"]
    assert [each.partition(":")[0] for each in listing.skipped] == ["2.0.0rc1", "1.0.0-1", "1.0.0", "1.0.0+b"]
    assert len(machine.reporter.details) == len(listing.skipped)


def test_offline_is_what_was_read_last(machine: Machine):
    first = machine.located("https://cdn.example/x.tgz")
    machine.transport.offline = True
    assert machine.located("https://cdn.example/x.tgz") == first
    with pytest.raises(OfflineError):
        machine.open().find(Name.parse("my-company/vpc"))


@pytest.mark.parametrize(
    ("service", "url"),
    {
        "/v1/modules/": SERVICE,
        "/v1/modules": SERVICE,
        "../v1/modules/": SERVICE,
        "https://api.example/m/": "https://api.example/m/",
    }.items(),
)
def test_where_the_modules_are(machine: Machine, service: str, url: str):
    machine.transport.documents[DISCOVERY] = json.dumps({"modules.v1": service}).encode()
    machine.transport.documents[f"{url}my-company/vpc/aws/versions"] = versions("1.0.0")
    machine.environment = TOKEN
    assert machine.open().find(VPC) is not None
    assert machine.shown == {DISCOVERY: "Bearer t0ken", f"{url}my-company/vpc/aws/versions": "Bearer t0ken"}


@pytest.mark.parametrize("service", ["ftp://x/", "https://u:p@api.example/", "https://[", "file:///etc/"])
def test_a_service_that_is_nowhere(machine: Machine, service: str):
    machine.transport.documents[DISCOVERY] = json.dumps({"modules.v1": service}).encode()
    with pytest.raises(InvalidDocumentError, match="the URL of the modules service"):
        machine.open().find(VPC)


def test_a_host_that_is_none(machine: Machine):
    machine.transport.documents[DISCOVERY] = b"{}"
    with pytest.raises(FetchError, match=r"names no `modules.v1`"):
        machine.open().names()
    del machine.transport.documents[DISCOVERY]
    with pytest.raises(FetchError, match="is no module registry"):
        machine.open().names()
    machine.transport.statuses[DISCOVERY] = 500
    with pytest.raises(HTTPStatusError):
        machine.open().names()


def test_a_discovery_that_another_origin_answers_gives_no_token_away(machine: Machine):
    documents = {
        DISCOVERY: b'{"modules.v1": "/m/"}',
        "https://away.example/m/my-company/vpc/aws/versions": versions("1.0.0"),
    }
    machine.transport = Redirecting(documents, DISCOVERY, "https://away.example/terraform.json")
    machine.environment = TOKEN
    assert machine.open().find(VPC) is not None
    assert machine.shown["https://away.example/m/my-company/vpc/aws/versions"] is None


@pytest.mark.parametrize("asked", [VERSIONS, DOWNLOAD])
def test_no_other_host_answers(machine: Machine, asked: str):
    documents = {**machine.transport.documents, DOWNLOAD: b'{"location": "/x.zip"}'}
    machine.transport = Redirecting(documents, asked, "https://away.example/x")
    with pytest.raises(PolicyError, match="leads to another index"):
        machine.located("/x.zip")


def test_the_address_with_a_path_is_the_service_itself(machine: Machine):
    del machine.transport.documents[DISCOVERY]
    assert machine.open(SERVICE).find(VPC) is not None
    assert list(machine.open(SERVICE).names()) == []
    assert DISCOVERY not in machine.transport.counts


def test_the_namespace_of_names_without_one(machine: Machine):
    machine.transport.documents[f"{SERVICE}terra/s3/aws/versions"] = versions("1.0.0")
    machine.transport.documents[f"{SERVICE}acme/s3/aws/versions"] = versions("2.0.0")
    for namespace, version in (("", "1.0.0"), ("acme", "2.0.0")):
        listing = machine.open(namespace=namespace).find(Name.parse("aws-s3"))
        assert listing is not None
        assert [str(each.version) for each in listing.releases] == [version]


def test_without_a_token_the_hint_says_how_to_get_one(machine: Machine):
    machine.transport.statuses[VERSIONS] = 401
    with pytest.raises(AuthenticationError) as caught:
        machine.open().find(VPC)
    assert (
        caught.value.hint
        == "`terraform login registry.example` gets a token; or a token in `TF_TOKEN_registry_example`"
    )


def test_a_token_that_is_refused_is_not_shown(machine: Machine):
    machine.transport.statuses[VERSIONS] = 403
    machine.environment = TOKEN
    with pytest.raises(AuthenticationError, match="refuses the token in `TF_TOKEN_registry_example`") as caught:
        machine.open().find(VPC)
    assert "t0ken" not in caught.value.message + str(caught.value.hint)
    assert [each for each in machine.transport.shown if each[0] == VERSIONS] == [
        (VERSIONS, "application/json", "Bearer t0ken"),
        (VERSIONS, "application/json", None),
    ]


@pytest.mark.parametrize("address", [None, "/srv/registry", "ftp://registry.example/", f"{SERVICE}?x=1"])
def test_an_address_that_is_none(machine: Machine, address: str | None):
    with pytest.raises(UsageError):
        machine.open(address)
