"""`terra add NAME` through a registry.json: both forms, includes, versions, checksums, order, bindings, ETags."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

from support.expected import refused, warnings_of
from support.hostile_server import hostile_server
from support.packages import packed, serve, sha256
from support.project import MAIN, Ended, Terra, Workspace, snapshot, write_files

if TYPE_CHECKING:
    from pathlib import Path

REGISTRY = '[registries.here]\nurl = "../workspace"\n'
ALL = ("0.1.0", "0.1.5", "0.2.0", "1.0.0", "1.2.0", "1.2.7", "1.3.0", "2.0.0-alpha.1", "2.0.0-rc.1", "2.0.0-rc.2")


def folder_of(version: str) -> str:
    return f"packages/plugins/aws-s3-{version}"


def versions(workspace: Workspace, *texts: str, **more: dict[str, Any]) -> dict[str, Any]:
    """Write a plugin with these versions; return its entry. `more` has fields of `vX.Y.Z`."""
    for text in texts:
        write_files(workspace.folder / folder_of(text), {"main.tf": f"# {text}\n"})
    listed = {text: {"source": f"workspace:{folder_of(text)}", **more.get(f"v{text}", {})} for text in texts}
    return {"name": "aws-s3", "versions": listed}


def lock_of(folder: Path) -> dict[str, Any]:
    lock = tomllib.loads((folder / "terra.lock").read_text())
    return {plugin["id"].partition("@")[0]: plugin for plugin in lock["plugin"]}


def ids(folder: Path) -> list[str]:
    return [plugin["id"] for plugin in lock_of(folder).values()]


def lines(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "terra.toml").read_text())["plugins"]


@pytest.fixture
def project(terra: Terra) -> Path:
    """A project whose registry is the workspace."""
    (terra.cwd / "terra.toml").write_text(REGISTRY)
    return terra.cwd


# -- forms and includes ---------------------------------------------------------------------------------------


def test_original_form(terra: Terra, workspace: Workspace, project: Path) -> None:
    workspace.simple("aws-s3", "aws-sqs")
    added = terra("add", "aws-s3", "aws-sqs")
    assert "aws-s3 0.1.0" in added.out
    assert sorted(snapshot(project / "plugins")) == [
        *("aws-s3/", "aws-s3/README.md", "aws-s3/main.tf", "aws-sqs/", "aws-sqs/README.md", "aws-sqs/main.tf"),
    ]
    assert lines(project) == {"aws-s3": ">=0.1.0,<0.2", "aws-sqs": ">=0.1.0,<0.2"}
    assert lock_of(project)["aws-s3"]["source"] == "workspace:packages/plugins/aws-s3"


def test_second_form_with_a_chain_of_includes(terra: Terra, workspace: Workspace, project: Path) -> None:
    for team, name in (("", "aws-s3"), ("teams/net", "vpc"), ("teams/net/deep", "dns")):
        write_files(workspace.folder / team / f"plugins/{name}", {"main.tf": f"# {name}\n"})
        following = {"": ["teams/net/registry.json"], "teams/net": ["deep/registry.json", "../../registry.json"]}
        document = {
            "terra-registry": 1,
            "name": "acme",
            "include": following.get(team, []),
            "plugins": [{"name": name, "version": "1.0.0", "source": f"workspace:plugins/{name}", "unknown": 1}],
        }
        (workspace.folder / team / "registry.json").write_text(json.dumps(document))
    terra("add", "dns", "vpc", "aws-s3")
    assert ids(project) == ["aws-s3@1.0.0", "dns@1.0.0", "vpc@1.0.0"]
    assert (project / "plugins/dns/main.tf").read_text() == "# dns\n"
    assert terra("add", "dns").out.startswith("= dns")


def test_first_of_two_entries_in_an_include_wins(terra: Terra, workspace: Workspace, project: Path) -> None:
    for folder in ("mine", "theirs"):
        write_files(workspace.folder / folder, {"main.tf": f"# {folder}\n"})
    entry = {"name": "vpc", "source": "workspace:mine"}
    workspace.write({"terra-registry": 1, "include": ["other.json"], "plugins": [entry]})
    (workspace.folder / "other.json").write_text(json.dumps([{"name": "vpc", "source": "workspace:theirs"}]))
    terra("add", "vpc")
    assert (project / "plugins/vpc/main.tf").read_text() == "# mine\n"


def test_missing_include_is_not_passed_over(terra: Terra, workspace: Workspace, project: Path) -> None:
    workspace.write({"terra-registry": 1, "include": ["nowhere.json"], "plugins": []})
    refused(terra, "add", "vpc", exit=4, says=["nowhere.json"], hint="")


# -- versions -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "version", "written"),
    [
        ("", "1.3.0", ">=1.3.0,<2"),
        ("@0.1.0", "0.1.0", "0.1.0"),
        ("@>=0.1,<1", "0.2.0", ">=0.1,<1"),
        ("@~>1.2", "1.3.0", "~>1.2"),
        ("@~>1.2.0", "1.2.7", "~>1.2.0"),
        ("@^0.1", "0.1.5", "^0.1"),
        ("@^1.2", "1.3.0", "^1.2"),
        ("@<1,!=0.2.0", "0.1.5", "<1,!=0.2.0"),
        ("@2.0.0-rc.1", "2.0.0-rc.1", "2.0.0-rc.1"),
        ("@>=2.0.0-alpha.1", "2.0.0-rc.2", ">=2.0.0-alpha.1"),
        ("@*", "1.3.0", "*"),
        ("@v1.0.0", "1.0.0", "v1.0.0"),
    ],
)
def test_requirement(terra: Terra, workspace: Workspace, project: Path, asked: str, version: str, written: str) -> None:
    workspace.write({"terra-registry": 1, "plugins": [versions(workspace, *ALL)]})
    terra("add", f"aws-s3{asked}")
    assert ids(project) == [f"aws-s3@{version}"]
    assert lines(project) == {"aws-s3": written}
    assert (project / "plugins/aws-s3/main.tf").read_text() == f"# {version}\n"


def test_requirement_written_below_one(terra: Terra, workspace: Workspace, project: Path) -> None:
    workspace.write({"terra-registry": 1, "plugins": [versions(workspace, "0.2.3")]})
    terra("add", "aws-s3")
    assert lines(project) == {"aws-s3": ">=0.2.3,<0.3"}


@pytest.mark.parametrize("asked", ["aws-s3@9.9.9", "aws-s3@>=2", "aws-s3@<0.1"])
def test_no_version_fits(terra: Terra, workspace: Workspace, project: Path, asked: str) -> None:
    workspace.write({"terra-registry": 1, "plugins": [versions(workspace, *ALL)]})
    refused(terra, "add", asked, exit=3, says=["the project wants", "there is: 2.0.0-rc.2"], hint="aws-s3")


def test_pre_releases_only(terra: Terra, workspace: Workspace, project: Path) -> None:
    workspace.write({"terra-registry": 1, "plugins": [versions(workspace, "1.0.0-rc.1")]})
    refused(terra, "add", "aws-s3", exit=3, says=["1.0.0-rc.1"], hint="pre-release")


def test_yanked_is_skipped_unless_it_is_named(terra: Terra, workspace: Workspace, project: Path) -> None:
    entry = versions(workspace, "0.1.0", "0.2.0", **{"v0.2.0": {"yanked": "leaks"}})
    workspace.write({"terra-registry": 1, "plugins": [entry]})
    refused(terra, "add", "aws-s3@>=0.2", exit=3, says=["0.2.0 (yanked)"], hint="")
    terra("add", "aws-s3")
    assert ids(project) == ["aws-s3@0.1.0"]
    assert "0.2.0 (yanked)" in terra("info", "aws-s3").out
    terra("add", "aws-s3@0.2.0")
    assert ids(project) == ["aws-s3@0.2.0"]


def test_version_of_an_entry_without_one(terra: Terra, workspace: Workspace, project: Path) -> None:
    for name, files in {
        "stated": {"terra-plugin.toml": '[plugin]\nname = "stated"\nversion = "3.1.4"\n'},
        "npm": {"package.json": '{"name": "@terra/npm", "version": "0.4.0"}'},
        "plain": {},
    }.items():
        write_files(workspace.folder / name, {"main.tf": MAIN, **files})
    workspace.write([{"name": name, "source": f"workspace:{name}"} for name in ("stated", "npm", "plain")])
    terra("add", "stated", "npm", "plain")
    assert ids(project) == ["npm@0.4.0", "plain@0.0.0", "stated@3.1.4"]
    assert lines(project) == {"stated": ">=3.1.4,<4", "npm": ">=0.4.0,<0.5", "plain": "*"}


def test_locked_version_stays_until_it_is_asked_to_move(terra: Terra, workspace: Workspace, project: Path) -> None:
    workspace.write({"terra-registry": 1, "plugins": [versions(workspace, "1.0.0")]})
    terra("add", "aws-s3")
    workspace.write({"terra-registry": 1, "plugins": [versions(workspace, "1.0.0", "1.1.0")]})
    terra("add", "aws-s3")
    assert ids(project) == ["aws-s3@1.0.0"]
    moved = terra("add", "aws-s3@1.1.0")
    assert "1.0.0 -> 1.1.0" in moved.out
    assert (project / "plugins/aws-s3/main.tf").read_text() == "# 1.1.0\n"


def test_mark_of_an_executable_arrives_with_a_new_version(terra: Terra, workspace: Workspace, project: Path) -> None:
    entry = versions(workspace, "1.0.0", "1.1.0")
    workspace.write({"terra-registry": 1, "plugins": [entry]})
    for version, mode in (("1.0.0", 0o644), ("1.1.0", 0o755)):
        script = workspace.folder / folder_of(version) / "run.sh"
        script.write_text("#!/bin/sh\n")
        script.chmod(mode)
    terra("add", "aws-s3@1.0.0")
    assert (project / "plugins/aws-s3/run.sh").stat().st_mode & 0o777 == 0o644
    terra("add", "aws-s3@1.1.0")
    assert (project / "plugins/aws-s3/run.sh").stat().st_mode & 0o777 == 0o755


# -- checksums ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", ["sha256", "sha384", "sha512"])
@pytest.mark.parametrize("spelling", ["hex", "base64", "colon"])
def test_checksum_spelling(terra: Terra, workspace: Workspace, project: Path, algorithm: str, spelling: str) -> None:
    path, checksum = workspace.archive("aws-s3", {"main.tf": MAIN})
    digest = hashlib.new(algorithm, path.read_bytes())
    text = {
        "hex": f"{algorithm}-{digest.hexdigest()}",
        "base64": f"{algorithm}-{base64.b64encode(digest.digest()).decode()}",
        "colon": f"{algorithm}:{digest.hexdigest()}",
    }[spelling]
    workspace.write([{"name": "aws-s3", "source": "file:aws-s3.zip", "checksum": text}])
    terra("add", "aws-s3")
    assert lock_of(project)["aws-s3"]["archive"] == checksum
    workspace.archive("aws-s3", {"main.tf": "# another\n"})
    refused(terra, "add", "aws-s3", exit=5, says=[f"expected {algorithm}-", f"got {algorithm}-"], hint="publishes")


def test_checksum_is_looked_at_before_the_archive_is_opened(terra: Terra, workspace: Workspace, project: Path) -> None:
    """What comes in place of an archive is a log-in page more often than another archive."""
    _, checksum = workspace.archive("aws-s3", {"main.tf": MAIN})
    workspace.write([{"name": "aws-s3", "source": "file:aws-s3.zip", "checksum": checksum}])
    page = b"<html>Please log in</html>"
    (workspace.folder / "aws-s3.zip").write_bytes(page)
    refused(terra, "add", "aws-s3", exit=5, says=[f"expected {checksum}", f"got {sha256(page)}"], hint="publishes")


# -- where registries are -------------------------------------------------------------------------------------


def test_registry_of_a_folder_above(terra: Terra, workspace: Workspace) -> None:
    workspace.simple("aws-s3")
    below = workspace.folder / "envs/prod"
    below.mkdir(parents=True)
    terra("add", "aws-s3", cwd=below)
    assert ids(below) == ["aws-s3@0.1.0"]
    assert lock_of(below)["aws-s3"]["registry"] == "../../registry.json"
    assert str(workspace.folder) not in (below / "terra.lock").read_text()


def test_not_past_the_root_of_the_repository(terra: Terra, workspace: Workspace) -> None:
    workspace.simple("aws-s3")
    (workspace.folder / "repository/.git").mkdir(parents=True)
    below = workspace.folder / "repository/prod"
    below.mkdir()
    refused(terra, "add", "aws-s3", exit=3, says=["no registry"], hint="registry add", cwd=below)
    assert not list(below.iterdir())


@pytest.mark.parametrize(
    "where", ["../workspace", "../workspace/registry.json", "file:../workspace", "absolute", "here"]
)
def test_registry_option(terra: Terra, workspace: Workspace, where: str) -> None:
    workspace.simple("aws-s3")
    label = where == "here"
    if label:
        (terra.cwd / "terra.toml").write_text('[registries.other]\nurl = "./nowhere"\n' + REGISTRY)
    terra("add", "aws-s3", "--registry", str(workspace.folder) if where == "absolute" else where)
    expected = "here" if label else "../workspace/registry.json" if where.endswith(".json") else "../workspace"
    assert lines(terra.cwd) == {"aws-s3": {"version": ">=0.1.0,<0.2", "registry": expected}}
    assert lock_of(terra.cwd)["aws-s3"]["registry"] == expected
    assert terra("add", "aws-s3").out.startswith("= aws-s3")


def test_registry_option_from_a_folder_below(terra: Terra, workspace: Workspace) -> None:
    workspace.simple("aws-s3")
    (terra.cwd / "terra.toml").write_text("")
    (terra.cwd / "deep").mkdir()
    terra("add", "aws-s3", "--registry", "../../workspace", cwd=terra.cwd / "deep")
    assert lines(terra.cwd)["aws-s3"]["registry"] == "../workspace"


def test_first_registry_that_knows_the_name_has_it(terra: Terra, workspace: Workspace) -> None:
    older, newer = Workspace(workspace.folder / "older"), Workspace(workspace.folder / "newer")
    older.write({"terra-registry": 1, "plugins": [versions(older, "1.0.0")]})
    newer.write({"terra-registry": 1, "plugins": [versions(newer, "2.0.0"), {"name": "vpc", "source": "file:x"}]})
    tables = [f'[registries.{each}]\nurl = "../workspace/{each}"\n' for each in ("older", "newer")]
    (terra.cwd / "terra.toml").write_text("".join(tables))
    terra("add", "aws-s3")
    assert lock_of(terra.cwd)["aws-s3"]["registry"] == "older"
    (terra.cwd / "terra.lock").unlink()
    shutil.rmtree(terra.cwd / "plugins")
    (terra.cwd / "terra.toml").write_text("".join(reversed(tables)))
    terra("add", "aws-s3")
    assert lock_of(terra.cwd)["aws-s3"]["registry"] == "newer"


def test_registry_that_cannot_be_reached_is_not_passed_over(terra: Terra, workspace: Workspace) -> None:
    workspace.simple("aws-s3")
    (terra.cwd / "terra.toml").write_text(f'[registries.away]\nurl = "./nowhere"\n{REGISTRY}')
    refused(terra, "add", "aws-s3", exit=4, says=["nowhere"], hint="")


def bind(terra: Terra, workspace: Workspace, **tables: dict[str, Any]) -> None:
    """Write registries that each have `acme/vpc` and `aws-s3`, in order, `acme/vpc` 1.0.0 with their name in it."""
    text = ""
    for label, more in tables.items():
        own = Workspace(workspace.folder / label)
        for name in ("acme/vpc", "aws-s3"):
            write_files(own.folder / name, {"main.tf": f"# {label}\n"})
        own.write([{"name": name, "source": f"workspace:{name}"} for name in ("acme/vpc", "aws-s3")])
        text += f'[registries.{label}]\nurl = "../workspace/{label}"\nnamespaces = {json.dumps(more["serves"])}\n'
    (terra.cwd / "terra.toml").write_text(text)


def test_namespace_is_served_by_its_registry_alone(terra: Terra, workspace: Workspace) -> None:
    bind(terra, workspace, public={"serves": []}, corp={"serves": ["acme"]})
    terra("add", "acme/vpc", "aws-s3")
    assert (terra.cwd / "plugins/acme/vpc/main.tf").read_text() == "# corp\n"
    assert (terra.cwd / "plugins/aws-s3/main.tf").read_text() == "# public\n"
    Workspace(workspace.folder / "corp").write([])
    (terra.cwd / "terra.lock").unlink()
    refused(terra, "add", "acme/vpc", exit=3, says=["`acme/vpc`", "`corp`"], hint="")


def test_namespace_of_a_dependency_is_bound_even_where_one_registry_is_asked(
    terra: Terra, workspace: Workspace
) -> None:
    bind(terra, workspace, public={"serves": []}, corp={"serves": ["acme"]})
    public = Workspace(workspace.folder / "public")
    write_files(public.folder / "app", {"main.tf": "# app\n"})
    app = {"name": "app", "versions": {"1.0.0": {"source": "workspace:app", "dependencies": {"acme/vpc": "*"}}}}
    public.write({"terra-registry": 1, "plugins": [app, {"name": "acme/vpc", "source": "workspace:acme/vpc"}]})
    terra("add", "app", "--registry", "public")
    assert (terra.cwd / "plugins/acme/vpc/main.tf").read_text() == "# corp\n", "dependency confusion"


def test_locked_name_does_not_move_to_another_registry(terra: Terra, workspace: Workspace, project: Path) -> None:
    workspace.simple("aws-s3")
    other = Workspace(workspace.folder.parent / "other")
    other.simple("aws-s3")
    other.plugin("aws-s3", {"main.tf": "# other\n"})
    terra("add", "aws-s3")
    words = ("add", "aws-s3", "--registry", "../other")
    refused(terra, *words, exit=5, says=["`here`", "`../other`"], hint="--allow-registry-change")
    terra(*words, "--allow-registry-change")
    assert lock_of(project)["aws-s3"]["registry"] == "../other"
    assert (project / "plugins/aws-s3/main.tf").read_text() == "# other\n"


def test_label_is_not_the_identity_of_a_registry(terra: Terra, workspace: Workspace, project: Path) -> None:
    workspace.simple("aws-s3")
    terra("add", "aws-s3")
    renamed = (project / "terra.toml").read_text().replace("registries.here", "registries.there")
    (project / "terra.toml").write_text(renamed)
    assert terra("add", "aws-s3").out.startswith("= aws-s3")


# -- plugins that need plugins --------------------------------------------------------------------------------


def graph(workspace: Workspace, edges: dict[str, dict[str, str]]) -> None:
    """Write a registry of `NAME@VERSION` with what each needs."""
    plugins: dict[str, dict[str, Any]] = {}
    for plugin, needs in edges.items():
        name, _, version = plugin.partition("@")
        write_files(workspace.folder / plugin, {"main.tf": f"# {plugin}\n"})
        entry = {"source": f"workspace:{plugin}", "dependencies": needs}
        plugins.setdefault(name, {"name": name, "versions": {}})["versions"][version] = entry
    workspace.write({"terra-registry": 1, "plugins": list(plugins.values())})


def test_needed_plugins_are_added_too(terra: Terra, workspace: Workspace, project: Path) -> None:
    graph(
        workspace,
        {
            "app@1.0.0": {"db": "~>1.0", "key": "*"},
            "db@1.4.0": {"key": "<2"},
            "db@2.0.0": {},
            "key@1.9.0": {},
            "key@2.0.0": {},
        },
    )
    terra("add", "app")
    assert ids(project) == ["app@1.0.0", "db@1.4.0", "key@1.9.0"]
    locked = lock_of(project)
    assert [locked[name]["direct"] for name in ("app", "db", "key")] == [True, False, False]
    assert locked["app"]["requires"] == ["db~>1.0", "key"]
    assert list(lines(project)) == ["app"]
    terra("add", "key")
    assert lock_of(project)["key"]["direct"] is True


def test_needed_plugins_of_a_manifest(terra: Terra, workspace: Workspace, project: Path) -> None:
    workspace.simple("app", "acme/key")
    call = 'module "key" {\n  source = "../acme/key"\n}\n'
    manifest = '[plugin]\nname = "app"\nversion = "1.0.0"\n[dependencies]\n"acme/key" = ">=0.1,<1"\n'
    workspace.plugin("app", {"main.tf": call}, manifest)
    terra("add", "app")
    assert ids(project) == ["acme/key@0.1.0", "app@1.0.0"]
    assert (project / "plugins/app/main.tf").read_text() == call, "nothing is rewritten at add"


def test_conflict_shows_who_wants_what(terra: Terra, workspace: Workspace, project: Path) -> None:
    graph(workspace, {"app@1.0.0": {"key": ">=2"}, "db@1.0.0": {"key": "<2"}, "key@1.0.0": {}, "key@2.0.0": {}})
    said = ["`key`", "`app@1.0.0` wants `key>=2`", "`db@1.0.0` wants `key<2`", "there is: 2.0.0, 1.0.0"]
    refused(terra, "add", "app", "db", exit=3, says=said, hint="terra info key")
    terra("add", "db")
    refused(terra, "add", "app", exit=3, says=said, hint="terra info key")


def test_need_of_a_plugin_that_is_not_known(terra: Terra, workspace: Workspace, project: Path) -> None:
    graph(workspace, {"app@1.0.0": {"nowhere": "*"}})
    refused(terra, "add", "app", exit=3, says=["`nowhere`", "`app@1.0.0`"], hint="")


def test_older_version_is_taken_where_the_newest_does_not_fit(
    terra: Terra, workspace: Workspace, project: Path
) -> None:
    graph(workspace, {"app@1.0.0": {"key": "<2"}, "app@1.1.0": {"key": ">=2"}, "key@1.0.0": {}, "key@2.0.0": {}})
    terra("add", "app", "key@1.0.0")
    assert ids(project) == ["app@1.0.0", "key@1.0.0"]


def test_what_must_move_moves_and_nothing_else(terra: Terra, workspace: Workspace, project: Path) -> None:
    graph(workspace, {"key@1.0.0": {}, "other@1.0.0": {}})
    write_files(project, {"mine/main.tf": "# mine\n"})
    terra("add", "key", "other", "./mine")
    (project / "terra.toml").write_text((project / "terra.toml").read_text().replace(">=1.0.0,<2", "*"))
    graph(
        workspace,
        {"key@1.0.0": {}, "key@2.0.0": {}, "other@1.0.0": {}, "other@1.1.0": {}, "app@1.0.0": {"key": ">=2"}},
    )
    terra("add", "app")
    assert ids(project) == ["app@1.0.0", "key@2.0.0", "mine@0.0.0", "other@1.0.0"]


def test_direct_source_is_not_replaced_by_the_name_in_a_registry(
    terra: Terra, workspace: Workspace, project: Path
) -> None:
    graph(workspace, {"key@1.0.0": {}})
    write_files(project, {"mine/main.tf": "# mine\n"})
    terra("add", "key", "./mine")
    (project / "terra.toml").write_text((project / "terra.toml").read_text().replace(">=1.0.0,<2", "*"))
    graph(workspace, {"key@1.0.0": {}, "key@2.0.0": {}, "app@1.0.0": {"key": ">=2"}, "mine@9.0.0": {}})
    terra("add", "app")
    assert (project / "plugins/mine/main.tf").read_text() == "# mine\n", "dependency confusion"
    assert lock_of(project)["mine"]["source"] == "file:mine"


@pytest.mark.parametrize("how", ["folder", "address"])
def test_name_of_a_direct_source_is_that_source(terra: Terra, workspace: Workspace, project: Path, how: str) -> None:
    """`terra doctor` says `terra add NAME` where files are missing: that must not turn to a registry."""
    workspace.simple("mine")
    with hostile_server() as server:
        server.routes["/mine.zip"] = serve(packed({"main.tf": "# mine\n"}, ".zip"))
        write_files(project, {"mine/main.tf": "# mine\n"})
        terra("add", "./mine" if how == "folder" else server.url("/mine.zip"))
        before = snapshot(project)
        (project / "plugins/mine/main.tf").unlink()
        terra("add", "mine")
    assert snapshot(project) == before


def test_unknown_name_beside_a_direct_source(terra: Terra, workspace: Workspace, project: Path) -> None:
    workspace.simple("aws-s3")
    write_files(project, {"mine/main.tf": "# mine\n"})
    terra("add", "./mine")
    refused(terra, "add", "aws-s4", exit=3, says=["`aws-s4` is not in `here`"], hint="`aws-s3`")


# -- over http ------------------------------------------------------------------------------------------------


def test_registry_over_http_is_asked_with_its_etag(terra: Terra) -> None:
    archive = packed({"main.tf": MAIN}, ".zip")
    document = json.dumps([{"name": "aws-s3", "source": "archives/aws-s3.zip", "checksum": sha256(archive)}])
    with hostile_server() as server:
        server.routes["/r/registry.json"] = serve(document.encode(), '"one"')
        server.routes["/r/archives/aws-s3.zip"] = serve(archive, '"zip"')
        terra("add", "aws-s3", "--registry", server.url("/r/registry.json"))
        assert lines(terra.cwd)["aws-s3"]["registry"] == server.url("/r/registry.json")
        assert lock_of(terra.cwd)["aws-s3"]["source"] == server.url("/r/archives/aws-s3.zip")
        terra("info", "aws-s3")
        asked = server.headers("/r/registry.json")
        assert [each.get("if-none-match") for each in asked] == [None, '"one"']
        assert len(server.headers("/r/archives/aws-s3.zip")) == 1
        seen = len(server.seen)
        terra("add", "aws-s3")
        assert len(server.seen) == seen, "what is locked and cached needs no network"
        server.routes["/r/registry.json"] = serve(b"[]", '"two"')
        refused(terra, "info", "aws-s3", exit=3, says=["`aws-s3`"], hint="")


def test_folder_of_a_registry_over_http(terra: Terra) -> None:
    archive = packed({"main.tf": MAIN}, ".tar.gz")
    first = {"terra-registry": 1, "include": ["net/registry.json"], "plugins": []}
    with hostile_server() as server:
        server.routes["/r/registry.json"] = serve(json.dumps(first).encode())
        server.routes["/r/net/registry.json"] = serve(b'[{"name": "acme/vpc", "source": "../vpc-1.2.0.tgz"}]')
        server.routes["/r/vpc-1.2.0.tgz"] = serve(archive)
        added = terra("add", "acme/vpc", "--registry", server.url("/r"))
        assert any("without a checksum" in text for text in warnings_of(added))
        assert lines(terra.cwd)["acme/vpc"]["registry"] == server.url("/r/")


@pytest.mark.parametrize(
    "source", ["workspace:vpc", "file:///tmp/vpc.zip", "/tmp/vpc.zip", "http://[", "//x.example/a.zip"]
)
def test_registry_over_http_names_nothing_of_this_machine(terra: Terra, source: str) -> None:
    with hostile_server() as server:
        server.routes["/registry.json"] = serve(json.dumps([{"name": "vpc", "source": source}]).encode())
        words = ("add", "vpc", "--registry", server.url("/registry.json"))
        refused(terra, *words, exit=2, says=["[0].source"], hint=None)


def test_locked_registry_of_the_network_is_in_the_lock(terra: Terra) -> None:
    with hostile_server() as server:
        server.routes["/registry.json"] = serve(b'[{"name": "vpc", "source": "vpc.zip"}]')
        server.routes["/vpc.zip"] = serve(packed({"main.tf": MAIN}, ".zip"))
        (terra.cwd / "terra.toml").write_text(f'[registries.corp]\nurl = "{server.url("/registry.json")}"\n')
        terra("add", "vpc")
        lock = tomllib.loads((terra.cwd / "terra.lock").read_text())
        assert lock["registry"] == [{"name": "corp", "location": server.url("/registry.json")}]
        assert lock["plugin"][0]["registry"] == "corp"


def test_moved_bytes_of_a_locked_archive_are_refused(terra: Terra, isolated: Path) -> None:
    with hostile_server() as server:
        server.routes["/registry.json"] = serve(b'[{"name": "vpc", "version": "1.0.0", "source": "vpc.zip"}]')
        server.routes["/vpc.zip"] = serve(packed({"main.tf": "# one\n"}, ".zip"))
        words = ("add", "vpc", "--registry", server.url("/registry.json"))
        terra(*words)
        server.routes["/vpc.zip"] = serve(packed({"main.tf": "# two\n"}, ".zip"))
        fresh = {"TERRA_HOME": str(isolated / "another-home")}
        refused(terra, *words, exit=5, says=["vpc@1.0.0", "terra.lock", "expected", "got"], hint="publisher", **fresh)
        server.routes["/vpc.zip"] = serve(packed({"wrapped/main.tf": "# one\n"}, ".zip"))
        assert same_files(terra(*words, **fresh)), "other bytes with the same files are a warning"


def same_files(ended: Ended) -> bool:
    return any("other bytes" in text and "same files" in text for text in warnings_of(ended))
