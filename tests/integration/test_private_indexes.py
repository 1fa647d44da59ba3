"""The installed command against real package indexes: public and private, by every way in that pip knows."""

from __future__ import annotations

import os
import shutil
import tomllib
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from support.components import free_port, nginx, tinyproxy
from support.expected import error_of, refused
from support.hostile_server import HostileServer
from support.keyrings import keyring
from support.package_indexes import (
    LOGIN,
    PackageIndex,
    devpi,
    plugin_wheel,
    pypiserver,
    with_login,
    write_simple_tree,
)
from support.project import Ended, Terra

if TYPE_CHECKING:
    from collections.abc import Iterator

    import trustme

pytestmark = pytest.mark.component

NAME, PASSWORD = LOGIN
WRONG = "wr0ng"
WHEELS = (plugin_wheel("aws-s3"), plugin_wheel("my-company/vpc"), plugin_wheel("aws-kms", manifest_name="other"))


@pytest.fixture(scope="module", params=["pypiserver", "devpi"])
def public(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PackageIndex]:
    """An index that everybody may read: one that serves HTML alone, and one that serves JSON."""
    yield from _index(request.param, tmp_path_factory.mktemp("index"), private=False)


@pytest.fixture(scope="module", params=["pypiserver", "devpi"])
def private(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PackageIndex]:
    """An index that answers 401 to whoever is not known."""
    yield from _index(request.param, tmp_path_factory.mktemp("index"), private=True)


def _index(kind: str, folder: Path, *, private: bool) -> Iterator[PackageIndex]:
    with ExitStack() as stack:
        if kind == "pypiserver":
            yield stack.enter_context(pypiserver(folder / kind, *WHEELS, private=private))
        else:
            index = stack.enter_context(devpi(folder / kind, private=private))
            index.upload(folder / "wheels", *WHEELS)
            yield index


class Scene:
    """A project, the user's own settings, and what was run."""

    def __init__(self, terra: Terra, root: Path) -> None:
        self.terra = terra
        self.root = root
        self.folder = root / "work"
        self.home = root / "terra"
        self.home.mkdir(exist_ok=True)

    def project(self, url: str | None, more: str = "") -> None:
        """Let terra.toml name the index."""
        (self.folder / "terra.toml").write_text(_table(url) + more)

    def users(self, url: str | None) -> None:
        """Let the user's own config.toml name the index."""
        (self.home / "config.toml").write_text(_table(url))

    def netrc(self, url: str, password: str = PASSWORD) -> None:
        """Write a netrc entry; pip looks for the host alone, terra for host and port."""
        place = urlsplit(url)
        machines = {place.hostname, f"{place.hostname}:{place.port}"}
        lines = [f"machine {each} login {NAME} password {password}\n" for each in sorted(map(str, machines))]
        path = self.root / "home" / ".netrc"
        path.write_text("".join(lines))
        path.chmod(0o600)

    def path_with_keyring(self, service: str, name: str = NAME) -> str:
        """Return a PATH with a keyring that has the password."""
        folder = keyring(self.root / "keyring", {service: {name: PASSWORD}})
        return f"{folder}{os.pathsep}{os.environ['PATH']}"

    def added(self, name: str = "aws-s3", **environment: str) -> Ended:
        """Add a plugin, and look at what came; nothing that was printed or written has a password in it."""
        ended = self.terra("add", name, **environment)
        assert (self.folder / "plugins" / name / "main.tf").read_text().startswith('output "id"')
        lock = (self.folder / "terra.lock").read_text()
        (locked,) = [each for each in tomllib.loads(lock)["plugin"] if each["id"].startswith(f"{name}@")]
        assert locked["source"] == f"pypi:terra-{name.replace('/', '-')}=={locked['id'].partition('@')[2]}"
        assert locked["archive"].startswith("sha256-")
        for text in (ended.out, ended.err, lock, (self.folder / "terra.toml").read_text()):
            assert PASSWORD not in text
        return ended

    def forget(self) -> None:
        """Leave what is committed but for the plugins, and the user's settings: another machine."""
        shutil.rmtree(self.folder / "plugins")
        for folder in self.home.iterdir():
            if folder.is_dir():
                shutil.rmtree(folder)

    def locked(self) -> dict[str, str]:
        """Return the locked versions."""
        lock = tomllib.loads((self.folder / "terra.lock").read_text())
        return dict(each["id"].split("@") for each in lock["plugin"])


def _table(url: str | None) -> str:
    line = f'url = "{url}"\n' if url else ""
    return f'[registries.mirror]\nkind = "pypi"\n{line}'


@pytest.fixture
def scene(terra: Terra, isolated: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    """No configuration of pip's but what the test gives it."""
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return Scene(terra, isolated)


# An index that everybody may read


def test_add_and_add_again_from_the_lock(scene: Scene, public: PackageIndex):
    scene.project(public.simple)
    scene.added()
    scene.added("my-company/vpc")
    lock = (scene.folder / "terra.lock").read_bytes()
    assert b"pypi:" + public.simple.encode() in lock
    scene.forget()
    scene.terra("add", "aws-s3", "my-company/vpc")
    assert (scene.folder / "plugins/aws-s3/main.tf").exists()
    assert (scene.folder / "plugins/my-company/vpc/main.tf").exists()
    assert (scene.folder / "terra.lock").read_bytes() == lock


def test_offline_what_was_read_is_known(scene: Scene, public: PackageIndex):
    scene.project(public.simple)
    scene.terra("info", "aws-s3")
    assert scene.terra("--offline", "info", "aws-s3").out.startswith("aws-s3 0.1.0")
    scene.terra("--offline", "info", "my-company/vpc", exit=4)


def test_an_unknown_name(scene: Scene, public: PackageIndex):
    scene.project(public.simple)
    refused(scene.terra, "add", "nowhere", exit=3, says=["`nowhere` is not in `mirror`"], hint="")


def test_the_manifest_must_have_the_name(scene: Scene, public: PackageIndex):
    scene.project(public.simple)
    refused(scene.terra, "add", "aws-kms", exit=5, says=["aws-kms", "other"], hint="")


def test_the_next_registry_is_asked_for_what_the_index_has_not(scene: Scene, public: PackageIndex, workspace):
    workspace.simple("naming")
    scene.project(public.simple, f'[registries.own]\nurl = "{workspace.registry.as_posix()}"\n')
    scene.terra("add", "naming")
    assert scene.locked() == {"naming": "0.1.0"}


# Ways in


def test_the_url_of_the_users_own_file(scene: Scene, private: PackageIndex):
    scene.users(private.with_login(NAME, PASSWORD))
    (scene.folder / "terra.toml").write_text("")
    scene.added()
    assert f"{NAME}@" not in (scene.folder / "terra.lock").read_text()
    scene.forget()
    scene.added()


@pytest.mark.parametrize("where", ["url", "credentials"])
def test_the_login_of_the_users_own_file_for_the_index_that_the_project_names(
    scene: Scene, private: PackageIndex, where: str
):
    scene.project(private.simple)
    if where == "url":
        scene.users(private.with_login(NAME, PASSWORD))
    else:
        place = urlsplit(private.simple)
        login = f'username = "{NAME}"\npassword = "{PASSWORD}"\n'
        (scene.home / "config.toml").write_text(f'[credentials."{place.scheme}://{place.netloc}"]\n{login}')
    scene.added()


def test_netrc(scene: Scene, private: PackageIndex):
    scene.project(private.simple)
    scene.netrc(private.simple)
    scene.added("my-company/vpc")


def test_netrc_for_the_host_on_any_port(scene: Scene, private: PackageIndex):
    """That is how pip reads it; the checksum of the index's page is known then."""
    scene.project(private.simple, "[policy]\nrequire-checksum = true\n")
    netrc = scene.root / "home" / ".netrc"
    netrc.write_text(f"machine {urlsplit(private.simple).hostname} login {NAME} password {PASSWORD}\n")
    netrc.chmod(0o600)
    scene.added()


def test_a_password_given_to_registry_add(scene: Scene, private: PackageIndex):
    (scene.folder / "terra.toml").write_text("")
    url = private.with_login(NAME, PASSWORD)
    ended = refused(
        scene.terra, "registry", "add", "mirror", url, "--kind", "pypi", exit=2, says=["password"], hint="config.toml"
    )
    assert PASSWORD not in ended.err


@pytest.mark.parametrize("service", ["url", "host"])
def test_keyring_without_a_name(scene: Scene, private: PackageIndex, service: str):
    scene.project(private.simple)
    kept_for = private.simple if service == "url" else urlsplit(private.simple).netloc
    scene.added(PATH=scene.path_with_keyring(kept_for))


def test_keyring_with_the_name_in_the_url(scene: Scene, private: PackageIndex):
    scene.project(private.with_login(NAME))
    scene.added(PATH=scene.path_with_keyring(private.simple))


def test_pip_is_configured_with_it(scene: Scene, private: PackageIndex, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("PIP_CONFIG_FILE")
    settings = scene.root / "home/.config/pip/pip.conf"
    settings.parent.mkdir(parents=True)
    settings.write_text(f"[global]\nindex-url = {private.with_login(NAME, PASSWORD)}\n")
    scene.project(None)
    scene.added()


# No way in


@pytest.mark.parametrize("way", ["nothing", "url", "netrc", "keyring"])
def test_not_let_in(scene: Scene, private: PackageIndex, way: str):
    scene.project(private.simple)
    path = os.environ["PATH"]
    if way == "url":
        (scene.folder / "terra.toml").write_text("")
        scene.users(private.with_login(NAME, WRONG))
    elif way == "netrc":
        scene.netrc(private.simple, WRONG)
    elif way == "keyring":
        path = f"{keyring(scene.root / 'keyring', {private.simple: {NAME: WRONG}})}{os.pathsep}{path}"
    for words in (("-v", "add", "aws-s3"), ("--json", "add", "nowhere")):
        ended = scene.terra(*words, exit=4, PATH=path)
        said = ended.out + ended.err
        assert "status 401" in said or ("status 403" in said and way != "nothing"), said
        assert "config.toml" in said
        for secret in (WRONG, PASSWORD):
            assert secret not in said
    assert not (scene.folder / "plugins").exists()


def test_a_password_is_not_for_the_repositorys_file(scene: Scene):
    scene.project("https://joe:s3cret@index.example/simple/")
    ended = refused(scene.terra, "add", "aws-s3", exit=2, says=["registries.mirror.url"], hint="")
    assert "s3cret" not in ended.err


@pytest.mark.parametrize("command", ["add", "info"])
def test_nobody_there(scene: Scene, command: str):
    scene.project(f"http://127.0.0.1:{free_port()}/simple/")
    error, _ = error_of(scene.terra(command, "aws-s3", exit=4))
    assert "connection refused" in error


def test_it_sends_us_on_to_another_index(scene: Scene, origin: HostileServer):
    origin.redirect("/simple/terra-aws-s3/", f"http://localhost:{origin.port}/public/terra-aws-s3/")
    origin.routes["/public/terra-aws-s3/"] = lambda handler: handler.answer(
        200, b'<a href="terra_aws_s3-9.9.9-py3-none-any.whl">x</a>', **{"Content-Type": "text/html"}
    )
    scene.project(origin.url("/simple/"))
    refused(scene.terra, "add", "aws-s3", exit=5, says=["leads to another index", "localhost"], hint="registry's `url`")


# TLS and proxies


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Plain files for a web server: a yanked version, one for another Python, some without a wheel or hashes."""
    root = tmp_path / "tree"
    old, new, newest, sdist = (plugin_wheel("aws-s3", each) for each in ("0.1.0", "0.2.0", "0.3.0", "0.4.0"))
    marks = {new[0]: 'data-yanked="leaks"', newest[0]: 'data-requires-python="&gt;=99"'}
    others = {sdist[0].replace("-py3-none-any.whl", ".tar.gz"): b"", "terra_aws_s3-0.5.0.post1-py3-none-any.whl": b""}
    write_simple_tree(root, dict([old, new, newest]) | others, marks)
    write_simple_tree(root, dict([plugin_wheel("aws-sqs")]), hashes=False)
    return root


INDEX_FILES = "index index.html; types { text/html html; }"


def test_which_versions_there_are(scene: Scene, tree: Path, tmp_path: Path):
    with nginx(tmp_path / "nginx", tree, extra=INDEX_FILES) as url:
        scene.project(f"{url}simple/")
        ended = scene.added()
        assert scene.locked() == {"aws-s3": "0.1.0"}
        said = scene.terra("-v", "info", "aws-s3").err
        for each in ("0.3.0: needs Python >=99", "0.4.0: no wheel", "0.5.0.post1: cannot be ordered"):
            assert each in said
            assert each not in ended.err
        scene.added("aws-sqs")
        scene.terra("add", "aws-s3@0.2.0")
        assert scene.locked()["aws-s3"] == "0.2.0"
        scene.terra("add", "aws-s3@0.3.0", exit=3)


def test_other_bytes_than_the_index_says(scene: Scene, tree: Path, tmp_path: Path):
    (tree / "files/terra_aws_s3-0.1.0-py3-none-any.whl").write_bytes(plugin_wheel("aws-s3", "0.1.0", main="# evil")[1])
    with nginx(tmp_path / "nginx", tree, extra=INDEX_FILES) as url:
        scene.project(f"{url}simple/")
        scene.terra("add", "aws-s3", exit=5)
    assert not (scene.folder / "plugins").exists()


def test_a_private_authority(scene: Scene, tree: Path, tmp_path: Path, server_certificate: Path, authority_file: Path):
    with nginx(tmp_path / "nginx", tree, server_certificate, INDEX_FILES) as url:
        scene.project(f"{url}simple/")
        error, hint = error_of(scene.terra("add", "aws-s3", exit=4))
        assert "certificate" in error
        assert "SSL_CERT_FILE" in hint
        scene.added(SSL_CERT_FILE=str(authority_file))


def test_an_authority_that_only_pip_knows(
    scene: Scene, tree: Path, tmp_path: Path, server_certificate: Path, authority_file: Path
):
    with nginx(tmp_path / "nginx", tree, server_certificate, INDEX_FILES) as url:
        scene.project(f"{url}simple/")
        scene.added(PIP_CERT=str(authority_file))
        scene.terra("add", "nowhere", exit=3, PIP_CERT=str(authority_file))


def test_a_client_certificate(
    scene: Scene, tree: Path, tmp_path: Path, server_certificate: Path, authority: trustme.CA, authority_file: Path
):
    own = tmp_path / "client.pem"
    authority.issue_cert("joe@corp.example").private_key_and_cert_chain_pem.write_to_path(str(own))
    asks = f"{INDEX_FILES} ssl_client_certificate {authority_file}; ssl_verify_client on;"
    pips = {"PIP_CERT": str(authority_file), "SSL_CERT_FILE": str(authority_file)}
    with nginx(tmp_path / "nginx", tree, server_certificate, asks) as url:
        scene.project(f"{url}simple/")
        scene.terra("add", "aws-s3", exit=4, **pips)
        scene.added(**pips, PIP_CLIENT_CERT=str(own))
        scene.terra("add", "nowhere", exit=3, **pips, PIP_CLIENT_CERT=str(own))


def test_a_proxy(scene: Scene, public: PackageIndex, tmp_path: Path):
    scene.project(public.simple)
    with tinyproxy(tmp_path / "proxy") as proxy:
        scene.added(http_proxy=f"http://127.0.0.1:{proxy.port}")
        assert "terra-aws-s3" in proxy.asked()


def test_a_proxy_that_asks_who_is_there(scene: Scene, public: PackageIndex, tmp_path: Path):
    scene.project(public.simple)
    with tinyproxy(tmp_path / "proxy", login=("ann", "pr0xy")) as proxy:
        error, hint = error_of(scene.terra("add", "aws-s3", exit=4, http_proxy=f"http://127.0.0.1:{proxy.port}"))
        assert f"the proxy `http://127.0.0.1:{proxy.port}` asks for credentials" in error
        assert "proxy variable" in hint
        ended = scene.added(http_proxy=f"http://ann:pr0xy@127.0.0.1:{proxy.port}")
        assert "pr0xy" not in ended.err


def test_a_proxy_that_only_pip_knows(
    scene: Scene, tree: Path, tmp_path: Path, server_certificate: Path, authority_file: Path
):
    settings = {"PIP_CERT": str(authority_file), "SSL_CERT_FILE": str(authority_file)}
    with (
        nginx(tmp_path / "nginx", tree, server_certificate, INDEX_FILES) as url,
        tinyproxy(tmp_path / "proxy") as proxy,
    ):
        scene.project(f"{url}simple/")
        dead = {"https_proxy": f"http://127.0.0.1:{free_port()}"}
        scene.terra("add", "aws-s3", exit=4, **settings, **dead)
        scene.added(**settings, **dead, PIP_PROXY=f"http://127.0.0.1:{proxy.port}")


def test_with_login():
    assert with_login("https://h/simple/", "joe") == "https://joe@h/simple/"
