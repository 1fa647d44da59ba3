"""Plugins that use plugins: what is chosen, from where, what it costs, and what cannot work together."""

from __future__ import annotations

import json
import tomllib
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest

from support.expected import refused, warnings_of
from support.graph import Graph, call
from support.hostile_server import hostile_server
from support.packages import packed
from support.project import MAIN, Terra, Workspace, snapshot, write_files

if TYPE_CHECKING:
    from pathlib import Path

    from support.hostile_server import HostileServer


@pytest.fixture
def graph(terra: Terra, isolated: Path) -> Graph:
    """The registry `here` of the project."""
    use(terra, here="../here")
    return Graph(isolated / "here")


def use(terra: Terra, **registries: str) -> None:
    """Write a terra.toml with these registries."""
    tables = [f'[registries.{label}]\nurl = "{url}"\n' for label, url in registries.items()]
    (terra.cwd / "terra.toml").write_text("".join(tables))


def lock_of(project: Path, set_name: str | None = None) -> dict[str, dict[str, Any]]:
    text = (project / "terra.lock").read_text()
    plugins = tomllib.loads(text).get("plugin", [])
    return {each["id"].partition("@")[0]: each for each in plugins if each.get("set") == set_name}


def ids(project: Path) -> list[str]:
    return sorted(each["id"] for each in lock_of(project).values())


# -- sibling paths --------------------------------------------------------------------------------------------

KEY: dict[str, str | bytes] = {"main.tf": MAIN, "modules/key/main.tf": MAIN}
SUBMODULE = "../../aws-kms//modules/key"


def chosen(graph: Graph) -> Graph:
    """Add a vpc that calls a submodule of aws-kms, which 2.0.0 no longer has."""
    graph.add("my-company/vpc@1.0.0", {"aws-kms": ">=1"}, {"main.tf": "\n\n" + call(SUBMODULE)})
    graph.add("aws-kms@1.0.0", files=KEY)
    return graph.add("aws-kms@2.0.0", files={"main.tf": MAIN, "modules/other/main.tf": MAIN})


SAID = [
    "`my-company/vpc@1.0.0`, main.tf:3: `../../aws-kms//modules/key`",
    "`aws-kms@2.0.0` has no Terraform files in `modules/key`",
    "`modules/other`",
]


def test_submodule_that_the_chosen_release_lacks(terra: Terra, graph: Graph) -> None:
    chosen(graph).write()
    refused(terra, "add", "my-company/vpc", exit=5, says=SAID, hint="aws-kms")
    refused(terra, "add", "my-company/vpc", "aws-kms@2.0.0", exit=5, says=SAID, hint="aws-kms")
    terra("add", "my-company/vpc", "aws-kms@1.0.0")
    assert ids(terra.cwd) == ["aws-kms@1.0.0", "my-company/vpc@1.0.0"]
    assert call(SUBMODULE) in (terra.cwd / "plugins/my-company/vpc/main.tf").read_text()


@pytest.mark.parametrize("stated", [True, False], ids=["stated", "in the archive"])
def test_submodule_over_http(terra: Terra, isolated: Path, stated: bool) -> None:
    graph = Graph(isolated / "here")
    graph.add("my-company/vpc@1.0.0", {"aws-kms": ">=1"}, {"main.tf": "\n\n" + call(SUBMODULE)}, stated=stated)
    graph.add("aws-kms@2.0.0", files={"main.tf": MAIN, "modules/other/main.tf": MAIN}, stated=stated)
    with hostile_server() as server:
        use(terra, here=graph.serve(server))
        refused(terra, "add", "my-company/vpc", exit=5, says=SAID, hint="aws-kms")
        refused(terra, "add", "my-company/vpc", exit=5, says=SAID, hint="aws-kms")


@pytest.mark.parametrize("lost", ["nothing", "the cache", "the files", "the cache and the files"])
def test_locked_plugin_that_a_newer_release_would_break(terra: Terra, graph: Graph, isolated: Path, lost: str) -> None:
    """The calling plugin stands in the project and stays: only what it calls moves."""
    chosen(graph).write()
    terra("add", "my-company/vpc", "aws-kms@1.0.0")
    home = {"TERRA_HOME": str(isolated / "another")} if "cache" in lost else {}
    if "files" in lost:
        (terra.cwd / "plugins/my-company/vpc/main.tf").unlink()
    if lost == "the cache and the files":
        terra("add", "aws-kms@2.0.0", **home)  # nothing is left that could be read; the next add of vpc says it
        refused(terra, "add", "my-company/vpc", exit=5, says=SAID, hint="aws-kms", **home)
        return
    refused(terra, "add", "aws-kms@2.0.0", exit=5, says=SAID, hint="aws-kms", **home)
    assert ids(terra.cwd) == ["aws-kms@1.0.0", "my-company/vpc@1.0.0"]


def test_plugin_that_comes_to_a_locked_one_without_its_submodule(terra: Terra, graph: Graph) -> None:
    chosen(graph).write()
    terra("add", "aws-kms")
    refused(terra, "add", "my-company/vpc", exit=5, says=SAID, hint="aws-kms")


def test_plugins_that_are_cached_already(terra: Terra, isolated: Path) -> None:
    """The same home serves another project, where other releases stand together."""
    graph = chosen(Graph(isolated / "here"))
    with hostile_server() as server:
        use(terra, here=graph.serve(server))
        terra("add", "my-company/vpc", "aws-kms@1.0.0")
        terra("add", "aws-kms@2.0.0", "--set", "none", exit=2)
        (terra.cwd / "terra.toml").write_text((terra.cwd / "terra.toml").read_text() + '[sets.dev]\ndir = "dev"\n')
        terra("add", "aws-kms@2.0.0", "--set", "dev")
        refused(terra, "add", "my-company/vpc", "--set", "dev", exit=5, says=SAID, hint="aws-kms")


def test_submodule_of_a_folder(terra: Terra, isolated: Path) -> None:
    manifest = '[plugin]\nname = "app"\n[dependencies]\nlib = "*"\n'
    write_files(terra.cwd, {"app/main.tf": call("../lib//sub"), "app/terra-plugin.toml": manifest, "lib/main.tf": MAIN})
    refused(terra, "add", "./app", "./lib", exit=5, says=["`app`, main.tf:1", "`lib` has no Terraform"], hint="lib")
    write_files(terra.cwd, {"lib/sub/main.tf": MAIN})
    terra("add", "./app", "./lib")
    (terra.cwd / "lib/sub/main.tf").rename(terra.cwd / "lib/sub/main.txt")
    refused(terra, "add", "./lib", exit=5, says=["`app`, main.tf:1", "`lib` has no Terraform"], hint="lib")


def test_modules_that_call_each_other_in_a_circle(terra: Terra, graph: Graph) -> None:
    graph.add("a@1.0.0", {"b": "*"}, {"main.tf": call("../b")})
    graph.add("b@1.0.0", {"c": "*"}, {"main.tf": "\n" + call("../c")})
    graph.add("c@1.0.0", {"a": "*"}, {"main.tf": MAIN})
    graph.add("c@2.0.0", {"a": "*"}, {"main.tf": "\n\n" + call("../a")})
    graph.write()
    said = [
        "modules of `a`, `b` and `c` call each other in a circle",
        "`a@1.0.0`, main.tf:1",
        "`b@1.0.0`, main.tf:2",
        "`c@2.0.0`, main.tf:3",
    ]
    refused(terra, "add", "b", exit=5, says=said, hint="authors")
    terra("add", "a", "c@1.0.0")  # they need each other, and their modules do not call each other
    assert ids(terra.cwd) == ["a@1.0.0", "b@1.0.0", "c@1.0.0"]
    refused(terra, "add", "c@2.0.0", exit=5, says=said, hint="authors")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("../aws-kms", "main.tf:3: `../aws-kms` leaves the plugin and meets no dependency; write `../../aws-kms`"),
        ("../../AWS-KMS", "main.tf:3: `../../AWS-KMS` leaves the plugin"),
        ("./plugins/aws-kms", "main.tf:3: `./plugins/aws-kms` is not in the plugin; write `../../aws-kms`"),
        ("../../aws-kms/modules/key", "; write `../../aws-kms//modules/key`"),
        ("../../aws-kms//../x", "main.tf:3: `../../aws-kms//../x` climbs behind its `//`"),
        ("/opt/aws-kms", "main.tf:3: `/opt/aws-kms` is an absolute path"),
    ],
)
def test_dependency_that_is_reached_the_wrong_way(terra: Terra, graph: Graph, source: str, said: str) -> None:
    graph.add("my-company/vpc@1.0.0", {"aws-kms": "*"}, {"main.tf": "\n\n" + call(source)})
    graph.add("aws-kms@1.0.0", files=KEY).write()
    refused(terra, "add", "my-company/vpc", exit=5, says=["`my-company/vpc`", said], hint="author")


def test_sibling_that_no_dependency_meets(terra: Terra, graph: Graph) -> None:
    graph.add("vpc@1.0.0", files={"main.tf": MAIN, "modules/a/main.tf": "\n" + call("../../../aws-kms")})
    graph.add("aws-kms@1.0.0").write()
    said = ["`vpc`", "modules/a/main.tf:2: `../../../aws-kms` leaves the plugin and meets no dependency"]
    refused(terra, "add", "vpc", exit=5, says=said, hint="[dependencies]")
    refused(terra, "add", "vpc", "aws-kms", exit=5, says=said, hint="[dependencies]")


# -- modules of elsewhere -------------------------------------------------------------------------------------

REMOTE = [
    "terraform-aws-modules/vpc/aws",
    "registry.example/acme/vpc/aws//modules/x",
    "git::https://git.example/vpc.git?ref=v1",
    "git@git.example:acme/vpc.git",
    "https://files.example/vpc.zip",
    "s3::https://bucket.example/vpc.zip",
    "hg::http://hg.example/vpc",
]


@pytest.mark.parametrize("at", ["main.tf", "modules/deep/down/main.tf"])
def test_module_of_elsewhere_is_named_and_refused_by_policy(terra: Terra, graph: Graph, at: str) -> None:
    blocks = "".join(call(source, f"m{number}") for number, source in enumerate(REMOTE))
    graph.add("app@1.0.0", {"vpc": "*"}, {"main.tf": call("../vpc")})
    graph.add("vpc@1.0.0", files={"main.tf": MAIN, at: blocks}).write()
    named = warnings_of(terra("add", "app"))
    for number, source in enumerate(REMOTE):
        line = f"`vpc@1.0.0` calls `{source}` at {at}:{1 + 3 * number}: terra neither locks nor checks that module"
        assert line in named
    (terra.cwd / "terra.lock").unlink()
    text = (terra.cwd / "terra.toml").read_text()
    (terra.cwd / "terra.toml").write_text(f'{text}[policy]\nremote-modules = "refuse"\n')
    said = [f"`{source}` at {at}:{1 + 3 * number}" for number, source in enumerate(REMOTE)]
    refused(terra, "add", "app", exit=5, says=["`vpc@1.0.0`", *said], hint="remote-modules")


def test_policy_against_modules_of_elsewhere_holds_for_what_is_cached(terra: Terra, isolated: Path) -> None:
    graph = Graph(isolated / "here").add("app@1.0.0", {"vpc": "*"}, {"main.tf": call("../vpc")})
    graph.add("vpc@1.0.0", files={"main.tf": call("acme/vpc/aws")})
    with hostile_server() as server:
        use(terra, here=graph.serve(server))
        terra("add", "app", "vpc")
        text = (terra.cwd / "terra.toml").read_text()
        (terra.cwd / "terra.toml").write_text(f'{text}[policy]\nremote-modules = "refuse"\n')
        refused(terra, "add", "vpc", exit=5, says=["`acme/vpc/aws` at main.tf:1"], hint="remote-modules")


# -- which registry a dependency comes from -------------------------------------------------------------------


def three(terra: Terra, isolated: Path) -> dict[str, Graph]:
    """Three registries, `one` before `two` before `three`, each with its own `dep`."""
    found = {label: Graph(isolated / label).add("dep@1.0.0") for label in ("one", "two", "three")}
    use(terra, one="../one", two="../two", three="../three")
    return found


def came_from(terra: Terra, name: str) -> str:
    return (terra.cwd / "plugins" / name / "main.tf").read_text().split()[1]


def test_dependency_comes_from_the_registry_of_who_needs_it(terra: Terra, isolated: Path) -> None:
    graphs = three(terra, isolated)
    graphs["two"].add("app@1.0.0", {"mid": "*"}).add("mid@1.0.0", {"dep": "*"})
    for each in graphs.values():
        each.write()
    terra("add", "app")
    assert [came_from(terra, name) for name in ("app", "mid", "dep")] == ["two", "two", "two"]
    assert lock_of(terra.cwd)["dep"]["registry"] == "two"


def test_dependency_that_its_registry_does_not_have(terra: Terra, isolated: Path) -> None:
    """Not even where an earlier or a later registry has it: that would be a stranger's."""
    graphs = three(terra, isolated)
    graphs["two"].add("app@1.0.0", {"other": "*"})
    for label in ("one", "three"):
        graphs[label].add("other@1.0.0")
    for each in graphs.values():
        each.write()
    said = ["`other` is not in `two`", "the project wants `app` (asked for now) -> `app@1.0.0` wants `other`"]
    refused(terra, "add", "app", exit=3, says=said, hint="a line for `other` in terra.toml")
    text = '[plugins]\nother = { version = "*", registry = "three" }\n'
    (terra.cwd / "terra.toml").write_text(text + (terra.cwd / "terra.toml").read_text())
    terra("add", "app")
    assert came_from(terra, "other") == "three"


@pytest.mark.parametrize("line", ["*", "registry"])
def test_project_s_own_line_decides_of_a_dependency(terra: Terra, isolated: Path, line: str) -> None:
    """A line without a registry asks the registries in order, as for any name of the project."""
    graphs = three(terra, isolated)
    graphs["two"].add("app@1.0.0", {"dep": "*"})
    for each in graphs.values():
        each.write()
    written = '"*"' if line == "*" else '{ version = "*", registry = "three" }'
    text = (terra.cwd / "terra.toml").read_text()
    (terra.cwd / "terra.toml").write_text(f"{text}[plugins]\ndep = {written}\n")
    terra("add", "app")
    assert came_from(terra, "dep") == ("one" if line == "*" else "three")


def test_binding_decides_of_a_dependency(terra: Terra, isolated: Path) -> None:
    graphs = three(terra, isolated)
    graphs["two"].add("app@1.0.0", {"dep": "*"})
    for each in graphs.values():
        each.write()
    text = (terra.cwd / "terra.toml").read_text()
    (terra.cwd / "terra.toml").write_text(f'{text}namespaces = ["dep"]\n')
    terra("add", "app")
    assert came_from(terra, "dep") == "three"


def test_direct_source_asks_the_registries_in_order(terra: Terra, isolated: Path) -> None:
    for each in three(terra, isolated).values():
        each.write()
    manifest = '[plugin]\nname = "app"\n[dependencies]\ndep = "*"\n'
    write_files(terra.cwd, {"app/main.tf": MAIN, "app/terra-plugin.toml": manifest})
    (isolated / "app.zip").write_bytes(packed({"main.tf": MAIN, "terra-plugin.toml": manifest}, ".zip"))
    terra("add", "./app")
    assert came_from(terra, "dep") == "one"
    (terra.cwd / "terra.lock").unlink()
    terra("add", "../app.zip", "--registry", "two", "--overwrite")
    assert came_from(terra, "dep") == "two"


def test_locked_name_answers_for_a_newcomer_of_another_registry(terra: Terra, isolated: Path) -> None:
    """What is in the set stays what it is: no plugin that comes can move it to its own registry."""
    graphs = three(terra, isolated)
    graphs["one"].add("a@1.0.0", {"dep": "*"}).add("dep@3.0.0")
    graphs["two"].add("b@1.0.0", {"dep": ">=1"}).add("c@1.0.0", {"dep": ">=2"}).add("d@1.0.0", {"dep": ">=4"})
    graphs["two"].add("dep@9.0.0")
    for each in graphs.values():
        each.write()
    terra("add", "a", "dep@1.0.0")
    (terra.cwd / "terra.toml").write_text((terra.cwd / "terra.toml").read_text().replace('dep = "1.0.0"\n', ""))
    terra("add", "b")
    assert lock_of(terra.cwd)["dep"]["id"] == "dep@1.0.0"
    terra("add", "c")
    assert lock_of(terra.cwd)["dep"]["id"] == "dep@3.0.0"
    assert [lock_of(terra.cwd)[name]["registry"] for name in ("a", "b", "c", "dep")] == ["one", "two", "two", "one"]
    said = ["no version of `dep` fits", "`d@1.0.0` wants `dep>=4`", "there is: 3.0.0, 1.0.0 in `one`"]
    refused(terra, "add", "d", exit=3, says=said, hint="")


@pytest.mark.parametrize("words", [("a", "b"), ("b", "a")])
def test_two_newcomers_of_two_registries(terra: Terra, isolated: Path, words: tuple[str, ...]) -> None:
    graphs = three(terra, isolated)
    graphs["one"].add("a@1.0.0", {"mid": "*"}).add("mid@1.0.0", {"dep": "*"})
    graphs["two"].add("b@1.0.0", {"dep": "*"})
    for each in graphs.values():
        each.write()
    said = [
        "`dep` is in more than one place",
        "the project wants `a` (asked for now) -> `a@1.0.0` wants `mid` -> `mid@1.0.0` wants `dep`, which `one` ",
        "the project wants `b` (asked for now) -> `b@1.0.0` wants `dep`, which `two` answers",
    ]
    refused(terra, "add", *words, exit=3, says=said, hint="a line for `dep` in terra.toml with its `registry`")


def test_one_registry_asked_alone_is_asked_for_what_is_asked_now(terra: Terra, isolated: Path) -> None:
    """Another line of terra.toml, and what is locked, keep the registry that they have."""
    graphs = three(terra, isolated)
    graphs["one"].add("old@1.0.0", {"dep": "*"}).add("dep@2.0.0")
    graphs["three"].add("new@1.0.0", {"dep": ">=2", "own": "*"}).add("own@1.0.0").add("dep@2.0.0").add("line@1.0.0")
    graphs["two"].add("line@1.0.0")
    for each in graphs.values():
        each.write()
    terra("add", "old", "dep@1.0.0")
    text = (terra.cwd / "terra.toml").read_text().replace('dep = "1.0.0"\n', 'line = { registry = "two" }\n')
    (terra.cwd / "terra.toml").write_text(text)
    terra("add", "new", "--registry", "three")
    found = {name: came_from(terra, name) for name in ("old", "new", "own", "dep", "line")}
    assert found == {"old": "one", "new": "three", "own": "three", "dep": "one", "line": "two"}
    assert lock_of(terra.cwd)["dep"]["id"] == "dep@2.0.0"


def test_registry_under_two_spellings_is_one(terra: Terra, isolated: Path) -> None:
    """The label of the lock, a location, and the label of terra.toml: the location is the identity."""
    graph = Graph(isolated / "here").add("a@1.0.0", {"dep": "*"}).add("b@1.0.0", {"dep": "*"}).add("dep@1.0.0")
    graph.add("a@2.0.0", {"dep": "*"}).write()
    use(terra, old="../here")
    terra("add", "a@1.0.0")
    lock = terra.cwd / "terra.lock"
    use(terra, new="../here/../here")
    terra("add", "a@2.0.0", "b")
    terra("add", "dep", "--registry", str(graph.folder))
    assert {each["registry"] for each in lock_of(terra.cwd).values()} == {"new"}, lock.read_text()


# -- conflicts ------------------------------------------------------------------------------------------------


def test_conflict_names_the_line_to_change(terra: Terra, graph: Graph) -> None:
    graph.add("app@1.0.0", {"mid": "*"}).add("mid@1.0.0", {"key": ">=2"})
    graph.add("key@1.0.0").add("key@2.0.0").add("other@1.0.0").write()
    terra("add", "key@<2", "other")
    lines = [
        "no version of `key` fits",
        "  the project wants `key<2` (terra.toml)",
        "  the project wants `app` (asked for now) -> `app@1.0.0` wants `mid` -> `mid@1.0.0` wants `key>=2`",
        "  there is: 2.0.0, 1.0.0 in `here`",
    ]
    hint = "`key<2` (terra.toml) is in the way: `key@2.0.0` would fit"
    refused(terra, "add", "app", exit=3, says=["\n".join(lines)], hint=hint)
    terra("add", "app", "key@2.0.0")


def test_versions_that_cannot_be_taken_are_said_where_nothing_fits(terra: Terra) -> None:
    names = [f"terra_a-{version}-py3-none-any.whl" for version in ("1.0.0", "1.1.0.post1")]
    files = [{"filename": name, "url": name, "hashes": {"sha256": "0" * 64}} for name in names]
    body = json.dumps({"meta": {"api-version": "1.0"}, "name": "terra-a", "files": files}).encode()
    head = {"Content-Type": "application/vnd.pypi.simple.v1+json"}
    with hostile_server() as server:
        server.routes["/simple/terra-a/"] = lambda handler: handler.answer(200, body, **head)
        text = f'[registries.mirror]\nurl = "{server.url("/simple/")}"\nkind = "pypi"\n'
        (terra.cwd / "terra.toml").write_text(text)
        said = ["there is: 1.0.0 in `mirror`", "not taken: 1.1.0.post1"]
        refused(terra, "add", "a@>=1.1", exit=3, says=said, hint="`a@1.0.0` would fit")


def test_solution_does_not_depend_on_the_order_of_the_words(terra: Terra, graph: Graph) -> None:
    graph.add("a@1.0.0", {"x": "<2"}).add("a@2.0.0", {"x": ">=2", "y": "<2"})
    graph.add("b@1.0.0", {"y": "<2"}).add("b@2.0.0", {"y": ">=2", "x": "<2"})
    graph.add("x@1.0.0").add("x@2.0.0").add("y@1.0.0").add("y@2.0.0").add("c@1.0.0", {"a": "*"}).write()
    found = set()
    for words in permutations(["a", "b", "c"]):
        (terra.cwd / "terra.lock").unlink(missing_ok=True)
        use(terra, here="../here")
        terra("add", *words, "--overwrite")
        found.add((terra.cwd / "terra.lock").read_text())
    assert len(found) == 1


# -- what is fetched ------------------------------------------------------------------------------------------


def archives(server: HostileServer) -> list[str]:
    return sorted(each.path.rpartition("/")[2] for each in server.seen if each.path.endswith(".zip"))


def backtracking(graph: Graph, *, stated: bool) -> Graph:
    """Add releases of which the newest of `app` and `mid` do not fit, and the oldest do."""
    for n in range(1, 6):
        graph.add(f"app@{n}.0.0", {"mid": f">={n},<{n + 1}"}, stated=stated)
        graph.add(f"mid@{n}.0.0", {"key": f">={n},<{n + 1}"}, stated=stated)
        graph.add(f"key@{n}.0.0", stated=stated)
    return graph


def test_no_archive_is_fetched_before_the_solution_is_found(terra: Terra, isolated: Path) -> None:
    with hostile_server() as server:
        use(terra, here=backtracking(Graph(isolated / "here"), stated=True).serve(server))
        terra("add", "app", "key@1.0.0")
        assert archives(server) == ["app@1.0.0.zip", "key@1.0.0.zip", "mid@1.0.0.zip"]
        assert len(server.headers("/r/registry.json")) == 1


def test_no_archive_is_fetched_where_there_is_no_solution(terra: Terra, isolated: Path) -> None:
    with hostile_server() as server:
        use(terra, here=backtracking(Graph(isolated / "here"), stated=True).serve(server))
        refused(terra, "add", "app", "key>=6", exit=3, says=["no version of `key` fits"], hint="")
        refused(terra, "add", "app>=2", "key@1.0.0", exit=3, says=["`mid@2.0.0` wants `key>=2,<3`"], hint="app>=2")
        assert archives(server) == []


def test_where_archives_alone_know_only_chosen_releases_are_fetched(terra: Terra, isolated: Path) -> None:
    with hostile_server() as server:
        graph = backtracking(Graph(isolated / "here"), stated=False)
        use(terra, here=graph.serve(server))
        terra("add", "app@1.0.0")
        assert archives(server) == ["app@1.0.0.zip", "key@1.0.0.zip", "mid@1.0.0.zip"]


def test_what_an_archive_may_still_rule_out_is_not_fetched_yet(terra: Terra, isolated: Path) -> None:
    """`app` does not say what it needs: the newest `key`, of which all is known, is not fetched before it does."""
    with hostile_server() as server:
        graph = Graph(isolated / "here").add("app@1.0.0", {"key": "<2"}, stated=False)
        graph.add("key@1.0.0").add("key@2.0.0")
        use(terra, here=graph.serve(server))
        terra("add", "app", "key")
        assert archives(server) == ["app@1.0.0.zip", "key@1.0.0.zip"]


def test_no_archive_is_fetched_twice(terra: Terra, isolated: Path) -> None:
    with hostile_server() as server:
        graph = backtracking(Graph(isolated / "here"), stated=False)
        use(terra, here=graph.serve(server))
        terra("add", "app", "key@2.0.0")
        found = archives(server)
        assert len(found) == len(set(found))
        assert ids(terra.cwd) == ["app@2.0.0", "key@2.0.0", "mid@2.0.0"]


def test_locked_and_cached_plugins_are_not_looked_into(terra: Terra, isolated: Path) -> None:
    graph = Graph(isolated / "here").add("app@1.0.0", {"key": "*"}, {"main.tf": call("../key")}).add("key@1.0.0")
    with hostile_server() as server:
        use(terra, here=graph.serve(server))
        terra("add", "app")
        seen, before = len(server.seen), snapshot(terra.cwd)
        (isolated / "poison/tree_sitter").mkdir(parents=True)
        (isolated / "poison/tree_sitter/__init__.py").write_text("raise SystemExit('tree_sitter was imported')\n")
        terra("add", "app", PYTHONPATH=str(isolated / "poison"))
        assert len(server.seen) == seen
        assert snapshot(terra.cwd)["plugins/app/main.tf"] == before["plugins/app/main.tf"]
        ended = terra("add", "app", exit=None, PYTHONPATH=str(isolated / "poison"), TERRA_HOME=str(isolated / "new"))
        assert "tree_sitter was imported" in ended.err, "the poison does not work"


def test_wide_and_deep_graph(terra: Terra, graph: Graph) -> None:
    """A wide and deep graph through the whole corridor."""
    for n in range(60):
        below = {f"p{m:03}": ">=1.2" for m in (n + 1, n + 7) if m < 60}
        for version in ("1.0.0", "1.2.0", "1.3.0"):
            graph.add(f"p{n:03}@{version}", below)
    graph.write()
    terra("add", "p000")
    assert ids(terra.cwd) == [f"p{n:03}@1.3.0" for n in range(60)]
    assert [name for name, each in lock_of(terra.cwd).items() if each["direct"]] == ["p000"]


def test_plugin_added_from_a_workspace_with_dependencies(terra: Terra, workspace: Workspace) -> None:
    """The registry.json of a folder above answers for both."""
    terra.cwd = workspace.folder / "infra"
    terra.cwd.mkdir()
    workspace.simple("lib")
    manifest = '[plugin]\nname = "app"\nversion = "1.0.0"\n[dependencies]\nlib = "*"\n'
    workspace.plugin("app", {"main.tf": call("../lib")}, manifest)
    workspace.write([{"name": name, "source": f"workspace:packages/plugins/{name}"} for name in ("app", "lib")])
    terra("add", "app")
    assert ids(terra.cwd) == ["app@1.0.0", "lib@0.1.0"]


def test_a_folder_that_an_asked_plugin_needs_is_read_afresh(terra: Terra, workspace: Workspace) -> None:
    """The two are worked on together; a plugin that nobody asked about stays as it is locked."""
    workspace.plugin("low")
    workspace.plugin("other")
    needs = '[plugin]\nname = "{}"\nversion = "0.1.0"\n[dependencies]\n{} = "*"\n'
    workspace.plugin("mid", {"main.tf": 'module "low" {\n  source = "../low"\n}\n'}, needs.format("mid", "low"))
    workspace.plugin("top", {"main.tf": 'module "mid" {\n  source = "../mid"\n}\n'}, needs.format("top", "mid"))
    workspace.write(
        [{"name": each, "source": f"workspace:packages/plugins/{each}"} for each in ("low", "mid", "top", "other")]
    )
    registry = str(workspace.registry)
    (terra.cwd / "terra.toml").write_text(f'[registries.here]\nurl = "{registry}"\n')
    terra("add", "top", "other")
    for name in ("low", "other"):
        workspace.plugin(name, {"main.tf": f"# {name} changed\n"})
    terra("add", "top")
    assert (terra.cwd / "plugins/low/main.tf").read_text() == "# low changed\n"
    assert "changed" not in (terra.cwd / "plugins/other/main.tf").read_text()


def test_what_an_asked_plugin_needs_is_brought_back(terra: Terra, isolated: Path) -> None:
    """With or without the cache, and without making it a plugin that the project itself wants."""
    Graph(isolated / "one").add("app@1.0.0", {"dep": "*"}).add("dep@1.0.0").write()
    (terra.cwd / "terra.toml").write_text('[registries.one]\nurl = "../one"\n')
    terra("add", "app")
    documents = [(terra.cwd / name).read_bytes() for name in ("terra.toml", "terra.lock")]
    for home in (isolated / "terra", isolated / "fresh"):
        for path in (terra.cwd / "plugins/dep").iterdir():
            path.unlink()
        terra("add", "app", TERRA_HOME=str(home))
        assert (terra.cwd / "plugins/dep/main.tf").exists()
        assert [(terra.cwd / name).read_bytes() for name in ("terra.toml", "terra.lock")] == documents


def test_an_unknown_name_asks_for_nothing_else(terra: Terra, isolated: Path) -> None:
    """What is locked is not looked up again for it: nothing of that would make the name known."""
    with hostile_server() as server:
        files = {"main.tf": MAIN, "terra-plugin.toml": '[plugin]\nname = "app"\nversion = "1.0.0"\n'}
        server.routes["/app.zip"] = lambda handler: handler.answer(200, packed(files, ".zip"))
        entries = json.dumps([{"name": "app", "version": "1.0.0", "source": "app.zip"}]).encode()
        server.routes["/registry.json"] = lambda handler: handler.answer(200, entries)
        Graph(isolated / "one").add("dep@1.0.0").write()
        terra("add", "app", "--registry", server.url("/registry.json"))
        before = len(server.seen)
        refused(terra, "add", "nosuch", "--registry", str(isolated / "one"), exit=3, says=["`nosuch`"], hint="")
        assert len(server.seen) == before
