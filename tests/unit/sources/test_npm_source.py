"""Packages of an npm registry: which version is chosen, that its bytes are proven, who sees which token."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from terra.errors import (
    AuthenticationError,
    HTTPStatusError,
    IntegrityError,
    OfflineError,
    PolicyError,
    ResolveError,
    SourceNotFoundError,
    TerraError,
    UsageError,
)
from terra.model.digest import Digest
from terra.model.source import Anchor, Locator
from terra.model.values import replace
from terra.model.version import Version
from terra.ports import Response
from terra.sources.npm import NpmSource
from terra.spec import FetchOrder, FetchTools, RangedSource
from terra.testing.fakes import FakeRunner, FakeTransport, RecordingReporter

REGISTRY = "https://npm.example/"
PACKAGE = "@terra/aws-sqs"
DOCUMENT = f"{REGISTRY}@terra%2faws-sqs"


def locator(text: str) -> Locator:
    found = Locator.parse(text)
    assert found is not None
    return found


def order(text: str, **facts: Any) -> FetchOrder:
    return FetchOrder(locator(text), Anchor("/r"), **facts)


def sri(data: bytes, algorithm: str = "sha512") -> str:
    return f"{algorithm}-{base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}"


class Redirecting(FakeTransport):
    """A network in which another address answers for every document."""

    def __init__(self, documents: dict[str, bytes], answers: str) -> None:
        super().__init__(documents)
        self.answers = answers

    def read(self, url: str, **facts: Any) -> Response:
        return replace(super().read(url, **facts), url=self.answers)


class Registry:
    """An npm registry in memory, with a project whose `.npmrc` names it."""

    def __init__(self, root: Path) -> None:
        self.transport: FakeTransport = FakeTransport()
        self.reporter = RecordingReporter()
        self.project = root / "project"
        self.project.mkdir()
        self.quarantine = root / "quarantine"
        self.environment: dict[str, str] = {"HOME": str(root)}
        self.versions: dict[str, Any] = {}
        self.tags: dict[str, str] = {}
        self.source = NpmSource()
        self.npmrc(f"registry={REGISTRY}")

    def npmrc(self, text: str) -> None:
        (self.project / ".npmrc").write_text(text)

    def publish(self, version: str, tarball: str | None = None, data: bytes | None = None, **facts: Any) -> bytes:
        """Add a version; return its tarball's bytes."""
        data = data if data is not None else f"tarball of {version}".encode()
        url = tarball or f"{REGISTRY}{PACKAGE}/-/aws-sqs-{version}.tgz"
        dist = {"tarball": url, "integrity": sri(data), **facts.pop("dist", {})}
        self.versions[version] = {"version": version, "dist": dist, **facts}
        self.transport.documents[url] = data
        self.transport.documents[DOCUMENT] = json.dumps(
            {"name": PACKAGE, "versions": self.versions, "dist-tags": self.tags}
        ).encode()
        return data

    def tag(self, **tags: str) -> None:
        self.tags |= tags
        document = json.loads(self.transport.documents[DOCUMENT])
        self.transport.documents[DOCUMENT] = json.dumps({**document, "dist-tags": self.tags}).encode()

    def fetch(self, text: str, **facts: Any):
        """Fetch as a command does it."""
        self.quarantine.mkdir(exist_ok=True)
        runner = FakeRunner()
        tools = FetchTools(
            self.transport,
            self.quarantine,
            self.reporter,
            lambda _done, _total: None,
            runner,
            self.environment,
            self.project,
        )
        wanted = order(text, **facts)
        self.source.check(wanted)
        try:
            return self.source.fetch(wanted, tools)
        finally:
            (self.quarantine / "archive").unlink(missing_ok=True)

    def chosen(self, text: str) -> str:
        """Return the version that an address means."""
        found = self.fetch(text)
        assert str(found.version) == found.source.location.rpartition("@")[2]
        return str(found.version)

    def fails(self, kind: type[TerraError], text: str, **facts: Any) -> TerraError:
        with pytest.raises(kind) as caught:
            self.fetch(text, **facts)
        assert not (self.quarantine / "archive").exists()
        return caught.value


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path)


def test_it_is_a_ranged_source():
    assert isinstance(NpmSource(), RangedSource)
    assert NpmSource().schemes == ("npm",)


@pytest.mark.parametrize(
    "text",
    [
        "@terra/aws-sqs",
        "@terra/aws-sqs@",
        "@terra/aws-sqs@0.1.0",
        "aws-sqs@0.1.0",
        "a@latest",
        "a@2-legacy",
        "a@>=1 <2 || 3.x",
        "a@1.0.0-rc.1",
        "a.b_c-d@*",
        "@my.scope/x",
    ],
)
def test_addresses_that_can_be_fetched(text: str):
    NpmSource().check(order(f"npm:{text}"))


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "@",
            "@terra",
            "@terra/",
            "@/x",
            "@terra/x/y",
            "a/b",
            "/a",
            "../a",
            "@terra/..",
            "@../x",
            ".a",
            "_a",
            "-a",
        ),
        *("A", "@Terra/x", "a b", "a%2fb", "a?x", "a#x", "a\\b", "a\nb", "é", "node_modules", "favicon.ico", "a" * 215),
        *("https://h.example/x", "a:b", "~a", "a!"),
    ],
)
def test_a_name_that_could_change_the_address_is_refused(text: str):
    with pytest.raises(UsageError, match="names no npm package"):
        NpmSource().check(FetchOrder(Locator("npm", text), Anchor("/r")))


@pytest.mark.parametrize(
    "text", ["a@npm:b@1", "a@file:../x", "a@https://h.example/x.tgz", "a@>1.2.3 foo", "a@1/2", "a@é"]
)
def test_what_is_no_version_range_or_tag_is_refused(text: str):
    with pytest.raises(UsageError, match="no version, range or dist-tag"):
        NpmSource().check(FetchOrder(Locator("npm", text), Anchor("/r")))


@pytest.mark.parametrize("version", ["1.2.3-1", "1.2.3-beta", "1.2.3-rc1", "1.2.3-alpha.1.2", "9999999999.0.0"])
def test_one_version_that_cannot_be_ordered_is_refused(version: str):
    with pytest.raises(UsageError, match="which terra cannot order"):
        NpmSource().check(order(f"npm:a@{version}"))


@pytest.mark.parametrize(
    ("asked", "held", "expected"),
    [
        ("a", "a@0.1.0", True),
        ("a", "a@1.0.0-rc.1", True),
        ("a@*", "a@1.0.0-rc.1", True),
        ("a@^0.1", "a@0.1.9", True),
        ("a@^0.1", "a@0.2.0", False),
        ("a@^1", "a@1.1.0-rc.1", False),
        ("a@0.1.0", "a@0.1.0", True),
        ("a@v0.1.0", "a@0.1.0", True),
        ("a@0.1.0", "a@0.1.1", False),
        ("a@latest", "a@0.1.0", False),
        ("a@^0.1", "b@0.1.0", False),
        ("@x/a@^0.1", "a@0.1.0", False),
        ("a@^0.1", "a@^0.1", False),
        ("a@^0.1", "a", False),
        ("a@^0.1//m", "a@0.1.0//m", True),
        ("a@^0.1//m", "a@0.1.0", False),
        ("A@^0.1", "a@0.1.0", False),
    ],
)
def test_a_range_admits_the_exact_version_that_is_locked(asked: str, held: str, expected: bool):
    assert NpmSource().admits(locator(f"npm:{asked}"), locator(f"npm:{held}")) is expected


def test_what_comes_is_proven_and_exact(registry: Registry):
    data = registry.publish("0.1.0")
    registry.publish("0.2.0")
    found = registry.fetch("npm:@terra/aws-sqs@^0.1//modules/x")
    assert found.source == Locator("npm", "@terra/aws-sqs@0.1.0", "modules/x")
    assert (found.form, found.subdir, found.file_name) == ("tar.gz", "modules/x", "aws-sqs-0.1.0.tgz")
    assert found.digest == Digest.sha256(hashlib.sha256(data).hexdigest())
    assert (found.size, found.version, found.promised) == (len(data), Version.parse("0.1.0"), True)
    assert registry.transport.shown[0][1].startswith("application/vnd.npm.install-v1+json")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1.2.0"),
        ("@*", "1.2.0"),
        ("@^1", "1.2.0"),
        ("@>=1.0.0", "1.2.0"),
        ("@>1.2", "1.3.0"),
        ("@^0.9", "0.9.1"),
        ("@latest", "1.2.0"),
        ("@next", "2.0.0-rc.1"),
        ("@old", "0.9.2"),
        ("@0.9.2", "0.9.2"),
        ("@2.0.0-rc.1", "2.0.0-rc.1"),
        ("@>=2.0.0-rc.0", "2.0.0-rc.2"),
        ("@0.8.x || 0.9.x", "0.9.1"),
        ("@0.8.x", "0.8.0"),
    ],
)
def test_the_version_is_the_one_that_npm_takes(registry: Registry, text: str, expected: str):
    for version in ("0.9.0", "0.9.1", "1.0.0", "1.2.0", "1.3.0", "2.0.0-rc.1", "2.0.0-rc.2", "1.2.9-1"):
        registry.publish(version)
    registry.publish("0.9.2", deprecated="leaks")
    registry.publish("0.8.0", deprecated="leaks")
    registry.tag(latest="1.2.0", next="2.0.0-rc.1", old="0.9.2")
    assert registry.chosen(f"npm:{PACKAGE}{text}") == expected
    said = [f"`{PACKAGE}@{expected}` is deprecated: leaks"] if expected in ("0.9.2", "0.8.0") else []
    assert registry.reporter.warnings == said
    assert any("cannot order, which are skipped: `1.2.9-1`" in each for each in registry.reporter.details)


def test_a_latest_that_is_deprecated_gives_way(registry: Registry):
    registry.publish("1.1.0")
    registry.publish("1.2.0", deprecated="leaks")
    registry.tag(latest="1.2.0")
    assert registry.chosen(f"npm:{PACKAGE}") == "1.1.0"
    assert registry.chosen(f"npm:{PACKAGE}@^1") == "1.1.0"
    assert registry.chosen(f"npm:{PACKAGE}@latest") == "1.2.0"


def test_a_first_prerelease_that_is_the_latest_is_had_by_name(registry: Registry):
    registry.publish("0.1.0-rc.1")
    assert "fits no version" in registry.fails(ResolveError, f"npm:{PACKAGE}").message
    registry.tag(latest="0.1.0-rc.1")
    assert registry.chosen(f"npm:{PACKAGE}") == "0.1.0-rc.1"
    assert "fits no version" in registry.fails(ResolveError, f"npm:{PACKAGE}@^0.1").message


def test_what_does_not_fit_says_what_there_is(registry: Registry):
    registry.publish("0.1.0")
    registry.publish("0.2.0")
    registry.tag(latest="0.2.0", odd="9.9.9")
    failure = registry.fails(ResolveError, f"npm:{PACKAGE}@^3")
    assert failure.message == f"`{PACKAGE}@^3` fits no version in `{REGISTRY}`"
    assert failure.hint == "there is `0.2.0`, `0.1.0`; the dist-tags are `latest`, `odd`"
    assert "points to `9.9.9`" in registry.fails(ResolveError, f"npm:{PACKAGE}@odd").message
    assert "fits no version" in registry.fails(ResolveError, f"npm:{PACKAGE}@nope").message
    assert "fits no version" in registry.fails(ResolveError, f"npm:{PACKAGE}@0.1.1").message


def test_a_version_that_is_listed_wrongly_says_so(registry: Registry):
    registry.publish("0.1.0")
    registry.publish("0.2.0", dist={"tarball": "ftp://x"})
    failure = registry.fails(ResolveError, f"npm:{PACKAGE}@0.2.0")
    assert "is listed wrongly" in failure.message
    assert 'versions."0.2.0".dist.tarball' in (failure.hint or "")
    assert registry.chosen(f"npm:{PACKAGE}@^0.1") == "0.1.0"


@pytest.mark.parametrize("algorithm", ["sha512", "sha384", "sha256"])
def test_other_bytes_than_promised_are_refused(registry: Registry, algorithm: str):
    registry.publish("0.1.0", dist={"integrity": sri(b"something else", algorithm)})
    failure = registry.fails(IntegrityError, f"npm:{PACKAGE}@0.1.0")
    assert failure.exit == 5
    assert algorithm in failure.message
    right = registry.publish("0.1.0")
    registry.publish("0.1.0", dist={"integrity": f"{sri(b'else', algorithm)} {sri(right, algorithm)}"})
    assert registry.chosen(f"npm:{PACKAGE}") == "0.1.0"


def test_a_right_weak_digest_does_not_stand_in_for_a_wrong_strong_one(registry: Registry):
    data = registry.publish("0.1.0")
    registry.publish("0.1.0", dist={"integrity": f"{sri(data, 'sha256')} {sri(b'else')}"})
    registry.fails(IntegrityError, f"npm:{PACKAGE}@0.1.0")


@pytest.mark.parametrize("integrity", [None, "", "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk="])
def test_a_version_without_a_strong_checksum_is_refused_before_a_byte_comes(registry: Registry, integrity: Any):
    data = registry.publish("0.1.0")
    shasum = hashlib.sha1(data).hexdigest()
    registry.publish("0.1.0", dist={"integrity": integrity, "shasum": shasum})
    failure = registry.fails(IntegrityError, f"npm:{PACKAGE}@0.1.0")
    assert "states no checksum" in failure.message
    assert set(registry.transport.counts) == {DOCUMENT}


def test_a_version_of_another_package_is_refused_before_a_byte_comes(registry: Registry):
    registry.publish("0.1.0", name="@evil/bar")
    failure = registry.fails(IntegrityError, f"npm:{PACKAGE}@0.1.0")
    assert f"is of another package: expected `{PACKAGE}`, got `@evil/bar`" in failure.message
    assert set(registry.transport.counts) == {DOCUMENT}
    registry.publish("0.1.0", name=PACKAGE)
    assert registry.chosen(f"npm:{PACKAGE}") == "0.1.0"


def test_no_other_host_answers_for_a_registry(registry: Registry):
    registry.publish("0.1.0")
    registry.transport = Redirecting(registry.transport.documents, "https://evil.example/x?token=secret")
    failure = registry.fails(PolicyError, f"npm:{PACKAGE}")
    assert f"`{REGISTRY}` leads to another registry, `https://evil.example/x" in failure.message
    assert "secret" not in failure.message
    assert set(registry.transport.counts) == {DOCUMENT}


def test_a_registry_may_redirect_within_its_host(registry: Registry):
    registry.publish("0.1.0")
    registry.transport = Redirecting(registry.transport.documents, f"{REGISTRY}other/place")
    assert registry.chosen(f"npm:{PACKAGE}") == "0.1.0"


def test_more_bytes_than_the_order_says_are_refused(registry: Registry):
    registry.publish("0.1.0")
    registry.fails(IntegrityError, f"npm:{PACKAGE}", size=3)


def test_a_token_goes_to_its_own_address_only(registry: Registry):
    elsewhere = "https://cdn.example/aws-sqs-0.1.0.tgz"
    registry.npmrc(f"registry={REGISTRY}npm/\n//npm.example/npm/:_authToken=T")
    document = f"{REGISTRY}npm/@terra%2faws-sqs"
    for tarball, shown in (
        (f"{REGISTRY}npm/x.tgz", "Bearer T"),
        (f"{REGISTRY}other/x.tgz", None),
        (f"{REGISTRY}npm/../other/x.tgz", None),
        (elsewhere, None),
        ("https://npm.example:8443/npm/x.tgz", None),
    ):
        registry.publish("0.1.0", tarball)
        registry.transport.documents[document] = registry.transport.documents[DOCUMENT]
        registry.transport.shown.clear()
        registry.fetch(f"npm:{PACKAGE}")
        assert [(url, value) for url, _, value in registry.transport.shown] == [
            (document, "Bearer T"),
            (tarball, shown),
        ]


def test_an_index_that_is_named_is_asked_with_its_own_credentials(registry: Registry):
    registry.publish("0.1.0", "https://corp.example/x.tgz")
    document = "https://corp.example/npm/@terra%2faws-sqs"
    registry.transport.documents[document] = registry.transport.documents.pop(DOCUMENT)
    registry.fetch(f"npm:{PACKAGE}", index="https://me:pw@corp.example/npm/")
    basic = "Basic " + base64.b64encode(b"me:pw").decode()
    assert [(url, value) for url, _, value in registry.transport.shown] == [
        (document, basic),
        ("https://corp.example/x.tgz", basic),
    ]


def test_https_never_leads_to_http(registry: Registry):
    registry.publish("0.1.0", "http://npm.example/x.tgz?token=secret")
    failure = registry.fails(PolicyError, f"npm:{PACKAGE}")
    assert "https never leads to http" in failure.message
    assert "secret" not in failure.message


def test_what_is_not_there_names_the_registry_and_the_login(registry: Registry):
    failure = registry.fails(SourceNotFoundError, f"npm:{PACKAGE}")
    assert failure.exit == 3
    assert failure.message == f"`{PACKAGE}` is not in the npm registry `{REGISTRY}`"
    assert "//npm.example/:_authToken=TOKEN" in (failure.hint or "")
    registry.transport.statuses[DOCUMENT] = 500
    registry.fails(HTTPStatusError, f"npm:{PACKAGE}")


@pytest.mark.parametrize("is_logged_in", [False, True])
def test_who_is_not_let_in_is_told_what_to_do(registry: Registry, is_logged_in: bool):
    registry.publish("0.1.0")
    if is_logged_in:
        registry.npmrc(f"registry={REGISTRY}\n//npm.example/:_authToken=T")
    expected = "it may have expired" if is_logged_in else "//npm.example/:_authToken=TOKEN"
    registry.transport.statuses[f"{REGISTRY}{PACKAGE}/-/aws-sqs-0.1.0.tgz"] = 403
    assert expected in (registry.fails(AuthenticationError, f"npm:{PACKAGE}").hint or "")
    registry.transport.statuses[DOCUMENT] = 401
    failure = registry.fails(AuthenticationError, f"npm:{PACKAGE}")
    assert failure.exit == 4
    assert expected in (failure.hint or "")


def test_offline_says_so(registry: Registry):
    registry.transport.offline = True
    registry.fails(OfflineError, f"npm:{PACKAGE}")


def test_without_a_registry_nothing_is_asked(registry: Registry):
    registry.npmrc("")
    registry.environment["PATH"] = ""
    assert "nothing says which registry" in registry.fails(UsageError, f"npm:{PACKAGE}").message
    assert registry.transport.requests == []
