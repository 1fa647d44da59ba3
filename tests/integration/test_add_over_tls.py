"""The installed command against registries and archives behind TLS: nginx, a forward proxy, and servers that fail."""

from __future__ import annotations

import base64
import http.client
import json
import os
import signal
import ssl
import subprocess
import threading
import time
import tomllib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from support.components import free_port, nginx, tinyproxy
from support.expected import error_of, refused, warnings_of
from support.hostile_server import in_turn
from support.packages import packed, serve, sha256, wheel
from support.project import MAIN, Ended, Terra, snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from support.hostile_server import Handler, HostileServer

pytestmark = [pytest.mark.component, pytest.mark.usefixtures("trusted")]

ENDINGS = {"net-zip": ".zip", "net-tar": ".tar.gz", "net-tgz": ".tgz", "net-xz": ".tar.xz", "net-whl": ".whl"}
FILES = {"main.tf": MAIN, "modules/a/main.tf": "# a\n"}
PAYLOAD = sorted(FILES)
SECRET = "s3cr3t-0f-the-corp"
LOG = """log_format asked escape=json
  '{"path":"$uri","status":$status,"validator":"$http_if_none_match","authorization":"$http_authorization"}';"""


def release(name: str, ending: str) -> tuple[str, bytes]:
    """Return the file name and the bytes of a plugin's 0.1.0 in a form."""
    files = {**FILES, "terra-plugin.toml": f'[plugin]\nname = "{name}"\nversion = "0.1.0"\n'}
    if ending != ".whl":
        return f"{name}-0.1.0{ending}", packed({f"{name}-0.1.0/{path}": data for path, data in files.items()}, ending)
    module = f"terra_{name.replace('-', '_')}"
    held = {f"{module}/payload/{path}": data for path, data in FILES.items()}
    held[f"{module}-0.1.0.dist-info/terra-plugin.toml"] = files["terra-plugin.toml"]
    return wheel(module, "0.1.0", {name: module}, held)


@dataclass(frozen=True)
class Asked:
    """One line of a host's log."""

    path: str
    status: int
    validator: str
    authorization: str


@dataclass(frozen=True)
class Host:
    """A static host behind TLS: what it serves, and what it was asked."""

    url: str
    root: Path
    log: Path
    authority: Path

    @property
    def registry(self) -> str:
        """The address of its registry."""
        return f"{self.url}registry.json"

    @property
    def origin(self) -> str:
        """Scheme, host and port, as `[credentials]` has them."""
        return self.url.rstrip("/")

    @property
    def port(self) -> int:
        """The port of 127.0.0.1."""
        return urlsplit(self.url).port or 0

    @property
    def token_variable(self) -> str:
        """The variable with a token for it."""
        return f"TERRA_TOKEN_LOCALHOST_{self.port}"

    def asked(self) -> list[Asked]:
        """Return the requests so far; one more, left out, makes sure that those before it are in the log."""
        line = http.client.HTTPSConnection(
            "localhost", self.port, context=ssl.create_default_context(cafile=str(self.authority)), timeout=30
        )
        line.request("GET", "/barrier")
        line.getresponse().read()
        line.close()
        lines = [Asked(**json.loads(text)) for text in self.log.read_text().splitlines()]
        return [each for each in lines if each.path != "/barrier"]

    def statuses(self, path: str) -> list[int]:
        """Return how each request for a path was answered."""
        return [each.status for each in self.asked() if each.path == path]

    def forget(self) -> None:
        """Empty the log."""
        self.asked()
        os.truncate(self.log, 0)


@pytest.fixture
def hosting(tmp_path: Path, server_certificate: Path, authority_file: Path) -> Callable[..., Any]:
    """Run hosts; the lines that a call gives go into nginx's `server` block."""
    count = iter(range(9))

    @contextmanager
    def start(extra: str = "") -> Iterator[Host]:
        number = next(count)
        root, folder = tmp_path / f"root-{number}", tmp_path / f"nginx-{number}"
        root.mkdir()
        log = f"access_log {folder}/asked.log asked;"
        with nginx(folder, root, server_certificate, extra=f"{log} {extra}", outside=LOG) as url:
            yield Host(url, root, folder / "asked.log", authority_file)

    return start


@pytest.fixture
def host(hosting: Callable[..., Any]) -> Iterator[Host]:
    """A host that lets everybody in."""
    with hosting() as running:
        yield running


def entries_of(root: Path, *names: str, checksum: bool = True, base: str = "") -> list[dict[str, Any]]:
    """Write releases into a folder and return their entries, with addresses below `base`."""
    entries = []
    for name in names:
        file_name, data = release(name, ENDINGS[name])
        (root / file_name).write_bytes(data)
        entries.append({"name": name, "source": base + file_name, **({"checksum": sha256(data)} if checksum else {})})
    return entries


def publish(host: Host, *names: str, form: str = "list", checksum: bool = True) -> None:
    """Write releases and their registry in one of its forms."""
    entries: Any = entries_of(host.root, *names, checksum=checksum)
    if form == "table":
        plugins = [{"name": each.pop("name"), "versions": {"0.1.0": each}} for each in entries]
        entries = {"terra-registry": 1, "name": "acme", "plugins": plugins}
    (host.root / "registry.json").write_text(json.dumps(entries))


def archive_of(name: str) -> str:
    """Return the path of a plugin's archive on its host."""
    return f"/{release(name, ENDINGS[name])[0]}"


def payload(project: Path, name: str) -> list[str]:
    """Return the files of a vendored plugin."""
    return sorted(path for path in snapshot(project / "plugins" / name) if not path.endswith("/"))


def locked(project: Path) -> dict[str, Any]:
    """Return the lock's plugins by their names."""
    lock = tomllib.loads((project / "terra.lock").read_text())
    return {plugin["id"].partition("@")[0]: plugin for plugin in lock["plugin"]}


def scratch() -> list[str]:
    """Return what commands left behind in the terra home."""
    return [path for path in snapshot(Path(os.environ["TERRA_HOME"]) / "tmp") if path != ".format"]


@pytest.fixture
def second(isolated: Path) -> Path:
    """The folder of another project of the same user."""
    (isolated / "second").mkdir()
    return isolated / "second"


# -- a static host --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["list", "table"])
@pytest.mark.parametrize("name", ENDINGS)
def test_name_from_the_registry_of_the_option(terra: Terra, host: Host, name: str, form: str) -> None:
    publish(host, name, form=form)
    ended = terra("add", name, "--registry", host.registry)
    assert warnings_of(ended) == []
    assert payload(terra.cwd, name) == PAYLOAD
    assert tomllib.loads((terra.cwd / "terra.toml").read_text())["plugins"] == {
        name: {"version": ">=0.1.0,<0.2", "registry": host.registry}
    }
    entry, data = locked(terra.cwd)[name], (host.root / archive_of(name)[1:]).read_bytes()
    assert (entry["id"], entry["registry"]) == (f"{name}@0.1.0", host.registry)
    assert (entry["archive"], entry["size"]) == (sha256(data), len(data))
    assert host.statuses(archive_of(name)) == [200]
    assert scratch() == []


@pytest.mark.parametrize("where", ["", "registry.json"], ids=["folder", "file"])
def test_name_from_a_registry_of_the_project(terra: Terra, host: Host, where: str) -> None:
    publish(host, *ENDINGS)
    table = f'[registries.acme]\nurl = "{host.url}{where}"\n'
    (terra.cwd / "terra.toml").write_text(table)
    terra("add", "net-tar")
    assert payload(terra.cwd, "net-tar") == PAYLOAD
    assert table in (terra.cwd / "terra.toml").read_text()
    lock = tomllib.loads((terra.cwd / "terra.lock").read_text())
    assert lock["plugin"][0]["registry"] == "acme"
    assert lock["registry"] == [{"name": "acme", "location": f"{host.url}{where}"}]
    assert {each.path for each in host.asked() if each.status == 200} == {"/registry.json", archive_of("net-tar")}


def test_second_project_gets_the_archive_from_the_cache(terra: Terra, host: Host, second: Path) -> None:
    publish(host, *ENDINGS)
    terra("add", "net-zip", "--registry", host.registry)
    host.forget()
    terra("add", "net-zip", "--registry", host.registry, cwd=second)
    assert [(each.path, each.status) for each in host.asked()] == [("/registry.json", 304)]
    assert payload(second, "net-zip") == PAYLOAD
    assert (second / "terra.lock").read_bytes() == (terra.cwd / "terra.lock").read_bytes()


def test_second_project_asks_whether_an_archive_without_checksum_changed(
    terra: Terra, host: Host, second: Path
) -> None:
    publish(host, "net-zip", checksum=False)
    first = terra("add", "net-zip", "--registry", host.registry)
    assert any("without a checksum" in text for text in warnings_of(first))
    host.forget()
    terra("add", "net-zip", "--registry", host.registry, cwd=second)
    seen = host.asked()
    assert [(each.path, each.status) for each in seen] == [("/registry.json", 304), (archive_of("net-zip"), 304)]
    assert all(each.validator for each in seen)
    assert payload(second, "net-zip") == PAYLOAD


def test_second_project_gets_an_archive_without_checksum_that_changed(terra: Terra, host: Host, second: Path) -> None:
    publish(host, "net-tar", checksum=False)
    terra("add", "net-tar", "--registry", host.registry)
    (host.root / archive_of("net-tar")[1:]).write_bytes(packed({"main.tf": "# newer\n"}, ".tar.gz"))
    terra("add", "net-tar", "--registry", host.registry, cwd=second)
    assert (second / "plugins/net-tar/main.tf").read_text() == "# newer\n"
    assert host.statuses(archive_of("net-tar")) == [200, 200]


def test_project_of_the_lock_asks_for_nothing_that_is_cached(terra: Terra, host: Host, second: Path) -> None:
    publish(host, *ENDINGS)
    terra("add", *ENDINGS, "--registry", host.registry)
    for name in ("terra.toml", "terra.lock"):
        (second / name).write_bytes((terra.cwd / name).read_bytes())
    host.forget()
    terra("add", *ENDINGS, cwd=second)
    assert [each for each in host.asked() if each.path != "/registry.json"] == []
    assert all(payload(second, name) == PAYLOAD for name in ENDINGS)


def test_five_plugins_at_once(terra: Terra, host: Host) -> None:
    publish(host, *ENDINGS)
    terra("add", *ENDINGS, "--registry", host.registry)
    assert sorted(locked(terra.cwd)) == sorted(ENDINGS)
    assert all(payload(terra.cwd, name) == PAYLOAD for name in ENDINGS)
    expected = [("/registry.json", 200), *((archive_of(name), 200) for name in ENDINGS)]
    assert sorted((each.path, each.status) for each in host.asked()) == sorted(expected)
    assert len({entry["tree"] for entry in locked(terra.cwd).values()}) == 1, "one payload, whatever carried it"


def test_five_plugins_are_fetched_side_by_side(terra: Terra, tls_origin: HostileServer, tmp_path: Path) -> None:
    """No archive comes before all five were asked for."""
    together = threading.Barrier(len(ENDINGS))

    def wait_for_all(data: bytes) -> Callable[[Handler], None]:
        def route(handler: Handler) -> None:
            try:
                together.wait(20)
            except threading.BrokenBarrierError:
                handler.answer(404)
            else:
                handler.answer(200, data)

        return route

    entries = entries_of(tmp_path, *ENDINGS)
    tls_origin.routes["/registry.json"] = serve(json.dumps(entries).encode())
    for name in ENDINGS:
        tls_origin.routes[archive_of(name)] = wait_for_all((tmp_path / archive_of(name)[1:]).read_bytes())
    terra("add", *ENDINGS, "--registry", tls_origin.url("/registry.json"))
    assert sorted(locked(terra.cwd)) == sorted(ENDINGS)


def test_one_of_five_fails(terra: Terra, host: Host) -> None:
    publish(host, *ENDINGS)
    (host.root / archive_of("net-xz")[1:]).unlink()
    words = ("add", *ENDINGS, "--registry", host.registry)
    refused(terra, *words, exit=4, says=[archive_of("net-xz"), "404"], hint=None)
    assert scratch() == []


def test_offline_in_a_fresh_project(terra: Terra, host: Host, second: Path) -> None:
    publish(host, "net-zip", "net-tar")
    terra("add", "net-zip", "--registry", host.registry)
    host.forget()
    terra("--offline", "add", "net-zip", "--registry", host.registry, cwd=second)
    assert payload(second, "net-zip") == PAYLOAD
    assert (second / "terra.lock").read_bytes() == (terra.cwd / "terra.lock").read_bytes()
    before = snapshot(second)
    never = terra("--offline", "add", "net-tar", "--registry", host.registry, cwd=second, exit=4)
    assert "without `--offline`" in error_of(never)[1]
    assert snapshot(second) == before
    assert host.asked() == []


def test_authority_that_is_not_trusted(terra: Terra, host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(host, "net-zip")
    monkeypatch.delenv("SSL_CERT_FILE")
    words = ("add", "net-zip", "--registry", host.registry)
    refused(terra, *words, exit=4, says=[f"the certificate of `{host.origin}`"], hint="SSL_CERT_FILE")
    address = f"{host.origin}{archive_of('net-zip')}"
    refused(terra, "add", address, exit=4, says=[f"the certificate of `{host.origin}`"], hint="SSL_CERT_FILE")
    assert list(terra.cwd.iterdir()) == []
    assert host.asked() == []


@pytest.mark.parametrize("form", ["list", "table"])
def test_checksum_that_the_server_does_not_keep(terra: Terra, host: Host, form: str) -> None:
    publish(host, "net-zip", form=form)
    archive = host.root / archive_of("net-zip")[1:]
    promised = sha256(archive.read_bytes())
    archive.write_bytes(packed({"main.tf": "# another\n"}, ".zip"))
    texts = [f"expected {promised}", f"got {sha256(archive.read_bytes())}"]
    refused(terra, "add", "net-zip", "--registry", host.registry, exit=5, says=texts, hint="publishes")
    assert scratch() == []


# -- credentials ----------------------------------------------------------------------------------------------


@pytest.fixture
def with_password(hosting: Callable[..., Any], tmp_path: Path) -> Iterator[Host]:
    """A host that asks for the name `me` and the secret as its password."""
    users = tmp_path / "users"
    users.write_text(f"me:{{PLAIN}}{SECRET}\n")
    with hosting(f'auth_basic "corp"; auth_basic_user_file {users};') as running:
        publish(running, *ENDINGS)
        yield running


@pytest.fixture
def with_token(hosting: Callable[..., Any]) -> Iterator[Host]:
    """A host that asks for the secret as a bearer token."""
    with hosting(f'if ($http_authorization != "Bearer {SECRET}") {{ return 401; }}') as running:
        publish(running, *ENDINGS)
        yield running


def give_by_netrc(host: Host, folder: Path) -> dict[str, str]:
    netrc = folder / "netrc"
    netrc.write_text(f"machine localhost:{host.port} login me password {SECRET}\n")
    netrc.chmod(0o600)
    return {"NETRC": str(netrc)}


def give_by_config(host: Host, **lines: str) -> None:
    home = Path(os.environ["TERRA_HOME"])
    home.mkdir(exist_ok=True)
    text = "".join(f'{name} = "{value}"\n' for name, value in lines.items())
    (home / "config.toml").write_text(f'[credentials."{host.origin}"]\n{text}')
    (home / "config.toml").chmod(0o600)


def has_no_secret(terra: Terra, *ended: Ended) -> None:
    """Look for the secret, plain and as it is sent, in what was printed and in every file that was written."""
    sent = base64.b64encode(f"me:{SECRET}".encode()).decode()
    places = [part for each in ended for part in (each.out, each.err)]
    for folder in (terra.cwd, Path(os.environ["TERRA_HOME"])):
        files = [path for path in folder.rglob("*") if path.is_file() and path.name != "config.toml"]
        assert files
        places += [path.read_bytes().decode("latin-1") for path in files]
    assert [text for text in places if SECRET in text or sent in text] == []


@pytest.mark.parametrize("asks", ["with_password", "with_token"])
def test_host_that_asks_who_is_there(terra: Terra, request: pytest.FixtureRequest, asks: str) -> None:
    host = request.getfixturevalue(asks)
    says = [f"`{host.origin}` asks for credentials", "401"]
    ended = refused(terra, "add", "net-zip", "--registry", host.registry, exit=4, says=says, hint=host.token_variable)
    hint = error_of(ended)[1]
    assert f'[credentials."{host.origin}"]' in hint
    assert f"machine localhost:{host.port}" in hint
    assert {each.authorization for each in host.asked()} == {""}


def test_password_of_netrc(terra: Terra, with_password: Host, tmp_path: Path) -> None:
    netrc = give_by_netrc(with_password, tmp_path)
    ended = terra("add", "net-zip", "net-whl", "--registry", with_password.registry, "-v", **netrc)
    assert payload(terra.cwd, "net-zip") == payload(terra.cwd, "net-whl") == PAYLOAD
    has_no_secret(terra, ended, terra("info", "net-zip", "--json", **netrc), terra("doctor", exit=None, **netrc))


def test_password_of_the_users_config(terra: Terra, with_password: Host) -> None:
    give_by_config(with_password, username="me", password=SECRET)
    ended = terra("add", "net-zip", "--registry", with_password.registry, "-v")
    assert payload(terra.cwd, "net-zip") == PAYLOAD
    has_no_secret(terra, ended, terra("info", "net-zip", "--json"), terra("doctor", exit=None))


def test_token_of_the_users_config(terra: Terra, with_token: Host) -> None:
    give_by_config(with_token, token=SECRET)
    ended = terra("add", *ENDINGS, "--registry", with_token.registry, "-v")
    assert sorted(locked(terra.cwd)) == sorted(ENDINGS)
    has_no_secret(terra, ended, terra("info", "net-zip", "--json"), terra("doctor", exit=None))


def test_token_of_the_environment(terra: Terra, with_token: Host) -> None:
    token = {with_token.token_variable: SECRET}
    ended = terra("add", *ENDINGS, "--registry", with_token.registry, "-v", **token)
    assert sorted(locked(terra.cwd)) == sorted(ENDINGS)
    assert {each.authorization for each in with_token.asked()} == {f"Bearer {SECRET}"}
    has_no_secret(terra, ended, terra("info", "net-zip", "--json", **token), terra("doctor", exit=None, **token))


def test_credentials_that_are_refused(terra: Terra, with_token: Host) -> None:
    wrong = {with_token.token_variable: f"{SECRET}-of-last-year"}
    words = ("add", "net-zip", "--registry", with_token.registry, "-v")
    ended = refused(terra, *words, exit=4, says=[with_token.origin, with_token.token_variable], hint="", **wrong)
    assert SECRET not in ended.err
    assert with_token.statuses("/registry.json") == [401], "it is asked once"


@pytest.mark.parametrize("how", ["named", "redirected"])
@pytest.mark.parametrize("given", ["environment", "config", "netrc"])
def test_credentials_stay_with_their_origin(
    terra: Terra, hosting: Callable[..., Any], tmp_path: Path, given: str, how: str
) -> None:
    with hosting() as other, hosting(f"location /moved/ {{ return 302 {other.url}; }}") as corp:
        address = other.url if how == "named" else f"{corp.url}moved/"
        entries = entries_of(other.root, "net-zip", base=address)
        (corp.root / "registry.json").write_text(json.dumps(entries))
        if how == "redirected":  # nginx answers with the same place, whatever was asked for
            (other.root / "index.html").write_bytes((other.root / archive_of("net-zip")[1:]).read_bytes())
        environment = {}
        if given == "config":
            give_by_config(corp, token=SECRET)
        elif given == "netrc":
            environment = give_by_netrc(corp, tmp_path)
        else:
            environment = {corp.token_variable: SECRET}
        terra("add", "net-zip", "--registry", corp.registry, **environment)
        assert all(each.authorization for each in corp.asked())
        assert [(each.status, each.authorization) for each in other.asked()] == [(200, "")]


# -- a forward proxy ------------------------------------------------------------------------------------------


def through(port: int, login: str = "") -> dict[str, str]:
    return {"HTTPS_PROXY": f"http://{login}127.0.0.1:{port}"}


@pytest.mark.parametrize("login", [None, ("terra", SECRET)], ids=["open", "closed"])
def test_through_a_proxy(terra: Terra, host: Host, tmp_path: Path, login: tuple[str, str] | None) -> None:
    publish(host, *ENDINGS)
    with tinyproxy(tmp_path / "proxy", login) as proxy:
        text = f"{':'.join(login)}@" if login else ""
        ended = terra("add", *ENDINGS, "--registry", host.registry, "-v", **through(proxy.port, text))
        assert f"CONNECT localhost:{host.port}" in proxy.asked()
    assert sorted(locked(terra.cwd)) == sorted(ENDINGS)
    has_no_secret(terra, ended)


@pytest.mark.parametrize("login", ["", "terra:wr0ng@"], ids=["nothing", "wrong"])
def test_proxy_that_wants_another_password(terra: Terra, host: Host, tmp_path: Path, login: str) -> None:
    publish(host, "net-zip")
    with tinyproxy(tmp_path / "proxy", ("terra", SECRET)) as proxy:
        words = ("add", "net-zip", "--registry", host.registry, "-v")
        says = [f"the proxy `http://127.0.0.1:{proxy.port}`"]
        ended = refused(terra, *words, exit=4, says=says, hint="NAME:PASSWORD", **through(proxy.port, login))
    assert "wr0ng" not in ended.err
    assert host.asked() == []


def test_past_the_proxy(terra: Terra, host: Host) -> None:
    publish(host, "net-zip")
    nobody = through(free_port(), f"terra:{SECRET}@")
    terra("add", "net-zip", "--registry", host.registry, **nobody, NO_PROXY="localhost")
    assert payload(terra.cwd, "net-zip") == PAYLOAD
    ended = terra("add", "net-tar", "--registry", host.registry, exit=4, **nobody, NO_PROXY="terra.example")
    assert "the proxy `http://127.0.0.1" in ended.err
    assert SECRET not in ended.err


# -- servers that fail ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Failing:
    """A server with one plugin, whose routes a test takes over."""

    server: HostileServer
    entry: bytes
    archive: bytes

    @property
    def registry(self) -> str:
        """The address of its registry."""
        return self.server.url("/registry.json")


@pytest.fixture
def failing(tls_origin: HostileServer, tmp_path: Path) -> Failing:
    """A server that has not failed yet."""
    entry = json.dumps(entries_of(tmp_path, "net-zip", "net-tar")).encode()
    tls_origin.routes["/registry.json"] = serve(entry)
    for name in ("net-zip", "net-tar"):
        tls_origin.routes[archive_of(name)] = serve((tmp_path / archive_of(name)[1:]).read_bytes())
    return Failing(tls_origin, entry, (tmp_path / archive_of("net-zip")[1:]).read_bytes())


@pytest.mark.parametrize("path", ["/registry.json", archive_of("net-zip")], ids=["registry", "archive"])
@pytest.mark.parametrize("how", ["drops", "cuts"])
def test_connection_that_fails_twice_is_tried_again(terra: Terra, failing: Failing, path: str, how: str) -> None:
    def cut(handler: Handler) -> None:
        handler.head(Content_Length="1000")
        handler.wfile.write(b"[" * 10)

    fail = failing.server.routes["/reset"] if how == "drops" else cut
    failing.server.routes[path] = in_turn(fail, fail, failing.server.routes[path])
    terra("add", "net-zip", "--registry", failing.registry)
    assert len(failing.server.headers(path)) == 3
    assert payload(terra.cwd, "net-zip") == PAYLOAD
    assert scratch() == []


def test_archive_that_ends_too_early(terra: Terra, failing: Failing) -> None:
    def cut(handler: Handler) -> None:
        handler.head(Content_Length=str(len(failing.archive)))
        handler.wfile.write(failing.archive[:-10])

    failing.server.routes[archive_of("net-zip")] = cut
    words = ("add", "net-zip", "--registry", failing.registry)
    refused(terra, *words, exit=4, says=[failing.server.url(archive_of("net-zip")), "incomplete"], hint=None)
    assert scratch() == []
    assert not list(Path(os.environ["TERRA_HOME"], "plugins").glob("*/*"))


@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
@pytest.mark.parametrize("names", [("net-zip",), ("net-zip", "net-tar")], ids=["one", "two"])
def test_interrupted_while_an_archive_comes(terra: Terra, failing: Failing, names: tuple[str, ...]) -> None:
    """The rest of an archive comes only after the command has ended: it cannot wait for it."""
    ended = threading.Event()

    def stall(handler: Handler) -> None:
        handler.head(Content_Length="500000")
        handler.wfile.write(b"x" * 250_000)
        handler.wfile.flush()
        ended.wait(60)

    terra("add", "net-zip", "--registry", failing.registry)
    (terra.cwd / "plugins/net-zip/mine.tf").write_text("# mine\n")
    for name in names:
        failing.server.routes[f"/stalled-{name}.zip"] = stall
    before = snapshot(terra.cwd)
    addresses = [failing.server.url(f"/stalled-{name}.zip") for name in names]
    process = begin(terra, "add", *addresses)
    try:
        wait_until(lambda: len(half_written()) == len(names))
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    finally:
        ended.set()
        process.kill()
        process.communicate()
    assert process.returncode == 130, out + err
    assert "interrupted" in err
    assert "Traceback" not in err
    assert snapshot(terra.cwd) == before
    assert scratch() == []


def half_written() -> list[Path]:
    """Return the downloads that have begun to arrive."""
    found = Path(os.environ["TERRA_HOME"], "tmp").glob("run-*/*")
    return [path for path in found if path.is_file() and path.stat().st_size]


def wait_until(holds: Callable[[], bool]) -> None:
    ends = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < ends, "it did not come to that"
        time.sleep(0.02)


def begin(terra: Terra, *words: str) -> subprocess.Popen[str]:
    """Start a run that heeds Ctrl-C, also where this process was started without it, in the background of a shell."""
    inherited = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return subprocess.Popen(
            [terra.program, *words],
            cwd=terra.cwd,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    finally:
        signal.signal(signal.SIGINT, inherited)
