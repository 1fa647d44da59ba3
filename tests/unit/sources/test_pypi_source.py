"""`pypi:` addresses, which version they mean, and what pip brought for them."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import pytest

from support.packages import wheel
from terra.errors import IntegrityError, OfflineError, PolicyError, ResolveError, UsageError
from terra.model.digest import Digest
from terra.model.source import Anchor, Locator
from terra.model.values import replace
from terra.model.version import Version
from terra.ports import Command, Outcome
from terra.sources import pypi
from terra.sources.pypi import PypiSource
from terra.sources.pypi_versions import offered
from terra.spec import BatchSource, FetchOrder, FetchTools, RangedSource
from terra.testing.fakes import FakeTransport, RecordingReporter
from terra.wire.simple_api import IndexFile, SimplePage

INDEX = "https://alice:s3cr3t%40@registry.example/simple/"
PAGE = "https://registry.example/simple/terra-aws-s3/"
JSON = "application/vnd.pypi.simple.v1+json"


class FakePip:
    """A pip whose index has `versions` of every distribution."""

    def __init__(self, *versions: str) -> None:
        self.versions = versions
        self.commands: list[Command] = []

    def run(self, command: Command) -> Outcome:
        self.commands.append(command)
        words = list(command.argv)
        name = words[-1]
        if "versions" in words:
            log = "".join(f"Found link https://h/{name}.whl (from x), version: {each}\n" for each in self.versions)
            Path(words[words.index("--log") + 1]).write_text(log)
            return Outcome(0, f"{name} (x)\nAvailable versions: {', '.join(self.versions)}\n", "")
        folder = Path(words[words.index("-d") + 1])
        folder.mkdir(parents=True)
        for distribution, version in self.asked(command):
            file_name, data = wheel_of(distribution, version)
            (folder / file_name).write_bytes(data)
        return Outcome(0, "", "")

    def asked(self, command: Command) -> list[tuple[str, str]]:
        words = list(command.argv)
        lines = Path(words[-1]).read_text().splitlines() if "-r" in words else words[words.index("--") + 1 :]
        return [tuple(line.split()[0].split("==")) for line in lines]  # type: ignore[misc]


def wheel_of(distribution: str, version: str) -> tuple[str, bytes]:
    return wheel(distribution.replace("-", "_"), version, {}, {"payload/main.tf": distribution})


def sha256_of(distribution: str, version: str) -> Digest:
    return Digest.sha256(hashlib.sha256(wheel_of(distribution, version)[1]).hexdigest())


def page(*files: tuple[str, dict[str, object]]) -> bytes:
    """Return a JSON page; a file is its version, or its name, and what is said of it."""
    named = [(text if "-" in text else f"terra_aws_s3-{text}-py3-none-any.whl", more) for text, more in files]
    listed = [{"filename": name, "url": f"https://files.example/{name}", "hashes": {}, **more} for name, more in named]
    return json.dumps({"meta": {"api-version": "1.0"}, "name": "terra-aws-s3", "files": listed}).encode()


def order(text: str, index: str | None = INDEX, **facts: object) -> FetchOrder:
    locator = Locator.parse(text)
    assert locator is not None
    return FetchOrder(locator, Anchor("/r"), index=index, **facts)


class Scene:
    """Tools, and what was done with them."""

    def __init__(self, folder: Path, pip: FakePip) -> None:
        self.pip = pip
        self.transport = FakeTransport()
        self.progress: list[tuple[int, int | None]] = []
        self.tools = FetchTools(
            self.transport,
            folder,
            RecordingReporter(),
            lambda done, total: self.progress.append((done, total)),
            pip,
            {},
            folder,
        )

    def serve(self, *files: tuple[str, dict[str, object]], url: str = PAGE) -> None:
        self.transport.documents[url] = page(*files)
        self.transport.types[url] = JSON


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path, FakePip("0.3.0", "0.1.0"))


# Addresses ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("pypi:", "does not begin with the name"),
        ("pypi:==1.0", "does not begin with the name"),
        ("pypi:-rr.txt", "does not begin with the name"),
        ("pypi:--index-url=http:evil", "does not begin with the name"),
        ("pypi:x[extra]==1", "has an extra in it"),
        ("pypi:x==1; python_version>'3'", "has a marker in it"),
        ("pypi:x@https:evil", "has a URL in it"),
        ("pypi:./x", "has a path in it"),
        ("pypi:../x", "has a path in it"),
        ("pypi:.\\x", "has a path in it"),
        ("pypi:x y", "is not a PEP 440 specifier"),
        ("pypi:x==", "is not a PEP 440 specifier"),
        ("pypi:x>=one", "is not a PEP 440 specifier"),
        ("pypi:x==1 --hash=sha256:0", "is not a PEP 440 specifier"),
        ("pypi:x\n-r y", "does not begin with the name"),
        ("pypi:x==1\n-r y", "is not a PEP 440 specifier"),
    ],
)
def test_what_is_no_address(text: str, says: str):
    with pytest.raises(UsageError) as caught:
        PypiSource().check(order(text))
    assert says in caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        "pypi:x",
        "pypi:terra-aws-s3==0.1.0",
        "pypi:My_Company.VPC>=0.1,<1",
        "pypi:x~=1.2",
        "pypi:x == 1.0rc1",
        "pypi:x==1.*",
    ],
)
def test_addresses(text: str):
    PypiSource().check(order(text))


@pytest.mark.parametrize(
    ("asked", "held", "expected"),
    [
        ("pypi:terra-aws-s3>=0.1,<1", "pypi:terra-aws-s3==0.1.3", True),
        ("pypi:terra-aws-s3", "pypi:terra-aws-s3==0.1.3", True),
        ("pypi:Terra_AWS.S3", "pypi:terra-aws-s3==0.1.3", True),
        ("pypi:terra-aws-s3==0.1", "pypi:terra-aws-s3==0.1.0", True),
        ("pypi:terra-aws-s3==0.1.0", "pypi:terra-aws-s3==0.1.3", False),
        ("pypi:terra-aws-s3>=0.2", "pypi:terra-aws-s3==0.1.3", False),
        ("pypi:terra-aws-sqs", "pypi:terra-aws-s3==0.1.3", False),
        ("pypi:terra-aws-s3", "pypi:terra-aws-s3>=0.1", False),
        ("pypi:terra-aws-s3", "pypi:terra-aws-s3==1.0rc1", False),
        ("pypi:terra-aws-s3>=1.0a1", "pypi:terra-aws-s3==1.0rc1", True),
        ("pypi:terra-aws-s3==1.0rc1", "pypi:terra-aws-s3==1.0rc1", True),
        ("pypi:terra-aws-s3//modules/a", "pypi:terra-aws-s3==0.1.3//modules/a", True),
        ("pypi:terra-aws-s3//modules/a", "pypi:terra-aws-s3==0.1.3", False),
    ],
)
def test_what_is_locked_answers_what_is_asked(asked: str, held: str, expected: bool):
    one, other = Locator.parse(asked), Locator.parse(held)
    assert one is not None
    assert other is not None
    assert PypiSource().admits(one, other) is expected


def test_it_is_a_source_of_ranges_and_of_batches():
    assert isinstance(pypi.terra_register_source(), RangedSource)
    assert isinstance(pypi.terra_register_source(), BatchSource)
    assert PypiSource.schemes == ("pypi",)


# Versions -----------------------------------------------------------------------------------------


def chosen(scene: Scene, text: str) -> str:
    return str(PypiSource().fetch(order(text), scene.tools).source)


def test_the_newest_version_that_can_be_taken(scene: Scene):
    scene.serve(
        ("0.1.0", {}),
        ("0.10.0", {}),
        ("0.9.0", {}),
        ("0.11.0", {"yanked": "broken"}),
        ("0.12.0", {"requires-python": ">=3.99"}),
        ("terra_aws_s3-0.13.0.tar.gz", {}),
        ("0.14.0rc1", {}),
        ("0.15.0.post1", {}),
        ("0.16.0.dev1", {}),
        ("0.9.1+corp", {}),
        ("terra_aws_s3_more-9.0-py3-none-any.whl", {}),
        ("0.10.1", {"requires-python": "what?"}),
        ("0.10.2", {"requires-python": ">=" + "9" * 5000}),
    )
    assert chosen(scene, "pypi:terra-aws-s3") == "pypi:terra-aws-s3==0.10.1"
    assert len(scene.pip.commands) == 1, "pip was not asked for versions"


@pytest.mark.parametrize(
    ("specifier", "version"),
    [
        (">=0.1,<0.2", "0.1.1"),
        ("~=0.1.0", "0.1.1"),
        (">=0.3rc1", "0.3.0rc1"),
        ("!=0.2.0", "0.1.1"),
        ("==0.1.*", "0.1.1"),
    ],
)
def test_a_specifier(scene: Scene, specifier: str, version: str):
    scene.serve(*((each, {}) for each in ("0.1.0", "0.1.1", "0.2.0", "0.3.0rc1")))
    assert chosen(scene, f"pypi:Terra_AWS.S3{specifier}//sub") == f"pypi:terra-aws-s3=={version}//sub"


def test_no_version_answers(scene: Scene):
    scene.serve(("0.1.0", {}), ("0.2.0rc1", {}))
    with pytest.raises(ResolveError, match=r"no version answers `pypi:terra-aws-s3>=1`: there is 0.2.0rc1, 0.1.0$"):
        PypiSource().fetch(order("pypi:terra-aws-s3>=1"), scene.tools)
    scene.serve(("terra_aws_s3-0.1.0.tar.gz", {}))
    with pytest.raises(ResolveError, match=r"there is none with a wheel for this Python$"):
        PypiSource().fetch(order("pypi:terra-aws-s3"), scene.tools)


@pytest.mark.parametrize("body", [b"", b"<p>log in</p>", b"{}"])
@pytest.mark.parametrize("status", [None, 401, 403, 404, 500])
def test_an_index_that_terra_cannot_read_is_left_to_pip(scene: Scene, status: int | None, body: bytes):
    scene.transport.documents[PAGE], scene.transport.types[PAGE] = body, "text/plain"
    if status is not None:
        scene.transport.statuses[PAGE] = status
    found = PypiSource().fetch(order("pypi:terra-aws-s3>=0.2"), scene.tools)
    assert str(found.source) == "pypi:terra-aws-s3==0.3.0"
    assert not found.promised


def test_a_page_that_is_too_large_is_not_left_to_pip(scene: Scene, monkeypatch: pytest.MonkeyPatch):
    def too_large(*_: object, **__: object) -> None:
        message = "the page is larger than expected"
        raise IntegrityError(message)

    monkeypatch.setattr(scene.transport, "read", too_large)
    with pytest.raises(IntegrityError, match="larger than expected"):
        PypiSource().fetch(order("pypi:terra-aws-s3==0.1.0"), scene.tools)
    assert scene.pip.commands == []


def test_specifiers_that_python_does_not_read():
    page_of = SimplePage((IndexFile(wheel_of("terra-a", "1.0")[0], PAGE, None, ">=" + "9" * 5000),))
    assert offered(page_of, "terra-a") == ["1.0"]
    with pytest.raises(UsageError, match="is not a PEP 440 specifier"):
        PypiSource().check(order("pypi:terra-a>=" + "9" * 5000))


def test_the_page_is_asked_with_the_credentials_of_the_index(scene: Scene):
    scene.serve(("0.1.0", {}))
    chosen(scene, "pypi:terra-aws-s3")
    ((url, accept, authorization),) = scene.transport.shown
    assert url == PAGE
    assert JSON in accept
    assert authorization == f"Basic {base64.b64encode(b'alice:s3cr3t@').decode()}"
    told = f"{scene.tools.reporter.__dict__}"
    assert "s3cr3t" not in told


# Wheels -------------------------------------------------------------------------------------------


def test_what_is_fetched(scene: Scene):
    digest = sha256_of("terra-aws-s3", "0.1.0")
    asked = order("pypi:Terra-AWS-S3==0.1.0//modules/a", checksum=digest)
    found = PypiSource().fetch(asked, scene.tools)
    file_name, data = wheel_of("terra-aws-s3", "0.1.0")
    assert (found.form, found.subdir, found.file_name) == ("whl", "modules/a", file_name)
    assert (found.digest, found.size, found.version) == (digest, len(data), Version(0, 1, 0))
    assert found.path.read_bytes() == data
    assert found.path.is_relative_to(scene.tools.quarantine)
    assert found.source == Locator("pypi", "terra-aws-s3==0.1.0", "modules/a")
    assert found.promised
    assert scene.progress == [(len(data), len(data))]
    assert "--require-hashes" in scene.pip.commands[0].argv
    assert scene.transport.requests == [], "the version and the hash are known"


@pytest.mark.parametrize("hashed", [True, False])
def test_what_the_page_promises(scene: Scene, hashed: bool):
    hashes = {"sha256": sha256_of("terra-aws-s3", "0.1.0").hex} if hashed else {}
    scene.serve(("0.1.0", {"hashes": hashes}))
    assert PypiSource().fetch(order("pypi:terra-aws-s3==0.1.0"), scene.tools).promised is hashed


def test_a_version_that_terra_cannot_order_is_had_by_name(scene: Scene):
    found = PypiSource().fetch(order("pypi:terra-aws-s3==1.0.post1"), scene.tools)
    assert found.version is None
    assert str(found.source) == "pypi:terra-aws-s3==1.0.post1"


def test_bytes_that_are_not_what_was_promised(scene: Scene, monkeypatch: pytest.MonkeyPatch):
    wrong = [
        (Digest.sha256("a" * 64), {}, {}),
        (Digest("sha512", "a" * 128), {}, {}),
        (None, {"sha256": "a" * 64}, {}),
        (None, {}, {"size": 7}),
    ]
    for number, (checksum, hashes, more) in enumerate(wrong):
        scene.serve(("0.1.0", {"hashes": hashes}))
        quarantine = scene.tools.quarantine / f"q{number}"
        tools = replace(scene.tools, quarantine=quarantine)
        with pytest.raises(IntegrityError, match=r"has another (checksum|size): expected"):
            PypiSource().fetch(order("pypi:terra-aws-s3==0.1.0", checksum=checksum, **more), tools)
    monkeypatch.setattr(pypi, "LIMIT", 3)
    with pytest.raises(IntegrityError, match="expected at most 3"):
        PypiSource().fetch(order("pypi:terra-aws-s3==0.1.0"), scene.tools)


def test_a_checksum_of_another_algorithm(scene: Scene):
    data = wheel_of("terra-aws-s3", "0.1.0")[1]
    checksum = Digest("sha512", hashlib.sha512(data).hexdigest())
    found = PypiSource().fetch(order("pypi:terra-aws-s3==0.1.0", checksum=checksum), scene.tools)
    assert found.promised
    assert found.digest == sha256_of("terra-aws-s3", "0.1.0")


def test_one_pip_for_each_index(scene: Scene):
    names = [f"terra-a{number}" for number in range(6)]
    indexes = [f"https://h{number % 2}.example/simple/" for number in range(6)]
    orders = [order(f"pypi:{name}==0.1.0", index=index) for name, index in zip(names, indexes, strict=True)]
    found = PypiSource().fetch_together(orders, scene.tools)
    assert [each.file_name for each in found] == [wheel_of(name, "0.1.0")[0] for name in names]
    assert len(scene.pip.commands) == 2
    assert [sorted(scene.pip.asked(each)) for each in scene.pip.commands] == [
        [(name, "0.1.0") for name in names[start::2]] for start in (0, 1)
    ]
    environments = [dict(each.environment or {}) for each in scene.pip.commands]
    assert [each["PIP_INDEX_URL"] for each in environments] == indexes[:2]


def test_two_versions_of_one_distribution(scene: Scene):
    """pip gets only one at a time; a third order for one of them costs nothing."""
    texts = ["pypi:terra-a==0.1.0", "pypi:terra-b==1", "pypi:Terra.A==0.2.0", "pypi:terra-a==0.1.0"]
    found = PypiSource().fetch_together([order(text) for text in texts], scene.tools)
    assert [str(each.source) for each in found] == [
        *("pypi:terra-a==0.1.0", "pypi:terra-b==1", "pypi:terra-a==0.2.0", "pypi:terra-a==0.1.0"),
    ]
    assert len(scene.pip.commands) == 2


# Where pip may go ---------------------------------------------------------------------------------


class Strict(FakeTransport):
    """Refuses what the real one refuses."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error
        self.admitted: list[str] = []

    def admit(self, url: str) -> None:
        self.admitted.append(url)
        raise self.error


@pytest.mark.parametrize("error", [OfflineError("off"), PolicyError("link-local"), UsageError("plain http")])
def test_pip_goes_where_terra_goes(scene: Scene, error: Exception):
    transport = Strict(error)
    tools = replace(scene.tools, transport=transport)
    with pytest.raises(type(error)):
        PypiSource().fetch(order("pypi:terra-aws-s3==0.1.0"), tools)
    assert transport.admitted == ["https://registry.example/simple/"], "without what is secret"
    assert scene.pip.commands == []


def test_plain_http_to_a_host_that_the_users_pip_trusts(scene: Scene):
    environment = {"PIP_INDEX_URL": "http://pip.example/simple/", "PIP_TRUSTED_HOST": "pip.example"}
    tools = replace(scene.tools, transport=Strict(UsageError("plain http")), environment=environment)
    assert PypiSource().fetch(order("pypi:terra-aws-s3==0.1.0", index=None), tools).size
    tools = replace(tools, transport=Strict(PolicyError("link-local")))
    with pytest.raises(PolicyError):
        PypiSource().fetch(order("pypi:terra-aws-s3==0.1.0", index=None), tools)
