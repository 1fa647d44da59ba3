"""`terra add` of a folder, an archive or an address: forms, names, payload roots, exclusions."""

from __future__ import annotations

import io
import tomllib
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from support.expected import refused, warnings_of
from support.hostile_server import hostile_server
from support.packages import ENDINGS, packed, serve, sha256, wheel
from support.project import MAIN, Terra, Workspace, snapshot, write_files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILES = {"main.tf": MAIN, "README.md": "# vpc\n", "modules/a/main.tf": "# a\n"}
WHEEL = {"terra_vpc/__init__.py": "", **{f"terra_vpc/payload/{path}": data for path, data in FILES.items()}}


def archive(ending: str) -> tuple[str, bytes]:
    """Return the file name and the bytes of the plugin `vpc` 1.2.0 in a form."""
    if ending == ".whl":
        return wheel("terra_vpc", "1.2.0", {"vpc": "terra_vpc"}, WHEEL)
    wrapped = {f"vpc-1.2.0/{path}": data for path, data in FILES.items()}
    return f"vpc-1.2.0{ending}", packed(wrapped, ending)


def payload(folder: Path) -> list[str]:
    """Return the files below a folder."""
    return sorted(path for path in snapshot(folder) if not path.endswith("/"))


def lock_of(folder: Path) -> dict[str, Any]:
    lock = tomllib.loads((folder / "terra.lock").read_text())
    return {plugin["id"].partition("@")[0]: plugin for plugin in lock["plugin"]}


def lines(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "terra.toml").read_text())["plugins"]


# -- forms ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", [*ENDINGS, ".whl"])
def test_archive_of_this_machine(terra: Terra, workspace: Workspace, ending: str) -> None:
    name, data = archive(ending)
    (workspace.folder / name).write_bytes(data)
    terra("add", f"../workspace/{name}", "--checksum", sha256(data))
    assert payload(terra.cwd / "plugins/vpc") == ["README.md", "main.tf", "modules/a/main.tf"]
    assert lines(terra.cwd) == {"vpc": {"source": f"file:../workspace/{name}", "checksum": sha256(data)}}
    locked = lock_of(terra.cwd)["vpc"]
    assert (locked["source"], locked["archive"]) == (f"file:../workspace/{name}", sha256(data))
    assert locked["size"] == len(data)
    before = snapshot(terra.cwd)
    assert terra("add", f"file:../workspace/{name}").out.startswith("= vpc")
    assert payload(terra.cwd / "plugins") == ["vpc/README.md", "vpc/main.tf", "vpc/modules/a/main.tf"]
    assert snapshot(terra.cwd)["terra.lock"] == before["terra.lock"]


@pytest.mark.parametrize("ending", [*ENDINGS, ".whl"])
def test_archive_at_an_address(terra: Terra, ending: str) -> None:
    name, data = archive(ending)
    with hostile_server() as server:
        server.routes[f"/dl/{name}"] = serve(data, '"one"')
        pinned = terra("add", server.url(f"/dl/{name}"))
        assert any("without a checksum" in text for text in warnings_of(pinned))
        assert payload(terra.cwd / "plugins/vpc") == ["README.md", "main.tf", "modules/a/main.tf"]
        assert lock_of(terra.cwd)["vpc"]["archive"] == sha256(data)
        terra("add", server.url(f"/dl/{name}"))
        assert len(server.headers(f"/dl/{name}")) == 1, "what is locked and cached is not fetched again"
        checked = terra("add", server.url(f"/dl/{name}"), "--checksum", sha256(data))
        assert warnings_of(checked) == []
        assert lines(terra.cwd)["vpc"]["checksum"] == sha256(data)


@pytest.mark.parametrize("ending", ["", "/", "//"])
def test_folder(terra: Terra, workspace: Workspace, ending: str) -> None:
    write_files(workspace.folder / "vpc", FILES)
    terra("add", f"../workspace/vpc{ending}")
    assert payload(terra.cwd / "plugins/vpc") == ["README.md", "main.tf", "modules/a/main.tf"]
    assert lines(terra.cwd) == {"vpc": {"source": "file:../workspace/vpc"}}
    assert "archive" not in lock_of(terra.cwd)["vpc"]


def test_folder_by_its_absolute_path_is_written_relative(terra: Terra, workspace: Workspace) -> None:
    write_files(workspace.folder / "vpc", FILES)
    for text in (str(workspace.folder / "vpc"), f"file://{workspace.folder}/vpc"):
        terra("add", text)
        assert lines(terra.cwd) == {"vpc": {"source": "file:../workspace/vpc"}}


def test_folder_is_always_read_afresh(terra: Terra, workspace: Workspace) -> None:
    write_files(workspace.folder / "vpc", FILES)
    terra("add", "../workspace/vpc")
    (workspace.folder / "vpc/main.tf").write_text("# newer\n")
    terra("add", "../workspace/vpc")
    assert (terra.cwd / "plugins/vpc/main.tf").read_text() == "# newer\n"


def test_folder_of_a_pre_release(terra: Terra, workspace: Workspace) -> None:
    """Whoever names the very folder asks for what is in it."""
    manifest = '[plugin]\nname = "vpc"\nversion = "1.0.0-rc.1"\n'
    write_files(workspace.folder / "vpc", {**FILES, "terra-plugin.toml": manifest})
    terra("add", "../workspace/vpc")
    assert lock_of(terra.cwd)["vpc"]["id"] == "vpc@1.0.0-rc.1"
    assert terra("add", "../workspace/vpc").out.startswith("= vpc")


def test_path_without_a_dot_is_a_name(terra: Terra) -> None:
    write_files(terra.cwd / "modules/my_vpc", FILES)
    refused(terra, "add", "modules/my_vpc", exit=2, says=["modules/my_vpc"], hint="./modules/my_vpc")
    refused(terra, "add", "modules/vpc", exit=3, says=["`modules/vpc`"], hint="")


@pytest.mark.parametrize("ending", [".zip", ".tar.gz"])
def test_folder_inside(terra: Terra, workspace: Workspace, ending: str) -> None:
    files = {f"repository-1.0.0/{path}": data for path, data in {"modules/vpc/main.tf": MAIN, "main.tf": "#\n"}.items()}
    name = f"repository-1.0.0{ending}"
    (workspace.folder / name).write_bytes(packed(files, ending))
    terra("add", f"../workspace/{name}//modules/vpc")
    assert payload(terra.cwd / "plugins") == ["vpc/main.tf"]
    assert lines(terra.cwd) == {"vpc": {"source": f"file:../workspace/{name}//modules/vpc"}}
    with hostile_server() as server:
        server.routes[f"/{name}"] = serve(packed(files, ending))
        terra("add", server.url(f"/{name}//modules/vpc"), "--as", "net/vpc")
        assert lines(terra.cwd)["net/vpc"] == {"source": server.url(f"/{name}//modules/vpc")}
    words = ("add", f"../workspace/{name}//modules/none")
    refused(terra, *words, exit=3, says=["`modules/none`"], hint="`//")


def test_folder_inside_a_folder(terra: Terra, workspace: Workspace) -> None:
    write_files(workspace.folder / "repository/modules/vpc", FILES)
    terra("add", "../workspace/repository//modules/vpc")
    assert payload(terra.cwd / "plugins/vpc") == ["README.md", "main.tf", "modules/a/main.tf"]
    refused(terra, "add", "../workspace/repository//../up", exit=5, says=["`../up`"], hint="")


def test_address_without_an_ending(terra: Terra) -> None:
    with hostile_server() as server:
        server.routes["/latest/vpc"] = serve(packed(FILES, ".zip"))
        refused(terra, "add", server.url("/latest/vpc"), exit=2, says=["archive by its ending"], hint="?archive=zip")
        terra("add", server.url("/latest/vpc?archive=zip"))
        assert payload(terra.cwd / "plugins/vpc") == ["README.md", "main.tf", "modules/a/main.tf"]


# -- wheels ---------------------------------------------------------------------------------------------------


def add_wheel(terra: Terra, workspace: Workspace, name: str, data: bytes, *words: str, exit: int = 0) -> None:
    (workspace.folder / name).write_bytes(data)
    terra("add", f"../workspace/{name}", *words, exit=exit)


def test_wheel_of_a_name_with_two_parts(terra: Terra, workspace: Workspace) -> None:
    """The file's name can only suggest `acme-vpc`; the entry point knows better."""
    name, data = wheel(
        "terra_acme_vpc", "1.0.0", {"acme/vpc": "terra_acme_vpc"}, {"terra_acme_vpc/payload/main.tf": MAIN}
    )
    add_wheel(terra, workspace, name, data)
    assert payload(terra.cwd / "plugins") == ["acme/vpc/main.tf"]


def test_wheel_under_another_name(terra: Terra, workspace: Workspace) -> None:
    add_wheel(terra, workspace, *archive(".whl"), "--as", "network")
    assert payload(terra.cwd / "plugins") == ["network/README.md", "network/main.tf", "network/modules/a/main.tf"]


def test_wheel_with_its_manifest(terra: Terra, workspace: Workspace) -> None:
    manifest = '[plugin]\nname = "vpc"\nversion = "1.0.0-rc.1"\n[dependencies]\n'
    files = {**WHEEL, "terra_vpc-1.0.0rc1.dist-info/terra-plugin.toml": manifest}
    add_wheel(terra, workspace, *wheel("terra_vpc", "1.0.0rc1", {"vpc": "terra_vpc"}, files))
    assert lock_of(terra.cwd)["vpc"]["id"] == "vpc@1.0.0-rc.1"


def test_wheel_with_two_manifests_that_differ(terra: Terra, workspace: Workspace) -> None:
    files = {
        **WHEEL,
        "terra_vpc/terra-plugin.toml": '[plugin]\nname = "vpc"\n',
        "terra_vpc-1.2.0.dist-info/terra-plugin.toml": '[plugin]\nname = "vpc"\nversion = "1.2.0"\n',
    }
    name, data = wheel("terra_vpc", "1.2.0", {"vpc": "terra_vpc"}, files)
    (workspace.folder / name).write_bytes(data)
    refused(terra, "add", f"../workspace/{name}", exit=5, says=["differ"], hint=None)


def test_wheel_that_is_no_plugin(terra: Terra, workspace: Workspace) -> None:
    name, data = wheel("requests", "1.0.0", {}, {"requests/__init__.py": ""})
    (workspace.folder / name).write_bytes(data)
    refused(terra, "add", f"../workspace/{name}", exit=5, says=["entry point"], hint="not a terra plugin")


def test_wheel_whose_record_is_wrong(terra: Terra, workspace: Workspace) -> None:
    name, data = archive(".whl")
    with zipfile.ZipFile(io.BytesIO(data)) as old:
        held = {each: old.read(each) for each in old.namelist()}
    held["terra_vpc/payload/main.tf"] += b"# changed\n"
    (workspace.folder / name).write_bytes(packed(held, ".zip"))
    refused(terra, "add", f"../workspace/{name}", exit=5, says=["RECORD", "main.tf"], hint=None)


# -- names ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("My_VPC", "my-vpc"),
        ("terra-aws-s3", "aws-s3"),
        ("aws-s3-0.1.0.zip", "aws-s3"),
        ("aws-s3-v1.2.3-rc.1.tar.gz", "aws-s3"),
        ("terra_aws_s3.tgz", "aws-s3"),
        ("net work.zip", "net-work"),
        ("ec2.zip", "ec2"),
    ],
)
def test_derived_name(terra: Terra, workspace: Workspace, path: str, name: str) -> None:
    ending = next((each for each in ENDINGS if path.endswith(each)), "")
    if ending:
        (workspace.folder / path).write_bytes(packed({"main.tf": MAIN}, ending))
    else:
        write_files(workspace.folder / path, {"main.tf": MAIN})
    terra("add", f"../workspace/{path}")
    assert payload(terra.cwd / "plugins") == [f"{name}/main.tf"]


def test_derived_name_of_a_generated_archive(terra: Terra) -> None:
    with hostile_server() as server:
        server.routes["/acme/aws-s3/archive/refs/tags/v0.1.0.zip"] = serve(
            packed({"aws-s3-0.1.0/main.tf": MAIN}, ".zip")
        )
        terra("add", server.url("/acme/aws-s3/archive/refs/tags/v0.1.0.zip"))
    assert payload(terra.cwd / "plugins") == ["aws-s3/main.tf"]


def test_name_of_the_manifest_comes_before_the_path(terra: Terra, workspace: Workspace) -> None:
    write_files(workspace.folder / "x", {"main.tf": MAIN, "terra-plugin.toml": '[plugin]\nname = "my-company/vpc"\n'})
    terra("add", "../workspace/x")
    assert payload(terra.cwd / "plugins") == ["my-company/vpc/main.tf"]
    assert 'source = "./plugins/my-company/vpc"' in terra("module", "my-company/vpc").out
    terra("add", "../workspace/x", "--as", "vpc")
    assert payload(terra.cwd / "plugins") == ["my-company/vpc/main.tf", "vpc/main.tf"]
    assert sorted(lines(terra.cwd)) == ["my-company/vpc", "vpc"]


def test_no_name_can_be_derived(terra: Terra, workspace: Workspace) -> None:
    write_files(workspace.folder / "___", {"main.tf": MAIN})
    refused(terra, "add", "../workspace/___", exit=2, says=["derive"], hint="--as NAME")
    refused(terra, "add", "../workspace/___", "--as", "No", exit=2, says=["`No`"], hint="a-z")


@pytest.mark.parametrize(("first", "second"), [("net", "net/vpc"), ("net/vpc", "net")])
def test_name_that_is_a_folder_of_another(terra: Terra, workspace: Workspace, first: str, second: str) -> None:
    write_files(workspace.folder / "x", {"main.tf": MAIN})
    terra("add", "../workspace/x", "--as", first)
    words = ("add", "../workspace/x", "--as", second)
    refused(terra, *words, exit=3, says=[f"`{first}`", f"`{second}`", "cannot stand in one set"], hint="")


def test_names_that_clash_through_a_manifest(terra: Terra, workspace: Workspace) -> None:
    for name in ("net", "net/vpc"):
        workspace.plugin(name)
    words = ("add", "../workspace/packages/plugins/net", "../workspace/packages/plugins/net/vpc")
    refused(terra, *words, exit=3, says=["`net`", "`net/vpc`"], hint="")


def test_needed_plugin_that_clashes(terra: Terra, workspace: Workspace) -> None:
    workspace.simple("net/vpc", "net")
    workspace.plugin("app", manifest='[plugin]\nname = "app"\n[dependencies]\nnet = "*"\n')
    terra("add", "net/vpc", "--registry", "../workspace")
    words = ("add", "../workspace/packages/plugins/app")
    (terra.cwd / "terra.toml").write_text(
        (terra.cwd / "terra.toml").read_text() + '\n[registries.here]\nurl = "../workspace"\n'
    )
    refused(terra, *words, exit=3, says=["`net`", "`net/vpc`"], hint="")


# -- payload root and exclusions ------------------------------------------------------------------------------

WRAPPED: dict[str, dict[str, str]] = {
    "at the root": {"main.tf": MAIN},
    "wrapped once": {"vpc-1.0.0/main.tf": MAIN, "pax_global_header": ""},
    "wrapped thrice": {"a/packages/vpc/main.tf": MAIN},
    "beside dot files": {".github/workflows/ci.yml": "x", "vpc/main.tf": MAIN},
    "by its manifest": {"LICENSE": "MIT", "src/terra-plugin.toml": '[plugin]\nname = "vpc"\n', "src/main.tf": MAIN},
    "by the manifest's root": {
        "terra-plugin.toml": '[plugin]\nname = "vpc"\n[files]\nroot = "module"\n',
        "module/main.tf": MAIN,
        "other/main.tf": "#\n",
    },
}


@pytest.mark.parametrize("files", WRAPPED.values(), ids=WRAPPED)
def test_payload_root(terra: Terra, workspace: Workspace, files: Mapping[str, str]) -> None:
    files = {path: data for path, data in files.items() if path != "pax_global_header"}
    (workspace.folder / "vpc.zip").write_bytes(packed(files, ".zip"))
    terra("add", "../workspace/vpc.zip")
    assert payload(terra.cwd / "plugins") == ["vpc/main.tf"]


def test_npm_tarball(terra: Terra, workspace: Workspace) -> None:
    files = {"package/package.json": '{"version": "0.3.0"}', "package/main.tf": MAIN, "package/index.js": ""}
    (workspace.folder / "vpc.tgz").write_bytes(packed(files, ".tgz"))
    terra("add", "../workspace/vpc.tgz")
    assert lock_of(terra.cwd)["vpc"]["id"] == "vpc@0.3.0"
    assert payload(terra.cwd / "plugins") == ["vpc/index.js", "vpc/main.tf"]


def test_several_plugins_in_one_archive(terra: Terra, workspace: Workspace) -> None:
    files = {f"plugins/{name}/terra-plugin.toml": f'[plugin]\nname = "{name}"\n' for name in ("one", "two")}
    files |= {f"plugins/{name}/main.tf": MAIN for name in ("one", "two")}
    (workspace.folder / "all.zip").write_bytes(packed(files, ".zip"))
    refused(terra, "add", "../workspace/all.zip", exit=5, says=["2 plugins", "plugins/one"], hint="//folder")
    terra("add", "../workspace/all.zip//plugins/two")
    assert payload(terra.cwd / "plugins") == ["two/main.tf"]


LEFT_OUT = {
    ".github/ci.yml": "",
    ".terraform.lock.hcl": "",
    ".gitignore": "",
    "terraform.tfstate": "{}",
    "node_modules/x/index.js": "",
    "pyproject.toml": "",
    "package.json": "{}",
    "examples/basic/main.tf": "#\n",
    "tests/vpc.tftest.hcl": "",
    "terra-plugin.toml": '[plugin]\nname = "vpc"\n[files]\nexclude = ["docs/**"]\n',
    "docs/design.md": "",
}
KEPT = {"main.tf": MAIN, "LICENSE": "MIT\n", "README.md": "#\n", "files/policy.json": "{}", "empty.tf": ""}


def test_left_out_and_listed(terra: Terra, workspace: Workspace) -> None:
    write_files(workspace.folder / "vpc", {**LEFT_OUT, **KEPT})
    quiet = terra("add", "../workspace/vpc", "--dry-run")
    said = terra("add", "../workspace/vpc", "-v")
    assert payload(terra.cwd / "plugins/vpc") == sorted(KEPT)
    assert (terra.cwd / "plugins/vpc/empty.tf").read_bytes() == b""
    for path in LEFT_OUT:
        top = path.partition("/")[0]
        assert f"left out {top}" in said.out
        assert f"left out {top}" not in quiet.out


def test_left_out_but_referred_to_is_a_warning(terra: Terra, workspace: Workspace) -> None:
    files = {"main.tf": 'locals {\n  x = file("${path.module}/examples/x.json")\n}\n', "examples/x.json": "{}"}
    write_files(workspace.folder / "vpc", files)
    ended = terra("add", "../workspace/vpc")
    assert any("examples" in text and "main.tf" in text for text in warnings_of(ended))


def test_included_again_by_the_author(terra: Terra, workspace: Workspace) -> None:
    manifest = '[plugin]\nname = "vpc"\n[files]\ninclude = ["examples/basic/**", "pyproject.toml"]\n'
    write_files(workspace.folder / "vpc", {**LEFT_OUT, **KEPT, "terra-plugin.toml": manifest})
    terra("add", "../workspace/vpc")
    held = payload(terra.cwd / "plugins/vpc")
    assert {"examples/basic/main.tf", "pyproject.toml"} <= set(held)
    assert "tests/vpc.tftest.hcl" not in held


def test_archive_that_climbs_out_is_refused_whole(terra: Terra, workspace: Workspace) -> None:
    (workspace.folder / "vpc.zip").write_bytes(packed({"main.tf": MAIN, "../../../evil.tf": MAIN}, ".zip"))
    refused(terra, "add", "../workspace/vpc.zip", exit=5, says=["evil.tf"], hint=None)
