"""What the user did wrong, what was wrong with what came: exit code, message, hint, and nothing changed."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from support.expected import refused, warnings_of
from support.hostile_server import hostile_server
from support.packages import serve, sha256
from support.project import MAIN, Terra, Workspace, write_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

REGISTRY = '[registries.here]\nurl = "../workspace"\n'
LOCK = """version = 1

[[plugin]]
id = "aws-s3@0.1.0"
source = "file:../aws-s3"
tree = "sha256-e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
direct = true
requires = []
signers = []
hooks = false
files = []
"""


@pytest.fixture
def project(terra: Terra) -> Path:
    """A project whose registry is the workspace."""
    (terra.cwd / "terra.toml").write_text(REGISTRY)
    return terra.cwd


# -- names and registries -------------------------------------------------------------------------------------


def test_unknown_name(terra: Terra, workspace: Workspace, project: Path) -> None:
    workspace.simple("aws-s3", "aws-sqs", "naming")
    refused(terra, "add", "aws-s4", exit=3, says=["`aws-s4`", "`here`"], hint="`aws-s3`")


def test_unknown_name_with_nothing_near(terra: Terra, workspace: Workspace, project: Path) -> None:
    workspace.simple("aws-s3")
    refused(terra, "add", "zzzzzz", exit=3, says=["`zzzzzz` is not in `here`"], hint="terra registry add")


def test_unknown_name_says_nothing_of_the_known_one_beside_it(
    terra: Terra, workspace: Workspace, project: Path
) -> None:
    workspace.simple("aws-s3")
    refused(terra, "add", "aws-s3", "nowhere", exit=3, says=["`nowhere`"], hint="")


def test_no_registry_at_all(terra: Terra) -> None:
    refused(terra, "add", "aws-s3", exit=3, says=["`aws-s3`", "no registry"], hint="terra registry add NAME")


@pytest.mark.parametrize(("text", "hint"), [("her", "did you mean `here`?"), ("zzz", "the labels here are `here`")])
def test_registry_that_is_almost_a_label(
    terra: Terra, workspace: Workspace, project: Path, text: str, hint: str
) -> None:
    workspace.simple("aws-s3")
    says = [f"`{text}` is no label of a registry, and there is no file or folder `{project.resolve() / text}`"]
    for verb in ("add", "info"):
        refused(terra, verb, "aws-s3", "--registry", text, exit=4, says=says, hint=hint)


def test_line_whose_registry_is_almost_a_label(terra: Terra, workspace: Workspace) -> None:
    workspace.simple("aws-s3")
    (terra.cwd / "terra.toml").write_text(f'{REGISTRY}[plugins]\naws-s3 = {{ version = "*", registry = "her" }}\n')
    refused(terra, "add", "aws-s3", exit=4, says=["`her` is no label"], hint="`here`")


@pytest.fixture
def indexes(project: Path) -> Iterator[Path]:
    """A project with a package index of each kind, which have nothing."""
    with hostile_server() as server:
        kinds = [f'[registries.my-{kind}]\nkind = "{kind}"\nurl = "{server.url("/")}"\n' for kind in ("pypi", "npm")]
        (project / "terra.toml").write_text("".join(kinds))
        yield project


def test_unknown_name_is_shown_as_the_package_that_was_looked_for(terra: Terra, indexes: Path) -> None:
    says = ["`my-pypi` (there `terra-zzz`)", "`my-npm` (there `@terra/zzz`)"]
    refused(terra, "add", "zzz", exit=3, says=says, hint="another may have it")


def test_name_of_the_package_in_place_of_the_plugin(terra: Terra, indexes: Path) -> None:
    refused(terra, "add", "terra-aws-s3", exit=3, says=["`terra-aws-s3`"], hint="`terra add aws-s3`")
    refused(terra, "add", "@terra/aws-s3", exit=2, says=["npm package"], hint="`aws-s3`")


def test_address_of_a_package_where_a_registry_of_its_kind_is_there(terra: Terra, indexes: Path) -> None:
    """`npm:aws-s3` is somebody's package, and asks where npm itself asks."""
    with hostile_server() as server:
        where = {"npm_config_registry": server.url("/"), "NPM_CONFIG_REGISTRY": server.url("/")}
        for text, name in (("npm:aws-s3", "aws-s3"), ("npm:@my-company/vpc@1", "my-company/vpc")):
            for verb in ("add", "info"):
                ended = refused(terra, verb, text, exit=3, says=["the npm registry"], hint="`my-npm`", **where)
                assert f"`terra add {name}`" in ended.err
        (indexes / "terra.toml").write_text("")
        assert "terra add" not in refused(terra, "add", "npm:x", exit=3, says=["npm"], hint="", **where).err


def test_registry_that_is_not_there(terra: Terra) -> None:
    refused(terra, "add", "aws-s3", "--registry", "../nowhere", exit=4, says=["nowhere"], hint="registry")


@pytest.mark.parametrize("name", ["AWS", "a/b/c", "a--b", "con", "-x-", "a" * 65, ""])
def test_what_is_no_name(terra: Terra, name: str) -> None:
    refused(terra, "add", "--", name, exit=2, says=[], hint="")


@pytest.mark.parametrize("requirement", ["aws-s3@banana", "aws-s3@>=", "aws-s3@>=1,,<2", "aws-s3@1.2.3-1"])
def test_what_is_no_requirement(terra: Terra, workspace: Workspace, project: Path, requirement: str) -> None:
    workspace.simple("aws-s3")
    refused(terra, "add", requirement, exit=2, says=[requirement.partition("@")[2]], hint=">=0.1,<1")


# -- documents ------------------------------------------------------------------------------------------------


def test_broken_project_file_says_everything_at_once(terra: Terra, workspace: Workspace) -> None:
    workspace.simple("aws-s3")
    (terra.cwd / "terra.toml").write_text(
        '[project]\nname = 3\nplugins-dir = "../out"\n[plugins]\n"AWS" = "1"\naws-s3 = "banana"\naws-sqs = 7\n'
        '[policy]\nrequire-checksum = "yes"\n[registries.corp]\nkind = "we ird"\n[plugin]\n'
    )
    ended = refused(
        terra,
        *("add", "aws-s3", "--registry", "../workspace"),
        exit=2,
        says=["terra.toml", "expected", "got", "`3`", "`../out`", "`banana`", "`7`", "`yes`", "`we ird`"],
        hint=None,
    )
    for where in (
        *("project.name", "project.plugins-dir", "plugins.AWS", "plugins.aws-s3", "plugins.aws-sqs"),
        *("policy.require-checksum", "registries.corp.kind", "registries.corp.url", "plugin"),
    ):
        assert f"`{where}`" in ended.err


@pytest.mark.parametrize("folder", ["plugins", "plugins/dev", "./plugins"])
def test_two_sets_in_one_folder(terra: Terra, folder: str) -> None:
    (terra.cwd / "terra.toml").write_text(f'[sets.dev]\ndir = "{folder}"\n')
    refused(terra, "list", exit=2, says=["terra.toml", "`sets.dev.dir`"], hint=None)


def test_project_file_that_is_no_toml_names_the_line(terra: Terra) -> None:
    (terra.cwd / "terra.toml").write_text('[project]\nname = "x\n')
    refused(terra, "list", exit=2, says=["terra.toml", "line 2"], hint=None)


@pytest.mark.parametrize("data", [b"\xff\xfe[project]\n", b'[project]\nname = "\xe9"\n'])
def test_project_file_that_is_not_utf8(terra: Terra, data: bytes) -> None:
    (terra.cwd / "terra.toml").write_bytes(data)
    refused(terra, "list", exit=2, says=["terra.toml"], hint=None)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('[registries.corp]\nurl = "https://corp.example/"\ntoken = "s3cret"\n', "registries.corp.token"),
        ('[registries.corp]\nurl = "https://me:s3cret@corp.example/"\n', "registries.corp.url"),
        ('[credentials."https://corp.example"]\ntoken = "s3cret"\n', "credentials"),
        ('[plugins]\na = { source = "https://me:s3cret@corp.example/a.zip" }\n', "plugins.a.source"),
        ('[plugins]\na = { version = "1", registry = "https://s3cret@corp.example/" }\n', "plugins.a.registry"),
        ('[plugins]\na = { version = "1", password = "s3cret" }\n', "plugins.a.password"),
    ],
)
def test_secrets_in_the_project_file(terra: Terra, text: str, where: str) -> None:
    (terra.cwd / "terra.toml").write_text(text)
    ended = refused(terra, "list", exit=2, says=[f"`{where}`", "config.toml"], hint=None)
    assert "s3cret" not in ended.err


def test_broken_plugin_manifest(terra: Terra, workspace: Workspace, project: Path) -> None:
    workspace.simple("aws-s3")
    workspace.plugin("aws-s3", manifest='[plugin]\nname = "AWS"\nversion = "one"\ntags = "aws"\nlicence = "MIT"\n')
    ended = refused(terra, "add", "aws-s3", exit=2, says=["terra-plugin.toml", "expected", "got"], hint=None)
    for where, got in (("name", "`AWS`"), ("version", "`one`"), ("tags", "`aws`"), ("licence", "an unknown key")):
        assert f"`plugin.{where}`: expected" in ended.err
        assert got in ended.err


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (b"not json", ["registry.json"]),
        (b'[{"name": "aws-s3",]', ["registry.json", "line 1"]),
        (b'"text"', ["registry.json", "expected a list or a table"]),
        (b'{"terra-registry": 2, "plugins": []}', ["terra-registry", "expected `1`", "got `2`"]),
        (b'{"plugins": []}', ["terra-registry", "expected `1`"]),
        (b'{"terra-registry": 1}', ["plugins"]),
        (b"\xff\xfe[", ["registry.json"]),
        (b"[" * 100_000, ["registry.json"]),
    ],
)
def test_registry_that_is_no_registry(
    terra: Terra, workspace: Workspace, project: Path, document: bytes, says: list[str]
) -> None:
    workspace.registry.write_bytes(document)
    refused(terra, "add", "aws-s3", exit=2, says=says, hint=None)


def test_newer_registry_format_says_upgrade(terra: Terra, workspace: Workspace, project: Path) -> None:
    workspace.write({"terra-registry": 2, "plugins": []})
    refused(terra, "add", "aws-s3", exit=2, says=[], hint="upgrade terra")


BAD_ENTRIES: dict[str, dict[str, Any]] = {
    "no source": {"name": "bad"},
    "a number for a source": {"name": "bad", "source": 7},
    "an unusable checksum": {"name": "bad", "source": "workspace:x", "checksum": "md5-abc"},
    "a version that cannot be ordered": {"name": "bad", "source": "workspace:x", "version": "banana"},
    "half an address": {"name": "bad", "source": "http://["},
    "a git template": {"name": "bad", "git": "https://x.example/y", "tag": "v1"},
}


@pytest.mark.parametrize("entry", BAD_ENTRIES.values(), ids=BAD_ENTRIES)
def test_bad_entry_is_a_warning_until_it_is_asked_for(
    terra: Terra, workspace: Workspace, project: Path, entry: dict[str, Any]
) -> None:
    workspace.plugin("good")
    workspace.write([entry, {"name": "good", "source": "workspace:packages/plugins/good"}])
    refused(terra, "add", "bad", exit=2, says=["[0]", "expected"], hint=None)
    added = terra("add", "good")
    assert warnings_of(added) == ["1 other entry of the registry `here` cannot be used; `-v` lists it"]
    assert "[0]" not in added.err
    assert "good 0.1.0" in added.out
    assert re.search(r"registry\.json`, `\[0\].*expected", terra("add", "good", "-v").err)


def test_entries_without_a_usable_name_are_counted(terra: Terra, workspace: Workspace, project: Path) -> None:
    workspace.plugin("good")
    good = {"name": "good", "source": "workspace:packages/plugins/good"}
    workspace.write([{"name": "BAD"}, 7, {"source": "x"}, good, {**good, "source": "workspace:elsewhere"}])
    counted = "4 other entries of the registry `here` cannot be used; `-v` lists them"
    assert warnings_of(terra("add", "good")) == [counted]
    listed = terra("add", "good", "-v").err
    assert all(f"[{position}]" in listed for position in (0, 1, 2, 4))


def test_many_bad_entries_are_counted_in_one_line(terra: Terra, workspace: Workspace, project: Path) -> None:
    workspace.plugin("good")
    bad = [{"name": f"bad-{number}"} for number in range(30)]
    workspace.write([*bad, {"name": "good", "source": "workspace:packages/plugins/good"}])
    ended = terra("-v", "add", "good")
    assert warnings_of(ended) == ["30 other entries of the registry `here` cannot be used; `-v` lists 20"]
    assert len(re.findall(r"\[\d+\]\.source", ended.err)) == 20


def test_one_bad_version_is_a_warning_too(terra: Terra, workspace: Workspace, project: Path) -> None:
    workspace.plugin("aws-s3")
    good = {"source": "workspace:packages/plugins/aws-s3"}
    versions = {"0.1.0": good, "0.2.0": {**good, "checksum": "md5-abc"}}
    workspace.write({"terra-registry": 1, "plugins": [{"name": "aws-s3", "versions": versions}]})
    added = terra("add", "aws-s3")
    assert "aws-s3 0.1.0" in added.out
    assert any("0.2.0" in text and "md5-abc" in text for text in warnings_of(added))


LOCKS: dict[str, tuple[str, list[str], str]] = {
    "newer": (LOCK.replace("version = 1", "version = 2"), ["`version`", "got `2`"], "upgrade"),
    "no toml": (LOCK + "x = [", ["expected TOML"], ""),
    "conflict markers": (f"<<<<<<< ours\n{LOCK}=======\n>>>>>>> theirs\n", ["line 1`", "line 13`", "line 14`"], "both"),
    "bad id": (LOCK.replace("aws-s3@0.1.0", "AWS"), ["plugin[0].id", "NAME@VERSION"], "version control"),
    "bad file": (LOCK.replace("files = []", 'files = ["x"]'), ["plugin[0].files[0]"], "version control"),
    "files and tree differ": (LOCK.replace("e3b0", "0000"), ["plugin[0].tree"], "version control"),
    "one plugin twice": (LOCK + LOCK.partition("\n\n")[2].join(("\n", "")), ["aws-s3"], "version control"),
}


@pytest.mark.parametrize(("text", "says", "hint"), LOCKS.values(), ids=LOCKS)
def test_lock_that_cannot_be_read(
    terra: Terra, workspace: Workspace, project: Path, text: str, says: list[str], hint: str
) -> None:
    workspace.simple("naming")
    (project / "terra.lock").write_text(text)
    refused(terra, "add", "naming", exit=2, says=["terra.lock", *says], hint=hint)


def test_lock_that_names_a_file_outside_of_the_plugin(terra: Terra, workspace: Workspace, project: Path) -> None:
    """A cloned repository's lock must not make the next `add` delete a file of the user's."""
    workspace.simple("aws-s3")
    write_files(project, {"plugins/aws-s3/main.tf": MAIN, "victim.txt": "known bytes\n"})
    line = f"644 {hashlib.sha256((project / 'victim.txt').read_bytes()).hexdigest()} ../../victim.txt"
    tree = hashlib.sha256(f"{line}\n".encode()).hexdigest()
    lock = LOCK.replace("files = []", f'files = ["{line}"]')
    (project / "terra.lock").write_text(re.sub("sha256-[0-9a-f]+", f"sha256-{tree}", lock))
    words = ("add", "aws-s3", "--allow-registry-change")
    refused(terra, *words, exit=2, says=["terra.lock", "plugin[0].files[0]"], hint="version control")


# -- sources --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("what", ["./nowhere", "./nowhere.zip", "file:nowhere", "../up/nowhere"])
def test_source_that_is_not_there(terra: Terra, what: str) -> None:
    refused(terra, "add", what, exit=3, says=["nowhere"], hint="")


@pytest.mark.parametrize("verb", ["add", "info"])
def test_entry_whose_folder_is_not_there(terra: Terra, workspace: Workspace, project: Path, verb: str) -> None:
    workspace.write([{"name": "aws-s3", "source": "workspace:packages/plugins/aws-s3"}])
    says = ["packages/plugins/aws-s3", f"the entry `aws-s3` of `{workspace.registry.resolve()}`"]
    refused(terra, verb, "aws-s3", exit=3, says=says, hint="mend the entry's source")


def test_entry_of_an_included_document_whose_folder_is_not_there(
    terra: Terra, workspace: Workspace, project: Path
) -> None:
    workspace.write({"terra-registry": 1, "include": ["teams/net/registry.json"]})
    write_files(workspace.folder, {"teams/net/registry.json": '[{"name": "vpc", "source": "workspace:vpc"}]'})
    says = [f"the entry `vpc` of `{workspace.folder.resolve()}/teams/net/` names `workspace:vpc`"]
    refused(terra, "add", "vpc", exit=3, says=says, hint="mend the entry's source")


def _moved_on(terra: Terra, workspace: Workspace) -> None:
    """Lock 0.1.0 of a folder that holds 0.2.0 by now."""
    workspace.simple("aws-s3", "naming")
    terra("add", "aws-s3")
    workspace.plugin("aws-s3", manifest='[plugin]\nname = "aws-s3"\nversion = "0.2.0"\n')


def test_locked_version_that_its_folder_no_longer_holds(terra: Terra, workspace: Workspace, project: Path) -> None:
    _moved_on(terra, workspace)
    says = ["`aws-s3@0.1.0` is locked, and can no longer be had", "`workspace:packages/plugins/aws-s3` holds 0.2.0 now"]
    refused(terra, "add", "aws-s3@0.1.0", exit=3, says=says, hint="`terra add aws-s3@0.2.0`")
    refused(terra, "info", "aws-s3@0.1.0", exit=3, says=says, hint="`terra add aws-s3@0.2.0`")
    assert "0.1.0 -> 0.2.0" in terra("add", "aws-s3@0.2.0").out, "what the hint says works"


def test_locked_version_that_another_plugin_needs_and_its_folder_no_longer_holds(
    terra: Terra, workspace: Workspace, project: Path
) -> None:
    _moved_on(terra, workspace)
    manifest = '[plugin]\nname = "naming"\nversion = "0.1.0"\n[dependencies]\naws-s3 = "<0.2"\n'
    workspace.plugin("naming", manifest=manifest)
    says = ["`aws-s3@0.1.0` is locked", "holds 0.2.0 now"]
    refused(terra, "add", "naming", exit=3, says=says, hint="bring 0.1.0 back")


def test_version_that_was_never_locked_says_nothing_of_the_lock(
    terra: Terra, workspace: Workspace, project: Path
) -> None:
    _moved_on(terra, workspace)
    assert "is locked" not in refused(terra, "add", "aws-s3@0.3.0", exit=3, says=["`aws-s3@0.3.0`"], hint="").err


@pytest.mark.parametrize("what", ["oci:registry.example/aws-sqs", "s3:bucket/x.zip", "foo:x"])
def test_unsupported_scheme(terra: Terra, what: str) -> None:
    scheme = what.partition(":")[0]
    ended = refused(terra, "add", what, exit=2, says=[f"`{scheme}`"], hint="https:")
    assert all(known in ended.err for known in ("file:", "workspace:"))


def test_unsupported_scheme_in_an_entry(terra: Terra, workspace: Workspace, project: Path) -> None:
    workspace.plugin("good")
    good = {"name": "good", "source": "workspace:packages/plugins/good"}
    workspace.write([{"name": "aws-sqs", "source": "oci:registry.example/aws-sqs"}, good])
    refused(terra, "add", "aws-sqs", exit=2, says=["oci"], hint="workspace:")
    terra("add", "good")


@pytest.mark.parametrize("name", ["notes.txt", "aws-s3", "archive.rar"])
def test_file_that_is_no_archive_by_its_ending(terra: Terra, name: str) -> None:
    (terra.cwd / name).write_text("x")
    refused(terra, "add", f"./{name}", exit=2, says=[name], hint=".zip")


def test_archive_that_is_none(terra: Terra) -> None:
    for ending in (".zip", ".tar", ".tar.gz", ".tar.xz", ".whl"):
        (terra.cwd / f"broken{ending}").write_bytes(b"no archive at all" * 100)
        refused(terra, "add", f"./broken{ending}", exit=5, says=[f"broken{ending}"], hint=None)


def test_wrong_checksum_shows_both(terra: Terra, workspace: Workspace, project: Path) -> None:
    _, actual = workspace.archive("aws-s3", {"main.tf": MAIN})
    wrong = f"sha256-{'0' * 64}"
    workspace.write([{"name": "aws-s3", "source": "file:aws-s3.zip", "checksum": wrong}])
    refused(terra, "add", "aws-s3", exit=5, says=["aws-s3.zip", f"expected {wrong}", f"got {actual}"], hint="publishes")


def test_wrong_checksum_on_the_command_line(terra: Terra, workspace: Workspace) -> None:
    _, actual = workspace.archive("aws-s3", {"main.tf": MAIN})
    words = ("add", "../workspace/aws-s3.zip", "--checksum", f"sha256-{'0' * 64}")
    refused(terra, *words, exit=5, says=["0" * 64, actual], hint="command line")


def test_checksum_that_is_none(terra: Terra, workspace: Workspace) -> None:
    workspace.archive("aws-s3", {"main.tf": MAIN})
    for text in ("sha256-abc", "md5-00", "nonsense"):
        refused(terra, "add", "../workspace/aws-s3.zip", "--checksum", text, exit=2, says=[text], hint="sha256-")


def test_payload_without_terraform(terra: Terra, workspace: Workspace, project: Path) -> None:
    workspace.plugin("docs", {"README.md": "# no\n", "examples/basic/main.tf": MAIN})
    workspace.write([{"name": "docs", "source": "workspace:packages/plugins/docs"}])
    refused(terra, "add", "docs", exit=5, says=["`docs`", "no Terraform files"], hint=None)


def test_terraform_that_does_not_parse_is_added_with_a_warning(
    terra: Terra, workspace: Workspace, project: Path
) -> None:
    workspace.simple("odd")
    workspace.plugin("odd", {"main.tf": 'variable "x" {\n', "fine.tf": MAIN})
    added = terra("add", "odd")
    assert any("main.tf" in text and "parse" in text for text in warnings_of(added))
    assert (project / "plugins/odd/main.tf").read_text() == 'variable "x" {\n'


def test_name_inside_that_differs(terra: Terra, workspace: Workspace, project: Path) -> None:
    workspace.simple("sdk")
    workspace.plugin("sdk", manifest='[plugin]\nname = "stranger"\nversion = "1.0.0"\n')
    refused(terra, "add", "sdk", exit=5, says=["`stranger`", "`sdk`"], hint="`sdk`")


@pytest.mark.parametrize(
    "source", ["../other", "../../../etc", "/etc", "./modules/none"], ids=["sibling", "up", "absolute", "missing"]
)
def test_module_source_that_cannot_work(terra: Terra, workspace: Workspace, project: Path, source: str) -> None:
    workspace.simple("vpc")
    workspace.plugin("vpc", {"main.tf": f'\nmodule "x" {{\n  source = "{source}"\n}}\n'})
    refused(terra, "add", "vpc", exit=5, says=["main.tf:", f"`{source}`"], hint="dependencies")


@pytest.mark.parametrize("name", ["main_override.tf", "override.tf", "prod.auto.tfvars", "terragrunt.hcl"])
def test_file_that_acts_on_the_rest_of_a_project(terra: Terra, workspace: Workspace, project: Path, name: str) -> None:
    workspace.simple("vpc")
    workspace.plugin("vpc", {"main.tf": MAIN, name: "\n"})
    refused(terra, "add", "vpc", exit=5, says=[f"`{name}`"], hint="allow-files")
    (project / "terra.toml").write_text(f'{REGISTRY}[policy]\nallow-files = ["{name}"]\n')
    terra("add", "vpc")
    assert (project / "plugins/vpc" / name).exists()


# -- why it is read ------------------------------------------------------------------------------------------

UNASKED: dict[str, tuple[str, int, str]] = {
    "a folder that is not there": ('bad = { source = "../nowhere" }', 3, "nowhere"),
    "a name that nobody knows": ('bad = ">=1"', 3, "`bad` is not in `here`"),
    "a name that begins with what is asked for": ('aws-s3-two = "*"', 3, "`aws-s3-two` is not in `here`"),
    "a version that there is not": ('naming = ">=1"', 3, "no version of `naming` fits"),
    "an entry without its folder": ('gone = "*"', 3, "packages/plugins/gone"),
    "an archive that is none": ('bad = { source = "bad.zip" }', 5, "bad.zip"),
}


@pytest.mark.parametrize(("line", "exit", "says"), UNASKED.values(), ids=UNASKED)
def test_line_of_the_project_that_nobody_asked_for(
    terra: Terra, workspace: Workspace, project: Path, line: str, exit: int, says: str
) -> None:
    workspace.simple("aws-s3", "naming", "gone")
    (workspace.folder / "packages/plugins/gone").rename(workspace.folder / "elsewhere")
    (project / "bad.zip").write_bytes(b"no archive")
    (project / "terra.toml").write_text(f"{REGISTRY}[plugins]\n{line}\n")
    name = line.partition(" ")[0]
    why = f"`{name}` was not asked for now: terra.toml has it, and what one set has is resolved together"
    refused(terra, "add", "aws-s3", exit=exit, says=[says, why], hint="")
    assert why not in terra("add", name, exit=exit).err, "it was asked for"


@pytest.mark.parametrize(
    ("file", "text"), [("terra.toml", '[plugins]\nbad = "banana"\n'), ("terra.lock", LOCK + "x = [")]
)
def test_document_of_the_project_is_read_whole(
    terra: Terra, workspace: Workspace, project: Path, file: str, text: str
) -> None:
    workspace.simple("naming")
    (project / file).write_text(text)
    refused(terra, "info", "naming", exit=2, says=[file, "it is read whole by every command"], hint="")


def test_registry_that_stands_before_the_others(terra: Terra, workspace: Workspace) -> None:
    workspace.simple("aws-s3")
    write_files(terra.cwd.parent, {"broken/registry.json": "{"})
    broken = '[registries.broken]\nurl = "../broken"\n'
    (terra.cwd / "terra.toml").write_text(broken + REGISTRY)
    why = "`broken` is asked for `aws-s3` before `here`, and is never skipped"
    refused(terra, "add", "aws-s3", exit=2, says=["broken/registry.json", why], hint=None)
    (terra.cwd / "terra.toml").write_text(broken)
    assert "is asked for" not in refused(terra, "add", "aws-s3", exit=2, says=["broken"], hint=None).err


# -- texts of other tools -------------------------------------------------------------------------------------

PASTED: dict[str, tuple[str, str]] = {
    "https://github.com/org/repo": ("not an archive", "`git:https://github.com/org/repo?ref=TAG`"),
    "https://git.example/group/sub/repo?ref=v1": ("not an archive", "`git:https://git.example/group/sub/repo?ref=v1`"),
    "https://git.example/org/repo.git": ("a git repository", "`git:https://git.example/org/repo.git?ref=TAG`"),
    "https://git.example/org/repo.git//modules/x?ref=v1": (
        "a git repository",
        "`git:https://git.example/org/repo.git//modules/x?ref=v1`",
    ),
    "https://git.example/org/repo/tree/v1.2/modules/x": (
        "a page of a repository",
        "`git:https://git.example/org/repo//modules/x?ref=v1.2`",
    ),
    "https://git.example/group/sub/repo/-/tree/main": (
        "a page of a repository",
        "`git:https://git.example/group/sub/repo?ref=main`",
    ),
    "git@git.example:org/repo.git": ("needs its scheme", "`git:git@git.example:org/repo.git?ref=TAG`"),
    "git@git.example:org/repo.git//x?ref=v2": ("needs its scheme", "`git:git@git.example:org/repo.git//x?ref=v2`"),
    "ssh://git@git.example/org/repo.git//x": ("needs its scheme", "`git:git@git.example:org/repo.git//x?ref=TAG`"),
    "git+https://git.example/org/repo@v1#subdirectory=x": (
        "pip's or npm's",
        "`git:https://git.example/org/repo//x?ref=v1`",
    ),
    "git+ssh://git@git.example/org/repo.git#v3": ("pip's or npm's", "`git:git@git.example:org/repo.git?ref=v3`"),
    "git.example/org/repo//modules/x?ref=v1": (
        "without its scheme",
        "`git:https://git.example/org/repo//modules/x?ref=v1`",
    ),
    "git.example/x/y.zip": ("without its scheme", "`https://git.example/x/y.zip`"),
    "terraform-aws-modules/vpc/aws": (
        "a module of a Terraform registry",
        "`git:https://github.com/terraform-aws-modules/terraform-aws-vpc?ref=TAG`",
    ),
    "terraform-aws-modules/iam/aws//modules/role@5.1.0": (
        "a module of a Terraform registry",
        "/terraform-aws-iam//modules/role?ref=TAG`",
    ),
    "modules.example/org/vpc/aws": ("a module of a Terraform registry", "`git:https://HOST/org/terraform-aws-vpc"),
    "@my-company/vpc@1.0": ("an npm package", "`my-company/vpc` asks the registries"),
}


@pytest.mark.parametrize(("text", "says", "hint"), [(text, *rest) for text, rest in PASTED.items()], ids=PASTED)
def test_text_of_another_tool(terra: Terra, text: str, says: str, hint: str) -> None:
    for verb in ("add", "info"):
        refused(terra, verb, text, exit=2, says=[says], hint=hint)


def test_spelling_of_a_hint_is_understood(terra: Terra) -> None:
    """Each is an address for git: offline it is the network that stops it."""
    spelt = [match[1].replace("TAG", "v1") for _, hint in PASTED.values() if (match := re.match("`(git:.*)`$", hint))]
    assert len(spelt) > 8
    for text in spelt:
        refused(terra, "add", text, "--offline", exit=4, says=["the network is off"], hint="--offline")


def test_login_in_a_pasted_address_is_not_repeated(terra: Terra) -> None:
    words = ("add", "https://me:s3cret@git.example/org/repo")
    assert "s3cret" not in refused(terra, *words, exit=2, says=["git.example"], hint="netrc").err


# -- network --------------------------------------------------------------------------------------------------


def test_server_that_asks_who_is_there(terra: Terra) -> None:
    with hostile_server() as server:
        server.routes["/a.zip"] = server.routes["/unauthorized"]
        server.routes["/registry.json"] = server.routes["/unauthorized"]
        for words in (("add", server.url("/a.zip")), ("add", "a", "--registry", server.url("/registry.json"))):
            hint = f"TERRA_TOKEN_127_0_0_1_{server.port}"
            refused(terra, *words, exit=4, says=["401", f"127.0.0.1:{server.port}"], hint=hint)


def test_server_that_refuses_the_credentials(terra: Terra) -> None:
    with hostile_server() as server:
        server.routes["/a.zip"] = server.routes["/unauthorized"]
        token = {f"TERRA_TOKEN_127_0_0_1_{server.port}": "s3cret"}
        ended = refused(terra, "add", server.url("/a.zip"), exit=4, says=["401"], hint="TERRA_TOKEN", **token)
        assert "s3cret" not in ended.err
        assert server.headers("/a.zip")[-1]["authorization"] == "Bearer s3cret"


def test_archive_that_the_server_does_not_have(terra: Terra) -> None:
    with hostile_server() as server:
        refused(terra, "add", server.url("/none.zip"), exit=4, says=["404", "none.zip"], hint="")


def test_plain_http_beyond_this_machine(terra: Terra) -> None:
    ended = terra("add", "http://terra.example/a.zip", exit=None)
    assert ended.exit in (2, 5)
    assert "allow-http" in ended.err
    assert not list(terra.cwd.iterdir())


def test_address_with_a_password(terra: Terra) -> None:
    words = ("add", "https://me:s3cret@127.0.0.1:9/a.zip")
    assert "s3cret" not in refused(terra, *words, exit=2, says=["127.0.0.1"], hint="netrc").err


# -- command line ---------------------------------------------------------------------------------------------

WORDS: dict[str, tuple[tuple[str, ...], str, str]] = {
    "unknown option": (("add", "--bogus", "a"), "--bogus", "terra add --help"),
    "unknown command": (("ad",), "ad", "did you mean `add`? `terra --help`"),
    "unknown to anybody": (("zzzz",), "zzzz", "`terra --help`"),
    "command of other tools": (("install", "a"), "install", "did you mean `add`?"),
    "unknown action": (("cache", "lst"), "lst", "did you mean `list`? `terra cache --help`"),
    "misspelt option": (("add", "a", "--overwite"), "--overwite", "did you mean `--overwrite`?"),
    "misspelt option with a value": (("add", "a", "--registy=x"), "--registy", "did you mean `--registry`?"),
    "option of other commands": (("info", "a", "--checksum", "x"), "--checksum", "`--checksum` goes with `terra add`"),
    "option twice": (("add", "./a", "--as", "b", "--as", "c"), "`--as` is given twice", "once"),
    "option twice, with =": (("add", "./a", "--as=b", "--as", "c"), "`--as` is given twice", "once"),
    "option for each": (("add", "./a", "--as", "b", "./c", "--as", "d"), "`--as` is given twice", "once for each"),
    "no name": (("add",), "PLUGIN", "terra add --help"),
    "abbreviated option": (("add", "a", "--overw"), "--overw", "did you mean `--overwrite`?"),
    "two choices": (("add", "a", "--overwrite", "--skip-existing"), "not allowed", "--help"),
    "alias of a name": (("add", "a", "--as", "b"), "--as", ""),
    "checksum of a name": (("add", "a", "--checksum", f"sha256-{'0' * 64}"), "--checksum", ""),
    "one alias for two": (("add", "./a", "./b", "--as", "c"), "--as", "command of their own"),
    "no such set": (("add", "a", "--set", "prod"), "`prod`", "[sets.prod]"),
    "no such project": (("list", "--project", "nowhere"), "nowhere", "mkdir"),
    "no such colour": (("list", "--color", "blue"), "blue", "--help"),
    "no such age": (("cache", "prune", "--older-than", "old"), "`old`", "30d"),
    "no such registry kind": (("add", "a", "--registry", "ftp://x.example/"), "ftp", ""),
    "registry with a password": (("add", "a", "--registry", "https://me:pw@x.example/"), "x.example", "config.toml"),
}


@pytest.mark.parametrize(("words", "says", "hint"), WORDS.values(), ids=WORDS)
def test_words_that_cannot_be_used(terra: Terra, words: tuple[str, ...], says: str, hint: str) -> None:
    refused(terra, *words, exit=2, says=[says], hint=hint)


@pytest.mark.parametrize(
    ("variable", "text"), [("TERRA_OFFLINE", "maybe"), ("TERRA_COLOR", "blue"), ("TERRA_JSON", "2")]
)
def test_variable_that_cannot_be_used(terra: Terra, variable: str, text: str) -> None:
    refused(terra, "list", exit=2, says=[variable, f"`{text}`"], hint=f"unset {variable}", **{variable: text})


def test_flag_may_be_given_twice(terra: Terra, workspace: Workspace) -> None:
    workspace.simple("naming")
    terra("add", "naming", "--registry", "../workspace", "--dry-run", "--dry-run", "-v", "-v")


def test_option_twice_before_the_names_that_look_like_it(terra: Terra) -> None:
    refused(terra, "add", "--", "--as", "--as", exit=2, says=["`--as` is not a plugin name"], hint="")


def test_variable_is_the_default_of_its_option(terra: Terra, workspace: Workspace) -> None:
    workspace.simple("naming")
    ended = terra("add", "naming", TERRA_REGISTRY="../workspace", TERRA_DRY_RUN="1", TERRA_JSON="true")
    assert ended.json["dry_run"] is True
    assert not list(terra.cwd.iterdir())


def test_no_command_shows_the_help(terra: Terra) -> None:
    assert "commands" in terra(exit=2).out
    assert terra("--version").out.startswith("terra ")


@pytest.mark.skipif(os.name != "posix", reason="closes a descriptor as a shell does")
def test_closed_input(terra: Terra, workspace: Workspace) -> None:
    """Daemons start programs so."""
    workspace.simple("naming")
    script = '"$0" add naming --registry ../workspace <&-'
    run = subprocess.run(
        ["sh", "-c", script, str(terra.program)], cwd=terra.cwd, capture_output=True, text=True, check=False, timeout=60
    )
    assert run.returncode == 0, run.stderr


# -- --json ---------------------------------------------------------------------------------------------------


def _conflict(terra: Terra, workspace: Workspace) -> tuple[str, ...]:
    workspace.simple("naming")
    write_files(terra.cwd, {"plugins/naming/main.tf": "# mine\n"})
    return ("add", "naming", "--registry", "../workspace")


def _unsafe(terra: Terra, workspace: Workspace) -> tuple[str, ...]:
    workspace.archive("x", {"../main.tf": MAIN})
    return ("add", "../workspace/x.zip")


def _blocked(terra: Terra, workspace: Workspace) -> tuple[str, ...]:
    (terra.cwd.parent / "terra").write_text("a file where the home goes\n")
    workspace.simple("naming")
    return ("add", "naming", "--registry", "../workspace")


DOCUMENTS: dict[str, tuple[int, Callable[[Terra, Workspace], tuple[str, ...]]]] = {
    "usage": (2, lambda *_: ("add", "--bogus")),
    "no command": (2, lambda *_: ()),
    "not found": (3, lambda *_: ("add", "nowhere")),
    "unreachable": (4, lambda *_: ("add", "http://127.0.0.1:9/x.zip")),
    "refused": (5, _unsafe),
    "would lose work": (6, _conflict),
    "blocked": (1, _blocked),
}


@pytest.mark.parametrize(("exit", "prepare"), DOCUMENTS.values(), ids=DOCUMENTS)
def test_error_document(
    terra: Terra, workspace: Workspace, exit: int, prepare: Callable[[Terra, Workspace], tuple[str, ...]]
) -> None:
    ended = terra(*prepare(terra, workspace), "--json", exit=exit)
    document = json.loads(ended.out)
    assert list(document) == ["terra", "error"]
    assert document["terra"] == 1
    error = document["error"]
    assert set(error) == {"code", "exit", "message", "hint", "subjects"}
    assert error["exit"] == exit
    assert error["message"]
    assert error["hint"], "every error says what can be done"
    assert isinstance(error["subjects"], list)
    assert "error:" not in ended.err


def test_json_keeps_warnings_off_stdout(terra: Terra, workspace: Workspace, project: Path) -> None:
    workspace.plugin("good")
    workspace.write([{"name": "BAD"}, {"name": "good", "source": "workspace:packages/plugins/good"}])
    ended = terra("add", "good", "--json", "-v")
    assert ended.json["command"] == "add"
    assert warnings_of(ended)


def test_too_old_bytes_in_the_cache_are_not_trusted_for_another_address(terra: Terra) -> None:
    """giget's cache is keyed by base name: asked for one address it delivers another's bytes."""
    from support.packages import packed

    one, two = packed({"main.tf": "# one\n"}, ".zip"), packed({"main.tf": "# two\n"}, ".zip")
    with hostile_server() as server:
        server.routes["/a/x.zip"], server.routes["/b/x.zip"] = serve(one, '"e"'), serve(two, '"e"')
        terra("add", server.url("/a/x.zip"), "--as", "first")
        terra("add", server.url("/b/x.zip"), "--as", "second", "--checksum", sha256(two))
    assert (terra.cwd / "plugins/second/main.tf").read_text() == "# two\n"
