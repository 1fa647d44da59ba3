"""The installed command against a module registry behind TLS, beside a real Terraform that reads the same one."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import ssl
import subprocess
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.components import require
from support.expected import error_of, refused, warnings_of
from support.git_server import git_server
from support.hostile_server import hostile_server
from support.module_registry import ModuleRegistry
from support.packages import packed
from support.project import MAIN, Terra

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.hostile_server import Handler, HostileServer

pytestmark = pytest.mark.usefixtures("trusted")

TOKEN = "s3cr3t-0f-the-corp"
FILES: dict[str, str | bytes] = {"main.tf": MAIN, "modules/a/main.tf": "# a\n"}
ARCHIVE = packed(FILES, ".tar.gz")
CHECKSUM = f"sha256:{hashlib.sha256(ARCHIVE).hexdigest()}"
VPC = "my-company/vpc/aws"


@pytest.fixture
def registry(tls_origin: HostileServer) -> ModuleRegistry:
    """A registry with `my-company/aws-vpc` 1.0.0 and 1.1.0, the latter with a checksum."""
    made = ModuleRegistry(tls_origin)
    tls_origin.host = "127.0.0.1"  # a host of Terraform's has a dot
    made.archive("/archives/vpc-1.0.0.tar.gz", ARCHIVE)
    made.archive("/archives/vpc", ARCHIVE)
    made.publish(VPC, "1.0.0", "/archives/vpc-1.0.0.tar.gz")
    made.publish(VPC, "1.1.0", f"/archives/vpc?archive=tar.gz&checksum={CHECKSUM}")
    return made


@pytest.fixture
def corp(terra: Terra, registry: ModuleRegistry) -> Terra:
    """A project that asks the registry, by the name `corp`."""
    terra("registry", "add", "corp", registry.server.url(""), "--kind", "terraform")
    registry.server.seen.clear()
    return terra


def held(terra: Terra, name: str = "my-company/aws-vpc") -> dict[str, bytes]:
    """Return the files of a plugin in the project."""
    folder = terra.cwd / "plugins" / name
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def locked(terra: Terra) -> dict[str, str]:
    """Return what the lock says of the one plugin."""
    (found,) = tomllib.loads((terra.cwd / "terra.lock").read_text())["plugin"]
    return found


@pytest.mark.parametrize("token", [None, TOKEN])
def test_terraform_and_terra_take_the_same_files(corp: Terra, registry: ModuleRegistry, token: str | None):
    terraform = require("terraform")
    registry.token = token
    given = {f"TF_TOKEN_{registry.host.replace('.', '_')}": token} if token else {}
    corp("add", "my-company/aws-vpc", **given)
    folder = corp.cwd / "by-terraform"
    folder.mkdir()
    block = f'module "vpc" {{\n  source = "{registry.host}/{VPC}"\n  version = "~> 1.0"\n  name = "x"\n}}\n'
    (folder / "main.tf").write_text(block)
    own = {"CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": os.devnull, "TF_IN_AUTOMATION": "1", "TF_INPUT": "0"}
    ended = subprocess.run(
        [terraform, "init", "-no-color"],
        cwd=folder,
        env={**os.environ, **own, **given},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    (record,) = [
        each
        for each in json.loads((folder / ".terraform/modules/modules.json").read_text())["Modules"]
        if each["Key"] == "vpc"
    ]
    theirs = folder / record["Dir"]
    assert record["Version"] == "1.1.0"
    assert held(corp) == {p.relative_to(theirs).as_posix(): p.read_bytes() for p in theirs.rglob("*") if p.is_file()}
    assert locked(corp)["id"] == "my-company/aws-vpc@1.1.0"


def test_the_lock_has_the_address_that_the_registry_gave_for_the_one_version(corp: Terra, registry: ModuleRegistry):
    ended = corp("add", "my-company/aws-vpc")
    assert locked(corp)["source"] == registry.server.url("/archives/vpc?archive=tar.gz")
    assert locked(corp)["archive"] == CHECKSUM.replace(":", "-")
    assert locked(corp)["registry"] == "corp"
    assert warnings_of(ended) == []  # the registry promised the bytes
    assert registry.asked("/download") == [f"/v1/modules/{VPC}/1.1.0/download"]
    assert registry.asked("/versions") == [f"/v1/modules/{VPC}/versions"]
    archives = [seen.path for seen in registry.server.seen if seen.path.startswith("/archives/")]
    assert archives == ["/archives/vpc"]  # as Terraform asks for it: what is for the client stays here


@pytest.fixture
def elsewhere(server_certificate: Path) -> Iterator[HostileServer]:
    """Another origin over TLS: the same host, another port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server_certificate)
    with hostile_server(context) as server:
        yield server


def shown(server: HostileServer, ending: str) -> list[str | None]:
    """Return the Authorization of every request for a path that ends so."""
    return [each.headers.get("authorization") for each in server.seen if each.path.partition("?")[0].endswith(ending)]


def test_a_private_registry_says_who_can_give_a_token(corp: Terra, registry: ModuleRegistry):
    registry.token = TOKEN
    refused(
        corp,
        "add",
        "my-company/aws-vpc",
        exit=4,
        says=["asks for credentials"],
        hint=f"terraform login {registry.host}",
    )


def by_variable(_: Path, host: str) -> dict[str, str]:
    return {f"TF_TOKEN_{host.replace('.', '_')}": TOKEN}


def by_login(home: Path, host: str) -> dict[str, str]:
    (home / ".terraform.d").mkdir()
    document = {"credentials": {host: {"token": TOKEN}}}
    (home / ".terraform.d" / "credentials.tfrc.json").write_text(json.dumps(document))
    return {}


def by_block(home: Path, host: str) -> dict[str, str]:
    (home / "corp.tfrc").write_text(f'credentials "{host}" {{\n  token = "{TOKEN}" # of the team\n}}\n')
    return {"TF_CLI_CONFIG_FILE": str(home / "corp.tfrc")}


def by_terra(home: Path, host: str) -> dict[str, str]:
    return {f"TERRA_TOKEN_{host.replace('.', '_').replace(':', '_')}": TOKEN}


@pytest.mark.parametrize("give", [by_variable, by_login, by_block, by_terra])
def test_a_token_lets_in_and_goes_nowhere_else(
    corp: Terra, registry: ModuleRegistry, elsewhere: HostileServer, isolated: Path, give
):
    registry.token = TOKEN
    elsewhere.routes["/vpc.tar.gz"] = lambda handler: handler.answer(200, ARCHIVE)
    registry.publish(VPC, "1.2.0", elsewhere.url("/vpc.tar.gz"))
    corp("add", "my-company/aws-vpc", **give(isolated / "home", registry.host))
    assert locked(corp)["source"] == elsewhere.url("/vpc.tar.gz")
    assert shown(registry.server, "/versions")[-1] == f"Bearer {TOKEN}"
    assert shown(registry.server, "/download") == [f"Bearer {TOKEN}"]
    assert shown(elsewhere, "/vpc.tar.gz") == [None]
    assert TOKEN not in (corp.cwd / "terra.lock").read_text() + (corp.cwd / "terra.toml").read_text()


def test_a_token_of_terraforms_is_not_shown_to_an_archive_of_the_same_host(corp: Terra, registry: ModuleRegistry):
    registry.token = TOKEN
    corp("add", "my-company/aws-vpc", **by_variable(corp.cwd, registry.host))
    assert shown(registry.server, "/archives/vpc") == [None]


def test_a_token_that_is_refused_is_named_by_its_place(corp: Terra, registry: ModuleRegistry):
    registry.token = "another"
    given = by_variable(corp.cwd, registry.host)
    ended = refused(
        corp,
        "add",
        "my-company/aws-vpc",
        exit=4,
        says=["refuses the token", *given],
        hint="terraform login",
        **given,
    )
    assert TOKEN not in ended.err


def test_what_terra_keeps_is_tried_where_terraforms_token_is_refused(corp: Terra, registry: ModuleRegistry):
    registry.token = TOKEN
    given = dict.fromkeys(by_variable(corp.cwd, registry.host), "stale")
    corp("add", "my-company/aws-vpc", **given, **by_terra(corp.cwd, registry.host))
    assert shown(registry.server, "/versions")[-2:] == ["Bearer stale", f"Bearer {TOKEN}"]


def test_the_token_goes_to_the_modules_service_that_the_host_itself_names(
    terra: Terra, registry: ModuleRegistry, elsewhere: HostileServer
):
    registry.token = TOKEN
    away = ModuleRegistry(elsewhere, TOKEN)
    away.archive("/archives/a.tar.gz", ARCHIVE)
    away.publish(VPC, "2.0.0", "/archives/a.tar.gz")
    registry.service = elsewhere.url("/v1/modules")  # the last slash is easily forgotten
    given = by_variable(terra.cwd, registry.host)
    terra("registry", "add", "corp", registry.server.url(""), "--kind", "terraform", **given)
    terra("add", "my-company/aws-vpc", **given)
    assert locked(terra)["id"] == "my-company/aws-vpc@2.0.0"
    assert shown(elsewhere, "/versions") == [f"Bearer {TOKEN}"]


def test_no_other_origin_names_who_sees_the_token(terra: Terra, registry: ModuleRegistry, elsewhere: HostileServer):
    away = ModuleRegistry(elsewhere)
    away.publish(VPC, "2.0.0", "/archives/a.tar.gz")
    registry.server.redirect("/.well-known/terraform.json", elsewhere.url("/.well-known/terraform.json"))
    given = by_variable(terra.cwd, registry.host)
    terra("registry", "add", "corp", registry.server.url(""), "--kind", "terraform", **given)
    terra("add", "my-company/aws-vpc", exit=4, **given)
    assert shown(elsewhere, "/versions") == [None]
    assert shown(elsewhere, "/terraform.json")[0] is None


def test_no_other_host_answers_for_a_module(corp: Terra, registry: ModuleRegistry, elsewhere: HostileServer):
    elsewhere.host = "localhost"
    registry.server.redirect(f"/v1/modules/{VPC}/versions", elsewhere.url(f"/v1/modules/{VPC}/versions"))
    ModuleRegistry(elsewhere).publish(VPC, "9.0.0", "/x.zip")
    refused(corp, "add", "my-company/aws-vpc", exit=5, says=["leads to another index"], hint="`url`")


def test_a_project_file_can_hold_no_token(corp: Terra):
    with (corp.cwd / "terra.toml").open("a") as out:
        out.write(f'token = "{TOKEN}"\n')
    ended = corp("add", "my-company/aws-vpc", exit=2)
    assert "no secrets in a file of the repository" in ended.err
    assert TOKEN not in ended.err


def test_offline_all_comes_from_the_cache(corp: Terra, registry: ModuleRegistry, isolated: Path):
    corp("add", "my-company/aws-vpc", "--offline", exit=4)
    corp("add", "my-company/aws-vpc@1.0.0")
    registry.server.seen.clear()
    shutil.rmtree(corp.cwd / "plugins")
    corp("sync", "--offline")
    other = isolated / "other"
    other.mkdir()
    (other / "terra.toml").write_text(f'[registries.corp]\nurl = "{registry.server.url()}"\nkind = "terraform"\n')
    ended = corp("add", "my-company/aws-vpc@1.0.0", "--offline", "-v", cwd=other)
    assert (other / "plugins/my-company/aws-vpc/main.tf").read_text() == MAIN
    assert "as last read" in ended.err
    assert registry.server.seen == []


def test_an_unknown_name_says_what_it_is_there(corp: Terra):
    says = ["`my-company/aws-nix` is not in `corp` (there `my-company/nix/aws`)"]
    refused(corp, "add", "my-company/aws-nix", exit=3, says=says, hint=None)


def test_a_version_that_cannot_be_ordered_is_left_out_and_listed(corp: Terra, registry: ModuleRegistry):
    registry.lists(VPC, ["v1.1.0", "1.2.0-1", "1.3.0.4", "nightly"])
    registry.publish(VPC, "v1.1.1", "/archives/vpc?archive=tar.gz")
    ended = corp("add", "my-company/aws-vpc", "-v")
    assert locked(corp)["id"] == "my-company/aws-vpc@1.1.1"
    for each in ("1.2.0-1: cannot be ordered", "1.3.0.4: cannot be ordered", "nightly: cannot be ordered"):
        assert each in ended.err
    assert "v1.1.0: is 1.1.0, which is there too" in ended.err
    assert "nightly" not in corp("info", "my-company/aws-vpc").err


def test_what_is_promised_is_held(corp: Terra, registry: ModuleRegistry):
    registry.archive("/archives/vpc", packed({"main.tf": "# another\n"}, ".tar.gz"))
    refused(corp, "add", "my-company/aws-vpc", exit=5, says=["has another checksum", CHECKSUM[7:]], hint="promised")


def test_without_a_checksum_the_first_add_pins_and_says_so(corp: Terra, registry: ModuleRegistry):
    ended = corp("add", "my-company/aws-vpc@1.0.0")
    assert any("checksum" in each for each in warnings_of(ended))
    registry.archive("/archives/vpc-1.0.0.tar.gz", packed({"main.tf": "# another\n"}, ".tar.gz"))
    shutil.rmtree(corp.cwd / "plugins")
    shutil.rmtree(Path(os.environ["TERRA_HOME"]))
    refused(corp, "sync", exit=5, says=["than `terra.lock` says"], hint=None)


def test_a_signed_address_is_not_locked_and_signed_anew_where_it_is_needed(corp: Terra, registry: ModuleRegistry):
    said: list[str] = []

    def download(handler: Handler) -> None:
        said.append(f"X-Amz-Signature={len(said)}")
        handler.answer(204, X_Terraform_Get=f"/bucket/vpc.tar.gz//modules/a?{said[-1]}")

    def bucket(handler: Handler) -> None:
        let_in = handler.path.endswith(f"?{said[-1]}")  # and nothing beside the signature, as S3 has it
        handler.answer(200 if let_in else 403, ARCHIVE if let_in else b"")

    registry.lists(VPC, ["1.2.0"])
    registry.server.routes[f"/v1/modules/{VPC}/1.2.0/download"] = download
    registry.server.routes["/bucket/vpc.tar.gz"] = bucket
    corp("add", "my-company/aws-vpc")
    lock = (corp.cwd / "terra.lock").read_bytes()
    assert locked(corp)["source"] == registry.server.url("/bucket/vpc.tar.gz//modules/a")
    assert held(corp) == {"main.tf": b"# a\n"}
    shutil.rmtree(corp.cwd / "plugins")
    shutil.rmtree(Path(os.environ["TERRA_HOME"]))
    corp("sync")
    assert held(corp) == {"main.tf": b"# a\n"}
    shutil.rmtree(Path(os.environ["TERRA_HOME"]))
    corp("add", "my-company/aws-vpc")
    assert (corp.cwd / "terra.lock").read_bytes() == lock
    assert len(said) == 3


def test_a_module_in_a_git_repository_is_locked_as_one(corp: Terra, registry: ModuleRegistry, isolated: Path):
    with git_server(isolated / "git") as server:
        repository = server.repository("network")
        commit = repository.commit({"modules/vpc/main.tf": MAIN, "main.tf": "# root\n"}, "v3.0.0")
        registry.publish(VPC, "3.0.0", f"git::{server.url}network//modules/vpc?ref=v3.0.0")
        corp("add", "my-company/aws-vpc")
    assert held(corp) == {"main.tf": MAIN.encode()}
    assert locked(corp)["commit"] == commit
    assert locked(corp)["source"] == f"git:{server.url}network//modules/vpc?ref=v3.0.0"


def test_the_address_may_stand_in_the_body_as_opentofu_has_it(corp: Terra, registry: ModuleRegistry):
    registry.publish(VPC, "1.2.0", "../../../../../../archives/vpc-1.0.0.tar.gz//modules/a", in_body=True)
    corp("add", "my-company/aws-vpc")
    assert locked(corp)["source"] == registry.server.url("/archives/vpc-1.0.0.tar.gz//modules/a")


@pytest.mark.parametrize(
    ("location", "says"),
    [
        ("s3::https://bucket.example/x.zip", "it comes by `s3::`, which terra has no source for"),
        ("hg::https://hg.example/x", "it comes by `hg::`"),
        ("git::file:///srv/x", "`file:///srv/x` is a path of the registry's own machine"),
        ("git::https://git.example/x?sshkey=c2VjcmV0", "has a `sshkey`, which terra does not hand to git"),
    ],
)
def test_an_address_that_terra_has_no_source_for_says_so(
    corp: Terra, registry: ModuleRegistry, location: str, says: str
):
    registry.publish(VPC, "1.2.0", location)
    ended = refused(
        corp, "add", "my-company/aws-vpc", exit=2, says=["`my-company/aws-vpc@1.2.0` of `corp`", says], hint=None
    )
    assert "c2VjcmV0" not in ended.err


def test_an_answer_without_an_address_says_so(corp: Terra, registry: ModuleRegistry):
    registry.publish(VPC, "1.2.0", "", in_body=True)
    refused(corp, "add", "my-company/aws-vpc", exit=4, says=["does not say where the module is"], hint="keeper")


def test_a_name_without_a_namespace_has_the_registrys_own(corp: Terra, registry: ModuleRegistry):
    registry.publish("terra/s3/aws", "1.0.0", "/archives/vpc-1.0.0.tar.gz")
    registry.publish("acme/s3/aws", "2.0.0", "/archives/vpc-1.0.0.tar.gz")
    corp("add", "aws-s3")
    assert locked(corp)["id"] == "aws-s3@1.0.0"
    corp("remove", "aws-s3")
    path = corp.cwd / "terra.toml"
    path.write_text(path.read_text().replace('kind = "terraform"', 'kind = "terraform"\nmodule-namespace = "acme"'))
    corp("add", "aws-s3")
    assert locked(corp)["id"] == "aws-s3@2.0.0"
    corp("add", "aws-nix", exit=3)


def test_an_update_takes_the_newer_version(corp: Terra, registry: ModuleRegistry):
    corp("add", "my-company/aws-vpc")
    registry.publish(VPC, "1.4.0", "/archives/vpc-1.0.0.tar.gz")
    corp("update")
    assert locked(corp)["id"] == "my-company/aws-vpc@1.4.0"
    assert registry.asked("/1.4.0/download") != []


def test_many_are_added_together(corp: Terra, registry: ModuleRegistry):
    names = [f"acme/aws-m{number}" for number in range(6)]
    for number in range(6):
        registry.publish(f"acme/m{number}/aws", "1.0.0", "/archives/vpc-1.0.0.tar.gz")
    corp("add", *names)
    found = tomllib.loads((corp.cwd / "terra.lock").read_text())["plugin"]
    assert [each["id"] for each in found] == [f"{name}@1.0.0" for name in names]
    assert len(registry.asked(".json")) == 1  # the host is asked once what it is


def test_a_host_that_is_no_module_registry_is_not_added(terra: Terra, tls_origin: HostileServer):
    url = tls_origin.url("")
    words = ("registry", "add", "corp", url, "--kind", "terraform")
    refused(terra, *words, exit=4, says=["is no module registry", "404"], hint="the registry's host")
    tls_origin.routes["/.well-known/terraform.json"] = lambda handler: handler.answer(200, b'{"providers.v1": "/p/"}')
    refused(terra, *words, exit=4, says=["names no `modules.v1`"], hint="the registry's host")


def test_the_address_of_the_modules_service_itself_will_do(terra: Terra, registry: ModuleRegistry):
    terra("registry", "add", "corp", registry.server.url("/v1/modules/"), "--kind", "terraform")
    terra("add", "my-company/aws-vpc@1.0.0")
    assert registry.asked(".json") == []


def test_a_policy_speaks_of_what_the_registry_leads_to(corp: Terra, registry: ModuleRegistry):
    with (corp.cwd / "terra.toml").open("a") as out:
        out.write('\n[policy]\nallow-sources = ["git"]\n')
    ended = corp("add", "my-company/aws-vpc", exit=5)
    assert "comes by `https`" in error_of(ended)[0]
    assert registry.asked("/archives/vpc") == []


def test_what_the_lock_says_of_the_bytes_holds_wherever_the_registry_has_them_now(
    corp: Terra, registry: ModuleRegistry
):
    corp("add", "my-company/aws-vpc@1.0.0")
    shutil.rmtree(Path(os.environ["TERRA_HOME"], "plugins"))  # the payload; the archive stays
    registry.publish(VPC, "1.0.0", "/moved/vpc-1.0.0.tar.gz")
    corp("add", "my-company/aws-vpc@1.0.0")
    assert registry.asked("/moved/vpc-1.0.0.tar.gz") == []  # the cache has it by its digest
    assert locked(corp)["source"] == registry.server.url("/moved/vpc-1.0.0.tar.gz")


def test_an_empty_answer_without_the_header_is_none(corp: Terra, registry: ModuleRegistry):
    registry.lists(VPC, ["1.2.0"])
    registry.server.routes[f"/v1/modules/{VPC}/1.2.0/download"] = lambda handler: handler.answer(204)
    refused(corp, "add", "my-company/aws-vpc", exit=4, says=["answered 204"], hint=None)
