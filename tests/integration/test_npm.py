"""The npm door with a real npm registry, verdaccio, and with servers that do what it would not."""

from __future__ import annotations

import json
import os
import shutil
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from support.packages import serve
from support.project import MAIN, snapshot, write_files
from support.verdaccio import sri, tarball, verdaccio

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.hostile_server import HostileServer
    from support.project import Terra, Workspace
    from support.verdaccio import Verdaccio

pytestmark = pytest.mark.component
DOCUMENT = "/@terra%2Faws-sqs"  # as it comes over the wire
FILES = {"main.tf": MAIN}


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Verdaccio]:
    """An npm registry with some packages."""
    with verdaccio(tmp_path_factory.mktemp("npm") / "verdaccio") as running:
        for version in ("0.1.0", "0.1.1", "0.2.0"):
            running.publish("@terra/aws-sqs", version, {"main.tf": f"# {version}\n{MAIN}"})
        running.publish("@terra/aws-sqs", "0.3.0-rc.1", FILES, tag="next")
        running.publish("terra-plain", "1.0.0", FILES)
        running.publish("@private/vpc", "1.0.0", FILES)
        yield running


@pytest.fixture(autouse=True)
def no_settings_of_the_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Cut the test off from npm's settings, and from Node: what terra needs of npm it does itself."""
    for name in list(os.environ):
        if name.lower().startswith("npm_") or name.startswith("NODE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert shutil.which("node") is None
    assert shutil.which("npm") is None


@pytest.fixture
def configured(registry: Verdaccio, terra: Terra) -> Verdaccio:
    """The registry, with the project's `.npmrc` naming it."""
    (terra.cwd / ".npmrc").write_text(f"registry={registry.url}\n")
    return registry


def locked(terra: Terra) -> list[dict[str, Any]]:
    """Return the plugins of the lock."""
    found: list[dict[str, Any]] = tomllib.loads((terra.cwd / "terra.lock").read_text())["plugin"]
    return found


def wanted(terra: Terra) -> dict[str, Any]:
    """Return the plugins of `terra.toml`."""
    found: dict[str, Any] = tomllib.loads((terra.cwd / "terra.toml").read_text())["plugins"]
    return found


@pytest.mark.parametrize(
    ("asked", "exact", "name"),
    [
        ("@terra/aws-sqs@0.1.0", "@terra/aws-sqs@0.1.0", "aws-sqs"),
        ("@terra/aws-sqs@^0.1", "@terra/aws-sqs@0.1.1", "aws-sqs"),
        ("@terra/aws-sqs@>= 0.1.0 <0.2 || 0.0.x", "@terra/aws-sqs@0.1.1", "aws-sqs"),
        ("@terra/aws-sqs", "@terra/aws-sqs@0.2.0", "aws-sqs"),
        ("@terra/aws-sqs@latest", "@terra/aws-sqs@0.2.0", "aws-sqs"),
        ("@terra/aws-sqs@next", "@terra/aws-sqs@0.3.0-rc.1", "aws-sqs"),
        ("terra-plain@1.x", "terra-plain@1.0.0", "plain"),
    ],
)
def test_what_is_asked_for_stays_and_the_exact_version_is_locked(
    configured: Verdaccio, terra: Terra, asked: str, exact: str, name: str
):
    terra("add", f"npm:{asked}")
    (plugin,) = locked(terra)
    assert plugin["source"] == f"npm:{exact}"
    assert plugin["id"] == f"{name}@{exact.rpartition('@')[2]}"
    assert plugin["archive"].startswith("sha256-")
    assert wanted(terra) == {name: {"source": f"npm:{asked}"}}
    assert [path for path in snapshot(terra.cwd / "plugins") if path.endswith(".tf")] == [f"{name}/main.tf"]


def test_what_is_locked_needs_no_request_and_no_network(configured: Verdaccio, terra: Terra):
    terra("add", "npm:@terra/aws-sqs@^0.1")
    before = locked(terra)
    asked = len(configured.asked())
    terra("add", "npm:@terra/aws-sqs@^0.1")
    terra("add", "npm:@terra/aws-sqs@^0.1", "--offline")
    shutil.rmtree(terra.cwd / "plugins")
    terra("add", "npm:@terra/aws-sqs@^0.1", "--offline")
    assert (terra.cwd / "plugins/aws-sqs/main.tf").is_file()
    assert len(configured.asked()) == asked
    assert locked(terra) == before
    failed = terra("add", "npm:@terra/aws-sqs@0.2.0", "--offline", exit=4)
    assert "the network is off" in failed.err


def test_a_lost_cache_brings_the_locked_version_not_the_newest(configured: Verdaccio, terra: Terra, isolated: Path):
    terra("add", "npm:@terra/aws-sqs@0.1.0")
    manifest = terra.cwd / "terra.toml"
    manifest.write_text(manifest.read_text().replace("@0.1.0", "@^0.1"))
    before = locked(terra)
    shutil.rmtree(isolated / "terra")
    shutil.rmtree(terra.cwd / "plugins")
    terra("add", "npm:@terra/aws-sqs@^0.1")
    assert locked(terra) == before
    assert (terra.cwd / "plugins/aws-sqs/main.tf").read_text().startswith("# 0.1.0")


@pytest.mark.parametrize("place", ["project", "user", "environment", "index"])
def test_a_private_package_is_had_with_a_token(registry: Verdaccio, terra: Terra, isolated: Path, place: str):
    (terra.cwd / ".npmrc").write_text(f"@private:registry={registry.url}\n")
    failed = terra("add", "npm:@private/vpc@^1", exit=4)
    assert f"{registry.dart}:_authToken=TOKEN" in failed.err
    assert not (terra.cwd / "terra.lock").exists()
    environment = {}
    match place:
        case "project":
            with (terra.cwd / ".npmrc").open("a") as file:
                file.write(f"{registry.dart}:_authToken=${{NPM_TOKEN}}\n")
            environment = {"NPM_TOKEN": registry.token}
        case "user":
            (isolated / "home/.npmrc").write_text(f"{registry.dart}:_authToken={registry.token}\n")
        case "environment":
            environment = {f"npm_config_{registry.dart}:_authToken": registry.token}
        case _:
            (isolated / "home/.npmrc").write_text(f"{registry.dart}:_authToken={registry.token}\n")
            (terra.cwd / ".npmrc").unlink()
            terra("registry", "add", "corp", registry.url, "--kind", "npm")
    done = terra("add", "private/vpc" if place == "index" else "npm:@private/vpc@^1", **environment)
    assert locked(terra)[0]["source"] == "npm:@private/vpc@1.0.0"
    everything = done.out + done.err + (terra.cwd / "terra.lock").read_text() + (terra.cwd / "terra.toml").read_text()
    assert registry.token not in everything


def test_a_wrong_token_is_said_without_showing_it(registry: Verdaccio, terra: Terra):
    (terra.cwd / ".npmrc").write_text(f"registry={registry.url}\n{registry.dart}:_authToken=wrong-token\n")
    failed = terra("add", "npm:@private/vpc", "-v", exit=4)
    assert "it may have expired" in failed.err
    assert "wrong-token" not in failed.err


def test_other_secrets_of_the_environment_stay_where_they_are(origin: HostileServer, terra: Terra):
    (terra.cwd / ".npmrc").write_text(
        f"registry={origin.url()}\n//127.0.0.1:{origin.port}/:_authToken=${{AWS_SECRET_ACCESS_KEY}}\n"
    )
    failed = terra("add", "npm:@terra/aws-sqs", AWS_SECRET_ACCESS_KEY="do-not-send", exit=3)
    assert "names the variable `AWS_SECRET_ACCESS_KEY`, which is not read" in failed.err
    assert [seen.path for seen in origin.seen] == [DOCUMENT]
    assert "do-not-send" not in repr(origin.seen)


def test_a_false_integrity_is_refused_and_nothing_is_written(configured: Verdaccio, terra: Terra):
    configured.publish("@terra/false", "0.1.0", FILES, integrity=sri(b"something else"))
    before = snapshot(terra.cwd)
    failed = terra("add", "npm:@terra/false", exit=5)
    assert "is not what its registry says" in failed.err
    assert snapshot(terra.cwd) == before
    failed = terra("add", "false", "--registry", f"npm:{configured.url}", exit=5)
    assert "is not what its registry says" in failed.err
    assert snapshot(terra.cwd) == before


def test_what_is_not_there_is_told_apart(configured: Verdaccio, terra: Terra):
    failed = terra("add", "npm:@terra/nope", exit=3)
    assert f"`@terra/nope` is not in the npm registry `{configured.url}`" in failed.err
    failed = terra("add", "npm:@terra/aws-sqs@^7", exit=3)
    assert "there is `0.3.0-rc.1`, `0.2.0`, `0.1.1`, `0.1.0`; the dist-tags are `latest`, `next`" in failed.err
    failed = terra("add", "npm:@terra/aws-sqs@0.1.0-1", exit=2)
    assert "which terra cannot order" in failed.err
    failed = terra("add", "npm:@terra/../evil", exit=2)
    (terra.cwd / ".npmrc").unlink()
    failed = terra("add", "npm:@terra/aws-sqs", exit=2)
    assert "write `registry=URL` into `~/.npmrc`" in failed.err


def test_a_simple_registry_names_packages(configured: Verdaccio, terra: Terra, workspace: Workspace):
    workspace.write(
        [
            {"name": "aws-sqs", "source": "npm:@terra/aws-sqs@0.1.0"},
            {"name": "plain", "source": "npm:terra-plain@^1"},
            {"name": "false", "source": "npm:@terra/aws-sqs@0.1.0", "checksum": f"sha256-{'0' * 64}"},
        ]
    )
    terra("registry", "add", "acme", str(workspace.registry))
    terra("add", "aws-sqs", "plain")
    assert {each["id"]: each["source"] for each in locked(terra)} == {
        "aws-sqs@0.1.0": "npm:@terra/aws-sqs@0.1.0",
        "plain@1.0.0": "npm:terra-plain@1.0.0",
    }
    terra("add", "false", exit=5)


def test_an_npm_registry_is_a_registry_of_plugins(registry: Verdaccio, terra: Terra):
    terra("registry", "add", "corp", registry.url, "--kind", "npm")
    terra("add", "aws-sqs@>=0.1,<0.2")
    (plugin,) = locked(terra)
    assert (plugin["id"], plugin["source"], plugin["registry"]) == (
        "aws-sqs@0.1.1",
        "npm:@terra/aws-sqs@0.1.1",
        "corp",
    )
    assert wanted(terra) == {"aws-sqs": ">=0.1,<0.2"}
    described = terra("info", "aws-sqs", "--json").json
    assert "0.3.0-rc.1" in json.dumps(described)
    failed = terra("add", "nope", exit=3)
    assert "`nope` is not in `corp`" in failed.err
    asked = len(registry.asked())
    terra("add", "aws-sqs@>=0.1,<0.2")
    terra("add", "aws-sqs", "--offline")
    assert len(registry.asked()) == asked


def test_a_deprecated_version_is_taken_with_a_warning(configured: Verdaccio, terra: Terra):
    configured.publish("@terra/old", "0.1.0", FILES)
    folder = configured.folder / "deprecating"
    folder.mkdir()
    configured.npm("deprecate", "@terra/old@0.1.0", "use aws-sqs", cwd=folder)
    done = terra("add", "npm:@terra/old@^0.1")
    assert "`@terra/old@0.1.0` is deprecated: use aws-sqs" in done.err
    assert locked(terra)[0]["source"] == "npm:@terra/old@0.1.0"


def test_a_plugin_that_npm_published_is_had_as_its_author_wrote_it(configured: Verdaccio, terra: Terra):
    folder = configured.folder / "authors"
    manifest = '[plugin]\nname = "aws-kms"\nversion = "1.2.3"\n\n[files]\nroot = "modules"\n'
    package = {"name": "@terra/aws-kms", "version": "1.2.3", "scripts": {"prepack": "", "postinstall": "exit 1"}}
    written = {"package.json": json.dumps(package), "terra-plugin.toml": manifest, "modules/main.tf": MAIN}
    write_files(folder, {**written, "README.md": "# kms\n"})
    configured.npm("publish", cwd=folder)
    terra("add", "npm:@terra/aws-kms@^1.2.0")
    (plugin,) = locked(terra)
    assert (plugin["id"], plugin["source"]) == ("aws-kms@1.2.3", "npm:@terra/aws-kms@1.2.3")
    assert list(snapshot(terra.cwd / "plugins/aws-kms")) == ["main.tf"]


def test_a_token_never_reaches_another_origin(origin: HostileServer, other_origin: HostileServer, terra: Terra):
    data = tarball({"name": "@terra/aws-sqs", "version": "0.1.0"}, FILES)
    other_origin.routes["/aws-sqs-0.1.0.tgz"] = serve(data)
    elsewhere = other_origin.url("/aws-sqs-0.1.0.tgz")
    origin.redirect("/moved.tgz", elsewhere)
    (terra.cwd / ".npmrc").write_text(f"registry={origin.url()}\n//127.0.0.1:{origin.port}/:_authToken=s3cret\n")
    for version, address in (("0.1.0", elsewhere), ("0.1.1", origin.url("/moved.tgz"))):
        dist = {"tarball": address, "integrity": sri(data)}
        document = {"name": "@terra/aws-sqs", "versions": {version: {"dist": dist}}}
        origin.routes[DOCUMENT] = serve(json.dumps(document).encode())
        terra("add", f"npm:@terra/aws-sqs@{version}")
    assert [seen.headers.get("authorization") for seen in origin.seen] == ["Bearer s3cret"] * 3
    assert [seen.headers.get("authorization") for seen in other_origin.seen] == [None, None]
    assert "s3cret" not in repr(other_origin.seen)


def test_a_packument_that_redirects_is_refused_and_takes_no_token_along(
    origin: HostileServer, other_origin: HostileServer, terra: Terra
):
    origin.redirect(DOCUMENT, other_origin.url("/elsewhere"))
    other_origin.routes["/elsewhere"] = serve(b'{"name": "@terra/aws-sqs", "versions": {}}')
    (terra.cwd / ".npmrc").write_text(f"registry={origin.url()}\n//127.0.0.1:{origin.port}/:_authToken=s3cret\n")
    failed = terra("add", "npm:@terra/aws-sqs", exit=5)
    assert f"leads to another registry, `{other_origin.url('/elsewhere')}`" in failed.err
    assert origin.headers(DOCUMENT)[0]["authorization"] == "Bearer s3cret"
    assert "authorization" not in other_origin.headers("/elsewhere")[0]


@pytest.mark.parametrize("is_bound", [False, True])
def test_a_registry_that_sends_on_whoever_asks_is_refused(
    origin: HostileServer, other_origin: HostileServer, terra: Terra, is_bound: bool
):
    origin.redirect(DOCUMENT, other_origin.url("/elsewhere"))
    other_origin.routes["/elsewhere"] = serve(b'{"name": "@terra/aws-sqs", "versions": {}}')
    manifest = f'[project]\nname = "x"\n[registries.corp]\nurl = "{origin.url()}"\nkind = "npm"\n'
    (terra.cwd / "terra.toml").write_text(manifest + ('namespaces = ["aws-sqs"]\n' if is_bound else ""))
    failed = terra("add", "aws-sqs", exit=5)
    assert "leads to another registry" in failed.err


@pytest.mark.parametrize("does_claim", [False, True])
def test_a_clone_does_not_say_where_the_users_registry_is(
    registry: Verdaccio, origin: HostileServer, terra: Terra, isolated: Path, does_claim: bool
):
    config = isolated / "terra/config.toml"
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text('[registries.corp]\nkind = "npm"\nnamespaces = ["private"]\n')
    (isolated / "home/.npmrc").write_text(
        f"@private:registry={registry.url}\n{registry.dart}:_authToken={registry.token}\n"
    )
    (terra.cwd / ".npmrc").write_text(f"@private:registry={origin.url()}\nregistry={origin.url()}\n")
    if does_claim:
        (terra.cwd / "terra.toml").write_text('[project]\nname = "x"\n[registries.theirs]\nkind = "npm"\n')
    terra("add", "private/vpc")
    assert locked(terra)[0]["source"] == "npm:@private/vpc@1.0.0"
    assert origin.seen == []


def test_an_installed_npm_is_asked_where_the_registry_is(
    registry: Verdaccio, terra: Terra, tmp_path: Path, isolated: Path
):
    program = tmp_path / "npm"  # the only program on this PATH; where the real one is differs
    program.write_text(f'#!/bin/sh\n[ "$1 $2 $3" = "config get registry" ] && echo "{registry.url}"\n')
    program.chmod(0o755)
    terra("add", "npm:@terra/aws-sqs@0.1.0")
    assert locked(terra)[0]["source"] == "npm:@terra/aws-sqs@0.1.0"
    failed = terra("add", "npm:@terra/aws-sqs@0.1.0", exit=None, PATH="", TERRA_HOME=str(isolated / "other"))
    assert failed.exit == 2
