"""pip, run for real: what of the user's settings reaches it and what must not, and what its failures are called."""

from __future__ import annotations

import os
import signal
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.components import tinyproxy
from support.hostile_server import HostileServer, hostile_server
from support.packages import wheel
from support.pip_settings import PIPS, PLACES, StaticIndex, Surroundings, pip_python, sdist
from support.project import MAIN
from terra.errors import (
    AuthenticationError,
    FetchError,
    IntegrityError,
    PolicyError,
    ResolveError,
    TerraError,
    UnknownPluginError,
    UsageError,
)
from terra.model.source import Anchor, Locator
from terra.sources.pypi import PypiSource
from terra.spec import FetchOrder, FetchTools
from terra.system import pip as system_pip
from terra.system.pip import Pinned, Pip
from terra.system.process import SubprocessRunner
from terra.testing.fakes import RecordingReporter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import trustme

    from support.hostile_server import Handler
    from support.project import Terra
    from terra.ports import Command, Outcome
    from terra.system.http import HttpTransport

NAME = "terra-aws-s3"
LOGIN = ("alice", "s3cr3t/@")
QUOTED = "alice:s3cr3t%2F%40"
PIN = Pinned(NAME, "0.1.0")


class Recording:
    """The real runner; keeps what it was asked to run."""

    def __init__(self) -> None:
        self.commands: list[Command] = []

    def run(self, command: Command) -> Outcome:
        """Run it."""
        self.commands.append(command)
        return SubprocessRunner().run(command)


@pytest.fixture(params=PIPS)
def around(request: pytest.FixtureRequest, tmp_path: Path) -> Surroundings:
    """The settings of a pip of its own, of the newest version and of the oldest that terra runs with."""
    return Surroundings(tmp_path / "around", pip_python(request.param, tmp_path / "python"))


@pytest.fixture
def index(origin: HostileServer) -> StaticIndex:
    """An index with one version."""
    made = StaticIndex(origin)
    made.add(NAME, "0.1.0", "the good one")
    return made


@pytest.fixture
def evil(other_origin: HostileServer) -> StaticIndex:
    """Another one that has the same version with other bytes, and a better one."""
    made = StaticIndex(other_origin)
    for version in ("0.1.0", "99"):
        made.add(NAME, version, "an evil one")
    made.add("terra-evil", "1")
    return made


def pip_of(around: Surroundings, index: StaticIndex | str | None, runner: Recording | None = None) -> Pip:
    url = index.url if isinstance(index, StaticIndex) else index
    return Pip(runner or Recording(), around.all, url, python=str(around.python))


def failure(call: Callable[[], object], kind: type[TerraError]) -> TerraError:
    """Return the error that a call fails with; a secret must not be in it."""
    with pytest.raises(kind) as caught:
        call()
    assert type(caught.value) is kind
    shown = f"{caught.value.message} {caught.value.hint} {caught.value.subjects}"
    assert "s3cr3t" not in shown
    assert "alice" not in shown
    assert caught.value.hint
    return caught.value


def hostile(evil: StaticIndex, folder: Path) -> dict[str, str]:
    """Return settings that make a bare pip take an evil wheel, or fail."""
    links = folder / "links"
    links.mkdir(parents=True)
    for version in ("0.1.0", "99"):
        name, data = wheel(NAME.replace("-", "_"), version, {}, {"payload/main.tf": "an evil one"})
        (links / name).write_bytes(data)
    (folder / "constraint.txt").write_text(f"{NAME}==99\n")
    (folder / "requirement.txt").write_text("terra-evil==1\n")
    return {
        "index-url": evil.url,
        "extra-index-url": evil.url,
        "find-links": str(links),
        "constraint": str(folder / "constraint.txt"),
        "requirement": str(folder / "requirement.txt"),
        "no-index": "1",
        "pre": "1",
        "require-hashes": "1",
        "require-virtualenv": "1",
        "no-binary": ":all:",
        "quiet": "3",
        "log": str(folder / "evil.log"),
        "dest": str(folder / "elsewhere"),
    }


@pytest.mark.parametrize("around", ["newest"], indirect=True)
@pytest.mark.parametrize("place", PLACES)
def test_no_setting_brings_anything_from_elsewhere(
    around: Surroundings, index: StaticIndex, evil: StaticIndex, tmp_path: Path, place: str
):
    around.configure(place, hostile(evil, tmp_path / "hostile"))
    nothing_from_elsewhere(around, index, evil, tmp_path)


def test_no_settings_together_bring_anything_from_elsewhere(
    around: Surroundings, index: StaticIndex, evil: StaticIndex, tmp_path: Path
):
    settings = hostile(evil, tmp_path / "hostile")
    for place in PLACES:
        around.configure(place, settings)
        around.configure(place, settings, section="download")
    around.environment["PIP_extra_index_url"] = evil.url  # pip reads it in any case
    nothing_from_elsewhere(around, index, evil, tmp_path)


def nothing_from_elsewhere(around: Surroundings, index: StaticIndex, evil: StaticIndex, tmp_path: Path) -> None:
    """Download what both indexes have, and see that only one was asked and nothing else came."""
    pip = pip_of(around, index)
    (came,) = pip.download([PIN], tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == [came]
    assert b"the good one" in came.read_bytes()
    assert pip.versions(NAME) == ["0.1.0"]
    error = failure(lambda: pip.download([Pinned(NAME, "99")], tmp_path / "none"), ResolveError)
    assert error.message == f"`{index.url}` has no `{NAME}==99`, it has 0.1.0"
    assert evil.origin.seen == []
    assert not (tmp_path / "hostile/evil.log").exists()


@pytest.mark.parametrize(
    ("name", "place"),
    [
        *(("extra-index-url", place) for place in PLACES),
        ("find-links", "user"),
        ("constraint", "venv"),
        ("requirement", "named"),
        ("no-index", "environment"),
    ],
)
def test_those_settings_do_something(index: StaticIndex, evil: StaticIndex, tmp_path: Path, name: str, place: str):
    """Else the test above could not fail."""
    around = Surroundings(tmp_path / "around", pip_python("newest", tmp_path / "python"))
    around.configure(place, {name: hostile(evil, tmp_path / "hostile")[name]})
    words = ["-I", "-m", "pip", "download", "--no-deps", "-d", str(tmp_path / "out"), "-i", index.url, NAME]
    ended = subprocess.run([str(around.python), *words], env=around.all, capture_output=True, check=False)
    taken = [path.name for path in (tmp_path / "out").glob("*.whl")]
    assert ended.returncode or taken != ["terra_aws_s3-0.1.0-py3-none-any.whl"]


def test_several_in_one_process(around: Surroundings, origin: HostileServer, tmp_path: Path):
    index, runner = StaticIndex(origin), Recording()
    names = [f"terra-a{number}" for number in range(5)]
    wanted = [Pinned(name, "0.1.0", index.add(name, "0.1.0")) for name in names]
    wheels = pip_of(around, index, runner).download(list(reversed(wanted)), tmp_path / "out")
    assert [wheel.name.partition("-")[0] for wheel in wheels] == [name.replace("-", "_") for name in reversed(names)]
    (command,) = runner.commands
    assert "--require-hashes" in command.argv
    assert command.timeout > 300


def test_a_temporary_folder_with_a_space(
    around: Surroundings, index: StaticIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """pip takes what stands in a variable apart at spaces."""
    (tmp_path / "John Doe").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "John Doe"))
    sha256 = index.add("terra-b", "1")
    wheels = pip_of(around, index).download([Pinned("terra-b", "1", sha256)], tmp_path / "my wheels")
    assert [wheel.name for wheel in wheels] == ["terra_b-1-py3-none-any.whl"]
    assert list((tmp_path / "John Doe").iterdir()) == []


def test_the_names_that_come_are_matched_as_pep_503_compares_them(
    around: Surroundings, index: StaticIndex, tmp_path: Path
):
    index.add("my-company-vpc", "1.0")
    (wheel,) = pip_of(around, index).download([Pinned("My_Company.VPC", "1.0.0")], tmp_path / "out")
    assert wheel.name == "my_company_vpc-1.0-py3-none-any.whl"


def test_a_wheel_that_is_not_the_locked_one(around: Surroundings, index: StaticIndex, tmp_path: Path):
    wrong, right = Pinned(NAME, "0.1.0", "a" * 64), Pinned("terra-b", "1", index.add("terra-b", "1"))
    pip = pip_of(around, index)
    for number, together in enumerate([[wrong], [right, wrong], [wrong, Pinned("terra-b", "1")]]):
        folder = tmp_path / str(number)
        error = failure(lambda: pip.download(together, folder), IntegrityError)  # noqa: B023
        assert "another checksum" in error.message
        assert f"sha256-{'a' * 64}" in error.message


def test_some_with_a_hash_and_some_without(around: Surroundings, index: StaticIndex, tmp_path: Path):
    runner = Recording()
    wanted = [PIN, Pinned("terra-b", "1", index.add("terra-b", "1").upper())]
    assert len(pip_of(around, index, runner).download(wanted, tmp_path / "out")) == 2
    assert len(runner.commands) == 1


def test_a_source_distribution_is_never_run(around: Surroundings, index: StaticIndex, tmp_path: Path):
    canary = tmp_path / "canary"
    index.put("terra-b", *sdist("terra-b", "1.0", canary))
    around.configure("user", {"no-binary": ":all:", "only-binary": ":none:"}, section="download")
    pip = pip_of(around, index)
    error = failure(lambda: pip.download([Pinned("terra-b", "1.0")], tmp_path / "out"), ResolveError)
    assert error.message == f"`{index.url}` has no wheel of `terra-b==1.0`, only a source, which terra does not build"
    failure(lambda: pip.versions("terra-b"), ResolveError)
    assert not canary.exists()


def test_a_new_release_is_seen_at_once(around: Surroundings, origin: HostileServer, tmp_path: Path):
    """pip keeps an index's page for as long as the index allows it."""
    index = StaticIndex(origin, headers={"Cache-Control": "max-age=600", "ETag": '"1"'})
    index.add(NAME, "0.1.0")
    pip = pip_of(around, index)
    assert pip.versions(NAME) == ["0.1.0"]
    index.add(NAME, "0.2.0rc1")
    assert pip.versions(NAME) == ["0.2.0rc1", "0.1.0"]
    assert len(pip.download([Pinned(NAME, "0.2.0rc1")], tmp_path / "out")) == 1


# Ways in ------------------------------------------------------------------------------------------


def private(origin: HostileServer) -> StaticIndex:
    index = StaticIndex(origin, login=LOGIN)
    index.add(NAME, "0.1.0")
    return index


def test_credentials_in_the_url(around: Surroundings, origin: HostileServer, tmp_path: Path):
    index = private(origin)
    assert pip_of(around, index.url_of(QUOTED)).download([PIN], tmp_path / "out")


@pytest.mark.parametrize(("place", "section"), [("user", "global"), ("venv", "download")])
def test_credentials_in_the_index_of_pips_own_configuration(
    around: Surroundings, origin: HostileServer, tmp_path: Path, place: str, section: str
):
    index = private(origin)
    around.configure(place, {"index-url": index.url_of(QUOTED)}, section=section)
    pip = pip_of(around, None)
    assert pip.index_url() == index.url_of(QUOTED)
    assert pip.download([PIN], tmp_path / "out")


def test_credentials_in_netrc(around: Surroundings, origin: HostileServer, tmp_path: Path):
    index = private(origin)
    around.netrc("127.0.0.1", LOGIN)
    assert pip_of(around, index).download([PIN], tmp_path / "out")
    assert pip_of(around, index).versions(NAME) == ["0.1.0"]


def test_credentials_in_a_keyring(around: Surroundings, origin: HostileServer, tmp_path: Path):
    index = private(origin)
    asked = around.keyring(LOGIN)
    assert pip_of(around, index.url_of("alice")).download([PIN], tmp_path / "out")
    assert "get http://" in asked.read_text()


def test_the_users_own_choice_of_a_keyring_holds(around: Surroundings, origin: HostileServer, tmp_path: Path):
    asked = around.keyring(LOGIN)
    around.configure("user", {"keyring-provider": "disabled"})
    pip = pip_of(around, private(origin).url_of("alice"))
    failure(lambda: pip.download([PIN], tmp_path / "out"), AuthenticationError)
    assert not asked.exists()


def test_no_credentials(around: Surroundings, origin: HostileServer, tmp_path: Path):
    index = private(origin)
    pip = pip_of(around, index)
    for call in (lambda: pip.download([PIN], tmp_path / "out"), lambda: pip.versions(NAME)):
        error = failure(call, AuthenticationError)
        page = f"{index.url}{NAME}/"
        assert error.message == f"`{origin.url('')}` asks for credentials, and pip found none (status 401, `{page}`)"
        assert "keyring" in (error.hint or "")


@pytest.mark.parametrize("place", ["the URL of the index", "netrc"])
def test_wrong_credentials(around: Surroundings, origin: HostileServer, tmp_path: Path, place: str):
    index = private(origin)
    url = index.url_of("alice:s3cr3t") if "URL" in place else index.url
    around.netrc("127.0.0.1", ("alice", "s3cr3t"))
    error = failure(lambda: pip_of(around, url).download([PIN], tmp_path / "out"), AuthenticationError)
    assert f"refuses the credentials that pip found in {place} (status 401" in error.message


def test_a_file_behind_another_door(around: Surroundings, index: StaticIndex, tmp_path: Path):
    index.origin.routes["/files/simple/terra_aws_s3-0.1.0-py3-none-any.whl"] = lambda handler: handler.answer(403)
    error = failure(lambda: pip_of(around, index).download([PIN], tmp_path / "out"), AuthenticationError)
    assert "status 403" in error.message


@pytest.fixture
def tls_index(tls_origin: HostileServer) -> StaticIndex:
    """An index with a certificate that nobody knows."""
    made = StaticIndex(tls_origin)
    made.add(NAME, "0.1.0")
    return made


def test_an_unknown_authority(around: Surroundings, tls_index: StaticIndex, tmp_path: Path):
    error = failure(lambda: pip_of(around, tls_index).download([PIN], tmp_path / "out"), FetchError)
    assert f"pip does not accept the certificate of `{tls_index.origin.url('')}`" in error.message
    assert "PIP_CERT" in (error.hint or "")


@pytest.mark.parametrize("place", ["environment", "venv"])
def test_a_private_authority(
    around: Surroundings, tls_index: StaticIndex, authority_file: Path, tmp_path: Path, place: str
):
    around.configure(place, {"cert": str(authority_file)})
    assert pip_of(around, tls_index).download([PIN], tmp_path / "out")


@pytest.fixture
def mutual_index(authority: trustme.CA, server_certificate: Path) -> Iterator[StaticIndex]:
    """An index that wants to see a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server_certificate)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    with hostile_server(context, host="localhost") as server:
        made = StaticIndex(server)
        made.add(NAME, "0.1.0")
        yield made


@pytest.mark.parametrize("place", ["environment", "user"])
def test_a_client_certificate(
    around: Surroundings,
    mutual_index: StaticIndex,
    authority: trustme.CA,
    authority_file: Path,
    tmp_path: Path,
    place: str,
):
    around.configure(place, {"cert": str(authority_file)})
    pip = pip_of(around, mutual_index)
    with pytest.raises(FetchError) as caught:  # whether the server's word or its end comes first is chance
        pip.download([PIN], tmp_path / "without")
    assert "PIP_CLIENT_CERT" in (caught.value.hint or "")
    pem = tmp_path / "client.pem"
    authority.issue_cert("alice@example.test").private_key_and_cert_chain_pem.write_to_path(str(pem))
    around.configure(place, {"client-cert": str(pem)}, section="download")
    assert pip_of(around, mutual_index).download([PIN], tmp_path / "with")


@pytest.mark.component
def test_a_proxy(
    around: Surroundings, index: StaticIndex, tls_index: StaticIndex, authority_file: Path, tmp_path: Path
):
    around.configure("user", {"cert": str(authority_file)})
    with tinyproxy(tmp_path / "proxy", login=("alice", "s3cr3t")) as proxy:
        for number, each in enumerate((index, tls_index)):
            around.environment["PIP_PROXY"] = f"http://alice:s3cr3t@127.0.0.1:{proxy.port}"
            assert pip_of(around, each).download([PIN], tmp_path / f"out{number}")
            around.environment["PIP_PROXY"] = f"http://alice:no@127.0.0.1:{proxy.port}"
            wrong = pip_of(around, each)
            error = failure(lambda: wrong.download([PIN], tmp_path / "none"), AuthenticationError)  # noqa: B023
            assert "credentials" in error.message
        assert error.message.startswith(f"the proxy before `{tls_index.origin.url('')}` asks pip for credentials")
        assert proxy.asked().count("CONNECT") > 1


def test_plain_http_that_terra_allows(around: Surroundings, index: StaticIndex, tmp_path: Path):
    """pip calls no host but those of loopback by name secure; this one is another spelling."""
    url = index.url.replace("127.0.0.1", "0.0.0.0")
    around.configure("user", {"trusted-host": "other.example"})
    assert pip_of(around, url).download([PIN], tmp_path / "out")


# What went wrong ----------------------------------------------------------------------------------


def test_what_an_index_does_not_have(around: Surroundings, index: StaticIndex, tmp_path: Path):
    index.add(NAME, "0.2.0")
    pip = pip_of(around, index)
    error = failure(lambda: pip.download([Pinned("terra-gone", "1")], tmp_path / "out"), UnknownPluginError)
    assert error.message == f"`{index.url}` has no distribution `terra-gone`"
    error = failure(lambda: pip.versions("terra-gone"), UnknownPluginError)
    assert error.message == f"`{index.url}` has no distribution `terra-gone`"
    error = failure(lambda: pip.download([PIN, Pinned("terra-gone", "1")], tmp_path / "out"), UnknownPluginError)
    error = failure(lambda: pip.download([Pinned(NAME, "9")], tmp_path / "out"), ResolveError)
    assert error.message == f"`{index.url}` has no `{NAME}==9`, it has 0.1.0, 0.2.0"


def test_what_cannot_be_used_here(around: Surroundings, index: StaticIndex, tmp_path: Path):
    index.add("terra-b", "1.0", attributes='data-requires-python="&gt;=3.99"')
    index.put("terra-b", "terra_b-2.0-cp27-cp27m-win32.whl", b"")
    pip = pip_of(around, index)
    error = failure(lambda: pip.download([Pinned("terra-b", "1.0")], tmp_path / "out"), ResolveError)
    assert error.message == "`terra-b==1.0` needs Python >=3.99, which this is not"
    error = failure(lambda: pip.download([Pinned("terra-b", "2.0")], tmp_path / "out"), ResolveError)
    assert error.message == "the wheel of `terra-b==2.0` is for another platform or Python: cp27-cp27m-win32"
    failure(lambda: pip.versions("terra-b"), ResolveError)


def test_what_is_yanked(around: Surroundings, index: StaticIndex, tmp_path: Path):
    index.add("terra-b", "1.0", attributes='data-yanked="broken"')
    pip = pip_of(around, index)
    assert pip.download([Pinned("terra-b", "1.0")], tmp_path / "out"), "one that is named is had"
    error = failure(lambda: pip.versions("terra-b"), ResolveError)
    assert error.message == f"every version of `terra-b` in `{index.url}` is yanked"
    error = failure(lambda: pip.download([Pinned("terra-b", "2")], tmp_path / "none"), ResolveError)
    assert "1.0" in error.message


def test_servers_that_are_no_index(around: Surroundings, origin: HostileServer, tmp_path: Path):
    origin.routes[f"/text/{NAME}/"] = lambda handler: handler.answer(200, b"hello", Content_Type="text/plain")
    origin.routes[f"/broken/{NAME}/"] = lambda handler: handler.answer(500)
    for path, says in (("/text/", "is no package index"), ("/broken/", "status 500")):
        pip = pip_of(around, origin.url(path))
        assert says in failure(lambda: pip.download([PIN], tmp_path / "out"), FetchError).message  # noqa: B023


def test_nobody_there(around: Surroundings, tmp_path: Path):
    error = failure(lambda: pip_of(around, "http://127.0.0.1:9/simple/").download([PIN], tmp_path / "o"), FetchError)
    assert error.message == "pip does not reach `http://127.0.0.1:9`: connection refused"
    error = failure(lambda: pip_of(around, "http://nowhere.invalid/").download([PIN], tmp_path / "o"), FetchError)
    assert error.message == "pip does not reach `http://nowhere.invalid`: its name cannot be resolved"


def test_a_connection_that_breaks(around: Surroundings, index: StaticIndex, tmp_path: Path):
    index.origin.routes["/files/simple/terra_aws_s3-0.1.0-py3-none-any.whl"] = index.origin.routes["/cut"]
    around.environment["PIP_RESUME_RETRIES"] = "0"
    failure(lambda: pip_of(around, index).download([PIN], tmp_path / "out"), FetchError)


def test_a_configuration_that_pip_cannot_use(around: Surroundings, index: StaticIndex, tmp_path: Path):
    around.configure("user", {"timeout": "soon"})
    error = failure(lambda: pip_of(around, index).download([PIN], tmp_path / "out"), UsageError)
    assert error.message.startswith("pip cannot use its configuration")
    assert "pip config debug" in (error.hint or "")


def test_an_index_that_nobody_configured(around: Surroundings):
    """pip says itself which one it asks; terra knows none."""
    around.environment["PIP_CONFIG_FILE"] = os.devnull
    runner = Recording()
    pip = pip_of(around, None, runner)
    assert pip.index_url().startswith("https://")
    assert pip.index_url().endswith("/simple")
    assert len(runner.commands) == 1, "it is asked once"


# The source ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("around", ["newest"], indirect=True)
def test_the_source_takes_one_process_for_each_index(
    around: Surroundings,
    origin: HostileServer,
    other_origin: HostileServer,
    transport: Callable[..., HttpTransport],
    tmp_path: Path,
):
    """One index is open; the other one lets pip in alone, so that pip is asked for versions."""
    indexes, runner = [StaticIndex(origin), StaticIndex(other_origin, login=LOGIN, is_for_pip=True)], Recording()
    for each in indexes:
        for number in range(4):
            for version in ("0.1.0", "0.2.0rc1"):
                each.add(f"terra-a{number}", version, each.url)
    around.netrc("127.0.0.1", LOGIN)
    orders = [
        FetchOrder(Locator("pypi", f"terra-a{number}==0.1.0"), Anchor("/r"), index=index.url)
        for index in indexes
        for number in range(4)
    ]
    orders.append(FetchOrder(Locator("pypi", "terra-a1"), Anchor("/r"), index=indexes[0].url))
    orders.append(FetchOrder(Locator("pypi", "terra-a1<1"), Anchor("/r"), index=indexes[1].url))
    tools = FetchTools(transport(), tmp_path, RecordingReporter(), lambda *_: None, runner, around.all, tmp_path)
    found = PypiSource().fetch_together(orders, tools)
    words = [command.argv[command.argv.index("pip", 4) + 1 :] for command in runner.commands]
    assert [each[0] for each in words] == ["download", "index", "download"]
    for order, fetched in zip(orders, found, strict=True):
        assert str(fetched.source).startswith("pypi:terra-a")
        assert str(fetched.source).endswith("==0.1.0")
        assert order.index
        assert order.index.encode() in fetched.path.read_bytes()
        assert fetched.promised is (order.index == indexes[0].url)


def plugin(index: StaticIndex, name: str, *needs: str) -> str:
    """Put a plugin into an index, and return the path of its page."""
    module = f"terra_{name}"
    files: dict[str, str | bytes] = {f"{module}/payload/main.tf": MAIN}
    if needs:
        lines = "".join(f'{need} = "*"\n' for need in needs)
        manifest = f'[plugin]\nname = "{name}"\nversion = "0.1.0"\n[dependencies]\n{lines}'
        files[f"{module}-0.1.0.dist-info/terra-plugin.toml"] = manifest
    index.put(f"terra-{name}", *wheel(module, "0.1.0", {name: module}, files), hashed=True)
    return f"/simple/terra-{name}/"


@pytest.mark.parametrize("count", [2, 8])
@pytest.mark.parametrize("how", ["by name", "by address", "by need"])
def test_pages_are_read_side_by_side(index: StaticIndex, terra: Terra, count: int, how: str):
    """Each page waits until another one is asked for; pip, which asks one after the other, need not."""
    together, alone = threading.Barrier(2), []
    names = [f"a{number}" for number in range(count)]
    for name in names:
        path = plugin(index, name)

        def route(handler: Handler, page: Callable[[Handler], None] = index.origin.routes[path]) -> None:
            if not handler.headers["User-Agent"].startswith("pip/"):
                try:
                    together.wait(20)
                except threading.BrokenBarrierError:
                    alone.append(handler.path)
            page(handler)

        index.origin.routes[path] = route
    plugin(index, "top", *names)
    words = {
        "by name": [*names, "--registry", f"pypi:{index.url}"],
        "by need": ["top", "--registry", f"pypi:{index.url}"],
        "by address": [f"pypi:terra-{name}==0.1.0" for name in names],
    }
    terra("add", *words[how], PIP_CONFIG_FILE=os.devnull, PIP_INDEX_URL=index.url)
    assert alone == []
    for name in names:
        assert (terra.cwd / "plugins" / name / "main.tf").exists()
        assert len([each for each in index.origin.headers(f"/simple/terra-{name}/") if not is_pip(each)]) == 1


def is_pip(headers: dict[str, str]) -> bool:
    """Tell whether a request was pip's."""
    return headers["user-agent"].startswith("pip/")


def limited(monkeypatch: pytest.MonkeyPatch, **limits: int) -> None:
    """Give pip other limits than terra's, each by the letter of its option, in the units of `ulimit`."""
    stated = "".join(system_pip._EACH_LIMIT.format(f"-{letter} {limit}") for letter, limit in limits.items())
    monkeypatch.setattr(system_pip, "_LIMITED", ("/bin/sh", "-c", f'{stated}exec "$@"', "pip"))


def endless(content_type: str, start: bytes = b"") -> Callable[[Handler], None]:
    def route(handler: Handler) -> None:
        handler.head(Content_Type=content_type)
        handler.wfile.write(start)
        for _ in range(1000):
            handler.wfile.write(b"x" * (1 << 20))

    return route


def test_the_limits(around: Surroundings, index: StaticIndex, tmp_path: Path):
    """They are in force in the process of pip, and let it run."""
    runner = Recording()
    assert pip_of(around, index, runner).download([PIN], tmp_path / "out")
    (command,) = runner.commands
    place = command.argv.index(str(around.python))
    code = "import resource as r; print(*(r.getrlimit(each)[0] for each in (r.RLIMIT_FSIZE, r.RLIMIT_AS)))"
    words = (*command.argv[: place + 1], "-c", code)
    ended = subprocess.run(words, env=command.environment, capture_output=True, check=True)
    files, memory = map(int, ended.stdout.split())
    assert files == system_pip.FILE_LIMIT
    assert memory == system_pip.MEMORY_LIMIT or sys.platform == "darwin"


def test_a_wheel_that_has_no_end(
    around: Surroundings, index: StaticIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The limit of files alone."""
    limited(monkeypatch, f=8 << 11)
    assert pip_of(around, index).download([PIN], tmp_path / "fine"), "the limit lets a pip run"
    (path,) = [each for each in index.origin.routes if each.endswith(".whl")]
    index.origin.routes[path] = endless("application/octet-stream")
    error = failure(lambda: pip_of(around, index).download([PIN], tmp_path / "out"), IntegrityError)
    assert error.message == f"`{index.url}` sent pip a file that is too large"
    assert len(index.origin.headers(path)) == 2, "it is not asked for once more"


@pytest.mark.skipif(sys.platform == "darwin", reason="no limit of memory there")
def test_a_page_that_has_no_end(
    around: Surroundings, index: StaticIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The limit of memory alone."""
    limited(monkeypatch, v=300 << 10)
    around.environment["PIP_NO_CACHE_DIR"] = "1"  # pip keeps a copy of the page, which the limit of files would end
    assert pip_of(around, index).download([PIN], tmp_path / "fine"), "the limit lets a pip run"
    index.origin.routes[f"/simple/{NAME}/"] = endless("text/html", b"<!DOCTYPE html><html><body>")
    pip = pip_of(around, index)
    for call in (lambda: pip.download([PIN], tmp_path / "out"), lambda: pip.versions(NAME)):
        error = failure(call, IntegrityError)
        assert error.message == f"`{index.url}` sent pip more than it may hold in memory"


# Where an index leads --------------------------------------------------------------------------------


def trusting(around: Surroundings, authority_file: Path) -> None:
    """Let pip go wherever it is led: to the private authority, and to plain http, of which it keeps copies then."""
    around.configure("environment", {"cert": str(authority_file), "trusted-host": "127.0.0.1"})


def led(around: Surroundings, index: StaticIndex, folder: Path) -> list[PolicyError]:
    """Return what terra says of an index that leads pip elsewhere, asked for a wheel twice and then for versions."""
    pip = pip_of(around, index)
    errors = []
    for call in (
        lambda: pip.download([PIN], folder / "out"),
        lambda: pip.download([PIN], folder / "again"),  # from pip's cache, as far as it goes
        lambda: pip.versions(NAME),
    ):
        error = failure(call, PolicyError)
        assert isinstance(error, PolicyError)
        assert error.exit == 5
        errors.append(error)
    return errors


def file_of(index: StaticIndex) -> str:
    """Return the path of the one file of an index."""
    (path,) = [each for each in index.origin.routes if each.startswith(f"/files{index.root}") and each.endswith(".whl")]
    return path


def test_an_https_page_that_names_a_plain_file(
    around: Surroundings, index: StaticIndex, tls_index: StaticIndex, authority_file: Path, tmp_path: Path
):
    trusting(around, authority_file)
    plain = index.origin.url(file_of(index))
    tls_index.page(NAME, f'<a href="{plain}">x</a>')
    pip = pip_of(around, tls_index)
    error = failure(lambda: pip.download([PIN], tmp_path / "out"), PolicyError)
    assert error.message == f"`{tls_index.url}` led pip to `{plain}`, which is plain http"
    assert pip.versions(NAME) == ["0.1.0"], "a link that is not followed is none of terra's business"


@pytest.mark.parametrize("status", [301, 302, 307])
def test_an_https_page_that_redirects_to_plain_http(
    around: Surroundings, index: StaticIndex, tls_index: StaticIndex, authority_file: Path, tmp_path: Path, status: int
):
    trusting(around, authority_file)
    tls_index.origin.redirect(f"/simple/{NAME}/", f"{index.url}{NAME}/", status)
    for error in led(around, tls_index, tmp_path):
        assert error.message == f"`{tls_index.url}` led pip to `{index.url}{NAME}/`, which is plain http"


@pytest.mark.parametrize("status", [301, 302])
@pytest.mark.parametrize("cached", [True, False])
def test_an_https_file_that_redirects_to_plain_http(
    around: Surroundings,
    index: StaticIndex,
    tls_index: StaticIndex,
    authority_file: Path,
    tmp_path: Path,
    status: int,
    cached: bool,
):
    trusting(around, authority_file)
    if not cached:
        around.environment["PIP_NO_CACHE_DIR"] = "1"
    path = file_of(tls_index)
    tls_index.origin.redirect(path, index.origin.url(f"{path}?token=s3cr3t"), status)
    pip = pip_of(around, tls_index)
    for number in range(2):
        error = failure(lambda: pip.download([PIN], tmp_path / str(number)), PolicyError)  # noqa: B023
        # Without a cache, pip says of a request where it went and not what for.
        assert error.message.startswith(f"`{tls_index.url}` led pip to `{index.origin.url('')}")
        assert error.message.endswith(", which is plain http")


def test_a_page_that_redirects_to_another_host(
    around: Surroundings, index: StaticIndex, authority: trustme.CA, authority_file: Path, tmp_path: Path
):
    trusting(around, authority_file)
    around.configure("environment", {"trusted-host": "127.0.0.1 localhost"})
    index.origin.host = "localhost"
    first = StaticIndex(HostileServer("http", "127.0.0.1", index.origin.port, index.origin.routes), "/mirror/")
    index.origin.redirect(f"/mirror/{NAME}/", f"{index.url}{NAME}/")
    for error in led(around, first, tmp_path):
        assert error.message == f"`{first.url}` leads to another index, `{index.url}{NAME}/`"
        assert "answer 404" in (error.hint or "")


def test_a_page_that_redirects_within_its_host(around: Surroundings, index: StaticIndex, tmp_path: Path):
    """As an index does that knows its distributions by another spelling, or is behind a front on another port."""
    with hostile_server() as front:
        front.redirect(f"/simple/{NAME}/", f"{index.url}{NAME}/")
        assert pip_of(around, StaticIndex(front)).download([PIN], tmp_path / "out")


def test_a_link_that_says_to_be_from_elsewhere(
    around: Surroundings, index: StaticIndex, other_origin: HostileServer, tmp_path: Path
):
    """What a link has in it cannot stand in for the page that it is on."""
    other_origin.host = "localhost"
    evil = StaticIndex(other_origin)
    evil.add(NAME, "0.1.0")
    link = f"{other_origin.url(file_of(evil))}?a (from {index.url})"
    evil.page(NAME, f'<a href="{link}" data-requires-python="&gt;=3 (from {index.url})">{NAME}-0.1.0</a>')
    index.origin.redirect(f"/simple/{NAME}/", f"{evil.url}{NAME}/")
    around.configure("environment", {"trusted-host": "127.0.0.1 localhost"})
    for error in led(around, index, tmp_path):
        assert error.message == f"`{index.url}` leads to another index, `{evil.url}{NAME}/`"


def test_the_source_refuses_another_host_whoever_reads_the_page(
    around: Surroundings, index: StaticIndex, transport: Callable[..., HttpTransport], tmp_path: Path
):
    """A direct source: where terra reads the page, and where that is left to pip."""
    index.origin.host = "localhost"
    for is_for_pip in (False, True):
        first = StaticIndex(
            HostileServer("http", "127.0.0.1", index.origin.port, index.origin.routes),
            "/mirror/",
            is_for_pip=is_for_pip,
        )
        first.sends_on(NAME, f"{index.url}{NAME}/")
        order = FetchOrder(Locator("pypi", NAME), Anchor("/r"), index=first.url)
        runner = Recording()
        tools = FetchTools(transport(), tmp_path, RecordingReporter(), lambda *_: None, runner, around.all, tmp_path)
        error = failure(lambda: PypiSource().fetch(order, tools), PolicyError)  # noqa: B023
        assert "leads to another index" in error.message
        assert len(runner.commands) == is_for_pip


# What is asked of a keyring ---------------------------------------------------------------------------


def guarded(url: str, name: str) -> str:
    """Return a URL with a name in it, as pip takes it to a keyring: from a redirect. That of a link it forgets."""
    return url.replace("://", f"://{name}@")


def test_that_pip_takes_any_name_to_a_keyring(around: Surroundings, origin: HostileServer, tmp_path: Path):
    """Else the tests below could not fail."""
    index, asked = moved_within(origin, "--list-backends"), around.keyring(LOGIN)
    words = ["-I", "-m", "pip", "download", "--no-input", "--no-deps", "--keyring-provider=subprocess", "-i", index.url]
    command = [str(around.python), *words, "-d", str(tmp_path), NAME]
    subprocess.run(command, env=around.all, capture_output=True, check=False)
    assert f"get {index.url} --list-backends" in asked.read_text()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
@pytest.mark.parametrize("name", ["--list-backends", "alice"])
def test_no_index_has_a_keyring_asked_for_another_host(
    around: Surroundings, origin: HostileServer, other_origin: HostileServer, tmp_path: Path, name: str, host: str
):
    index, files, asked = StaticIndex(origin), private(other_origin), around.keyring(LOGIN)
    url = guarded(other_origin.url(file_of(files)), name).replace("127.0.0.1", host)
    origin.redirect("/files/terra_aws_s3-0.1.0-py3-none-any.whl", url)
    for link in ("/files/terra_aws_s3-0.1.0-py3-none-any.whl", url):
        index.page(NAME, f'<a href="{link}">x</a>')
        pip = pip_of(around, index)
        failure(lambda: pip.download([PIN], tmp_path / "out"), AuthenticationError)  # noqa: B023
        assert not asked.exists()


@pytest.mark.parametrize("name", ["--list-backends", "-x", "a%0Ab"])
def test_no_index_says_an_option_of_a_keyring(around: Surroundings, origin: HostileServer, tmp_path: Path, name: str):
    index, asked = moved_within(origin, name), around.keyring(LOGIN)
    failure(lambda: pip_of(around, index).download([PIN], tmp_path / "out"), AuthenticationError)
    assert not asked.exists()


def test_an_index_that_names_the_user_of_its_keyring(around: Surroundings, origin: HostileServer, tmp_path: Path):
    index, asked = moved_within(origin, "alice"), around.keyring(LOGIN)
    assert pip_of(around, index).download([PIN], tmp_path / "out")
    assert f"get {index.url} alice" in asked.read_text()


def moved_within(origin: HostileServer, name: str) -> StaticIndex:
    """Return an index with a file that redirects to a private place of the same host, with a name in the address."""
    index, files = StaticIndex(origin), StaticIndex(origin, "/private/", login=LOGIN)
    files.add(NAME, "0.1.0")
    origin.redirect("/moved/terra_aws_s3-0.1.0-py3-none-any.whl", guarded(origin.url(file_of(files)), name))
    index.page(NAME, '<a href="/moved/terra_aws_s3-0.1.0-py3-none-any.whl">x</a>')
    return index


def test_a_keyring_of_the_project(around: Surroundings, origin: HostileServer, tmp_path: Path):
    """One that a relative folder of PATH has."""
    asked = around.keyring(LOGIN)
    os.symlink(around.folder / "programs", "programs")
    around.environment["PATH"] = f"programs{os.pathsep}{os.environ['PATH']}"
    pip = pip_of(around, private(origin).url_of("alice"))
    failure(lambda: pip.download([PIN], tmp_path / "out"), AuthenticationError)
    assert not asked.exists()


# The end of terra -------------------------------------------------------------------------------------


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="nothing tells there what a process started")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"])
def test_the_end_of_terra_is_the_end_of_pip(index: StaticIndex, terra_program: Path, tmp_path: Path, name: str):
    """A signal to terra alone, while pip waits for a file; the last one leaves terra no time to do anything."""
    arrived, left = threading.Event(), threading.Event()

    def hang(_: object) -> None:
        arrived.set()
        left.wait(60)

    index.origin.routes[file_of(index)] = hang
    Path("terra.toml").write_text('[project]\nname = "x"\n')
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": index.url}
    words = [str(terra_program), "add", f"pypi:{NAME}==0.1.0"]
    process = subprocess.Popen(words, env=environment, stderr=subprocess.PIPE)
    try:
        assert arrived.wait(60)
        started = descendants(process.pid)
        assert len(started) > 1
        process.send_signal(getattr(signal, name))
        process.communicate(timeout=30)
        deadline = time.monotonic() + 30
        while any(map(is_running, started)) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not [each for each in started if is_running(each)]
        assert Path("terra.toml").read_text() == '[project]\nname = "x"\n'
        assert not {"terra.lock", "plugins"} & set(os.listdir())
    finally:
        left.set()
        process.kill()
        process.wait()


def descendants(pid: int) -> list[int]:
    """Return the processes that a process started, and those that they started."""
    lists = Path(f"/proc/{pid}/task").glob("*/children")
    found = [int(each) for path in lists for each in path.read_text().split()]
    return [*found, *(each for child in found for each in descendants(child))]


def is_running(pid: int) -> bool:
    """Tell whether a process is there, and not only its end that nobody asked about."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_an_interrupt_ends_pip_too(index: StaticIndex, tmp_path: Path):
    """A signal to terra alone, as `kill -INT` sends it."""
    arrived, left = threading.Event(), threading.Event()

    def hang(_: object) -> None:
        arrived.set()
        left.wait(60)

    index.origin.routes[f"/simple/{NAME}/"] = hang
    code = (
        "import sys; from pathlib import Path; from terra.system.pip import Pinned, Pip\n"
        "from terra.system.process import SubprocessRunner; import os\n"
        f"Pip(SubprocessRunner(), os.environ, sys.argv[1]).download([Pinned({NAME!r}, '1')], Path(sys.argv[2]))\n"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "-c", code, index.url, str(tmp_path / "out")], env=environment, stderr=subprocess.DEVNULL
    )
    try:
        assert arrived.wait(60)
        tasks = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        children = tasks.read_text().split() if tasks.exists() else []
        process.send_signal(signal.SIGINT)
        assert process.wait(30)
        assert not [child for child in children if Path(f"/proc/{child}").exists()]
        assert list(tmp_path.glob("terra-pip-*")) == []
    finally:
        left.set()
        process.kill()
        process.wait()
