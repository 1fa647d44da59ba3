from __future__ import annotations

import base64
import hashlib
import json
import sys
from pathlib import Path

import pytest

from terra.errors import (
    AuthenticationError,
    FetchError,
    HTTPStatusError,
    InvalidDocumentError,
    OfflineError,
    PolicyError,
    ResolveError,
    SystemFailureError,
    UnknownPluginError,
    UsageError,
)
from terra.index.pypi import PypiIndex, PypiKind, terra_register_registry
from terra.model.digest import Digest
from terra.model.name import Name
from terra.model.release import Listing
from terra.ports import Index, Outcome, Response
from terra.spec import RegistryOrder, RegistryTools
from terra.system import pip
from terra.testing.fakes import FakeRunner, FakeTransport, MemoryDocumentCache, RecordingReporter

INDEX = "https://index.example/simple/"
PAGE = INDEX + "terra-aws-s3/"
JSON = "application/vnd.pypi.simple.v1+json"


def file(filename: str, **more: object) -> dict[str, object]:
    digest = hashlib.sha256(filename.encode()).hexdigest()
    return {"filename": filename, "url": f"../../files/{filename}", "hashes": {"sha256": digest}, **more}


def wheel(version: str, tags: str = "py3-none-any", **more: object) -> dict[str, object]:
    return file(f"terra_aws_s3-{version}-{tags}.whl", **more)


def page(*files: object) -> bytes:
    return json.dumps({"meta": {"api-version": "1.1"}, "name": "terra-aws-s3", "files": files}).encode()


class PipSays:
    """Stands for pip: what `versions` returns or raises; without anything, pip must not be asked."""

    def __init__(self, says: object = None) -> None:
        self.says = says
        self.trusted = False
        self.made: list[tuple[dict[str, str], str | None]] = []
        self.asked: list[str] = []

    def __call__(self, _: object, environment: dict[str, str], index: str | None = None) -> PipSays:
        self.made.append((environment, index))
        return self

    @property
    def is_trusted(self) -> bool:
        return self.trusted

    def index_url(self) -> str:
        return "https://joe:s3cret@index.example/simple/"

    def versions(self, distribution: str) -> list[str]:
        assert self.says is not None, "pip was asked"
        self.asked.append(distribution)
        if isinstance(self.says, Exception):
            raise self.says
        assert isinstance(self.says, list)
        return self.says


class Scene:
    def __init__(self, *files: object, address: str | None = INDEX, cache: MemoryDocumentCache | None = None) -> None:
        self.transport = FakeTransport({PAGE: page(*files)} if files else {})
        self.transport.types = {PAGE: JSON}
        self.cache = cache or MemoryDocumentCache()
        self.reporter = RecordingReporter()
        self.runner = FakeRunner()
        self.environment: dict[str, str] = {"PATH": "/nowhere"}
        self.address = address

    def open(self) -> PypiIndex:
        tools = RegistryTools(
            self.transport, self.cache, self.runner, self.reporter, self.environment, Path("/nowhere/project")
        )
        return PypiKind().open(RegistryOrder(f"pypi:{INDEX}", "mirror", self.address), tools)

    def find(self, name: str = "aws-s3") -> Listing:
        listing = self.open().find(Name.parse(name))
        assert listing is not None
        return listing


@pytest.fixture
def pip_says(monkeypatch: pytest.MonkeyPatch) -> PipSays:
    """pip, which is run for real in the integration tests."""
    says = PipSays()
    monkeypatch.setattr(pip, "Pip", says)
    return says


def test_a_wheel_is_a_release():
    scene = Scene(wheel("0.1.0"), file("terra_aws_s3-0.1.0.tar.gz"), wheel("0.2.0rc1", hashes={}))
    listing = scene.find()
    newer, older = listing.releases
    assert (str(older.version), str(older.source)) == ("0.1.0", "pypi:terra-aws-s3==0.1.0")
    assert older.checksum == Digest.sha256(hashlib.sha256(b"terra_aws_s3-0.1.0-py3-none-any.whl").hexdigest())
    assert (older.registry, older.index, older.anchor.location) == ("mirror", INDEX, INDEX)
    assert (older.dependencies, older.yanked, older.size, older.tree) == (None, None, None, None)
    assert (str(newer.version), str(newer.source), newer.checksum) == (
        "0.2.0-rc.1",
        "pypi:terra-aws-s3==0.2.0rc1",
        None,
    )
    assert (listing.skipped, listing.issues) == ((), ())
    assert scene.transport.shown[0][1].startswith("application/vnd.pypi.simple.v1+json, ")


def test_html_is_read_too():
    scene = Scene()
    scene.transport.documents[PAGE] = b'<a href="terra_aws_s3-0.1.0-py3-none-any.whl">x</a>'
    scene.transport.types[PAGE] = "text/html"
    assert [str(each.version) for each in scene.find().releases] == ["0.1.0"]


def test_a_name_with_a_namespace():
    scene = Scene()
    url = INDEX + "terra-my-company-vpc/"
    scene.transport.documents[url] = page(file("terra_my_company_vpc-1.0.0-py3-none-any.whl"))
    assert str(scene.find("my-company/vpc").releases[0].source) == "pypi:terra-my-company-vpc==1.0.0"


def test_what_is_not_taken_is_said():
    scene = Scene(
        wheel("1.2.3.post1"),
        wheel("1!2.0"),
        file("terra_aws_s3-0.3.0.tar.gz"),
        wheel("0.4.0", **{"requires-python": ">=99.1"}),
        wheel("0.5.0", **{"requires-python": "nonsense"}),
        wheel("0.6.0", **{"requires-python": f"=={sys.version_info[0]}.*"}),
        wheel("0.7"),
        wheel("0.7.0"),
        file("terra_other-9.0.0-py3-none-any.whl"),
    )
    listing = scene.find()
    assert [str(each.source) for each in listing.releases] == [
        "pypi:terra-aws-s3==0.7.0",
        "pypi:terra-aws-s3==0.6.0",
        "pypi:terra-aws-s3==0.5.0",
    ]
    assert listing.skipped == (
        "1!2.0: cannot be ordered",
        "1.2.3.post1: cannot be ordered",
        "0.7: is 0.7.0, which is there too",
        "0.4.0: needs Python >=99.1",
        "0.3.0: no wheel",
    )
    assert [each.rpartition("skipped: ")[2] for each in scene.reporter.details] == list(listing.skipped)


def test_the_order_of_the_page_does_not_matter():
    files = [wheel("0.7"), wheel("0.7.0"), wheel("0.7.0", "cp311-cp311-linux_x86_64"), wheel("0.6.post1"), wheel("0.5")]
    assert Scene(*files).find() == Scene(*reversed(files)).find()


def test_which_wheel_gives_the_checksum():
    def checksum(*files: dict[str, object]) -> str | None:
        (release,) = Scene(*files).find().releases
        names = [
            each["filename"]
            for each in files
            if release.checksum and release.checksum.hex == hashlib.sha256(str(each["filename"]).encode()).hexdigest()
        ]
        return str(names[0]) if names else None

    pure, build = wheel("1.0.0"), wheel("1.0.0-7")
    linux, mac = wheel("1.0.0", "cp311-cp311-linux_x86_64"), wheel("1.0.0", "cp311-cp311-macosx_11_0_arm64")
    assert checksum(linux, pure, mac) == pure["filename"]
    assert checksum(build, pure) == build["filename"]
    assert checksum(linux) == linux["filename"]
    assert checksum(linux, mac) is None
    assert checksum(wheel("1.0.0", yanked=True), build) == build["filename"]
    assert checksum(wheel("1.0.0", yanked=True), linux) is None


def test_yanks():
    listing = Scene(wheel("0.1.0", yanked="leaks"), wheel("0.2.0", yanked=True), wheel("0.3.0", yanked=False)).find()
    assert [each.yanked for each in listing.releases] == [None, "", "leaks"]


def test_an_unknown_name_is_for_the_next_registry(pip_says: PipSays):
    scene = Scene()
    assert scene.open().find(Name.parse("aws-s3")) is None
    scene.transport.statuses[PAGE] = 410
    assert scene.open().find(Name.parse("aws-s3")) is None


def test_a_known_name_without_releases_is_known():
    scene = Scene(file("terra_aws_s3-0.3.0.tar.gz"))
    assert scene.find().releases == ()
    assert scene.find().skipped == ("0.3.0: no wheel",)


def test_bad_entries_are_issues_of_the_listing():
    listing = Scene(7, wheel("0.1.0")).find()
    assert ([each.where for each in listing.issues], len(listing.releases)) == (["files[0]"], 1)


def test_a_page_is_asked_for_once_and_then_with_its_validator():
    scene = Scene(wheel("0.1.0"))
    index: Index = scene.open()
    assert index.find(Name.parse("aws-s3")) is index.find(Name.parse("aws-s3"))
    assert scene.transport.counts[PAGE] == 1
    assert scene.find() == index.find(Name.parse("aws-s3"))
    assert scene.transport.requests[1][1] is not None
    assert (index.names(), index.location, index.label) == ((), f"pypi:{INDEX}", "mirror")


def test_offline_the_copy_is_used():
    scene = Scene(wheel("0.1.0"))
    online = scene.find()
    scene.transport.offline = True
    assert scene.find() == online
    assert any("offline" in each for each in scene.reporter.details)
    with pytest.raises(OfflineError):
        scene.open().find(Name.parse("aws-sqs"))


def test_a_page_that_cannot_be_read_is_not_kept():
    scene = Scene()
    scene.transport.documents[PAGE] = b'<input type="password">'
    scene.transport.types[PAGE] = "text/html"
    with pytest.raises(InvalidDocumentError, match="log in"):
        scene.find()
    assert scene.cache.documents == {}


def test_another_index_does_not_answer_in_its_place():
    class Leading(FakeTransport):
        def read(self, *_: object, **__: object) -> Response:
            return Response("https://joe:s3cret@public.example/simple/terra-aws-s3/", 200, page(wheel("9.9.9")))

    scene = Scene()
    scene.transport = Leading()
    with pytest.raises(PolicyError, match=r"public\.example") as caught:
        scene.find()
    assert "s3cret" not in str(caught.value)
    assert scene.cache.documents == {}


def credentials(scene: Scene) -> list[str | None]:
    shown = [each[2] for each in scene.transport.shown]
    return [None if each is None else base64.b64decode(each.removeprefix("Basic ")).decode() for each in shown]


def test_credentials_of_the_address_are_shown_and_never_said(pip_says: PipSays):
    scene = Scene(wheel("0.1.0"), address="https://joe:s3cret@index.example/simple/")
    (release,) = scene.find().releases
    assert credentials(scene) == ["joe:s3cret"]
    assert release.index == "https://joe:s3cret@index.example/simple/"
    assert release.anchor.location == INDEX
    assert "s3cret" not in repr(release)
    assert list(scene.cache.documents) == [PAGE]
    scene.transport.statuses[PAGE] = 401
    pip_says.says = UnknownPluginError("no such distribution")
    with pytest.raises(AuthenticationError) as caught:
        scene.find()
    assert "s3cret" not in f"{caught.value.message} {caught.value.hint} {caught.value.subjects}"
    assert "`url` in your own `config.toml`" in str(caught.value.hint)


def test_what_let_us_in_is_tried_first_the_next_time(tmp_path: Path):
    class Closed(FakeTransport):
        def read(self, url: str, *, authorization: str | None = None, **more: object) -> Response:  # type: ignore[override]
            self.statuses = {} if authorization else {url: 401}
            return super().read(url, authorization=authorization, **more)  # type: ignore[arg-type]

    scene = Scene()
    sqs = INDEX + "terra-aws-sqs/"
    scene.transport = Closed({PAGE: page(wheel("0.1.0")), sqs: page(file("terra_aws_sqs-0.1.0-py3-none-any.whl"))})
    (tmp_path / "keyring").write_text("")
    (tmp_path / "keyring").chmod(0o755)
    scene.environment = {"PATH": str(tmp_path)}
    scene.runner = FakeRunner({"keyring": lambda _: Outcome(0, '{"username": "ann", "password": "kept"}', "")})
    index = scene.open()
    assert index.find(Name.parse("aws-s3")) is not None
    assert index.find(Name.parse("aws-sqs")) is not None
    assert index.find(Name.parse("nowhere")) is None
    assert credentials(scene) == [None, "ann:kept", "ann:kept", "ann:kept"]
    assert len(scene.runner.commands) == 1


def test_pip_may_be_let_in_where_terra_is_not(pip_says: PipSays):
    pip_says.says = ["0.3.0.post1", "0.2", "0.2.0", "0.1.0rc1"]
    for status in (401, 403, 400):
        scene = Scene()
        scene.transport.statuses[PAGE] = status
        listing = scene.find()
        assert [(str(each.source), each.checksum) for each in listing.releases] == [
            ("pypi:terra-aws-s3==0.2", None),
            ("pypi:terra-aws-s3==0.1.0rc1", None),
        ]
        assert listing.skipped == ("0.3.0.post1: cannot be ordered", "0.2.0: is 0.2, which is there too")
    assert pip_says.asked == ["terra-aws-s3"] * 3
    assert pip_says.made[0][1] == INDEX


@pytest.mark.parametrize(
    "says",
    [UnknownPluginError("none"), FetchError("no"), SystemFailureError("no pip"), AuthenticationError("pip: 401")],
)
def test_to_pip_a_401_looks_like_not_found(pip_says: PipSays, says: Exception):
    pip_says.says = says
    scene = Scene()
    scene.transport.statuses[PAGE] = 401
    with pytest.raises(AuthenticationError, match="answered 401") as caught:
        scene.find()
    for way in ("config.toml", "netrc", f"keyring set {INDEX} NAME"):
        assert way in str(caught.value.hint)


def test_pip_gets_further_and_is_not_let_in(pip_says: PipSays):
    pip_says.says = AuthenticationError("pip: 401")
    scene = Scene()
    scene.transport.statuses[PAGE] = 400
    with pytest.raises(AuthenticationError, match="pip: 401"):
        scene.find()


def test_neither_gets_anywhere(pip_says: PipSays):
    pip_says.says = FetchError("pip's words")
    scene = Scene()
    scene.transport.statuses[PAGE] = 400
    with pytest.raises(HTTPStatusError, match="answered 400"):
        scene.find()
    pip_says.says = UnknownPluginError("none")
    assert scene.open().find(Name.parse("aws-s3")) is None


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_index_that_is_broken_is_so_for_pip_too(pip_says: PipSays, status: int):
    scene = Scene()
    scene.transport.statuses[PAGE] = status
    with pytest.raises(HTTPStatusError):
        scene.find()


def test_the_proxys_refusal_stays_the_proxys(pip_says: PipSays):
    class Proxied(FakeTransport):
        def read(self, *_: object, **__: object) -> Response:
            message = "the proxy `http://p` asks for credentials"
            raise AuthenticationError(message, hint="of the proxy")

    pip_says.says = FetchError("no")
    scene = Scene()
    scene.transport = Proxied()
    with pytest.raises(AuthenticationError) as caught:
        scene.find()
    assert caught.value.hint == "of the proxy"


def test_without_an_address_it_is_pips(pip_says: PipSays):
    scene = Scene(wheel("0.1.0"), address=None)
    (release,) = scene.find().releases
    assert release.index is None
    assert release.anchor.location == INDEX
    assert credentials(scene) == ["joe:s3cret"]
    assert pip_says.made[0][1] is None
    scene.transport.statuses[PAGE] = 401
    pip_says.says = UnknownPluginError("none")
    with pytest.raises(AuthenticationError) as caught:
        scene.find()
    assert "pip's configuration" in str(caught.value.hint)


def test_plain_http_to_where_pip_goes_by_itself(pip_says: PipSays):
    class Strict(FakeTransport):
        def read(self, *_: object, **__: object) -> Response:
            message = "plain http"
            raise UsageError(message)

    pip_says.says = ["0.1.0"]
    scene = Scene(address=None)
    scene.transport = Strict()
    with pytest.raises(UsageError):
        scene.find()
    pip_says.trusted = True
    assert len(scene.find().releases) == 1
    scene.address = INDEX
    with pytest.raises(UsageError):
        scene.find()


def test_pip_finds_no_wheel(pip_says: PipSays):
    pip_says.says = ResolveError("the index has no wheel of it")
    scene = Scene()
    scene.transport.statuses[PAGE] = 400
    assert (scene.find().releases, scene.find().skipped) == ((), ("the index has no wheel of it",))


def test_an_address_that_is_no_url():
    with pytest.raises(UsageError, match="cannot be a package index"):
        Scene(address="/srv/packages").open()


def test_a_query_of_the_address_is_kept():
    scene = Scene(address="https://index.example/simple?team=net")
    scene.transport.documents["https://index.example/simple/terra-aws-s3/?team=net"] = page(wheel("0.1.0"))
    assert len(scene.find().releases) == 1


def test_it_is_registered():
    assert terra_register_registry().kind == "pypi"
