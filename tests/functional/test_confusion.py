"""One name, one registry, one plugin: whatever could slip a stranger's in its place is refused."""

from __future__ import annotations

import base64
import json
import os
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from support.expected import refused
from support.graph import Graph
from support.hostile_server import hostile_server
from support.packages import packed, serve, wheel
from support.project import MAIN, snapshot, write_files
from support.verdaccio import sri, tarball

if TYPE_CHECKING:
    from pathlib import Path

    from support.project import Terra


def use(terra: Terra, *labels: str, extra: str = "") -> None:
    """Write a terra.toml with the registries of these labels, in this order."""
    text = "".join(f'[registries.{label}]\nurl = "../{label}"\n' for label in labels)
    (terra.cwd / "terra.toml").write_text(text + extra)


def came_from(terra: Terra, name: str) -> str:
    return (terra.cwd / "plugins" / name / "main.tf").read_text().split()[1]


def lock_of(terra: Terra) -> dict[str, dict[str, Any]]:
    plugins = tomllib.loads((terra.cwd / "terra.lock").read_text())["plugin"]
    return {each["id"].partition("@")[0]: each for each in plugins}


# -- the name inside ------------------------------------------------------------------------------------------


def manifest(name: str) -> str:
    return f'[plugin]\nname = "{name}"\nversion = "1.0.0"\n'


def registry_of(folder: Path, name: str, source: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    entry = {"name": name, "version": "1.0.0", "source": source}
    (folder / "registry.json").write_text(json.dumps([entry]))


@pytest.mark.parametrize("inside", ["aws-kms", "aws-s3-two", "aws/s3", "my-company/aws-s3"])
@pytest.mark.parametrize("ending", ["", ".zip", ".tar.gz"])
def test_name_in_the_manifest_differs(terra: Terra, isolated: Path, inside: str, ending: str) -> None:
    files: dict[str, str | bytes] = {"main.tf": MAIN, "terra-plugin.toml": manifest(inside)}
    registry_of(isolated / "here", "aws-s3", f"file:x{ending}")
    if ending:
        (isolated / f"here/x{ending}").write_bytes(packed(files, ending))
    else:
        write_files(isolated / "here/x", files)
    use(terra, "here")
    refused(terra, "add", "aws-s3", exit=5, says=[f"says inside that it is `{inside}`", "`aws-s3`"], hint="another")


def test_dependency_s_name_in_the_manifest_differs(terra: Terra, isolated: Path) -> None:
    graph = Graph(isolated / "here").add("app@1.0.0", {"lib": "*"}).add("lib@1.0.0")
    graph.files["lib@1.0.0"]["terra-plugin.toml"] = manifest("other")
    graph.write()
    use(terra, "here")
    refused(terra, "add", "app", exit=5, says=["says inside that it is `other`, expected `lib`"], hint="another")


@pytest.mark.parametrize(
    ("listed", "inside"), [("my-company/vpc", "my-company-vpc"), ("my-company-vpc", "my-company/vpc")]
)
@pytest.mark.parametrize("states", ["manifest", "entry point"])
def test_two_names_of_one_distribution(terra: Terra, isolated: Path, listed: str, inside: str, states: str) -> None:
    """Both are `terra-my-company-vpc`: the wheel itself says which of them it is."""
    files: dict[str, str | bytes] = {"terra_my_company_vpc/payload/main.tf": MAIN}
    entries, said = {inside: "terra_my_company_vpc"}, f"no entry point `{listed}`"
    if states == "manifest":  # the wheel claims both names, and its manifest speaks of one
        files["terra_my_company_vpc/terra-plugin.toml"] = manifest(inside)
        entries, said = {**entries, listed: "terra_my_company_vpc"}, f"says inside that it is `{inside}`"
    file_name, data = wheel("terra_my_company_vpc", "1.0.0", entries, files)
    registry_of(isolated / "here", listed, f"file:{file_name}")
    (isolated / "here" / file_name).write_bytes(data)
    use(terra, "here")
    refused(terra, "add", listed, exit=5, says=[said], hint=None)
    registry_of(isolated / "here", inside, f"file:{file_name}")
    terra("add", inside)
    assert (terra.cwd / "plugins" / inside / "main.tf").read_text() == MAIN


@pytest.mark.parametrize("entries", [{}, {"other": "terra_sdk"}, {"terra-sdk": "terra_sdk"}])
def test_stranger_s_distribution(terra: Terra, isolated: Path, entries: dict[str, str]) -> None:
    """`terra-sdk` of an index need not be the plugin `sdk`: a plugin's wheel says that it is one."""
    files = {"terra_sdk/__init__.py": "", "terra_sdk/payload/main.tf": MAIN, "terra_sdk/main.tf": MAIN}
    file_name, data = wheel("terra_sdk", "1.0.0", entries, files)
    registry_of(isolated / "here", "sdk", f"file:{file_name}")
    (isolated / "here" / file_name).write_bytes(data)
    use(terra, "here")
    refused(terra, "add", "sdk", exit=5, says=["sdk"], hint=None)


# -- another registry -----------------------------------------------------------------------------------------


def test_registry_that_begins_to_offer_a_locked_name(terra: Terra, isolated: Path) -> None:
    """`one` is asked first, and offers the name of a plugin that came from `two`: it is never asked for it."""
    one = Graph(isolated / "one").add("other@1.0.0")
    two = Graph(isolated / "two").add("vpc@1.0.0").add("app@1.0.0", {"dep": "*"}).add("dep@1.0.0")
    one.write(), two.write()
    use(terra, "one", "two")
    terra("add", "vpc", "app")
    one.add("vpc@9.0.0").add("dep@9.0.0").write()
    two.add("vpc@1.1.0").add("app@1.1.0", {"dep": ">=1.1"}).add("dep@1.1.0").write()
    assert terra("add", "vpc").out.startswith("= vpc")
    terra("add", "vpc@>=1.1")
    terra("add", "app@1.1.0")
    found = {name: (each["id"], each["registry"]) for name, each in lock_of(terra).items()}
    assert found == {
        "app": ("app@1.1.0", "two"),
        "dep": ("dep@1.1.0", "two"),
        "vpc": ("vpc@1.1.0", "two"),
    }
    refused(terra, "add", "vpc@9.0.0", exit=3, says=["no version of `vpc` fits", "1.1.0, 1.0.0 in `two`"], hint="")
    assert {came_from(terra, name) for name in found} == {"two"}


@pytest.mark.parametrize("how", ["option", "line", "order", "gone"])
def test_locked_name_that_would_come_from_another_registry(terra: Terra, isolated: Path, how: str) -> None:
    one = Graph(isolated / "one").add("vpc@1.0.0").add("vpc@2.0.0")
    two = Graph(isolated / "two").add("vpc@1.0.0")
    one.write(), two.write()
    use(terra, "two", "one")
    terra("add", "vpc")
    if how == "option":
        refused(
            terra, "add", "vpc", "--registry", "one", exit=5, says=["`two`", "`one`"], hint="--allow-registry-change"
        )
        terra("add", "vpc@2.0.0", "--registry", "one", "--allow-registry-change")
        assert came_from(terra, "vpc") == "one"
    elif how == "line":
        use(terra, "two", "one", extra='[plugins]\nvpc = { version = ">=2", registry = "one" }\n')
        refused(terra, "add", "vpc", exit=5, says=["`two`", "`one`"], hint="--allow-registry-change")
    elif how == "order":
        use(terra, "one", "two", extra='[plugins]\nvpc = "*"\n')
        terra("add", "vpc")
        assert came_from(terra, "vpc") == "two"
    else:
        use(terra, "one", extra='[plugins]\nvpc = "*"\n')  # the lock still knows where `two` is
        terra("add", "vpc")
        refused(terra, "add", "vpc@2.0.0", exit=3, says=["there is: 1.0.0 in `two`"], hint="")
        assert came_from(terra, "vpc") == "two"


def test_registry_that_no_longer_lists_a_locked_name(terra: Terra, isolated: Path) -> None:
    one = Graph(isolated / "one").add("vpc@1.0.0").add("vpc@2.0.0")
    two = Graph(isolated / "two").add("vpc@1.0.0").add("other@1.0.0")
    one.write(), two.write()
    use(terra, "two", "one")
    terra("add", "vpc")
    del two.entries["vpc"]
    two.write()
    refused(terra, "add", "vpc@2.0.0", exit=3, says=["`vpc` is not in `two`"], hint="")
    assert came_from(terra, "vpc") == "two"


def test_dependency_that_two_registries_claim(terra: Terra, isolated: Path) -> None:
    Graph(isolated / "one").add("a@1.0.0", {"dep": "*"}).add("dep@1.0.0").write()
    Graph(isolated / "two").add("b@1.0.0", {"dep": "*"}).add("dep@99.0.0").write()
    use(terra, "one", "two")
    said = [
        "`dep` is in more than one place",
        "`a@1.0.0` wants `dep`, which `one`",
        "`b@1.0.0` wants `dep`, which `two`",
    ]
    refused(terra, "add", "a", "b", exit=3, says=said, hint="`registry`")
    for label, version in (("one", "1.0.0"), ("two", "99.0.0")):
        use(terra, "one", "two", extra=f'[plugins]\ndep = {{ version = "*", registry = "{label}" }}\n')
        terra("add", "a", "b", "--overwrite")
        assert lock_of(terra)["dep"]["id"] == f"dep@{version}"
        (terra.cwd / "terra.lock").unlink()


def test_name_that_is_asked_for_and_needed_from_two_registries(terra: Terra, isolated: Path) -> None:
    Graph(isolated / "one").add("dep@99.0.0").write()
    Graph(isolated / "two").add("b@1.0.0", {"dep": "*"}).add("dep@1.0.0").write()
    use(terra, "one", "two")
    said = ["the project wants `dep` (asked for now), which `one`", "`b@1.0.0` wants `dep`, which `two`"]
    for words in (("b", "dep"), ("dep", "b")):
        refused(terra, "add", *words, exit=3, says=said, hint="a line for `dep`")


def test_registry_that_cannot_be_reached_is_not_skipped(terra: Terra, isolated: Path) -> None:
    """Else whoever can cut a registry off decides that the next one answers."""
    Graph(isolated / "two").add("vpc@1.0.0").write()
    with hostile_server() as server:
        server.routes["/r/registry.json"] = serve(b"not json")
        text = f'[registries.one]\nurl = "{server.url("/r/registry.json")}"\n[registries.two]\nurl = "../two"\n'
        (terra.cwd / "terra.toml").write_text(text)
        refused(terra, "add", "vpc", exit=2, says=["/r/registry.json"], hint=None)
        server.routes["/r/registry.json"] = lambda handler: handler.answer(403)
        refused(terra, "add", "vpc", exit=4, says=["/r/registry.json"], hint=None)


def test_bad_entry_does_not_hand_its_name_to_the_next_registry(terra: Terra, isolated: Path) -> None:
    Graph(isolated / "two").add("vpc@1.0.0").write()
    (isolated / "one").mkdir()
    (isolated / "one/registry.json").write_text(json.dumps([{"name": "vpc", "source": 7}]))
    use(terra, "one", "two")
    refused(terra, "add", "vpc", exit=2, says=["`one`"], hint="")


# -- direct sources -------------------------------------------------------------------------------------------


def test_no_registry_answers_for_the_name_of_a_direct_source(terra: Terra, isolated: Path) -> None:
    Graph(isolated / "one").add("mine@9.0.0").add("app@1.0.0", {"mine": "*"}).add("app@2.0.0", {"mine": ">=9"}).write()
    write_files(terra.cwd, {"mine/main.tf": "# own\n"})
    use(terra, "one")
    terra("add", "./mine")
    terra("add", "app@1.0.0")
    assert came_from(terra, "mine") == "own"
    before = snapshot(terra.cwd / "plugins")
    said = ["no version of `mine` fits", "`app@2.0.0` wants `mine>=9`"]
    refused(terra, "add", "app@2.0.0", exit=3, says=said, hint=None)
    assert snapshot(terra.cwd / "plugins") == before


# -- a lock that would say something else (append to tests/functional/test_confusion.py) ----------------------


def test_label_that_means_another_registry_for_a_new_name(terra: Terra, isolated: Path) -> None:
    """Else a second add would move what the first one could not: the lock would know only the new meaning."""
    Graph(isolated / "one").add("vpc@1.0.0").write()
    Graph(isolated / "evil").add("vpc@1.1.0").add("dns@1.0.0").write()
    use(terra, "one")
    terra("add", "vpc")
    text = (terra.cwd / "terra.toml").read_text()
    (terra.cwd / "terra.toml").write_text(text.replace("../one", "../evil"))
    refused(terra, "add", "vpc@1.1.0", exit=5, says=["`vpc`", "evil"], hint="--allow-registry-change")
    refused(terra, "add", "dns", exit=5, says=["`one` meant", "`vpc@1.0.0`", "evil"], hint="another label")
    terra("add", "dns", "--allow-registry-change")


def test_direct_source_does_not_take_the_name_of_a_locked_plugin(terra: Terra, isolated: Path) -> None:
    """What an archive says of itself is not what the user says."""
    Graph(isolated / "one").add("vpc@1.0.0").add("app@1.0.0", {"vpc": "*"}).write()
    write_files(isolated / "x", {"main.tf": "# x\n", "terra-plugin.toml": manifest("vpc")})
    use(terra, "one")
    terra("add", "app")
    refused(terra, "add", "../x", exit=5, says=["`vpc`", "`one`", "../x"], hint="--allow-registry-change")
    terra("add", "../x", "--as", "vpc")
    assert came_from(terra, "vpc") == "x"


def test_registry_does_not_take_the_name_of_a_direct_source(terra: Terra, isolated: Path) -> None:
    Graph(isolated / "one").add("mine@1.0.0").write()
    write_files(terra.cwd, {"mine/main.tf": "# own\n"})
    use(terra, "one")
    terra("add", "./mine")
    refused(terra, "add", "mine@1.0.0", exit=5, says=["`mine`", "file:mine", "`one`"], hint="--allow-registry-change")
    terra("add", "mine@1.0.0", "--allow-registry-change")
    assert came_from(terra, "mine") == "one"


# -- bound names ----------------------------------------------------------------------------------------------


NAME = "my-company/vpc"
HINT = "`namespaces` of `corp` in config.toml binds it"


@pytest.fixture
def corp(isolated: Path) -> Graph:
    """A registry to which the user's config.toml binds `my-company`."""
    graph = Graph(isolated / "corp").add(f"{NAME}@1.0.0")
    graph.write()
    (isolated / "terra").mkdir(exist_ok=True)
    table = f'[registries.corp]\nurl = "{isolated / "corp"}"\nnamespaces = ["my-company"]\n'
    (isolated / "terra/config.toml").write_text(table)
    return graph


def vpc(folder: Path) -> Path:
    write_files(folder, {"main.tf": "# evil\n", "terra-plugin.toml": manifest(NAME)})
    return folder


@pytest.mark.parametrize("form", ["folder", "zip", "https"])
def test_direct_source_of_a_clone_for_a_bound_name(terra: Terra, isolated: Path, corp: Graph, form: str) -> None:
    data = packed({"main.tf": "# evil\n", "terra-plugin.toml": manifest(NAME)}, ".zip")
    with hostile_server() as server:
        server.routes["/x.zip"] = serve(data)
        (terra.cwd / "x.zip").write_bytes(data)
        vpc(isolated / "x")
        source = {"folder": "file:../x", "zip": "file:x.zip", "https": server.url("/x.zip")}[form]
        (terra.cwd / "terra.toml").write_text(f'[plugins]\n"{NAME}" = {{ source = "{source}" }}\n')
        says = [f"`{NAME}` is bound to `corp`, and would come from `{source}`"]
        refused(terra, "add", NAME, exit=5, says=says, hint=HINT)
        refused(terra, "add", "other", exit=5, says=says, hint=HINT)  # which brings the line in too
        assert server.seen == []


def test_direct_source_that_the_user_types_for_a_bound_name(terra: Terra, isolated: Path, corp: Graph) -> None:
    """Said by the user or stated by the archive: a binding is changed where it stands."""
    vpc(isolated / "x")
    says = [f"`{NAME}` is bound to `corp`, and would come from `file:../x`"]
    refused(terra, "add", "../x", "--as", NAME, exit=5, says=says, hint=HINT)
    refused(terra, "add", "../x", exit=5, says=says, hint=HINT)
    terra("add", "../x", "--as", "mine")
    assert came_from(terra, "mine") == "evil"


@pytest.mark.parametrize("has_git", [False, True])
def test_folder_of_the_repository_may_have_a_bound_name(
    terra: Terra, isolated: Path, corp: Graph, has_git: bool
) -> None:
    """It is the repository's own code: it was not fetched."""
    if has_git:
        (isolated / ".git").mkdir()
    inside = vpc(isolated / "modules/vpc" if has_git else terra.cwd / "vpc")
    words = os.path.relpath(inside, terra.cwd)
    terra("add", words if has_git else f"./{words}")
    assert came_from(terra, NAME) == "evil"
    (terra.cwd / "link").symlink_to(vpc(isolated.parent / f"{isolated.name}-out"))
    refused(terra, "add", "./link", exit=5, says=["would come from `file:link`"], hint=HINT)


@pytest.mark.parametrize("how", ["option", "line", "lock", "lock direct", "lock needed"])
def test_other_registry_for_a_bound_name(terra: Terra, isolated: Path, corp: Graph, how: str) -> None:
    config = isolated / "terra/config.toml"
    table = config.read_text()
    evil = Graph(isolated / "evil").add(f"{NAME}@1.0.0").add("app@1.0.0", {NAME: "*"})
    evil.write()
    use(terra, "evil")
    if how == "option":
        says = [f"`{NAME}` is bound to `corp`, and `--registry` says `evil`"]
        refused(terra, "add", NAME, "--registry", "evil", exit=5, says=says, hint=HINT)
        return
    if how == "line":
        use(terra, "evil", extra=f'[plugins]\n"{NAME}" = {{ version = "*", registry = "evil" }}\n')
        says = [f"`{NAME}` is bound to `corp`, and the line in terra.toml says `evil`"]
        refused(terra, "add", NAME, exit=5, says=says, hint=HINT)
        return
    config.write_text("")
    terra("add", str(vpc(isolated / "x")) if how == "lock direct" else "app" if how == "lock needed" else NAME)
    config.write_text(table)
    use(terra, "evil")
    asked = "app" if how == "lock needed" else NAME
    says = [f"`{NAME}` is locked from", "would come from `corp`"]
    refused(terra, "add", asked, exit=5, says=says, hint="--allow-registry-change")
    terra("add", asked, "--allow-registry-change")
    assert came_from(terra, NAME) == "corp"


# -- a registry of npm packages that the user trusts ----------------------------------------------------------


@pytest.mark.parametrize("login", ["in the address", "a token"])
def test_a_clone_has_no_say_in_what_is_shown_to_the_users_registry(terra: Terra, isolated: Path, login: str) -> None:
    data = tarball({"name": "@my-company/vpc", "version": "1.0.0"}, {"main.tf": MAIN})
    with hostile_server() as server:
        dist = {"tarball": server.url("/vpc.tgz"), "integrity": sri(data)}
        document = {"name": "@my-company/vpc", "versions": {"1.0.0": {"dist": dist}}}
        server.routes["/@my-company%2fvpc"] = serve(json.dumps(document).encode())
        server.routes["/@my-company%2Fvpc"] = serve(json.dumps(document).encode())
        server.routes["/vpc.tgz"] = serve(data)
        (isolated / "terra").mkdir(exist_ok=True)
        table = '[registries.corp]\nkind = "npm"\nnamespaces = ["my-company"]\n'
        (isolated / "terra/config.toml").write_text(table)
        here = f"127.0.0.1:{server.port}"
        own = f"registry=http://me:pw@{here}/\n" if login == "in the address" else f"registry={server.url()}\n"
        shown = f"Basic {base64.b64encode(b'me:pw').decode()}" if login == "in the address" else "Bearer MINE"
        more = "" if login == "in the address" else f"//{here}/:_authToken=MINE\n"
        (isolated / "home/.npmrc").write_text(own + more)
        (terra.cwd / ".npmrc").write_text(
            f"//{here}/:_authToken=THEIRS\n//{here}/vpc.tgz:_authToken=THEIRS\n@my-company:registry=http://127.0.0.1:1/\n"
        )
        terra("add", NAME)
        (isolated / "terra/plugins").rename(isolated / "gone")
        (isolated / "terra/archives").rename(isolated / "gone-too")
        terra("add", NAME)  # as locked
        assert {seen.headers.get("authorization") for seen in server.seen} == {shown}
        assert [seen.path for seen in server.seen].count("/vpc.tgz") == 2
